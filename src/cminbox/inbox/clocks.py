"""Keeps the deadlines of the store in line with the settings of who opens it."""

from __future__ import annotations

import asyncio

from cminbox.inbox.desk import Desk
from cminbox.store import deadlines

CHUNK = 100
AT_ONCE = 20
"""So many pieces are done before a screen opens; what is left is done beside it."""


async def keep(desk: Desk, pieces: int | None = None) -> None:
    """Let deadlines be those of the desk's settings, piece by piece where they were others (None: all of them)."""
    if not await desk.store.read(deadlines.is_known, desk.settings):
        await desk.store.ingest(deadlines.know, desk.settings)
    if not await desk.store.read(deadlines.is_renewing):
        return
    left = pieces
    while (left is None or left > 0) and await desk.store.ingest(deadlines.renew, CHUNK):
        left = None if left is None else left - 1
        await asyncio.sleep(0)
