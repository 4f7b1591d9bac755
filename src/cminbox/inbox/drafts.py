"""My drafts: texts that are not sent yet, one for each conversation and audience of the composer."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.step import Step, each
from cminbox.model.base import Audience
from cminbox.model.rows import DraftRow
from cminbox.store import attached, drafts
from cminbox.store.database import Tx
from cminbox.store.standing import Standing

KEPT = (Audience.PUBLIC, Audience.DIRECT, Audience.NOTE)
"""The audiences under which drafts are kept."""


async def save(
    desk: Desk, conversation_id: int, text: str, *, audience: Audience = Audience.PUBLIC, seen: int | None = None
) -> None:
    """Keep what was typed so far; an empty text forgets the draft. `seen`: the newest inbound message in view."""
    await desk.store.write(drafts.save, conversation_id, audience, desk.by_id, text, seen)


async def load(desk: Desk, conversation_id: int, *, audience: Audience = Audience.PUBLIC) -> DraftRow | None:
    """My draft of that audience (public or direct), or None."""
    return await desk.store.read(drafts.load, conversation_id, audience, desk.by_id)


async def everybodys(desk: Desk, conversation_id: int) -> list[DraftRow]:
    """All drafts in a conversation, colleagues' too, the latest first."""
    return await desk.store.read(drafts.of_conversation, conversation_id)


async def mine(desk: Desk) -> list[DraftRow]:
    """All my drafts, the latest first."""
    return await desk.store.read(drafts.of_colleague, desk.by_id)


async def listed(desk: Desk) -> list[DraftRow]:
    """All drafts of this house, colleagues' too, the latest first."""
    return await desk.store.read(drafts.of_all)


async def discard(desk: Desk, ids: Sequence[int], audience: str = "") -> Outcome:
    """Throw my drafts in conversations away, as one step that undo brings back.

    `audience` (public, direct or note) names one of them; without it all of mine there go. Raises UsageError for
    another word.
    """
    if audience and audience not in KEPT:
        raise UsageError(
            _("There is no draft called {name}.").format(name=audience),
            _("There are: {names}.").format(names=", ".join(KEPT)),
        )
    return await desk.store.write(_discard, desk.by_id, tuple(ids), [Audience(audience)] if audience else KEPT)


def _discard(tx: Tx, by: int, ids: Sequence[int], audiences: Sequence[Audience]) -> Outcome:
    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        mine = [found for each_one in audiences if (found := drafts.load(tx.db, now.id, each_one, by)) is not None]
        fields = {attached.field(attached.DRAFT, drafts.number(tx, draft, by)): 0 for draft in mine}
        return step.enter(now, fields), None

    return each(tx, "discard", by, ids, do)


async def drop(desk: Desk, conversation_id: int, *, audience: Audience = Audience.PUBLIC) -> bool:
    """Forget my draft, which was sent or is not wanted; False where there is none. No step: see `discard`."""
    return await desk.store.write(drafts.drop, conversation_id, audience, desk.by_id)
