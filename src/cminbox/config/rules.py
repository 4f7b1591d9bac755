"""The rules file: `rules.toml` in the configuration folder, beside the settings.

::

    [[rule]]
    name = "Only thanks"
    on = true                        # without it a rule does nothing
    when = "is:thanks replied:48h"   # the filter language; what it asks of words is asked of the message
    do = ["done"]

    [[rule]]
    name = "Insults"
    brand = "Lumen"
    words = ["connard*", "shut up"]  # the message says one of these
    do = ["tag insult", "assign léa", { verb = "hide", reason = "hate" }]

    [[rule]]
    name = "We are closed"
    hours = "closed"                 # written outside business hours; "open": inside
    when = "kind:dm"
    do = ["reply closed"]            # with the template of this name or shortcut
    pause = "24h"                    # in one conversation at most once in so long; this is what holds without it

A mistake names file, line and key, and what was probably meant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cminbox.config import files
from cminbox.config.mistakes import place
from cminbox.config.toml_text import with_value
from cminbox.errors import FilterError, SettingsError, UsageError
from cminbox.i18n import _
from cminbox.model import reasons
from cminbox.model.filter_text import near, parse, terms
from cminbox.model.filter_words import ME
from cminbox.model.rules import Deed, Rule
from cminbox.model.search_terms import words
from cminbox.model.views import Key
from cminbox.paths import Home
from cminbox.text import fold

MOST = 200
"""Rules in one file."""
_TABLE = "rule"
_TIMELESS = (Key.OLDER, Key.NEWER, Key.VIEW, Key.ORDER)


@dataclass(frozen=True)
class Terms:
    """What a verb takes in a rule. `never` says why rules may not do it (""; they may); `check` raises UsageError for a
    value that means nothing.
    """

    needs_value: str = ""
    reasons: bool = False
    never: str = ""
    check: Callable[[str], object] | None = None


Verbs = Mapping[str, Terms]


def load(home: Home, verbs: Verbs) -> tuple[Rule, ...]:
    """The rules of a home in their order; none where there is no file. Raises SettingsError."""
    source = files.read(home.rules_file)
    return parse_rules(source, home.rules_file, verbs) if source is not None else ()


def parse_rules(source: str, path: Path, verbs: Verbs) -> tuple[Rule, ...]:
    """The rules that the text of a file says; `path` is named in errors. Raises SettingsError."""
    found = files.parsed(source, path)
    given = found.get(_TABLE, [])
    if extra := [key for key in found if key != _TABLE]:
        where = place(source, (extra[0], "0") if isinstance(found[extra[0]], list) else (extra[0],), path)
        told = _("{where}: there is no {key} in a rules file.").format(where=where, key=extra[0])
        raise SettingsError(told, _("Each rule begins with [[rule]]."))
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise SettingsError(
            _("{where}: this is no rule.").format(where=place(source, (_TABLE,), path)),
            _("Each rule begins with [[rule]]."),
        )
    if len(given) > MOST:
        raise SettingsError(_("{path}: there are more than {n} rules.").format(path=path, n=MOST))
    mistakes: list[str] = []
    rules: list[Rule] = []
    for index, each in enumerate(given):
        here = _Here(source, path, index, str(each.get("name") or index + 1))
        try:
            rule = Rule.model_validate(each)
        except ValidationError as error:
            mistakes += [here.explained(details) for details in error.errors()]
            continue
        mistakes += here.wrong(rule, verbs, [known.name for known in rules])
        rules.append(rule)
    if mistakes:
        raise SettingsError("\n".join(mistakes), _("docs/rules.md shows how rules are written."))
    return tuple(rules)


def switch(home: Home, name: str, on: bool, verbs: Verbs) -> tuple[Rule, ...]:
    """Switch a rule on or off in the file, everything else as it is. Returns the rules now in force.

    Raises SettingsError (also where the file was wrong before), UsageError for a rule that there is not, OSError.
    """
    source = files.read(home.rules_file) or ""
    rules = parse_rules(source, home.rules_file, verbs)
    index = index_of(rules, name)
    changed = with_value(source, f"{_TABLE}.{index}.on", on)
    wanted = tuple(rule.model_copy(update={"on": on}) if number == index else rule for number, rule in enumerate(rules))
    try:
        found = parse_rules(changed, home.rules_file, verbs)
    except SettingsError:
        found = ()
    if found != wanted:
        raise SettingsError(
            _("{path}: the line of {name} cannot be changed from here.").format(
                path=home.rules_file, name=rules[index].name
            ),
            _("Write it yourself: on = true, or on = false."),
        )
    write(home, changed)
    return found


def index_of(rules: tuple[Rule, ...], name: str) -> int:
    """Which rule (from 0) has that name. Raises UsageError."""
    for index, rule in enumerate(rules):
        if fold(rule.name) == fold(name.strip()):
            return index
    meant = near(name, [rule.name for rule in rules])
    raise UsageError(
        _("There is no rule {name}.").format(name=name), _("Did you mean {name}?").format(name=meant) if meant else ""
    )


def write(home: Home, source: str) -> None:
    """Put the text of the rules file in its place, whole or not at all. Raises OSError."""
    home.make()
    files.write(home.rules_file, source)


@dataclass(frozen=True)
class _Here:
    """One rule of a file, for saying what is wrong with it."""

    source: str
    path: Path
    index: int
    name: str

    def explained(self, details: ErrorDetails) -> str:
        """What a model found wrong."""
        keys = tuple(str(part) for part in details["loc"])
        key, given = keys[-1] if keys else "", details["input"]
        match details["type"]:
            case "extra_forbidden":
                known = list(Deed.model_fields) if len(keys) > 1 else list(Rule.model_fields)
                close = get_close_matches(key, known, n=1, cutoff=0.6)
                told = _("there is no {key} in a rule.").format(key=key)
                if close:
                    told = f"{told} {_('Did you mean {near}?').format(near=close[0])}"
            case "missing":
                told = _("{key} is missing.").format(key=key)
            case "bool_type":
                told = _("{key} is true or false, without quotes.").format(key=key)
            case "tuple_type":
                told = _("{key} is a list: [ ... ].").format(key=key)
            case "string_type" | "model_type" | "model_attributes_type":
                told = _("{value} is not a text in quotes.").format(value=repr(given))
            case "literal_error":
                told = _("{key} is {one} or {other}.").format(key=key, one='"open"', other='"closed"')
            case "too_short" | "string_too_short":
                told = _("{key} is empty.").format(key=key)
            case _:
                told = f"{key}: {details['msg']}"
        return self._told(told, keys[0] if keys else "")

    def wrong(self, rule: Rule, verbs: Verbs, before: list[str]) -> list[str]:
        """Everything that is wrong with a rule which looks like one."""
        found = []
        if fold(rule.name) in map(fold, before):
            found.append(self._told(_("there is another rule of that name."), "name"))
        if not rule.when and not rule.words:
            found.append(self._told(_("when is missing: the rule would meet every message."), "do"))
        if rule.when and (told := _condition(rule.when)):
            found.append(self._told(told, "when"))
        found += [
            self._told(_("{word} holds no word.").format(word=repr(word)), "words")
            for word in rule.words
            if not words(word)
        ]
        if not rule.pauses:
            found.append(self._told(_("pause is a time from 1h to 365d: 24h, 3d."), "pause"))
        for twice in {each.verb for each in rule.replies if [one.verb for one in rule.do].count(each.verb) > 1}:
            found.append(self._told(_("do: {verb} stands there twice.").format(verb=twice), "do"))
        return found + [self._told(told, "do") for deed in rule.do if (told := _deed(deed, verbs))]

    def _told(self, what: str, key: str) -> str:
        where = place(self.source, (_TABLE, str(self.index), key), self.path)
        return _("{where}: rule {name}: {what}").format(where=where, name=self.name, what=what)


def _condition(when: str) -> str:
    """What is wrong with a condition; empty where nothing is."""
    try:
        parse(when)
        for term in terms(when):
            if term.key in _TIMELESS:
                return _("when: {key}: says nothing of a message that comes in now.").format(key=term.key.value)
            if term.key in (Key.ASSIGNEE, Key.MENTIONED) and any(fold(value.text) in _MINE for value in term.values):
                return _("when: a rule is nobody: name the colleague instead of {word}.").format(word=ME)
            if term.key is Key.IS and any(fold(value.text) in _MINE for value in term.values):
                return _("when: a rule is nobody: name the colleague instead of {word}.").format(word="is:mine")
    except FilterError as error:
        return f"when: {error}"
    return ""


_MINE = frozenset({"me", "moi", "mine", "mienne"})


def _deed(deed: Deed, verbs: Verbs) -> str:
    """What is wrong with a verb; empty where nothing is."""
    known = verbs.get(deed.verb)
    if known is None:
        meant = near(deed.verb, verbs)
        told = _("do: there is no verb {name}.").format(name=repr(deed.verb))
        if meant:
            return f"{told} {_('Did you mean {name}?').format(name=meant)}"
        names = ", ".join(name for name, each in verbs.items() if not each.never)
        return f"{told} {_('The verbs are: {names}.').format(names=names)}"
    if known.never:
        return _("do: a rule may not {verb}: {why}").format(verb=deed.verb, why=_(known.never))
    if known.needs_value and not deed.value:
        return _("do: {verb} needs a value: {what}.").format(verb=deed.verb, what=_(known.needs_value))
    if deed.reason and not known.reasons:
        return _("do: {verb} takes no reason.").format(verb=deed.verb)
    try:
        if deed.reason:
            reasons.named(deed.reason)
        if known.check is not None and deed.value:
            known.check(deed.value)
    except UsageError as error:
        return f"do: {deed.verb}: {error}"
    return ""
