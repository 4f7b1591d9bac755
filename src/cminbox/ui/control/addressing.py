"""Writing to somebody first: choose whom, and the composer opens where a private message reaches them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cminbox.errors import Refused
from cminbox.i18n import _
from cminbox.inbox import addressing, people
from cminbox.model.people import PersonLine
from cminbox.text import safe
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.control.writing import WritingControl
from cminbox.ui.person_lines import found_line
from cminbox.ui.stage import Stage

_FOUND = 12


class AddressingControl:
    """From `C` and a few letters of a name to a private message."""

    def __init__(self, stage: Stage, triage: TriageControl, writing: WritingControl, picking: PickingControl) -> None:
        self.stage = stage
        self.triage = triage
        self.writing = writing
        self.picking = picking

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"person.write": self.pick}

    def pick(self) -> None:
        """Choose whom to write to; who is under the cursor comes first."""
        here = self.triage.target
        known: list[people.Known] = []

        async def find(typed: str) -> Sequence[Choice]:
            if not known:
                known.append(await people.known(self.stage.desk))
            found = await people.find(self.stage.desk, typed, _FOUND, among=known[0])
            if not typed.strip() and here is not None and (near := await people.card_of(self.stage.desk, here.id)):
                others = [each for each in found if each.person.id not in near.ids]
                line = PersonLine(person=near.person, handles=len(near.ids), first_seen_at=near.first_seen_at)
                found = [line, *others]
            return [Choice(found_line(each), each.person.id) for each in found]

        async def take(person: int | None, typed: str) -> None:
            if person is None:
                raise Refused(_("Nobody called {name} has written to us.").format(name=safe(typed)))
            conversation = await addressing.way_to(self.stage.desk, person)
            self.writing.open(private=True, conversation=conversation)

        self.picking.open(Picker(_("Write to: "), find, take, hint=_("Enter begins a private message")))
