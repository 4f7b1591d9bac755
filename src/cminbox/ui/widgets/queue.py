"""The list of conversations: draws the window's rows, repaints only what changed."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip

from cminbox.model.base import ConversationState
from cminbox.ui import rows, shielded
from cminbox.ui.widgets.lines import Line, Lines
from cminbox.ui.window import Window

_WORTH = 3  # fewer changed lines are cheaper written
CURSOR, OPENED, NONE = "▌", "▏", " "
SELECTED, CURSOR_SELECTED = "■", "█"


class Queue(Lines):
    """The rows of a `Window`. Call `paint` after the window changed."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self.window = Window()
        self.opened: int | None = None
        self.selected: dict[int, None] = {}
        self.range_from: int | None = None
        self.brand_cells = 0
        self.colours: dict[str, str] = {}
        self.states: tuple[ConversationState, ...] = (ConversationState.OPEN,)
        self.empty: list[Line] = []
        self._shown: list[tuple[str, Line]] = []
        self._drawn: dict[int, tuple[object, Line]] = {}
        self.mask: shielded.Mask | None = None
        self._columns: rows.Columns | None = None
        self._day = ""

    def on_resize(self) -> None:
        """More or fewer lines and cells: the cursor stays in view."""
        self.window.resize(self.size.height)
        self.paint()

    def paint(self) -> None:
        """Bring the widget in line with the window: changed lines only, the mark alone where only that moved."""
        if not self.is_attached:
            return
        self._columns = rows.Columns.of(self.size.width, self.brand_cells, self.host.service.desk.by, self.colours)
        now = self.host.clock.now()
        today = f"{now.astimezone(self.host.zone):%F}{self.size.width}{self.brand_cells}{self.host.words}{self.states}"
        today += str(self.colours)
        if today != self._day:
            self._day, self._drawn = today, {}
        lines = [(self._mark(i), self._line(i)) for i in range(self._count())]
        if not self.window.rows:
            lines = [(NONE, line) for line in self.empty]
        former, self._shown = self._shown, lines
        self._hint_scroll(former, lines)
        for y in range(max(len(former), len(lines))):
            before = former[y] if y < len(former) else None
            after = lines[y] if y < len(lines) else None
            if before is not None and after is not None and before[1] is after[1]:
                if before[0] != after[0]:
                    self.refresh(Region(0, y, 1, 1))
            elif before != after:
                self.refresh(Region(0, y, self.size.width, 1))

    def forget_drawn(self) -> None:
        """Everything looks different now (theme, language): draw all again."""
        self._drawn, self._shown = {}, []
        self.paint()
        self.refresh()

    @property
    def texts(self) -> list[str]:
        """What is shown, as plain text."""
        return [mark + "".join(text for _role, text in line) for mark, line in self._shown]

    def render_line(self, y: int) -> Strip:
        """Draw one row: its mark, then the rest."""
        if y >= len(self._shown):
            return self.strip([])
        mark, line = self._shown[y]
        return self.strip([("mark", mark), *line])

    def _count(self) -> int:
        return len(self.window.visible)

    def _mark(self, y: int) -> str:
        index = self.window.top + y
        chosen = self.window.rows[index].id in self.selected or self._in_range(index)
        if index == self.window.cursor:
            return CURSOR_SELECTED if chosen else CURSOR
        if chosen:
            return SELECTED
        return OPENED if self.window.rows[index].id == self.opened else NONE

    def _in_range(self, index: int) -> bool:
        """Whether a row stands between where a range was begun and the cursor."""
        start = self.window.index_of(self.range_from) if self.range_from is not None else None
        if start is None:
            return False
        return min(start, self.window.cursor) <= index <= max(start, self.window.cursor)

    def _line(self, y: int) -> Line:
        """The parts of a row, made once for as long as the row stays what it is."""
        row = self.window.rows[self.window.top + y]
        known = self._drawn.get(row.id)
        if known is not None and known[0] is row:
            return known[1]
        assert self._columns is not None
        shown = shielded.row(row, self.mask) if self.mask is not None else row
        line = rows.line(shown, self._columns, self.host.clock.now(), self.host.zone, self.states)
        if len(self._drawn) > 4 * max(1, self.size.height):
            self._drawn.clear()
        self._drawn[row.id] = (row, line)
        return line

    def _hint_scroll(self, before: list[tuple[str, Line]], after: list[tuple[str, Line]]) -> None:
        """A list as wide as the terminal whose lines moved: the terminal can move them by itself."""
        region = self.region
        if region.width != self.app.size.width or len(before) != region.height:
            return
        found = shift([line for _mark, line in before], [line for _mark, line in after])
        if found is not None:
            self.host.hint_scroll(region.y + found[0], region.bottom - 1, found[1])


def shift(before: list[Line], after: list[Line]) -> tuple[int, int] | None:
    """How lines moved: (from which line down, by how many up; negative: down), or None where they did not as one."""
    n = len(before)
    if len(after) != n:
        return None
    differ = [y for y in range(n) if before[y] is not after[y] and before[y] != after[y]]
    if len(differ) < _WORTH:
        return None
    top = differ[0]
    for by in range(1, (n - top) // 2 + 1):
        if before[top + by :] == after[top : n - by]:
            return top, by
        if after[top + by :] == before[top : n - by]:
            return top, -by
    return None
