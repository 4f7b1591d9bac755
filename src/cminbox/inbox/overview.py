"""What is listed beside the queue: the accounts; and what happens to one's own acts on leaving."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cminbox.inbox.desk import Desk
from cminbox.model.accounts import Account, Allowance
from cminbox.model.base import ActState
from cminbox.model.rows import ActRow, FeedRow
from cminbox.store import accounts, clusters, counters, cursors, outbox
from cminbox.store.database import Tx

LEAVING = (ActState.HELD, ActState.QUEUED)
"""The states of an act that has yet to leave."""


@dataclass(frozen=True)
class AccountLine:
    """An account with how far its feeds were read, and what its network still takes (None: it never said)."""

    account: Account
    feeds: tuple[FeedRow, ...] = ()
    allowance: Allowance | None = None


@dataclass(frozen=True)
class Drift:
    """Where what is kept differs from a recount: counters by name (kept minus counted), and waves in words."""

    counters: Mapping[str, int]
    waves: tuple[str, ...]


async def all_accounts(desk: Desk) -> list[AccountLine]:
    """Every account, imports too."""
    return await desk.store.read(_accounts)


async def drift(desk: Desk) -> Drift:
    """Compare counters and waves with a recount. Reads everything."""
    return await desk.store.read(_drift)


async def my_leaving(desk: Desk) -> list[ActRow]:
    """My acts that have yet to leave."""
    return await desk.store.read(outbox.rows, LEAVING, desk.by_id)


async def send_now(desk: Desk, ids: Sequence[int]) -> int:
    """End the hold of acts of mine, so that they go at once; returns how many it was."""
    return await desk.store.write(_send_now, tuple(ids), desk.by_id)


def _accounts(db: sqlite3.Connection) -> list[AccountLine]:
    allowances = accounts.allowances(db)
    return [
        AccountLine(account, tuple(cursors.rows(db, account.id)), allowances.get(account.id))
        for account in accounts.all_accounts(db)
    ]


def _drift(db: sqlite3.Connection) -> Drift:
    off = counters.drift(db)
    return Drift(
        {f"{gauge.scope}:{gauge.scope_id}:{gauge.name}": n for gauge, n in sorted(off.items())},
        tuple(clusters.drift(db)),
    )


def _send_now(tx: Tx, ids: tuple[int, ...], by: int) -> int:
    moved = [outbox.move(tx, each, ActState.HELD, ActState.QUEUED, by=by, send_at_ms=tx.now_ms) for each in ids]
    return sum(moved)
