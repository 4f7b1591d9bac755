"""The queue under the keys: views, search, order, and moving among conversations."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.i18n import _
from cminbox.model.rows import TopicRow
from cminbox.model.views import Filter, Order, View
from cminbox.ui.control.listing import Listing


class QueueControl(Listing):
    """Views, search and order; moving the cursor."""

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "queue.refresh": self.bring_in,
            "queue.sort": self.turn_order,
        }

    def look(self, wanted: Filter, keep: int | None = None) -> None:
        """Look at another part of the queue; keys wait until its first page is there."""
        if wanted.model_copy(update={"order": self.filter.order}) != self.filter:
            self.unselect()  # what is out of sight is acted on by nobody
        self.filter = wanted
        self.turn += 1
        self.reload(keep)

    def unselect(self) -> None:
        """Nothing is selected any more."""
        self.selected.clear()
        self.range_from = None

    def reload(self, keep: int | None = None) -> None:
        """Read the first page again, keeping the cursor on conversation `keep` if it is there."""
        self.stage.hold_beside(lambda: self.load(keep))

    def show_topic(self, topic: TopicRow) -> None:
        """All conversations under a topic, in order of time."""
        self.topic = topic
        self.look(Filter(view=View.ANY, topic=topic.id, order=Order.OLDEST))

    def turn_order(self) -> None:
        """The next order: least time left, oldest, newest."""
        found = (Order.LEAST, Order.OLDEST, Order.NEWEST)
        told = {
            Order.LEAST: _("Least time left first: who waits longest"),
            Order.OLDEST: _("Oldest first"),
            Order.NEWEST: _("Newest first"),
        }
        following = found[(found.index(self.filter.ordering) + 1) % len(found)]
        self.look(self.filter.model_copy(update={"order": following}))
        self.stage.tell(told[following])

    def search(self, text: str) -> None:
        """Show what matches (nothing typed: everything in the view)."""
        if (text.strip() or None) != self.filter.search:
            self.unselect()
        self.filter = self.filter.model_copy(update={"search": text.strip() or None})
        self.turn += 1
        if not self._searching:
            self._searching = True
            self.stage.jobs.aside(self._search())

    async def _search(self) -> None:
        """One search at a time: while it runs others may be asked for, of which only the last is done."""
        try:
            turn = -1
            while turn != self.turn:
                turn = self.turn
                await self.load_search(turn)
        finally:
            self._searching = False

    def bring_in(self) -> None:
        """Let new rows in, and ask the networks for newer ones still."""
        self.stage.jobs.aside(self.stage.service.read_now())
        self.following = True
        self.reload()

    def move(self, by: int) -> None:
        """Move the cursor; where its page is not there yet, keys wait for it."""
        before = self.window.cursor
        whole = self.window.move(by)
        self.following = self.window.cursor == 0 and self.window.base == 0
        rest = by - (self.window.cursor - before)
        if not whole and (not self.window.at_end if by > 0 else not self.window.at_start):
            self.stage.hold_beside(lambda: self._fetch_and_move(rest))
        elif (self.window.wants_after or self.window.wants_before) and not self.loading:
            self.stage.jobs.aside(self.fetch(ahead=True))
        self.moved()

    def go_top(self) -> None:
        """To the first conversation; new ones come in."""
        self.following = True
        if self.window.at_start and not self.arrived:
            self.window.go(0)
            self.moved()
        else:
            self.reload()

    def go_bottom(self) -> None:
        """To the last conversation."""
        self.following = False
        if self.window.at_end:
            self.window.go(len(self.window.rows) - 1)
            self.moved()
        else:
            self.stage.hold_beside(self.load_bottom)

    def next_unanswered(self, direction: int) -> None:
        """To the next (1) or previous (-1) conversation where somebody waits for us."""
        self.stage.hold_beside(lambda: self.seek(direction))

    async def _fetch_and_move(self, by: int) -> None:
        """Move on over as many pages as it takes; the keys that waited go on."""
        while by and not (self.window.at_end if by > 0 else self.window.at_start):
            known = (len(self.window.rows), self.window.base)
            await self.fetch()
            if known == (len(self.window.rows), self.window.base) and not self.window.at_end:
                break  # another view is being read, or what came is here already
            before = self.window.cursor
            self.window.move(by)
            by -= self.window.cursor - before
        self.moved()
