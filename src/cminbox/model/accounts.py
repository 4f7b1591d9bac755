"""Our logins and what they can do."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from cminbox.model.base import AccountState, ActVerb, Frozen, Instant
from cminbox.model.content import Author

TOKEN_SOON = timedelta(days=7)
"""How long before its end a token is announced to end."""


class Counting(StrEnum):
    """How a network counts the length of a text (text.measure)."""

    CHARACTERS = "characters"
    UTF16 = "utf16"
    GRAPHEMES = "graphemes"
    WEIGHTED = "weighted"
    BYTES = "bytes"
    MASTODON = "mastodon"


class Abilities(Frozen):
    """What an account can do, as values. The screen greys out what is missing and says `why_not`.

    `max_length` is counted by `counting` (None: no limit known), `min_length` too: shorter texts are refused (its
    `_private` is for private ones; None: the same). `reply_window_s` and `edit_window_s` in seconds
    (None: no window). `mentions_first`: the connector puts the person's handle before a reply, and it counts.
    `deletes_theirs`: `delete` takes other people's messages too, not only our own. `thread_costs_money` keeps the pane
    from asking for a thread by itself. `settle_s`: how long an uncertain act must be absent before it may go again.
    Public answers to many leave `bulk_spacing_s` apart; of those with the same words the network's rules allow
    `identical_most` at a time (None: no rule known).
    """

    can: frozenset[ActVerb] = frozenset()
    max_length: int | None = None
    max_length_private: int | None = None
    min_length: int = 0
    min_length_private: int | None = None
    counting: Counting = Counting.CHARACTERS
    reply_window_s: int | None = None
    edit_window_s: int | None = None
    mentions_first: bool = False
    deletes_theirs: bool = False
    thread_costs_money: bool = False
    settle_s: int = 90
    bulk_spacing_s: float = 2.0
    identical_most: int | None = None
    why_not: dict[ActVerb, str] = Field(default_factory=dict)


class Profile(Frozen):
    """Who a token belongs to, as the network says, with what it may do."""

    author: Author
    server: str = ""
    scopes: frozenset[str] = frozenset()
    expires_at: Instant | None = None
    abilities: Abilities = Abilities()


class Allowance(Frozen):
    """Requests that a network still takes in its window, as it said at `at`: `remaining` of `limit` until `reset`."""

    remaining: int
    limit: int | None = None
    reset: Instant
    at: Instant


class Account(Frozen):
    """One login of ours on a network. Secrets are not in here (config/secrets.py).

    `settings` are the connector's own (`--set k=v`). `since` is how far the first reading goes back.
    """

    id: int
    name: str
    network: str
    url: str = ""
    brand: str = ""
    state: AccountState = AccountState.ACTIVE
    paused_because: str = ""
    settings: dict[str, str] = Field(default_factory=dict)
    profile: Profile | None = None
    connected_at: Instant
    since: Instant
    open_since: Instant | None = None

    def token_ends(self, now: datetime) -> datetime | None:
        """When the token ends, where that is within `TOKEN_SOON` or was already; else None."""
        ends = self.profile.expires_at if self.profile is not None else None
        return ends if ends is not None and ends - now < TOKEN_SOON else None
