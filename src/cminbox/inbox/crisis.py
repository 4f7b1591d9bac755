"""Crisis mode: a colleague says that there is one, for a brand or for all of them, and every process keeps to it.

While it lasts rules pass over what comes in there, snoozes do not wake, and answers that wait for their turn rest; the
wave of its spike is pinned, and the templates of one folder stand on top. What a person does goes on as ever.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from cminbox.clock import from_ms, to_ms
from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.inbox.desk import Desk
from cminbox.store import crisis as store
from cminbox.store import spikes, waves
from cminbox.store.crisis import CrisisRow
from cminbox.store.database import Tx
from cminbox.store.spikes import Spike
from cminbox.store.waves import WaveRow


@dataclass(frozen=True)
class Crisis:
    """One crisis: `brand` "" for every brand, `until` None while it lasts."""

    id: int
    brand_id: int
    brand: str
    since: datetime
    by: str
    until: datetime | None
    ended_by: str


@dataclass(frozen=True)
class Rush:
    """A spike that lasts, with the wave most of it belongs to (None: of different things)."""

    spike: Spike
    wave: WaveRow | None


@dataclass(frozen=True)
class Alert:
    """What is unusual now: the crises and the spikes that last, and the waves that are pinned, newest first."""

    crises: tuple[Crisis, ...] = ()
    rushes: tuple[Rush, ...] = ()
    pinned: tuple[int, ...] = ()


async def now(desk: Desk) -> Alert:
    """What is unusual now, in one reading."""
    return await desk.store.read(_now)


async def begin(desk: Desk, brand: str = "") -> Crisis:
    """Say that there is a crisis (`brand` "": for every brand).

    Raises UsageError for a brand that there is not, Refused where one lasts there already.
    """
    number = await _brand(desk, brand)
    if not await desk.store.write(store.begin, number, desk.by_id):
        raise Refused(_("There is a crisis already."), _("`cminbox crisis off` ends it."))
    found = await desk.store.read(store.latest, number)
    assert found is not None
    return _crisis(found)


async def end(desk: Desk, brand: str | None = None) -> list[Crisis]:
    """Say that the crisis is over (`brand` None: every one that lasts). Returns those that ended.

    Raises UsageError for a brand that there is not, Refused where none lasts there.
    """
    number = None if brand is None else await _brand(desk, brand)
    ended = await desk.store.write(_end, number, desk.by_id)
    if not ended:
        raise Refused(_("There is no crisis."))
    return [_crisis(row) for row in ended]


async def latest(desk: Desk, brand: str | None = None) -> Crisis:
    """The newest crisis of a brand (None: of any), whether it lasts or not. Raises UsageError where there was none."""
    number = None if brand is None else await _brand(desk, brand)
    found = await desk.store.read(store.latest, number)
    if found is None:
        raise UsageError(_("There was no crisis."), _("`cminbox crisis on` begins one."))
    return _crisis(found)


async def pinned(desk: Desk) -> list[int]:
    """The waves that come first: those of spikes that last, or that a crisis was called for."""
    return await desk.store.read(store.pinned)


async def _brand(desk: Desk, name: str) -> int:
    if not name:
        return store.EVERY_BRAND
    found = await desk.store.read(store.brand_id, name)
    if found is None:
        raise UsageError(_("There is no brand {name}.").format(name=name), _("`cminbox accounts list` names them."))
    return found


def _end(tx: Tx, brand: int | None, by: int) -> list[CrisisRow]:
    ending = [row for row in store.lasting(tx.db) if brand in (None, row.brand_id)]
    for row in ending:
        store.end(tx, row.id, by)
    return ending


def _now(db: sqlite3.Connection) -> Alert:
    rushes = tuple(
        Rush(spike, waves.get(db, spike.cluster_id) if spike.cluster_id is not None else None)
        for spike in spikes.lasting(db)
    )
    return Alert(tuple(_crisis(row) for row in store.lasting(db)), rushes, tuple(store.pinned(db)))


def _crisis(row: CrisisRow) -> Crisis:
    until = None if row.ended_ms is None else from_ms(row.ended_ms)
    return Crisis(row.id, row.brand_id, row.brand, from_ms(row.began_ms), row.by, until, row.ended_by)


def milliseconds(crisis: Crisis, at: datetime) -> tuple[int, int]:
    """When a crisis began and ended (or the instant it is looked at), in ms."""
    return to_ms(crisis.since), to_ms(crisis.until or at)
