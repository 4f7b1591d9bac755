"""The prompts: search as you type, filter, and the command line over the one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cminbox.config.actions import ACTIONS, Action
from cminbox.config.macros import STEPS
from cminbox.i18n import LANGUAGES, _
from cminbox.text import fold, pad, safe
from cminbox.ui import theme
from cminbox.ui.control.filtering import FilterPrompt
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line

SUGGESTIONS = 8
TAKE_A_WORD = (
    *("brand", "campaign", "crisis", "handover", "macro", "numbers"),
    *(verb for verb, takes in STEPS.items() if takes.has_value),
)
"""Commands that a name may follow."""


@dataclass(frozen=True)
class Suggestion:
    """One way to complete a command: the whole line, and what it does."""

    text: str
    help: str
    keys: str = ""


class FindingControl:
    """Owns the prompt while something is typed into it."""

    def __init__(self, stage: Stage, list_: QueueControl) -> None:
        self.stage = stage
        self.list = list_
        self.widget = stage.widgets.prompt
        self.kind = ""
        self.filtering = FilterPrompt(stage, list_)
        self._before = list_.filter
        self._chosen = 0

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "queue.search": lambda: self.open("/"),
            "queue.filter": lambda: self.open("\\"),
            "app.command": lambda: self.open(":"),
        }

    def open(self, kind: str) -> None:
        """Ask for words to search ("/"), a filter ("\\") or a command (":")."""
        self.kind = kind
        self._before = self.list.filter
        self._chosen = 0
        self.widget.word = {"/": _("Search: "), "\\": _("Filter: ")}.get(kind, ":")
        self.widget.hint = {
            "/": _("Enter keeps it, Esc ends it"),
            "\\": _("Tab completes, ↑ former ones"),
        }.get(kind, _("Tab completes"))
        self.widget.buffer.text, self.widget.buffer.cursor = "", 0
        self.stage.prompting = True
        self.stage.layout()
        if kind == "\\":
            self.widget.paint()
            self.filtering.open()
        else:
            self._changed()

    def write(self, key: str, text: str) -> None:
        """A key for the prompt."""
        if key == "escape":
            self._cancel()
        elif self.kind == "\\" and self.filtering.press(key):
            self.widget.paint()
        elif key == "enter":
            self._accept()
        elif self.kind == ":" and key in ("tab", "down", "up", "shift+tab"):
            self._choose(key)
        elif key == "backspace" and not self.widget.buffer.text:
            self._cancel()
        elif text:
            self.widget.buffer.insert(text)
            self._changed()
        elif self.widget.buffer.press(key, self.widget.size.width):
            self._changed()

    def paste(self, text: str) -> None:
        """Text from outside, as one line."""
        self.widget.buffer.insert(text.strip())
        self._changed()

    def clear(self) -> None:
        """End search and filter: the view as it was before them, the inbox where there was none."""
        now = self.list.filter.model_copy(update={"order": self.list.home.order})
        if now != self.list.home:
            self.list.look(self.list.home)

    def _changed(self) -> None:
        text = self.widget.buffer.text
        if self.kind == "/":
            self.list.search(text)
        elif self.kind == "\\":
            self.filtering.changed()
        elif self.kind == ":":
            self._chosen = 0
            self._show_suggestions()
        self.widget.paint()

    def _accept(self) -> None:
        text = self.widget.buffer.text.strip()
        kind = self.kind
        if kind == "\\":
            self.stage.hold_beside(self._filter)
            return
        self._close()
        if kind == "/":
            self.list.look(self.list.filter.model_copy(update={"search": text or None}))
        elif text:
            self._run(text)

    async def _filter(self) -> None:
        """Look at what the filter means; one that is none stays to be mended. Keys wait for either."""
        empty = not self.widget.buffer.text.strip()
        wanted = await self.filtering.read()
        if wanted is not None:
            self._close()
            self.list.look(self.list.home if empty else wanted)

    def _cancel(self) -> None:
        kind = self.kind
        self._close()
        if kind == "/" and self.list.filter != self._before:
            self.list.look(self._before)

    def _close(self) -> None:
        self.filtering.close()
        self.stage.prompting = False
        self.stage.app.caret = None
        self.stage.strip([])
        self.stage.layout()
        self.stage.paint_bars()

    def _run(self, text: str) -> None:
        head, _blank, rest = text.partition(" ")
        if head in TAKE_A_WORD and rest:
            self.stage.app.hands.command(text)
            return
        found = self._suggestions(text)
        exact = next((s for s in found if s.text == text), None)
        chosen = exact or (found[min(self._chosen, len(found) - 1)] if found else None)
        if chosen is None:
            self.stage.tell(_("There is no command {name}. : and Tab show them all.").format(name=safe(text)), "error")
            return
        self.stage.app.hands.command(chosen.text)

    def _choose(self, key: str) -> None:
        found = self._suggestions(self.widget.buffer.text)
        if not found:
            return
        if key == "tab" and self.widget.buffer.text != found[self._chosen].text:
            self.widget.buffer.replace(found[self._chosen].text)
            self._chosen = 0
        else:
            self._chosen = (self._chosen + (-1 if key in ("up", "shift+tab") else 1)) % len(found)
        self._show_suggestions()
        self.widget.paint()

    def _suggestions(self, typed: str) -> list[Suggestion]:
        return suggestions(typed, self.stage.app.themes, self.stage.app.hands.words_of)

    def _show_suggestions(self) -> None:
        found = self._suggestions(self.widget.buffer.text)
        self._chosen = min(self._chosen, max(0, len(found) - 1))
        start = max(0, min(self._chosen - SUGGESTIONS + 1, len(found) - SUGGESTIONS))
        lines: list[Line] = []
        for index, each in enumerate(found[start : start + SUGGESTIONS], start):
            role = "hit" if index == self._chosen else "bar"
            keys = self.stage.app.keys_in_words(each.keys) if each.keys else ""
            room = self.stage.app.size.width - 20 - 10
            text = f" {pad(each.text, 18)} {pad(each.help, max(10, room))} {keys:>8} "
            lines.append([(role, text)])
        self.stage.strip(lines)


def suggestions(typed: str, themes: list[str], told: Callable[[Action], tuple[str, str]]) -> list[Suggestion]:
    """Commands that begin with what was typed, then those that hold it, then those whose help does.

    `told` gives the name and the help of an action.
    """
    head, blank, rest = typed.partition(" ")
    values = {"theme": themes, "language": list(LANGUAGES)}
    if blank and head in values:
        return [
            Suggestion(f"{head} {value}", theme.title_of(value) if head == "theme" else value)
            for value in values[head]
            if value.startswith(rest)
        ]
    wanted = fold(typed.strip())

    def rank(action: Action) -> int | None:
        name = fold(action.command)
        if name.startswith(wanted):
            return 0
        if wanted in name:
            return 1
        return 2 if len(wanted) > 2 and wanted in fold(told(action)[1]) else None

    ranked = [(found, action) for action in ACTIONS if action.command and (found := rank(action)) is not None]
    ranked.sort(key=lambda pair: (pair[0], pair[1].command))
    return [Suggestion(action.command, told(action)[1], action.id) for _rank, action in ranked]
