"""Rules as people look after them: what the file says, what each did, and what they would have done."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cminbox.clock import from_ms, to_ms
from cminbox.config import rules as rules_file
from cminbox.config.rules import Terms
from cminbox.errors import UsageError
from cminbox.i18n import N_, _
from cminbox.inbox import moments, rules_reply, tags, verbs
from cminbox.inbox.desk import Desk
from cminbox.inbox.queue import midnight
from cminbox.inbox.rules_match import Meeting, next_met, ready
from cminbox.model.rules import REPLIES, Deed, Rule
from cminbox.paths import Home
from cminbox.store import rules
from cminbox.store.rules import Tally

LOOKED_AT = 1000
"""Stored messages that a rehearsal looks at where nobody says how many."""
_CHUNK = 200

_NO_ONE = N_("a rule is nobody. Name a colleague: assign NAME.")
_FOR_GOOD = N_("it cannot be taken back. Tag it, and let a person decide.")
_NEVER = {
    "take": _NO_ONE,
    "discard": _NO_ONE,
    "delete": _FOR_GOOD,
    "block": _FOR_GOOD,
    "report": _FOR_GOOD,
}
_A_TEMPLATE = N_("the name or shortcut of a template")
PUTS_AWAY = ("done", "waiting", "snooze", "spam")
"""Verbs after which a conversation is not in the queue any more: what else waits in it must not go with it."""


@dataclass(frozen=True)
class RuleLine:
    """A rule of the file with what it did today (`messages`), and when it last did something today."""

    rule: Rule
    messages: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True)
class Answered:
    """What a verb of a rule would have answered (`text`, raw), or why nothing would have gone (`refused`).

    `quiet`: none is due there, which is as it should be.
    """

    deed: Deed
    text: str = ""
    refused: str = ""
    quiet: bool = False


@dataclass(frozen=True)
class Rehearsed:
    """A stored message that a rule would have met; `person` and `text` are raw, `answers` its verbs that answer."""

    rule: Rule
    message: int
    conversation: int
    person: str
    text: str
    at: datetime
    answers: tuple[Answered, ...] = ()


@dataclass(frozen=True)
class Rehearsal:
    """What rules would have done: `met`, the newest message first, of so many `messages` that were looked at."""

    met: tuple[Rehearsed, ...]
    messages: int


def terms(desk: Desk) -> dict[str, Terms]:
    """What rules may do: every verb of `cminbox do`, with what belongs to it, and answering with a template."""
    checks: dict[str, Callable[[str], object]] = {
        "snooze": lambda value: moments.instant(value, desk.clock.now(), desk.settings.zone),
        "tag": tags.parted,
        "untag": tags.parted,
    }
    return {
        verb.name: Terms(verb.needs_value, verb.reasons, _NEVER.get(verb.name, ""), checks.get(verb.name))
        for verb in verbs.VERBS
    } | {verb: Terms(_A_TEMPLATE) for verb in REPLIES}


def hours_told(rule: Rule) -> str:
    """In which hours a rule runs, in words; "" for all."""
    return {"open": _("in business hours"), "closed": _("outside business hours")}.get(rule.hours, "")


def load(desk: Desk, home: Home) -> tuple[Rule, ...]:
    """The rules of the file, in order. Raises SettingsError, which says where it is wrong."""
    return rules_file.load(home, terms(desk))


def switch(desk: Desk, home: Home, name: str, on: bool) -> Rule:
    """Switch a rule on or off in the file. Raises SettingsError, UsageError for a rule that there is not, OSError."""
    found = rules_file.switch(home, name, on, terms(desk))
    return found[rules_file.index_of(found, name)]


async def lines(desk: Desk, home: Home) -> list[RuleLine]:
    """Every rule with what it did since midnight. Raises SettingsError."""
    found = load(desk, home)
    since_ms = to_ms(midnight(desk.clock.now(), desk.settings.timezone))
    done = await desk.store.read(_tallies, since_ms)
    return [_line(rule, done.get(rule.name, Tally())) for rule in found]


async def rehearse(
    desk: Desk, given: Sequence[Rule], *, since: datetime | None = None, limit: int = LOOKED_AT
) -> Rehearsal:
    """What rules would have done to the newest stored messages (at most `limit`; 0: all), changing nothing.

    Each message is looked at as if it came in now into its conversation as that stands; what a rule before would have
    changed is not there.
    """
    meetings = [ready(rule, desk.settings, as_it_came=True) for rule in given]
    met: list[Rehearsed] = []
    looked, below = 0, None
    since_ms = -(1 << 62) if since is None else to_ms(since)
    while not limit or looked < limit:
        some = min(_CHUNK, limit - looked) if limit else _CHUNK
        ids, found = await desk.store.read(_rehearsed, meetings, below, since_ms, some)
        if not ids:
            break
        met += found
        looked += len(ids)
        below = ids[-1]
    return Rehearsal(tuple(await _answered(desk, met)), looked)


async def _answered(desk: Desk, met: Sequence[Rehearsed]) -> list[Rehearsed]:
    """With what would have been answered: the first in each conversation, and then no more for the rule's pause."""
    found: dict[int, Rehearsed] = {}
    spoke: dict[tuple[str, str, int], datetime] = {}
    turns: dict[str, int] = {}
    nobody = rules_reply.nobodys(desk)
    for number, each in sorted(enumerate(met), key=lambda pair: (pair[1].at, pair[1].message)):
        answers = []
        for deed in each.rule.replies:
            where = (each.rule.name, deed.verb, each.conversation)
            pause = each.rule.pauses
            try:
                if where in spoke and pause is not None and each.at - spoke[where] < pause:
                    raise rules_reply.Quiet(rules_reply.once_in(each.rule))
                turn = turns.get(each.rule.name, 0)
                said = await rules_reply.rehearsed(nobody, each.rule, deed, each.conversation, each.message, turn)
            except UsageError as error:
                quiet = isinstance(error, rules_reply.Quiet)
                answers.append(Answered(deed, refused=str(error), quiet=quiet))
                continue
            spoke[where], turns[each.rule.name] = each.at, turn + 1
            answers.append(Answered(deed, said.text))
        found[number] = replace(each, answers=tuple(answers))
    return [found[number] for number in range(len(met))]


def _rehearsed(
    db: sqlite3.Connection, meetings: Sequence[Meeting], below: int | None, since_ms: int, limit: int
) -> tuple[list[int], list[Rehearsed]]:
    ids = rules.stored(db, below, since_ms, limit)
    found = []
    for message_id in ids:
        message = rules.heard(db, message_id)
        start = 0
        while message is not None and (index := next_met(db, meetings, message, start)) is not None:
            rule, start = meetings[index].rule, index + 1
            person = message.author.partition(" ")[0] or message.author.strip()
            found.append(
                Rehearsed(rule, message.id, message.conversation_id, person, message.text, from_ms(message.at_ms))
            )
    return ids, found


def _tallies(db: sqlite3.Connection, since_ms: int) -> Mapping[str, Tally]:
    _actor, numbers = rules.known(db)
    done = rules.tallies(db, since_ms)
    return {name: done[number] for name, number in numbers.items() if number in done}


def _line(rule: Rule, done: Tally) -> RuleLine:
    return RuleLine(rule, done.messages, None if done.last_ms is None else from_ms(done.last_ms))
