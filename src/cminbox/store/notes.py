"""Internal notes: messages of the audience `note`, which no account has a name for, so that nothing can send them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from cminbox.store import search
from cminbox.store.database import Tx
from cminbox.text import fold, storable


@dataclass(frozen=True)
class MentionRow:
    """A note that names a colleague. `text` and `person` (whose conversation it is) are raw."""

    conversation: int
    message: int
    by: str
    text: str
    at_ms: int
    person: str


def write(tx: Tx, conversation_id: int, text: str, by: int) -> int:
    """Write a note, in no conversation yet (`show`), and return its id."""
    row = tx.db.execute(
        "INSERT INTO message (account_id, person_id, direction, kind, audience, state, addressed, text, created_ms,"
        " received_ms, at_ms, by) SELECT account_id, NULL, 'out', kind, 'note', 'shown', 0, ?1, ?2, ?2, ?2, ?3"
        " FROM conversation WHERE id = ?4 RETURNING id",
        (storable(text), tx.now_ms, by, conversation_id),
    ).fetchone()
    note_id = int(row["id"])
    search.index(tx, [(note_id, storable(text), "", "")])
    tx.db.executemany(
        "INSERT OR IGNORE INTO note_mention (colleague_id, message_id, unread) VALUES (?, ?, ?)",
        [(each, note_id, each != by) for each in named(tx.db, text)],
    )
    return note_id


def opened(tx: Tx, conversation_id: int, colleague: int) -> bool:
    """A colleague looked at a conversation: no note in it waits for them any more. False where none did."""
    read = tx.db.execute(
        "UPDATE note_mention SET unread = 0 WHERE unread AND colleague_id = ?1 AND message_id IN"
        " (SELECT n.message_id FROM note_mention n JOIN message m ON m.id = n.message_id"
        "  WHERE n.unread AND n.colleague_id = ?1 AND m.conversation_id = ?2)",
        (colleague, conversation_id),
    )
    return read.rowcount > 0


def waiting_in(db: sqlite3.Connection, colleague: int, limit: int) -> list[int]:
    """The conversations with a note that waits for a colleague, at most `limit` of the latest."""
    rows = db.execute(
        "SELECT DISTINCT m.conversation_id FROM note_mention n INDEXED BY note_mention_unread"
        " JOIN message m ON m.id = n.message_id WHERE n.unread AND n.colleague_id = ?"
        " AND m.conversation_id IS NOT NULL ORDER BY n.message_id DESC LIMIT ?",
        (colleague, limit),
    )
    return [int(row[0]) for row in rows]


def show(tx: Tx, note_id: int, conversation_id: int) -> bool:
    """Put a note into a conversation; False where it is there already."""
    moved = tx.db.execute(
        "UPDATE message SET conversation_id = ?1 WHERE id = ?2 AND audience = 'note' AND conversation_id IS NOT ?1",
        (conversation_id, note_id),
    )
    return moved.rowcount > 0


def hide(tx: Tx, note_id: int, conversation_id: int) -> bool:
    """Take a note out of a conversation; False where it is not in it. Its text is kept for a redo."""
    moved = tx.db.execute(
        "UPDATE message SET conversation_id = NULL WHERE id = ? AND audience = 'note' AND conversation_id = ?",
        (note_id, conversation_id),
    )
    return moved.rowcount > 0


def is_in(db: sqlite3.Connection, note_id: int, conversation_id: int) -> bool:
    """Whether a note stands in a conversation."""
    row = db.execute("SELECT conversation_id FROM message WHERE id = ?", (note_id,)).fetchone()
    return row is not None and row["conversation_id"] == conversation_id


def named(db: sqlite3.Connection, text: str) -> tuple[int, ...]:
    """The colleagues whom a text names with an @, by the longest name that fits."""
    known = sorted(
        ((fold(row["name"]), int(row["id"])) for row in db.execute("SELECT id, name FROM colleague")),
        key=lambda each: -len(each[0]),
    )
    found: dict[int, None] = {}
    for part in fold(text).split("@")[1:]:
        for name, colleague_id in known:
            if part.startswith(name) and not part[len(name) : len(name) + 1].isalnum():
                found[colleague_id] = None
                break
    return tuple(found)


def mentions(db: sqlite3.Connection, colleague: int, since_ms: int, limit: int) -> list[MentionRow]:
    """The notes that name a colleague and were written since an instant by somebody else, newest first."""
    rows: Iterable[sqlite3.Row] = db.execute(
        "SELECT m.conversation_id, m.id, w.name AS by_name, m.text, m.at_ms, p.handle, p.name FROM note_mention n"
        " JOIN message m ON m.id = n.message_id JOIN conversation c ON c.id = m.conversation_id"
        " LEFT JOIN colleague w ON w.id = m.by LEFT JOIN person p ON p.id = c.person_id"
        " WHERE n.colleague_id = ?1 AND m.by IS NOT ?1 AND m.at_ms >= ?2 ORDER BY n.message_id DESC LIMIT ?3",
        (colleague, since_ms, limit),
    )
    return [
        MentionRow(
            conversation=row["conversation_id"],
            message=row["id"],
            by=row["by_name"] or "",
            text=row["text"],
            at_ms=row["at_ms"],
            person=row["handle"] or row["name"] or "",
        )
        for row in rows
    ]
