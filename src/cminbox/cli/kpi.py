"""`kpi`: the numbers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cminbox.cli.moments import moment
from cminbox.cli.printing import emit, say, table
from cminbox.cli.running import OK, leave, with_service, zone_of
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.clock import iso
from cminbox.i18n import N_, _
from cminbox.inbox import numbers, queue
from cminbox.inbox.numbers import Explained, Voice
from cminbox.insight.definitions import BY_KEY, DEFINITIONS, Definition, Unit
from cminbox.model.numbers import Measures, Place, Span
from cminbox.model.rows import Numbers
from cminbox.service import Service
from cminbox.text import safe, wrap
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
    campaign: Annotated[str | None, typer.Option("--campaign", help=N_("Only topics of this campaign."))] = None,
    account: Annotated[str | None, typer.Option("--account", help=N_("Only this account."))] = None,
    network: Annotated[str | None, typer.Option("--network", help=N_("Only this network."))] = None,
    tag: Annotated[str | None, typer.Option("--tag", help=N_("Only conversations with this tag."))] = None,
    colleague: Annotated[str | None, typer.Option("--colleague", help=N_("Only what this colleague did."))] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", help=N_("A line each: brand, campaign, account, network, tag or colleague.")),
    ] = None,
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
        span = Span(begin, end)
        place = Place(brand, campaign, account, network, tag, colleague)
        dates = {"since": iso(begin), "until": iso(end)}
        if by is not None:
            lines = await numbers.breakdown(service.desk, by, span, place, numbers.PERIOD)
            if terms.as_json:
                for name, each in lines:
                    emit({by: name, **each.values, **dates})
            else:
                _print_breakdown(lines)
            return OK
        now_ = await queue.numbers(service.desk, since=begin, until=end, brand=brand)
        found = await numbers.measure(service.desk, span, place)
        before = await numbers.measure(service.desk, span.before, place)
        voices = await numbers.voices(service.desk, span, place, span.before)
        if terms.as_json:
            asked = {name: value for name, value in asdict(place).items() if value is not None or name == "brand"}
            said = [{"about": each.about, "n": each.n, "share": each.share} for each in voices]
            emit({**now_.model_dump(mode="json"), **found.values, "voices": said, **dates, **asked})
        else:
            _print(now_, found, before)
            _print_voices(voices, brand)
            say(_("cminbox kpi --explain NAME says what each number means; its name is that of --json."))
        return OK

    with_service(terms, work)


def _explain(name: str, *, as_json: bool) -> int:
    if name not in ("all", *BY_KEY):
        raise typer.BadParameter(
            _("There is no number called {name}. There are: {names}.").format(name=name, names=", ".join(BY_KEY))
        )
    for key in BY_KEY if name == "all" else [name]:
        told = numbers.explain(key)
        if as_json:
            emit(_as_json(told))
        else:
            _tell(told)
    return OK


def _as_json(told: Explained) -> dict[str, str]:
    each = told.definition
    said = {name: _(text) if text else "" for name, text in _parts(each)}
    return {
        "key": each.key,
        "name": _(each.name),
        "unit": each.unit.value,
        "formula": said["formula"],
        "clock": said["clock"],
        "excluded": said["excluded"],
        "attributed": said["attributed"],
        "rounding": said["rounding"],
        "sql": told.sql,
    }


def _parts(each: Definition) -> tuple[tuple[str, str], ...]:
    return (
        ("formula", each.formula),
        ("clock", each.clock),
        ("excluded", each.excluded),
        ("attributed", each.attributed),
        ("rounding", each.rounding),
    )


def _tell(told: Explained) -> None:
    each = told.definition
    labels = {
        "formula": _("What it is"),
        "clock": _("Its clock"),
        "excluded": _("Left out"),
        "attributed": _("Belongs to"),
        "rounding": _("Rounding"),
    }
    say(f"{each.key}: {_(each.name)}")
    for part, text in _parts(each):
        if text:
            first, *more = wrap(_(text), 80)
            say(f"    {labels[part]:<12} {first}")
            for line in more:
                say(f"    {'':<12} {line}")
    for line in told.sql.splitlines():
        say(f"    | {line}")
    say()


def shown(key: str, value: float | None) -> str:
    """A number as people read it; a dash for no data."""
    if value is None:
        return "-"
    match BY_KEY[key].unit:
        case Unit.SECONDS:
            return span(value)
        case Unit.SHARE:
            return f"{value:.{BY_KEY[key].digits}%}"
        case Unit.RATE:
            return f"{value:.1f}"
        case _:
            return f"{value:.0f}"


def _print(now: Numbers, found: Measures, before: Measures) -> None:
    known = now.model_dump() | dict(found.values)
    lines = [(_("number"), _("now, or in the period"), _("the period before"))]
    for each in DEFINITIONS:
        if each.key in known:
            earlier = shown(each.key, before[each.key]) if each.key in before.values else ""
            lines.append((_(each.name), shown(each.key, known[each.key]), earlier))
    table(lines)
    say()


def _print_voices(voices: tuple[Voice, ...], brand: str | None) -> None:
    if not voices:
        return
    lines = [(_("found by listening, about"), _("messages"), _("share"), _("share before"))]
    for each in voices:
        share, before = (shown("share_of_voice", value) for value in (each.share, each.share_before))
        lines.append((safe(each.name or brand or _("us")), str(each.n), share, before))
    table(lines)
    say()


def _print_breakdown(lines: list[tuple[str, Measures]]) -> None:
    keys = ("received", "answered", "response_rate", "first_response_median_s", "first_response_p90_s", "closed")
    head = ("", *(_(BY_KEY[key].name) for key in keys))
    table([head, *((name, *(shown(key, each[key]) for key in keys)) for name, each in lines)])
