"""The log: what went wrong in a process, with ids and never with texts, names or tokens.

An error is told by its kind and by where it came from. What it says stays out: it may hold what a network answered,
or a value that did not fit.
"""

from __future__ import annotations

import contextlib
import logging
import os
from types import TracebackType

from cminbox.clock import from_ms
from cminbox.paths import Home, append

_ROOT = "cminbox"


class LogFile(logging.Handler):
    """Writes into the log of a home what the package logs, until it is closed."""

    def __init__(self, home: Home) -> None:
        super().__init__(logging.INFO)
        self._path = home.log_file
        logger = logging.getLogger(_ROOT)
        logger.setLevel(logging.INFO)
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Write it down. A disk that is full stops nothing else."""
        at = from_ms(int(record.created * 1000)).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines = [f"{at} {record.levelname} {os.getpid()} {record.name}: {record.getMessage()}"]
        if record.exc_info and record.exc_info[1] is not None:
            lines += _told(record.exc_info[1])
        with contextlib.suppress(OSError):
            append(self._path, "".join(f"{line}\n" for line in lines))

    def close(self) -> None:
        """Write nothing more. Safe to call twice."""
        logging.getLogger(_ROOT).removeHandler(self)
        super().close()


def _told(error: BaseException) -> list[str]:
    """An error and what it came of, each with the places it went through, the outermost first."""
    lines: list[str] = []
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        lines.append(f"  {'because of ' if lines else ''}{type(one).__module__}.{type(one).__qualname__}")
        lines += _places(one.__traceback__)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return lines


def _places(trace: TracebackType | None) -> list[str]:
    lines = []
    while trace is not None:
        code = trace.tb_frame.f_code
        # The module, not the file: a path names whoever installed it.
        lines.append(f"    {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    return lines
