"""The numbers of a period: one query each, which is also what `cminbox kpi --explain` prints.

A query reads what happened in the period by an index on its time, so its cost grows with that and with nothing else.
`{place}` stands for what keeps to a brand, a tag and so on (alias `c`: the conversation), `{by}` for a colleague.
Of a count comes one row with one number; of a share one row with a part and the whole; of times come the two instants
of each, with the brand whose hours hold between them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cminbox.insight.deltas import BACKLOG
from cminbox.model.numbers import Place
from cminbox.store import figures
from cminbox.store.automatic import RULES
from cminbox.store.counters import QUARTER_MS
from cminbox.text import fold


class Shape(StrEnum):
    """What a query gives."""

    COUNT = "count"
    SHARE = "share"
    TIMES = "times"


@dataclass(frozen=True)
class Query:
    """One number. `by` is the column that names the colleague who did it ("": nobody of ours)."""

    shape: Shape
    sql: str
    by: str = ""


# A verb of a person of ours that was not taken back; what undo and redo write is no verb of its own.
_HUMAN = f"""j.by IS NOT NULL AND j.by IS NOT {RULES}
  AND j.verb NOT IN ('undo', 'redo') AND j.undone_by IS NULL"""


def _entries_of(conversation: str) -> str:
    """The journal's entries (alias `e`) of a conversation, and of those that were joined to it."""
    return (
        "journal e INDEXED BY journal_of_conversation WHERE e.conversation_id IN (SELECT"
        f" {conversation} UNION ALL SELECT id FROM conversation_alias WHERE conversation_id = {conversation})"
    )


_DONE_TOO = f"""SELECT 1 FROM {_entries_of("c.id")}
    AND {_HUMAN.replace("j.", "e.")} AND json_extract(e.after, '$.state') = 'done'"""

_HEARD = """message m INDEXED BY message_heard
JOIN conversation c ON c.id = m.conversation_id
JOIN person p ON p.id = m.person_id
WHERE m.direction = 'in' AND m.addressed AND m.at_ms >= :since AND m.at_ms < :until
  AND m.precision <> 'unknown'{place}"""

_BEGUN = """conversation c INDEXED BY conversation_begun
WHERE c.first_in_ms >= :since AND c.first_in_ms < :until AND NOT c.is_history AND c.state <> 'spam'{place}"""

_RESPONSE = """response r INDEXED BY response_by_time
JOIN conversation c ON c.id = r.conversation_id"""
_IN_TIME = "WHERE r.replied_ms >= :since AND r.replied_ms < :until{place}{by}"
_REPLIED = f"{_RESPONSE}\n{_IN_TIME}"

_VERBS = """journal j INDEXED BY journal_of_colleagues
LEFT JOIN conversation_alias l ON l.id = j.conversation_id
JOIN conversation c ON c.id = coalesce(l.conversation_id, j.conversation_id)"""

# A verb of ours, or an answer, that put a conversation away.
_CLOSED = f"""{_VERBS}
WHERE j.at_ms >= :since AND j.at_ms < :until AND {_HUMAN}
  AND json_extract(j.after, '$.state') = 'done' AND NOT c.is_history{{place}}{{by}}"""

_MODERATED = """act a INDEXED BY act_finished
JOIN conversation c ON c.id = a.conversation_id
WHERE a.finished_ms >= :since AND a.finished_ms < :until AND a.state = 'sent'
  AND a.verb IN ('hide', 'delete', 'block', 'report'){place}{by}"""

BACKLOG_STATES = "('" + "', '".join(BACKLOG) + "')"

# What came into the backlog (more than 0) and left it since a period ended, by the conversation of now.
TURNED = """(SELECT coalesce(a.conversation_id, b.conversation_id) AS id, sum(b.delta) AS delta
    FROM backlog_turn b LEFT JOIN conversation_alias a ON a.id = b.conversation_id
    WHERE b.at_ms >= :until GROUP BY 1)"""

# What listening feeds brought; the account is the one that listens, the conversation the one that it stands in.
_LISTENED = """(SELECT l.message_id, lower(l.about) AS about, l.about AS named, l.account_id, o.network_id, o.brand_id,
    v.id, v.topic_id FROM listened l INDEXED BY listened_by_time
    JOIN message m ON m.id = l.message_id
    JOIN person p ON p.id = m.person_id
    JOIN conversation v ON v.id = m.conversation_id
    JOIN account o ON o.id = l.account_id
    WHERE l.at_ms >= :since AND l.at_ms < :until AND (l.about = 'us' OR l.about GLOB 'competitor:*')
      AND m.direction = 'in' AND m.precision <> 'unknown' AND NOT p.is_bot)"""

QUERIES: Mapping[str, Query] = {
    "received": Query(Shape.COUNT, f"SELECT count(*) FROM {_HEARD}"),
    "people": Query(Shape.COUNT, f"SELECT count(DISTINCT m.person_id) FROM {_HEARD} AND NOT p.is_bot"),
    "returning_people": Query(
        Shape.SHARE,
        f"""SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM message e INDEXED BY message_of_person
    WHERE e.person_id = heard.person_id AND e.at_ms < :since AND e.direction = 'in')), count(*)
FROM (SELECT DISTINCT m.person_id FROM {_HEARD} AND NOT p.is_bot) heard""",
    ),
    "conversations": Query(Shape.COUNT, f"SELECT count(*) FROM {_BEGUN}"),
    "answered": Query(Shape.COUNT, f"SELECT count(DISTINCT r.conversation_id) FROM {_REPLIED}", by="r.by"),
    "replies": Query(Shape.COUNT, f"SELECT count(*) FROM {_REPLIED}", by="r.by"),
    "targets_hit": Query(
        Shape.SHARE,
        f"""SELECT count(*) FILTER (WHERE r.replied_ms <= r.due_ms), count(*) FROM {_REPLIED}
  AND r.due_ms IS NOT NULL""",
        by="r.by",
    ),
    "response_rate": Query(
        Shape.SHARE,
        f"""SELECT count(*) FILTER (WHERE c.first_response_ms IS NOT NULL), count(*) FROM {_BEGUN}
  AND (c.first_response_ms IS NOT NULL OR c.waits_ms IS NOT NULL)""",
    ),
    "response_rate_meta": Query(
        Shape.SHARE, f"SELECT count(*) FILTER (WHERE c.first_response_ms IS NOT NULL), count(*) FROM {_BEGUN}"
    ),
    "reviewed": Query(
        Shape.COUNT,
        f"""SELECT count(DISTINCT c.id) FROM {_CLOSED}
  AND json_extract(j.after, '$.reviewed_message_id') IS NOT NULL""",
        by="j.by",
    ),
    "answered_privately": Query(
        Shape.COUNT,
        """SELECT count(DISTINCT a.conversation_id) FROM act a INDEXED BY act_finished
JOIN conversation c ON c.id = a.conversation_id
WHERE a.finished_ms >= :since AND a.finished_ms < :until AND a.state = 'sent'
  AND a.verb = 'private_reply' AND a.rule_id IS NULL{place}{by}""",
        by="a.by",
    ),
    "first_response": Query(
        Shape.TIMES,
        f"""SELECT r.replied_ms - r.first_took_ms, r.replied_ms, c.brand_id FROM {_REPLIED}
  AND r.first_took_ms IS NOT NULL""",
        by="r.by",
    ),
    "message_response": Query(
        Shape.TIMES,
        f"""SELECT asked.at_ms, min(r.replied_ms), c.brand_id FROM {_RESPONSE}
JOIN message ours ON ours.id = r.message_id
JOIN message asked ON asked.id = ours.parent_id
{_IN_TIME}
  AND asked.direction = 'in' AND asked.addressed AND ours.precision IN ('instant', 'assumed_utc')
  AND asked.precision IN ('instant', 'assumed_utc')
  AND NOT EXISTS (SELECT 1 FROM message e JOIN response f ON f.message_id = e.id
    WHERE e.parent_id = asked.id AND f.replied_ms < r.replied_ms)
GROUP BY asked.id""",
        by="r.by",
    ),
    "next_reply": Query(
        Shape.TIMES,
        f"""SELECT asked_ms, replied_ms, brand_id FROM (
  SELECT r.replied_ms, c.brand_id, (SELECT min(m.at_ms) FROM message m INDEXED BY message_in_conversation
      JOIN person p ON p.id = m.person_id
      WHERE m.conversation_id = r.conversation_id AND m.direction = 'in' AND m.addressed AND NOT m.is_history
        AND NOT p.is_bot AND m.precision IN ('instant', 'assumed_utc') AND m.at_ms <= r.replied_ms AND m.at_ms > (
          SELECT max(e.replied_ms) FROM response e WHERE e.conversation_id = r.conversation_id
            AND e.replied_ms < r.replied_ms)) AS asked_ms
  FROM {_RESPONSE}
  JOIN message ours ON ours.id = r.message_id
  {_IN_TIME} AND ours.precision IN ('instant', 'assumed_utc')
) WHERE asked_ms IS NOT NULL""",
        by="r.by",
    ),
    "first_resolution": Query(
        Shape.TIMES,
        f"""SELECT c.first_in_ms, j.at_ms, c.brand_id FROM {_CLOSED} AND c.first_in_ms IS NOT NULL
  AND NOT EXISTS ({_DONE_TOO} AND e.id < j.id)""",
        by="j.by",
    ),
    "full_resolution": Query(
        Shape.TIMES,
        f"""SELECT c.first_in_ms, j.at_ms, c.brand_id FROM {_CLOSED} AND c.first_in_ms IS NOT NULL
  AND c.state = 'done' AND NOT EXISTS ({_DONE_TOO} AND e.id > j.id)""",
        by="j.by",
    ),
    "closed": Query(Shape.COUNT, f"SELECT count(DISTINCT c.id) FROM {_CLOSED}", by="j.by"),
    "reopen_rate": Query(
        Shape.SHARE,
        f"""SELECT count(*) FILTER (WHERE EXISTS (SELECT 1 FROM {_entries_of("closed.id")}
      AND e.id > closed.entry AND e.undone_by IS NULL AND e.verb NOT IN ('undo', 'redo')
      AND (e.verb = 'reopened' OR json_extract(e.after, '$.state') = 'open'))), count(*)
FROM (SELECT c.id, min(j.id) AS entry FROM {_CLOSED} GROUP BY c.id) closed""",
        by="j.by",
    ),
    "one_touch_rate": Query(
        Shape.SHARE,
        f"""SELECT count(*) FILTER (WHERE closed.replies = 1), count(*)
FROM (SELECT c.id, (SELECT count(*) FROM response e WHERE e.conversation_id = c.id) AS replies
  FROM {_CLOSED} AND c.state = 'done' GROUP BY c.id) closed WHERE closed.replies > 0""",
        by="j.by",
    ),
    "backlog_end": Query(
        Shape.COUNT,
        f"""SELECT CASE WHEN :until > (SELECT min(at_ms) FROM backlog_turn) THEN {{backlog}} + (
  SELECT coalesce(sum((now - delta > 0) - now), 0) FROM (
    SELECT c.state IN {BACKLOG_STATES} AS now, t.delta FROM {TURNED} t
    JOIN conversation c ON c.id = t.id WHERE true{{place}})) END""",
    ),
    "moderated": Query(Shape.COUNT, f"SELECT count(*) FROM {_MODERATED}", by="a.by"),
    "time_to_hide": Query(
        Shape.TIMES,
        """SELECT m.at_ms, a.finished_ms, NULL FROM act a INDEXED BY act_finished
JOIN conversation c ON c.id = a.conversation_id
JOIN message m ON m.id = a.message_id
WHERE a.finished_ms >= :since AND a.finished_ms < :until AND a.state = 'sent' AND a.verb IN ('hide', 'delete')
  AND m.direction = 'in' AND m.precision IN ('instant', 'assumed_utc'){place}{by}""",
        by="a.by",
    ),
    "spam": Query(
        Shape.COUNT,
        f"""SELECT count(DISTINCT c.id) FROM {_VERBS}
WHERE j.at_ms >= :since AND j.at_ms < :until AND {_HUMAN}
  AND json_extract(j.after, '$.state') = 'spam'{{place}}{{by}}""",
        by="j.by",
    ),
    "share_of_voice": Query(
        Shape.SHARE,
        f"""SELECT count(*) FILTER (WHERE about = 'us'), count(*)
FROM (SELECT c.message_id, c.about, c.id, min(c.named) AS named
  FROM {_LISTENED} c
  WHERE true{{place}} GROUP BY 1, 2)""",
    ),
    **{key: Query(Shape.SHARE, sql) for key, sql in figures.RATES.items()},
}
"""Every number of a period that comes from one query, by key."""

_PLACES = {
    "brand": "c.brand_id IN (SELECT id FROM brand WHERE name = :brand)",
    "account": "c.account_id IN (SELECT id FROM account WHERE name = :account)",
    "network": "c.network_id IN (SELECT id FROM network WHERE name = :network)",
    "campaign": "c.topic_id IN (SELECT id FROM topic WHERE campaign = :campaign)",
    "tag": "EXISTS (SELECT 1 FROM conversation_tag g JOIN tag t ON t.id = g.tag_id"
    " WHERE g.conversation_id = c.id AND t.folded = :tag)",
}

_GAUGED = {
    "brand": ("brand", "SELECT id FROM brand WHERE name = :brand"),
    "account": ("account", "SELECT id FROM account WHERE name = :account"),
    "network": ("network", "SELECT id FROM network WHERE name = :network"),
    "campaign": ("topic", "SELECT id FROM topic WHERE campaign = :campaign"),
    "tag": ("tag", "SELECT id FROM tag WHERE folded = :tag"),
}
"""The gauges that add up to a place: their scope, and the ids within it."""


def _backlog(place: Place) -> str:
    """The backlog of now, as a part of a statement: from the gauges, but for two places at once, which have none."""
    names = [name for name in _GAUGED if getattr(place, name) is not None]
    if len(names) > 1:
        return f"(\n  SELECT count(*) FROM conversation c WHERE c.state IN {BACKLOG_STATES}{kept_to(place)})"
    scope, ids = _GAUGED[names[0]] if names else ("inbox", "0")
    return (
        f"(\n  SELECT coalesce(sum(n), 0) FROM gauge WHERE scope = '{scope}' AND scope_id IN ({ids})"
        f" AND name IN {BACKLOG_STATES})"
    )


def kept_to(place: Place) -> str:
    """What keeps conversations (alias `c`) to a place, to stand behind a condition; its names are those of `values`."""
    return "".join(f"\n  AND {condition}" for name, condition in _PLACES.items() if getattr(place, name) is not None)


def statement(key: str, place: Place) -> str:
    """The SQL of a number, kept to a place, with named parameters."""
    query = QUERIES[key]
    by = ""
    if place.colleague is not None and query.by:
        by = f"\n  AND {query.by} = (SELECT id FROM colleague WHERE name = :colleague)"
    sql = query.sql.replace("{posts}", figures.kept_to(place))
    return sql.replace("{backlog}", _backlog(place)).replace("{place}", kept_to(place)).replace("{by}", by)


def values(since_ms: int, until_ms: int, place: Place) -> dict[str, object]:
    """What the named parameters of `statement` stand for."""
    found: dict[str, object] = {"since": since_ms, "until": until_ms}
    found |= {name: getattr(place, name) for name in ("brand", "account", "network", "campaign", "colleague")}
    return found | {"tag": None if place.tag is None else fold(place.tag)}


def rows(db: sqlite3.Connection, key: str, since_ms: int, until_ms: int, place: Place) -> list[tuple[int | None, ...]]:
    """What the query of a number gives for a period."""
    return [tuple(row) for row in db.execute(statement(key, place), values(since_ms, until_ms, place))]


def brand_names(db: sqlite3.Connection) -> dict[int, str]:
    """The brands by id."""
    return dict(db.execute("SELECT id, name FROM brand").fetchall())


def moderation(db: sqlite3.Connection, since_ms: int, until_ms: int, place: Place) -> list[tuple[str, str, int]]:
    """What was moderated in a period: (verb, reason or "", how often), the most frequent first."""
    inner = statement("moderated", place).removeprefix("SELECT count(*)")
    found = db.execute(
        f"SELECT a.verb, coalesce(a.reason, ''), count(*){inner} GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
        values(since_ms, until_ms, place),
    )
    return [(row[0], row[1], row[2]) for row in found]


def times_heard(db: sqlite3.Connection, since_ms: int, until_ms: int, place: Place) -> list[tuple[int, int]]:
    """When messages came in, by quarters of an hour: (begin of the quarter, how many), in order."""
    inner = statement("received", place).removeprefix("SELECT count(*)")
    found = db.execute(
        f"SELECT m.at_ms / {QUARTER_MS} * {QUARTER_MS}, count(*){inner} AND m.precision <> 'day' GROUP BY 1 ORDER BY 1",
        values(since_ms, until_ms, place),
    )
    return [(row[0], row[1]) for row in found]


BREAKDOWNS: Mapping[str, str] = {
    "brand": "SELECT name FROM brand ORDER BY 1",
    "campaign": "SELECT DISTINCT campaign FROM topic WHERE campaign IS NOT NULL ORDER BY 1",
    "account": "SELECT name FROM account ORDER BY 1",
    "network": "SELECT name FROM network ORDER BY 1",
    "tag": "SELECT name FROM tag WHERE NOT deleted ORDER BY 1",
    "colleague": "SELECT name FROM colleague ORDER BY 1",
}
"""What the numbers can be broken down by, and how each is named."""


def names(db: sqlite3.Connection, by: str) -> list[str]:
    """The names that a breakdown may have, in order."""
    return [row[0] for row in db.execute(BREAKDOWNS[by])]
