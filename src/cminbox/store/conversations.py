"""Conversations: beginning, changing, joining them, and keeping what the queue shows of them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from cminbox.model.base import ConversationState
from cminbox.store import tagging, waiting
from cminbox.store.database import Tx

_STATES = tuple(ConversationState)


@dataclass(frozen=True)
class Beginning:
    """What a conversation begins with: the message that begins it, and the account's own columns."""

    account_id: int
    network_id: int
    brand_id: int | None
    message_id: int
    person_id: int | None
    topic_id: int | None
    kind: str
    at_ms: int
    is_private: bool
    about: str | None = None


def begin(tx: Tx, new: Beginning) -> int:
    """Begin a conversation and return its id.

    It is done, read and history until somebody says what its messages make of it (sync.ingest).
    """
    row = tx.db.execute(
        "INSERT INTO conversation (account_id, network_id, brand_id, topic_id, kind, state, unread, is_private,"
        " person_id, shown_message_id, shown_ms, last_ms, last_message_id, about, is_history)"
        " VALUES (?, ?, ?, ?, ?, 'done', 0, ?, ?, ?, ?, ?, ?, ?, 1) RETURNING id",
        (
            new.account_id,
            new.network_id,
            new.brand_id,
            new.topic_id,
            new.kind,
            new.is_private,
            new.person_id,
            new.message_id,
            new.at_ms,
            new.at_ms,
            new.message_id,
            new.about,
        ),
    ).fetchone()
    conversation_id = int(row["id"])
    tx.before[conversation_id] = None
    return conversation_id


def resolve(db: sqlite3.Connection, conversation_id: int | None) -> int | None:
    """The conversation that an id stands for now: itself, or the one it was joined to; None where there is none."""
    if db.execute("SELECT 1 FROM conversation WHERE id = ?", (conversation_id,)).fetchone():
        return conversation_id
    row = db.execute("SELECT conversation_id FROM conversation_alias WHERE id = ?", (conversation_id,)).fetchone()
    return int(row["conversation_id"]) if row else None


def change(tx: Tx, conversation_id: int, **fields: Any) -> dict[str, Any]:
    """Set columns of a conversation and return what they were. Who waits does not follow (`waiting.recompute`)."""
    names = list(fields)
    row = tx.db.execute(f"SELECT {', '.join(names)} FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    tx.touch(conversation_id)
    tx.db.execute(
        f"UPDATE conversation SET {', '.join(f'{name} = ?' for name in names)} WHERE id = ?",
        (*fields.values(), conversation_id),
    )
    return dict(row)


def link(tx: Tx, public_id: int, private_id: int) -> None:
    """Make one conversation the private side of another: what is answered there answers here too."""
    if public_id == private_id:
        return
    change(tx, public_id, linked_conversation_id=private_id)
    change(tx, private_id, linked_conversation_id=public_id)
    waiting.recompute(tx, public_id)


def newest(tx: Tx, conversation_id: int) -> None:
    """Bring `last_ms`, `last_message_id` and `last_in_message_id` up to date.

    The last message is the newest by the network's time; of one instant, the one below in the thread. Context does not
    count. The last inbound message is the one that reached us last.
    """
    tx.touch(conversation_id)
    rows = tx.db.execute(
        "SELECT id, parent_id, remote_id, at_ms FROM message WHERE conversation_id = ?1 AND addressed AND at_ms ="
        " (SELECT at_ms FROM message WHERE conversation_id = ?1 AND addressed ORDER BY at_ms DESC LIMIT 1)",
        (conversation_id,),
    ).fetchall()
    if not rows:
        return
    parents = {row["parent_id"] for row in rows}
    last = max(rows, key=lambda row: (row["id"] not in parents, row["remote_id"] or ""))
    tx.db.execute(
        "UPDATE conversation SET last_ms = ?, last_message_id = ? WHERE id = ?",
        (last["at_ms"], last["id"], conversation_id),
    )


def came_in(tx: Tx, conversation_id: int, message_id: int) -> None:
    """Remember the inbound message that reached us last; what was only listened to is addressed to us now."""
    tx.db.execute(
        "UPDATE conversation SET last_in_message_id = max(coalesce(last_in_message_id, 0), ?), about = NULL"
        " WHERE id = ?",
        (message_id, conversation_id),
    )


def pending(tx: Tx, conversation_id: int) -> None:
    """Note whether something in it waits for our approval."""
    waits = "EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = ?1 AND m.state = 'pending')"
    tx.db.execute(f"UPDATE conversation SET pending = {waits} WHERE id = ?1 AND pending != {waits}", (conversation_id,))


def privacy(tx: Tx, conversation_id: int) -> None:
    """Set whether a conversation is private: one that begins in private is so."""
    tx.db.execute(
        "UPDATE conversation SET is_private = coalesce((SELECT kind = 'dm' OR audience IN ('direct', 'note')"
        " FROM message WHERE conversation_id = ?1 AND addressed"
        " ORDER BY at_ms, remote_id LIMIT 1), is_private) WHERE id = ?1",
        (conversation_id,),
    )


def topic(tx: Tx, conversation_id: int) -> None:
    """Set the conversation's topic: that of its earliest message that has one."""
    tx.db.execute(
        "UPDATE conversation SET topic_id = (SELECT topic_id FROM message WHERE conversation_id = ?1"
        " AND topic_id IS NOT NULL ORDER BY at_ms, remote_id LIMIT 1) WHERE id = ?1",
        (conversation_id,),
    )


def join(tx: Tx, one: int, other: int) -> int:
    """Join two conversations and return the id that stays: the older one. The other is an alias for ever.

    Merged are the most open state, the star, the unread mark, the assignee, the tags, the earliest clocks and every
    draft.
    The caller calls `refresh` (and `clocks.recount`) when it is through.
    """
    older, newer = sorted((one, other))
    if older == newer:
        return older
    kept, gone = (
        tx.db.execute("SELECT * FROM conversation WHERE id = ?", (each,)).fetchone() for each in (older, newer)
    )
    for each in (older, newer):
        tx.touch(each)
    _reviewed(tx, kept, gone)
    change(tx, older, **_merged(kept, gone))
    for table in ("message", "act", "response"):
        tx.db.execute(f"UPDATE {table} SET conversation_id = ? WHERE conversation_id = ?", (older, newer))
    tx.db.execute(
        "INSERT OR IGNORE INTO participant (conversation_id, person_id)"
        " SELECT ?, person_id FROM participant WHERE conversation_id = ?",
        (older, newer),
    )
    tx.db.execute("DELETE FROM participant WHERE conversation_id = ?", (newer,))
    _drafts(tx, older, newer)
    tagging.join(tx, older, newer)
    tx.db.execute("UPDATE conversation SET linked_conversation_id = ? WHERE linked_conversation_id = ?", (older, newer))
    tx.db.execute("UPDATE conversation_alias SET conversation_id = ? WHERE conversation_id = ?", (older, newer))
    tx.db.execute("DELETE FROM conversation WHERE id = ?", (newer,))
    tx.db.execute("INSERT INTO conversation_alias VALUES (?, ?)", (newer, older))
    return older


def _merged(kept: sqlite3.Row, gone: sqlite3.Row) -> dict[str, Any]:
    state = min((ConversationState(row["state"]) for row in (kept, gone)), key=_STATES.index)
    snoozes = [ms for row in (kept, gone) if (ms := row["snooze_until_ms"]) is not None]
    linked = kept["linked_conversation_id"] or gone["linked_conversation_id"]
    return {
        "state": state.value,
        "snooze_until_ms": min(snoozes) if snoozes and state is ConversationState.SNOOZED else None,
        "star": max(kept["star"], gone["star"]),
        "unread": max(kept["unread"], gone["unread"]),
        "assignee": kept["assignee"] or gone["assignee"],
        "is_history": min(kept["is_history"], gone["is_history"]),
        "reviewed_message_id": min(kept["reviewed_message_id"], gone["reviewed_message_id"]),
        "linked_conversation_id": None if linked in (kept["id"], gone["id"]) else linked,
        "last_in_message_id": max(kept["last_in_message_id"] or 0, gone["last_in_message_id"] or 0) or None,
    }


def _reviewed(tx: Tx, kept: sqlite3.Row, gone: sqlite3.Row) -> None:
    """What was reviewed stays so message by message, since the joined conversation has but one mark, the lower one."""
    if kept["reviewed_message_id"] == gone["reviewed_message_id"]:
        return
    further = max(kept, gone, key=lambda row: int(row["reviewed_message_id"]))
    tx.db.execute(
        "UPDATE message SET reviewed = 1 WHERE conversation_id = ? AND id <= ? AND direction = 'in'",
        (further["id"], further["reviewed_message_id"]),
    )


def _drafts(tx: Tx, older: int, newer: int) -> None:
    """Keep every draft; two of one colleague for one audience become one text, the older conversation's first."""
    tx.db.execute(
        "INSERT INTO draft (conversation_id, audience, by, text, seen_message_id, saved_ms)"
        " SELECT ?, audience, by, text, seen_message_id, saved_ms FROM draft WHERE conversation_id = ?"
        " ON CONFLICT (conversation_id, audience, by) DO UPDATE SET text = text || char(10, 10) || excluded.text,"
        " seen_message_id = min(seen_message_id, excluded.seen_message_id),"
        " saved_ms = max(saved_ms, excluded.saved_ms)",
        (older, newer),
    )
    tx.db.execute("DELETE FROM draft WHERE conversation_id = ?", (newer,))
