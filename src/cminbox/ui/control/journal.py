"""The journal on the screen: what happened, of everybody or of one colleague."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.i18n import _
from cminbox.inbox import diary
from cminbox.inbox.diary import DiaryLine
from cminbox.text import label, pad, safe
from cminbox.ui import times
from cminbox.ui.control.lists import Pick
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.journal_words import journal_word
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import Content, Entry

SHOWN = 500
"""Entries shown at most."""


class JournalControl:
    """Shows the journal; one key goes from everybody to me, to each colleague and back. `whose` is a name, or ""."""

    def __init__(self, stage: Stage, sheets: SheetControl) -> None:
        self.stage = stage
        self.sheets = sheets
        self.whose = ""

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {"go.journal": self.open, "journal.whose": self.turn}

    def open(self) -> None:
        """Everybody's journal."""
        self.whose = ""
        self.sheets.open(self.content)

    def turn(self) -> None:
        """Whose journal: everybody's, mine, one colleague's after the other."""
        if self.sheets.widget.content.name != "journal":
            self.stage.tell(_("This key is for the journal."))
            return

        async def job() -> None:
            me = self.stage.desk.by
            others = [name for name in await diary.colleagues(self.stage.desk) if name != me]
            order = ["", me, *others]
            at = order.index(self.whose) if self.whose in order else 0
            self.whose = order[(at + 1) % len(order)]
            self.sheets.open(self.content)

        self.stage.hold_beside(job)

    async def content(self) -> Content:
        """The sheet as it is now."""
        desk = self.stage.desk
        found = diary.in_steps(await diary.latest(desk, SHOWN, by=self.whose))
        entries = [Entry(self._line(each), _pick(each)) for each in found]
        nothing = [Entry([("dim", "  " + _("Nothing happened yet."))])]
        title = _("Journal of {name}").format(name=safe(self.whose)) if self.whose else _("Journal")
        key = self.stage.app.keys_in_words("journal.whose")
        hint = _("{key}: mine, one colleague's, everybody's").format(key=key)
        return Content("journal", title, entries or nothing, hint)

    def _line(self, each: DiaryLine) -> Line:
        now, zone = self.stage.desk.clock.now(), self.stage.app.zone
        word = journal_word(each.verb) + (f" x{each.n}" if each.n > 1 else "")
        return [
            ("dim", f" {times.when(each.at, now, zone):>{times.WHEN}} "),
            ("us" if each.by else "dim", pad(safe(each.by) or _("network"), 12) + " "),
            ("text", pad(word, 22) + " "),
            ("dim", label(each.person) if each.conversation else ""),
            ("note", _("  taken back") if each.undone else ""),
        ]


def _pick(each: DiaryLine) -> Pick:
    return Pick(conversation=each.conversation) if each.conversation else Pick(account="-")
