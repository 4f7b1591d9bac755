"""What a server says of its limits: how many requests are left, and when to come back.

Times come in three forms (ISO, Unix seconds or milliseconds, seconds from now), for `Retry-After` also an HTTP date.
Instants on the server's clock are moved to ours by its `Date` header: a wrong clock on either side costs no requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from cminbox.model.base import Frozen, Instant

LONGEST_WAIT = timedelta(hours=24)
"""Waits that a server asks for are cut to this: one absurd header must not silence an account for ever."""

DEFAULT_WAIT_S = 60
"""For a 429 that says nothing more."""


class Budget(Frozen):
    """Requests allowed in a window (`limit`), left in it (`remaining`), and when it ends (`reset`, our clock)."""

    limit: int | None = None
    remaining: int
    reset: Instant


class Meter:
    """What a server said last of its limits, by HTTP method (networks count writes and deletions apart)."""

    def __init__(self) -> None:
        self._said: dict[str, Budget] = {}

    def note(self, method: str, budget: Budget) -> None:
        """An answer said so."""
        self._said[method] = budget

    def tightest(self) -> Budget | None:
        """The budget with the fewest requests left, or None where nothing was said."""
        return min(self._said.values(), key=lambda budget: budget.remaining, default=None)


def read_budget(headers: Mapping[str, str], now: datetime) -> Budget | None:
    """The budget of an answer (`X-RateLimit-*`, `RateLimit-*`), or None where it says nothing usable."""
    for prefix in ("x-ratelimit-", "ratelimit-"):
        remaining = _number(headers.get(prefix + "remaining"))
        reset = _until(headers.get(prefix + "reset"), headers, now)
        if remaining is None or reset is None:
            continue
        limit = _number(headers.get(prefix + "limit"))
        return Budget(limit=None if limit is None else int(limit), remaining=max(0, int(remaining)), reset=reset)
    return None


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When `Retry-After` says to come back (seconds or an HTTP date), on our clock."""
    return _until(headers.get("retry-after"), headers, now)


def soonest(seconds: float, now: datetime) -> datetime:
    """`seconds` from now, no further than `LONGEST_WAIT`."""
    return now + min(LONGEST_WAIT, timedelta(seconds=min(max(0.0, seconds), LONGEST_WAIT.total_seconds())))


def _number(text: str | None) -> float | None:
    # The draft of the standard has "100, 100;w=60": the first number counts.
    try:
        number = float((text or "").split(",")[0].split(";")[0])
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _until(text: str | None, headers: Mapping[str, str], now: datetime) -> datetime | None:
    if not text:
        return None
    number = _number(text)
    if number is not None and number < 1e8:
        return soonest(number, now)
    try:
        if number is not None:
            named = datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
        else:
            named = _instant(text)
        theirs = parsedate_to_datetime(headers["date"]) if headers.get("date") else now
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=UTC)
        return soonest((named - theirs).total_seconds(), now)
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        instant = parsedate_to_datetime(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
