"""Runs the rules on what comes in: follows the journal from where it was, each verb once for each message.

A verb and the note that it is through are one transaction; the position moves behind them. So a process that is killed
anywhere does the rest when it is back, and nothing twice. Only an arrival starts rules, and each of them runs at most
once on it: what rules do starts none.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from cminbox.errors import CminboxError, SettingsError, StoreError
from cminbox.i18n import _
from cminbox.inbox import rules as inbox_rules
from cminbox.inbox import rules_reply, verbs
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.rules_match import Meeting, next_met, ready
from cminbox.model.rules import REPLIES, Deed, Result, Rule
from cminbox.paths import Home
from cminbox.store import crisis, followers, messages, rules
from cminbox.store.database import Tx
from cminbox.store.followers import Stream
from cminbox.store.once import OnceStore
from cminbox.store.rules import Heard, Run

log = logging.getLogger(__name__)

LIVE: Final = "rules"
IMPORTS: Final = "rules:import"
"""The names of the followers: what came in live, and what `import --rules` brought."""

CHUNK: Final = 200
BEHIND: Final = 1000
"""So many entries without an arrival are read again by the next process, at most: a commit for each verb of a colleague
would let every screen read twice."""
MOST_VERBS: Final = 100
"""Verbs on one message, of all rules together."""

Tell = Callable[[str], None]
"""Hears, in a sentence, what a person should know."""


class _Through(Exception):  # noqa: N818 - no error: the verb ran before
    """This verb is through for this message."""


class _Kept(Exception):  # noqa: N818 - no error: somebody else waits
    """Something else waits in the conversation: it is not put away."""


@dataclass(frozen=True)
class _Book:
    """The rules in force, and the desk that they work at."""

    meetings: tuple[Meeting, ...]
    numbers: dict[str, int]
    desk: Desk


class RuleRunner:
    """The rules of one process. `catch_up` runs what came in since; it may be called by several at once."""

    def __init__(self, desk: Desk, home: Home, tell: Tell = lambda _text: None) -> None:
        self._desk = desk
        self._home = home
        self._tell = tell
        self._turn = asyncio.Lock()
        self._book: _Book | None = None
        self._read: tuple[object, ...] | None = None
        self._told: set[str] = set()
        self._reached: dict[str, int] = {}

    async def begin(self, name: str = LIVE) -> None:
        """Follow what comes in from now on, where that did not begin earlier."""
        await self._desk.store.ingest(followers.begin, name, Stream.JOURNAL)

    async def end(self, name: str) -> None:
        """Follow no more."""
        await self._desk.store.ingest(followers.forget, name)

    async def catch_up(self, name: str = LIVE) -> int:
        """Run the rules on everything that came in since the last time, oldest first.

        Returns how many messages met one. Raises StoreError.
        """
        async with self._turn:
            book = await self._in_force()
            met = 0
            while (n := await self._chunk(book, name)) is not None:
                met += n
            return met

    async def _chunk(self, book: _Book, name: str) -> int | None:
        """Take the next entries of the journal: how many messages in them met a rule; None where there were none."""
        store = self._desk.store
        kept = await store.read(followers.position, name)
        if kept is None:
            kept = await store.ingest(followers.begin, name, Stream.JOURNAL)
        position = max(kept, self._reached.get(name, 0))
        arrived, reached = await store.read(followers.arrivals, position, CHUNK)
        if reached == position:
            return None
        wanted = [each for each in arrived if each.imported is (name == IMPORTS)]
        met = 0
        if book.meetings and wanted:
            resting = name == LIVE and bool(await store.read(crisis.lasting))
            for each in wanted:
                if not resting or not await store.read(_rests, each.message_id):
                    met += await self._message(book, each.message_id, imported=each.imported)
        self._reached[name] = reached
        if wanted or reached - kept > BEHIND:
            await store.ingest(followers.put, name, reached)
        return met

    async def _message(self, book: _Book, message_id: int, *, imported: bool) -> bool:
        """Run every rule that a message meets, in order; each looks at what those before it made of it.

        True where it met one.
        """
        message, through = await self._desk.store.read(_looked, message_id)
        start, room = 0, MOST_VERBS
        if message is None or not message.seen:
            return False
        while start < len(book.meetings):
            index = await self._desk.store.read(_next, book.meetings, book.numbers, message, through, start)
            if index is None:
                return start > 0
            meeting, start = book.meetings[index], index + 1
            number = book.numbers[meeting.rule.name]
            version, steps = through.get(number, (meeting.rule.version, frozenset[int]()))
            if version != meeting.rule.version:
                continue
            for step, deed in enumerate(meeting.rule.do):
                if room == 0:
                    log.warning("message %d: more than %d verbs of rules; the rest is left", message_id, MOST_VERBS)
                    return True
                if step not in steps:
                    room -= 1
                    run = Run(number, meeting.rule.version, message_id, step, message.conversation_id)
                    await self._deed(book, meeting.rule, run, deed, imported=imported)
        return start > 0

    async def _deed(self, book: _Book, rule: Rule, run: Run, deed: Deed, *, imported: bool) -> None:
        """Run one verb, once. What cannot be done is noted and stops nothing."""
        store = self._desk.store
        before_id = 0

        def before(tx: Tx) -> None:
            nonlocal before_id
            if rules.is_through(tx.db, run):
                raise _Through
            whole_person = deed.verb == "spam"
            if deed.verb in inbox_rules.PUTS_AWAY and not rules.alone(
                tx.db, run.conversation_id, run.message_id, whole_person=whole_person
            ):
                raise _Kept
            before_id = followers.end(tx.db, Stream.JOURNAL)

        def after(tx: Tx, outcome: Any) -> None:
            rules.ran(tx, run, _result(outcome), outcome.batch if isinstance(outcome, Outcome) else None)

        once = OnceStore(store, before, after)
        desk, place = replace(book.desk, store=once), run.conversation_id
        given = verbs.Given(deed.value or None, deed.reason or None, run.message_id)
        try:
            if deed.verb in REPLIES:
                replying = rules_reply.answer(desk, rule, run.rule_id, deed, place, run.message_id, imported=imported)
                outcome = await replying
            else:
                outcome = await verbs.do(desk, deed.verb, [place], given)
            if not once.wrote:
                await store.ingest(rules.ran, run, _result(outcome))
            refused = next((line.error for line in outcome.skipped if line.error), "")
        except _Through:
            return
        except _Kept:
            await store.ingest(rules.ran, run, Result.KEPT)
            return
        except rules_reply.Quiet:
            await store.ingest(rules.ran, run, Result.QUIET)
            return
        except StoreError:
            raise
        except CminboxError as error:
            await self._refuse(book, run, deed)
            refused = str(error)
        except Exception:
            # A defect behind one verb: noted, and everybody's messages go on.
            log.exception("rule %d: %s failed", run.rule_id, deed.verb)
            await self._refuse(book, run, deed)
            refused = _("something unexpected: see the log")
        if refused:
            log.warning("rule %d could not %s on message %d", run.rule_id, deed.verb, run.message_id)
            self._say(_("The rule {name} cannot {verb}: {why}").format(name=rule.name, verb=deed.verb, why=refused))

    async def _refuse(self, book: _Book, run: Run, deed: Deed) -> None:
        """Note what could not be done; that nobody was answered stands in the journal too."""
        if deed.verb in REPLIES:
            await self._desk.store.ingest(rules.refused_reply, run, book.desk.by_id)
        else:
            await self._desk.store.ingest(rules.ran, run, Result.REFUSED)

    async def _in_force(self) -> _Book:
        """The rules of the file as it is now; those before where it is wrong now, which is told once."""
        mark = _mark(self._home)
        if self._book is not None and mark == self._read:
            return self._book
        try:
            found = [rule for rule in inbox_rules.load(self._desk, self._home) if rule.on]
        except SettingsError as error:
            self._say(_("The rules are as before: {error}").format(error=error))
            found = None
        self._read = mark
        if found is None and self._book is not None:
            return self._book
        names = [rule.name for rule in found or ()]
        desk, numbers = self._desk, dict[str, int]()
        if names:
            actor, numbers = await self._desk.store.ingest(rules.enter, names)
            desk = replace(self._desk, by=rules.ACTOR, by_id=actor, course=None)
        meetings = tuple(ready(rule, self._desk.settings) for rule in found or ())
        self._book = _Book(meetings, numbers, desk)
        return self._book

    def _say(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell(text)


def _mark(home: Home) -> tuple[object, ...]:
    """Changes when the rules file does."""
    try:
        found = home.rules_file.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _rests(db: sqlite3.Connection, message_id: int) -> bool:
    """Whether rules pass over a message: it came in while a crisis lasts there."""
    conversation = messages.conversation_of(db, message_id)
    return conversation is not None and crisis.covers(db, conversation)


def _looked(db: sqlite3.Connection, message_id: int) -> tuple[Heard | None, dict[int, tuple[str, frozenset[int]]]]:
    return rules.heard(db, message_id), rules.through(db, message_id)


def _next(
    db: sqlite3.Connection,
    meetings: tuple[Meeting, ...],
    numbers: dict[str, int],
    message: Heard,
    through: dict[int, tuple[str, frozenset[int]]],
    start: int,
) -> int | None:
    """The next rule to run: one that was begun on the message, or that the message meets now."""
    begun = next((i for i in range(start, len(meetings)) if numbers[meetings[i].rule.name] in through), len(meetings))
    found = next_met(db, meetings[:begun], message, start)
    if found is not None:
        return found
    return begun if begun < len(meetings) else None


def _result(outcome: Any) -> Result:
    if not isinstance(outcome, Outcome) or outcome.changed:
        return Result.DID
    return Result.REFUSED if outcome.skipped else Result.SAME
