"""Folding: what searching, filtering, rules and names compare, instead of the text as written."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_REMEMBERED = 2_000

# Letters and signs that Unicode does not decompose, and people type either way.
_ALIKE = str.maketrans(
    {
        "œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ł": "l", "Ł": "l",
        "ħ": "h", "Ħ": "h", "ŧ": "t", "Ŧ": "t", "ı": "i", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th",
        "’": "'", "‘": "'", "ʼ": "'", "ʹ": "'", "′": "'", "´": "'", "`": "'", "‛": "'", "＇": "'",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "″": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
        "⁄": "/",
    }
)  # fmt: skip


def _kept(code: int) -> int | str | None:
    """What stands for one decomposed code point: itself, a replacement, or None for accents and the unseen."""
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if code == 0x34F or code in (0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800) or 0xFE00 <= code <= 0xFE0F:
        return None
    char = chr(code)
    category = unicodedata.category(char)
    if category in ("Cf", "Me") or 0xE0000 <= code <= 0xE0FFF:
        return None
    # Accents, Hebrew points, Arabic vowels and strokes go. Classes 7 to 9 (nukta, kana voicing, virama) and 84 to 132
    # (Telugu, Thai, Lao, Tibetan) are part of the spelling.
    accent = unicodedata.combining(char)
    return None if accent == 1 or 10 <= accent <= 36 or accent >= 200 else code


class _Kept(dict[int, int | str | None]):
    """A table for str.translate, filled as code points are met."""

    def __missing__(self, code: int) -> int | str | None:
        self[code] = found = _kept(code)
        return found


_KEPT = _Kept()


def fold(text: str) -> str:
    """`text` without case, accents, ligatures, typographic quotes, widths and invisible characters.

    "Où est ma Œuvre ?" and "ou est ma oeuvre ?" fold alike. Deterministic and idempotent; spaces and line ends stay.
    """
    if text.isascii():
        return text.lower().replace("`", "'")
    return _fold_again(text) if len(text) <= _REMEMBERED else _fold(text)


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.translate(_ALIKE)).casefold()
    folded = unicodedata.normalize("NFKD", folded).translate(_ALIKE).translate(_KEPT)
    return unicodedata.normalize("NFC", folded)


# A message that comes in is folded for the search and for its cluster, and a name with every message of its owner.
_fold_again = lru_cache(maxsize=512)(_fold)
