"""The service as screen, daemon and command line see it: two processes on one folder, accounts, events."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from cminbox.clock import SimulatedClock
from cminbox.errors import AuthExpired, StoreError, UsageError
from cminbox.inbox import replies
from cminbox.model.base import AccountState, ActState
from cminbox.networks import registry
from cminbox.networks.base import Connection
from cminbox.paths import Home
from cminbox.service import Service
from cminbox.store import outbox
from cminbox.sync.events import ActMoved, ConnectionChanged, Event, LeaseChanged, StoreChanged
from sync.rig import ANA, FakeNetwork, FakeServer, Fault

T = TypeVar("T")


@dataclass
class World:
    """One folder, one server, and the services that tests open on it."""

    home: Home
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    wall: SimulatedClock = field(default_factory=SimulatedClock)
    services: list[Service] = field(default_factory=list)
    opened: list[Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = FakeServer(self.clock)

    def open_network(self, name: str, connection: Connection) -> FakeNetwork:
        if name != "fake":
            raise UsageError(f"There is no network called {name}.")
        self.opened.append(connection)
        return FakeNetwork(self.server, connection)

    async def service(self, by: str = "léa", *, sync: bool = True) -> Service:
        service = await Service.open(self.home, by=by, clock=self.clock, wall=self.wall, sync=sync)
        self.services.append(service)
        return service

    async def tick(self, seconds: float = 1) -> None:
        for service in self.services:
            await service.store.read(lambda db: None)
            await service.store.ingest(lambda tx: None)
        await self.wall.advance(0.1)
        await self.clock.advance(seconds)

    async def finish(self, task: asyncio.Task[T]) -> T:
        for _turn in range(4000):
            if task.done():
                return task.result()
            await self.tick()
        raise AssertionError("it never ends")


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    built = World(Home.at(tmp_path / "home"))
    monkeypatch.setattr(registry, "open_network", built.open_network)
    yield built
    for service in built.services:
        stopping = asyncio.create_task(service.stop())
        await built.finish(stopping)
    for service in built.services:
        await service.close()
        await service.close()


class Listener:
    """Collects the events of a service."""

    def __init__(self, service: Service) -> None:
        self.events: list[Event] = []
        self._task = asyncio.create_task(self._listen(service))

    async def _listen(self, service: Service) -> None:
        async for event in service.events():
            self.events.append(event)

    def has(self, kind: type[Event], **fields: object) -> bool:
        return any(
            isinstance(event, kind) and all(getattr(event, name) == value for name, value in fields.items())
            for event in self.events
        )


async def wait_for(world: World, listener: Listener, kind: type[Event], **fields: object) -> None:
    for _turn in range(4000):
        if listener.has(kind, **fields):
            return
        await world.tick()
    raise AssertionError(f"no {kind.__name__}")


async def test_an_answer_goes_from_one_process_through_the_other(world: World) -> None:
    reader = await world.service("daemon")
    writer = await world.service("léa")
    await reader.add_account("fake", secret="good", url="https://fake.example")
    heard, seen = Listener(reader), Listener(writer)
    await reader.start()
    await reader.start()
    await wait_for(world, heard, ConnectionChanged, state="ok")
    await writer.start()
    assert reader.holds_lease
    assert not writer.holds_lease
    assert writer.sender_runs()
    assert [c.state for c in reader.connections()] == ["ok"]
    assert writer.connections() == ()

    world.server.write("Where is my parcel?", ANA)
    await writer.read_now()
    await wait_for(world, seen, StoreChanged)
    for _turn in range(4000):
        found = await writer.store.read(lambda db: db.execute("SELECT id FROM conversation").fetchall())
        if found:
            break
        await world.tick(0)
    outcome = await replies.reply(writer.desk, found[0][0], "On its way.")
    await wait_for(world, heard, ActMoved, act_id=outcome.act, state=ActState.SENT)
    assert world.server.replies() == ["On its way."]

    stopping = asyncio.create_task(reader.stop())
    await world.finish(stopping)
    await wait_for(world, seen, LeaseChanged, held=True)
    assert writer.holds_lease
    assert not reader.holds_lease
    await reader.start()
    assert reader.sender_runs()


async def test_without_sync_it_never_reads(world: World) -> None:
    service = await world.service(sync=False)
    await service.add_account("fake", secret="good")
    await service.start()
    for _turn in range(20):
        await world.tick()
    assert not service.holds_lease
    assert not service.sender_runs()
    assert "pull" not in world.server.calls
    assert await service.refresh_thread(1) is False


async def test_once_needs_no_start(world: World) -> None:
    service = await world.service()
    await service.add_account("fake", secret="good")
    world.server.write("hello")
    summary = await world.finish(asyncio.create_task(service.once()))
    assert (summary.accounts, summary.messages_in) == (1, 1)
    assert not service.holds_lease


async def test_adding_an_account_asks_the_network_first(world: World) -> None:
    service = await world.service()
    with pytest.raises(AuthExpired):
        await service.add_account("fake", secret="wrong", name="shop")
    assert service.secrets.get("shop") is None
    account = await service.add_account("fake", secret="good", name="shop", settings={"rooms": "all"}, brand="Nord")
    assert (account.name, account.network, account.brand, account.state) == (
        "shop",
        "fake",
        "Nord",
        AccountState.ACTIVE,
    )
    assert account.profile is not None
    assert account.settings == {"rooms": "all"}
    assert (account.connected_at - account.since).days == 7
    assert service.secrets.get("shop") == "good"
    assert world.opened[-1].settings == {"rooms": "all"}
    assert "good" not in repr(world.opened[-1])


async def test_an_account_without_a_name_is_called_by_its_handle(world: World) -> None:
    service = await world.service()
    assert (await service.add_account("fake", secret="good")).name == "@us"


@pytest.mark.parametrize(
    ("network", "name", "says"),
    [
        ("fake", "shop", "an account called shop"),
        ("fake", "again", "connected already, as shop"),
        ("nix", "n", "no network"),
    ],
)
async def test_what_cannot_be_added_leaves_nothing(world: World, network: str, name: str, says: str) -> None:
    service = await world.service()
    await service.add_account("fake", secret="good", name="shop")
    with pytest.raises(UsageError, match=says):
        await service.add_account(network, secret="good", name=name)
    rows = await service.store.read(lambda db: db.execute("SELECT name FROM account").fetchall())
    assert [row[0] for row in rows] == ["shop"]
    assert service.secrets.get("again") is None


async def test_a_new_token_of_the_same_login_wakes_a_paused_account(world: World) -> None:
    service = await world.service()
    account = await service.add_account("fake", secret="good", name="shop")
    world.server.token = "new"
    heard = Listener(service)
    await service.start()
    await wait_for(world, heard, ConnectionChanged, state="paused")
    with pytest.raises(AuthExpired):
        await service.check_account("shop")
    with pytest.raises(AuthExpired):
        await service.renew_account("shop", "wrong")
    assert (await service.renew_account("shop", "new")).state is AccountState.ACTIVE
    await wait_for(world, heard, ConnectionChanged, state="ok")
    assert (await service.check_account("shop")).id == account.id


async def test_a_removed_account_is_read_no_more(world: World) -> None:
    service = await world.service()
    await service.add_account("fake", secret="good", name="shop")
    world.server.write("Where is my parcel?", ANA)
    heard = Listener(service)
    await service.start()
    await wait_for(world, heard, ConnectionChanged, state="ok")
    await service.remove_account("shop")
    assert service.secrets.get("shop") is None
    for _turn in range(5):
        await world.tick()
    calls = len(world.server.calls)
    for _turn in range(100):
        await world.tick()
    assert len(world.server.calls) == calls
    assert service.connections() == ()
    with pytest.raises(UsageError, match="no account called shop"):
        await service.remove_account("shop")


async def test_a_token_of_another_login_is_not_taken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    service = await world.service()
    await service.add_account("fake", secret="good", name="shop")
    monkeypatch.setattr("sync.rig.US", ANA)
    with pytest.raises(UsageError, match="belongs to @ana, not to shop"):
        await service.renew_account("shop", "good")
    assert service.secrets.get("shop") == "good"


async def test_unknown_accounts_and_missing_tokens(world: World) -> None:
    service = await world.service()
    with pytest.raises(UsageError, match="no account called nobody"):
        await service.check_account("nobody")
    await service.add_account("fake", secret="good", name="shop")
    with pytest.raises(UsageError, match="Known are: shop"):
        await service.renew_account("nobody", "x")
    service.secrets.remove("shop")
    with pytest.raises(UsageError, match="no token"):
        await service.check_account("shop")


async def test_a_folder_without_locks_says_so(world: World) -> None:
    service = await world.service()
    world.home.lease_file.mkdir()
    with pytest.raises(StoreError, match="lock file"):
        await service.start()


async def test_matrix_gets_the_silence_of_the_settings(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.home.make()
    world.home.settings_file.write_text("[matrix]\nsilence_s = 120\n")
    service = await world.service()
    opened: list[Connection] = []

    def open_network(name: str, connection: Connection) -> FakeNetwork:
        opened.append(connection)
        return FakeNetwork(world.server, connection)

    monkeypatch.setattr(registry, "open_network", open_network)
    await service.add_account("matrix", secret="good")
    assert opened[0].settings == {"silence": "120"}


async def test_a_stopped_outbox_is_known_to_every_process(world: World) -> None:
    one, other = await world.service("léa"), await world.service("marc")
    await one.store.write(outbox.stop, "léa")
    found = await other.store.read(outbox.stopped)
    assert found is not None
    assert found[0] == "léa"


def test_opening_imports_nothing_that_the_first_screen_does_not_need() -> None:
    program = (
        "import cminbox.service, sys\n"
        "late = ('httpx', 'textual', 'rich', 'cminbox.networks.base', 'cminbox.sync.engine')\n"
        "print([module for module in late if module in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == "[]"


async def test_a_defect_is_in_the_log_of_the_home_without_what_it_says(world: World) -> None:
    service = await world.service()
    account = await service.add_account("fake", secret="good", name="shop")
    world.server.fail("pull", Fault(before=RuntimeError("Où est mon colis ?")))
    await service.start()
    for _turn in range(4000):
        if world.home.log_file.exists():
            break
        await world.tick()
    text = world.home.log_file.read_text(encoding="utf-8")
    assert f"account {account.id}: feed all cannot be read\n  builtins.RuntimeError\n" in text
    assert "colis" not in text
    assert "shop" not in text
