"""The cell grid: whatever is drawn, a terminal ends up showing exactly that, for few bytes."""

from __future__ import annotations

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.ui.cells import BLANK, PLAIN, Cell, Grid, Pen, put

W, H = 20, 5
PENS = (Pen(), Pen("31"), Pen("32", "44"), Pen("", "", "1"), Pen("", "", "7"), Pen("33", "", "1;4"))
CHARS = st.sampled_from(["a", "b", " ", " ", "é", "日", "x"])


@st.composite
def frames(draw: st.DrawFn) -> list[dict[int, list[Cell]]]:
    out = []
    for _ in range(draw(st.integers(1, 4))):
        rows = {}
        for y in draw(st.sets(st.integers(0, H - 1), max_size=H)):
            row: list[Cell] = [BLANK] * W
            x = 0
            for _ in range(draw(st.integers(0, 6))):
                x = put(row, x, "".join(draw(st.lists(CHARS, max_size=6))), draw(st.sampled_from(PENS)))
            rows[y] = row
        out.append(rows)
    return out


def seen(screen: pyte.Screen, y: int, x: int) -> tuple[str, str, str, bool, bool, bool]:
    cell = screen.buffer[y][x]
    return (cell.data, cell.fg, cell.bg, cell.bold, cell.reverse, cell.underscore)


def wanted(cell: Cell) -> tuple[str, str, str, bool, bool, bool]:
    fg = {"": "default", "31": "red", "32": "green", "33": "brown"}[cell[1].fg]
    bg = {"": "default", "44": "blue"}[cell[1].bg]
    codes = cell[1].attrs.split(";")
    return (cell[0], fg, bg, "1" in codes, "7" in codes, "4" in codes)


def check(screen: pyte.Screen, grid: Grid) -> None:
    for y, row in enumerate(grid.rows):
        for x, cell in enumerate(row):
            is_, should = seen(screen, y, x), wanted(cell)
            if cell[0] == "":
                assert is_[0] == ""
            elif cell[0] == " " and not cell[1].attrs:  # the colour of nothing cannot be seen
                assert (is_[0], is_[2], is_[4], is_[5]) == (" ", should[2], False, False)
            else:
                assert is_ == should


@settings(max_examples=150, deadline=None)
@given(frames())
def test_a_terminal_shows_what_was_drawn(sequence: list[dict[int, list[Cell]]]) -> None:
    screen = pyte.Screen(W, H)
    stream = pyte.Stream(screen)
    grid = Grid(W, H)
    for rows in sequence:
        stream.feed(grid.update(rows))
        check(screen, grid)


@settings(max_examples=60, deadline=None)
@given(frames(), st.integers(0, 2), st.integers(3, 4), st.sampled_from([-2, -1, 1, 2]), frames())
def test_lines_moved_by_the_terminal_are_known(
    before: list[dict[int, list[Cell]]], top: int, bottom: int, by: int, after: list[dict[int, list[Cell]]]
) -> None:
    screen = pyte.Screen(W, H)
    stream = pyte.Stream(screen)
    grid = Grid(W, H)
    for rows in before:
        stream.feed(grid.update(rows))
    check(screen, grid)  # reading fills pyte's sparse buffer, of which it forgets lines otherwise
    stream.feed(grid.scroll(top, bottom, by))
    check(screen, grid)
    for rows in after:
        stream.feed(grid.update(rows))
        check(screen, grid)


def row_of(text: str, pen: Pen = PENS[0]) -> list[Cell]:
    row: list[Cell] = [BLANK] * W
    put(row, 0, text, pen)
    return row


def test_moving_a_mark_one_line_costs_a_few_bytes() -> None:
    grid = Grid(W, H)
    grid.update({1: row_of("> one"), 2: row_of("  two")})
    out = grid.update({1: row_of("  one"), 2: row_of("> two")})
    assert len(out) <= 12


def test_an_equal_frame_costs_nothing() -> None:
    grid = Grid(W, H)
    grid.update({0: row_of("hello", PENS[1])})
    assert grid.update({0: row_of("hello", PENS[1])}) == ""


def test_what_follows_an_emoji_sequence_is_placed_absolutely() -> None:
    """Terminals disagree about its width; the columns after it must not depend on that."""
    grid = Grid(W, H)
    out = grid.update({0: row_of("a👨‍👩‍👧b|")})
    assert "\x1b[1;4Hb|" in out


def test_a_wide_character_is_replaced_whole() -> None:
    screen = pyte.Screen(W, H)
    stream = pyte.Stream(screen)
    grid = Grid(W, H)
    stream.feed(grid.update({0: row_of("日本x")}))
    stream.feed(grid.update({0: row_of("aa本x")}))
    assert screen.display[0].rstrip() == "aa本x"


def test_text_is_cut_at_the_edge_and_never_half_a_character() -> None:
    row: list[Cell] = [BLANK] * 4
    assert put(row, 0, "abc日", Pen()) == 3
    assert row[3] == BLANK


def test_what_a_terminal_that_joins_nothing_drew_too_much_is_written_over() -> None:
    family = "👩\u200d👩\u200d👧"
    for text in (f"{family} end", family):
        row = [BLANK] * W
        put(row, 0, text, PLAIN)
        screen = pyte.Screen(W, 1)
        # A terminal that knows no joiner draws three people side by side.
        pyte.Stream(screen).feed(Grid(W, 1).update({0: row}).replace("\u200d", ""))
        assert "".join(screen.buffer[0][x].data for x in range(2, W)).rstrip() == text.removeprefix(family)


def test_a_flag_is_drawn_in_one_piece_and_what_is_drawn_too_wide_is_written_over() -> None:
    row = [BLANK] * W
    put(row, 0, "🇫🇷🇨🇦 ok", PLAIN)
    out = Grid(W, 1).update({0: row})
    assert "🇫🇷" in out
    assert "🇨🇦" in out
    screen = pyte.Screen(W, 1)
    pyte.Stream(screen).feed(out)
    assert screen.display[0].rstrip().endswith(" ok")
    assert [screen.buffer[0][x].data for x in range(4, 7)] == [" ", "o", "k"]
