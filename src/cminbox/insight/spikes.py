"""When more comes in than usual. Pure.

A window of arrivals is compared with what the same window brought in other weeks; with less than two weeks of history,
with the windows just before. The comparison is robust: the median and the median absolute deviation (Hampel's
identifier), which a spike of last week does not move. Counts scatter at least as their square root does (Poisson), so
a quiet history, whose deviation is 0, does not make every message an alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from cminbox.insight.clusters import Form, best, form

_MAD_TO_SIGMA = 1.4826
"""The median absolute deviation of a normal distribution, times this, is its standard deviation."""


@dataclass(frozen=True)
class Alarm:
    """From when on arrivals are a spike: at least `least` in the window, and `score` times the usual scatter above the
    usual. After an announcement nothing is announced for `cool_down_s` seconds, nor while the spike goes on. Where
    there is nothing to compare with, `alike` people must say the same, too.
    """

    least: int = 20
    score: float = 5.0
    cool_down_s: float = 3600.0
    alike: int = 6


@dataclass(frozen=True)
class Reading:
    """One look at the arrivals: how many in the window, how many are usual, and how far that is above the scatter.

    `alike`: how many people say the same, where there is nothing to compare with; else None.
    """

    count: int
    usual: float
    score: float
    alike: int | None = None

    def is_spike(self, alarm: Alarm) -> bool:
        """Whether it is worth an announcement."""
        same = self.alike is None or self.alike >= alarm.alike
        return same and self.count >= alarm.least and self.score >= alarm.score


def read(count: int, history: Sequence[int], alike: int | None = None) -> Reading:
    """Compare the arrivals of a window with those of its history; without any, everything is above 0, and `alike`
    counts: how many people say the same.
    """
    usual = float(median(history)) if history else 0.0
    deviation = float(median(abs(each - usual) for each in history)) if history else 0.0
    scatter = max(_MAD_TO_SIGMA * deviation, sqrt(usual), 1.0)
    return Reading(count, usual, (count - usual) / scatter, None if history else alike)


def most_alike(said: Iterable[tuple[int, str]]) -> int:
    """How many people say the same, at most: of (person, text), as waves are told apart (insight.clusters)."""
    groups: list[tuple[int, Form]] = []
    people: list[set[int]] = []
    known: dict[tuple[object, object], int] = {}
    for person, text in said:
        heard = form(text)
        if heard is None:
            continue
        at = known.get((heard.core, heard.sense))
        at = best(heard, groups) if at is None else at
        if at is None:
            at = len(groups)
            groups.append((at, heard))
            people.append(set())
        known[heard.core, heard.sense] = at
        people[at].add(person)
    return max(map(len, people), default=0)


@dataclass(frozen=True)
class Watch:
    """What an observer of arrivals remembers between two looks: since when a spike lasts, and the last announcement."""

    since_ms: int | None = None
    announced_ms: int | None = None


def look(watch: Watch, reading: Reading, alarm: Alarm, now_ms: int) -> tuple[Watch, bool]:
    """The watch after one more look, and whether this look announces a spike.

    A spike is announced once: it begins when a reading is one, and ends when arrivals are back at half of what made it
    one. The next is announced when the cool-down since the last announcement is over.
    """
    if watch.since_ms is not None:
        ended = reading.count < alarm.least / 2 or reading.score < alarm.score / 2
        return (Watch(None, watch.announced_ms) if ended else watch), False
    if not reading.is_spike(alarm):
        return watch, False
    if watch.announced_ms is not None and now_ms - watch.announced_ms < alarm.cool_down_s * 1000:
        return watch, False
    return Watch(now_ms, now_ms), True
