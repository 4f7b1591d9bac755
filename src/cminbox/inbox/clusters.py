"""Waves: what many people ask in almost the same words, put away or answered as one.

A wave is opened (`members`), some are taken out of it (`drop`), and the rest is put away (`done_all`) or answered
(`answer_all`) in one step, which undo takes back as one. Only what the wave shows is dealt with: a conversation in
which more came in since is skipped, with the reason.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.inbox import bulk, planning, replies, templates
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.planning import Planned, Wording
from cminbox.inbox.step import Enough, Step
from cminbox.inbox.triage import done
from cminbox.model.rows import PageKey
from cminbox.model.views import Page
from cminbox.store import clusters as store
from cminbox.store import queue, standing, waves
from cminbox.store.database import Tx
from cminbox.store.standing import Standing
from cminbox.store.waves import Member, WaveRow

PAGE = 200


@dataclass(frozen=True)
class Ready:
    """The answer that stands ready for somebody who joined a wave late. It is never sent by itself."""

    text: str
    template: int | None


async def clusters(desk: Desk, *, at_least: int = 2, limit: int = 0) -> list[WaveRow]:
    """The waves, the largest first; `limit` 0: all."""
    return await desk.store.read(waves.largest, at_least, limit)


async def get(desk: Desk, cluster_id: int) -> WaveRow:
    """One wave. Raises UsageError where there is none (any more)."""
    found = await desk.store.read(waves.get, cluster_id)
    if found is None:
        raise _unknown(cluster_id)
    return found


async def conversations(desk: Desk, cluster_id: int) -> list[int]:
    """The conversations of a wave, who waits longest first."""
    return [one.conversation_id for one, _ms in await desk.store.read(waves.members, cluster_id)]


async def members(desk: Desk, cluster_id: int, limit: int = PAGE, after: PageKey | None = None) -> Page:
    """The rows of a wave, who waits longest first, behind `after`."""
    return await desk.store.read(_members, cluster_id, limit, after)


async def drop(desk: Desk, ids: Sequence[int]) -> Outcome:
    """Take conversations out of their waves: what waits in them is answered by itself. One step for undo."""

    def do(step: Step, now: Standing) -> tuple[bool, int | None]:
        if waves.of_conversation(step.tx.db, now.id) is None:
            return False, None
        return step.enter(now, {"apart_message_id": now.waits_message_id}), None

    return await bulk.each(desk, "drop", ids, do)


async def done_all(desk: Desk, cluster_id: int) -> Outcome:
    """Put a whole wave away: it needs no answer. One step for undo. Raises UsageError where there is none."""
    found = await _all_of(desk, cluster_id)
    return await done(
        desk, [one.conversation_id for one in found], seen={one.conversation_id: one.message_id for one in found}
    )


async def plan_all(desk: Desk, cluster_id: int, wording: Wording, *, private: bool = False) -> list[Planned]:
    """What `answer_all` would write, conversation by conversation, and what it would skip and why. Writes nothing."""
    found = await _all_of(desk, cluster_id)
    ids = [one.conversation_id for one in found]
    return await planning.plan(desk, ids, wording, private=private, allow=_allowed(cluster_id, found))


async def answer_all(desk: Desk, cluster_id: int, wording: Wording, *, private: bool = False) -> Outcome:
    """Answer a whole wave as one step for undo, through the outbox like any answer.

    Public answers take turns among the wording's texts, leave some time apart at each account, and are no more alike
    than their network allows. What cannot be answered is skipped, with the reason; above 25 the hold is a minute
    (settings `sending`). Raises UsageError where there is no such wave.
    """
    found = await _all_of(desk, cluster_id)
    texts, failed = await planning.said(desk, [one.conversation_id for one in found], wording, private=private)
    job = planning.job(desk, texts, wording, private=private, allow=_allowed(cluster_id, found))
    outcome = await bulk.run(desk, texts, partial(_answer, job, cluster_id))
    return replace(outcome, skipped=(*failed, *outcome.skipped))


async def ready(desk: Desk, conversation_id: int) -> Ready | None:
    """The answer of its wave for a conversation that joined after it; None where there is none.

    Raises UsageError where its template cannot be filled for this person.
    """
    cluster_id = await desk.store.read(waves.of_conversation, conversation_id)
    wave = await desk.store.read(waves.get, cluster_id) if cluster_id is not None else None
    if wave is None or wave.answered_batch is None:
        return None
    texts = await desk.store.read(waves.answer_texts, wave)
    if not texts:
        return None
    if wave.template is None:
        return Ready(texts[0], None)
    found = await templates.preview(desk, wave.template, conversation_id, turn=wave.size - 1)
    return Ready(found.text, wave.template)


async def _all_of(desk: Desk, cluster_id: int) -> list[Member]:
    found = await desk.store.read(waves.members, cluster_id)
    if not found:
        raise _unknown(cluster_id)
    return [one for one, _ms in found]


def _allowed(cluster_id: int, members_: Sequence[Member]) -> planning.Allow:
    return partial(_as_shown, cluster_id, {one.conversation_id: one for one in members_})


def _as_shown(cluster_id: int, shown: Mapping[int, Member], db: standing.Db, conversation_id: int) -> None:
    """Raise Refused where a conversation is not (any more) what its wave shows."""
    one = shown[conversation_id]
    if not waves.is_member(db, cluster_id, one):
        raise Refused(_("It is not in this wave any more."))
    newest = standing.newest_there(db, conversation_id)
    if newest is not None and newest > one.message_id:
        raise Refused(_("A new message came in; look at it first."))


def _answer(job: replies.Job, cluster_id: int, tx: Tx, ids: Sequence[int], batch: int, enough: Enough) -> Outcome:
    outcome = replies.write(tx, job, ids, batch, enough)
    if outcome.act is not None:
        store.answered(tx, cluster_id, outcome.batch, job.by, job.template)
    return outcome


def _members(db: sqlite3.Connection, cluster_id: int, limit: int, after: PageKey | None) -> Page:
    places = {one.conversation_id: at_ms for one, at_ms in waves.members(db, cluster_id, limit, after)}
    rows = queue.rows(db, places)
    return Page(row.model_copy(update={"sort_ms": places[row.id]}) for row in rows)


def _unknown(cluster_id: int) -> UsageError:
    return UsageError(_("There is no wave {id} (any more).").format(id=cluster_id))
