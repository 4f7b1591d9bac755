"""Piping a conversation to a command: asked in the prompt, its output in a sheet that can be copied; Esc stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from cminbox.i18n import _
from cminbox.inbox import piping, queue
from cminbox.inbox.piping import Piped
from cminbox.text import fold, safe, wrap
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import Content, Entry

_KEPT = 20
"""Commands remembered, in memory only."""
_MOST_LINES = 5_000


class PipingControl:
    """Runs one command at a time; its sheet is open as long as it runs."""

    def __init__(self, stage: Stage, triage: TriageControl, sheets: SheetControl, picking: PickingControl) -> None:
        self.stage = stage
        self.triage = triage
        self.sheets = sheets
        self.picking = picking
        self._former: list[str] = []
        self._running: asyncio.Task[None] | None = None

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "conversation.pipe": lambda: self.ask(json=False),
            "conversation.pipe_json": lambda: self.ask(json=True),
        }

    def ask(self, *, json: bool) -> None:
        """Ask for the command that gets the conversation; the latest ones are offered."""
        row = self.triage.target
        if row is None:
            self.stage.tell(_("There is no conversation here."))
            return

        async def find(text: str) -> Sequence[Choice]:
            wanted = fold(text.strip())
            return [Choice([("bar_value", f" {safe(one)}")], one) for one in self._former if wanted in fold(one)]

        async def look(_item: object, _text: str) -> list[Line]:
            return []

        async def take(item: str | None, text: str) -> None:
            command = text.strip() or (item or "")
            if command:
                await self._begin(row.id, command, json=json)

        word = _("Pipe as JSON to: ") if json else _("Pipe to: ")
        hint = _("the conversation is its standard input")
        self.picking.open(Picker(word, find, take, look, hint=hint))

    async def _begin(self, conversation: int, command: str, *, json: bool) -> None:
        settings, zone = self.stage.service.settings.pipe, self.stage.app.zone
        words = piping.words(command, shell=settings.shell)
        view = await queue.view(self.stage.desk, conversation)
        given = piping.as_json(view) if json else piping.as_text(view, zone)
        self._former = [command, *(one for one in self._former if one != command)][:_KEPT]
        title = _("Running: {command}").format(command=safe(command))
        self.sheets.show(Content("pipe", title, [], _("Esc stops it")), closing=self.stop)
        running = self.stage.jobs.aside(self._run(command, words, given, settings.timeout_s))
        self._running = running

    def stop(self) -> None:
        """End the command that runs, where one does."""
        running, self._running = self._running, None
        if running is not None and not running.done():
            running.cancel()
            self.stage.tell(_("Stopped."))

    async def _run(self, command: str, words: Sequence[str], given: str, timeout_s: float) -> None:
        try:
            piped = await piping.run(words, given, timeout_s=timeout_s, wall=self.stage.app.wall)
        except Exception:
            self._running = None
            self.sheets.close()
            raise
        self._running = None
        self.sheets.show(self._content(command, piped, timeout_s))

    def _content(self, command: str, piped: Piped, timeout_s: float) -> Content:
        room = max(20, self.stage.app.size.width - 3)
        lines: list[Entry] = []
        for role, text in (("text", piped.out), ("error", piped.err)):
            for line in safe(text.rstrip("\n"), newlines=True).split("\n") if text.strip() else []:
                lines += [Entry([(role, f" {part}")]) for part in wrap(line, room) or [""]]
                if len(lines) >= _MOST_LINES:
                    break
        if not lines:
            lines = [Entry([("dim", " " + _("It said nothing."))])]
        title = _("{ended}: {command}").format(ended=_ended(piped, timeout_s), command=safe(command))
        return Content("pipe", title, lines, _("y copies this, Esc closes"), copied=piped.out or piped.err)


def _ended(piped: Piped, timeout_s: float) -> str:
    """How it ended, in words."""
    if piped.late:
        return _("ended after {n} s").format(n=f"{timeout_s:g}")
    if piped.cut:
        return _("ended, it said too much")
    return _("exit code {n}").format(n=piped.code)
