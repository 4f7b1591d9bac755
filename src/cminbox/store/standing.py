"""How conversations and messages stand: what a verb looks at before it decides."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from cminbox.model.base import Audience, ConversationState, Direction, Kind, MessageState
from cminbox.store import conversations

Db = sqlite3.Connection
"""What the functions of the store read from."""


@dataclass(frozen=True)
class Standing:
    """A conversation's own columns, as the schema documents them."""

    id: int
    account_id: int
    kind: Kind
    state: ConversationState
    assignee: int | None
    star: int
    unread: int
    snooze_until_ms: int | None
    reviewed_message_id: int
    apart_message_id: int
    moved_to: str | None
    is_private: bool
    waits_ms: int | None
    waits_message_id: int | None
    last_message_id: int | None
    last_in_message_id: int | None
    topic_id: int | None
    linked: int | None


@dataclass(frozen=True)
class MessageStanding:
    """What an act needs to know of its target. `by_us` is True for what our account wrote.

    `erased`: nothing is known of it any more, not even what its network calls it.
    """

    id: int
    conversation_id: int | None
    account_id: int
    direction: Direction
    audience: Audience
    state: MessageState
    person_id: int | None
    created_ms: int | None
    remote_id: str | None
    erased: bool = False

    @property
    def by_us(self) -> bool:
        """True for a message that our account wrote."""
        return self.direction is Direction.OUT


def of(db: sqlite3.Connection, conversation_id: int) -> Standing | None:
    """How a conversation stands, found through the ids of those that were joined to it; None where there is none."""
    found = conversations.resolve(db, conversation_id)
    row = db.execute(f"{_CONVERSATION} WHERE id = ?", (found,)).fetchone()
    if row is None:
        return None
    return Standing(
        **{name: row[name] for name in _SAME},
        kind=Kind(row["kind"]),
        state=ConversationState(row["state"]),
        is_private=bool(row["is_private"]),
        linked=row["linked_conversation_id"],
    )


def message(db: sqlite3.Connection, message_id: int | None) -> MessageStanding | None:
    """How a message stands, or None."""
    row = db.execute(f"{_MESSAGE} WHERE id = ?", (message_id,)).fetchone()
    return _message(row) if row else None


def newest(db: sqlite3.Connection, conversation_id: int, direction: Direction | None = None) -> MessageStanding | None:
    """The newest message of a conversation that is still to be seen, of one direction or (None) of any."""
    directions = (direction,) if direction else tuple(Direction)
    row = db.execute(
        f"{_MESSAGE} WHERE conversation_id = ? AND state != 'removed' AND audience != 'note'"
        f" AND direction IN ({','.join('?' * len(directions))}) ORDER BY at_ms DESC, id DESC LIMIT 1",
        (conversation_id, *directions),
    ).fetchone()
    return _message(row) if row else None


def newest_inbound(db: sqlite3.Connection, conversation_id: int) -> int | None:
    """The id of the inbound message of a conversation that reached us last: what a reader of it has seen."""
    row = db.execute(
        "SELECT max(id) AS id FROM message WHERE conversation_id = ? AND direction = 'in'", (conversation_id,)
    ).fetchone()
    return row["id"] if row else None


def newest_there(db: sqlite3.Connection, conversation_id: int) -> int | None:
    """The same of those that were not removed since: what there is still to be seen."""
    row = db.execute(
        "SELECT max(id) AS id FROM message WHERE conversation_id = ? AND direction = 'in' AND state != 'removed'",
        (conversation_id,),
    ).fetchone()
    return row["id"] if row else None


def waits_for_approval(db: sqlite3.Connection, conversation_id: int) -> int | None:
    """The id of the oldest message of a conversation that nobody else sees until one of us approves it, or None."""
    row = db.execute(
        "SELECT id FROM message INDEXED BY message_pending WHERE conversation_id = ? AND state = 'pending'"
        " AND direction = 'in' ORDER BY at_ms, id LIMIT 1",
        (conversation_id,),
    ).fetchone()
    return row["id"] if row else None


def last_in_ms(db: sqlite3.Connection, conversation_id: int, person_id: int | None) -> int | None:
    """When a person wrote last in a conversation, by the network's time; None: never."""
    row = db.execute(
        "SELECT max(at_ms) AS ms FROM message WHERE conversation_id = ? AND direction = 'in' AND person_id IS ?",
        (conversation_id, person_id),
    ).fetchone()
    return row["ms"] if row else None


def person_names(db: sqlite3.Connection, ids: Iterable[int]) -> dict[int, str]:
    """How people are called (handle, else name; raw), by id."""
    wanted = sorted(set(ids))
    rows = db.execute(
        f"SELECT id, handle, name FROM person WHERE id IN ({','.join('?' * len(wanted))})",
        wanted,
    )
    return {row["id"]: row["handle"] or row["name"] for row in rows}


_SAME = (
    *("id", "account_id", "assignee", "star", "unread", "snooze_until_ms", "reviewed_message_id", "apart_message_id"),
    "moved_to",
    *("waits_ms", "waits_message_id", "last_message_id", "last_in_message_id", "topic_id"),
)
_CONVERSATION = f"SELECT {', '.join(_SAME)}, kind, state, is_private, linked_conversation_id FROM conversation"
_MESSAGE = (
    "SELECT id, conversation_id, account_id, direction, audience, state, person_id, created_ms, remote_id,"
    " erased_ms FROM message"
)


def _message(row: sqlite3.Row) -> MessageStanding:
    return MessageStanding(
        id=row["id"],
        conversation_id=row["conversation_id"],
        account_id=row["account_id"],
        direction=Direction(row["direction"]),
        audience=Audience(row["audience"]),
        state=MessageState(row["state"]),
        person_id=row["person_id"],
        created_ms=row["created_ms"],
        remote_id=row["remote_id"],
        erased=row["erased_ms"] is not None,
    )
