"""Notices what anybody commits, and tidies the write-ahead log when nobody does."""

from __future__ import annotations

from typing import Final

from cminbox.clock import Clock
from cminbox.store.database import Store
from cminbox.sync.events import Hub, StoreChanged

WATCH_S: Final = 0.1
_QUIET_TURNS: Final = 30


class Watch:
    """Posts StoreChanged within a tenth of a second of every commit, in whatever process; `wall` is real time."""

    def __init__(self, store: Store, hub: Hub, wall: Clock) -> None:
        self._store = store
        self._hub = hub
        self._wall = wall
        self._version: int | None = None
        self._quiet = 0
        self._untidy = False

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await self._wall.sleep(WATCH_S)

    async def look(self) -> None:
        """Look once. After three quiet seconds that follow changes, the log is moved into the database."""
        version = await self._store.data_version()
        if version != self._version:
            first, self._version, self._quiet = self._version is None, version, 0
            self._untidy = True
            if not first:
                self._hub.post(StoreChanged(version))
            return
        self._quiet += 1
        if self._untidy and self._quiet >= _QUIET_TURNS:
            self._untidy = False
            await self._store.checkpoint()
