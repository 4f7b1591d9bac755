"""Handing all that is open and mine over to a colleague, or back to everybody."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cminbox.i18n import _
from cminbox.inbox import handover
from cminbox.text import cut, safe
from cminbox.ui.control.bulk import BulkControl
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line


class HandoverControl:
    """Asks for the note that goes with it, saying how many conversations it is about; Enter does it, `u` undoes it."""

    def __init__(self, stage: Stage, bulk: BulkControl, picking: PickingControl) -> None:
        self.stage = stage
        self.bulk = bulk
        self.picking = picking

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"team.handover": lambda: self.ask("")}

    def ask(self, name: str) -> None:
        """To the colleague of this name, or (no name) to nobody."""

        async def find(_text: str) -> Sequence[Choice]:
            return ()

        async def look(_item: None, _text: str) -> list[Line]:
            n = await handover.count(self.stage.desk)
            told = handover.told(n, safe(name)) if n else _("No open conversation is yours.")
            return [[("bar_value", " " + cut(told, self.stage.app.size.width - 2))]]

        async def take(_item: None, text: str) -> None:
            outcome = await handover.handover(self.stage.desk, name, text)
            current = self.bulk.list.current
            await self.bulk.list.reread(current.id if current is not None else None)
            await self.bulk.reading.changed()
            self.bulk.tell(_("handover"), outcome)

        hint = _("Enter hands them over, Esc does not")
        self.picking.open(Picker(_("A note for them: "), find, take, look, hint=hint))
