"""Tags, colleagues, snoozing and notes: each asked in a picker or written in the composer, on one or on many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from cminbox.config.macros import MacroStep
from cminbox.errors import UsageError
from cminbox.i18n import N_, _, ngettext
from cminbox.inbox import filters, snooze, tags, triage
from cminbox.model.tags import PALETTE, TagRow
from cminbox.model.theme import tag_role
from cminbox.text import cut, fold, pad, safe
from cminbox.ui import times
from cminbox.ui.control.bulk import BulkControl
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.control.writing import WritingControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line

WHENS = (N_("in 2 hours"), N_("tonight"), N_("tomorrow 9:00"), N_("monday"))
"""Times that are offered before anything is typed; each must be words that inbox.snooze understands."""


class MarkingControl:
    """What is put on conversations without sending anything: tags, a colleague, a time, a note."""

    def __init__(
        self, stage: Stage, triage_: TriageControl, writing: WritingControl, bulk: BulkControl, picking: PickingControl
    ) -> None:
        self.stage = stage
        self.triage = triage_
        self.writing = writing
        self.bulk = bulk
        self.picking = picking

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "conversation.tag": self.tag,
            "conversation.assign": self.assign,
            "conversation.snooze": self.snooze,
            "conversation.note": lambda: self.writing.open(private=False, note=True),
        }

    def tag(self) -> None:
        """Choose a tag: it is put on, or taken off where all carry it already. A new name makes a tag."""
        ids = self._targets
        if not ids:
            return

        async def find(text: str) -> Sequence[Choice]:
            rows = tags.best(await tags.all_tags(self.stage.desk), text)
            worn = {name for row in await self.bulk.rows(ids[:1]) for name in row.tags}
            choices = [Choice(_tag_line(row, row.name in worn), row.name) for row in rows]
            wanted = fold(text.strip())
            if not wanted or any(fold(row.name) == wanted for row in rows):
                return choices
            new = Choice([("bar_value", f"  {safe(text.strip())}  "), ("bar", _("new tag"))], text.strip())
            near = bool(rows) and wanted in fold(rows[0].name)
            return [*choices, new] if near else [new, *choices]

        async def take(name: str | None, _text: str) -> None:
            if name is None:
                return
            rows = await self.bulk.rows(ids)
            off = all(fold(name) in map(fold, row.tags) for row in rows)
            verb = tags.untag if off else tags.tag
            told = _("tag off {name}") if off else _("tag {name}")
            deed = (MacroStep("untag" if off else "tag", name),)
            self.bulk.run(
                told.format(name=safe(name)), lambda desk, chosen: verb(desk, chosen, [name]), ids=ids, deed=deed
            )

        self.picking.open(Picker(_("Tag: "), find, take, hint=_("Enter puts it on or takes it off")))

    def assign(self) -> None:
        """Choose the colleague whose it is."""
        ids = self._targets
        if not ids:
            return

        async def find(text: str) -> Sequence[Choice]:
            typed = f'assignee:"{text.strip()}' if " " in text.strip() else f"assignee:{text.strip()}"
            found = await filters.complete(self.stage.desk, typed, len(typed))
            names = [each.word.strip().strip('"') for each in found]
            named = [self.stage.desk.by if name == "me" else name for name in names if name != "none"]
            return [Choice([("bar_value", f"  {safe(name)}")], name) for name in dict.fromkeys(named)]

        async def take(name: str | None, text: str) -> None:
            wanted = name or text.strip()
            if wanted:
                told = _("assign to {name}").format(name=safe(wanted))
                deed = (MacroStep("assign", wanted),)
                self.bulk.run(told, lambda desk, chosen: triage.assign(desk, chosen, wanted), ids=ids, deed=deed)

        self.picking.open(Picker(_("Assign to: "), find, take))

    def snooze(self) -> None:
        """Say until when; nothing said: until they write."""
        ids = self._targets
        if not ids:
            return

        async def find(text: str) -> Sequence[Choice]:
            wanted = text.strip()
            offered = [_(each) for each in WHENS if not wanted or fold(wanted) in fold(_(each))]
            found = [Choice([("bar_value", f"  {each}")], each) for each in offered if not await self._against(each)]
            if not wanted:
                return [Choice([("bar_value", "  " + _("waiting for them"))], ""), *found]
            if wanted in offered or await self._against(wanted):
                return found
            return [Choice([("bar_value", f"  {safe(wanted)}")], wanted), *found]

        async def look(item: str | None, text: str) -> list[Line]:
            return [await self._told(item if item is not None else text)]

        async def take(item: str | None, text: str) -> None:
            words = item if item is not None else text
            if not words:
                self.triage.waiting()
                return
            at = await asyncio.to_thread(snooze.until, self.stage.desk, words)
            told = _("snooze until {time}").format(
                time=times.when(at, self.stage.desk.clock.now(), self.stage.app.zone)
            )
            deed = (MacroStep("snooze", words),)
            self.bulk.run(told, lambda desk, chosen: snooze.snooze(desk, chosen, at), ids=ids, deed=deed)

        self.picking.open(Picker(_("Until: "), find, take, look))

    @property
    def _targets(self) -> tuple[int, ...]:
        row = self.triage.target
        ids = self.bulk.ids or ((row.id,) if row is not None else ())
        if not ids:
            self.stage.tell(_("There is no conversation here."))
        return ids

    async def _against(self, words: str) -> str:
        """Why words are no time ("" where they are one). Off the loop: reading the first ones takes a moment."""
        try:
            await asyncio.to_thread(snooze.until, self.stage.desk, words)
        except UsageError as error:
            return str(error)
        return ""

    async def _told(self, words: str) -> Line:
        """When it comes back."""
        room = self.stage.app.size.width - 2
        if not words:
            return [("bar", " " + cut(_("It comes back when they write."), room))]
        try:
            at = await asyncio.to_thread(snooze.until, self.stage.desk, words)
        except UsageError as error:
            return [("error", f" {cut(safe(str(error)), room)}")]
        zone = self.stage.app.zone
        told = _("It comes back {day}, {time}, or when they write.")
        return [("good", " " + cut(told.format(day=times.day(at, zone), time=times.at_time(at, zone)), room))]


def _tag_line(row: TagRow, worn: bool) -> Line:
    """A tag in the picker: whether it is on already, its name in its colour, which is said too, how much carries it."""
    n = ngettext("{n} open", "{n} open", row.open).format(n=row.open) if row.open else ""
    return [
        ("key", "+ " if worn else "  "),
        (tag_role(row.colour), pad(f"#{safe(row.name)}", 30) + " "),
        ("bar", pad(_(PALETTE.get(row.colour, "")) if row.colour in PALETTE else "", 10) + n),
    ]
