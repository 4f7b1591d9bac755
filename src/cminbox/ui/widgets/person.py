"""The person beside the conversation on a wide screen: a sheet that stays, marked only while keys belong to it."""

from __future__ import annotations

from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import Sheet


class PersonColumn(Sheet):
    """Shows a person. `active` says whether the cursor is to be seen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self.active = False

    def show(self, lines: list[Line]) -> None:
        """Draw what changed, without the mark where keys belong to another pane."""
        if not self.active:
            lines = [[("mark", " "), *line[1:]] if line[:1] == [("mark", "▌")] else line for line in lines]
        super().show(lines)
