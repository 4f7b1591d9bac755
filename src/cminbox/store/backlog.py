"""The backlog of many instants at once: one walk back from now over what came into it and left it (store.counters)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from cminbox.model.numbers import Place
from cminbox.store import kpi


def at_each(db: sqlite3.Connection, instants_ms: Sequence[int], place: Place) -> list[int | None]:
    """The number `backlog_end` of periods that end at these instants, in ascending order; the cost is that of the
    longest way back, once.
    """
    begun = db.execute("SELECT min(at_ms) FROM backlog_turn").fetchone()[0]
    if begun is None or not instants_ms:
        return [None] * len(instants_ms)
    now = kpi.rows(db, "backlog_end", 0, _AFTER_ALL, place)[0][0] or 0
    turns = db.execute(_TURNS.format(place=kpi.kept_to(place)), kpi.values(instants_ms[0], 0, place))
    turn = turns.fetchone()
    parts: dict[int, int] = {}
    found: list[int | None] = []
    for instant in reversed(instants_ms):
        while turn is not None and turn["at_ms"] >= instant:
            after = parts.get(turn["id"], turn["now"])
            before = parts[turn["id"]] = after - turn["delta"]
            now += (before > 0) - (after > 0)
            turn = turns.fetchone()
        found.append(now if instant > begun else None)
    return found[::-1]


_AFTER_ALL = 1 << 62
_TURNS = f"""SELECT c.id, c.state IN {kpi.BACKLOG_STATES} AS now, b.at_ms, b.delta FROM backlog_turn b
LEFT JOIN conversation_alias a ON a.id = b.conversation_id
JOIN conversation c ON c.id = coalesce(a.conversation_id, b.conversation_id)
WHERE b.at_ms >= :since{{place}} ORDER BY b.at_ms DESC"""
