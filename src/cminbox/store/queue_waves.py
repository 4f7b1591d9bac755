"""The queue with each wave as one row: that of the conversation that waits longest in it, by its place in time."""

from __future__ import annotations

import sqlite3

from cminbox.model.rows import PageKey
from cminbox.model.views import Filter, Order
from cminbox.store.queue_conditions import condition
from cminbox.store.queue_rows import Found

SCAN_WAVES = 2_000
"""How many waves a page looks at, at most."""


def look(db: sqlite3.Connection, wanted: Filter, limit: int, after: PageKey | None, before: PageKey | None) -> Found:
    """One conversation for every cluster of two and more in which any conversation is as the filter says.

    The order is the time since when a wave's first conversation waits, and that one stands for all of it.
    """
    key = after if before is None else before
    descending = (wanted.ordering is Order.NEWEST) == (before is None)
    places: dict[int, int] = {}
    for looked_at, (first_id, first_ms, holds) in enumerate(_waves(db, wanted, key, descending=descending), 1):
        if holds:
            places[first_id] = first_ms
        if len(places) >= limit:
            break
        if looked_at == SCAN_WAVES:
            return Found(places, PageKey(sort_ms=first_ms, id=first_id))
    return Found(places)


def only_waves(db: sqlite3.Connection, found: Found, limit: int) -> Found:
    """Of what was found by words or by a person what is in a wave, each conversation by itself."""
    inside = {one: at for one, at in found.places.items() if _in_wave(db, one)}
    if found.reached is None and len(found.places) >= limit:
        last, at = next(reversed(found.places.items()))
        return Found(inside, PageKey(sort_ms=at, id=last)) if len(inside) < limit else Found(inside)
    return Found(inside, found.reached)


def _in_wave(db: sqlite3.Connection, conversation_id: int) -> bool:
    row = db.execute(
        "SELECT 1 FROM cluster_member k JOIN cluster c ON c.id = k.cluster_id"
        " WHERE k.conversation_id = ? AND c.size >= 2",
        (conversation_id,),
    ).fetchone()
    return row is not None


def _waves(db: sqlite3.Connection, wanted: Filter, key: PageKey | None, *, descending: bool) -> sqlite3.Cursor:
    sql, values = condition(db, wanted)
    compare, direction = ("<", "DESC") if descending else (">", "ASC")
    arm = (
        "SELECT c.first_id, c.first_ms, EXISTS (SELECT 1 FROM cluster_member k JOIN conversation"
        f" ON conversation.id = k.conversation_id WHERE k.cluster_id = c.id AND {sql})"
        " FROM cluster c INDEXED BY cluster_waves WHERE c.size >= 2"
    )
    if key is None:
        return db.execute(f"{arm} ORDER BY c.first_ms {direction}, c.first_id {direction}", values)
    return db.execute(
        f"SELECT * FROM ({arm} AND c.first_ms = ? AND c.first_id {compare} ?"
        f" UNION ALL {arm} AND c.first_ms {compare} ?) ORDER BY 2 {direction}, 1 {direction}",
        (*values, key.sort_ms, key.id, *values, key.sort_ms),
    )
