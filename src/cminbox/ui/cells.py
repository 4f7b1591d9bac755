"""The terminal as a grid of cells, and the fewest bytes that turn one grid into the next.

Textual writes every segment of a changed region again; here only the cells that differ are written. Knows neither
widgets nor themes: it takes text with pens, keeps what the terminal shows, and returns escape sequences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes
from wcwidth import wcwidth


class Pen(NamedTuple):
    """How a cell is drawn: SGR codes of foreground, background and attributes ("" is the terminal's default)."""

    fg: str = ""
    bg: str = ""
    attrs: str = ""


PLAIN = Pen()
Cell = tuple[str, Pen]
BLANK: Cell = (" ", PLAIN)
_GAP = 4  # equal cells inside a run that are cheaper to write again than to jump over


@lru_cache(4096)
def _graphemes(text: str) -> tuple[tuple[str, int], ...]:
    """What belongs together, with its cells. Rich gives the two halves of a flag one by one: a flag is one thing."""
    found: list[tuple[str, int]] = []
    for start, end, width in split_graphemes(text)[0]:
        cluster = text[start:end]
        if found and _is_half_flag(cluster) and _is_half_flag(found[-1][0]):
            found[-1] = (found[-1][0] + cluster, found[-1][1] + width)
        else:
            found.append((cluster, width))
    return tuple(found)


def _is_half_flag(cluster: str) -> bool:
    return len(cluster) == 1 and "\U0001f1e6" <= cluster <= "\U0001f1ff"


@lru_cache(1024)
def _blank(pen: Pen) -> Cell:
    """A space under a pen: its foreground cannot be seen, unless the colours are swapped or a line is drawn."""
    return (" ", pen) if pen.attrs else (" ", Pen("", pen.bg, ""))


def put(row: list[Cell], x: int, text: str, pen: Pen) -> int:
    """Write `text` into `row` at cell `x`, cut at the row's end; returns the cell after it."""
    width = len(row)
    if text.isascii():
        blank = _blank(pen)
        for char in text[: max(0, width - x)]:
            row[x] = blank if char == " " else (char, pen)
            x += 1
        return x
    for cluster, cells in _graphemes(text):
        if cells == 0:
            if x and row[x - 1][0]:
                row[x - 1] = (row[x - 1][0] + cluster, row[x - 1][1])
            continue
        if x + cells > width:
            break
        row[x] = (cluster, pen)
        for extra in range(1, cells):
            row[x + extra] = ("", pen)
        x += cells
    return x


class Grid:
    """What the terminal shows now, and where its cursor and pen are."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.rows: list[list[Cell]] = [[BLANK] * width for _ in range(height)]
        self._x = self._y = -1
        self._pen: Pen | None = None

    def scroll(self, top: int, bottom: int, by: int) -> str:
        """Move the lines `top` to `bottom` (included) up by `by` lines (down when negative), in the terminal itself."""
        lines = self.rows[top : bottom + 1]
        empty = [[BLANK] * self.width for _ in range(min(abs(by), len(lines)))]
        self.rows[top : bottom + 1] = (lines[by:] + empty) if by > 0 else (empty + lines[:by])
        self._x = self._y = -1
        self._pen = PLAIN
        n = "" if abs(by) == 1 else str(abs(by))
        # Lines deleted or inserted within margins: older than scrolling commands, and known to every terminal.
        return f"\x1b[m\x1b[{top + 1};{bottom + 1}r\x1b[{top + 1}H\x1b[{n}{'M' if by > 0 else 'L'}\x1b[r"

    def update(self, rows: Mapping[int, Sequence[Cell]]) -> str:
        """The bytes that bring the terminal from what it shows to `rows` (line number -> cells); "" for no change."""
        out: list[str] = []
        for y in sorted(rows):
            new = list(rows[y])
            if new != self.rows[y]:
                self._line(y, new, out)
                self.rows[y] = new
        return "".join(out)

    def move_to(self, x: int, y: int) -> str:
        """Put the terminal's cursor there (for input methods); "" where it is already."""
        if (x, y) == (self._x, self._y):
            return ""
        out: list[str] = []
        self._go(x, y, out)
        return "".join(out)

    def _line(self, y: int, new: list[Cell], out: list[str]) -> None:
        old = self.rows[y]
        limit = self._tail(old, new)
        x = 0
        while x < limit:
            if old[x] == new[x]:
                x += 1
                continue
            while x > 0 and new[x][0] == "":
                x -= 1
            end = self._run_end(old, new, x, limit)
            self._go(x, y, out)
            x = self._write(new, x, end, out)
        if limit < self.width:
            self._go(limit, y, out)
            self._use(PLAIN, out)
            out.append("\x1b[K")

    def _tail(self, old: list[Cell], new: list[Cell]) -> int:
        """Where the rest of the line is blank in `new` and long enough in `old` to be cleared at once."""
        new_end = old_end = self.width
        while new_end and new[new_end - 1] == BLANK:
            new_end -= 1
        while old_end and old[old_end - 1] == BLANK:
            old_end -= 1
        return new_end if old_end > new_end + 3 else self.width

    def _run_end(self, old: list[Cell], new: list[Cell], start: int, limit: int) -> int:
        end, x, gap = start + 1, start + 1, 0
        if _tricky(new[start][0]) or _tricky(old[start][0]):
            return self._drawn_end(old, new, start, limit)
        while x < limit and gap < _GAP:
            if old[x] != new[x]:
                if _tricky(new[x][0]) or _tricky(old[x][0]):
                    return self._drawn_end(old, new, x, limit)
                end, gap = x + 1, 0
            elif new[x][1] != new[end - 1][1]:
                break
            else:
                gap += 1
            x += 1
        while end < limit and new[end][0] == "":
            end += 1
        return end

    def _drawn_end(self, old: list[Cell], new: list[Cell], x: int, limit: int) -> int:
        """Where a line ends that holds a cluster of doubtful width at `x`: all behind it is written again."""
        while limit > x + 1 and old[limit - 1] == new[limit - 1] and new[limit - 1][0] == " ":
            limit -= 1
        return limit

    def _write(self, row: list[Cell], start: int, end: int, out: list[str]) -> int:
        """Write the cells from `start` to `end`, and as many more as a terminal that does not join a cluster has drawn
        over; returns the cell after the last.
        """
        y, x = self._y, start - 1
        while (x := x + 1) < end:
            char, pen = row[x]
            if char == "":
                continue
            if _tricky(char):
                end = min(self.width, max(end, x + _unjoined(char)))
            if (self._x, self._y) != (x, y):
                self._go(x, y, out)
            self._use(pen, out, space=char == " ")
            out.append(char)
            after = x + 1
            while after < self.width and row[after][0] == "":
                after += 1
            # After the last column, and after what terminals measure differently, nobody knows where the cursor is.
            known = after < self.width and not _tricky(char)
            self._x, self._y = (after, y) if known else (-1, -1)
        return end

    def _go(self, x: int, y: int, out: list[str]) -> None:
        if (x, y) == (self._x, self._y):
            return
        best = f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H" if y else "\x1b[H"
        if self._x >= 0:
            near = _vertical(y - self._y) + _horizontal(self._x, x)
            best = min(best, near, key=len)
        out.append(best)
        self._x, self._y = x, y

    def _use(self, pen: Pen, out: list[str], space: bool = False) -> None:
        now = self._pen
        if now == pen or (space and now is not None and not now.attrs and not pen.attrs and now.bg == pen.bg):
            return
        if now is None or (now.attrs and now.attrs != pen.attrs):
            codes = ["0", pen.attrs, pen.fg, pen.bg]
        else:
            codes = [
                pen.attrs if pen.attrs != now.attrs else "",
                (pen.fg or "39") if pen.fg != now.fg else "",
                (pen.bg or "49") if pen.bg != now.bg else "",
            ]
        given = ";".join(code for code in codes if code)
        out.append("\x1b[m" if given == "0" else f"\x1b[{given}m")
        self._pen = pen


def _tricky(char: str) -> bool:
    """True for clusters that terminals draw in different widths (emoji sequences, combining marks)."""
    return len(char) > 1


@lru_cache(1024)
def _unjoined(cluster: str) -> int:
    """The most cells that a cluster takes on a terminal that draws its characters one by one (halves of flags: 2)."""
    return sum(max(cell_len(char), wcwidth(char)) for char in cluster)


def _vertical(by: int) -> str:
    if by == 0:
        return ""
    n = "" if abs(by) == 1 else str(abs(by))
    return f"\x1b[{n}{'B' if by > 0 else 'A'}"


def _horizontal(now: int, x: int) -> str:
    if x == now:
        return ""
    if x == 0:
        return "\r"
    by = x - now
    if -4 < by < 0:
        return "\b" * -by
    n = "" if abs(by) == 1 else str(abs(by))
    return f"\x1b[{n}{'C' if by > 0 else 'D'}"
