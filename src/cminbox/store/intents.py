"""An act as a connector needs it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from cminbox.model.acts import Act
from cminbox.model.base import Kind
from cminbox.model.content import Target
from cminbox.model.rows import ActRow
from cminbox.store import conversations, messages, outbox


@dataclass(frozen=True)
class Intent:
    """What is to happen at the network. `kind` is that of the message it is about.

    `was_uncertain`: an earlier try may have reached the network, so `find` comes before another one.
    """

    act: Act
    kind: Kind
    was_uncertain: bool


def of(db: sqlite3.Connection, row: ActRow) -> Intent | None:
    """The intent of an act; None where the message that it is about is not in the store (any more)."""
    about = db.execute("SELECT id, kind, lang FROM message WHERE id = ?", (row.message_id,)).fetchone()
    if about is None:
        return None
    target = messages.target_of(db, about["id"], row.account_id)
    act = Act(
        key=row.key,
        verb=row.verb,
        target=target,
        text=row.text,
        audience=row.audience,
        people=(target.author,) if row.verb.is_reply and target.author and not target.author.is_us else (),
        lang=about["lang"],
        reason=row.reason,
        created_at=row.created_at,
        first_tried_at=row.first_tried_at,
        spoken_for=_spoken_for(db, row),
    )
    return Intent(act, Kind(about["kind"]), outbox.was_uncertain(db, row.id))


def _spoken_for(db: sqlite3.Connection, row: ActRow) -> frozenset[str]:
    """What the other acts of the conversation made, as far as receipts or echoes told."""
    found = db.execute(
        "SELECT remote_id FROM act WHERE conversation_id IS ? AND id != ? AND account_id = ? AND remote_id IS NOT NULL",
        (row.conversation_id, row.id, row.account_id),
    )
    return frozenset(str(each[0]) for each in found)


def about(db: sqlite3.Connection, conversation_id: int) -> tuple[int, Target] | None:
    """(account, message) to ask the network about when a conversation is opened: what came in last, else the newest."""
    row = db.execute(
        "SELECT account_id, coalesce(last_in_message_id, last_message_id) AS message_id FROM conversation WHERE id = ?",
        (conversations.resolve(db, conversation_id),),
    ).fetchone()
    if row is None or row["message_id"] is None:
        return None
    return int(row["account_id"]), messages.target_of(db, row["message_id"], row["account_id"])
