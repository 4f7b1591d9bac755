"""Verbs on very many conversations: piece by piece, told as they go, ended when asked, one step whatever it takes.

A verb's transaction keeps everybody else's verbs waiting, in other processes too. So what is long is done in several
short ones with a rest in between, all of them entries of one step of the journal: undo takes back whatever part of it
was done, also when the process was killed in the middle.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from cminbox.clock import Clock, SystemClock
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome, joined
from cminbox.inbox.step import Do, Enough
from cminbox.inbox.step import each as each_in
from cminbox.store import journal
from cminbox.store.database import Tx

MOST = 200
"""Conversations in one transaction, at most."""
PIECE_S = 0.008
"""How long a transaction of a long run goes on before it is closed, seconds; closing it takes a little more."""
SHORT_S = 0.05
"""The same where all of it may fit into one (`MOST` and fewer)."""
REST_S = 0.01
"""How long the store is left to others between two transactions, seconds of real time."""

Told = Callable[[int, int], None]
"""Hears how far it is: (conversations dealt with, of how many)."""
Part = Callable[[Tx, Sequence[int], int, Enough], Outcome]
"""One transaction of a verb: (the store, conversations, the step they belong to or 0, when to stop) -> what came of
those that it came to, in their order and with a line for each."""


class Course:
    """One run of a verb, or of several that are one step for undo.

    `batch` is the step of the journal (0 until something was written). `stop` ends the run after the transaction that
    is under way; what was done stays done. A verb takes part through the desk: `replace(desk, course=course)`.
    """

    def __init__(self, tell: Told | None = None, *, wall: Clock | None = None, most: int | None = None) -> None:
        self.batch = journal.NEW_STEP
        self.stopped = False
        self.most = most or MOST
        self._tell = tell
        self._wall = wall or SystemClock()

    def stop(self) -> None:
        """Do no more of it."""
        self.stopped = True

    def tell(self, done: int, total: int) -> None:
        """Say how far it is."""
        if self._tell is not None:
            self._tell(done, total)

    def write(self, desk: Desk, left: int) -> Callable[..., Awaitable[Any]]:
        """How the next transaction is written where so many are left: flushed to the disk only where it may be the
        last, for that flushes what came before too; and behind verbs of this process that wait.
        """
        return desk.store.ingest if left > self.most else desk.store.write

    async def rest(self) -> None:
        """Leave the store to others for a moment."""
        await self._wall.sleep(REST_S)


class _Lasted:
    """Says whether a transaction has lasted so long, from when it was first asked."""

    def __init__(self, clock: Clock, limit_s: float) -> None:
        self._clock = clock
        self._limit_s = limit_s
        self._began: float | None = None

    def __call__(self) -> bool:
        now = self._clock.monotonic()
        if self._began is None:
            self._began = now
        return now - self._began >= self._limit_s


async def run(desk: Desk, ids: Iterable[int], part: Part) -> Outcome:
    """Do `part` to all of these, in one transaction where that is short, else in several; one step for undo."""
    course = desk.course or Course()
    wanted = tuple(dict.fromkeys(ids))

    async def piece(done: int, enough: Enough) -> Outcome:
        some = wanted[done : done + course.most]
        outcome: Outcome = await course.write(desk, len(wanted) - done)(part, some, course.batch, enough)
        course.batch = course.batch or outcome.batch
        return outcome

    return await pieces(desk, course, len(wanted), piece)


async def each(desk: Desk, verb: str, ids: Iterable[int], do: Do) -> Outcome:
    """Run a verb on every conversation (see step.each), as one step however many there are."""

    def part(tx: Tx, some: Sequence[int], batch: int, enough: Enough) -> Outcome:
        return each_in(tx, verb, desk.by_id, some, do, batch, enough)

    return await run(desk, ids, part)


async def pieces(desk: Desk, course: Course, total: int, piece: Callable[[int, Enough], Awaitable[Outcome]]) -> Outcome:
    """Call `piece` (what was done so far, when to close) until all is done, nothing more comes, or it is stopped."""
    limit_s = SHORT_S if total <= MOST else PIECE_S
    parts: list[Outcome] = []
    done = 0
    while True:
        part = await piece(done, _Lasted(desk.clock, limit_s))
        parts.append(part)
        done += len(part.lines)
        if done >= total or not part.lines:
            return joined(parts)
        course.tell(done, total)
        if not course.stopped:
            await course.rest()
        if course.stopped:
            await desk.store.checkpoint()  # what was done is on the disk, as after any verb
            return joined(parts, total - done)
