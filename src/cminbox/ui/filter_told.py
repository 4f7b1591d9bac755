"""A filter in words: what the title of the list says of what is in view."""

from __future__ import annotations

from cminbox.errors import FilterError
from cminbox.i18n import N_, _
from cminbox.model.base import Kind
from cminbox.model.filter_words import ME, NONE, Flag
from cminbox.model.views import Condition, Filter, Key, View
from cminbox.text import cut, safe, width
from cminbox.ui import words

_FLAGS = {
    Flag.UNANSWERED: N_("unanswered"),
    Flag.ANSWERED: N_("answered"),
    Flag.UNREAD: N_("unread"),
    Flag.STAR: N_("starred"),
    Flag.PRIVATE: N_("private"),
    Flag.PUBLIC: N_("public"),
    Flag.ASSIGNED: N_("assigned"),
    Flag.MOVED: N_("moved by rules"),
    Flag.MINE: N_("mine"),
    Flag.PENDING: N_("to approve"),
    Flag.THANKS: N_("only thanks"),
    Flag.LISTENING: N_("only listened to"),
    Flag.DUE: N_("with a time to answer by"),
    Flag.LATE: N_("late"),
}
_DAYS = {"today": N_("today"), "yesterday": N_("yesterday")}


def title(wanted: Filter) -> str:
    """The view, and what narrows it: "Inbox: Mastodon, #refund, not unread". Safe to show; without search and order."""
    told = narrowing(wanted)
    if wanted.state is not None and wanted.view in (View.ALL, View.ANY):
        name = _(words.STATE_VIEWS[wanted.state])
    else:
        name = _(words.VIEWS[wanted.view.value])
    return _("{view}: {what}").format(view=name, what=", ".join(told)) if told else name


def narrowing(wanted: Filter) -> list[str]:
    """What narrows the view, each in a few words."""
    found = [
        told
        for key in (Key.BRAND, Key.NETWORK, Key.ACCOUNT, Key.KIND, Key.TAG, Key.ASSIGNEE)
        if (value := getattr(wanted, key.value)) is not None and (told := _value(key, str(value)))
    ]
    if wanted.state is not None and wanted.view not in (View.ALL, View.ANY):
        found.append(_(words.STATES[wanted.state]))
    if wanted.person is not None:
        found.append(_("by person {n}").format(n=wanted.person))
    return found + [_condition(each) for each in wanted.conditions]


def _condition(given: Condition) -> str:
    one_of = _(" or ").join(_value(given.key, value) for value in given.values)
    if not given.negated:
        return one_of
    if given.key is Key.TEXT:
        return _("without {what}").format(what=one_of)
    return _("not {what}").format(what=one_of)


def _value(key: Key, value: str) -> str:
    shown = safe(value)
    if key is Key.NETWORK:
        return words.network_title(shown)
    if key is Key.KIND:
        return _(words.KIND_WORDS[Kind(value)])
    if key is Key.TAG:
        return f"#{shown}"
    if key is Key.IS and value in tuple(Flag):
        return _(_FLAGS[Flag(value)])
    if key in (Key.IS, Key.STATE):
        return _(words.STATES[next(state for state in words.STATES if state.value == value)])
    if key is Key.ASSIGNEE:
        return {ME: _("mine"), NONE: _("unassigned")}.get(value) or _("of {name}").format(name=shown)
    if key is Key.OLDER:
        return _("older than {age}").format(age=_age(value))
    if key is Key.REPLIED:
        return _("answered within {age}").format(age=_age(value))
    if key is Key.NEWER:
        return _("newer than {age}").format(age=_age(value))
    pattern = {
        Key.PERSON: N_("by {name}"),
        Key.MENTIONED: N_("naming {name}"),
        Key.CAMPAIGN: N_("campaign {name}"),
        Key.LANG: N_("in {name}"),
        Key.TOPIC: N_("topic {name}"),
        Key.TEXT: N_("“{name}”"),
    }.get(key)
    return _(pattern).format(name=shown) if pattern else shown


def _age(value: str) -> str:
    """An age in words: "240m" is "4 h"; a day as it is."""
    if value in _DAYS:
        return _(_DAYS[value])
    if value[-1] not in "mhdw" or not value[:-1].isdecimal():
        return value
    n, unit = int(value[:-1]), value[-1]
    if unit == "m" and n >= 60 and n % 60 == 0:
        n, unit = n // 60, "h"
    return {
        "m": _("{n} min"),
        "h": _("{n} h"),
        "d": _("{n} d"),
        "w": _("{n} wk"),
    }[unit].format(n=n)


def pointed(text: str, error: FilterError, room: int = 10_000) -> tuple[str, str, str]:
    """A mistake in a filter: the text as it was typed, a line of carets under the place, and what is wrong there.

    All safe to show, and no wider than `room` cells but for what is wrong: a long text is shown from where it matters.
    """
    before, wrong = safe(text[: error.column - 1]), safe(text[error.column - 1 : error.column - 1 + error.length])
    typed, start, n = safe(text), width(before), max(1, width(wrong))
    if start + n > room:
        kept = cut_left(before, max(0, room // 2))
        typed, start = kept + safe(text[error.column - 1 :]), width(kept)
    return cut(typed, room), " " * start + "^" * max(1, min(n, room - start)), safe(str(error))


def cut_left(text: str, room: int) -> str:
    """The end of a text in at most `room` cells, with dots where its beginning is gone."""
    while width(text) > room - 1 and text:
        text = text[1:]
    return f"…{text}"
