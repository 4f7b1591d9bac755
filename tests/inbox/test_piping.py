"""Piping: programs get the conversation, say something, fail, say too much, take too long, are stopped."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC
from pathlib import Path

import pytest
from tests.inbox.office import Office
from tests.life import Life

from cminbox.clock import SimulatedClock
from cminbox.errors import UsageError
from cminbox.inbox import piping, queue

PY = sys.executable


async def go(code: str, given: str = "hello\n", *, timeout_s: float = 30.0) -> piping.Piped:
    return await piping.run([PY, "-c", code], given, timeout_s=timeout_s, wall=SimulatedClock())


async def test_a_program_reads_the_text_and_what_it_says_comes_back() -> None:
    piped = await go(
        "import sys; t = sys.stdin.read(); print(t.upper(), end=''); print('mind', file=sys.stderr)", "où ?\n"
    )
    assert piped == piping.Piped("OÙ ?\n", "mind\n", 0)


async def test_the_exit_code_is_told_and_a_program_may_not_read_at_all() -> None:
    piped = await go("import sys; sys.exit(3)", "x" * 1_000_000)
    assert (piped.code, piped.late, piped.cut) == (3, False, False)


async def test_who_says_too_much_is_ended() -> None:
    piped = await go("while True: print('x' * 60_000)")
    assert piped.cut
    assert len(piped.out) == piping.MOST


def endless(life: Life) -> str:
    """A program that starts another one and waits for it; both go on until the test lets them go."""
    return f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {life.code!r}]).wait()"


async def test_who_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    wall, life = SimulatedClock(), Life(tmp_path)
    running = asyncio.create_task(piping.run([PY, "-c", endless(life)], "", timeout_s=30, wall=wall))
    async with life:
        await wall.advance(31)
        piped = await running
        assert piped.late
        assert piped.code < 0
        assert not await life.went_on()


async def test_stopping_ends_it_with_what_it_started(tmp_path: Path) -> None:
    life = Life(tmp_path)
    running = asyncio.create_task(piping.run([PY, "-c", endless(life)], "", timeout_s=600, wall=SimulatedClock()))
    async with life:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not await life.went_on()


async def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UsageError, match="no-such-program-here cannot be started"):
        await piping.run(["no-such-program-here"], "", timeout_s=5, wall=SimulatedClock())


def test_a_command_is_no_line_of_a_shell_unless_it_is_said_to_be() -> None:
    assert piping.words("grep -i 'lost parcel' | wc", shell=False) == ["grep", "-i", "lost parcel", "|", "wc"]
    assert piping.words("a | b", shell=True) == ["/bin/sh", "-c", "a | b"]
    for text in ("", "   ", "grep 'open"):
        with pytest.raises(UsageError):
            piping.words(text, shell=False)


async def test_the_plain_text_is_safe_and_the_json_is_that_of_show(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", text="hi \x1b[31mred\x1b[0m\nthere")
    view = await queue.view(desk, one)
    text = piping.as_text(view, UTC)
    assert "\x1b" not in text
    assert "@ana:\n" in text
    assert "there\n" in text
    told = json.loads(piping.as_json(view))
    assert told["id"] == one
    assert told["messages"][0]["text"] == "hi \x1b[31mred\x1b[0m\nthere"
