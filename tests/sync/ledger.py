"""A store in memory, to take in changes without threads, and a picture of what it holds that does not name ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from cminbox.clock import to_ms
from cminbox.model.accounts import Account
from cminbox.model.base import Direction, Kind
from cminbox.model.changes import Batch, Change, Wrote
from cminbox.model.content import Author
from cminbox.store import accounts, conversations, waiting
from cminbox.store.database import Tx, connect, migrate, settle
from cminbox.sync.ingest import Ingested, apply

MEMORY = Path(":memory:")
CONNECTED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = CONNECTED + timedelta(hours=10)
ANA = Author(remote_id="ana", handle="ana", name="Ana")
BEN = Author(remote_id="ben", handle="ben", name="Ben")
BOT = Author(remote_id="bot", handle="bot", name="Bot", is_bot=True)
US = Author(remote_id="us", handle="us", name="Us", is_us=True)


@cache
def _empty() -> sqlite3.Connection:
    db = connect(MEMORY)
    migrate(db, MEMORY)
    return db


@dataclass
class Ledger:
    """One store with one account, connected at CONNECTED; it is NOW."""

    db: sqlite3.Connection
    account: Account

    @classmethod
    def open(cls, **fields: Any) -> Ledger:
        db = connect(MEMORY)
        _empty().backup(db)
        ledger = cls(db, None)  # type: ignore[arg-type]
        ledger.account = ledger.connect("acme", **fields)
        db.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, fts, col)")
        return ledger

    def connect(self, name: str, network: str = "mastodon", open_since: datetime | None = None) -> Account:
        opened = None if open_since is None else to_ms(open_since)
        account_id = self.write(accounts.add, name, network, "", "", {}, None, 0, opened, at=CONNECTED)
        return accounts.get(self.db, account_id)

    def write(self, fn: Any, *args: Any, at: datetime = NOW, **kwargs: Any) -> Any:
        self.db.execute("BEGIN")
        tx = Tx(self.db, to_ms(at))
        result = fn(tx, *args, **kwargs)
        settle(tx)
        self.db.execute("COMMIT")
        return result

    def tell(
        self, *changes: Change, account: Account | None = None, feed: str = "feed", at: datetime = NOW, **batch: Any
    ) -> Ingested:
        done: Ingested = self.write(
            apply,
            account or self.account,
            Batch(feed=feed, changes=changes, **batch),
            move_cursor=True,
            at=at,
        )
        return done

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.db.execute(sql, values)]

    def row(self, sql: str, *values: object) -> tuple[Any, ...]:
        (found,) = self.rows(sql, *values)
        return found

    def conversations(self) -> list[set[str]]:
        """The messages of each conversation, by remote id, the conversation begun first before the others."""
        found: dict[int, set[str]] = {}
        for conversation_id, remote_id in self.rows(
            "SELECT conversation_id, remote_id FROM message WHERE conversation_id IS NOT NULL ORDER BY 1"
        ):
            found.setdefault(conversation_id, set()).add(remote_id)
        return list(found.values())

    def waits(self) -> dict[str, str]:
        """Who waits for us with which message."""
        return dict(
            self.rows(
                "SELECT p.remote_id, m.remote_id FROM participant w JOIN person p ON p.id = w.person_id"
                " JOIN message m ON m.id = w.waits_message_id"
            )
        )

    def picture(self) -> dict[str, Any]:
        """Everything that must not depend on the order of arrival."""
        return {
            "conversations": sorted(self.rows(_CONVERSATIONS), key=repr),
            "messages": sorted(self.rows(_MESSAGES), key=repr),
            "people": sorted(self.rows(_PARTICIPANTS), key=repr),
            "responses": sorted(self.rows(_RESPONSES), key=repr),
            "buckets": sorted(self.rows("SELECT quarter, account_id, name, n FROM bucket"), key=repr),
            "gauges": sorted(self.rows(_GAUGES), key=repr),
            "early": sorted(self.rows("SELECT account_id, remote_id, change FROM early_change"), key=repr),
            "words": sorted(self.rows("SELECT * FROM words WHERE col != 'subject'"), key=repr),
        }


_NAME = "(SELECT group_concat(remote_id) FROM (SELECT remote_id FROM message WHERE conversation_id = c.id ORDER BY 1))"
_CONVERSATIONS = f"""SELECT {_NAME}, c.state, c.unread, c.is_private, c.is_history, c.kind, t.key, p.remote_id,
  s.remote_id, c.shown_ms, c.waits_ms, w.remote_id, c.last_ms, l.remote_id, c.first_in_ms, c.first_response_ms,
  c.due_ms
  FROM conversation c LEFT JOIN topic t ON t.id = c.topic_id LEFT JOIN person p ON p.id = c.person_id
  LEFT JOIN message s ON s.id = c.shown_message_id LEFT JOIN message w ON w.id = c.waits_message_id
  LEFT JOIN message l ON l.id = c.last_message_id"""
_MESSAGES = """SELECT m.remote_id, m.text, m.state, m.addressed, m.is_history, m.kind, m.at_ms, p.remote_id,
  a.remote_id, t.key, (SELECT group_concat(x) FROM (SELECT account_id || r.remote_id || coalesce(r.parent, '-')
    || coalesce(r.key, '-') AS x FROM remote r WHERE r.message_id = m.id ORDER BY 1))
  FROM message m LEFT JOIN message p ON p.id = m.parent_id LEFT JOIN person a ON a.id = m.person_id
  LEFT JOIN topic t ON t.id = m.topic_id"""
_GAUGES = """SELECT scope, CASE scope WHEN 'topic' THEN (SELECT key FROM topic WHERE id = scope_id) ELSE scope_id END,
  name, n FROM gauge WHERE n"""
_PARTICIPANTS = f"""SELECT {_NAME}, p.remote_id, w.answered_ms, w.waits_ms, m.remote_id FROM participant w
  JOIN conversation c ON c.id = w.conversation_id JOIN person p ON p.id = w.person_id
  LEFT JOIN message m ON m.id = w.waits_message_id WHERE w.answered_ms IS NOT NULL OR w.waits_ms IS NOT NULL"""
_RESPONSES = f"""SELECT m.remote_id, {_NAME}, r.replied_ms, r.first_took_ms, r.due_ms, r.target_s, q.remote_id
  FROM response r JOIN message m ON m.id = r.message_id JOIN conversation c ON c.id = r.conversation_id
  LEFT JOIN message q ON q.id = r.asked_message_id"""


def wrote(remote_id: str, minutes: float | None = 60, author: Author = ANA, **fields: Any) -> Wrote:
    """A message so many minutes after the connection."""
    fields.setdefault("direction", Direction.OUT if author.is_us else Direction.IN)
    fields.setdefault("kind", Kind.MENTION)
    fields.setdefault("text", f"text of {remote_id}")
    at = None if minutes is None else CONNECTED + timedelta(minutes=minutes)
    return Wrote(remote_id=remote_id, at=at, author=author, **fields)


def refresh(tx: Tx, conversation_id: int) -> None:
    """Bring everything that follows from a conversation's messages up to date."""
    conversations.newest(tx, conversation_id)
    conversations.privacy(tx, conversation_id)
    conversations.topic(tx, conversation_id)
    waiting.recompute(tx, conversation_id)


def after(minutes: float) -> datetime:
    """So many minutes after the connection."""
    return CONNECTED + timedelta(minutes=minutes)


def pieces(changes: Sequence[Change], cuts: Iterable[int]) -> list[Sequence[Change]]:
    """A sequence of changes cut at some places."""
    edges = [0, *sorted({cut % (len(changes) + 1) for cut in cuts}), len(changes)]
    return [changes[a:b] for a, b in pairwise(edges)]
