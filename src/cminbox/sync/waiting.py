"""Waiting for whichever comes first: an instant of a clock, or an event."""

from __future__ import annotations

import asyncio

from cminbox.clock import Clock


async def first(clock: Clock, seconds: float | None, event: asyncio.Event) -> bool:
    """Return after `seconds` (None: never) or as soon as `event` is set; True where it is set, and it stays so."""
    if event.is_set() or (seconds is not None and seconds <= 0):
        return event.is_set()
    waits = [asyncio.create_task(_set(event))]
    if seconds is not None:
        waits.append(asyncio.create_task(_slept(clock, seconds)))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    return event.is_set()


async def _set(event: asyncio.Event) -> None:
    await event.wait()


async def _slept(clock: Clock, seconds: float) -> None:
    await clock.sleep(seconds)
