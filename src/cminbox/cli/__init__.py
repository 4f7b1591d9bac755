"""The command line: typer commands, and the only place that exits."""

from __future__ import annotations

import sys
from collections.abc import Sequence

INTERRUPTED = 130


def main(args: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    given = list(sys.argv[1:] if args is None else args)
    if given == ["--version"]:
        from cminbox import __version__

        print(f"cminbox {__version__}")
        return 0
    try:
        from cminbox.cli.app import run

        return run(given)
    except KeyboardInterrupt:
        return INTERRUPTED
