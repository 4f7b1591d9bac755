"""What came of a verb, for the screen, the command line and scripts alike."""

from __future__ import annotations

from dataclasses import dataclass, field

from cminbox.i18n import _, ngettext
from cminbox.model.base import ActState, ConversationState


@dataclass(frozen=True)
class Line:
    """What came of a verb for one conversation: its state now, the act that was written, or the error.

    `changed_by` names the colleague whose later change an undo left alone.
    """

    conversation: int
    state: ConversationState | None = None
    act: int | None = None
    act_state: ActState | None = None
    error: str = ""
    changed_by: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of one call of a verb.

    `changed` are the conversations that it changed, `same` those that were so already, `skipped` those it could not
    change (with the error). `of` is the verb that an undo or redo was about; `notes` are translated sentences that the
    person should read (an account that waits, an act that could not be taken back).
    """

    verb: str
    changed: tuple[Line, ...] = ()
    same: tuple[Line, ...] = ()
    skipped: tuple[Line, ...] = ()
    of: str = ""
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Everything, changed first."""
        return self.changed + self.same + self.skipped

    @property
    def act(self) -> int | None:
        """The id of the first act that was written, or None."""
        return next((line.act for line in self.changed if line.act is not None), None)


def summary(outcome: Outcome) -> str:
    """An undo or redo in one sentence: "135 undone, 2 changed by Léa"."""
    n = len(outcome.changed)
    if outcome.verb == "redo":
        parts = [ngettext("{n} redone", "{n} redone", n).format(n=n)]
    else:
        parts = [ngettext("{n} undone", "{n} undone", n).format(n=n)]
    by: dict[str, int] = {}
    for line in outcome.skipped:
        by[line.changed_by] = by.get(line.changed_by, 0) + 1
    for name, count in by.items():
        if name:
            parts.append(ngettext("{n} changed by {name}", "{n} changed by {name}", count).format(n=count, name=name))
        else:
            parts.append(ngettext("{n} skipped", "{n} skipped", count).format(n=count))
    return _(", ").join(parts)
