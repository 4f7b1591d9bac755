"""Which conversation a message belongs to, whatever came first (model.changes.Wrote says the rules).

Every account's copy of a message says where it stands: under a key, or below a parent. A conversation is what holds
together so:

* copies under one key (with a gap: a run of them, no two neighbours further apart) are in one conversation, as soon as
  one message among them begins one;
* a copy without key is in its parent's conversation, where the parent has one;
* among imports, where `in_reply_to` is all there is, what we wrote (no post) holds its replies together.

More messages only ever join conversations, never part them, so the order in which they come makes no difference. That
takes connectors that name the key of a message each time or never, and give one key one gap.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from cminbox.model.base import Direction, Kind
from cminbox.store import conversations
from cminbox.store.conversations import Beginning
from cminbox.store.database import Tx


@dataclass
class Placed:
    """What a placing changed: messages that came into a conversation, and conversations to read again as a whole."""

    messages: list[int] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Copy:
    """One account's copy of a message."""

    account_id: int
    remote_id: str
    message_id: int
    parent: str | None
    key: str | None
    gap_s: int | None
    at_ms: int


def place(
    tx: Tx, message_id: int, beginning: Beginning | None, *, is_new: bool = False, imported: bool = False
) -> Placed:
    """Put a message where it belongs, and with it what it holds together. Its copies and their facts are stored.

    `beginning` is given for a message that may begin a conversation; `is_new` where it was never placed before.
    """
    placed = Placed()
    copies = _copies(tx.db, message_id)
    found = {each for copy in copies for each in _around(tx.db, copy)}
    own = None if is_new else _conversation(tx.db, message_id)
    if own is not None:
        found.add(own)
    replies = _adopt(tx, message_id, copies, placed)
    if imported and _holds(tx.db, message_id):
        found |= {row["conversation_id"] for row in replies if row["key"] is None} - {None}
    if not found and beginning is not None:
        below = {row["conversation_id"] for row in replies if row["key"] is None} - {None}
        found.add(min(below) if below else conversations.begin(tx, beginning))
    if found:
        target = _join(tx, found, placed)
        if own is None:
            _enter(tx, message_id, target, placed)
        if replies or any(copy.key is not None for copy in copies):
            target = _spread(tx, message_id, copies, target, placed)
        if imported:
            _climb(tx, copies, target, placed)
    return placed


def _climb(tx: Tx, copies: list[_Copy], target: int, placed: Placed) -> None:
    """Take in what we wrote above a message, and with it the other replies there."""
    while copies and copies[0].key is None and copies[0].parent is not None:
        parent = _message(tx.db, copies[0].account_id, copies[0].parent)
        if parent is None or _conversation(tx.db, parent) is not None or not _holds(tx.db, parent):
            return
        _enter(tx, parent, target, placed)
        copies = _copies(tx.db, parent)
        target = _spread(tx, parent, copies, target, placed)


def _holds(db: sqlite3.Connection, message_id: int) -> bool:
    row = db.execute("SELECT direction, kind FROM message WHERE id = ?", (message_id,)).fetchone()
    return bool(row["direction"] == Direction.OUT and row["kind"] != Kind.POST)


def _spread(tx: Tx, message_id: int, copies: list[_Copy], target: int, placed: Placed) -> int:
    """Carry a conversation on to what hangs on a message: its replies, and its neighbours under a key.

    Returns the conversation that all of it is in.
    """
    waiting = list(copies)
    seen = {message_id}
    while waiting:
        copy = waiting.pop()
        for neighbour in _hanging(tx.db, copy):
            conversation = _conversation(tx.db, neighbour)
            if conversation is None:
                _enter(tx, neighbour, target, placed)
            elif conversation != target:
                target = _join(tx, {conversation, target}, placed)
                continue
            else:
                continue
            if neighbour not in seen:
                seen.add(neighbour)
                waiting += _copies(tx.db, neighbour)
    return target


def _enter(tx: Tx, message_id: int, conversation_id: int, placed: Placed) -> None:
    tx.db.execute("UPDATE message SET conversation_id = ? WHERE id = ?", (conversation_id, message_id))
    placed.messages.append(message_id)


def _join(tx: Tx, ids: set[int], placed: Placed) -> int:
    target, *others = ids
    for each in others:
        target = conversations.join(tx, target, each)
        placed.moved.add(target)
    return target


def _around(db: sqlite3.Connection, copy: _Copy) -> set[int]:
    """The conversations that a copy's key, else its parent, says."""
    if copy.key is not None:
        beside = _beside(db, copy)
    elif copy.parent is not None:
        parent = _message(db, copy.account_id, copy.parent)
        beside = [] if parent is None else [parent]
    else:
        return set()
    return {found for each in beside if (found := _conversation(db, each)) is not None}


def _hanging(db: sqlite3.Connection, copy: _Copy) -> list[int]:
    """The messages that are in a conversation because this one is."""
    below = db.execute(
        "SELECT message_id FROM remote WHERE +account_id = ? AND parent = ? AND key IS NULL",
        (copy.account_id, copy.remote_id),
    ).fetchall()
    beside = [] if copy.key is None else _beside(db, copy)
    return [row["message_id"] for row in below] + beside


def _beside(db: sqlite3.Connection, copy: _Copy) -> list[int]:
    """The neighbours under the same key, before and after, that no silence parts from this one."""
    found = []
    for before, order in ((True, "DESC"), (False, "ASC")):
        row = db.execute(
            "SELECT message_id, at_ms, gap_s FROM remote WHERE account_id = ? AND key = ?"
            f" AND (at_ms, remote_id) {'<' if before else '>'} (?, ?)"
            f" ORDER BY at_ms {order}, remote_id {order} LIMIT 1",
            (copy.account_id, copy.key, copy.at_ms, copy.remote_id),
        ).fetchone()
        if row is None:
            continue
        gap_s = copy.gap_s if before else row["gap_s"]
        if gap_s is None or abs(copy.at_ms - row["at_ms"]) <= gap_s * 1000:
            found.append(int(row["message_id"]))
    return found


def _adopt(tx: Tx, message_id: int, copies: list[_Copy], placed: Placed) -> list[sqlite3.Row]:
    """Tell the replies that came before it who their parent is; returns all its replies."""
    replies = [
        row
        for copy in copies
        for row in tx.db.execute(
            "SELECT m.id, m.conversation_id, m.parent_id, r.key FROM remote r JOIN message m ON m.id = r.message_id"
            " WHERE +r.account_id = ? AND r.parent = ?",
            (copy.account_id, copy.remote_id),
        )
    ]
    for row in replies:
        if row["parent_id"] is None:
            tx.db.execute("UPDATE message SET parent_id = ? WHERE id = ?", (message_id, row["id"]))
            if row["conversation_id"] is not None:
                placed.moved.add(row["conversation_id"])
    return replies


def _copies(db: sqlite3.Connection, message_id: int) -> list[_Copy]:
    rows = db.execute(
        "SELECT account_id, remote_id, message_id, parent, key, gap_s, at_ms FROM remote WHERE message_id = ?",
        (message_id,),
    )
    return [_Copy(*row) for row in rows]


def _message(db: sqlite3.Connection, account_id: int, remote_id: str) -> int | None:
    row = db.execute(
        "SELECT message_id FROM remote WHERE account_id = ? AND remote_id = ?", (account_id, remote_id)
    ).fetchone()
    return row["message_id"] if row else None


def _conversation(db: sqlite3.Connection, message_id: int) -> int | None:
    row = db.execute("SELECT conversation_id FROM message WHERE id = ?", (message_id,)).fetchone()
    return row["conversation_id"] if row else None
