"""What a network tells us: changes, in batches, with a cursor that says how far they reach."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from cminbox.model.base import Audience, Direction, Frozen, Instant, Kind, MessageState, TimePrecision
from cminbox.model.content import Author, Media, TopicInfo

Cursor = Annotated[Any, "an opaque JSON-able mark; belongs to the connector alone"]


class Wrote(Frozen):
    """A message exists.

    Which conversation it belongs to is decided so, in this order:

    1. `conversation` names it: an account-wide key chosen by the connector. With `conversation_gap_s`, the key stands
       for a run of talk: the newest conversation of that key is meant if its last message is at most that many seconds
       older, else a new one begins ("what one person says in a room until an hour of silence").
    2. Else the parent decides: the parent's conversation; where the parent is a topic, is context, or is not known
       (yet), the message begins a conversation of its own. A parent that arrives later joins them.

    `about` marks what we listen to ("us", "competitor:NAME", "theme"): not addressed to us, a conversation of its own
    all the same, kept apart from those that wait. Otherwise `addressed=False` marks context: stored and shown around a
    conversation, never a row and never waiting. Context joins a conversation that (1) or (2) finds, and begins none. A
    message of ours (`direction` out) begins none either, except a private one (kind dm). Kind post with direction out
    is a topic: `topic` describes it and no row appears.

    `answers` holds the remote ids of the people that a message of ours answers, where the network says so; empty: the
    parent's author, or everybody in a private conversation. `act_key` is the client key echoed by the network.
    """

    type: Literal["wrote"] = "wrote"
    remote_id: str
    at: Instant | None
    precision: TimePrecision = TimePrecision.INSTANT
    kind: Kind
    direction: Direction
    author: Author
    text: str
    audience: Audience = Audience.PUBLIC
    state: MessageState = MessageState.SHOWN
    conversation: str | None = None
    conversation_gap_s: int | None = None
    addressed: bool = True
    about: str | None = None
    topic: TopicInfo | None = None
    parent: str | None = None
    global_id: str | None = None
    media: tuple[Media, ...] = ()
    answers: tuple[str, ...] = ()
    lang: str | None = None
    url: str | None = None
    act_key: str | None = None
    extra: dict[str, str] = Field(default_factory=dict)


class Edited(Frozen):
    """The text (or media) of a message is now another."""

    type: Literal["edited"] = "edited"
    remote_id: str
    at: Instant | None
    text: str
    media: tuple[Media, ...] | None = None


class Removed(Frozen):
    """A message is gone (`state` removed) or hidden (`state` hidden), or hidden no more (`state` shown)."""

    type: Literal["removed"] = "removed"
    remote_id: str
    at: Instant | None
    state: MessageState = MessageState.REMOVED


class Reacted(Frozen):
    """Somebody liked (or took the like back from) a message."""

    type: Literal["reacted"] = "reacted"
    remote_id: str
    at: Instant | None
    author: Author
    reaction: str = "like"
    undone: bool = False


class Read(Frozen):
    """Our account read a conversation elsewhere, up to and with this message."""

    type: Literal["read"] = "read"
    remote_id: str
    at: Instant | None


Change = Annotated[Wrote | Edited | Removed | Reacted | Read, Field(discriminator="type")]


class SetAside(Frozen):
    """One item that could not be understood: kept with its raw text, shown by `cminbox doctor`."""

    reason: str
    raw: str


class Feed(Frozen):
    """One stream that an account is read from. `title` is for people; `poll_s` the calm polling interval."""

    name: str
    title: str = ""
    poll_s: int = 60


class Batch(Frozen):
    """What one reading brought, oldest first.

    `cursor` is where the next `pull` goes on (None: unchanged; what is pushed moves no cursor). `more` says that
    another pull would bring more at once.
    """

    feed: str
    changes: tuple[Change, ...] = ()
    cursor: Cursor = None
    more: bool = False
    set_aside: tuple[SetAside, ...] = ()
