"""Conversations as rows of the queue, filled in from the tables around them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cminbox.clock import from_ms
from cminbox.model.base import ActState, ConversationState, Kind, TimePrecision
from cminbox.model.rows import PageKey, QueueRow
from cminbox.model.views import Page
from cminbox.text import fold

SHOWN_CHARACTERS = 500

_ROWS = """
SELECT c.id, c.account_id, c.kind, c.state, c.shown_ms, c.waits_ms, c.due_ms, c.unread, c.star, c.is_private,
       n.name AS network, a.name AS account, a.expires_ms, b.name AS brand, w.name AS assignee,
       p.handle, p.name AS person_name,
       t.title AS topic_title, substr(CAST(t.text AS BLOB), 1, 2000) AS topic_text,
       substr(CAST(m.text AS BLOB), 1, 2000) AS text, m.precision,
       x.state AS act_state, x.send_at_ms AS act_send_at_ms,
       (SELECT json_group_array(k.name) FROM draft d JOIN colleague k ON k.id = d.by
        WHERE d.conversation_id = c.id AND d.audience <> 'note' AND d.text <> '') AS drafted,
       (SELECT json_group_array(k.name) FROM presence e JOIN colleague k ON k.id = e.colleague_id
        WHERE e.conversation_id = c.id) AS replying,
       (SELECT json_group_array(k.name) FROM message o INDEXED BY message_notes
        JOIN note_mention e ON e.message_id = o.id AND e.unread JOIN colleague k ON k.id = e.colleague_id
        WHERE o.conversation_id = c.id AND o.audience = 'note') AS named,
       EXISTS (SELECT 1 FROM message o INDEXED BY message_notes
               WHERE o.conversation_id = c.id AND o.audience = 'note') AS noted,
       k.id AS cluster_id, k.size AS cluster_size,
       k.answered_batch IS NOT NULL AND EXISTS (
         SELECT 1 FROM journal j WHERE j.by = k.answered_by AND j.batch = k.answered_batch AND j.undone_by IS NULL)
       AS cluster_answered,
       (SELECT json_group_array(g.name) FROM conversation_tag o JOIN tag g ON g.id = o.tag_id
        WHERE o.conversation_id = c.id) AS tags
FROM json_each(?) wanted
CROSS JOIN conversation c ON c.id = wanted.value
JOIN account a ON a.id = c.account_id
JOIN network n ON n.id = c.network_id
LEFT JOIN brand b ON b.id = c.brand_id
LEFT JOIN colleague w ON w.id = c.assignee
LEFT JOIN person p ON p.id = c.person_id
LEFT JOIN topic t ON t.id = c.topic_id
LEFT JOIN message m ON m.id = c.shown_message_id
LEFT JOIN cluster_member i ON i.conversation_id = c.id
LEFT JOIN cluster k ON k.id = i.cluster_id
LEFT JOIN act x ON x.id = (
  SELECT y.id FROM act y INDEXED BY act_of_conversation
  WHERE y.conversation_id = c.id AND y.state IN ('held', 'queued', 'sending', 'uncertain', 'review', 'failed')
  ORDER BY y.id DESC LIMIT 1)
"""


@dataclass(frozen=True)
class Found:
    """Conversations that belong on a page: id -> place (the sort value), in the order they were found."""

    places: dict[int, int]
    reached: PageKey | None = None

    def page(self, db: sqlite3.Connection, *, backwards: bool = False) -> Page:
        """The page of them; `backwards` when they were found from its end."""
        ids = reversed(self.places) if backwards else self.places
        return Page(rows(db, ids, self.places), reached=self.reached)


def rows(db: sqlite3.Connection, ids: Iterable[int], sort: Mapping[int, int] | None = None) -> list[QueueRow]:
    """The rows of these conversations in the order given; ids that are not there are left out.

    `sort` gives their place in the page they are for (`sort_ms`), the time of the shown message where it does not.
    """
    wanted = list(ids)
    found = {row["id"]: row for row in db.execute(_ROWS, (json.dumps(wanted),))}
    places = sort or {}
    return [_row(found[one], places.get(one)) for one in wanted if one in found]


def _row(row: sqlite3.Row, sort_ms: int | None) -> QueueRow:
    return QueueRow(
        id=row["id"],
        network=row["network"],
        account=row["account"],
        account_id=row["account_id"],
        brand=row["brand"] or "",
        kind=Kind(row["kind"]),
        state=ConversationState(row["state"]),
        person=row["handle"] or row["person_name"] or "",
        text=_start(row["text"]),
        at=from_ms(row["shown_ms"]),
        precision=TimePrecision(row["precision"] or "instant"),
        waits_since=None if row["waits_ms"] is None else from_ms(row["waits_ms"]),
        unread=bool(row["unread"]),
        star=bool(row["star"]),
        is_private=bool(row["is_private"]),
        tags=tuple(sorted(json.loads(row["tags"]), key=fold)),
        assignee=row["assignee"],
        replying=_names(row["replying"]),
        drafted=_names(row["drafted"]),
        named=_names(row["named"]),
        **_cluster(row),
        topic=row["topic_title"] or _start(row["topic_text"]),
        noted=bool(row["noted"]),
        countdown_at=None if row["due_ms"] is None else from_ms(row["due_ms"]),
        token_ends_at=None if row["expires_ms"] is None else from_ms(row["expires_ms"]),
        act=None if row["act_state"] is None else ActState(row["act_state"]),
        act_send_at=None if row["act_send_at_ms"] is None else from_ms(row["act_send_at_ms"]),
        sort_ms=row["shown_ms"] if sort_ms is None else sort_ms,
    )


def _names(packed: str) -> tuple[str, ...]:
    """Names from JSON, each once."""
    return () if packed == "[]" else tuple(dict.fromkeys(json.loads(packed)))


def _cluster(row: sqlite3.Row) -> dict[str, Any]:
    """What of its cluster shows: one that holds nothing else, and was not answered as one, does not."""
    size, answered = row["cluster_size"] or 0, bool(row["cluster_answered"])
    if size < 2 and not answered:
        return {}
    return {"cluster": row["cluster_id"], "cluster_size": size, "cluster_answered": answered}


def _start(text: bytes | None) -> str:
    """The first characters of a text that was read as bytes: SQLite's own substr of a text ends at a NUL."""
    return (text or b"").decode("utf-8", "ignore")[:SHOWN_CHARACTERS]
