"""Colleagues at the same reply: who else is at it is said in the composer, and one looks on or takes it over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from cminbox.i18n import _
from cminbox.inbox import presence
from cminbox.inbox.presence import AtWork, Beside
from cminbox.text import safe
from cminbox.ui import times
from cminbox.ui.control.letters import Letter
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.stage import Stage

LOOK_S = 3.0
"""How often this process looks, in real seconds, whether a colleague's has ended or a colleague has gone."""


class PresenceControl:
    """Says while a letter is open that I am at it, and shows on it who else is. `leave` closes, `paint` draws it."""

    def __init__(
        self, stage: Stage, reading: ReadingControl, leave: Callable[[], None], paint: Callable[[], None]
    ) -> None:
        self.stage = stage
        self.reading = reading
        self.at_work = AtWork(stage.desk)
        self._leave = leave
        self._paint = paint
        self._letter: Letter | None = None
        stage.shutdown.append(self.at_work.close)
        stage.noticed.append(self.changed)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"composer.take_over": self.take_over, "composer.look": self.look}

    async def watch(self, wall: Any) -> None:
        """Take away what lapsed, for ever."""
        while True:
            await wall.sleep(LOOK_S)
            await presence.tidy(self.stage.desk)

    def begin(self, letter: Letter) -> None:
        """A letter is open: mine to be seen by colleagues, unless it is a note."""
        self._letter = letter
        if not letter.note:
            self.stage.jobs.then(lambda: self._begin(letter))

    def key(self) -> None:
        """A key for the letter."""
        if self.at_work.lags:
            self.stage.jobs.aside(self.at_work.key())

    def end(self) -> None:
        """No letter is open."""
        self._letter = None
        self.stage.jobs.then(self.at_work.end)

    async def changed(self) -> None:
        """The store changed: who is at it may be others now."""
        letter = self._letter
        if letter is not None and not letter.note and self.at_work.begun:
            self._show(letter, await self.at_work.beside())

    def take_over(self) -> None:
        """It is mine from now on; what the others send waits for a look."""
        letter = self._letter
        if letter is None or not (letter.beside.others or letter.beside.taken_by):
            self.stage.tell(_("Nobody else is replying to this."))
            return

        async def job() -> None:
            self._show(letter, await self.at_work.take_over())
            self.stage.tell(_("It is yours; your colleague is told, and both drafts stay."), "good")

        self.stage.jobs.then(job)

    def look(self) -> None:
        """Leave it to the colleague who is at it, and see what she writes."""
        letter = self._letter
        if letter is None or not letter.beside.others:
            self.stage.tell(_("Nobody else is replying to this."))
            return
        self._leave()
        self.reading.look_on(letter.conversation)

    async def _begin(self, letter: Letter) -> None:
        if self._letter is letter:
            self._show(letter, await self.at_work.begin(letter.many or (letter.conversation,)))

    def _show(self, letter: Letter, beside: Beside) -> None:
        if self._letter is not letter or letter.beside == beside:
            return
        before, letter.beside = letter.beside, beside
        keys = self.stage.app.keys_in_words
        letter.warning = warning(
            beside, self.stage.app.zone, self.stage.desk.clock.now(), keys("composer.take_over"), keys("composer.look")
        )
        self._paint()
        self.stage.layout()
        if beside.taken_by and not before.taken_by:
            self.stage.tell(_("{name} took this reply over; your draft is kept.").format(name=safe(beside.taken_by)))


def warning(beside: Beside, zone: tzinfo | None, now: datetime, take_over: str, look: str) -> str:
    """What the composer says of others at the same reply; "" where there are none."""
    if beside.taken_by:
        return _("{name} took this over: what you send waits for a look. {key} takes it back.").format(
            name=safe(beside.taken_by), key=take_over
        )
    if beside.answered_by:
        return _("{name} answered meanwhile: what you send waits for a look.").format(name=safe(beside.answered_by))
    if beside.others:
        since = times.when(beside.since, now, zone) if beside.since else ""
        told = _("{name} is replying since {time}. {look} looks on, {take_over} takes over.")
        return told.format(name=safe(", ".join(beside.others)), time=since, look=look, take_over=take_over)
    if beside.twice:
        return _("You are replying to this in another window too.")
    return ""
