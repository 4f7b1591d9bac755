"""What is a spike, and that one is announced once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cminbox.insight.spikes import Alarm, Watch, look, read

ALARM = Alarm(least=20, score=5, cool_down_s=3600)
USUAL = (8, 10, 9, 12, 11, 10)


def announced(counts: list[int], history: tuple[int, ...] = USUAL, every_ms: int = 60_000) -> list[int]:
    """At which looks something is announced."""
    watch, said = Watch(), []
    for number, count in enumerate(counts):
        watch, tell = look(watch, read(count, history), ALARM, number * every_ms)
        if tell:
            said.append(number)
    return said


def test_the_usual_is_no_spike_and_a_wave_is() -> None:
    assert not read(14, USUAL).is_spike(ALARM)
    assert read(60, USUAL).is_spike(ALARM)
    assert not read(19, ()).is_spike(ALARM)
    assert read(20, ()).is_spike(ALARM)


def test_a_spike_of_last_week_does_not_hide_this_one() -> None:
    assert read(60, (*USUAL, 400)).is_spike(ALARM)


def test_a_quiet_history_makes_no_alarm_of_a_few() -> None:
    assert not read(19, (0,) * 10).is_spike(ALARM)
    assert not read(120, (100,) * 10).is_spike(ALARM)


def test_it_is_announced_once_while_it_lasts() -> None:
    assert announced([9, 60, 80, 120, 70, 60, 9]) == [1]


def test_the_next_is_announced_after_the_cool_down() -> None:
    assert announced([60, 5, 60, 5, *[5] * 60, 60]) == [0, 64]


@given(st.lists(st.integers(0, 300), max_size=80), st.lists(st.integers(0, 50), max_size=12))
def test_two_announcements_are_never_nearer_than_the_cool_down(counts: list[int], history: list[int]) -> None:
    said = announced(counts, tuple(history))
    assert all(later - earlier >= 60 for earlier, later in pairwise(said))
