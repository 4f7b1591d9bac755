"""The outbox as a colleague sees it: what is on its way, and what a person has to decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from cminbox.clock import from_ms
from cminbox.config.settings import Settings
from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.inbox import acts, takeback, undo
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Line, Outcome
from cminbox.inbox.step import Step, line
from cminbox.model.base import ActState
from cminbox.model.rows import ActRow
from cminbox.store import journal, outbox, standing
from cminbox.store.database import Tx


async def rows(desk: Desk, states: Iterable[ActState] | None = None, *, mine: bool = False) -> list[ActRow]:
    """Acts in these states (None: all that is not done with), everybody's or my own, by age."""
    return await desk.store.read(outbox.rows, states, desk.by_id if mine else None)


async def get(desk: Desk, act_id: int) -> ActRow:
    """One act. Raises UsageError where there is none."""
    act = await desk.store.read(outbox.get, act_id)
    if act is None:
        raise _unknown(act_id)
    return act


async def counts(desk: Desk) -> dict[ActState, int]:
    """How many acts are in each unfinished state."""
    return await desk.store.read(outbox.counts)


async def retry(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Let failed acts go once more, now. One step for undo, which stops them again while they have not left."""
    return await desk.store.write(_release, desk.by_id, desk.settings, "retry", tuple(ids))


async def approve(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Send what is to review, as it is: a person saw what changed around it. One step for undo."""
    return await desk.store.write(_release, desk.by_id, desk.settings, "approve", tuple(ids))


async def cancel(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Take acts back that have not left, colleagues' too; each text is a draft of its writer's again."""
    changed: list[Line] = []
    skipped: list[Line] = []
    notes: dict[str, None] = {}
    for act_id in dict.fromkeys(ids):
        try:
            outcome = await undo.cancel(desk, act_id)
        except UsageError as error:
            skipped.append(await _skipped(desk, act_id, error))
        else:
            changed += outcome.changed
            skipped += outcome.skipped
            notes |= dict.fromkeys(outcome.notes)
    return Outcome("cancel", tuple(changed), skipped=tuple(skipped), notes=tuple(notes))


async def stop(desk: Desk) -> bool:
    """Stop all sending, for everybody, until somebody says `go`. False where it was stopped already."""
    return await desk.store.write(_stop, desk.by, desk.by_id)


async def go(desk: Desk) -> bool:
    """Let the outbox go on. False where it was not stopped."""
    return await desk.store.write(_go, desk.by, desk.by_id)


async def stopped(desk: Desk) -> tuple[str, datetime] | None:
    """(who stopped all sending, since when), or None while it goes."""
    found = await desk.store.read(outbox.stopped)
    return (found[0], from_ms(found[1])) if found else None


def _release(tx: Tx, by: int, settings: Settings, verb: str, ids: Sequence[int]) -> Outcome:
    leaves = ActState.FAILED if verb == "retry" else ActState.REVIEW
    step = Step(tx, verb, by)
    changed: list[Line] = []
    skipped: list[Line] = []
    for act_id in dict.fromkeys(ids):
        act = outbox.get(tx.db, act_id)
        if act is None:
            skipped.append(Line(0, act=act_id, error=str(_unknown(act_id))))
            continue
        conversation_id = act.conversation_id or 0
        if act.state is not leaves or not outbox.approve(tx, act_id, by):
            skipped.append(line(tx, conversation_id, act_id, error=_why_not(act)))
            continue
        now = standing.of(tx.db, conversation_id)
        if now is not None:
            fields = acts.after_answer(tx, now, settings) if act.verb.is_reply else {}
            step.enter(now, fields, message_id=act.message_id, act_id=act_id)
        changed.append(line(tx, conversation_id, act_id))
    return Outcome(verb, tuple(changed), skipped=tuple(skipped))


def _why_not(act: ActRow) -> str:
    if act.state in takeback.UNSENT:
        if act.state is ActState.REVIEW:
            return _("It is to review: look at it and send it with `approve`, or cancel it.")
        if act.state is ActState.FAILED:
            return _("It failed: send it again with `retry`, or cancel it.")
        return _("It is on its way already.")
    return takeback.too_late(act)


def _stop(tx: Tx, name: str, by: int) -> bool:
    if not outbox.stop(tx, name):
        return False
    journal.write(tx, "stop", by, None)
    return True


def _go(tx: Tx, name: str, by: int) -> bool:
    if not outbox.go(tx, name):
        return False
    journal.write(tx, "go", by, None)
    return True


async def _skipped(desk: Desk, act_id: int, error: UsageError) -> Line:
    act = await desk.store.read(outbox.get, act_id)
    if act is None:
        return Line(0, act=act_id, error=str(error))
    return Line(act.conversation_id or 0, act=act_id, act_state=act.state, error=str(error))


def _unknown(act_id: int) -> Refused:
    return Refused(_("There is no act {id} in the outbox.").format(id=act_id))
