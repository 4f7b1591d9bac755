"""Verbs on very many conversations: in pieces, one step, stopped, killed and taken back."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.inbox.office import Office

from cminbox.clock import to_ms
from cminbox.errors import Refused
from cminbox.inbox import bulk, matching, moderation, notes, remote, replies, snooze, tags, templates, triage, undo
from cminbox.inbox.bulk import Course
from cminbox.inbox.desk import Desk
from cminbox.inbox.outcome import summary
from cminbox.inbox.template_keeping import add
from cminbox.model.base import ActState, ActVerb, ConversationState
from cminbox.model.templates import Variant, Written
from cminbox.model.views import Filter
from cminbox.store import accounts, clusters, counters, journal, outbox
from cminbox.store.database import Tx

DONE, OPEN = ConversationState.DONE, ConversationState.OPEN
PROCESS = Path(__file__).with_name("bulk_process.py")


async def crowd(office: Office, n: int) -> list[int]:
    return [await office.arrive(f"k{i}", f"p{i}", f"question {i} about my parcel") for i in range(n)]


async def states(office: Office, ids: list[int]) -> list[ConversationState]:
    return [(await office.stands(one)).state for one in ids]


async def steps(office: Office, verb: str) -> set[int | None]:
    """The steps of the journal with entries of a verb."""
    entries = await office.store.read(journal.latest, 10_000)
    return {entry.batch for entry in entries if entry.verb == verb}


class Watched:
    """A desk whose long runs are told here. `stop_at`: stopped once so many are done."""

    def __init__(self, desk: Desk, most: int = 3, stop_at: int = 0) -> None:
        self.told: list[tuple[int, int]] = []
        self.stop_at = stop_at
        self.course = Course(self.tell, most=most)
        self.desk = replace(desk, course=self.course)

    def tell(self, done: int, total: int) -> None:
        self.told.append((done, total))
        if self.stop_at and done >= self.stop_at:
            self.course.stop()


class Counting:
    """Counts the transactions of a store."""

    def __init__(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        self.n = self.durable = 0

        def counted(real, durable: int):  # type: ignore[no-untyped-def]
            async def call(*args, **more):  # type: ignore[no-untyped-def]
                self.n += 1
                self.durable += durable
                return await real(*args, **more)

            return call

        store = type(office.store)
        monkeypatch.setattr(office.store, "write", counted(store.write.__get__(office.store), 1))
        monkeypatch.setattr(office.store, "ingest", counted(store.ingest.__get__(office.store), 0))


async def test_a_small_set_is_one_transaction(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    lea, ids = await office.desk(), await crowd(office, 5)
    count = Counting(office, monkeypatch)
    await triage.done(lea, ids)
    assert count.n == 1
    await undo.undo(lea)
    assert count.n == 2


async def test_a_large_one_goes_in_pieces_of_one_step(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    lea, ids = await office.desk(), await crowd(office, 8)
    count = Counting(office, monkeypatch)
    watched = Watched(lea)
    outcome = await triage.done(watched.desk, ids)
    assert (count.n, count.durable) == (3, 1), "the last one flushes what came before"
    assert watched.told == [(3, 8), (6, 8)]
    assert [line.conversation for line in outcome.changed] == ids
    assert await steps(office, "done") == {outcome.batch}
    back = await undo.undo(lea)
    assert [line.conversation for line in back.changed] == ids
    assert await states(office, ids) == [OPEN] * 8


async def test_a_transaction_is_closed_once_it_lasted_long_enough(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 6)
    asked = iter([False, False, True])
    outcome = await office.store.write(
        bulk.each_in,
        "star",
        lea.by_id,
        ids,
        lambda step, now: (step.enter(now, {"star": 1}), None),
        0,
        lambda: next(asked),
    )
    assert [line.conversation for line in outcome.lines] == ids[:3]


async def test_what_is_stopped_leaves_the_rest_and_undo_takes_back_what_was_done(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 9)
    watched = Watched(lea, stop_at=6)
    outcome = await triage.done(watched.desk, ids)
    assert (len(outcome.changed), outcome.left) == (6, 3)
    assert await states(office, ids) == [DONE] * 6 + [OPEN] * 3
    assert len((await undo.undo(lea)).changed) == 6
    assert await states(office, ids) == [OPEN] * 9
    assert len((await undo.redo(lea)).changed) == 6


async def test_an_undo_that_was_stopped_is_ended_by_the_next_and_redone_as_one(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 9)
    await triage.done(Watched(lea).desk, ids)
    half = Watched(lea, stop_at=3)
    outcome = await undo.undo(half.desk)
    assert (len(outcome.changed), outcome.left) == (3, 6)
    assert half.told == [(3, 9)]
    assert await states(office, ids) == [DONE] * 6 + [OPEN] * 3
    assert len((await undo.undo(lea)).changed) == 6
    assert await states(office, ids) == [OPEN] * 9
    assert len((await undo.redo(Watched(lea).desk)).changed) == 9
    assert await states(office, ids) == [DONE] * 9
    assert len((await undo.undo(lea)).changed) == 9
    with pytest.raises(Refused, match="nothing to undo"):
        await undo.undo(lea)


async def test_the_rest_of_an_undo_does_not_join_it_over_another_verb(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 6)
    await triage.done(Watched(lea).desk, ids)
    await undo.undo(Watched(lea, stop_at=3).desk)
    await triage.star(lea, ids[:1])
    await undo.undo(lea)
    await undo.undo(lea)
    assert await states(office, ids) == [OPEN] * 6
    assert summary(await undo.redo(lea)) == "3 redone"


async def test_a_redo_that_was_stopped_goes_on(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 6)
    await triage.done(lea, ids)
    await undo.undo(lea)
    assert (await undo.redo(Watched(lea, stop_at=3).desk)).left == 3
    assert await states(office, ids) == [DONE] * 3 + [OPEN] * 3
    assert summary(await undo.redo(lea)) == "3 redone"
    assert summary(await undo.undo(lea)) == "6 undone"


async def test_several_verbs_on_one_course_are_one_step(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 4)
    desk = replace(lea, course=Course(most=3))
    await tags.tag(desk, ids, "vip")
    await triage.done(desk, ids)
    assert summary(await undo.undo(lea)) == "4 undone"
    assert await states(office, ids) == [OPEN] * 4
    await undo.redo(lea)
    assert await states(office, ids) == [DONE] * 4


async def test_what_arrives_between_the_pieces_stands(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 6)
    watched = Watched(lea, stop_at=3)
    await triage.done(watched.desk, ids)
    await office.arrive("k0", "p0", "and one thing more")
    await triage.done(replace(lea, course=Course(most=3)), ids[3:])
    assert await states(office, ids) == [OPEN] + [DONE] * 5
    await undo.undo(lea)
    await undo.undo(lea)
    assert await states(office, ids) == [OPEN] * 6
    assert await office.store.read(counters.drift) == {}
    assert await office.store.read(clusters.drift) == []


@pytest.mark.parametrize("verb", ["spam", "tag", "assign", "snooze", "star", "note", "like", "release", "waiting"])
async def test_every_verb_goes_in_pieces(office: Office, verb: str) -> None:
    lea, ids = await office.desk(), await crowd(office, 7)
    watched = Watched(lea)
    desk = watched.desk
    run = {
        "tag": lambda: tags.tag(desk, ids, "vip"),
        "assign": lambda: triage.take(desk, ids),
        "snooze": lambda: snooze.snooze(desk, ids, "in 2 hours"),
        "note": lambda: notes.note(desk, ids, "look"),
        "like": lambda: remote.act(desk, ActVerb.LIKE, ids),
        "spam": lambda: moderation.spam(desk, ids),
    }.get(verb, lambda: getattr(triage, verb)(desk, ids))
    outcome = await run()
    assert watched.told == [(3, 7), (6, 7)]
    if verb != "release":
        assert summary(await undo.undo(lea)) == "7 undone"
        assert len(await steps(office, outcome.verb)) == 1


async def test_answers_in_pieces_are_held_as_one_and_take_turns(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 30)
    made = await add(lea, Written(name="ok", variants=(Variant(body="Hello {{ person.handle }}"),)))
    watched = Watched(lea, most=8)
    now_ms = to_ms(office.clock.now())
    outcome = await templates.answer(watched.desk, ids, made.id)
    assert len(outcome.changed) == 30
    assert len(watched.told) == 3
    rows = await office.store.read(outbox.rows)
    assert {to_ms(row.send_at) - now_ms for row in rows} == {60_000}, "above 25 the hold is a minute"
    turns = [to_ms(row.not_before) - now_ms for row in rows if row.not_before]
    assert turns == [60_000 + 2_000 * n for n in range(1, 30)]
    assert summary(await undo.undo(lea)) == "30 undone"
    assert {row.state for row in await office.store.read(outbox.rows, [ActState.CANCELLED])} == {ActState.CANCELLED}


async def test_one_answer_goes_to_one_brand(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 2)

    def other_brand(tx: Tx) -> None:
        tx.db.execute("UPDATE conversation SET brand_id = ? WHERE id = ?", (accounts.brand_id(tx, "Other"), ids[1]))

    await office.store.write(other_brand)
    made = await add(lea, Written(name="ok", variants=(Variant(body="Hello"),)))
    for answer in (lambda: replies.reply(lea, ids, "Hello"), lambda: templates.answer(lea, ids, made.id)):
        with pytest.raises(Refused, match="more than one brand"):
            await answer()
    assert await office.store.read(outbox.rows) == []
    assert len((await replies.reply(lea, ids[:1], "Hello")).changed) == 1


async def test_a_tag_on_many_is_merged_in_one_step(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 7)
    await tags.tag(lea, ids, "parcel")
    await tags.tag(lea, ids[:2], "delivery")
    watched = Watched(lea)
    outcome = await tags.merge(watched.desk, "parcel", "delivery")
    assert len(outcome.changed) == 7
    assert [(row.name, row.open) for row in await tags.all_tags(lea)] == [("delivery", 7)]
    await undo.undo(lea)
    assert [(row.name, row.open) for row in await tags.all_tags(lea)] == [("delivery", 2), ("parcel", 7)]


async def test_all_that_a_filter_matches_is_read_before_anything_changes(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 5)
    assert sorted(await matching.all_ids(lea, Filter(), 2)) == sorted(ids)


def kill_after(path: Path, verb: str, pieces: int) -> None:
    """Run a verb in a process of its own and kill it at once when it began the transaction behind so many."""
    child = subprocess.Popen(
        [sys.executable, str(PROCESS), str(path), verb],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        for _ in range(pieces):
            assert child.stdout.readline().strip().isdigit()
            child.stdin.write("\n")
            child.stdin.flush()
        child.send_signal(signal.SIGKILL)
        child.wait(20)


@pytest.mark.parametrize("pieces", [2, 5, 9])
async def test_a_kill_in_the_middle_leaves_a_step_that_undo_takes_back_whole(office: Office, pieces: int) -> None:
    lea, ids = await office.desk(), await crowd(office, 120)
    kill_after(office.path / "cminbox.db", "done", pieces)
    done = [one for one in ids if (await office.stands(one)).state is DONE]
    assert pieces <= len(done) <= 10 * pieces + 10
    assert len(await steps(office, "done")) == 1
    kill_after(office.path / "cminbox.db", "undo", 1)
    left = [one for one in ids if (await office.stands(one)).state is DONE]
    assert 1 <= len(done) - len(left) <= 20
    if left:
        assert len((await undo.undo(lea)).changed) == len(left)
    assert await states(office, ids) == [OPEN] * 120
    assert len((await undo.redo(lea)).changed) == len(done)
    assert await office.store.read(counters.drift) == {}
    assert await office.store.read(clusters.drift) == []


async def test_a_kill_among_answers_leaves_each_whole_or_absent(office: Office) -> None:
    lea, ids = await office.desk(), await crowd(office, 60)
    kill_after(office.path / "cminbox.db", "reply", 3)
    rows = await office.store.read(outbox.rows)
    answered = {row.conversation_id for row in rows}
    assert 3 <= len(rows) == len(answered) <= 40
    assert {row.state for row in rows} == {ActState.HELD}
    assert {one for one in ids if (await office.stands(one)).state is DONE} == answered
    assert len((await undo.undo(lea)).changed) == len(rows)
    assert await office.store.read(outbox.rows) == []
    assert await states(office, ids) == [OPEN] * 60


async def test_undo_and_redo_go_in_pieces_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    lea, ids = await office.desk(), await crowd(office, 8)
    await triage.done(lea, ids)
    for turn, state in ((undo.undo, OPEN), (undo.redo, DONE), (undo.undo, OPEN)):
        count = Counting(office, monkeypatch)
        watched = Watched(lea)
        outcome = await turn(watched.desk)
        assert (count.n, len(outcome.changed), watched.told) == (3, 8, [(3, 8), (6, 8)])
        assert await states(office, ids) == [state] * 8
    assert len(await steps(office, "undo")) == 2
