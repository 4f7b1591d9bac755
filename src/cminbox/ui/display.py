"""Between Textual and the terminal: only the cells that changed are written.

`App._display` and the compositor's update classes are private to Textual, which is therefore pinned; whatever does not
look as expected goes the normal way (`super()._display`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rich.color import Color, ColorSystem
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App

from cminbox.ui.cells import Cell, Grid, Pen, put

if TYPE_CHECKING:
    from textual.screen import Screen

_SYNC_FROM = 256  # bytes; below, a frame is one packet and the two markers are a waste
_SYNC_START, _SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
_ATTRIBUTES = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("reverse", "7"),
    ("strike", "9"),
)


@lru_cache(2048)
def pen_of(style: Style | None, system: ColorSystem) -> Pen:
    """The SGR codes of a style on a terminal with so many colours."""
    if style is None:
        return Pen()

    def codes(color: Color | None, *, foreground: bool) -> str:
        if color is None or color.is_default:
            return ""
        return ";".join(color.downgrade(system).get_ansi_codes(foreground=foreground))

    attributes = ";".join(code for name, code in _ATTRIBUTES if getattr(style, name))
    return Pen(codes(style.color, foreground=True), codes(style.bgcolor, foreground=False), attributes)


class CellDisplay(App[Any]):
    """An app that writes changed cells only.

    `caret` is where the terminal's own (hidden) cursor belongs, so that input methods open there; None: anywhere.
    While `away`, another program has the terminal and nothing is written.
    """

    _grid: Grid | None = None
    away = False
    caret: tuple[int, int] | None = None
    _hint: tuple[int, int, int] | None = None
    _hints = 0

    def hint_scroll(self, top: int, bottom: int, by: int) -> None:
        """The lines `top` to `bottom`, over the whole width, are about to move up by `by` (down where negative).

        Said by a widget as it repaints them: the terminal then moves them itself. Of two hints before one frame none
        is taken: together they may say less than the truth.
        """
        self._hints += 1
        self._hint = (top, bottom, by) if self._hints == 1 else None

    def forget_terminal(self) -> None:
        """The terminal shows something else now (suspend, another program): the next frame is written whole."""
        self._grid = None

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if self.away:
            return
        plain = self._batch_count or not self._running or self._closed or self.is_headless or self._driver is None
        if plain or self.is_inline or not isinstance(renderable, ChopsUpdate | LayoutUpdate):
            super()._display(screen, renderable)
            return
        try:
            rows = self._rows(renderable)
        except (AttributeError, TypeError, ValueError, IndexError):
            self.forget_terminal()
            super()._display(screen, renderable)
            return
        self._send(rows)
        self.post_display_hook()

    def _rows(self, update: ChopsUpdate | LayoutUpdate) -> dict[int, list[Cell]]:
        """The lines that the update touches, as they are to be."""
        width, height = self.size
        if self._grid is None or (self._grid.width, self._grid.height) != (width, height):
            self._grid = Grid(width, height)
            self._fresh = True
        grid = self._grid
        system = self.console._color_system or ColorSystem.TRUECOLOR
        rows: dict[int, list[Cell]] = {}
        if isinstance(update, LayoutUpdate):
            for y, strips in enumerate(update.strips, update.region.y):
                if y >= height:
                    break
                row, x = list(grid.rows[y]), update.region.x
                for strip in strips:
                    for segment in strip:
                        x = put(row, x, segment.text, pen_of(segment.style, system))
                rows[y] = row
            return rows
        for y, left, right in update.spans:
            if y >= height:
                continue
            row = rows.get(y) or list(grid.rows[y])
            for end, (start, chop) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if chop is not None and start <= right and end > left:
                    x = start
                    for segment in chop:
                        x = put(row, x, segment.text, pen_of(segment.style, system))
            rows[y] = row
        return rows

    _fresh = True

    def _send(self, rows: dict[int, list[Cell]]) -> None:
        grid, driver = self._grid, self._driver
        assert grid is not None
        assert driver is not None
        out = "\x1b[m\x1b[2J" if self._fresh else ""
        if self._hint is not None and not self._fresh:
            out += grid.scroll(*self._hint)
        self._hint, self._hints, self._fresh = None, 0, False
        out += grid.update(rows)
        if not out and self.caret is None:
            return
        if self.caret is not None:
            out += grid.move_to(*self.caret)
        if len(out) > _SYNC_FROM and self._sync_available:
            out = f"{_SYNC_START}{out}{_SYNC_END}"
        if out:
            driver.write(out)
            driver.flush()
