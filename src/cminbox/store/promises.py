"""By when the waits that our replies ended were to end: kept with each reply, whatever comes first.

A wait begins with the first message to us after our reply before. Its target is the one that was in force when the
reply was sent: what colleagues do and settings say later changes nothing. What messages say is read anew where one
comes late, so that the order in which they arrive makes no difference.
"""

from __future__ import annotations

import sqlite3

from cminbox.config.settings import Settings
from cminbox.insight.hours import due_ms, hours_of
from cminbox.store import deadlines
from cminbox.store.database import Tx
from cminbox.store.queue_conditions import condition

_PRECISE = "('instant', 'assumed_utc')"

_REPLIES = f"""SELECT r.message_id, r.replied_ms, r.due_ms, r.asked_message_id, r.target_s, o.received_ms,
  o.precision IN {_PRECISE} AS precise, (SELECT m.id FROM message m INDEXED BY message_in_conversation
    JOIN person p ON p.id = m.person_id
    WHERE m.conversation_id = r.conversation_id AND m.direction = 'in' AND m.addressed AND NOT m.is_history
      AND NOT p.is_bot AND m.precision IN {_PRECISE} AND m.at_ms <= r.replied_ms AND m.at_ms > coalesce((
        SELECT max(e.replied_ms) FROM response e WHERE e.conversation_id = r.conversation_id
          AND e.replied_ms < r.replied_ms), -1)
    ORDER BY m.at_ms, m.remote_id LIMIT 1) AS asked
FROM response r JOIN message o ON o.id = r.message_id WHERE r.conversation_id = ? AND r.replied_ms >= ?"""

# The conversation as it was while a message waited in it: open, and shown with that message.
_WAITING = """SELECT 1 FROM (SELECT c.id, c.account_id, c.network_id, c.brand_id, m.kind, 'open' AS state, c.assignee,
    c.star, 0 AS unread, c.is_private, c.pending, NULL AS about, NULL AS moved_to, NULL AS due_ms, m.person_id,
    m.id AS shown_message_id, m.at_ms AS shown_ms, m.at_ms AS waits_ms, (
      SELECT t.topic_id FROM message t WHERE t.conversation_id = c.id AND t.topic_id IS NOT NULL AND t.at_ms <= {until}
      ORDER BY t.at_ms, t.remote_id LIMIT 1) AS topic_id
  FROM conversation c JOIN message m ON m.id = {asked} WHERE c.id = {one}) conversation"""


def follow(tx: Tx, conversation_id: int, since_ms: int | None) -> None:
    """Bring a conversation's replies from an instant on (None: all) in line with its messages.

    Call it with the instant of the earliest message that came into the conversation, or changed there.
    """
    settings = deadlines.settings_of(tx.db)
    if not settings.targets:
        return
    brand = deadlines.brand_of(tx.db, conversation_id)
    for row in tx.db.execute(_REPLIES, (conversation_id, since_ms or 0)).fetchall():
        asked = row["asked"] if row["precise"] else None
        target_s = None if asked is None else _target_s(tx.db, settings, conversation_id, row, asked)
        due = None
        if target_s is not None:
            begun = tx.db.execute("SELECT at_ms FROM message WHERE id = ?", (asked,)).fetchone()["at_ms"]
            due = due_ms(hours_of(settings, brand), begun, target_s)
        if (asked, target_s, due) != (row["asked_message_id"], row["target_s"], row["due_ms"]):
            tx.db.execute(
                "UPDATE response SET asked_message_id = ?, target_s = ?, due_ms = ? WHERE message_id = ?",
                (asked, target_s, due, row["message_id"]),
            )


def _target_s(
    db: sqlite3.Connection, settings: Settings, conversation_id: int, row: sqlite3.Row, asked: int
) -> int | None:
    """The shortest target that held while a message waited for this reply."""
    said_since = deadlines.known_ms(db) > row["received_ms"]
    if said_since or (row["asked_message_id"] is not None and _done_since(db, conversation_id, row["received_ms"])):
        known: int | None = row["target_s"]
        return known
    found = []
    for target in settings.targets:
        if target.filter:
            sql, values = condition(db, deadlines.filter_of(target.filter))
            waiting = _WAITING.format(one=int(conversation_id), asked=int(asked), until=int(row["replied_ms"]))
            if db.execute(f"{waiting} WHERE {sql}", values).fetchone() is None:
                continue
        found.append(target.answer_s)
    return min(found, default=None)


def _done_since(db: sqlite3.Connection, conversation_id: int, at_ms: int) -> bool:
    """Whether somebody of ours did something to a conversation after an instant."""
    found = db.execute(
        "SELECT 1 FROM journal WHERE at_ms > ?1 AND by IS NOT NULL AND conversation_id IN"
        " (SELECT ?2 UNION ALL SELECT id FROM conversation_alias WHERE conversation_id = ?2) LIMIT 1",
        (at_ms, conversation_id),
    )
    return found.fetchone() is not None
