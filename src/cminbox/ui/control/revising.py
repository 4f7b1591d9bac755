"""Changing a reply that was sent: in the composer where the network lets, else deleted with the text as a draft."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox import editing
from cminbox.inbox.editing import Editable
from cminbox.text import safe
from cminbox.ui.control.bulk import BulkControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.control.writing import WritingControl
from cminbox.ui.stage import Question, Stage


class RevisingControl:
    """From the key to the composer, or to the question whether to delete and write anew."""

    def __init__(self, stage: Stage, triage: TriageControl, writing: WritingControl, bulk: BulkControl) -> None:
        self.stage = stage
        self.triage = triage
        self.writing = writing
        self.bulk = bulk

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"message.edit": self.edit}

    def edit(self) -> None:
        """Our newest reply in the conversation at hand; keys wait, for they are its text."""
        row = self.triage.target
        if row is None:
            self.stage.tell(_("There is no conversation here."))
            return

        async def job() -> None:
            try:
                what = await editing.editable(self.stage.desk, row.id)
                if what.edits:
                    self.writing.open(private=False, conversation=row.id, text=what.text, edits=what)
                else:
                    self._ask(what)
            except UsageError as error:
                self.stage.tell(safe(str(error)), "error")

        self.stage.hold_for(job)

    def _ask(self, what: Editable) -> None:
        def go() -> None:
            name = _("delete our reply, to write it anew")
            self.bulk.run(name, editing.rewrite, ids=(what.conversation,))

            async def then() -> None:
                self.writing.open(private=False, conversation=what.conversation)

            self.stage.jobs.then(then)

        asked = _("{why} Delete it, with its text as a draft to write anew?").format(why=safe(what.why_not))
        self.stage.ask(Question(asked, [(_("y"), _("yes")), ("Esc", _("no"))], {_("y"): go}))
