from __future__ import annotations

import pytest
from hypothesis import given

from cminbox.text import fold, storable
from test_text_safety import texts


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Où est ma Œuvre", "ou est ma oeuvre"),
        ("l’été", "L'ETE"),
        ("STRASSE", "straße"),
        ("ＦＲＥＥ　ＭＯＮＥＹ", "free money"),
        ("cafe\u0301", "café"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("İSTANBUL", "ıstanbul"),
        ("f\u200br\u200be\u200be", "free"),
        ("z\u0335a\u0321lgo\u0301\u0300", "zalgo"),
        ("« oui »", '" oui "'),
        ("10\u202f000\u00a0€", "10 000 €"),
        ("ﬁn", "fin"),
        ("Łódź Ærø", "lodz aero"),
        ("𝕋𝕖𝕩𝕥", "text"),
        ("مُحَمَّد", "محمد"),
        ("e-mail", "e‑mail"),
    ],
)
def test_what_people_type_either_way_folds_alike(a: str, b: str) -> None:
    assert fold(a) == fold(b)


@pytest.mark.parametrize(("a", "b"), [("か", "が"), ("कि", "की"), ("ข่า", "ข้า"), ("é", "a"), ("漢", "字")])
def test_spelling_that_is_no_accent_is_kept(a: str, b: str) -> None:
    assert fold(a) != fold(b)


@given(texts)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert storable(folded) == folded


def test_ascii_goes_the_same_way_as_the_rest() -> None:
    ascii_text = "".join(map(chr, range(0x20, 0x7F)))
    assert fold(ascii_text + "é") == fold(ascii_text) + "e"
