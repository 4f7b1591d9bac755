"""Wires store, sync and inbox together, for the screen, the daemon, the command line and the demo alike.

::

    async with await Service.open(home, by="léa") as service:   # the store is open, the desk is there
        await service.start()                                    # reads and sends if nobody else does
        async for event in service.events(): ...

What the first screen does not need (httpx, the networks, the engine) is imported by `start` and by the verbs on
accounts, in a thread where that takes long.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Self

from cminbox.clock import Clock, SystemClock
from cminbox.config.identity import colleague_name
from cminbox.config.log import LogFile
from cminbox.config.secrets import Secrets
from cminbox.config.settings import Settings, load
from cminbox.inbox import clocks, presence
from cminbox.inbox.desk import Desk, desk_open
from cminbox.inbox.followers import Followers
from cminbox.model.accounts import Account
from cminbox.paths import Home
from cminbox.store import rounds
from cminbox.store.database import Store
from cminbox.sync.connect import Connector, NewAccount, TransportFor
from cminbox.sync.events import ActMoved, ConnectionChanged, Event, Hub, LeaseChanged, Noticed, StoreChanged
from cminbox.sync.lease import Lease
from cminbox.sync.logins import Joining, SignIn
from cminbox.sync.watch import Watch

if TYPE_CHECKING:
    from cminbox.sync.engine import Engine
    from cminbox.sync.summary import SyncSummary


class Service:
    """One process at work on one data folder.

    `clock` is the time that messages, holds and waits live in (simulated in tests and the demo); `wall` is real time,
    for what is between processes: the lease and noticing each other's commits. With `sync=False` it never reads or
    sends, whoever else does or not. `joining` knows what has to be asked before an account can be connected.
    """

    def __init__(
        self, home: Home, store: Store, settings: Settings, desk: Desk, *, wall: Clock, sync: bool = True
    ) -> None:
        self.home = home
        self.store = store
        self.settings = settings
        self.desk = desk
        self.clock: Clock = store.clock
        self.secrets = Secrets(home)
        self._log = LogFile(home)
        self._wall = wall
        self._sync = sync
        self._transport_for: TransportFor | None = None
        self._hub = Hub()
        self._watch = Watch(store, self._hub, wall)
        self._lease = Lease(home.lease_file)
        self._engine: Engine | None = None
        self.joining = Joining(self._connector)
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def open(
        cls,
        home: Home,
        *,
        by: str | None = None,
        clock: Clock | None = None,
        wall: Clock | None = None,
        transport_for: TransportFor | None = None,
        sync: bool = True,
    ) -> Self:
        """Open the data folder (made where it is missing) as colleague `by` (None: the Unix user).

        Raises SettingsError for a wrong settings file, StoreError for a database that cannot be used.
        """
        home.make()
        settings = load(home)
        store = await Store.open(home.database, clock or SystemClock())
        try:
            desk = await desk_open(store, store.clock, settings, colleague_name(by))
            await presence.tidy(desk)
            await clocks.keep(desk, clocks.AT_ONCE)
            service = cls(home, store, settings, desk, wall=wall or SystemClock(), sync=sync)
        except BaseException:
            await store.close()
            raise
        service._transport_for = transport_for
        return service

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Begin to notice other processes and (with `sync`) to read and send as soon as nobody else does.

        Raises StoreError where the lease cannot be taken at all (a folder without locks). Safe to call twice.
        """
        if self._tasks:
            return
        if self._sync:
            self._lease.somebody_holds()
        self._tasks.append(asyncio.create_task(self._watch.run(), name="watch"))
        self._tasks.append(asyncio.create_task(clocks.keep(self.desk), name="clocks"))
        if self._sync:
            engine = await self._made_engine()
            self._tasks.append(asyncio.create_task(engine.run(), name="engine"))

    async def stop(self) -> None:
        """Stop reading and sending and give the lease back; what is on its way to a network is waited for.

        `start` goes on from there: call this before the process is suspended.
        """
        if self._engine is not None:
            await self._engine.stop()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            if task.get_name() in ("watch", "clocks"):
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stop, end the events, close the database. Safe to call twice."""
        await self.stop()
        self._hub.close()
        await self.store.close()
        self._log.close()

    async def events(self) -> AsyncIterator[Event]:
        """What happens from now on, until `close`. Any number of listeners."""
        listener = self._hub.subscribe()
        try:
            async for event in listener:
                yield event
        finally:
            listener.close()

    @property
    def holds_lease(self) -> bool:
        """Whether this process is the one that reads and sends."""
        return self._engine is not None and self._engine.holds_lease

    def sender_runs(self) -> bool:
        """Whether anybody, in this process or another, reads and sends now."""
        return self.holds_lease or self._lease.somebody_holds()

    def connections(self) -> tuple[ConnectionChanged, ...]:
        """How each account's connection stands, as far as this process knows (nothing where another one reads)."""
        return self._hub.connections()

    async def read_now(self) -> None:
        """Read every feed now: here, or by asking the process that reads."""
        if self.holds_lease and self._engine is not None:
            self._engine.read_now()
        else:
            await self.store.write(rounds.ask)

    async def refresh_thread(self, conversation_id: int) -> bool:
        """Ask the network what stands around a conversation that somebody opened; True where it was asked.

        False where this process does not read, the account is not connected now, or asking costs money. Never raises
        what the network says: the pane shows what the store has.
        """
        return self._engine is not None and await self._engine.refresh_thread(conversation_id)

    async def once(self) -> SyncSummary:
        """Read every feed once and send what may go now: here, or by asking the process that reads (`sync --once`)."""
        engine = await self._made_engine()
        watch = None if self._tasks else asyncio.create_task(self._watch.run(), name="watch")
        try:
            return await engine.once()
        finally:
            if watch is not None:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)

    async def add_account(
        self,
        network: str,
        *,
        secret: str,
        url: str = "",
        name: str = "",
        brand: str = "",
        settings: dict[str, str] | None = None,
        since: datetime | None = None,
        open_since: datetime | None = None,
    ) -> Account:
        """Connect an account: the network says whose the secret is, then both are kept.

        Raises UsageError (name taken, login connected already, unknown network) or what the network says.
        """
        connector = await self._connector()
        return await connector.add(
            NewAccount(network, secret, url, name, brand, dict(settings or {}), since=since, open_since=open_since)
        )

    async def renew_account(self, name: str, secret: str) -> Account:
        """Give an account a new secret of the same login; it goes on where it stopped. Raises as `add_account`."""
        return await (await self._connector()).renew(name, secret)

    async def check_account(self, name: str) -> Account:
        """Ask the network about an account; a paused one that works again goes on. Raises what the network says."""
        return await (await self._connector()).check(name)

    async def remove_account(self, name: str) -> None:
        """Forget an account's login and secret. Raises UsageError for an unknown name."""
        await (await self._connector()).remove(name)

    async def _connector(self) -> Connector:
        await asyncio.to_thread(_warm)
        defaults = {"matrix": {"silence": str(self.settings.matrix.silence_s)}}
        return Connector(self.store, self.clock, self.secrets, self._transport_for, defaults)

    async def _made_engine(self) -> Engine:
        if self._engine is None:
            engine = await asyncio.to_thread(_engine)
            self._engine = engine(
                self.store,
                self.clock,
                self.settings,
                await self._connector(),
                self._lease,
                self._hub,
                self._wall,
                Followers(self.desk, self.home, self._wall, lambda text: self._hub.post(Noticed(text))),
            )
        return self._engine


def _warm() -> None:
    """Import what opening a network needs: httpx among it, which takes a while."""
    import cminbox.networks.registry  # noqa: F401


def _engine() -> type[Engine]:
    from cminbox.sync.engine import Engine

    return Engine


__all__ = [
    "ActMoved",
    "ConnectionChanged",
    "Event",
    "LeaseChanged",
    "Noticed",
    "Service",
    "SignIn",
    "StoreChanged",
    "TransportFor",
]
