"""Hooks: what a program is told, in which order, again after a crash, and what becomes of one that fails."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.inbox.office import Office
from tests.life import Life

from cminbox.clock import SimulatedClock
from cminbox.config.settings import Hooks, Settings
from cminbox.inbox import replies, tags, triage, undo
from cminbox.inbox.hooks import HookRunner
from cminbox.inbox.hooks_program import KEPT, Ended, Program, run
from cminbox.model.base import AccountState, ActState
from cminbox.paths import Home
from cminbox.store import accounts


class Heard:
    """Stands for the programs: remembers what they were told. `ends` may be set to a problem."""

    def __init__(self, office: Office, **argv: tuple[str, ...]) -> None:
        self.office = office
        self.home = Home.at(office.path / "home")
        self.home.make()
        self.settings = Settings(hooks=Hooks.model_validate(argv))
        self.told: list[dict[str, Any]] = []
        self.problem = ""
        self.heard: list[str] = []
        self.gate: asyncio.Event | None = None
        self.at_gate = asyncio.Event()

    async def runner(self) -> HookRunner:
        desk = replace(await self.office.desk(), settings=self.settings)
        runner = HookRunner(desk, self.home, SimulatedClock(), self.program, self.heard.append)
        await runner.begin()
        return runner

    async def program(self, program: Program) -> Ended:
        if self.gate is not None:
            self.at_gate.set()
            await self.gate.wait()
        self.told.append(dict(program.told))
        return Ended(self.problem)


async def test_a_message_is_told_as_show_tells_it_and_only_once(office: Office) -> None:
    await office.arrive("before")
    heard = Heard(office, on_message=("x",))
    runner = await heard.runner()
    one = await office.arrive("one", text="Où est mon colis ?")
    await triage.star(await office.desk(), [one])
    two = await office.arrive("two")
    await runner.catch_up()
    await runner.catch_up()
    await (await heard.runner()).catch_up()
    assert [told["conversation"]["id"] for told in heard.told] == [one, two]
    first = heard.told[0]
    assert (first["hook"], first["message"]["text"], first["message"]["direction"]) == (
        "on_message",
        "Où est mon colis ?",
        "in",
    )
    assert {"id", "network", "account", "state", "unanswered", "tags", "assignee"} <= first["conversation"].keys()
    assert first["at"].endswith("Z")


async def test_history_is_not_told(office: Office) -> None:
    from datetime import timedelta

    heard = Heard(office, on_message=("x",))
    runner = await heard.runner()
    await office.arrive("old", at=office.account.connected_at - timedelta(days=1))
    await runner.catch_up()
    assert heard.told == []


async def test_sent_and_failed_are_told_by_their_own_hooks(office: Office) -> None:
    heard = Heard(office, on_sent=("x",), on_failed=("y",))
    runner = await heard.runner()
    desk = await office.desk()
    acts = []
    for key in ("one", "two"):
        outcome = await replies.reply(desk, await office.arrive(key), f"Hello {key}")
        assert outcome.act is not None
        acts.append(outcome.act)
    await office.sent(acts[0], "r1")
    await office.move(acts[1], ActState.QUEUED, ActState.SENDING, ActState.FAILED)
    await runner.catch_up()
    assert sorted((told["hook"], told["act"]["id"], told["act"]["state"]) for told in heard.told) == [
        ("on_failed", acts[1], "failed"),
        ("on_sent", acts[0], "sent"),
    ]
    assert all(told["act"]["verb"] == "reply" and told["conversation"]["id"] for told in heard.told)


async def test_assigning_is_told_with_who_did_it_also_when_it_is_undone(office: Office) -> None:
    heard = Heard(office, on_assigned=("x",))
    runner = await heard.runner()
    lea, _tom = await office.desk("léa"), await office.desk("tom")
    one = await office.arrive("one")
    await tags.tag(lea, [one], "vip")
    await triage.assign(lea, [one], "tom")
    await undo.undo(lea)
    await runner.catch_up()
    assert [(told["by"], told["assignee"], told["conversation"]["id"]) for told in heard.told] == [
        ("léa", "tom", one),
        ("léa", None, one),
    ]


async def test_an_account_that_pauses_or_goes_on_is_told(office: Office) -> None:
    heard = Heard(office, on_account=("x",))
    runner = await heard.runner()
    for state in (AccountState.PAUSED, AccountState.PAUSED, AccountState.ACTIVE):
        await office.store.write(accounts.set_state, office.account.id, state, "expired")
    await runner.catch_up()
    assert [(told["was"], told["account"]["state"], told["account"]["name"]) for told in heard.told] == [
        ("active", "paused", "brand"),
        ("paused", "active", "brand"),
    ]


async def test_a_program_that_fails_is_passed_over_and_told_once_until_it_works_again(office: Office) -> None:
    heard = Heard(office, on_message=("x",))
    runner = await heard.runner()
    for problem in ("it ended with 1.", "it ended with 1.", "", "it ended with 2."):
        heard.problem = problem
        await office.arrive("one")
        await runner.catch_up()
    assert len(heard.told) == 4
    assert len(heard.heard) == 2
    assert "on_message" in heard.heard[0]
    assert "it ended with 1." in heard.heard[0]


async def test_what_was_being_told_when_the_process_died_is_told_again(office: Office) -> None:
    heard = Heard(office, on_message=("x",))
    runner = await heard.runner()
    ids = [await office.arrive(f"c{n}") for n in range(3)]
    heard.gate = asyncio.Event()
    dying = asyncio.create_task(runner.catch_up())
    await heard.at_gate.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    heard.gate = None
    await (await heard.runner()).catch_up()
    assert [told["conversation"]["id"] for told in heard.told] == ids


async def test_a_slow_hook_keeps_no_other_waiting(office: Office) -> None:
    heard = Heard(office, on_message=("x",), on_assigned=("y",))
    runner = await heard.runner()
    one = await office.arrive("one")
    await triage.take(await office.desk(), [one])
    gate = asyncio.Event()
    program = heard.program

    async def slow(given: Program) -> Ended:
        if given.hook == "on_message":
            await gate.wait()
        ended = await program(given)
        if given.hook == "on_assigned":
            gate.set()
        return ended

    runner._run = slow
    await runner.catch_up()
    assert [told["hook"] for told in heard.told] == ["on_assigned", "on_message"]


async def test_a_hook_that_was_taken_out_is_not_told_what_it_missed(office: Office) -> None:
    heard = Heard(office, on_message=("x",))
    await heard.runner()
    heard.settings = Settings()
    await heard.runner()
    await office.arrive("missed")
    heard.settings = Settings(hooks=Hooks(on_message=("x",)))
    runner = await heard.runner()
    one = await office.arrive("one")
    await runner.catch_up()
    assert [told["conversation"]["id"] for told in heard.told] == [one]


def _program(home: Home, code: str, *, wall: Any = None, timeout_s: float = 20, hook: str = "on_message") -> Program:
    argv = (sys.executable, "-c", code)
    return Program(hook, argv, {"hook": hook, "text": "é\n[/b]"}, timeout_s, home, wall or SimulatedClock())


async def test_a_program_gets_one_line_of_json_and_its_words_go_into_the_log(home: Home) -> None:
    code = (
        "import sys,json,os; d=json.loads(sys.stdin.readline()); print(d['text'][0], sys.stdin.read()=='', os.getcwd())"
    )
    ended = await run(_program(home, code))
    assert ended == Ended(said=f"é True {home.data}\n")
    log = home.hooks_log.read_text(encoding="utf-8")
    assert "on_message" in log
    assert f"  é True {home.data}\n" in log
    assert stat.S_IMODE(home.hooks_log.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; sys.exit(3)", "it ended with 3."),
        ("import sys; sys.stdin.close(); print('x' * 500_000, flush=True); sys.exit(4)", "it ended with 4."),
    ],
)
async def test_a_program_that_ends_badly_says_how(home: Home, code: str, why: str) -> None:
    ended = await run(_program(home, code))
    assert ended.problem == why
    assert len(ended.said) <= KEPT


async def test_a_program_that_is_not_there_says_so(home: Home) -> None:
    ended = await run(replace(_program(home, ""), argv=(str(home.data / "nothing"),)))
    assert "cannot be started" in ended.problem


async def test_a_program_that_takes_too_long_is_ended_with_what_it_started(home: Home, tmp_path: Path) -> None:
    wall, life = SimulatedClock(), Life(tmp_path)
    code = (
        "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"if os.fork() == 0: {life.code}\nelse: os.wait()"
    )
    task = asyncio.create_task(run(_program(home, code, wall=wall, timeout_s=30)))
    async with life:
        await wall.advance(29)
        assert not task.done()
        while not task.done():
            await wall.advance(1)
        assert task.result().problem == "it took longer than 30 s."
        assert not await life.went_on()


async def test_a_program_is_killed_when_its_caller_goes(home: Home, tmp_path: Path) -> None:
    life = Life(tmp_path)
    task = asyncio.create_task(run(_program(home, life.code)))
    async with life:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not await life.went_on()


class Wall(SimulatedClock):
    """Tells when somebody waits for a moment only."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if seconds < 1:
            self.moment.set()
        await super().sleep(seconds)


async def test_what_a_program_leaves_running_goes_on_and_holds_nothing_up(home: Home, tmp_path: Path) -> None:
    wall, life = Wall(), Life(tmp_path)
    code = f"import os; print('gone', flush=True)\nif os.fork() == 0: {life.code}"
    task = asyncio.create_task(run(_program(home, code, wall=wall)))
    async with life:
        await wall.moment.wait()
        while not task.done():
            await wall.advance(0.1)
        assert wall.monotonic() < 1
        assert task.result() == Ended(said="gone\n")
        assert await life.went_on()


async def test_nothing_of_a_shell_is_read(home: Home) -> None:
    marker = home.data / "owned"
    argv = ("/bin/echo", f"; touch {marker}", "$(touch x)", "`touch y`")
    ended = await run(replace(_program(home, ""), argv=argv))
    assert ended.said == f"; touch {marker} $(touch x) `touch y`\n"
    assert not marker.exists()


async def test_the_json_is_ascii(home: Home) -> None:
    ended = await run(_program(home, "import sys; print(ascii(sys.stdin.buffer.read()))"))
    line = json.loads(ended.said.strip()[2:-3].replace("\\\\", "\\"))
    assert line["text"] == "é\n[/b]"
    assert "\\\\u00e9" in ended.said
