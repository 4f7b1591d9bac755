"""The language that a message is written in: what its network says, else what a detector makes of its text."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

SURE = 0.35
"""From which probability on the detector is believed. A short word falls below it: other guesses are better then."""

_LETTERS = 4
_ENOUGH = 2_000
_NOISE = re.compile(r"https?://\S+|[@#]\S+|\S+@\S+")
_CODE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")
# The languages that people write to us in; of all that the detector knows, rare ones would win on a few letters.
_KNOWN = [
    *("ar", "bg", "bn", "br", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "gl", "he"),
    *("hi", "hr", "hu", "id", "is", "it", "ja", "ko", "lt", "lv", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk"),
    *("sl", "sq", "sr", "sv", "sw", "ta", "th", "tl", "tr", "uk", "ur", "vi", "zh", "zxx"),
]


def code(named: str | None) -> str:
    """The two or three letters of a language as networks name it ("fr-CA", "pt_BR"); empty where it is none."""
    match = _CODE.fullmatch((named or "").strip())
    found = match[1].lower() if match else ""
    return "" if found in ("und", "zxx", "mis", "mul") else found


def detected(text: str) -> str:
    """The language of a text by its letters; empty where it is too short or too strange to tell.

    The first call loads the model (about 70 MB, half a second): not on a thread that somebody waits for.
    """
    words = " ".join(_NOISE.sub(" ", text[:_ENOUGH]).split())
    if sum(char.isalpha() for char in words) < _LETTERS and words.isascii():
        return ""
    language, probability = _detector().classify(words)
    return code(language) if probability >= SURE else ""


@lru_cache(maxsize=1)
def _detector() -> Any:
    """py3langid's, without a type of its own."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    made = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    made.set_languages(_KNOWN)
    return made
