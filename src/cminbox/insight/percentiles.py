"""Exact percentiles of the values themselves: no buckets, no estimates."""

from __future__ import annotations

from collections.abc import Sequence


def quantile(ordered: Sequence[float], q: float) -> float | None:
    """The `q` quantile (0 to 1) of ascending values; None of no values.

    Linear between the two nearest values, with the smallest at 0 and the largest at 1 (Hyndman and Fan's type 7, what
    `statistics.quantiles(method="inclusive")` and numpy compute). At 0.5 it is the median: of an even number of values
    the mean of the middle two.
    """
    if not ordered:
        return None
    place = (len(ordered) - 1) * q
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    low, high = ordered[below], ordered[above]
    return low + (high - low) * (place - below)


def median_and_p90(values: Sequence[float]) -> tuple[float | None, float | None]:
    """The median and the 90th percentile of values in any order; None of no values."""
    ordered = sorted(values)
    return quantile(ordered, 0.5), quantile(ordered, 0.9)
