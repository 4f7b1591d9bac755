"""What a monitoring system is told, look by look: what is now, and what happened since this process began to count."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from cminbox.clock import to_ms
from cminbox.inbox.desk import Desk
from cminbox.store import metrics as store
from cminbox.store.metrics import PENDING, AccountNow, Now, Seen

__all__ = ["PENDING", "AccountNow", "Look", "Looker", "Now"]

SOON = timedelta(hours=1)


@dataclass(frozen=True)
class Look:
    """One look: the store as it is, the time of it, and totals since the count began, by (what, account)."""

    now_ms: int
    now: Now
    totals: Counter[tuple[str, str]]


class Looker:
    """Looks when asked, and adds up what happened between looks; several may ask at once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._seen: Seen | None = None
        self._totals: Counter[tuple[str, str]] = Counter()
        self._turn = asyncio.Lock()

    async def begin(self) -> None:
        """Count from here on: what there is already has been before."""
        async with self._turn:
            self._seen = await self._desk.store.read(store.seen)

    async def look(self) -> Look:
        """Look once. Raises StoreError where the store cannot be read now."""
        async with self._turn:
            if self._seen is None:
                self._seen = await self._desk.store.read(store.seen)
            at = self._desk.clock.now()
            now_ms, soon_ms = to_ms(at), to_ms(at + SOON)
            found = await self._desk.store.read(store.read, now_ms, soon_ms, self._seen)
            self._seen = found.seen
            self._totals += found.happened
            return Look(now_ms, found, self._totals.copy())
