"""Undo and redo (design: Undo). What happened and what was undone lives in the journal, so any process can go on.

A step is undone entry by entry: first its act (one that has not left is recalled, one that was sent gets a counter-act
where the network has one), then the fields of the conversation, each as it would be had the entry never been
(inbox/replay.py). A colleague's later change of the same field stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from cminbox.errors import Refused
from cminbox.i18n import _
from cminbox.inbox import bulk, replay, takeback
from cminbox.inbox.desk import Desk
from cminbox.inbox.kept import against
from cminbox.inbox.outcome import Line, Outcome
from cminbox.inbox.step import Enough, change, line
from cminbox.store import attached, journal, kept, outbox, standing
from cminbox.store.database import Tx
from cminbox.store.journal import Entry, Turning


async def undo(desk: Desk) -> Outcome:
    """Reverse my latest step that still counts. Raises Refused where there is none, or it is leaving right now.

    A step that cannot be taken back any more is named in the outcome's `skipped`, and passed over by the next undo. A
    long one goes back in several transactions (inbox.bulk); where that was stopped, the next undo takes the rest, and
    one redo brings back all of it.
    """
    outcome = await _turn(desk, journal.last_undoable, _undo, _("There is nothing to undo."))
    return replace(outcome, changed=outcome.changed[::-1], skipped=outcome.skipped[::-1])


async def redo(desk: Desk) -> Outcome:
    """Do again what my latest undo took back. Raises Refused where there is nothing."""
    return await _turn(desk, journal.last_undone, _redo, _("There is nothing to redo."))


async def cancel(desk: Desk, act_id: int) -> Outcome:
    """Take back one act of anybody's that has not left, with the step it belongs to, whatever came after.

    Its text is a draft of its writer's again. Raises Refused where it has left.
    """
    return await desk.store.write(_cancel, desk.by_id, act_id)


@dataclass(frozen=True)
class _Shift:
    """What the fields of a conversation (its id as of now; 0: of none) have to become, and who stands in the way."""

    conversation_id: int
    fields: dict[str, Any]
    changed_by: str = ""
    unclear: bool = False

    @property
    def blocked(self) -> bool:
        return bool(self.changed_by) or self.unclear


@dataclass
class _Told:
    """What one transaction of an undo or redo came to, in the order it went."""

    changed: list[Line] = field(default_factory=list)
    skipped: list[Line] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    reached: int | None = None
    verb: str = ""

    @property
    def n(self) -> int:
        return len(self.changed) + len(self.skipped)

    def add(self, tx: Tx, entry: Entry, shift: _Shift, act: takeback.Taken) -> None:
        """Put an entry with what was turned, or with what somebody changed since."""
        conversation_id, act_id = entry.conversation_id or 0, act.act_id or entry.act_id
        self.notes |= dict.fromkeys(act.notes)
        if shift.blocked and not act.moved and not _mattered(shift):
            error = "" if shift.changed_by else _("It was changed since.")
            self.skipped.append(line(tx, conversation_id, act_id, error=error, changed_by=shift.changed_by))
        else:
            self.changed.append(line(tx, conversation_id, act_id, changed_by=shift.changed_by))

    def outcome(self, verb: str, of: str, batch: int) -> Outcome:
        return Outcome(verb, tuple(self.changed), (), tuple(self.skipped), of=of, notes=tuple(self.notes), batch=batch)


_READ = 25
"""Entries read at once."""

T = TypeVar("T")


@dataclass(frozen=True)
class _Place:
    """How far an undo or redo is: the entry it came to, and the step of its own entries; `most` entries at a time."""

    most: int
    below: int | None = None
    batch: int = journal.NEW_STEP


_Turn = Callable[[Tx, Desk, Turning, _Place, Enough], tuple[Outcome, int | None]]
"""One transaction of an undo or redo: what came of it, and the entry that it came to."""


async def _turn(desk: Desk, find: Callable[[standing.Db, int], Turning | None], turn: _Turn, nothing: str) -> Outcome:
    found = await desk.store.read(find, desk.by_id)
    if found is None:
        raise Refused(nothing)
    course = desk.course or bulk.Course()
    place = _Place(course.most)

    async def piece(done: int, enough: Enough) -> Outcome:
        nonlocal place
        came: tuple[Outcome, int | None] = await course.write(desk, found.n - done)(turn, desk, found, place, enough)
        outcome, below = came
        place = _Place(course.most, below, outcome.batch)
        return outcome

    outcome = await bulk.pieces(desk, course, found.n, piece)
    if not outcome.lines:
        raise Refused(nothing)
    return outcome


def _ahead(read: Callable[[int | None, int], list[T]], place_of: Callable[[T], int], place: _Place) -> Iterator[T]:
    """What an undo or redo comes to next, at most `place.most`, read some at a time: it may end at any of them."""
    below, left = place.below, place.most
    while left > 0:
        some = read(below, min(left, _READ))
        yield from some
        if len(some) < _READ:
            return
        below, left = place_of(some[-1]), left - len(some)


def _undo(tx: Tx, desk: Desk, step: Turning, place: _Place, enough: Enough) -> tuple[Outcome, int | None]:
    entries = _ahead(partial(journal.undoable, tx.db, desk.by_id, step.batch), lambda entry: entry.id, place)
    batch = place.batch or journal.undo_under_way(tx.db, desk.by_id, step.batch)
    outcome, reached = _take_back(tx, desk.by_id, entries, batch, alone=step.n == 1, enough=enough)
    return replace(outcome, of=step.verb), reached


def _cancel(tx: Tx, by: int, act_id: int) -> Outcome:
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
    return _take_back(tx, by, [entry])[0]


def _take_back(
    tx: Tx,
    by: int,
    entries: Iterable[Entry],
    batch: int = journal.NEW_STEP,
    *,
    alone: bool = True,
    enough: Enough = lambda: False,
) -> tuple[Outcome, int | None]:
    """Take back entries in the order given, as part of the undo `batch`; returns the last one it came to.

    `alone`: it is all of its step, so what stands against it is raised rather than told.
    """
    told = _Told()
    for entry in entries:
        if told.n and enough():
            break
        told.reached, told.verb = entry.id, told.verb or entry.verb
        conversation_id = entry.conversation_id or 0
        try:
            act = takeback.take_back(tx, entry, by)
            shift = _shift(tx, entry, counts=False)
        except takeback.Never as never:
            journal.pass_over(tx, entry.id)
            told.skipped.append(line(tx, conversation_id, entry.act_id, error=str(never)))
            continue
        except Refused as busy:
            if alone:
                raise
            told.skipped.append(line(tx, conversation_id, entry.act_id, error=str(busy)))
            continue
        row = _write(tx, journal.UNDO, by, entry, shift, act.act_id, batch)
        batch = batch or row
        journal.mark_undone(tx, entry.id, row)
        told.add(tx, entry, shift, act)
    return told.outcome(journal.UNDO, told.verb, batch), told.reached


def _redo(tx: Tx, desk: Desk, step: Turning, place: _Place, enough: Enough) -> tuple[Outcome, int | None]:
    told = _Told()
    batch = place.batch
    pairs = _ahead(partial(journal.redoable, tx.db, desk.by_id, step.batch), lambda pair: pair[0].id, place)
    for undone, entry in pairs:
        if told.n and enough():
            break
        told.reached = undone.id
        conversation_id = entry.conversation_id or 0
        try:
            act = takeback.do_again(tx, undone, entry, desk.by_id, desk.settings, step.n)
            shift = _shift(tx, entry, counts=True)
        except Refused as busy:
            if step.n == 1:
                raise
            told.skipped.append(line(tx, conversation_id, entry.act_id, error=str(busy)))
            continue
        row = _write(tx, journal.REDO, desk.by_id, entry, shift, act.act_id, batch)
        batch = batch or row
        journal.mark_undone(tx, undone.id, row)
        journal.mark_undone(tx, entry.id, None, act.act_id)
        told.add(tx, entry, shift, act)
    return told.outcome(journal.REDO, step.verb, batch), told.reached


def _write(tx: Tx, verb: str, by: int, entry: Entry, shift: _Shift, act_id: int | None, batch: int) -> int:
    """Bring the fields where they belong, and write the entry of the undo or redo."""
    before = change(tx, shift.conversation_id, shift.fields) if shift.conversation_id else kept.change(tx, shift.fields)
    return journal.write(
        tx,
        verb,
        by,
        entry.conversation_id,
        entry.message_id,
        act_id or entry.act_id,
        batch=batch,
        before=before,
        after=shift.fields,
    )


def _shift(tx: Tx, entry: Entry, *, counts: bool) -> _Shift:
    """What changes in a conversation when an entry counts from now on, or does not.

    A field that is not what the journal says was changed by something unknown and is left alone.
    """
    now = standing.of(tx.db, entry.conversation_id or 0)
    if now is None and (entry.conversation_id is not None or not all(map(kept.knows, entry.after))):
        return _Shift(0, {}, unclear=bool(entry.after))
    history = journal.of_conversation(tx.db, now.id) if now is not None else journal.kept(tx.db)
    fields: dict[str, Any] = {}
    others: set[int] = set()
    unclear = False
    for name in entry.after:
        current = attached.value(tx.db, now, name) if now is not None else kept.value(tx.db, name)
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
    if now is None and (problem := against(tx, fields)):
        raise Refused(problem) if counts else takeback.Never(problem)
    names = journal.colleagues(tx.db, others)
    return _Shift(now.id if now is not None else 0, fields, ", ".join(names[each] for each in sorted(others)), unclear)


def _mattered(shift: _Shift) -> bool:
    """True where a field that people see was restored; a counter behind the scenes alone does not count."""
    return any(name != "reviewed_message_id" for name in shift.fields)
