"""When a person waits, without a store."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cminbox.insight.waiting import Answer, Heard, Stand, stands

TIMES = st.integers(0, 5)
PEOPLE = st.integers(1, 3)
HEARD = st.lists(
    st.builds(Heard, st.integers(1, 99), PEOPLE, TIMES, st.sampled_from("abcdef"), st.none() | st.integers(100, 103)),
    max_size=6,
)
ANSWERS = st.lists(
    st.builds(Answer, TIMES, st.none() | st.frozensets(PEOPLE), st.none() | st.integers(100, 103)), max_size=4
)


def test_nobody_waits_where_nothing_was_heard() -> None:
    assert stands([1], [], [Answer(5, None)]) == {1: Stand(5)}


def test_each_person_waits_since_their_first_message_after_our_last_answer_to_them() -> None:
    heard = [Heard(1, 1, 10, "a"), Heard(2, 1, 30, "b"), Heard(3, 1, 40, "c"), Heard(4, 2, 10, "d")]
    found = stands([], heard, [Answer(20, frozenset({1})), Answer(15, frozenset({1}))])
    assert found == {1: Stand(20, 30, 2), 2: Stand(None, 10, 4)}


@given(HEARD, ANSWERS)
def test_who_waits_has_said_something_that_no_answer_to_them_is_newer_than(
    heard: list[Heard], answers: list[Answer]
) -> None:
    for person, stand in stands([], heard, answers).items():
        to_them = [each for each in answers if each.people is None or person in each.people]
        last = max((each.at_ms for each in to_them), default=None)
        newer = [
            each
            for each in heard
            if each.person_id == person
            and (last is None or each.at_ms > last or (each.at_ms == last and _replies(each, to_them)))
        ]
        assert stand.answered_ms == last
        assert stand.waits_ms == min((each.at_ms for each in newer), default=None)


def _replies(heard: Heard, answers: list[Answer]) -> bool:
    return heard.parent_id is not None and heard.parent_id in {each.message_id for each in answers}


@given(HEARD, ANSWERS, st.randoms())
def test_the_order_of_what_is_given_makes_no_difference(
    heard: list[Heard], answers: list[Answer], random: object
) -> None:
    one = stands([], heard, answers)
    random.shuffle(heard)  # type: ignore[attr-defined]
    random.shuffle(answers)  # type: ignore[attr-defined]
    other = stands([], heard, answers)
    assert {key: (each.answered_ms, each.waits_ms) for key, each in one.items()} == {
        key: (each.answered_ms, each.waits_ms) for key, each in other.items()
    }


@given(HEARD, ANSWERS, ANSWERS)
def test_more_answers_never_make_anybody_wait_longer(
    heard: list[Heard], answers: list[Answer], more: list[Answer]
) -> None:
    before, after = stands([], heard, answers), stands([], heard, answers + more)
    latest = max((each.at_ms for each in answers), default=-1)
    if all(each.at_ms > latest for each in more):
        for person, stand in after.items():
            waited = before[person].waits_ms if person in before else None
            assert stand.waits_ms is None or waited is None or stand.waits_ms >= waited
