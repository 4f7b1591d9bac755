"""The verbs that change how a conversation stands here, and nothing at the network.

Each takes any number of conversations and is one step for undo. One that cannot be changed is skipped with its
reason; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from cminbox.errors import Refused
from cminbox.i18n import _
from cminbox.inbox import bulk
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.step import Do, Step, change
from cminbox.model.base import ConversationState
from cminbox.model.filter_text import near
from cminbox.model.views import Key
from cminbox.store import filter_values, journal, notes, standing
from cminbox.store.database import Tx
from cminbox.store.standing import Standing

Decide = Callable[[Tx, Standing], dict[str, Any]]


async def done(desk: Desk, ids: Sequence[int], *, seen: Mapping[int, int] | None = None) -> Outcome:
    """Dealt with. Where somebody waits for us, this says that no answer is needed (reviewed).

    `seen` may give, by conversation, the newest inbound message that the colleague saw: one where a newer message
    came in meanwhile is skipped, so that nothing is put away unseen.
    """
    return await _apply(desk, "done", ids, puts_away(ConversationState.DONE, seen or {}))


async def waiting(desk: Desk, ids: Sequence[int], *, seen: Mapping[int, int] | None = None) -> Outcome:
    """It is their turn: out of the queue until they write again."""
    return await _apply(desk, "waiting", ids, puts_away(ConversationState.WAITING, seen or {}))


async def star(desk: Desk, ids: Sequence[int], *, mark: bool = True) -> Outcome:
    """Put a star on it, or (`mark` False) take it off."""
    verb = "star" if mark else "unstar"
    return await _apply(desk, verb, ids, DECIDES[verb])


async def unread(desk: Desk, ids: Sequence[int], *, mark: bool = True) -> Outcome:
    """Mark as unread, or (`mark` False) as read; a step of its own, unlike `read`."""
    verb = "unread" if mark else "read"
    return await _apply(desk, verb, ids, DECIDES[verb])


async def read(desk: Desk, conversation_id: int) -> None:
    """A colleague opened it: read for everybody, its notes read by them. No step: undo passes over it."""
    await desk.store.write(_opened, desk.by_id, conversation_id)


async def assign(desk: Desk, ids: Sequence[int], name: str) -> Outcome:
    """Give it to a colleague by name (one who has worked here before). Raises Refused for an unknown one."""
    return await _apply(desk, "assign", ids, assigns(await colleague_named(desk, name)))


async def colleague_named(desk: Desk, name: str) -> int:
    """The id of a colleague who has worked here before. Raises Refused for an unknown one."""
    colleague = await desk.store.read(journal.colleague, name)
    if colleague is None:
        meant = near(name, await desk.store.read(filter_values.names, Key.ASSIGNEE))
        raise Refused(
            _("Nobody called {name} has worked here yet.").format(name=name),
            _("Did you mean {name}?").format(name=meant)
            if meant
            else _("Check the spelling, or let them start cminbox once (or use --as)."),
        )
    return colleague


async def take(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Take it oneself."""
    return await _apply(desk, "assign", ids, assigns(desk.by_id))


async def release(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Let it go: nobody's."""
    return await _apply(desk, "release", ids, DECIDES["release"])


def assigns(colleague: int) -> Decide:
    """What giving it to a colleague (an id) changes."""
    return partial(_fields, {"assignee": colleague})


def doing(decide: Decide) -> Do:
    """What a verb that only changes fields does to one conversation, as part of a step."""

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        return step.enter(now, decide(step.tx, now)), None

    return do


async def _apply(desk: Desk, verb: str, ids: Sequence[int], decide: Decide) -> Outcome:
    return await bulk.each(desk, verb, ids, doing(decide))


def _fields(fields: dict[str, Any], _tx: Tx, _now: Standing) -> dict[str, Any]:
    return dict(fields)


def _reopens(tx: Tx, now: Standing) -> dict[str, Any]:
    if now.state is ConversationState.OPEN:
        return {}
    return {
        "state": ConversationState.OPEN.value,
        "snooze_until_ms": None,
        "reviewed_message_id": _reviewed_before(tx, now),
    }


def puts_away(state: ConversationState, seen: Mapping[int, int]) -> Decide:
    """What putting it away as done or waiting changes; refused where more came in than was `seen`."""

    def decide(tx: Tx, now: Standing) -> dict[str, Any]:
        newest = standing.newest_inbound(tx.db, now.id)
        if now.id in seen and (standing.newest_there(tx.db, now.id) or 0) > seen[now.id]:
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
    if now is not None:
        notes.opened(tx, now.id, by)
    if now is not None and now.unread:
        before = change(tx, now.id, {"unread": 0})
        journal.write(tx, "read", by, now.id, before=before, after={"unread": 0})


DECIDES: Mapping[str, Decide] = {
    "done": puts_away(ConversationState.DONE, {}),
    "waiting": puts_away(ConversationState.WAITING, {}),
    "reopen": _reopens,
    "spam": partial(_fields, {"state": ConversationState.SPAM.value, "snooze_until_ms": None}),
    "star": partial(_fields, {"star": 1}),
    "unstar": partial(_fields, {"star": 0}),
    "unread": partial(_fields, {"unread": 1}),
    "read": partial(_fields, {"unread": 0}),
    "release": partial(_fields, {"assignee": None}),
}
"""What the verbs that need no value change, by name."""
