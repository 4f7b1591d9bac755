"""The practice Matrix server as a scene: a help room of the brand, and direct chats."""

from __future__ import annotations

from cminbox.clock import Clock
from cminbox.practice.faults import When
from cminbox.practice.matrix import MatrixServer
from cminbox.practice.matrix_app import app
from cminbox.practice.matrix_books import MatrixEvent
from cminbox.practice.scene import Answer, Login, display_name
from cminbox.practice.transport import PracticeTransport

_DEVICE = "CMINBOX"


class MatrixScene:
    """See `Scene`. A mention is said in the help room and names us."""

    def __init__(self, clock: Clock, brand: str) -> None:
        self._server = MatrixServer(clock, "chat.practice.example")
        self._us = self._server.person(brand.lower(), brand)
        self._room = self._server.open_room(self._us, name=f"{brand} help", topic="Ask us anything")
        self._direct: dict[str, str] = {}
        self._to_us: list[str] = []
        self.transport = PracticeTransport(app(self._server), clock)
        self.login = Login(
            name=f"{brand} chat",
            network="matrix",
            url="https://chat.practice.example",
            secret=self._server.log_in(self._us, _DEVICE),
            settings={},
        )

    def our_post(self, text: str) -> str:
        """Said in the help room."""
        return self._server.say(self._room, self._us, text)

    def comment(self, who: str, text: str, under: str) -> str:
        """A reply to something that we said in the help room."""
        content = {"m.relates_to": {"m.in_reply_to": {"event_id": under}}, "m.mentions": {"user_ids": [self._us]}}
        return self._heard(self._server.say(self._room, self._member(who), text, **content))

    def mention(self, who: str, text: str) -> str:
        """Said in the help room, with our name in it."""
        return self._heard(
            self._server.say(self._room, self._member(who), text, **{"m.mentions": {"user_ids": [self._us]}})
        )

    def direct(self, who: str, text: str) -> str:
        """Said in a chat of two."""
        person = self._server.person(who, display_name(who))
        if who not in self._direct:
            self._direct[who] = self._server.open_room(person, public=False, direct=True, invite=[self._us])
        return self._heard(self._server.say(self._direct[who], person, text))

    def edit(self, remote_id: str, text: str) -> None:
        """The author replaces the text."""
        self._server.edit(remote_id, text)

    def delete(self, remote_id: str) -> None:
        """The author redacts the message."""
        self._server.redact(remote_id, self._server.events[remote_id].sender)

    def limit(self, seconds: float) -> None:
        """Nobody may send for so long."""
        self._server.limit_rate(seconds)

    def expire(self) -> None:
        """All our tokens end."""
        self._server.log_out(self._us)

    def renew(self) -> str:
        """A new token for the same device, so that transaction ids go on to hold."""
        return self._server.log_in(self._us, _DEVICE)

    def lose_answer(self) -> None:
        """The server keeps the next message; we never hear so."""
        self.transport.faults.add("PUT", "*/send/m.room.message/*", When.AFTER)

    def written(self) -> tuple[str, ...]:
        """What others said to us and was not redacted."""
        standing = {event.id for event in self._server.messages()}
        return tuple(one for one in self._to_us if one in standing)

    def answers(self) -> tuple[Answer, ...]:
        """What we said as a reply, or in a chat of two."""
        ours = (event for event in self._server.messages() if event.sender == self._us)
        direct = set(self._direct.values())
        return tuple(
            Answer(event.id, _parent(event) or event.room, self._server.text(event))
            for event in ours
            if _parent(event) or event.room in direct
        )

    def _member(self, who: str) -> str:
        person = self._server.person(who, display_name(who))
        if self._server.rooms[self._room].membership(person) != "join":
            self._server.join(self._room, person)
        return person

    def _heard(self, event_id: str) -> str:
        self._to_us.append(event_id)
        return event_id


def _parent(event: MatrixEvent) -> str:
    reply = event.content.get("m.relates_to", {}).get("m.in_reply_to", {})
    return str(reply.get("event_id", ""))
