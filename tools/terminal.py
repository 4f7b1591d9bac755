"""A terminal of our own: the program on a real pty, its screen kept by pyte, its bytes counted."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte
from wcwidth import wcwidth

LIMIT_S = 20.0
"""After so long without what was waited for, the test fails."""
_UNKNOWN = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1bP.*?\x1b\\|\x1b_.*?\x1b\\", re.DOTALL)
_BEGUN = re.compile(rb"\x1b(?:\[[0-9;:?<>=]*[ $]?|[P_][^\x1b]*\x1b?|\][^\x07\x1b]*\x1b?|[()])?\Z")
"""A sequence that goes on in what is read next: pyte must not see a part of one that it does not know."""


class Terminal:
    """Runs `argv`; `type` writes keys in one piece, `until` reads until the screen is as wanted."""

    def __init__(self, argv: list[str], size: tuple[int, int] = (80, 24), **env: str) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._begun = b""
        self.ended = False
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Who was started in the background has Ctrl-C ignored, and would hand that on.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.chdir(Path(__file__).parents[1])
            # Whoever runs us may have a size of its own, and readline sets COLUMNS and LINES behind Python's back: the
            # program is to ask its terminal.
            given = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
            os.execve(argv[0], argv, {**given, "TERM": "xterm-256color", "COLORTERM": "truecolor", **env})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def type(self, keys: str | bytes) -> None:
        """Write keys in one piece, as typed ahead."""
        os.write(self.fd, keys if isinstance(keys, bytes) else keys.encode())

    @property
    def lines(self) -> list[str]:
        """The screen, line by line."""
        return [self._line(number).rstrip() for number in range(self.screen.lines)]

    def _line(self, number: int) -> str:
        """One line as a terminal shows it: of a wide character that was half overwritten, a blank is left."""
        row, out, wide = self.screen.buffer[number], [], False
        for column in range(self.screen.columns):
            data = row[column].data
            if not wide:
                out.append(data or " ")
            wide = not wide and wcwidth(data[:1]) == 2
        return "".join(out)

    @property
    def text(self) -> str:
        """The screen."""
        return "\n".join(self.lines)

    def until(self, wanted: Callable[[Terminal], bool] | str) -> Terminal:
        """Read what the program writes until the screen is as wanted (a text on it, or a condition)."""
        is_so = (lambda t: wanted in t.text) if isinstance(wanted, str) else wanted
        end = time.monotonic() + LIMIT_S
        while not is_so(self):
            assert time.monotonic() < end, f"waited in vain for {wanted!r}:\n{self.text}"
            assert not self.ended or is_so(self), f"ended before {wanted!r}:\n{self.text}"
            self.read(0.05)
        return self

    def watch(self, seconds: float) -> None:
        """Read whatever comes for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)

    def quiet(self) -> int:
        """Read until nothing came for a moment; returns how many bytes that was."""
        before = len(self.raw)
        while self.read(0.15):
            pass
        return len(self.raw) - before

    def read(self, wait_s: float) -> bool:
        """Read once; False where nothing came."""
        if self.ended or not select.select([self.fd], [], [], wait_s)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        if not data:
            self.ended = True
            return False
        self.raw += data
        data = self._begun + data
        begun = _BEGUN.search(data)
        self._begun = begun[0] if begun else b""
        self._stream.feed(_UNKNOWN.sub(b"", data.removesuffix(self._begun)))
        return True

    def code(self) -> int:
        """Wait for the end and return the exit code."""
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"still running:\n{self.text}")

    def cpu_s(self) -> float:
        """CPU seconds that the program used so far, its threads included."""
        spent = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        exact = sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{self.pid}/task").glob("*/schedstat"))
        return exact / 1e9 if exact else (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mib(self) -> float:
        """Resident memory now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def close(self) -> None:
        """End the program, if it still runs."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
