"""Told when away: the bell, the window's title and notifications of the terminal, as a colleague asked for them."""

from __future__ import annotations

import sys
from typing import Any, Final

from cminbox.clock import Clock
from cminbox.config.notify import How
from cminbox.inbox import notify
from cminbox.inbox.notify import Digest, Listener, Notice, Title
from cminbox.text import safe
from cminbox.ui.stage import Stage

LOOK_S: Final = 15.0
"""How often it is looked whether something became due, and whether the title may change, real seconds."""
_BELL: Final = "\x07"
_SAVE_TITLE: Final = "\x1b[22;0t"
_OLD_TITLE: Final = "\x1b[23;0t"


class NotifyControl:
    """Listens for me while my screen is open. `here` says that I pressed a key."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.wishes = stage.desk.settings.notify.of(stage.desk.by)
        self.listener = Listener(stage.desk)
        self._title: Title | None = None
        stage.noticed.append(self.changed)
        stage.shutdown.append(self._restore)

    async def prepare(self) -> None:
        """Listen from now on."""
        await self.listener.begin()

    def here(self) -> None:
        """A key was pressed: what is on the screen is no news."""
        self.listener.here()

    async def watch(self, wall: Clock) -> None:
        """Look now and then, for ever: time passes without a change."""
        while True:
            await wall.sleep(LOOK_S)
            await self.changed()

    async def changed(self) -> None:
        """The store changed, or time passed: tell what is to be told now."""
        notices = await self.listener.heard()
        if How.TITLE in self.wishes.how:
            self._entitle(await self.listener.title())
        self._write("".join(signals(notices, self.wishes.how)))

    def _entitle(self, text: str) -> None:
        title = notify.next_title(self._title, text, self.stage.app.wall.now())
        if title is not None:
            saved = _SAVE_TITLE if self._title is None else ""
            self._title = title
            self._write(f"{saved}\x1b]0;{safe(title.text)}{_BELL}")

    def _write(self, text: str) -> None:
        """Write past the screen: none of it moves the cursor."""
        driver: Any = self.stage.app._driver
        if text and driver is not None and not self.stage.app.is_headless and not self.stage.app.away:
            driver.write(text)
            driver.flush()

    async def _restore(self) -> None:
        """The screen is gone: the window is called as before."""
        terminal = sys.__stderr__
        if self._title is not None and terminal is not None and terminal.isatty():
            terminal.write(_OLD_TITLE)
            terminal.flush()


def signals(notices: tuple[Notice | Digest, ...], how: frozenset[How]) -> list[str]:
    """What is written to the terminal for some notices: one bell for all, a notification each."""
    found = [_BELL] if notices and How.BELL in how else []
    for each in notices:
        text = safe(notify.told(each))
        if How.OSC9 in how:
            found.append(f"\x1b]9;{text}{_BELL}")
        if How.OSC777 in how:
            found.append(f"\x1b]777;notify;cminbox;{text}{_BELL}")
    return found
