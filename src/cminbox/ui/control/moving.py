"""Moving: the same keys move the cursor of the list, scroll a conversation, and go through a sheet."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.ui.control.queue import QueueControl
from cminbox.ui.stage import Stage

_ALL = 1_000_000


class MovingControl:
    """Sends a movement to what the keys belong to now."""

    def __init__(self, stage: Stage, list_: QueueControl) -> None:
        self.stage = stage
        self.list = list_

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "move.down": lambda: self.by(1),
            "move.up": lambda: self.by(-1),
            "move.half_down": lambda: self.by(max(1, self._height // 2)),
            "move.half_up": lambda: self.by(-max(1, self._height // 2)),
            "move.page_down": lambda: self.by(max(1, self._height - 1)),
            "move.page_up": lambda: self.by(-max(1, self._height - 1)),
            "move.top": lambda: self.end(first=True),
            "move.bottom": lambda: self.end(first=False),
        }

    def by(self, lines: int) -> None:
        """Some lines down (up where negative)."""
        widgets = self.stage.widgets
        if self.stage.sheet_area:
            widgets.sheet.move(lines)
        elif self.stage.focus == "conversation":
            widgets.reading.scroll_by_lines(lines)
        elif self.stage.focus == "person":
            widgets.person.move(lines)
        else:
            self.list.move(lines)

    def end(self, *, first: bool) -> None:
        """To the beginning or the end."""
        widgets = self.stage.widgets
        if self.stage.sheet_area:
            widgets.sheet.move(-_ALL if first else _ALL)
        elif self.stage.focus == "conversation":
            widgets.reading.scroll_to_end(first=first)
        elif self.stage.focus == "person":
            widgets.person.move(-_ALL if first else _ALL)
        elif first:
            self.list.go_top()
        else:
            self.list.go_bottom()

    @property
    def _height(self) -> int:
        widgets = self.stage.widgets
        if self.stage.sheet_area:
            return widgets.sheet.size.height
        panes = {"conversation": widgets.reading, "person": widgets.person}
        return panes.get(self.stage.focus, widgets.queue).size.height
