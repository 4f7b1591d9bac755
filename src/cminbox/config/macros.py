"""Macros: several verbs on one key, one step for undo. Defined in the settings, or recorded and kept there::

[[macros]]
key = "r"                                           # pressed after m
name = "Refund"
do = ["template refund", "tag refund", "done"]      # verbs as in `cminbox do`, each with its value
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from cminbox.config.mistakes import place
from cminbox.errors import SettingsError, UsageError
from cminbox.i18n import _
from cminbox.model.base import Frozen
from cminbox.model.filter_text import near
from cminbox.model.reasons import named
from cminbox.text import fold

RECORD = "m"
"""The key after the one for macros that begins a recording, and ends it: no macro can have it."""


class Takes(StrEnum):
    """What stands behind the verb of a step."""

    NOTHING = "nothing"
    VALUE = "value"
    REASON = "reason"

    @property
    def has_value(self) -> bool:
        """Whether anything may stand behind it."""
        return self is not Takes.NOTHING


STEPS: Mapping[str, Takes] = {
    **dict.fromkeys(("reply", "template", "tag", "untag", "assign", "note", "snooze"), Takes.VALUE),
    **dict.fromkeys(("done", "reopen", "waiting", "star", "unstar", "unread", "read"), Takes.NOTHING),
    **dict.fromkeys(("take", "release", "unsnooze"), Takes.NOTHING),
    **dict.fromkeys(("like", "unlike", "unhide", "mute", "unmute", "unblock"), Takes.NOTHING),
    **dict.fromkeys(("spam", "hide", "delete", "block", "report"), Takes.REASON),
}
"""The verbs that a macro may be made of. A reason may be left out, a value not."""

SENDS = ("reply", "template")
"""The steps that answer: they send a text to each person."""
FINAL = ("delete", "block", "report")
"""The steps that always ask first."""


@dataclass(frozen=True)
class MacroStep:
    """One verb with its value: the template's name, the tag, the words of a time, the code of a reason."""

    verb: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.value}" if self.value else self.verb


class Macro(Frozen):
    """Verbs that one key runs, in their order."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=1, pattern=r"^\S$")]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
    do: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]

    @cached_property
    def steps(self) -> tuple[MacroStep, ...]:
        """What it does. Raises UsageError for a step that is none."""
        return tuple(parsed(text) for text in self.do)


def parsed(text: str) -> MacroStep:
    """A step as it is written: "tag refund". Raises UsageError that says what is wrong with it."""
    verb, _blank, value = text.strip().partition(" ")
    takes, value = STEPS.get(verb), value.strip()
    if takes is None:
        meant = near(verb, list(STEPS))
        raise UsageError(
            _("{name} is not something a macro can do.").format(name=verb or '""'),
            _("Did you mean {name}?").format(name=meant)
            if meant
            else _("The verbs are: {names}.").format(names=", ".join(STEPS)),
        )
    if takes is Takes.VALUE and not value:
        raise UsageError(_("{verb} needs a value behind it, as in “{verb} ...”.").format(verb=verb))
    if takes is Takes.NOTHING and value:
        raise UsageError(_("{verb} takes nothing behind it.").format(verb=verb))
    return MacroStep(verb, named(value).value if takes is Takes.REASON and value else value)


def find(macros: Sequence[Macro], wanted: str) -> Macro:
    """The macro of a key or a name. Raises UsageError where there is none."""
    for macro in macros:
        if wanted == macro.key:
            return macro
    for macro in macros:
        if fold(wanted.strip()) == fold(macro.name):
            return macro
    meant = near(wanted, [macro.name for macro in macros])
    raise UsageError(
        _("There is no macro {name}.").format(name=wanted),
        _("Did you mean {name}?").format(name=meant) if meant else _("Macros are defined in the settings: [[macros]]."),
    )


def check(macros: Sequence[Macro], source: str, path: Path) -> None:
    """Raise SettingsError, with its line, for a macro with a step that is none, or whose key or name another has."""
    keys: dict[str, str] = {}
    names: dict[str, str] = {}
    for index, macro in enumerate(macros):
        where = ("macros", str(index))
        try:
            macro.steps  # noqa: B018 - read for what it raises
        except UsageError as error:
            told = _("{where}: the macro {name}: {what}").format(
                where=place(source, (*where, "do"), path), name=macro.name, what=error.message
            )
            raise SettingsError(told, error.cure) from error
        if macro.key == RECORD:
            told = _("{where}: the macro {name} cannot have the key {key}: it records one.")
            raise SettingsError(
                told.format(where=place(source, (*where, "key"), path), name=macro.name, key=macro.key),
                _("Give it another key."),
            )
        if macro.key in keys:
            told = _("{where}: the macros {one} and {other} have the same key {key}.")
            raise SettingsError(
                told.format(
                    where=place(source, (*where, "key"), path), one=keys[macro.key], other=macro.name, key=macro.key
                ),
                _("Give one of them another key."),
            )
        if fold(macro.name) in names:
            raise SettingsError(
                _("{where}: there are two macros of the name {name}.").format(
                    where=place(source, (*where, "name"), path), name=macro.name
                ),
                _("Give one of them another name."),
            )
        keys[macro.key] = names[fold(macro.name)] = macro.name
