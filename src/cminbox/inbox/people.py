"""People: who is who, what colleagues say of them, and what was said before.

One human may have handles on several networks. That two are the same is said by a colleague (`link`), never guessed.
Every change here is a step that undo takes back; erasing somebody is not (inbox/erasing.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from cminbox.clock import from_ms
from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.inbox.desk import Desk
from cminbox.inbox.kept import KeptStep
from cminbox.model.people import HistoryPage, PersonCard, PersonLine
from cminbox.model.rows import PageKey, PersonRow
from cminbox.store import kept, person_find, person_history, person_links, person_notes
from cminbox.store import people as store
from cminbox.store.database import Tx
from cminbox.store.person_find import Named
from cminbox.text import fold, safe

LINK = "link_person"
UNLINK = "unlink_person"
NAME = "name_person"
NOTE = "note_person"
UNNOTE = "unnote_person"

FIRST_NAME = 60
"""The most characters of a first name."""
NOTE_LENGTH = 4_000
"""The most characters of a note about a person."""
_CLOSE = 70
_ANSWERS = 3


@dataclass(frozen=True)
class Known:
    """The people met last, at hand to search among: as one types, nothing is read again."""

    people: Sequence[Named]
    folded: Sequence[str]

    def best(self, typed: str, limit: int) -> list[int]:
        """Who may be meant, the best first: those called so, those whose name holds it, those that resemble it."""
        wanted = fold(typed.strip().removeprefix("@"))
        if not wanted:
            return [each.id for each in self.people[:limit]]
        from rapidfuzz import fuzz, process

        held = [i for i, name in enumerate(self.folded) if wanted in name]
        held.sort(key=lambda i: (_place(self.folded[i], wanted), i))
        if len(held) < limit:
            near = process.extract(
                wanted, self.folded, scorer=fuzz.partial_ratio, limit=limit + len(held), score_cutoff=_CLOSE
            )
            held += [i for _name, _score, i in near if i not in set(held)]
        return [self.people[i].id for i in held[:limit]]


async def known(desk: Desk) -> Known:
    """The people met last, to search among."""
    met = await desk.store.read(person_find.met_last)
    return Known(met, [fold(f"{each.handle.removeprefix('@')} {each.name}") for each in met])


async def find(desk: Desk, typed: str, limit: int = 20, *, among: Known | None = None) -> list[PersonLine]:
    """The people who may be meant, the best first; nothing typed: those met last.

    Misspelt names are found among those met last (`among`: already at hand), the others by the start of their handle.
    """
    at_hand = among or await known(desk)
    ids = at_hand.best(typed, limit)
    if len(ids) < limit and typed.strip():
        older = await desk.store.read(person_find.begin_with, typed.strip(), limit)
        ids = list(dict.fromkeys([*ids, *(each.id for each in older)]))[:limit]
    return await desk.store.read(person_find.lines, ids)


async def resolve(desk: Desk, named: str) -> int:
    """The person of a number ("12"), or of "network:handle". Raises UsageError where there is none, or several."""
    return await desk.store.read(_resolve, named.strip())


async def card(desk: Desk, person_id: int) -> PersonCard:
    """All that stands in the panel, of this handle and those linked to it. Raises UsageError where there is none."""
    return await desk.store.read(_card, person_id)


async def card_of(desk: Desk, conversation_id: int) -> PersonCard | None:
    """The card of the person that a conversation is about; None where only we are in it."""
    return await desk.store.read(_card_of, conversation_id)


async def history(desk: Desk, person_ids: Sequence[int], limit: int = 20, after: PageKey | None = None) -> HistoryPage:
    """Conversations that these people (the handles of one) wrote in, newest first, by pages."""
    return await desk.store.read(person_history.page, tuple(person_ids), limit, after)


async def link(desk: Desk, one: int, other: int) -> PersonCard:
    """Two handles are one human, and with them all that each is linked to already; one step.

    Raises UsageError for an unknown person, Refused for one of us, an erased one, and where they are linked already.
    """
    await desk.store.write(_link, desk.by_id, one, other)
    return await card(desk, one)


async def unlink(desk: Desk, person_id: int) -> PersonCard:
    """This handle is somebody else than those it is linked to. Raises Refused where it is linked to none."""
    await desk.store.write(_unlink, desk.by_id, person_id)
    return await card(desk, person_id)


async def set_first_name(desk: Desk, person_id: int, name: str) -> PersonCard:
    """What templates call somebody; an empty name: nothing, whatever the network says. Raises UsageError: too long."""
    said = " ".join(safe(name).split())
    if len(said) > FIRST_NAME:
        raise UsageError(_("A first name has at most {n} characters.").format(n=FIRST_NAME))
    await desk.store.write(_name, desk.by_id, person_id, said)
    return await card(desk, person_id)


async def note_person(desk: Desk, person_id: int, text: str) -> PersonCard:
    """Write down something about a person, for colleagues only. Raises UsageError for nothing, or too much."""
    said = text.strip()
    if not said:
        raise UsageError(_("There is nothing to note: the text is empty."))
    if len(said) > NOTE_LENGTH:
        raise UsageError(_("A note about a person has at most {n} characters.").format(n=NOTE_LENGTH))
    await desk.store.write(_note, desk.by_id, person_id, said)
    return await card(desk, person_id)


async def remove_note(desk: Desk, note_id: int) -> None:
    """Take a note of mine about a person away. Raises UsageError where there is none, Refused for a colleague's."""
    await desk.store.write(_remove_note, desk.by, desk.by_id, note_id)


def _place(name: str, wanted: str) -> int:
    """How well a name fits what it holds: it is that, begins so, has a word that does, or holds it somewhere."""
    if name == wanted or name.partition(" ")[0] == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    return 2 if f" {wanted}" in name else 3


def _resolve(db: sqlite3.Connection, named: str) -> int:
    if named.removeprefix("#").isdecimal():
        return _known(db, int(named.removeprefix("#"))).id
    network, colon, handle = named.partition(":")
    if not colon or not network or not handle:
        raise UsageError(
            _("{what} is no person.").format(what=named),
            _("Give a number (`cminbox person list`), or network:handle, as mastodon:@ana@example.org."),
        )
    found = person_find.by_handle(db, network.lower(), handle)
    if not found:
        raise UsageError(
            _("Nobody on {network} is called {handle}.").format(network=network, handle=handle),
            _("`cminbox person list --search` finds people by a part of their name."),
        )
    if len(found) > 1:
        raise UsageError(
            _("Several people are called {what}: {ids}.").format(what=named, ids=", ".join(map(str, found))),
            _("Give the number of one."),
        )
    return found[0]


def _known(db: sqlite3.Connection, person_id: int) -> PersonRow:
    found = store.get(db, person_id)
    if found is None:
        raise UsageError(_("There is no person {id}.").format(id=person_id))
    return found


def _theirs(db: sqlite3.Connection, person_id: int) -> PersonRow:
    """Somebody who can be linked, named and noted: not one of us, and not erased."""
    found = _known(db, person_id)
    if found.is_us:
        raise Refused(_("Person {id} is one of our own accounts.").format(id=person_id))
    if person_links.erased(db, person_id):
        raise Refused(_("Person {id} was erased.").format(id=person_id))
    return found


def _card_of(db: sqlite3.Connection, conversation_id: int) -> PersonCard | None:
    person_id = person_history.shown_person(db, conversation_id)
    return _card(db, person_id) if person_id is not None else None


def _card(db: sqlite3.Connection, person_id: int) -> PersonCard:
    person = _known(db, person_id)
    ids = person_links.handles(db, person_id)
    linked = store.rows(db, ids[1:])
    counts = person_history.counts(db, ids)
    first_ms, last_ms = person_history.seen_ms(db, ids)
    given = [name for each in ids if (name := person_links.first_name(db, person_links.called(db, each))) is not None]
    return PersonCard(
        person=person,
        linked=tuple(linked[each] for each in ids[1:]),
        first_name=person.first_name,
        first_name_given=person.first_name in given,
        language=person_history.language(db, ids),
        first_seen_at=from_ms(first_ms),
        last_seen_at=None if last_ms is None else from_ms(last_ms),
        received=counts.received,
        answered=counts.answered,
        conversations=counts.conversations,
        exact=counts.exact,
        tags=tuple(person_history.tags(db, ids)),
        notes=tuple(person_notes.of(db, ids)),
        answers=tuple(person_history.answers(db, ids, _ANSWERS)),
        erased=bool(person_links.erased(db, person_id)),
    )


def _link(tx: Tx, by: int, one: int, other: int) -> None:
    for each in (one, other):
        _theirs(tx.db, each)
    if one == other:
        raise UsageError(_("A handle cannot be linked to itself."))
    mine, theirs = person_links.handles(tx.db, one), person_links.handles(tx.db, other)
    if other in mine:
        raise Refused(_("These two are linked already."))
    step = KeptStep(tx, by)
    human = person_links.human(tx.db, one) if len(mine) > 1 else None
    if human is None and len(theirs) > 1:
        human = person_links.human(tx.db, other)
    if human is None:
        human = person_links.new_human(tx)
    for each in (*mine, *theirs):
        step.enter(LINK, {_human(each): human})


def _unlink(tx: Tx, by: int, person_id: int) -> None:
    _theirs(tx.db, person_id)
    if len(person_links.handles(tx.db, person_id)) == 1:
        raise Refused(_("Person {id} is linked to nobody.").format(id=person_id))
    KeptStep(tx, by).enter(UNLINK, {_human(person_id): None})


def _name(tx: Tx, by: int, person_id: int, name: str) -> None:
    _theirs(tx.db, person_id)
    now = person_links.first_name(tx.db, person_links.called(tx.db, person_id))
    if now != name:
        called = person_links.new_name(tx, person_id, name, by)
        KeptStep(tx, by).enter(NAME, {kept.field(kept.PERSON, person_id, kept.CALLED): called})


def _note(tx: Tx, by: int, person_id: int, text: str) -> None:
    _theirs(tx.db, person_id)
    note_id = person_notes.write(tx, person_id, text, by)
    KeptStep(tx, by).enter(NOTE, {kept.field(kept.PERSON_NOTE, note_id): 1})


def _remove_note(tx: Tx, name: str, by: int, note_id: int) -> None:
    note = person_notes.get(tx.db, note_id)
    if note is None:
        raise UsageError(_("There is no note {id} about a person.").format(id=note_id))
    if note.by != name:
        raise Refused(_("This note is a colleague's."))
    KeptStep(tx, by).enter(UNNOTE, {kept.field(kept.PERSON_NOTE, note_id): 0})


def _human(person_id: int) -> str:
    return kept.field(kept.PERSON, person_id, kept.HUMAN)
