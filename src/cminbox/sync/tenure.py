"""One holding of the lease: every active account at work, from the moment it was taken until it is given back."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Final

from cminbox.clock import Clock, to_ms
from cminbox.errors import AuthExpired, StoreError
from cminbox.i18n import _
from cminbox.model.accounts import Account
from cminbox.model.base import AccountState, ActState
from cminbox.store import accounts, intents, outbox, rounds
from cminbox.store.database import Store
from cminbox.sync.beside import Beside
from cminbox.sync.connect import Connector
from cminbox.sync.events import ConnectionChanged, Hub, StoreChanged
from cminbox.sync.office import Office
from cminbox.sync.sender import Sender
from cminbox.sync.station import Station, Yard
from cminbox.sync.summary import SyncSummary
from cminbox.sync.waker import Waker

log = logging.getLogger(__name__)

PATIENCE_MS: Final = 60_000
"""A round waits for acts that may go within this time; what waits longer is left."""

_STORE_RETRY_S: Final = 1.0


class Tenure:
    """Reads and sends for all accounts, under one epoch. `lost` is set when another process took over."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        connector: Connector,
        hub: Hub,
        *,
        epoch: int,
        stale_after_s: float,
        figures_s: float,
        chance: Callable[[], float] = random.random,
        beside: Beside | None = None,
    ) -> None:
        self.lost = asyncio.Event()
        self._store = store
        self._clock = clock
        self._connector = connector
        self._hub = hub
        self._epoch = epoch
        self._beside = beside
        self._progress = asyncio.Event()
        self._stations: dict[int, tuple[Station, asyncio.Task[None]]] = {}
        self._chores: set[asyncio.Task[None]] = set()
        self._closing: set[int] = set()
        self._pausing: set[int] = set()
        self._over = False
        self._gone_in = 0
        self._fulfilling = False
        office = Office(
            store,
            clock,
            epoch,
            stale_after_s,
            post=self._hub.post,
            expired=self._expired,
            progressed=self._progress.set,
            chance=chance,
        )
        self._sender = Sender(office, self.lost.set)
        self._waker = Waker(store, clock)
        self._yard = Yard(store, clock, connector, self._sender, self._hub.post, self._expired, chance, figures_s)

    async def work(self) -> None:
        """Look after accounts and wishes whenever the store changes, until cancelled."""
        listener = self._hub.subscribe()
        waking = asyncio.create_task(self._waker.run(), name="waker")
        try:
            await self._look()
            async for event in listener:
                if isinstance(event, StoreChanged):
                    self._waker.look()
                    await self._look()
        finally:
            waking.cancel()
            await asyncio.gather(waking, return_exceptions=True)
            listener.close()

    async def stop(self) -> None:
        """End everything in order: no new sends, those under way written down, networks closed."""
        self._over = True
        await asyncio.gather(*(self._close(account_id) for account_id in tuple(self._stations)))
        while self._chores:
            await asyncio.gather(*self._chores, return_exceptions=True)

    async def round(self) -> SyncSummary:
        """Read every feed once, and stay until no act that may go now is on its way (screen.md, `sync --once`)."""
        mark = await self._store.read(outbox.history_mark)
        read_before = self._messages_in()
        await self._refresh()
        stations = [station for station, _task in self._stations.values()]
        errors = [error for found in await asyncio.gather(*(s.round() for s in stations)) for error in found]
        if self._beside is not None:
            await self._beside.after_reading()
        await self._quiet()
        await asyncio.gather(*(station.counted() for station in stations))
        counts = await self._store.read(outbox.counts)
        return SyncSummary(
            accounts=len(stations),
            messages_in=self._messages_in() - read_before,
            acts_sent=await self._store.read(outbox.finished_since, ActState.SENT, mark),
            acts_failed=await self._store.read(outbox.finished_since, ActState.FAILED, mark),
            acts_uncertain=counts.get(ActState.UNCERTAIN, 0),
            acts_review=counts.get(ActState.REVIEW, 0),
            acts_waiting=counts.get(ActState.HELD, 0) + counts.get(ActState.QUEUED, 0),
            errors=tuple(errors),
        )

    def read_now(self) -> None:
        """Read every feed as soon as possible, without waiting for it."""
        for station, _task in self._stations.values():
            station.round()

    async def refresh_thread(self, conversation_id: int) -> bool:
        """Ask what stands around the newest message of a conversation; True where the network was asked."""
        found = await self._store.read(intents.about, conversation_id)
        if found is None:
            return False
        account_id, target = found
        station = self._stations.get(account_id)
        return station is not None and await station[0].refresh(target)

    async def _quiet(self) -> None:
        """Return when no act of an account that can send may go within the patience of a round."""
        while not self.lost.is_set():
            self._progress.clear()
            busy = await self._store.read(outbox.waited_for, to_ms(self._clock.now()), PATIENCE_MS)
            if not self._sender.accounts.intersection(busy):
                return
            await self._progress.wait()

    async def _look(self) -> None:
        try:
            if self._connector.keeper or await self._store.read(outbox.epoch) != self._epoch:
                self.lost.set()
                return
            await self._refresh()
            wish = None if self._fulfilling else await self._store.read(rounds.open_wish)
        except StoreError:
            log.exception("the store cannot be read now")
            return
        self._sender.wake()
        if self._beside is not None:
            self._beside.look()
        if wish is not None:
            self._fulfilling = True
            self._chore(self._fulfil(wish))

    async def _fulfil(self, wish: int) -> None:
        """Somebody without the lease asked for a round: those who ask while it lasts get one of their own."""
        try:
            while True:
                summary = await self.round()
                await self._store.write(rounds.finish, wish, summary.as_json())
                newer = await self._store.read(rounds.open_wish)
                if newer is None:
                    return
                wish = newer
        finally:
            self._fulfilling = False

    async def _refresh(self) -> None:
        """Bring the stations in line with the accounts: added, renewed, paused and removed ones."""
        known = {a.id: a for a in await self._store.read(accounts.all_accounts)}
        for account_id, (station, _task) in tuple(self._stations.items()):
            now = known.get(account_id)
            if now is None or now.state is not AccountState.ACTIVE or _login(now) != _login(station.account):
                self._chore(self._retire(account_id))
        for account in known.values():
            if account.state is AccountState.PAUSED:
                self._hub.post(ConnectionChanged(account.id, account.name, "paused", account.paused_because))
            elif account.state is AccountState.ACTIVE and account.id not in self._taken():
                self._begin(account)

    def _taken(self) -> set[int]:
        """The accounts that have a station, or are about to lose one."""
        return {*self._stations, *self._closing, *self._pausing}

    def _begin(self, account: Account) -> None:
        if self._over:
            return
        secret = self._connector.secret(account)
        if secret is None:
            because = _("There is no token for it on this machine: cminbox accounts renew {account}")
            self._hub.post(ConnectionChanged(account.id, account.name, "paused", because.format(account=account.name)))
            return
        station = Station(self._yard, account, secret)
        self._stations[account.id] = (station, asyncio.create_task(station.run(), name=f"account-{account.id}"))

    async def _retire(self, account_id: int) -> None:
        """Close a station, and look again: the account may be wanted anew, with another login."""
        if await self._close(account_id) is not None:
            await self._refresh()

    async def _close(self, account_id: int) -> Station | None:
        """End a station, which may take as long as a send does; the account gets no other one meanwhile."""
        found = self._stations.pop(account_id, None)
        if found is None:
            return None
        station, task = found
        self._closing.add(account_id)
        try:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await station.close()
        finally:
            self._closing.discard(account_id)
            self._gone_in += station.messages_in
            self._hub.forget(account_id)
            self._progress.set()
        return station

    def _messages_in(self) -> int:
        return self._gone_in + sum(station.messages_in for station, _task in self._stations.values())

    def _expired(self, account: Account, error: AuthExpired) -> None:
        self._chore(self._pause(account, error))

    async def _pause(self, account: Account, error: AuthExpired) -> None:
        """The token is no longer good: pause the account and say so, unless somebody gave it a new one meanwhile."""
        self._pausing.add(account.id)
        try:
            station = await self._close(account.id)
            if station is not None and self._connector.secret(account) in (None, station.secret):
                await self._set_paused(account.id, str(error))
        finally:
            self._pausing.discard(account.id)
        await self._refresh()
        self._progress.set()

    async def _set_paused(self, account_id: int, because: str) -> None:
        while True:
            try:
                await self._store.write(accounts.set_state, account_id, AccountState.PAUSED, because)
                return
            except StoreError:
                log.exception("account %d cannot be paused yet", account_id)
                await self._clock.sleep(_STORE_RETRY_S)

    def _chore(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chore_done)

    def _chore_done(self, task: asyncio.Task[None]) -> None:
        self._chores.discard(task)
        if not task.cancelled() and (defect := task.exception()) is not None:
            log.error("a chore of the engine ended badly", exc_info=defect)


def _login(account: Account) -> tuple[object, ...]:
    return account.name, account.url, account.network, account.settings, account.since
