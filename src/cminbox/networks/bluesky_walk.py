"""Walking through a list that a service gives newest first, with page marks that only lead back.

A reading looks at the newest page. Where that does not reach what is known, it goes back page by page and notes the way
(the service's own page marks), then comes forward again over the same pages and tells each, oldest first. The way is
kept in the cursor: a reading that was interrupted goes on. What is told is decided by time and address alone, never by
the page marks, which may be anything: a page joins the one told before it only if it holds the entry that it ended with
on the way back, else the reading turns round and looks for what slipped in between.

Services order by the time that the author's program wrote down: something may appear below our place. So every reading
overlaps what is known by some entries.

Pure: pages in, steps out; `bluesky_feeds` asks the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from cminbox.model.changes import SetAside
from cminbox.networks.reading import Kept

T = TypeVar("T")

PAGE = 100
"""Items asked for at once: the most that the lexicons allow."""
KEPT = 2 * PAGE
"""Items of the newest end that a cursor remembers."""
OVERLAP = 8
"""Items that are looked at again by every reading."""
LONGEST_WAY = 2000
"""Pages that a reading goes back; what is older than 200,000 entries is not looked for."""


def place_of(at: datetime) -> str:
    """An instant as a text that sorts."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Item(Generic[T]):
    """One entry of a page. `place` orders the list, `key` names the entry.

    `value` is None for an entry that says nothing to us, or that could not be understood (`bad` tells why).
    """

    place: str
    key: str
    value: T | None
    bad: SetAside | None = None


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page: its items oldest first, and the mark of the page before it (None: there is none)."""

    items: tuple[Item[T], ...]
    older: str | None


@dataclass(frozen=True)
class Mark(Kept):
    """How far a list was read.

    `place`: the newest that was told ("" when nothing was). `low`: above this place, `seen` (key -> place) is complete.
    `way`: marks of the pages between the newest one and the one to ask for next, which is the last. `feet`: the oldest
    entry of each page that led to one of them; on the way forward there is one more, that of the page asked for.
    """

    place: str = ""
    low: str = ""
    seen: Mapping[str, str] = field(default_factory=dict)
    way: tuple[str, ...] = ()
    feet: tuple[str, ...] = ()

    @property
    def ask(self) -> str | None:
        """The page to ask for; None: the newest."""
        return self.way[-1] if self.way else None


@dataclass(frozen=True)
class Step(Generic[T]):
    """What a page means: `fresh` items, the next mark, and the keys of known items that are not where they were."""

    mark: Mark
    fresh: tuple[Item[T], ...] = ()
    missing: tuple[str, ...] = ()
    more: bool = False


def step(mark: Mark, page: Page[T], since: datetime) -> Step[T]:
    """What `page`, the answer to `mark.ask`, means. `since` bounds the first reading."""
    if not mark.place and not mark.low:
        mark = replace(mark, low=place_of(since - timedelta(microseconds=1)))
    turns = len(mark.way)
    if page.older is not None and not _reached(mark, page):
        feet = (*mark.feet[:turns], page.items[0].key)
        return Step(replace(mark, way=(*mark.way, page.older), feet=feet), more=True)
    fresh = tuple(item for item in page.items if item.key not in mark.seen and item.place > mark.low)
    if mark.way:
        after = replace(_after(mark, page), way=mark.way[:-1], feet=mark.feet[:turns])
        return Step(after, fresh=fresh, more=True)
    gone = _gone(mark, page)
    kept = replace(mark, seen={key: place for key, place in mark.seen.items() if key not in gone})
    return Step(_after(kept, page), fresh=fresh, missing=gone)


def _reached(mark: Mark, page: Page[T]) -> bool:
    if not page.items or len(mark.way) >= LONGEST_WAY or page.older in mark.way:
        return True
    if len(mark.feet) > len(mark.way) and any(item.key == mark.feet[-1] for item in page.items):
        return True
    return page.items[0].place <= _anchor(mark, page)


def _anchor(mark: Mark, page: Page[T]) -> str:
    """The place that a reading must reach back to: some entries below ours, as far as the service's pages allow."""
    if not mark.place:
        return mark.low
    places = sorted(mark.seen.values())
    overlap = min(OVERLAP, max(1, len(page.items) // 2), len(places))
    return places[-overlap] if overlap else mark.place


def _gone(mark: Mark, page: Page[T]) -> tuple[str, ...]:
    there = {item.key for item in page.items}
    floor = page.items[0].place if page.items and page.older is not None else ""
    return tuple(key for key, place in mark.seen.items() if key not in there and place >= floor)


def _after(mark: Mark, page: Page[T]) -> Mark:
    seen = {**mark.seen, **{item.key: item.place for item in page.items}}
    place = max((mark.place, *(item.place for item in page.items)))
    low = mark.low
    for key in sorted(seen, key=lambda key: seen[key])[:-KEPT]:
        low = max(low, seen.pop(key))
    return Mark(place=place, low=low, seen=seen)
