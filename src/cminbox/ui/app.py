"""The inbox as a full-screen program: what starts it, and what hands keys on."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from rich.color import ColorSystem
from textual import events
from textual.app import SuspendNotSupported
from textual.driver import Driver
from textual.screen import Screen

from cminbox.clock import SystemClock
from cminbox.config import settings as settings_file
from cminbox.config.keymap import resolve
from cminbox.errors import CminboxError
from cminbox.i18n import _, language, set_language
from cminbox.text import safe, wrap
from cminbox.ui import theme
from cminbox.ui.display import CellDisplay
from cminbox.ui.hands import Hands
from cminbox.ui.jobs import Jobs
from cminbox.ui.router import Press, Router, presses
from cminbox.ui.screens.inbox import InboxScreen
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line, Part

if TYPE_CHECKING:
    from cminbox.clock import Clock
    from cminbox.paths import Home
    from cminbox.service import Service
    from cminbox.sync.connect import TransportFor

T = TypeVar("T")
Beside = Callable[["Service"], Coroutine[Any, Any, None]]
MOST_LINES = 6
"""Lines of a long notice at most."""
NOTICE_S = 6.0
"""How long a notice stays that no key took away, real seconds."""
_WHICH_S = 0.3


class InboxApp(CellDisplay):
    """The program around the one screen. Keys go to the router, never to a widget."""

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = Path(__file__).parent / "screens" / "inbox.tcss"

    def __init__(self, service: Service, *, wall: Clock | None = None) -> None:
        super().__init__(ansi_color=True)
        self.service = service
        self.wall = wall or SystemClock()
        self.clock = service.clock
        self.zone = ZoneInfo(service.settings.timezone)
        self.inbox = InboxScreen()
        self.notice: Part | None = None
        system = self.console._color_system
        few = system is ColorSystem.STANDARD or (system is None and sys.stdout.isatty())
        chosen, self._first_notice = theme.fitting(service.settings.theme, service.home.themes, few)
        self.look = theme.Look(chosen)
        self.wear(self.look)
        self.stage = Stage(self, self.inbox.widgets, service, Jobs(self._failed))
        self.inbox.stage = self.stage
        self.hands = Hands(self.stage)
        self.router = Router(self.hands, self.hands.actions, resolve(service.settings))
        self._notice_turn = 0
        self._notice_above = False

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver, with our reading of keys where it is the one of Unix terminals."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from cminbox.ui.keyboard import Keyboard

        return Keyboard

    @property
    def words(self) -> str:
        """The language in force."""
        return language()

    @property
    def themes(self) -> list[str]:
        """The names of the themes there are."""
        return theme.names(self.service.home.themes)

    def get_default_screen(self) -> Screen[Any]:
        """The one screen."""
        return self.inbox

    async def on_mount(self) -> None:
        """Hang up decently; once the first frame stands, begin to follow what happens."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
                loop.add_signal_handler(number, self.exit, 0)
        self.call_after_refresh(self._begin)

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes go to the router, in order; all else goes Textual's way."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            for press in presses(event.key, event.character):
                self._feed(press)
        elif isinstance(event, events.Paste) and not event.is_forwarded:
            self._feed(Press("paste", event.text, pasted=True))
        else:
            await super().on_event(event)

    def do(self, action: str) -> None:
        """Do an action of the table."""
        self.hands.do(action)

    def tell(self, text: str, role: str = "bar_value") -> None:
        """Say something in the last line, or above it where it is long.

        It goes with the next key that does something (errors stay their time), or after a while.
        """
        self._drop_notice()
        self._notice_turn += 1
        lines = wrap(text, max(20, self.size.width - 2))
        if len(lines) > 1 and not self.stage.prompting:
            self._notice_above = True
            self.show_strip([[(role, f" {part}")] for part in lines[:MOST_LINES]])
        self.notice = (role, text if len(lines) == 1 else "")
        self.paint_bars()
        self.stage.jobs.endless(self._forget_notice(self._notice_turn))

    def forget_notice(self) -> None:
        """A key did something else now. Errors stay their time."""
        if self.notice is not None and self.notice[0] != "error":
            self._drop_notice()
            self.paint_bars()

    def show_question(self) -> None:
        """A question was asked, above the last line, or answered."""
        self._drop_notice()
        question = self.stage.question
        room = max(20, self.size.width - 2)
        self.show_strip([[("warning", f" {part}")] for part in wrap(question.text, room)] if question else [])
        self.paint_bars()

    def hints(self) -> list[tuple[str, str]]:
        """The keys that work here, with their short names."""
        return self.hands.hints()

    def keys_in_words(self, action: str, most: int = 1) -> str:
        """The first keys of an action, as people read them."""
        return self.hands.keys_in_words(action, most)

    def command(self, text: str) -> None:
        """Run a line of the command prompt that is known to be one."""
        self.hands.command(text)

    def connection_of(self, account: str) -> str:
        """Why an account is not reached now ("" where it is)."""
        state, because = self.hands.house.connections.get(account, ("ok", ""))
        return because or _("no connection") if state == "retrying" else ""

    def remember(self, key: str, value: str | int) -> None:
        """Write one setting into the settings file; tell where that fails."""
        try:
            settings_file.change(self.service.home, key, value)
        except (CminboxError, OSError) as error:
            self.tell(_("This was not saved: {error}").format(error=safe(str(error))), "warning")

    def lay_out(self) -> None:
        """Give the panes their cells."""
        opened = self.hands.reading.opened is not None
        self.inbox.share_cells(self.service.settings.screen.wide_from, opened, self.hands.house.counters_size)
        if self.stage.composing:
            self.inbox.widgets.composer.paint()

    def paint_bars(self) -> None:
        """Draw the bars again."""
        if self.inbox.is_attached:
            self.hands.house.paint_bars()

    def paint_all(self) -> None:
        """Draw everything again that may look different."""
        widgets = self.inbox.widgets
        self.hands.list.widget.empty = self.hands.list.empty_lines(widgets.queue.size.width)
        hint = _("{key} opens the conversation here.").format(key=self.keys_in_words("conversation.open"))
        widgets.reading.placeholder = [[], [("dim", f"  {hint}")]]
        widgets.reading.more_key = self.keys_in_words("conversation.whole")
        widgets.queue.paint()
        widgets.reading.paint()
        self.hands.writing.paint()
        self.paint_bars()
        if self.stage.prompting:
            widgets.prompt.paint()
        for widget in (*self.inbox.query("Lines"),):
            widget.refresh()

    def show_strip(self, lines: list[Line]) -> None:
        """Lines above the last one."""
        strip = self.inbox.widgets.strip
        strip.styles.height = max(1, len(lines))
        self.inbox.set_class(bool(lines), "strip")
        strip.show(lines)

    async def outside(self, job: Callable[[], T]) -> T:
        """Run a program that takes the terminal over, and come back to the screen as it was."""
        self.away = True
        try:
            with self.suspend():
                return await asyncio.to_thread(job)
        except SuspendNotSupported:
            return await asyncio.to_thread(job)
        finally:
            self.away = False
            self.forget_terminal()
            self.inbox.refresh()

    async def to_background(self) -> None:
        """Stop here as Ctrl-Z does, until the shell says to go on."""
        self.action_suspend_process()
        self.forget_terminal()
        self.inbox.refresh()

    def hint_scroll(self, top: int, bottom: int, by: int) -> None:
        """As every screen of cells, unless something lies over the lines."""
        if not self.inbox.has_class("strip") and not self.stage.sheet_area:
            super().hint_scroll(top, bottom, by)

    def wear(self, look: theme.Look) -> None:
        """Draw with a theme from the next frame on."""
        self.look = look
        self.inbox.styles.background = look.ground

    async def _begin(self) -> None:
        self.paint_all()
        jobs = self.stage.jobs
        jobs.endless(self.hands.house.watch())
        jobs.endless(self.hands.house.tick(self.wall))
        jobs.aside(self.service.start())
        if self._first_notice:
            self.tell(safe(self._first_notice), "warning")

    def _feed(self, press: Press) -> None:
        try:
            self.router.feed(press)
        except Exception as error:  # a bug behind one key: shown, told, and the program goes on
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        """A verb or a reading failed: a line for what a person can do something about, a sheet for the rest."""
        if isinstance(error, CminboxError):
            self.tell(safe(str(error)), "error")
            return
        trace = "".join(traceback.format_exception(error))
        title = _("Something went wrong inside cminbox; everything else goes on")
        self.hands.sheets.error(title, trace)

    async def _forget_notice(self, turn: int) -> None:
        await self.wall.sleep(NOTICE_S)
        if turn == self._notice_turn and self.notice is not None:
            self._drop_notice()
            self.paint_bars()

    def _drop_notice(self) -> None:
        self.notice = None
        if self._notice_above:
            self._notice_above = False
            self.show_strip([])

    def which_key(self, keys: tuple[str, ...], choices: Mapping[str, str]) -> None:
        """A sequence was begun: after a moment, show where it can go."""
        self.stage.jobs.endless(self._which_key(keys, choices))

    async def _which_key(self, keys: tuple[str, ...], choices: Mapping[str, str]) -> None:
        await self.wall.sleep(_WHICH_S)
        if self.hands.typed == keys:
            self.show_strip(self.hands.which_lines(choices, self.size.width))

    def _fatal_error(self) -> None:
        """A bug in drawing: end, and let the caller say what it was, without the locals of a rich traceback."""
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """The caller tells."""
        self._exit_renderables.clear()


def run(
    by: str | None = None,
    *,
    home: Home | None = None,
    clock: Clock | None = None,
    transport_for: TransportFor | None = None,
    sync: bool = True,
    beside: Beside | None = None,
) -> int:
    """Run the inbox in this terminal until it is left; returns the exit code.

    `beside` is started with the open service and runs as long as the screen does (the demo's world). Raises
    CminboxError where the settings or the database cannot be used.
    """
    return asyncio.run(_run(by, home, clock, transport_for, sync, beside))


async def _run(
    by: str | None,
    home: Home | None,
    clock: Clock | None,
    transport_for: TransportFor | None,
    sync: bool,
    beside: Beside | None,
) -> int:
    from cminbox.paths import Home
    from cminbox.service import Service

    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    service = await Service.open(home or Home.find(), by=by, clock=clock, transport_for=transport_for, sync=sync)
    async with service:
        set_language(service.settings.language)
        app = InboxApp(service)
        await app.hands.prepare()
        world = asyncio.create_task(beside(service)) if beside is not None else None
        try:
            await app.run_async(mouse=False)
        finally:
            await app.hands.stop()
            if world is not None:
                world.cancel()
                await asyncio.gather(world, return_exceptions=True)
        if app._exception is not None:
            raise app._exception
        return app.return_code or 0
