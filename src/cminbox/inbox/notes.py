"""Internal notes: what colleagues say to each other in a conversation. No network ever sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from cminbox.clock import from_ms, to_ms
from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox import bulk
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.step import Do, Step
from cminbox.model.base import Audience
from cminbox.store import attached, drafts, notes
from cminbox.store.standing import Standing


@dataclass(frozen=True)
class Mention:
    """A note of a colleague (`by`) that names me. `text` and `person` (whose conversation it is) are raw."""

    conversation: int
    message: int
    by: str
    text: str
    at: datetime
    person: str = ""


async def note(desk: Desk, ids: Sequence[int], text: str) -> Outcome:
    """Write a note into conversations, as one step; my draft of the same note is used up.

    `@name` tells a colleague (`mentions`, `is:mine`); what waited for me there was read. Nothing else changes: who
    waits for us goes on waiting. Raises UsageError where there is nothing to say.
    """
    return await bulk.each(desk, "note", ids, writes(desk, text))


def writes(desk: Desk, text: str) -> Do:
    """What writing a note does to one conversation, as part of a step. Raises UsageError for an empty one."""
    said = text.strip()
    if not said:
        raise UsageError(_("There is nothing to note: the text is empty."))
    return partial(_note, desk.by_id, said)


async def mentions(desk: Desk, *, since: datetime | None = None, limit: int = 100) -> list[Mention]:
    """The notes of colleagues that name me, newest first; those written `since` an instant."""
    rows = await desk.store.read(notes.mentions, desk.by_id, 0 if since is None else to_ms(since), limit)
    return [
        Mention(row.conversation, row.message, row.by, row.text, from_ms(row.at_ms), person=row.person) for row in rows
    ]


def _note(by: int, text: str, step: Step, now: Standing) -> tuple[bool, int | None]:
    note_id = notes.write(step.tx, now.id, text, by)
    notes.opened(step.tx, now.id, by)
    draft = drafts.load(step.tx.db, now.id, Audience.NOTE, by)
    if draft is not None and draft.text.strip() == text:
        drafts.drop(step.tx, now.id, Audience.NOTE, by)
    return step.enter(now, {attached.field(attached.NOTE, note_id): 1}, message_id=note_id), None
