"""What happened while I was away, and notes that name me: shown at the start, on asking, and as they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cminbox.i18n import _
from cminbox.inbox import notes, since
from cminbox.inbox.notes import Mention
from cminbox.inbox.since import Since
from cminbox.text import cut, label, pad, safe
from cminbox.ui import times
from cminbox.ui.control.lists import Pick
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.sheet import Content, Entry

SEEN_S = 300.0
"""How often it is written down that my screen is open, real seconds."""
_NOTICED = 5


class SinceControl:
    """Knows what happened since I left (`found`), and tells of notes for me."""

    def __init__(self, stage: Stage, sheets: SheetControl) -> None:
        self.stage = stage
        self.sheets = sheets
        self.found: Since | None = None
        self._told = 0
        stage.shutdown.append(self._leave)
        stage.noticed.append(self.changed)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"team.since": self.open}

    async def prepare(self) -> None:
        """Read, before the first frame, what there is to show on coming back."""
        self.found = await since.on_return(self.stage.desk)
        if self.found is not None:
            self.stage.sheet_area = "list"  # keys typed before the first frame are for the sheet already
        self._told = max((each.message for each in await notes.mentions(self.stage.desk, limit=1)), default=0)

    def begin(self) -> None:
        """The first frame stands: show what happened, where something did."""
        if self.found is not None and self.stage.sheet_area:
            self.sheets.show(self._content(self.found))

    async def watch(self, wall: Any) -> None:
        """Say now and then that I am here, for ever."""
        while True:
            await wall.sleep(SEEN_S)
            await since.seen(self.stage.desk)

    def open(self) -> None:
        """What happened since I was here before this."""

        async def job() -> None:
            found = await since.since(self.stage.desk, self.found.since if self.found else None)
            if found is None:
                self.stage.tell(_("You were not here before."))
            else:
                self.sheets.show(self._content(found))

        self.stage.hold_beside(job)

    async def changed(self) -> None:
        """The store changed: tell of a note that names me and is new."""
        new = [each for each in await notes.mentions(self.stage.desk, limit=_NOTICED) if each.message > self._told]
        if new:
            self._told = new[0].message
            key = self.stage.app.keys_in_words("go.mine")
            told = _("{name}, about {person}: {text} ({key})").format(
                name=safe(new[0].by), person=label(new[0].person), text=cut(safe(new[0].text), 200), key=key
            )
            self.stage.tell(told, "act")

    async def _leave(self) -> None:
        await since.seen(self.stage.desk)

    def _content(self, found: Since) -> Content:
        """The sheet: a line for each thing, then each note."""
        now, zone, room = self.stage.desk.clock.now(), self.stage.app.zone, self.stage.app.size.width
        entries = [
            Entry([("error" if part.source.bad else "text", f"  {part.told}")], _pick(part.source.action))
            for part in found.parts
        ]
        if found.notes:
            entries += [Entry([]), Entry([("strong", " " + _("Notes to you"))])]
        entries += [Entry(self._note(each, room), Pick(conversation=each.conversation)) for each in found.notes]
        nothing = [Entry([("dim", "  " + _("Nothing happened."))])]
        title = _("Since {time}").format(time=times.when(found.since, now, zone).strip())
        return Content("since", title, entries or nothing, _("Enter shows it, q goes to the inbox"))

    def _note(self, each: Mention, room: int) -> list[tuple[str, str]]:
        when = times.when(each.at, self.stage.desk.clock.now(), self.stage.app.zone)
        return [
            ("dim", f"  {when:>{times.WHEN}} "),
            ("us", pad(safe(each.by), 12) + " "),
            ("dim", pad(label(each.person), 16) + " "),
            ("text", cut(safe(each.text), max(4, room - 42))),
        ]


def _pick(action: str) -> Pick | None:
    return Pick(action=action) if action else None
