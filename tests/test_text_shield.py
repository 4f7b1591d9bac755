from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.text import width
from cminbox.text.shield import Shield, words_of

LIST = ("idiot", "ass", "va mourir", "connard*", "クズ", "bâtard")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("You idiot!", "You i····!"),
        ("IDIOTS, all of you", "I·····, all of you"),
        ("1d10t", "1····"),
        ("i.d.i.o.t.", "i········."),
        ("an i d i o t here", "an i · · · · here"),
        ("id*ot, i***t", "i····, i····"),
        ("idiooooooooooooooooot", "i····················"),
        ("idiottttttt", "i··········"),
        ("ïdïöt", "ï····"),
        ("i\u200bdiot", "i····"),
        ("іdіоt", "і····"),
        ("a55 a$$ a-s-s", "a·· a·· a····"),
        ("Va, mourir", "V·· ······"),
        ("connards, connardise", "c·······, c·········"),
        ("この クズ野郎", "この ク・野郎"),
        ("BATARD bâtards", "B····· b······"),
    ],
)
def test_a_listed_word_is_met_however_it_is_written(text: str, shown: str) -> None:
    assert Shield(LIST)(text) == shown
    assert width(shown) == width(text)


@pytest.mark.parametrize("text", ["idiotic", "as class", "assassin", "mourir", "bat ard", "video 1 2 3", ""])
def test_other_words_stay(text: str) -> None:
    assert Shield(LIST)(text) is text


def test_without_words_nothing_is_masked() -> None:
    assert not Shield([])
    assert not Shield(["", "*", " "])
    assert Shield([])("idiot") == "idiot"


@given(st.lists(st.text(max_size=8), max_size=4), st.text(max_size=60))
def test_any_list_and_any_text_are_taken_and_the_ends_stay(words: list[str], text: str) -> None:
    shown = Shield(words)(text)
    assert shown[:1] == text[:1]
    assert Shield(words)(shown) is not None


@given(st.text(st.sampled_from("idotIDOT10.* -é\u0301クズ!|"), max_size=40))
def test_what_is_masked_is_as_wide_as_it_was(text: str) -> None:
    assert width(Shield(("idiot", "クズ", "do*"))(text)) == width(text)


@pytest.mark.parametrize("piece", ["1", "1|", "i.", "a ", "s", "i d ", "*", "dı"])
def test_a_hostile_text_is_looked_through_once(piece: str) -> None:
    """What grows as the square of its length would not end here."""
    text = piece * (300_000 // len(piece))
    assert len(Shield((*LIST, "ill", "lilli"))(text)) > 0


def test_a_file_of_words() -> None:
    assert words_of("idiot\n# a comment\n\n  va mourir  # both\nconnard*\n") == ["idiot", "va mourir", "connard*"]
