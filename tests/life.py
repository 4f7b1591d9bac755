"""A process that a test has started by another: held until let go of, and asked whether it was still there."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class Life:
    """`code` is Python for the process, on one line: it says that it began, waits until it is let go, and says so.

    `async with` waits until it began. Nobody waits longer than the test's own process lives: the pipe ends with it.
    """

    def __init__(self, folder: Path) -> None:
        said, gate = folder / "said", folder / "gate"
        os.mkfifo(said)
        os.mkfifo(gate)
        self._said, self._gate = said, os.open(gate, os.O_RDWR)
        self.code = (
            f"life = open({str(said)!r}, 'w'); print('began', file=life, flush=True); "
            f"open({str(gate)!r}).read(); print('went on', file=life, flush=True)"
        )

    async def __aenter__(self) -> Self:
        self._pipe = await asyncio.to_thread(self._said.open)
        assert await asyncio.to_thread(self._pipe.readline) == "began\n"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._let_go()
        self._pipe.close()

    def _let_go(self) -> None:
        if self._gate >= 0:
            os.close(self._gate)
            self._gate = -1

    async def went_on(self) -> bool:
        """Lets it go, and waits until nobody is left of it. Returns whether it had lived until then."""
        self._let_go()
        return await asyncio.to_thread(self._pipe.read) == "went on\n"
