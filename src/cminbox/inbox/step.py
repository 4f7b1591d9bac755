"""Writing one undoable step: conversations change and the journal says what, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox.outcome import Line, Outcome
from cminbox.model.reasons import Reason
from cminbox.store import attached, journal, outbox, rules, standing, waiting
from cminbox.store.database import Tx
from cminbox.store.standing import Standing

_MOVES_WAITING = ("state", "reviewed_message_id")

Enough = Callable[[], bool]
"""Says that a transaction has lasted long enough: what is left goes into another one."""

Do = Callable[["Step", Standing], tuple[bool, int | None]]
"""What a verb does to one conversation: (whether something changed, the act it wrote). UsageError: it cannot."""


class Step:
    """The entries of one verb. Each changed conversation gets one; what does not change gets none.

    `batch`: the step of the journal that they go on with, else a new one begins with the first of them.
    """

    def __init__(self, tx: Tx, verb: str, by: int, batch: int = journal.NEW_STEP) -> None:
        self.tx = tx
        self.verb = verb
        self.by = by
        self.batch = batch

    def enter(
        self,
        now: Standing,
        fields: dict[str, Any],
        *,
        message_id: int | None = None,
        act_id: int | None = None,
        reason: Reason | None = None,
    ) -> bool:
        """Set fields of a conversation and write the entry, with the act it made. False where nothing is new."""
        new = {name: value for name, value in fields.items() if attached.value(self.tx.db, now, name) != value}
        if not new and act_id is None:
            return False
        if "state" in new:
            new |= rules.whose_word(self.tx.db, self.by, now, new["state"])
        before = change(self.tx, now.id, new)
        entry = journal.write(
            self.tx,
            self.verb,
            self.by,
            now.id,
            message_id,
            act_id,
            batch=self.batch,
            before=before,
            after=new,
            reason=reason,
        )
        self.batch = self.batch or entry
        return True


def change(tx: Tx, conversation_id: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Set fields of a conversation (store.attached: tags and notes too); who waits for us follows.

    Returns what the fields were.
    """
    if not fields:
        return {}
    before = attached.change(tx, conversation_id, fields)
    if any(name in fields for name in _MOVES_WAITING):
        waiting.recompute(tx, conversation_id)
    return before


def line(tx: Tx, conversation_id: int, act_id: int | None = None, error: str = "", changed_by: str = "") -> Line:
    """How a conversation and the act of a verb stand at the end."""
    now = standing.of(tx.db, conversation_id)
    act = outbox.get(tx.db, act_id) if act_id is not None else None
    return Line(
        conversation=now.id if now else conversation_id,
        state=now.state if now else None,
        act=act.id if act else None,
        act_state=act.state if act else None,
        error=error,
        changed_by=changed_by,
    )


def each(
    tx: Tx,
    verb: str,
    by: int,
    ids: Sequence[int],
    do: Do,
    batch: int = journal.NEW_STEP,
    enough: Enough = lambda: False,
) -> Outcome:
    """Run a verb on every conversation as one step, or as a part of the step `batch`.

    `do` says (whether something changed, the act it wrote) or raises UsageError, which skips that conversation alone.
    Once `enough` says so the rest is left: there are as many lines as it came to (inbox.bulk goes on from there).
    """
    step = Step(tx, verb, by, batch)
    changed: list[Line] = []
    same: list[Line] = []
    skipped: list[Line] = []
    for conversation_id in dict.fromkeys(ids):
        if (changed or same or skipped) and enough():
            break
        now = standing.of(tx.db, conversation_id)
        if now is None:
            skipped.append(Line(conversation_id, error=no_conversation(conversation_id).message))
            continue
        try:
            new, act_id = do(step, now)
        except UsageError as error:
            skipped.append(Line(now.id, now.state, error=str(error)))
            continue
        (changed if new else same).append(line(tx, now.id, act_id))
    return Outcome(verb, tuple(changed), tuple(same), tuple(skipped), batch=step.batch)


def no_conversation(conversation_id: int) -> UsageError:
    """The error for an id that names no conversation."""
    return UsageError(_("There is no conversation {id}.").format(id=conversation_id))
