"""The verbs on conversations: shown at once, done in order, taken back on the screen where they fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from cminbox.config.macros import MacroStep
from cminbox.errors import CminboxError, Refused
from cminbox.i18n import _
from cminbox.inbox import moderation, outbox, remote, triage, undo
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome, summary
from cminbox.model.base import ActVerb, ConversationState
from cminbox.model.reasons import Reason
from cminbox.model.rows import QueueRow
from cminbox.text import label, safe
from cminbox.ui import words
from cminbox.ui.control.bulk import BulkControl
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.stage import Question, Stage


class TriageControl:
    """Done, star, unread, like and the rest; undo and redo; stopping all sending."""

    def __init__(self, stage: Stage, list_: QueueControl, reading: ReadingControl, bulk: BulkControl) -> None:
        self.stage = stage
        self.list = list_
        self.reading = reading
        self.bulk = bulk

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "conversation.done": self.done,
            "conversation.waiting": self.waiting,
            "conversation.star": self.star,
            "conversation.unread": self.unread,
            "conversation.take": self.take,
            "journal.undo": lambda: self.turn_back(undo.undo),
            "journal.redo": lambda: self.turn_back(undo.redo),
            "outbox.stop": self.stop,
        }

    @property
    def target(self) -> QueueRow | None:
        """What a verb is about: the conversation that is read, else the one under the cursor."""
        view = self.reading.widget.view
        if self.stage.focus == "conversation" and self.reading.opened is not None:
            if view is not None and view.row.id == self.reading.opened:
                return view.row
            index = self.list.window.index_of(self.reading.opened)
            return self.list.window.rows[index] if index is not None else None
        return self.list.current

    def done(self) -> None:
        """Dealt with; what is dealt with already is opened again."""
        self._put_away(ConversationState.DONE, triage.done, MacroStep("done"))

    def waiting(self) -> None:
        """Their turn; back on the table where it is theirs already."""
        self._put_away(ConversationState.WAITING, triage.waiting, MacroStep("waiting"))

    def spam(self, reason: Reason | None = None) -> None:
        """Worthless; back on the table where it was called so."""

        async def verb(desk: Desk, ids: Sequence[int], **_seen: Any) -> Outcome:
            return await moderation.spam(desk, ids, reason=reason)

        self._put_away(ConversationState.SPAM, verb, MacroStep("spam", reason or ""))

    def star(self) -> None:
        """A star, or none."""
        if self.bulk.ids:
            self.bulk.run(
                _("star"),
                triage.star,
                lambda row: row.star,
                lambda desk, ids: triage.star(desk, ids, mark=False),
                deed=(MacroStep("star"),),
                undeed=(MacroStep("unstar"),),
            )
            return
        row = self.target
        if row is not None:
            deed = MacroStep("unstar" if row.star else "star")
            self._mark(row, {"star": not row.star}, lambda desk: triage.star(desk, [row.id], mark=not row.star), deed)

    def unread(self) -> None:
        """Unread, or read."""
        if self.bulk.ids:
            self.bulk.run(
                _("unread"),
                triage.unread,
                lambda row: row.unread,
                lambda desk, ids: triage.unread(desk, ids, mark=False),
                deed=(MacroStep("unread"),),
                undeed=(MacroStep("read"),),
            )
            return
        row = self.target
        if row is not None:
            mark = not row.unread
            deed = MacroStep("unread" if mark else "read")
            self._mark(row, {"unread": mark}, lambda desk: triage.unread(desk, [row.id], mark=mark), deed)

    def take(self) -> None:
        """Mine; or nobody's where it is mine already."""
        if self.bulk.ids:
            me = self.stage.desk.by
            self.bulk.run(
                _("take"),
                triage.take,
                lambda row: row.assignee == me,
                triage.release,
                deed=(MacroStep("take"),),
                undeed=(MacroStep("release"),),
            )
            return
        row = self.target
        if row is None:
            return
        mine = row.assignee == self.stage.desk.by
        verb = triage.release if mine else triage.take
        deed = MacroStep("release" if mine else "take")
        self._mark(row, {"assignee": None if mine else self.stage.desk.by}, lambda desk: verb(desk, [row.id]), deed)

    def at_network(self, verb: ActVerb, reason: Reason | None = None) -> None:
        """Something done to their message at its network; what cannot be taken back is asked about first."""
        if self.bulk.ids:
            self.bulk.at_network(verb, reason)
            return
        row = self.target
        if row is None:
            return
        if verb not in (ActVerb.DELETE, ActVerb.BLOCK, ActVerb.REPORT):
            self._act(verb, row, reason)
            return
        asked = {
            ActVerb.DELETE: _("Delete the message of {name} at its network, for good?"),
            ActVerb.BLOCK: _("Block {name}?"),
            ActVerb.REPORT: _("Report the message of {name} to the network?"),
        }[verb].format(name=label(row.person))
        choices = [(_("y"), _("yes")), ("Esc", _("no"))]
        self.stage.ask(Question(asked, choices, {_("y"): lambda: self._act(verb, row, reason)}))

    def turn_back(self, verb: Callable[[Desk], Awaitable[Outcome]]) -> None:
        """Undo or redo; the cursor goes to what changed."""

        async def job() -> None:
            try:
                with self.bulk.watched(_("redo") if verb is undo.redo else _("undo")) as desk:
                    outcome = await verb(desk)
                self._tell(summary(outcome), outcome)
                changed = next((line.conversation for line in outcome.changed if line.conversation), None)
                current = self.list.current
                await self.list.reread(changed or (current.id if current else None))
                await self.reading.changed()
            except Refused as error:
                self.stage.tell(str(error))

        self.stage.hold_for(job)

    def stop(self) -> None:
        """Stop all sending for everybody, or let it go on."""

        async def job() -> None:
            if await outbox.stopped(self.stage.desk) is None:
                await outbox.stop(self.stage.desk)
                self.stage.tell(_("All sending is stopped, for everybody."), "warning")
            else:
                await outbox.go(self.stage.desk)
                self.stage.tell(_("Sending goes on."), "good")

        self.stage.jobs.then(job)

    def _put_away(self, state: ConversationState, verb: Callable[..., Awaitable[Outcome]], deed: MacroStep) -> None:
        undeed = MacroStep("reopen")
        if self.bulk.ids:
            self.bulk.run(
                _(words.STATES[state]),
                verb,
                lambda row: row.state is state,
                moderation.reopen,
                deed=(deed,),
                undeed=(undeed,),
            )
            return
        row = self.target
        if row is None:
            return
        back = row.state is state
        wanted = ConversationState.OPEN if back else state
        seen = {row.id: newest} if (newest := self.reading.seen.get(row.id)) is not None else None
        was_open = self.reading.opened == row.id
        leaves = not self.list.still_fits(wanted) or (self.list.filter.waits and not back)
        if leaves:
            self.list.leave(row.id)
            if was_open:
                self.reading.follow()
        else:
            self.list.touch(row.model_copy(update={"state": wanted}))

        async def job() -> None:
            try:
                outcome = await (
                    moderation.reopen(self.stage.desk, [row.id]) if back else verb(self.stage.desk, [row.id], seen=seen)
                )
            except CminboxError:
                await self.list.reread(row.id)
                raise
            if outcome.skipped:
                await self.list.reread(row.id)
            else:
                self.stage.deeds.note(undeed if back else deed)
            self._tell("", outcome)

        self.stage.jobs.then(job)

    def _mark(
        self, row: QueueRow, shown: dict[str, Any], verb: Callable[[Desk], Awaitable[Outcome]], deed: MacroStep
    ) -> None:
        self.list.touch(row.model_copy(update=shown))
        view = self.reading.widget.view
        if view is not None and view.row.id == row.id:
            self.reading.widget.view = view.model_copy(update={"row": view.row.model_copy(update=shown)})

        async def job() -> None:
            self._tell("", await verb(self.stage.desk))
            self.stage.deeds.note(deed)

        self.stage.jobs.then(job)

    def _act(self, verb: ActVerb, row: QueueRow, reason: Reason | None) -> None:
        async def job() -> None:
            outcome = await remote.act(self.stage.desk, verb, [row.id], reason=reason)
            if outcome.changed:
                self.stage.deeds.note(MacroStep(verb.value, reason or ""))
            self._tell(_("In the outbox; u takes it back.") if outcome.changed else "", outcome)

        self.stage.jobs.then(job)

    def _tell(self, text: str, outcome: Outcome) -> None:
        errors: Sequence[str] = [line.error for line in outcome.skipped if line.error]
        if errors:
            self.stage.tell(safe(errors[0]), "error")
        elif outcome.notes:
            told = (text, *outcome.notes) if text and len(outcome.changed) > 1 else outcome.notes
            self.stage.tell(safe(" ".join(told)), "warning")
        elif text:
            self.stage.tell(safe(text))
