"""Undo and redo (design: Undo). What happened and what was undone lives in the journal, so any process can go on.

A step is undone entry by entry: first its act (one that has not left is recalled, one that was sent gets a counter-act
where the network has one), then the fields of the conversation, each as it would be had the entry never been
(inbox/replay.py). A colleague's later change of the same field stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cminbox.config.settings import Settings
from cminbox.errors import Refused
from cminbox.i18n import _
from cminbox.inbox import replay, takeback
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Line, Outcome
from cminbox.inbox.step import change, line
from cminbox.store import attached, journal, outbox, standing
from cminbox.store.database import Tx
from cminbox.store.journal import Entry


async def undo(desk: Desk) -> Outcome:
    """Reverse my latest step that still counts. Raises Refused where there is none, or it is leaving right now.

    A step that cannot be taken back any more is named in the outcome's `skipped`, and passed over by the next undo.
    """
    return await desk.store.write(_undo, desk.by_id)


async def redo(desk: Desk) -> Outcome:
    """Do again what my latest undo took back. Raises Refused where there is nothing."""
    return await desk.store.write(_redo, desk.by_id, desk.settings)


async def recall(desk: Desk, act_id: int) -> Outcome:
    """Take back one act of mine that has not left, with the step it belongs to, whatever came after.

    Raises Refused where it has left or is a colleague's.
    """
    return await desk.store.write(_recall, desk.by_id, act_id, False)


async def cancel(desk: Desk, act_id: int) -> Outcome:
    """Like `recall`, of anybody's act: the text is a draft of its writer's again."""
    return await desk.store.write(_recall, desk.by_id, act_id, True)


@dataclass(frozen=True)
class _Shift:
    """What the fields of a conversation (its id as of now) have to become, and who stands in the way."""

    conversation_id: int
    fields: dict[str, Any]
    changed_by: str = ""
    unclear: bool = False

    @property
    def blocked(self) -> bool:
        return bool(self.changed_by) or self.unclear


def _undo(tx: Tx, by: int) -> Outcome:
    entries = journal.last_undoable(tx.db, by)
    if not entries:
        raise Refused(_("There is nothing to undo."))
    return _take_back(tx, by, entries)


def _recall(tx: Tx, by: int, act_id: int, anybody: bool) -> Outcome:
    act = outbox.get(tx.db, act_id)
    if act is None:
        raise Refused(_("There is no act {id}.").format(id=act_id))
    if act.state not in takeback.UNSENT:
        raise Refused(takeback.too_late(act))
    entry = journal.of_act(tx.db, act_id)
    if entry is None:
        outbox.cancel(tx, act_id, by)
        journal.write(tx, "cancel", by, act.conversation_id, act.message_id, act_id)
        ends = (line(tx, act.conversation_id, act_id),) if act.conversation_id is not None else ()
        return Outcome(journal.UNDO, ends, of=act.verb.value)
    if entry.by != by and not anybody:
        raise Refused(
            _("This is {name}'s: undo never takes back a colleague's work.").format(name=act.by),
            _("Cancel it in the outbox if it must not go."),
        )
    return _take_back(tx, by, [entry])


def _take_back(tx: Tx, by: int, entries: Sequence[Entry]) -> Outcome:
    changed: list[Line] = []
    skipped: list[Line] = []
    notes: dict[str, None] = {}
    batch = journal.NEW_STEP
    for entry in reversed(entries):
        conversation_id = entry.conversation_id or 0
        try:
            act = takeback.take_back(tx, entry, by)
        except takeback.Never as never:
            journal.pass_over(tx, entry.id)
            skipped.append(line(tx, conversation_id, entry.act_id, error=str(never)))
            continue
        except Refused as busy:
            if len(entries) == 1:
                raise
            skipped.append(line(tx, conversation_id, entry.act_id, error=str(busy)))
            continue
        shift = _shift(tx, entry, counts=False)
        before = change(tx, shift.conversation_id, shift.fields)
        row = journal.write(
            tx,
            journal.UNDO,
            by,
            entry.conversation_id,
            entry.message_id,
            act.act_id or entry.act_id,
            batch=batch,
            before=before,
            after=shift.fields,
        )
        batch = batch or row
        journal.mark_undone(tx, entry.id, row)
        notes |= dict.fromkeys(act.notes)
        _sort(tx, entry, shift, act.moved, act.act_id or entry.act_id, changed, skipped)
    return Outcome(
        journal.UNDO, tuple(reversed(changed)), (), tuple(reversed(skipped)), of=entries[0].verb, notes=tuple(notes)
    )


def _redo(tx: Tx, by: int, settings: Settings) -> Outcome:
    pairs = journal.last_undone(tx.db, by)
    if not pairs:
        raise Refused(_("There is nothing to redo."))
    changed: list[Line] = []
    skipped: list[Line] = []
    notes: dict[str, None] = {}
    batch = journal.NEW_STEP
    for undone, entry in pairs:
        conversation_id = entry.conversation_id or 0
        try:
            act = takeback.do_again(tx, undone, entry, by, settings, len(pairs))
        except Refused as busy:
            if len(pairs) == 1:
                raise
            skipped.append(line(tx, conversation_id, entry.act_id, error=str(busy)))
            continue
        shift = _shift(tx, entry, counts=True)
        before = change(tx, shift.conversation_id, shift.fields)
        row = journal.write(
            tx,
            journal.REDO,
            by,
            entry.conversation_id,
            entry.message_id,
            act.act_id or entry.act_id,
            batch=batch,
            before=before,
            after=shift.fields,
        )
        batch = batch or row
        journal.mark_undone(tx, undone.id, row)
        journal.mark_undone(tx, entry.id, None, act.act_id)
        notes |= dict.fromkeys(act.notes)
        _sort(tx, entry, shift, act.moved, act.act_id or entry.act_id, changed, skipped)
    return Outcome(journal.REDO, tuple(changed), (), tuple(skipped), of=pairs[0][1].verb, notes=tuple(notes))


def _shift(tx: Tx, entry: Entry, *, counts: bool) -> _Shift:
    """What changes in a conversation when an entry counts from now on, or does not.

    A field that is not what the journal says was changed by something unknown and is left alone.
    """
    now = standing.of(tx.db, entry.conversation_id or 0)
    if now is None:
        return _Shift(0, {}, unclear=bool(entry.after))
    history = journal.of_conversation(tx.db, now.id)
    fields: dict[str, Any] = {}
    others: set[int] = set()
    unclear = False
    for name in entry.after:
        current = attached.value(tx.db, now, name)
        target = replay.value(history, entry, name, counts=counts)
        other = replay.changed_since(history, entry, name)
        if other is not None:
            others.add(other)
        if current == target:
            continue
        if current == replay.value(history, entry, name, counts=not counts):
            fields[name] = target
        else:
            unclear = unclear or other is None
    names = journal.colleagues(tx.db, others)
    return _Shift(now.id, fields, ", ".join(names[each] for each in sorted(others)), unclear)


def _sort(
    tx: Tx,
    entry: Entry,
    shift: _Shift,
    act_moved: bool,
    act_id: int | None,
    changed: list[Line],
    skipped: list[Line],
) -> None:
    """Put the line of an entry with what was taken back, or with what somebody changed since."""
    conversation_id = entry.conversation_id or 0
    if shift.blocked and not act_moved and not _mattered(shift):
        error = "" if shift.changed_by else _("It was changed since.")
        skipped.append(line(tx, conversation_id, act_id, error=error, changed_by=shift.changed_by))
    else:
        changed.append(line(tx, conversation_id, act_id, changed_by=shift.changed_by))


def _mattered(shift: _Shift) -> bool:
    """True where a field that people see was restored; a counter behind the scenes alone does not count."""
    return any(name != "reviewed_message_id" for name in shift.fields)
