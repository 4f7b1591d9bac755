"""Rules that answer: a template becomes the text for one person, and stands in the outbox as the rules' own act.

It answers nobody: the conversation waits for a person of ours as before. What two machines could make of each other is
kept short: a bot gets nothing, nor does an answer to an automatic reply; in one conversation a rule speaks once in its
pause, to one person rules speak a few times a day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from cminbox.clock import to_ms
from cminbox.config.settings import Me
from cminbox.errors import Refused, Unable
from cminbox.i18n import _
from cminbox.inbox import acts, checks, replies, template_keeping, templates
from cminbox.inbox.desk import Desk, abilities_of
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.pacing import same_words
from cminbox.inbox.rules_match import in_hours
from cminbox.inbox.step import Step, line
from cminbox.model.accounts import Account
from cminbox.model.base import ActState, ActVerb
from cminbox.model.rules import PAUSE_LEAST, Deed, Rule
from cminbox.model.templates import Template
from cminbox.store import automatic, crisis, outbox, spacing, standing
from cminbox.store import templates as kept
from cminbox.store.automatic import Addressee, Written
from cminbox.store.database import Tx
from cminbox.text import safe, storable

OLD: Final = timedelta(days=1)
"""What is older when the rules come to it gets no automatic reply any more."""
MOST_TO_ONE: Final = 3
"""Messages of one person that get an automatic reply in `OLD`, wherever they are: a machine begins ever new ones."""

_UNSENT = (ActState.HELD, ActState.QUEUED, ActState.REVIEW)
_LIVE = (*_UNSENT, ActState.SENDING, ActState.UNCERTAIN)


class Quiet(Refused):
    """No automatic reply is due there, which is as it should be."""


@dataclass(frozen=True)
class Said:
    """What a rule says to somebody, and with which template."""

    text: str
    template: Template


@dataclass(frozen=True)
class _Job:
    """One reply of one rule (its `number` in the store) to one message."""

    desk: Desk
    rule: Rule
    number: int
    deed: Deed
    conversation: int
    message: int

    @property
    def private(self) -> bool:
        return is_private(self.deed)


def is_private(deed: Deed) -> bool:
    """Whether a verb answers in private what is public."""
    return deed.verb == "private_reply"


async def answer(
    desk: Desk, rule: Rule, number: int, deed: Deed, conversation_id: int, message_id: int, *, imported: bool = False
) -> Outcome:
    """Write the reply of a rule to the outbox: one transaction, and no state changes.

    What the rule wrote to an earlier message there and has not left yet is replaced: people write in several messages.
    Raises Quiet where none is due, UsageError where none can be made (the template is not there or has a blank, the
    account cannot, the message is from an import).
    """
    if imported:
        raise Refused(_("What an import brought gets no automatic reply."))
    job = _Job(nobodys(desk), rule, number, deed, conversation_id, message_id)
    turn = await desk.store.read(_allowed, job)
    made = await said(job.desk, deed, conversation_id, message_id, turn)
    return await desk.store.write(_write, job, made)


async def said(desk: Desk, deed: Deed, conversation_id: int, message_id: int, turn: int = 0) -> Said:
    """What a rule would say to a message. Raises UsageError where there is no such template, or it has a blank."""
    template = await template_keeping.find(desk, deed.value, conversation=conversation_id)
    found = await templates.preview(
        desk, template.id, conversation_id, private=is_private(deed), to_message=message_id, turn=turn
    )
    templates.require_filled(found)
    return Said(storable(found.text).rstrip(), template)


async def rehearsed(desk: Desk, rule: Rule, deed: Deed, conversation_id: int, message_id: int, turn: int) -> Said:
    """The same for a message that came some time ago: what the account cannot do is said, what is too late now is not.

    Raises Quiet for a bot and for an answer to an automatic reply, else UsageError as `said`.
    """
    await desk.store.read(_no_circle, message_id, pause_of(rule))
    found = await said(desk, deed, conversation_id, message_id, turn)
    await desk.store.read(_fitting, deed, conversation_id, message_id, found.text)
    return found


def once_in(rule: Rule) -> str:
    """Why a rule does not answer again, in a sentence."""
    return _("The rule has answered there already; it does so once in {pause}.").format(pause=rule.pause)


def pause_of(rule: Rule) -> int:
    """How long a rule keeps silent where it spoke, in milliseconds."""
    return (rule.pauses or PAUSE_LEAST) // timedelta(milliseconds=1)


async def troubles(desk: Desk, rule: Rule) -> list[str]:
    """What keeps a rule from ever answering, in sentences: templates that are not there, or that nobody can fill."""
    found: list[str] = []
    for deed in rule.replies:
        many = await desk.store.read(kept.named, deed.value)
        if not many and not deed.value.isdigit():
            found.append(_("There is no template {name}.").format(name=safe(deed.value)))
        for each in many:
            for missing in await templates.never_filled(nobodys(desk), each):
                told = _("The template {name} needs {missing}, which a rule does not know.")
                found.append(told.format(name=safe(deed.value), missing=safe(missing)))
    return list(dict.fromkeys(found))


def nobodys(desk: Desk) -> Desk:
    """The desk as rules work at it: a rule is nobody, so it has no name and no signature."""
    return replace(desk, settings=desk.settings.model_copy(update={"me": Me()}))


def _allowed(db: standing.Db, job: _Job) -> int:
    """Whose turn it is among the template's variants. Raises Quiet or UsageError as `answer`."""
    _guarded(db, job)
    return automatic.turn(db, job.number)


def _guarded(db: standing.Db, job: _Job) -> Written | None:
    """The reply of the rule that this one replaces, if there is one. Raises what stands against it."""
    now_ms = to_ms(job.desk.clock.now())
    pause_ms = pause_of(job.rule)
    who = _addressee(db, job.message)
    if who.is_history:
        raise Refused(_("What was written before the account was connected gets no automatic reply."))
    if now_ms - who.at_ms > OLD / timedelta(milliseconds=1):
        raise Quiet(_("It was written too long ago."))
    if crisis.covers(db, who.conversation_id):
        raise Quiet(_("A crisis lasts."))
    if not in_hours(db, job.rule, job.desk.settings, who.conversation_id, now_ms):
        raise Quiet(_("The hours that the rule is for are over."))
    if not who.waits:
        raise Quiet(_("Nobody waits for an answer there."))
    _no_circle(db, job.message, pause_ms)
    return _before(db, job, who, now_ms - pause_ms)


def _no_circle(db: standing.Db, message_id: int, pause_ms: int) -> None:
    who = _addressee(db, message_id)
    if who.is_bot or who.is_us:
        raise Quiet(_("A machine of theirs wrote it, or one of us."))
    if automatic.is_answer_to_one(db, message_id, pause_ms):
        raise Quiet(_("It answers an automatic reply of ours."))


def _before(db: standing.Db, job: _Job, who: Addressee, since_ms: int) -> Written | None:
    """What the rule wrote there and has not left yet. Raises Quiet where it, or another rule, spoke already."""
    verb = replies.addressed(db, who.conversation_id, job.private, job.message)[2]
    others = automatic.before(db, who.conversation_id, since_ms)
    for each in others:
        at_once = each.message_id == job.message or (each.person_id == who.person_id and each.state in _LIVE)
        if each.rule_id != job.number and at_once and each.state is not ActState.CANCELLED:
            raise Quiet(_("Another rule answers already."))
    mine = (each for each in others if each.rule_id == job.number and each.verb is verb)
    last = next((each for each in mine if each.message_id != job.message), None)
    if last is not None and (last.person_id != who.person_id or last.state not in _UNSENT):
        raise Quiet(once_in(job.rule))
    day_ms = to_ms(job.desk.clock.now() - OLD)
    if last is None and automatic.to_person(db, who.person_id or 0, day_ms, job.message) >= MOST_TO_ONE:
        raise Quiet(_("The person had enough automatic replies for a day."))
    return last


def _write(tx: Tx, job: _Job, made: Said) -> Outcome:
    replaced = _guarded(tx.db, job)
    desk = job.desk
    what = replies.plan_in(tx.db, _as_written(job), job.conversation, made.text)
    now = standing.of(tx.db, what.conversation)
    assert now is not None
    if replaced is not None:
        outbox.cancel(tx, replaced.act_id, desk.by_id)
    public = not what.audience.is_private
    if public:
        _not_too_many_alike(tx.db, what.account, made.text)
    send_at_ms = acts.send_at_ms(tx.now_ms, desk.settings, 1)
    before_ms = automatic.last_turn_ms(tx.db, what.account.id) if public else None
    act_id = outbox.add(
        tx,
        now.id,
        what.message,
        what.account.id,
        what.verb,
        made.text,
        what.audience,
        desk.by_id,
        job.message,
        send_at_ms,
    )
    automatic.wrote(tx, act_id, job.number)
    if before_ms is not None:
        spacing_ms = int(abilities_of(what.account).bulk_spacing_s * 1000)
        spacing.put(tx, act_id, max(send_at_ms, before_ms + spacing_ms))
    kept.used(tx, act_id, made.template.id)
    step = Step(tx, what.verb.value, desk.by_id)
    step.enter(now, {}, message_id=what.message, act_id=act_id)
    return Outcome(step.verb, (line(tx, now.id, act_id),), batch=step.batch)


def _as_written(job: _Job) -> replies.Job:
    """The reply as `replies` plans it."""
    return replies.Job(
        by=job.desk.by_id,
        clock=job.desk.clock,
        settings=job.desk.settings,
        texts={},
        private=job.private,
        to_message=job.message,
        seen=job.message,
        single=True,
        template=None,
    )


def _not_too_many_alike(db: standing.Db, account: Account, text: str) -> None:
    """Raise Unable where the network does not take so many public answers of the same words at a time."""
    most = abilities_of(account).identical_most
    words = _words(text)
    if most is None or sum(_words(each) == words for each in automatic.texts(db, account.id)) < most:
        return
    raise Unable(same_words(account, most))


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def _fitting(db: standing.Db, deed: Deed, conversation_id: int, message_id: int, text: str) -> None:
    _now, account, verb, target = replies.addressed(db, conversation_id, is_private(deed), message_id)
    checks.require(account, verb)
    private = verb is ActVerb.PRIVATE_REPLY or target.audience.is_private
    who = _addressee(db, message_id)
    names = standing.person_names(db, [who.person_id] if who.person_id else [])
    checks.fits(account, text, private=private, to=names.get(who.person_id or 0, ""))


def _addressee(db: standing.Db, message_id: int) -> Addressee:
    found = automatic.addressee(db, message_id)
    if found is None:
        raise Quiet(_("The message is not there any more."))
    return found
