"""Filters as people type them: read, checked against what there is, completed, and made ready for the store.

The language is that of model.filter_text. A filter that was typed speaks of "me" and of "two hours ago"; `resolved`
says who and when that is, each time the queue is read.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import ValidationError

from cminbox.clock import to_ms
from cminbox.errors import FilterError, UsageError
from cminbox.i18n import _, language
from cminbox.inbox.desk import Desk
from cminbox.model import filter_text
from cminbox.model.filter_words import KEYS, ME, NONE, VALUES, Flag, french_name, offered
from cminbox.model.views import Condition, Filter, Key
from cminbox.store import filter_values
from cminbox.text import fold

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NAMED = (Key.NETWORK, Key.ACCOUNT, Key.BRAND, Key.TAG, Key.ASSIGNEE, Key.MENTIONED, Key.CAMPAIGN)
_MOST = 20


@dataclass(frozen=True)
class Completion:
    """One way to go on: the whole line then (`text`) and where the cursor stands in it, what is put in (`word`) and
    what that means (`help`, translated; a person's or a topic's own words are raw).
    """

    text: str
    cursor: int
    word: str
    help: str = ""


def parse(text: str) -> Filter:
    """The filter that a text means. What is no term is searched for, phrases in quotes too.

    Raises FilterError (a UsageError), which says where and what was probably meant.
    """
    return filter_text.parse(text)


def written(wanted: Filter) -> str:
    """A filter as one would type it; `parse` reads it back."""
    return filter_text.written(wanted)


async def understood(desk: Desk, text: str) -> Filter:
    """Like `parse`, and raises FilterError too for a name (of an account, a tag, a colleague...) that was mistyped.

    A name that resembles none that there is may come to be later: it is taken as it is.
    """
    wanted = parse(text)
    for term in filter_text.terms(text):
        if term.key not in _NAMED:
            continue
        names = await desk.store.read(filter_values.names, term.key)
        known = {fold(name) for name in names} | set(VALUES.get(term.key, {}))
        for value in term.values:
            if fold(value.text) not in known and (filter_text.near(value.text, names)):
                length = len(value.text) + 2 * value.quoted
                raise filter_text.unknown(term.key.value, value.text, names, value.start, length)
    return wanted


def resolved(desk: Desk, wanted: Filter) -> Filter:
    """A filter as the store takes it at this moment: "me" is a name, ages are instants."""
    if not wanted.conditions and wanted.assignee is None:
        return wanted
    fields: dict[str, Any] = {"conditions": tuple(c for c in wanted.conditions if c.key not in (Key.OLDER, Key.NEWER))}
    if wanted.assignee is not None and fold(wanted.assignee) == ME:
        fields["assignee"] = desk.by
    fields["conditions"] = tuple(
        each.model_copy(update={"values": tuple(desk.by if fold(v) == ME else v for v in each.values)})
        if each.key in (Key.ASSIGNEE, Key.MENTIONED)
        else _whose(desk, _replied(desk, each))
        for each in fields["conditions"]
    )
    since, before = wanted.since_ms, wanted.before_ms
    for each in wanted.about(Key.OLDER, Key.NEWER):
        at_ms = to_ms(_instant(desk, each.values[0]))
        if (each.key is Key.OLDER) is not each.negated:
            before = at_ms if before is None else min(before, at_ms)
        else:
            since = at_ms if since is None else max(since, at_ms)
    return wanted.model_copy(update={**fields, "since_ms": since, "before_ms": before})


def _replied(desk: Desk, condition: Condition) -> Condition:
    """`replied:48h` with its instant in milliseconds."""
    if condition.key is not Key.REPLIED:
        return condition
    return condition.model_copy(update={"values": (str(to_ms(_instant(desk, condition.values[0]))),)})


def _whose(desk: Desk, condition: Condition) -> Condition:
    """`is:mine` with whose it is, `is:late` with the present, as the store takes them."""
    if condition.key is not Key.IS or not {Flag.MINE, Flag.LATE}.intersection(condition.values):
        return condition
    more = {Flag.MINE.value: f":{desk.by}", Flag.LATE.value: f":{to_ms(desk.clock.now())}"}
    told = tuple(value + more.get(value, "") for value in condition.values)
    return condition.model_copy(update={"values": told})


async def complete(desk: Desk, text: str, cursor: int) -> list[Completion]:
    """How what stands before the cursor may go on: keys while there is no colon, then the values that there are."""
    start = _start(text, cursor)
    minus = text[start:cursor].startswith("-")
    typed = text[start + minus : cursor]
    name, colon, value = typed.partition(":")
    key = filter_text.key_of(name) if colon else None
    if key is None:
        return [] if colon else _keys(text, start + minus, cursor, typed)
    before = value.rpartition(",")[0] if not value.startswith('"') else ""
    begun = value[len(before) + bool(before) :] if before else value
    at = cursor - len(begun)
    wanted = begun.strip('"')
    found = await _values(desk, key, wanted)
    return [_completion(text, at, cursor, filter_text.quoted(key, each), help_, " ") for each, help_ in found[:_MOST]]


def narrowed(wanted: Filter, fields: Mapping[str, Any]) -> Filter:
    """A filter with more said (what is None says nothing). Two searches must both hold.

    Who searches and names neither view nor state means every state.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    if wanted.search and given.get("search"):
        given["search"] = f"{wanted.search} {given['search']}"
    said = {**wanted.model_dump(exclude_unset=True), **given}
    if "search" in said and "view" not in said and "state" not in said:
        said["view"] = "any"
    try:
        return Filter(**said)
    except ValidationError as error:
        raise _wrong(error) from error


def _keys(text: str, at: int, cursor: int, typed: str) -> list[Completion]:
    """The keys that begin as what was typed: the English word, or the French one where that is what was begun."""
    french = language() == "fr"
    found = []
    for key in KEYS:
        words = [french_name(key), key.value] if french else [key.value]
        word = next((each for each in words if fold(each).startswith(fold(typed))), None)
        if word is None and not french and typed and fold(french_name(key)).startswith(fold(typed)):
            word = french_name(key)
        if word is not None:
            found.append(_completion(text, at, cursor, f"{word}:", _(KEYS[key]), ""))
    return found


def _completion(text: str, at: int, cursor: int, word: str, help_: str, after: str) -> Completion:
    rest = text[cursor:]
    put = word + ("" if not after or rest.startswith((" ", ",")) else after)
    return Completion(text[:at] + put + rest, at + len(put), word, help_)


def _start(text: str, cursor: int) -> int:
    """Where the term that the cursor stands in or behind begins."""
    start, quoted = 0, False
    for index, char in enumerate(text[:cursor]):
        quoted ^= char == '"'
        if char.isspace() and not quoted:
            start = index + 1
    return start


async def _values(desk: Desk, key: Key, typed: str) -> list[tuple[str, str]]:
    """The values of a key that go with what was typed, each with its help: those that begin so before the others."""
    if key is Key.PERSON:
        return [(name, "") for name in await desk.store.read(filter_values.people, typed, _MOST)]
    if key is Key.TOPIC:
        return [(str(number), title) for number, title in await desk.store.read(filter_values.topics, typed, _MOST)]
    names = [*offered(key)]
    if key in _NAMED:
        names += await desk.store.read(filter_values.names, key)
    elif key is Key.LANG:
        names = list(filter_values.LANGUAGES)
    elif key in (Key.OLDER, Key.NEWER, Key.REPLIED):
        names = ["30m", "2h", "1d", "3d", "1w", "today", "yesterday"]
    wanted = fold(typed)
    aliases = {value for word, value in VALUES.get(key, {}).items() if wanted and word.startswith(wanted)}
    first = [name for name in names if fold(name).startswith(wanted) or name in aliases]
    others = [name for name in names if name not in first and wanted and wanted in fold(name)]
    return [(name, _mine(key, name, desk)) for name in dict.fromkeys(first + others)]


def _mine(key: Key, name: str, desk: Desk) -> str:
    if key in (Key.ASSIGNEE, Key.MENTIONED) and name == ME:
        return desk.by
    return _("nobody") if key is Key.ASSIGNEE and name == NONE else ""


def _instant(desk: Desk, age: str) -> datetime:
    """The instant that an age or a day speaks of; a day begins at midnight in the settings' time zone."""
    now = desk.clock.now()
    today = now.astimezone(desk.settings.zone).date()
    day = {"today": today, "yesterday": today - timedelta(days=1)}.get(age)
    if day is None and age[-1] in _UNITS and age[:-1].isdecimal():
        return now - timedelta(**{_UNITS[age[-1]]: int(age[:-1])})
    return datetime.combine(day or date.fromisoformat(age), time(0), desk.settings.zone)


def _wrong(error: ValidationError) -> UsageError:
    first = error.errors()[0]
    name, value = str(first["loc"][0]), str(first["input"])
    known = [each.strip("' ") for each in str(first.get("ctx", {}).get("expected", "")).replace(" or ", ",").split(",")]
    close = difflib.get_close_matches(value, known, 1)
    cure = _("Did you mean {name}?").format(name=close[0]) if close else ""
    cure = cure or (_("There are: {names}.").format(names=", ".join(known)) if any(known) else "")
    return UsageError(_("There is no {name} called {value}.").format(name=name, value=value), cure)


__all__ = ["Completion", "FilterError", "complete", "narrowed", "parse", "resolved", "understood", "written"]
