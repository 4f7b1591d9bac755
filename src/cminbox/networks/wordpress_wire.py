"""What WordPress sends (https://developer.wordpress.org/rest-api/reference/comments/), as far as we read it.

Plugins change answers: what no comment can do without is required, everything else is forgiven.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter


def _utc(instant: datetime) -> datetime:
    # `date_gmt` is UTC, written without a zone.
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _or_blank(value: Any) -> Any:
    return "" if value is None else value


def _mapping(value: Any) -> Any:
    # PHP writes an empty map as an empty list.
    return value if isinstance(value, dict) else {}


Time = Annotated[datetime, AfterValidator(_utc)]
Text = Annotated[str, BeforeValidator(_or_blank)]
Links = Annotated[dict[str, Any], BeforeValidator(_mapping)]


class Wire(BaseModel):
    """The base of every wire type: frozen, forgiving."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WireWords(Wire):
    """A text twice: `raw` as it was typed (moderators only), `rendered` as the site shows it."""

    raw: str | None = None
    rendered: Text = ""


class WireComment(Wire):
    """A comment. `post` and what tells of the author beside the name are there for moderators only."""

    id: int
    post: int = 0
    parent: int = 0
    author: int = 0
    author_name: Text = ""
    author_email: Text = ""
    author_url: Text = ""
    author_user_agent: Text = ""
    date_gmt: Time
    content: WireWords
    link: str | None = None
    status: Text = "approved"
    type: Text = "comment"
    links: Links = Field(default={}, alias="_links")


class WireUser(Wire):
    """A login of the site."""

    id: int
    name: Text = ""
    slug: Text = ""
    link: str | None = None
    capabilities: Links = {}


class WireMedia(Wire):
    """A file of the site's library."""

    alt_text: Text = ""
    source_url: str | None = None
    media_type: Text = "image"


class WirePost(Wire):
    """A post, a page, or another thing that people comment on."""

    id: int
    date_gmt: Time | None = None
    link: str | None = None
    title: WireWords = WireWords()
    excerpt: WireWords = WireWords()
    embedded: Links = Field(default={}, alias="_embedded")


class WireIndex(Wire):
    """The root of the interface: what the site is."""

    name: Text = ""
    url: Text = ""
    namespaces: list[str]
    authentication: Links = {}


COMMENT = TypeAdapter(WireComment)
USER = TypeAdapter(WireUser)
MEDIA = TypeAdapter(WireMedia)
POST = TypeAdapter(WirePost)
INDEX = TypeAdapter(WireIndex)
