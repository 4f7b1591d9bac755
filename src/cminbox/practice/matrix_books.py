"""The books of the practice home server of Matrix: users, rooms, events, and who was answered already.

Everything that happens gets a place in one row (its position), and tokens of `/sync` and `/messages` are such
positions.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cminbox.clock import Clock, to_ms

Content = Mapping[str, Any]


class MatrixRefusalError(Exception):
    """An answer of the server that is an error: status, code and words."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.code = code


@dataclass
class MatrixUser:
    """Somebody with an account. `data` is account data by type, each with the position of its last change."""

    id: str
    name: str
    password: str = "password"
    tokens: dict[str, str] = field(default_factory=dict)
    data: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)


@dataclass
class MatrixEvent:
    """One event. `sent_as` is the device and transaction id that made it; `redaction` what took its content away."""

    pos: int
    id: str
    room: str
    type: str
    sender: str
    at_ms: int
    content: dict[str, Any]
    state_key: str | None = None
    redacts: str | None = None
    before: dict[str, Any] | None = None
    sent_as: tuple[str, str] | None = None
    redaction: MatrixEvent | None = None

    def related(self, kind: str) -> str | None:
        """The event that it replaces, annotates or stands in the thread of."""
        relation = self.content.get("m.relates_to")
        if not isinstance(relation, dict) or relation.get("rel_type") != kind:
            return None
        found = relation.get("event_id")
        return found if isinstance(found, str) else None


@dataclass
class MatrixRoom:
    """A room: its events in order, its present state, and who read how far."""

    id: str
    events: list[MatrixEvent] = field(default_factory=list)
    state: dict[tuple[str, str], MatrixEvent] = field(default_factory=dict)
    receipts: list[tuple[int, str, str, int]] = field(default_factory=list)
    fully_read: dict[str, str] = field(default_factory=dict)

    def membership(self, user: str) -> str:
        """What a user is in this room: join, invite, leave or ban."""
        event = self.state.get(("m.room.member", user))
        return str(event.content.get("membership")) if event is not None else "leave"


class MatrixBooks:
    """The books of one server, on the practice clock."""

    def __init__(self, clock: Clock, name: str = "practice.example") -> None:
        self.clock = clock
        self.name = name
        self.users: dict[str, MatrixUser] = {}
        self.rooms: dict[str, MatrixRoom] = {}
        self.events: dict[str, MatrixEvent] = {}
        self.threads: dict[str, list[MatrixEvent]] = {}
        self.limited_until_ms = 0
        self.keeps_transactions = True
        self._done: dict[tuple[str, str], str] = {}
        self._numbers = itertools.count(1)
        self._pos = 0
        self._changed = asyncio.Event()

    @property
    def pos(self) -> int:
        """The position of the latest thing that happened."""
        return self._pos

    def next_pos(self) -> int:
        """A place for something that happens now; whoever waits for news is woken."""
        self._pos += 1
        self._changed.set()
        self._changed = asyncio.Event()
        return self._pos

    async def news(self) -> None:
        """Return when something happens."""
        await self._changed.wait()

    def log_in(self, user_id: str, device: str) -> str:
        """A new token for a device; the device's former tokens end."""
        user = self.users[user_id]
        user.tokens = {token: of for token, of in user.tokens.items() if of != device}
        token = f"syt_{user_id[1:].partition(':')[0]}_{next(self._numbers)}"
        user.tokens[token] = device
        return token

    def log_out(self, user_id: str) -> None:
        """End all tokens of a user."""
        self.users[user_id].tokens.clear()

    def limit_rate(self, seconds: float) -> None:
        """Refuse to send for so long."""
        self.limited_until_ms = to_ms(self.clock.now()) + round(seconds * 1000)

    def keep(self, user_id: str, kind: str, content: dict[str, Any]) -> None:
        """Account data."""
        self.users[user_id].data[kind] = (self.next_pos(), content)

    def send(
        self,
        room_id: str,
        who: str,
        kind: str,
        content: Content,
        *,
        state_key: str | None = None,
        redacts: str | None = None,
        sent_as: tuple[str, str] | None = None,
        before: dict[str, Any] | None = None,
    ) -> MatrixEvent:
        """Put an event into a room."""
        event = MatrixEvent(
            pos=self.next_pos(),
            id=f"$event{next(self._numbers)}",
            room=room_id,
            type=kind,
            sender=who,
            at_ms=to_ms(self.clock.now()),
            content=dict(content),
            state_key=state_key,
            redacts=redacts,
            sent_as=sent_as,
            before=before,
        )
        self.events[event.id] = event
        self.rooms[room_id].events.append(event)
        root = event.related("m.thread")
        if root is not None:
            self.threads.setdefault(root, []).append(event)
        return event

    def put_state(self, room_id: str, who: str, kind: str, key: str, content: Content) -> MatrixEvent:
        """Change the state of a room."""
        room = self.rooms[room_id]
        former = room.state.get((kind, key))
        before = dict(former.content) if former is not None else None
        event = self.send(room_id, who, kind, content, state_key=key, before=before)
        room.state[(kind, key)] = event
        return event

    def once(self, user: str, device: str, path: str) -> str | None:
        """The event that this device made under this path (with its transaction id) before."""
        return self._done.get((f"{user} {device}", path)) if self.keeps_transactions else None

    def remember(self, user: str, device: str, path: str, event_id: str) -> None:
        """Note which event a transaction made."""
        self._done[(f"{user} {device}", path)] = event_id

    def power(self, room_id: str, user: str) -> int:
        """The power level of a user in a room."""
        levels = self.rooms[room_id].state["m.room.power_levels", ""].content
        return int(levels["users"].get(user, levels["users_default"]))

    def needed(self, room_id: str, deed: str) -> int:
        """The power level that "redact" or "ban" takes in a room."""
        return int(self.rooms[room_id].state["m.room.power_levels", ""].content.get(deed, 50))


def refuse(status: int, code: str, words: str) -> MatrixRefusalError:
    """An error answer, ready to be raised."""
    return MatrixRefusalError(status, code, words)
