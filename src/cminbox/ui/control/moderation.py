"""Sites that we moderate ourselves: approving what waits for it."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.i18n import _
from cminbox.inbox import moderation
from cminbox.ui.control.bulk import BulkControl
from cminbox.ui.control.triage import TriageControl


class ModerationControl:
    """Approve, for one conversation or for all that is selected."""

    def __init__(self, triage: TriageControl, bulk: BulkControl) -> None:
        self.triage = triage
        self.bulk = bulk

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"message.approve": self.approve}

    def approve(self) -> None:
        """Let their message appear at its site."""
        row = self.triage.target
        ids = self.bulk.ids or ((row.id,) if row is not None else ())
        if ids:
            self.bulk.run(_("approve"), moderation.approve, ids=ids)
