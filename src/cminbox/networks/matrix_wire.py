"""The wire format of Matrix's client-server API, as far as an inbox reads it. Unknown fields are ignored."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

MESSAGE = "m.room.message"
ENCRYPTED = "m.room.encrypted"
REACTION = "m.reaction"
REDACTION = "m.room.redaction"
STICKER = "m.sticker"
MEMBER = "m.room.member"

LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999: what a datetime can hold."""


class Wire(BaseModel):
    """A piece of an answer: immutable, lenient about what is new."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Wire):
    """One event of a room. `origin_server_ts` in milliseconds; `content` is anybody's to fill."""

    type: str
    event_id: str
    sender: str
    origin_server_ts: Annotated[int, Field(ge=0, le=LATEST_MS)]
    content: dict[str, Any]
    state_key: str | None = None
    redacts: str | None = None
    unsigned: dict[str, Any] = Field(default_factory=dict)

    @property
    def relation(self) -> dict[str, Any]:
        """What it says of its relation to another event; empty where it says nothing usable."""
        found = self.content.get("m.relates_to")
        return found if isinstance(found, dict) else {}

    def related(self, kind: str) -> str | None:
        """The event that it replaces, annotates or stands in the thread of."""
        target = self.relation.get("event_id")
        return target if self.relation.get("rel_type") == kind and isinstance(target, str) and target else None

    @property
    def reply_to(self) -> str | None:
        """The event that it answers (in a thread often only the latest one, for clients without threads)."""
        inner = self.relation.get("m.in_reply_to")
        target = inner.get("event_id") if isinstance(inner, dict) else None
        return target if isinstance(target, str) and target else None

    @property
    def transaction(self) -> str | None:
        """The transaction id, which only the device that sent it gets back."""
        found = self.unsigned.get("transaction_id")
        return found if isinstance(found, str) else None

    @property
    def redacted(self) -> bool:
        """True once its content was taken away."""
        return "redacted_because" in self.unsigned

    @property
    def mentioned(self) -> tuple[str, ...]:
        """The users that `m.mentions` names."""
        mentions = self.content.get("m.mentions")
        users = mentions.get("user_ids") if isinstance(mentions, dict) else None
        return tuple(user for user in users if isinstance(user, str)) if isinstance(users, list) else ()


class Events(Wire):
    """A list of events, not looked at yet."""

    events: list[Any] = Field(default_factory=list)


class Timeline(Events):
    """The newest events of a room; `limited` says that there are others before them."""

    limited: bool = False
    prev_batch: str | None = None


class SyncedRoom(Wire):
    """What is new in one room."""

    timeline: Timeline = Timeline()
    state: Events = Events()
    ephemeral: Events = Events()


class InvitedRoom(Wire):
    """A room that we are invited to."""

    invite_state: Events = Events()


class Rooms(Wire):
    """Rooms by our membership; each is decoded by itself, so that a bad one does not stop the others."""

    join: dict[str, Any] = Field(default_factory=dict)
    invite: dict[str, Any] = Field(default_factory=dict)
    leave: dict[str, Any] = Field(default_factory=dict)


class Synced(Wire):
    """An answer of `/sync`."""

    next_batch: str
    rooms: Rooms = Rooms()
    account_data: Events = Events()


class Page(Wire):
    """An answer of `/messages` (`end`), `/relations` (`next_batch`) or `/members` (all at once)."""

    chunk: list[Any]
    end: str | None = None
    next_batch: str | None = None


class Around(Wire):
    """An answer of `/context`."""

    event: Event
    events_before: list[Any] = Field(default_factory=list)
    events_after: list[Any] = Field(default_factory=list)


class Whoami(Wire):
    """An answer of `/account/whoami`."""

    user_id: str
    device_id: str | None = None


class LoggedIn(Wire):
    """An answer of `/login`."""

    user_id: str
    access_token: str
    device_id: str


class Versions(Wire):
    """An answer of `/versions`, by which a Matrix server is known."""

    versions: list[str]


class Sent(Wire):
    """An answer of `/send` and `/redact`."""

    event_id: str


class Created(Wire):
    """An answer of `/createRoom`."""

    room_id: str


class Joined(Wire):
    """An answer of `/joined_rooms`."""

    joined_rooms: list[str]


class Named(Wire):
    """An answer of `/profile`."""

    displayname: str | None = None


EVENT = TypeAdapter(Event)
EVENTS = TypeAdapter(list[Any])
SYNCED = TypeAdapter(Synced)
SYNCED_ROOM = TypeAdapter(SyncedRoom)
INVITED_ROOM = TypeAdapter(InvitedRoom)
PAGE = TypeAdapter(Page)
AROUND = TypeAdapter(Around)
WHOAMI = TypeAdapter(Whoami)
LOGGED_IN = TypeAdapter(LoggedIn)
VERSIONS = TypeAdapter(Versions)
SENT = TypeAdapter(Sent)
CREATED = TypeAdapter(Created)
JOINED = TypeAdapter(Joined)
NAMED = TypeAdapter(Named)
OBJECT = TypeAdapter(dict[str, Any])
