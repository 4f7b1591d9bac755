"""What a colleague says of the person who is shown: linked handles, a first name, notes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from cminbox.i18n import _
from cminbox.inbox import people
from cminbox.model.people import PersonCard
from cminbox.text import label
from cminbox.ui.control.person import PersonControl
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.person_lines import found_line
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line

_FOUND = 12


class PersonVerbs:
    """Each is a step that `u` takes back; the panel shows at once what came of it."""

    def __init__(self, stage: Stage, panel: PersonControl, picking: PickingControl) -> None:
        self.stage = stage
        self.panel = panel
        self.picking = picking

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "person.link": self.link,
            "person.unlink": self.unlink,
            "person.name": self.name,
            "person.note": self.note,
            "person.unnote": self.unnote,
        }

    def link(self) -> None:
        """Choose another handle of the same human."""
        card = self._asked
        if card is None:
            return
        one = card.person.id
        known: list[people.Known] = []

        async def find(typed: str) -> Sequence[Choice]:
            if not known:
                known.append(await people.known(self.stage.desk))
            found = await people.find(self.stage.desk, typed, _FOUND, among=known[0])
            return [Choice(found_line(line), line.person.id) for line in found if line.person.id not in card.ids]

        async def take(other: int | None, _typed: str) -> None:
            if other is not None:
                await people.link(self.stage.desk, one, other)
                await self._done(_("Linked: the same human; {key} takes it back."))

        hint = _("the same human as {name}").format(name=label(card.person.label))
        self.picking.open(Picker(_("Link: "), find, take, hint=hint))

    def unlink(self) -> None:
        """The handle under the cursor is somebody else."""
        item = self.panel.item
        if item is None or item.handle is None:
            self.stage.tell(_("Put the cursor on a linked handle first."))
            return
        other = item.handle
        self._do(lambda: people.unlink(self.stage.desk, other), _("Not linked any more; {key} takes it back."))

    def name(self) -> None:
        """Type what templates call them."""
        card = self._asked
        if card is None:
            return

        async def take(_item: object, typed: str) -> None:
            if typed.strip():
                said = "" if typed.strip() == "-" else typed
                await people.set_first_name(self.stage.desk, card.person.id, said)
                await self._done(_("The first name is set; {key} takes it back."))

        told = _("Templates use it for {name}; - for none.").format(name=label(card.person.label))
        self._ask(_("First name: "), told, take)

    def note(self) -> None:
        """Type something about them, for colleagues only."""
        card = self._asked
        if card is None:
            return

        async def take(_item: object, typed: str) -> None:
            if typed.strip():
                await people.note_person(self.stage.desk, card.person.id, typed)
                await self._done(_("Noted; {key} takes it back."))

        told = _("For colleagues only; no network ever sees it.")
        self._ask(_("Note about {name}: ").format(name=label(card.person.label)), told, take)

    def unnote(self) -> None:
        """Take the note under the cursor away."""
        item = self.panel.item
        if item is None or item.note is None:
            self.stage.tell(_("Put the cursor on a note first."))
            return
        note = item.note.id
        self._do(lambda: people.remove_note(self.stage.desk, note), _("The note is away; {key} brings it back."))

    @property
    def _asked(self) -> PersonCard | None:
        """Who a verb is about; says so where nobody is shown."""
        if self.panel.card is None:
            key = self.stage.app.keys_in_words("person.panel")
            self.stage.tell(_("Nobody is shown; {key} shows the person.").format(key=key))
        return self.panel.card

    def _ask(self, word: str, told: str, take: Callable[[object, str], Awaitable[None]]) -> None:
        """Ask for one line of text."""

        async def find(_typed: str) -> Sequence[Choice]:
            return []

        async def look(_item: object, _typed: str) -> list[Line]:
            return [[("bar", f" {told}")]]

        self.picking.open(Picker(word, find, take, look=look))

    def _do(self, verb: Callable[[], Awaitable[object]], told: str) -> None:
        async def job() -> None:
            await verb()
            await self._done(told)

        self.stage.jobs.then(job)

    async def _done(self, told: str) -> None:
        await self.panel.changed()
        self.stage.tell(told.format(key=self.stage.app.keys_in_words("journal.undo")), "good")
