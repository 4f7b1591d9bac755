"""What happened that a colleague may want to be told of, behind durable marks."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace

from cminbox.config.notify import Event
from cminbox.store import accounts, followers, rules, spikes
from cminbox.store.database import Tx
from cminbox.store.followers import Stream

MOST = 200
"""Entries of one stream that a look takes at most; the next look takes the next."""


@dataclass(frozen=True)
class Marks:
    """Up to where was looked: ids of the journal, of the histories of acts and accounts; and the time."""

    journal: int
    acts: int
    accounts: int
    at_ms: int


@dataclass(frozen=True)
class Happened:
    """One thing. `to` is the colleague it is for (None: everybody), `by` who did it; the rest is where, and the act."""

    event: Event
    to: int | None = None
    by: int | None = None
    conversation: int | None = None
    account: str = ""
    brand: str = ""
    act: int | None = None


_NAMES = {
    "journal": "notify:journal",
    "acts": "notify:acts",
    "accounts": "notify:accounts",
    "at_ms": "notify:clock",
}


def end(db: sqlite3.Connection, now_ms: int) -> Marks:
    """The marks behind everything that happened so far."""
    journal, acts, changes = (followers.end(db, each) for each in (Stream.JOURNAL, Stream.ACTS, Stream.ACCOUNTS))
    return Marks(journal, acts, changes, now_ms)


def kept(db: sqlite3.Connection) -> Marks | None:
    """The durable marks; None where nobody began."""
    found = {field: followers.position(db, name) for field, name in _NAMES.items()}
    known = {field: at for field, at in found.items() if at is not None}
    return Marks(**known) if len(known) == len(_NAMES) else None


def keep(tx: Tx, marks: Marks) -> None:
    """Move the durable marks."""
    for field, name in _NAMES.items():
        followers.put(tx, name, getattr(marks, field))


def begin(tx: Tx) -> None:
    """Begin behind what happened so far, where nobody began earlier."""
    if kept(tx.db) is None:
        keep(tx, end(tx.db, tx.now_ms))


def forget(tx: Tx) -> None:
    """Nobody is told any more."""
    for name in _NAMES.values():
        followers.forget(tx, name)
    tx.db.execute("DELETE FROM notice_kept")


def people(db: sqlite3.Connection) -> list[tuple[int, str]]:
    """The colleagues (id, name) that are persons, oldest first."""
    found = db.execute("SELECT id, name FROM colleague WHERE name <> ? ORDER BY id", (rules.ACTOR,))
    return [(row[0], row[1]) for row in found]


def look(db: sqlite3.Connection, since: Marks, now_ms: int, soon_ms: int) -> tuple[list[Happened], Marks]:
    """What happened behind `since`, and the marks behind it. `soon_ms`: how long before its time an answer is due soon.

    What is due is told when its time comes: while it still is.
    """
    found: list[Happened] = []
    given, journal = followers.assignments(db, since.journal, MOST)
    found += [
        Happened(Event.ASSIGNED, to=each.assignee, by=each.by, conversation=each.conversation_id)
        for each in given
        if each.assignee is not None
    ]
    for row in db.execute(
        "SELECT id, at_ms FROM journal WHERE id > ? AND id <= ? AND verb = 'spike' ORDER BY id",
        (since.journal, journal),
    ):
        spike = spikes.of_entry(db, row[0], row[1])
        found += [Happened(Event.SPIKE, brand=spike.brand)] if spike is not None else []
    moved, acts = followers.acts(db, since.acts, MOST)
    for step in moved:
        if step.state in (Event.FAILED, Event.UNCERTAIN):
            found += _act(db, Event(step.state), step.id)
    changed, account = followers.accounts(db, since.accounts, MOST)
    names = {each.id: each.name for each in accounts.all_accounts(db)} if changed else {}
    found += [
        Happened(Event.ACCOUNT_PAUSED, account=names[each.id])
        for each in changed
        if each.state == "paused" and each.was != "paused" and each.id in names
    ]
    named = db.execute(
        "SELECT n.colleague_id, m.by, m.conversation_id FROM journal j JOIN message m ON m.id = j.message_id"
        " CROSS JOIN colleague w JOIN note_mention n ON n.colleague_id = w.id AND n.message_id = m.id"
        " WHERE j.id > ? AND j.id <= ? AND j.verb NOT IN ('arrived', 'undo', 'redo')"
        " AND m.audience = 'note' AND m.conversation_id IS NOT NULL ORDER BY j.id",
        (since.journal, journal),
    )
    found += [Happened(Event.NAMED, to=row[0], by=row[1], conversation=row[2]) for row in named]
    now_ms = max(now_ms, since.at_ms)
    for event, ahead in ((Event.LATE, 0), (Event.LATE_SOON, soon_ms)):
        found += _due(db, event, since.at_ms + ahead, now_ms + ahead)
    return found, replace(since, journal=journal, acts=acts, accounts=account, at_ms=now_ms)


def _act(db: sqlite3.Connection, event: Event, act_id: int) -> list[Happened]:
    """An act is its writer's affair; one of a rule is everybody's."""
    row = db.execute(
        "SELECT a.by, w.name, a.conversation_id, c.name FROM act a JOIN colleague w ON w.id = a.by"
        " JOIN account c ON c.id = a.account_id WHERE a.id = ?",
        (act_id,),
    ).fetchone()
    if row is None:
        return []
    to = None if row[1] == rules.ACTOR else row[0]
    return [Happened(event, to=to, conversation=row[2], account=row[3], act=act_id)]


def _due(db: sqlite3.Connection, event: Event, after_ms: int, until_ms: int) -> list[Happened]:
    rows = db.execute(
        "SELECT id, assignee FROM conversation INDEXED BY conversation_due"
        " WHERE due_ms > ? AND due_ms <= ? ORDER BY due_ms LIMIT ?",
        (after_ms, until_ms, MOST),
    )
    return [Happened(event, to=row[1], conversation=row[0]) for row in rows]
