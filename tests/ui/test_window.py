"""The rows in memory: whatever moves, the cursor stays on its row and in view."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cminbox.clock import from_ms
from cminbox.model.base import ConversationState, Kind
from cminbox.model.rows import QueueRow
from cminbox.ui.widgets.queue import shift
from cminbox.ui.window import KEPT, PAGE, Window


def row(n: int, **more: object) -> QueueRow:
    fields: dict[str, object] = {
        "id": n,
        "network": "mastodon",
        "account": "a",
        "account_id": 1,
        "kind": Kind.COMMENT,
        "state": ConversationState.OPEN,
        "person": f"p{n}",
        "text": f"t{n}",
        "at": from_ms(n * 1000),
        "sort_ms": n,
    }
    return QueueRow.model_validate({**fields, **more})


def window(n: int, height: int = 5, *, at_end: bool = True) -> Window:
    made = Window(height)
    made.load([row(i) for i in range(n, 0, -1)], at_end=at_end)
    return made


def test_after_a_row_leaves_the_cursor_is_on_the_next_one() -> None:
    w = window(10)
    w.go(3)
    following = w.rows[4].id
    assert w.remove(w.current.id)
    assert w.current.id == following
    assert not w.remove(99)


def test_at_the_end_the_cursor_goes_to_the_one_before() -> None:
    w = window(3)
    w.go(2)
    w.remove(w.current.id)
    assert w.current.id == 2
    w.remove(2)
    w.remove(3)
    assert w.current is None
    assert w.position == 0


def test_a_row_that_leaves_above_does_not_move_the_view() -> None:
    w = window(20)
    w.go(12)
    before, shown = w.current.id, [r.id for r in w.visible]
    w.remove(w.rows[0].id)
    assert w.current.id == before
    assert [r.id for r in w.visible] == shown


def test_a_list_read_again_leaves_the_mark_with_its_row() -> None:
    w = window(5)
    w.go(1)
    w.load([row(7), row(6), *w.rows], at_end=True, keep=4)
    assert w.current.id == 4
    assert [r.id for r in w.visible] == [7, 6, 5, 4, 3]


def test_what_follows_the_view_is_taken_anew() -> None:
    w = window(30)
    w.go(9)
    shown = [r.id for r in w.visible]
    w.follow_view([row(i) for i in (20, 3, 2)], at_end=True)
    assert [r.id for r in w.visible] == shown
    assert [r.id for r in w.rows[w.top + w.height :]] == [20, 3, 2]
    assert w.at_end


def test_a_replaced_row_keeps_its_place_for_the_next_page() -> None:
    w = window(5)
    assert w.replace(row(4, star=True, sort_ms=99))
    assert w.rows[1].star
    assert w.rows[1].sort_ms == 4
    assert not w.replace(w.rows[1])
    assert not w.replace(row(77))


def test_long_lists_keep_so_many_rows_only() -> None:
    w = Window(20)
    w.load([row(i) for i in range(100_000, 100_000 - PAGE, -1)], at_end=False)
    last = 100_000 - PAGE
    for _ in range(30):
        w.go(len(w.rows) - 1)
        w.extend([row(i) for i in range(last, last - PAGE, -1)], at_end=False)
        last -= PAGE
    assert len(w.rows) <= KEPT + PAGE
    assert w.position == 100_000 - w.current.id + 1
    while not w.at_start and w.rows[0].id < 100_000:
        first = w.rows[0].id
        w.go(0)
        above = [row(i) for i in range(min(100_000, first + PAGE), first, -1)]
        w.extend_before(above, at_start=above[0].id == 100_000)
    assert len(w.rows) <= KEPT + PAGE
    assert w.base == 0


@given(
    st.integers(1, 40),
    st.lists(
        st.one_of(
            st.tuples(st.just("move"), st.integers(-50, 50)),
            st.tuples(st.just("resize"), st.integers(1, 12)),
            st.tuples(st.just("remove"), st.integers(1, 40)),
            st.tuples(st.just("follow_view"), st.integers(41, 60)),
            st.tuples(st.just("go"), st.integers(-5, 80)),
        ),
        max_size=25,
    ),
)
def test_the_cursor_is_always_on_a_row_in_view(n: int, deeds: list[tuple[str, int]]) -> None:
    w = window(n)
    for name, value in deeds:
        held = w.current
        match name:
            case "follow_view":
                w.follow_view([row(value)], at_end=True)
                assert held is None or w.current.id == held.id
            case "remove":
                w.remove(value)
            case _:
                getattr(w, name)(value)
        ids = [r.id for r in w.rows]
        assert len(set(ids)) == len(ids)
        if w.rows:
            assert w.top <= w.cursor < w.top + w.height
            assert 0 <= w.top < len(w.rows)
            assert w.rows[w.index_of(w.current.id)] is w.current


def lines(*names: str) -> list[list[tuple[str, str]]]:
    return [[("text", name)] for name in names]


def test_lines_that_moved_as_one_are_seen() -> None:
    before = lines("a", "b", "c", "d", "e", "f")
    assert shift(before, lines("a", "c", "d", "e", "f", "g")) == (1, 1)
    assert shift(before, lines("x", "y", "a", "b", "c", "d")) == (0, -2)
    assert shift(before, lines("c", "d", "e", "f", "g", "h")) == (0, 2)
    assert shift(before, before) is None
    assert shift(before, lines("a", "b", "c", "X", "e", "f")) is None
    assert shift(before, lines("f", "e", "d", "c", "b", "a")) is None
    assert shift(before, lines("a")) is None
