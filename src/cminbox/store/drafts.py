"""Drafts: texts that nobody sent yet, one for each conversation, audience of the composer and colleague."""

from __future__ import annotations

import sqlite3

from cminbox.clock import from_ms
from cminbox.model.base import Audience
from cminbox.model.rows import DraftRow
from cminbox.store.database import Tx
from cminbox.text import storable


def save(
    tx: Tx, conversation_id: int, audience: Audience, by: int, text: str, seen_message_id: int | None = None
) -> None:
    """Keep a text (an empty one: drop the draft). `seen_message_id` is the newest message that the writer saw."""
    if not text.strip():
        drop(tx, conversation_id, audience, by)
        return
    tx.db.execute(
        "INSERT INTO draft (conversation_id, audience, by, text, seen_message_id, saved_ms) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (conversation_id, audience, by) DO UPDATE"
        " SET text = excluded.text, seen_message_id = excluded.seen_message_id, saved_ms = excluded.saved_ms",
        (conversation_id, audience, by, storable(text), seen_message_id, tx.now_ms),
    )


def drop(tx: Tx, conversation_id: int, audience: Audience, by: int) -> bool:
    """Forget a draft. False where there was none."""
    cursor = tx.db.execute(
        "DELETE FROM draft WHERE conversation_id = ? AND audience = ? AND by = ?", (conversation_id, audience, by)
    )
    return cursor.rowcount > 0


def load(db: sqlite3.Connection, conversation_id: int, audience: Audience, by: int) -> DraftRow | None:
    """A colleague's draft, or None."""
    row = db.execute(
        f"{_SELECT} WHERE d.conversation_id = ? AND d.audience = ? AND d.by = ?", (conversation_id, audience, by)
    ).fetchone()
    return _draft(row) if row else None


def of_conversation(db: sqlite3.Connection, conversation_id: int) -> list[DraftRow]:
    """Everybody's drafts in a conversation."""
    rows = db.execute(f"{_SELECT} WHERE d.conversation_id = ? ORDER BY d.saved_ms DESC", (conversation_id,))
    return [_draft(row) for row in rows]


def of_colleague(db: sqlite3.Connection, by: int, limit: int = 1000) -> list[DraftRow]:
    """A colleague's drafts, the latest first."""
    rows = db.execute(f"{_SELECT} WHERE d.by = ? ORDER BY d.saved_ms DESC LIMIT ?", (by, limit))
    return [_draft(row) for row in rows]


_SELECT = (
    "SELECT d.conversation_id, d.audience, c.name, d.text, d.seen_message_id, d.saved_ms"
    " FROM draft d JOIN colleague c ON c.id = d.by"
)


def _draft(row: sqlite3.Row) -> DraftRow:
    return DraftRow(
        conversation_id=row["conversation_id"],
        audience=Audience(row["audience"]),
        by=row["name"],
        text=row["text"],
        seen_message_id=row["seen_message_id"],
        saved_at=from_ms(row["saved_ms"]),
    )
