"""The verbs that act at the network without answering: like, hide, block, report and their opposites.

Each is an act of the outbox, held like a reply, so that undo can recall it; once sent, undo writes its opposite where
the network has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cminbox.config.settings import Settings
from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.inbox import acts, bulk, checks, undo
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.step import Do, Step, no_conversation
from cminbox.model.accounts import Account
from cminbox.model.base import ActState, ActVerb, Direction, MessageState
from cminbox.model.reasons import Reason
from cminbox.model.rows import ActRow
from cminbox.store import accounts, act_facts, outbox, standing
from cminbox.store.standing import MessageStanding, Standing

VERBS = (
    *(ActVerb.LIKE, ActVerb.UNLIKE, ActVerb.HIDE, ActVerb.UNHIDE, ActVerb.DELETE),
    *(ActVerb.MUTE, ActVerb.UNMUTE, ActVerb.BLOCK, ActVerb.UNBLOCK, ActVerb.REPORT),
    *(ActVerb.SPAM, ActVerb.UNSPAM, ActVerb.RESTORE),
)
"""What `act` does. Replies have a module of their own."""

TAKES_REASON = (ActVerb.HIDE, ActVerb.DELETE, ActVerb.BLOCK, ActVerb.REPORT)
"""Acts against a message or a person, which a reason may be given for."""

OPPOSITES = {
    ActVerb.LIKE: ActVerb.UNLIKE,
    ActVerb.HIDE: ActVerb.UNHIDE,
    ActVerb.MUTE: ActVerb.UNMUTE,
    ActVerb.BLOCK: ActVerb.UNBLOCK,
}
"""What is done, and what takes it back at the network."""

_ON_PEOPLE = (ActVerb.MUTE, ActVerb.BLOCK)


@dataclass(frozen=True)
class _Job:
    by: int
    settings: Settings
    verb: ActVerb
    message: int | None
    reason: Reason | None
    many: int


async def act(
    desk: Desk, verb: ActVerb, ids: Sequence[int], *, message: int | None = None, reason: Reason | None = None
) -> Outcome:
    """Do `verb` at the network to one message of each conversation: `message`, else the one that waits, else the newest
    of theirs. One step for undo. What an account cannot do is skipped, with the reason.
    """
    if verb not in VERBS:
        raise UsageError(_("{verb} is not something to do with a message.").format(verb=verb))
    do = doing(desk, verb, len(set(ids)), message=message, reason=reason)
    return await bulk.each(desk, verb.value, ids, do)


def doing(desk: Desk, verb: ActVerb, many: int, *, message: int | None = None, reason: Reason | None = None) -> Do:
    """What `act` does to one of `many` conversations, as part of a step."""
    job = _Job(desk.by_id, desk.settings, verb, message, reason, many)

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        return True, _write(step, now, job)

    return do


async def take_back(desk: Desk, verb: ActVerb, ids: Sequence[int]) -> Outcome:
    """Do `verb` no more: one act that has not left is recalled, else its opposite goes to the network, as one step.

    `verb` is one of `OPPOSITES`. Raises Refused where the act is leaving right now.
    """
    if len(ids) == 1:
        last = (await in_force(desk, verb, ids)).get(ids[0])
        if last is not None and last.state is not ActState.SENT:
            return await undo.cancel(desk, last.id)
    return await act(desk, OPPOSITES[verb], ids)


async def in_force(desk: Desk, verb: ActVerb, ids: Sequence[int]) -> dict[int, ActRow | None]:
    """Those of the conversations where `verb` holds for the message (or the person) that it would be about now.

    With the act that made it so, where it is known here; it may not have left yet.
    """
    return await desk.store.read(_in_force, verb, tuple(ids))


def _write(step: Step, now: Standing, job: _Job) -> int:
    account = accounts.get(step.tx.db, now.account_id)
    checks.require(account, job.verb)
    target = _target(step.tx.db, now, job.message)
    checks.require_target(account, job.verb, target)
    act_id = outbox.add(
        step.tx,
        now.id,
        target.id,
        account.id,
        job.verb,
        "",
        target.audience,
        job.by,
        None,
        acts.send_at_ms(step.tx.now_ms, job.settings, job.many),
        reason=job.reason,
    )
    step.enter(now, {}, message_id=target.id, act_id=act_id, reason=job.reason)
    return act_id


def possible(db: standing.Db, verb: ActVerb, conversation_id: int) -> Account:
    """The account that would do this to a conversation's message now; raises UsageError with what stands against it."""
    now = standing.of(db, conversation_id)
    if now is None:
        raise no_conversation(conversation_id)
    account = accounts.get(db, now.account_id)
    checks.require(account, verb)
    checks.require_target(account, verb, _target(db, now, None))
    return account


def _in_force(db: standing.Db, verb: ActVerb, ids: Sequence[int]) -> dict[int, ActRow | None]:
    found: dict[int, ActRow | None] = {}
    for conversation_id in ids:
        now = standing.of(db, conversation_id)
        if now is None:
            continue
        try:
            target = _target(db, now, None)
        except UsageError:
            continue
        last = act_facts.latest(db, now.id, target.id, (verb, OPPOSITES[verb]), whoever=verb in _ON_PEOPLE)
        if last is not None and last.verb is verb:
            found[conversation_id] = last
        elif last is None and verb is ActVerb.HIDE and target.state is MessageState.HIDDEN:
            found[conversation_id] = None
    return found


def _target(db: standing.Db, now: Standing, named: int | None) -> MessageStanding:
    if named is not None:
        found = standing.message(db, named)
        if found is None or found.conversation_id != now.id:
            raise UsageError(_("There is no message {id} in this conversation.").format(id=named))
    else:
        found = standing.message(db, now.waits_message_id) or standing.newest(db, now.id, Direction.IN)
    if found is None or found.state is MessageState.REMOVED:
        raise Refused(_("There is no message of theirs left in this conversation."))
    return found
