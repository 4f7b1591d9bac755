"""The part of a long list that is in memory: rows around the cursor, extended by pages, cut behind. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cminbox.model.rows import PageKey, QueueRow

PAGE = 100
"""Rows fetched at once."""
KEPT = 600
"""Rows kept at most."""


def key_of(row: QueueRow) -> PageKey:
    """Where a page goes on after this row."""
    return PageKey(sort_ms=row.sort_ms, id=row.id)


class Window:
    """Rows in order, a cursor on one of them, and the first line in view.

    `base` is how many rows stand before the first one kept; `at_start` and `at_end` say that nothing more is there.
    """

    def __init__(self, height: int = 1) -> None:
        self.rows: list[QueueRow] = []
        self.cursor = 0
        self.top = 0
        self.base = 0
        self.height = height
        self.at_start = True
        self.at_end = False
        self._index: dict[int, int] = {}

    @property
    def current(self) -> QueueRow | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    @property
    def position(self) -> int:
        """The cursor's place in the whole list, from 1; 0 where there is none."""
        return self.base + self.cursor + 1 if self.rows else 0

    @property
    def visible(self) -> Sequence[QueueRow]:
        """The rows in view."""
        return self.rows[self.top : self.top + self.height]

    def index_of(self, conversation_id: int) -> int | None:
        """Where a conversation stands among the rows kept."""
        return self._index.get(conversation_id)

    def load(self, rows: Sequence[QueueRow], *, at_end: bool, keep: int | None = None) -> None:
        """Begin again with the first rows of the list; the cursor stays on conversation `keep` if it is there."""
        self.rows, self.base, self.at_start, self.at_end = list(rows), 0, True, at_end
        self._reindex()
        found = self.index_of(keep) if keep is not None else None
        self.top = 0
        self.cursor = found or 0
        self._settle()

    def load_end(self, rows: Sequence[QueueRow], total: int) -> None:
        """Begin again with the last rows of the list; the cursor goes to the last."""
        self.rows, self.at_end = list(rows), True
        self.base = max(0, total - len(rows))
        self.at_start = self.base == 0
        self._reindex()
        self.cursor = max(0, len(rows) - 1)
        self.top = 0
        self._settle()

    def extend(self, rows: Iterable[QueueRow], *, at_end: bool) -> None:
        """Add the page after the last row; what lies far behind is let go."""
        self.rows += [row for row in rows if row.id not in self._index]
        self.at_end = at_end
        surplus = min(len(self.rows) - KEPT, self.top - PAGE)
        if surplus > 0:
            del self.rows[:surplus]
            self.base += surplus
            self.top -= surplus
            self.cursor -= surplus
            self.at_start = False
        self._reindex()

    def extend_before(self, rows: Iterable[QueueRow], *, at_start: bool) -> int:
        """Put the page before the first row; returns how many rows were new."""
        fresh = [row for row in rows if row.id not in self._index]
        self.rows[:0] = fresh
        self.base = 0 if at_start else max(0, self.base - len(fresh))
        self.top += len(fresh)
        self.cursor += len(fresh)
        self.at_start = at_start
        if len(self.rows) > KEPT and self.top + self.height + PAGE < KEPT:
            del self.rows[KEPT:]
            self.at_end = False
        self._reindex()
        return len(fresh)

    def follow_view(self, rows: Iterable[QueueRow], *, at_end: bool) -> None:
        """What follows the rows in view is this now; what was kept beyond is forgotten."""
        del self.rows[self.top + self.height :]
        kept = {row.id for row in self.rows}
        self.rows += [row for row in rows if row.id not in kept]
        self.at_end = at_end
        self._reindex()

    def move(self, by: int) -> bool:
        """Move the cursor; False where it could not go the whole way among the rows kept."""
        wanted = self.cursor + by
        self.cursor = max(0, min(wanted, len(self.rows) - 1))
        self._settle()
        return self.cursor == wanted

    def go(self, index: int) -> None:
        """Put the cursor on the row at an index."""
        self.cursor = max(0, min(index, len(self.rows) - 1))
        self._settle()

    def resize(self, height: int) -> None:
        """The list is so many lines high now."""
        self.height = max(1, height)
        self._settle()

    def remove(self, conversation_id: int) -> bool:
        """Take a row out; the cursor is then on the next one (at the end: on the one before)."""
        index = self._index.get(conversation_id)
        if index is None:
            return False
        del self.rows[index]
        if index < self.cursor:
            self.cursor -= 1
            self.top = max(0, self.top - 1)
        self._reindex()
        self._settle()
        return True

    def replace(self, row: QueueRow) -> bool:
        """Show a conversation as it is now, where it stands; True where that changes anything."""
        index = self._index.get(row.id)
        if index is None or self.rows[index] == row:
            return False
        # The place in the list stays, so the key of the next page must stay too, and what the page found there.
        kept = self.rows[index]
        self.rows[index] = row.model_copy(update={"sort_ms": kept.sort_ms, "snippet": row.snippet or kept.snippet})
        return True

    @property
    def wants_after(self) -> bool:
        """True where the rows after the view run short."""
        return not self.at_end and self.top + 3 * self.height >= len(self.rows)

    @property
    def wants_before(self) -> bool:
        """True where the rows before the view run short."""
        return not self.at_start and self.top < 2 * self.height

    def _settle(self) -> None:
        """Keep the cursor inside, and in view; scroll by as little as it takes."""
        self.cursor = max(0, min(self.cursor, len(self.rows) - 1))
        self.top = min(self.top, self.cursor)
        if self.cursor >= self.top + self.height:
            self.top = self.cursor - self.height + 1
        if self.top + self.height > len(self.rows):
            self.top = max(0, min(self.top, len(self.rows) - self.height))

    def _reindex(self) -> None:
        self._index = {row.id: index for index, row in enumerate(self.rows)}
