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


def of_all(db: sqlite3.Connection, limit: int = 1000) -> list[DraftRow]:
    """Everybody's drafts, the latest first."""
    return [_draft(row) for row in db.execute(f"{_SELECT} ORDER BY d.saved_ms DESC LIMIT ?", (limit,))]


def number(tx: Tx, draft: DraftRow, by: int) -> int:
    """A number under which a colleague's draft can be thrown away (`take_away`) and come back (`put_back`)."""
    cursor = tx.db.execute(
        "INSERT INTO dropped_draft (conversation_id, audience, by, text, seen_message_id, saved_ms, live)"
        " VALUES (?, ?, ?, ?, ?, ?, 1)",
        (draft.conversation_id, draft.audience, by, draft.text, draft.seen_message_id, tx.now_ms),
    )
    return int(cursor.lastrowid or 0)


def is_live(db: sqlite3.Connection, draft_id: int) -> bool:
    """Whether a numbered draft was not thrown away."""
    row = db.execute("SELECT live FROM dropped_draft WHERE id = ?", (draft_id,)).fetchone()
    return row is not None and bool(row["live"])


def take_away(tx: Tx, draft_id: int, conversation_id: int) -> bool:
    """Throw a numbered draft away, keeping what it says by now; False where it is away already."""
    row = tx.db.execute("SELECT audience, by, live FROM dropped_draft WHERE id = ?", (draft_id,)).fetchone()
    if row is None or not row["live"]:
        return False
    audience, by = Audience(row["audience"]), int(row["by"])
    now = load(tx.db, conversation_id, audience, by)
    if now is not None:
        tx.db.execute(
            "UPDATE dropped_draft SET text = ?, seen_message_id = ? WHERE id = ?",
            (now.text, now.seen_message_id, draft_id),
        )
        drop(tx, conversation_id, audience, by)
    tx.db.execute("UPDATE dropped_draft SET live = 0 WHERE id = ?", (draft_id,))
    return True


def put_back(tx: Tx, draft_id: int, conversation_id: int) -> bool:
    """Make a numbered draft one again, above what was begun since; False where it is one."""
    row = tx.db.execute(
        "SELECT audience, by, text, seen_message_id, live FROM dropped_draft WHERE id = ?", (draft_id,)
    ).fetchone()
    if row is None or row["live"]:
        return False
    audience, by, text, seen = Audience(row["audience"]), int(row["by"]), row["text"], row["seen_message_id"]
    now = load(tx.db, conversation_id, audience, by)
    if now is not None and now.text.strip() != text.strip():
        text, seen = f"{text}\n\n{now.text}", now.seen_message_id
    save(tx, conversation_id, audience, by, text, seen)
    tx.db.execute("UPDATE dropped_draft SET live = 1 WHERE id = ?", (draft_id,))
    return True


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
