"""A reply being written: who will read it, its draft, and what speaks against sending it."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from cminbox.config.macros import MacroStep
from cminbox.errors import CminboxError, UsageError
from cminbox.i18n import _, ngettext
from cminbox.inbox import checks, clusters, drafts, editing, forecast, notes, replies, selection, template_keeping
from cminbox.inbox.editing import Editable
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.presence import Beside
from cminbox.inbox.replies import Plan
from cminbox.model.base import Audience, Direction
from cminbox.text import label, safe
from cminbox.ui import guard, words
from cminbox.ui.control.bulk import BulkControl, by_network, objections
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.deeds import Steps
from cminbox.ui.editing import Buffer
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line

_GAP = re.compile("‹[^‹›\n]{1,60}›")  # what stands where a template has no value
_PROBE = "…"  # asks what a reply would be before there is one


@dataclass
class Letter:
    """One reply being written. `ready` is set when its draft was read and it is known who will read it.

    `many`: it goes to all these conversations (`to_many` says how many people on which networks).
    `note`: for colleagues only, no network ever sees it. `template`: the one that its text was made with. `known`: the
    newest message that was there when it was begun. `beside`: who else is at it, `warning` says so in words. `edits`:
    what was sent already and gets this text instead; it has no draft.
    """

    conversation: int
    private: bool
    many: tuple[int, ...] = ()
    to_many: str = ""
    template: int | None = None
    note: bool = False
    buffer: Buffer = field(default_factory=Buffer)
    plan: Plan | None = None
    refused: str = ""
    audience: Audience = Audience.PUBLIC
    saved: str = ""
    seen: int | None = None
    confirmed: bool = False
    known: int | None = None
    beside: Beside = field(default_factory=Beside)
    warning: str = ""
    edits: Editable | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class Letters:
    """Reads and keeps letters."""

    def __init__(self, stage: Stage, reading: ReadingControl, bulk: BulkControl) -> None:
        self.stage = stage
        self.reading = reading
        self.bulk = bulk

    def seen(self, letter: Letter) -> int | None:
        """The newest inbound message that the writer could see: on the screen now, else when the letter was begun."""
        return self.reading.seen.get(letter.conversation, letter.seen)

    async def save(self, letter: Letter) -> None:
        """Keep what was written as its draft, once it is known what the draft was."""
        await letter.ready.wait()
        text = letter.buffer.text
        if text == letter.saved or letter.edits is not None:
            return
        if letter.many and not letter.note:
            await selection.keep_draft(self.stage.desk, letter.many, text, private=letter.audience.is_private)
        else:
            seen = self.seen(letter)
            await drafts.save(self.stage.desk, letter.conversation, text, audience=letter.audience, seen=seen)
        letter.saved = text

    async def send(self, letter: Letter) -> Outcome:
        """Write it to the outbox; a note stays among colleagues and never comes near it."""
        if letter.note:
            outcome = await notes.note(self.stage.desk, letter.many or (letter.conversation,), letter.buffer.text)
            await drafts.drop(self.stage.desk, letter.conversation, audience=Audience.NOTE)
            return outcome
        if letter.edits is not None:
            what = letter.edits
            return await editing.edit(self.stage.desk, what.conversation, letter.buffer.text, message=what.message)
        if letter.many:
            with self.bulk.watched(_("reply")) as desk:
                outcome = await replies.reply(desk, letter.many, letter.buffer.text, private=letter.private)
            if not outcome.left:
                await selection.drop_draft(self.stage.desk, private=letter.audience.is_private)
            return outcome
        return await replies.reply(
            self.stage.desk,
            letter.conversation,
            letter.buffer.text,
            private=letter.private,
            seen=self.seen(letter),
            template=letter.template,
            known=letter.known,
        )

    async def deed(self, letter: Letter) -> Steps:
        """What sending it does, as a step that can be done again; nothing for an edit."""
        if letter.edits is not None:
            return ()
        if letter.note:
            return (MacroStep("note", letter.buffer.text),)
        if letter.template is None:
            return (MacroStep("reply", letter.buffer.text),)
        return (MacroStep("template", (await template_keeping.get(self.stage.desk, letter.template)).name),)

    async def prepare(self, letter: Letter, kept: asyncio.Task[None] | None) -> None:
        """Find out who will read it, and put the draft before what was typed meanwhile."""
        if kept is not None:  # what was left a moment ago may be the very draft to go on with
            await kept
        try:
            await self._find_out(letter)
        except CminboxError as error:
            letter.refused = str(error)
            raise
        finally:
            letter.ready.set()

    async def _find_out(self, letter: Letter) -> None:
        desk = self.stage.desk
        if letter.note:
            letter.audience = Audience.NOTE
            await self._begin_with_draft(letter)
            return
        if letter.edits is not None:
            letter.audience = letter.edits.audience
            return
        if letter.many:
            await self._find_out_many(letter)
            return
        view = await self.reading.view(letter.conversation)
        if view is not None:
            letter.seen = max((m.id for m in view.messages if m.direction is Direction.IN), default=None)
            letter.known = max((m.id for m in view.messages), default=None)
        private = letter.private or (view is not None and view.row.is_private)
        letter.audience = Audience.DIRECT if private else Audience.PUBLIC
        try:
            letter.plan = await replies.plan(desk, letter.conversation, _PROBE, private=letter.private)
        except UsageError as error:
            letter.refused = str(error)
        await self._begin_with_draft(letter)
        fresh = not letter.saved and not letter.private and letter.template is None
        if fresh and view is not None and view.row.cluster_answered:
            await self._begin_with_wave(letter)

    async def _begin_with_wave(self, letter: Letter) -> None:
        """What the others of its wave were answered stands ready, to be sent or not."""
        with suppress(UsageError):  # the template wants what this person does not give: nothing stands ready
            ready = await clusters.ready(self.stage.desk, letter.conversation)
            if ready is not None:
                letter.buffer.begin_with(ready.text)
                letter.template = ready.template

    async def _begin_with_draft(self, letter: Letter) -> None:
        draft = await drafts.load(self.stage.desk, letter.conversation, audience=letter.audience)
        if draft is not None:
            letter.buffer.begin_with(draft.text)
            letter.saved = draft.text

    async def _find_out_many(self, letter: Letter) -> None:
        found = await selection.shares(self.stage.desk, letter.many)
        if len({share.brand for share in found}) > 1:
            letter.refused = replies.two_brands()
        elif len({share.private for share in found}) > 1 and not letter.private:
            letter.refused = _("The selection holds private and public conversations; answer them apart.")
        if letter.refused or not found:
            return
        counts = Counter[str]()
        for share in found:
            counts[share.network] += share.n
        n = counts.total()
        told = ngettext("to {n} conversation ({networks})", "to {n} conversations ({networks})", n)
        letter.to_many = told.format(n=words.number(n), networks=by_network(counts))
        private = letter.private or found[0].private
        letter.audience = Audience.DIRECT if private else Audience.PUBLIC
        kept = await selection.draft(self.stage.desk, private=private)
        if kept is not None:
            letter.buffer.begin_with(kept.text)
            letter.saved = kept.text
        with suppress(UsageError):  # one of many that cannot be answered is skipped, with the reason
            letter.plan = await replies.plan(self.stage.desk, letter.many[0], _PROBE, private=letter.private)

    async def doubt(self, letter: Letter) -> str:
        """Why a text should be looked at once more before it goes to many, or everybody can read it; "" where nothing
        speaks against it.
        """
        if letter.note:
            return ""
        much = ""
        beside = ""
        if letter.beside.undecided:
            names = safe(", ".join(letter.beside.others))
            beside = _("{name} is replying to this right now.").format(name=names)
        if letter.template is None and (open_ := _GAP.search(letter.buffer.text)):
            much = _("The text still holds {what}.").format(what=safe(open_[0]))
        if len(letter.many) > self.stage.desk.settings.sending.bulk_from:
            much = _("This answer goes {to}.").format(to=letter.to_many)
        if letter.many:
            found = await forecast.reply(self.stage.desk, letter.many, letter.buffer.text, private=letter.private)
            much = f"{much} {objections(found)}".strip()
        return " ".join(part for part in (beside, much, await self._doubt(letter)) if part)

    async def _doubt(self, letter: Letter) -> str:
        if letter.audience.is_private:
            return ""
        found = guard.private_details(letter.buffer.text)
        if found:
            what = ", ".join(_(guard.FOUND[kind]) for kind in found)
            return _("Everybody will read this, and it holds {what}.").format(what=what)
        if letter.many:
            return ""
        private = await drafts.load(self.stage.desk, letter.conversation, audience=Audience.DIRECT)
        begun = private.text.strip() if private else ""
        if begun and begun in letter.buffer.text:
            return _("Everybody will read this, and it was begun as a private message.")
        return ""


def gap(letter: Letter) -> str:
    """What a template left open in the text ("" where nothing): it stops the sending."""
    found = _GAP.search(letter.buffer.text)
    return found[0] if found and letter.template is not None else ""


def head(letter: Letter) -> tuple[Line, Line]:
    """The composer's first line: who will read this, in words, and the length by the network's own counting."""
    if letter.refused:
        return [("error", " " + safe(letter.refused))], []
    plan = letter.plan
    if letter.note:
        n = max(1, len(letter.many))
        whom = ngettext(", for colleagues, in {n} conversation", ", for colleagues, in {n} conversations", n)
        return [("private", _(" NOTE")), ("bar", whom.format(n=n))], []
    if letter.many:
        role = "private" if letter.audience.is_private else "public"
        word = _(" PRIVATE") if letter.audience.is_private else _(" PUBLIC")
        return [(role, word), ("bar", f", {letter.to_many}")], [("bar_value", f"{len(letter.buffer.text)} ")]
    if letter.edits is not None:
        return _head_of_edit(letter, letter.edits)
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


def _head_of_edit(letter: Letter, what: Editable) -> tuple[Line, Line]:
    private = what.audience.is_private
    told: Line = [
        ("private" if private else "public", _(" EDIT, private") if private else _(" EDIT, public")),
        ("bar", _(", of our reply on {network}").format(network=words.network_title(what.account.network))),
    ]
    length = checks.length(what.account, letter.buffer.text, private=private)
    count = f"{length.used} / {length.limit}" if length.limit is not None else str(length.used)
    return told, [("error" if length.over else "bar_value", f"{count} ")]
