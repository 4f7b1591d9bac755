"""Bringing conversations in line with messages that just came into them."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from cminbox.insight.arrival import News, Standing, after
from cminbox.model.base import ConversationState, MessageState, TimePrecision
from cminbox.store import clocks, conversations, echoes, journal, promises, waiting
from cminbox.store.database import Tx


@dataclass
class Arrivals:
    """What a reading brought.

    `entered` are the messages that came into a conversation, `addressed` known ones that turned out to be addressed to
    us, `again` known ones of which something else turned out (they are no history, or an act of ours made them),
    `moved` the conversations in which anything else changed (a removal, a join, a parent that came late).
    """

    entered: list[int] = field(default_factory=list)
    addressed: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)


def settle(tx: Tx, arrivals: Arrivals, *, imported: bool) -> tuple[int, ...]:
    """Finish what a reading began; returns the conversations that it changed."""
    news: dict[int, list[sqlite3.Row]] = defaultdict(list)
    for row in _messages(tx.db, (*arrivals.entered, *arrivals.addressed, *arrivals.again)):
        if row["conversation_id"] is not None:
            news[row["conversation_id"]].append(row)
    for row in _messages(tx.db, (*arrivals.entered, *arrivals.addressed)):
        if row["direction"] == "in" and row["addressed"]:
            clocks.count_received(tx, row["account_id"], row["at_ms"], TimePrecision(row["precision"]))
    whole = {found for each in arrivals.moved if (found := conversations.resolve(tx.db, each)) is not None}
    for conversation_id in sorted(news.keys() | whole):
        _settle(tx, conversation_id, news.get(conversation_id, []), conversation_id in whole, imported)
    return tuple(sorted(news.keys() | whole))


def _settle(tx: Tx, conversation_id: int, new: list[sqlite3.Row], whole: bool, imported: bool) -> None:
    is_new = conversation_id in tx.before and tx.before[conversation_id] is None
    if is_new and not whole and len(new) == 1 and new[0]["direction"] == "in":
        _settle_alone(tx, conversation_id, new[0], imported)
        return
    tx.touch(conversation_id)
    inbound = [row for row in new if row["direction"] == "in"]
    ours = [row for row in new if row["direction"] == "out"]
    met = [waiting.enter(tx, conversation_id, row["person_id"]) for row in inbound]
    for row in inbound:
        if row["addressed"]:
            conversations.came_in(tx, conversation_id, row["id"])
    conversations.newest(tx, conversation_id)
    conversations.pending(tx, conversation_id)
    conversations.privacy(tx, conversation_id)
    if whole or any(row["topic_id"] is not None for row in new):
        conversations.topic(tx, conversation_id)
    for row in ours:
        echoes.follow(tx, row["id"])
        clocks.record_answer(tx, row["id"])
    clocks.recount(tx, conversation_id)
    promises.follow(tx, conversation_id, None if whole else min(row["at_ms"] for row in new))
    same_people = not whole and not ours and not any(met)
    if same_people and all(_waits_at_once(tx, conversation_id, row) for row in inbound):
        waiting.show(tx, conversation_id)
    else:
        waiting.recompute(tx, conversation_id)
    _log(tx, conversation_id, new, imported)
    if new or imported:
        _stand(tx, conversation_id, inbound, ours, imported, is_new)


def _settle_alone(tx: Tx, conversation_id: int, row: sqlite3.Row, imported: bool) -> None:
    """The same for a conversation that is new and holds one message: most do, so it takes few statements."""
    waits = (row["at_ms"], row["id"]) if row["may_wait"] else (None, None)
    waiting.begin(tx, conversation_id, row["person_id"], *waits)
    fresh = bool(row["addressed"] and not row["is_history"])
    stands = after(
        Standing(ConversationState.DONE, unread=False, is_history=True), News(fresh=fresh, imported=imported)
    )
    tx.db.execute(
        "UPDATE conversation SET last_in_message_id = ?, waits_ms = ?, waits_message_id = ?, first_in_ms = ?,"
        " state = ?, unread = ?, is_history = ?, pending = ? WHERE id = ?",
        (
            row["id"] if row["addressed"] else None,
            *waits,
            row["at_ms"] if row["starts_clock"] else None,
            stands.state.value,
            stands.unread,
            stands.is_history,
            row["state"] == MessageState.PENDING,
            conversation_id,
        ),
    )
    _log(tx, conversation_id, [row], imported)


def _waits_at_once(tx: Tx, conversation_id: int, row: sqlite3.Row) -> bool:
    if not row["may_wait"]:
        return True
    return waiting.arrived(tx, conversation_id, row["person_id"], row["id"], row["at_ms"])


def _stand(
    tx: Tx, conversation_id: int, inbound: list[sqlite3.Row], ours: list[sqlite3.Row], imported: bool, is_new: bool
) -> None:
    row = tx.db.execute(
        "SELECT c.state, c.unread, c.is_history, c.snooze_until_ms, c.moved_to, m.direction FROM conversation c"
        " LEFT JOIN message m ON m.id = c.last_message_id WHERE c.id = ?",
        (conversation_id,),
    ).fetchone()
    was = Standing(ConversationState(row["state"]), bool(row["unread"]), bool(row["is_history"]))
    now = after(
        was,
        News(
            fresh=any(each["addressed"] and not each["is_history"] for each in inbound),
            wrote_first=any(
                each["kind"] == "dm" and not each["is_history"] and each["act_id"] is None for each in ours
            ),
            imported=imported,
            last_is_ours=row["direction"] == "out",
        ),
    )
    fields = {"state": now.state.value, "unread": int(now.unread), "is_history": int(now.is_history)}
    if now.state is not ConversationState.SNOOZED and row["snooze_until_ms"] is not None:
        fields["snooze_until_ms"] = None  # type: ignore[assignment]
    if now.state is not was.state:
        fields["moved_to"] = None  # type: ignore[assignment]
    new = {name: value for name, value in fields.items() if row[name] != value}
    if not new:
        return
    before = conversations.change(tx, conversation_id, **new)
    moved = {name: value for name, value in new.items() if name in ("state", "snooze_until_ms")}
    if moved and not is_new:
        verb = journal.REOPENED if now.state is ConversationState.OPEN else "settled"
        journal.write(tx, verb, None, conversation_id, before={name: before[name] for name in moved}, after=moved)


def _log(tx: Tx, conversation_id: int, new: list[sqlite3.Row], imported: bool) -> None:
    for row in new:
        if row["addressed"] and row["act_id"] is None:
            after = journal.IMPORTED if imported else None
            journal.write(tx, journal.ARRIVED, None, conversation_id, row["id"], after=after)


def _messages(db: sqlite3.Connection, ids: Iterable[int]) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT m.id, m.conversation_id, m.account_id, m.direction, m.kind, m.person_id, m.topic_id, m.addressed,"
        " m.is_history, m.state, m.at_ms, m.precision, m.act_id, m.addressed AND NOT m.is_history"
        " AND m.state IN ('shown', 'edited', 'pending') AND NOT p.is_bot AND NOT p.is_us AS may_wait,"
        " m.addressed AND NOT m.is_history AND NOT p.is_bot AND m.precision IN ('instant', 'assumed_utc')"
        " AS starts_clock"
        " FROM json_each(?) j JOIN message m ON m.id = j.value LEFT JOIN person p ON p.id = m.person_id ORDER BY j.key",
        (json.dumps(list(dict.fromkeys(ids))),),
    ).fetchall()
