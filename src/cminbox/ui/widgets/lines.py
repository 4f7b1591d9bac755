"""The base of every widget here: a list of lines, each a list of (role, text), drawn without markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cminbox.text import cut, width

if TYPE_CHECKING:
    from cminbox.ui.app import InboxApp

Part = tuple[str, str]
"""(role of the theme, text that is safe to show)"""
Line = list[Part]


def cells(line: Line) -> int:
    """How many cells a line takes."""
    return sum(width(text) for _role, text in line)


def fit(line: Line, room: int, fill: str = "text") -> Line:
    """The line, cut or filled with blanks to exactly `room` cells."""
    out: Line = []
    left = room
    for role, text in line:
        used = width(text)
        if used > left:
            shown = cut(text, left)
            out.append((role, shown))
            left -= width(shown)
            break
        out.append((role, text))
        left -= used
    if left > 0:
        out.append((fill, " " * left))
    return out


def spread(left: Line, right: Line, room: int, fill: str = "text") -> Line:
    """`left` at the left edge and `right` at the right one, two blanks between; `left` is cut to fit."""
    end = cells(right)
    if not end:
        return fit(left, room, fill)
    if end + 2 >= room:
        return fit(right, room, fill)
    return [*fit(left, room - end - 2, fill), (fill, "  "), *right]


class Lines(Widget, can_focus=False):
    """A widget that shows lines. `show` repaints those that changed."""

    DEFAULT_CSS = "Lines { background: ansi_default; }"
    fill = "text"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self._lines: list[Line] = []

    @property
    def host(self) -> InboxApp:
        """The app, with its look."""
        return cast("InboxApp", self.app)

    def show(self, lines: list[Line]) -> None:
        """Show these lines from the top."""
        former, self._lines = self._lines, lines
        for y in range(max(len(former), len(lines))):
            before = former[y] if y < len(former) else None
            after = lines[y] if y < len(lines) else None
            if before != after:
                self.refresh(Region(0, y, self.size.width, 1))

    @property
    def texts(self) -> list[str]:
        """What is shown, as plain text (for tests and for copying)."""
        return ["".join(text for _role, text in line) for line in self._lines]

    def line_at(self, y: int) -> Line:
        """The line drawn at `y`."""
        return self._lines[y] if y < len(self._lines) else []

    def render_line(self, y: int) -> Strip:
        """Draw one line with the theme's styles."""
        return self.strip(self.line_at(y))

    def strip(self, line: Line) -> Strip:
        """A line as a strip of exactly the widget's width."""
        room = self.size.width
        look = self.host.look
        parts = [Segment(text, look.style(role, self.fill)) for role, text in fit(line, room, self.fill) if text]
        return Strip(cast("Any", parts), room)
