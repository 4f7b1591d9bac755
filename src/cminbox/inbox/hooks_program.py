"""One run of a hook's program: JSON on its standard input, a bounded time, what it says into the hooks' log."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cminbox.clock import Clock
from cminbox.i18n import _
from cminbox.inbox.shapes import iso
from cminbox.paths import Home
from cminbox.text import ascii_json, safe

KEPT: Final = 4_000
"""Bytes of what a program says that go into the log."""
_LOG: Final = 1_000_000
_GRACE_S: Final = 2.0


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
    try:
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=program.home.data,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Ended(_("{program} cannot be started: {why}.").format(program=program.argv[0], why=why))
    talk = asyncio.create_task(_talk(process, f"{ascii_json(dict(program.told))}\n".encode()))
    alarm = asyncio.create_task(_slept(program.wall, program.timeout_s))
    try:
        await asyncio.wait((talk, alarm), return_when=asyncio.FIRST_COMPLETED)
        late = not talk.done()
        if late:
            await _end(process, program.wall)
        said = await talk
    except asyncio.CancelledError:
        _kill(process, signal.SIGKILL)
        raise
    finally:
        for task in (talk, alarm):
            task.cancel()
        await asyncio.gather(talk, alarm, return_exceptions=True)
        await process.wait()
    if late:
        return Ended(_("it took longer than {n} s.").format(n=f"{program.timeout_s:g}"), said)
    if process.returncode:
        return Ended(_("it ended with {code}.").format(code=process.returncode), said)
    return Ended(said=said)


async def _talk(process: asyncio.subprocess.Process, told: bytes) -> str:
    """Tell it, listen until it has nothing more to say and is gone; returns the beginning of what it said."""
    assert process.stdin is not None
    assert process.stdout is not None
    listening = asyncio.create_task(_listened(process.stdout))
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(told)
            await process.stdin.drain()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.close()
            await process.stdin.wait_closed()
        await process.wait()
        # What it started and left behind may hold the pipe open: we do not wait for that.
        _kill(process, signal.SIGKILL)
        return await listening
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _listened(out: asyncio.StreamReader) -> str:
    kept = b""
    while piece := await out.read(65_536):
        kept += piece[: KEPT - len(kept)]
    return kept.decode("utf-8", "replace")


async def _end(process: asyncio.subprocess.Process, wall: Clock) -> None:
    """End it and what it started: asked first, killed a moment later."""
    _kill(process, signal.SIGTERM)
    gone, alarm = asyncio.create_task(process.wait()), asyncio.create_task(_slept(wall, _GRACE_S))
    try:
        await asyncio.wait((gone, alarm), return_when=asyncio.FIRST_COMPLETED)
    finally:
        alarm.cancel()
        gone.cancel()
        await asyncio.gather(gone, alarm, return_exceptions=True)
        _kill(process, signal.SIGKILL)


def _kill(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


async def _slept(wall: Clock, seconds: float) -> None:
    await wall.sleep(seconds)


def _note(program: Program, ended: Ended, took_s: float) -> None:
    """Write down how it ended; a log that grew large begins anew, the one before is kept."""
    path = program.home.hooks_log
    how = ended.problem or "ok"
    lines = [f"{iso(program.wall.now())} {program.hook} {took_s:.1f}s {how}"]
    lines += [f"  {safe(line)}" for line in ended.said.splitlines()]
    with contextlib.suppress(OSError):
        if path.exists() and path.stat().st_size > _LOG:
            path.replace(path.with_suffix(".log.1"))
        new = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(new, "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
