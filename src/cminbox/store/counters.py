"""The gauges (exact counts of now), the buckets (15 minutes of one account) and the turns of the backlog: written where
the rows are written.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping

from cminbox.insight.deltas import NAMES, Counted, Gauge, backlog_delta, counts_in, deltas
from cminbox.store.database import Tx

QUARTER_MS = 15 * 60 * 1000
"""The width of a bucket. Every time zone's midnight falls on a bucket's edge."""


def follow(tx: Tx, changes: Iterable[tuple[Counted | None, Counted | None]]) -> None:
    """Bring the gauges in line with conversations that went from one state to another, in their own transaction."""
    total: Counter[Gauge] = Counter()
    for before, after in changes:
        total.update(deltas(before, after))
    tx.db.executemany(
        "INSERT INTO gauge (scope, scope_id, name, n) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (scope, scope_id, name) DO UPDATE SET n = n + excluded.n",
        [(*gauge, n) for gauge, n in total.items() if n],
    )


def turn(tx: Tx, changes: Mapping[int, tuple[Counted | None, Counted | None]]) -> None:
    """Note which conversations came into the backlog and which left it, by id."""
    turned = [(tx.now_ms, one, delta) for one, change in changes.items() if (delta := backlog_delta(*change))]
    if turned:
        tx.db.executemany(
            "INSERT INTO backlog_turn (at_ms, conversation_id, delta) VALUES (?, ?, ?)"
            " ON CONFLICT (at_ms, conversation_id) DO UPDATE SET delta = delta + excluded.delta",
            turned,
        )


def add(tx: Tx, account_id: int, at_ms: int, name: str, n: int = 1) -> None:
    """Count `n` things in the bucket of the instant at which they happened.

    Names: `received`, `replied` and `sent`; `received_day` and `replied_day` for what is dated to the day only.
    """
    tx.db.execute(
        "INSERT INTO bucket (account_id, quarter, name, n) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (quarter, account_id, name) DO UPDATE SET n = n + excluded.n",
        (account_id, at_ms // QUARTER_MS, name, n),
    )


def gauges(db: sqlite3.Connection, scope: str = "inbox", scope_id: int = 0) -> dict[str, int]:
    """Every gauge of one scope by name (insight.deltas.NAMES); the cost does not depend on the size of the store."""
    found = dict(db.execute("SELECT name, n FROM gauge WHERE scope = ? AND scope_id = ?", (scope, scope_id)).fetchall())
    return {name: found.get(name, 0) for name in NAMES}


def recount(db: sqlite3.Connection) -> dict[Gauge, int]:
    """The gauges counted anew from the conversations; reads them all (`cminbox doctor` and the tests)."""
    total: Counter[Gauge] = Counter()
    for row in db.execute(
        "SELECT state, unread, waits_ms IS NOT NULL AS unanswered, network_id, account_id, brand_id, assignee,"
        " topic_id, (SELECT group_concat(tag_id) FROM conversation_tag g WHERE g.conversation_id = c.id) AS tags,"
        " count(*) AS n FROM conversation c GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9"
    ):
        for gauge in counts_in(row):
            total[gauge] += row["n"]
    return dict(total)


def drift(db: sqlite3.Connection) -> dict[Gauge, int]:
    """Where the kept gauges differ from a recount, and by how much (kept minus counted). Empty when all is well."""
    difference = Counter({Gauge(*row[:3]): row[3] for row in db.execute("SELECT scope, scope_id, name, n FROM gauge")})
    difference.subtract(recount(db))
    return {gauge: n for gauge, n in difference.items() if n}
