"""In which language somebody wrote."""

from __future__ import annotations

import pytest

from cminbox.inbox import tongues


@pytest.mark.parametrize(
    ("named", "code"),
    [
        *(("fr", "fr"), ("fr-CA", "fr"), ("pt_BR", "pt"), ("EN", "en"), ("gsw", "gsw")),
        *((None, ""), ("", ""), ("und", ""), ("français", ""), ("x", "")),
    ],
)
def test_a_language_is_its_first_letters(named: str | None, code: str) -> None:
    assert tongues.code(named) == code


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bonjour, où est mon colis ?", "fr"),
        ("@brand ma commande n'est pas arrivée https://example.org/en/where-is-my-order", "fr"),
        ("Is the student discount still on?", "en"),
        ("¿Dónde está mi pedido?", "es"),
        ("なぜですか", "ja"),
        *((text, "") for text in ("ok", "", "12345", "😀😀", "@brand https://example.org/page")),
    ],
)
def test_a_text_tells_its_language_or_nothing(text: str, language: str) -> None:
    assert tongues.detected(text) == language
