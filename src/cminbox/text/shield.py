"""Masking words that nobody should have to read all day: first letter, then dots of equal width.

A listed word is met whatever its case, accents, invisible characters, look-alike letters (Cyrillic, Greek), figures for
letters (1d10t), drawn-out letters (idiooot), signs in between (i.d.i.o.t, i d i o t) or instead (id*ot). It is met as a
word, also in the plural; with a star behind it in the list, as the beginning of a word.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from cminbox.text.cells import width
from cminbox.text.folding import fold

NARROW, WIDE = "·", "・"
"""What stands for a character of one cell, and of two."""

_ALIKE = {
    "a": "4@\u0430\u03b1",
    "b": "8",
    "c": "(\u0441",
    "e": "3€\u0435\u03b5",
    "g": "9",
    "h": "\u04bb",
    "i": "1!|\u0456\u03b9",
    "k": "\u043a\u03ba",
    "l": "1|",
    "m": "\u043c",
    "n": "\u03b7",
    "o": "0\u043e\u03bf",
    "p": "\u0440\u03c1",
    "s": "5$\u0455",
    "t": "7+\u0442\u03c4",
    "u": "\u03c5",
    "v": "\u03bd",
    "w": "\u0448",
    "x": "\u0445\u03c7",
    "y": "\u0443\u03b3",
    "z": "2",
}
"""What is written for a letter, folded."""
_HIDDEN = "*#"
"""Signs that stand for any letter but the first."""
_LETTER = r"[^\W_]"
_SIGNS = r"[._\-'\"`~^,;:/\\=&]{0,2}+"
_BLANKS = r"\s{1,3}+"
_DRAWN = 8
_RUN = re.compile(r"(.)\1{3}", re.DOTALL)
_APART = 3
"""A word of fewer letters is not looked for with blanks between them: nearly anything is made of two letters apart."""

# Hostile texts are looked through too, so nothing here may try a text in more than one way, or far: the quantifiers are
# possessive and bounded, and what stands between letters is none of what stands for them.


class Shield:
    """Masks the words of a list. Without words it masks nothing."""

    def __init__(self, words: Iterable[str]) -> None:
        patterns = [pattern for word in dict.fromkeys(words) if (pattern := _pattern(word))]
        self._met = re.compile("|".join(patterns)) if patterns else None

    def __bool__(self) -> bool:
        return self._met is not None

    def __call__(self, text: str) -> str:
        """The text with every listed word masked; the text itself where none is in it. As wide as it was."""
        if self._met is None:
            return text
        folded, places = _folded(text)
        out: list[str] = []
        done = 0
        for found in self._met.finditer(folded):
            start, end = places[found.start()], places[found.end() - 1] + 1
            out += [text[done:start], _dots(text[start:end])]
            done = end
        return "".join([*out, text[done:]]) if out else text


def words_of(text: str) -> list[str]:
    """The words of a file: one a line; empty lines and what follows a # are nothing."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def _pattern(word: str) -> str:
    """A regular expression for a listed word (or several in a row) in folded text; empty where nothing is left."""
    begins = word.rstrip().endswith("*")
    parts = fold(word).replace("*", "").split()
    if not parts:
        return ""
    first, last = parts[0][0], parts[-1][-1]
    ways = [r"[\W_]++".join(map(_drawn_out, parts)) + _end(last, begins=begins)]
    if len(parts) == 1:
        letters = [_any_of(letter) for letter in parts[0]]
        hidden = [_any_of(letter, _HIDDEN) for letter in parts[0][1:]]
        ways.append("".join([letters[0], *hidden]) + _end(last, begins=False))
        if len(letters) >= _APART:
            ways.append(_BLANKS.join(letters) + _end(last, begins=False))
    return f"{_start(first)}(?:{'|'.join(ways)})"


def _drawn_out(word: str) -> str:
    """A word whose letters may be repeated and have signs between them; what is double is so at least twice."""
    runs = [(letter, len(list(same))) for letter, same in itertools.groupby(word)]
    return _SIGNS.join(f"{_any_of(letter)}(?:{_SIGNS}{_any_of(letter)}){{{n - 1},{n + _DRAWN}}}+" for letter, n in runs)


def _any_of(letter: str, more: str = "") -> str:
    return f"[{re.escape(letter + _ALIKE.get(letter, '') + more)}]"


def _start(letter: str) -> str:
    """A word begins here; scripts without capitals are often written without blanks, so anywhere in these."""
    return "" if unicodedata.category(letter) == "Lo" else f"(?<!{_LETTER})"


def _end(letter: str, *, begins: bool) -> str:
    if begins:
        return f"{_LETTER}*+"
    return "" if unicodedata.category(letter) == "Lo" else f"(?:e?s|x)?(?!{_LETTER})"


def _folded(text: str) -> tuple[str, range | list[int]]:
    """The text folded character by character, with three at most of the same in a row.

    And for each character of that its place in the text; of a longer row the third has the place of the last.
    """
    if text.isascii() and not _RUN.search(text):
        return text.lower(), range(len(text))
    out: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for folded in _fold_one(char):
            if out[-3:] == [folded] * 3:
                places[-1] = place
            else:
                out.append(folded)
                places.append(place)
    return "".join(out), places


@lru_cache(maxsize=4_000)
def _fold_one(char: str) -> str:
    return fold(char)


def _dots(word: str) -> str:
    """The first letter, then dots; blanks stay."""
    first = 1
    while first < len(word) and unicodedata.combining(word[first]):
        first += 1
    return word[:first] + "".join(map(_dot, word[first:]))


def _dot(char: str) -> str:
    if char.isspace():
        return char
    return (WIDE if width(char) > 1 else NARROW) if width(char) else ""
