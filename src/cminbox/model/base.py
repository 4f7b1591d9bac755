"""The frozen base of every model type, and the small vocabularies."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: immutable, compared by content, strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant


Instant = Annotated[datetime, AfterValidator(_aware)]
"""An aware datetime."""


class Kind(StrEnum):
    """What a message is."""

    COMMENT = "comment"
    MENTION = "mention"
    DM = "dm"
    REVIEW = "review"
    POST = "post"


class Audience(StrEnum):
    """Who can read a message or an act, widest first."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"
    NOTE = "note"

    @property
    def width(self) -> int:
        """A rank: the larger, the more people can read."""
        return len(_WIDTHS) - _WIDTHS.index(self.value)

    def no_wider_than(self, other: Audience) -> Audience:
        """The narrower of the two."""
        return self if self.width <= other.width else other

    @property
    def is_private(self) -> bool:
        """True where only those named can read."""
        return self in (Audience.DIRECT, Audience.NOTE)


_WIDTHS = ("public", "unlisted", "followers", "direct", "note")


class Direction(StrEnum):
    """Who wrote a message: somebody else (in) or one of us (out)."""

    IN = "in"
    OUT = "out"


class ConversationState(StrEnum):
    """Where a conversation stands, the most open first."""

    OPEN = "open"
    SNOOZED = "snoozed"
    WAITING = "waiting"
    DONE = "done"
    SPAM = "spam"


class MessageState(StrEnum):
    """What became of a message at its network. `pending`: nobody else sees it until one of us approves it."""

    SHOWN = "shown"
    EDITED = "edited"
    PENDING = "pending"
    HIDDEN = "hidden"
    REMOVED = "removed"


class ActState(StrEnum):
    """Where an act stands on its way through the outbox (design: Sending)."""

    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    REVIEW = "review"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_live(self) -> bool:
        """True while the act is under way or done: nobody needs to answer again."""
        return self not in (ActState.REVIEW, ActState.FAILED, ActState.CANCELLED)


class ActVerb(StrEnum):
    """What an act does at the network."""

    REPLY = "reply"
    PRIVATE_REPLY = "private_reply"
    EDIT = "edit"
    DELETE = "delete"
    LIKE = "like"
    UNLIKE = "unlike"
    HIDE = "hide"
    UNHIDE = "unhide"
    MUTE = "mute"
    UNMUTE = "unmute"
    BLOCK = "block"
    UNBLOCK = "unblock"
    REPORT = "report"
    SPAM = "spam"
    UNSPAM = "unspam"
    RESTORE = "restore"

    @property
    def is_reply(self) -> bool:
        """True for what answers a person."""
        return self in (ActVerb.REPLY, ActVerb.PRIVATE_REPLY)


SITE_VERBS = frozenset({ActVerb.SPAM, ActVerb.UNSPAM, ActVerb.RESTORE})
"""What only sites that we moderate ourselves have; other networks need not say why not."""


class TimePrecision(StrEnum):
    """How well the time of a message is known (design: Time)."""

    INSTANT = "instant"
    ASSUMED_UTC = "assumed_utc"
    DAY = "day"
    UNKNOWN = "unknown"


class AccountState(StrEnum):
    """Whether an account is read and sent from."""

    ACTIVE = "active"
    PAUSED = "paused"
    IMPORT = "import"
