"""The first-response clock of a conversation, and the rows of our human replies that the numbers read."""

from __future__ import annotations

import sqlite3

from cminbox.model.base import TimePrecision
from cminbox.store import conversations, counters, promises
from cminbox.store.automatic import by_people
from cminbox.store.database import Tx

_PRECISE = (TimePrecision.INSTANT.value, TimePrecision.ASSUMED_UTC.value)


def record_answer(tx: Tx, message_id: int) -> None:
    """Count a human message of ours as a reply, once, by its own time; the clock of its conversation follows.

    A private reply counts where the act was: in the public conversation. History, what has no time, and what a rule
    replied is not counted: a message that turns out to be a rule's (another account saw it first) no longer is.
    The caller brings the targets of the conversation that the message is in in line (`promises.follow`).
    """
    row = tx.db.execute(
        "SELECT m.account_id, m.conversation_id, m.by, m.at_ms, m.precision, m.direction, m.is_history, m.audience,"
        f" {by_people('m.by')} AS human, a.conversation_id AS act_conversation"
        " FROM message m LEFT JOIN act a ON a.id = m.act_id WHERE m.id = ?",
        (message_id,),
    ).fetchone()
    counts = row["direction"] == "out" and row["audience"] != "note" and not row["is_history"]
    if not counts or row["conversation_id"] is None or row["precision"] == TimePrecision.UNKNOWN:
        return
    if not row["human"]:
        _forget(tx, message_id)
        return
    asked = conversations.resolve(tx.db, row["act_conversation"]) or row["conversation_id"]
    new = tx.db.execute(
        "INSERT OR IGNORE INTO response (message_id, conversation_id, account_id, by, replied_ms)"
        " VALUES (?, ?, ?, ?, ?)",
        (message_id, asked, row["account_id"], row["by"], row["at_ms"]),
    )
    if new.rowcount:
        _count(tx, row["account_id"], row["at_ms"], TimePrecision(row["precision"]), "replied")
    else:
        tx.db.execute(
            "UPDATE response SET conversation_id = ?, by = ? WHERE message_id = ?", (asked, row["by"], message_id)
        )
    for each in {asked, row["conversation_id"]}:
        recount(tx, each)
    if asked != row["conversation_id"]:
        promises.follow(tx, asked, row["at_ms"])


def _forget(tx: Tx, message_id: int) -> None:
    """Count a message as no reply after all; what came after it was then the answer."""
    row = tx.db.execute(
        "DELETE FROM response WHERE message_id = ? RETURNING conversation_id, account_id, replied_ms", (message_id,)
    ).fetchone()
    if row is None:
        return
    told = tx.db.execute("SELECT conversation_id, precision FROM message WHERE id = ?", (message_id,)).fetchone()
    _count(tx, row["account_id"], row["replied_ms"], TimePrecision(told["precision"]), "replied", -1)
    for each in {row["conversation_id"], told["conversation_id"]}:
        recount(tx, each)
    promises.follow(tx, row["conversation_id"], row["replied_ms"])


def count_received(tx: Tx, account_id: int, at_ms: int, precision: TimePrecision) -> None:
    """Count one inbound message in the bucket of its time; call once for each.

    What is known to the day only is counted as `received_day`: it belongs to the figures of its day, not to those of an
    hour. What has no time is not counted.
    """
    _count(tx, account_id, at_ms, precision, "received")


def recount(tx: Tx, conversation_id: int) -> None:
    """Find out anew when a conversation began for us and how long our first human reply took.

    It begins with the first inbound message, by whomever (not a bot), that is no history. The first response is our
    first message after it, or one that replies to a message of it whatever the clocks say; a private reply to it
    counts. A duration below zero is zero. Where either end is not known to the instant, there is none.
    """
    first_in = _first_in(tx.db, conversation_id)
    answer = None if first_in is None else _first_answer(tx.db, conversation_id, first_in)
    took = None if first_in is None or answer is None else max(0, answer["at_ms"] - first_in)
    tx.db.execute(
        "UPDATE conversation SET first_in_ms = ?, first_response_ms = ? WHERE id = ?",
        (first_in, answer["at_ms"] if answer else None, conversation_id),
    )
    answer_id = answer["id"] if answer else 0
    tx.db.execute(
        "UPDATE response SET first_took_ms = NULL"
        " WHERE conversation_id = ? AND first_took_ms IS NOT NULL AND message_id != ?",
        (conversation_id, answer_id),
    )
    tx.db.execute(
        "UPDATE response SET first_took_ms = ?1 WHERE message_id = ?2 AND conversation_id = ?3"
        " AND first_took_ms IS NOT ?1",
        (took, answer_id, conversation_id),
    )


def _first_in(db: sqlite3.Connection, conversation_id: int) -> int | None:
    row = db.execute(
        "SELECT m.at_ms, m.precision FROM message m JOIN person p ON p.id = m.person_id WHERE m.conversation_id = ?"
        " AND m.direction = 'in' AND m.addressed AND NOT m.is_history AND NOT p.is_bot ORDER BY m.at_ms, m.id LIMIT 1",
        (conversation_id,),
    ).fetchone()
    return row["at_ms"] if row and row["precision"] in _PRECISE else None


def _first_answer(db: sqlite3.Connection, conversation_id: int, first_in: int) -> sqlite3.Row | None:
    """Our first reply among those that are counted: written in the conversation, or by an act of it."""
    row: sqlite3.Row | None = db.execute(
        "SELECT m.id, m.at_ms FROM response r JOIN message m ON m.id = r.message_id"
        " LEFT JOIN message p ON p.id = m.parent_id"
        f" WHERE r.conversation_id = ? AND m.precision IN {_PRECISE} AND (m.at_ms >= ? OR p.direction = 'in')"
        " ORDER BY m.at_ms, m.remote_id LIMIT 1",
        (conversation_id, first_in),
    ).fetchone()
    return row


def _count(tx: Tx, account_id: int, at_ms: int, precision: TimePrecision, name: str, n: int = 1) -> None:
    if precision in _PRECISE:
        counters.add(tx, account_id, at_ms, name, n)
    elif precision is TimePrecision.DAY:
        counters.add(tx, account_id, at_ms, f"{name}_day", n)
