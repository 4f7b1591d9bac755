"""Our own messages as a network gives them back: which act made them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cminbox.model.base import ActVerb
from cminbox.store import conversations
from cminbox.store.database import Tx


@dataclass(frozen=True)
class Echo:
    """The act that made a message, and the colleague whose act it is."""

    act_id: int
    by: int


def find(tx: Tx, account_id: int, remote_id: str, act_key: str | None) -> Echo | None:
    """The reply whose message this is: known by the key that the network echoes, or by the receipt's remote id."""
    row = tx.db.execute(
        "SELECT id, by FROM act WHERE key = ? AND account_id = ?"
        " UNION ALL SELECT id, by FROM act"
        " WHERE account_id = ? AND remote_id = ? AND verb IN ('reply', 'private_reply') LIMIT 1",
        (act_key, account_id, account_id, remote_id),
    ).fetchone()
    return Echo(row["id"], row["by"]) if row else None


def tie(tx: Tx, echo: Echo, message_id: int, remote_id: str) -> None:
    """Tie an act to the message it made. The act's state is the sender's to change; only the remote id is noted."""
    tx.db.execute(
        "UPDATE act SET result_message_id = ?, remote_id = coalesce(remote_id, ?) WHERE id = ?",
        (message_id, remote_id, echo.act_id),
    )
    tx.db.execute("UPDATE message SET act_id = ?, by = ? WHERE id = ?", (echo.act_id, echo.by, message_id))


def follow(tx: Tx, message_id: int) -> int | None:
    """Where a message was made by a private reply, link the two sides. Returns the conversation that the act answers.

    Call when the message is in its conversation. The answer is to the author of the message that the act was about.
    """
    row = tx.db.execute(
        "SELECT a.verb, a.conversation_id AS asked, m.conversation_id AS place, m.answers, t.person_id, t.direction"
        " FROM message m JOIN act a ON a.id = m.act_id LEFT JOIN message t ON t.id = a.message_id WHERE m.id = ?",
        (message_id,),
    ).fetchone()
    asked = conversations.resolve(tx.db, row["asked"]) if row else None
    if row is None or asked is None:
        return None
    if row["verb"] == ActVerb.PRIVATE_REPLY and row["place"] is not None and row["place"] != asked:
        if not row["answers"] and row["direction"] == "in":
            tx.db.execute("UPDATE message SET answers = ? WHERE id = ?", (json.dumps([row["person_id"]]), message_id))
        conversations.link(tx, asked, row["place"])
    return asked
