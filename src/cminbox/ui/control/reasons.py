"""Acting against a message or a person: a reason by one key, then what must be confirmed; a second time takes it back.

What is asked gets the keys typed ahead: `Hh` hides for hate in one write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cminbox.config.macros import MacroStep
from cminbox.i18n import _
from cminbox.inbox import forecast, remote
from cminbox.model.base import ActVerb, ConversationState
from cminbox.model.reasons import Reason
from cminbox.text import safe
from cminbox.ui import words
from cminbox.ui.control.bulk import BulkControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.stage import Question, Stage

Then = Callable[[Reason | None], None]


def ask_reason(stage: Stage, what: str, then: Then) -> None:
    """Ask why `what` is done. Enter, or any other key, gives no reason; Esc does nothing at all."""

    def answer(reason: Reason) -> Callable[[], None]:
        return lambda: then(reason)

    choices = [(reason.key, _(reason.words)) for reason in Reason]
    stage.ask(
        Question(
            _("{verb}: why?").format(verb=what),
            [*choices, (_("Enter"), _("no reason")), ("Esc", _("not at all"))],
            {reason.key: answer(reason) for reason in Reason},
            otherwise=lambda: then(None),
        )
    )


class ReasonControl:
    """Spam, hide, delete, block, report, on one conversation or on all that is selected; and like, which needs none."""

    def __init__(self, stage: Stage, triage: TriageControl, bulk: BulkControl) -> None:
        self.stage = stage
        self.triage = triage
        self.bulk = bulk

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "conversation.spam": self.spam,
            "message.like": lambda: self.act(ActVerb.LIKE),
            "message.hide": lambda: self.act(ActVerb.HIDE),
            "message.delete": lambda: self.act(ActVerb.DELETE),
            "person.block": lambda: self.act(ActVerb.BLOCK),
            "message.report": lambda: self.act(ActVerb.REPORT),
        }

    def spam(self) -> None:
        """Worthless, and why; back on the table where it was called so."""
        row = self.triage.target
        if self.bulk.ids:
            self.stage.hold_for(self._spam_many)
        elif row is not None and row.state is ConversationState.SPAM:
            self.triage.spam()
        elif row is not None:
            ask_reason(self.stage, _(words.STATES[ConversationState.SPAM]), self.triage.spam)

    def act(self, verb: ActVerb) -> None:
        """Something done at the network, and why; taken back where it was done already."""
        row = self.triage.target
        ids = self.bulk.ids or ((row.id,) if row is not None else ())
        if ids:
            self.stage.hold_for(lambda: self._act(verb, ids))

    async def _spam_many(self) -> None:
        rows = await self.bulk.rows(self.bulk.ids)
        if all(row.state is ConversationState.SPAM for row in rows):
            self.triage.spam()
        else:
            ask_reason(self.stage, _(words.STATES[ConversationState.SPAM]), self.triage.spam)

    async def _act(self, verb: ActVerb, ids: Sequence[int]) -> None:
        name = _(words.VERBS[verb])
        if verb in remote.OPPOSITES and len(await remote.in_force(self.stage.desk, verb, ids)) == len(ids):
            back = _(words.VERBS[remote.OPPOSITES[verb]])
            deed = (MacroStep(remote.OPPOSITES[verb].value),)
            self.bulk.run(back, lambda desk, chosen: remote.take_back(desk, verb, chosen), ids=ids, deed=deed)
            return
        if verb not in remote.TAKES_REASON:
            self.triage.at_network(verb)
            return
        found = await forecast.act(self.stage.desk, verb, ids)
        if found.n:
            ask_reason(self.stage, name, lambda reason: self.triage.at_network(verb, reason))
        else:
            self.stage.tell(safe(next(iter(found.against), "")), "error")
