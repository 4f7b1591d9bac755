"""Snoozed conversations: which are due, and waking them."""

from __future__ import annotations

import sqlite3

from cminbox.store import conversations, crisis, journal, waiting
from cminbox.store.database import Tx

_AT_ONCE = 500
_DUE = (
    "conversation INDEXED BY conversation_snoozed WHERE snooze_until_ms IS NOT NULL AND state = 'snoozed'"
    f" AND NOT {crisis.rests('conversation.brand_id')}"
)
"""Where a crisis lasts, none wakes before it is over."""


def is_due(db: sqlite3.Connection, now_ms: int) -> bool:
    """Whether any conversation should be awake by now."""
    return db.execute(f"SELECT 1 FROM {_DUE} AND snooze_until_ms <= ? LIMIT 1", (now_ms,)).fetchone() is not None


def next_ms(db: sqlite3.Connection) -> int | None:
    """When the next conversation wakes; None where none sleeps."""
    row = db.execute(f"SELECT snooze_until_ms FROM {_DUE} ORDER BY snooze_until_ms LIMIT 1").fetchone()
    return row["snooze_until_ms"] if row else None


def wake(tx: Tx) -> int:
    """Wake what is due, at most 500 at once, with an entry in the journal each; returns how many there were.

    Whoever comes second, in this process or another, finds none of them.
    """
    rows = tx.db.execute(
        f"SELECT id FROM {_DUE} AND snooze_until_ms <= ? ORDER BY snooze_until_ms LIMIT {_AT_ONCE}", (tx.now_ms,)
    ).fetchall()
    for row in rows:
        after = {"state": "open", "snooze_until_ms": None}
        before = conversations.change(tx, row["id"], **after)
        waiting.recompute(tx, row["id"])
        journal.write(tx, journal.WOKE, None, row["id"], before=before, after=after)
    return len(rows)
