"""What the Mastodon API sends, as far as we read it. Unknown fields are ignored, missing ones are forgiven.

Several servers speak it (Mastodon, GoToSocial, Pleroma, ...): only what no message can do without is required.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter


def _utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _or_empty(value: Any) -> Any:
    return [] if value is None else value


def _or_blank(value: Any) -> Any:
    return "" if value is None else value


Time = Annotated[datetime, AfterValidator(_utc)]
Text = Annotated[str, BeforeValidator(_or_blank)]
Id = Annotated[str, Field(min_length=1)]


class Wire(BaseModel):
    """The base of every wire type: frozen, forgiving; numbers are taken for ids."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class WireAccount(Wire):
    """Somebody. `acct` is `name` on the same server, `name@host` elsewhere."""

    id: Id
    acct: Annotated[str, Field(min_length=1)]
    display_name: Text = ""
    url: str | None = None
    uri: str | None = None
    bot: bool | None = False


class WireMention(Wire):
    """Somebody named in a status."""

    id: Text = ""
    acct: Text = ""
    url: str | None = None


class WireMeta(Wire):
    """What is known of a file."""

    duration: float | None = None


class WireMetas(Wire):
    """The versions of a file."""

    original: WireMeta | None = None


class WireMedia(Wire):
    """A file with a status."""

    type: Text = ""
    url: str | None = None
    remote_url: str | None = None
    description: str | None = None
    meta: WireMetas | None = None
    id: Text = ""


class WireOption(Wire):
    """One choice of a poll."""

    title: Text = ""
    votes_count: int | None = None


class WirePoll(Wire):
    """A poll with a status."""

    options: Annotated[list[WireOption], BeforeValidator(_or_empty)] = []
    expires_at: Time | None = None
    expired: bool | None = False
    multiple: bool | None = False


class WireFilter(Wire):
    """A filter of our account: what it is called, where it counts, and what it asks for ("warn", "blur", "hide")."""

    title: Text = ""
    context: Annotated[list[str], BeforeValidator(_or_empty)] = []
    filter_action: Text = "warn"


class WireFiltered(Wire):
    """A filter that a status fell into."""

    filter: WireFilter = WireFilter()


class WireQuote(Wire):
    """A status quoted by another; the short form has the id alone."""

    quoted_status: WireStatus | None = None
    quoted_status_id: str | None = None


class WireStatus(Wire):
    """A post, a reply, a direct message: all are statuses."""

    id: Id
    account: WireAccount
    created_at: Time
    content: Text = ""
    visibility: Text = ""
    uri: str | None = None
    url: str | None = None
    edited_at: Time | None = None
    in_reply_to_id: str | None = None
    in_reply_to_account_id: str | None = None
    spoiler_text: Text = ""
    sensitive: bool | None = None
    language: str | None = None
    favourited: bool | None = None
    mentions: Annotated[list[WireMention], BeforeValidator(_or_empty)] = []
    media_attachments: Annotated[list[WireMedia], BeforeValidator(_or_empty)] = []
    poll: WirePoll | None = None
    quote: WireQuote | None = None
    filtered: Annotated[list[WireFiltered], BeforeValidator(_or_empty)] = []
    reblog: dict[str, Any] | None = None


class WireNotification(Wire):
    """Something that happened to us."""

    id: Id
    type: str
    created_at: Time | None = None
    status: WireStatus | None = None


class WireGroup(Wire):
    """Notifications that the server tells as one. Mentions and quotes are groups of one."""

    type: Text = ""
    most_recent_notification_id: Text = ""
    latest_page_notification_at: str | None = None
    status_id: str | None = None


class WireGroups(Wire):
    """A page of groups, with the statuses that they are about."""

    notification_groups: Annotated[list[Any], BeforeValidator(_or_empty)] = []
    statuses: Annotated[list[Any], BeforeValidator(_or_empty)] = []


class WireFound(Wire):
    """What a search found."""

    statuses: Annotated[list[Any], BeforeValidator(_or_empty)] = []


class WireConversation(Wire):
    """A thread of direct messages, with its newest."""

    id: Id
    last_status: WireStatus | None = None


class WireContext(Wire):
    """What stands above and below a status."""

    ancestors: Annotated[list[Any], BeforeValidator(_or_empty)] = []
    descendants: Annotated[list[Any], BeforeValidator(_or_empty)] = []


class WireStatusLimits(Wire):
    """What a status may be."""

    max_characters: int | None = None


class WireUrls(Wire):
    """Where else the server listens."""

    streaming: str | None = None
    streaming_api: str | None = None


class WireConfiguration(Wire):
    """The limits and addresses of a server."""

    statuses: WireStatusLimits | None = None
    urls: WireUrls | None = None


class WireInstance(Wire):
    """A server: `domain` since version 2 of this call, `uri` before."""

    version: str
    domain: str | None = None
    uri: str | None = None
    title: Text = ""
    configuration: WireConfiguration | None = None
    max_toot_chars: int | None = None
    urls: WireUrls | None = None
    api_versions: dict[str, Any] | None = None


class WireApp(Wire):
    """The application that a token was made for; `scopes` since Mastodon 4.3."""

    scopes: list[str] | None = None


class WireRelationship(Wire):
    """How we stand to somebody."""

    id: Id
    muting: bool = False
    blocking: bool = False


STATUS = TypeAdapter(WireStatus)
NOTIFICATION = TypeAdapter(WireNotification)
GROUP = TypeAdapter(WireGroup)
GROUPS = TypeAdapter(WireGroups)
FOUND = TypeAdapter(WireFound)
CONVERSATION = TypeAdapter(WireConversation)
CONTEXT = TypeAdapter(WireContext)
ACCOUNT = TypeAdapter(WireAccount)
INSTANCE = TypeAdapter(WireInstance)
APP = TypeAdapter(WireApp)
RELATIONSHIP = TypeAdapter(WireRelationship)
