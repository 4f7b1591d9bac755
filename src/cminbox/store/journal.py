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
IMPORTED: Mapping[str, Any] = {"imported": 1}
"""In the entry of an arrival: it came with an import, not live."""
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
    reason: str | None = None,
) -> int:
    """Append an entry and return its id. `batch`: None for what is no step, `NEW_STEP` to begin one, else its id.

    `reason` is a code of model/reasons.py.
    """
    cursor = tx.db.execute(
        "INSERT INTO journal (at_ms, verb, conversation_id, message_id, act_id, by, batch, before, after, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            reason,
        ),
    )
    entry_id = cursor.lastrowid or 0
    if batch == NEW_STEP:
        tx.db.execute("UPDATE journal SET batch = id WHERE id = ?", (entry_id,))
    return entry_id


@dataclass(frozen=True)
class Turning:
    """A step that undo or redo is about: its id, how many of its entries that is, the verb of the first of them."""

    batch: int
    n: int
    verb: str


def last_undoable(db: sqlite3.Connection, by: int) -> Turning | None:
    """A colleague's latest step of which something still counts; None when nothing is left to undo."""
    row = db.execute(f"SELECT max(batch) AS batch FROM journal INDEXED BY journal_counting WHERE {_COUNTING}", (by,))
    return _turning(db, f"FROM journal INDEXED BY journal_counting WHERE {_COUNTING}", by, row.fetchone()["batch"])


def undoable(db: sqlite3.Connection, by: int, batch: int, below: int | None, limit: int) -> list[Entry]:
    """At most `limit` entries of a step that still count, newest first, behind the entry `below` (None: all)."""
    rows = db.execute(
        f"{_SELECT} WHERE j.id IN (SELECT id FROM journal INDEXED BY journal_counting WHERE {_COUNTING} AND batch = ?"
        " AND id < ? ORDER BY id DESC LIMIT ?) ORDER BY j.id DESC",
        (by, batch, _END if below is None else below, limit),
    )
    return [_entry(row) for row in rows]


def undo_under_way(db: sqlite3.Connection, by: int, batch: int) -> int:
    """The step of an undo that took back a part of `batch` and stopped there, so that the rest goes with it.

    `NEW_STEP` where there is none, or something else was done since.
    """
    last = _last_undo(db, by)
    if last is None or _began_since(db, by, last):
        return NEW_STEP
    part = db.execute(
        "SELECT 1 FROM journal u JOIN journal e ON e.undone_by = u.id"
        " WHERE u.by = ? AND u.batch = ? AND e.batch = ? LIMIT 1",
        (by, last, batch),
    ).fetchone()
    return last if part else NEW_STEP


def last_undone(db: sqlite3.Connection, by: int) -> Turning | None:
    """A colleague's latest undo that was not redone (`verb`: of what it took back).

    None when there is none, or when the colleague began another step after it: a new verb ends what can be redone.
    """
    last = _last_undo(db, by)
    if last is None or _began_since(db, by, last):
        return None
    found = _turning(db, f"FROM journal INDEXED BY journal_redoable WHERE {_REDOABLE}", by, last)
    pairs = redoable(db, by, last, None, 1)
    return Turning(last, found.n, pairs[0][1].verb) if found is not None and pairs else None


def redoable(db: sqlite3.Connection, by: int, batch: int, below: int | None, limit: int) -> list[tuple[Entry, Entry]]:
    """(entry of an undo, entry that it undid), at most `limit` of the undo `batch` that were not redone.

    In the order in which they were done at first, behind the undo's entry `below` (None: from the beginning).
    """
    rows = db.execute(
        f"{_SELECT} WHERE j.id IN (SELECT id FROM journal INDEXED BY journal_redoable WHERE {_REDOABLE} AND batch = ?"
        " AND id < ? ORDER BY id DESC LIMIT ?) ORDER BY j.id DESC",
        (by, batch, _END if below is None else below, limit),
    )
    pairs = []
    for undo in map(_entry, rows.fetchall()):
        of = db.execute(f"{_SELECT} WHERE j.undone_by = ? ORDER BY j.id", (undo.id,)).fetchall()
        pairs += [(undo, _entry(each)) for each in of]
    return pairs


def kept(db: sqlite3.Connection) -> list[Entry]:
    """Everything that happened to what belongs to no conversation (store.kept), oldest first."""
    rows = db.execute(
        f"{_SELECT} WHERE j.conversation_id IS NULL AND (j.after IS NOT NULL OR j.verb IN ('undo', 'redo'))"
        " ORDER BY j.id"
    )
    return [_entry(row) for row in rows]


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


def latest(
    db: sqlite3.Connection, limit: int = 100, before_id: int | None = None, by: int | None = None
) -> list[Entry]:
    """The newest entries of all, or of one colleague, newest first."""
    whose, given = ("", ()) if by is None else ("j.by = ? AND ", (by,))
    rows = db.execute(f"{_SELECT} WHERE {whose}j.id < ? ORDER BY j.id DESC LIMIT ?", (*given, before_id or _END, limit))
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


_END = 9_223_372_036_854_775_807
_COUNTING = "by = ? AND batch IS NOT NULL AND undone_by IS NULL AND verb NOT IN ('undo', 'redo')"
_REDOABLE = "by = ? AND batch IS NOT NULL AND undone_by IS NULL AND verb = 'undo'"
"""As the partial indices say it, word for word: else they are not used."""

_SELECT = (
    "SELECT j.id, j.at_ms, j.verb, j.conversation_id, j.message_id, j.act_id, j.by, j.batch, j.before, j.after,"
    " j.undone_by, (j.verb = 'arrived' AND coalesce(m.direction = 'in' AND m.addressed AND NOT m.is_history, 0))"
    " AS arrival FROM journal j LEFT JOIN message m ON m.id = j.message_id"
)


def _turning(db: sqlite3.Connection, source: str, by: int, batch: int | None) -> Turning | None:
    if batch is None:
        return None
    row = db.execute(f"SELECT count(*) AS n, min(id) AS first {source} AND batch = ?", (by, batch)).fetchone()
    verb = db.execute("SELECT verb FROM journal WHERE id = ?", (row["first"],)).fetchone()
    return Turning(batch, row["n"], verb["verb"]) if verb else None


def _last_undo(db: sqlite3.Connection, by: int) -> int | None:
    row = db.execute(f"SELECT max(batch) FROM journal INDEXED BY journal_redoable WHERE {_REDOABLE}", (by,)).fetchone()
    return None if row[0] is None else int(row[0])


def _began_since(db: sqlite3.Connection, by: int, batch: int) -> bool:
    return (
        db.execute(
            "SELECT 1 FROM journal WHERE by = ? AND batch > ? AND verb NOT IN ('undo', 'redo') LIMIT 1", (by, batch)
        ).fetchone()
        is not None
    )


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
