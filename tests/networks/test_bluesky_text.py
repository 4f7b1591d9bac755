"""Texts and keys of Bluesky: facets in bytes, links spelled out, record keys made from acts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.networks.bluesky_text import facets_of, mentioned, record_key, spelled_out, tid

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE = {"ana.bsky.example": "did:plc:ana", "bob.example": "did:plc:bob"}


async def resolve(handle: str) -> str | None:
    return PEOPLE.get(handle)


async def found(text: str) -> list[tuple[str, str]]:
    """What of the text each facet covers, and what it leads to."""
    data = text.encode()
    facets = await facets_of(text, resolve)
    return [
        (
            data[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(),
            next(v for k, v in one["features"][0].items() if k != "$type"),
        )
        for one in facets
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain words", []),
        ("@ana.bsky.example hello", [("@ana.bsky.example", "did:plc:ana")]),
        ("é👩‍👩‍👧 @ana.bsky.example!", [("@ana.bsky.example", "did:plc:ana")]),
        ("(@Bob.Example)", [("@Bob.Example", "did:plc:bob")]),
        ("@nobody.example and @ana", []),
        ("mail me@bob.example", []),
        ("see https://a.example/x?y=1&z=é#f.", [("https://a.example/x?y=1&z=é#f", "https://a.example/x?y=1&z=é#f")]),
        ("(https://a.example/x)", [("https://a.example/x", "https://a.example/x")]),
        ("https://a.example/x_(y)", [("https://a.example/x_(y)", "https://a.example/x_(y)")]),
        ("https:// and http://?", []),
        ("#shop #2 #été, #a#b", [("#shop", "shop"), ("#été", "été"), ("#a#b", "a#b")]),
        ("two https://a.example https://b.example", [("https://a.example",) * 2, ("https://b.example",) * 2]),
        ("#" + "x" * 65, []),
    ],
)
async def test_what_of_a_text_leads_somewhere(text: str, wanted: list[tuple[str, str]]) -> None:
    assert await found(text) == wanted


@given(st.text())
async def test_facets_lie_within_the_text_and_apart(text: str) -> None:
    reached = 0
    for facet in await facets_of(text, resolve):
        begin, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        assert reached <= begin < end <= len(text.encode("utf-8", "replace"))
        reached = end


def link(text: str, shown: str, uri: str) -> list[Any]:
    begin = text.encode().index(shown.encode())
    index = {"byteStart": begin, "byteEnd": begin + len(shown.encode())}
    return [{"index": index, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": uri}]}]


@pytest.mark.parametrize(
    ("text", "shown", "uri", "wanted"),
    [
        (
            "é see a.example/long...",
            "a.example/long...",
            "https://a.example/long/way",
            "é see https://a.example/long/way",
        ),
        ("see a.example/l… now", "a.example/l…", "https://a.example/lo", "see https://a.example/lo now"),
        ("my bank", "bank", "https://evil.example", "my bank (https://evil.example)"),
        ("at a.example", "a.example", "https://a.example/", "at a.example"),
        ("at https://a.example", "https://a.example", "https://a.example", "at https://a.example"),
        ("b.example", "b.example", "https://evil.example", "b.example (https://evil.example)"),
    ],
)
def test_a_reader_sees_where_a_link_leads(text: str, shown: str, uri: str, wanted: str) -> None:
    assert spelled_out(text, link(text, shown, uri)) == wanted


@pytest.mark.parametrize(
    "facets",
    [
        [],
        [None, 5, "x", {}, {"index": 3}, {"index": {"byteStart": "0", "byteEnd": 2}, "features": []}],
        [{"index": {"byteStart": 0, "byteEnd": 99}, "features": [{"uri": "https://x.example"}]}],
        [{"index": {"byteStart": 3, "byteEnd": 2}, "features": [{"uri": "https://x.example"}]}],
        [{"index": {"byteStart": 0, "byteEnd": 2}, "features": {"uri": "x"}}],
    ],
)
def test_nonsense_in_facets_changes_nothing(facets: list[Any]) -> None:
    assert spelled_out("text", facets) == "text"
    assert mentioned(facets) == frozenset()


def test_a_facet_that_cuts_a_character_breaks_nothing() -> None:
    facets = [{"index": {"byteStart": 1, "byteEnd": 2}, "features": [{"uri": "https://x.example"}]}]
    assert "https://x.example" in spelled_out("é!", facets)


def test_a_tid_is_the_one_of_the_specification() -> None:
    # Bit 63 is never set, and 65 bits of digits have two to spare: the first is one of 2 to b.
    assert tid(0, 0) == "2222222222222"
    assert tid((1 << 53) - 1, 1023) == "bzzzzzzzzzzzz"
    assert tid(1, 0) < tid(2, 0) < tid(2, 1)


@given(st.text(alphabet="0123456789abcdef", min_size=32, max_size=32))
def test_a_record_key_is_always_the_same_and_always_a_tid(key: str) -> None:
    made = record_key(key, NOW)
    assert re.fullmatch(r"[2-7ab][2-7a-z]{12}", made)
    assert made == record_key(key, NOW)
    assert record_key(key, NOW - timedelta(hours=1)) < made or made < record_key(key, NOW)
    assert tid(int((NOW - timedelta(hours=1)).timestamp() * 1e6), 0) <= made <= tid(int(NOW.timestamp() * 1e6), 1023)


def test_acts_of_the_same_instant_have_keys_of_their_own() -> None:
    assert len({record_key(f"{number:032x}", NOW) for number in range(10_000)}) == 10_000
