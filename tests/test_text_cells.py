from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size

from cminbox.text import cut, pad, safe, width, wrap
from hostile import SAMPLES, shared_texts
from test_text_safety import texts

SAFE = texts.map(safe)
LINES = texts.map(lambda text: safe(text, newlines=True))


def test_every_single_character_is_counted_as_textual_counts_it() -> None:
    different = []
    # The planes between hold nothing, and the last two are private use: their ends stand for them.
    for code in (*range(0x323B0), *range(0xDFFF0, 0xE1000), 0xEFFFF, 0xF0000, 0xFFFFF, 0x10FFFF):
        shown = safe(chr(code))
        if width(shown) != cell_len(shown):
            different.append(f"U+{code:04X}: {width(shown)}, Textual {cell_len(shown)}")
    assert different == []


def test_every_pair_with_a_joiner_or_selector_is_counted_as_textual_counts_it() -> None:
    pictures = [
        char for code in range(0x23, 0x1FB00) if regex.match(r"\p{Emoji}|\p{Extended_Pictographic}", char := chr(code))
    ]
    for char in pictures:
        for text in (
            char + "\ufe0f\u200d🌈",
            char + "\u200d🌈",
            char + "🏽",
            char + "\ufe0f",
            "👩\u200d" + char + "\ufe0f\u200d🌈",
        ):
            shown = safe(text)
            assert width(shown) == cell_len(shown), ascii(text)


@given(SAFE)
def test_width_is_textual_s(text: str) -> None:
    assert width(text) == cell_len(text)


def test_width_of_the_shared_texts_is_textual_s() -> None:
    found = shared_texts()
    if not found:
        pytest.skip("the shared hostile texts are not on this machine (CMINBOX_SHARED_DATA names their folder)")
    for text in map(safe, found):
        assert width(text) == cell_len(text)
        assert width(pad(text, 40)) == 40


@given(SAFE, st.integers(0, 30))
def test_cut_fits_and_marks_what_it_left_out(text: str, cells: int) -> None:
    short = cut(text, cells)
    assert width(short) <= cells
    if width(text) <= cells:
        assert short == text
    elif cells:
        assert short.endswith("…")
        assert text.startswith(short[:-1])


@given(SAFE, st.integers(0, 30))
def test_pad_is_exact_for_us_and_for_textual(text: str, cells: int) -> None:
    filled = pad(text, cells)
    assert width(filled) == cells
    assert cell_len(filled) == cells


@given(LINES, st.integers(1, 30))
def test_wrap_loses_nothing_but_spaces_at_the_breaks(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert all(width(line) <= cells for line in lines)
    if cells > 1:
        assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.text(st.sampled_from("ab é漢👍?"), max_size=30), st.integers(2, 12))
def test_wrap_never_leaves_a_space_where_a_line_ends(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert not any(line.endswith(" ") for line in lines[:-1])


def test_a_cut_never_splits_what_is_seen_as_one() -> None:
    assert cut("ab👩\u200d👩\u200d👧cd", 4) == "ab…"
    assert cut("ab👩\u200d👩\u200d👧cd", 5) == "ab👩\u200d👩\u200d👧…"
    assert cut("🇫🇷🇨🇦🇧🇪", 4) == "🇫🇷…"
    assert cut("e\u0301e\u0301e\u0301", 2) == "e\u0301…"
    assert cut("漢字", 3) == "漢…"
    assert cut("漢字", 2) == "…"


def test_a_cut_without_room_for_the_ellipsis() -> None:
    assert cut("abc", 2, "...") == "ab"
    assert cut("abc", 0) == ""
    assert cut("漢字", 1, "") == ""


def test_a_wall_of_leading_consonants_is_cut_too() -> None:
    assert width(cut("ᄀ" * 100, 20)) in (19, 20)


def test_wrap_breaks_at_spaces_and_keeps_lines_and_indents() -> None:
    assert wrap("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert wrap("a\n\n  b", 10) == ["a", "", "  b"]
    assert wrap("", 10) == [""]
    assert wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert wrap("ab cdefghij", 4) == ["ab", "cdef", "ghij"]


def test_wrap_keeps_french_punctuation_with_its_word() -> None:
    assert wrap("ça marche ce matin ?", 18) == ["ça marche ce", "matin ?"]


def test_wrap_breaks_between_wide_characters() -> None:
    assert wrap("ab 漢字漢字", 7) == ["ab 漢字", "漢字"]
    assert wrap("漢", 1) == ["?"]


def test_everyday_text_needs_no_tables() -> None:
    from cminbox.text import cells

    for sample in ("Bonjour, où est ma commande n° 12 ?", "100 € – « d’accord » … naïve Ωμέγα Привет"):
        assert cells._is_plain(sample)
        assert width(sample) == len(sample) == sum(map(get_character_cell_size, sample))


def test_the_samples_hold_what_the_fast_path_does_not_take() -> None:
    assert sum(safe(sample) != sample for sample in SAMPLES) > 20
