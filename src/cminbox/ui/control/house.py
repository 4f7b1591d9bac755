"""What is about the whole program: events from below, the status, theme and language, the bars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cminbox.errors import SettingsError
from cminbox.i18n import LANGUAGES, _, set_language
from cminbox.inbox import outbox, overview, tags
from cminbox.model.base import AccountState, ActState
from cminbox.text import fold, safe, width
from cminbox.ui import bars, theme, times
from cminbox.ui.bars import Status
from cminbox.ui.control.arriving import ArrivingControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.control.writing import WritingControl
from cminbox.ui.stage import Stage

MOST_COUNTERS = 3
"""Lines of counters at most."""
_MINUTE_S = 60.0


class HouseControl:
    """Keeps everything on the screen in line with the store and the connections."""

    def __init__(
        self,
        stage: Stage,
        arriving: ArrivingControl,
        reading: ReadingControl,
        writing: WritingControl,
        sheets: SheetControl,
    ) -> None:
        self.stage = stage
        self.arriving = arriving
        self.list = arriving.list
        self.reading = reading
        self.writing = writing
        self.sheets = sheets
        self.connections: dict[str, tuple[str, str]] = {}
        self.counters_size = min(MOST_COUNTERS, stage.service.settings.screen.counters_size)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "app.redraw": self.redraw,
            "app.language": self.other_language,
            "counters.grow": lambda: self.size_counters(1),
            "counters.shrink": lambda: self.size_counters(-1),
        }

    async def watch(self) -> None:
        """Follow the events of the service for ever."""
        async for event in self.stage.service.events():
            await self.on_event(event)

    async def tick(self, wall: Any) -> None:
        """Once a minute: what waits is a minute older."""
        while True:
            await wall.sleep(_MINUTE_S)
            await self.list.read_numbers()
            await self.sheets.changed()
            self.stage.paint_bars()

    async def on_event(self, event: Any) -> None:
        """One event; the service's event types are told apart by what they carry."""
        if hasattr(event, "version"):
            await self.refresh()
        elif hasattr(event, "notice"):
            self.stage.tell(safe(event.notice), "warning")
        elif hasattr(event, "account"):
            self.connections[event.account] = (event.state, event.because)
            await self.read_status()
            self.stage.paint_bars()

    async def refresh(self) -> None:
        """Read again what is on the screen."""
        await self.read_status()
        await self.arriving.changed()
        await self.reading.changed()
        await self.sheets.changed()
        for told in self.stage.noticed:
            await told()

    async def read_status(self) -> None:
        """What the right end of the last line says."""
        desk = self.stage.desk
        counts = await outbox.counts(desk)
        stopped = await outbox.stopped(desk)
        accounts = [each.account for each in await overview.all_accounts(desk)]
        self.list.has_accounts = bool(accounts)
        self.list.widget.colours = {fold(tag.name): tag.colour for tag in await tags.all_tags(desk)}
        self.stage.widgets.reading.colours = self.list.widget.colours
        brands = {each.brand for each in accounts if each.brand}
        self.list.widget.brand_cells = max(map(width, map(safe, brands))) if len(brands) > 1 else 0
        on_way = (ActState.HELD, ActState.QUEUED, ActState.SENDING, ActState.UNCERTAIN)
        self.stage.status = Status(
            outbox=sum(counts.get(state, 0) for state in on_way),
            review=counts.get(ActState.REVIEW, 0),
            failed=counts.get(ActState.FAILED, 0),
            stopped=_("sending stopped by {name} {time}").format(
                name=safe(stopped[0]), time=times.when(stopped[1], desk.clock.now(), self.stage.app.zone)
            )
            if stopped
            else "",
            crisis=self.stage.app.hands.crisis.told,
            paused=tuple(safe(each.name) for each in accounts if each.state is AccountState.PAUSED),
            offline=tuple(
                safe(each.name)
                for each in accounts
                if each.state is AccountState.ACTIVE and self.connections.get(each.name, ("ok",))[0] == "retrying"
            ),
            ending=tuple(
                safe(each.name)
                for each in accounts
                if each.state is AccountState.ACTIVE and each.token_ends(desk.clock.now()) is not None
            ),
        )

    def lay_out(self) -> None:
        """Give the panes their cells."""
        opened = self.reading.opened is not None
        wide_from = self.stage.service.settings.screen.wide_from
        person = self.stage.app.hands.person.lay_out()
        self.stage.app.inbox.share_cells(
            wide_from, opened, self.counters_size + len(self.stage.app.hands.crisis.lines(80)), person=person
        )
        if self.stage.composing:
            self.stage.widgets.composer.paint()

    def paint_all(self) -> None:
        """Draw everything again that may look different."""
        widgets, app = self.stage.widgets, self.stage.app
        self.list.widget.empty = self.list.empty_lines(widgets.queue.size.width)
        hint = _("{key} opens the conversation here.").format(key=app.keys_in_words("conversation.open"))
        widgets.reading.placeholder = [[], [("dim", f"  {hint}")]]
        widgets.reading.more_key = app.keys_in_words("conversation.whole")
        widgets.queue.paint()
        widgets.reading.paint()
        self.writing.paint()
        app.hands.person.paint()
        self.stage.paint_bars()
        if self.stage.prompting:
            widgets.prompt.paint()
        for widget in app.inbox.query("Lines"):
            widget.refresh()

    def paint_bars(self) -> None:
        """Draw the three bars."""
        widgets, app = self.stage.widgets, self.stage.app
        room = widgets.keys.size.width or widgets.prompt.size.width
        if not room:
            return
        counted = bars.counters(self.list.title, self.list.numbers, room, self.counters_size)
        alarm = app.hands.crisis.lines(room)
        widgets.counters.show([*alarm, *(counted if self.counters_size or not alarm else [])])
        window = self.list.window
        note = bars.position(
            window.position,
            self.list.total,
            self.list.exact,
            self.list.arrived,
            widgets.position.size.width,
            app.keys_in_words("queue.refresh"),
            self.list.notes,
        )
        widgets.position.show([note])
        app.hands.person.follow()
        widgets.keys.show([self._keys_line(room)])

    def _keys_line(self, room: int) -> list[tuple[str, str]]:
        app, question, notice = self.stage.app, self.stage.question, self.stage.app.notices.current
        if question is not None:
            return bars.answers(question.choices, room)
        return bars.keys(app.hands.hints(), self.stage.status, room, notice if notice and notice[1] else None)

    def set_theme(self, name: str, *, save: bool = True) -> None:
        """Draw with another theme from now on, and remember it."""
        app = self.stage.app
        try:
            chosen = theme.load(name, app.service.home.themes)
        except SettingsError as error:
            self.stage.tell(safe(str(error)), "error")
            return
        app.look = theme.Look(chosen)
        app.inbox.styles.background = app.look.ground
        self.repaint()
        if save:
            app.remember("theme", name)

    def size_counters(self, by: int) -> None:
        """More or fewer lines of counters; none hides them."""
        self.counters_size = max(0, min(MOST_COUNTERS, self.counters_size + by))
        self.stage.app.remember("screen.counters_size", self.counters_size)
        self.stage.layout()
        self.stage.app.call_after_refresh(self.paint_all)

    def other_language(self) -> None:
        """From English to French and back."""
        self.set_language("fr" if self.stage.app.words == "en" else "en")

    def set_language(self, name: str) -> None:
        """Speak another language from now on, and remember it."""
        if name not in LANGUAGES:
            self.stage.tell(_("There is no language {name!r}.").format(name=safe(name)), "error")
            return
        set_language(name)
        self.stage.app.remember("language", name)
        self.stage.jobs.aside(self._in_words())

    async def _in_words(self) -> None:
        await self.read_status()
        self.repaint()

    def redraw(self) -> None:
        """Write the whole screen again: something else wrote into the terminal."""
        self.stage.app.forget_terminal()
        self.stage.app.screen.refresh()

    def repaint(self) -> None:
        """Everything looks or reads different now."""
        widgets = self.stage.widgets
        self.list.widget.empty = self.list.empty_lines(widgets.queue.size.width)
        widgets.queue.forget_drawn()
        self.sheets.repaint()
        self.paint_all()
