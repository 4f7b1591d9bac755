"""When two messages say the same, so that one answer serves both. Pure.

A wave is written by many people in almost the same words. Almost is not enough where little changes everything: two
texts that differ in a number, an order, a refusal ("no thank you") or in asking are two messages, however alike they
look. So every text has a *sense* that must be equal, and a *core* (its words without greeting and politeness) that may
differ by slips of the pen, by small words and, in long texts, by a word or two.

Comparing all with all does not scale. `keys` gives every text a few numbers, such that texts which say the same almost
always share one: a hash of the core itself, and bands of a minhash over its runs of five characters, made by one
permutation (Li, Owen and Zhang, "One permutation hashing", 2012). Only texts that share a key are compared.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

from rapidfuzz import fuzz

from cminbox.insight.cluster_words import (
    ASKING,
    ASKING_FIRST,
    EMPTY,
    LIGHT,
    NEGATIONS,
    POLITE,
    THANKS,
    WEAK_NEGATIONS,
)
from cminbox.text import fold

ALIKE = 84.0
"""How alike two cores must be, at least: 100 * (1 - insertions and deletions / characters of both)."""

FARTHEST = 100.0 - 2 * (100.0 - ALIKE) / (ALIKE / 100.0)
"""How alike any two of a cluster are, at least: the tolerance within which the order of arrival may decide who is with
whom. Each is `ALIKE` to the first message; insertions and deletions add up at most, and a text that is `ALIKE` to a
shorter one is at most (200 - ALIKE) / ALIKE times as long."""

ALIKE_UNREAD = 94.0
"""The same for scripts whose refusals and small words this module does not know."""

_LONGEST = 4_000
_FEWEST_WORDS = 3
_BINS = 15
"""In bands of three."""
_RUNS = re.compile(rb"(?=([eo \xc0-\xff].{4}))", re.DOTALL)
"""Runs of five bytes that begin with a vowel, a space or a letter beyond ASCII: half of all, wherever they stand."""
_BINS_ALIKE = 7
"""Fewer equal bins than this, the ones of the shared band among them, and two texts are not compared."""
_PACKED = Struct(f"<{_BINS}I")
_BAND = 12
"""Bytes of three bins."""
_BANDS = range(0, 4 * _BINS, _BAND)
_SIGNED = 400
"""How many bytes of a core the bands are made of; the decision looks at all of it."""
_MASK, _HALF = (1 << 32) - 1, 1 << 31
_SPARE_WORDS, _SWAPPED_WORDS = 0.08, 0.04
_SLIP = 82.0
_SLIP_LETTERS = 4

_URL = re.compile(r"(?:https?://|www\.)\S+")
_MENTION = re.compile(r"(?<![\w@])@\w[\w.-]*(?:@[\w.-]+\w)?")
_TOKEN = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_SIGN = re.compile(r"[:;=]'?-?[()/|]|<3|[^\w\s!-~]")
_RUN = re.compile(r"(.)\1{2,}")
_POLITE_ASKING = POLITE | THANKS


class Form(NamedTuple):
    """What of a text is compared.

    `sense` must be equal: (asks, how many refusals, numbers and names with digits in them). `words` are the core,
    `core` the same as one string. `loose`: it may equal a core that differs a little; else only the very same one.
    """

    sense: tuple[bool, int, tuple[str, ...]]
    core: str
    words: tuple[str, ...]
    loose: bool
    latin: bool


@lru_cache(maxsize=8192)
def form(text: str) -> Form | None:
    """What of a text is compared; None where it says nothing that could be answered as one (a mere greeting, "ok")."""
    rest = text[_LONGEST:]
    folded = fold(text[:_LONGEST])
    plain = _MENTION.sub(" ", _URL.sub(" ", folded)) if "@" in folded or "://" in folded or "www." in folded else folded
    tokens = _tokens(plain)
    if tokens[:1] == ["rt"]:
        del tokens[0]
    asks = "?" in plain or "\u061f" in plain or _asks(tokens)
    refusals = _refusals(tokens)
    numbers = tuple(sorted(filter(_DIGIT.search, tokens))) if _DIGIT.search(plain) else ()
    polite = _POLITE_ASKING if asks else POLITE
    words = [token for token in tokens if token not in polite]
    loose = len(words) >= _FEWEST_WORDS and len(set(words)) >= _FEWEST_WORDS
    if not loose:
        words = [*tokens, *sorted(set(_SIGN.findall(plain))), *sorted(set(_URL.findall(folded)))]
        if EMPTY.issuperset(words):
            return None
    core = " ".join(words)
    if rest:
        numbers = (*numbers, f"+{zlib.crc32(fold(rest).encode('utf-8', 'replace')):x}")
    latin = core.isascii() or 2 * sum(map(str.isascii, core)) >= len(core)
    return Form((asks, refusals, numbers), core, tuple(words), loose, latin)


def likeness(one: Form, other: Form) -> float:
    """How alike two texts are that say the same (`ALIKE` to 100); 0 where they do not."""
    if one.sense != other.sense:
        return 0.0
    if one.core == other.core:
        return 100.0
    if not (one.loose and other.loose):
        return 0.0
    enough = ALIKE if one.latin and other.latin else ALIKE_UNREAD
    alike = fuzz.ratio(one.core, other.core, score_cutoff=enough)
    return alike if alike and _words_agree(one, other) else 0.0


def best(text: Form, clusters: Iterable[tuple[int, Form]]) -> int | None:
    """The cluster (by the form of its first message) that a text belongs to: the most alike, of equals the oldest."""
    there = sorted(clusters, key=lambda each: each[0])
    for cluster_id, first in there:
        if first.core == text.core and first.sense == text.sense:
            return cluster_id
    found, most = None, 0.0
    for cluster_id, first in there:
        alike = likeness(text, first)
        if alike > most:
            found, most = cluster_id, alike
    return found


class Marks(NamedTuple):
    """What a text is found by. `core` (64 bits, signed) stands for this very core and sense.

    `bands` (32 bits, signed) are keys that similar texts share. `sketch` holds a byte of each bin of the minhash: how
    many of two sketches are equal says about how alike the texts are (`resemble`); None where only equal cores match.
    """

    core: int
    bands: tuple[int, ...] = ()
    sketch: bytes | None = None


def keys(text: Form, scope: int) -> tuple[int, ...]:
    """Numbers of which texts that say the same share at least one, almost always: the core's, then the bands'.

    `scope` parts what is never compared (a brand's id); so does the sense.
    """
    found = marks(text, scope)
    return (found.core, *found.bands)


def core_key(text: Form, scope: int) -> int:
    """The number that stands for this very core, sense and scope."""
    return _hash(f"{scope}\n{text.sense}\n{text.core}")


def marks(text: Form, scope: int, core: int | None = None) -> Marks:
    """All that a text is found by, within `scope` as in `keys`; `core` is its `core_key` where that is known."""
    core = core_key(text, scope) if core is None else core
    if not text.loose:
        return Marks(core)
    seed = _hash(f"{scope}\n{text.sense}") & _MASK
    bins = _PACKED.pack(*_bins(text.core.encode("utf-8", "replace")[:_SIGNED]))
    bands = [zlib.crc32(bins[start : start + _BAND], seed + start & _MASK) - _HALF for start in _BANDS]
    return Marks(core, tuple(bands), bins[1::4])


def resemble(one: bytes | None, other: bytes | None) -> bool:
    """Whether two sketches do not rule out that their texts say the same; one that is not known rules nothing out."""
    if one is None or other is None:
        return True
    apart = int.from_bytes(one, "big") ^ int.from_bytes(other, "big")
    return apart.to_bytes(_BINS, "big").count(0) >= _BINS_ALIKE


def _hash(text: str) -> int:
    """64 bits, signed, the same on every machine."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def _bins(core: bytes) -> list[int]:
    """The minhash: hashes of the runs of five bytes fall into bins, the least of each counts.

    An empty bin takes the value of the next full one (rotation; Shrivastava and Li, 2014).
    """
    hashes = sorted(map(zlib.crc32, _RUNS.findall(core) or (core,)), reverse=True)
    least = {each % _BINS: each for each in hashes}
    bins = [least.get(number, -1) for number in range(_BINS)]
    if len(least) < _BINS:
        step = min(least)
        value = least[step]
        for number in range(_BINS - 1, -1, -1):
            step += 1
            if bins[number] < 0:
                bins[number] = value + step & _MASK
            else:
                value, step = bins[number], 0
    return bins


def _tokens(plain: str) -> list[str]:
    """The words, apostrophes dissolved: "don't" is "do not", "n'ai" is "n ai"; letters held down count once."""
    plain = plain.replace("n't", " not")
    return _TOKEN.findall(_RUN.sub(r"\1", plain) if _may_hold_down(plain) else plain)


def _may_hold_down(plain: str) -> bool:
    """False where no letter stands three times in a row. All signs are compared with their neighbours at once."""
    if not plain.isascii():
        return True
    number = int.from_bytes(plain.encode(), "big")
    apart = number ^ number >> 8
    signs = (apart | apart >> 8).to_bytes(len(plain), "big")
    at = signs.find(0, 2)
    while at >= 0:
        if plain[at].isalnum():
            return True
        at = signs.find(0, at + 1)
    return False


def _asks(tokens: list[str]) -> bool:
    """Whether words without a question mark ask: they begin, behind greetings, as questions do."""
    start = [token for token in tokens[:5] if token not in POLITE][:2]
    return not ASKING.isdisjoint(start) or not ASKING_FIRST.isdisjoint(start[:1])


def _refusals(tokens: list[str]) -> int:
    """How often a text says no. "ne ... pas" is one, with or without its "ne"."""
    strong = sum(map(NEGATIONS.__contains__, tokens))
    return max(strong, sum(map(WEAK_NEGATIONS.__contains__, tokens)))


def _words_agree(one: Form, other: Form) -> bool:
    """Whether the words that only one of two texts has are slips, small words, or few among many.

    A word in another's place changes more than a word more.
    """
    left = sorted(set(one.words).difference(other.words))
    right = sorted(set(other.words).difference(one.words))
    for word in left[:] if right else ():
        twin = next((each for each in right if _is_slip(word, each)), None)
        if twin is not None:
            left.remove(word)
            right.remove(twin)
    extra = [sum(word not in LIGHT for word in side) for side in (left, right)]
    if not any(extra):
        return True
    if not (one.latin and other.latin):
        return False
    many = min(len(one.words), len(other.words))
    return max(extra) <= int(_SPARE_WORDS * many) and min(extra) <= int(_SWAPPED_WORDS * many)


def _is_slip(one: str, other: str) -> bool:
    """Whether two words are one, misspelt or inflected. What changes the beginning changes the word (un-, in-, re-)."""
    if min(len(one), len(other)) < _SLIP_LETTERS or one[0] != other[0]:
        return False
    return fuzz.ratio(one, other) >= _SLIP
