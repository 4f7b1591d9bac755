"""The conversation pane: laid-out lines with a scroll position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cminbox.model.rows import ConversationView
from cminbox.model.search_terms import Term
from cminbox.ui import shielded
from cminbox.ui.reading_lines import Page, Paper, page
from cminbox.ui.widgets.lines import Line, Lines


class Reading(Lines):
    """Shows one conversation. `paint` after it, the width or the language changed."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's own name)
        super().__init__(id=id)
        self.view: ConversationView | None = None
        self.whole: frozenset[int] = frozenset()
        self.texts_whole: dict[int, str] = {}
        self.more_key = ""
        self.placeholder: list[Line] = []
        self.page = Page()
        self.sought: tuple[Term, ...] = ()
        self.colours: Mapping[str, str] = {}
        self.mask: shielded.Mask | None = None
        self.uncovered: int | None = None
        self.top = 0
        self._follow = True

    def on_resize(self) -> None:
        """Wrap again; the end stays in view where it was."""
        self.paint()

    def open(self, view: ConversationView | None, *, same: bool = False) -> None:
        """Show a conversation from its newest messages; `same` keeps the place where it is the one shown.

        What is in view stays there too where more messages now stand above it.
        """
        above = same and self.view is not None and view is not None and view.earlier < self.view.earlier
        lines_before = len(self.page.lines)
        self.view = view
        if view is None or view.row.id != self.uncovered:
            self.uncovered = None
        if not same:
            self.whole, self.texts_whole = frozenset(), {}
            self._follow = True
        self.paint()
        if above and not self._follow:
            self.scroll_by_lines(len(self.page.lines) - lines_before)

    def paint(self) -> None:
        """Lay out and draw what changed."""
        if not self.is_attached:
            return
        if self.view is None:
            self.page = Page(list(self.placeholder))
            self.top = 0
        else:
            who = self.host.service.desk.by
            paper = Paper(max(24, self.size.width), self.host.clock.now(), self.host.zone, self.more_key, me=who)
            paper = replace(paper, colours=self.colours, sought=self.sought)
            shown = self._with_whole(self.view)
            if self.mask is not None and shown.row.id != self.uncovered:
                shown = shielded.view(shown, self.mask)
            self.page = page(shown, paper, self.whole)
            if self._follow:
                self.top = self._bottom
                if self.page.hits and self.page.hits[-1] < self.top:
                    self._show_hit(self.page.hits[-1])
        self.top = max(0, min(self.top, self._bottom))
        self._draw()

    def scroll_by_lines(self, by: int) -> bool:
        """Scroll by lines; False at the end."""
        wanted = max(0, min(self.top + by, self._bottom))
        moved = wanted != self.top
        self.top = wanted
        self._follow = self.top >= self._bottom
        self._draw()
        return moved

    def seek(self, sought: tuple[Term, ...]) -> None:
        """Mark these words from now on."""
        if sought != self.sought:
            self.sought = sought
            self.paint()

    def next_hit(self, direction: int) -> bool:
        """Scroll to the next (1) or previous (-1) words that are searched for and out of view; False where none are."""
        if direction > 0:
            found = next((line for line in self.page.hits if line >= self.top + self.size.height), None)
        else:
            found = next((line for line in reversed(self.page.hits) if line < self.top), None)
        if found is None:
            return False
        self._show_hit(found)
        self._draw()
        return True

    def _show_hit(self, line: int) -> None:
        self.top = max(0, min(line - 3, self._bottom))
        self._follow = False

    def scroll_to_end(self, *, first: bool) -> None:
        """To the first or to the last line."""
        self.top = 0 if first else self._bottom
        self._follow = not first
        self._draw()

    @property
    def below(self) -> int:
        """How many lines are below the last one in view."""
        return max(0, self._bottom - self.top)

    @property
    def _bottom(self) -> int:
        return max(0, len(self.page.lines) - self.size.height)

    def _draw(self) -> None:
        self.show(self.page.lines[self.top : self.top + max(1, self.size.height)])

    def _with_whole(self, view: ConversationView) -> ConversationView:
        """The view with the texts that were asked for whole."""
        if not self.texts_whole:
            return view
        messages = tuple(
            message.model_copy(update={"text": self.texts_whole[message.id]})
            if message.id in self.texts_whole
            else message
            for message in view.messages
        )
        return view.model_copy(update={"messages": messages})
