"""A practice home server of Matrix, and what people do on it. `matrix_app` speaks for it over HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cminbox.clock import from_ms, to_ms
from cminbox.practice.matrix_books import Content, MatrixBooks, MatrixEvent, MatrixRoom, MatrixUser


class MatrixServer(MatrixBooks):
    """A server to play on: its methods are named after deeds."""

    def person(self, local: str, name: str = "") -> str:
        """An account for somebody; returns the user id. The same again is the same."""
        user_id = f"@{local}:{self.name}"
        self.users.setdefault(user_id, MatrixUser(user_id, name or local))
        return user_id

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

    def open_space(self, creator: str, name: str, children: Iterable[str] = (), *, members: Iterable[str] = ()) -> str:
        """A room that lists the rooms of a community; returns its id."""
        space = self.open_room(creator, name=name, members=members, creation={"type": "m.space"})
        for child in children:
            self.list_room(space, creator, child)
        return space

    def list_room(self, space: str, who: str, child: str, *, listed: bool = True) -> None:
        """Put a room into a space, or take it out."""
        self.put_state(space, who, "m.space.child", child, {"via": [self.name]} if listed else {})

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

    def _member(self, room_id: str, by: str, user: str, membership: str, more: Content) -> None:
        name = self.users[user].name
        content = {"membership": membership, "displayname": name, **more}
        self.put_state(room_id, by, "m.room.member", user, content)
