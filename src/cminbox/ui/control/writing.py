"""Writing a reply: the composer opens at once, keeps every word, and sends to the hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cminbox.errors import CminboxError
from cminbox.i18n import _
from cminbox.inbox import outbox
from cminbox.inbox.editing import Editable
from cminbox.inbox.outcome import Outcome
from cminbox.text import safe
from cminbox.ui import times
from cminbox.ui.control.bulk import BulkControl
from cminbox.ui.control.letters import Letter, Letters, gap, head
from cminbox.ui.control.presence import PresenceControl
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.editing import Buffer
from cminbox.ui.editor import in_editor
from cminbox.ui.stage import Question, Stage

SAVE_AFTER_S = 0.25
"""A draft is saved so long after the last key."""


class WritingControl:
    """Owns the composer while something is being written."""

    def __init__(self, stage: Stage, list_: QueueControl, reading: ReadingControl, bulk: BulkControl) -> None:
        self.stage = stage
        self.list = list_
        self.reading = reading
        self.bulk = bulk
        self.letters = Letters(stage, reading, bulk)
        self.widget = stage.widgets.composer
        self.letter: Letter | None = None
        self._saving: asyncio.Task[None] | None = None
        self._kept: asyncio.Task[None] | None = None
        self._key_at = 0.0
        self.presence = PresenceControl(stage, reading, self.leave, self.paint)
        stage.shutdown.append(self._keep)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "conversation.reply": lambda: self.open(private=False),
            "conversation.reply_private": lambda: self.open(private=True),
            "composer.send": self.send,
            "composer.leave": self.leave,
            "composer.undo": lambda: self._turn_back(Buffer.undo),
            "composer.redo": lambda: self._turn_back(Buffer.redo),
            "composer.editor": self.edit,
            **self.presence.handlers(),
        }

    def open(
        self,
        *,
        private: bool,
        conversation: int | None = None,
        text: str = "",
        template: int | None = None,
        note: bool = False,
        edits: Editable | None = None,
    ) -> None:
        """Write to the conversation that is read, or under the cursor, or to all that is selected.

        `note`: a word to colleagues, which is never sent. Letters typed from now on are its text, after the `text` of a
        `template`. `edits`: another text for what was sent.
        """
        many = self.bulk.ids if conversation is None else ()
        row = self.list.current
        target = conversation
        if target is None and self.reading.opened is not None and self.stage.focus == "conversation":
            target = self.reading.opened
        if target is None and row is not None:
            target = row.id
        if many:
            target = many[0]
        if target is None:
            self.stage.tell(_("There is no conversation here to answer."))
            return
        if self.reading.opened != target:
            self.reading.open(target)
        self.stage.focus = "conversation"
        self.letter = Letter(target, private, many)
        self.letter.note = note
        self.letter.edits = edits
        self.letter.template = template
        self.letter.buffer.insert(text)
        self.widget.buffer = self.letter.buffer
        self.stage.composing = True
        self.paint()
        self.stage.layout()
        self.stage.paint_bars()
        self.stage.jobs.aside(self._prepare(self.letter, self._kept))
        self.presence.begin(self.letter)

    def write(self, key: str, text: str) -> None:
        """A key for the text."""
        letter = self.letter
        if letter is None:
            return
        if key == "enter":
            letter.buffer.insert("\n")
        elif text:
            letter.buffer.insert(text)
        elif not letter.buffer.press(key, self.widget.room):
            return
        self._changed(letter)

    def paste(self, text: str) -> None:
        """Text from outside, as one step of undo."""
        if self.letter is not None:
            self.letter.buffer.insert(text)
            self._changed(self.letter)

    def leave(self) -> None:
        """Close the composer; what was written stays as a draft."""
        letter = self.letter
        if letter is None:
            return
        if letter.edits is not None:
            self.stage.tell(_("What was sent stays as it is."))
        elif letter.buffer.text.strip():
            self.stage.tell(_("Kept as a draft."))
        self._kept = self.stage.jobs.aside(self.letters.save(letter))
        self._close()

    def send(self) -> None:
        """Send to the hold; keys wait until that is done, for they may be about the next conversation."""
        letter = self.letter
        if letter is None:
            self._send_draft()
            return
        self.stage.hold_for(lambda: self._send(letter))

    def edit(self) -> None:
        """Write in $VISUAL or $EDITOR, and come back with the text."""
        letter = self.letter
        if letter is not None:
            self.stage.hold_for(lambda: self._edit(letter))

    def _changed(self, letter: Letter) -> None:
        letter.confirmed = False
        self.presence.key()
        self._key_at = self.stage.desk.clock.monotonic()
        self.paint()
        self.stage.layout()
        if self._saving is None or self._saving.done():
            self._saving = self.stage.jobs.endless(self._save_later(letter))

    async def _save_later(self, letter: Letter) -> None:
        """Save when no key came for a moment."""
        clock = self.stage.desk.clock
        while (rest := self._key_at + SAVE_AFTER_S - clock.monotonic()) > 0:
            await clock.sleep(rest)
        if self.letter is letter:
            self.stage.jobs.then(lambda: self.letters.save(letter))

    async def _keep(self) -> None:
        if self._kept is not None:
            await self._kept
        if self.letter is not None:
            await self.letters.save(self.letter)

    async def _prepare(self, letter: Letter, kept: asyncio.Task[None] | None) -> None:
        await self.letters.prepare(letter, kept)
        if self.letter is letter:
            self.paint()
            self.stage.layout()

    async def _send(self, letter: Letter) -> None:
        try:
            await letter.ready.wait()
            if letter.refused:
                self.stage.tell(safe(letter.refused), "error")
                return
            if what := gap(letter):
                self.stage.tell(_("{what} has no value yet; fill it in first.").format(what=safe(what)), "error")
                return
            if not letter.confirmed and (why := await self.letters.doubt(letter)):
                self._ask(letter, why)
                return
            ids = letter.many or (letter.conversation,)
            if letter.beside.undecided:
                await self.presence.at_work.take_over()
            deed = await self.letters.deed(letter)
            outcome = await self.letters.send(letter)
            if outcome.changed:
                self.stage.deeds.note(*deed)
            letter.saved = letter.buffer.text = ""
            if self.letter is letter:
                self._close()
            if letter.note or letter.many:
                await self.bulk.settle(ids)
                self.bulk.tell(_("note") if letter.note else _("reply"), outcome)
            else:
                await self.sent(letter.conversation, outcome)
        except CminboxError as error:
            self.stage.tell(safe(str(error)), "error")

    def _ask(self, letter: Letter, why: str) -> None:
        def again() -> None:
            letter.confirmed = True
            self.send()

        key = _("y")
        self.stage.ask(Question(why, [(key, _("send it")), ("Esc", _("look again"))], {key: again}))

    async def sent(self, conversation: int, outcome: Outcome) -> None:
        """An answer is in the outbox: go on to the next conversation where this one leaves the view, and say when it
        goes.
        """
        line = outcome.changed[0] if outcome.changed else None
        leaves = line is not None and (not self.list.still_fits(line.state) or self.list.filter.waits)
        if leaves:
            self.list.leave(conversation)
            if self.reading.opened == conversation:
                self.reading.follow()
        if outcome.notes:
            self.stage.tell(safe(" ".join(outcome.notes)), "warning")
        elif outcome.act is not None:
            act = await outbox.get(self.stage.desk, outcome.act)
            at = times.at_second(act.send_at, self.stage.app.zone)
            self.stage.tell(_("The reply leaves {time}; u takes it back.").format(time=at), "good")

    def _send_draft(self) -> None:
        """`:send` after Esc: the draft of the conversation that is read goes as if the composer were open."""
        target = self.reading.opened
        if target is None:
            self.stage.tell(_("Nothing is being written."))
            return
        self.open(private=False)
        if self.letter is not None:
            self.send()

    async def _edit(self, letter: Letter) -> None:
        try:
            await letter.ready.wait()
            text = await self.stage.app.outside(lambda: in_editor(letter.buffer.text))
            if text is not None:
                letter.buffer.replace(text)
                self._changed(letter)
            else:
                self.stage.tell(_("The editor ended with an error; the text is as it was."), "error")
        except OSError as error:
            self.stage.tell(_("The editor could not be started: {error}.").format(error=safe(str(error))), "error")

    def _turn_back(self, step: Callable[[Buffer], bool]) -> None:
        if self.letter is not None and step(self.letter.buffer):
            self._changed(self.letter)

    def _close(self) -> None:
        self.letter = None
        self.presence.end()
        self.stage.composing = False
        self.stage.app.caret = None
        self.stage.layout()
        self.stage.paint_bars()

    def paint(self) -> None:
        """Draw who will read it, how long it is, and the text."""
        letter = self.letter
        if letter is None:
            return
        self.widget.told, self.widget.count = head(letter)
        self.widget.warning = [("warning", f" {letter.warning}")] if letter.warning else []
        keep = _("Write; @name tells a colleague. No network ever sees this.")
        self.widget.hint = [("dim", keep if letter.note else _("Write; nothing leaves before you send it."))]
        self.widget.paint()
