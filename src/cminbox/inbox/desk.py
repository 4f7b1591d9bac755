"""The desk: who works, on which store, by which settings. Every verb takes it first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cminbox.clock import Clock
from cminbox.config.settings import Settings
from cminbox.model.accounts import Abilities, Account
from cminbox.store import accounts, journal
from cminbox.store.database import Store

if TYPE_CHECKING:
    from cminbox.inbox.bulk import Course


@dataclass(frozen=True)
class Desk:
    """One colleague's place. `by` is the name, `by_id` its row.

    `course`: what the next call of a verb is a part of (inbox.bulk): it is watched, can be stopped, and several calls
    on the same course are one step for undo.
    """

    store: Store
    clock: Clock
    settings: Settings
    by: str
    by_id: int
    course: Course | None = None


async def desk_open(store: Store, clock: Clock, settings: Settings, by: str) -> Desk:
    """Sit down as the colleague `by`, who is entered on the first time."""
    by_id = await store.read(journal.colleague, by)
    if by_id is None:
        by_id = await store.write(accounts.colleague_id, by)
    return Desk(store, clock, settings, by, by_id)


def abilities_of(account: Account) -> Abilities:
    """What an account can do as far as its network said; nothing while it never did."""
    return account.profile.abilities if account.profile else Abilities()
