"""Rows as the store gives them to inbox, screen and command line. Texts in here are raw: not yet safe to show."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cminbox.model.accounts import TOKEN_SOON
from cminbox.model.base import (
    ActState,
    ActVerb,
    Audience,
    ConversationState,
    Direction,
    Frozen,
    Instant,
    Kind,
    MessageState,
    TimePrecision,
)
from cminbox.model.content import Media

_BEFORE = 30
"""Characters of a snippet that are told before the first hit."""


class PersonRow(Frozen):
    """Somebody who wrote."""

    id: int
    network: str
    remote_id: str
    handle: str = ""
    name: str = ""
    first_name: str = ""
    url: str | None = None
    is_bot: bool = False
    is_us: bool = False

    @property
    def label(self) -> str:
        """The name to show, raw: the handle of a person, else the display name."""
        return self.handle or self.name


class TopicRow(Frozen):
    """What a conversation stands under."""

    id: int
    key: str
    author: str = ""
    title: str = ""
    text: str = ""
    url: str | None = None
    media: tuple[Media, ...] = ()
    at: Instant | None = None
    is_ours: bool = False
    campaign: str | None = None


class Snippet(Frozen):
    """What was said around the words that were searched for, raw.

    `message` is whose text it is, `hits` where the words stand in `text` (from, to before). `source` says what they
    were found in: the message's own `text`, its `topic`, or the name of its `author`. `cut`: it begins further on.
    """

    message: int
    text: str
    hits: tuple[tuple[int, int], ...] = ()
    source: str = "text"
    cut: bool = False

    @property
    def told(self) -> str:
        """From a few words before the first hit on, with dots where something stands before; raw. "" without a hit."""
        if not self.hits:
            return ""
        start = max(0, self.hits[0][0] - _BEFORE)
        start = self.text.rfind(" ", 0, start) + 1 if start else 0
        return f"{'…' if start or self.cut else ''}{self.text[start:].strip()}"


class QueueRow(Frozen):
    """One conversation as a row of the queue.

    `kind, text, at, person` are those of the message that waits, else of the newest. `text` is cut to its first 500
    characters. `countdown_at` is when its reply window or target ends (None: nothing runs out), `token_ends_at`
    when its account's token does: `least_at` is what a row counts down to.
    `replying` names the colleagues at work on a reply now, `drafted` those who keep one that is not sent, `named` those
    whom a note in it names and who did not open it since. `act` is the state of the newest act that is not done with
    (held, queued, sending, uncertain, review, failed).

    `cluster` is set where others say the same (`cluster_size` counts this one too), or where what they said was
    answered as one (`cluster_answered`: that answer is ready for whoever joins late; inbox.clusters.ready).
    `noted`: colleagues wrote notes in it. `snippet` is there in a page of a search.
    """

    id: int
    network: str
    account: str
    account_id: int
    brand: str = ""
    kind: Kind
    state: ConversationState
    person: str
    text: str
    at: Instant
    precision: TimePrecision = TimePrecision.INSTANT
    waits_since: Instant | None = None
    unread: bool = False
    star: bool = False
    is_private: bool = False
    tags: tuple[str, ...] = ()
    assignee: str | None = None
    replying: tuple[str, ...] = ()
    drafted: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    cluster: int | None = None
    cluster_size: int = 0
    cluster_answered: bool = False
    topic: str = ""
    noted: bool = False
    countdown_at: Instant | None = None
    token_ends_at: Instant | None = None
    act: ActState | None = None
    act_send_at: Instant | None = None
    snippet: Snippet | None = None
    sort_ms: int = 0

    @property
    def unanswered(self) -> bool:
        """True while somebody in it waits for us."""
        return self.waits_since is not None

    def least_at(self, now: datetime) -> datetime | None:
        """What runs out first for who waits in it: its own time, or a token that ends within `TOKEN_SOON`."""
        ends = self.token_ends_at
        if ends is None or not self.unanswered or ends - now >= TOKEN_SOON:
            return self.countdown_at
        return ends if self.countdown_at is None else min(ends, self.countdown_at)


class PageKey(Frozen):
    """Where a page goes on: after the row with this sort value and id."""

    sort_ms: int
    id: int


class MessageRow(Frozen):
    """One message, as stored. `text` is cut to 20,000 characters unless asked whole; `length` is the whole one's."""

    id: int
    remote_id: str | None
    account: str
    conversation_id: int | None
    direction: Direction
    kind: Kind
    audience: Audience
    state: MessageState
    addressed: bool = True
    author: str
    author_id: int | None = None
    is_us: bool = False
    by: str | None = None
    text: str
    length: int
    media: tuple[Media, ...] = ()
    parent_id: int | None = None
    lang: str | None = None
    url: str | None = None
    created_at: Instant | None
    precision: TimePrecision = TimePrecision.INSTANT
    received_at: Instant
    likes: int = 0
    erased: bool = False


class ActRow(Frozen):
    """One act of the outbox. `former_text` is what an edit of ours replaces."""

    id: int
    key: str
    account: str
    account_id: int
    conversation_id: int | None
    message_id: int | None
    verb: ActVerb
    state: ActState
    text: str = ""
    former_text: str | None = None
    audience: Audience = Audience.PUBLIC
    reason: str | None = None
    by: str
    created_at: Instant
    send_at: Instant
    not_before: Instant | None = None
    attempts: int = 0
    error: str = ""
    remote_id: str | None = None
    seen_message_id: int | None = None
    approved: bool = False
    first_tried_at: Instant | None = None
    absent_at: Instant | None = None
    retry_at: Instant | None = None
    result_message_id: int | None = None


class DraftRow(Frozen):
    """A text not sent yet. `audience` is public or direct (a reply) or note."""

    conversation_id: int
    audience: Audience
    by: str
    text: str
    seen_message_id: int | None = None
    saved_at: Instant


class ConversationView(Frozen):
    """A conversation opened: its row, topic, what stands above, its messages (oldest first), its acts and drafts.

    `drafts` are there only where somebody looks on while colleagues write.
    """

    row: QueueRow
    topic: TopicRow | None = None
    above: tuple[MessageRow, ...] = ()
    messages: tuple[MessageRow, ...] = ()
    earlier: int = Field(default=0, description="how many older messages are not in `messages`")
    acts: tuple[ActRow, ...] = ()
    linked: int | None = None
    drafts: tuple[DraftRow, ...] = ()


class Numbers(Frozen):
    """The counters bar. Times in seconds, shares from 0 to 1, `new_per_minute` messages a minute; None: no data."""

    open: int = 0
    unanswered: int = 0
    backlog: int = 0
    oldest_waiting_s: float | None = None
    new_per_minute: float = 0.0
    received: int = 0
    answered: int = 0
    answered_mine: int = 0
    response_rate: float | None = None
    targets_hit: float | None = None
    late: int = 0
    due_soon: int = 0
    first_response_median_s: float | None = None
    first_response_p90_s: float | None = None
    first_response_n: int = 0
    outbox: int = 0
    review: int = 0


class ViewNumbers(Numbers):
    """The counters bar of one view. `at_least` names the numbers that ended with a budget: there are more of them."""

    at_least: frozenset[str] = frozenset()


class FeedRow(Frozen):
    """How far one feed of an account was read."""

    feed: str
    caught_up: bool
    read_at: Instant | None
    error: str = ""
    set_aside: int = 0
