"""Macros: several verbs on each of any number of conversations, as one step (config/macros.py says what they are).

Each part is what the verb itself does (its module's own function), so a macro obeys the same checks. A conversation
where one part cannot be done is left as it was, with the reason: nothing is put away whose answer could not go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from cminbox.config.macros import FINAL, SENDS, Macro, MacroStep, find
from cminbox.errors import Refused, UsageError
from cminbox.inbox import (
    bulk,
    moderation,
    notes,
    remote,
    replies,
    selection,
    snooze,
    tags,
    template_keeping,
    templates,
    triage,
)
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Line, Outcome
from cminbox.inbox.step import Do, Step, each
from cminbox.model.base import ActVerb, ConversationState
from cminbox.model.reasons import Reason
from cminbox.store import standing
from cminbox.store.database import Tx
from cminbox.store.standing import Standing

VERB = "macro"


@dataclass(frozen=True)
class Prepared:
    """A macro ready to run on `ids` (the conversations that its templates could be filled for).

    `sends`: how many answers it writes; `final`: it deletes, blocks or reports. `skipped` are the others, with why.
    """

    ids: tuple[int, ...]
    do: Do
    sends: int
    final: bool
    skipped: tuple[Line, ...] = ()

    @property
    def all_ids(self) -> tuple[int, ...]:
        """All conversations it was prepared for, those that it leaves out too."""
        return (*self.ids, *(line.conversation for line in self.skipped))


@dataclass
class _Scope:
    """What is prepared: the conversations left so far, the answers to what templates ask, and who was left out."""

    ids: list[int]
    answers: Mapping[str, str]
    seen: Mapping[int, int]
    skipped: list[Line]


_Part = Callable[[Desk, str, _Scope], Awaitable[Do]]


def named(desk: Desk, wanted: str) -> Macro:
    """The macro of the settings with this key or name. Raises UsageError."""
    return find(desk.settings.macros, wanted)


async def run(
    desk: Desk, ids: Sequence[int], steps: Sequence[MacroStep], answers: Mapping[str, str] | None = None
) -> Outcome:
    """Do all steps to each conversation, as one step. Raises UsageError as `prepare`."""
    return await run_prepared(desk, await prepare(desk, ids, steps, answers))


async def run_prepared(desk: Desk, prepared: Prepared) -> Outcome:
    """Do what was prepared."""
    outcome = await bulk.each(desk, VERB, prepared.ids, prepared.do)
    return replace(outcome, skipped=(*prepared.skipped, *outcome.skipped))


async def rehearse(desk: Desk, prepared: Prepared) -> Outcome:
    """What `run_prepared` would do now, and for whom it would not work; nothing is kept of it."""
    try:
        await desk.store.write(_rehearse, desk.by_id, prepared)
    except _Curtain as end:
        return replace(end.outcome, skipped=(*prepared.skipped, *end.outcome.skipped))
    raise AssertionError("a rehearsal always ends by taking itself back")


async def questions(desk: Desk, ids: Sequence[int], steps: Sequence[MacroStep]) -> tuple[str, ...]:
    """What the templates of a macro ask before they are sent."""
    found: dict[str, None] = {}
    for step in steps:
        if step.verb == "template" and ids:
            template = await template_keeping.find(desk, step.value, conversation=ids[0])
            found |= dict.fromkeys(await templates.questions(desk, template.id))
    return tuple(found)


async def prepare(
    desk: Desk,
    ids: Sequence[int],
    steps: Sequence[MacroStep],
    answers: Mapping[str, str] | None = None,
    *,
    seen: Mapping[int, int] | None = None,
) -> Prepared:
    """Look up what the steps name and make the texts of their templates. Raises UsageError, Refused over two brands.

    `seen` as for `triage.done`: where more came in since, nothing is put away unseen.
    """
    scope = _Scope(await desk.store.read(_resolved, ids), answers or {}, seen or {}, [])
    answers_many = len(scope.ids) > 1 and any(step.verb in SENDS for step in steps)
    if answers_many and len({share.brand for share in await selection.shares(desk, scope.ids)}) > 1:
        raise Refused(replies.two_brands())
    parts = [(_JOURNAL.get(step.verb, step.verb), await _part(step)(desk, step.value, scope)) for step in steps]
    return Prepared(
        ids=tuple(scope.ids),
        do=_together(parts),
        sends=len(scope.ids) * sum(step.verb in SENDS for step in steps),
        final=any(step.verb in FINAL for step in steps),
        skipped=tuple(scope.skipped),
    )


def _together(parts: Sequence[tuple[str, Do]]) -> Do:
    """All parts on one conversation, or none of them."""

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        changed, act = False, None
        whole, batch = step.verb, step.batch
        try:
            with step.tx.whole():
                for verb, part in parts:
                    step.verb = verb
                    new, act_id = part(step, standing.of(step.tx.db, now.id) or now)
                    changed, act = changed or new, act if act is not None else act_id
        except UsageError:
            step.batch = batch
            raise
        finally:
            step.verb = whole
        return changed, act

    return do


def _part(step: MacroStep) -> _Part:
    if step.verb in _PARTS:
        return _PARTS[step.verb]
    return _decides(step.verb) if step.verb in triage.DECIDES else _at_network(ActVerb(step.verb))


def _decides(verb: str) -> _Part:
    async def part(_desk: Desk, _value: str, _scope: _Scope) -> Do:
        return triage.doing(triage.DECIDES[verb])

    return part


async def _done(_desk: Desk, _value: str, scope: _Scope) -> Do:
    return triage.doing(triage.puts_away(ConversationState.DONE, scope.seen))


async def _spam(desk: Desk, value: str, scope: _Scope) -> Do:
    return moderation.spamming(desk, len(scope.ids), Reason(value) if value else None)


async def _reopen(desk: Desk, _value: str, scope: _Scope) -> Do:
    return moderation.reopening(desk, len(scope.ids))


async def _waiting(_desk: Desk, _value: str, scope: _Scope) -> Do:
    return triage.doing(triage.puts_away(ConversationState.WAITING, scope.seen))


def _at_network(verb: ActVerb) -> _Part:
    async def part(desk: Desk, value: str, scope: _Scope) -> Do:
        return remote.doing(desk, verb, len(scope.ids), reason=Reason(value) if value else None)

    return part


async def _take(desk: Desk, _value: str, _scope: _Scope) -> Do:
    return triage.doing(triage.assigns(desk.by_id))


async def _assign(desk: Desk, value: str, _scope: _Scope) -> Do:
    return triage.doing(triage.assigns(await triage.colleague_named(desk, value)))


async def _tag(_desk: Desk, value: str, _scope: _Scope) -> Do:
    return tags.puts(tags.parted(value))


async def _untag(desk: Desk, value: str, _scope: _Scope) -> Do:
    wanted = tags.parted(value)
    await tags.require(desk, wanted)
    return tags.takes(wanted)


async def _snooze(desk: Desk, value: str, _scope: _Scope) -> Do:
    return snooze.sleeps(desk, value)


async def _unsnooze(_desk: Desk, _value: str, _scope: _Scope) -> Do:
    return snooze.wakes


async def _note(desk: Desk, value: str, _scope: _Scope) -> Do:
    return notes.writes(desk, value)


async def _reply(desk: Desk, value: str, scope: _Scope) -> Do:
    return replies.doing(_job(desk, dict.fromkeys(scope.ids, value), None))


async def _template(desk: Desk, value: str, scope: _Scope) -> Do:
    if not scope.ids:
        return replies.doing(_job(desk, {}, None))
    template = await template_keeping.find(desk, value, conversation=scope.ids[0])
    asked = {name: text for name, text in scope.answers.items() if name in await templates.questions(desk, template.id)}
    texts, skipped = await templates.texts(desk, template.id, scope.ids, asked)
    scope.skipped += skipped
    scope.ids[:] = texts
    return replies.doing(_job(desk, texts, template.id))


def _job(desk: Desk, texts: Mapping[int, str], template: int | None) -> replies.Job:
    return replies.Job(desk.by_id, desk.clock, desk.settings, texts, False, None, None, False, template)


_PARTS: Mapping[str, _Part] = {
    "reply": _reply,
    "template": _template,
    "tag": _tag,
    "untag": _untag,
    "assign": _assign,
    "take": _take,
    "note": _note,
    "done": _done,
    "waiting": _waiting,
    "spam": _spam,
    "reopen": _reopen,
    "snooze": _snooze,
    "unsnooze": _unsnooze,
}
_JOURNAL = {"template": "reply", "take": "assign"}
"""Steps whose entries in the journal have another name."""


class _Curtain(Exception):  # noqa: N818 - the end of a rehearsal, no error
    """Takes a transaction back and carries what it would have done."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def _rehearse(tx: Tx, by: int, prepared: Prepared) -> None:
    raise _Curtain(each(tx, VERB, by, prepared.ids, prepared.do))


def _resolved(db: standing.Db, ids: Sequence[int]) -> list[int]:
    """Each conversation once, by the id it has now; unknown ids stay, to be told."""
    found = ((standing.of(db, each_id), each_id) for each_id in ids)
    return list(dict.fromkeys(now.id if now is not None else given for now, given in found))
