"""Waves: what many people ask in almost the same words, put away or answered as one.

A wave is opened (`members`), some are taken out of it (`drop`), and the rest is put away (`done_all`) or answered
(`answer_all`) in one step, which undo takes back as one. Only what the wave shows is dealt with: a conversation in
which more came in since is skipped, with the reason.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from cminbox.errors import Refused, UsageError
from cminbox.i18n import _
from cminbox.inbox import replies, templates
from cminbox.inbox.checks import Length
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import Line, Outcome
from cminbox.inbox.pacing import Pace
from cminbox.inbox.step import Step, each
from cminbox.inbox.triage import done
from cminbox.model.accounts import Account
from cminbox.model.base import Audience
from cminbox.model.rows import PageKey
from cminbox.model.views import Page
from cminbox.store import clusters as store
from cminbox.store import journal, queue, standing, waves
from cminbox.store.database import Tx
from cminbox.store.standing import Standing
from cminbox.store.waves import Member, WaveRow
from cminbox.text import storable

PAGE = 200


@dataclass(frozen=True)
class Wording:
    """What a wave is answered with: `texts` that take turns, or a template with the answers to its questions.

    A template's variables are each person's, and its equal variants take turns.
    """

    texts: tuple[str, ...] = ()
    template: int | None = None
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Planned:
    """What one conversation of a wave would be answered. `error` says why it would not; the rest is then empty."""

    conversation: int
    text: str = ""
    account: Account | None = None
    audience: Audience | None = None
    person: str = ""
    length: Length | None = None
    error: str = ""


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

    return await desk.store.write(each, "drop", desk.by_id, ids, do)


async def done_all(desk: Desk, cluster_id: int) -> Outcome:
    """Put a whole wave away: it needs no answer. One step for undo. Raises UsageError where there is none."""
    found = await _all_of(desk, cluster_id)
    return await done(
        desk, [one.conversation_id for one in found], seen={one.conversation_id: one.message_id for one in found}
    )


async def plan_all(desk: Desk, cluster_id: int, wording: Wording, *, private: bool = False) -> list[Planned]:
    """What `answer_all` would write, conversation by conversation, and what it would skip and why. Writes nothing."""
    found = await _all_of(desk, cluster_id)
    texts, failed = await _texts(desk, found, wording, private)
    planned = await desk.store.read(_plans, _job(desk, cluster_id, found, texts, wording, private))
    lines = {line.conversation: Planned(line.conversation, error=line.error) for line in failed} | planned
    return [lines[one.conversation_id] for one in found]


async def answer_all(desk: Desk, cluster_id: int, wording: Wording, *, private: bool = False) -> Outcome:
    """Answer a whole wave as one step for undo, through the outbox like any answer.

    Public answers take turns among the wording's texts, leave some time apart at each account, and are no more alike
    than their network allows. What cannot be answered is skipped, with the reason; above 25 the hold is a minute
    (settings `sending`). Raises UsageError where there is no such wave.
    """
    found = await _all_of(desk, cluster_id)
    texts, failed = await _texts(desk, found, wording, private)
    job = _job(desk, cluster_id, found, texts, wording, private)
    outcome = await desk.store.write(_answer, job, cluster_id, list(texts))
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


async def _texts(
    desk: Desk, members_: Sequence[Member], wording: Wording, private: bool
) -> tuple[dict[int, str], list[Line]]:
    """The text for each conversation, in turns; and those for which the template cannot be filled."""
    if wording.template is None:
        if not wording.texts:
            raise UsageError(_("There is nothing to send: the text is empty."))
        return {one.conversation_id: wording.texts[n % len(wording.texts)] for n, one in enumerate(members_)}, []
    texts: dict[int, str] = {}
    failed: list[Line] = []
    for one in members_:
        try:
            found = await templates.preview(
                desk, wording.template, one.conversation_id, wording.answers, private=private, turn=len(texts)
            )
            templates.require_filled(found)
            texts[one.conversation_id] = found.text
        except UsageError as error:
            now = await desk.store.read(standing.of, one.conversation_id)
            failed.append(Line(one.conversation_id, now.state if now else None, error=str(error)))
    return texts, failed


def _job(
    desk: Desk, cluster_id: int, members_: Sequence[Member], texts: Mapping[int, str], wording: Wording, private: bool
) -> replies.Job:
    return replies.Job(
        by=desk.by_id,
        clock=desk.clock,
        settings=desk.settings,
        texts=texts,
        private=private,
        to_message=None,
        seen=None,
        single=False,
        template=wording.template,
        pace=Pace(),
        allow=partial(_as_shown, cluster_id, {one.conversation_id: one for one in members_}),
    )


def _as_shown(cluster_id: int, shown: Mapping[int, Member], db: standing.Db, conversation_id: int) -> None:
    """Raise Refused where a conversation is not (any more) what its wave shows."""
    one = shown[conversation_id]
    if not waves.is_member(db, cluster_id, one):
        raise Refused(_("It is not in this wave any more."))
    newest = standing.newest_inbound(db, conversation_id)
    if newest is not None and newest > one.message_id:
        raise Refused(_("A new message came in; look at it first."))


def _answer(tx: Tx, job: replies.Job, cluster_id: int, ids: Sequence[int]) -> Outcome:
    outcome = replies.write(tx, job, ids)
    entry = journal.of_act(tx.db, outcome.act) if outcome.act is not None else None
    if entry is not None and entry.batch is not None:
        store.answered(tx, cluster_id, entry.batch, job.by, job.template)
    return outcome


def _plans(db: sqlite3.Connection, job: replies.Job) -> dict[int, Planned]:
    found: dict[int, Planned] = {}
    for conversation_id, text in job.texts.items():
        try:
            what = replies.plan_in(db, job, conversation_id, storable(text).rstrip())
        except UsageError as error:
            found[conversation_id] = Planned(conversation_id, error=str(error))
        else:
            found[conversation_id] = Planned(
                conversation_id, text, what.account, what.audience, what.person, what.length
            )
    return found


def _members(db: sqlite3.Connection, cluster_id: int, limit: int, after: PageKey | None) -> Page:
    places = {one.conversation_id: at_ms for one, at_ms in waves.members(db, cluster_id, limit, after)}
    rows = queue.rows(db, places)
    return Page(row.model_copy(update={"sort_ms": places[row.id]}) for row in rows)


def _unknown(cluster_id: int) -> UsageError:
    return UsageError(_("There is no wave {id} (any more).").format(id=cluster_id))
