"""What came of a verb, for the screen, the command line and scripts alike."""

from __future__ import annotations

from collections.abc import Sequence
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
    person should read (an account that waits, an act that could not be taken back). `batch` is the step of the journal
    that it wrote (0: none); `left` are the conversations that it did not come to, because somebody stopped it.
    """

    verb: str
    changed: tuple[Line, ...] = ()
    same: tuple[Line, ...] = ()
    skipped: tuple[Line, ...] = ()
    of: str = ""
    notes: tuple[str, ...] = field(default_factory=tuple)
    batch: int = 0
    left: int = 0

    @property
    def lines(self) -> tuple[Line, ...]:
        """Everything, changed first."""
        return self.changed + self.same + self.skipped

    @property
    def act(self) -> int | None:
        """The id of the first act that was written, or None."""
        return next((line.act for line in self.changed if line.act is not None), None)


def joined(parts: Sequence[Outcome], left: int = 0) -> Outcome:
    """What came of one call that was done in parts, in their order; at least one part."""
    return Outcome(
        parts[0].verb,
        tuple(line for part in parts for line in part.changed),
        tuple(line for part in parts for line in part.same),
        tuple(line for part in parts for line in part.skipped),
        of=parts[0].of,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        batch=next((part.batch for part in parts if part.batch), 0),
        left=left,
    )


def summary(outcome: Outcome) -> str:
    """An undo or redo in one sentence: "135 undone, 2 changed by Léa". A conversation counts once, whatever it was."""
    n = len({line.conversation or -at for at, line in enumerate(outcome.changed, 1)})
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
