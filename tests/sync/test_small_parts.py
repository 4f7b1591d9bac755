"""Back-off, lease, events and watch."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.clock import SimulatedClock
from cminbox.errors import StoreError
from cminbox.model.base import ActState
from cminbox.model.changes import Feed
from cminbox.store.database import Store
from cminbox.sync.backoff import delay_s, poll_s
from cminbox.sync.events import ActMoved, ConnectionChanged, Hub, LeaseChanged, StoreChanged
from cminbox.sync.lease import Lease
from cminbox.sync.waiting import first
from cminbox.sync.watch import Watch

CALM = Feed(name="f", poll_s=60)


@given(attempt=st.integers(0, 10_000), chance=st.floats(0, 1, exclude_max=True))
def test_back_off_stays_between_its_bounds(attempt: int, chance: float) -> None:
    assert 1.0 <= delay_s(attempt, chance) <= 300.0
    assert delay_s(attempt, chance) <= 2.0 ** max(1, min(attempt, 20))


def test_back_off_doubles_and_spreads() -> None:
    assert [delay_s(n, 0.0) for n in (1, 2, 3, 20)] == [1, 2, 4, 150]
    assert [delay_s(n, 0.5) for n in (1, 2, 3, 20)] == [1.5, 3, 6, 225]
    assert delay_s(3, 0.0, base=10, cap=30) == 15


@pytest.mark.parametrize(
    ("age_s", "pushed", "interval"),
    [(None, False, 60), (30, False, 20), (3600, False, 60), (7 * 3600, False, 120), (30, True, 100), (3600, True, 300)],
)
def test_polling_follows_the_talk(age_s: float | None, pushed: bool, interval: float) -> None:
    assert poll_s(CALM, age_s, pushed) == interval


def test_a_feed_that_wants_to_be_read_often_is() -> None:
    assert poll_s(Feed(name="f", poll_s=3), 1, False) == 3
    assert poll_s(Feed(name="f", poll_s=600), 7 * 3600, True) == 900


def test_one_holds_the_lease(tmp_path: Path) -> None:
    one, other = Lease(tmp_path / "lease"), Lease(tmp_path / "lease")
    assert not one.somebody_holds()
    assert one.try_take()
    assert one.try_take()
    assert one.held
    assert not other.try_take()
    assert other.somebody_holds()
    assert one.somebody_holds()
    one.give()
    one.give()
    assert not other.somebody_holds()
    assert other.try_take()
    other.give()


def test_death_frees_the_lease(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from cminbox.sync.lease import Lease\n"
        "lease = Lease(Path(sys.argv[1])); print(lease.try_take(), flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "lease")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        lease = Lease(tmp_path / "lease")
        assert not lease.try_take()
        holder.kill()
        holder.wait()
        assert lease.try_take()
        lease.give()


def test_a_lease_that_cannot_be_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="permissions"):
        Lease(tmp_path).try_take()


async def test_everybody_hears_everything_in_order() -> None:
    hub = Hub()
    one, other = hub.subscribe(), hub.subscribe()
    events = [StoreChanged(1), ActMoved(1, ActState.SENT), StoreChanged(2), LeaseChanged(held=True)]
    for event in events:
        hub.post(event)
    hub.close()
    assert [event async for event in one] == events
    assert [event async for event in other] == events


async def test_changes_nobody_took_yet_are_one_change() -> None:
    hub = Hub()
    listener = hub.subscribe()
    for version in (1, 2, 3):
        hub.post(StoreChanged(version))
    hub.close()
    assert [event async for event in listener] == [StoreChanged(3)]


async def test_a_listener_waits_for_news() -> None:
    hub = Hub()
    listener = hub.subscribe()
    waiting = asyncio.ensure_future(anext(listener))
    await asyncio.sleep(0)
    assert not waiting.done()
    hub.post(StoreChanged(1))
    assert await waiting == StoreChanged(1)
    listener.close()
    hub.post(StoreChanged(2))
    assert [event async for event in listener] == []


async def test_how_connections_stand_is_remembered_and_told_once() -> None:
    hub = Hub()
    listener = hub.subscribe()
    away = ConnectionChanged(1, "shop", "retrying", "no answer")
    for event in (ConnectionChanged(1, "shop", "ok"), away, away):
        hub.post(event)
    assert hub.connections() == (away,)
    hub.forget(1)
    assert hub.connections() == ()
    hub.close()
    assert len([event async for event in listener]) == 2


async def test_waiting_for_the_first_of_two() -> None:
    clock, event = SimulatedClock(), asyncio.Event()
    by_time = asyncio.create_task(first(clock, 5, event))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await clock.advance(5)
    assert await by_time is False
    by_event = asyncio.create_task(first(clock, None, event))
    await asyncio.sleep(0)
    event.set()
    assert await by_event is True
    assert await first(clock, 100, event) is True
    event.clear()
    assert await first(clock, 0, event) is False
    assert clock.next_wake_s is None


async def test_the_watch_sees_commits_of_others_and_tidies_up_after_them(tmp_path: Path) -> None:
    store, other = [await Store.open(tmp_path / "t.db", SimulatedClock()) for _n in range(2)]
    hub = Hub()
    listener = hub.subscribe()
    watch = Watch(store, hub, SimulatedClock())
    tidied: list[int] = []

    async def checkpoint() -> None:
        tidied.append(1)

    store.checkpoint = checkpoint  # type: ignore[method-assign]
    for _turn in range(3):
        await watch.look()
    await other.write(lambda tx: tx.db.execute("INSERT INTO colleague (name) VALUES ('x')"))
    await watch.look()
    for _turn in range(100):
        await watch.look()
    hub.close()
    assert len([event async for event in listener]) == 1
    assert tidied == [1]
    await store.close()
    await other.close()
