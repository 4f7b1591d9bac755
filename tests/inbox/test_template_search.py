"""Finding a template while typing: the same as looking at all of them, within a frame."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from tests.inbox.office import Office

from cminbox.inbox import template_keeping
from cminbox.inbox.template_search import Shelf, best, nearest, search
from cminbox.model.templates import Variant, Written
from cminbox.store.templates import Shelved
from cminbox.text import fold

WORDS = [
    *(
        "refund",
        "order",
        "late",
        "parcel",
        "thanks",
        "opening",
        "hours",
        "stock",
        "crisis",
        "remboursement",
        "commande",
    ),
    *(
        "retard",
        "colis",
        "merci",
        "horaires",
        "code",
        "promo",
        "lost",
        "facture",
        "privé",
        "données",
        "été",
        "re",
        "de",
    ),
]
titles = st.lists(
    st.lists(st.sampled_from(WORDS) | st.text(max_size=6), min_size=1, max_size=5).map(" ".join), max_size=120
)
queries = st.lists(st.sampled_from(WORDS) | st.text(min_size=1, max_size=4), min_size=1, max_size=3).map(" ".join)


def full_scan(keys: list[str], words: str, limit: int) -> list[tuple[int, float]]:
    """Every key scored by itself, sorted."""
    scored = [(at, fuzz.WRatio(words, key)) for at, key in enumerate(keys)]
    return sorted(scored, key=lambda each: (-each[1], each[0]))[:limit]


@settings(max_examples=200)
@given(titles, queries, st.integers(1, 12), st.data())
def test_the_nearest_are_those_of_a_full_scan(names: list[str], query: str, limit: int, data: st.DataObject) -> None:
    keys = [fold(name) for name in names]
    words = " ".join(fold(query).split())
    words = words[: data.draw(st.integers(1, max(1, len(words))))].strip()
    if words:
        assert nearest(keys, words, limit) == full_scan(keys, words, limit)


def test_the_best_of_five_thousand_is_that_of_a_full_scan_after_every_key() -> None:
    chance = random.Random(5)
    keys = [f"{' '.join(chance.choices(WORDS, k=chance.randint(2, 5)))} {number}" for number in range(5_000)]
    for whole in ("remboursement", "refnd or", "stock 4711", "zzz", "données"):
        for end in range(1, len(whole) + 1):
            words = fold(whole[:end]).strip()
            assert nearest(keys, words, 10) == full_scan(keys, words, 10), words


def shelved(number: int, name: str, shortcut: str = "", uses: int = 0) -> Shelved:
    return Shelved(number, name, shortcut, "", "", fold(name), fold(shortcut), uses, None)


def test_a_shortcut_goes_before_names_and_the_more_used_before_the_others() -> None:
    shelf = Shelf.of(1, [shelved(3, "Refund", uses=9), shelved(1, "Refund"), shelved(2, "Other", "refund")])
    assert [hit.template.id for hit in best(shelf, "Refund", 3)] == [2, 3, 1]
    assert [hit.template.id for hit in best(shelf, "", 2)] == [3, 1]


@pytest.fixture
async def filled(office: Office) -> Office:
    desk = await office.desk()
    for name, body, brand in (
        ("Refund on its way", "It comes soon.", ""),
        ("Été : horaires", "Ouvert l'après-midi.", ""),
        ("Acme only", "For Acme.", "Acme"),
    ):
        await template_keeping.add(desk, Written(name=name, brand=brand, variants=(Variant(body=body),)))
    return office


async def test_search_finds_by_name_and_by_text(filled: Office) -> None:
    desk = await filled.desk()
    assert (await search(desk, "refund"))[0].template.name == "Refund on its way"
    assert (await search(desk, "ete"))[0].template.name == "Été : horaires"
    assert "Été : horaires" in [hit.template.name for hit in (await search(desk, "apres-midi"))[:2]]
    assert len(await search(desk, "")) == 3


async def test_search_keeps_to_the_brand_of_the_conversation(filled: Office) -> None:
    desk = await filled.desk()
    conversation = await filled.arrive("a")
    assert "Acme only" not in [hit.template.name for hit in await search(desk, "acme", conversation)]
    assert (await search(desk, "acme only"))[0].template.name == "Acme only"


async def test_search_sees_what_changed(filled: Office) -> None:
    desk = await filled.desk()
    found = (await search(desk, "refund"))[0]
    await template_keeping.remove(desk, [found.template.id])
    assert (await search(desk, "refund"))[0].template.id != found.template.id
