"""The filter language: `network:mastodon tag:refund -is:answered older:2h "late delivery"` as a Filter, and back.

A term is a key, a colon and a value, or several values with commas between (any of them). What is no term is searched
for; a minus before either turns it round. Everything must hold at once. Values with spaces or commas stand in double
quotes. Where neither view nor state is said, what is open is meant; with words, `person:` or `is:answered`, everything.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cminbox.errors import FilterError
from cminbox.i18n import _
from cminbox.model.base import ConversationState
from cminbox.model.filter_words import CLOSED, KEYS, NAMES, VALUES, Flag, offered, person_number
from cminbox.model.views import Condition, Filter, Key, View
from cminbox.text import fold

_KEY = re.compile(r"([^\W\d_][\w-]*):(?!//)")
_WORD = re.compile(r'"([^"]*)("?)|[^\s"]+')
_VALUE = re.compile(r'"([^"]*)("?)|([^\s",]+)')
_AGE = re.compile(r"(\d{1,5})(m|min|h|d|j|w|sem)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_UNITS = {"m": "m", "min": "m", "h": "h", "d": "d", "j": "d", "w": "w", "sem": "w"}
_DAYS = {"today": "today", "aujourd'hui": "today", "yesterday": "yesterday", "hier": "yesterday"}
_NUMBER = re.compile(r"[0-9]{1,18}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")

_FIELDS = (
    *(Key.NETWORK, Key.ACCOUNT, Key.BRAND, Key.KIND, Key.STATE),
    *(Key.TAG, Key.ASSIGNEE, Key.TOPIC, Key.VIEW, Key.ORDER),
)
"""The keys that the filter has a field for, which holds one value that must be."""
_ONE_VALUE = (Key.PERSON, Key.TOPIC, Key.OLDER, Key.NEWER, Key.REPLIED, Key.VIEW, Key.ORDER)
_OFTEN = (Key.TAG, Key.IS, Key.CAMPAIGN, Key.PERSON, Key.MENTIONED)
"""The keys of which several terms can hold at once."""
_ORDER = tuple(Key)
_STATES = tuple(ConversationState)


@dataclass(frozen=True)
class Value:
    """One value of a term: what it says, where it begins (from 0), whether it stood in quotes."""

    text: str
    start: int
    quoted: bool = False


@dataclass(frozen=True)
class Term:
    """One term or word as it was typed, from `start` to before `end`; `key` is TEXT for words."""

    key: Key
    values: tuple[Value, ...]
    negated: bool
    start: int
    end: int


def terms(text: str) -> list[Term]:
    """A text as its terms and words. Raises FilterError for an unknown key, or a key without a value."""
    found: list[Term] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        start = at
        negated = text[at] == "-" and at + 1 < len(text) and not text[at + 1].isspace()
        at += negated
        key = _key(text, at)
        if key is None:
            match = _WORD.match(text, at)
            assert match is not None
            found.append(Term(Key.TEXT, (Value(match[0], at),), negated, start, match.end()))
            at = match.end()
            continue
        name, at = key
        values, at = _values(text, name, at)
        found.append(Term(name, tuple(values), negated, start, at))
    return found


def parse(text: str) -> Filter:
    """The filter that a text means. Raises FilterError, which says where and what was meant."""
    fields: dict[str, Any] = {}
    conditions: list[Condition] = []
    words: list[str] = []
    said: dict[Key, Term] = {}
    for term in terms(text):
        if term.key is Key.TEXT and not term.negated:
            words.append(term.values[0].text)
            continue
        _once(said, term)
        values = tuple(_meant(term, value) for value in term.values)
        if not term.negated and term.key is Key.PERSON and _is_number(term.values[0]):
            fields["person"] = int(term.values[0].text)
        elif not term.negated and term.key in _FIELDS and len(values) == 1 and term.key.value not in fields:
            fields[term.key.value] = int(values[0]) if term.key is Key.TOPIC else values[0]
        elif term.key is not Key.TEXT or any(each.isalnum() for each in values[0]):
            conditions.append(Condition(key=term.key, values=values, negated=term.negated))
    if words:
        fields["search"] = " ".join(words)
    return settled(Filter(**fields, conditions=ordered(conditions)))


def settled(wanted: Filter) -> Filter:
    """A filter whose view follows from its conditions where none was said; each filter has one form only."""
    fields: dict[str, Any] = {}
    conditions = list(wanted.conditions)
    said = wanted.model_fields_set
    for condition in wanted.about(Key.IS):
        if len(condition.values) != 1:
            continue
        flag = condition.values[0]
        waits = flag == (Flag.ANSWERED if condition.negated else Flag.UNANSWERED)
        if waits and "view" not in said:
            fields["view"] = View.UNANSWERED
            conditions.remove(condition)
        elif waits and wanted.view is View.UNANSWERED:
            conditions.remove(condition)
        elif not condition.negated and flag in _STATES and wanted.state is None and "state" not in fields:
            fields["state"] = ConversationState(flag)
            conditions.remove(condition)
    if "view" not in said and "view" not in fields and "state" not in fields and usual_view(wanted) is not wanted.view:
        fields["view"] = usual_view(wanted)
    return wanted.model_copy(update={**fields, "conditions": ordered(conditions)})


def usual_view(wanted: Filter) -> View:
    """The view that is meant where none is said."""
    everywhere = (
        wanted.seeks
        or wanted.listens
        or any(
            not each.negated and {Flag.ANSWERED, Flag.MOVED}.intersection(each.values) for each in wanted.about(Key.IS)
        )
    )
    return View.ANY if everywhere and wanted.state is None else View.ALL


def ordered(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Conditions in the order in which they are written, each once."""
    return tuple(sorted(set(conditions), key=lambda each: (_ORDER.index(each.key), each.negated, each.values)))


def written(wanted: Filter) -> str:
    """A filter as one would type it: English keys, in a fixed order, words at the end. `parse` reads it back.

    Bounds in milliseconds (`since_ms`, `before_ms`) cannot be typed and are left out.
    """
    parts: list[str] = []
    if wanted.view is View.UNANSWERED:
        parts.append(f"{Key.IS}:{Flag.UNANSWERED}")
    elif wanted.view is not usual_view(wanted):
        parts.append(f"{Key.VIEW}:{wanted.view}")
    by_key: dict[Key, list[str]] = {}
    for key in _FIELDS:
        value = getattr(wanted, key.value)
        if key is not Key.VIEW and value is not None:
            by_key.setdefault(key, []).append(f"{key}:{quoted(key, str(value))}")
    if wanted.person is not None:
        by_key.setdefault(Key.PERSON, []).append(f"{Key.PERSON}:{wanted.person}")
    for condition in wanted.conditions:
        minus = "-" if condition.negated else ""
        values = ",".join(quoted(condition.key, value) for value in condition.values)
        key_word = "" if condition.key is Key.TEXT else f"{condition.key}:"
        by_key.setdefault(condition.key, []).append(f"{minus}{key_word}{values}")
    for key in _ORDER:
        parts += by_key.get(key, [])
    for match in _WORD.finditer(wanted.search or ""):
        word = match[0]
        parts.append(f'"{word}"' if _is_special(word) else word)
    return " ".join(parts)


def near(value: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or nothing."""
    by_fold = {fold(each): each for each in known}
    close = difflib.get_close_matches(fold(value), by_fold, 1, 0.7)
    return by_fold[close[0]] if close else ""


def unknown(name: str, value: str, known: Iterable[str], start: int, length: int) -> FilterError:
    """The error for a value that there is not, at `start` (from 0)."""
    names = list(known)
    meant = near(value, names)
    cure = _("Did you mean {name}?").format(name=meant) if meant else ""
    if not cure and names:
        cure = _("There are: {names}.").format(names=", ".join(names))
    return _error(_("There is no {name} called {value}.").format(name=name, value=value), cure, start, length)


def key_of(name: str) -> Key | None:
    """The key that a word before a colon stands for, in either language."""
    return NAMES.get(fold(name))


def quoted(key: Key, value: str) -> str:
    """A value as it must be typed to be read back."""
    if key is Key.PERSON and person_number(value) is not None:
        return value[1:]
    reserved = (key is Key.PERSON and _NUMBER.fullmatch(value) is not None) or (key is Key.TEXT and _is_special(value))
    if reserved or not value or re.search(r'[\s",]', value):
        return f'"{value.replace(chr(34), "")}"'
    return value


def _key(text: str, at: int) -> tuple[Key, int] | None:
    """The key that begins at a place, and where its value begins; None where a word begins."""
    match = _KEY.match(text, at)
    if match is None:
        return None
    key = NAMES.get(fold(match[1]))
    if key is not None:
        return key, match.end()
    if match.end() == len(text) or text[match.end()].isspace():
        return None
    meant = near(match[1], NAMES)
    if meant:
        cure = _("Did you mean {name}?").format(name=f"{meant}:")
    else:
        word = text[at:].split(maxsplit=1)[0]
        cure = _('To search for it, put it in quotes: "{word}".').format(word=word.replace('"', ""))
    raise _error(_("There is nothing called {name} to filter by.").format(name=f"{match[1]}:"), cure, at, len(match[0]))


def _values(text: str, key: Key, at: int) -> tuple[list[Value], int]:
    found: list[Value] = []
    first = at
    while match := _VALUE.match(text, at):
        if match[3] is None and not match[2]:
            raise _error(_("The quotes are not closed."), _('Put a " at the end.'), at, len(text) - at)
        value = match[3] if match[3] is not None else match[1]
        if value.strip():
            found.append(Value(value.strip(), at, match[3] is None))
        at = match.end()
        if not text.startswith(",", at):
            break
        at += 1
    if not found:
        told = _("{key}: needs a value: {what}.").format(key=key.value, what=_(KEYS[key]))
        raise _error(told, "", first, 1)
    if len(found) > 1 and key in _ONE_VALUE:
        told = _("{key}: takes one value.").format(key=key.value)
        raise _error(told, _("In quotes a comma is part of it."), found[1].start, len(found[1].text))
    return found, at


def _once(said: dict[Key, Term], term: Term) -> None:
    """Two terms that can never both hold are a mistake."""
    if term.negated or term.key in _OFTEN:
        return
    if term.key in said:
        told = _("{key}: is said twice.").format(key=term.key.value)
        cure = ""
        if term.key not in _ONE_VALUE:
            both = ",".join(quoted(term.key, each.text) for each in (*said[term.key].values, *term.values))
            cure = _("For either of them: {term}").format(term=f"{term.key}:{both}")
        raise _error(told, cure, term.start, term.end - term.start)
    said[term.key] = term


def _meant(term: Term, value: Value) -> str:
    """A value as it is kept. Raises FilterError where the key does not take it."""
    key, text, length = term.key, value.text, len(value.text) + 2 * value.quoted
    if term.negated and key in (Key.VIEW, Key.ORDER):
        told = _("{key}: cannot be turned round.").format(key=key.value)
        raise _error(told, _("Leave the minus out."), term.start, 1)
    if key is Key.TEXT:
        return text.strip('"').strip()
    known = VALUES.get(key, {}).get(fold(text)) if not value.quoted or key in CLOSED else None
    if known is not None:
        return known
    if key in CLOSED:
        raise unknown(key.value, text, offered(key), value.start, length)
    if key in (Key.OLDER, Key.NEWER, Key.REPLIED):
        return _age(key, text, value.start)
    if key is Key.TOPIC and not _is_number(value):
        told = _("{key}: takes a number.").format(key=key.value)
        raise _error(told, _("`cminbox topics` lists them."), value.start, length)
    if key is Key.LANG:
        if not _LANGUAGE.fullmatch(text.lower()):
            told = _("{value} is not a language.").format(value=text)
            raise _error(told, _("Languages are written in two letters: fr, en, es..."), value.start, length)
        return text.lower()
    if key is Key.PERSON:
        return f"#{text}" if _is_number(value) else text.lstrip("#") or text
    return text


def _age(key: Key, text: str, start: int) -> str:
    if match := _AGE.fullmatch(fold(text)):
        return f"{int(match[1])}{_UNITS[match[2]]}"
    if _DAY.fullmatch(text) and _is_day(text):
        return text
    if fold(text) in _DAYS:
        return _DAYS[fold(text)]
    told = _("{value} is not an age.").format(value=text)
    cure = _("Write {key}:30m, {key}:2h, {key}:3d, {key}:1w, {key}:today or a day such as 2026-03-31.")
    raise _error(told, cure.format(key=key.value), start, len(text))


def _is_day(text: str) -> bool:
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_number(value: Value) -> bool:
    return _NUMBER.fullmatch(value.text) is not None and not value.quoted


def _is_special(word: str) -> bool:
    """Whether a word would be read as a term, or as turned round."""
    match = _KEY.match(word)
    ends = match is not None and match.end() == len(word)
    return (word.startswith("-") and len(word) > 1) or (
        match is not None and not (ends and fold(match[1]) not in NAMES)
    )


def _error(message: str, cure: str, start: int, length: int) -> FilterError:
    where = _("Column {column}: {message}").format(column=start + 1, message=message)
    return FilterError(where, cure, column=start + 1, length=max(1, length))
