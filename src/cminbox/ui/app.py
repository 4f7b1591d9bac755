"""The inbox as a full-screen program: what starts it, and what hands keys on."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable, Coroutine
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
from cminbox.text import safe
from cminbox.ui import theme
from cminbox.ui.display import CellDisplay
from cminbox.ui.hands import Hands
from cminbox.ui.jobs import Jobs
from cminbox.ui.notices import Notices
from cminbox.ui.router import Press, Router, presses
from cminbox.ui.screens.inbox import InboxScreen
from cminbox.ui.stage import Stage

if TYPE_CHECKING:
    from cminbox.clock import Clock
    from cminbox.model.accounts import Account
    from cminbox.paths import Home
    from cminbox.service import Service

log = logging.getLogger(__name__)

T = TypeVar("T")
TransportFor = Callable[["Account"], Any]
"""What replaces the wire of an account (practice), or None; see service.py."""
Beside = Callable[["Service"], Coroutine[Any, Any, None]]


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
        system = self.console._color_system
        few = system is ColorSystem.STANDARD or (system is None and sys.stdout.isatty())
        chosen, self._first_notice = theme.fitting(service.settings.theme, service.home.themes, few)
        self.look = theme.Look(chosen)
        self.inbox.styles.background = self.look.ground
        self.stage = Stage(self, self.inbox.widgets, service, Jobs(self._failed))
        self.inbox.stage = self.stage
        self.notices = Notices(self.stage, self.wall)
        self.hands = Hands(self.stage)
        self.router = Router(self.hands, self.hands.actions, resolve(service.settings))

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

    def keys_in_words(self, action: str, most: int = 1) -> str:
        """The first keys of an action, as people read them."""
        return self.hands.keys_in_words(action, most)

    def connection_of(self, account: str) -> str:
        """Why an account is not reached now ("" where it is)."""
        state, because = self.hands.house.connections.get(account, ("ok", ""))
        return because or _("no connection") if state == "retrying" else ""

    def remember(self, key: str, value: str | int) -> None:
        """Write one setting into the settings file; tell where that fails."""
        try:
            settings_file.change(self.service.home, key, value)
        except (CminboxError, OSError) as error:
            self.notices.tell(_("This was not saved: {error}").format(error=safe(str(error))), "warning")

    def paint_bars(self) -> None:
        """Draw the bars again."""
        if self.inbox.is_attached:
            self.hands.house.paint_bars()

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

    async def _begin(self) -> None:
        self.hands.house.paint_all()
        gc.freeze()  # what was imported stays: never walk it again between two keys
        jobs = self.stage.jobs
        jobs.endless(self.hands.house.watch())
        jobs.endless(self.hands.house.tick(self.wall))
        jobs.endless(self.hands.writing.presence.watch(self.wall))
        jobs.endless(self.hands.since.watch(self.wall))
        jobs.endless(self.hands.notify.watch(self.wall))
        self.hands.since.begin()
        self.hands.accounts.begin()
        jobs.aside(self.service.start())
        if self._first_notice:
            self.notices.tell(safe(self._first_notice), "warning")

    def _feed(self, press: Press) -> None:
        self.hands.notify.here()
        try:
            self.router.feed(press)
        except Exception as error:  # a bug behind one key: shown, told, and the program goes on
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        """A verb or a reading failed: a line for what a person can do something about, a sheet for the rest."""
        if isinstance(error, CminboxError):
            self.notices.tell(safe(str(error)), "error")
            return
        log.error("the screen stumbled", exc_info=error)
        trace = "".join(traceback.format_exception(error))
        title = _("Something went wrong inside cminbox; everything else goes on")
        self.hands.sheets.error(title, trace)

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
