"""The text being written: characters as people see them, words, lines, undo."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cminbox.text import safe, width
from cminbox.ui.editing import Buffer, boundaries, cleaned, index_at, line_spans, place

PIECES = st.sampled_from(["a", "b", " ", "\n", "é", "e\u0301", "日", "👩\u200d👧", "-", "x"])
TEXTS = st.lists(PIECES, max_size=60).map("".join)


def test_letters_of_a_word_undo_together() -> None:
    buffer = Buffer()
    for char in "un deux":
        buffer.insert(char)
    assert buffer.undo()
    assert buffer.text == "un "
    assert buffer.undo()
    assert buffer.text == "un"
    assert buffer.undo()
    assert buffer.text == ""
    assert not buffer.undo()
    while buffer.redo():
        pass
    assert buffer.text == "un deux"


def test_a_character_is_erased_as_it_is_seen() -> None:
    buffer = Buffer("e\u0301👩\u200d👧")
    buffer.press("backspace", 40)
    assert buffer.text == "e\u0301"
    buffer.press("backspace", 40)
    assert buffer.text == ""
    assert buffer.press("backspace", 40)


@pytest.mark.parametrize(
    ("key", "cursor"),
    [
        ("home", 4),
        ("end", 11),
        ("left", 8),
        ("right", 10),
        ("ctrl+left", 8),
        ("ctrl+right", 11),
        ("up", 3),
        ("down", 15),
    ],
)
def test_keys_that_move(key: str, cursor: int) -> None:
    buffer = Buffer("abc\nbon jou\nxyz")
    buffer.cursor = 9
    buffer.press(key, 40)
    assert buffer.cursor == cursor


@pytest.mark.parametrize(
    ("key", "text"),
    [("ctrl+w", "abc\nou"), ("ctrl+u", "abc\nou"), ("ctrl+k", "abc\njj"), ("delete", "abc\njju")],
)
def test_keys_that_erase(key: str, text: str) -> None:
    buffer = Buffer("abc\njjou")
    buffer.cursor = 6
    buffer.press(key, 40)
    assert buffer.text == text


def test_a_key_that_edits_nothing_says_so() -> None:
    assert not Buffer("a").press("f5", 40)


def test_a_paste_loses_its_control_characters_and_keeps_its_lines() -> None:
    assert cleaned("a\x1b[0m\r\nb\tc\x07\x9b") == "a[0m\nb    c"
    buffer = Buffer(one_line=True)
    buffer.insert("un\ndeux")
    assert buffer.text == "un deux"


def test_lines_break_at_blanks() -> None:
    text = "Bonjour Jules, merci"
    assert [text[a:b] for a, b in line_spans(text, 9)] == ["Bonjour ", "Jules, ", "merci"]
    assert [text[a:b] for a, b in line_spans("abcdefgh", 4)] == ["Bonj", "our "]


@example(text=" a日", cells=2)
@given(TEXTS, st.integers(2, 20))
def test_lines_hold_the_whole_text_and_fit(text: str, cells: int) -> None:
    spans = line_spans(text, cells)
    assert "".join(text[a:b] for a, b in spans) == text.replace("\n", "")
    for a, b in spans:
        assert width(safe(text[a:b].rstrip())) <= cells


@given(TEXTS, st.integers(2, 20), st.data())
def test_the_cursor_has_one_place_and_comes_back_to_it(text: str, cells: int, data: st.DataObject) -> None:
    cursor = data.draw(st.sampled_from(boundaries(text)))
    spans = line_spans(text, cells)
    y, x = place(text, cursor, spans)
    assert spans[y][0] <= cursor <= spans[y][1]
    assert index_at(text, spans[y], x) == cursor or width(safe(text[spans[y][0] : cursor])) == x


@given(TEXTS, st.lists(st.sampled_from(["left", "right", "up", "down", "backspace", "delete", "ctrl+w", "é", "\n"])))
def test_undo_goes_all_the_way_back(text: str, keys: list[str]) -> None:
    buffer = Buffer(text)
    for key in keys:
        if len(key) == 1:
            buffer.insert(key)
        else:
            buffer.press(key, 10)
        assert 0 <= buffer.cursor <= len(buffer.text)
    after = buffer.text
    steps = 0
    while buffer.undo():
        steps += 1
    assert buffer.text == text
    for _ in range(steps):
        assert buffer.redo()
    assert buffer.text == after


def test_a_draft_put_before_what_was_typed_is_never_undone() -> None:
    buffer = Buffer()
    for char in "ab":
        buffer.insert(char)
    buffer.begin_with("draft ")
    assert (buffer.text, buffer.cursor) == ("draft ab", 8)
    while buffer.undo():
        pass
    assert buffer.text == "draft "


def test_what_was_undone_is_gone_after_another_key() -> None:
    buffer = Buffer("a")
    buffer.insert("b")
    buffer.undo()
    buffer.insert("c")
    assert not buffer.redo()
    assert buffer.text == "ac"
