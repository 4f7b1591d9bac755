"""What colleagues say of a person among themselves. It is in no conversation, so nothing can send it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cminbox.clock import from_ms
from cminbox.model.people import PersonNote
from cminbox.store.database import Tx
from cminbox.text import storable


def write(tx: Tx, person_id: int, text: str, by: int) -> int:
    """Write a note, not shown yet (`show`), and return its id."""
    cursor = tx.db.execute(
        "INSERT INTO person_note (person_id, text, by, at_ms) VALUES (?, ?, ?, ?)",
        (person_id, storable(text), by, tx.now_ms),
    )
    return int(cursor.lastrowid or 0)


def show(tx: Tx, note_id: int, *, shown: bool) -> None:
    """Show a note, or take it away; its text is kept for undo."""
    tx.db.execute("UPDATE person_note SET shown = ? WHERE id = ?", (shown, note_id))


def is_shown(db: sqlite3.Connection, note_id: int) -> bool | None:
    """Whether a note is shown; None where there is none of that number."""
    row = db.execute("SELECT shown FROM person_note WHERE id = ?", (note_id,)).fetchone()
    return bool(row["shown"]) if row else None


def get(db: sqlite3.Connection, note_id: int) -> PersonNote | None:
    """A note that is shown, or None."""
    row = db.execute(f"{_SELECT} WHERE o.id = ? AND o.shown", (note_id,)).fetchone()
    return _note(row) if row else None


def of(db: sqlite3.Connection, person_ids: Iterable[int], limit: int = 50, *, hidden: bool = False) -> list[PersonNote]:
    """The notes about people, newest first; `hidden`: also those that were taken away."""
    ids = list(person_ids)
    rows = db.execute(
        f"{_SELECT} WHERE o.person_id IN ({','.join('?' * len(ids))}) AND (o.shown OR ?) ORDER BY o.id DESC LIMIT ?",
        (*ids, hidden, limit),
    )
    return [_note(row) for row in rows]


_SELECT = "SELECT o.id, o.person_id, c.name, o.text, o.at_ms FROM person_note o JOIN colleague c ON c.id = o.by"


def _note(row: sqlite3.Row) -> PersonNote:
    return PersonNote(id=row["id"], person=row["person_id"], by=row["name"], text=row["text"], at=from_ms(row["at_ms"]))
