"""`crisis`: say that there is one, that it is over, and what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cminbox.cli.printing import emit, hint, say
from cminbox.cli.running import OK, telling, with_service, zone_of
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.clock import iso
from cminbox.errors import UsageError
from cminbox.i18n import N_, _
from cminbox.inbox import crisis as inbox
from cminbox.inbox import crisis_report
from cminbox.inbox.crisis import Crisis, Rush
from cminbox.service import Service
from cminbox.text import safe
from cminbox.ui.journal_words import journal_words

Brand = Annotated[str | None, typer.Option("--brand", help=N_("Only this brand (else: every one)."))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=N_("Crisis mode: rules, snoozes and bulk answers rest."), rich_markup_mode=None)
    group.callback(invoke_without_command=True)(crisis)
    group.command("on", help=N_("Begin it, for every colleague."))(on)
    group.command("off", help=N_("End it; what rested goes on."))(off)
    group.command("report", help=N_("Tell the last crisis, as Markdown."))(report)
    app.add_typer(group, name="crisis")


def crisis(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox crisis`."""
    terms = Terms.of(ctx, as_name, as_json)
    ctx.obj = terms
    if ctx.invoked_subcommand is not None:
        return

    async def work(service: Service) -> int:
        found = await inbox.now(service.desk)
        if terms.as_json:
            emit(
                {
                    "crises": [_json(each) for each in found.crises],
                    "spikes": [_spike(each) for each in found.rushes],
                    "pinned": list(found.pinned),
                }
            )
            return OK
        for each in found.crises:
            say(_told(service, each))
        for rush in found.rushes:
            what = _("More than usual comes in: {n} messages in 15 minutes, where {usual} are usual.")
            told = what.format(n=rush.spike.count, usual=f"{rush.spike.usual:.0f}")
            say(f"{safe(rush.spike.brand)}: {told}" if rush.spike.brand else told)
        if not found.crises and not found.rushes:
            hint(_("There is no crisis, and as much comes in as usual."))
        return OK

    with_service(terms, work)


def on(ctx: typer.Context, brand: Brand = None, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox crisis on`."""
    telling(
        Terms.of(ctx, as_name, as_json),
        lambda service: inbox.begin(service.desk, brand or ""),
        _json,
        lambda service, begun: say(_told(service, begun)),
    )


def off(ctx: typer.Context, brand: Brand = None, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox crisis off`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        for each in await inbox.end(service.desk, brand):
            if terms.as_json:
                emit(_json(each))
            else:
                say(_told(service, each))
        return OK

    with_service(terms, work)


def report(
    ctx: typer.Context,
    brand: Brand = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help=N_("Into this file (else: standard output)."))
    ] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox crisis report`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        found = await inbox.latest(service.desk, brand)
        text = await crisis_report.report(service.desk, found, journal_words())
        if out is not None:
            try:
                out.write_text(text, encoding="utf-8")
            except OSError as error:
                raise UsageError(
                    _("{path} cannot be written: {error}.").format(path=out, error=error.strerror or error)
                ) from error
        if terms.as_json:
            emit({**_json(found), "markdown": text, "file": str(out) if out is not None else None})
        elif out is None:
            say(text.rstrip("\n"))
        else:
            say(_("Written to {path}.").format(path=out))
        return OK

    with_service(terms, work)


def _told(service: Service, each: Crisis) -> str:
    zone = zone_of(service)
    whose = safe(each.brand) or _("every brand")
    begun = f"{each.since.astimezone(zone):%Y-%m-%d %H:%M}"
    if each.until is None:
        told = _("{brand}: crisis since {time}, by {name}. Rules, snoozes and bulk answers rest.")
        return told.format(brand=whose, time=begun, name=safe(each.by))
    told = _("{brand}: the crisis since {time} is over; `cminbox crisis report` tells it.")
    return told.format(brand=whose, time=begun)


def _json(each: Crisis) -> dict[str, object]:
    return {
        "brand": each.brand or None,
        "since": iso(each.since),
        "by": each.by,
        "until": iso(each.until),
        "ended_by": each.ended_by or None,
    }


def _spike(rush: Rush) -> dict[str, object]:
    return {
        "brand": rush.spike.brand or None,
        "count": rush.spike.count,
        "usual": rush.spike.usual,
        "wave": rush.spike.cluster_id,
    }
