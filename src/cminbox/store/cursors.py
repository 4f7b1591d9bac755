"""How far each feed of an account was read."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from cminbox.clock import from_ms
from cminbox.model.rows import FeedRow
from cminbox.store.database import Tx


def get(db: sqlite3.Connection, account_id: int, feed: str) -> Any:
    """The cursor of a feed; None where it was never read."""
    row = db.execute("SELECT cursor FROM cursor WHERE account_id = ? AND feed = ?", (account_id, feed)).fetchone()
    return json.loads(row["cursor"]) if row and row["cursor"] else None


def put(tx: Tx, account_id: int, feed: str, cursor: Any, caught_up: bool, now_ms: int | None = None) -> None:
    """Set a feed's cursor, as read now and without error. Once caught up, a feed stays so.

    A cursor of None is a push, or a reading that found nothing new: cursor and `caught_up` stay as they are, and a feed
    that was never read is not entered.
    """
    read_ms = tx.now_ms if now_ms is None else now_ms
    if cursor is None:
        tx.db.execute(
            "UPDATE cursor SET read_ms = ?, error = '' WHERE account_id = ? AND feed = ?", (read_ms, account_id, feed)
        )
        return
    tx.db.execute(
        "INSERT INTO cursor (account_id, feed, cursor, caught_up, read_ms) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (account_id, feed) DO UPDATE SET cursor = excluded.cursor,"
        " caught_up = max(caught_up, excluded.caught_up), read_ms = excluded.read_ms, error = ''",
        (account_id, feed, json.dumps(cursor), caught_up, read_ms),
    )


def note_error(tx: Tx, account_id: int, feed: str, error: str) -> None:
    """Remember why a feed could not be read (translated, no secret in it), until it was read again."""
    tx.db.execute(
        "INSERT INTO cursor (account_id, feed, error) VALUES (?, ?, ?)"
        " ON CONFLICT (account_id, feed) DO UPDATE SET error = excluded.error",
        (account_id, feed, error),
    )


def rows(db: sqlite3.Connection, account_id: int) -> list[FeedRow]:
    """Every feed of an account that was read or tried, with the number of its items that were set aside."""
    found = db.execute(
        "SELECT c.feed, c.caught_up, c.read_ms, c.error, (SELECT count(*) FROM set_aside s"
        " WHERE s.account_id = c.account_id AND s.feed = c.feed) AS set_aside"
        " FROM cursor c WHERE c.account_id = ? ORDER BY c.feed",
        (account_id,),
    )
    return [
        FeedRow(
            feed=row["feed"],
            caught_up=bool(row["caught_up"]),
            read_at=None if row["read_ms"] is None else from_ms(row["read_ms"]),
            error=row["error"],
            set_aside=row["set_aside"],
        )
        for row in found
    ]
