"""When a colleague was here last, and what the journal, the outbox and the notes say of the time since then."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from cminbox.store.database import Tx

LISTED = 50
"""Conversations named of what happened, at most: the latest."""


@dataclass(frozen=True)
class Happened:
    """How often something happened, in which conversations (the latest first, at most `LISTED`)."""

    n: int
    conversations: tuple[int, ...] = ()


def seen_ms(db: sqlite3.Connection, colleague: int) -> int | None:
    """When a screen of a colleague's was last open; None: never."""
    row = db.execute("SELECT seen_ms FROM colleague WHERE id = ?", (colleague,)).fetchone()
    return row["seen_ms"] if row else None


def seen(tx: Tx, colleague: int) -> None:
    """A screen of a colleague's is open at this moment."""
    tx.db.execute("UPDATE colleague SET seen_ms = max(coalesce(seen_ms, 0), ?) WHERE id = ?", (tx.now_ms, colleague))


def arrived(db: sqlite3.Connection, since_ms: int) -> Happened:
    """Messages that came in to us, live."""
    return _of_journal(
        db,
        since_ms,
        "j.verb = 'arrived' AND j.after IS NULL AND EXISTS (SELECT 1 FROM message m WHERE m.id = j.message_id"
        " AND m.direction = 'in' AND m.addressed AND NOT m.is_history)",
    )


def answered(db: sqlite3.Connection, since_ms: int) -> Happened:
    """Conversations that a person of ours answered."""
    rows = db.execute(
        "SELECT conversation_id, max(replied_ms) FROM response WHERE replied_ms >= ? GROUP BY conversation_id"
        " ORDER BY 2 DESC",
        (since_ms,),
    ).fetchall()
    return Happened(len(rows), tuple(row[0] for row in rows[:LISTED]))


def done(db: sqlite3.Connection, since_ms: int) -> Happened:
    """Conversations that a colleague made done."""
    return _of_journal(db, since_ms, "j.verb = 'done' AND j.undone_by IS NULL AND j.batch IS NOT NULL", each_once=True)


def assigned(db: sqlite3.Connection, since_ms: int, colleague: int) -> Happened:
    """Conversations that somebody else gave to a colleague, and that are theirs."""
    return _of_journal(
        db,
        since_ms,
        "j.by != ?3 AND j.undone_by IS NULL AND json_extract(j.after, '$.assignee') = ?3"
        " AND EXISTS (SELECT 1 FROM conversation c WHERE c.id = j.conversation_id AND c.assignee = ?3)",
        colleague,
        each_once=True,
    )


def spikes(db: sqlite3.Connection, since_ms: int) -> Happened:
    """Spikes that were announced."""
    return Happened(int(db.execute("SELECT count(*) FROM spike WHERE began_ms >= ?", (since_ms,)).fetchone()[0]))


def acts(db: sqlite3.Connection, since_ms: int, states: Sequence[str]) -> Happened:
    """Acts that came to one of these states and are in it now."""
    rows = db.execute(
        f"SELECT a.id, a.conversation_id FROM act a INDEXED BY act_by_state WHERE a.state IN ({_marks(states)})"
        " AND EXISTS (SELECT 1 FROM act_history h WHERE h.act_id = a.id AND h.state = a.state AND h.at_ms >= ?)"
        " ORDER BY a.id DESC",
        (*states, since_ms),
    ).fetchall()
    places = dict.fromkeys(row["conversation_id"] for row in rows if row["conversation_id"] is not None)
    return Happened(len(rows), tuple(places)[:LISTED])


def first_entry(db: sqlite3.Connection, at_ms: int) -> int:
    """The id from which on the journal's entries are of an instant or later. Its time grows with its ids."""
    low, high = 0, int(db.execute("SELECT coalesce(max(id), 0) FROM journal").fetchone()[0]) + 1
    while low < high:
        middle = (low + high) // 2
        row = db.execute("SELECT at_ms FROM journal WHERE id >= ? ORDER BY id LIMIT 1", (middle,)).fetchone()
        if row is None or row["at_ms"] >= at_ms:
            high = middle
        else:
            low = middle + 1
    return low


def _of_journal(
    db: sqlite3.Connection, since_ms: int, condition: str, colleague: int = 0, *, each_once: bool = False
) -> Happened:
    """Entries since an instant that a condition holds for: counted, or (`each_once`) their conversations counted."""
    what = "count(DISTINCT j.conversation_id)" if each_once else "count(*)"
    given = (first_entry(db, since_ms), LISTED, colleague)
    where = f"FROM journal j WHERE j.id >= ?1 AND (?3 IS NOT NULL) AND {condition}"
    n = int(db.execute(f"SELECT {what}, ?2 {where}", given).fetchone()[0])
    rows = db.execute(
        f"SELECT j.conversation_id {where} AND j.conversation_id IS NOT NULL"
        " GROUP BY j.conversation_id ORDER BY max(j.id) DESC LIMIT ?2",
        given,
    )
    return Happened(n, tuple(row[0] for row in rows))


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
