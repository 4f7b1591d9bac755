from __future__ import annotations

import pytest

from cminbox.model.accounts import Counting
from cminbox.text import measure
from hostile import SAMPLES

FAMILY = "👩\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("text", "counting", "length"),
    [
        ("é😀", "characters", 2),
        ("é😀", "utf16", 3),
        ("é😀", "bytes", 6),
        (FAMILY + "e\u0301🇫🇷", "graphemes", 3),
        ("a\r\nb", "graphemes", 3),
        ("", "weighted", 0),
        ("Bonjour, ça va ? l’été… “oui”", "weighted", 29 + 1),
        ("漢字", "weighted", 4),
        ("😀", "weighted", 2),
        (FAMILY, "weighted", 2),
        ("👍🏽🇫🇷1\ufe0f\u20e3❤\ufe0f", "weighted", 8),
        ("©", "weighted", 1),
        ("cafe\u0301", "weighted", 4),
        ("see https://example.com/" + "a" * 200, "weighted", 4 + 23),
        ("see https://a.co.", "weighted", 4 + 23 + 1),
        ("see example.com/x and t.co/abc", "weighted", 4 + 23 + 5 + 23),
        ("end.Then more", "weighted", 13),
        ("mail me@example.com", "weighted", 19),
        ("a" * 280, "weighted", 280),
        ("see https://example.com/" + "a" * 200 + " ok", "mastodon", 4 + 23 + 3),
        ("@ana@mastodon.example hello", "mastodon", len("@ana hello")),
        ("@ana@m.example:3000, @b@c.d", "mastodon", len("@ana, @b")),
        ("me@example.com", "mastodon", 14),
        (FAMILY + "é", "mastodon", 2),
        ("example.com", "mastodon", 11),
    ],
)
def test_each_network_counts_in_its_own_way(text: str, counting: str, length: int) -> None:
    assert measure(text, counting) == length


@pytest.mark.parametrize("counting", list(Counting))
def test_every_counting_of_the_model_is_known_and_never_raises(counting: Counting) -> None:
    for sample in SAMPLES:
        assert measure(sample, counting) >= 0


def test_an_unknown_counting_is_an_error_of_the_program() -> None:
    with pytest.raises(KeyError):
        measure("x", "furlongs")
