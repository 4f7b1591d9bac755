"""What is kept about accounts and their reading: for `accounts list` and `doctor`."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from cminbox.inbox.desk import Desk
from cminbox.model.accounts import Account
from cminbox.model.rows import FeedRow
from cminbox.store import accounts as account_store
from cminbox.store import cursors, health, set_aside
from cminbox.store.health import Health
from cminbox.store.set_aside import Aside


@dataclass(frozen=True)
class AccountBook:
    """One account with how far each of its feeds was read."""

    account: Account
    feeds: tuple[FeedRow, ...]


async def accounts(desk: Desk) -> list[Account]:
    """Every account, the one connected first before the others."""
    return await desk.store.read(account_store.all_accounts)


async def read_so_far(desk: Desk) -> list[AccountBook]:
    """Every account with its feeds."""
    return await desk.store.read(_books)


async def aside(desk: Desk, limit: int = 100) -> list[Aside]:
    """What could not be understood, newest first, with its raw text (not safe to show)."""
    return await desk.store.read(set_aside.rows, limit)


async def database(desk: Desk, *, thorough: bool = True) -> Health:
    """Whether the database is sound, how large it is and what it holds. `thorough` reads all of it."""
    return await desk.store.read(health.check, desk.store.path, thorough)


def _books(db: sqlite3.Connection) -> list[AccountBook]:
    return [
        AccountBook(account, tuple(cursors.rows(db, account.id))) for account in account_store.all_accounts(db)
    ]
