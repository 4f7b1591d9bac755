"""The journal: the append-only log of verbs and arrivals that undo, audit and counters read.

It holds ids and changed fields, never a text, a name or a handle. A *step* is what one call of a verb did, to one
conversation or to thousands: its entries share `batch`, the id of the first of them. What no colleague decided (an
arrival, a reopening) and what undo passes over (opening a conversation) belongs to no step.

An entry counts until it is undone: `undone_by` is then the entry of the undo, and goes back to NULL when that undo is
itself undone (redo). Undoing changes nothing else of an entry, except the act that a redo made anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cminbox.store.database import Tx

NEW_STEP = 0
"""As `batch`: the entry begins a step."""

UNDO = "undo"
REDO = "redo"
ARRIVED = "arrived"
REOPENED = "reopened"
WOKE = "woke"
"""A snoozed conversation is back on time: nobody's doing, and a consequence of its snooze."""

Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One row of the journal. `before` and `after` hold the changed columns of the conversation only.

    `arrival` is True for an inbound message that was written to us after the account was connected: what makes a
    conversation open and unread again.
    """

    id: int
    at_ms: int
    verb: str
    conversation_id: int | None
    message_id: int | None
    act_id: int | None
    by: int | None
    batch: int | None
    before: Fields = field(default_factory=dict)
    after: Fields = field(default_factory=dict)
    undone_by: int | None = None
    arrival: bool = False

    @property
    def counts(self) -> bool:
        """True while what it changed is in force."""
        return self.undone_by is None and self.verb not in (UNDO, REDO)


def write(
    tx: Tx,
    verb: str,
    by: int | None,
    conversation_id: int | None,
    message_id: int | None = None,
    act_id: int | None = None,
    batch: int | None = None,
    before: Fields | None = None,
    after: Fields | None = None,
) -> int:
    """Append an entry and return its id. `batch`: None for what is no step, `NEW_STEP` to begin one, else its id."""
    cursor = tx.db.execute(
        "INSERT INTO journal (at_ms, verb, conversation_id, message_id, act_id, by, batch, before, after)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            tx.now_ms,
            verb,
            conversation_id,
            message_id,
            act_id,
            by,
            batch or None,
            _packed(before),
            _packed(after),
        ),
    )
    entry_id = cursor.lastrowid or 0
    if batch == NEW_STEP:
        tx.db.execute("UPDATE journal SET batch = id WHERE id = ?", (entry_id,))
    return entry_id


def last_undoable(db: sqlite3.Connection, by: int) -> list[Entry]:
    """The entries of a colleague's latest step that still count, oldest first; empty when nothing is left to undo."""
    row = db.execute(
        "SELECT batch FROM journal WHERE by = ? AND batch IS NOT NULL AND undone_by IS NULL"
        " AND verb NOT IN ('undo', 'redo') ORDER BY batch DESC LIMIT 1",
        (by,),
    ).fetchone()
    return [entry for entry in _step(db, by, row["batch"]) if entry.undone_by is None] if row else []


def last_undone(db: sqlite3.Connection, by: int) -> list[tuple[Entry, Entry]]:
    """A colleague's latest undo that was not redone: (entry of the undo, entry that it undid), oldest first.

    Empty when there is none, or when the colleague began another step after it: a new verb ends what can be redone.
    """
    row = db.execute(
        "SELECT batch FROM journal WHERE by = ? AND batch IS NOT NULL AND undone_by IS NULL"
        " AND verb = 'undo' ORDER BY batch DESC LIMIT 1",
        (by,),
    ).fetchone()
    if row is None:
        return []
    newer = db.execute(
        "SELECT 1 FROM journal WHERE by = ? AND batch > ? AND verb NOT IN ('undo', 'redo') LIMIT 1", (by, row["batch"])
    ).fetchone()
    if newer:
        return []
    pairs = []
    for undo in _step(db, by, row["batch"]):
        of = db.execute(f"{_SELECT} WHERE j.undone_by = ? ORDER BY j.id", (undo.id,)).fetchall()
        pairs += [(undo, _entry(each)) for each in of]
    return pairs


def of_act(db: sqlite3.Connection, act_id: int) -> Entry | None:
    """The entry in force of the verb that made an act, or None."""
    row = db.execute(
        f"{_SELECT} WHERE j.act_id = ? AND j.batch IS NOT NULL AND j.undone_by IS NULL"
        " AND j.verb NOT IN ('undo', 'redo', 'approve', 'retry') ORDER BY j.id DESC LIMIT 1",
        (act_id,),
    ).fetchone()
    return _entry(row) if row else None


def mark_undone(tx: Tx, entry_id: int, undone_by: int | None, act_id: int | None = None) -> None:
    """Say that an entry was undone by another, or (None) that it counts again, with the act that now stands for it."""
    tx.db.execute(
        "UPDATE journal SET undone_by = ?, act_id = coalesce(?, act_id) WHERE id = ?", (undone_by, act_id, entry_id)
    )


def pass_over(tx: Tx, entry_id: int) -> None:
    """An entry cannot be undone for good: it stays in force, and undo goes on to the step before."""
    tx.db.execute("UPDATE journal SET batch = NULL WHERE id = ?", (entry_id,))


def of_conversation(db: sqlite3.Connection, conversation_id: int) -> list[Entry]:
    """Everything that happened to a conversation and to those that were joined to it, oldest first."""
    ids = [conversation_id]
    ids += [r["id"] for r in db.execute("SELECT id FROM conversation_alias WHERE conversation_id = ?", ids)]
    rows = db.execute(
        f"{_SELECT} WHERE j.conversation_id IN ({_marks(ids)}) ORDER BY j.id",
        ids,
    )
    return [_entry(row) for row in rows]


def latest(db: sqlite3.Connection, limit: int = 100, before_id: int | None = None) -> list[Entry]:
    """The newest entries of all, newest first."""
    rows = db.execute(
        f"{_SELECT} WHERE j.id < ? ORDER BY j.id DESC LIMIT ?", (before_id or 9_223_372_036_854_775_807, limit)
    )
    return [_entry(row) for row in rows]


def colleague(db: sqlite3.Connection, name: str) -> int | None:
    """The id of a colleague who is known by this name, or None."""
    row = db.execute("SELECT id FROM colleague WHERE name = ?", (name,)).fetchone()
    return int(row["id"]) if row else None


def colleagues(db: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """The names of colleagues by id."""
    wanted = sorted(set(ids))
    rows = db.execute(f"SELECT id, name FROM colleague WHERE id IN ({_marks(wanted)})", wanted)
    return {row["id"]: row["name"] for row in rows}


_SELECT = (
    "SELECT j.id, j.at_ms, j.verb, j.conversation_id, j.message_id, j.act_id, j.by, j.batch, j.before, j.after,"
    " j.undone_by, (j.verb = 'arrived' AND coalesce(m.direction = 'in' AND m.addressed AND NOT m.is_history, 0))"
    " AS arrival FROM journal j LEFT JOIN message m ON m.id = j.message_id"
)


def _step(db: sqlite3.Connection, by: int, batch: int) -> list[Entry]:
    rows = db.execute(f"{_SELECT} WHERE j.by = ? AND j.batch = ? ORDER BY j.id", (by, batch))
    return [_entry(row) for row in rows]


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        id=row["id"],
        at_ms=row["at_ms"],
        verb=row["verb"],
        conversation_id=row["conversation_id"],
        message_id=row["message_id"],
        act_id=row["act_id"],
        by=row["by"],
        batch=row["batch"],
        before=json.loads(row["before"]) if row["before"] else {},
        after=json.loads(row["after"]) if row["after"] else {},
        undone_by=row["undone_by"],
        arrival=bool(row["arrival"]),
    )


def _packed(fields: Fields | None) -> str | None:
    return json.dumps(fields, separators=(",", ":")) if fields else None


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
