"""What happened, for whoever wants to know: frozen events, and the hub that hands them on.

Events carry ids, never texts: who gets one reads the rows again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cminbox.model.base import ActState


@dataclass(frozen=True)
class ConnectionChanged:
    """How an account's connection stands: `ok`, `retrying` at `retry_at`, or `paused` until a person does something.

    `because` says why in a person's words, already translated; it is empty for `ok`.
    """

    account_id: int
    account: str
    state: Literal["ok", "retrying", "paused"]
    because: str = ""
    retry_at: datetime | None = None


@dataclass(frozen=True)
class StoreChanged:
    """Somebody, in this process or another, committed. `version` means something only by being another one."""

    version: int


@dataclass(frozen=True)
class LeaseChanged:
    """Whether this process reads and sends (`held`), or only works the queue."""

    held: bool


@dataclass(frozen=True)
class ActMoved:
    """The sender of this process moved an act to `state`."""

    act_id: int
    state: ActState


@dataclass(frozen=True)
class Noticed:
    """Something that a person should know (a rule or a hook that fails), in their words, already translated."""

    notice: str


Event = ConnectionChanged | StoreChanged | LeaseChanged | ActMoved | Noticed


class Subscription:
    """The events of one listener, from the moment it was made, in order. Ends when it, or the hub, is closed.

    StoreChanged events that nobody took yet become one.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._waiting: deque[Event] = deque()
        self._news = asyncio.Event()
        self._closed = False

    def put(self, event: Event) -> None:
        """Hand an event to this listener."""
        if isinstance(event, StoreChanged) and self._waiting and isinstance(self._waiting[-1], StoreChanged):
            self._waiting.pop()
        self._waiting.append(event)
        self._news.set()

    def close(self) -> None:
        """Take no more events; what was put before still comes."""
        self._closed = True
        self._hub.leave(self)
        self._news.set()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._waiting:
            if self._closed:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()


class Hub:
    """Hands every event to every listener; remembers how each connection stands, for those who come late."""

    def __init__(self) -> None:
        self._listeners: list[Subscription] = []
        self._connections: dict[int, ConnectionChanged] = {}

    def post(self, event: Event) -> None:
        """Tell everybody. A ConnectionChanged that says nothing new is swallowed."""
        if isinstance(event, ConnectionChanged):
            if self._connections.get(event.account_id) == event:
                return
            self._connections[event.account_id] = event
        for listener in tuple(self._listeners):
            listener.put(event)

    def subscribe(self) -> Subscription:
        """A new listener; close it when done."""
        listener = Subscription(self)
        self._listeners.append(listener)
        return listener

    def leave(self, listener: Subscription) -> None:
        """Forget a listener."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def connections(self) -> tuple[ConnectionChanged, ...]:
        """How each connection stands, as far as this process knows."""
        return tuple(self._connections.values())

    def forget(self, account_id: int) -> None:
        """An account is gone, or another process looks after it now."""
        self._connections.pop(account_id, None)

    def close(self) -> None:
        """End every listener."""
        for listener in tuple(self._listeners):
            listener.close()
