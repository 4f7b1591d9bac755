"""What we do at a network."""

from __future__ import annotations

from cminbox.model.base import ActVerb, Audience, Frozen, Instant, MessageState
from cminbox.model.content import Author, Target


class Act(Frozen):
    """One thing to do at a network, once.

    `key` is chosen by us when the intent is written (a UUID's hex) and never changes: it is what the network's own
    idempotency facility gets. `first_tried_at` is None before the first attempt. `people` are those a reply is for.
    `spoken_for` are remote ids that other acts of ours made: `find` must not take one of them for this act, even where
    its words are the same.
    """

    key: str
    verb: ActVerb
    target: Target
    text: str = ""
    audience: Audience = Audience.PUBLIC
    people: tuple[Author, ...] = ()
    lang: str | None = None
    reason: str | None = None
    created_at: Instant
    first_tried_at: Instant | None = None
    spoken_for: frozenset[str] = frozenset()


class Receipt(Frozen):
    """What the network says of an act that happened. `remote_id` is that of the new message, where one was made.

    `text` is what the network made of our text, where it says so (a mention added, markup removed). `state` is that of
    the message that the act was about, where the network says so.
    """

    remote_id: str | None = None
    global_id: str | None = None
    at: Instant | None = None
    url: str | None = None
    text: str | None = None
    conversation: str | None = None
    state: MessageState | None = None
