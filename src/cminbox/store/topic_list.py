"""Topics as a list of work: how many conversations under each are open and unanswered, and the campaign of each."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from cminbox.store.database import Tx
from cminbox.text import storable


@dataclass(frozen=True)
class TopicCount:
    """A topic by id with its account, and the conversations under it by state of work."""

    topic: int
    account: str
    network: str
    open: int
    unanswered: int
    conversations: int


def counts(db: sqlite3.Connection, limit: int, campaigns: Sequence[str] | None = None) -> list[TopicCount]:
    """Topics with open conversations, those with the most first; all those of some `campaigns` (as they are written).

    Read from the gauges: the cost does not grow with the conversations.
    """
    if campaigns is None:
        found = db.execute(
            "SELECT scope_id FROM gauge INDEXED BY gauge_of_topics WHERE scope = 'topic' AND name = 'open' AND n > 0"
            " ORDER BY n DESC LIMIT ?",
            (limit,),
        )
    else:
        marks = ",".join("?" * len(campaigns))
        found = db.execute(f"SELECT id FROM topic WHERE campaign IN ({marks}) LIMIT ?", (*campaigns, limit))
    rows = [_count(db, row[0]) for row in found.fetchall()]
    return sorted(rows, key=lambda row: (-row.unanswered, -row.open, row.topic))


def campaigns(db: sqlite3.Connection) -> list[str]:
    """Every campaign that some topic belongs to."""
    return [row[0] for row in db.execute("SELECT DISTINCT campaign FROM topic WHERE campaign IS NOT NULL ORDER BY 1")]


def set_campaign(tx: Tx, topic_id: int, campaign: str | None) -> None:
    """Let a topic, and with it the conversations under it, belong to a campaign, or to none."""
    name = storable(campaign) if campaign else None
    tx.db.execute("UPDATE topic SET campaign = ? WHERE id = ?", (name, topic_id))


def _count(db: sqlite3.Connection, topic_id: int) -> TopicCount:
    where = db.execute(
        "SELECT a.name AS account, n.name AS network FROM topic t JOIN account a ON a.id = t.account_id"
        " JOIN network n ON n.id = a.network_id WHERE t.id = ?",
        (topic_id,),
    ).fetchone()
    gauges = dict(
        db.execute("SELECT name, n FROM gauge WHERE scope = 'topic' AND scope_id = ?", (topic_id,)).fetchall()
    )
    return TopicCount(
        topic=topic_id,
        account=where["account"],
        network=where["network"],
        open=gauges.get("open", 0),
        unanswered=gauges.get("unanswered", 0),
        conversations=sum(gauges.get(state, 0) for state in ("open", "snoozed", "waiting", "done", "spam")),
    )
