"""The composer: a line that says in words who will read this, and the text being written."""

from __future__ import annotations

from textual.geometry import Size
from textual.strip import Strip

from cminbox.text import safe, width
from cminbox.ui.editing import Buffer, index_at, line_spans, place
from cminbox.ui.widgets.lines import Line, Lines, fit, spread

_MARGIN = 2


class Composer(Lines):
    """Shows a buffer with its caret. `told` and `count` make the first line, below it a `warning`; it grows with the
    text.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self.buffer = Buffer()
        self.told: Line = []
        self.count: Line = []
        self.warning: Line = []
        self.hint: Line = []
        self._top = 0

    def on_resize(self) -> None:
        """Other cells, or shown for the first time: the text breaks elsewhere."""
        self.paint()

    @property
    def room(self) -> int:
        """Cells of a line of text."""
        return max(2, self.size.width - 2 * _MARGIN - 1)

    def lines_wanted(self, most: int) -> int:
        """How many lines the composer would like, first line and a blank below included, at most `most`."""
        text = len(line_spans(self.buffer.text, self.room))
        return min(max(text, 3) + 2, max(4, most)) + bool(self.warning)

    def paint(self) -> None:
        """Bring the widget in line with the buffer."""
        if not self.is_attached:
            return
        heads: list[Line] = [spread(self.told, self.count, self.size.width, "bar")]
        if self.warning:
            heads.append(fit(self.warning, self.size.width))
        height = max(1, self.size.height - len(heads))
        spans = line_spans(self.buffer.text, self.room)
        y, x = place(self.buffer.text, self.buffer.cursor, spans)
        self._top = max(min(self._top, y), y - height + 1, 0)
        lines = [*heads]
        for number, (start, end) in enumerate(spans[self._top : self._top + height], self._top):
            shown = safe(self.buffer.text[start:end])
            lines.append([("text", " " * _MARGIN), *self._with_caret(shown, x if number == y else None)])
        if not self.buffer.text and self.hint:
            lines[len(heads) :] = [[("text", " " * _MARGIN), ("caret", " "), ("text", " "), *self.hint]]
        self.show(lines)
        self.host.caret = (self.region.x + _MARGIN + x, self.region.y + len(heads) + y - self._top)

    def strip(self, line: Line) -> Strip:
        """The first line stands on a bar."""
        self.fill = "bar" if line and self._lines and line is self._lines[0] else "text"
        return super().strip(line)

    def _with_caret(self, shown: str, at: int | None) -> Line:
        if at is None:
            return [("text", shown)]
        index = index_at(shown, (0, len(shown)), at)
        after = Buffer(shown).right_of(index) if index < len(shown) else index
        under = shown[index:after] or " "
        return [("text", shown[:index]), ("caret", under if width(under) else " "), ("text", shown[after:])]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 (Textual's own)
        """Its height follows the text; set by the screen."""
        return self.lines_wanted(viewport.height // 2)


class Prompt(Lines):
    """One line of input with a word before it; takes the place of the keys line."""

    fill = "bar"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self.buffer = Buffer(one_line=True)
        self.word = ""
        self.hint = ""
        self.hidden = False

    def on_resize(self) -> None:
        """Shown for the first time, or as wide as it was not before."""
        self.paint()

    def paint(self) -> None:
        """Bring the widget in line with the buffer: what is left of the caret stays in view."""
        if not self.is_attached:
            return
        head = f" {self.word}"
        room = max(4, self.size.width - width(head) - width(self.hint) - 4)
        text, cursor = self.buffer.text, self.buffer.cursor
        if self.hidden:
            text = "•" * len(text)
        start = 0
        while width(safe(text[start:cursor])) > room - 1:
            start += 1
        before, rest = safe(text[start:cursor]), safe(text[cursor:])
        under = rest[: Buffer(rest).right_of(0)] or " "
        line: Line = [("key", head), ("bar_value", before), ("caret", under), ("bar_value", rest[len(under) :])]
        self.show([spread(line, [("bar", f"{self.hint} ")], self.size.width, "bar")])
        self.host.caret = (self.region.x + width(head) + width(before), self.region.y)
