"""Rules on the screen: what there is, what each did today, what it would have done, and switching it."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.config.rules import index_of
from cminbox.errors import CminboxError
from cminbox.i18n import _, ngettext
from cminbox.inbox import rules, rules_reply
from cminbox.inbox.rules import Answered, RuleLine
from cminbox.model.rules import Rule
from cminbox.text import cut, label, pad, safe, width, wrap
from cminbox.ui import times
from cminbox.ui.control.lists import Pick
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import Content, Entry

LOOKED_AT = 500
"""Stored messages that a rule is tried on when it is opened."""
SHOWN = 100
LINES = 3
"""Lines of one thing said of a rule, at most: the file has all of its words."""


class RulesControl:
    """Shows the rules of the file, and one of them with all there is to know about it."""

    def __init__(self, stage: Stage, sheets: SheetControl) -> None:
        self.stage = stage
        self.sheets = sheets

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"go.rules": lambda: self.sheets.open(self._list), "rule.switch": self.switch}

    def show(self, name: str) -> None:
        """Everything about one rule."""
        self.sheets.open(lambda: self._details(name))

    def switch(self) -> None:
        """Switch the rule under the cursor, or the one that is open, on or off: written into the file."""
        pick = self.sheets.widget.item
        name = (pick.rule or pick.rule_met) if isinstance(pick, Pick) else ""
        if not name:
            self.stage.tell(_("This key is for the rules."))
            return

        async def job() -> None:
            home = self.stage.service.home
            try:
                found = rules.load(self.stage.desk, home)
                wanted = not found[index_of(found, name)].on
                rule = rules.switch(self.stage.desk, home, name, wanted)
            except OSError as error:
                self.stage.tell(_("This was not saved: {error}").format(error=safe(str(error))), "error")
                return
            told = _("{name} is on: it runs on what comes in from now on.") if rule.on else _("{name} is off.")
            troubles = await rules_reply.troubles(self.stage.desk, rule) if rule.on else []
            if troubles:
                why = _("{name} is on, but will not answer: {why}").format(name=safe(rule.name), why=troubles[0])
                self.stage.tell(why, "error")
            else:
                self.stage.tell(told.format(name=safe(rule.name)), "good")
            await self.sheets.changed()

        self.stage.jobs.then(job)

    async def _list(self) -> Content:
        try:
            found = await rules.lines(self.stage.desk, self.stage.service.home)
        except CminboxError as error:
            return Content("rules", _("Rules"), self._plain(str(error), "error"))
        path = safe(str(self.stage.service.home.rules_file))
        nothing = self._plain(
            _("There are no rules. `cminbox rules starters` puts some into {path}.").format(path=path)
        )
        hint = _("{key} switches on or off").format(key=self.stage.app.keys_in_words("rule.switch")) if found else ""
        return Content("rules", _("Rules"), [self._entry(each) for each in found] or nothing, hint)

    def _entry(self, each: RuleLine) -> Entry:
        rule, room = each.rule, self.stage.app.size.width
        name = max(16, room // 4)
        today = ngettext("{n} today", "{n} today", each.messages).format(n=each.messages)
        state, count = max(width(_("on")), width(_("off"))), max(12, width(today))
        line: Line = [
            ("good" if rule.on else "dim", f" {pad(_on(rule), state)} "),
            ("strong" if rule.on else "text", pad(safe(rule.name), name) + " "),
            ("text" if each.messages else "dim", pad(today, count) + " "),
            ("dim", cut(f"{_condition(rule)}  =>  {_does(rule)}", max(4, room - name - state - count - 6))),
        ]
        return Entry(line, Pick(rule=rule.name))

    async def _details(self, name: str) -> Content:
        desk, home = self.stage.desk, self.stage.service.home
        try:
            given = rules.load(desk, home)
            rule = given[index_of(given, name)]
        except CminboxError as error:
            return Content("rule", _("Rule"), self._plain(str(error), "error"))
        line = next(each for each in await rules.lines(desk, home) if each.rule.name == rule.name)
        found = await rules.rehearse(desk, [rule], limit=LOOKED_AT)
        met, looked = len(found.met), found.messages
        told = [
            (_("State"), _on(rule)),
            (_("Brand"), rule.brand),
            (_("When"), rule.when),
            (_("Words"), ", ".join(rule.words)),
            (_("Hours"), rules.hours_told(rule)),
            (_("Does"), _does(rule)),
            (_("Pause"), rule.pause if rule.replies else ""),
            (_("Today"), ngettext("{n} message", "{n} messages", line.messages).format(n=line.messages)),
            (_("Version"), rule.version),
        ]
        entries: list[Entry] = []
        for title, text in told:
            lines = wrap(safe(text), self.stage.app.size.width - 17) if text else []
            if len(lines) > LINES:
                lines = [*lines[: LINES - 1], f"{lines[LINES - 1]} …"]
            for number, part in enumerate(lines):
                head = pad(title if number == 0 else "", 11)
                first = Pick(rule=rule.name) if not entries else None
                entries.append(Entry([("dim", f"  {head} "), ("text", part)], first))
        tried = ngettext(
            "Of the newest {n} message it would have met {met}:",
            "Of the newest {n} messages it would have met {met}:",
            looked,
        ).format(n=looked, met=met)
        entries += [Entry([]), Entry([("strong", f"  {tried}")])]
        entries += [entry for each in found.met[:SHOWN] for entry in self._met(each)]
        hint = _("{key} switches on or off").format(key=self.stage.app.keys_in_words("rule.switch"))
        return Content("rule", _("Rule: {name}").format(name=safe(rule.name)), entries, hint)

    def _met(self, each: rules.Rehearsed) -> list[Entry]:
        now, zone, room = self.stage.desk.clock.now(), self.stage.app.zone, self.stage.app.size.width
        line: Line = [
            ("dim", f" {times.when(each.at, now, zone):>{times.WHEN}} "),
            ("text", pad(label(each.person), max(12, room // 5)) + " "),
            ("text", cut(safe(each.text), max(4, room - max(12, room // 5) - 12))),
        ]
        pick = Pick(conversation=each.conversation, rule_met=each.rule.name)
        return [Entry(line, pick), *(Entry(self._answer(one), pick) for one in each.answers)]

    def _answer(self, one: Answered) -> Line:
        """What would have been answered, or why nothing."""
        told = _("nothing goes: {why}").format(why=one.refused) if one.refused else one.text
        role = "error" if one.refused and not one.quiet else "dim"
        return [
            (role, f" {'=>':>{times.WHEN}} {cut(safe(' '.join(told.split())), max(4, self.stage.app.size.width - 12))}")
        ]

    def _plain(self, text: str, role: str = "dim") -> list[Entry]:
        room = max(20, self.stage.app.size.width - 4)
        return [Entry([(role, f"  {part}")]) for line in text.split("\n") for part in wrap(safe(line), room)]


def _on(rule: Rule) -> str:
    return _("on") if rule.on else _("off")


def _does(rule: Rule) -> str:
    return safe(_(", ").join(map(str, rule.do)))


def _condition(rule: Rule) -> str:
    n = len(rule.words)
    words = ngettext("one word", "one of {n} words", n).format(n=n) if n else ""
    return safe(" ".join(part for part in (rule.when, words, rules.hours_told(rule)) if part))
