"""What should not be written in public without a second thought: found in a text, by pure functions."""

from __future__ import annotations

import re

from cminbox.i18n import N_

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){3,7}(?:[ \u00a0]?[A-Z0-9]{1,3})?\b")
_PHONE = re.compile(r"(?<![\w/#=.-])(?:\+|00)?\d(?:[ \u00a0\u202f.()/-]{0,2}\d){8,13}(?![\w/-])")
_ORDER_WORD = re.compile(
    r"\b(?:order|commande|cmd|dossier|ticket|invoice|facture|contrat|contract|client|customer|booking|r[ée]servation|"
    r"colis|parcel|tracking|suivi)"
    r"(?:\s+(?:number|num[ée]ro|no|id|ref|r[ée]f))?\.?\s*(?:n[°ºo]\.?|#|:)*\s*(?P<value>[A-Z0-9][A-Z0-9-]{3,})",
    re.IGNORECASE,
)
_ORDER_SHAPE = re.compile(r"\b(?=[A-Z0-9-]*\d{3})[A-Z]{1,5}[-_]?\d[A-Z0-9-]{4,}\b")

FOUND = {
    "email": N_("an e-mail address"),
    "phone": N_("a phone number"),
    "iban": N_("an IBAN"),
    "order": N_("an order number"),
}
"""What can be found, in words (translate when shown)."""


def private_details(text: str) -> tuple[str, ...]:
    """The kinds of private details in `text` (keys of FOUND), each once, in that order."""
    ibans = [match[0] for match in _IBAN.finditer(text.upper()) if _checksum(re.sub(r"\s", "", match[0]))]
    rest = text
    for iban in ibans:  # its digits are no phone and no order number
        rest = re.sub(re.escape(iban), " ", rest, flags=re.IGNORECASE)
    found = {"email": _email(rest), "phone": _phone(rest), "iban": bool(ibans), "order": _order(rest)}
    return tuple(kind for kind in FOUND if found[kind])


def _email(text: str) -> bool:
    """An address; not the second half of a fediverse handle (@jules@example.social)."""
    return any(not text[: match.start()].endswith("@") for match in _EMAIL.finditer(text))


def _checksum(iban: str) -> bool:
    """ISO 13616: the remainder by 97 of the number with its head moved to the end is 1."""
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def _phone(text: str) -> bool:
    """Nine digits and more that look dialled: an international prefix, or a leading 0, or groups."""
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        grouped = len(re.findall(r"\d+", match[0])) >= 3
        if 9 <= len(digits) <= 15 and (match[0].startswith(("+", "0")) or grouped):
            return True
    return False


def _order(text: str) -> bool:
    named = any(any(char.isdigit() for char in match["value"]) for match in _ORDER_WORD.finditer(text))
    return named or _ORDER_SHAPE.search(text) is not None
