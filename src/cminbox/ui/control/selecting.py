"""Selecting: row by row, a range, all that the filter matches. What is selected stays so while pages come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cminbox.i18n import _, ngettext
from cminbox.inbox import matching, queue
from cminbox.model.rows import PageKey, QueueRow
from cminbox.model.views import Order
from cminbox.ui import words
from cminbox.ui.control.finding import FindingControl
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.stage import Question, Stage
from cminbox.ui.window import PAGE, key_of

ASKS_ABOVE = 5000
"""More conversations than this are selected at once only after a question."""


class SelectingControl:
    """Keeps the list's selection; never moves the cursor but to the next row after one was selected by itself."""

    def __init__(self, stage: Stage, list_: QueueControl, finding: FindingControl) -> None:
        self.stage = stage
        self.list = list_
        self.finding = finding

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "queue.select": self.toggle,
            "queue.range": self.range,
            "queue.select_all": self.everything,
            "queue.clear": self.clear,
        }

    def toggle(self) -> None:
        """Select the row under the cursor, or not any more, and go to the next one."""
        row = self.list.current
        if row is None:
            return
        if row.id in self.list.selected:
            del self.list.selected[row.id]
        else:
            self.list.selected[row.id] = None
        self.list.move(1)
        self.list.moved()

    def range(self) -> None:
        """Begin a range at the cursor; the second time, select all from there to the cursor."""
        row, first = self.list.current, self.list.range_from
        if row is None:
            return
        if first is None:
            self.list.range_from = row
            keys = self.stage.app.keys_in_words("queue.range")
            self.stage.tell(_("A range begins here: move, then {key} selects it.").format(key=keys))
            self.list.moved()
            return
        self.list.range_from = None
        near, far = self.list.window.index_of(first.id), self.list.window.index_of(row.id)
        if near is not None and far is not None:
            self._add(each.id for each in self.list.window.rows[min(near, far) : max(near, far) + 1])
            return
        self.stage.hold_beside(lambda: self._between(first, row))

    def everything(self) -> None:
        """Select all that the filter matches, however many pages that is."""
        self.stage.hold_beside(self._count)

    def clear(self) -> None:
        """Nothing is selected any more; where nothing was, search and filter end."""
        if self.list.selected or self.list.range_from is not None:
            self.list.unselect()
            self.list.moved()
        else:
            self.finding.clear()

    def _add(self, ids: Iterable[int]) -> None:
        self.list.selected.update(dict.fromkeys(ids))
        self.list.moved()

    async def _between(self, first: QueueRow, last: QueueRow) -> None:
        """Select a range whose beginning is not among the rows in memory any more: read it."""
        newest = self.list.filter.ordering is Order.NEWEST
        above, below = sorted((first, last), key=lambda row: (row.sort_ms, row.id), reverse=newest)
        found = [above.id]
        key: PageKey | None = key_of(above)
        while key is not None and found[-1] != below.id:
            page = await queue.page(self.stage.desk, self.list.filter, PAGE, after=key)
            for row in page:
                found.append(row.id)
                if row.id == below.id:
                    break
            key = page.reached or (key_of(page[-1]) if len(page) == PAGE else None)
        self._add(found)

    async def _count(self) -> None:
        n = await matching.true_count(self.stage.desk, self.list.filter)
        if n > ASKS_ABOVE:
            asked = _("Select all {n} conversations? What is done with them is one step.").format(n=words.number(n))
            self.stage.ask(Question(asked, [(_("y"), _("yes")), ("Esc", _("no"))], {_("y"): self._read_all}))
        else:
            await self._all()

    def _read_all(self) -> None:
        self.stage.hold_beside(self._all)

    async def _all(self) -> None:
        found: dict[int, None] = {}
        async for ids in matching.matching(self.stage.desk, self.list.filter):
            found.update(dict.fromkeys(ids))
        self.list.range_from = None
        self._add(found)
        n = len(found)
        told = ngettext("{n} conversation is selected.", "{n} conversations are selected.", n)
        self.stage.tell(told.format(n=words.number(n)))
