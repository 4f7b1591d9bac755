"""The prompt of a filter: what may come next as one types, former filters, and where a mistake is."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.errors import FilterError, UsageError
from cminbox.inbox import filters
from cminbox.inbox.filters import Completion
from cminbox.model.views import Filter
from cminbox.text import cut, pad, safe, wrap
from cminbox.ui import filter_told
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line

SHOWN = 8
"""Ways to go on shown at once."""
_KEPT = 50
_MOST = 4  # lines of what is wrong


class FilterPrompt:
    """What the prompt knows beside its text. `former`: filters that were in force, the latest first."""

    def __init__(self, stage: Stage, list_: QueueControl) -> None:
        self.stage = stage
        self.list = list_
        self.buffer = stage.widgets.prompt.buffer
        self.former: list[str] = []
        self._found: Sequence[Completion] = ()
        self._chosen = -1
        self._at = -1
        self._typed = ""
        self._turn = 0

    def open(self) -> None:
        """A filter is asked for."""
        self._at = -1
        now = self.list.filter
        if now != self.list.home and (text := filters.written(now)):
            self._remember(text)
        self.changed()

    def close(self) -> None:
        """It is not asked for any more."""
        self._turn += 1

    def press(self, key: str) -> bool:
        """A key that is no text; False where it is for the line of text."""
        if key == "enter" and self._chosen >= 0:
            self._take(self._found[self._chosen])
        elif key in ("tab", "right") and self._found and (key == "tab" or self.buffer.cursor == len(self.buffer.text)):
            self._take(self._found[max(0, self._chosen)])
        elif key == "down" and self._at < 0 and self._found:
            self._choose(min(self._chosen + 1, len(self._found) - 1))
        elif key in ("up", "shift+tab") and self._chosen >= 0:
            self._choose(self._chosen - 1)
        elif key in ("up", "down"):
            self._recall(1 if key == "up" else -1)
        else:
            return False
        return True

    def changed(self) -> None:
        """The text is another: what may come next is looked up beside, and shown if it is still asked for."""
        self._turn += 1
        self._chosen = -1
        self.stage.jobs.aside(self._complete(self._turn))

    async def read(self) -> Filter | None:
        """The filter that was typed; None where it is none, and what is wrong then stands above the prompt."""
        text = self.buffer.text.strip()
        try:
            wanted = await filters.understood(self.stage.desk, text)
        except FilterError as error:
            self._show_error(text, error)
            return None
        except UsageError as error:
            self.stage.strip([[("error", f" {cut(safe(str(error)), self.stage.app.size.width - 2)}")]])
            return None
        if text:
            self._remember(filters.written(wanted))
        return wanted

    async def _complete(self, turn: int) -> None:
        found = await filters.complete(self.stage.desk, self.buffer.text, self.buffer.cursor)
        if turn == self._turn:
            self._found = found
            self._show()

    def _take(self, chosen: Completion) -> None:
        self.buffer.replace(chosen.text)
        self.buffer.cursor = chosen.cursor
        self.changed()

    def _choose(self, index: int) -> None:
        self._chosen = index
        self._show()

    def _recall(self, by: int) -> None:
        """A former filter, or back to what was being typed."""
        if self._at < 0:
            self._typed = self.buffer.text
        self._at = max(-1, min(self._at + by, len(self.former) - 1))
        self.buffer.replace(self.former[self._at] if self._at >= 0 else self._typed)
        self.changed()

    def _remember(self, text: str) -> None:
        self.former = [text, *(each for each in self.former if each != text)][:_KEPT]

    def _show(self) -> None:
        start = max(0, min(self._chosen - SHOWN + 1, len(self._found) - SHOWN))
        room = self.stage.app.size.width
        lines: list[Line] = []
        for index, each in enumerate(self._found[start : start + SHOWN], start):
            chosen = index == self._chosen
            word, help_ = safe(each.word), safe(each.help)
            lines.append(
                [
                    ("mark", "▌" if chosen else " "),
                    ("bar_value" if not chosen else "hit", pad(word, 26) + " "),
                    ("bar", cut(help_, max(4, room - 29))),
                ]
            )
        self.stage.strip(lines)

    def _show_error(self, text: str, error: FilterError) -> None:
        room = self.stage.app.size.width - 2
        typed, carets, told = filter_told.pointed(text, error, room)
        lines: list[Line] = [[("bar", " "), ("error", part)] for part in wrap(told, room)[:_MOST]]
        start = carets.index("^")
        place: Line = [("bar", " " * (start + 1)), ("error", carets[start:])]
        self.stage.strip([[("bar_value", f" {typed}")], place, *lines])
