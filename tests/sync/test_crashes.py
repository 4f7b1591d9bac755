"""The plug is pulled at every step of reading and sending: nothing is lost, nothing is doubled.

A process dies at a *point*: before or after any transaction, before or after any deed of the network. What it held in
memory is gone; the folder and the world stay.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cminbox.clock import SimulatedClock
from cminbox.model.base import ActState
from cminbox.store.database import Store
from cminbox.sync.attempt import Attempt
from cminbox.sync.lane import Lane
from cminbox.sync.poller import Poller

from .rig import ANA, FakeNetwork, FakeServer, Fault, House, Killed, away, build


class Reaper:
    """Lets a process live for so many points; from then on it is dead."""

    def __init__(self, lives: int) -> None:
        self.lives = lives

    def point(self) -> None:
        self.lives -= 1
        if self.lives < 0:
            raise Killed

    @property
    def struck(self) -> bool:
        return self.lives < 0


class MortalStore(Store):
    """A store whose process may die around any transaction."""

    reaper: Reaper

    async def _transact(self, durable: bool, fn: Any, args: Any, kwargs: Any) -> Any:
        self.reaper.point()
        result = await super()._transact(durable, fn, args, kwargs)
        self.reaper.point()
        return result


class MortalNetwork(FakeNetwork):
    """A connector whose process may die around any call."""

    reaper: Reaper

    async def _call(self, name: str, deed: Any) -> Any:
        self.reaper.point()
        result = await super()._call(name, deed)
        self.reaper.point()
        return result


async def live(house: House, lives: int) -> bool:
    """One process reads everything and works the outbox until it rests, or dies; True where it died."""
    reaper = Reaper(lives)
    house.store = await MortalStore.open(house.folder / "t.db", house.clock)
    assert isinstance(house.store, MortalStore)
    house.store.reaper = reaper
    try:
        with contextlib.suppress(Killed):
            lane = await house.lane()
            network = mortal(lane, reaper)
            poller = Poller(house.store, house.clock, house.account, network, lambda: 0.0)
            await poller.turn(everything=True)
            await house.work(lane, for_s=400)
    finally:
        await house.store.close()
    return reaper.struck


def mortal(lane: Lane, reaper: Reaper) -> MortalNetwork:
    """Make the lane's connector mortal."""
    network = lane._attempt._network
    network.__class__ = MortalNetwork
    assert isinstance(network, MortalNetwork)
    network.reaper = reaper
    return network


async def prepare(folder: Path, *, keyed: bool, texts: tuple[str, ...]) -> House:
    """Two conversations with answers on their way, and more that was not read yet."""
    house = await build(folder, keyed=keyed)
    jules, ana = await house.asked("Where is my parcel?"), await house.asked("And mine?", ANA)
    for n, text in enumerate(texts):
        await house.reply((jules, ana)[n % 2], text)
    house.server.page = 2
    for n in range(3):
        house.server.write(f"Unread {n}")
    await house.store.close()
    return house


def again(house: House, folder: Path) -> House:
    """The same house and world once more, to try another death in."""
    shutil.copytree(house.folder, folder)
    clock = SimulatedClock()
    server = FakeServer(clock, keyed=house.server.keyed)
    server.page, server.posts = house.server.page, [replace(post) for post in house.server.posts]
    return replace(house, folder=folder, clock=clock, server=server, events=[], expired=[])


async def check(house: House, texts: tuple[str, ...]) -> None:
    """What must hold in the end, counted at the server and in the store."""
    assert sorted(house.server.replies()) == sorted(texts)
    store = await Store.open(house.folder / "t.db", house.clock)
    try:
        acts = await store.read(lambda db: db.execute("SELECT state, result_message_id FROM act").fetchall())
        assert [row["state"] for row in acts] == [ActState.SENT] * len(texts)
        ours = await store.read(
            lambda db: db.execute("SELECT id, text FROM message WHERE direction = 'out' ORDER BY text").fetchall()
        )
        assert [row["text"] for row in ours] == sorted(texts)
        assert {row["id"] for row in ours} == {row["result_message_id"] for row in acts}
        remote = await store.read(lambda db: db.execute("SELECT remote_id FROM message ORDER BY id").fetchall())
        assert sorted(row[0] for row in remote) == sorted(post.remote_id for post in house.server.posts)
        waiting = await store.read(lambda db: db.execute("SELECT count(*) FROM participant WHERE waits_ms").fetchone())
        assert waiting[0] == 3, "only the three that were not answered"
    finally:
        await store.close()


TROUBLES = {
    "nothing": (),
    "the answer is lost": (Fault(after=away(sent=True)),),
    "the request is lost": (Fault(before=away(sent=True)),),
    "never connected": (Fault(before=away(sent=False)),),
}


@pytest.mark.parametrize(
    ("trouble", "keyed"), [*((trouble, False) for trouble in TROUBLES), ("the answer is lost", True)], ids=str
)
async def test_killed_once_at_every_point(tmp_path: Path, trouble: str, keyed: bool) -> None:
    texts = ("one", "two")
    first = tmp_path / "first"
    first.mkdir()
    template = await prepare(first, keyed=keyed, texts=texts)
    for lives in range(1000):
        house = again(template, tmp_path / str(lives))
        house.server.fail("perform", *TROUBLES[trouble])
        died = await live(house, lives)
        await live(house, 100_000)
        await check(house, texts)
        if not died:
            assert lives > 30
            return
    raise AssertionError("it never came to its end")


async def test_killed_twice(tmp_path: Path) -> None:
    """The second process dies too, early or late."""
    first_folder = tmp_path / "first"
    first_folder.mkdir()
    template = await prepare(first_folder, keyed=False, texts=("one",))
    for first in range(12, 36, 2):
        for second in range(first % 4, 32, 4):
            house = again(template, tmp_path / f"{first}-{second}")
            await live(house, first)
            await live(house, second)
            await live(house, 100_000)
            await check_counts(house, ("one",))


async def check_counts(house: House, texts: tuple[str, ...]) -> None:
    assert sorted(house.server.replies()) == sorted(texts)
    store = await Store.open(house.folder / "t.db", house.clock)
    try:
        states = await store.read(lambda db: db.execute("SELECT state FROM act").fetchall())
        assert [row[0] for row in states] == ["sent"] * len(texts)
    finally:
        await store.close()


async def test_an_account_that_closes_while_a_send_is_being_committed_finishes_that_send(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled between the commit of *sending* and the request, an act must not stay there for ever."""
    act = await house.reply(await house.asked())
    await house.clock.advance(11)
    lane = await house.lane()
    await lane.step()
    begin, loop = Attempt._begin, asyncio.get_running_loop()
    stepping: list[asyncio.Task[float | None]] = []
    cancelled = threading.Event()

    def cancel() -> None:
        stepping[0].cancel()
        loop.call_soon(cancelled.set)

    def begin_and_be_cancelled(self: Attempt, *args: Any) -> Any:
        loop.call_soon_threadsafe(cancel)
        assert cancelled.wait(10)
        return begin(self, *args)

    monkeypatch.setattr(Attempt, "_begin", begin_and_be_cancelled)
    stepping.append(asyncio.create_task(lane.step()))
    with pytest.raises(asyncio.CancelledError):
        await stepping[0]
    await lane.settled()
    assert await house.state(act) is ActState.SENT
    assert house.server.replies() == ["On its way."]


async def test_an_act_left_in_the_middle_of_its_sending_is_looked_after(house: House) -> None:
    act = await house.reply(await house.asked())
    await house.store.write(lambda tx: tx.db.execute("UPDATE act SET state = 'sending', first_tried_ms = 0"))
    lane = await house.lane()
    await house.work(lane, for_s=300)
    assert (await house.history(act))[-4:] == ["uncertain", "queued", "sending", "sent"]
    assert house.server.replies() == ["On its way."]
