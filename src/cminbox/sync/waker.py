"""Wakes snoozed conversations on time, in whichever process holds the lease."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from cminbox.clock import Clock, to_ms
from cminbox.errors import StoreError
from cminbox.store import snoozes
from cminbox.store.database import Store
from cminbox.sync.waiting import first

log = logging.getLogger(__name__)

_RETRY_S: Final = 5.0
_LONGEST_S: Final = 3600.0
"""A longer sleep is cut into several: a machine that was suspended has another time when it goes on."""


class Waker:
    """Sleeps until the next conversation is due, and looks again whenever `look` is called."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._changed = asyncio.Event()

    def look(self) -> None:
        """Something changed: another conversation may be due sooner."""
        self._changed.set()

    async def wake(self) -> None:
        """Wake everything that is due now."""
        while await self._store.read(snoozes.is_due, to_ms(self._clock.now())):
            await self._store.write(snoozes.wake)

    async def run(self) -> None:
        """Wake conversations on time, until cancelled."""
        while True:
            self._changed.clear()
            await first(self._clock, await self._pause_s(), self._changed)

    async def _pause_s(self) -> float | None:
        try:
            await self.wake()
            due = await self._store.read(snoozes.next_ms)
        except StoreError:
            log.exception("snoozed conversations cannot be woken now")
            return _RETRY_S
        if due is None:
            return None
        return min(_LONGEST_S, max(0.001, (due - to_ms(self._clock.now())) / 1000))
