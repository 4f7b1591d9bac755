"""Taking who wrote a text out of it: handles, addresses, long numbers, and the names that its author goes by."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cminbox.text import safe

MASK = "…"
_MAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_HANDLE = re.compile(r"@[\w.\-]*\w(?:[@:][\w\-]+(?:\.[\w\-]+)*)?")
_NUMBER = re.compile(r"[+(]*\d[\d ().\u00a0\u202f/\-]{7,40}\d")
_DIGITS = 9
"""Numbers of so many digits are telephones, cards and orders; shorter ones prices and dates."""


def masked(text: str, names: Sequence[str]) -> str:
    """A safe text without handles, addresses, long numbers, and names: its author's, and those that its handles spell.

    Names go as whole words, whatever their case.
    """
    named = {part for found in _HANDLE.findall(_MAIL.sub(MASK, text)) for part in _parts(found)}
    text = _MAIL.sub(MASK, text)
    text = _HANDLE.sub(f"@{MASK}", text)
    text = _NUMBER.sub(lambda found: MASK if sum(map(str.isdigit, found[0])) >= _DIGITS else found[0], text)
    for name in sorted({part for each in names for part in _parts(each)} | named, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", MASK, text, flags=re.IGNORECASE)
    return text


def _parts(name: str) -> set[str]:
    """A name whole and, of a full name, each part that is longer than an initial."""
    whole = safe(name).strip().lstrip("@")
    first = re.split(r"[@:]", whole)[0]
    return {part for part in (whole, first, *whole.split()) if len(part) > 2}
