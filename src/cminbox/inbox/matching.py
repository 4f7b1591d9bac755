"""Everything that a filter matches, for the verbs that act on all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cminbox.inbox import filters
from cminbox.inbox.desk import Desk
from cminbox.model.rows import PageKey
from cminbox.model.views import Filter
from cminbox.store import queue

CHUNK = 500


async def matching(desk: Desk, wanted: Filter, chunk: int = CHUNK) -> AsyncIterator[tuple[int, ...]]:
    """The ids of all conversations that a filter matches, in its order, at most `chunk` at a time and never none.

    Each chunk is read when it is asked for, and the store is free in between. What comes in behind the place that was
    reached is not seen; what a verb changed meanwhile loses no other conversation its turn. The instants that the
    filter speaks of ("older:2h") are those of the beginning.
    """
    fixed = filters.resolved(desk, wanted)
    key: PageKey | None = None
    while True:
        found = await desk.store.read(queue.ids, fixed, chunk, key)
        ids = tuple(found.places)
        if ids:
            yield ids
        if found.reached is not None:
            key = found.reached
        elif len(ids) < chunk:
            return
        else:
            key = PageKey(sort_ms=found.places[ids[-1]], id=ids[-1])


async def all_ids(desk: Desk, wanted: Filter, chunk: int = CHUNK) -> list[int]:
    """The ids of all that a filter matches, each once: read before a verb changes what matches."""
    return list(dict.fromkeys([one async for ids in matching(desk, wanted, chunk) for one in ids]))


async def true_count(desk: Desk, wanted: Filter) -> int:
    """How many conversations a filter matches, exactly: from the gauges where they tell, else by reading them all."""
    fixed = filters.resolved(desk, wanted)
    n, exact = await desk.store.read(queue.count, fixed)
    if exact:
        return n
    return sum([len(ids) async for ids in matching(desk, fixed)])
