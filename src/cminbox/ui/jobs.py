"""Work that takes a moment, in the order it was asked for, with every failure told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from cminbox.errors import CminboxError

Told = Callable[[BaseException], None]


class Jobs:
    """`then` runs verbs one after the other; `aside` runs readings beside them."""

    def __init__(self, failed: Told) -> None:
        self._failed = failed
        self._queue: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._worker: asyncio.Task[None] | None = None

    def then(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run `job` after all that were given before."""
        self._queue.put_nowait(job)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="verbs")

    def aside(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `job` now, beside everything else."""
        task = asyncio.create_task(self._guarded(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def settle(self) -> None:
        """Wait until every verb given so far has run."""
        await self._queue.join()

    async def quiet(self) -> None:
        """Wait until nothing runs that would end by itself (for tests)."""
        await self._queue.join()
        while pending := [task for task in self._tasks if task.get_name() != "endless"]:
            await asyncio.wait(pending)

    def endless(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `job`, which waits for time or for events; nobody waits for it."""
        task = self.aside(job)
        task.set_name("endless")
        return task

    async def stop(self) -> None:
        """End what runs aside; verbs under way are finished first."""
        await self._queue.join()
        tasks = [*self._tasks, *([self._worker] if self._worker else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            job = await self._queue.get()
            try:
                await job()
            except Exception as error:  # a bug in one verb must not end the verbs after it: it is shown and told
                self._failed(error)
            finally:
                self._queue.task_done()

    async def _guarded(self, job: Coroutine[Any, Any, None]) -> None:
        try:
            await job
        except CminboxError as error:
            self._failed(error)
        except Exception as error:  # the same for readings
            self._failed(error)
