"""A text being written: cursor, undo, redo, and how it breaks into lines. No widget, no I/O."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import split_graphemes

from cminbox.text import safe, width

_UNDO_DEPTH = 500


def cleaned(text: str) -> str:
    """What may be typed or pasted: line breaks made one kind, tabs four blanks, other control characters dropped."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "".join(char for char in text if char == "\n" or not (ord(char) < 32 or 127 <= ord(char) < 160))


def boundaries(text: str) -> list[int]:
    """The indices between characters as people see them, with both ends."""
    out = [0]
    offset = 0
    for line in text.split("\n"):
        out += [offset + end for _start, end, _cells in split_graphemes(line)[0]]
        offset += len(line) + 1
        if offset <= len(text):
            out.append(offset)
    return sorted(set(out) | {len(text)})


class Buffer:
    """A text with a cursor. `one_line` drops line breaks (prompts)."""

    def __init__(self, text: str = "", *, one_line: bool = False) -> None:
        self.text = text
        self.cursor = len(text)
        self.one_line = one_line
        self._undone: list[tuple[str, int]] = []
        self._done: list[tuple[str, int]] = []
        self._run = ""

    def insert(self, text: str) -> None:
        """Put text in at the cursor. Letters of one word undo together."""
        text = cleaned(text)
        if self.one_line:
            text = " ".join(text.split("\n"))
        if text:
            wordy = len(text) == 1 and not text.isspace()
            self._remember("word" if wordy else "")
            self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
            self.cursor += len(text)

    def replace(self, text: str) -> None:
        """Take another text as a whole, as one step that can be undone; the cursor goes to its end."""
        if text != self.text:
            self._remember("")
            self.text, self.cursor = text, len(text)

    def begin_with(self, text: str) -> None:
        """Put a text before everything, as if it had been there from the start: no undo takes it away."""
        self.text, self.cursor = text + self.text, self.cursor + len(text)
        self._done = [(text + before, at + len(text)) for before, at in self._done]
        self._undone = [(text + after, at + len(text)) for after, at in self._undone]

    def erase(self, start: int, end: int, run: str = "") -> None:
        """Take out what stands between two indices."""
        if start < end:
            self._remember(run)
            self.text = self.text[:start] + self.text[end:]
            self.cursor = start

    def undo(self) -> bool:
        """Take back the last step of typing; False where there is none."""
        return self._swap(self._done, self._undone)

    def redo(self) -> bool:
        """Bring back what was undone; False where there is none."""
        return self._swap(self._undone, self._done)

    def left_of(self, index: int) -> int:
        """The boundary before an index."""
        return max((b for b in boundaries(self.text) if b < index), default=0)

    def right_of(self, index: int) -> int:
        """The boundary after an index."""
        return min((b for b in boundaries(self.text) if b > index), default=len(self.text))

    def word_left(self, index: int) -> int:
        """Where the word before an index begins."""
        while index > 0 and self.text[index - 1].isspace():
            index -= 1
        while index > 0 and not self.text[index - 1].isspace():
            index -= 1
        return index

    def word_right(self, index: int) -> int:
        """Where the word after an index ends."""
        while index < len(self.text) and self.text[index].isspace():
            index += 1
        while index < len(self.text) and not self.text[index].isspace():
            index += 1
        return index

    def line_start(self) -> int:
        """Where the cursor's line begins."""
        return self.text.rfind("\n", 0, self.cursor) + 1

    def line_end(self) -> int:
        """Where the cursor's line ends."""
        end = self.text.find("\n", self.cursor)
        return len(self.text) if end < 0 else end

    def press(self, key: str, cells: int) -> bool:
        """Do what an editing key does in a text shown `cells` wide; False for a key that edits nothing."""
        move = self._target(key, cells)
        if move is not None:
            self.cursor, self._run = move, ""
            return True
        span = self._span(key)
        if span is None:
            return False
        self.erase(*span)
        return True

    def _span(self, key: str) -> tuple[int, int, str] | None:
        """What an erasing key takes out, and the run of typing it belongs to."""
        match key:
            case "backspace":
                return (self.left_of(self.cursor), self.cursor, "backspace")
            case "delete":
                return (self.cursor, self.right_of(self.cursor), "delete")
            case "ctrl+w":
                return (self.word_left(self.cursor), self.cursor, "")
            case "ctrl+u":
                return (self.line_start(), self.cursor, "")
            case "ctrl+k":
                return (self.cursor, self.line_end(), "")
        return None

    def _target(self, key: str, cells: int) -> int | None:
        moves: dict[str, Callable[[], int]] = {
            "left": lambda: self.left_of(self.cursor),
            "right": lambda: self.right_of(self.cursor),
            "ctrl+left": lambda: self.word_left(self.cursor),
            "ctrl+right": lambda: self.word_right(self.cursor),
            "home": self.line_start,
            "end": self.line_end,
            "up": lambda: self._vertical(-1, cells),
            "down": lambda: self._vertical(1, cells),
        }
        return moves[key]() if key in moves else None

    def _vertical(self, by: int, cells: int) -> int:
        spans = line_spans(self.text, cells)
        y, x = place(self.text, self.cursor, spans)
        if not 0 <= y + by < len(spans):
            return 0 if by < 0 else len(self.text)
        return index_at(self.text, spans[y + by], x)

    def _remember(self, run: str) -> None:
        if not run or run != self._run:
            self._done.append((self.text, self.cursor))
            del self._done[:-_UNDO_DEPTH]
        self._run = run
        self._undone.clear()

    def _swap(self, source: list[tuple[str, int]], target: list[tuple[str, int]]) -> bool:
        if not source:
            return False
        target.append((self.text, self.cursor))
        self.text, self.cursor = source.pop()
        self._run = ""
        return True


def line_spans(text: str, cells: int) -> list[tuple[int, int]]:
    """How a text breaks into lines of at most `cells` cells: (start, end) indices, at blanks where there are any.

    The blank at a break belongs to the end of its line. There is always at least one line.
    """
    room = max(2, cells)
    spans: list[tuple[int, int]] = []
    offset = 0
    for paragraph in text.split("\n"):
        start = used = blank = 0
        for first, last, w in split_graphemes(paragraph)[0]:
            while used + w > room and first > start:
                end = blank if blank > start else first
                spans.append((offset + start, offset + end))
                start, used = end, width(safe(paragraph[end:first]))
            used += w
            if paragraph[first:last].isspace():
                blank = last
        spans.append((offset + start, offset + len(paragraph)))
        offset += len(paragraph) + 1
    return spans


def place(text: str, cursor: int, spans: list[tuple[int, int]]) -> tuple[int, int]:
    """Line and cell of the cursor among the lines of a text."""
    for y, (start, end) in enumerate(spans):
        continues = y + 1 < len(spans) and spans[y + 1][0] == end
        if cursor < end or (cursor == end and not continues):
            return y, width(safe(text[start:cursor]))
    return len(spans) - 1, 0


def index_at(text: str, span: tuple[int, int], cell: int) -> int:
    """The index in a line that is nearest to a cell, not past it."""
    start, end = span
    best = start
    for first, last, _w in split_graphemes(text[start:end])[0]:
        if width(safe(text[start : start + first])) > cell:
            break
        best = start + first
        if width(safe(text[start : start + last])) <= cell:
            best = start + last
    return best
