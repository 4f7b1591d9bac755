"""Macros on the screen: `m` and a key runs one on the selection or the row; what is done can be recorded into one.

Steps run as one (inbox.macros). What sends much, deletes, blocks or reports is asked about first, with what will not
work for whom; the same way `.` repeats what was done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from cminbox.config import settings as settings_file
from cminbox.config.macros import FINAL, RECORD, SENDS, Macro, MacroStep, find
from cminbox.errors import CminboxError
from cminbox.i18n import _, ngettext
from cminbox.inbox import macros
from cminbox.inbox.outcome import Outcome
from cminbox.text import cut, safe
from cminbox.ui.control.bulk import BulkControl, networks
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.deeds import Steps
from cminbox.ui.stage import Question, Stage
from cminbox.ui.widgets.lines import Line

_NAME_CELLS = 40


class MacroControl:
    """Runs steps, keeps the macros there are, and records new ones."""

    def __init__(self, stage: Stage, triage: TriageControl, bulk: BulkControl, picking: PickingControl) -> None:
        self.stage = stage
        self.triage = triage
        self.bulk = bulk
        self.picking = picking
        self.macros = stage.service.settings.macros

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"macro.run": self.choose, "macro.record": self.record, "journal.repeat": self.repeat}

    def choose(self) -> None:
        """Ask for the key of a macro; a key typed ahead is it."""

        def runs(macro: Macro) -> Callable[[], None]:
            return lambda: self.run(macro.steps, macro.name)

        recording = self.stage.deeds.recording is not None
        choices = [(macro.key, safe(macro.name)) for macro in self.macros]
        choices.append((RECORD, _("end recording, keep it") if recording else _("record one")))
        answers = {macro.key: runs(macro) for macro in self.macros} | {RECORD: self.record}
        self.stage.ask(Question(_("Which macro?"), [*choices, ("Esc", _("none"))], answers))

    def named(self, wanted: str) -> None:
        """Run the macro of a key or a name. Raises UsageError where there is none."""
        macro = find(self.macros, wanted)
        self.run(macro.steps, macro.name)

    def repeat(self) -> None:
        """Do my latest verb again, here; what sends, deletes, blocks or reports asks first."""

        async def job() -> None:  # behind the verbs that are still under way: the latest of them is meant
            steps = self.stage.deeds.last
            if steps:
                sure = not any(step.verb in (*SENDS, *FINAL) for step in steps)
                self.run(steps, told(steps), sure=sure)
            else:
                self.stage.tell(_("Nothing was done here yet that could be repeated."))

        self.stage.hold_for(job)

    def run(self, steps: Steps, name: str, *, sure: bool = True) -> None:
        """Do steps to the selection, else to the conversation at hand. Not `sure`: ask in any case."""
        row = self.triage.target
        ids = self.bulk.ids or ((row.id,) if row is not None else ())
        if ids:
            self.stage.hold_for(lambda: self._ask(steps, name, ids, {}, sure=sure))
        else:
            self.stage.tell(_("There is no conversation here."))

    def record(self) -> None:
        """Begin to record what is done; the second time, ask for the key to keep it on."""
        deeds = self.stage.deeds
        keys = self.stage.app.keys_in_words("macro.run")
        if deeds.recording is None:
            deeds.recording = []
            self.stage.tell(_("Recording: what you do now is kept; {key} {end} ends it.").format(key=keys, end=RECORD))
            self.stage.paint_bars()
            return

        async def job() -> None:  # verbs under way belong to it
            if deeds.recording:
                self._ask_key(tuple(deeds.recording))
            else:
                self._forget(_("Nothing was recorded."))

        self.stage.hold_for(job)

    async def _ask(
        self, steps: Steps, name: str, ids: Sequence[int], answers: Mapping[str, str], *, sure: bool
    ) -> None:
        """Ask for what the templates want to know, one after the other; then prepare and go on."""
        left = [each for each in await macros.questions(self.stage.desk, ids, steps) if each not in answers]
        if not left:
            await self._prepare(steps, name, ids, answers, sure=sure)
            return

        async def take(_item: object, text: str) -> None:
            await self._ask(steps, name, ids, {**answers, left[0]: text.strip()}, sure=sure)

        self.picking.open(Picker(f"{safe(left[0])}: ", _nothing, take, _blank))

    async def _prepare(
        self, steps: Steps, name: str, ids: Sequence[int], answers: Mapping[str, str], *, sure: bool
    ) -> None:
        desk, seen = self.stage.desk, self.triage.reading.seen
        given = {question: text for question, text in answers.items() if text}
        prepared = await macros.prepare(desk, ids, steps, given, seen=seen)

        def go() -> None:
            self.bulk.run(
                safe(name), lambda desk, _ids: macros.run_prepared(desk, prepared), ids=prepared.all_ids, deed=steps
            )

        rehearsed = await macros.rehearse(desk, prepared) if len(ids) > 1 or not sure or prepared.final else None
        if rehearsed is not None and not rehearsed.changed and not rehearsed.same:
            why = next((line.error for line in rehearsed.skipped if line.error), "")
            self.stage.tell(safe(why), "error")
            return
        much = prepared.sends > desk.settings.sending.bulk_from
        if rehearsed is not None and (not sure or prepared.final or much or rehearsed.skipped):
            await self._confirm(name, steps, rehearsed, go)
        else:
            go()

    async def _confirm(self, name: str, steps: Steps, rehearsed: Outcome, go: Callable[[], None]) -> None:
        rows = await self.bulk.rows([line.conversation for line in (*rehearsed.changed, *rehearsed.same)])
        n = len(rows)
        asked = ngettext("{name}: {n} conversation ({networks})?", "{name}: {n} conversations ({networks})?", n)
        text = asked.format(name=safe(name), n=n, networks=networks(rows))
        if (what := told(steps)) != name:
            text += f" ({what})"
        against = Counter(line.error for line in rehearsed.skipped if line.error)
        for why, many in against.most_common(1):
            more = ngettext("{n} cannot be: {why}", "{n} cannot be: {why}", len(rehearsed.skipped))
            text += " " + more.format(n=max(many, len(rehearsed.skipped)), why=safe(why))
        self.stage.ask(Question(text, [(_("y"), _("yes")), ("Esc", _("no"))], {_("y"): go}))

    def _ask_key(self, steps: Steps) -> None:
        """On which key the recorded macro is kept; nothing typed: on none."""

        async def take(_item: object, text: str) -> None:
            key = text.strip()
            if not key:
                self._forget(_("The recording is thrown away."))
            elif self._against(key):
                self._ask_key(steps)
            else:
                self._ask_name(steps, key)

        async def look(_item: object, text: str) -> list[Line]:
            against = self._against(text.strip())
            room = self.stage.app.size.width - 2
            return [[("error", f" {cut(against, room)}") if against else ("bar", f" {cut(told(steps), room)}")]]

        hint = _("Enter without one: forget it")
        self.picking.open(Picker(_("Key for this macro: "), _nothing, take, look, hint=hint))

    def _against(self, key: str) -> str:
        """Why this cannot be the key of a new macro ("" where it can)."""
        taken = (RECORD, *(macro.key for macro in self.macros))
        if len(key) <= 1 and key not in taken:
            return ""
        return _("{key} cannot be its key: one sign, and none of {taken}.").format(
            key=safe(key), taken=" ".join(map(safe, taken))
        )

    def _ask_name(self, steps: Steps, key: str) -> None:
        """How it is called; nothing typed: as what it does."""

        async def take(_item: object, text: str) -> None:
            name = text.strip() or cut(told(steps), _NAME_CELLS)
            self._keep(Macro(key=key, name=name[:_NAME_CELLS], do=tuple(map(str, steps))))

        self.picking.open(Picker(_("Its name: "), _nothing, take, _blank, hint=safe(cut(told(steps), _NAME_CELLS))))

    def _keep(self, macro: Macro) -> None:
        try:
            self.macros = settings_file.keep_macro(self.stage.service.home, macro).macros
        except (CminboxError, OSError) as error:
            self.stage.tell(_("This was not saved: {error}").format(error=safe(str(error))), "error")
            return
        keys = self.stage.app.keys_in_words("macro.run")
        done = _("{keys} does {name} from now on.").format(keys=f"{keys} {macro.key}", name=safe(macro.name))
        self._forget(done, "good")

    def _forget(self, text: str, role: str = "bar_value") -> None:
        self.stage.deeds.recording = None
        self.stage.tell(text, role)
        self.stage.paint_bars()


def told(steps: Sequence[MacroStep]) -> str:
    """Steps in a row, safe to show."""
    return ", ".join(safe(str(step)) for step in steps)


async def _nothing(_text: str) -> Sequence[Choice]:
    return []


async def _blank(_item: object, _text: str) -> list[Line]:
    return []
