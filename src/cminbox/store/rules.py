"""What rules ask of the store and what they did there: one row for each of their verbs that is through."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cminbox.model.base import ConversationState, Kind
from cminbox.model.rules import Result
from cminbox.model.views import Filter
from cminbox.store import accounts, automatic, conversations, journal
from cminbox.store.database import Tx
from cminbox.store.queue_conditions import OUR_ANSWER, condition
from cminbox.store.standing import Standing
from cminbox.text import fold

ACTOR: Final = automatic.ACTOR
"""The colleague that rules work as. No person can be called so (config.identity)."""

NO_REPLY: Final = "no_reply"
"""What the journal says of a rule that could not answer. It changes nothing."""

_PUT_AWAY = (ConversationState.DONE.value, ConversationState.SPAM.value)


@dataclass(frozen=True)
class Heard:
    """A message as rules look at it; texts raw. `seen`: it is still there to be read; `author`: handle and name."""

    id: int
    conversation_id: int
    at_ms: int
    kind: Kind
    text: str
    author: str
    person_id: int | None
    lang: str
    seen: bool


@dataclass(frozen=True)
class Run:
    """One verb of a rule (`step`, from 0) for one message."""

    rule_id: int
    version: str
    message_id: int
    step: int
    conversation_id: int


@dataclass(frozen=True)
class Tally:
    """What a rule did in a time: to how many messages it did something, and the newest of these instants."""

    messages: int = 0
    last_ms: int | None = None


def actor(db: sqlite3.Connection) -> int | None:
    """The number of the colleague that rules work as; None while no rule did anything yet."""
    row = db.execute("SELECT id FROM colleague WHERE name = ?", (ACTOR,)).fetchone()
    return int(row["id"]) if row else None


def enter(tx: Tx, names: Iterable[str]) -> tuple[int, dict[str, int]]:
    """The number of the colleague that rules work as, and those of rules by name; who is new is entered."""
    numbers = {}
    for name in names:
        tx.db.execute("INSERT OR IGNORE INTO rule (name, folded) VALUES (?, ?)", (name, fold(name)))
        row = tx.db.execute("SELECT id, name FROM rule WHERE folded = ?", (fold(name),)).fetchone()
        if row["name"] != name:
            tx.db.execute("UPDATE rule SET name = ? WHERE id = ?", (name, row["id"]))
        numbers[name] = int(row["id"])
    return accounts.colleague_id(tx, ACTOR), numbers


def known(db: sqlite3.Connection) -> tuple[int | None, dict[str, int]]:
    """The same without entering anybody."""
    return actor(db), {row["name"]: row["id"] for row in db.execute("SELECT id, name FROM rule")}


def whose_word(db: sqlite3.Connection, by: int, now: Standing, state: str) -> dict[str, Any]:
    """What a verb that gives a conversation `state` makes of the mark that a rule put it away, where that changes."""
    moved_to = str(state) if str(state) in _PUT_AWAY and by == actor(db) else None
    return {} if moved_to == now.moved_to else {"moved_to": moved_to}


def heard(db: sqlite3.Connection, message_id: int) -> Heard | None:
    """An inbound message; None where it is in no conversation (any more)."""
    row = db.execute(
        "SELECT m.id, m.conversation_id, m.at_ms, m.kind, m.text, m.person_id, coalesce(m.lang, '') AS lang,"
        " m.state IN ('shown', 'edited') AS seen, coalesce(p.handle || ' ' || p.name, '') AS author"
        " FROM message m LEFT JOIN person p ON p.id = m.person_id"
        " WHERE m.id = ? AND m.direction = 'in' AND m.conversation_id IS NOT NULL",
        (message_id,),
    ).fetchone()
    if row is None:
        return None
    return Heard(
        id=row["id"],
        conversation_id=row["conversation_id"],
        at_ms=row["at_ms"],
        kind=Kind(row["kind"]),
        text=row["text"],
        author=row["author"],
        person_id=row["person_id"],
        lang=row["lang"],
        seen=bool(row["seen"]),
    )


def holds(db: sqlite3.Connection, wanted: Filter, conversation_id: int) -> bool:
    """Whether a filter (its words and people aside) holds of a conversation now."""
    sql, values = condition(db, wanted)
    found = db.execute(f"SELECT 1 FROM conversation WHERE id = ? AND ({sql})", (conversation_id, *values))
    return found.fetchone() is not None


def answered(db: sqlite3.Connection, conversation_id: int, since_ms: int, until_ms: int) -> bool:
    """Whether a person of ours answered in a conversation in a time, both ends included."""
    row = db.execute(
        "SELECT 1 FROM message o INDEXED BY message_in_conversation WHERE o.conversation_id = ?"
        f" AND o.at_ms BETWEEN ? AND ? AND {OUR_ANSWER} LIMIT 1",
        (conversation_id, since_ms, until_ms),
    ).fetchone()
    return row is not None


def alone(db: sqlite3.Connection, conversation_id: int, message_id: int, *, whole_person: bool) -> bool:
    """Whether nothing but this message waits in its conversation, and nobody wrote since.

    With `whole_person` everything else by the same person may, too.
    """
    place = conversations.resolve(db, conversation_id)
    row = db.execute("SELECT person_id FROM message WHERE id = ?", (message_id,)).fetchone()
    who = row["person_id"] if row is not None and whole_person else None
    waits = db.execute(
        "SELECT 1 FROM participant WHERE conversation_id = ? AND waits_ms IS NOT NULL AND waits_message_id != ?"
        " AND person_id IS NOT ? LIMIT 1",
        (place, message_id, who),
    ).fetchone()
    newer = db.execute(
        "SELECT 1 FROM message WHERE conversation_id = ? AND id > ? AND direction = 'in' AND addressed"
        " AND person_id IS NOT ? LIMIT 1",
        (place, message_id, who),
    ).fetchone()
    return waits is None and newer is None


def through(db: sqlite3.Connection, message_id: int) -> dict[int, tuple[str, frozenset[int]]]:
    """By rule, which version met a message and which of its verbs are through."""
    found: dict[int, tuple[str, frozenset[int]]] = {}
    for row in db.execute("SELECT rule_id, version, step FROM rule_run WHERE message_id = ?", (message_id,)):
        steps = found.get(row["rule_id"], ("", frozenset()))[1]
        found[row["rule_id"]] = (row["version"], steps | {row["step"]})
    return found


def is_through(db: sqlite3.Connection, run: Run) -> bool:
    """Whether a verb must not run (again): it is through, or another version of its rule met the message."""
    row = db.execute(
        "SELECT 1 FROM rule_run WHERE rule_id = ? AND message_id = ? AND (step = ? OR version != ?) LIMIT 1",
        (run.rule_id, run.message_id, run.step, run.version),
    ).fetchone()
    return row is not None


def ran(tx: Tx, run: Run, result: Result, batch: int | None = None) -> None:
    """A verb of a rule is through; a second time changes nothing."""
    tx.db.execute(
        "INSERT OR IGNORE INTO rule_run (rule_id, message_id, step, version, conversation_id, at_ms, result, batch)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run.rule_id,
            run.message_id,
            run.step,
            run.version,
            run.conversation_id,
            tx.now_ms,
            result.value,
            batch or None,
        ),
    )


def tallies(db: sqlite3.Connection, since_ms: int) -> dict[int, Tally]:
    """What each rule (by number) did since an instant."""
    rows = db.execute(
        "SELECT rule_id, count(DISTINCT message_id) AS n, max(at_ms) AS last_ms FROM rule_run"
        " WHERE at_ms >= ? AND result = 'did' GROUP BY rule_id",
        (since_ms,),
    )
    return {row["rule_id"]: Tally(row["n"], row["last_ms"]) for row in rows}


def named(db: sqlite3.Connection, batches: Sequence[int]) -> dict[int, str]:
    """The names of the rules that wrote steps of the journal, by step; steps of people are left out."""
    marks = ",".join("?" * len(batches))
    rows = db.execute(
        "SELECT r.batch, rule.name FROM rule_run r INDEXED BY rule_run_of_batch JOIN rule ON rule.id = r.rule_id"
        f" WHERE r.batch IN ({marks})",
        tuple(batches),
    )
    return {row["batch"]: row["name"] for row in rows}


def refused_reply(tx: Tx, run: Run, by: int) -> None:
    """A rule could not answer: its verb is through, and the journal says that nothing went. Once."""
    if is_through(tx.db, run):
        return
    batch = journal.write(
        tx, NO_REPLY, by, conversations.resolve(tx.db, run.conversation_id), run.message_id, batch=journal.NEW_STEP
    )
    ran(tx, run, Result.REFUSED, batch)


def stored(db: sqlite3.Connection, below: int | None, since_ms: int, limit: int) -> list[int]:
    """At most `limit` inbound messages addressed to us with a lower id than `below` (None: from the end), newest first.

    Those from before an instant are left out.
    """
    rows = db.execute(
        "SELECT id FROM message WHERE id < ? AND direction = 'in' AND addressed AND conversation_id IS NOT NULL"
        " AND at_ms >= ? ORDER BY id DESC LIMIT ?",
        (1 << 62 if below is None else below, since_ms, limit),
    )
    return [row["id"] for row in rows]
