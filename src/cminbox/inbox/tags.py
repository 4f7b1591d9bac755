"""Tags: putting them on conversations and taking them off, and keeping the list of them in order."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.step import Step, each
from cminbox.model.filter_text import near
from cminbox.model.tags import LONGEST, PALETTE, TagRow
from cminbox.store import attached, tagging, tags
from cminbox.store.database import Tx
from cminbox.store.standing import Standing
from cminbox.text import fold, safe

_CLOSE = 60


async def all_tags(desk: Desk) -> list[TagRow]:
    """Every tag, in the order of the alphabet."""
    return await desk.store.read(tags.rows)


async def find(desk: Desk, typed: str, limit: int = 20) -> list[TagRow]:
    """The tags that may be meant, the best first: those that begin as what was typed, hold it, or resemble it.

    Nothing typed gives all of them, those with the most open conversations first.
    """
    return best(await all_tags(desk), typed)[:limit]


def best(rows: Sequence[TagRow], typed: str) -> list[TagRow]:
    """What `find` does, on tags at hand."""
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
    outcome = await desk.store.write(_tag, desk.by_id, tuple(ids), wanted)
    new = [name for name in wanted if fold(name) not in {fold(row.name) for row in known}]
    return _with_notes(outcome, [_new_note(name, known) for name in new])


async def untag(desk: Desk, ids: Sequence[int], names: str | Sequence[str]) -> Outcome:
    """Take tags off conversations, as one step. Raises UsageError for a tag that there is not."""
    return await desk.store.write(_untag, desk.by_id, tuple(ids), parted(names))


async def create(desk: Desk, name: str, colour: str | None = None) -> TagRow:
    """A tag of that name, made where it is not there yet. Raises UsageError for what cannot be a name or a colour."""
    (checked,) = parted([name])
    tag_id = await desk.store.write(_ensure, checked, colour)
    return await _row(desk, tag_id)


async def rename(desk: Desk, name: str, new: str) -> TagRow:
    """Call a tag something else, everywhere. Raises UsageError where there is no such tag, Refused where there is one
    of the new name (merge them). No step: rename it back.
    """
    (checked,) = parted([new])
    return await _row(desk, await desk.store.write(_rename, name, checked))


async def recolour(desk: Desk, name: str, colour: str) -> TagRow:
    """Give a tag another colour of the palette (model.tags). No step."""
    return await _row(desk, await desk.store.write(_recolour, name, colour))


async def merge(desk: Desk, name: str, into: str) -> Outcome:
    """Make one tag of two: what carries `name` carries `into` instead, as one step; `name` is offered no more."""
    return await desk.store.write(_merge, desk.by_id, name, into)


async def delete(desk: Desk, name: str) -> Outcome:
    """Take a tag off everything, as one step, and offer it no more."""
    return await desk.store.write(_merge, desk.by_id, name, None)


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


def _tag(tx: Tx, by: int, ids: Sequence[int], names: Sequence[str]) -> Outcome:
    fields = {attached.field(attached.TAG, tags.ensure(tx, name)): 1 for name in names}

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        return step.enter(now, fields), None

    return each(tx, "tag", by, ids, do)


def _untag(tx: Tx, by: int, ids: Sequence[int], names: Sequence[str]) -> Outcome:
    fields = {attached.field(attached.TAG, _known(tx, name)): 0 for name in names}

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        return step.enter(now, fields), None

    return each(tx, "untag", by, ids, do)


def _merge(tx: Tx, by: int, name: str, into: str | None) -> Outcome:
    old = _known(tx, name)
    fields = {attached.field(attached.TAG, old): 0}
    if into is not None:
        new = _known(tx, into)
        if new == old:
            raise UsageError(_("A tag cannot be merged into itself."))
        fields[attached.field(attached.TAG, new)] = 1

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        return step.enter(now, fields), None

    outcome = each(tx, "untag" if into is None else "merge_tags", by, tagging.tagged(tx.db, old), do)
    tags.drop(tx, old)
    return outcome


def _ensure(tx: Tx, name: str, colour: str | None) -> int:
    return tags.ensure(tx, name, None if colour is None else _colour(colour))


def _rename(tx: Tx, name: str, new: str) -> int:
    tag_id = _known(tx, name)
    if tags.find(tx.db, new) not in (None, tag_id):
        raise Refused(_("There is a tag {name} already.").format(name=new), _("Merge the two."))
    tags.rename(tx, tag_id, new)
    return tag_id


def _recolour(tx: Tx, name: str, colour: str) -> int:
    tag_id = _known(tx, name)
    tags.recolour(tx, tag_id, _colour(colour))
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


def _known(tx: Tx, name: str) -> int:
    tag_id = tags.find(tx.db, name)
    if tag_id is None:
        meant = near(name, [row.name for row in tags.rows(tx.db)])
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
    return Outcome(outcome.verb, outcome.changed, outcome.same, outcome.skipped, outcome.of, (*outcome.notes, *notes))


async def _row(desk: Desk, tag_id: int) -> TagRow:
    return next(row for row in await all_tags(desk) if row.id == tag_id)
