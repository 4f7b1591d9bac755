"""Pages of conversations that were chosen one by one (`Filter.only`): a page is a slice of them, at any length."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from cminbox.model.rows import PageKey
from cminbox.model.views import Filter, Order
from cminbox.store.queue_conditions import condition, marks
from cminbox.store.queue_rows import Found
from cminbox.store.queue_walk import KeepsOut

LOOKED_AT = 5_000
"""How many of them a page looks at, at most, where the filter asks for more than being among them."""
_STRIDE = 200


def look(
    db: sqlite3.Connection,
    wanted: Filter,
    limit: int,
    after: PageKey | None,
    before: PageKey | None,
    keeps_out: KeepsOut | None,
) -> Found:
    """At most `limit` of them in their order, or turned round. Their place counts from the end of the order given."""
    chosen = wanted.only or ()
    key = after if before is None else before
    forward = (wanted.ordering is not Order.OLDEST) == (before is None)
    at = 0 if forward else len(chosen) - 1
    if key is not None:
        at = _beyond(chosen, key, 1 if forward else -1)
    places: dict[int, int] = {}
    looked = 0
    while 0 <= at < len(chosen) and limit > 0:
        piece = chosen[at : at + _STRIDE] if forward else chosen[max(0, at - _STRIDE + 1) : at + 1][::-1]
        # What we listen to is kept apart, but for what was chosen: the condition must know that it was.
        test, values = condition(db, wanted.model_copy(update={"only": tuple(piece)}))
        found = db.execute(f"SELECT id FROM conversation WHERE id IN ({marks(piece)}) AND ({test})", (*piece, *values))
        fits = {row[0] for row in found}
        for one in piece:
            looked += 1
            if one in fits:
                more, out = (0, False) if keeps_out is None else keeps_out(one)
                looked += more
                if not out:
                    places[one] = len(chosen) - at
            at += 1 if forward else -1
            if len(places) == limit:
                return Found(places)
        if looked >= LOOKED_AT and 0 <= at < len(chosen):
            last = at - 1 if forward else at + 1
            return Found(places, PageKey(sort_ms=len(chosen) - last, id=chosen[last]))
    return Found(places)


def _beyond(chosen: Sequence[int], key: PageKey, step: int) -> int:
    """The first one behind a key: of the place itself only an id that the key leaves room for."""
    at = len(chosen) - key.sort_ms
    if at < 0:
        return 0 if step > 0 else -1
    if at >= len(chosen):
        return len(chosen) - (1 if step < 0 else 0)
    stays = chosen[at] < key.id if step > 0 else chosen[at] > key.id
    return at if stays else at + step
