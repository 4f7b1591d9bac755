"""Which messages say the same, and which only look so."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from cminbox.insight.clusters import ALIKE, FARTHEST, Form, best, form, keys, likeness, marks, resemble


def say_the_same(one: str, other: str) -> bool:
    left, right = form(one), form(other)
    assert left is not None
    assert right is not None
    found = likeness(left, right) > 0
    assert found == (likeness(right, left) > 0)
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is my parcel?", "where is my parcel ???"),
        ("Where is my parcel please", "Hello, where is my parcel?? thanks"),
        ("Hi, the code SPRING20 does not work at checkout", "Hello! Code SPRING20 doesn't work at checkout for me :("),
        ("the app crashes when I open it", "The app crashs when I open it!!!"),
        ("ça marche pas du tout chez moi", "Bonjour, ça ne marche pas du tout chez moi !"),
        ("The site is down again https://a.example/1", "@shop the site is down again https://b.example/2"),
        ("Noooo the concert in Lyon is cancelled", "no, the concert in Lyon is cancelled"),
        ("Merci !", "merci"),
        ("Œuvre reçue, où est la facture ?", "oeuvre recue, ou est la facture ?"),
    ],
)
def test_the_same_in_other_spellings(one: str, other: str) -> None:
    assert say_the_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Thank you", "No thank you"),
        ("I would like to cancel my order please", "I would not like to cancel my order please"),
        ("je veux annuler ma commande aujourd'hui", "je ne veux plus annuler ma commande aujourd'hui"),
        ("My order 10234 has not arrived yet", "My order 10243 has not arrived yet"),
        ("Order AB-771 came broken, what now?", "Order AB-772 came broken, what now?"),
        ("My parcel arrived this morning, thank you", "My parcel arrived this morning, thank you?"),
        ("The shop in Lyon is open on sunday", "The shop in Paris is open on sunday"),
        ("I am happy with the new lamp", "I am unhappy with the new lamp"),
        ("the delivery came on tuesday evening", "the delivery came on thursday evening"),
        ("sent", "send"),
        ("great 😀", "great 😡"),
        ("https://a.example/1", "https://a.example/2"),
        ("看到订单已经发货了吗", "看到订单已经取消了吗"),
    ],
)
def test_what_only_looks_the_same(one: str, other: str) -> None:
    assert not say_the_same(one, other)


@pytest.mark.parametrize(
    "text", ["", "   ", "hi", "Bonjour !", "Hello there :", "ok", "yes", "non", "@brand", "???", "...", "👻"[:0]]
)
def test_what_says_nothing_is_like_nothing(text: str) -> None:
    assert form(text) is None


def test_a_word_in_anothers_place_counts_in_a_long_text_too() -> None:
    text = (
        "we fly tonight with flight from the old town and wonder whether somebody could tell us where we leave our bags"
    )
    assert not say_the_same(text, text.replace("tonight", "tomorrow"))
    assert say_the_same(text, text + " gladly")


def test_far_into_a_long_text_every_letter_counts() -> None:
    text = "a long story " * 400
    assert say_the_same(text + "ends well", text + "ENDS WELL")
    assert not say_the_same(text + "ends well", text + "ends badly")


def test_the_most_alike_is_chosen_and_of_equals_the_oldest() -> None:
    def there(text: str) -> Form:
        found = form(text)
        assert found is not None
        return found

    text = there("the tracking link opens an empty page")
    near, nearer = there("the tracking links opens an emty page"), there("the tracking link opens an emty page")
    assert best(text, [(1, near), (2, nearer)]) == 2
    assert best(text, [(5, text), (4, text)]) == 4
    assert best(text, [(1, there("my parcel is broken and wet"))]) is None


def test_keys_part_scopes_and_senses() -> None:
    one, asked = form("the tracking link opens an empty page"), form("the tracking link opens an empty page?")
    assert one is not None
    assert asked is not None
    assert keys(one, 1) == keys(one, 1)
    assert not set(keys(one, 1)) & set(keys(one, 2))
    assert not set(keys(one, 1)) & set(keys(asked, 1))
    core, *bands = keys(one, 1)
    assert -(1 << 63) <= core < 1 << 63
    assert all(-(1 << 31) <= key < 1 << 31 for key in bands)


WORDS = ("parcel", "late", "refund", "lamp", "order", "card", "shop", "delivery", "broken", "page", "login", "help")


@given(st.lists(st.sampled_from(WORDS), min_size=7, max_size=20), st.integers(0, 10_000))
def test_an_equal_core_is_an_equal_first_key(words: list[str], seed: int) -> None:
    """The share of pairs with a slip of the pen that have a common key is measured in benchmarks/clusters.py."""
    draw = random.Random(seed)
    text = " ".join([*words, "please", "call", "me", "back"])
    other = f"{draw.choice(('Hello ', '', 'Bonjour, '))}{text.upper()}{draw.choice(('', '!', ' please'))}"
    left, right = form(text), form(other)
    assert left is not None
    assert right is not None
    assert keys(left, 0)[0] == keys(right, 0)[0]


@given(st.text(max_size=300))
def test_no_text_is_too_strange(text: str) -> None:
    found = form(text)
    if found is not None:
        assert likeness(found, found) == 100.0
        assert keys(found, 3)


@given(st.lists(st.sampled_from(WORDS), min_size=3, max_size=9), st.data())
def test_two_of_a_cluster_are_within_the_tolerance(words: list[str], data: st.DataObject) -> None:
    """Whatever is alike to a third text is not farther from another such than FARTHEST."""
    first = form(" ".join(words))
    if first is None or not first.loose:
        return
    letters = st.sampled_from("aeiostr ")

    def changed() -> Form | None:
        text = first.core
        for _ in range(data.draw(st.integers(0, 6))):
            at = data.draw(st.integers(0, len(text) - 1))
            text = text[:at] + data.draw(letters) + text[at + data.draw(st.integers(0, 1)) :]
        return form(text)

    one, other = changed(), changed()
    if one and other and likeness(one, first) >= ALIKE and likeness(other, first) >= ALIKE:
        assert fuzz.ratio(one.core, other.core) >= FARTHEST


def test_sketches_rule_out_what_only_shares_a_band() -> None:
    one, other, far = (
        marks(form(text) or pytest.fail(text), 0)
        for text in (
            "my parcel has not arrived yet, where is it now",
            "my parcel has still not arrived, where is it",
            "which sizes do the green winter boots come in",
        )
    )
    assert resemble(one.sketch, other.sketch)
    assert not resemble(one.sketch, far.sketch)
    assert resemble(one.sketch, None), "what is not known rules nothing out"
