"""Reading followers, likes and the like of one account: rarely, beside its messages and never in their way."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from cminbox.clock import Clock, to_ms
from cminbox.errors import NetworkError, StoreError
from cminbox.model.accounts import Account
from cminbox.store import figures
from cminbox.store.database import Store
from cminbox.sync.waiting import first

if TYPE_CHECKING:
    from cminbox.networks.base import Network

log = logging.getLogger(__name__)

PATIENCE_S: Final = 20.0
"""A round waits so long for figures that are being read."""

_STORE_RETRY_S: Final = 60.0
_SPARE: Final = 0.25
"""Figures are read only where so much of the network's budget of requests is left for messages."""
_SPARE_REQUESTS: Final = 20
"""The same, where the network does not say how large its budget is."""


class FigureReader:
    """Asks for the figures of one account every `every_s` seconds, over all processes and restarts.

    Whatever goes wrong waits for the next time: no figure is worth a message, or an account that pauses.
    """

    def __init__(self, store: Store, clock: Clock, account: Account, network: Network, every_s: float) -> None:
        self._store = store
        self._clock = clock
        self._account = account
        self._network = network
        self._every_s = every_s
        self._idle = asyncio.Event()

    @property
    def wanted(self) -> bool:
        """Whether there is anything to read: the connector knows figures, and the settings want them."""
        from cminbox.networks.base import Network

        return self._every_s > 0 and type(self._network).figures is not Network.figures

    async def run(self) -> None:
        """Read whenever it is time, until cancelled."""
        while True:
            try:
                wait_s = await self._wait_s()
                if wait_s <= 0:
                    self._idle.clear()
                    wait_s = await self._turn()
            except StoreError:
                log.exception("account %d: the figures cannot be kept now", self._account.id)
                wait_s = _STORE_RETRY_S
            self._idle.set()
            await self._clock.sleep(wait_s)

    async def settled(self) -> None:
        """Return when what was due is read, or after `PATIENCE_S`."""
        await first(self._clock, PATIENCE_S, self._idle)

    async def _wait_s(self) -> float:
        read_ms = await self._store.read(figures.last_read, self._account.id)
        if read_ms is None:
            return 0.0
        age_s = (to_ms(self._clock.now()) - read_ms) / 1000
        # A clock that was set back must not silence the figures until then.
        return self._every_s - age_s if age_s >= 0 else 0.0

    async def _turn(self) -> float:
        """Read now, unless messages need what is left of the budget; returns the seconds until the next time."""
        budget, now = self._network.budget, self._clock.now()
        if budget is not None and budget.reset > now:
            least = _SPARE_REQUESTS if budget.limit is None else budget.limit * _SPARE
            if budget.remaining < least:
                return (to_ms(budget.reset) - to_ms(now)) / 1000 + 1
        # Noted before: where asking ends badly, even with this process, the next time is as far away.
        await self._store.ingest(figures.note_read, self._account.id)
        await self._read()
        return self._every_s

    async def _read(self) -> None:
        try:
            found = await self._network.figures()
        except NetworkError as error:
            log.info("account %d: no figures this time: %s", self._account.id, type(error).__name__)
            return
        except Exception:
            log.exception("account %d: the figures cannot be read", self._account.id)
            return
        if found is not None:
            await self._store.ingest(figures.keep, self._account.id, found)
