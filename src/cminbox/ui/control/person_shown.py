"""Who the panel shows: the card of a conversation's person, and as much of the history as was asked for."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.inbox import people
from cminbox.inbox.desk import Desk
from cminbox.model.people import HistoryRow, PersonCard
from cminbox.model.rows import PageKey

PAGE = 30
"""Conversations of the history that are read at once."""


class Shown:
    """Reads who a conversation is about. `about` is the conversation that is wanted, `of` the one that `card` is of."""

    def __init__(self) -> None:
        self.about: int | None = None
        self.of: int | None = None
        self.card: PersonCard | None = None
        self.history: list[HistoryRow] = []
        self.after: PageKey | None = None

    async def read(self, desk: Desk, about: int | None) -> bool:
        """Read the person of a conversation; False where another one is wanted by now."""
        card = await people.card_of(desk, about) if about is not None else None
        page = await people.history(desk, card.ids, PAGE) if card is not None else None
        if about != self.about:
            return False
        self.card, self.of = card, about
        self.history = list(page.rows) if page is not None else []
        self.after = page.after if page is not None else None
        return True

    async def more(self, desk: Desk, told: Callable[[], None]) -> None:
        """Read the next page of the history, then say so; not where somebody else is shown by then."""
        card, after = self.card, self.after
        if card is None or after is None:
            return
        page = await people.history(desk, card.ids, PAGE, after)
        if self.card is card and self.after == after:
            self.history += page.rows
            self.after = page.after
            told()

    async def again(self, desk: Desk) -> bool:
        """The same person as they are now; False where nothing is new."""
        card = self.card
        if card is None:
            return False
        fresh = await people.card(desk, card.person.id)
        page = await people.history(desk, fresh.ids, max(PAGE, len(self.history)))
        now = (fresh, list(page.rows), page.after)
        if self.card is not card or now == (card, self.history, self.after):
            return False
        self.card, self.history, self.after = now
        return True
