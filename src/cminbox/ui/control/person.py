"""The person of the conversation at hand: a column beside it on a wide screen, a sheet over the panes elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cminbox.i18n import _
from cminbox.model.people import PersonCard
from cminbox.ui.control.person_shown import Shown
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.person_lines import Item, Paper, content, nobody
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.sheet import Content

AREA = "person"
AFTER_S = 0.15
"""The column follows the cursor once it rests so long: holding a key costs nothing."""


class PersonControl:
    """Keeps the panel in line with the conversation under the cursor."""

    def __init__(self, stage: Stage, triage: TriageControl, reading: ReadingControl) -> None:
        self.stage = stage
        self.triage = triage
        self.reading = reading
        self.column = stage.widgets.person
        self.shown = Shown()
        self._wanted = stage.service.settings.screen.person
        self._moved_at = -AFTER_S
        self._later: asyncio.Task[None] | None = None
        self._from = "queue"
        stage.noticed.append(self.changed)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "person.panel": self.panel,
            "person.close": self.leave,
            "person.open": self.choose,
        }

    @property
    def beside(self) -> bool:
        """Whether there is a column for the person."""
        return self._wanted and _is_wide(self.stage)

    @property
    def over(self) -> bool:
        """Whether the person is shown over the panes."""
        return self.stage.sheet_area == AREA

    @property
    def card(self) -> PersonCard | None:
        """Who is to be seen."""
        return self.shown.card if self.beside or self.over else None

    @property
    def item(self) -> Item | None:
        """What the cursor of the panel is on."""
        item = self.stage.widgets.sheet.item if self.over else self.column.item if self.beside else None
        return item if isinstance(item, Item) else None

    def lay_out(self) -> bool:
        """Whether there is a column for the person; where it went with the room for it, keys go back to the queue."""
        if self.stage.focus == AREA and not self.beside:
            self.stage.focus = "queue"
        return self.beside

    def panel(self) -> None:
        """Go to the person; where keys belong to it already, put it away."""
        if self.over:
            self.leave()
        elif not _is_wide(self.stage):
            self._open_over()
        elif self.stage.focus == AREA:
            self._show_column(wanted=False)
            self.leave()
        else:
            if not self._wanted:
                self._show_column(wanted=True)
            self.enter()

    def enter(self) -> None:
        """Keys belong to the column from now on; they wait until it shows who is under the cursor."""
        about = self._target
        self._from = self.stage.focus
        self.stage.focus = AREA
        self._paint_focus()
        if self.shown.of != about:
            self.shown.about = about
            self.stage.hold_beside(lambda: self._load(about))

    def leave(self) -> None:
        """Keys belong to the pane again that they came from."""
        if self.over:
            self.stage.sheet_area = ""
            self.stage.layout()
        if self.stage.focus == AREA:
            self.stage.focus = "conversation" if self._from == "conversation" and self.reading.opened else "queue"
        self._paint_focus()

    def follow(self) -> None:
        """The cursor may be on another conversation: the column shows its person once the cursor rests."""
        active = self.stage.focus == AREA
        if self.column.active != active:
            self.column.active = active
            self.column.paint()
        about = self._target
        if not self.beside or active or self.over or about == self.shown.about:
            return
        self.shown.about = about
        now = self.stage.desk.clock.monotonic()
        rested = now - self._moved_at >= AFTER_S
        self._moved_at = now
        if self._later is not None and not self._later.done():
            return
        if rested:
            self.stage.jobs.aside(self._load(about))
        else:
            self._later = self.stage.jobs.endless(self._load_later())

    def paint(self) -> None:
        """Lay out and draw again: other cells, another language, other facts."""
        if self.over:
            self.stage.widgets.sheet.open(_content(self.stage, self.shown, self.stage.app.size.width), keep=True)
        elif self.beside:
            self.column.open(_content(self.stage, self.shown, self.column.size.width), keep=True)

    async def changed(self) -> None:
        """The store changed: who is shown is read again."""
        if self.card is not None and await self.shown.again(self.stage.desk):
            self.paint()

    def choose(self) -> None:
        """Open the conversation under the cursor, or show older ones."""
        item = self.item
        if item is not None and item.more:
            self.stage.jobs.aside(self.shown.more(self.stage.desk, self.paint))
        elif item is not None and item.conversation is not None:
            self.leave()
            self.stage.focus = "conversation"
            self.reading.open(item.conversation)
            self._paint_focus()

    @property
    def _target(self) -> int | None:
        if self.stage.focus == "conversation":
            return self.reading.opened
        row = self.triage.target
        return row.id if row is not None else None

    def _open_over(self) -> None:
        about = self.shown.about = self._target
        if about is None:
            self.stage.tell(_("There is no conversation here."))
            return

        async def job() -> None:
            await self.shown.read(self.stage.desk, about)
            self.stage.sheet_area = AREA
            self.stage.layout()
            self.stage.widgets.sheet.open(_content(self.stage, self.shown, self.stage.app.size.width))
            self.stage.paint_bars()

        self.stage.hold_beside(job)

    def _show_column(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self.stage.app.remember("screen.person", wanted)
        self.shown.about = self.shown.of = None
        self.stage.layout()
        self.stage.app.call_after_refresh(self.stage.app.hands.house.paint_all)
        self.follow()

    def _paint_focus(self) -> None:
        self.column.active = self.stage.focus == AREA
        self.column.paint()
        self.stage.paint_bars()

    async def _load_later(self) -> None:
        clock = self.stage.desk.clock
        while (rest := self._moved_at + AFTER_S - clock.monotonic()) > 0:
            await clock.sleep(rest)
        await self._load(self.shown.about)

    async def _load(self, about: int | None) -> None:
        """Read who a conversation is about, and show them unless the cursor is elsewhere by now."""
        if await self.shown.read(self.stage.desk, about) and self.beside:
            self.column.open(_content(self.stage, self.shown, self.column.size.width))


def _is_wide(stage: Stage) -> bool:
    return stage.app.size.width >= stage.service.settings.screen.wide_from


def _content(stage: Stage, shown: Shown, width: int) -> Content:
    if shown.card is None:
        return nobody()
    paper = Paper(width, stage.desk.clock.now(), stage.app.zone)
    return content(shown.card, shown.history, paper, more=shown.after is not None)
