"""Reads and sends, as long as this process holds the lease; waits for it where another one does."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from cminbox.clock import Clock
from cminbox.config.settings import Settings
from cminbox.errors import Refused, StoreError
from cminbox.i18n import _
from cminbox.store import outbox, rounds
from cminbox.store.database import Store
from cminbox.sync.beside import Beside
from cminbox.sync.connect import Connector
from cminbox.sync.events import Hub, LeaseChanged
from cminbox.sync.lease import Lease
from cminbox.sync.summary import SyncSummary
from cminbox.sync.tenure import Tenure
from cminbox.sync.waiting import first

log = logging.getLogger(__name__)

LEASE_S: Final = 0.15
"""Seconds of real time between two tries to take the lease."""


class Engine:
    """The engine of one process. `run` until `stop`; `once` for a single round, with or without the lease.

    Somebody must run a Watch on the same hub: it is what tells the engine of changes.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        connector: Connector,
        lease: Lease,
        hub: Hub,
        wall: Clock,
        beside: Beside | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._connector = connector
        self._lease = lease
        self._hub = hub
        self._wall = wall
        self._beside = beside
        self._tenure: Tenure | None = None
        self._beginning = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()

    @property
    def holds_lease(self) -> bool:
        """Whether this process reads and sends now."""
        return self._tenure is not None

    async def run(self) -> None:
        """Read and send whenever the lease can be had, until `stop`."""
        self._stopping.clear()
        self._ended.clear()
        try:
            while not self._stopping.is_set():
                if not await self._one_tenure():
                    await first(self._wall, LEASE_S, self._stopping)
        finally:
            self._ended.set()

    async def stop(self) -> None:
        """End `run`: what is on its way is waited for, then the lease is given back."""
        self._stopping.set()
        await self._ended.wait()

    async def once(self) -> SyncSummary:
        """One round of reading and sending, here or by whoever holds the lease; returns what came of it.

        Raises Refused where only another user could, and does not.
        """
        if self._tenure is not None:
            return await self._tenure.round()
        wish: int | None = None
        while not self._stopping.is_set():
            tenure = await self._begin()
            if tenure is not None:
                return await self._own_round(tenure)
            if self._tenure is not None:
                return await self._tenure.round()
            if (keeper := self._connector.keeper) and not self._lease.somebody_holds():
                raise Refused(
                    _("The tokens here belong to {name}, who does not read and send now.").format(name=keeper),
                    _("Let {name} run `cminbox sync`.").format(name=keeper),
                )
            if wish is None:
                wish = await self._store.write(rounds.ask)
            result = await self._store.read(rounds.result, wish)
            if result is not None:
                return SyncSummary.from_json(result)
            await first(self._wall, LEASE_S, self._stopping)
        raise Refused(_("The round was broken off."))

    def read_now(self) -> None:
        """Read every feed now; does nothing without the lease."""
        if self._tenure is not None:
            self._tenure.read_now()

    async def refresh_thread(self, conversation_id: int) -> bool:
        """Ask the network what stands around a conversation; False without the lease, or where it cannot be asked."""
        return self._tenure is not None and await self._tenure.refresh_thread(conversation_id)

    async def _one_tenure(self) -> bool:
        """Hold the lease until stopped or lost; False where it could not be had."""
        try:
            tenure = await self._begin()
        except StoreError:
            log.exception("the lease cannot be taken now")
            return False
        if tenure is None:
            return False
        tasks = [
            asyncio.create_task(tenure.work()),
            asyncio.create_task(_set(self._stopping)),
            asyncio.create_task(_set(tenure.lost)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._end(tenure)
        return True

    async def _own_round(self, tenure: Tenure) -> SyncSummary:
        work = asyncio.create_task(tenure.work())
        try:
            found = await tenure.round()
            if self._beside is not None:
                await self._beside.finish()
            return found
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await self._end(tenure)

    async def _begin(self) -> Tenure | None:
        """Take the lease and begin its epoch; None where somebody has it, another part of this process among them, or
        the secrets are another user's.
        """
        async with self._beginning:
            if self._tenure is not None or self._connector.keeper or not self._lease.try_take():
                return None
            try:
                epoch = await self._store.write(outbox.take_over)
                if self._beside is not None:
                    await self._beside.begin()
            except BaseException:
                self._lease.give()
                raise
            self._tenure = Tenure(
                self._store,
                self._clock,
                self._connector,
                self._hub,
                epoch=epoch,
                stale_after_s=self._settings.sending.stale_after_s,
                figures_s=self._settings.figures.every_s,
                beside=self._beside,
            )
        self._hub.post(LeaseChanged(held=True))
        return self._tenure

    async def _end(self, tenure: Tenure) -> None:
        try:
            if self._beside is not None:
                await self._beside.stop()
            await tenure.stop()
        finally:
            self._tenure = None
            self._lease.give()
            self._hub.post(LeaseChanged(held=False))


async def _set(event: asyncio.Event) -> None:
    await event.wait()
