"""What changed in the store, brought into the list without moving anything under the cursor."""

from __future__ import annotations

from cminbox.inbox import queue
from cminbox.model.rows import PageKey, QueueRow
from cminbox.model.views import Order
from cminbox.ui.control.listing import Listing
from cminbox.ui.window import PAGE, key_of

MOST = 100
"""New rows counted one by one; from then on "100+"."""


class ArrivingControl:
    """Refreshes the rows in view, lets new ones in where nobody looks, and counts the rest.

    While the list's beginning is in view and the cursor was not moved away from it, new rows come in at the top and the
    mark stays with its row. Otherwise what is in view keeps its place: rows that would stand above or between are
    counted as new, those below come in.
    """

    def __init__(self, list_: Listing) -> None:
        self.list = list_

    async def changed(self) -> None:
        """The store changed."""
        control = self.list
        turn = control.turn
        await control.read_numbers()
        if turn == control.turn and not control.loading:
            if not control.window.rows:
                await control.reread(None)
            elif not await self._let_in(turn):
                await self._refresh(turn)
        control.widget.paint()
        control.stage.paint_bars()

    async def _let_in(self, turn: int) -> bool:
        """Read the beginning again where it is watched; False where it is not, or the mark would leave the view."""
        control, window = self.list, self.list.window
        held = window.current
        if not control.following or window.top or window.base or held is None:
            return False
        found = await queue.page(control.stage.desk, control.filter, PAGE)
        at = next((index for index, row in enumerate(found) if row.id == held.id), None)
        if turn != control.turn or window.current is not held:
            return True
        if at is None or at >= window.height:
            return False
        control.take(found, keep=held.id)
        return True

    async def _refresh(self, turn: int) -> None:
        """Read again from the first row in view on."""
        control, window, desk = self.list, self.list.window, self.list.stage.desk
        newest = control.filter.ordering is Order.NEWEST
        first = window.rows[window.top]
        limit = 3 * window.height
        start = PageKey(sort_ms=first.sort_ms, id=first.id + (1 if newest else -1))
        found = await queue.page(desk, control.filter, limit, after=start)
        known = {row.id for row in window.rows}
        gone = [row.id for row in window.visible if row.id not in {each.id for each in found}]
        elsewhere = await queue.rows(desk, gone) if gone else []
        newer = await self._newer(known)
        if turn != control.turn or not window.rows or window.rows[min(window.top, len(window.rows) - 1)] is not first:
            return
        shown = list(window.visible)
        for row in (*found, *elsewhere):
            window.replace(row)
        last = _place(shown[-1], newest)
        tail = [row for row in found if _place(row, newest) > last and row.id not in {each.id for each in shown}]
        between = sum(1 for row in found if _place(row, newest) < last and row.id not in known)
        if not control.filter.search or found.reached is None:
            window.follow_view(tail, at_end=len(found) < limit and found.reached is None)
        control.arrived = newer + between

    async def _newer(self, known: set[int]) -> int:
        """How many conversations stand before the first row of the list by now."""
        control = self.list
        if control.head is None or control.filter.ordering is not Order.NEWEST:
            return 0
        found = await queue.page(control.stage.desk, control.filter, MOST, before=control.head)
        return len(found) if known else 0


def _place(row: QueueRow, newest: bool) -> tuple[int, int]:
    """A key that grows down the list."""
    key = key_of(row)
    return (-key.sort_ms, -key.id) if newest else (key.sort_ms, key.id)
