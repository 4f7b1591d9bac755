"""My drafts: texts that are not sent yet, one for each conversation and audience of the composer."""

from __future__ import annotations

from cminbox.inbox.desk import Desk
from cminbox.model.base import Audience
from cminbox.model.rows import DraftRow
from cminbox.store import drafts


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


async def drop(desk: Desk, conversation_id: int, *, audience: Audience = Audience.PUBLIC) -> bool:
    """Throw my draft away; False where there is none. Not undone: texts are in no journal."""
    return await desk.store.write(drafts.drop, conversation_id, audience, desk.by_id)
