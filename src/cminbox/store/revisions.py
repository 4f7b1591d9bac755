"""What became of a message at its network: edits, removals, reactions. The newest by the network's time holds."""

from __future__ import annotations

import sqlite3

from cminbox.model.base import MessageState
from cminbox.model.content import Media
from cminbox.store import clusters, messages, search, topics
from cminbox.store.database import Tx

_STATES = (MessageState.SHOWN, MessageState.PENDING, MessageState.HIDDEN, MessageState.REMOVED)


def edit(tx: Tx, message_id: int, text: str, media: tuple[Media, ...] | None, at_ms: int) -> bool:
    """Give a message its text (and media, unless None) of `at_ms`. False where a newer edit, or the same, is there, and
    for a message that was erased.

    Of two edits of one instant the greater text holds, so that their order makes no difference.
    """
    row = tx.db.execute(
        "SELECT text, media, state, edited_ms, erased_ms FROM message WHERE id = ?", (message_id,)
    ).fetchone()
    if row["erased_ms"] is not None:
        return False
    if row["edited_ms"] is not None and (row["edited_ms"], row["text"]) >= (at_ms, text):
        return False
    clusters.reword(tx, message_id)
    old = messages.indexed(tx.db, message_id)
    state = MessageState(row["state"])
    tx.db.execute(
        "UPDATE message SET text = ?, media = ?, state = ?, edited_ms = ? WHERE id = ?",
        (
            text,
            row["media"] if media is None else topics.pack_media(media),
            (MessageState.EDITED if state is MessageState.SHOWN else state).value,
            at_ms,
            message_id,
        ),
    )
    new = messages.indexed(tx.db, message_id)
    search.replace(tx, message_id, old, (new[0], *old[1:]))
    return True


def set_state(tx: Tx, message_id: int, state: MessageState, at_ms: int) -> bool:
    """Hide, remove or show a message as of `at_ms`. False where something newer, or the same, is known.

    Of one instant removed goes before hidden, hidden before pending, and pending before shown. What one of us hid does
    not wait for approval, although the network may call it so.
    """
    row = tx.db.execute("SELECT state, state_ms, edited_ms FROM message WHERE id = ?", (message_id,)).fetchone()
    was = _visible(MessageState(row["state"]))
    if state is MessageState.PENDING and was is MessageState.HIDDEN and row["state_ms"] is not None:
        return False
    if row["state_ms"] is not None and (row["state_ms"], _STATES.index(was)) >= (at_ms, _STATES.index(state)):
        return False
    now = MessageState.EDITED if state is MessageState.SHOWN and row["edited_ms"] is not None else state
    tx.db.execute("UPDATE message SET state = ?, state_ms = ? WHERE id = ?", (now.value, at_ms, message_id))
    return now != MessageState(row["state"])


def react(tx: Tx, message_id: int, person_id: int, reaction: str, at_ms: int, *, undone: bool) -> bool:
    """Note that somebody reacted to a message, or took it back. False where that was known."""
    if undone:
        gone = tx.db.execute(
            "DELETE FROM reaction WHERE message_id = ? AND person_id = ? AND reaction = ?",
            (message_id, person_id, reaction),
        )
        return gone.rowcount == 1
    new = tx.db.execute(
        "INSERT OR IGNORE INTO reaction (message_id, person_id, reaction, at_ms) VALUES (?, ?, ?, ?)",
        (message_id, person_id, reaction, at_ms),
    )
    return new.rowcount == 1


def read_up_to(db: sqlite3.Connection, message_id: int) -> int | None:
    """The conversation that is read when somebody read up to and with this message; None where more came after it."""
    row: sqlite3.Row | None = db.execute(
        "SELECT c.id FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE m.id = ? AND c.unread"
        " AND NOT EXISTS (SELECT 1 FROM message n WHERE n.conversation_id = c.id AND n.at_ms > m.at_ms"
        " AND n.direction = 'in' AND n.addressed)",
        (message_id,),
    ).fetchone()
    return row["id"] if row else None


def _visible(state: MessageState) -> MessageState:
    return MessageState.SHOWN if state is MessageState.EDITED else state
