"""`kpi`: the numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox.cli.moments import moment
from cminbox.cli.printing import emit, iso, say, table
from cminbox.cli.running import OK, leave, with_service, zone_of
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.i18n import N_, _
from cminbox.inbox import queue
from cminbox.insight.definitions import DEFINITIONS
from cminbox.model.rows import Numbers
from cminbox.service import Service
from cminbox.text import wrap
from cminbox.ui.times import span


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("kpi", help=N_("The numbers: of now, and of today or another time."))(kpi)


def kpi(
    ctx: typer.Context,
    since: Annotated[str | None, typer.Option("--since", help=N_("From when (else: today, 0:00): 7d, 2026-03-02."))] = (
        None
    ),
    until: Annotated[str | None, typer.Option("--until", help=N_("Up to when (else: now)."))] = None,
    brand: Annotated[str | None, typer.Option("--brand", help=N_("Only this brand."))] = None,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="NAME", help=N_("Say what a number means (all: every one)."))
    ] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox kpi`."""
    terms = Terms.of(ctx, as_name, as_json)
    if explain is not None:
        leave(lambda: _explain(explain, as_json=terms.as_json))

    async def work(service: Service) -> int:
        now, zone = service.clock.now(), zone_of(service)
        begin = moment(since, now, zone, "--since") or queue.midnight(now, service.settings.timezone)
        end = moment(until, now, zone, "--until") or now
        if end < begin:
            raise typer.BadParameter(_("--until is before --since."))
        found = await queue.numbers(service.desk, since=begin, until=end, brand=brand)
        if terms.as_json:
            emit({**found.model_dump(mode="json"), "since": iso(begin), "until": iso(end), "brand": brand})
        else:
            _print(found)
        return OK

    with_service(terms, work)


def _explain(name: str, *, as_json: bool) -> int:
    wanted = [each for each in DEFINITIONS if name in ("all", each.key)]
    if not wanted:
        raise typer.BadParameter(
            _("There is no number called {name}. There are: {names}.").format(
                name=name, names=", ".join(each.key for each in DEFINITIONS)
            )
        )
    for each in wanted:
        if as_json:
            emit({"key": each.key, "name": _(each.name), "rule": _(each.rule)})
        else:
            say(f"{each.key}: {_(each.name)}")
            for line in wrap(_(each.rule), 96):
                say(f"    {line}")
    return OK


def _print(found: Numbers) -> None:
    rate = "-" if found.response_rate is None else f"{found.response_rate:.0%}"
    table(
        (
            (_("open"), str(found.open)),
            (_("unanswered"), str(found.unanswered)),
            (_("oldest waiting"), span(found.oldest_waiting_s)),
            (_("received"), str(found.received)),
            (_("answered"), str(found.answered)),
            (_("response rate"), rate),
            (_("first response, median"), span(found.first_response_median_s)),
            (_("first response, 9 of 10 within"), span(found.first_response_p90_s)),
            (_("first responses counted"), str(found.first_response_n)),
            (_("in the outbox"), str(found.outbox)),
            (_("to review"), str(found.review)),
        )
    )
    say()
    say(_("Times are per conversation: from its first message to our first human reply, in calendar time."))
