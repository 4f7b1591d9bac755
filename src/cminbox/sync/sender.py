"""The sender: one lane for each account whose network is open; accounts do not wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from cminbox.model.accounts import Account
from cminbox.sync.lane import Lane
from cminbox.sync.office import LeaseLostError, Office

if TYPE_CHECKING:
    from cminbox.networks.base import Network


class Sender:
    """Works the outbox under one lease. `lost` is called once when another process turns out to have taken over."""

    def __init__(self, office: Office, lost: Callable[[], None]) -> None:
        self._office = office
        self._lost = lost
        self._lanes: dict[int, tuple[Lane, asyncio.Task[None]]] = {}

    @property
    def accounts(self) -> frozenset[int]:
        """The ids of the accounts that can send now."""
        return frozenset(self._lanes)

    def attach(self, account: Account, network: Network) -> None:
        """Begin to send for an account."""
        lane = Lane(self._office, account, network)
        self._lanes[account.id] = (lane, asyncio.create_task(self._run(lane), name=f"lane-{account.id}"))

    async def detach(self, account_id: int) -> None:
        """Begin nothing more for an account; returns when what is on its way was written down."""
        found = self._lanes.pop(account_id, None)
        if found is not None:
            lane, task = found
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await lane.settled()

    async def stop(self) -> None:
        """Detach every account."""
        await asyncio.gather(*(self.detach(account_id) for account_id in tuple(self._lanes)))

    def wake(self) -> None:
        """The outbox may have changed."""
        for lane, _task in self._lanes.values():
            lane.wake()

    async def _run(self, lane: Lane) -> None:
        try:
            await lane.run()
        except LeaseLostError:
            self._lost()
