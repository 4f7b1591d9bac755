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
from cminbox.inbox import acts, checks
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.step import Step, each
from cminbox.model.base import ActVerb, Direction, MessageState
from cminbox.store import accounts, outbox, standing
from cminbox.store.standing import MessageStanding, Standing

VERBS = (
    *(ActVerb.LIKE, ActVerb.UNLIKE, ActVerb.HIDE, ActVerb.UNHIDE, ActVerb.DELETE),
    *(ActVerb.MUTE, ActVerb.UNMUTE, ActVerb.BLOCK, ActVerb.UNBLOCK, ActVerb.REPORT),
)
"""What `act` does. Replies have a module of their own."""


@dataclass(frozen=True)
class _Job:
    by: int
    settings: Settings
    verb: ActVerb
    message: int | None
    reason: str | None
    many: int


async def act(
    desk: Desk, verb: ActVerb, ids: Sequence[int], *, message: int | None = None, reason: str | None = None
) -> Outcome:
    """Do `verb` at the network to one message of each conversation: `message`, else the one that waits, else the newest
    of theirs. One step for undo. What an account cannot do is skipped, with the reason.
    """
    if verb not in VERBS:
        raise UsageError(_("{verb} is not something to do with a message.").format(verb=verb))
    job = _Job(desk.by_id, desk.settings, verb, message, reason, len(set(ids)))

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        return True, _write(step, now, job)

    return await desk.store.write(each, verb.value, desk.by_id, ids, do)


async def like(desk: Desk, ids: Sequence[int], *, mark: bool = True) -> Outcome:
    """Like their message, or (`mark` False) take the like back."""
    return await act(desk, ActVerb.LIKE if mark else ActVerb.UNLIKE, ids)


async def hide(desk: Desk, ids: Sequence[int], *, mark: bool = True, reason: str | None = None) -> Outcome:
    """Hide their message from others, or (`mark` False) show it again."""
    return await act(desk, ActVerb.HIDE if mark else ActVerb.UNHIDE, ids, reason=reason)


async def delete(desk: Desk, ids: Sequence[int], *, message: int | None = None, reason: str | None = None) -> Outcome:
    """Delete a message at its network, for good."""
    return await act(desk, ActVerb.DELETE, ids, message=message, reason=reason)


async def mute(desk: Desk, ids: Sequence[int], *, mark: bool = True) -> Outcome:
    """Mute the person, or (`mark` False) hear them again."""
    return await act(desk, ActVerb.MUTE if mark else ActVerb.UNMUTE, ids)


async def block(desk: Desk, ids: Sequence[int], *, mark: bool = True, reason: str | None = None) -> Outcome:
    """Block the person, or (`mark` False) let them back in."""
    return await act(desk, ActVerb.BLOCK if mark else ActVerb.UNBLOCK, ids, reason=reason)


async def report(desk: Desk, ids: Sequence[int], *, reason: str | None = None) -> Outcome:
    """Report their message to the network."""
    return await act(desk, ActVerb.REPORT, ids, reason=reason)


def _write(step: Step, now: Standing, job: _Job) -> int:
    account = accounts.get(step.tx.db, now.account_id)
    checks.require(account, job.verb)
    target = _target(step, now, job.message)
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
    step.enter(now, {}, message_id=target.id, act_id=act_id)
    return act_id


def _target(step: Step, now: Standing, named: int | None) -> MessageStanding:
    db = step.tx.db
    if named is not None:
        found = standing.message(db, named)
        if found is None or found.conversation_id != now.id:
            raise UsageError(_("There is no message {id} in this conversation.").format(id=named))
    else:
        found = standing.message(db, now.waits_message_id) or standing.newest(db, now.id, Direction.IN)
    if found is None or found.state is MessageState.REMOVED:
        raise Refused(_("There is no message of theirs left in this conversation."))
    return found
