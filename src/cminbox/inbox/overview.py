"""What is listed beside the queue: the accounts, the journal; and what happens to one's own acts on leaving."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cminbox.clock import from_ms
from cminbox.inbox.desk import Desk
from cminbox.model.accounts import Account
from cminbox.model.base import ActState
from cminbox.model.rows import ActRow, FeedRow
from cminbox.store import accounts, cursors, journal, outbox, queue
from cminbox.store.database import Tx

LEAVING = (ActState.HELD, ActState.QUEUED)
"""The states of an act that has yet to leave."""


@dataclass(frozen=True)
class AccountLine:
    """An account with how far its feeds were read."""

    account: Account
    feeds: tuple[FeedRow, ...] = ()


@dataclass(frozen=True)
class JournalLine:
    """One entry of the journal. `by` is empty for what no colleague did; `person` (raw) is whose conversation it is."""

    at: datetime
    verb: str
    by: str
    conversation: int | None
    person: str = ""
    undone: bool = False


async def all_accounts(desk: Desk) -> list[AccountLine]:
    """Every account, imports too."""
    return await desk.store.read(_accounts)


async def latest(desk: Desk, limit: int = 300) -> list[JournalLine]:
    """The newest entries of the journal, newest first."""
    return await desk.store.read(_latest, limit)


async def my_leaving(desk: Desk) -> list[ActRow]:
    """My acts that have yet to leave."""
    return await desk.store.read(outbox.rows, LEAVING, desk.by_id)


async def send_now(desk: Desk, ids: Sequence[int]) -> int:
    """End the hold of acts of mine, so that they go at once; returns how many it was."""
    return await desk.store.write(_send_now, tuple(ids), desk.by_id)


def _accounts(db: sqlite3.Connection) -> list[AccountLine]:
    return [AccountLine(account, tuple(cursors.rows(db, account.id))) for account in accounts.all_accounts(db)]


def _latest(db: sqlite3.Connection, limit: int) -> list[JournalLine]:
    entries = journal.latest(db, limit)
    names = journal.colleagues(db, [entry.by for entry in entries if entry.by is not None])
    wanted = dict.fromkeys(entry.conversation_id for entry in entries if entry.conversation_id is not None)
    people = {row.id: row.person for row in queue.rows(db, list(wanted))}
    return [
        JournalLine(
            from_ms(entry.at_ms),
            entry.verb,
            names.get(entry.by or 0, ""),
            entry.conversation_id,
            people.get(entry.conversation_id or 0, ""),
            entry.undone_by is not None,
        )
        for entry in entries
    ]


def _send_now(tx: Tx, ids: tuple[int, ...], by: int) -> int:
    moved = [outbox.move(tx, each, ActState.HELD, ActState.QUEUED, by=by, send_at_ms=tx.now_ms) for each in ids]
    return sum(moved)
