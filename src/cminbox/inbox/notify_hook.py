"""The hook on_notify: a program is told what each colleague asked to be told, with or without a screen open."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from cminbox.clock import Clock, iso
from cminbox.errors import StoreError
from cminbox.i18n import _
from cminbox.inbox import notify
from cminbox.inbox.desk import Desk
from cminbox.inbox.hooks import RunProgram, Tell
from cminbox.inbox.hooks_program import Program
from cminbox.inbox.notify import Digest, Notice
from cminbox.paths import Home
from cminbox.store import notices, quiet
from cminbox.store.database import Tx
from cminbox.store.notices import Happened, Marks

log = logging.getLogger(__name__)

NAME: Final = "on_notify"
AFTER_QUIET: Final = "after_quiet"
"""The event of what still stands of quiet hours."""
LOOK_S: Final = 15.0
"""How often it is looked whether something became due, where nothing else happens."""


class NotifyHook:
    """Tells in the process that holds the lease, each thing once: how far it is lies in the store, and what is kept for
    who has quiet hours.

    The marks move when the programs have ended; so what was told while a process died is told again.
    """

    def __init__(self, desk: Desk, home: Home, wall: Clock, run: RunProgram, tell: Tell) -> None:
        self._desk = desk
        self._home = home
        self._wall = wall
        self._run = run
        self._tell = tell
        self._turn = asyncio.Lock()
        self._failing = False

    @property
    def wanted(self) -> bool:
        """Whether the settings name a program."""
        return bool(self._desk.settings.hooks.on_notify)

    async def begin(self) -> None:
        """Follow what happens from now on, where that did not begin earlier. Without a program nothing is followed."""
        await self._desk.store.ingest(notices.begin if self.wanted else notices.forget)

    async def run(self) -> None:
        """Look now and then, until cancelled: time passes without anything that is told of."""
        while self.wanted:
            try:
                await self.catch_up()
            except StoreError:
                log.exception("who is to be told what cannot be read now")
            await self._desk.clock.sleep(LOOK_S)

    async def catch_up(self) -> None:
        """Tell what happened since the last time. Raises StoreError."""
        if not self.wanted:
            return
        async with self._turn:
            while await self._chunk():
                pass

    async def _chunk(self) -> bool:
        store, settings = self._desk.store, self._desk.settings
        marks = await store.read(notices.kept)
        if marks is None:
            return False
        happened, reached = await notify.look(self._desk, marks)
        before = await store.read(quiet.kept)
        later: dict[int, list[Happened]] = {}
        caught_up: list[int] = []
        for number, name in await store.read(notices.people) if happened or before else ():
            wishes = settings.notify.of(name)
            if notify.is_quiet(self._desk.clock.now(), wishes.quiet, settings.zone):
                later[number] = notify.wanted(happened, wishes, number)
                continue
            kept = before.get(number, [])
            still = await notify.standing(self._desk, kept, number) if kept else []
            for notice in notify.after_quiet(still, happened, wishes, number):
                await self._program(name, notice)
            if kept:
                caught_up.append(number)
        if happened or caught_up or reached.at_ms - marks.at_ms > LOOK_S * 1000:
            await store.ingest(_through, reached, later, caught_up)
        return bool(happened)

    async def _program(self, colleague: str, notice: Notice | Digest) -> None:
        settings = self._desk.settings.hooks
        told: dict[str, Any] = {
            "hook": NAME,
            "at": iso(self._desk.clock.now()),
            "colleague": colleague,
            **_shape(notice),
            "text": notify.told(notice),
        }
        program = Program(NAME, settings.on_notify, told, settings.timeout_s, self._home, self._wall)
        ended = await self._run(program)
        if ended.problem and not self._failing:
            told_why = _("The hook {name} fails: {why} {log} has its words.")
            self._tell(told_why.format(name=NAME, why=ended.problem, log=self._home.hooks_log))
        self._failing = bool(ended.problem)


def _through(tx: Tx, reached: Marks, later: dict[int, list[Happened]], caught_up: list[int]) -> None:
    """Everybody was told but those who have quiet hours: what is kept for them, and the marks, move together."""
    notices.keep(tx, reached)
    for number in caught_up:
        quiet.drop(tx, number)
    for number, happened in later.items():
        quiet.keep(tx, number, happened)


def _shape(notice: Notice | Digest) -> dict[str, Any]:
    """A notice as the program gets it; one after quiet hours has `parts`, and all of theirs together."""
    if isinstance(notice, Notice):
        return {
            "event": notice.event.value,
            "n": notice.n,
            "conversations": list(notice.conversations),
            "accounts": list(notice.accounts),
            "brands": list(notice.brands),
        }
    parts = [_shape(part) for part in notice.parts]
    places = {
        name: list(dict.fromkeys(each for part in parts for each in part[name]))
        for name in ("conversations", "accounts", "brands")
    }
    return {"event": AFTER_QUIET, "n": notice.n, **places, "parts": parts}
