from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.model.search_terms import hits, terms, words


def marked(text: str, query: str) -> list[str]:
    return [text[start:end] for start, end in hits(text, terms(query))]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Je veux un remboursement", "rembours", ["rembours"]),
        ("Je veux un remboursement", "remboursement ", ["remboursement"]),
        ("L’œuvre était abîmée", "l'oeuvre abimee", ["L’œuvre", "abîmée"]),
        ("L’œuvre est là", "oeuv", ["œuv"]),
        ("Straße gesperrt, Straßen auch", "strasse gesperrt", ["Straße", "gesperrt"]),
        ("ete\u0301 comme été", "ete", ["ete\u0301", "été"]),
        ("colis perdu depuis lundi", '"perdu depuis"', ["perdu depuis"]),
        ("perdu,  depuis", '"perdu depuis"', ["perdu,  depuis"]),
        ("我想要退款谢谢", "退款", ["退款"]),
        ("order A-12345/b", "a-12345", ["A-12345"]),
        ("encore un colis, des colis", "colis", ["colis", "colis"]),
        ("colis colissimo", '"colis"', ["colis"]),
        ("Ｆｕｌｌ width", "full", ["Ｆｕｌｌ"]),
        ("rien de tel", "colis", []),
        ("", "colis", []),
        ("colis", "", []),
    ],
)
def test_what_was_found_is_marked_in_the_text_as_it_was_written(text: str, query: str, expected: list[str]) -> None:
    assert marked(text, query) == expected


@given(st.text(max_size=60), st.text(alphabet="aéœß日本คำ ’-_x9", max_size=12))
def test_hits_are_places_in_order_none_over_another(text: str, query: str) -> None:
    before = 0
    for start, end in hits(text, terms(query)):
        assert before <= start < end <= len(text)
        before = end


@given(st.text(alphabet="abcéœ 日本’-é\u0301", min_size=1, max_size=40))
def test_a_word_of_a_text_is_found_in_it(text: str) -> None:
    for word in words(text).split():
        assert hits(text, terms(f'"{word}"')), word
