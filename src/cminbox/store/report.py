"""What a report reads beside the numbers: themes, topics, waves, spikes and verbatims of a period, kept to a place.

Each reads what happened in the period by an index on its time. Texts come raw and whole; who prints makes them safe.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from cminbox.model.numbers import Place
from cminbox.store.counters import QUARTER_MS
from cminbox.store.kpi import kept_to, statement, values


@dataclass(frozen=True)
class Heard:
    """Messages that came in under one name (a tag, a topic), and the conversations they are in."""

    id: int
    name: str
    messages: int
    conversations: int
    text: str = ""
    url: str = ""
    account: str = ""
    network: str = ""
    is_ours: bool = False
    """Of a topic: we wrote it."""


@dataclass(frozen=True)
class Asked:
    """What many asked: how many conversations, since when, and the words of one of them."""

    at_ms: int
    conversations: int
    text: str
    person: tuple[str, str]
    """The name and the handle of who wrote these words."""


@dataclass(frozen=True)
class Said:
    """One inbound message with who wrote it."""

    at_ms: int
    text: str
    name: str
    handle: str
    network: str


def _heard(place: Place) -> str:
    return statement("received", place).removeprefix("SELECT count(*)")


def heard_by_time(db: sqlite3.Connection, since_ms: int, until_ms: int, place: Place) -> list[tuple[int, bool, int]]:
    """When messages came in: (begin of a quarter of an hour, whether only the day is known, how many), in order."""
    found = db.execute(
        f"SELECT m.at_ms / {QUARTER_MS} * {QUARTER_MS}, m.precision = 'day', count(*){_heard(place)}"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        values(since_ms, until_ms, place),
    )
    return [(row[0], bool(row[1]), row[2]) for row in found]


def replied_by_time(db: sqlite3.Connection, since_ms: int, until_ms: int, place: Place) -> list[tuple[int, int]]:
    """When we replied: (begin of a quarter of an hour, how often), in order."""
    inner = statement("replies", place).removeprefix("SELECT count(*)")
    found = db.execute(
        f"SELECT r.replied_ms / {QUARTER_MS} * {QUARTER_MS}, count(*){inner} GROUP BY 1 ORDER BY 1",
        values(since_ms, until_ms, place),
    )
    return [(row[0], row[1]) for row in found]


def themes(db: sqlite3.Connection, since_ms: int, until_ms: int, place: Place) -> list[Heard]:
    """What came in by tag (a conversation with two tags counts under both), the busiest first."""
    found = db.execute(
        "SELECT t.id, t.name, count(*), count(DISTINCT heard.conversation_id)"
        f" FROM (SELECT c.id AS conversation_id{_heard(place)}) heard"
        " JOIN conversation_tag g ON g.conversation_id = heard.conversation_id"
        " JOIN tag t ON t.id = g.tag_id AND NOT t.deleted GROUP BY t.id ORDER BY 3 DESC, 2",
        values(since_ms, until_ms, place),
    )
    return [Heard(*row) for row in found]


def topics(db: sqlite3.Connection, since_ms: int, until_ms: int, place: Place) -> list[Heard]:
    """What came in by topic, the busiest first."""
    found = db.execute(
        "SELECT t.id, t.title, heard.messages, heard.conversations, t.text, coalesce(t.url, ''), a.name, n.name,"
        " t.is_ours"
        " FROM (SELECT c.topic_id, count(*) AS messages, count(DISTINCT c.id) AS conversations"
        f"{_heard(place)} AND c.topic_id IS NOT NULL GROUP BY 1) heard"
        " JOIN topic t ON t.id = heard.topic_id JOIN account a ON a.id = t.account_id"
        " JOIN network n ON n.id = a.network_id ORDER BY 3 DESC, 1",
        values(since_ms, until_ms, place),
    )
    return [Heard(*row) for row in found]


_ASKED = (
    "SELECT o.at_ms, o.conversations, m.text, coalesce(p.name, ''), coalesce(p.handle, '') FROM ({inner}) o"
    " LEFT JOIN message m ON m.id = o.message_id AND m.erased_ms IS NULL LEFT JOIN person p ON p.id = m.person_id"
    " ORDER BY 2 DESC, 1"
)


def answered_as_one(db: sqlite3.Connection, since_ms: int, until_ms: int, place: Place, limit: int) -> list[Asked]:
    """What two conversations or more were answered with in one step that was not taken back, the largest first."""
    inner = (
        "SELECT min(j.at_ms) AS at_ms, count(DISTINCT j.conversation_id) AS conversations,"
        " min(a.message_id) AS message_id FROM journal j INDEXED BY journal_of_colleagues"
        " JOIN act a ON a.id = j.act_id JOIN conversation c ON c.id = j.conversation_id"
        " WHERE j.at_ms >= :since AND j.at_ms < :until AND j.by IS NOT NULL AND j.batch IS NOT NULL"
        " AND j.undone_by IS NULL AND a.verb IN ('reply', 'private_reply') AND a.state <> 'cancelled'"
        f"{kept_to(place)} GROUP BY j.by, j.batch HAVING count(DISTINCT j.conversation_id) > 1"
    )
    return _asked(db, inner, values(since_ms, until_ms, place), limit)


def waves_open(db: sqlite3.Connection, since_ms: int, until_ms: int, place: Place, limit: int) -> list[Asked]:
    """The waves that are open now and began in the period, the largest first."""
    inner = (
        "SELECT k.first_ms AS at_ms, k.size AS conversations, e.message_id FROM cluster k INDEXED BY cluster_waves"
        " JOIN cluster_member e ON e.conversation_id = k.first_id JOIN conversation c ON c.id = k.first_id"
        f" WHERE k.size >= 2 AND k.first_ms >= :since AND k.first_ms < :until{kept_to(place)}"
    )
    return _asked(db, inner, values(since_ms, until_ms, place), limit)


def _asked(db: sqlite3.Connection, inner: str, given: dict[str, object], limit: int) -> list[Asked]:
    found = db.execute(f"{_ASKED.format(inner=inner)} LIMIT :limit", {**given, "limit": limit})
    return [Asked(row[0], row[1], row[2] or "", (row[3], row[4])) for row in found]


def said(
    db: sqlite3.Connection, since_ms: int, until_ms: int, place: Place, limit: int, topic: int | None = None
) -> list[Said]:
    """The newest messages that came in (of one topic), as far as others may read them: public ones that still stand."""
    of_topic = "" if topic is None else " AND c.topic_id = :topic"
    found = db.execute(
        "SELECT m.at_ms, m.text, p.name, p.handle, n.name FROM (SELECT m.id"
        f"{_heard(place)} AND NOT p.is_bot AND c.state <> 'spam' AND NOT c.is_private{of_topic}"
        " AND m.audience IN ('public', 'unlisted') AND m.state IN ('shown', 'edited') AND m.erased_ms IS NULL"
        " ORDER BY m.at_ms DESC, m.id DESC LIMIT :limit) newest"
        " JOIN message m ON m.id = newest.id JOIN person p ON p.id = m.person_id JOIN network n ON n.id = p.network_id"
        " ORDER BY m.at_ms DESC, m.id DESC",
        {**values(since_ms, until_ms, place), "topic": topic, "limit": limit},
    )
    return [Said(*row) for row in found]
