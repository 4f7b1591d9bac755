"""What a person searches for: how the words typed become terms, and where in a text they occur.

Everything is compared folded (text.fold), words with words, whatever signs stand between them. The store finds
messages by the same terms (store.search), the screen marks them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cminbox.model.filter_words import person_number
from cminbox.model.views import Condition, Filter, Key
from cminbox.text import fold

_LONGEST_QUERY = 400
_MOST_TERMS = 24
_MOST_HITS = 200
_TERM = re.compile(r'"([^"]*)("?)|([^\s"]+)')
_NOT_WORD = re.compile(r"[\W_]+")
# Scripts that put no space between words.
_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"([{_ALONE}])")


@dataclass(frozen=True)
class Term:
    """One word or phrase of a query, folded; `open_ended`: its last word may go on; `of_author`: it is of a name."""

    text: str
    open_ended: bool = False
    of_author: bool = False

    def is_in(self, words: str) -> bool:
        """Whether it occurs in folded words."""
        return f" {self.text}{'' if self.open_ended else ' '}" in f" {words} "

    def is_said(self, texts: Sequence[str]) -> bool:
        """Whether it occurs in the folded texts of a message: its own, its author's name, its topic."""
        return any(self.is_in(words) for words in (texts[1:2] if self.of_author else texts))


def terms(query: str) -> tuple[Term, ...]:
    """What a person typed: words that must all occur, "phrases" in quotes that occur as they stand.

    The last word may go on from its second letter. Nothing in the query is ever read as an operator. What cannot be
    found (signs, emoji) is left out, and what is beyond 400 characters or 24 terms.
    """
    found: list[tuple[str, bool]] = []
    for phrase, closed, word in _TERM.findall(query[:_LONGEST_QUERY]):
        if text := words(word or phrase):
            found.append((text, not closed))
    found = found[:_MOST_TERMS]
    last = len(found) - 1
    return tuple(
        Term(text, i == last and may_go_on and len(text.rsplit(" ", 1)[-1]) > 1)
        for i, (text, may_go_on) in enumerate(found)
    )


def sought(wanted: Filter) -> tuple[Term, ...]:
    """What must occur in a message: the words of a filter, and the names of `person:`."""
    return terms(wanted.search or "") + _phrases(each for each in wanted.about(Key.PERSON) if not each.negated)


def unwanted(wanted: Filter) -> tuple[Term, ...]:
    """What must occur in no message of a conversation."""
    return _phrases(each for each in wanted.about(Key.TEXT, Key.PERSON) if each.negated)


def words(text: str) -> str:
    """Only the folded letters and digits, runs of anything else made one space.

    Scripts that put no space between words are cut into single letters, so that any part of a sentence can be found.
    """
    return " ".join(_NOT_WORD.sub(" ", _UNSPACED.sub(r" \1 ", fold(text))).split())


def hits(text: str, asked: Sequence[Term]) -> list[tuple[int, int]]:
    """Where terms occur in a raw text: (from, to before) in its own characters, in order, none over another.

    Of a term that may go on only what was typed is meant. Terms of authors are not looked for.
    """
    pattern = _pattern(tuple(each for each in asked if not each.of_author))
    if pattern is None or not text:
        return []
    folded = fold(text)
    found: list[tuple[int, int]] = []
    places: list[int] | None = None
    for match in pattern.finditer(folded):
        start, end = match.span()
        if len(folded) != len(text) or fold(text[start:end]) != folded[start:end]:
            places = _places(text, folded) if places is None else places
            start, end = places[start], places[end - 1] + 1
            while end < len(text) and not fold(text[end]) and not text[end].isspace():
                end += 1  # accents and joiners belong to the letter before
        found.append((start, max(end, start + 1)))
        if len(found) == _MOST_HITS:
            break
    return found


def _phrases(conditions: Iterable[Condition]) -> tuple[Term, ...]:
    return tuple(
        Term(text, of_author=condition.key is Key.PERSON)
        for condition in conditions
        for value in condition.values
        if not (condition.key is Key.PERSON and person_number(value) is not None) and (text := words(value))
    )


@lru_cache(64)
def _pattern(asked: tuple[Term, ...]) -> re.Pattern[str] | None:
    """An expression that finds any of the terms in a folded text, the longest first where several begin."""
    parts = [_part(each) for each in sorted(asked, key=lambda each: -len(each.text)) if each.text]
    return re.compile("|".join(parts)) if parts else None


def _part(term: Term) -> str:
    told = term.text.split(" ")
    out = "" if _UNSPACED.match(told[0]) else rf"(?:(?<![^\W_])|(?<=[{_ALONE}]))"
    for before, word in zip(["", *told], told, strict=False):
        if before:
            alone = _UNSPACED.match(before[-1]) or _UNSPACED.match(word[0])
            out += r"[\W_]*" if alone else r"[\W_]+"
        out += re.escape(word)
    if not term.open_ended and not _UNSPACED.match(told[-1][-1]):
        out += rf"(?=[\W_{_ALONE}]|$)"
    return f"(?:{out})"


def _places(text: str, folded: str) -> list[int]:
    """For each character of a folded text, the index of the raw one that it comes from."""
    found: list[int] = []
    for index, char in enumerate(text):
        found += [index] * len(fold(char))
    # Letters that are one only together (Hangul in pieces) fold into fewer than one by one: the end stays within.
    return (found + [len(text) - 1] * len(folded))[: max(len(folded), 1)]
