"""Which handles are one human, as colleagues said, and what a colleague says somebody is called."""

from __future__ import annotations

import sqlite3

from cminbox.store.database import Tx
from cminbox.text import storable


def handles(db: sqlite3.Connection, person_id: int) -> list[int]:
    """The handles (person ids) of the human that a person is, this one first; only this one where nobody linked it."""
    rows = db.execute(
        "SELECT id FROM person WHERE human_id = (SELECT human_id FROM person WHERE id = ?1) AND id <> ?1 ORDER BY id",
        (person_id,),
    )
    return [person_id, *(row["id"] for row in rows)]


def human(db: sqlite3.Connection, person_id: int) -> int | None:
    """The number that the handles of a human share; None for a handle that nobody linked."""
    row = db.execute("SELECT human_id FROM person WHERE id = ?", (person_id,)).fetchone()
    return row["human_id"] if row else None


def new_human(tx: Tx) -> int:
    """A number that no human had before."""
    return int(tx.db.execute("INSERT INTO human DEFAULT VALUES").lastrowid or 0)


def set_human(tx: Tx, person_id: int, human_id: int | None) -> None:
    """Let a handle be one of a human's, or (None) of nobody's else."""
    tx.db.execute("UPDATE person SET human_id = ? WHERE id = ?", (human_id, person_id))


def called(db: sqlite3.Connection, person_id: int) -> int | None:
    """The id of the first name that a colleague gave somebody; None: what the network says holds."""
    row = db.execute("SELECT called_id FROM person WHERE id = ?", (person_id,)).fetchone()
    return row["called_id"] if row else None


def first_name(db: sqlite3.Connection, called_id: int | None) -> str | None:
    """A first name that was given, by its id; None where there is none (any more)."""
    row = db.execute("SELECT first_name FROM person_called WHERE id = ?", (called_id,)).fetchone()
    return str(row["first_name"]) if row else None


def new_name(tx: Tx, person_id: int, name: str, by: int) -> int:
    """Write a first name down, not in force yet (`set_called`), and return its id."""
    cursor = tx.db.execute(
        "INSERT INTO person_called (person_id, first_name, by, at_ms) VALUES (?, ?, ?, ?)",
        (person_id, storable(name), by, tx.now_ms),
    )
    return int(cursor.lastrowid or 0)


def set_called(tx: Tx, person_id: int, called_id: int | None) -> None:
    """Let a first name hold, or (None) what the network says."""
    tx.db.execute("UPDATE person SET called_id = ? WHERE id = ?", (called_id, person_id))


def erased(db: sqlite3.Connection, person_id: int) -> bool | None:
    """Whether a person was erased; None where there is none of that number."""
    row = db.execute("SELECT erased_ms IS NOT NULL AS gone FROM person WHERE id = ?", (person_id,)).fetchone()
    return bool(row["gone"]) if row else None
