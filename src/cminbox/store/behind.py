"""The conversations behind a number of a period: what its own query (store.kpi) counts, the newest first."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from cminbox.model.numbers import Place
from cminbox.store import figures, kpi

_INSIDE: Mapping[str, tuple[str, str]] = {
    "returning_people": (
        "SELECT m.conversation_id AS id FROM",
        """ AND EXISTS (SELECT 1 FROM message e INDEXED BY message_of_person
    WHERE e.person_id = m.person_id AND e.at_ms < :since AND e.direction = 'in')""",
    ),
    "reopen_rate": ("SELECT id FROM (SELECT c.id, min(j.id) AS entry FROM", ""),
    "one_touch_rate": ("SELECT id FROM (SELECT c.id, (", ""),
    "next_reply": ("SELECT id FROM (SELECT c.id AS id, r.replied_ms, c.brand_id, (", ""),
    "share_of_voice": ("SELECT id FROM (SELECT c.message_id, c.about, c.id,", ""),
}
"""Of numbers whose query holds another: how the conversations are asked for, up to where both are the same."""

_NOTED = ":until > (SELECT min(at_ms) FROM backlog_turn)"
_BACKLOG_END = f"""SELECT c.id FROM conversation c WHERE {_NOTED} AND c.state IN {kpi.BACKLOG_STATES}
  AND c.id NOT IN (SELECT id FROM {kpi.TURNED}){{place}}
UNION ALL SELECT c.id FROM {kpi.TURNED} t JOIN conversation c ON c.id = t.id
WHERE {_NOTED} AND (c.state IN {kpi.BACKLOG_STATES}) - t.delta > 0{{place}}"""


def statement(key: str, place: Place) -> str:
    """The SQL of the conversations (`id`) behind a query of store.kpi, with the same named parameters."""
    sql = kpi.statement(key, place)
    if key == "backlog_end":
        return _BACKLOG_END.replace("{place}", kpi.kept_to(place))
    if key in figures.RATES:
        return figures.behind(key, place)
    if key not in _INSIDE:
        return f"SELECT c.id AS id {sql[sql.index('FROM') :]}"
    begin, more = _INSIDE[key]
    if key == "returning_people":
        people = kpi.statement("people", place)
        return f"{begin}{people.partition('FROM')[2]}{more}"
    if key == "reopen_rate":
        return begin + sql.rpartition("AS entry FROM")[2]
    if key == "share_of_voice":
        return begin + sql.partition("c.message_id, c.about, c.id,")[2]
    if key == "one_touch_rate":
        return begin + sql.partition("(SELECT c.id, (")[2]
    return begin + sql.partition("c.brand_id, (")[2]


def conversations(db: sqlite3.Connection, key: str, since_ms: int, until_ms: int, place: Place) -> tuple[int, ...]:
    """The conversations (ids) that the query of a number counts in a period, each once, the newest first.

    A number of messages, people or acts gives the conversations that they belong to; a share those of the whole, but
    `returning_people` those in which they wrote.
    """
    rows = db.execute(
        f"SELECT id FROM conversation WHERE id IN (SELECT id FROM ({statement(key, place)}))"
        " ORDER BY shown_ms DESC, id DESC",
        kpi.values(since_ms, until_ms, place),
    )
    return tuple(row[0] for row in rows)


def heard(db: sqlite3.Connection, since_ms: int, until_ms: int, place: Place) -> tuple[int, ...]:
    """The conversations with a message to us written in a time, but for what is dated to the day only."""
    sql = f"{kpi.statement('received', place)} AND m.precision <> 'day'"
    rows = db.execute(
        f"SELECT c.id {sql[sql.index('FROM') :]} GROUP BY 1 ORDER BY c.shown_ms DESC, c.id DESC",
        kpi.values(since_ms, until_ms, place),
    )
    return tuple(row[0] for row in rows)


def of_acts(db: sqlite3.Connection, key: str, place: Place) -> tuple[int, ...]:
    """The conversations of what is in the outbox ("outbox") or waits for a person ("review"), the newest first."""
    states = "a.state = 'review'" if key == "review" else "a.state IN ('held', 'queued', 'sending', 'uncertain')"
    rows = db.execute(
        f"SELECT c.id FROM act a JOIN conversation c ON c.id = a.conversation_id WHERE {states}{kpi.kept_to(place)}"
        " GROUP BY 1 ORDER BY max(a.id) DESC",
        kpi.values(0, 0, place),
    )
    return tuple(row[0] for row in rows)
