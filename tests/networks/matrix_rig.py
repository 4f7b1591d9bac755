"""The practice home server as the contract suite plays on it: one public room, and direct chats."""

from __future__ import annotations

from datetime import timedelta

from tests.networks.rig import Fact, Rig
from tests.networks.spec import checked

from cminbox.networks.matrix import Matrix
from cminbox.networks.matrix_reading import TIMELINE
from cminbox.practice.matrix import MatrixServer
from cminbox.practice.matrix_app import app

URL = "https://practice.example"
DEVICE = "OURDEVICE"


class MatrixRig(Rig):
    sends = ("PUT", "/_matrix/client/v3/rooms/*/send/*")
    reads = ("GET", "/_matrix/client/v3/sync")
    page = TIMELINE

    def __init__(self) -> None:
        super().__init__()
        self.server = MatrixServer(self.clock)
        self.plug(checked(app(self.server), "matrix"))
        self.us = self.server.person("brand", "Brand Care")
        self.people = {"us": self.us, "ana": self.server.person("ana", "Ana"), "bob": self.server.person("bob", "Bob")}
        self.token = self.server.log_in(self.us, DEVICE)
        members = (self.us, self.people["bob"])
        self.room = self.server.open_room(self.people["ana"], name="Support", topic="Ask us", members=members)
        self.direct: dict[str, str] = {}

    def open(
        self,
        *,
        since: timedelta = timedelta(days=7),
        secret: str | None = None,
        url: str | None = None,
        **settings: str,
    ) -> Matrix:
        return self.connect(
            Matrix,
            "matrix",
            URL if url is None else url,
            self.token if secret is None else secret,
            since,
            settings,
        )

    def write(self, who: str, text: str, *, reply_to: str | None = None, private: bool = False) -> str:
        content: dict[str, object] = {}
        if reply_to is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        if private:
            return self.server.say(self.direct_room("ana" if who == "us" else who), self.people[who], text, **content)
        if who != "us":
            content["m.mentions"] = {"user_ids": [self.us]}
        return self.server.say(self.room, self.people[who], text, **content)

    def direct_room(self, who: str) -> str:
        if who not in self.direct:
            room = self.server.open_room(self.people[who], public=False, direct=True, invite=(self.us,))
            self.server.join(room, self.us)
            self.direct[who] = room
        return self.direct[who]

    def edit(self, remote_id: str, text: str) -> None:
        self.server.edit(remote_id, text)

    def remove(self, remote_id: str) -> None:
        self.server.redact(remote_id, self.server.events[remote_id].sender)

    def facts(self) -> list[Fact]:
        names = {user: name for name, user in self.people.items()}
        facts = []
        for event in self.server.messages():
            relation = event.content.get("m.relates_to", {})
            parent = relation.get("m.in_reply_to", {}).get("event_id")
            private = event.room != self.room
            facts.append(Fact(event.id, names[event.sender], self.server.text(event), parent, private))
        return facts

    def spoil(self) -> None:
        self.server.send(self.room, self.people["bob"], "m.room.message", {"msgtype": "m.text", "body": {"no": "text"}})

    def revoke(self) -> None:
        self.server.log_out(self.us)

    def ignore_keys(self) -> bool:
        self.server.keeps_transactions = False
        return True
