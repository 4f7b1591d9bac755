"""Taking an act back, and doing it again: recalled while it has not left, countered once it was sent."""

from __future__ import annotations

from dataclasses import dataclass

from cminbox.config.settings import Settings
from cminbox.errors import Refused
from cminbox.i18n import _
from cminbox.inbox import acts, checks
from cminbox.inbox.desk import abilities_of
from cminbox.model.base import SITE_VERBS, ActState, ActVerb, Audience, MessageState
from cminbox.model.rows import ActRow
from cminbox.store import accounts, act_facts, automatic, outbox, rules, spacing, standing, templates
from cminbox.store.database import Tx
from cminbox.store.journal import Entry

UNSENT = (ActState.HELD, ActState.QUEUED, ActState.REVIEW, ActState.FAILED)
"""Where an act stands that can still be recalled."""

REWRITE = "rewrite"
"""The verb that deletes a reply of ours and gives its text back as a draft."""

APPROVALS = ("approve", "retry")
"""The verbs that let go an act which already was there."""

_COUNTERS = {
    ActVerb.LIKE: ActVerb.UNLIKE,
    ActVerb.UNLIKE: ActVerb.LIKE,
    ActVerb.HIDE: ActVerb.UNHIDE,
    ActVerb.UNHIDE: ActVerb.HIDE,
    ActVerb.MUTE: ActVerb.UNMUTE,
    ActVerb.UNMUTE: ActVerb.MUTE,
    ActVerb.BLOCK: ActVerb.UNBLOCK,
    ActVerb.UNBLOCK: ActVerb.BLOCK,
    ActVerb.SPAM: ActVerb.UNSPAM,
    ActVerb.UNSPAM: ActVerb.SPAM,
    ActVerb.DELETE: ActVerb.RESTORE,
    ActVerb.RESTORE: ActVerb.DELETE,
    ActVerb.REPLY: ActVerb.DELETE,
    ActVerb.PRIVATE_REPLY: ActVerb.DELETE,
    ActVerb.EDIT: ActVerb.EDIT,
}


class Never(Refused):
    """It happened at the network and nothing takes it back."""


@dataclass(frozen=True)
class Taken:
    """What became of the act of an entry: whether anything moved, the act that was written for it, what to say."""

    moved: bool = False
    act_id: int | None = None
    notes: tuple[str, ...] = ()


def counter_of(verb: ActVerb) -> ActVerb | None:
    """The act that takes another back at the network (an edit: another edit), or None (a report)."""
    return _COUNTERS.get(verb)


def too_late(act: ActRow) -> str:
    """Why an act cannot be recalled any more, in a sentence."""
    if act.state in (ActState.SENDING, ActState.UNCERTAIN):
        return _("It is being sent at this moment; undo again in a little while.")
    if act.state is ActState.CANCELLED:
        return _("It was taken back already.")
    return _("It was sent already.")


def take_back(tx: Tx, entry: Entry, by: int) -> Taken:
    """Take back the act of an entry. Raises Never where nothing can, Refused where it is leaving right now."""
    act = outbox.get(tx.db, entry.act_id) if entry.act_id is not None else None
    if act is None or act.state is ActState.CANCELLED:
        return Taken()
    if act.state in (ActState.SENDING, ActState.UNCERTAIN):
        raise Refused(too_late(act))
    if entry.verb in APPROVALS:
        return _hold_again(tx, act, by)
    if act.state is ActState.SENT:
        taken = _counter_edit(tx, act, by) if act.verb is ActVerb.EDIT else _counter(tx, entry, act, by)
        templates.uncount_use(tx, act.id)
        return taken
    outbox.cancel(tx, act.id, by)
    if entry.verb == REWRITE:
        _spend(tx, entry, act)
    return Taken(moved=True, notes=_give_back(tx, entry, act))


def do_again(tx: Tx, undone: Entry, entry: Entry, by: int, settings: Settings, sends: int) -> Taken:
    """Do the act of an entry again after its undo: the counter-act is recalled, or the act is written anew.

    Raises Refused where the counter-act is leaving right now, or the account cannot do it any more.
    """
    act = outbox.get(tx.db, entry.act_id) if entry.act_id is not None else None
    if act is None:
        return Taken()
    if entry.verb in APPROVALS:
        return Taken(moved=act.state is ActState.REVIEW and outbox.approve(tx, act.id, by))
    if undone.act_id not in (None, act.id):
        counter = outbox.get(tx.db, undone.act_id or 0)
        if counter is not None and counter.state in (ActState.SENDING, ActState.UNCERTAIN):
            raise Refused(too_late(counter))
        if counter is not None and counter.state in UNSENT:
            outbox.cancel(tx, counter.id, by)
            templates.count_use(tx, act.id)
            _use_up(tx, entry, act)
            return Taken(moved=True)
    elif act.state is ActState.SENT and not _removed(tx, act.result_message_id):
        return Taken()
    account = accounts.get(tx.db, act.account_id)
    checks.require(account, act.verb)
    if (target := standing.message(tx.db, act.message_id)) is not None:
        checks.require_sendable(target)
    if act.verb.is_reply and _removed(tx, act.message_id):
        raise Refused(_("The message was deleted at its network; there is nothing left to answer."))
    _use_up(tx, entry, act)
    if entry.verb == REWRITE and entry.by is not None:
        acts.give_back_draft(tx, *_draft_of(tx, act), entry.by, act.text, None)
    again = outbox.add(
        tx,
        act.conversation_id,
        act.message_id,
        act.account_id,
        act.verb,
        act.text,
        act.audience,
        entry.by or by,
        act.seen_message_id,
        acts.send_at_ms(tx.now_ms, settings, sends),
        reason=act.reason,
    )
    if act.former_text is not None:
        act_facts.keep_former(tx, again, act.former_text)
    templates.carry_over(tx, act.id, again)
    automatic.carry_over(tx, act.id, again)
    spacing.carry_over(tx, act.id, again)
    note = checks.waits_note(account)
    return Taken(moved=True, act_id=again, notes=(note,) if note else ())


def _hold_again(tx: Tx, act: ActRow, by: int) -> Taken:
    """Undo of an approval: the act waits for a person again."""
    if act.state is ActState.SENT:
        raise Never(_("It was sent already; undo again to take it back at the network."))
    if act.state is not ActState.QUEUED:
        return Taken()
    because = _("Somebody took back their consent; look at it again.")
    moved = outbox.move(tx, act.id, ActState.QUEUED, ActState.REVIEW, by=by, approved=0, error=because)
    return Taken(moved=moved)


def _counter(tx: Tx, entry: Entry, act: ActRow, by: int) -> Taken:
    """Write the act that takes a sent one back at its network."""
    verb = counter_of(act.verb)
    account = accounts.get(tx.db, act.account_id)
    if verb is None or (verb in SITE_VERBS and verb not in abilities_of(account).can):
        raise Never(_("Nothing takes this back: it happened at the network."))
    reason = checks.why_not(account, verb)
    if reason:
        raise Never(_("It was sent and cannot be taken back: {reason}").format(reason=reason))
    message_id = act.message_id
    if act.verb.is_reply:
        ours = standing.message(tx.db, act.result_message_id)
        if ours is None:
            raise Refused(_("It was sent a moment ago and did not come back yet; undo again in a little while."))
        if ours.state is MessageState.REMOVED:
            return Taken(moved=True, notes=_give_back(tx, entry, act))
        message_id = ours.id
    counter = outbox.add(
        tx, act.conversation_id, message_id, act.account_id, verb, "", act.audience, by, None, tx.now_ms
    )
    notes = _give_back(tx, entry, act)
    if act.verb.is_reply:
        notes = (_("Our reply is being deleted at {account}; its text is a draft again.").format(account=act.account),)
    return Taken(moved=True, act_id=counter, notes=notes)


def _counter_edit(tx: Tx, act: ActRow, by: int) -> Taken:
    """Write the edit that gives a message its former text back."""
    account = accounts.get(tx.db, act.account_id)
    reason = checks.why_not(account, ActVerb.EDIT)
    last = act_facts.latest(tx.db, act.conversation_id or 0, act.message_id or 0, (ActVerb.EDIT,))
    if reason:
        raise Never(_("It was sent and cannot be taken back: {reason}").format(reason=reason))
    if act.former_text is None or _removed(tx, act.message_id):
        raise Never(_("Our reply is not there any more."))
    if last is not None and last.text != act.text:  # a later edit that was undone has brought this text back
        raise Never(_("{name} edited it again since.").format(name=last.by))
    counter = outbox.add(
        tx,
        act.conversation_id,
        act.message_id,
        act.account_id,
        ActVerb.EDIT,
        act.former_text,
        act.audience,
        by,
        None,
        tx.now_ms,
    )
    act_facts.keep_former(tx, counter, act.text)
    note = _("Our reply is getting its former text back at {account}.").format(account=act.account)
    return Taken(moved=True, act_id=counter, notes=(note,))


def _removed(tx: Tx, message_id: int | None) -> bool:
    found = standing.message(tx.db, message_id)
    return found is not None and found.state is MessageState.REMOVED


def _give_back(tx: Tx, entry: Entry, act: ActRow) -> tuple[str, ...]:
    """The text of a reply is a draft of its writer's again; a rule needs none."""
    if not act.verb.is_reply or entry.by is None or entry.by == rules.actor(tx.db):
        return ()
    conversation_id, audience = _draft_of(tx, act)
    acts.give_back_draft(tx, conversation_id, audience, entry.by, act.text, act.seen_message_id)
    return (_("The text is a draft again."),)


def _use_up(tx: Tx, entry: Entry, act: ActRow) -> None:
    if act.verb.is_reply and entry.by is not None:
        conversation_id, audience = _draft_of(tx, act)
        acts.use_up_draft(tx, conversation_id, audience, entry.by, act.text)


def _draft_of(tx: Tx, act: ActRow) -> tuple[int, Audience]:
    now = standing.of(tx.db, act.conversation_id or 0)
    return (now.id if now else act.conversation_id or 0), acts.composer_audience(act.verb, act.audience)


def _spend(tx: Tx, entry: Entry, act: ActRow) -> None:
    """The text that was given back is no draft any more: the reply stays."""
    if entry.by is not None:
        acts.use_up_draft(tx, *_draft_of(tx, act), entry.by, act.text)
