"""What we know of rooms (name, members, direct or not) and of single events, kept while the program runs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cminbox.errors import Forbidden, Gone, Malformed, Rejected
from cminbox.i18n import _
from cminbox.model.base import Audience
from cminbox.model.content import TopicInfo
from cminbox.networks.http_answer import decode_each
from cminbox.networks.http_url import segment
from cminbox.networks.matrix_session import Session
from cminbox.networks.matrix_wire import EVENT, EVENTS, Event

DIRECT = "m.direct"
EVENTS_KNOWN = 5_000
"""How many events are remembered: replies, edits and reactions mostly point to recent ones."""


@dataclass
class Room:
    """One room, as its state events describe it. `members` are those joined or invited, with their display names.

    `closed`: we may not look into it (any more), and know nothing but its id. `space` is the name of the community that
    it belongs to, where one of our spaces lists it.
    """

    id: str
    me: str
    name: str = ""
    alias: str = ""
    topic: str = ""
    join_rule: str = "invite"
    encrypted: bool = False
    invited_directly: bool = False
    direct_with: str = ""
    closed: bool = False
    space: str = ""
    members: dict[str, str] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Take in one state event; what is not usable changes nothing."""
        content = event.content
        match event.type:
            case "m.room.name":
                self.name = _text(content.get("name"))
            case "m.room.topic":
                self.topic = _text(content.get("topic"))
            case "m.room.canonical_alias":
                self.alias = _text(content.get("alias"))
            case "m.room.join_rules":
                self.join_rule = _text(content.get("join_rule"))
            case "m.room.encryption":
                self.encrypted = True
            case "m.room.member":
                self._member(event)

    @property
    def is_direct(self) -> bool:
        """A private talk: marked so by us, invited so, or two people in a room without a name."""
        if self.direct_with or self.invited_directly:
            return True
        named = self.name or self.alias or self.join_rule == "public"
        return not self.closed and not named and len(self.members) <= 2

    @property
    def audience(self) -> Audience:
        """Who reads along: everybody in a public room, the members in another, the two in a direct chat."""
        if self.is_direct:
            return Audience.DIRECT
        return Audience.PUBLIC if self.join_rule in ("public", "knock") else Audience.FOLLOWERS

    @property
    def title(self) -> str:
        """Its name, its alias, or who is in it."""
        others = sorted(name or user for user, name in self.members.items() if user != self.me)
        return self.name or self.alias or ", ".join(others[:3]) or _("room without a name")

    def as_topic(self) -> TopicInfo | None:
        """The room as what people talk under; None for a direct chat."""
        if self.is_direct:
            return None
        title = f"{self.space} / {self.title}" if self.space else self.title
        return TopicInfo(key=self.id, title=title, text=self.topic, url=f"https://matrix.to/#/{segment(self.id)}")

    def _member(self, event: Event) -> None:
        user = event.state_key
        if not user:
            return
        membership = event.content.get("membership")
        if membership in ("join", "invite"):
            self.members[user] = _text(event.content.get("displayname"))
        else:
            self.members.pop(user, None)
        if user == self.me:
            before = event.unsigned.get("prev_content")
            was = before.get("is_direct") if isinstance(before, dict) else False
            if event.content.get("is_direct") is True or was is True:
                self.invited_directly = True


class Rooms:
    """The rooms seen so far. A room's state is asked for once, then followed through `/sync`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rooms: dict[str, Room] = {}
        self._direct: dict[str, str] | None = None

    async def get(self, room_id: str) -> Room:
        """The room, with its whole state. One that we may not look into is known by its id alone."""
        room = self._rooms.get(room_id)
        if room is None:
            room = await self.fresh(room_id)
        room.direct_with = (await self.direct()).get(room_id, "")
        return room

    async def fresh(self, room_id: str) -> Room:
        """The room as it is now, asked again."""
        room = Room(room_id, await self._session.me())
        try:
            state = await self._session.get(f"/rooms/{segment(room_id)}/state", EVENTS)
        except (Forbidden, Gone):
            room.closed = True
            return room
        except Malformed:
            # A room of so many people that its state is too large to read: known by what /sync tells of it.
            room.closed = True
            state = []
        for event in decode_each(state, EVENT)[0]:
            room.apply(event)
        self._rooms[room_id] = room
        return room

    def follow(self, room_id: str, events: Iterable[Event]) -> None:
        """Take in state events of a room that is known; another one is asked for when it is needed."""
        room = self._rooms.get(room_id)
        if room is not None:
            for event in events:
                if event.state_key is not None:
                    room.apply(event)

    def forget(self, room_id: str) -> None:
        """Ask for a room's state again when it is next needed."""
        self._rooms.pop(room_id, None)

    async def direct(self) -> dict[str, str]:
        """The rooms that our account marks as direct chats, with whom."""
        if self._direct is None:
            self.set_direct(await self._session.account_data(DIRECT))
        return self._direct or {}

    def set_direct(self, content: dict[str, Any]) -> None:
        """Take in the account data `m.direct`: users, each with a list of rooms."""
        self._direct = {
            room: user
            for user, rooms in content.items()
            if isinstance(rooms, list)
            for room in rooms
            if isinstance(room, str)
        }

    async def mark_direct(self, room_id: str, user: str) -> None:
        """Mark a room as the direct chat with somebody, for all our clients."""
        content = await self._session.account_data(DIRECT)
        rooms = content.get(user)
        kept = [room for room in rooms if room != room_id] if isinstance(rooms, list) else []
        content[user] = [room_id, *kept]
        await self._session.keep(DIRECT, content)
        self.set_direct(content)


@dataclass(frozen=True)
class Note:
    """An event that others point to. `participated`: we wrote in the thread below it, as the server says."""

    room: str
    event: Event
    participated: bool = False


class Notes:
    """Events seen, by id; the oldest are forgotten and asked for again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notes: OrderedDict[str, Note] = OrderedDict()
        self._participated: set[str] = set()

    def see(self, room_id: str, event: Event) -> None:
        """Remember an event of a room."""
        relations = event.unsigned.get("m.relations")
        thread = relations.get("m.thread") if isinstance(relations, dict) else None
        took_part = isinstance(thread, dict) and thread.get("current_user_participated") is True
        root = event.related("m.thread")
        if root and event.sender == self._session.user_id:
            self._participated.add(root)
        self._notes[event.event_id] = Note(room_id, event, took_part)
        self._notes.move_to_end(event.event_id)
        while len(self._notes) > EVENTS_KNOWN:
            self._notes.popitem(last=False)

    def get(self, room_id: str, event_id: str | None) -> Event | None:
        """An event of this room, where it is remembered: a relation across rooms means nothing."""
        note = self._notes.get(event_id or "")
        return note.event if note is not None and note.room == room_id else None

    def took_part(self, root: str) -> bool:
        """Whether we wrote in the thread below an event."""
        note = self._notes.get(root)
        return root in self._participated or (note is not None and note.participated)

    async def learn(self, room_id: str, event_id: str) -> None:
        """Ask for an event that is not remembered. One that is gone, or not ours to see, stays unknown."""
        if event_id in self._notes:
            return
        try:
            path = f"/rooms/{segment(room_id)}/event/{segment(event_id)}"
            self.see(room_id, await self._session.get(path, EVENT))
        except (Gone, Forbidden, Rejected, Malformed):
            return


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
