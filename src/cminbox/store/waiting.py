"""Who waits for us in a conversation: the rule of insight.waiting over what is stored.

What rules reply is no answer.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable

from cminbox.insight.waiting import Answer, Heard, Stand, stands
from cminbox.model.base import ActState, ActVerb, ConversationState
from cminbox.store.automatic import by_people
from cminbox.store.database import Tx

_LIVE = tuple(state.value for state in ActState if state.is_live)
_REPLIES = tuple(verb.value for verb in ActVerb if verb.is_reply)
_SEEN = "('shown', 'edited', 'pending')"


def recompute(tx: Tx, conversation_id: int, person_ids: Collection[int] | None = None) -> None:
    """Find out anew who waits in a conversation, and in the public ones that it is the private side of.

    `person_ids` bounds the work to some people, where the caller knows that nobody else is concerned. Keeps the rows of
    `participant`, the conversation's own wait, and the message that it is shown with.
    """
    _recompute(tx, conversation_id, person_ids)
    for (public,) in tx.db.execute(
        "SELECT id FROM conversation WHERE linked_conversation_id = ? AND NOT is_private", (conversation_id,)
    ).fetchall():
        _recompute(tx, public, None)


def arrived(tx: Tx, conversation_id: int, person_id: int, message_id: int, at_ms: int) -> bool:
    """Take one more inbound message that can wait into account, without reading the conversation again.

    False where that needs the whole of it (`recompute`). The caller shows the conversation anew.
    """
    row = tx.db.execute(
        "SELECT answered_ms, waits_ms FROM participant WHERE conversation_id = ? AND person_id = ?",
        (conversation_id, person_id),
    ).fetchone()
    if row["waits_ms"] is not None and row["waits_ms"] < at_ms:
        return True
    if row["waits_ms"] is not None or row["answered_ms"] == at_ms:
        return False
    if row["answered_ms"] is None or row["answered_ms"] < at_ms:
        tx.db.execute(
            "UPDATE participant SET waits_ms = ?, waits_message_id = ? WHERE conversation_id = ? AND person_id = ?",
            (at_ms, message_id, conversation_id, person_id),
        )
    return True


def begin(tx: Tx, conversation_id: int, person_id: int, waits_ms: int | None, message_id: int | None) -> None:
    """The first person of a new conversation that holds nothing else, waiting with a message or (None) not."""
    tx.db.execute(
        "INSERT INTO participant (conversation_id, person_id, waits_ms, waits_message_id) VALUES (?, ?, ?, ?)",
        (conversation_id, person_id, waits_ms, message_id),
    )


def enter(tx: Tx, conversation_id: int, person_id: int) -> bool:
    """Let a person take part: called for the author of an inbound message before `arrived` or `recompute`.

    True for somebody new, after whom the conversation needs `recompute`.
    """
    new = tx.db.execute(
        "INSERT OR IGNORE INTO participant (conversation_id, person_id) VALUES (?, ?)", (conversation_id, person_id)
    )
    return new.rowcount == 1


def show(tx: Tx, conversation_id: int) -> None:
    """Bring the conversation's own wait, and the message that it is shown with, in line with its participants.

    Shown is the message that waits, else the newest.
    """
    tx.touch(conversation_id)
    now = tx.db.execute(
        "SELECT c.state, c.last_message_id, p.waits_ms, p.waits_message_id FROM conversation c"
        " LEFT JOIN participant p ON p.conversation_id = c.id AND p.waits_ms IS NOT NULL"
        " LEFT JOIN message m ON m.id = p.waits_message_id"
        " WHERE c.id = ? ORDER BY p.waits_ms, m.remote_id LIMIT 1",
        (conversation_id,),
    ).fetchone()
    if now is None:
        return
    waits = now["waits_ms"] is not None and now["state"] != ConversationState.SPAM
    shown = now["waits_message_id"] if waits else now["last_message_id"]
    tx.db.execute(
        "UPDATE conversation SET waits_ms = ?, waits_message_id = ?, shown_message_id = m.id, shown_ms = m.at_ms,"
        " person_id = m.person_id, kind = m.kind FROM message m WHERE m.id = ? AND conversation.id = ?",
        (now["waits_ms"] if waits else None, now["waits_message_id"] if waits else None, shown, conversation_id),
    )


def _recompute(tx: Tx, conversation_id: int, person_ids: Collection[int] | None) -> None:
    conversation = tx.db.execute(
        "SELECT id, is_private, reviewed_message_id, linked_conversation_id FROM conversation WHERE id = ?",
        (conversation_id,),
    ).fetchone()
    if conversation is None:
        return
    heard, people, answers = _said(tx.db, conversation)
    answers += _under_way(tx.db, conversation)
    if conversation["linked_conversation_id"] and not conversation["is_private"]:
        answers += _in_private(tx.db, conversation["linked_conversation_id"])
    _keep(tx, conversation_id, stands(people, heard, answers), person_ids)
    show(tx, conversation_id)


def _said(db: sqlite3.Connection, conversation: sqlite3.Row) -> tuple[list[Heard], set[int], list[Answer]]:
    """What may wait, who wrote, and what we answered, from the messages.

    In a private conversation the newest answer to everybody ends the search: nothing older can wait.
    """
    private = bool(conversation["is_private"])
    heard: list[Heard] = []
    people = {
        row["person_id"]
        for row in db.execute("SELECT person_id FROM participant WHERE conversation_id = ?", (conversation["id"],))
    }
    answers: list[Answer] = []
    final: int | None = None
    for row in db.execute(
        "SELECT m.id, m.direction, m.person_id, m.at_ms, m.remote_id, m.parent_id, m.answers, m.state, m.audience,"
        f" m.state IN {_SEEN} AS seen, {by_people('m.by')} AS human,"
        " m.addressed AND NOT m.is_history AND NOT m.reviewed AND m.id > ? AND NOT p.is_bot AND NOT p.is_us AS may_wait"
        " FROM message m LEFT JOIN person p ON p.id = m.person_id WHERE m.conversation_id = ?"
        " ORDER BY m.at_ms DESC",
        (conversation["reviewed_message_id"], conversation["id"]),
    ):
        if final is not None and row["at_ms"] < final:
            break
        if row["direction"] == "in":
            if row["seen"] and row["may_wait"]:
                heard.append(Heard(row["id"], row["person_id"], row["at_ms"], row["remote_id"], row["parent_id"]))
        elif row["seen"] and row["human"] and row["audience"] != "note":
            answer = _answer(db, row, private)
            answers.append(answer)
            if private and final is None and (answer.people is None or answer.people >= people):
                final = row["at_ms"]
    return heard, people, answers


def _answer(db: sqlite3.Connection, row: sqlite3.Row, private: bool) -> Answer:
    """A message of ours as an answer: to those it names, in private to everybody, else to its parent's author."""
    if row["answers"]:
        return Answer(row["at_ms"], frozenset(json.loads(row["answers"])), row["id"])
    if private or row["parent_id"] is None:
        return Answer(row["at_ms"], None, row["id"])
    people, at_ms = _answered_by(db, row["parent_id"])
    return Answer(max(row["at_ms"], at_ms), people, row["id"])


def _answered_by(db: sqlite3.Connection, message_id: int) -> tuple[frozenset[int] | None, int]:
    """(whom a reply to this message answers, the message's time).

    A reply to a message of ours goes on with it, to the same people. A reply cannot be older than what it answers: the
    networks' and our clocks differ, so the time of the message is the least that counts.
    """
    seen: set[int] = set()
    least: int | None = None
    current: int | None = message_id
    while current is not None and current not in seen:
        seen.add(current)
        row = db.execute(
            "SELECT direction, person_id, parent_id, answers, at_ms FROM message WHERE id = ?", (current,)
        ).fetchone()
        if row is None:
            break
        least = row["at_ms"] if least is None else least
        if row["direction"] == "in":
            return frozenset({row["person_id"]}), least
        if row["answers"]:
            return frozenset(json.loads(row["answers"])), least
        current = row["parent_id"]
    return None, least or 0


def _under_way(db: sqlite3.Connection, conversation: sqlite3.Row) -> list[Answer]:
    """Live replies whose message is not there yet."""
    found = []
    for act in db.execute(
        f"SELECT message_id, created_ms FROM act WHERE conversation_id = ? AND verb IN {_REPLIES} AND state IN {_LIVE}"
        f" AND result_message_id IS NULL AND {by_people('by')}",
        (conversation["id"],),
    ).fetchall():
        if act["message_id"] is None:
            found.append(Answer(act["created_ms"], None))
            continue
        people, at_ms = _answered_by(db, act["message_id"])
        found.append(Answer(max(act["created_ms"], at_ms), None if conversation["is_private"] else people))
    return found


def _in_private(db: sqlite3.Connection, private_id: int) -> list[Answer]:
    """What we answered on the private side: to its people, and to those whom a private reply was for."""
    people = frozenset(
        row["person_id"]
        for row in db.execute("SELECT person_id FROM participant WHERE conversation_id = ?", (private_id,))
    )
    found: list[Answer] = []
    for row in db.execute(
        f"SELECT id, at_ms, answers FROM message WHERE conversation_id = ? AND direction = 'out' AND state IN {_SEEN}"
        f" AND audience != 'note' AND {by_people('by')} ORDER BY at_ms DESC LIMIT 50",
        (private_id,),
    ):
        named = frozenset(json.loads(row["answers"])) if row["answers"] else frozenset()
        found.append(Answer(row["at_ms"], people | named, row["id"]))
    for act in db.execute(
        f"SELECT created_ms FROM act WHERE conversation_id = ? AND verb IN {_REPLIES} AND state IN {_LIVE}"
        f" AND result_message_id IS NULL AND {by_people('by')}",
        (private_id,),
    ):
        found.append(Answer(act["created_ms"], people))
    return found


def _keep(tx: Tx, conversation_id: int, now: dict[int, Stand], person_ids: Iterable[int] | None) -> None:
    was = {
        row["person_id"]: Stand(row["answered_ms"], row["waits_ms"], row["waits_message_id"])
        for row in tx.db.execute("SELECT * FROM participant WHERE conversation_id = ?", (conversation_id,))
    }
    wanted = set(now) if person_ids is None else set(person_ids) & set(now)
    changed = [(conversation_id, person, stand) for person in wanted if (stand := now[person]) != was.get(person)]
    tx.db.executemany(
        "INSERT INTO participant (conversation_id, person_id, answered_ms, waits_ms, waits_message_id)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (conversation_id, person_id) DO UPDATE SET"
        " answered_ms = excluded.answered_ms, waits_ms = excluded.waits_ms,"
        " waits_message_id = excluded.waits_message_id",
        [(cid, person, stand.answered_ms, stand.waits_ms, stand.message_id) for cid, person, stand in changed],
    )
