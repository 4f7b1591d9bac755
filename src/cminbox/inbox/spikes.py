"""The watch of arrivals: announces a spike once, follows it, and says when it is over.

What is known of spikes lies in the store, so that whichever process holds the lease goes on where another stopped, and
a restart announces nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from cminbox.clock import to_ms
from cminbox.config.settings import Spikes
from cminbox.errors import StoreError
from cminbox.inbox.desk import Desk
from cminbox.insight.spikes import Alarm, Watch, look, read
from cminbox.store import journal, spikes
from cminbox.store.database import Tx
from cminbox.store.spikes import Arrivals, Spike

log = logging.getLogger(__name__)

LOOK_S: Final = 20.0
"""How often arrivals are looked at: a spike is announced well within a minute."""
SPIKE: Final = "spike"
CALM: Final = "calm"
"""What the journal calls a spike that begins and one that ends; nobody's doing."""


class SpikeWatch:
    """Looks at the arrivals of every brand, in the process that holds the lease."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await self.look()
            except StoreError:
                log.exception("arrivals cannot be looked at now")
            await self._desk.clock.sleep(LOOK_S)

    async def look(self) -> list[Spike]:
        """Look once. Returns the spikes that this look announces."""
        now_ms = to_ms(self._desk.clock.now())
        alarm = alarm_of(self._desk.settings.spikes)
        found: list[Spike] = []
        for each in await self._desk.store.read(spikes.arrivals, now_ms):
            last = await self._desk.store.read(spikes.latest, each.brand_id)
            before = _watch(last)
            after, announced = look(before, read(each.count, each.history, each.alike), alarm, now_ms)
            if announced:
                found.append(await self._desk.store.write(_begin, each))
            elif last is not None and after != before:
                await self._desk.store.write(_end, last.id)
            elif last is not None and last.ended_ms is None and each.count > last.peak:
                await self._desk.store.ingest(spikes.follow, last.id, each.count)
            await asyncio.sleep(0)
        return found


async def announced(desk: Desk) -> int:
    """How many spikes were announced so far."""
    return len(await desk.store.read(spikes.between, 0, to_ms(desk.clock.now()) + 1))


def alarm_of(settings: Spikes) -> Alarm:
    """From when on the settings call arrivals a spike."""
    return Alarm(least=settings.least, score=settings.score, cool_down_s=settings.cool_down_s, alike=settings.alike)


def _watch(last: Spike | None) -> Watch:
    if last is None:
        return Watch()
    return Watch(last.began_ms if last.ended_ms is None else None, last.began_ms)


def _begin(tx: Tx, arrivals: Arrivals) -> Spike:
    reading = read(arrivals.count, arrivals.history)
    spikes.begin(tx, arrivals.brand_id, reading.count, reading.usual)
    journal.write(tx, SPIKE, None, None)
    last = spikes.latest(tx.db, arrivals.brand_id)
    assert last is not None
    return last


def _end(tx: Tx, spike_id: int) -> None:
    spikes.end(tx, spike_id)
    journal.write(tx, CALM, None, None)
