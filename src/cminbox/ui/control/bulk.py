"""Verbs on the selection: one step for all of it, which undo takes back as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence

from cminbox.i18n import _, ngettext
from cminbox.inbox import checks, overview, queue, remote
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.model.base import ActVerb
from cminbox.model.rows import QueueRow
from cminbox.text import safe
from cminbox.ui import words
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.stage import Question, Stage

BulkVerb = Callable[[Desk, Sequence[int]], Awaitable[Outcome]]
_CHUNK = 500
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
    ) -> None:
        """Do `verb` to `ids` (none: to the selection), or `back` where every row of it `is_so` already.

        `name` is the verb's, for the notice. Keys wait until it is done.
        """
        ids = ids or self.ids
        self.list.range_from = None
        self.stage.router.hold()

        async def job() -> None:
            try:
                chosen = verb
                if is_so is not None and back is not None and all(map(is_so, await self.rows(ids))):
                    chosen = back
                outcome = await chosen(self.stage.desk, ids)
                await self.settle(ids)
                self.tell(name, outcome)
            finally:
                self.stage.router.release()

        self.stage.jobs.then(job)

    def at_network(self, verb: ActVerb) -> None:
        """Something done to the selected messages at their networks: asked about where it is final, much, or does not
        work for all of them.
        """
        ids, name = self.ids, _(words.VERBS[verb])
        self.stage.router.hold()

        def go() -> None:
            self.run(name, lambda desk, chosen: remote.act(desk, verb, chosen))

        async def job() -> None:
            try:
                rows = await self.rows(ids)
                able, against = await self._able(rows, verb)
                much = len(able) > self.stage.desk.settings.sending.bulk_from
                if not able:
                    self.stage.tell(safe(against), "error")
                elif verb in _FINAL or much or against:
                    n = len(able)
                    asked = ngettext("{verb}: {n} message ({networks})?", "{verb}: {n} messages ({networks})?", n)
                    told = asked.format(verb=name, n=n, networks=networks(able))
                    if against:
                        more = ngettext("{n} cannot be: {why}", "{n} cannot be: {why}", len(rows) - n)
                        told += " " + more.format(n=len(rows) - n, why=safe(against))
                    self.stage.ask(Question(told, [(_("y"), _("yes")), ("Esc", _("no"))], {_("y"): go}))
                else:
                    go()
            finally:
                self.stage.router.release()

        self.stage.jobs.then(job)

    async def rows(self, ids: Sequence[int]) -> list[QueueRow]:
        """The rows of many conversations as they are now."""
        found: list[QueueRow] = []
        for start in range(0, len(ids), _CHUNK):
            found += await queue.rows(self.stage.desk, ids[start : start + _CHUNK])
        return found

    async def settle(self, ids: Sequence[int]) -> None:
        """Show what was done to these: what left the view is not selected any more, the cursor is on what follows."""
        window, waits = self.list.window, self.list.filter.waits
        for row in await self.rows(ids):
            if not self.list.still_fits(row.state) or (waits and not row.unanswered):
                self.list.selected.pop(row.id, None)
                window.remove(row.id)
            else:
                window.replace(row)
        if window.wants_after:
            await self.list.fetch()
        await self.list.read_numbers()
        self.list.moved()
        if self.reading.opened is not None and window.index_of(self.reading.opened) is None:
            self.reading.follow()
        else:
            await self.reading.changed()

    def tell(self, name: str, outcome: Outcome) -> None:
        """What came of it, in one line."""
        n, skipped = len(outcome.changed), len(outcome.skipped)
        key = self.stage.app.keys_in_words("journal.undo")
        parts = [
            ngettext(
                "{verb}: {n} conversation; {key} takes it back.", "{verb}: {n} conversations; {key} takes it back.", n
            ).format(verb=name, n=n, key=key)
        ]
        why = next((line.error for line in outcome.skipped if line.error), "")
        if skipped:
            parts.append(ngettext("{n} skipped: {why}", "{n} skipped: {why}", skipped).format(n=skipped, why=safe(why)))
        parts += map(safe, outcome.notes)
        self.stage.tell(" ".join(parts), "warning" if skipped or outcome.notes else "good")

    async def _able(self, rows: Sequence[QueueRow], verb: ActVerb) -> tuple[list[QueueRow], str]:
        """The rows whose account can do this, and why the first of the others cannot."""
        against = {
            each.account.id: checks.why_not(each.account, verb) for each in await overview.all_accounts(self.stage.desk)
        }
        able = [row for row in rows if not against.get(row.account_id)]
        return able, next((why for row in rows if (why := against.get(row.account_id))), "")


def networks(rows: Iterable[QueueRow]) -> str:
    """Which networks, with how many each: "Mastodon 9, Matrix 3"."""
    found = Counter(words.network_title(row.network) for row in rows)
    return ", ".join(f"{name} {n}" for name, n in found.most_common())
