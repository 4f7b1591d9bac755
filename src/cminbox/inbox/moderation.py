"""Sites that we moderate ourselves: approving what waits for it, and spam that is called so at the site too."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.errors import Refused
from cminbox.i18n import _
from cminbox.inbox import acts, bulk, remote
from cminbox.inbox.desk import Desk, abilities_of
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.step import Do, Step
from cminbox.inbox.takeback import UNSENT
from cminbox.inbox.triage import DECIDES
from cminbox.model.base import ActVerb, ConversationState, Direction, MessageState
from cminbox.model.reasons import Reason
from cminbox.store import accounts, act_facts, outbox, standing
from cminbox.store.standing import MessageStanding, Standing

ONLY_HERE = "here"
"""The value of an account's setting `spam` that keeps it from telling its site."""

_VERBS = (ActVerb.SPAM, ActVerb.UNSPAM)


async def approve(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Let the message of each conversation that waits for approval appear (one of them a conversation).

    What nobody keeps back is skipped and says so.
    """

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        waiting = standing.waits_for_approval(step.tx.db, now.id)
        if waiting is None:
            raise Refused(_("Nothing here waits for approval."))
        show = remote.doing(desk, ActVerb.UNHIDE, len(set(ids)), message=waiting)
        return show(step, now)

    return await bulk.each(desk, ActVerb.UNHIDE.value, ids, do)


async def spam(desk: Desk, ids: Sequence[int], *, reason: Reason | None = None) -> Outcome:
    """Worthless: never waits, and what comes next does not open it.

    Where the account's site knows spam (and its setting `spam` is not "here"), their message is called so there too, by
    by an act that undo takes back with the rest.
    """
    return await bulk.each(desk, "spam", ids, spamming(desk, len(set(ids)), reason))


def spamming(desk: Desk, many: int, reason: Reason | None = None) -> Do:
    """What `spam` does to one of `many` conversations, as part of a step."""

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        target = standing.message(step.tx.db, now.waits_message_id)
        target = target or standing.newest(step.tx.db, now.id, Direction.IN)
        act_id = None
        there = target is not None and target.state is not MessageState.REMOVED and now.id == target.conversation_id
        if target is not None and there and now.state is not ConversationState.SPAM and _tells(step, now):
            act_id = _write(desk, step, now, target, ActVerb.SPAM, many)
        fields = DECIDES["spam"](step.tx, now)
        message_id = target.id if act_id is not None and target is not None else None
        return step.enter(now, fields, message_id=message_id, act_id=act_id, reason=reason), act_id

    return do


async def reopen(desk: Desk, ids: Sequence[int]) -> Outcome:
    """On the table again. What a `done` declared to need no answer waits again, and what was called spam at its site
    because of us is that no more there.
    """
    return await bulk.each(desk, "reopen", ids, reopening(desk, len(set(ids))))


def reopening(desk: Desk, many: int) -> Do:
    """What `reopen` does to one of `many` conversations, as part of a step."""

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        fields = DECIDES["reopen"](step.tx, now)
        act_id = message_id = None
        target = standing.newest(step.tx.db, now.id, Direction.IN)
        if now.state is ConversationState.SPAM and target is not None:
            last = act_facts.latest(step.tx.db, now.id, target.id, _VERBS)
            if last is not None and last.verb is ActVerb.SPAM and last.state in UNSENT:
                outbox.cancel(step.tx, last.id, desk.by_id)
            elif last is not None and last.verb is ActVerb.SPAM:
                message_id = target.id
                act_id = _write(desk, step, now, target, ActVerb.UNSPAM, many)
        return step.enter(now, fields, message_id=message_id, act_id=act_id), act_id

    return do


def _tells(step: Step, now: Standing) -> bool:
    account = accounts.get(step.tx.db, now.account_id)
    return ActVerb.SPAM in abilities_of(account).can and account.settings.get("spam") != ONLY_HERE


def _write(desk: Desk, step: Step, now: Standing, target: MessageStanding, verb: ActVerb, many: int) -> int:
    send_at_ms = acts.send_at_ms(step.tx.now_ms, desk.settings, many)
    return outbox.add(
        step.tx, now.id, target.id, now.account_id, verb, "", target.audience, desk.by_id, None, send_at_ms
    )
