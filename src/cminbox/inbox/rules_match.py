"""Whether a rule is met by a message.

What a condition says of words, of the author, of the kind and of the language it says of the message that came in; all
else of its conversation, as the queue would. Words are those of the message itself: what our own post above it says
does not count. A rule that names no state is met whatever the state, but for spam.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cminbox.clock import from_ms, to_ms
from cminbox.config.settings import Settings
from cminbox.insight.hours import hours_of, is_open
from cminbox.insight.thanks import only_thanks
from cminbox.model.base import ConversationState
from cminbox.model.filter_text import parse
from cminbox.model.filter_words import Flag, person_number
from cminbox.model.rules import Rule
from cminbox.model.search_terms import Term, sought, unwanted, words
from cminbox.model.views import Condition, Filter, Key, View
from cminbox.store import rules, templates
from cminbox.store.rules import Heard

_OF_MESSAGE = (Key.TEXT, Key.PERSON, Key.LANG, Key.KIND, Key.REPLIED)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Meeting:
    """A rule made ready. `wanted` is asked of the conversation, the rest of the message.

    `said` must all be in it and one of `any_of` (where there are some), `unsaid` must not. `thanks`, where it is not
    None, says whether it only thanks. `others` are the conditions about kind, language, author and our answers.
    """

    rule: Rule
    wanted: Filter
    said: tuple[Term, ...]
    unsaid: tuple[Term, ...]
    any_of: tuple[Term, ...]
    thanks: bool | None
    person: int | None
    others: tuple[Condition, ...]
    settings: Settings = field(repr=False)


def ready(rule: Rule, settings: Settings, *, as_it_came: bool = False) -> Meeting:
    """A rule made ready to meet messages.

    `as_it_came`: conversations are looked at later on, so what was open and unanswered then may not be so any more.
    """
    given = parse(rule.when)
    thanks, rest = _thanks(given.conditions)
    fields: dict[str, Any] = {"search": None, "person": None, "kind": None}
    conditions = [each for each in rest if each.key not in _OF_MESSAGE]
    others = [each for each in rest if each.key in (Key.LANG, Key.KIND, Key.REPLIED, Key.PERSON)]
    if given.kind is not None:
        others.append(Condition(key=Key.KIND, values=(given.kind.value,)))
    if given.view is not View.UNANSWERED or as_it_came:
        fields["view"] = View.ANY
    if not as_it_came and not _names_state(given):
        conditions.append(Condition(key=Key.STATE, values=(ConversationState.SPAM.value,), negated=True))
    if rule.brand:
        conditions.append(Condition(key=Key.BRAND, values=(rule.brand,)))
    fields["conditions"] = tuple(conditions)
    return Meeting(
        rule=rule,
        wanted=given.model_copy(update=fields),
        said=sought(given),
        unsaid=unwanted(given),
        any_of=tuple(_term(each) for each in rule.words),
        thanks=thanks,
        person=given.person,
        others=tuple(others),
        settings=settings,
    )


def next_met(db: sqlite3.Connection, meetings: Sequence[Meeting], message: Heard, start: int = 0) -> int | None:
    """The first rule from `start` on that the message meets as things stand; None where there is none."""
    told, author = words(message.text), words(message.author)
    for index in range(start, len(meetings)):
        if met(db, meetings[index], message, told, author):
            return index
    return None


def met(db: sqlite3.Connection, meeting: Meeting, message: Heard, told: str, author: str) -> bool:
    """Whether a message meets a rule; `told` and `author` are its folded words and its author's."""
    texts = (told, author)
    if not all((each.is_in(author) if each.of_author else each.is_in(told)) for each in meeting.said):
        return False
    if any((each.is_in(author) if each.of_author else each.is_in(told)) for each in meeting.unsaid):
        return False
    if meeting.any_of and not any(each.is_in(texts[0]) for each in meeting.any_of):
        return False
    if meeting.thanks is not None and only_thanks(message.text) is not meeting.thanks:
        return False
    if meeting.person is not None and meeting.person != message.person_id:
        return False
    if meeting.rule.hours and not in_hours(db, meeting.rule, meeting.settings, message.conversation_id, message.at_ms):
        return False
    if not all(_holds(db, each, message, meeting.settings) is not each.negated for each in meeting.others):
        return False
    return rules.holds(db, meeting.wanted, message.conversation_id)


def in_hours(db: sqlite3.Connection, rule: Rule, settings: Settings, conversation_id: int, at_ms: int) -> bool:
    """Whether an instant lies in the hours that a rule is for (all, where it names none), by those of the brand.

    Where nobody set business hours it is never closed.
    """
    hours = hours_of(settings, templates.brand_of(db, conversation_id))
    return not rule.hours or is_open(hours, at_ms) is (rule.hours == "open")


def _holds(db: sqlite3.Connection, condition: Condition, message: Heard, settings: Settings) -> bool:
    """Whether one condition about the message is true of it, a minus before it aside."""
    if condition.key is Key.KIND:
        return message.kind.value in condition.values
    if condition.key is Key.LANG:
        return any(message.lang == each or message.lang.startswith(f"{each}-") for each in condition.values)
    if condition.key is Key.REPLIED:
        since = _since(condition.values[0], from_ms(message.at_ms), settings)
        return rules.answered(db, message.conversation_id, to_ms(since), message.at_ms)
    numbers = [number for each in condition.values if (number := person_number(each)) is not None]
    if numbers:
        return message.person_id in numbers
    return not condition.negated  # names are among the words


def _since(age: str, at: datetime, settings: Settings) -> datetime:
    """The instant that an age or a day means for a message of that instant."""
    today = at.astimezone(settings.zone).date()
    day = {"today": today, "yesterday": today - timedelta(days=1)}.get(age)
    if day is None and age[-1] in _UNITS:
        return at - timedelta(**{_UNITS[age[-1]]: int(age[:-1])})
    return datetime.combine(day or date.fromisoformat(age), time(0), settings.zone).astimezone(UTC)


def _thanks(conditions: Sequence[Condition]) -> tuple[bool | None, list[Condition]]:
    """Whether the message must only thank (None: it does not matter), and the conditions without that."""
    thanks: bool | None = None
    rest = []
    for each in conditions:
        if each.key is Key.IS and each.values == (Flag.THANKS,):
            thanks = not each.negated
        else:
            rest.append(each)
    return thanks, rest


def _names_state(wanted: Filter) -> bool:
    """Whether a condition says in which state a conversation is."""
    states = {*ConversationState, Flag.MOVED}
    return wanted.state is not None or any(
        each.key is Key.STATE or states.intersection(each.values) for each in wanted.about(Key.STATE, Key.IS)
    )


def _term(typed: str) -> Term:
    """A word or phrase; with a * at its end it may go on."""
    return Term(words(typed), open_ended=typed.endswith("*"))
