"""Pickers: one line to type into, what fits above it, and a look at what the choice would do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cminbox.i18n import _
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line, fit

SHOWN = 6
"""Choices shown at once."""


@dataclass(frozen=True)
class Choice:
    """One thing to choose: how it is shown (safe), and what it is about."""

    line: Line
    item: Any


Found = Callable[[str], Awaitable[Sequence[Choice]]]
Take = Callable[[Any, str], Awaitable[None]]
"""What a choice does: its item (None where nothing was found) and what was typed."""


@dataclass
class Picker:
    """What is asked: `word` before the line, `find` for what fits what is typed, `take` for what Enter does.

    `look` gives the lines that show what a choice would do; `send` is what the key for sending at once does. `hidden`:
    what is typed is not shown. `left` is told where nothing was taken.
    """

    word: str
    find: Found
    take: Take
    look: Callable[[Any, str], Awaitable[list[Line]]] | None = None
    send: Take | None = None
    hint: str = ""
    hidden: bool = False
    left: Callable[[], None] | None = None


@dataclass
class _Seen:
    """What was found for which text."""

    text: str | None = None
    choices: Sequence[Choice] = field(default_factory=tuple)


class PickingControl:
    """Owns the prompt while a picker is open. What is typed ahead lands in it, Enter waits for what it is about."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.widget = stage.widgets.prompt
        self._picker: Picker | None = None
        self._seen = _Seen()
        self._chosen = 0
        self._turn = 0

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"composer.send_at_once": self.send}

    def open(self, picker: Picker) -> None:
        """Ask; letters typed from now on are the picker's."""
        self._picker = picker
        self._seen, self._chosen = _Seen(), 0
        self.widget.word = picker.word
        self.widget.hint = picker.hint
        self.widget.hidden = picker.hidden
        self.widget.buffer.text, self.widget.buffer.cursor = "", 0
        self.stage.prompting = self.stage.picking = True
        self.stage.layout()
        self._changed()

    def write(self, key: str, text: str) -> None:
        """A key for the picker."""
        buffer = self.widget.buffer
        if key == "escape" or (key == "backspace" and not buffer.text):
            left = self._picker.left if self._picker is not None else None
            self._close()
            if left is not None:
                left()
        elif key == "enter":
            self._accept(self._picker.take if self._picker else None)
        elif key in ("tab", "down", "up", "shift+tab"):
            self._choose(-1 if key in ("up", "shift+tab") else 1)
        elif text:
            buffer.insert(text)
            self._changed()
        elif buffer.press(key, self.widget.size.width):
            self._changed()

    def paste(self, text: str) -> None:
        """Text from outside, as one line."""
        self.widget.buffer.insert(text.strip())
        self._changed()

    def drop(self, picker: Picker) -> None:
        """Ask no more, where this is still what is asked: the answer came another way."""
        if self._picker is picker:
            self._close()

    def send(self) -> None:
        """Take the choice and send at once, where this picker can."""
        if self._picker is not None and self._picker.send is not None:
            self._accept(self._picker.send)

    def _changed(self) -> None:
        self._turn += 1
        self._chosen = 0
        self.widget.paint()
        self.stage.jobs.aside(self._look(self._turn))

    def _choose(self, by: int) -> None:
        if self._seen.choices:
            self._turn += 1
            self._chosen = (self._chosen + by) % len(self._seen.choices)
            self.stage.jobs.aside(self._look(self._turn))

    async def _look(self, turn: int) -> None:
        """Find what fits what is typed now, and show it with a look at the one that is marked."""
        picker, text = self._picker, self.widget.buffer.text
        if picker is None or turn != self._turn:
            return
        if self._seen.text != text:
            found = await picker.find(text)
            if turn != self._turn:
                return
            self._seen = _Seen(text, found)
            self._show([])
        if picker.look is not None:
            item = self._seen.choices[self._chosen].item if self._seen.choices else None
            lines = await picker.look(item, text)
            if turn == self._turn:
                self._show(lines)

    def _show(self, lines: list[Line]) -> None:
        choices, room = self._seen.choices, self.stage.app.size.width
        start = max(0, min(self._chosen - SHOWN + 1, len(choices) - SHOWN))
        out: list[Line] = []
        for index, choice in enumerate(choices[start : start + SHOWN], start):
            mark = "▌" if index == self._chosen else " "
            out.append(fit([("mark", mark), *choice.line], room, "bar"))
        if not choices and self._picker is not None and self._picker.look is None:
            out.append([("bar", " " + _("Nothing fits."))])
        self.stage.strip([*out, *lines])

    def _accept(self, take: Take | None) -> None:
        """Do what the choice means; keys wait, for they are about what it opens."""
        picker, text, chosen, seen = self._picker, self.widget.buffer.text, self._chosen, self._seen
        if picker is None or take is None:
            return
        self._close()

        async def job() -> None:
            choices = seen.choices if seen.text == text else await picker.find(text)
            await take(choices[min(chosen, len(choices) - 1)].item if choices else None, text)

        self.stage.hold_for(job)

    def _close(self) -> None:
        if self._picker is not None and self._picker.hidden:
            self.widget.buffer.text, self.widget.buffer.cursor = "", 0
            self._seen = _Seen()
        self._picker = None
        self.widget.hidden = False
        self._turn += 1
        self.stage.prompting = self.stage.picking = False
        self.stage.app.caret = None
        self.stage.strip([])
        self.stage.layout()
        self.stage.paint_bars()
