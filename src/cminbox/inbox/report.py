"""A report, gathered: what a period brought, for a brand or a campaign, beside the period before.

Everything in it is data: no language, no markup. Remote texts are safe to show, authors are masked unless their names
are asked for; what is private, hidden, removed or erased is never quoted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cminbox.clock import from_ms, to_ms
from cminbox.inbox import numbers
from cminbox.inbox.desk import Desk
from cminbox.inbox.numbers import Voice
from cminbox.inbox.report_masks import masked
from cminbox.model.numbers import EVERYWHERE, Measures, Place, Span
from cminbox.store import kpi, spikes
from cminbox.store import report as store
from cminbox.store.counters import QUARTER_MS
from cminbox.store.report import Asked, Heard, Said
from cminbox.text import cut, fold, label, safe

THEMES = 10
TOPICS = 10
WAVES = 10
QUOTED_UNDER = 5
"""Under how many themes (or topics, where nothing is tagged) messages are quoted."""
QUOTES = 3
_NEWEST = 200
_TEXT_CELLS = 400
_TITLE_CELLS = 120
_THEME_CELLS = 60
_COMPARED = 1000
_ALIKE = 75
"""From here on two messages say the same (rapidfuzz: 100 for the same words)."""
_FEW_DAYS = timedelta(days=3)
"""Up to here a curve has a point an hour, beyond it one a day."""


Reading = Callable[[sqlite3.Connection, int, int, Place], list[Heard]]


@dataclass(frozen=True)
class Piece:
    """An hour or a day of the period: when it begins, what came in and what was replied."""

    at: datetime
    received: int
    replies: int


@dataclass(frozen=True)
class Busy:
    """A theme (a tag) or a topic. `messages_before` None: no period to compare with. `measures`: of themes."""

    name: str
    messages: int
    conversations: int
    messages_before: int | None
    measures: Measures | None = None
    url: str = ""
    account: str = ""
    network: str = ""


@dataclass(frozen=True)
class Deed:
    """What was moderated: the verb, a code of model.reasons ("": none was given), how often."""

    verb: str
    reason: str
    n: int
    before: int | None


@dataclass(frozen=True)
class Wave:
    """What many asked in one period: answered in one step, or still open."""

    at: datetime
    text: str
    conversations: int
    answered: bool


@dataclass(frozen=True)
class Rush:
    """A spike: `count` messages within a quarter of an hour where `usual` is the rule; `ended` None while it lasts."""

    brand: str
    began: datetime
    ended: datetime | None
    count: int
    usual: float
    peak: int


@dataclass(frozen=True)
class Quote:
    """A message word for word, under its theme. `author` is "" where authors are masked."""

    theme: str
    at: datetime
    text: str
    author: str
    network: str


@dataclass(frozen=True)
class Report:
    """All of a report. Instants are in the zone `timezone`; `before` None: nothing is compared."""

    made: datetime
    timezone: str
    span: Span
    before: Span | None
    place: Place
    measures: Measures
    measures_before: Measures | None
    by_the_hour: bool
    series: tuple[Piece, ...]
    heat: tuple[tuple[int, ...], ...]
    histogram: tuple[tuple[float | None, int], ...]
    themes: tuple[Busy, ...]
    topics: tuple[Busy, ...]
    moderation: tuple[Deed, ...]
    waves: tuple[Wave, ...]
    spikes: tuple[Rush, ...]
    quotes: tuple[Quote, ...]
    voices: tuple[Voice, ...] = ()
    comment: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that its instants are read in."""
        return ZoneInfo(self.timezone)


async def gather(
    desk: Desk,
    span: Span,
    place: Place = EVERYWHERE,
    *,
    before: Span | None = None,
    names: bool = False,
    comment: str = "",
) -> Report:
    """Read everything that a report of a period says; `before` is what it is compared with, `names` shows authors."""
    timezone = desk.settings.timezone
    zone = ZoneInfo(timezone)
    themes = await _busy(desk, store.themes, span, before, place, THEMES, names=True)
    topics = await _busy(desk, store.topics, span, before, place, TOPICS, names=names)
    by_the_hour = span.until - span.since <= _FEW_DAYS
    return Report(
        made=desk.clock.now(),
        timezone=timezone,
        span=span,
        before=before,
        place=place,
        measures=await numbers.measure(desk, span, place),
        measures_before=None if before is None else await numbers.measure(desk, before, place),
        by_the_hour=by_the_hour,
        series=await _series(desk, span, place, zone, by_the_hour=by_the_hour),
        heat=await numbers.heat(desk, span, place),
        histogram=tuple(await numbers.histogram(desk, span, place)),
        themes=tuple([await _measured(desk, each, span, place) for _id, each in themes]),
        topics=tuple(each for _id, each in topics),
        moderation=await _moderation(desk, span, before, place),
        waves=await _waves(desk, span, place, names=names),
        spikes=await _spikes(desk, span, place),
        quotes=await _quotes(desk, span, place, themes, topics, names=names),
        voices=tuple(
            replace(each, about=label(each.about)) for each in await numbers.voices(desk, span, place, before)
        ),
        comment=safe(comment, newlines=True).strip(),
    )


def _edges(span: Span) -> tuple[int, int]:
    """Whole quarters of an hour, as the number `received` has them."""
    return to_ms(span.since) // QUARTER_MS * QUARTER_MS, -(-to_ms(span.until) // QUARTER_MS) * QUARTER_MS


async def _busy(
    desk: Desk, read: Reading, span: Span, before: Span | None, place: Place, limit: int, *, names: bool
) -> list[tuple[int, Busy]]:
    """Names of others are masked in what they wrote, and so is where it stands: its address often spells their name."""
    found = await desk.store.read(read, *_edges(span), place)
    then = {} if before is None else {each.id: each for each in await desk.store.read(read, *_edges(before), place)}

    def one(each: Heard) -> Busy:
        earlier = None if before is None else (then[each.id].messages if each.id in then else 0)
        title = label(each.name.strip() or each.text[:1000])
        name = cut(title if names else masked(title, ()), _TITLE_CELLS)
        url = each.url if names or each.is_ours else ""
        return Busy(
            name, each.messages, each.conversations, earlier, url=url, account=each.account, network=each.network
        )

    return [(each.id, one(each)) for each in found[:limit]]


async def _measured(desk: Desk, theme: Busy, span: Span, place: Place) -> Busy:
    if place.tag is not None:
        return theme
    keys = ("answered", "response_rate", "first_response_median_s")
    return replace(theme, measures=await numbers.measure(desk, span, replace(place, tag=theme.name), keys))


async def _series(desk: Desk, span: Span, place: Place, zone: ZoneInfo, *, by_the_hour: bool) -> tuple[Piece, ...]:
    since_ms, until_ms = _edges(span)
    heard = await desk.store.read(store.heard_by_time, since_ms, until_ms, place)
    replied = await desk.store.read(store.replied_by_time, to_ms(span.since), to_ms(span.until), place)
    begins = _begins(from_ms(since_ms), from_ms(until_ms), zone, by_the_hour=by_the_hour)
    received, replies = [0] * len(begins), [0] * len(begins)

    def place_of(at: datetime) -> int:
        """The last piece that begins no later; what is before the first counts there."""
        low, high = 0, len(begins)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if begins[middle] <= at else (low, middle)
        return low

    for at_ms, only_day, n in heard:
        at = from_ms(at_ms)
        if only_day:
            at = datetime.combine(at.date(), time(12), zone).astimezone(UTC)
        received[place_of(at)] += n
    for at_ms, n in replied:
        replies[place_of(from_ms(at_ms))] += n
    return tuple(Piece(*each) for each in zip(begins, received, replies, strict=True))


def _begins(since: datetime, until: datetime, zone: ZoneInfo, *, by_the_hour: bool) -> list[datetime]:
    """When each hour or each day of a time zone begins, from the one that `since` is in, in UTC."""
    found: list[datetime] = []
    if by_the_hour:
        at = since.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        while at < until or not found:
            found.append(at)
            at += timedelta(hours=1)
        return found
    day = since.astimezone(zone).date()
    while (at := datetime.combine(day, time(0), zone).astimezone(UTC)) < until or not found:
        found.append(at)
        day += timedelta(days=1)
    return found


async def _moderation(desk: Desk, span: Span, before: Span | None, place: Place) -> tuple[Deed, ...]:
    found = await desk.store.read(kpi.moderation, to_ms(span.since), to_ms(span.until), place)
    counted = {(verb, reason): n for verb, reason, n in found}
    if before is None:
        return tuple(Deed(verb, reason, n, None) for (verb, reason), n in counted.items())
    earlier = await desk.store.read(kpi.moderation, to_ms(before.since), to_ms(before.until), place)
    then = {(verb, reason): n for verb, reason, n in earlier}
    return tuple(Deed(*each, counted.get(each, 0), then.get(each, 0)) for each in {**counted, **then})


async def _waves(desk: Desk, span: Span, place: Place, *, names: bool) -> tuple[Wave, ...]:
    since_ms, until_ms = to_ms(span.since), to_ms(span.until)
    answered = await desk.store.read(store.answered_as_one, since_ms, until_ms, place, WAVES)
    open_ = await desk.store.read(store.waves_open, since_ms, until_ms, place, WAVES)

    def wave(asked: Asked, *, done: bool) -> Wave:
        text = _shown(asked.text, () if names else asked.person, names=names)
        return Wave(from_ms(asked.at_ms), text, asked.conversations, done)

    found: list[Wave] = [*(wave(each, done=True) for each in answered), *(wave(each, done=False) for each in open_)]
    return tuple(sorted(found, key=lambda each: (-each.conversations, each.at))[:WAVES])


async def _spikes(desk: Desk, span: Span, place: Place) -> tuple[Rush, ...]:
    """Spikes are watched by brand: those of the brand, or all."""
    found = await desk.store.read(spikes.between, to_ms(span.since), to_ms(span.until))
    return tuple(
        Rush(
            each.brand,
            from_ms(each.began_ms),
            None if each.ended_ms is None else from_ms(each.ended_ms),
            each.count,
            each.usual,
            each.peak,
        )
        for each in found
        if place.brand in (None, each.brand)
    )


async def _quotes(
    desk: Desk,
    span: Span,
    place: Place,
    themes: Sequence[tuple[int, Busy]],
    topics: Sequence[tuple[int, Busy]],
    *,
    names: bool,
) -> tuple[Quote, ...]:
    edges = _edges(span)
    found: list[Quote] = []
    for topic_id, each in (themes or topics)[:QUOTED_UNDER]:
        if themes:
            said = await desk.store.read(store.said, *edges, replace(place, tag=each.name), _NEWEST)
        else:
            said = await desk.store.read(store.said, *edges, place, _NEWEST, topic_id)
        found += [
            Quote(
                cut(each.name, _THEME_CELLS),
                from_ms(one.at_ms),
                _shown(one.text, () if names else (one.name, one.handle), names=names),
                label(one.handle or one.name) if names else "",
                one.network,
            )
            for one in telling(said, QUOTES)
        ]
    return tuple(found)


def telling(said: Sequence[Said], most: int) -> list[Said]:
    """Those that say the most, none like another: longer ones first up to some length, of equals the newest."""
    from rapidfuzz.fuzz import token_set_ratio

    ranked = sorted(said, key=lambda each: (-min(len(each.text), _TEXT_CELLS), -each.at_ms))
    chosen: dict[str, Said] = {}
    for each in ranked:
        words = fold(" ".join(word for word in each.text[:_COMPARED].split() if not word.startswith("@")))
        if words and all(token_set_ratio(words, other) < _ALIKE for other in chosen):
            chosen[words] = each
        if len(chosen) == most:
            break
    return list(chosen.values())


def _shown(text: str, person: Sequence[str], *, names: bool) -> str:
    shown = safe(" ".join(text[:10_000].split()))
    return cut(shown if names else masked(shown, person), _TEXT_CELLS)
