"""Waves: what many ask in almost the same words, opened, thinned out, put away or answered as one."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.errors import UsageError
from cminbox.i18n import _, ngettext
from cminbox.inbox import clusters
from cminbox.model.rows import QueueRow
from cminbox.text import cut, label, pad, safe
from cminbox.ui import times, words
from cminbox.ui.control.bulk import BulkControl
from cminbox.ui.control.lists import Pick
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.control.templates import TemplateControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.rows import unaddressed
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.sheet import Content, Entry
from cminbox.ui.window import key_of


class WaveControl:
    """Opens the wave of a conversation as a list, and deals with all of it."""

    def __init__(
        self, stage: Stage, triage: TriageControl, templates: TemplateControl, bulk: BulkControl, sheets: SheetControl
    ) -> None:
        self.stage = stage
        self.triage = triage
        self.templates = templates
        self.bulk = bulk
        self.sheets = sheets

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "conversation.wave": self.open,
            "conversation.wave_done": self.done,
            "wave.drop": self.drop,
            "wave.answer": self.answer,
        }

    def open(self) -> None:
        """Show who asks the same as the conversation at hand."""
        wave = self._wave()
        if wave is not None:
            self.sheets.open(lambda: self._content(wave))

    def show(self, wave: int) -> None:
        """Show a wave."""
        self.sheets.open(lambda: self._content(wave))

    def done(self) -> None:
        """Put the whole wave away, as one step."""
        wave = self._wave()
        if wave is None:
            return

        async def job() -> None:
            ids = await clusters.conversations(self.stage.desk, wave)
            if self.stage.sheet_area:
                self.sheets.close()
            self.bulk.run(_("done"), lambda desk, _ids: clusters.done_all(desk, wave), ids=ids)

        self.stage.hold_for(job)

    def drop(self) -> None:
        """Take the conversation under the cursor out of its wave: it is answered by itself."""
        pick = self.sheets.widget.item
        if not isinstance(pick, Pick) or pick.wave is None or pick.conversation is None:
            return
        one = pick.conversation

        async def job() -> None:
            await clusters.drop(self.stage.desk, [one])
            await self.sheets.changed()
            await self.bulk.settle([one])
            key = self.stage.app.keys_in_words("journal.undo")
            self.stage.tell(_("Out of the wave; {key} puts it back.").format(key=key), "good")

        self.stage.jobs.then(job)

    def answer(self) -> None:
        """Answer all of the wave that is open with one template."""
        wave = self._wave()
        if wave is None:
            return

        async def job() -> None:
            ids = await clusters.conversations(self.stage.desk, wave)
            if ids:
                self.sheets.close()
                self.templates.pick_for(ids, wave)

        self.stage.hold_for(job)

    def _wave(self) -> int | None:
        """The wave of the open list, else of the conversation at hand; says so where there is none."""
        pick = self.sheets.widget.item
        if self.stage.sheet_area:
            return pick.wave if isinstance(pick, Pick) else None
        row = self.triage.target
        wave = row.cluster if row is not None and row.cluster_size > 1 else None
        if wave is None:
            self.stage.tell(_("Nobody else asks the same here."))
        return wave

    async def _content(self, wave: int) -> Content:
        try:
            found = await clusters.get(self.stage.desk, wave)
        except UsageError as error:
            return Content("wave", _("Wave"), [Entry([("dim", f"  {safe(str(error))}")])])
        rows: list[QueueRow] = []
        while page := await clusters.members(self.stage.desk, wave, after=key_of(rows[-1]) if rows else None):
            rows += page
        room = self.stage.app.size.width
        n = len(rows)
        title = ngettext("Wave of {n}: {text}", "Wave of {n}: {text}", n).format(
            n=n, text=safe(unaddressed(found.text))
        )
        entries = [Entry(self._line(row), Pick(conversation=row.id, wave=wave)) for row in rows]
        return Content("wave", cut(title, room - 18), entries)

    def _line(self, row: QueueRow) -> list[tuple[str, str]]:
        now, zone, room = self.stage.desk.clock.now(), self.stage.app.zone, self.stage.app.size.width
        name = max(12, room // 5)
        return [
            ("dim", f" {times.when(row.at, now, zone):>{times.WHEN}} "),
            ("network", f"{words.network_code(row.network)} {words.KINDS[row.kind]} "),
            ("strong", pad(label(row.person), name) + " "),
            ("text", cut(safe(unaddressed(row.text)), max(4, room - name - 18))),
        ]
