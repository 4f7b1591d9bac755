"""Answering with a template: the picker, what it asks, the composer with the text, or sending at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from cminbox.config.macros import MacroStep
from cminbox.errors import UsageError
from cminbox.i18n import _, ngettext
from cminbox.inbox import clusters, planning, replies, selection, template_keeping, templates
from cminbox.inbox.planning import Wording
from cminbox.inbox.templates import Hit, Preview
from cminbox.text import cut, pad, safe, wrap
from cminbox.ui import guard, words
from cminbox.ui.control.bulk import BulkControl
from cminbox.ui.control.dry_run import DryRunControl
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.control.writing import WritingControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line, spread

_LIMIT = 30
_LOOK_LINES = 6


class TemplateControl:
    """From `t` to the composer or to the hold."""

    def __init__(
        self,
        stage: Stage,
        triage: TriageControl,
        writing: WritingControl,
        bulk: BulkControl,
        picking: PickingControl,
        dry_run: DryRunControl,
    ) -> None:
        self.stage = stage
        self.dry_run = dry_run
        self.triage = triage
        self.writing = writing
        self.bulk = bulk
        self.picking = picking

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"conversation.template": self.pick}

    def pick(self) -> None:
        """Choose a template for the conversation, or for all that is selected."""
        ids = self.targets
        if not ids:
            self.stage.tell(_("There is no conversation here to answer."))
            return
        self.pick_for(ids)

    def pick_for(self, ids: Sequence[int], wave: int | None = None) -> None:
        """Choose a template for these conversations, which are all of a `wave` where that is given."""

        async def find(text: str) -> Sequence[Choice]:
            hits = await templates.search(self.stage.desk, text, ids[0], _LIMIT)
            return [Choice(_line(hit, self.stage.app.size.width), hit.template.id) for hit in hits]

        async def look(item: int | None, _text: str) -> list[Line]:
            return await self._look(ids[0], item)

        async def compose(item: int | None, _text: str) -> None:
            await self._ask(ids, item, {}, wave, send=False)

        async def send(item: int | None, _text: str) -> None:
            await self._ask(ids, item, {}, wave, send=True)

        keys = self.stage.app.keys_in_words("composer.send_at_once")
        hint = _("Enter writes it, {key} sends it").format(key=keys)
        self.picking.open(Picker(self._word(ids), find, compose, look, send, hint))

    def use(self, template_id: int) -> None:
        """Write the answer of one template to the conversation at hand."""
        ids = self.targets
        if ids:
            self.stage.hold_for(lambda: self._ask(ids, template_id, {}, None, send=False))

    @property
    def targets(self) -> tuple[int, ...]:
        """The selection, else the conversation at hand."""
        row = self.triage.target
        return self.bulk.ids or ((row.id,) if row is not None else ())

    def _word(self, ids: Sequence[int]) -> str:
        if len(ids) == 1:
            return _("Template: ")
        return ngettext("Template for {n}: ", "Template for {n}: ", len(ids)).format(n=len(ids))

    async def _look(self, conversation: int, item: int | None) -> list[Line]:
        """What the template becomes here: its text, what is missing, its length by network."""
        room = self.stage.app.size.width
        if item is None:
            return [[("bar", " " + _("There is no template. cminbox templates add makes one."))]]
        try:
            found = await templates.preview(self.stage.desk, item, conversation)
        except UsageError as error:
            return [[("error", f" {cut(safe(str(error)), room - 2)}")]]
        lines = wrap(safe(found.text, newlines=True), room - 4)
        shown: list[Line] = [[("bar_value", f"   {part}")] for part in lines[:_LOOK_LINES]]
        if len(lines) > _LOOK_LINES:
            shown[-1] = [("bar_value", f"   {cut(lines[_LOOK_LINES - 1], room - 6)}…")]
        return [[("faint", "─" * room)], *shown, spread(_asks(found), _lengths(found), room, "bar")]

    async def _ask(
        self, ids: Sequence[int], item: int | None, answers: Mapping[str, str], wave: int | None, *, send: bool
    ) -> None:
        """Ask for what the template wants to know, one after the other; then go on with it."""
        if item is None:
            return
        left = [each for each in await templates.questions(self.stage.desk, item) if each not in answers]
        if not left:
            await self._go(ids, item, answers, wave, send=send)
            return

        async def nothing(_text: str) -> Sequence[Choice]:
            return []

        async def look(_item: object, _text: str) -> list[Line]:
            return []

        async def take(_item: object, text: str) -> None:
            await self._ask(ids, item, {**answers, left[0]: text.strip()}, wave, send=send)

        self.picking.open(Picker(f"{safe(left[0])}: ", nothing, take, look))

    async def _go(
        self, ids: Sequence[int], item: int, answers: Mapping[str, str], wave: int | None, *, send: bool
    ) -> None:
        given = {name: text for name, text in answers.items() if text}
        if wave is not None:
            await self._wave(wave, Wording(template=item, answers=given), send=send)
            return
        if len(ids) > 1:
            await self._many(ids, item, given, send=send)
            return
        found = await templates.preview(self.stage.desk, item, ids[0], given)
        if send and not found.missing and not guard.private_details(" ".join(given.values())):
            seen = self.triage.reading.seen.get(ids[0])
            outcome = await templates.answer(self.stage.desk, ids[0], item, given, seen=seen)
            self.stage.deeds.note(MacroStep("template", found.template.name))
            await self.writing.sent(ids[0], outcome)
        else:
            self.writing.open(private=False, conversation=ids[0], text=found.text, template=item)

    async def _many(self, ids: Sequence[int], item: int, given: Mapping[str, str], *, send: bool) -> None:
        """The same to each of a selection, with each person's own values, as one step."""
        desk = self.stage.desk
        name = (await template_keeping.get(desk, item)).name
        if len({share.brand for share in await selection.shares(desk, ids)}) > 1:
            self.stage.tell(replies.two_brands(), "error")
            return
        first, rest = ids[: planning.LOOKED_AT], Counter[str]()
        for share in await selection.shares(desk, ids[planning.LOOKED_AT :]):
            rest[share.network] += share.n
        planned = await planning.plan(desk, first, Wording(template=item, answers=given))

        def go() -> None:
            self.bulk.run(
                _("reply"),
                lambda desk, chosen: templates.answer(desk, chosen, item, given),
                ids=ids,
                deed=(MacroStep("template", name),),
            )

        self.dry_run.ask(planned, go, send=send, rest=rest)

    async def _wave(self, wave: int, wording: Wording, *, send: bool) -> None:
        """The same to all of a wave, as one step; what will not go is said beforehand."""
        planned = await clusters.plan_all(self.stage.desk, wave, wording)

        def go() -> None:
            self.bulk.run(
                _("reply"),
                lambda desk, _ids: clusters.answer_all(desk, wave, wording),
                ids=[each.conversation for each in planned],
            )

        self.dry_run.ask(planned, go, send=send)


def _line(hit: Hit, room: int) -> Line:
    """A template in the picker: its name, shortcut, folder, how often it was used."""
    template = hit.template
    uses = ngettext("used {n} time", "used {n} times", template.uses).format(n=template.uses) if template.uses else ""
    folder = max(10, room // 4)
    return [
        ("bar_value", pad(safe(template.name), min(44, max(16, room - folder - 34))) + " "),
        ("key", pad(safe(template.shortcut), 10) + " "),
        ("bar", pad(safe(template.folder), folder) + " "),
        ("bar", uses),
    ]


def _asks(found: Preview) -> Line:
    names = ", ".join(safe(name) for name in found.missing)
    if not names:
        return [("bar", f" {found.language}")]
    return [("warning", " " + _("still to fill: {names}").format(names=names))]


def _lengths(found: Preview) -> Line:
    """How long it would be, network by network; what is too long in another role and with a sign."""
    line: Line = []
    for network, length in found.lengths.items():
        used = f"{length.used}/{length.limit}" if length.limit is not None else str(length.used)
        told = f"{words.network_title(network)} {used}{' !' if length.over else ''}  "
        line.append(("error" if length.over else "bar", told))
    return line
