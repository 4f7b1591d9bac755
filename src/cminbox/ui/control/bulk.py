"""Verbs on the selection: one step for all of it, which undo takes back as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from cminbox.config.macros import MacroStep
from cminbox.i18n import _, ngettext
from cminbox.inbox import forecast, queue, remote, selection
from cminbox.inbox.bulk import Course
from cminbox.inbox.desk import Desk
from cminbox.inbox.forecast import Forecast
from cminbox.inbox.outcome import Outcome
from cminbox.model.base import ActVerb, ConversationState
from cminbox.model.reasons import Reason
from cminbox.model.rows import QueueRow
from cminbox.text import safe
from cminbox.ui import words
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.deeds import Steps
from cminbox.ui.stage import Question, Stage

BulkVerb = Callable[[Desk, Sequence[int]], Awaitable[Outcome]]
_CHUNK = 500
_SETTLED = 1_000
"""Of more conversations than this no row is read again but those in the window."""
_TOLD_S = 0.1
"""How often it is said how far a long run is, seconds at least."""
_REASONS = 3
_FINAL = (ActVerb.DELETE, ActVerb.BLOCK, ActVerb.REPORT)


class BulkControl:
    """Runs verbs on all that is selected, and brings the list in line with what came of them."""

    def __init__(self, stage: Stage, list_: QueueControl, reading: ReadingControl) -> None:
        self.stage = stage
        self.list = list_
        self.reading = reading

    @property
    def ids(self) -> tuple[int, ...]:
        """What is selected."""
        return tuple(self.list.selected)

    def run(
        self,
        name: str,
        verb: BulkVerb,
        is_so: Callable[[QueueRow], bool] | None = None,
        back: BulkVerb | None = None,
        ids: Sequence[int] = (),
        deed: Steps = (),
        undeed: Steps = (),
    ) -> None:
        """Do `verb` to `ids` (none: to the selection), or `back` where every row of it `is_so` already.

        `name` is the verb's, for the notice; `deed` is what `verb` does in steps, `undeed` what `back` does. Keys wait
        until it is done, but for Esc: it stops what takes long.
        """
        ids = ids or self.ids
        self.list.range_from = None

        async def job() -> None:
            chosen = back if is_so is not None and back is not None and await self._all(ids, is_so) else verb
            with self.watched(name) as desk:
                outcome = await chosen(desk, ids)
            if outcome.changed or outcome.same:
                self.stage.deeds.note(*(undeed if chosen is back else deed))
            await self.settle(ids)
            self.tell(name, outcome)

        self.stage.hold_for(job)

    def at_network(self, verb: ActVerb, reason: Reason | None = None) -> None:
        """Something done to the selected messages at their networks: asked about where it is final, much, or does not
        work for all of them.
        """
        ids, name = self.ids, _(words.VERBS[verb])

        def go() -> None:
            deed = (MacroStep(verb.value, reason or ""),)
            self.run(name, lambda desk, chosen: remote.act(desk, verb, chosen, reason=reason), deed=deed)

        async def job() -> None:
            found = await forecast.act(self.stage.desk, verb, ids)
            if not found.n:
                self.stage.tell(safe(next(iter(found.against), "")), "error")
            elif verb in _FINAL or found.n > self.stage.desk.settings.sending.bulk_from or found.against:
                asked = ngettext("{verb}: {n} message ({networks})?", "{verb}: {n} messages ({networks})?", found.n)
                told = asked.format(verb=name, n=words.number(found.n), networks=by_network(found.able))
                self.stage.ask(Question(f"{told} {objections(found)}".strip(), *self.yes_or_no(go)))
            else:
                go()

        self.stage.hold_for(job)

    @contextmanager
    def watched(self, name: str) -> Iterator[Desk]:
        """A desk whose verbs say how far they are once they take long; Esc stops them from then on."""
        wall, router = self.stage.app.wall, self.stage.router
        last: list[float] = []

        def told(done: int, total: int) -> None:
            if last and wall.monotonic() - last[0] < _TOLD_S:
                return
            last[:] = [wall.monotonic()]
            text = _("{verb}: {done} of {total}, Esc stops")
            self.stage.tell(text.format(verb=name, done=words.number(done), total=words.number(total)))
            router.interrupt = course.stop

        course = Course(told)
        try:
            yield replace(self.stage.desk, course=course)
        finally:
            router.interrupt = None

    def yes_or_no(self, go: Callable[[], None]) -> tuple[list[tuple[str, str]], dict[str, Callable[[], None]]]:
        """The choices and answers of a question that a yes lets `go`."""
        return [(_("y"), _("yes")), ("Esc", _("no"))], {_("y"): go}

    async def rows(self, ids: Sequence[int]) -> list[QueueRow]:
        """The rows of many conversations as they are now."""
        found: list[QueueRow] = []
        for start in range(0, len(ids), _CHUNK):
            found += await queue.rows(self.stage.desk, ids[start : start + _CHUNK])
        return found

    async def settle(self, ids: Sequence[int]) -> None:
        """Show what was done to these: what left the view is not selected any more, the cursor is on what follows."""
        window = self.list.window
        if len(ids) > _SETTLED:
            await self._settle_many(ids)
        else:
            for row in await self.rows(ids):
                if self._fits(row.state, row.unanswered):
                    window.replace(row)
                else:
                    self.list.selected.pop(row.id, None)
                    window.remove(row.id)
        if window.wants_after:
            await self.list.fetch()
        await self.list.read_numbers()
        self.list.moved()
        if self.reading.opened is not None and window.index_of(self.reading.opened) is None:
            self.reading.follow()
        else:
            await self.reading.changed()

    async def _settle_many(self, ids: Sequence[int]) -> None:
        """The same for very many: which of them left the view is seen in pages, the list is read again."""
        current = self.list.current
        await self.list.reread(current.id if current is not None else None)
        for one, state, waits in await selection.states(self.stage.desk, ids):
            if not self._fits(state, waits):
                self.list.selected.pop(one, None)

    def _fits(self, state: ConversationState, waits: bool) -> bool:
        return self.list.still_fits(state) and (waits or not self.list.filter.waits)

    async def _all(self, ids: Sequence[int], is_so: Callable[[QueueRow], bool]) -> bool:
        """Whether every row is so; those behind the first that is not are not read."""
        for start in range(0, len(ids), _CHUNK):
            if not all(map(is_so, await queue.rows(self.stage.desk, ids[start : start + _CHUNK]))):
                return False
        return True

    def tell(self, name: str, outcome: Outcome) -> None:
        """What came of it, in one line."""
        n, skipped = len(outcome.changed), len(outcome.skipped)
        key = self.stage.app.keys_in_words("journal.undo")
        parts = [
            ngettext(
                "{verb}: {n} conversation; {key} takes it back.", "{verb}: {n} conversations; {key} takes it back.", n
            ).format(verb=name, n=words.number(n), key=key)
        ]
        if outcome.left:
            rest = ngettext("Stopped: {n} is left as it was.", "Stopped: {n} are left as they were.", outcome.left)
            parts.append(rest.format(n=words.number(outcome.left)))
        why = next((line.error for line in outcome.skipped if line.error), "")
        if skipped:
            parts.append(ngettext("{n} skipped: {why}", "{n} skipped: {why}", skipped).format(n=skipped, why=safe(why)))
        parts += map(safe, outcome.notes)
        self.stage.tell(" ".join(parts), "warning" if skipped or outcome.notes or outcome.left else "good")


def networks(rows: Iterable[QueueRow]) -> str:
    """Which networks, with how many each: "Mastodon 9, Matrix 3"."""
    return by_network(Counter(row.network for row in rows))


def by_network(counts: Mapping[str, int]) -> str:
    """The same of counts by network, the most first."""
    found = sorted(counts.items(), key=lambda each: -each[1])
    return ", ".join(f"{words.network_title(name)} {words.number(n)}" for name, n in found)


def objections(found: Forecast, looked_at: int = forecast.LOOKED_AT) -> str:
    """For how many a verb will not work, reason by reason; empty where it works for all."""
    told = []
    for why, n in list(found.against.items())[:_REASONS]:
        told.append(
            ngettext("{n} cannot be: {why}", "{n} cannot be: {why}", n).format(n=words.number(n), why=safe(why))
        )
    rest = sum(list(found.against.values())[_REASONS:])
    if rest:
        more = ngettext("{n} more cannot be, for other reasons.", "{n} more cannot be, for other reasons.", rest)
        told.append(more.format(n=words.number(rest)))
    if not found.whole:
        first = words.number(looked_at)
        told.append(_("Only the first {n} were looked at one by one.").format(n=first))
    return " ".join(told)
