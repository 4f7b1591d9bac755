"""The verbs that change how a conversation stands here, and nothing at the network.

Each takes any number of conversations and is one step for undo. One that cannot be changed is skipped with its
reason; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cminbox.errors import Refused
from cminbox.i18n import _
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.step import Step, change, each
from cminbox.model.base import ConversationState
from cminbox.model.filter_text import near
from cminbox.model.views import Key
from cminbox.store import filter_values, journal, standing
from cminbox.store.database import Tx
from cminbox.store.standing import Standing

Decide = Callable[[Tx, Standing], dict[str, Any]]


async def done(desk: Desk, ids: Sequence[int], *, seen: Mapping[int, int] | None = None) -> Outcome:
    """Dealt with. Where somebody waits for us, this says that no answer is needed (reviewed).

    `seen` may give, by conversation, the newest inbound message that the colleague saw: one where a newer message
    came in meanwhile is skipped, so that nothing is put away unseen.
    """
    return await _apply(desk, "done", ids, _puts_away(ConversationState.DONE, seen or {}))


async def waiting(desk: Desk, ids: Sequence[int], *, seen: Mapping[int, int] | None = None) -> Outcome:
    """It is their turn: out of the queue until they write again."""
    return await _apply(desk, "waiting", ids, _puts_away(ConversationState.WAITING, seen or {}))


async def reopen(desk: Desk, ids: Sequence[int]) -> Outcome:
    """On the table again. What a `done` declared to need no answer waits again."""

    def decide(tx: Tx, now: Standing) -> dict[str, Any]:
        if now.state is ConversationState.OPEN:
            return {}
        return {
            "state": ConversationState.OPEN.value,
            "snooze_until_ms": None,
            "reviewed_message_id": _reviewed_before(tx, now),
        }

    return await _apply(desk, "reopen", ids, decide)


async def spam(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Worthless: never waits, and what comes next does not open it."""
    return await _set(desk, "spam", ids, state=ConversationState.SPAM.value, snooze_until_ms=None)


async def star(desk: Desk, ids: Sequence[int], *, mark: bool = True) -> Outcome:
    """Put a star on it, or (`mark` False) take it off."""
    return await _set(desk, "star" if mark else "unstar", ids, star=int(mark))


async def unread(desk: Desk, ids: Sequence[int], *, mark: bool = True) -> Outcome:
    """Mark as unread, or (`mark` False) as read; a step of its own, unlike `read`."""
    return await _set(desk, "unread" if mark else "read", ids, unread=int(mark))


async def read(desk: Desk, conversation_id: int) -> None:
    """A colleague opened it: read for everybody. No step: undo passes over it."""
    await desk.store.write(_opened, desk.by_id, conversation_id)


async def assign(desk: Desk, ids: Sequence[int], name: str) -> Outcome:
    """Give it to a colleague by name (one who has worked here before). Raises Refused for an unknown one."""
    colleague = await desk.store.read(journal.colleague, name)
    if colleague is None:
        meant = near(name, await desk.store.read(filter_values.names, Key.ASSIGNEE))
        raise Refused(
            _("Nobody called {name} has worked here yet.").format(name=name),
            _("Did you mean {name}?").format(name=meant)
            if meant
            else _("Check the spelling, or let them start cminbox once (or use --as)."),
        )
    return await _set(desk, "assign", ids, assignee=colleague)


async def take(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Take it oneself."""
    return await _set(desk, "assign", ids, assignee=desk.by_id)


async def release(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Let it go: nobody's."""
    return await _set(desk, "release", ids, assignee=None)


async def _set(desk: Desk, verb: str, ids: Sequence[int], **fields: Any) -> Outcome:
    return await _apply(desk, verb, ids, lambda _tx, _now: fields)


async def _apply(desk: Desk, verb: str, ids: Sequence[int], decide: Decide) -> Outcome:
    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        return step.enter(now, decide(step.tx, now)), None

    return await desk.store.write(each, verb, desk.by_id, ids, do)


def _puts_away(state: ConversationState, seen: Mapping[int, int]) -> Decide:
    def decide(tx: Tx, now: Standing) -> dict[str, Any]:
        newest = standing.newest_inbound(tx.db, now.id)
        if now.id in seen and newest is not None and newest > seen[now.id]:
            raise Refused(_("A new message came in; look at it first."))
        fields: dict[str, Any] = {"state": state.value, "snooze_until_ms": None}
        if now.waits_ms is not None and newest is not None:
            fields["reviewed_message_id"] = newest
        return fields

    return decide


def _reviewed_before(tx: Tx, now: Standing) -> int:
    """Up to where messages were reviewed before the verb that put the conversation away."""
    for entry in reversed(journal.of_conversation(tx.db, now.id)):
        if entry.counts and entry.after.get("reviewed_message_id") == now.reviewed_message_id:
            return int(entry.before["reviewed_message_id"])
    return now.reviewed_message_id


def _opened(tx: Tx, by: int, conversation_id: int) -> None:
    now = standing.of(tx.db, conversation_id)
    if now is not None and now.unread:
        before = change(tx, now.id, {"unread": 0})
        journal.write(tx, "read", by, now.id, before=before, after={"unread": 0})
