"""What the store holds, beside what a network says it holds: for the drill and for tests of the whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from cminbox.inbox.desk import Desk
from cminbox.store import accounts, health, messages


@dataclass(frozen=True)
class Holdings:
    """How much the store holds."""

    conversations: int
    messages_in: int


async def holdings(desk: Desk) -> Holdings:
    """Count conversations and inbound messages; reads the whole table, so not for a screen."""
    return await desk.store.read(_holdings)


async def unknown(desk: Desk, account: str, remote_ids: Sequence[str]) -> list[str]:
    """Those of an account's remote ids that the store does not know."""
    return await desk.store.read(_unknown, account, remote_ids)


def _holdings(db: sqlite3.Connection) -> Holdings:
    return Holdings(*health.holdings(db))


def _unknown(db: sqlite3.Connection, account: str, remote_ids: Sequence[str]) -> list[str]:
    found = accounts.by_name(db, account)
    if found is None:
        return list(remote_ids)
    return [one for one in remote_ids if messages.find_remote(db, found.id, one) is None]
