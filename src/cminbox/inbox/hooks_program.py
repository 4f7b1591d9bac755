"""One run of a hook's program: JSON on its standard input, a bounded time, what it says into the hooks' log."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cminbox.clock import Clock, iso
from cminbox.i18n import _
from cminbox.paths import Home, append
from cminbox.text import ascii_json, safe

KEPT: Final = 4_000
"""Bytes of what a program says that go into the log."""
_GRACE_S: Final = 2.0
_LAST_WORDS_S: Final = 0.2
"""How long its words are waited for when it is gone: what it left running behind it may hold the pipe for ever."""


@dataclass(frozen=True)
class Program:
    """What is run: `argv` as it is, without a shell, in the data folder, with `told` as one line of JSON.

    `wall` is real time: it ends after `timeout_s` seconds of it.
    """

    hook: str
    argv: tuple[str, ...]
    told: Mapping[str, Any]
    timeout_s: float
    home: Home
    wall: Clock


@dataclass(frozen=True)
class Ended:
    """How it ended: `problem` is a sentence, empty where all went well; `said` the beginning of what it said."""

    problem: str = ""
    said: str = ""


async def run(program: Program) -> Ended:
    """Run it to its end, or until its time is up; then its whole process group is killed. What it does never raises.

    When the caller is cancelled, it is killed too.
    """
    begun = program.wall.monotonic()
    ended = await _run(program)
    _note(program, ended, program.wall.monotonic() - begun)
    return ended


async def _run(program: Program) -> Ended:
    # A pipe of our own: asyncio's would keep us waiting for whatever the program left behind with it.
    out, end = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=end,
            stderr=end,
            cwd=program.home.data,
            start_new_session=True,
        )
    except BaseException as error:
        os.close(out)
        if not isinstance(error, OSError | ValueError):
            raise
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Ended(_("{program} cannot be started: {why}.").format(program=program.argv[0], why=why))
    finally:
        os.close(end)
    said = bytearray()
    listening = asyncio.create_task(_listen(out, said))
    telling = asyncio.create_task(_tell(process, f"{ascii_json(dict(program.told))}\n".encode()))
    try:
        late = not await _within(program.wall, program.timeout_s, telling)
        if late:
            _kill(process, signal.SIGTERM)
            await _within(program.wall, _GRACE_S, telling)
            _kill(process, signal.SIGKILL)
            await process.wait()
        await _within(program.wall, _LAST_WORDS_S, listening)
    except BaseException:
        _kill(process, signal.SIGKILL)
        raise
    finally:
        for task in (telling, listening):
            task.cancel()
        await asyncio.gather(telling, listening, return_exceptions=True)
        await process.wait()
    words = said.decode("utf-8", "replace")
    if late:
        return Ended(_("it took longer than {n} s.").format(n=f"{program.timeout_s:g}"), words)
    if process.returncode:
        return Ended(_("it ended with {code}.").format(code=process.returncode), words)
    return Ended(said=words)


async def _tell(process: asyncio.subprocess.Process, told: bytes) -> None:
    """Tell it, and wait until it is gone."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(told)
        await process.stdin.drain()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.close()
        await process.stdin.wait_closed()
    await process.wait()


async def _listen(out: int, said: bytearray) -> None:
    """Read what it says to the end, and keep the beginning."""
    reader = asyncio.StreamReader()
    pipe = os.fdopen(out, "rb", 0)
    transport, _protocol = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    try:
        while piece := await reader.read(65_536):
            said += piece[: KEPT - len(said)]
    finally:
        transport.close()


async def _within(wall: Clock, seconds: float, task: asyncio.Task[None]) -> bool:
    """Whether a task ends within a time; it goes on where it does not."""
    alarm = asyncio.create_task(_slept(wall, seconds))
    try:
        await asyncio.wait((task, alarm), return_when=asyncio.FIRST_COMPLETED)
    finally:
        alarm.cancel()
        await asyncio.gather(alarm, return_exceptions=True)
    return task.done()


def _kill(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def _slept(wall: Clock, seconds: float) -> None:
    await wall.sleep(seconds)


def _note(program: Program, ended: Ended, took_s: float) -> None:
    """Write down how it ended."""
    how = ended.problem or "ok"
    lines = [f"{iso(program.wall.now())} {program.hook} {took_s:.1f}s {how}"]
    lines += [f"  {safe(line)}" for line in ended.said.splitlines()]
    with contextlib.suppress(OSError):
        append(program.home.hooks_log, "".join(f"{line}\n" for line in lines))
