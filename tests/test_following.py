"""Rules and hooks as the service runs them: beside the reading, by whoever holds the lease, in a single round too."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from cminbox.inbox import outbox, queue, triage
from cminbox.model.base import ActState
from cminbox.model.views import Filter, View
from cminbox.service import ConnectionChanged, Noticed, Service
from cminbox.store import rules
from sync.rig import ANA
from test_service import Listener, World, wait_for, world  # noqa: F401 - the fixture

RULES = """
[[rule]]
name = "parcels"
on = true
when = "parcel"
do = ["tag lost", "note seen", "like"]
"""


async def all_rows(service: Service) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.text, row.tags) for row in await queue.page(service.desk, Filter(view=View.ANY), 50)]


async def until(world: World, done) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    for _turn in range(20_000):
        if await done():
            return
        await world.tick(0)
    raise AssertionError("it never comes")


def hooked(world: World, log: Path, name: str = "on_message") -> None:  # noqa: F811
    world.home.make()
    told = json.dumps(["/bin/sh", "-c", f"cat >> {log}"])
    world.home.settings_file.write_text(f"[hooks]\n{name} = {told}\ntimeout_s = 600\n", encoding="utf-8")


async def test_the_holder_of_the_lease_runs_the_rules_and_the_next_one_goes_on(world: World) -> None:  # noqa: F811
    reader, writer = await world.service("daemon"), await world.service("léa")
    world.home.rules_file.write_text(RULES, encoding="utf-8")
    await reader.add_account("fake", secret="good")
    heard, seen = Listener(reader), Listener(writer)
    await reader.start()
    await wait_for(world, heard, ConnectionChanged, state="ok")
    await writer.start()
    world.server.write("Where is my parcel?", ANA)
    await writer.read_now()

    async def tagged() -> bool:
        return [tags for _text, tags in await all_rows(writer)] == [("lost",)]

    await until(world, tagged)
    await world.finish(asyncio.create_task(reader.stop()))
    await wait_for(world, seen, ConnectionChanged, state="ok")
    assert writer.holds_lease
    world.server.write("Another parcel", ANA)
    await writer.read_now()

    async def all_through() -> bool:
        runs = "SELECT count(*), count(DISTINCT message_id) FROM rule_run WHERE result = 'did'"
        return tuple(await writer.store.read(lambda db: db.execute(runs).fetchone())) == (6, 2)

    await until(world, all_through)
    assert [tags for _text, tags in await all_rows(writer)] == [("lost",)] * 2
    for row in await queue.page(writer.desk, Filter(view=View.ANY), 9):
        notes = [m.text for m in (await queue.view(writer.desk, row.id)).messages if m.audience == "note"]
        assert notes == ["seen"]


async def test_a_single_round_runs_the_rules_sends_what_they_do_and_tells_the_hooks(
    world: World,  # noqa: F811
    tmp_path: Path,
) -> None:
    log = tmp_path / "told"
    hooked(world, log)
    service = await world.service()
    world.home.rules_file.write_text(RULES, encoding="utf-8")
    await service.add_account("fake", secret="good")
    await world.finish(asyncio.create_task(service.once()))
    world.server.write("Where is my parcel?", ANA)
    summary = await until_done(world, asyncio.create_task(service.once()))
    assert (summary.messages_in, summary.acts_sent) == (1, 1)
    (act,) = await outbox.rows(service.desk, [ActState.SENT])
    assert (act.verb, act.by) == ("like", rules.ACTOR)
    (told,) = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert told["message"]["text"] == "Where is my parcel?"
    assert told["conversation"]["tags"] == ["lost"]
    assert not service.holds_lease


async def until_done(world: World, task: asyncio.Task):  # type: ignore[no-untyped-def,type-arg]  # noqa: F811
    async def done() -> bool:
        return task.done()

    for _turn in range(20_000):
        if await done():
            return task.result()
        await world.tick()
    raise AssertionError("it never ends")


async def test_a_hook_hears_of_what_a_colleague_did_in_another_process(world: World, tmp_path: Path) -> None:  # noqa: F811
    log = tmp_path / "told"
    hooked(world, log, "on_assigned")
    reader, writer = await world.service("daemon"), await world.service("léa", sync=False)
    await reader.add_account("fake", secret="good")
    world.server.write("hello", ANA)
    heard = Listener(reader)
    await reader.start()
    await wait_for(world, heard, ConnectionChanged, state="ok")

    async def there() -> bool:
        return len(await all_rows(writer)) == 1

    await until(world, there)
    (row,) = await queue.page(writer.desk, Filter(view=View.ANY), 9)
    await triage.take(writer.desk, [row.id])

    async def told() -> bool:
        return log.exists() and log.read_text(encoding="utf-8").endswith("\n")

    await until(world, told)
    assert json.loads(log.read_text(encoding="utf-8"))["assignee"] == "léa"


async def test_a_hook_that_fails_is_noticed_once_and_reading_goes_on(world: World) -> None:  # noqa: F811
    world.home.make()
    world.home.settings_file.write_text('[hooks]\non_message = ["/nothing/here"]\n', encoding="utf-8")
    service = await world.service()
    await service.add_account("fake", secret="good")
    heard = Listener(service)
    await service.start()
    await wait_for(world, heard, ConnectionChanged, state="ok")
    for text in ("one", "two"):
        world.server.write(text, ANA)
    await service.read_now()
    await wait_for(world, heard, Noticed)

    async def both() -> bool:
        follower = await service.store.read(lambda db: db.execute("SELECT position FROM follower").fetchall())
        return len(await all_rows(service)) == 2 and max(row[0] for row in follower) > 1

    await until(world, both)
    assert len([event for event in heard.events if isinstance(event, Noticed)]) == 1


async def test_the_daemon_tells_who_was_given_a_conversation_with_no_screen_open(
    world: World,  # noqa: F811
    tmp_path: Path,
) -> None:
    log = tmp_path / "told"
    hooked(world, log, "on_notify")
    reader, writer = await world.service("daemon"), await world.service("léa")
    await world.service("omar")
    await reader.add_account("fake", secret="good")
    heard = Listener(reader)
    await reader.start()
    await wait_for(world, heard, ConnectionChanged, state="ok")
    world.server.write("Where is my parcel?", ANA)
    await reader.read_now()

    async def there() -> bool:
        return bool(await all_rows(writer))

    await until(world, there)
    (row,) = await queue.page(writer.desk, Filter(view=View.ANY), 9)
    await triage.assign(writer.desk, [row.id], "omar")

    async def told() -> bool:
        return log.exists() and log.read_text(encoding="utf-8").endswith("\n")

    await until(world, told)
    (line,) = log.read_text(encoding="utf-8").splitlines()
    found = json.loads(line)
    assert (found["hook"], found["colleague"], found["event"]) == ("on_notify", "omar", "assigned")
    assert found["conversations"] == [row.id]
