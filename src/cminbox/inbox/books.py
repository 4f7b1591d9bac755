"""What is kept beside the queue and looked after by hand: accounts, what was set aside, the database itself."""

from __future__ import annotations

from cminbox.inbox.desk import Desk
from cminbox.model.accounts import Account
from cminbox.store import accounts as account_store
from cminbox.store import health, set_aside
from cminbox.store.health import Health
from cminbox.store.set_aside import Aside


async def accounts(desk: Desk) -> list[Account]:
    """Every account, the one connected first before the others."""
    return await desk.store.read(account_store.all_accounts)


async def aside(desk: Desk, limit: int = 100) -> list[Aside]:
    """What could not be understood, newest first, with its raw text (not safe to show)."""
    return await desk.store.read(set_aside.rows, limit)


async def database(desk: Desk, *, thorough: bool = True) -> Health:
    """Whether the database is sound, how large it is and what it holds. `thorough` reads all of it."""
    return await desk.store.read(health.check, desk.store.path, thorough)
