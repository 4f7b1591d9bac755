"""Handing over: all that is open and mine goes to a colleague, or back to everybody, with one note, as one step."""

from __future__ import annotations

from functools import partial

from cminbox.errors import Refused
from cminbox.i18n import _, ngettext
from cminbox.inbox import bulk, queue, triage
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.step import Step
from cminbox.model.rows import PageKey
from cminbox.model.views import Filter
from cminbox.store import attached, notes
from cminbox.store import queue as queue_store
from cminbox.store.standing import Standing

_STRIDE = 2_000


async def count(desk: Desk) -> int:
    """How many open conversations are mine."""
    found, _exact = await queue.count(desk, _mine(desk))
    return found


async def handover(desk: Desk, name: str = "", note: str = "") -> Outcome:
    """Give my open conversations to a colleague by name, or (no name) release them; a `note` is written into each.

    One step for undo, however many. Raises Refused for an unknown colleague, for myself, and where nothing is mine.
    """
    to = await triage.colleague_named(desk, name) if name else None
    if to == desk.by_id:
        raise Refused(_("They are yours already."), _("Name a colleague, or none to release them."))
    ids = await _ids(desk)
    if not ids:
        raise Refused(_("No open conversation is yours."))
    return await bulk.each(desk, "handover", ids, partial(_hand, desk.by_id, to, note.strip()))


def told(n: int, name: str = "") -> str:
    """What a handover of `n` conversations would do, in a sentence."""
    if name:
        text = ngettext(
            "{n} open conversation of yours goes to {name}.", "{n} open conversations of yours go to {name}.", n
        )
        return text.format(n=n, name=name)
    text = ngettext("{n} open conversation of yours is released.", "{n} open conversations of yours are released.", n)
    return text.format(n=n)


def _hand(by: int, to: int | None, note: str, step: Step, now: Standing) -> tuple[bool, int | None]:
    if now.assignee != by:  # somebody was faster
        return False, None
    fields: dict[str, object] = {"assignee": to}
    note_id = None
    if note:
        note_id = notes.write(step.tx, now.id, note, by)
        fields[attached.field(attached.NOTE, note_id)] = 1
    return step.enter(now, fields, message_id=note_id), None


async def _ids(desk: Desk) -> list[int]:
    """My open conversations, however many."""
    found: list[int] = []
    key: PageKey | None = None
    while True:
        page = await desk.store.read(queue_store.ids, _mine(desk), _STRIDE, key)
        found += page.places
        if page.reached is None and len(page.places) < _STRIDE:
            return found
        last, place = list(page.places.items())[-1] if page.places else (0, 0)
        key = page.reached or PageKey(sort_ms=place, id=last)


def _mine(desk: Desk) -> Filter:
    return Filter(assignee=desk.by)
