"""A sent reply edited through the whole of cminbox, on practice networks that speak the real wire formats."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cminbox.clock import SimulatedClock
from cminbox.inbox import editing, outbox, queue, replies, undo
from cminbox.model.base import ActState, Direction
from cminbox.model.views import Filter
from cminbox.paths import Home
from cminbox.practice.mastodon_scene import MastodonScene
from cminbox.practice.matrix_scene import MatrixScene
from cminbox.service import Service


@pytest.mark.parametrize("scene_type", [MastodonScene, MatrixScene])
async def test_an_edit_reaches_the_network_and_undo_brings_the_former_text_back(
    tmp_path: Path, scene_type: type[MastodonScene | MatrixScene]
) -> None:
    clock, wall = SimulatedClock(), SimulatedClock()
    scene = scene_type(clock, "Lumen")
    service = await Service.open(
        Home.at(tmp_path), by="léa", clock=clock, wall=wall, transport_for=lambda _account: scene.transport
    )
    desk = service.desk

    async def tick() -> None:
        await desk.store.read(lambda _db: None)
        await desk.store.ingest(lambda _tx: None)
        await wall.advance(0.1)
        await clock.advance(1)

    async def until(so: Callable[[], Awaitable[object]]) -> None:
        for _turn in range(3000):
            if await so():
                return
            await tick()
        raise AssertionError("it never came to that")

    async def done(task: Awaitable[object]) -> None:
        running = asyncio.ensure_future(task)
        for _turn in range(3000):
            if running.done():
                return await running  # type: ignore[return-value]
            await tick()
        raise AssertionError("it never ends")

    def there() -> list[str]:
        return [answer.text for answer in scene.answers()]

    login = scene.login
    await done(service.add_account(login.network, secret=login.secret, url=login.url, name=login.name))
    scene.mention("ana", "Where is my parcel?")
    await service.start()
    await until(lambda: queue.page(desk, Filter(), 10))
    (row,) = await queue.page(desk, Filter(), 10)

    act = (await replies.reply(desk, row.id, "It leaves today.")).act or 0

    async def sent(act_id: int) -> bool:
        found = await outbox.get(desk, act_id)
        return found is not None and found.state is ActState.SENT

    await until(lambda: sent(act))
    (first,) = there()
    what = await editing.editable(desk, row.id)
    assert what.edits
    edit = (await editing.edit(desk, row.id, what.text.replace("today", "tomorrow"))).act or 0
    await until(lambda: sent(edit))
    assert there() == [first.replace("today", "tomorrow")]

    async def ours() -> str:
        view = await queue.view(desk, row.id)
        return next(each.text for each in view.messages if each.direction is Direction.OUT)

    assert "tomorrow" in await ours()
    counter = (await undo.undo(desk)).act or 0
    await until(lambda: sent(counter))
    assert there() == [first]
    assert "today" in await ours()
    await done(service.stop())
    await service.close()
