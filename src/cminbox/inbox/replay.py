"""What a field of a conversation would be without (or with) one entry of the journal. Pure.

A conversation's fields are what the entries in force made of them, one after the other, with what arrivals do in
between. Undoing an entry is to leave it out and read on from there: what a colleague did later stands, a message
that arrived later opens the conversation again, and everything else is as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cminbox.insight.arrival import News, Standing, after
from cminbox.model.base import ConversationState
from cminbox.store.journal import REDO, REOPENED, UNDO, WOKE, Entry

_FRESH = News(fresh=True)


def arrived(field: str, value: Any) -> Any:
    """What an inbound message makes of a field: it opens what was done, waiting or snoozed, and nobody read it yet."""
    if field == "state":
        return after(Standing(ConversationState(value), unread=False, is_history=False), _FRESH).state.value
    if field == "unread":
        return 1
    if field == "snooze_until_ms":
        return None
    return value


def woken(field: str, value: Any) -> Any:
    """What waking on time makes of a field: it opens what is snoozed, and nothing else."""
    if field == "state" and value == ConversationState.SNOOZED:
        return ConversationState.OPEN.value
    return None if field == "snooze_until_ms" else value


def value(history: Sequence[Entry], entry: Entry, field: str, *, counts: bool) -> Any:
    """What `field` is now where `entry` counts, or does not.

    `history` is the whole journal of the conversation, oldest first; `field` is one that the entry changed.
    """
    start = entry.after[field] if counts else _before(history, entry, field)
    later = [each for each in history if each.id > entry.id]
    dead = {each.act_id for each in history if each.act_id and each.undone_by is not None}
    if entry.act_id and not counts:
        dead.add(entry.act_id)
    return _onwards(start, later, field, dead)


def changed_since(history: Sequence[Entry], entry: Entry, field: str) -> int | None:
    """The colleague (id) whose change of `field` after `entry`, still in force, stands in the way; None: nobody's."""
    for each in reversed(history):
        if each.id <= entry.id:
            return None
        if each.counts and each.by is not None and each.by != entry.by and field in each.after:
            return each.by
    return None


def _onwards(start: Any, later: Sequence[Entry], field: str, dead: set[int]) -> Any:
    now = start
    for each in later:
        if each.arrival:
            now = arrived(field, now)
        elif each.verb == WOKE:
            now = woken(field, now)
        elif each.counts and field in each.after and not _echo(each, dead):
            now = each.after[field]
    return now


def _echo(entry: Entry, dead: set[int]) -> bool:
    """True for what only followed from something else: a reopening follows its arrival, or an act that is no more."""
    return entry.verb == REOPENED and (entry.act_id is None or entry.act_id in dead)


def _before(history: Sequence[Entry], entry: Entry, field: str) -> Any:
    """What `field` was before `entry`, given which earlier entries count today.

    That is what the entry itself noted, unless an earlier one was undone or redone after it was written.
    """
    earlier = [each for each in history if each.id < entry.id]
    touching = [each for each in earlier if field in each.after and each.verb not in (UNDO, REDO)]
    redone = any(each.verb == REDO and each.id > entry.id for each in history)
    moved = [each for each in touching if redone or (each.undone_by or 0) > entry.id]
    if not moved:
        return entry.before[field]
    first = moved[0]
    start = first.after[field] if first.counts else _before(history, first, field)
    between = [each for each in earlier if each.id > first.id]
    dead = {each.act_id for each in history if each.act_id and each.undone_by is not None}
    return _onwards(start, between, field, dead)
