"""The campaign of a topic: given by name, inherited by every conversation under it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cminbox.errors import Refused
from cminbox.i18n import _
from cminbox.inbox import queue, topics
from cminbox.text import cut, fold, safe
from cminbox.ui.control.lists import Pick
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.stage import Stage


class CampaignControl:
    """`:campaign NAME` on the topic at hand: that of the list of topics, else of the conversation."""

    def __init__(
        self,
        stage: Stage,
        triage: TriageControl,
        reading: ReadingControl,
        sheets: SheetControl,
        picking: PickingControl,
    ) -> None:
        self.stage = stage
        self.triage = triage
        self.reading = reading
        self.sheets = sheets
        self.picking = picking

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"topic.campaign": self.pick}

    def pick(self) -> None:
        """Choose a campaign that there is, type a new one, or none."""

        async def find(text: str) -> Sequence[Choice]:
            wanted = fold(text.strip())
            names = [name for name in await topics.campaigns(self.stage.desk) if wanted in fold(name)]
            found = [Choice([("bar_value", f"  {safe(name)}")], name) for name in names]
            if not wanted:
                return [*found, Choice([("bar", "  " + _("no campaign"))], "")]
            if any(fold(name) == wanted for name in names):
                return found
            new = Choice([("bar_value", f"  {safe(text.strip())}  "), ("bar", _("new campaign"))], text.strip())
            return [new, *found]

        async def take(name: str | None, _text: str) -> None:
            if name is not None:
                await self._set(name)

        self.picking.open(Picker(_("Campaign: "), find, take))

    def name(self, text: str) -> None:
        """Let the topic at hand belong to the campaign of this name."""
        self.stage.jobs.then(lambda: self._set(text))

    async def _set(self, name: str) -> None:
        topic = await self._topic()
        found = await topics.set_campaign(self.stage.desk, topic, name)
        title = cut(safe(found.title or found.text), 40)
        if found.campaign:
            told = _("{topic}: campaign {name}").format(topic=title, name=safe(found.campaign))
        else:
            told = _("{topic}: no campaign").format(topic=title)
        self.stage.tell(told, "good")
        await self.reading.changed()
        await self.sheets.changed()

    async def _topic(self) -> int:
        """The topic at hand. Raises Refused where there is none."""
        pick = self.sheets.widget.item
        if self.stage.sheet_area and isinstance(pick, Pick):
            if pick.topic is not None:
                return pick.topic.id
        elif (row := self.triage.target) is not None:
            view = await queue.view(self.stage.desk, row.id)
            if view.topic is not None:
                return view.topic.id
        raise Refused(_("There is no topic here."))
