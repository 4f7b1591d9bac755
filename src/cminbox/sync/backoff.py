"""When to try again, and when to look again: pure functions. Whoever calls them brings time and chance."""

from __future__ import annotations

from typing import Final

from cminbox.model.changes import Feed

_BASE_S: Final = 2.0
_CAP_S: Final = 300.0
_FRESH_S: Final = 10 * 60
_CALM_S: Final = 6 * 3600
_FASTEST_S: Final = 5.0
_PUSHED_FACTOR: Final = 5.0
_CALM_FACTOR: Final = 2.0
_SLOWEST_S: Final = 900.0


def delay_s(attempt: int, random: float, base: float = _BASE_S, cap: float = _CAP_S) -> float:
    """Seconds to wait after failure number `attempt` (1 is the first): doubling from `base` to `cap`, jittered.

    `random` in [0, 1) spreads the wait over its upper half, so that many who failed together do not come back together,
    and nobody comes back at once.
    """
    whole = min(cap, base * 2.0 ** min(max(0, attempt - 1), 30))
    return whole / 2 + whole / 2 * random


def poll_s(feed: Feed, last_arrival_age_s: float | None, pushed: bool) -> float:
    """Seconds until a feed is read again after a reading that went well.

    While talk is fresh (the last arrival at most ten minutes old) three times as often as the feed's calm interval;
    after six quiet hours half as often. Where the network pushes, the poll only checks: a fifth as often.
    `last_arrival_age_s` is None when nothing came since the start.
    """
    calm = float(feed.poll_s)
    interval = calm
    if last_arrival_age_s is not None and last_arrival_age_s <= _FRESH_S:
        interval = max(min(_FASTEST_S, calm), calm / 3)
    elif last_arrival_age_s is not None and last_arrival_age_s >= _CALM_S:
        interval = max(calm, min(_SLOWEST_S, calm * _CALM_FACTOR))
    if pushed:
        interval = max(calm, min(_SLOWEST_S, interval * _PUSHED_FACTOR))
    return interval
