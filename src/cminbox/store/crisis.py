"""Crises as the store keeps them: since when, for which brand, by whom; and what rests while one lasts."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from cminbox.store import journal
from cminbox.store.database import Tx

EVERY_BRAND = 0
BEGAN = "crisis_on"
ENDED = "crisis_off"
"""What the journal calls the beginning and the end of a crisis. No step: undo passes over them."""
_BEFORE_MS = 3_600_000
"""A spike up to so long before a crisis is what it was called for."""


@dataclass(frozen=True)
class CrisisRow:
    """One crisis. `brand` is "" for every brand, `ended_ms` None while it lasts."""

    id: int
    brand_id: int
    brand: str
    began_ms: int
    by: str
    ended_ms: int | None
    ended_by: str


@dataclass(frozen=True)
class Decision:
    """What a colleague did within a minute: its begin in ms, who, the verb, how often, in how many conversations."""

    at_ms: int
    by: str
    verb: str
    n: int
    conversations: int


def rests(brand: str) -> str:
    """SQL: whether a crisis lasts for the brand that an expression gives."""
    return (
        "EXISTS (SELECT 1 FROM crisis x INDEXED BY crisis_lasting"
        f" WHERE x.ended_ms IS NULL AND x.brand_id IN ({EVERY_BRAND}, coalesce({brand}, {EVERY_BRAND})))"
    )


def rests_act(act: str) -> str:
    """SQL: whether an act (its alias) rests while a crisis lasts there: it waits for its turn, or a rule wrote it.

    What a person approved goes.
    """
    return (
        f"(({act}.spaced OR {act}.rule_id IS NOT NULL) AND {act}.state IN ('held', 'queued') AND NOT {act}.approved AND"
        f" {rests(f'(SELECT y.brand_id FROM account y WHERE y.id = {act}.account_id)')})"
    )


def is_act_resting(db: sqlite3.Connection, act_id: int) -> bool:
    """Whether an act does not leave before a crisis is over."""
    return db.execute(f"SELECT 1 FROM act a WHERE a.id = ? AND {rests_act('a')}", (act_id,)).fetchone() is not None


def covers(db: sqlite3.Connection, conversation_id: int) -> bool:
    """Whether a crisis lasts for the brand of a conversation."""
    sql = f"SELECT 1 FROM conversation c WHERE c.id = ? AND {rests('c.brand_id')}"
    return db.execute(sql, (conversation_id,)).fetchone() is not None


def brand_id(db: sqlite3.Connection, name: str) -> int | None:
    """The brand of a name, in whichever case; None where there is none."""
    row = db.execute("SELECT id FROM brand WHERE lower(name) = lower(?)", (name,)).fetchone()
    return int(row[0]) if row else None


def begin(tx: Tx, brand: int, by: int) -> bool:
    """A crisis begins for a brand; False where one lasts there already."""
    begun = tx.db.execute(
        "INSERT OR IGNORE INTO crisis (brand_id, began_ms, began_by) VALUES (?, ?, ?)", (brand, tx.now_ms, by)
    )
    if begun.rowcount != 1:
        return False
    journal.write(tx, BEGAN, by, None)
    return True


def end(tx: Tx, crisis_id: int, by: int) -> bool:
    """A crisis is over; False where it was. Answers that rested keep their distance to each other.

    They leave as much later as the crisis was long: so they are not late, and never all at once. What a rule replied
    is not worth the wait: as late as that, a person looks at it first.
    """
    sql = "SELECT brand_id, began_ms FROM crisis WHERE id = ? AND ended_ms IS NULL"
    row = tx.db.execute(sql, (crisis_id,)).fetchone()
    if row is None:
        return False
    tx.db.execute(
        "UPDATE act AS a SET not_before_ms = max(not_before_ms + ?1, ?2)"
        " WHERE a.not_before_ms IS NOT NULL AND a.not_before_ms + ?1 >= ?2 AND a.rule_id IS NULL"
        f" AND {rests_act('a')}",
        (tx.now_ms - row["began_ms"], tx.now_ms),
    )
    tx.db.execute("UPDATE crisis SET ended_ms = ?, ended_by = ? WHERE id = ?", (tx.now_ms, by, crisis_id))
    journal.write(tx, ENDED, by, None)
    return True


def lasting(db: sqlite3.Connection) -> list[CrisisRow]:
    """The crises that last, oldest first."""
    return [_row(row) for row in db.execute(f"{_SELECT} WHERE x.ended_ms IS NULL ORDER BY x.began_ms, x.id")]


def latest(db: sqlite3.Connection, brand: int | None) -> CrisisRow | None:
    """The newest crisis of a brand (None: of any), whether it lasts or not."""
    row = db.execute(
        f"{_SELECT} WHERE ?1 IS NULL OR x.brand_id = ?1 ORDER BY x.began_ms DESC, x.id DESC LIMIT 1", (brand,)
    ).fetchone()
    return None if row is None else _row(row)


def pinned(db: sqlite3.Connection) -> list[int]:
    """The waves of spikes that last, or that a crisis which lasts was called for; the newest spike's first."""
    rows = db.execute(
        "SELECT s.cluster_id, max(s.began_ms) FROM spike s JOIN cluster k ON k.id = s.cluster_id AND k.size > 0"
        " WHERE s.ended_ms IS NULL OR EXISTS (SELECT 1 FROM crisis x INDEXED BY crisis_lasting"
        f" WHERE x.ended_ms IS NULL AND x.brand_id IN ({EVERY_BRAND}, s.brand_id)"
        f" AND s.began_ms >= x.began_ms - {_BEFORE_MS}) GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return [int(row[0]) for row in rows]


def decisions(db: sqlite3.Connection, since_ms: int, until_ms: int, brand: int) -> list[Decision]:
    """What colleagues (and rules) did in a period, minute by minute, in order; `brand` 0: for every brand.

    What is about no conversation (sending stopped, a crisis) is always told; that somebody looked at one is not.
    """
    rows = db.execute(
        "SELECT min(j.at_ms) / 60000 * 60000, w.name, j.verb, count(*), count(DISTINCT j.conversation_id)"
        " FROM journal j INDEXED BY journal_of_colleagues JOIN colleague w ON w.id = j.by"
        " LEFT JOIN conversation c ON c.id = j.conversation_id"
        " WHERE j.by IS NOT NULL AND j.at_ms >= ?1 AND j.at_ms <= ?2 AND j.verb NOT IN ('read', 'unread')"
        " AND (?3 = 0 OR j.conversation_id IS NULL OR coalesce(c.brand_id, 0) = ?3)"
        " GROUP BY j.at_ms / 60000, w.name, j.verb ORDER BY min(j.id)",
        (since_ms, until_ms, brand),
    )
    return [Decision(*row) for row in rows]


_SELECT = (
    "SELECT x.id, x.brand_id, coalesce(b.name, '') AS brand, x.began_ms, w.name AS by_name, x.ended_ms,"
    " coalesce(e.name, '') AS ended_name FROM crisis x LEFT JOIN brand b ON b.id = x.brand_id"
    " JOIN colleague w ON w.id = x.began_by LEFT JOIN colleague e ON e.id = x.ended_by"
)


def _row(row: sqlite3.Row) -> CrisisRow:
    return CrisisRow(
        row["id"], row["brand_id"], row["brand"], row["began_ms"], row["by_name"], row["ended_ms"], row["ended_name"]
    )
