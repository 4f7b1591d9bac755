"""All that is held about a person, as plain objects: what erasing would take, and the numbers that it leaves."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from cminbox.clock import from_ms
from cminbox.store.person_traces import Traces, early, said, set_aside, topics
from cminbox.text import storable

Thing = dict[str, Any]


def counts(db: sqlite3.Connection, ids: tuple[int, ...]) -> tuple[int, int]:
    """(how many messages these people wrote, in how many conversations)."""
    marks = ",".join("?" * len(ids))
    row = db.execute(
        f"SELECT count(*), count(DISTINCT conversation_id) FROM message WHERE person_id IN ({marks})", ids
    ).fetchone()
    return row[0], row[1]


def about(db: sqlite3.Connection, who: Traces) -> list[Thing]:
    """Everything but the conversations."""
    found: list[Thing] = []
    for person_id in who.ids:
        found += _rows(
            db,
            "person",
            "SELECT p.id, n.name AS network, p.remote_id, p.handle, p.name, p.first_name, p.url, p.is_bot AS bot,"
            " p.human_id AS human, p.first_seen_ms AS first_seen_at, p.erased_ms AS erased_at"
            " FROM person p JOIN network n ON n.id = p.network_id WHERE p.id = ?",
            person_id,
        )
        found += _rows(
            db,
            "first_name",
            "SELECT k.person_id AS person, k.first_name, c.name AS by, k.at_ms AS at FROM person_called k"
            " JOIN colleague c ON c.id = k.by WHERE k.person_id = ? ORDER BY k.id",
            person_id,
        )
        found += _rows(
            db,
            "former_name",
            "SELECT scope_id AS person, text FROM indexed_as WHERE scope = 'person' AND scope_id = ?",
            person_id,
        )
        found += _rows(
            db,
            "note",
            "SELECT o.id, o.person_id AS person, o.text, c.name AS by, o.at_ms AS at, NOT o.shown AS removed"
            " FROM person_note o JOIN colleague c ON c.id = o.by WHERE o.person_id = ? ORDER BY o.id",
            person_id,
        )
        found += _rows(
            db,
            "reaction",
            "SELECT r.person_id AS person, r.message_id AS message, r.reaction, r.at_ms AS at FROM reaction r"
            " WHERE r.person_id = ? ORDER BY r.at_ms",
            person_id,
        )
    for topic_id in topics(db, who):
        found += _rows(
            db,
            "topic",
            "SELECT t.id, a.name AS account, t.person_id AS person, t.key, t.title, t.text, t.url, t.media,"
            " t.at_ms AS at FROM topic t JOIN account a ON a.id = t.account_id WHERE t.id = ?",
            topic_id,
        )
    for aside_id in set_aside(db, who):
        found += _rows(
            db,
            "set_aside",
            "SELECT s.id, a.name AS account, s.feed, s.at_ms AS at, s.reason, s.raw FROM set_aside s"
            " JOIN account a ON a.id = s.account_id WHERE s.id = ?",
            aside_id,
        )
    for change_id in early(db, who):
        found += _rows(
            db,
            "early_change",
            "SELECT e.id, a.name AS account, e.remote_id, e.change, e.received_ms AS received_at FROM early_change e"
            " JOIN account a ON a.id = e.account_id WHERE e.id = ?",
            change_id,
        )
    return found


def conversation(db: sqlite3.Connection, conversation_id: int, who: Traces) -> list[Thing]:
    """A conversation with what is about the person in it, as erasing sees it."""
    what = said(db, conversation_id, who)
    found = _rows(
        db,
        "conversation",
        "SELECT c.id, n.name AS network, a.name AS account, c.kind, c.state, c.is_private AS private, c.star,"
        " w.name AS assignee, coalesce(nullif(t.title, ''), t.text) AS topic, c.last_ms AS last_at,"
        " (SELECT json_group_array(g.name) FROM conversation_tag o JOIN tag g ON g.id = o.tag_id"
        "  WHERE o.conversation_id = c.id) AS tags"
        " FROM conversation c JOIN account a ON a.id = c.account_id JOIN network n ON n.id = c.network_id"
        " LEFT JOIN colleague w ON w.id = c.assignee LEFT JOIN topic t ON t.id = c.topic_id WHERE c.id = ?",
        conversation_id,
    )
    for each in found:
        each["alone"] = what.alone
    for message_id in sorted((*what.theirs, *what.ours)):
        found += _rows(
            db,
            "message",
            "SELECT m.id, ?2 AS conversation, m.person_id AS person, m.direction, m.kind, m.audience, m.state, m.text,"
            " m.media, m.lang, m.url, m.remote_id, m.global_id, m.extra, w.name AS by, m.created_ms AS created_at,"
            " m.received_ms AS received_at FROM message m LEFT JOIN colleague w ON w.id = m.by WHERE m.id = ?1",
            message_id,
            conversation_id,
        )
    for act_id in (*what.acts, *(each for each in what.unsent if each not in what.acts)):
        found += _rows(
            db,
            "act",
            "SELECT x.id, x.conversation_id AS conversation, x.message_id AS message, x.verb, x.state, x.text,"
            " x.reason, w.name AS by, x.created_ms AS created_at, x.finished_ms AS finished_at FROM act x"
            " JOIN colleague w ON w.id = x.by WHERE x.id = ?",
            act_id,
        )
    for audience, by in what.drafts:
        found += _rows(
            db,
            "draft",
            "SELECT d.conversation_id AS conversation, d.audience, d.text, w.name AS by, d.saved_ms AS saved_at"
            " FROM draft d JOIN colleague w ON w.id = d.by WHERE d.conversation_id = ? AND d.audience = ? AND d.by = ?",
            conversation_id,
            audience,
            by,
        )
    if what.alone:
        found += _rows(
            db,
            "journal",
            "SELECT j.id, j.conversation_id AS conversation, j.at_ms AS at, j.verb, w.name AS by FROM journal j"
            " LEFT JOIN colleague w ON w.id = j.by WHERE j.conversation_id = ? ORDER BY j.id",
            conversation_id,
        )
    return found


def _rows(db: sqlite3.Connection, what: str, sql: str, *values: object) -> list[Thing]:
    return [{"type": what, **_plain(dict(row))} for row in db.execute(sql, values)]


def _plain(row: Thing) -> Thing:
    """Instants as ISO 8601, what is kept as JSON unpacked."""
    for name, value in row.items():
        if name.endswith("_at") or name == "at":
            row[name] = None if value is None else from_ms(value).isoformat(timespec="milliseconds")
        elif name in ("media", "extra", "tags", "change") and isinstance(value, str):
            row[name] = json.loads(value)
        elif isinstance(value, str):
            row[name] = storable(value)
    return row
