"""Answering: the reply is written to the outbox, held, and the conversation takes its next state, in one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cminbox.clock import Clock
from cminbox.config.settings import Settings
from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.inbox import acts, bulk, checks, presence, selection
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Line, Outcome
from cminbox.inbox.pacing import Pace
from cminbox.inbox.step import Do, Enough, Step, line, no_conversation
from cminbox.model.accounts import Account
from cminbox.model.base import ActVerb, Audience, Direction
from cminbox.store import accounts, journal, outbox, standing, templates
from cminbox.store.database import Tx
from cminbox.store.standing import MessageStanding, Standing
from cminbox.text import storable


@dataclass(frozen=True)
class Plan:
    """What a reply would be: from which account, to whom (name raw), who can read it, how long it is.

    `to_us`: it answers a message of our own (goes on with it).
    """

    conversation: int
    account: Account
    verb: ActVerb
    audience: Audience
    message: int
    person: str
    length: checks.Length
    note: str = ""
    to_us: bool = False


async def plan(
    desk: Desk, conversation_id: int, text: str, *, private: bool = False, to_message: int | None = None
) -> Plan:
    """Everything that `reply` checks, and what it would do, without doing it.

    Raises UsageError (empty, too long, unknown conversation), Unable (the account cannot) or Refused (too late).
    """
    return await desk.store.read(_plan, desk.clock, conversation_id, text, private, to_message)


async def reply(
    desk: Desk,
    conversations: int | Sequence[int],
    text: str | Mapping[int, str],
    *,
    private: bool = False,
    to_message: int | None = None,
    seen: int | None = None,
    template: int | None = None,
    known: int | None = None,
) -> Outcome:
    """Answer one conversation, or each of many with the same text (or its own, by id); one step for undo.

    `private` answers a public message with a direct one to its author. `to_message` names the message that is
    answered (else the one that waits, else the newest of theirs). `seen` is the newest inbound message that the writer
    saw (else: what is there now). The text leaves when the hold ends (settings `sending`); a draft of the same text is
    used up. One conversation that cannot be answered raises what `plan` raises; of many, it is skipped. `template` is
    the one that the text was made with: it counts as used when the answer is sent. `known` is the newest message that
    was there when the writing began (else: now): what a colleague answered since stops it for a look. Public answers to
    many leave some time apart, and are no more alike than their network allows. Many of more than one brand raise
    Refused: one answer goes to one brand.
    """
    single = isinstance(conversations, int)
    ids = [conversations] if isinstance(conversations, int) else list(dict.fromkeys(conversations))
    texts = {each: text if isinstance(text, str) else text[each] for each in ids}
    pace = None if single else Pace()
    job = Job(
        desk.by_id, desk.clock, desk.settings, texts, private, to_message, seen, single, template, pace, known=known
    )
    if not single and len({share.brand for share in await selection.shares(desk, ids)}) > 1:
        raise Refused(two_brands())
    return await bulk.run(desk, ids, lambda tx, some, batch, enough: write(tx, job, some, batch, enough))


def two_brands() -> str:
    """Why one answer does not go to a selection over several brands, in a sentence."""
    return _("The selection is of more than one brand; one answer goes to one brand only.")


@dataclass(frozen=True)
class Job:
    """The answers of one step, by conversation. With a `pace` the public ones leave some time apart; `allow` may
    refuse one as the store is when it is written (UsageError).
    """

    by: int
    clock: Clock
    settings: Settings
    texts: Mapping[int, str]
    private: bool
    to_message: int | None
    seen: int | None
    single: bool
    template: int | None
    pace: Pace | None = None
    allow: Callable[[standing.Db, int], None] | None = None
    known: int | None = None


def write(
    tx: Tx, job: Job, ids: Sequence[int], batch: int = journal.NEW_STEP, enough: Enough = lambda: False
) -> Outcome:
    """Write the answers of a job, as one step. One that cannot be raises UsageError; of many, it is skipped.

    `batch` and `enough` as in step.each.
    """
    step = Step(tx, "private_reply" if job.private else "reply", job.by, batch)
    changed: list[Line] = []
    skipped: list[Line] = []
    notes: dict[str, None] = {}
    for conversation_id in ids:
        if (changed or skipped) and enough():
            break
        try:
            what, act_id, told = _answer(step, job, conversation_id)
        except UsageError as error:
            if job.single:
                raise
            now = standing.of(tx.db, conversation_id)
            skipped.append(Line(conversation_id, now.state if now else None, error=str(error)))
            continue
        changed.append(line(tx, what.conversation, act_id))
        notes |= dict.fromkeys(told)
    return Outcome(step.verb, tuple(changed), skipped=tuple(skipped), notes=tuple(notes), batch=step.batch)


def doing(job: Job) -> Do:
    """What a job does to one of its conversations, as part of a step."""

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        return True, _answer(step, job, now.id)[1]

    return do


def plan_in(db: standing.Db, job: Job, conversation_id: int, text: str) -> Plan:
    """What one answer of a job would be; raises what stands against it."""
    if job.allow is not None:
        job.allow(db, conversation_id)
    what = _plan(db, job.clock, conversation_id, text, job.private, job.to_message)
    if job.pace is not None:
        job.pace.allow(what.account, what.audience, text)
    return what


def possible(db: standing.Db, clock: Clock, conversation_id: int, text: str, *, private: bool) -> Account:
    """The account that would answer a conversation so; raises what `plan` raises."""
    return _plan(db, clock, conversation_id, text, private, None).account


def _answer(step: Step, job: Job, conversation_id: int) -> tuple[Plan, int, tuple[str, ...]]:
    """Write one answer of a job: what it is, the act, and what to mind. Raises what stands against it."""
    text = storable(job.texts[conversation_id]).rstrip()
    what = plan_in(step.tx.db, job, conversation_id, text)
    act_id = _write(step, job, what, text)
    beside = presence.note_act(step.tx, act_id, what.conversation, job.by, job.known)
    return what, act_id, tuple(note for note in (what.note, beside) if note)


def _write(step: Step, job: Job, what: Plan, text: str) -> int:
    tx = step.tx
    now = _standing(tx.db, what.conversation)
    seen = job.seen if job.seen is not None else standing.newest_inbound(tx.db, now.id)
    send_at_ms = acts.send_at_ms(tx.now_ms, job.settings, len(job.texts))
    act_id = outbox.add(
        tx,
        now.id,
        what.message,
        what.account.id,
        what.verb,
        text,
        what.audience,
        job.by,
        seen,
        send_at_ms,
    )
    if job.pace is not None:
        job.pace.keep(tx, what.account, what.audience, act_id, send_at_ms)
    if job.template is not None:
        templates.used(tx, act_id, job.template)
    acts.use_up_draft(tx, now.id, acts.composer_audience(what.verb, what.audience), job.by, text)
    step.enter(now, acts.after_answer(tx, now, job.settings), message_id=what.message, act_id=act_id)
    return act_id


def _plan(
    db: standing.Db, clock: Clock, conversation_id: int, text: str, private: bool, to_message: int | None
) -> Plan:
    now, account, verb, target = addressed(db, conversation_id, private, to_message)
    checks.require(account, verb)
    audience = Audience.DIRECT if verb is ActVerb.PRIVATE_REPLY else target.audience
    people = standing.person_names(db, [target.person_id] if target.person_id else [])
    person = "" if target.by_us else people.get(target.person_id or 0, "")
    checks.fits(account, text, private=audience.is_private, to=person)
    checks.answerable(account, target, standing.last_in_ms(db, now.id, target.person_id), clock)
    return Plan(
        conversation=now.id,
        account=account,
        verb=verb,
        audience=audience,
        message=target.id,
        person=people.get(target.person_id or 0, ""),
        length=checks.length(account, text, private=audience.is_private, to=person),
        note=checks.waits_note(account),
        to_us=target.by_us,
    )


def addressed(
    db: standing.Db, conversation_id: int, private: bool, to_message: int | None
) -> tuple[Standing, Account, ActVerb, MessageStanding]:
    """Where an answer would go: the conversation, the account, reply or private reply, and the message it is for.

    Raises UsageError for what is not there, Refused where no message is left.
    """
    now = _standing(db, conversation_id)
    verb = ActVerb.PRIVATE_REPLY if private and not now.is_private else ActVerb.REPLY
    return now, accounts.get(db, now.account_id), verb, _target(db, now, to_message)


def _standing(db: standing.Db, conversation_id: int) -> Standing:
    now = standing.of(db, conversation_id)
    if now is None:
        raise no_conversation(conversation_id)
    return now


def _target(db: standing.Db, now: Standing, to_message: int | None) -> MessageStanding:
    """The message that an answer is for."""
    if to_message is not None:
        named = standing.message(db, to_message)
        if named is None or named.conversation_id != now.id:
            raise UsageError(_("There is no message {id} in this conversation.").format(id=to_message))
        return named
    waiting = standing.message(db, now.waits_message_id)
    target = waiting or standing.newest(db, now.id, Direction.IN) or standing.newest(db, now.id)
    if target is None:
        raise Refused(_("There is no message left in this conversation to answer."))
    return target
