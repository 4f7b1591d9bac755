"""Rules, hooks and the watch of arrivals at work beside the reading, as long as this process holds the lease."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from cminbox.clock import Clock
from cminbox.errors import StoreError
from cminbox.inbox.desk import Desk
from cminbox.inbox.hooks import HookRunner
from cminbox.inbox.hooks_program import run
from cminbox.inbox.notify_hook import NotifyHook
from cminbox.inbox.rules_runner import RuleRunner
from cminbox.inbox.spikes import SpikeWatch
from cminbox.paths import Home

log = logging.getLogger(__name__)

_RETRY_S: Final = 5.0


class Followers:
    """What follows the journal. `begin` with the lease, `stop` before it is given back, `look` after every change.

    `tell` hears, in a sentence, what a person should know. `wall` is real time, for programs that take too long.
    """

    def __init__(self, desk: Desk, home: Home, wall: Clock, tell: Callable[[str], None]) -> None:
        self._wall = wall
        self._rules = RuleRunner(desk, home, tell)
        self._hooks = HookRunner(desk, home, wall, run, tell)
        self._spikes = SpikeWatch(desk)
        self._notify = NotifyHook(desk, home, wall, run, tell)
        self._tasks: list[asyncio.Task[None]] = []
        self._news: list[asyncio.Event] = []

    async def begin(self) -> None:
        """Begin with what comes in from now on, or go on where whoever had the lease before stopped."""
        await self._rules.begin()
        await self._hooks.begin()
        await self._notify.begin()
        for catch_up in (self._rules.catch_up, self._hooks.catch_up, self._notify.catch_up):
            news = asyncio.Event()
            news.set()
            self._news.append(news)
            self._tasks.append(asyncio.create_task(self._follow(catch_up, news)))
        self._tasks.append(asyncio.create_task(self._spikes.run()))
        self._tasks.append(asyncio.create_task(self._notify.run()))

    def look(self) -> None:
        """Something changed in the store."""
        for news in self._news:
            news.set()

    async def after_reading(self) -> None:
        """Run the rules on what a reading brought, before what it takes to answer is waited for."""
        await self._rules.catch_up()

    async def finish(self) -> None:
        """Run and tell everything there is, before a process that came for one round goes."""
        await self._rules.catch_up()
        await self._spikes.look()
        await self._hooks.catch_up()
        await self._notify.catch_up()

    async def stop(self) -> None:
        """End; a program that runs is killed, and told again by whoever comes next."""
        tasks, self._tasks, self._news = self._tasks, [], []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, catch_up: Callable[[], Awaitable[object]], news: asyncio.Event) -> None:
        while True:
            await news.wait()
            news.clear()
            try:
                await catch_up()
            except StoreError:
                log.exception("rules and hooks cannot read the store now")
                await self._wall.sleep(_RETRY_S)
                news.set()
