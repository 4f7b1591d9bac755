"""What rules answer by themselves: no answer of a person of ours, and kept from going round in circles.

It is the rules' because it is by the colleague that rules work as (store.rules); that its act names the rule
(`act.rule_id`) says which.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cminbox.model.base import ActState, ActVerb, Audience
from cminbox.store.database import Tx

ACTOR: Final = "[rules]"
"""The name of the colleague that rules work as."""
RULES: Final = f"(SELECT id FROM colleague WHERE name = '{ACTOR}')"
"""SQL: the number of the colleague that rules work as; NULL while no rule did anything yet."""


def by_people(by: str) -> str:
    """SQL: whether what an expression names as its doer (NULL: nobody we know) is no rule."""
    return f"({by} IS NULL OR {by} IS NOT {RULES})"


@dataclass(frozen=True)
class Addressee:
    """Whom a rule would answer, and where. `is_bot` and `is_us` are about the author, `brand` "" where there is none.

    `waits`: nobody of ours answered the message, or said that it needs no answer.
    """

    conversation_id: int
    account_id: int
    person_id: int | None
    at_ms: int
    brand: str
    is_bot: bool
    is_us: bool
    is_history: bool
    waits: bool


@dataclass(frozen=True)
class Written:
    """A reply that a rule wrote before: to which message of whom."""

    act_id: int
    rule_id: int
    message_id: int
    person_id: int | None
    verb: ActVerb
    state: ActState


def addressee(db: sqlite3.Connection, message_id: int) -> Addressee | None:
    """Who wrote an inbound message, and how it stands; None where it is not there to be read, or in no conversation."""
    row = db.execute(
        "SELECT m.conversation_id, m.account_id, m.person_id, m.at_ms, m.is_history, coalesce(b.name, '') AS brand,"
        " coalesce(p.is_bot, 0) AS is_bot, coalesce(p.is_us, 0) AS is_us,"
        " c.state != 'spam' AND EXISTS (SELECT 1 FROM participant w WHERE w.conversation_id = m.conversation_id"
        " AND w.person_id = m.person_id AND w.waits_ms <= m.at_ms) AS waits"
        " FROM message m JOIN conversation c ON c.id = m.conversation_id LEFT JOIN person p ON p.id = m.person_id"
        " LEFT JOIN brand b ON b.id = c.brand_id"
        " WHERE m.id = ? AND m.direction = 'in' AND m.state IN ('shown', 'edited', 'pending')",
        (message_id,),
    ).fetchone()
    if row is None:
        return None
    return Addressee(
        conversation_id=row["conversation_id"],
        account_id=row["account_id"],
        person_id=row["person_id"],
        at_ms=row["at_ms"],
        brand=row["brand"],
        is_bot=bool(row["is_bot"]),
        is_us=bool(row["is_us"]),
        is_history=bool(row["is_history"]),
        waits=bool(row["waits"]),
    )


def is_answer_to_one(db: sqlite3.Connection, message_id: int, within_ms: int) -> bool:
    """Whether a message came in answer to an automatic reply that was not older than so much.

    It stands below one, or the last that its author had from us in this conversation was one.
    """
    row = db.execute(
        "SELECT m.conversation_id, m.person_id, m.at_ms, m.at_ms - o.at_ms <= ?2 AND o.direction = 'out'"
        f" AND NOT {by_people('o.by')} AS below FROM message m LEFT JOIN message o ON o.id = m.parent_id"
        " WHERE m.id = ?1",
        (message_id, within_ms),
    ).fetchone()
    if row is None or row["below"]:
        return row is not None
    last = db.execute(
        f"SELECT o.at_ms, {by_people('o.by')} AS human FROM message o INDEXED BY message_in_conversation"
        " LEFT JOIN message q ON q.id = o.parent_id"
        " WHERE o.conversation_id = ?1 AND o.direction = 'out' AND o.audience != 'note' AND o.at_ms <= ?2"
        " AND CASE WHEN coalesce(o.answers, '[]') != '[]' THEN ?3 IN (SELECT value FROM json_each(o.answers))"
        "  ELSE o.audience = 'direct' OR q.id IS NULL OR q.direction = 'out' OR q.person_id = ?3 END"
        " ORDER BY o.at_ms DESC, o.id DESC LIMIT 1",
        (row["conversation_id"], row["at_ms"], row["person_id"]),
    ).fetchone()
    return last is not None and not last["human"] and row["at_ms"] - last["at_ms"] <= within_ms


def before(db: sqlite3.Connection, conversation_id: int, since_ms: int) -> list[Written]:
    """What rules replied in a conversation since an instant, the newest first; also what a person took back."""
    rows = db.execute(
        "SELECT a.id, a.rule_id, a.message_id, m.person_id, a.verb, a.state"
        " FROM act a INDEXED BY act_of_conversation LEFT JOIN message m ON m.id = a.message_id"
        " WHERE a.conversation_id = ? AND a.rule_id IS NOT NULL AND a.created_ms >= ? ORDER BY a.id DESC",
        (conversation_id, since_ms),
    )
    return [Written(row[0], row[1], row[2], row[3], ActVerb(row[4]), ActState(row[5])) for row in rows]


def to_person(db: sqlite3.Connection, person_id: int, since_ms: int, but: int) -> int:
    """How many messages (but one) that a person wrote since an instant got an automatic reply, wherever."""
    found = db.execute(
        "SELECT count(DISTINCT m.id) FROM message m INDEXED BY message_of_person"
        " JOIN act a INDEXED BY act_of_rule ON a.message_id = m.id AND a.rule_id IS NOT NULL"
        " WHERE m.person_id = ? AND m.at_ms >= ? AND m.id != ? AND a.state != 'cancelled'",
        (person_id, since_ms, but),
    )
    return int(found.fetchone()[0])


def texts(db: sqlite3.Connection, account_id: int) -> list[str]:
    """The texts of an account's public replies by rules that have not left yet."""
    rows = db.execute(f"SELECT a.text {_WAITING}", (account_id, *_PUBLIC))
    return [str(row[0]) for row in rows]


def last_turn_ms(db: sqlite3.Connection, account_id: int) -> int | None:
    """When the last of an account's public replies by rules that have not left yet may leave; None: there is none."""
    found = db.execute(
        f"SELECT max(max(a.send_at_ms, coalesce(a.not_before_ms, 0))) {_WAITING}", (account_id, *_PUBLIC)
    )
    return None if (last := found.fetchone()[0]) is None else int(last)


def turn(db: sqlite3.Connection, rule_id: int) -> int:
    """Whose turn it is among the equal variants of a rule's template: how many replies it wrote so far."""
    row = db.execute("SELECT turn FROM rule WHERE id = ?", (rule_id,)).fetchone()
    return int(row[0]) if row else 0


def wrote(tx: Tx, act_id: int, rule_id: int) -> None:
    """A reply is a rule's."""
    tx.db.execute("UPDATE act SET rule_id = ? WHERE id = ?", (rule_id, act_id))
    tx.db.execute("UPDATE rule SET turn = turn + 1 WHERE id = ?", (rule_id,))


def carry_over(tx: Tx, old_act: int, new_act: int) -> None:
    """An act was written anew (redo): it is the same rule's, where it is one's."""
    tx.db.execute("UPDATE act SET rule_id = (SELECT rule_id FROM act WHERE id = ?) WHERE id = ?", (old_act, new_act))


def is_needless(db: sqlite3.Connection, act_id: int) -> bool:
    """Whether a rule's reply came too late: a person of ours answered meanwhile, hid the message, or said that it needs
    no answer. What a person let go as it is, is not.
    """
    row = db.execute(
        "SELECT m.id, m.state FROM act a JOIN message m ON m.id = a.message_id"
        " WHERE a.id = ? AND a.rule_id IS NOT NULL AND NOT a.approved",
        (act_id,),
    ).fetchone()
    if row is None:
        return False
    who = addressee(db, row["id"])
    return not who.waits if who is not None else row["state"] == "hidden"


_PUBLIC: Sequence[str] = tuple(each.value for each in Audience if not each.is_private)
# The first condition is the index's own, which is what lets it be used.
_WAITING = (
    "FROM act a INDEXED BY act_due WHERE a.state IN ('held', 'queued', 'sending', 'uncertain', 'review')"
    " AND a.state IN ('held', 'queued') AND a.account_id = ? AND a.rule_id IS NOT NULL"
    f" AND a.audience IN ({','.join('?' * len(_PUBLIC))})"
)
