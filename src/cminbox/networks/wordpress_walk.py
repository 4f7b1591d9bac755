"""Walking through the comments of a site: a list by id, oldest first, read by offset, without a gap.

How many comments stand before a place changes only when some of them are deleted for good (or, for who sees approved
ones only, approved late). So every reading begins some comments before the place that it knows: when the first one
that comes is known, nothing lies between; else it goes further back. The comments that are read again tell of edits,
of new states and of deletions.

Pure: pages in, steps out; `wordpress_feeds` asks the site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from cminbox.model.changes import SetAside
from cminbox.networks.reading import Kept

T = TypeVar("T")

PAGE = 100
"""Comments asked for at once: the most that WordPress gives."""
WATCHED = 50
"""Comments that are looked at again by every reading that is up to date."""
OVERLAP = 8
"""And by one that catches up."""
KEPT = 100
"""Versions that a cursor remembers."""


@dataclass(frozen=True)
class Item(Generic[T]):
    """One entry of a page. `version` changes when it does. `value` is None where it was not understood (`bad`)."""

    id: int
    version: str
    value: T | None
    bad: SetAside | None = None


@dataclass(frozen=True)
class Mark(Kept):
    """How far the list was read.

    `place`: the highest id that was read; `count`: how many of the list stood up to it. Above `low`, `seen` (id as
    text -> version) is complete. `catching_up`: the last page was full.
    """

    place: int = 0
    count: int = 0
    low: int = 0
    seen: Mapping[str, str] = field(default_factory=dict)
    catching_up: bool = False


@dataclass(frozen=True)
class Step(Generic[T]):
    """What a page means.

    `fresh` were not known, `changed` are pairs of the version that was known and the item as it is now, `missing` the
    ids of those that are gone for good.
    """

    mark: Mark
    fresh: tuple[Item[T], ...] = ()
    changed: tuple[tuple[str, Item[T]], ...] = ()
    missing: tuple[int, ...] = ()
    more: bool = False


def offset_of(mark: Mark) -> int:
    """Where the next page begins."""
    return max(0, mark.count - (OVERLAP if mark.catching_up else WATCHED))


def step(mark: Mark, items: tuple[Item[T], ...], *, length: int, total: int) -> Step[T]:
    """What the page at `offset_of(mark)` means.

    `length` is how many entries came (one without an id is no item), `total` how many there are in the whole list.
    """
    offset = offset_of(mark)
    if offset and (not items or items[0].id > mark.place):
        # Some before it were deleted: what moved up may be new.
        return Step(replace(mark, count=min(offset, total), catching_up=True), more=True)
    known = [item for item in items if item.id <= mark.place]
    late = [item for item in known if item.id > mark.low and str(item.id) not in mark.seen]
    if offset + len(known) - len(late) > mark.count:
        # Some appeared further down than we look: all of it again. Whoever takes it in knows what is known.
        return Step(Mark(), more=True)
    full = length >= PAGE
    highest = items[-1].id if items else 0
    ids = {item.id for item in items}
    begin = items[0].id if items and offset else 0
    missing = tuple(
        number
        for number in sorted(map(int, mark.seen))
        if begin <= number and (number <= highest or not full) and number not in ids
    )
    changed = tuple(
        (mark.seen[str(item.id)], item)
        for item in known
        if str(item.id) in mark.seen and mark.seen[str(item.id)] != item.version
    )
    fresh = tuple(item for item in items if item.id > mark.place or item in late)
    mark = _next(mark, items, missing, offset, offset + length)
    return Step(replace(mark, catching_up=full), fresh, changed, missing, full)


def _next(mark: Mark, items: tuple[Item[T], ...], missing: tuple[int, ...], offset: int, count: int) -> Mark:
    versions = {number: version for number, version in mark.seen.items() if int(number) not in missing}
    versions |= {str(item.id): item.version for item in items}
    kept = sorted(versions, key=int)[-KEPT:]
    begin = items[0].id - 1 if items and offset else 0
    low = min(mark.low, begin)
    if len(kept) < len(versions):
        low = max(low, int(kept[0]) - 1)
    return Mark(
        place=max(mark.place, items[-1].id if items else 0),
        count=count,
        low=low,
        seen={number: versions[number] for number in kept},
    )
