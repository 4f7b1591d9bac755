"""What commands print: JSON for scripts, aligned columns for people."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cminbox.text import ascii_json, cut, pad, safe, width

_GAP = "  "
_NARROWEST = 20


def emit(thing: Mapping[str, Any]) -> None:
    """One JSON object on a line of its own, in ASCII."""
    print(ascii_json(dict(thing)))


def say(text: str = "") -> None:
    """A line of our own words. What networks and people wrote goes through `safe` before."""
    print(text)


def hint(text: str) -> None:
    """A line beside the result, which scripts that read the result must not see."""
    print(text, file=sys.stderr)


def room() -> int | None:
    """How many cells a line may have; None where the output is no terminal and a line may be as long as it is."""
    if os.environ.get("COLUMNS", "").isdigit() or sys.stdout.isatty():
        return shutil.get_terminal_size().columns
    return None


def table(rows: Iterable[Sequence[str]], heads: Sequence[str] = (), *, caps: Mapping[int, int] | None = None) -> None:
    """Aligned columns; the last takes the room that is left, and is cut on a terminal. `caps`: most cells by column.

    Every cell is made safe here.
    """
    cells = [[safe(cell) for cell in row] for row in rows]
    if not cells:
        return
    lines = [[safe(head) for head in heads], *cells] if heads else cells
    most = caps or {}
    last = len(lines[0]) - 1
    widths = [min(max(width(line[index]) for line in lines), most.get(index, sys.maxsize)) for index in range(last)]
    left = room()
    if left is not None:
        left = max(_NARROWEST, left - sum(widths) - len(_GAP) * last)
    for line in lines:
        fixed = [pad(cell, cells_of) for cell, cells_of in zip(line, widths, strict=False)]
        end = line[last] if left is None else cut(line[last], left)
        say(_GAP.join([*fixed, end]).rstrip())
