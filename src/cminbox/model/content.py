"""What people write, and what they write under."""

from __future__ import annotations

from pydantic import Field

from cminbox.model.base import Audience, Frozen, Instant


class Media(Frozen):
    """A picture, a film or a sound: named and described, never fetched unasked. `length_s` in seconds."""

    type: str = Field(description="image, video, audio, file, poll or link")
    url: str | None = None
    alt: str | None = None
    length_s: float | None = None


class Author(Frozen):
    """Somebody on a network, as the network names them.

    `remote_id` is unique within the network (across servers, for a federated one). `first_name` only where the network
    gives it. `is_us` marks our own account, `is_bot` what the network or the profile calls automated.
    """

    remote_id: str
    handle: str = ""
    name: str = ""
    first_name: str = ""
    url: str | None = None
    is_bot: bool = False
    is_us: bool = False


class TopicInfo(Frozen):
    """What people talk under: our post, an article, a video, a place, a room.

    `key` is unique within the account and never changes. A topic that is itself a message of the network uses that
    message's remote id as key, so that a reply to it is known to stand at the top level.
    """

    key: str
    author: Author | None = None
    title: str = ""
    text: str = ""
    url: str | None = None
    media: tuple[Media, ...] = ()
    at: Instant | None = None
    is_ours: bool = False


class Target(Frozen):
    """The message that an act is about, with what a connector needs to address it."""

    remote_id: str
    global_id: str | None = None
    conversation: str | None = None
    topic: str | None = None
    author: Author | None = None
    audience: Audience = Audience.PUBLIC
    url: str | None = None
    extra: dict[str, str] = Field(default_factory=dict, description="the connector's own notes on the message")
