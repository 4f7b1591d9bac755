"""Words for a time that is past."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cminbox.errors import UsageError
from cminbox.inbox import ranges
from cminbox.model.numbers import Span

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 4, 1, 8, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Paris, three days into summer time


def local(day: str, hour: int = 0) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02d}:00").replace(tzinfo=PARIS).astimezone(UTC)


@pytest.mark.parametrize(
    ("words", "since", "until"),
    [
        ("today", local("2026-04-01"), NOW),
        ("Aujourd'hui", local("2026-04-01"), NOW),
        ("hier", local("2026-03-31"), local("2026-04-01")),
        ("7d", local("2026-03-26"), NOW),
        ("30 derniers jours", local("2026-03-03"), NOW),
        ("2 semaines", local("2026-03-19"), NOW),
        ("this week", local("2026-03-30"), NOW),
        ("la semaine dernière", local("2026-03-23"), local("2026-03-30")),
        ("last month", local("2026-03-01"), local("2026-04-01")),
        ("2026-03-29", local("2026-03-29"), local("2026-03-30")),
        ("2026-03-01 .. 2026-03-08", local("2026-03-01"), local("2026-03-09")),
        ("du 1 mars au 8 mars", local("2026-03-01"), local("2026-03-09")),
        ("2026-03-20 to 2026-05-01", local("2026-03-20"), NOW),
    ],
)
def test_words_for_whole_days(words: str, since: datetime, until: datetime) -> None:
    assert ranges.span(words, NOW, PARIS) == Span(since, until)


@pytest.mark.parametrize(
    "words", ["", "someday", "2026-03-08 .. 2026-03-01", "2026-05-01", "3/4", "0d", "12", "a .. b .. c", "2026-02-30"]
)
def test_what_means_nothing_or_two_things_or_is_to_come_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        ranges.span(words, NOW, PARIS)


def test_a_span_is_compared_with_the_same_clock_times_before() -> None:
    today = ranges.last_days(1, NOW, PARIS)
    assert ranges.before(today, PARIS) == Span(local("2026-03-31"), local("2026-03-31", 10))
    week = ranges.last_days(7, NOW, PARIS)  # holds the change to summer time
    assert ranges.before(week, PARIS) == Span(local("2026-03-19"), local("2026-03-25", 10))
    short = Span(local("2026-03-29"), local("2026-03-30"))  # of 23 hours
    assert ranges.before(short, PARIS) == Span(local("2026-03-28"), local("2026-03-29"))
