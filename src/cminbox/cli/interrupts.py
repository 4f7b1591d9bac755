"""Ctrl-C while a command waits for a person in the middle of its work."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ctrl_c_at_once() -> Iterator[None]:
    """Let Ctrl-C end what is read from the terminal inside.

    The event loop would hear of it only when the read is over, and the terminal has thrown away what could end it.
    Raises KeyboardInterrupt, or CancelledError where Ctrl-C came right before.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError
        yield
    finally:
        signal.signal(signal.SIGINT, before)
