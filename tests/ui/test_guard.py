"""Private details in a public text: found, and not seen where there are none."""

from __future__ import annotations

import pytest

from cminbox.ui.guard import private_details


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Écrivez à jules.martin@example.org svp", ("email",)),
        ("Appelez le 06 12 34 56 78", ("phone",)),
        ("Call +33 6 12 34 56 78 or 0033612345678", ("phone",)),
        ("(020) 7946 0958 12", ("phone",)),
        ("IBAN FR76 3000 6000 0112 3456 7890 189", ("iban",)),
        ("DE89370400440532013000 merci", ("iban",)),
        ("votre commande n° 48213 part ce soir", ("order",)),
        ("order number AB-12345 is on its way", ("order",)),
        ("Le dossier 2024X77 est clos", ("order",)),
        ("suivi: CMD-2026-004417", ("order",)),
        ("a@b.fr et 01.23.45.67.89", ("email", "phone")),
    ],
)
def test_what_is_found(text: str, found: tuple[str, ...]) -> None:
    assert private_details(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Merci, on regarde ça tout de suite !",
        "Ouvert de 9h à 18h, du lundi au samedi, depuis 2024.",
        "Voyez https://example.org/aide/123456789012 pour la suite",
        "@jules@social.example on vous répond en privé",
        "Votre commande est partie hier.",
        "Le 02/03/2026 à 14:02, train 6607",
        "FR76 n'est pas un compte",
        "12 000 personnes, 3 500 000 euros",
    ],
)
def test_what_is_none(text: str) -> None:
    assert private_details(text) == ()
