"""The numbers of a period, for a brand, a tag, a colleague...: read by store.kpi, defined in insight.definitions."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cminbox.clock import from_ms, to_ms
from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.inbox.desk import Desk
from cminbox.insight.definitions import BY_KEY, DEFINITIONS, Definition
from cminbox.insight.hours import hours_of, worked_s
from cminbox.insight.percentiles import median_and_p90
from cminbox.model.numbers import EVERYWHERE, Measures, Place, Span
from cminbox.model.views import Condition, Filter, Key, View
from cminbox.store import backlog, kpi, listening
from cminbox.store import behind as behind_
from cminbox.store.counters import QUARTER_MS
from cminbox.store.kpi import QUERIES, Shape
from cminbox.store.numbers import standing

TIMES = {
    "first_response": ("first_response_median_s", "first_response_p90_s", "first_response_n"),
    "message_response": ("message_response_median_s", "message_response_p90_s", "message_response_n"),
    "next_reply": ("next_reply_median_s", "next_reply_p90_s", "next_reply_n"),
    "first_resolution": ("first_resolution_median_s", "first_resolution_p90_s", "first_resolution_n"),
    "full_resolution": ("full_resolution_median_s", "full_resolution_p90_s", "full_resolution_n"),
    "time_to_hide": ("time_to_hide_median_s", "time_to_hide_p90_s", "time_to_hide_n"),
}
"""The three numbers that come of each query of times."""

BINS_S = (60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 8 * 3600.0, 24 * 3600.0)
"""The upper ends of the histogram of response times; what is longer has a bin of its own."""

_OF_QUERY = {name: query for query, names in TIMES.items() for name in names}
PERIOD: tuple[str, ...] = tuple(each.key for each in DEFINITIONS if _OF_QUERY.get(each.key, each.key) in QUERIES)
"""The keys of every number that belongs to a period."""


@dataclass(frozen=True)
class Explained:
    """What a number means, and the SQL that gives it ("" where it is read from counters that are always kept)."""

    definition: Definition
    sql: str


@dataclass(frozen=True)
class Voice:
    """How much is said about one (`about`: "us" or "competitor:NAME"): messages, and their part of all (None: of none).

    `n_before` and `share_before` are those of the period it is compared with, None without one.
    """

    about: str
    n: int
    share: float | None
    n_before: int | None = None
    share_before: float | None = None

    @property
    def name(self) -> str:
        """The competitor's name; "" for us."""
        return self.about.partition(":")[2]


async def measure(desk: Desk, span: Span, place: Place = EVERYWHERE, keys: Sequence[str] | None = None) -> Measures:
    """The numbers of a period by key (None: every one of `PERIOD`).

    Raises UsageError for a key that is no number of a period, Refused where `place` names another colleague and the
    settings let each see their own only.
    """
    wanted = _checked(desk, place, PERIOD if keys is None else keys)
    return await desk.store.read(_measure, desk, span, place, wanted)


async def series(desk: Desk, key: str, span: Span, place: Place, step_s: float) -> list[tuple[datetime, float | None]]:
    """One number of each piece of a period that is `step_s` long, with the instant at which the piece begins."""
    (wanted,) = _checked(desk, place, [key])
    found: list[tuple[datetime, float | None]] = []
    since = span.since
    if wanted == "backlog_end":
        begins = [since + timedelta(seconds=n * step_s) for n in range(math.ceil(span.seconds / step_s))]
        ends = [to_ms(end) for end in (*begins[1:], span.until)][: len(begins)]
        return list(zip(begins, await desk.store.read(backlog.at_each, ends, place), strict=True))
    while since < span.until:
        until = min(span.until, since + timedelta(seconds=step_s))
        measures = await desk.store.read(_measure, desk, Span(since, until), place, (wanted,))
        found.append((since, measures[key]))
        since = until
    return found


async def heat(desk: Desk, span: Span, place: Place = EVERYWHERE) -> tuple[tuple[int, ...], ...]:
    """How many messages came in by weekday (Monday first) and hour, in the time zone of the settings."""
    zone = ZoneInfo(desk.settings.timezone)
    table = [[0] * 24 for _day in range(7)]
    heard = await desk.store.read(kpi.times_heard, to_ms(span.since), to_ms(span.until), place)
    for at_ms, n in heard:
        local = from_ms(at_ms).astimezone(zone)
        table[local.weekday()][local.hour] += n
    return tuple(tuple(day) for day in table)


async def histogram(
    desk: Desk, span: Span, place: Place = EVERYWHERE, key: str = "first_response_median_s"
) -> list[tuple[float | None, int]]:
    """How many of the times behind a number lie in each bin: (its upper end in seconds or None for the last, n)."""
    (wanted,) = _checked(desk, place, [key])
    times = await desk.store.read(_times, desk, _OF_QUERY[wanted], span, place)
    ends: list[float | None] = [*BINS_S, None]
    counts = [0] * len(ends)
    for took in times:
        counts[next(index for index, end in enumerate(ends) if end is None or took <= end)] += 1
    return list(zip(ends, counts, strict=True))


async def breakdown(desk: Desk, by: str, span: Span, place: Place, keys: Sequence[str]) -> list[tuple[str, Measures]]:
    """The numbers of each brand, campaign, account, network, tag or colleague (`by`) that has any, by name."""
    wanted = _checked(desk, place, keys)
    if by not in kpi.BREAKDOWNS:
        raise UsageError(_("There is no breakdown by {name}.").format(name=by))
    names = await desk.store.read(kpi.names, by)
    if by == "colleague" and not desk.settings.numbers.everybody:
        names = [name for name in names if name == desk.by]
    found = []
    for name in names:
        each = replace(place, **{by: name})
        measures = await desk.store.read(_measure, desk, span, each, wanted)
        if any(measures.values.values()):
            found.append((name, measures))
    return found


async def voices(desk: Desk, span: Span, place: Place = EVERYWHERE, before: Span | None = None) -> tuple[Voice, ...]:
    """What `share_of_voice` is made of: us first, also with nothing, then competitors by how often they are spoken of.

    Empty where no feed brought anything about us or them, neither now nor `before`.
    """
    now = await desk.store.read(listening.voices, to_ms(span.since), to_ms(span.until), place)
    then = {}
    if before is not None:
        then = await desk.store.read(listening.voices, to_ms(before.since), to_ms(before.until), place)
    known = {**then, **now}
    if not known:
        return ()
    all_, all_then = (sum(n for _named, n in each.values()) for each in (now, then))
    found = []
    for key in dict.fromkeys((listening.US, *now, *then)):
        named, n = known.get(key, (key, 0))[0], now.get(key, (key, 0))[1]
        earlier = then.get(key, (key, 0))[1]
        voice = Voice(named, n, _share(n, all_))
        found.append(
            voice if before is None else replace(voice, n_before=earlier, share_before=_share(earlier, all_then))
        )
    return tuple(found)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


async def behind_voice(desk: Desk, about: str, span: Span, place: Place = EVERYWHERE) -> Filter:
    """The conversations with a message of a period that listening feeds brought, about us or about a competitor."""
    found = await desk.store.read(listening.behind, about, to_ms(span.since), to_ms(span.until), place)
    return Filter(view=View.ANY, only=found, number="share_of_voice")


async def behind(desk: Desk, key: str, span: Span, place: Place = EVERYWHERE) -> Filter:
    """The conversations behind a number, as a part of the queue: exactly those, for a number that counts conversations.

    A number of messages, people or acts gives the conversations they belong to, a share or a time those it is made of
    (`returning_people`: those in which they wrote).
    Numbers of now give a filter that stays true; those of a period the conversations of this moment (`Filter.only`).
    Raises UsageError for an unknown number, Refused as `measure` does.
    """
    explain(key)
    about = filter_of(place)
    if key not in PERIOD:
        now = to_ms(desk.clock.now())
        if key == "new_per_minute":
            found = await desk.store.read(behind_.heard, now - QUARTER_MS, now, place)
            return Filter(view=View.ANY, only=found, number=key)
        if key in ("outbox", "review"):
            found = await desk.store.read(behind_.of_acts, key, place)
            return Filter(view=View.ANY, only=found, number=key)
        now_of = standing(about, now)
        if key == "answered_mine":
            return await behind(desk, "answered", span, replace(place, colleague=desk.by))
        return now_of["unanswered" if key == "oldest_waiting_s" else key]
    _checked(desk, place, [key])
    query = _OF_QUERY.get(key, key)
    found = await desk.store.read(behind_.conversations, query, *_edges(query, span), place)
    return Filter(view=View.ANY, only=found, number=key)


def filter_of(place: Place) -> Filter:
    """The part of the queue that a place stands for, whatever the state; a colleague is no part of it."""
    campaigns = () if place.campaign is None else (Condition(key=Key.CAMPAIGN, values=(place.campaign,)),)
    return Filter(
        view=View.ANY,
        brand=place.brand,
        account=place.account,
        network=place.network,
        tag=place.tag,
        conditions=campaigns,
    )


def explain(key: str) -> Explained:
    """What a number means and how it is read. Raises UsageError for an unknown one, naming those there are."""
    if key not in BY_KEY:
        raise UsageError(
            _("There is no number called {name}.").format(name=key),
            _("There are: {names}.").format(names=", ".join(BY_KEY)),
        )
    query = _OF_QUERY.get(key, key)
    return Explained(BY_KEY[key], kpi.statement(query, EVERYWHERE) if query in QUERIES else "")


def _checked(desk: Desk, place: Place, keys: Sequence[str]) -> tuple[str, ...]:
    for key in keys:
        if key not in PERIOD:
            explain(key)
            raise UsageError(_("{name} is a number of now, not of a period.").format(name=key))
    if place.colleague not in (None, desk.by) and not desk.settings.numbers.everybody:
        raise Refused(
            _("Each sees their own numbers here."), _("The setting numbers.everybody shows everybody's to everybody.")
        )
    return tuple(keys)


def _measure(db: sqlite3.Connection, desk: Desk, span: Span, place: Place, keys: Sequence[str]) -> Measures:
    values: dict[str, float | None] = {}
    counts: dict[str, int] = {}
    for query in dict.fromkeys(_OF_QUERY.get(key, key) for key in keys):
        if QUERIES[query].shape is Shape.TIMES:
            times = _times(db, desk, query, span, place)
            median, p90, n = TIMES[query]
            values[median], values[p90] = median_and_p90(times)
            values[n] = len(times)
            counts |= {median: len(times), p90: len(times)}
            continue
        since_ms, until_ms = _edges(query, span)
        row = kpi.rows(db, query, since_ms, until_ms, place)[0]
        if QUERIES[query].shape is Shape.SHARE:
            part, whole = row[0] or 0, row[1] or 0
            values[query], counts[query] = _share(part, whole), whole
        else:
            values[query] = row[0]
    return Measures({key: values[key] for key in keys}, counts)


def _edges(query: str, span: Span) -> tuple[int, int]:
    """Messages that came in are counted in whole quarters of an hour, as the counters beside the queue count them."""
    since_ms, until_ms = to_ms(span.since), to_ms(span.until)
    if query != "received":
        return since_ms, until_ms
    return since_ms // QUARTER_MS * QUARTER_MS, -(-until_ms // QUARTER_MS) * QUARTER_MS


def _times(db: sqlite3.Connection, desk: Desk, query: str, span: Span, place: Place) -> list[float]:
    """The times behind a number, in seconds: working time for brands that have business hours, else calendar time."""
    names = kpi.brand_names(db)
    found = []
    for begin, end, brand in kpi.rows(db, query, to_ms(span.since), to_ms(span.until), place):
        if begin is None or end is None:
            continue
        hours = None if query == "time_to_hide" else hours_of(desk.settings, names.get(brand or 0, ""))
        found.append(max(0, end - begin) / 1000 if hours is None else worked_s(hours, begin, end))
    return found
