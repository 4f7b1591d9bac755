"""Server-sent events, decoded from bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html).

httpx's own line reader also splits at U+2028 and U+0085, which may stand inside a message: this one does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_EVENT = 4 * 1024 * 1024
"""Bytes of one event that are kept; a longer one is a server that never ends its line."""


@dataclass(frozen=True)
class ServerEvent:
    """One event: its name ("message" where the server gives none), its data, and its id."""

    event: str
    data: str
    id: str = ""


class EventTooLongError(ValueError):
    """An event is longer than `LONGEST_EVENT`."""


class Decoder:
    """Bytes in, whole events out. Comments (heartbeats) and events without data give nothing."""

    def __init__(self) -> None:
        self._rest = b""
        self._after_return = False
        self._event = ""
        self._data: list[str] = []
        self._size = 0
        self._id = ""

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """The events that `chunk` completes. Raises `EventTooLongError`."""
        if self._after_return and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_return = False
        if len(self._rest) + len(chunk) > LONGEST_EVENT:
            raise EventTooLongError
        self._after_return = chunk.endswith(b"\r")
        *lines, self._rest = (self._rest + chunk).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for raw in lines:
            event = self._line(raw)
            if event is not None:
                yield event

    def _line(self, raw: bytes) -> ServerEvent | None:
        if not raw:
            event = ServerEvent(self._event or "message", "\n".join(self._data), self._id) if self._data else None
            self._event, self._data, self._size = "", [], 0
            return event
        name, _, value = raw.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._size += len(raw)
            if self._size > LONGEST_EVENT:
                raise EventTooLongError
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        return None
