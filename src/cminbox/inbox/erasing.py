"""Erasing a person for good, and telling a person all that is held of them.

Erasing takes the texts and leaves the numbers: what they wrote, what we answered and noted about them, their names and
ids are gone from every table, from the index and from the database's file. Counters, clocks and the journal stay whole:
they hold numbers only. It is no step: nothing takes it back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cminbox.errors import Refused, StoreError, UsageError
from cminbox.i18n import _
from cminbox.inbox.desk import Desk
from cminbox.store import erasing, journal, outbox, people, person_export, person_links, person_traces
from cminbox.store.database import Tx
from cminbox.store.person_traces import Traces

ERASE = "erase_person"
_AT_ONCE = 200
_NO_END = 1 << 60
_PAGE = 50
_BEGINNING = (-(1 << 62), 0)


@dataclass(frozen=True)
class Plan:
    """What an erasing would take: the handles, and how much was written in how many conversations.

    `other_handles` are linked and stay.
    """

    people: tuple[int, ...]
    names: tuple[str, ...]
    other_handles: tuple[int, ...] = ()
    messages: int = 0
    conversations: int = 0


@dataclass(frozen=True)
class Erased:
    """What was erased. `open` are their conversations that are still to be worked on: nobody can answer them any more.

    `scoured`: nothing is left in the database's file either; else `notes` say what to do.
    """

    people: tuple[int, ...]
    messages: int
    ours: int
    cancelled: int
    open: tuple[int, ...] = ()
    scoured: bool = False
    notes: tuple[str, ...] = field(default_factory=tuple)


@dataclass
class _Course:
    """How far an erasing is."""

    theirs: int = 0
    ours: int = 0
    cancelled: int = 0
    seen: dict[int, None] = field(default_factory=dict)


async def plan(desk: Desk, person_id: int, *, linked: bool = False) -> Plan:
    """What `erase` would take. Raises UsageError for an unknown person, Refused for one of us."""
    return await desk.store.read(_plan, person_id, linked)


async def erase(desk: Desk, person_id: int, *, linked: bool = False) -> Erased:
    """Erase a person; with `linked` all handles of the human. Nothing takes it back.

    Acts about them that have not left are cancelled. Raises as `plan` does, and Refused while something is being sent
    to them. Where it is interrupted, the same call again goes on with the rest; with nothing left it scours the file.
    """
    what = await plan(desk, person_id, linked=linked)
    course = _Course()
    await desk.store.read(_check, what.people)
    for each in what.people:
        place: tuple[int, int] | None = _BEGINNING
        while place is not None:
            place = await desk.store.write(_piece, desk.by_id, what.people, each, place, course)
    await desk.store.write(_finish, desk.by_id, what.people, course)
    still = await desk.store.read(erasing.open_still, list(course.seen))
    problem = await _scour(desk)
    return Erased(
        people=what.people,
        messages=course.theirs,
        ours=course.ours,
        cancelled=course.cancelled,
        open=tuple(still),
        scoured=not problem,
        notes=(problem,) if problem else (),
    )


async def export(desk: Desk, person_id: int, *, linked: bool = False) -> AsyncIterator[dict[str, Any]]:
    """All that is held about a person (with `linked` about all handles of the human), as one object after the other.

    Each has a `type`: person, first_name, note, reaction, topic, conversation, message, act, draft, journal, set_aside.
    Raises UsageError for an unknown person.
    """
    ids = await desk.store.read(_handles, person_id, linked)
    who = await desk.store.read(person_traces.traces, ids)
    for each in await desk.store.read(person_export.about, who):
        yield each
    seen: set[int] = set()
    for person in ids:
        place = _BEGINNING
        while found := await desk.store.read(erasing.conversations, person, place, _PAGE):
            place = found[-1]
            for conversation in dict.fromkeys(one for _at, one in found if one not in seen):
                seen.add(conversation)
                for each in await desk.store.read(person_export.conversation, conversation, who):
                    yield each


async def _scour(desk: Desk) -> str:
    """Returns what stands in the way ("" where nothing does)."""
    told = _("Traces may be left in the database's file until `cminbox person erase` runs through: {why}")
    try:
        await desk.store.ingest(erasing.begin_compacting)
        while await desk.store.ingest(erasing.compact):
            pass
        if await desk.store.scour():
            return ""
        return told.format(why=_("another process reads it without a pause."))
    except StoreError as error:
        return told.format(why=error.message)


def _handles(db: sqlite3.Connection, person_id: int, linked: bool) -> tuple[int, ...]:
    if people.get(db, person_id) is None:
        raise UsageError(_("There is no person {id}.").format(id=person_id))
    return tuple(person_links.handles(db, person_id)) if linked else (person_id,)


def _plan(db: sqlite3.Connection, person_id: int, linked: bool) -> Plan:
    ids = _handles(db, person_id, linked)
    found = people.rows(db, ids)
    for each in ids:
        if found[each].is_us:
            raise Refused(_("Person {id} is one of our own accounts.").format(id=each))
    written, conversations = person_export.counts(db, ids)
    return Plan(
        people=ids,
        names=tuple(found[each].label for each in ids),
        other_handles=tuple(each for each in person_links.handles(db, person_id) if each not in ids),
        messages=written,
        conversations=conversations,
    )


def _check(db: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Nothing may be on its way to them: whether it was sent could not be found out any more."""
    if person_traces.leaving(db, ids):
        raise _leaving()


def _piece(
    tx: Tx, by: int, ids: Sequence[int], person: int, place: tuple[int, int], course: _Course
) -> tuple[int, int] | None:
    """Erase some more of what somebody wrote, and what was said to it; returns how far that is, None at the end."""
    who = person_traces.traces(tx.db, ids)
    found = erasing.conversations(tx.db, person, place, _AT_ONCE)
    left = _AT_ONCE
    with erasing.overwriting(tx):
        for at_ms, conversation in found:
            if conversation not in course.seen:
                rest, done = _conversation(tx, by, conversation, who, left, course)
                left -= done
                if rest or left <= 0:
                    return place if rest else (at_ms, conversation)
            place = (at_ms, conversation)
    return place if found else None


def _conversation(tx: Tx, by: int, conversation: int, who: Traces, most: int, course: _Course) -> tuple[int, int]:
    """(how many messages are left to do, how many were done) of a conversation."""
    said = person_traces.said(tx.db, conversation, who)
    if said.leaving:
        raise _leaving()
    for act_id in said.unsent:
        act = outbox.get(tx.db, act_id)
        if act is not None and outbox.cancel(tx, act_id, by):
            journal.write(tx, "cancel", by, conversation, act.message_id, act_id)
            course.cancelled += 1
    rest = erasing.conversation(tx, said, who, most)
    if not rest:
        course.seen[conversation] = None
    done = len(said.theirs) + len(said.ours) - rest
    course.theirs += min(len(said.theirs), most)
    course.ours += done - min(len(said.theirs), most)
    return rest, done


def _finish(tx: Tx, by: int, ids: Sequence[int], course: _Course) -> None:
    """What is left, and the names: from here on nobody knows who it was."""
    who = person_traces.traces(tx.db, ids)
    with erasing.overwriting(tx):
        while left := erasing.left(tx.db, ids, _AT_ONCE):
            for message, conversation in left:
                if conversation is None:
                    erasing.message(tx, message, who)
                    course.theirs += 1
                else:  # it came in meanwhile
                    _conversation(tx, by, conversation, who, _NO_END, course)
        for topic in person_traces.topics(tx.db, who):
            erasing.topic(tx, topic, who)
        for each in person_traces.set_aside(tx.db, who):
            erasing.aside(tx, each)
        for each in person_traces.early(tx.db, who):
            erasing.early(tx, each)
        erasing.selection_drafts(tx, who)
        for person in ids:
            if erasing.person(tx, person):
                journal.write(tx, ERASE, by, None, after={"erased": person})


def _leaving() -> Refused:
    return Refused(
        _("Something is being sent to this person right now."), _("Try again when it is through (cminbox outbox).")
    )
