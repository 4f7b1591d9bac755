"""When figures are read, and that they are never worth a message or an account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from cminbox.config.settings import Figures as Setting
from cminbox.config.settings import Settings
from cminbox.errors import AuthExpired, Malformed
from cminbox.model.base import AccountState
from cminbox.model.figures import Figures, PostFigures
from cminbox.networks import registry
from cminbox.networks.base import Connection
from cminbox.networks.http_budget import Budget
from cminbox.store import figures
from cminbox.sync.figures import PATIENCE_S, FigureReader

from .rig import ANA, FakeNetwork, Fault, House, away, limited
from .test_engine import Process, World


class CountingNetwork(FakeNetwork):
    """A network that tells figures: one more follower each time."""

    told = 0

    async def figures(self) -> Figures:
        def deed() -> Figures:
            type(self).told += 1
            now = self.server.clock.now()
            post = PostFigures(key="p1", written_at=now - timedelta(days=1), likes=self.told)
            return Figures(at=now, followers=100 + self.told, posts=(post,))

        found = await self._call("figures", deed)
        assert isinstance(found, Figures)
        return found


class Counted(World):
    """A world whose networks tell figures."""

    every_s = 3600

    def open_network(self, name: str, connection: Connection) -> FakeNetwork:
        network = CountingNetwork(self.servers[connection.account], connection)
        self.opened.append(network)
        return network

    async def process(self) -> Process:
        process = await super().process()
        process.engine._settings = Settings(figures=Setting(every_s=self.every_s))
        return process

    def asked(self) -> int:
        return self.house.server.calls.count("figures")

    async def followers(self) -> list[int]:
        sql = "SELECT followers FROM follower_count ORDER BY day"
        return [row[0] for row in await self.house.store.read(lambda db: db.execute(sql).fetchall())]


@pytest.fixture
async def world(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counted]:
    built = Counted(house)
    monkeypatch.setattr(CountingNetwork, "told", 0)
    monkeypatch.setattr(registry, "open_network", built.open_network)
    yield built
    await built.end()


async def pass_(world: Counted, seconds: float, tick_s: float = 30) -> None:
    """Let time pass."""
    end = world.house.clock.monotonic() + seconds
    while world.house.clock.monotonic() < end:
        await world.tick(tick_s)


async def test_they_are_read_after_the_messages_and_once_an_hour(world: Counted) -> None:
    world.house.server.write("hello", ANA)
    process = await world.process()
    await process.start()
    await world.until(lambda: world.asked() == 1)
    calls = world.house.server.calls
    assert calls.index("pull") < calls.index("figures")
    await pass_(world, 3000)
    assert world.asked() == 1
    await pass_(world, 3600)
    assert world.asked() == 2
    assert await world.followers() == [102]
    assert calls.count("pull") > 20


async def test_once_reads_them_at_most_once_and_remembers_when_it_did(world: Counted) -> None:
    process = await world.process()
    summary = await world.once(process)
    assert summary.errors == ()
    assert world.asked() == 1
    assert await world.followers() == [101]
    await world.once(process)
    another = await world.process()
    await world.once(another)
    assert world.asked() == 1
    await world.house.clock.advance(3600)
    await world.once(another)
    assert world.asked() == 2


async def test_once_waits_for_figures_that_take_a_while(world: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = CountingNetwork.figures

    async def slow(self: CountingNetwork) -> Figures:
        await self.server.clock.sleep(10)
        return await quick(self)

    monkeypatch.setattr(CountingNetwork, "figures", slow)
    await world.once(await world.process())
    assert await world.followers() == [101]


async def test_zero_means_never(world: Counted) -> None:
    world.every_s = 0
    process = await world.process()
    await world.once(process)
    await process.start()
    await pass_(world, 7200, 300)
    assert world.asked() == 0


@pytest.mark.parametrize(
    "error",
    [
        lambda clock: AuthExpired("no more"),
        lambda clock: limited(clock, 7200),
        lambda clock: away(sent=False),
        lambda clock: Malformed("no"),
        lambda clock: ValueError("a defect"),
    ],
)
async def test_an_error_waits_for_the_next_time_and_pauses_nobody(
    world: Counted, error: Callable[[object], Exception], caplog: pytest.LogCaptureFixture
) -> None:
    world.house.server.fail("figures", Fault(before=error(world.house.clock)))
    process = await world.process()
    await process.start()
    await world.until(lambda: world.asked() == 1)
    await pass_(world, 1800)
    assert (await world.account(world.house.account)).state is AccountState.ACTIVE
    assert process.state_of(world.house.account) == "ok"
    assert (world.asked(), await world.followers()) == (1, [])
    defects = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(defects) == isinstance(error(world.house.clock), ValueError)
    world.house.server.write("still here?", ANA)
    await pass_(world, 120)
    assert await world.known() == ["m1"]
    await pass_(world, 1800)
    assert (world.asked(), await world.followers()) == (2, [101])


async def test_a_restart_does_not_ask_again(world: Counted) -> None:
    first = await world.process()
    await first.start()
    await world.until(lambda: world.asked() == 1)
    await first.die()
    second = await world.process()
    await second.start()
    await pass_(world, 1800)
    assert second.engine.holds_lease
    assert world.asked() == 1


async def test_messages_do_not_wait_for_figures_that_hang(world: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    never = asyncio.Event()

    async def hangs(self: CountingNetwork) -> Figures:
        self.server.calls.append("figures")
        await never.wait()
        raise AssertionError

    monkeypatch.setattr(CountingNetwork, "figures", hangs)
    process = await world.process()
    await process.start()
    await world.until(lambda: world.asked() == 1)
    world.house.server.write("hello?", ANA)
    await pass_(world, 120)
    assert await world.known() == ["m1"]
    begun = world.house.clock.monotonic()
    await world.once(process)
    assert world.house.clock.monotonic() - begun <= PATIENCE_S + 5


def test_a_network_without_figures_is_never_asked(house: House) -> None:
    plain = house.connect(house.account)
    assert not FigureReader(house.store, house.clock, house.account, plain, 3600).wanted
    telling = CountingNetwork(house.server, plain.connection)
    assert FigureReader(house.store, house.clock, house.account, telling, 3600).wanted
    assert not FigureReader(house.store, house.clock, house.account, telling, 0).wanted


@pytest.mark.parametrize(("limit", "remaining", "waits"), [(300, 74, True), (300, 75, False), (None, 19, True)])
async def test_what_messages_need_of_the_budget_is_left_to_them(
    house: House, limit: int | None, remaining: int, waits: bool
) -> None:
    network = CountingNetwork(house.server, house.connect(house.account).connection)
    reset = house.clock.now() + timedelta(seconds=300)
    network.connection.meter.note("GET", Budget(limit=limit, remaining=remaining, reset=reset))
    reader = asyncio.create_task(FigureReader(house.store, house.clock, house.account, network, 3600).run())

    async def settle() -> None:
        for _turn in range(5):
            await house.store.ingest(lambda tx: None)
            await house.store.read(lambda db: None)

    await settle()
    assert house.server.calls.count("figures") == (0 if waits else 1)
    await house.clock.advance(301)
    await settle()
    assert house.server.calls.count("figures") == 1
    assert await house.store.read(figures.last_read, house.account.id) is not None
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
