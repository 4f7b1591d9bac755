from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.text import ascii_json, label, safe, storable
from hostile import SAMPLES, shared_texts

BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
UNSEEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u180b-\u180f\u200b\u2060-\u206f\u2028\u2029\u3164\ufe00-\ufe0e\ufeff\uffa0]"
)
ODD = st.sampled_from(sorted({char for sample in SAMPLES for char in sample}))
texts = st.one_of(
    st.text(st.characters(codec=None, exclude_categories=()), max_size=40),
    st.text(ODD, max_size=30),
    st.sampled_from(SAMPLES),
)


def assert_safe(text: str, *, newlines: bool = False) -> None:
    shown = safe(text, newlines=newlines)
    controls = CONTROLS.sub(lambda match: "" if newlines and match[0] == "\n" else match[0], shown)
    assert not CONTROLS.search(shown) or (newlines and not CONTROLS.search(shown.replace("\n", ""))), controls
    assert not BIDI.search(shown)
    assert not UNSEEN.search(shown)
    assert not any(0xD800 <= ord(char) <= 0xDFFF or 0xE0000 <= ord(char) <= 0xE0FFF for char in shown)
    assert not any(unicodedata.category(char) in ("Cs", "Co", "Cc") for char in shown.replace("\n", ""))
    shown.encode("utf-8")
    assert safe(shown, newlines=newlines) == shown


@given(texts)
def test_nothing_dangerous_is_left(text: str) -> None:
    assert_safe(text)
    assert_safe(text, newlines=True)


@given(texts, texts)
def test_two_safe_texts_side_by_side_are_safe_and_keep_their_widths(a: str, b: str) -> None:
    from cminbox.text import width

    left, right = safe(a), safe(b)
    assert width(left + "|" + right) == width(left) + 1 + width(right)
    assert width(left + right) == width(left) + width(right)


def test_the_shared_hostile_texts_are_safe() -> None:
    found = shared_texts()
    if not found:
        pytest.skip("the shared hostile texts are not on this machine (CMINBOX_SHARED_DATA names their folder)")
    for text in found:
        assert_safe(text)
        assert_safe(text, newlines=True)


def test_controls_are_made_visible() -> None:
    assert safe("\x1b[31mred\x07") == "␛[31mred␇"
    assert safe("\0\x7f") == "␀␡"
    assert safe("a\x9b2J") == "a\\x9b2J"


def test_a_carriage_return_hides_nothing() -> None:
    assert safe("Total: 900\rTotal: 9") == "Total: 900 Total: 9"
    assert safe("a\r\nb\rc\vd", newlines=True) == "a\nb\nc\nd"


def test_line_ends_become_one_space_in_one_line() -> None:
    assert safe("a\n\n\nb\tc") == "a b c"
    assert safe("a\n\nb\tc", newlines=True) == "a\n\nb    c"


def test_bidi_tricks_and_hidden_words_vanish() -> None:
    assert safe("facture_\u202efdp.exe") == "facture_fdp.exe"
    assert safe("Great!\U000e0069\U000e0067") == "Great!"
    assert safe("f\u200br\u00ade\ufeffe") == "free"


def test_spaces_that_french_needs_are_kept() -> None:
    assert safe("Où\u202f? 10\u00a0€") == "Où\u202f? 10\u00a0€"


@pytest.mark.parametrize(
    "emoji",
    [
        "👩\u200d👩\u200d👧\u200d👦",
        "👍🏽",
        "🏳\ufe0f\u200d🌈",
        "🇫🇷",
        "👩🏽\u200d🤝\u200d👨🏿",
        "👩\u200d❤\ufe0f\u200d👨",
    ],
)
def test_emoji_sequences_are_kept_whole(emoji: str) -> None:
    assert safe(f"a {emoji} b") == f"a {emoji} b"


def test_emoji_that_terminals_measure_differently_are_made_plain() -> None:
    assert safe("❤\ufe0f ❤\ufe0e 1\ufe0f\u20e3") == "❤ ❤ 1\u20e3"
    assert safe("✌🏽 🏽") == "✌ ■"
    assert safe("🇫🇷🇨") == "🇫🇷C"


def test_joiners_are_kept_only_where_they_spell_or_join() -> None:
    assert safe("می\u200cخواهم") == "می\u200cخواهم"
    assert safe("ශ්\u200dරී") == "ශ්\u200dරී"
    assert safe("pay\u200dpal \u200d👩\u200d") == "paypal 👩"


def test_a_tower_of_marks_is_capped_and_stands_on_its_own() -> None:
    assert safe("a" + "\u0301" * 100 + "b") == "a" + "\u0301" * 4 + "b"
    assert safe("\u0301a") == "\u25cc\u0301a"
    assert safe("a\n\u0301b", newlines=True) == "a\n\u25cc\u0301b"


def test_what_nobody_can_show_is_replaced() -> None:
    assert safe("\ue000\ufdd0\U0010ffff\ud800") == "\ufffd" * 4


@pytest.mark.parametrize("nobody", ["", " ", "\u200b\u200d\u2060\ufeff", "\u3164", "\u2800\u00a0", "\n\t"])
def test_an_author_without_a_visible_name_is_a_question_mark(nobody: str) -> None:
    assert label(nobody) == "?"


def test_an_author_is_stripped() -> None:
    assert label("  Ana\nLópez ") == "Ana López"


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_storable_changes_surrogates_only(text: str) -> None:
    kept = storable(text)
    kept.encode("utf-8")
    if not re.search("[\ud800-\udfff]", text):
        assert kept == text


def test_storable_joins_pairs_and_keeps_nul() -> None:
    assert storable("a\ud83d\ude00b\ud800c\0") == "a😀b\ufffdc\0"


def test_json_is_one_ascii_line_without_lone_surrogates() -> None:
    line = ascii_json({"text": 'é\n"\ud800', "ids": [1, (2, "\udc00")], "slash": "\\ud800"})
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == {"text": 'é\n"\ufffd', "ids": [1, [2, "\ufffd"]], "slash": "\\ud800"}
