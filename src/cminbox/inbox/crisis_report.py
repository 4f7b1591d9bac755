"""The report of a crisis, in Markdown: what came in, what was done by whom and when, how fast, what was moderated.

No customer is named: waves are quoted with every name in them masked, as in any report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cminbox.clock import from_ms
from cminbox.i18n import _, ngettext
from cminbox.inbox import crisis as crises
from cminbox.inbox.crisis import Crisis
from cminbox.inbox.desk import Desk
from cminbox.inbox.report import Report, gather
from cminbox.inbox.report_markdown import escaped
from cminbox.insight.definitions import BY_KEY, Unit
from cminbox.model.numbers import Place, Span
from cminbox.model.reasons import Reason
from cminbox.store import crisis as store
from cminbox.store import report as heard
from cminbox.store.counters import QUARTER_MS
from cminbox.store.crisis import Decision

NUMBERS = (
    "received",
    "answered",
    "response_rate",
    "first_response_median_s",
    "first_response_p90_s",
    "first_response_n",
    "message_response_median_s",
    "targets_hit",
    "closed",
)
"""The numbers of the whole, as `cminbox kpi` defines them."""
_BEFORE = timedelta(hours=1)
"""A spike so long before a crisis is what it was called for."""
Told = dict[str, str]


async def report(desk: Desk, crisis: Crisis, verbs: Told) -> str:
    """A crisis from its beginning to its end (or to now). `verbs` are the journal's words for what was done."""
    now = desk.clock.now()
    since_ms, until_ms = crises.milliseconds(crisis, now)
    span, place = Span(crisis.since, crisis.until or now), Place(brand=crisis.brand or None)
    found = await gather(desk, span, place)
    before = await gather(desk, Span(crisis.since - _BEFORE, span.until), place)
    quarters = await _quarters(desk, since_ms, until_ms, place)
    decisions = await desk.store.read(store.decisions, since_ms, until_ms, crisis.brand_id)
    zone = ZoneInfo(desk.settings.timezone)
    lines = [*_head(crisis, zone), *_numbers(found), *_arrivals(quarters, zone), *_spikes(before, zone)]
    lines += [*_waves(found, zone), *_moderated(found), *_timeline(decisions, zone, verbs)]
    return "\n".join(lines) + "\n"


async def _quarters(desk: Desk, since_ms: int, until_ms: int, place: Place) -> list[tuple[datetime, int, int]]:
    """(begin, messages in, replies) of each quarter of an hour that a crisis touches."""
    first, end = since_ms // QUARTER_MS * QUARTER_MS, -(-(until_ms + 1) // QUARTER_MS) * QUARTER_MS
    came: dict[int, int] = {}
    for at_ms, only_day, n in await desk.store.read(heard.heard_by_time, first, end, place):
        if not only_day:
            came[at_ms] = came.get(at_ms, 0) + n
    went = dict(await desk.store.read(heard.replied_by_time, first, end, place))
    return [(from_ms(at), came.get(at, 0), went.get(at, 0)) for at in range(first, end, QUARTER_MS)]


def _head(crisis: Crisis, zone: ZoneInfo) -> list[str]:
    whose = crisis.brand or _("every brand")
    began = _("Begun {time} by {name}.").format(time=_time(crisis.since, zone), name=crisis.by)
    if crisis.until is None:
        ended = _("It lasts.")
    else:
        minutes = round((crisis.until - crisis.since).total_seconds() / 60)
        lasted = ngettext("It lasted {n} minute.", "It lasted {n} minutes.", minutes).format(n=minutes)
        ended = _("Ended {time} by {name}.").format(time=_time(crisis.until, zone), name=crisis.ended_by)
        ended = f"{ended} {lasted}"
    title = _("Crisis: {brand}").format(brand=whose)
    return [f"# {escaped(title)}", "", escaped(f"{began} {ended}"), "", escaped(str(zone)), ""]


def _numbers(found: Report) -> list[str]:
    rows = [(_(BY_KEY[key].name), _value(key, found.measures[key])) for key in NUMBERS if key in found.measures.values]
    return _table(_("The whole"), (_("number"), _("in the crisis")), rows, texts=1)


def _arrivals(quarters: Sequence[tuple[datetime, int, int]], zone: ZoneInfo) -> list[str]:
    rows = [(_time(at, zone), str(came), str(went)) for at, came, went in quarters]
    heads = (_("Quarter of an hour from"), _("messages in"), _("replies"))
    return _table(_("Arrivals"), heads, rows, texts=1)


def _spikes(found: Report, zone: ZoneInfo) -> list[str]:
    rows = [
        (_time(each.began, zone), each.brand, str(each.count), f"{each.usual:.0f}", str(each.peak))
        for each in found.spikes
    ]
    heads = (_("Announced"), _("Brand"), _("messages in 15 minutes"), _("usual"), _("peak"))
    return _table(_("Spikes"), heads, rows, texts=2)


def _waves(found: Report, zone: ZoneInfo) -> list[str]:
    rows = [
        (_time(each.at, zone), each.text, _("answered") if each.answered else _("open"), str(each.conversations))
        for each in found.waves
    ]
    heads = (_("Since"), _("What they say"), _("State"), _("conversations"))
    return _table(_("Waves"), heads, rows, texts=3)


def _moderated(found: Report) -> list[str]:
    counts: dict[str, int] = {}
    for each in found.moderation:
        counts[each.reason] = counts.get(each.reason, 0) + each.n
    known = {reason.value: reason.words for reason in Reason}
    rows = [(_(known[code]) if code in known else code or _("no reason given"), str(n)) for code, n in counts.items()]
    return _table(_("Moderated"), (_("Reason"), _("messages")), rows, texts=1)


def _timeline(decisions: Sequence[Decision], zone: ZoneInfo, verbs: Told) -> list[str]:
    rows = [
        (
            _time(from_ms(each.at_ms), zone),
            each.by,
            verbs.get(each.verb, each.verb),
            str(each.n),
            str(each.conversations or "-"),
        )
        for each in decisions
    ]
    heads = (_("Minute"), _("Who"), _("What"), _("times"), _("conversations"))
    return _table(_("Timeline"), heads, rows, texts=3)


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int) -> list[str]:
    if not rows:
        return [f"## {escaped(title)}", "", escaped(_("Nothing here.")), ""]
    marks = [":--" if index < texts else "--:" for index in range(len(heads))]
    return [
        *(f"## {escaped(title)}", "", _row(map(escaped, heads)), _row(marks)),
        *(_row(map(escaped, row)) for row in rows),
        "",
    ]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _value(key: str, value: float | None) -> str:
    if value is None:
        return "-"
    match BY_KEY[key].unit:
        case Unit.SECONDS:
            return ngettext("{n} s", "{n} s", round(value)).format(n=round(value))
        case Unit.SHARE:
            return f"{value:.{BY_KEY[key].digits}%}"
        case _:
            return f"{value:.0f}"
