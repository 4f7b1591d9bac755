from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.insight.thanks import only_thanks


@pytest.mark.parametrize(
    "text",
    [
        "Merci beaucoup !",
        "@brand thx",
        "Mercii 🙏🙏",
        "MERCIIII",
        "Super, merci pour votre réponse rapide, bonne journée",
        "Un grand merci à toute l'équipe ❤️",
        "D'accord merci bcp",
        "je vous remercie",
        "Thank you sooo much!!!",
        "Okay, thank you for your help :)",
        "will do. Thanks for the help. Cheers",
        "Much appreciated!",
        "🙏",
        "👍🏽",
        "thanks -LM",
    ],
)
def test_thanks_and_nothing_else(text: str) -> None:
    assert only_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "😊",
        "Merci d'avance",
        "Merci de me répondre",
        "merci pour rien",
        "Merci mais ça ne marche toujours pas",
        "Non merci",
        "no thanks",
        "thank god",
        "thanks in advance",
        "Thanks for nothing",
        "Thanks, where is it?",
        "Merci 🙄",
        "thanks :(",
        "help, thanks",
        "La réponse, merci",
        "merci https://x.example",
        "Merci, commande 12345",
        "thanks " * 40,
    ],
)
def test_what_asks_tells_or_blames_is_none(text: str) -> None:
    assert not only_thanks(text)


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    assert only_thanks(text) in (True, False)
    assert not only_thanks(f"{text}?")
