"""Reading clusters: which there are, who is in them, and how they were answered."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from cminbox.model.base import ActState
from cminbox.model.rows import PageKey


@dataclass(frozen=True)
class WaveRow:
    """One cluster. `text` is that of the conversation that waits longest (`first`), raw and whole.

    `answered_by` and `answered_batch` name the step that answered it as one, while that step counts; `template` is what
    it was answered with (None: plain texts).
    """

    id: int
    size: int
    text: str
    first: int
    brand: str
    answered_batch: int | None
    answered_by: int | None
    template: int | None


@dataclass(frozen=True)
class Member:
    """A conversation in a cluster, by the message that waits in it."""

    conversation_id: int
    message_id: int


_WAVE = """
SELECT c.id, c.size, c.first_ms, c.first_id, m.text, b.name AS brand, c.answered_batch, c.answered_by, c.answered_with,
  c.answered_batch IS NOT NULL AND EXISTS (
    SELECT 1 FROM journal j WHERE j.by = c.answered_by AND j.batch = c.answered_batch AND j.undone_by IS NULL)
  AS answered
FROM cluster c JOIN cluster_member k ON k.conversation_id = c.first_id JOIN message m ON m.id = k.message_id
JOIN conversation v ON v.id = c.first_id LEFT JOIN brand b ON b.id = v.brand_id
"""


def largest(db: sqlite3.Connection, at_least: int = 2, limit: int = 0) -> list[WaveRow]:
    """The clusters of `at_least` (two or more), the largest first, of equals the one that waits longest; 0: all."""
    found = db.execute(
        f"{_WAVE} WHERE c.size >= max(2, ?) ORDER BY c.size DESC, c.first_ms, c.first_id LIMIT ?",
        (at_least, limit or -1),
    )
    return [_wave(row) for row in found]


def get(db: sqlite3.Connection, cluster_id: int) -> WaveRow | None:
    """One cluster that is not empty, or None."""
    row = db.execute(f"{_WAVE} WHERE c.id = ?", (cluster_id,)).fetchone()
    return None if row is None else _wave(row)


def of_conversation(db: sqlite3.Connection, conversation_id: int) -> int | None:
    """The cluster that a conversation is in, or None."""
    row = db.execute("SELECT cluster_id FROM cluster_member WHERE conversation_id = ?", (conversation_id,)).fetchone()
    return row["cluster_id"] if row else None


def members(
    db: sqlite3.Connection, cluster_id: int, limit: int = 0, after: PageKey | None = None
) -> list[tuple[Member, int]]:
    """(member, since when it waits) of a cluster, who waits longest first, behind `after`; limit 0: all."""
    place = (after.sort_ms, after.id) if after is not None else (-(1 << 62), 0)
    return [
        (Member(row["conversation_id"], row["message_id"]), row["waits_ms"])
        for row in db.execute(
            "SELECT conversation_id, message_id, waits_ms FROM cluster_member"
            " WHERE cluster_id = ? AND (waits_ms, conversation_id) > (?, ?)"
            " ORDER BY waits_ms, conversation_id LIMIT ?",
            (cluster_id, *place, limit or -1),
        )
    ]


def is_member(db: sqlite3.Connection, cluster_id: int, one: Member) -> bool:
    """Whether a conversation is still in a cluster, by the same message."""
    return (
        db.execute(
            "SELECT 1 FROM cluster_member WHERE conversation_id = ? AND cluster_id = ? AND message_id = ?",
            (one.conversation_id, cluster_id, one.message_id),
        ).fetchone()
        is not None
    )


def answer_texts(db: sqlite3.Connection, wave: WaveRow) -> list[str]:
    """The texts that a cluster was answered with, the one used least first; empty where that was undone."""
    if wave.answered_batch is None:
        return []
    return [
        row["text"]
        for row in db.execute(
            "SELECT a.text, count(*) AS n FROM journal j JOIN act a ON a.id = j.act_id"
            " WHERE j.by = ? AND j.batch = ? AND j.undone_by IS NULL AND a.state != ?"
            " GROUP BY a.text ORDER BY n, min(a.id)",
            (wave.answered_by, wave.answered_batch, ActState.CANCELLED.value),
        )
    ]


def _wave(row: sqlite3.Row) -> WaveRow:
    answered = bool(row["answered"])
    return WaveRow(
        id=row["id"],
        size=row["size"],
        text=row["text"],
        first=row["first_id"],
        brand=row["brand"] or "",
        answered_batch=row["answered_batch"] if answered else None,
        answered_by=row["answered_by"] if answered else None,
        template=row["answered_with"] if answered else None,
    )
