"""Writing a reply: the composer opens at once, keeps every word, and sends to the hold."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cminbox.errors import CminboxError, UsageError
from cminbox.i18n import _
from cminbox.inbox import checks, drafts, outbox, replies
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.replies import Plan
from cminbox.model.base import Audience
from cminbox.text import label, safe
from cminbox.ui import guard, times, words
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.editing import Buffer
from cminbox.ui.stage import Question, Stage
from cminbox.ui.widgets.lines import Line

SAVE_AFTER_S = 0.25
"""A draft is saved so long after the last key."""
_PROBE = "…"


@dataclass
class Letter:
    """One reply being written. `ready` is set when its draft was read and it is known who will read it."""

    conversation: int
    private: bool
    buffer: Buffer = field(default_factory=Buffer)
    plan: Plan | None = None
    refused: str = ""
    audience: Audience = Audience.PUBLIC
    saved: str = ""
    confirmed: bool = False
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class WritingControl:
    """Owns the composer while something is being written."""

    def __init__(self, stage: Stage, list_: QueueControl, reading: ReadingControl) -> None:
        self.stage = stage
        self.list = list_
        self.reading = reading
        self.widget = stage.widgets.composer
        self.letter: Letter | None = None
        self._saving: asyncio.Task[None] | None = None
        self._kept: asyncio.Task[None] | None = None
        self._key_at = 0.0
        stage.shutdown.append(self._keep)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "conversation.reply": lambda: self.open(private=False),
            "conversation.reply_private": lambda: self.open(private=True),
            "composer.send": self.send,
            "composer.leave": self.leave,
            "composer.undo": self._undo,
            "composer.redo": self._redo,
            "composer.editor": self.edit,
        }

    def open(self, *, private: bool, conversation: int | None = None) -> None:
        """Write to the conversation that is read, or under the cursor. Letters typed from now on are its text."""
        row = self.list.current
        target = conversation
        if target is None and self.reading.opened is not None and self.stage.focus == "conversation":
            target = self.reading.opened
        if target is None and row is not None:
            target = row.id
        if target is None:
            self.stage.tell(_("There is no conversation here to answer."))
            return
        if self.reading.opened != target:
            self.reading.open(target)
        self.stage.focus = "conversation"
        self.letter = Letter(target, private)
        self.widget.buffer = self.letter.buffer
        self.stage.composing = True
        self._paint_head()
        self.stage.layout()
        self.stage.paint_bars()
        self.stage.jobs.aside(self._prepare(self.letter, self._kept))

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
        if letter.buffer.text.strip():
            self.stage.tell(_("Kept as a draft."))
        self._kept = self.stage.jobs.aside(self._save(letter))
        self._close()

    def send(self) -> None:
        """Send to the hold; keys wait until that is done, for they may be about the next conversation."""
        letter = self.letter
        if letter is None:
            self._send_draft()
            return
        self.stage.router.hold()
        self.stage.jobs.then(lambda: self._send(letter))

    def edit(self) -> None:
        """Write in $VISUAL or $EDITOR, and come back with the text."""
        letter = self.letter
        if letter is not None:
            self.stage.router.hold()
            self.stage.jobs.then(lambda: self._edit(letter))

    def paint(self) -> None:
        """Language, theme or width changed."""
        if self.letter is not None:
            self._paint_head()

    def _changed(self, letter: Letter) -> None:
        letter.confirmed = False
        self._key_at = self.stage.desk.clock.monotonic()
        self._paint_head()
        self.stage.layout()
        if self._saving is None or self._saving.done():
            self._saving = self.stage.jobs.endless(self._save_later(letter))

    async def _save_later(self, letter: Letter) -> None:
        """Save when no key came for a moment."""
        clock = self.stage.desk.clock
        while (rest := self._key_at + SAVE_AFTER_S - clock.monotonic()) > 0:
            await clock.sleep(rest)
        if self.letter is letter:
            self.stage.jobs.then(lambda: self._save(letter))

    async def _save(self, letter: Letter) -> None:
        await letter.ready.wait()
        text = letter.buffer.text
        if text != letter.saved:
            seen = self.reading.seen.get(letter.conversation)
            await drafts.save(self.stage.desk, letter.conversation, text, audience=letter.audience, seen=seen)
            letter.saved = text

    async def _keep(self) -> None:
        if self._kept is not None:
            await self._kept
        if self.letter is not None:
            await self._save(self.letter)

    async def _prepare(self, letter: Letter, kept: asyncio.Task[None] | None) -> None:
        if kept is not None:  # what was left a moment ago may be the very draft to go on with
            await kept
        desk = self.stage.desk
        view = await self.reading.view(letter.conversation)
        private = letter.private or (view is not None and view.row.is_private)
        letter.audience = Audience.DIRECT if private else Audience.PUBLIC
        try:
            letter.plan = await replies.plan(desk, letter.conversation, _PROBE, private=letter.private)
        except UsageError as error:
            letter.refused = str(error)
        draft = await drafts.load(desk, letter.conversation, audience=letter.audience)
        if draft is not None:
            typed = letter.buffer.text
            letter.buffer.text = draft.text + typed
            letter.buffer.cursor += len(draft.text)
            letter.saved = draft.text
        letter.ready.set()
        if self.letter is letter:
            self._paint_head()
            self.stage.layout()

    async def _send(self, letter: Letter) -> None:
        try:
            await letter.ready.wait()
            if letter.refused:
                self.stage.tell(safe(letter.refused), "error")
                return
            if not letter.confirmed and (why := await self._doubt(letter)):
                self._ask(letter, why)
                return
            outcome = await replies.reply(
                self.stage.desk,
                letter.conversation,
                letter.buffer.text,
                private=letter.private,
                seen=self.reading.seen.get(letter.conversation),
            )
            letter.saved = letter.buffer.text = ""
            if self.letter is letter:
                self._close()
            await self._sent(letter, outcome)
        except CminboxError as error:
            self.stage.tell(safe(str(error)), "error")
        finally:
            self.stage.router.release()

    async def _doubt(self, letter: Letter) -> str:
        """Why a text should be looked at once more before everybody can read it; "" where nothing speaks against it."""
        if letter.audience.is_private:
            return ""
        found = guard.private_details(letter.buffer.text)
        if found:
            what = ", ".join(_(guard.FOUND[kind]) for kind in found)
            return _("Everybody will read this, and it holds {what}.").format(what=what)
        private = await drafts.load(self.stage.desk, letter.conversation, audience=Audience.DIRECT)
        begun = private.text.strip() if private else ""
        if begun and begun in letter.buffer.text:
            return _("Everybody will read this, and it was begun as a private message.")
        return ""

    def _ask(self, letter: Letter, why: str) -> None:
        def again() -> None:
            letter.confirmed = True
            self.send()

        key = _("y")
        self.stage.ask(Question(why, [(key, _("send it")), ("Esc", _("look again"))], {key: again}))

    async def _sent(self, letter: Letter, outcome: Outcome) -> None:
        line = outcome.changed[0] if outcome.changed else None
        leaves = line is not None and (not self.list.still_fits(line.state) or self.list.filter.waits)
        if leaves:
            self.list.leave(letter.conversation)
            if self.reading.opened == letter.conversation:
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
            text = await self.stage.app.outside(lambda: _in_editor(letter.buffer.text))
            if text is not None:
                letter.buffer.replace(text)
                self._changed(letter)
            else:
                self.stage.tell(_("The editor ended with an error; the text is as it was."), "error")
        except OSError as error:
            self.stage.tell(_("The editor could not be started: {error}.").format(error=safe(str(error))), "error")
        finally:
            self.stage.router.release()

    def _undo(self) -> None:
        if self.letter is not None and self.letter.buffer.undo():
            self._changed(self.letter)

    def _redo(self) -> None:
        if self.letter is not None and self.letter.buffer.redo():
            self._changed(self.letter)

    def _close(self) -> None:
        self.letter = None
        self.stage.composing = False
        self.stage.app.caret = None
        self.stage.layout()
        self.stage.paint_bars()

    def _paint_head(self) -> None:
        letter = self.letter
        if letter is None:
            return
        self.widget.told, self.widget.count = head(letter)
        self.widget.hint = [("dim", _("Write; nothing leaves before you send it."))]
        self.widget.paint()


def head(letter: Letter) -> tuple[Line, Line]:
    """The composer's first line: who will read this, in words, and the length by the network's own counting."""
    if letter.refused:
        return [("error", " " + safe(letter.refused))], []
    plan = letter.plan
    if plan is None:
        word = _("PRIVATE") if letter.private else _("REPLY")
        return [("private" if letter.private else "bar_value", f" {word}")], []
    profile = plan.account.profile
    handle = profile.author.handle if profile else ""
    local = handle.removeprefix("@").split("@")[0]
    me = f"@{local}" if local else plan.account.name
    given = {
        "name": label(plan.person),
        "me": safe(me),
        "network": words.network_title(plan.account.network),
    }
    if plan.audience.is_private:
        told: Line = [
            ("private", _(" PRIVATE to {name}").format(**given)),
            ("bar", _(", as {me} on {network}").format(**given)),
        ]
    else:
        word = {
            Audience.UNLISTED: _(" PUBLIC (unlisted)"),
            Audience.FOLLOWERS: _(" FOLLOWERS"),
        }.get(plan.audience, _(" PUBLIC"))
        told = [("public", word), ("bar", _(", as {me} on {network}, to {name}").format(**given))]
    length = checks.length(
        plan.account, letter.buffer.text, private=plan.audience.is_private, to="" if plan.to_us else plan.person
    )
    count = f"{length.used} / {length.limit}" if length.limit is not None else str(length.used)
    role = "error" if length.over else "bar_value"
    over = _(" ({n} too long)").format(n=length.over) if length.over else ""
    return told, [(role, f"{count}{over} ")]


def _in_editor(text: str) -> str | None:
    """The text as it was left in the user's editor; None where the editor failed."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    handle, name = tempfile.mkstemp(prefix="cminbox-", suffix=".txt")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        ended = subprocess.run([*shlex.split(command), str(path)], check=False)
        return path.read_text(encoding="utf-8", errors="replace").rstrip("\n") if ended.returncode == 0 else None
    finally:
        path.unlink(missing_ok=True)
