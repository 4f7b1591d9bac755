"""Who follows what happens: how far each read, durably, and what came after that.

Positions are ids of append-only tables, which grow in the order of commits: SQLite has one writer at a time.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from cminbox.store.database import Tx
from cminbox.store.journal import ARRIVED


class Stream(StrEnum):
    """What can be followed: the journal, the states of acts, the states of accounts."""

    JOURNAL = "journal"
    ACTS = "act_history"
    ACCOUNTS = "account_history"


@dataclass(frozen=True)
class Arrived:
    """An inbound message, addressed to us and no history, that came in (`imported`: not live)."""

    entry: int
    message_id: int
    imported: bool


@dataclass(frozen=True)
class Moved:
    """An act (its id, since when), or an account (`was`: the state before, None: it is new), that came to a state."""

    entry: int
    id: int
    state: str
    at_ms: int | None = None
    was: str | None = None


@dataclass(frozen=True)
class Assigned:
    """A conversation that was given to a colleague, or (`assignee` None) to nobody; `by` did it."""

    entry: int
    conversation_id: int
    at_ms: int
    by: int | None
    assignee: int | None


@dataclass(frozen=True)
class Began:
    """A spike that was announced."""

    entry: int
    at_ms: int


def position(db: sqlite3.Connection, name: str) -> int | None:
    """The last id that a follower is through with; None for one that never began."""
    row = db.execute("SELECT position FROM follower WHERE name = ?", (name,)).fetchone()
    return int(row["position"]) if row else None


def names(db: sqlite3.Connection) -> frozenset[str]:
    """The followers that began."""
    return frozenset(row["name"] for row in db.execute("SELECT name FROM follower"))


def begin(tx: Tx, name: str, stream: Stream) -> int:
    """Let a follower begin with what comes from now on; one that began goes on where it was. Returns its position."""
    known = position(tx.db, name)
    if known is None:
        known = end(tx.db, stream)
        put(tx, name, known)
    return known


def put(tx: Tx, name: str, reached: int) -> None:
    """Remember how far a follower is."""
    tx.db.execute(
        "INSERT INTO follower (name, position) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET position = max(position, excluded.position)",
        (name, reached),
    )


def forget(tx: Tx, name: str) -> None:
    """A follower is no more."""
    tx.db.execute("DELETE FROM follower WHERE name = ?", (name,))


def end(db: sqlite3.Connection, stream: Stream) -> int:
    """The newest id of a stream, 0 where it is empty."""
    return int(db.execute(f"SELECT coalesce(max(id), 0) FROM {stream.value}").fetchone()[0])


def arrivals(db: sqlite3.Connection, after: int, limit: int) -> tuple[list[Arrived], int]:
    """What arrived among the next `limit` entries of the journal, and the last entry that was looked at."""
    rows = db.execute(
        "SELECT j.id, j.verb, j.message_id, j.after, m.direction = 'in' AND m.addressed AND NOT m.is_history"
        " AND NOT coalesce(p.is_us, 0) AS counts FROM journal j"
        " LEFT JOIN message m ON m.id = j.message_id AND j.verb = 'arrived' LEFT JOIN person p ON p.id = m.person_id"
        " WHERE j.id > ? ORDER BY j.id LIMIT ?",
        (after, limit),
    ).fetchall()
    found = [
        Arrived(row["id"], row["message_id"], bool(row["after"]))
        for row in rows
        if row["verb"] == ARRIVED and row["counts"]
    ]
    return found, rows[-1]["id"] if rows else after


def assignments(db: sqlite3.Connection, after: int, limit: int) -> tuple[list[Assigned], int]:
    """What was given to somebody or to nobody among the next `limit` entries of the journal, and the last of them."""
    rows = db.execute(
        "SELECT id, conversation_id, at_ms, by, after FROM journal WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
    ).fetchall()
    found = []
    for row in rows:
        fields = json.loads(row["after"]) if row["after"] and "assignee" in row["after"] else {}
        if "assignee" in fields and row["conversation_id"] is not None:
            found.append(Assigned(row["id"], row["conversation_id"], row["at_ms"], row["by"], fields["assignee"]))
    return found, rows[-1]["id"] if rows else after


def spikes(db: sqlite3.Connection, after: int, limit: int) -> tuple[list[Began], int]:
    """The spikes that were announced among the next `limit` entries of the journal, and the last of them."""
    rows = db.execute("SELECT id, verb, at_ms FROM journal WHERE id > ? ORDER BY id LIMIT ?", (after, limit)).fetchall()
    found = [Began(row["id"], row["at_ms"]) for row in rows if row["verb"] == "spike"]
    return found, rows[-1]["id"] if rows else after


def acts(db: sqlite3.Connection, after: int, limit: int) -> tuple[list[Moved], int]:
    """The next `limit` steps of acts, and the last of them."""
    rows = db.execute(
        "SELECT id, act_id, state, at_ms FROM act_history WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
    ).fetchall()
    return [Moved(row["id"], row["act_id"], row["state"], row["at_ms"]) for row in rows], rows[-1][
        "id"
    ] if rows else after


def accounts(db: sqlite3.Connection, after: int, limit: int) -> tuple[list[Moved], int]:
    """The next `limit` changes of accounts, and the last of them."""
    rows = db.execute(
        "SELECT id, account_id, state, was FROM account_history WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
    ).fetchall()
    found = [Moved(row["id"], row["account_id"], row["state"], was=row["was"]) for row in rows]
    return found, rows[-1]["id"] if rows else after
