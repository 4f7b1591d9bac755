"""The list of conversations: draws the window's rows, repaints only what changed."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip

from cminbox.model.base import ConversationState
from cminbox.ui import rows
from cminbox.ui.widgets.lines import Line, Lines
from cminbox.ui.window import Window

CURSOR, OPENED, NONE = "▌", "▏", " "


class Queue(Lines):
    """The rows of a `Window`. Call `paint` after the window changed."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self.window = Window()
        self.opened: int | None = None
        self.brands = False
        self.states: tuple[ConversationState, ...] = (ConversationState.OPEN,)
        self.empty: list[Line] = []
        self._shown: list[tuple[str, Line]] = []
        self._top = 0
        self._drawn: dict[int, tuple[object, Line]] = {}
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
        self._columns = rows.Columns.of(self.size.width, self.brands)
        now = self.host.clock.now()
        today = f"{now.astimezone(self.host.zone):%F}{self.size.width}{self.brands}{self.host.words}{self.states}"
        if today != self._day:
            self._day, self._drawn = today, {}
        lines = [(self._mark(i), self._line(i)) for i in range(self._count())]
        if not self.window.rows:
            lines = [(NONE, line) for line in self.empty]
        self._hint_scroll()
        former, self._shown = self._shown, lines
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
        if index == self.window.cursor:
            return CURSOR
        return OPENED if self.window.rows[index].id == self.opened else NONE

    def _line(self, y: int) -> Line:
        """The parts of a row, made once for as long as the row stays what it is."""
        row = self.window.rows[self.window.top + y]
        known = self._drawn.get(row.id)
        if known is not None and known[0] is row:
            return known[1]
        assert self._columns is not None
        line = rows.line(row, self._columns, self.host.clock.now(), self.host.zone, self.states)
        if len(self._drawn) > 4 * max(1, self.size.height):
            self._drawn.clear()
        self._drawn[row.id] = (row, line)
        return line

    def _hint_scroll(self) -> None:
        """A list as wide as the terminal that moved by some lines: the terminal can move them by itself."""
        by, self._top = self.window.top - self._top, self.window.top
        region = self.region
        if 0 < abs(by) < region.height // 2 and region.width == self.app.size.width and self._shown:
            kept = self._shown[by:] if by > 0 else self._shown[:by]
            lines = [(self._mark(i), self._line(i)) for i in range(self._count())]
            same = lines[: len(kept)] if by > 0 else lines[-by:]
            if [line for _mark, line in kept] == [line for _mark, line in same[: len(kept)]]:
                self.host.scroll_hint = (region.y, region.bottom - 1, by)
