"""Working time between instants, over weekends, holidays and changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.clock import to_ms
from cminbox.errors import UsageError
from cminbox.insight.hours import BusinessHours, due_ms, is_holiday, is_open, worked_s
from cminbox.model.week import week_of

WEEK = week_of("mon-fri 9:00-12:30, 14-18; sat 10:00-12:00")
PARIS = BusinessHours("Europe/Paris", WEEK, country="FR")


def at(text: str, zone: str = "Europe/Paris") -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC))


def test_a_week_is_read_as_people_write_it() -> None:
    assert WEEK[0] == ((540, 750), (840, 1080))
    assert WEEK[5] == ((600, 720),)
    assert WEEK[6] == ()
    assert week_of("sat-mon 0:00-24:00") == (((0, 1440),), (), (), (), (), ((0, 1440),), ((0, 1440),))


@pytest.mark.parametrize(
    "text", ["monday 9-18", "mon 9:00", "mon 18-9", "mon 9-25", "mon 9:75-10:00", "mon 9-12, 11-14", "lun 9-18"]
)
def test_what_is_no_week_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="business hours"):
        week_of(text)


@pytest.mark.parametrize(
    ("instant", "opened"),
    [
        ("2026-03-02T08:59:59.999", False),
        ("2026-03-02T09:00", True),
        ("2026-03-02T12:29:59.999", True),
        ("2026-03-02T12:30", False),
        ("2026-03-07T11:00", True),
        ("2026-03-08T11:00", False),
        ("2026-05-01T11:00", False),
    ],
)
def test_open_is_from_the_first_instant_up_to_the_last(instant: str, opened: bool) -> None:
    assert is_open(PARIS, at(instant)) is opened
    assert is_open(None, at(instant))


def test_lunch_night_and_weekend_are_no_working_time() -> None:
    assert worked_s(PARIS, at("2026-03-02 12:00"), at("2026-03-02 14:30")) == 3600
    assert worked_s(PARIS, at("2026-03-06 17:00"), at("2026-03-09 10:00")) == 3600 + 7200 + 3600
    assert worked_s(PARIS, at("2026-03-08 08:00"), at("2026-03-08 20:00")) == 0
    assert worked_s(PARIS, at("2026-03-02 12:00"), at("2026-03-02 11:00")) == 0


def test_public_holidays_and_days_of_ones_own_are_free() -> None:
    assert is_holiday(date(2026, 7, 14), "FR", "")
    assert worked_s(PARIS, at("2026-07-14 08:00"), at("2026-07-14 20:00")) == 0
    closed = BusinessHours("Europe/Paris", WEEK, closed=frozenset({date(2026, 3, 2)}))
    assert worked_s(closed, at("2026-03-02 08:00"), at("2026-03-03 10:00")) == 3600
    with pytest.raises(UsageError, match="XX"):
        is_holiday(date(2026, 7, 14), "XX", "")


def test_a_region_has_holidays_of_its_own() -> None:
    # Epiphany, a Tuesday: free in Bavaria, not in Berlin.
    for region, worked in (("BY", 0), ("BE", 7.5 * 3600), ("", 7.5 * 3600)):
        hours = BusinessHours("Europe/Berlin", WEEK, country="DE", region=region)
        assert worked_s(hours, at("2026-01-06 00:00"), at("2026-01-07 00:00")) == worked


def test_what_takes_no_time_is_due_as_soon_as_somebody_works() -> None:
    assert due_ms(PARIS, at("2026-03-02 09:15"), 0) == at("2026-03-02 09:15")
    assert due_ms(PARIS, at("2026-03-02 12:30"), 0) == at("2026-03-02 14:00")
    assert due_ms(PARIS, at("2026-03-08 12:00"), 0) == at("2026-03-09 09:00")


def test_a_span_that_falls_into_the_hour_that_is_not_or_that_is_twice() -> None:
    night = BusinessHours("Europe/Paris", week_of("sun 2:00-3:00"))
    assert worked_s(night, at("2026-03-29 00:00"), at("2026-03-30 00:00")) == 0
    long = BusinessHours("Europe/Paris", week_of("sun 1:30-3:30"))
    assert worked_s(long, at("2026-03-29 00:00"), at("2026-03-30 00:00")) == 3600
    assert worked_s(long, at("2026-10-25 00:00"), at("2026-10-26 00:00")) == 3 * 3600
    lord_howe = BusinessHours("Australia/Lord_Howe", week_of("sun 1:00-3:00"))
    zone = "Australia/Lord_Howe"
    assert worked_s(lord_howe, at("2026-04-05 00:00", zone), at("2026-04-06 00:00", zone)) == 2.5 * 3600
    assert worked_s(lord_howe, at("2026-10-04 00:00", zone), at("2026-10-05 00:00", zone)) == 1.5 * 3600


def test_a_night_shift_goes_over_midnight_in_two_spans() -> None:
    night = BusinessHours("Asia/Kolkata", week_of("fri 22:00-24:00; sat 0:00-2:00"))
    assert worked_s(night, at("2026-03-06 21:00", "Asia/Kolkata"), at("2026-03-07 01:00", "Asia/Kolkata")) == 3 * 3600
    assert due_ms(night, at("2026-03-06 23:00", "Asia/Kolkata"), 5400) == at("2026-03-07 00:30", "Asia/Kolkata")


def test_a_day_on_which_the_clock_changes_has_its_own_length() -> None:
    always = BusinessHours("Europe/Paris", week_of("mon-sun 0:00-24:00"))
    assert worked_s(always, at("2026-03-29 00:00"), at("2026-03-30 00:00")) == 23 * 3600
    assert worked_s(always, at("2026-10-25 00:00"), at("2026-10-26 00:00")) == 25 * 3600
    assert due_ms(always, at("2026-03-29 00:00"), 24 * 3600) == at("2026-03-30 01:00")


def test_what_is_due_goes_on_the_next_working_day() -> None:
    assert due_ms(PARIS, at("2026-03-06 17:30"), 3600) == at("2026-03-07 10:30")
    assert due_ms(PARIS, at("2026-03-07 12:00"), 60) == at("2026-03-09 09:01")
    assert due_ms(None, 1_000, 60) == 61_000
    assert due_ms(BusinessHours("UTC", week_of("")), 1_000, 60) is None


@given(
    st.integers(at("2026-01-01 00:00"), at("2027-01-01 00:00")),
    st.integers(1, 200 * 3600),
    st.sampled_from(["Europe/Paris", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"]),
)
def test_at_the_deadline_just_so_much_was_worked(since_ms: int, target_s: int, zone: str) -> None:
    hours = BusinessHours(zone, WEEK)
    due = due_ms(hours, since_ms, target_s)
    assert due is not None
    assert worked_s(hours, since_ms, due) == target_s
    assert worked_s(hours, since_ms, due - 1000) < target_s
