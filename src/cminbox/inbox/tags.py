"""Tags: putting them on conversations and taking them off, and keeping the list of them in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.inbox import bulk
from cminbox.inbox.desk import Desk
from cminbox.inbox.kept import KeptStep
from cminbox.inbox.outcome import Outcome, joined
from cminbox.inbox.step import Do, Step, each
from cminbox.model.filter_text import near
from cminbox.model.tags import LONGEST, PALETTE, TagRow
from cminbox.store import attached, kept, tagging, tags
from cminbox.store.database import Tx
from cminbox.store.standing import Db, Standing
from cminbox.text import fold, safe, storable

_CLOSE = 60


async def all_tags(desk: Desk) -> list[TagRow]:
    """Every tag, in the order of the alphabet."""
    return await desk.store.read(tags.rows)


def best(rows: Sequence[TagRow], typed: str) -> list[TagRow]:
    """The tags that may be meant, the best first: those that begin as what was typed, hold it, or resemble it.

    Nothing typed gives all of them, those with the most open conversations first.
    """
    wanted = fold(typed.strip())
    if not wanted:
        return sorted(rows, key=lambda row: (-row.open, fold(row.name)))
    from rapidfuzz import fuzz

    def rank(row: TagRow) -> tuple[int, float]:
        name = fold(row.name)
        if name == wanted:
            return 0, 0
        if name.startswith(wanted):
            return 1, -row.open
        if wanted in name:
            return 2, -row.open
        return 3, -fuzz.WRatio(wanted, name)

    ranked = [(rank(row), fold(row.name), row) for row in rows]
    return [row for place, _name, row in sorted(ranked, key=lambda one: one[:2]) if place[0] < 3 or -place[1] >= _CLOSE]


async def tag(desk: Desk, ids: Sequence[int], names: str | Sequence[str]) -> Outcome:
    """Put tags on conversations, as one step; a tag that is not there yet is made.

    `names` may be one text with commas between. Raises UsageError for a name that cannot be one.
    """
    wanted = parted(names)
    known = await all_tags(desk)
    outcome = await bulk.each(desk, "tag", ids, puts(wanted))
    new = [name for name in wanted if fold(name) not in {fold(row.name) for row in known}]
    return _with_notes(outcome, [_new_note(name, known) for name in new])


async def untag(desk: Desk, ids: Sequence[int], names: str | Sequence[str]) -> Outcome:
    """Take tags off conversations, as one step. Raises UsageError for a tag that there is not."""
    wanted = parted(names)
    await require(desk, wanted)
    return await bulk.each(desk, "untag", ids, takes(wanted))


async def require(desk: Desk, names: Sequence[str]) -> None:
    """Raise UsageError for a tag that there is not."""
    for name in names:
        await desk.store.read(_known, name)


def puts(names: Sequence[str]) -> Do:
    """What putting tags on does to one conversation, as part of a step; a tag that is not there yet is made."""

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        return step.enter(now, {attached.field(attached.TAG, tags.ensure(step.tx, name)): 1 for name in names}), None

    return do


def takes(names: Sequence[str]) -> Do:
    """What taking tags off does to one conversation, as part of a step."""

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        return step.enter(now, {attached.field(attached.TAG, _known(step.tx.db, name)): 0 for name in names}), None

    return do


async def create(desk: Desk, name: str, colour: str | None = None) -> TagRow:
    """A tag of that name, made where it is not there yet, as a step. Raises UsageError for what cannot be a name or a
    colour.
    """
    (checked,) = parted([name])
    return await _row(desk, await desk.store.write(_create, desk.by_id, checked, colour))


async def rename(desk: Desk, name: str, new: str) -> TagRow:
    """Call a tag something else, everywhere, as a step. Raises UsageError where there is no such tag, Refused where
    there is one of the new name (merge them).
    """
    (checked,) = parted([new])
    return await _row(desk, await desk.store.write(_rename, desk.by_id, name, checked))


async def recolour(desk: Desk, name: str, colour: str) -> TagRow:
    """Give a tag another colour of the palette (model.tags), as a step."""
    return await _row(desk, await desk.store.write(_recolour, desk.by_id, name, colour))


async def merge(desk: Desk, name: str, into: str) -> Outcome:
    """Make one tag of two: what carries `name` carries `into` instead, as one step; `name` is offered no more."""
    return await _move(desk, name, into)


async def delete(desk: Desk, name: str) -> Outcome:
    """Take a tag off everything, as one step, and offer it no more."""
    return await _move(desk, name, None)


def parted(names: str | Sequence[str]) -> list[str]:
    """Names of tags, each once, from a list or from one text with commas. Raises UsageError for what is none."""
    given = names.split(",") if isinstance(names, str) else names
    found: dict[str, str] = {}
    for each_name in given:
        name = " ".join(safe(each_name).split())
        if not name or "," in name or '"' in name:
            raise UsageError(_("A tag needs a name, without commas and quotes."))
        if len(name) > LONGEST:
            raise UsageError(_("The name of a tag has at most {n} characters.").format(n=LONGEST))
        found.setdefault(fold(name), name)
    return list(found.values())


async def _move(desk: Desk, name: str, into: str | None) -> Outcome:
    """Take a tag off everything (and put another there), then offer it no more: one step, however many carry it."""
    course = desk.course or bulk.Course()
    worn, fields = await desk.store.read(_worn, name, into)
    verb = "untag" if into is None else "merge_tags"
    outcome = await bulk.each(replace(desk, course=course), verb, worn, partial(_moves, fields))
    if outcome.left:
        return outcome
    last = await desk.store.write(_finish, desk.by_id, verb, name, fields, course.batch)
    return joined((outcome, last))


def _worn(db: Db, name: str, into: str | None) -> tuple[list[int], dict[str, int]]:
    """The conversations with a tag, and what changes there. Raises UsageError for an unknown tag or for itself."""
    old = _known(db, name)
    fields = {attached.field(attached.TAG, old): 0}
    if into is not None:
        new = _known(db, into)
        if new == old:
            raise UsageError(_("A tag cannot be merged into itself."))
        fields[attached.field(attached.TAG, new)] = 1
    return tagging.tagged(db, old), fields


def _moves(fields: dict[str, int], step: Step, now: Standing) -> tuple[bool, int | None]:
    return step.enter(now, fields), None


def _finish(tx: Tx, by: int, verb: str, name: str, fields: dict[str, int], batch: int) -> Outcome:
    """What got the tag meanwhile, and the tag itself."""
    old = _known(tx.db, name)
    outcome = each(tx, verb, by, tagging.tagged(tx.db, old), partial(_moves, fields), batch)
    step = KeptStep(tx, by, outcome.batch)
    step.enter("tag_drop", {kept.field(kept.TAG, old, kept.OFFERED): 0})
    return replace(outcome, batch=step.batch)


def _create(tx: Tx, by: int, name: str, colour: str | None) -> int:
    found = tags.find(tx.db, name)
    if found is not None:
        return found
    tag_id = tags.ensure(tx, name, None if colour is None else _colour(colour))
    tags.drop(tx, tag_id)  # so that it is the step which offers it
    KeptStep(tx, by).enter("tag_add", {kept.field(kept.TAG, tag_id, kept.OFFERED): 1})
    return tag_id


def _rename(tx: Tx, by: int, name: str, new: str) -> int:
    tag_id = _known(tx.db, name)
    if tags.find(tx.db, new) not in (None, tag_id):
        raise Refused(_("There is a tag {name} already.").format(name=new), _("Merge the two."))
    KeptStep(tx, by).enter("tag_rename", {kept.field(kept.TAG, tag_id, kept.NAME): kept.label(tx, storable(new))})
    return tag_id


def _recolour(tx: Tx, by: int, name: str, colour: str) -> int:
    tag_id = _known(tx.db, name)
    said = kept.label(tx, _colour(colour))
    KeptStep(tx, by).enter("tag_colour", {kept.field(kept.TAG, tag_id, kept.COLOUR): said})
    return tag_id


def _colour(colour: str) -> str:
    """A colour of the palette, by its English name or that of the language in force."""
    wanted = fold(colour.strip())
    for name, shown in PALETTE.items():
        if wanted in (name, fold(_(shown))):
            return name
    raise UsageError(
        _("There is no colour {name}.").format(name=colour),
        _("The colours are: {names}.").format(names=", ".join(PALETTE)),
    )


def _known(db: Db, name: str) -> int:
    tag_id = tags.find(db, name)
    if tag_id is None:
        meant = near(name, [row.name for row in tags.rows(db)])
        cure = _("Did you mean {name}?").format(name=meant) if meant else ""
        raise UsageError(_("There is no tag {name}.").format(name=name), cure)
    return tag_id


def _new_note(name: str, known: Sequence[TagRow]) -> str:
    meant = near(name, [row.name for row in known])
    if meant:
        return _("{name} is a new tag. There was {other} already; merge them if that was meant.").format(
            name=name, other=meant
        )
    return _("{name} is a new tag.").format(name=name)


def _with_notes(outcome: Outcome, notes: Sequence[str]) -> Outcome:
    return replace(outcome, notes=(*outcome.notes, *notes))


async def _row(desk: Desk, tag_id: int) -> TagRow:
    return next(row for row in await all_tags(desk) if row.id == tag_id)
