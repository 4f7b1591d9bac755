"""What a change of one conversation does to the gauges: pure, so that the store cannot count in two ways."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple, Protocol

STATES = ("open", "snoozed", "waiting", "done", "spam")
BACKLOG = ("open", "snoozed", "waiting")
"""The states of what is still to be worked on."""
NAMES = (*STATES, "unanswered", "unread")
"""The gauges of every scope. The five states add up to all conversations; `unanswered` are those in which somebody
waits for us, whatever their state; `unread` are the open ones with a message that nobody opened yet."""


class Gauge(NamedTuple):
    """Which number: of everything (scope inbox, id 0), or of one network, account, brand, assignee, topic or tag."""

    scope: str
    scope_id: int
    name: str


class Counted(Protocol):
    """The fields of a conversation that count (store.database.counted): state, unread, unanswered, five ids, and `tags`
    (the ids of its tags with commas between; None: none).
    """

    def __getitem__(self, field: str, /) -> Any:
        """The value of a field; ids may be None."""
        ...


def deltas(before: Counted | None, after: Counted | None) -> dict[Gauge, int]:
    """How each gauge changes when a conversation goes from `before` to `after` (None: it does not exist).

    Gauges that stay as they are have no entry.
    """
    change: Counter[Gauge] = Counter()
    if after is not None:
        change.update(counts_in(after))
    if before is not None:
        change.subtract(counts_in(before))
    return {gauge: n for gauge, n in change.items() if n}


def backlog_delta(before: Counted | None, after: Counted | None) -> int:
    """1 for a conversation that comes into the backlog, -1 for one that leaves it, else 0."""
    was, now = (each is not None and each["state"] in BACKLOG for each in (before, after))
    return now - was


def counts_in(conversation: Counted) -> list[Gauge]:
    """The gauges that this conversation counts in, once each."""
    names = [str(conversation["state"])]
    if conversation["unanswered"]:
        names.append("unanswered")
    if conversation["unread"] and conversation["state"] == "open":
        names.append("unread")
    places = [("inbox", 0)]
    for scope, field in _FIELDS:
        if conversation[field] is not None:
            places.append((scope, int(conversation[field])))
    if conversation["tags"]:
        places += [("tag", int(tag)) for tag in conversation["tags"].split(",")]
    return [Gauge(scope, scope_id, name) for scope, scope_id in places for name in names]


_FIELDS = (
    *(("network", "network_id"), ("account", "account_id"), ("brand", "brand_id")),
    *(("assignee", "assignee"), ("topic", "topic_id")),
)
