"""A sheet over the panes: a title and lines, some of which can be chosen. Help, lists and long messages are sheets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from textual.geometry import Region

from cminbox.i18n import _
from cminbox.ui.widgets.lines import Line, Lines, spread

LOOK_LINES = 8
"""Lines below a list, at most, that show more of what the cursor is on."""


@dataclass(frozen=True)
class Entry:
    """One line of a sheet; `item` is what choosing it is about (None: it cannot be chosen)."""

    line: Line
    item: Any = None


@dataclass
class Content:
    """What a sheet shows: `name` says which list it is, `hint` stands at the right of the title. `look` gives the lines
    below the list that show more of what the cursor is on. `copied` is what copying takes, where that is not the lines
    as they are drawn.
    """

    name: str
    title: str
    entries: Sequence[Entry] = field(default_factory=tuple)
    hint: str = ""
    look: Callable[[Any], list[Line]] | None = None
    copied: str = ""


class Sheet(Lines):
    """Shows a `Content` with a cursor on its entries (or scrolling, where none can be chosen)."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self.content = Content("", "")
        self.cursor = 0
        self.top = 0

    def on_resize(self) -> None:
        """The cursor stays in view."""
        self.paint()

    def open(self, content: Content, *, keep: bool = False) -> None:
        """Show a content, from its top unless `keep`."""
        self.content = content
        if not keep:
            self.cursor = self.top = 0
        chosen = self.choosable
        if chosen and self.cursor not in chosen:
            self.cursor = min(chosen, key=lambda index: abs(index - self.cursor))
        self.paint()

    @property
    def choosable(self) -> list[int]:
        """The entries that can be chosen, by index."""
        return [index for index, entry in enumerate(self.content.entries) if entry.item is not None]

    @property
    def item(self) -> Any:
        """What the cursor is on, or None."""
        entries = self.content.entries
        return entries[self.cursor].item if 0 <= self.cursor < len(entries) else None

    def move(self, by: int) -> None:
        """Move the cursor (or scroll, where nothing can be chosen)."""
        chosen = self.choosable
        if chosen:
            at = chosen.index(self.cursor) if self.cursor in chosen else 0
            self.cursor = chosen[max(0, min(len(chosen) - 1, at + by))]
        else:
            self.top = max(0, min(self.top + by, len(self.content.entries) - self._height))
        self.paint()

    @property
    def _height(self) -> int:
        return max(1, self.size.height - 2 - self._foot)

    @property
    def _foot(self) -> int:
        """Lines kept for a closer look."""
        return min(LOOK_LINES, self.size.height // 3) if self.content.look is not None else 0

    def paint(self) -> None:
        """Draw what changed; the title says whether there is more below."""
        if not self.is_attached:
            return
        entries, height = self.content.entries, self._height
        chosen = self.choosable
        if chosen and self.cursor == chosen[0]:
            self.top = 0  # what stands above the first that can be chosen belongs to it
        elif chosen:
            self.top = min(self.top, self.cursor)
            self.top = max(self.top, self.cursor - height + 1)
        self.top = max(0, min(self.top, len(entries) - height))
        below = max(0, len(entries) - self.top - height)
        more = _("{n} more below").format(n=below) if below else ""
        right: Line = [("dim", "  ".join(part for part in (self.content.hint, more) if part) + " ")]
        lines: list[Line] = [spread([("strong", f" {self.content.title}")], right, self.size.width), []]
        for index, entry in enumerate(entries[self.top : self.top + height], self.top):
            mark = "▌" if index == self.cursor and entry.item is not None else " "
            lines.append([("mark", mark), *entry.line])
        if self.content.look is not None and self.item is not None:
            lines += [[]] * (2 + height - len(lines))
            lines += self.content.look(self.item)[: self._foot]
        self.show(lines)

    def show(self, lines: list[Line]) -> None:
        """As every widget of lines, but a mark that moves costs one cell."""
        former, same = self._lines, True
        for y, (before, after) in enumerate(zip(former, lines, strict=False)):
            if before != after:
                moved = before[1:] == after[1:] and y > 1
                self.refresh(Region(0, y, 1 if moved else self.size.width, 1))
                same = False
        for y in range(min(len(former), len(lines)), max(len(former), len(lines))):
            self.refresh(Region(0, y, self.size.width, 1))
            same = False
        if not same:
            self._lines = lines
