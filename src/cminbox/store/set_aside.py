"""What could not be taken as it came: malformed items, and changes that are early."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from cminbox.clock import from_ms
from cminbox.model.changes import Change, SetAside
from cminbox.store import burying
from cminbox.store.database import Tx
from cminbox.text import storable

_CHANGE: TypeAdapter[Change] = TypeAdapter(Change)
_EARLY_KEPT_MS = 90 * 24 * 3600 * 1000
_RAW_LENGTH = 20_000


@dataclass(frozen=True)
class Aside:
    """One item that was set aside. `raw` is its start as it came."""

    id: int
    account: str
    feed: str
    at: datetime
    reason: str
    raw: str


def put(tx: Tx, account_id: int, feed: str, item: SetAside) -> None:
    """Keep an item that could not be understood; the same one twice is kept once, one that was erased not at all."""
    reason, raw = storable(item.reason), storable(item.raw)[:_RAW_LENGTH]
    if burying.has_buried(tx.db, account_id) and burying.is_buried(tx, account_id, burying.of_raw(feed, raw)):
        return
    same = tx.db.execute(
        "SELECT 1 FROM set_aside WHERE account_id = ? AND feed = ? AND reason = ? AND raw = ?",
        (account_id, feed, reason, raw),
    ).fetchone()
    if same is None:
        tx.db.execute(
            "INSERT INTO set_aside (account_id, feed, at_ms, reason, raw) VALUES (?, ?, ?, ?, ?)",
            (account_id, feed, tx.now_ms, reason, raw),
        )


def rows(db: sqlite3.Connection, limit: int = 100) -> list[Aside]:
    """The newest items that were set aside, newest first."""
    found = db.execute(
        "SELECT s.id, a.name, s.feed, s.at_ms, s.reason, s.raw FROM set_aside s JOIN account a ON a.id = s.account_id"
        " ORDER BY s.id DESC LIMIT ?",
        (limit,),
    )
    return [Aside(row["id"], row["name"], row["feed"], from_ms(row["at_ms"]), *tuple(row)[4:]) for row in found]


def keep_early(tx: Tx, account_id: int, change: Change) -> None:
    """Keep a change until its message comes (90 days at most)."""
    packed = change.model_dump_json()
    same = tx.db.execute(
        "SELECT 1 FROM early_change WHERE account_id = ? AND remote_id = ? AND change = ?",
        (account_id, change.remote_id, packed),
    ).fetchone()
    if same is None:
        tx.db.execute(
            "DELETE FROM early_change WHERE received_ms < ?"
            " AND id IN (SELECT id FROM early_change ORDER BY id LIMIT 10)",
            (tx.now_ms - _EARLY_KEPT_MS,),
        )
        tx.db.execute(
            "INSERT INTO early_change (account_id, remote_id, change, received_ms) VALUES (?, ?, ?, ?)",
            (account_id, change.remote_id, packed, tx.now_ms),
        )


def take_early(tx: Tx, account_id: int, remote_id: str) -> list[Change]:
    """The changes that waited for a message, in the order they came; they wait no longer."""
    rows = tx.db.execute(
        "SELECT change FROM early_change WHERE account_id = ? AND remote_id = ? ORDER BY id", (account_id, remote_id)
    ).fetchall()
    if rows:
        tx.db.execute("DELETE FROM early_change WHERE account_id = ? AND remote_id = ?", (account_id, remote_id))
    return [_CHANGE.validate_json(row["change"]) for row in rows]


def has_early(db: sqlite3.Connection, account_id: int) -> bool:
    """Whether any change of an account waits for its message (else nobody needs to ask `take_early`)."""
    return db.execute("SELECT 1 FROM early_change WHERE account_id = ? LIMIT 1", (account_id,)).fetchone() is not None
