"""A store for one verb: what the verb writes is written together with something else, or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from cminbox.store.database import Store, Tx

P = ParamSpec("P")
T = TypeVar("T")


class OnceStore(Store):
    """The same store, seen by one call of a verb.

    Its first write runs `before(tx)`, what the verb writes and `after(tx, result)` in one transaction; if `before`
    raises, nothing is written. It is written like what can be fetched again: whoever lets the verb run will let it run
    again if the machine loses it. `wrote` tells whether there was a write.
    """

    def __init__(self, store: Store, before: Callable[[Tx], None], after: Callable[[Tx, Any], None]) -> None:
        self.path = store.path
        self.clock = store.clock
        self.wrote = False
        self._store = store
        self._before = before
        self._after = after

    async def read(self, fn: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As the store does."""
        return await self._store.read(fn, *args, **kwargs)

    async def write(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The first time with what goes before and after it."""
        if self.wrote:
            return await self._store.ingest(fn, *args, **kwargs)

        def whole(tx: Tx) -> T:
            self._before(tx)
            result = fn(tx, *args, **kwargs)
            self._after(tx, result)
            return result

        result = await self._store.ingest(whole)
        self.wrote = True
        return result

    async def ingest(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `write`."""
        return await self.write(fn, *args, **kwargs)
