"""Which part of the queue is looked at, and how its pages come into the window."""

from __future__ import annotations

import asyncio

from cminbox.i18n import _, ngettext
from cminbox.inbox import queue, saved_views
from cminbox.insight.definitions import BY_KEY
from cminbox.model.base import ConversationState
from cminbox.model.rows import Numbers, PageKey, QueueRow, TopicRow
from cminbox.model.search_terms import terms
from cminbox.model.views import Filter, Order, Page, View
from cminbox.text import safe
from cminbox.ui import filter_told
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line
from cminbox.ui.window import PAGE, Window, key_of

_LIMITS = (-1, 1 << 62)
"""Before everything and behind everything that a list comes by."""


class Listing:
    """A filter, the window onto what it matches, and the numbers beside it.

    `turn` counts readings: what comes back from an older one is thrown away. `head` is the first row's place when the
    list was read, `arrived` how many would stand before it (or between) by now, `following` that the list's beginning
    is being watched. `home` is the view that was gone to, without what a search or a filter made of it since.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.widget = stage.widgets.queue
        self.filter = Filter()
        self.home = Filter()
        self.numbers: Numbers = Numbers()
        self.total = 0
        self.exact = True
        self.arrived = 0
        self.has_accounts = True
        self.topic: TopicRow | None = None
        self.head: PageKey | None = None
        self._after: PageKey | None = None
        self.following = True
        self._pages = asyncio.Lock()
        self.turn = 0
        self._searching = False
        self.selected = stage.widgets.queue.selected
        self.range_from: QueueRow | None = None

    @property
    def window(self) -> Window:
        """The rows in memory."""
        return self.widget.window

    @property
    def current(self) -> QueueRow | None:
        """The row under the cursor."""
        return self.window.current

    @property
    def title(self) -> str:
        """What is in view, in words."""
        if self.filter.only is not None:
            return _(BY_KEY[self.filter.number].name)
        shown = self.filter.model_copy(update={"search": None})
        name = saved_views.name_of(self.stage.desk.settings, shown)
        return safe(name) if name else filter_told.title(shown)

    @property
    def notes(self) -> list[str]:
        """What narrows or orders the view, for the line below the list."""
        found = []
        if self.selected:
            found.append(ngettext("{n} selected", "{n} selected", len(self.selected)).format(n=len(self.selected)))
        if self.range_from is not None:
            found.append(_("range"))
        if self.stage.deeds.recording is not None:
            found.append(_("recording a macro"))
        if self.filter.search:
            found.append(_("search: {words}").format(words=safe(self.filter.search)))
        if self.filter.topic is not None and self.topic is not None:
            found.append(_("topic: {title}").format(title=safe(self.topic.title or self.topic.text)))
        if self.filter.order is not None and self.filter.order is not self.home.order:
            told = {Order.OLDEST: _("oldest first"), Order.NEWEST: _("newest first"), Order.LEAST: _("least time left")}
            found.append(told[self.filter.order])
        return found

    async def start(self) -> None:
        """The first page, the numbers, and what the counters say."""
        await self.load(None)

    async def reread(self, keep: int | None) -> None:
        """Read the first page again now, with the cursor on conversation `keep` where it is in there."""
        await self.load(keep)

    async def read_numbers(self) -> None:
        """The counters and the length of the list."""
        self.numbers = await queue.bar(self.stage.desk, self.filter)
        self.total, self.exact = await queue.count(self.stage.desk, self.filter)

    def empty_lines(self, room: int) -> list[Line]:
        """What an empty list says."""
        inbox = _("{key} shows the inbox.").format(key=self.stage.app.keys_in_words("go.inbox"))
        if self.filter != self.home:
            said = [_("Nothing matches."), _("Esc shows everything again.")]
        elif self.filter != Filter(view=self.filter.view) or self.filter.view is not View.ALL:
            said = [_("Nothing here."), inbox]
        elif not self.has_accounts:
            said = [
                _("No account is connected yet."),
                "",
                _("Connect one:      cminbox accounts add mastodon --url https://your.server --token-file FILE"),
                _("                  cminbox accounts add matrix --url https://your.server --token-file FILE"),
                _("Or look around:   cminbox demo"),
                "",
                _("What is connected appears here by itself. ? is help, q quits."),
            ]
        else:
            said = [_("Everything is dealt with."), _("New messages appear here by themselves.")]
        pad = "  " if room < 100 else "    "
        return [[], *([("strong" if i == 0 else "dim", pad + text)] for i, text in enumerate(said))]

    def moved(self) -> None:
        """The cursor or the rows are others now: draw that."""
        self.widget.range_from = self.range_from.id if self.range_from is not None else None
        self.widget.paint()
        self.stage.paint_bars()

    async def load(self, keep: int | None) -> None:
        """Read the first page and the numbers."""
        self.turn += 1
        turn = self.turn
        found = await queue.page(self.stage.desk, self.filter, PAGE)
        await self.read_numbers()
        if turn == self.turn:
            self.take(found, keep)

    def take(self, found: Page, keep: int | None = None) -> None:
        """Show these first rows of the list, with the cursor on conversation `keep` where it is among them."""
        self.window.load(found, at_end=len(found) < PAGE and found.reached is None, keep=keep)
        self._after = found.reached
        self.head = key_of(found[0]) if found else None
        self.arrived = 0
        self.widget.states = self.filter.states or (ConversationState.OPEN,)
        self.widget.empty = self.empty_lines(self.widget.size.width)
        self.stage.widgets.reading.seek(terms(self.filter.search or ""))
        self.moved()

    async def load_search(self, turn: int) -> None:
        """Read the first page of what is typed, then how much there is; no further once something else is asked."""
        found = await queue.page(self.stage.desk, self.filter, PAGE)
        if turn != self.turn:
            return
        self.total, self.exact = len(found), len(found) < PAGE and found.reached is None
        self.take(found)
        total = await queue.count(self.stage.desk, self.filter)
        if turn == self.turn:
            self.total, self.exact = total
            self.stage.paint_bars()

    @property
    def loading(self) -> bool:
        """Whether a page is on its way."""
        return self._pages.locked()

    async def fetch(self, *, ahead: bool = False) -> None:
        """The page after the rows kept, and before them where the view nears their beginning.

        One page at a time; `ahead` means that nobody waits for it, and only what the view will want is read.
        """
        async with self._pages:
            turn, window, desk = self.turn, self.window, self.stage.desk
            if not window.at_end and window.rows and (window.wants_after or not ahead):
                after = self._after or key_of(window.rows[-1])
                found = await queue.page(desk, self.filter, PAGE, after=after)
                if turn == self.turn:
                    self._after = found.reached
                    window.extend(found, at_end=len(found) < PAGE and found.reached is None)
            if window.wants_before and window.rows and turn == self.turn:
                found = await queue.page(desk, self.filter, PAGE, before=key_of(window.rows[0]))
                if turn == self.turn:
                    window.extend_before(found, at_start=len(found) < PAGE and found.reached is None)

    async def load_bottom(self) -> None:
        """Read the last page; the keys that waited for it go on."""
        end = _LIMITS[self.filter.ordering is not Order.NEWEST]
        found = await queue.page(self.stage.desk, self.filter, PAGE, before=PageKey(sort_ms=end, id=end))
        self.turn += 1
        self._after = None
        self.window.load_end(found, self.total)
        self.moved()

    async def seek(self, direction: int) -> None:
        """Find the next unanswered, over as many pages as it takes; the keys that waited go on."""
        start = self.window.cursor + direction
        while True:
            step = range(start, len(self.window.rows)) if direction > 0 else range(start, -1, -1)
            found = next((i for i in step if self.window.rows[i].unanswered), None)
            if found is not None:
                self.window.go(found)
                self.following = False
                self.moved()
                return
            if direction < 0 or self.window.at_end:
                self.stage.tell(_("No other conversation here waits for an answer."))
                return
            start, known = len(self.window.rows), self.window.rows[-1].id
            self.window.go(start - 1)
            await self.fetch()
            start = (self.window.index_of(known) or 0) + 1

    def still_fits(self, state: ConversationState | None) -> bool:
        """Whether a conversation in `state` belongs to what is in view."""
        states = self.filter.states
        return states is None or state is None or state in states

    def leave(self, conversation_id: int) -> None:
        """Take a row out at once: it was dealt with here. The cursor is on the next one."""
        if self.window.remove(conversation_id):
            self.total = max(0, self.total - 1)
            if self.window.wants_after:
                self.stage.jobs.aside(self.fetch())
            self.moved()

    def touch(self, row: QueueRow) -> None:
        """Show a row as it is now."""
        if self.window.replace(row):
            self.widget.paint()
