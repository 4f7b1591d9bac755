"""What the AT Protocol's services send, as far as we read it (lexicons app.bsky.*, com.atproto.*, chat.bsky.*).

Unknown fields are ignored, and missing ones forgiven where a message can do without.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from cminbox.model.changes import SetAside
from cminbox.networks.http_answer import decode_each


def _utc(instant: datetime) -> datetime:
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


def _client_time(value: Any) -> Any:
    """A time that any program may have written into a record: nonsense counts as none."""
    try:
        return _utc(datetime.fromisoformat(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _object(value: Any) -> Any:
    return value if isinstance(value, dict) else None


def _list(value: Any) -> Any:
    return value if isinstance(value, list) else []


def _blank(value: Any) -> Any:
    return "" if value is None else value


Time = Annotated[datetime, AfterValidator(_utc)]
Text = Annotated[str, BeforeValidator(_blank)]
Id = Annotated[str, Field(min_length=1)]
Raw = Annotated[dict[str, Any] | None, BeforeValidator(_object)]
Raws = Annotated[list[Any], BeforeValidator(_list)]


class Wire(BaseModel):
    """The base of every wire type: frozen and forgiving."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class WireRef(Wire):
    """One version of a record."""

    uri: Id
    cid: Text = ""


class WireReply(Wire):
    """What a post answers, and the first post of that thread."""

    root: WireRef
    parent: WireRef


class WireRecord(Wire):
    """A post as its author wrote it."""

    text: Text
    created_at: Annotated[datetime | None, BeforeValidator(_client_time)] = None
    reply: WireReply | None = None
    facets: Raws = []
    langs: Raws = []
    embed: Raw = None
    labels: Raw = None


class WireStand(Wire):
    """How our account stands to somebody, or to a post (`like` is the address of our like)."""

    muted: bool | None = None
    blocking: str | None = None
    like: str | None = None


class WireLabel(Wire):
    """What somebody (`src`) calls a post or an account."""

    val: str
    src: Text = ""
    neg: bool | None = None


class WireAuthor(Wire):
    """Somebody."""

    did: Id
    handle: Text = ""
    display_name: Text = ""
    labels: Annotated[list[WireLabel], BeforeValidator(_list)] = []
    viewer: WireStand | None = None


class WireGate(Wire):
    """Who may answer below a post, and which answers are hidden."""

    record: Raw = None


class WirePost(Wire):
    """A post as a service shows it. `embed` is what the service made of the record's own."""

    uri: Id
    cid: Text = ""
    author: WireAuthor
    record: WireRecord
    indexed_at: Time
    embed: Raw = None
    labels: Annotated[list[WireLabel], BeforeValidator(_list)] = []
    viewer: WireStand | None = None
    threadgate: WireGate | None = None

    @property
    def at(self) -> datetime:
        """When it was written, as Bluesky itself orders posts: never later than it was seen first."""
        written = self.record.created_at
        return self.indexed_at if written is None else min(written, self.indexed_at)


class WireNotification(Wire):
    """Something that happened to us; the record is a post for some reasons only."""

    uri: Id
    cid: Text = ""
    author: WireAuthor
    reason: Text
    record: Raw
    indexed_at: Time
    labels: Raws = []


class WireNotifications(Wire):
    """A page of notifications, newest first."""

    notifications: list[Any]
    cursor: str | None = None


class WireFeed(Wire):
    """A page of somebody's posts, newest first."""

    feed: list[Any]
    cursor: str | None = None


class WireAnswered(Wire):
    """What a post in a feed answers; each is a post, or says that it cannot be seen."""

    parent: Raw = None


class WireFeedItem(Wire):
    """A post in a feed; `reason` says that it stands there for another cause than having been written."""

    post: WirePost
    reply: WireAnswered | None = None
    reason: Raw = None


class WirePosts(Wire):
    """Some posts."""

    posts: list[Any]
    cursor: str | None = None


class WireThread(Wire):
    """A post with what stands around it, as nested objects, and what is hidden below its first post."""

    thread: dict[str, Any]
    threadgate: WireGate | None = None


class WireStored(Wire):
    """A record in a repository."""

    uri: Id
    cid: Text = ""
    value: dict[str, Any]


class WireSession(Wire):
    """A session; `active` False says that the account is closed or suspended."""

    access_jwt: Id
    refresh_jwt: Id
    handle: Text
    did: Id
    did_doc: Raw = None
    active: bool | None = None
    status: Text = ""


class WireDid(Wire):
    """Who has a handle."""

    did: Id


class WireSender(Wire):
    """Who wrote a private message."""

    did: Id


class WireReaction(Wire):
    """A sign that somebody put on a private message."""

    value: Text = ""
    sender: WireSender


class WireMessage(Wire):
    """A private message. Deleted ones and the service's own notices have no `text`."""

    id: Id
    text: str | None = None
    sender: WireSender | None = None
    sent_at: Time
    facets: Raws = []
    embed: Raw = None
    reply_to: Raw = None
    reactions: Annotated[list[WireReaction], BeforeValidator(_list)] = []


class WireMessages(Wire):
    """A page of private messages, newest first."""

    messages: list[Any]
    cursor: str | None = None
    related_profiles: Raws = []


class WireConvo(Wire):
    """A private conversation, with its newest message."""

    id: Id
    rev: Text = ""
    members: Raws = []
    last_message: Raw = None
    status: Text = ""


class WireConvos(Wire):
    """A page of private conversations, the liveliest first."""

    convos: list[Any]
    cursor: str | None = None


class WireOneConvo(Wire):
    """One private conversation."""

    convo: WireConvo


ANYTHING = TypeAdapter(dict[str, Any])
AUTHOR = TypeAdapter(WireAuthor)
CONVO = TypeAdapter(WireConvo)
CONVOS = TypeAdapter(WireConvos)
DID = TypeAdapter(WireDid)
FEED = TypeAdapter(WireFeed)
FEED_ITEM = TypeAdapter(WireFeedItem)
MESSAGE = TypeAdapter(WireMessage)
MESSAGES = TypeAdapter(WireMessages)
NOTIFICATION = TypeAdapter(WireNotification)
NOTIFICATIONS = TypeAdapter(WireNotifications)
ONE_CONVO = TypeAdapter(WireOneConvo)
POST = TypeAdapter(WirePost)
POSTS = TypeAdapter(WirePosts)
REF = TypeAdapter(WireRef)
SESSION = TypeAdapter(WireSession)
STORED = TypeAdapter(WireStored)
THREAD = TypeAdapter(WireThread)


def posts_of(items: list[Any]) -> tuple[list[WirePost], list[SetAside]]:
    """The posts of a list, and what of it cannot be understood."""
    return decode_each(items, POST)
