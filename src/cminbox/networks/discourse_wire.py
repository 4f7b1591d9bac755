"""What Discourse sends (https://docs.discourse.org, and its source where that is silent), as far as we read it.

Its own document calls `reply_to_post_number` a string; the servers send a number: both are taken.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, TypeAdapter


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _or_blank(value: Any) -> Any:
    return "" if value is None else value


def _list(value: Any) -> Any:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


Time = Annotated[datetime, AfterValidator(_utc)]
Text = Annotated[str, BeforeValidator(_or_blank)]
Things = Annotated[list[Any], BeforeValidator(_list)]
Notes = Annotated[dict[str, Any], BeforeValidator(_mapping)]


class Wire(BaseModel):
    """The base of every wire type: frozen, forgiving."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WirePost(Wire):
    """A post. `raw` is Markdown as it was typed, `cooked` the HTML of it; lists without `raw` exist."""

    id: int
    topic_id: int
    post_number: int
    username: str
    name: Text = ""
    user_id: int = 0
    created_at: Time
    raw: str | None = None
    cooked: Text = ""
    reply_to_post_number: int | None = None
    reply_to_user: Notes = {}
    topic_slug: Text = ""
    topic_title: Text = ""
    category_id: int | None = None
    post_type: int = 1
    version: int = 1
    yours: bool = False
    hidden: bool = False
    user_deleted: bool = False
    deleted_at: str | None = None
    actions_summary: Things = []

    def acted(self, action: int) -> bool:
        """True where we did this (2: like, others: flags) to the post and did not take it back."""
        return any(
            isinstance(one, dict) and one.get("id") == action and one.get("acted") for one in self.actions_summary
        )


class WireTopic(Wire):
    """A topic with the first of its posts."""

    id: int
    title: Text = ""
    slug: Text = ""
    archetype: Text = "regular"
    created_at: Time | None = None
    category_id: int | None = None
    post_stream: Notes = {}
    details: Notes = {}


class WireNotification(Wire):
    """One thing that Discourse tells our login."""

    id: int
    notification_type: int
    created_at: Time
    topic_id: int | None = None
    post_number: int | None = None
    data: Notes = {}


class WireMe(Wire):
    """Our own login."""

    id: int
    username: str
    name: Text = ""
    admin: bool = False
    moderator: bool = False
    can_review: bool = False
    trust_level: int = 0


class WireSettings(Wire):
    """Settings of the site that everybody may know."""

    title: Text = ""
    min_post_length: int = 20
    min_personal_message_post_length: int = 10
    max_post_length: int = 32_000


class WireReviewable(Wire):
    """Something that waits for a moderator. `status` 0: it still does."""

    id: int
    type: str
    status: int = 0
    version: int = 0
    created_at: Time
    topic_id: int | None = None
    post_id: int | None = None
    target_id: int | None = None
    target_url: str | None = None
    target_created_by_id: int | None = None
    created_by_id: int | None = None
    raw: str | None = None
    cooked: Text = ""
    payload: Notes = {}


class WireUser(Wire):
    """Somebody, as lists beside posts name them."""

    id: int
    username: str
    name: Text = ""


class WirePending(Wire):
    """What we wrote and a moderator must let through."""

    id: int
    created_at: Time
    raw_text: Text = ""
    topic_id: int | None = None


PENDING = TypeAdapter(WirePending)
POST = TypeAdapter(WirePost)
TOPIC = TypeAdapter(WireTopic)
NOTIFICATION = TypeAdapter(WireNotification)
ME = TypeAdapter(WireMe)
SETTINGS = TypeAdapter(WireSettings)
REVIEWABLE = TypeAdapter(WireReviewable)
USER = TypeAdapter(WireUser)
