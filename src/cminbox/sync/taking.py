"""Taking in what did not come by reading a feed: pushed, asked for, or done by ourselves. It moves no cursor."""

from __future__ import annotations

import asyncio
from typing import Final

from cminbox.model.accounts import Account
from cminbox.model.changes import Batch
from cminbox.store.database import Store
from cminbox.sync import ingest

_PIECE: Final = 20
"""So many changes in one transaction: short enough for a verb of another process to pass between."""


async def take_in(store: Store, account: Account, batch: Batch) -> int:
    """Take in a batch that belongs to no cursor, in pieces; returns how many messages were new."""
    new = 0
    for start in range(0, len(batch.changes) or 1, _PIECE):
        last = start + _PIECE >= len(batch.changes)
        piece = batch.model_copy(
            update={
                "changes": batch.changes[start : start + _PIECE],
                "set_aside": batch.set_aside if last else (),
            }
        )
        if piece.changes or piece.set_aside:
            done = await store.ingest(ingest.apply, account, piece, move_cursor=False)
            new += done.new_messages
        await asyncio.sleep(0)
    return new
