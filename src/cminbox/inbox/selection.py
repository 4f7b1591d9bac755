"""What a selection is made of, however large: read in pieces, so that the screen's own readings come in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cminbox.inbox.desk import Desk
from cminbox.model.base import ConversationState
from cminbox.store import selections
from cminbox.store.selections import Share

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


def in_pieces(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """A sequence in pieces of at most `size`, in its order."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
