"""Piping: a conversation given to a program of the machine, and what the program says of it.

Without a shell unless the settings say so: a text from outside is only ever on standard input, never in the command.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo

from cminbox.clock import Clock
from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox import shapes
from cminbox.model.base import Audience, Direction, MessageState
from cminbox.model.rows import ConversationView, MessageRow
from cminbox.text import ascii_json, label, safe

MOST = 1_000_000
"""Bytes of output that are kept; a program that says more is ended."""
_PIECE = 65_536
_GRACE_S = 5.0


@dataclass(frozen=True)
class Piped:
    """What a program said: standard output and standard error (raw), and how it ended.

    `code` is its exit code (negative: the signal that ended it). `late`: it took too long and was ended; `cut`: it said
    more than `MOST` and was ended.
    """

    out: str
    err: str
    code: int
    late: bool = False
    cut: bool = False


def words(command: str, *, shell: bool) -> list[str]:
    """A command as the program and its arguments; with `shell`, as a line of /bin/sh. Raises UsageError for none."""
    if not command.strip():
        raise UsageError(_("There is no command."))
    if shell:
        return ["/bin/sh", "-c", command]
    try:
        found = shlex.split(command)
    except ValueError as error:
        raise UsageError(
            _("This is no command: {error}.").format(error=str(error).rstrip(".")), _("Close the quotes.")
        ) from error
    return found


async def run(command: Sequence[str], given: str, *, timeout_s: float, wall: Clock) -> Piped:
    """Run a program with `given` on its standard input, for `timeout_s` seconds of `wall` at most.

    It runs in a session of its own, without our terminal; ended (also when this is cancelled), it ends with all that
    it started. Raises UsageError where it cannot be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(
            _("{name} cannot be started: {why}.").format(name=safe(command[0]), why=error.strerror or str(error)),
            _("Check its name; with [pipe] shell = true it is a line of the shell."),
        ) from error
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = bytearray(), bytearray()
    feeding = asyncio.create_task(_feed(process.stdin, given.encode("utf-8", "replace")))
    ending = asyncio.gather(
        _read(process, process.stdout, out), _read(process, process.stderr, err), process.wait(), return_exceptions=True
    )
    waiting = asyncio.create_task(wall.sleep(timeout_s))
    try:
        await asyncio.wait((ending, waiting), return_when=asyncio.FIRST_COMPLETED)
        late = not ending.done()
    finally:
        if not ending.done():
            _end(process)
            # Whoever left our session with our pipe in hand is not waited for.
            await asyncio.wait((ending,), timeout=_GRACE_S)
        for task in (feeding, ending, waiting):
            task.cancel()
        await asyncio.gather(feeding, ending, waiting, return_exceptions=True)
    code = process.returncode if process.returncode is not None else -signal.SIGKILL
    return Piped(_decoded(out), _decoded(err), code, late, len(out) > MOST or len(err) > MOST)


def as_text(view: ConversationView, zone: tzinfo | None) -> str:
    """A conversation as plain text: a line on what it is, then each message with who wrote it when. Safe to print."""
    row = view.row
    lines = [", ".join(safe(part) for part in (row.brand, row.network, row.account, row.kind.value) if part)]
    if view.topic is not None and (told := view.topic.title or view.topic.text):
        lines.append(_("Topic: {title}").format(title=safe(told)))
    for message in (*view.above, *view.messages):
        lines += ["", _head(message, zone), safe(message.text, newlines=True)]
        lines += [
            f"[{safe(media.type)}: {safe(media.alt)}]" if media.alt else f"[{safe(media.type)}]"
            for media in message.media
        ]
    return "\n".join(lines) + "\n"


def as_json(view: ConversationView) -> str:
    """A conversation as `cminbox show --json` prints it: one object on one line."""
    return ascii_json(shapes.view(view)) + "\n"


def _head(message: MessageRow, zone: tzinfo | None) -> str:
    at = message.created_at or message.received_at
    ours = message.is_us or message.direction is Direction.OUT
    who = _("us") if ours else label(message.author)
    marks = [
        _("note") if message.audience is Audience.NOTE else _("private") if message.audience.is_private else "",
        message.state.value if message.state is not MessageState.SHOWN else "",
    ]
    more = "".join(f", {mark}" for mark in marks if mark)
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {who}{more}:"


async def _feed(stdin: asyncio.StreamWriter, data: bytes) -> None:
    """Hand it all over; a program that does not want it may close the door."""
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(data)
        await stdin.drain()
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.close()
        await stdin.wait_closed()


async def _read(process: asyncio.subprocess.Process, stream: asyncio.StreamReader, into: bytearray) -> None:
    """Keep what is said up to `MOST`; who says more is ended (and read to the end: else it would not be)."""
    while piece := await stream.read(_PIECE):
        if len(into) <= MOST:
            into += piece
        if len(into) > MOST:
            _end(process)


def _end(process: asyncio.subprocess.Process) -> None:
    """End a program and what it started, where they still run."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _decoded(data: bytearray) -> str:
    return bytes(data[:MOST]).decode("utf-8", "replace")
