"""A practice home server of Matrix: its users, rooms and books. `matrix_app` speaks for it over HTTP.

Everything that happens gets a place in one row (its position), and tokens of `/sync` and `/messages` are such
positions. Methods named after deeds play what people do; the rest is for the application.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cminbox.clock import Clock, from_ms, to_ms

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

    def membership(self, user: str) -> str:
        """What a user is in this room: join, invite, leave or ban."""
        event = self.state.get(("m.room.member", user))
        return str(event.content.get("membership")) if event is not None else "leave"


class MatrixServer:
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

    # What people do.

    def person(self, local: str, name: str = "") -> str:
        """An account for somebody; returns the user id. The same again is the same."""
        user_id = f"@{local}:{self.name}"
        self.users.setdefault(user_id, MatrixUser(user_id, name or local))
        return user_id

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

    def open_room(
        self,
        creator: str,
        *,
        name: str = "",
        topic: str = "",
        public: bool = True,
        direct: bool = False,
        invite: Iterable[str] = (),
        members: Iterable[str] = (),
        creation: Content | None = None,
    ) -> str:
        """A new room with its creator and `members` in it, and others invited; returns its id."""
        room_id = f"!room{next(self._numbers)}:{self.name}"
        self.rooms[room_id] = MatrixRoom(room_id)
        made = {"creator": creator, "room_version": "11", **(creation or {})}
        self.put_state(room_id, creator, "m.room.create", "", made)
        self.join(room_id, creator)
        powers = {"users": {creator: 100}, "users_default": 0, "redact": 50, "ban": 50}
        self.put_state(room_id, creator, "m.room.power_levels", "", powers)
        self.put_state(room_id, creator, "m.room.join_rules", "", {"join_rule": "public" if public else "invite"})
        if name:
            self.put_state(room_id, creator, "m.room.name", "", {"name": name})
        if topic:
            self.put_state(room_id, creator, "m.room.topic", "", {"topic": topic})
        for user in invite:
            self.invite(room_id, creator, user, direct=direct)
        for user in members:
            self.join(room_id, user)
        return room_id

    def invite(self, room_id: str, by: str, user: str, *, direct: bool = False) -> None:
        """Ask somebody into a room."""
        self._member(room_id, by, user, "invite", {"is_direct": True} if direct else {})

    def join(self, room_id: str, user: str) -> None:
        """Come into a room."""
        self._member(room_id, user, user, "join", {})

    def leave(self, room_id: str, user: str, *, by: str | None = None, ban: bool = False) -> None:
        """Leave a room, or be put out of it."""
        self._member(room_id, by or user, user, "ban" if ban else "leave", {})

    def say(self, room_id: str, who: str, text: str, **content: Any) -> str:
        """Say something in a room; `content` is laid over a plain text's. Returns the event id."""
        said = {"msgtype": "m.text", "body": text, **content}
        return self.send(room_id, who, "m.room.message", said).id

    def edit(self, event_id: str, text: str) -> str:
        """The author replaces the text of a message."""
        event = self.events[event_id]
        relation = {"rel_type": "m.replace", "event_id": event_id}
        new = {"msgtype": "m.text", "body": text}
        return self.say(event.room, event.sender, f"* {text}", **{"m.new_content": new, "m.relates_to": relation})

    def react(self, event_id: str, who: str, key: str = "👍") -> str:
        """React to a message."""
        event = self.events[event_id]
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return self.send(event.room, who, "m.reaction", {"m.relates_to": relation}).id

    def redact(self, event_id: str, who: str, *, reason: str = "") -> str:
        """Take the content of an event away."""
        event = self.events[event_id]
        content = {"redacts": event_id, **({"reason": reason} if reason else {})}
        redaction = self.send(event.room, who, "m.room.redaction", content, redacts=event_id)
        event.redaction, event.content = redaction, {}
        return redaction.id

    def read(self, event_id: str, who: str) -> None:
        """Read a room up to an event."""
        room = self.rooms[self.events[event_id].room]
        room.receipts.append((self.next_pos(), who, event_id, to_ms(self.clock.now())))

    def keep(self, user_id: str, kind: str, content: dict[str, Any]) -> None:
        """Account data."""
        self.users[user_id].data[kind] = (self.next_pos(), content)

    # What the books say.

    def messages(self, room_id: str | None = None) -> list[MatrixEvent]:
        """Messages that stand now (no edits, none taken away), in order."""
        found = (event for event in self.events.values() if event.type == "m.room.message" and event.redaction is None)
        return [
            event
            for event in found
            if room_id in (None, event.room) and event.content.get("m.relates_to", {}).get("rel_type") != "m.replace"
        ]

    def text(self, event: MatrixEvent) -> str:
        """The text of a message as it reads now, with the last edit."""
        edits = (e for e in self.events.values() if e.redaction is None and e.sender == event.sender)
        texts = [e.content["m.new_content"]["body"] for e in edits if e.related("m.replace") == event.id]
        return str([event.content.get("body", ""), *texts][-1])

    def at(self, event_id: str) -> datetime:
        """When an event happened."""
        return from_ms(self.events[event_id].at_ms)

    # What the application does for a user.

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

    def _member(self, room_id: str, by: str, user: str, membership: str, more: Content) -> None:
        name = self.users[user].name
        content = {"membership": membership, "displayname": name, **more}
        self.put_state(room_id, by, "m.room.member", user, content)


def refuse(status: int, code: str, words: str) -> MatrixRefusalError:
    """An error answer, ready to be raised."""
    return MatrixRefusalError(status, code, words)
