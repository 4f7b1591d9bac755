"""The engine: who reads and sends, what one account's trouble means for the others, and when a round is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from cminbox.clock import SimulatedClock
from cminbox.config.settings import Settings
from cminbox.errors import AuthExpired, Forbidden, Malformed, Refused, Unreachable
from cminbox.model.accounts import Account
from cminbox.model.base import AccountState, ActState
from cminbox.model.changes import Feed
from cminbox.networks import registry
from cminbox.networks.base import Connection
from cminbox.store import accounts, cursors, outbox
from cminbox.store.database import Store
from cminbox.sync.connect import Connector
from cminbox.sync.engine import Engine
from cminbox.sync.events import ConnectionChanged, Hub, LeaseChanged
from cminbox.sync.lease import Lease
from cminbox.sync.summary import SyncSummary
from cminbox.sync.watch import Watch

from .rig import ANA, FakeNetwork, FakeServer, Fault, House, add_account, away, limited


class Vault(dict[str, str]):
    """Secrets in memory. `owner` names the user whose they are where that is somebody else."""

    owner = ""

    def put(self, name: str, secret: str) -> None:
        self[name] = secret

    def remove(self, name: str) -> None:
        self.pop(name, None)


@dataclass
class Process:
    """One process at work on the folder."""

    store: Store
    hub: Hub
    lease: Lease
    engine: Engine
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    async def start(self) -> None:
        self.tasks.append(asyncio.create_task(self.engine.run()))

    async def die(self) -> None:
        """As SIGKILL: nothing is finished, the kernel frees the lock."""
        for task in asyncio.all_tasks():
            if any(task.get_name().startswith(name) for name in ("account-", "lane-", "listen-")):
                task.cancel()
        for task in self.tasks:
            task.cancel()
        self.lease.give()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def state_of(self, account: Account) -> str:
        return next((c.state for c in self.hub.connections() if c.account_id == account.id), "")


class World:
    """Processes, servers by account name, and time that passes while something is waited for."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.wall = SimulatedClock()
        self.vault = Vault(shop="good")
        self.servers = {"shop": house.server}
        self.opened: list[FakeNetwork] = []
        self.processes: list[Process] = []

    def open_network(self, name: str, connection: Connection) -> FakeNetwork:
        network = FakeNetwork(self.servers[connection.account], connection)
        self.opened.append(network)
        return network

    async def process(self) -> Process:
        store = await Store.open(self.house.folder / "t.db", self.house.clock)
        hub, lease = Hub(), Lease(self.house.folder / "lease")
        connector = Connector(store, self.house.clock, self.vault)  # type: ignore[arg-type]
        engine = Engine(store, self.house.clock, Settings(), connector, lease, hub, self.wall)
        process = Process(store, hub, lease, engine)
        process.tasks.append(asyncio.create_task(Watch(store, hub, self.wall).run()))
        self.processes.append(process)
        return process

    async def another_account(self, name: str = "other", *, secret: str = "good") -> tuple[Account, FakeServer]:
        self.servers[name] = FakeServer(self.house.clock)
        self.vault[name] = secret
        return await add_account(self.house.store, self.house.clock, name), self.servers[name]

    async def until(self, condition: Callable[[], Awaitable[bool] | bool], *, tick_s: float = 1) -> None:
        """Let time pass until something is so."""
        for _turn in range(4000):
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await self.tick(tick_s)
        raise AssertionError("it never came about")

    async def tick(self, seconds: float = 0) -> None:
        for process in self.processes:
            await process.store.read(lambda db: None)
            await process.store.ingest(lambda tx: None)
        await self.wall.advance(0.1)
        await self.house.clock.advance(seconds)

    async def once(self, process: Process) -> SyncSummary:
        task = asyncio.create_task(process.engine.once())
        await self.until(task.done)
        return await task

    async def known(self) -> list[str]:
        rows = await self.house.store.read(lambda db: db.execute("SELECT remote_id FROM remote ORDER BY 1").fetchall())
        return [row[0] for row in rows]

    async def end(self) -> None:
        """Every process stops and closes."""
        for process in self.processes:
            stopping = asyncio.create_task(process.engine.stop())
            await self.until(stopping.done)
            for task in process.tasks:
                task.cancel()
            await asyncio.gather(*process.tasks, return_exceptions=True)
        for process in self.processes:
            await process.store.close()

    async def account(self, account: Account) -> Account:
        return await self.house.store.read(accounts.get, account.id)


@pytest.fixture
async def world(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    built = World(house)
    monkeypatch.setattr(registry, "open_network", built.open_network)
    yield built
    await built.end()


async def test_it_reads_and_sends(world: World) -> None:
    house = world.house
    act = await house.reply(await house.asked())
    house.server.page = 2
    for n in range(5):
        house.server.write(f"{n}", ANA)
    process = await world.process()
    events = process.hub.subscribe()
    await process.start()

    async def done() -> bool:
        return await house.state(act) is ActState.SENT and len(await world.known()) == 7

    await world.until(done)
    assert process.engine.holds_lease
    assert process.state_of(house.account) == "ok"
    assert await anext(events) == LeaseChanged(held=True)
    house.server.write("news", ANA)
    await world.until(lambda: known_count(world, 8))


async def known_count(world: World, n: int) -> bool:
    return len(await world.known()) == n


async def test_one_reads_and_sends_and_the_other_takes_over_when_it_dies(world: World) -> None:
    house = world.house
    first, second = await world.process(), await world.process()
    await first.start()
    await world.until(lambda: first.engine.holds_lease)
    await second.start()
    await world.until(lambda: first.state_of(house.account) == "ok")
    assert not second.engine.holds_lease
    assert second.state_of(house.account) == ""
    epoch = await house.store.read(outbox.epoch)

    await first.die()
    turns = 0
    while not second.engine.holds_lease:
        await world.tick()
        turns += 1
    assert turns <= 4, "within a quarter second of real time, and the transaction"
    assert await house.store.read(outbox.epoch) == epoch + 1
    act = await house.reply(await house.asked())
    await world.until(lambda: sent(house, act))
    assert house.server.replies() == ["On its way."]


async def sent(house: House, act: int) -> bool:
    return await house.state(act) is ActState.SENT


async def test_a_clean_stop_waits_for_what_is_under_way_and_gives_the_lease_back(world: World) -> None:
    house = world.house
    act = await house.reply(await house.asked(), hold_s=0)
    house.server.gate = asyncio.Event()
    process = await world.process()
    await process.start()
    await world.until(house.server.at_gate.is_set)
    stopping = asyncio.create_task(process.engine.stop())
    for _turn in range(5):
        await world.tick()
    assert not stopping.done()
    assert process.lease.held
    house.server.gate.set()
    await world.until(stopping.done)
    assert await house.state(act) is ActState.SENT
    assert not process.lease.held
    assert all(network.closed for network in world.opened)


async def test_an_epoch_that_is_not_ours_ends_our_work(world: World) -> None:
    process = await world.process()
    await process.start()
    await world.until(lambda: process.engine.holds_lease)
    listener = process.hub.subscribe()
    await world.house.store.write(outbox.take_over)
    lost = asyncio.ensure_future(next_lease_event(listener))
    await world.until(lost.done)
    assert lost.result() == LeaseChanged(held=False)
    await world.until(lambda: process.engine.holds_lease)


async def next_lease_event(listener: Any) -> LeaseChanged:
    async for event in listener:
        if isinstance(event, LeaseChanged):
            return event
    raise AssertionError


async def test_once_reads_everything_sends_what_may_go_and_leaves_the_rest(world: World) -> None:
    house = world.house
    _other, other_server = await world.another_account()
    soon = await house.reply(await house.asked("one?"), hold_s=60)
    later = await house.reply(await house.asked("two?", ANA), hold_s=300)
    failing = await house.reply(await house.asked("three?", ANA), "no", hold_s=0)
    house.server.fail("perform", Fault(before=Forbidden("no right")))
    other_server.page = 1
    for n in range(3):
        other_server.write(f"{n}")

    process = await world.process()
    summary = await world.once(process)
    assert [await house.state(act) for act in (soon, later, failing)] == [ActState.SENT, ActState.HELD, ActState.FAILED]
    assert summary == SyncSummary(accounts=2, messages_in=3, acts_sent=1, acts_failed=1, acts_waiting=1, errors=())
    assert not process.lease.held
    assert SyncSummary.from_json(summary.as_json()) == summary


async def test_once_leaves_an_uncertain_act_that_has_to_settle(world: World) -> None:
    house = world.house
    act = await house.reply(await house.asked(), hold_s=0)
    house.server.fail("perform", Fault(before=away(sent=True)))
    process = await world.process()
    assert (await world.once(process)).acts_uncertain == 1
    assert await house.state(act) is ActState.UNCERTAIN
    await house.clock.advance(90)
    assert (await world.once(process)).acts_sent == 1
    assert house.server.replies() == ["On its way."]


async def test_once_does_not_wait_for_a_stopped_outbox_or_a_paused_account(world: World) -> None:
    house = world.house
    paused, _server = await world.another_account()
    await house.store.write(accounts.set_state, paused.id, AccountState.PAUSED, "why")
    elsewhere = await house.arrive(house.server.write("x"), account=paused)
    await house.reply(elsewhere, account=paused, hold_s=0)
    await house.reply(await house.asked(), hold_s=0)
    await house.store.write(outbox.stop, "léa")
    summary = await world.once(await world.process())
    assert (summary.accounts, summary.acts_waiting, summary.acts_sent) == (1, 2, 0)


async def test_once_with_an_account_that_cannot_be_reached_ends(world: World) -> None:
    house = world.house
    await house.reply(await house.asked(), hold_s=0)
    house.server.fail("whoami", *[Fault(before=away(sent=False))] * 99)
    summary = await world.once(await world.process())
    assert summary.errors == ("shop: no answer",)
    assert summary.acts_waiting == 1


async def test_once_with_a_bad_token_pauses_and_ends(world: World) -> None:
    house = world.house
    act = await house.reply(await house.asked(), hold_s=0)
    house.server.token = "another"
    summary = await world.once(await world.process())
    assert summary.errors == ("shop: the token is no longer good",)
    assert (await world.account(house.account)).state is AccountState.PAUSED
    assert await house.state(act) in (ActState.HELD, ActState.QUEUED)


async def test_once_without_the_lease_asks_the_holder(world: World) -> None:
    house = world.house
    holder, asker = await world.process(), await world.process()
    await holder.start()
    await world.until(lambda: holder.state_of(house.account) == "ok")
    act = await house.reply(await house.asked(), hold_s=30)
    house.server.write("news", ANA)
    summary = await world.once(asker)
    assert (summary.acts_sent, summary.messages_in) == (1, 1)
    assert await house.state(act) is ActState.SENT
    assert holder.engine.holds_lease


async def test_where_the_secrets_are_another_users_that_user_alone_reads(world: World) -> None:
    house, other = world.house, await world.process()
    await other.start()
    await world.until(lambda: other.engine.holds_lease)
    world.vault.owner = "ana"
    await world.until(lambda: not other.engine.holds_lease)
    for _turn in range(5):
        await world.tick(1)
    assert not other.engine.holds_lease
    assert Lease(house.folder / "lease").somebody_holds() is False
    asker = await world.process()
    with pytest.raises(Refused, match="belong to ana"):
        await world.once(asker)


async def test_once_does_it_alone_when_the_holder_dies_meanwhile(world: World) -> None:
    house = world.house
    holder, asker = await world.process(), await world.process()
    await holder.start()
    await world.until(lambda: holder.state_of(house.account) == "ok")
    act = await house.reply(await house.asked(), hold_s=30)
    asking = asyncio.create_task(asker.engine.once())
    for _turn in range(5):
        await world.tick()
    assert not asking.done()
    await holder.die()
    await world.until(asking.done)
    assert (await asking).acts_sent == 1
    assert await house.state(act) is ActState.SENT
    assert house.server.replies() == ["On its way."]


async def test_an_expired_token_pauses_the_account_and_a_new_one_wakes_it(world: World) -> None:
    house = world.house
    act = await house.reply(await house.asked(), hold_s=0)
    process = await world.process()
    await process.start()
    house.server.token = "new"
    await world.until(lambda: process.state_of(house.account) == "paused")
    paused = await world.account(house.account)
    assert (paused.state, paused.paused_because) == (AccountState.PAUSED, "the token is no longer good")
    assert house.server.calls.count("whoami") == len(world.opened) == 1, "nobody tried again by himself"
    assert await house.state(act) in (ActState.HELD, ActState.QUEUED)

    world.vault["shop"] = "new"
    await house.store.write(accounts.set_state, house.account.id, AccountState.ACTIVE, "")
    await world.until(lambda: process.state_of(house.account) == "ok")
    await world.until(lambda: sent(house, act))


async def test_a_token_that_was_renewed_elsewhere_does_not_pause(world: World) -> None:
    house = world.house
    process = await world.process()
    await process.start()
    await world.until(lambda: process.state_of(house.account) == "ok")
    world.vault["shop"] = house.server.token = "new"
    house.server.write("news", ANA)
    await world.until(lambda: known_count(world, 1))
    assert (await world.account(house.account)).state is AccountState.ACTIVE


async def test_an_account_without_a_token_here_is_left_alone(world: World) -> None:
    del world.vault["shop"]
    other, _server = await world.another_account()
    process = await world.process()
    await process.start()
    await world.until(lambda: process.state_of(other) == "ok")
    assert process.state_of(world.house.account) == "paused"
    assert (await world.account(world.house.account)).state is AccountState.ACTIVE


@pytest.mark.parametrize(
    "answer", [RuntimeError("a defect"), Unreachable("away"), Malformed("nonsense")], ids=lambda e: type(e).__name__
)
async def test_one_bad_account_does_not_stop_the_others(world: World, answer: Exception) -> None:
    house = world.house
    other, other_server = await world.another_account()
    house.server.fail("whoami", *[Fault(before=answer)] * 3)
    house.server.fail("pull", *[Fault(before=answer)] * 5)
    process = await world.process()
    await process.start()
    await world.until(lambda: process.state_of(other) == "ok")
    other_server.write("hello")
    await world.until(lambda: known_count(world, 1))
    house.server.write("hello")
    await world.until(lambda: all_known(world, house))


async def all_known(world: World, house: House) -> bool:
    rows = await house.store.read(lambda db: db.execute("SELECT account_id FROM remote").fetchall())
    return {row[0] for row in rows} == {1, 2}


async def test_a_malformed_page_is_noted_and_read_again_and_other_feeds_go_on(world: World) -> None:
    house = world.house
    house.server.feeds = (Feed(name="all", title="Everything", poll_s=60), Feed(name="more", poll_s=60))
    house.server.page = 1
    for n in range(3):
        house.server.write(f"{n}")
    house.server.fail("pull", Fault(), Fault(before=Malformed("not what it should be")))
    process = await world.process()
    await process.start()
    await world.until(lambda: known_count(world, 3))
    rows = {row.feed: row for row in await house.store.read(cursors.rows, house.account.id)}
    assert rows["all"].error == "not what it should be"
    assert await house.store.read(cursors.get, house.account.id, "all") == 1
    assert rows["more"].caught_up

    async def well() -> bool:
        through = await house.store.read(cursors.get, house.account.id, "all") == 3
        return through and not any(row.error for row in await house.store.read(cursors.rows, house.account.id))

    await world.until(well)


async def test_a_feed_that_does_not_get_on_is_not_read_for_ever(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    house = world.house
    house.server.write("x")
    house.server.page = 0
    summary = await world.once(await world.process())
    assert len(summary.errors) == 1
    assert "does not get on" in summary.errors[0]


async def test_reading_waits_as_long_as_the_network_says(world: World) -> None:
    house = world.house
    process = await world.process()
    await process.start()
    await world.until(lambda: process.state_of(house.account) == "ok")
    house.server.fail("pull", Fault(before=limited(house.clock, 1000)))
    told = house.clock.monotonic() + 1000
    await world.until(lambda: process.state_of(house.account) == "retrying")
    house.server.calls.clear()
    process.engine.read_now()
    while house.clock.monotonic() < told - 5:
        await world.tick(5)
    assert "pull" not in house.server.calls
    await world.until(lambda: process.state_of(house.account) == "ok")


async def test_accounts_that_another_process_adds_pauses_and_removes_are_noticed(world: World) -> None:
    process = await world.process()
    await process.start()
    await world.until(lambda: process.state_of(world.house.account) == "ok")
    other, server = await world.another_account()
    await world.until(lambda: process.state_of(other) == "ok")
    await world.house.store.write(accounts.set_state, other.id, AccountState.PAUSED, "by hand")
    await world.until(lambda: process.state_of(other) == "paused")
    (network,) = [network for network in world.opened if network.server is server]
    await world.until(lambda: network.closed)


async def test_what_is_pushed_comes_at_once_and_a_broken_stream_comes_back(world: World) -> None:
    house = world.house
    house.server.pushed = asyncio.Queue()
    process = await world.process()
    await process.start()
    await world.until(lambda: process.state_of(house.account) == "ok")
    pulls = house.server.calls.count("pull")
    remote_id = house.server.write("early")
    house.server.pushed.put_nowait(house.server.change(house.server.post(remote_id)))
    await world.until(lambda: known_count(world, 1), tick_s=0)
    assert house.server.calls.count("pull") == pulls, "nobody polled"
    assert await house.store.read(cursors.get, house.account.id, "all") == 0, "what is pushed moves no cursor"

    house.server.write("in the gap")
    house.server.pushed.put_nowait(Unreachable("the stream broke"))
    await world.until(lambda: known_count(world, 2), tick_s=0)
    assert house.server.calls.count("pull") > pulls, "what fell into the gap is read at once"
    remote_id = house.server.write("early again")
    house.server.pushed.put_nowait(house.server.change(house.server.post(remote_id)))
    await world.until(lambda: known_count(world, 3))


async def test_a_stream_whose_token_expired_pauses_the_account(world: World) -> None:
    house = world.house
    house.server.pushed = asyncio.Queue()
    house.server.pushed.put_nowait(AuthExpired("no longer"))
    process = await world.process()
    await process.start()
    await world.until(lambda: process.state_of(house.account) == "paused")
    assert (await world.account(house.account)).state is AccountState.PAUSED
    assert len(world.opened) == 1, "nobody opened it again by himself"


async def test_reading_now_does_not_wait_for_the_poll(world: World) -> None:
    house = world.house
    process = await world.process()
    await process.start()
    await world.until(lambda: process.state_of(house.account) == "ok")
    house.server.write("news")
    process.engine.read_now()
    await world.until(lambda: known_count(world, 1), tick_s=0)


async def test_a_pane_that_opens_asks_what_stands_around(world: World) -> None:
    house = world.house
    asked = await house.asked()
    conversation = (await house.conversation(asked))["id"]
    assert isinstance(conversation, int)
    process = await world.process()
    assert await process.engine.refresh_thread(conversation) is False, "it does not read"
    await process.start()
    await world.until(lambda: process.state_of(house.account) == "ok")
    house.server.write("beside it", ANA, parent="m1")
    assert await process.engine.refresh_thread(conversation) is True
    assert await world.known() == ["m1", "m2"]
    house.server.post("m2").gone = True
    assert await process.engine.refresh_thread(conversation) is True
    rows = await house.store.read(lambda db: db.execute("SELECT state FROM message ORDER BY id").fetchall())
    assert [row[0] for row in rows] == ["shown", "removed"]
    house.server.fail("thread", Fault(before=Unreachable("away")))
    assert await process.engine.refresh_thread(conversation) is False
    assert await process.engine.refresh_thread(12345) is False
    house.server.abilities = house.server.abilities.model_copy(update={"thread_costs_money": True})
    assert await process.engine.refresh_thread(conversation) is False


async def test_how_a_connection_stands_is_told(world: World) -> None:
    house = world.house
    house.server.fail("whoami", Fault(before=away(sent=False)))
    process = await world.process()
    listener = process.hub.subscribe()
    await process.start()
    await world.until(lambda: process.state_of(house.account) == "ok")
    process.hub.close()
    told = [event async for event in listener if isinstance(event, ConnectionChanged)]
    assert [(event.state, event.because) for event in told] == [("retrying", "no answer"), ("ok", "")]
    assert told[0].retry_at is not None


async def test_a_round_beside_a_running_engine_takes_no_second_lease(world: World) -> None:
    house = world.house
    act = await house.reply(await house.asked(), hold_s=0)
    process = await world.process()
    await process.start()
    summary = await world.once(process)
    assert summary.accounts == 1
    assert await house.state(act) is ActState.SENT
    await world.until(lambda: process.engine.holds_lease)
    assert await house.store.read(outbox.epoch) <= 2
    assert house.server.replies() == ["On its way."]


async def test_an_account_that_ends_in_the_middle_of_a_send_holds_up_nobody(world: World) -> None:
    house = world.house
    other, other_server = await world.another_account()
    slow = await house.reply(await house.asked(), hold_s=0)
    house.server.gate = asyncio.Event()
    process = await world.process()
    await process.start()
    await world.until(house.server.at_gate.is_set)
    await house.store.write(accounts.set_state, house.account.id, AccountState.PAUSED, "by hand")
    elsewhere_asked = await house.arrive(other_server.write("Hello?", ANA), account=other, server=other_server)
    elsewhere = await house.reply(elsewhere_asked, "Hello!", account=other, hold_s=0)
    await world.until(lambda: sent(house, elsewhere))
    assert await house.state(slow) is ActState.SENDING
    await house.store.write(accounts.set_state, house.account.id, AccountState.ACTIVE, "")
    for _turn in range(10):
        await world.tick()
    assert len([network for network in world.opened if network.server is house.server]) == 1, "one at a time"
    house.server.gate.set()
    await world.until(lambda: sent(house, slow))
    await world.until(lambda: process.state_of(house.account) == "ok")
