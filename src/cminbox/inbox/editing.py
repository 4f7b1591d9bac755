"""Changing a reply that was sent: edited where the network lets, else deleted with its text given back as a draft.

Both go through the outbox like a reply, with its hold. Undo recalls an edit that has not left, and sends one back to
the former text for one that has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from cminbox.clock import Clock, from_ms
from cminbox.errors import Refused, Unable, UsageError
from cminbox.i18n import _
from cminbox.inbox import acts, bulk, checks
from cminbox.inbox.desk import Desk, abilities_of
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.step import Step, line, no_conversation
from cminbox.inbox.takeback import REWRITE, UNSENT
from cminbox.model.accounts import Account
from cminbox.model.base import ActVerb, Audience, ConversationState, Direction, MessageState
from cminbox.store import accounts, act_facts, messages, outbox, standing
from cminbox.store.database import Tx
from cminbox.store.standing import MessageStanding, Standing
from cminbox.text import storable


@dataclass(frozen=True)
class Editable:
    """A reply of ours that can be changed: in its place (`edits`), else deleted and written anew.

    `why_not` says why it cannot be edited in its place, where it cannot. `text` is its text now, raw.
    """

    conversation: int
    message: int
    account: Account
    audience: Audience
    text: str
    edits: bool
    why_not: str = ""


async def editable(desk: Desk, conversation_id: int, *, act: int | None = None, message: int | None = None) -> Editable:
    """Our newest message of a conversation (or the `message`, or the one that an `act` made), with what can be done.

    Raises UsageError for what is not there, Refused where nothing was sent, Unable where the network allows neither.
    """
    return await desk.store.read(_editable, desk.clock, conversation_id, act, message)


async def edit(
    desk: Desk, conversation_id: int, text: str, *, act: int | None = None, message: int | None = None
) -> Outcome:
    """Give a sent reply another text, as one step. Raises as `editable`, and UsageError for a text that cannot be."""
    return await desk.store.write(_edit, desk, conversation_id, storable(text).rstrip(), act, message)


async def rewrite(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Delete our newest message of each conversation and give its text back as my draft, as one step.

    The conversations are open again. Once deleted at its network, nothing brings it back but sending the draft.
    """

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        what = _editable(step.tx.db, desk.clock, now.id)
        checks.require(what.account, ActVerb.DELETE)
        act_id = _add(step.tx, desk, what, ActVerb.DELETE, what.text, len(set(ids)))
        audience = acts.composer_audience(ActVerb.REPLY, what.audience)
        acts.give_back_draft(step.tx, now.id, audience, desk.by_id, what.text, None)
        fields = {"state": ConversationState.OPEN.value, "snooze_until_ms": None}
        return step.enter(now, fields, message_id=what.message, act_id=act_id), act_id

    return await bulk.each(desk, REWRITE, ids, do)


def _editable(
    db: standing.Db, clock: Clock, conversation_id: int, act: int | None = None, message: int | None = None
) -> Editable:
    now = standing.of(db, conversation_id)
    if now is None:
        raise no_conversation(conversation_id)
    ours = _ours(db, now, act, message)
    account = accounts.get(db, ours.account_id)
    why = checks.why_not(account, ActVerb.EDIT) or _too_late(account, ours, clock)
    if why and (also := checks.why_not(account, ActVerb.DELETE)):
        raise Unable(why, also)
    (row,) = messages.get_rows(db, [ours.id], whole=True)
    return Editable(ours.conversation_id or now.id, ours.id, account, ours.audience, row.text, not why, why)


def _ours(db: standing.Db, now: Standing, act: int | None, message: int | None) -> MessageStanding:
    if message is not None:
        found = standing.message(db, message)
        if found is None or not found.by_us or found.audience is Audience.NOTE:
            raise UsageError(_("Message {id} is no reply of ours.").format(id=message))
    elif act is not None:
        row = outbox.get(db, act)
        if row is None or not row.verb.is_reply:
            raise UsageError(_("Act {id} is no reply.").format(id=act))
        found = standing.message(db, row.result_message_id)
        if found is None:
            raise Refused(_("This reply has not left, or did not come back yet."), _("Undo takes back what is held."))
    else:
        found = standing.newest(db, now.id, Direction.OUT)
    if found is not None and found.state is MessageState.REMOVED:
        raise Refused(_("Our reply is not there any more."))
    if found is None:
        held = any(each.verb.is_reply and each.state in UNSENT for each in outbox.of_conversation(db, now.id))
        cure = _("The reply has not left yet; undo takes it back as a draft.") if held else ""
        raise Refused(_("Nothing of ours was sent in this conversation."), cure)
    return found


def _too_late(account: Account, ours: MessageStanding, clock: Clock) -> str:
    window_s = abilities_of(account).edit_window_s
    if window_s is None or ours.created_ms is None:
        return ""
    closed = from_ms(ours.created_ms) + timedelta(seconds=window_s)
    if clock.now() < closed:
        return ""
    when = f"{closed:%Y-%m-%d %H:%M}"
    return _("{network} let this be edited until {when} UTC only.").format(network=account.network, when=when)


def _edit(tx: Tx, desk: Desk, conversation_id: int, text: str, act: int | None, message: int | None) -> Outcome:
    what = _editable(tx.db, desk.clock, conversation_id, act, message)
    if not what.edits:
        raise Unable(what.why_not, _("Delete it and write it anew."))
    checks.fits(what.account, text, private=what.audience.is_private)
    if text == what.text.rstrip():
        raise UsageError(_("Nothing was changed."))
    act_id = _add(tx, desk, what, ActVerb.EDIT, text)
    act_facts.keep_former(tx, act_id, what.text)
    now = standing.of(tx.db, what.conversation)
    if now is None:
        raise no_conversation(what.conversation)
    step = Step(tx, ActVerb.EDIT.value, desk.by_id)
    step.enter(now, {}, message_id=what.message, act_id=act_id)
    note = checks.waits_note(what.account)
    return Outcome(step.verb, (line(tx, now.id, act_id),), notes=(note,) if note else (), batch=step.batch)


def _add(tx: Tx, desk: Desk, what: Editable, verb: ActVerb, text: str, many: int = 1) -> int:
    return outbox.add(
        tx,
        what.conversation,
        what.message,
        what.account.id,
        verb,
        text,
        what.audience,
        desk.by_id,
        None,
        acts.send_at_ms(tx.now_ms, desk.settings, many),
    )
