"""What a selection is made of, however large (read in pieces, so that the screen's own readings come in between); and
the answer that is being written for one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cminbox.inbox.desk import Desk
from cminbox.model.base import ConversationState
from cminbox.store import selection_drafts, selections
from cminbox.store.selection_drafts import SelectionDraft
from cminbox.store.selections import Share

__all__ = ["SelectionDraft", "Share", "draft", "drafts", "drop_draft", "in_pieces", "keep_draft", "shares", "states"]

LOOK = 2_000
"""Conversations counted in one reading: some milliseconds."""


async def shares(desk: Desk, ids: Sequence[int]) -> list[Share]:
    """How many of these conversations are at which account, of which brand, private or public; the most first."""
    total: Counter[Share] = Counter()
    for some in in_pieces(ids, LOOK):
        for share in await desk.store.read(selections.shares, some):
            total[replace(share, n=0)] += share.n
    return [replace(share, n=n) for share, n in total.most_common()]


async def states(desk: Desk, ids: Sequence[int]) -> list[tuple[int, ConversationState, bool]]:
    """(conversation, its state, whether somebody waits in it) of these, as they are now."""
    return [one for some in in_pieces(ids, LOOK) for one in await desk.store.read(selections.states, some)]


async def keep_draft(desk: Desk, ids: Sequence[int], text: str, *, private: bool) -> None:
    """Keep what was typed so far for a selection; an empty text forgets it."""
    await desk.store.write(selection_drafts.save, desk.by_id, text, ids, private=private)


async def drop_draft(desk: Desk, *, private: bool) -> bool:
    """Forget what I wrote for a selection: it was sent. False where there was nothing."""
    return await desk.store.write(selection_drafts.drop, desk.by_id, private=private)


async def drafts(desk: Desk) -> list[SelectionDraft]:
    """What I wrote for selections and did not send."""
    return await desk.store.read(selection_drafts.of_colleague, desk.by_id)


async def draft(desk: Desk, *, private: bool) -> SelectionDraft | None:
    """The public or the private one of them, or None."""
    return next((each for each in await drafts(desk) if each.private is private), None)


def in_pieces(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """A sequence in pieces of at most `size`, in its order."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
