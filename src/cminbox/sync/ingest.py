"""Taking in what networks tell: changes and cursor in one transaction, in pieces that let verbs pass between.

The same change twice is the same as once, and the order in which changes come makes no difference to what is stored.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from cminbox.clock import Clock
from cminbox.model.accounts import Account
from cminbox.model.base import AccountState
from cminbox.model.changes import Batch
from cminbox.store import arrivals, cursors, set_aside
from cminbox.store.accounts import IMPORT_FEED
from cminbox.store.database import Store, Tx
from cminbox.sync.intake import Intake

_TARGET_S = 0.010
_FIRST, _LEAST, _MOST = 25, 5, 200


@dataclass(frozen=True)
class Ingested:
    """What came of a batch.

    `new_messages` were not known, `known` were (or are not taken: erased, without an id). `changed_conversations` are
    those to read again; `arrived_ids` the inbound messages that came in live and addressed to us, oldest first.
    """

    new_messages: int = 0
    known: int = 0
    changed_conversations: tuple[int, ...] = ()
    arrived_ids: tuple[int, ...] = ()


def apply(tx: Tx, account: Account, batch: Batch, *, move_cursor: bool) -> Ingested:
    """Take in a batch in the transaction at hand; with `move_cursor` the feed's cursor goes to the batch's."""
    imported = batch.feed == IMPORT_FEED or account.state is AccountState.IMPORT
    intake = Intake(tx, account, imported=imported)
    for change in batch.changes:
        intake.take(change)
    intake.flush()
    changed = arrivals.settle(tx, intake.arrivals, imported=imported)
    for item in batch.set_aside + tuple(intake.aside):
        set_aside.put(tx, account.id, batch.feed, item)
    if move_cursor:
        cursors.put(tx, account.id, batch.feed, batch.cursor, not batch.more)
    return Ingested(intake.new, intake.known, changed, () if imported else tuple(intake.arrived))


async def ingest(store: Store, clock: Clock, account: Account, batch: Batch) -> Ingested:
    """Take in a batch, piece by piece; the cursor goes with the last one.

    A crash between two pieces loses nothing: the batch is read again, and what is known stays as it is.
    """
    size, start = _FIRST, 0
    parts: list[Ingested] = []
    while True:
        end = start + size
        last = end >= len(batch.changes)
        piece = batch.model_copy(
            update={"changes": batch.changes[start:end], "set_aside": batch.set_aside if last else ()}
        )
        done, took_s = await store.ingest(_timed, clock, account, piece, last)
        parts.append(done)
        if last:
            return _sum(parts)
        start, size = end, _next_size(size, took_s)
        await asyncio.sleep(0)


def _timed(tx: Tx, clock: Clock, account: Account, piece: Batch, last: bool) -> tuple[Ingested, float]:
    begun = clock.monotonic()
    done = apply(tx, account, piece, move_cursor=last)
    return done, clock.monotonic() - begun


def _next_size(size: int, took_s: float) -> int:
    """So many changes as take about 10 ms, at most twice as many as the last time."""
    fitting = 2 * size if took_s <= 0 else int(size * _TARGET_S / took_s)
    return max(_LEAST, min(_MOST, 2 * size, fitting))


def _sum(parts: list[Ingested]) -> Ingested:
    return Ingested(
        sum(part.new_messages for part in parts),
        sum(part.known for part in parts),
        tuple(sorted({each for part in parts for each in part.changed_conversations})),
        tuple(each for part in parts for each in part.arrived_ids),
    )
