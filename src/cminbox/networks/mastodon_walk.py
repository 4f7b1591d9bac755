"""Walking through a list that a server gives newest first, in pages: forward, without a gap, from where we were.

The first reading pages back to where it shall begin, then walks forward. Later readings look at the newest page: one
request tells what is new, what was edited, and what is missing. Only when that page does not reach back far enough
does the walk go forward with `min_id` (a `since_id` would skip what lies between).

Ids are given when a writing begins and seen when it ends, not in that order: every reading overlaps what is known by
`OVERLAP` entries (half a page, where a server's pages are shorter). One that appears below our place is found as long
as fewer known ones than that stand above it, however many newer ones came with it; anywhere in the newest page else.

Pure: pages in, steps out; `mastodon_feeds` asks the server.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from cminbox.model.changes import SetAside

T = TypeVar("T")

PAGE = 40
"""Items asked for at once: the most that Mastodon gives for every list that we read."""
KEPT = 2 * PAGE
"""Items of the newest end that a cursor remembers."""
OVERLAP = PAGE // 2
"""Items that are looked at again by every reading: more than a busy server writes at the same time."""


def order(identifier: str) -> tuple[int, str]:
    """Ids sort by length, then by character: right for Mastodon's numbers and for the ULIDs of others."""
    return (len(identifier), identifier)


@dataclass(frozen=True)
class Item(Generic[T]):
    """One entry of a page. `place` orders and pages the list, `key` names the entry, `mark` is its version ("": empty).

    `value` is None for an entry that says nothing to us, or that could not be understood (`bad` tells why).
    """

    place: str
    key: str
    mark: str
    at: datetime | None
    value: T | None
    bad: SetAside | None = None


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page: its items oldest first, and the `max_id` of the page before it (None: there is none).

    `keys_are_places`: an item that is not in the page although its key lies within is missing. Else the first word of
    an item's version is its place.
    """

    items: tuple[Item[T], ...]
    older: str | None
    keys_are_places: bool = True


@dataclass(frozen=True)
class Mark:
    """How far a list was read. Kept as JSON in the cursor.

    `place`: the newest that was given out ("" when nothing was). `walk`: while there may be more between here and the
    newest end, the `min_id` of the next page. `low`: above this place, `seen` (key -> version) is complete. While the
    first reading pages back, `back` is the `max_id` of the next page, `came` that of the page before, `floor` the place
    that nothing lies below.
    """

    place: str = ""
    walk: str = ""
    low: str = ""
    seen: Mapping[str, str] = field(default_factory=dict)
    back: str | None = None
    came: str | None = None
    floor: str = ""

    @classmethod
    def load(cls, cursor: object) -> Mark | None:
        """A mark out of a cursor; None for no cursor and for one that is none of ours (the reading begins again)."""
        try:
            return _STORED.validate_python(cursor)
        except ValidationError:
            return None

    def dump(self) -> dict[str, Any]:
        """The mark as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Ask:
    """What to ask the server for: the newest page, the page before `max_id`, or the page just after `min_id`."""

    max_id: str | None = None
    min_id: str | None = None


@dataclass(frozen=True)
class Step(Generic[T]):
    """What a page means: `fresh` items, `changed` ones (known, in a new version), the next mark.

    `missing` are the versions of those that we know and that are not where they were.
    """

    mark: Mark
    fresh: tuple[Item[T], ...] = ()
    changed: tuple[Item[T], ...] = ()
    missing: tuple[str, ...] = ()
    more: bool = False


_STORED = TypeAdapter(Mark)


def ask(mark: Mark | None) -> Ask:
    """The next question."""
    if mark is None or not mark.place:
        return Ask(max_id=mark.back if mark else None)
    return Ask(min_id=mark.walk or None)


def step(mark: Mark | None, page: Page[T], since: datetime) -> Step[T]:
    """What `page`, the answer to `ask(mark)`, means."""
    if mark is None or not mark.place:
        return _back(mark or Mark(), page, since)
    return _forward(mark, page) if mark.walk else _newest(mark, page)


def _back(mark: Mark, page: Page[T], since: datetime) -> Step[T]:
    if not page.items:
        if mark.back is None:
            return Step(Mark())
        # The page before this one held the oldest item: once more, now as the end of the way back.
        return Step(Mark(back=mark.came, floor=mark.back), more=True)
    if page.older is not None and not _reached(mark, page, since):
        return Step(Mark(back=page.older, came=mark.back), more=True)
    fresh = tuple(item for item in page.items if item.at is None or item.at >= since)
    low = page.items[0].place if page.older is not None else ""
    after = _after(Mark(low=low), page)
    if mark.back is None:
        return Step(after, fresh=fresh)
    return Step(replace(after, walk=after.place), fresh=fresh, more=True)


def _reached(mark: Mark, page: Page[T], since: datetime) -> bool:
    if any(item.at is not None and item.at < since for item in page.items):
        return True
    if mark.floor and (page.older == mark.floor or order(page.items[0].place) <= order(mark.floor)):
        return True
    # A server that ignores max_id would send us in circles.
    return mark.back is not None and page.older is not None and order(page.older) >= order(mark.back)


def _forward(mark: Mark, page: Page[T]) -> Step[T]:
    newest = max((item.place for item in page.items), key=order, default="")
    if order(newest) <= order(mark.walk):
        return Step(replace(mark, walk=""))
    return replace(_news(mark, page, ()), mark=replace(_after(mark, page), walk=newest), more=True)


def _newest(mark: Mark, page: Page[T]) -> Step[T]:
    anchor = _anchor(mark, page)
    if page.older is not None and not any(order(item.place) <= order(anchor) for item in page.items):
        return Step(replace(mark, walk=anchor), more=True)
    gone: frozenset[str] = frozenset()
    if page.keys_are_places:
        there = {item.key for item in page.items}
        floor = page.items[0].place if page.items and page.older is not None else ""
        gone = frozenset(key for key in mark.seen if key not in there and order(key) >= order(floor))
    kept = replace(mark, seen={key: version for key, version in mark.seen.items() if key not in gone})
    return replace(_news(mark, page, gone), mark=_after(kept, page))


def _news(mark: Mark, page: Page[T], gone: Collection[str]) -> Step[T]:
    seen = mark.seen
    differing = tuple(item for item in page.items if seen.get(item.key, item.mark) != item.mark)
    # Some servers keep the entry and empty it.
    emptied = {item.key for item in differing if not item.mark}
    return Step(
        mark,
        fresh=tuple(item for item in page.items if item.key not in seen and order(item.place) > order(mark.low)),
        changed=tuple(item for item in differing if item.mark),
        missing=tuple(version for key, version in seen.items() if key in emptied or key in gone),
    )


def _after(mark: Mark, page: Page[T]) -> Mark:
    # Newest last: what falls off the front is older than what stays.
    inside = {item.key for item in page.items}
    seen = {key: version for key, version in mark.seen.items() if key not in inside}
    seen |= {item.key: item.mark for item in page.items}
    place = max((mark.place, *(item.place for item in page.items)), key=order)
    low = mark.low
    for key in list(seen)[:-KEPT]:
        low = max(low, _place(key, seen.pop(key), page), key=order)
    return Mark(place=place, low=low, seen=seen)


def _anchor(mark: Mark, page: Page[T]) -> str:
    """The place that a reading must reach back to: some entries below ours, as far as the server's pages allow."""
    places = sorted((_place(key, version, page) for key, version in mark.seen.items()), key=order)
    overlap = min(OVERLAP, max(1, len(page.items) // 2), len(places))
    return places[-overlap] if overlap else mark.place


def _place(key: str, version: str, page: Page[T]) -> str:
    return key if page.keys_are_places else version.partition(" ")[0]
