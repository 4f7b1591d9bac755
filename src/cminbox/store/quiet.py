"""What happened in a colleague's quiet hours: kept until they are over, and what of it still stands then."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cminbox.config.notify import Event
from cminbox.store import conversations
from cminbox.store.database import Tx
from cminbox.store.notices import Happened


def kept(db: sqlite3.Connection) -> dict[int, list[Happened]]:
    """What is kept, by colleague."""
    found: dict[int, list[Happened]] = {}
    for row in db.execute(
        "SELECT colleague_id, event, conversation_id, act_id, account, brand FROM notice_kept"
        " ORDER BY colleague_id, event, conversation_id, act_id, account, brand"
    ):
        happened = Happened(
            Event(row[1]), conversation=row[2] or None, act=row[3] or None, account=row[4], brand=row[5]
        )
        found.setdefault(row[0], []).append(happened)
    return found


def keep(tx: Tx, colleague: int, happened: Iterable[Happened]) -> None:
    """Keep what a colleague is not told now; the same once."""
    tx.db.executemany(
        "INSERT OR IGNORE INTO notice_kept (colleague_id, event, conversation_id, act_id, account, brand)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (colleague, each.event.value, each.conversation or 0, each.act or 0, each.account, each.brand)
            for each in happened
        ],
    )


def drop(tx: Tx, colleague: int) -> None:
    """A colleague was told."""
    tx.db.execute("DELETE FROM notice_kept WHERE colleague_id = ?", (colleague,))


def standing(
    db: sqlite3.Connection, happened: Iterable[Happened], colleague: int, now_ms: int, soon_ms: int
) -> list[Happened]:
    """What of this is still so, each thing once: late, mine and not dealt with, unread, lasting, paused, failed."""
    found = (each for each in happened if _stands(db, each, colleague, now_ms, soon_ms))
    return list({(each.event, each.conversation, each.act, each.account, each.brand): each for each in found}.values())


def _stands(db: sqlite3.Connection, each: Happened, colleague: int, now_ms: int, soon_ms: int) -> bool:
    given: tuple[int, ...]
    match each.event:
        case Event.LATE | Event.LATE_SOON:
            late = each.event is Event.LATE
            sql = (
                "SELECT 1 FROM conversation WHERE id = ?1 AND coalesce(assignee, ?2) = ?2"
                " AND due_ms > ?3 AND due_ms <= ?4"
            )
            given = (colleague, 0 if late else now_ms, now_ms if late else now_ms + soon_ms)
        case Event.ASSIGNED:
            sql = "SELECT 1 FROM conversation WHERE id = ? AND assignee = ? AND state NOT IN ('done', 'spam')"
            given = (colleague,)
        case Event.NAMED:
            sql = (
                "SELECT 1 FROM note_mention n INDEXED BY note_mention_unread JOIN message m ON m.id = n.message_id"
                " WHERE m.conversation_id = ? AND n.colleague_id = ? AND n.unread"
            )
            given = (colleague,)
        case Event.SPIKE:
            sql = (
                "SELECT 1 FROM spike s LEFT JOIN brand b ON b.id = s.brand_id"
                " WHERE s.ended_ms IS NULL AND coalesce(b.name, '') = ?"
            )
            return db.execute(sql, (each.brand,)).fetchone() is not None
        case Event.ACCOUNT_PAUSED:
            sql = "SELECT 1 FROM account WHERE name = ? AND state = 'paused'"
            return db.execute(sql, (each.account,)).fetchone() is not None
        case Event.FAILED | Event.UNCERTAIN:
            sql = "SELECT 1 FROM act WHERE id = ? AND state = ?"
            return db.execute(sql, (each.act, each.event.value)).fetchone() is not None
    place = conversations.resolve(db, each.conversation)
    return db.execute(sql, (place, *given)).fetchone() is not None
