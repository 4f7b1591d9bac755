"""The outbox's rows: every arrow, who may take it, and what follows from it."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cminbox.clock import SimulatedClock, from_ms, to_ms
from cminbox.model.base import ActState, ActVerb, Audience
from cminbox.model.rows import ActRow
from cminbox.store import journal, outbox, rounds
from cminbox.store.database import Store, Tx

START = to_ms(SimulatedClock().now())
LEA, MARC = 1, 2


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "t.db", SimulatedClock())
    await opened.write(furnish)
    yield opened
    await opened.close()


def furnish(tx: Tx) -> None:
    """An account, two colleagues, Jules, and three conversations that wait for an answer."""
    tx.db.execute("INSERT INTO network VALUES (1, 'fake')")
    for name in ("shop", "other"):
        tx.db.execute(
            "INSERT INTO account (name, network_id, state, connected_ms, since_ms) VALUES (?, 1, 'active', 0, 0)",
            (name,),
        )
    tx.db.execute("INSERT INTO colleague (id, name) VALUES (1, 'léa'), (2, 'marc')")
    tx.db.execute("INSERT INTO person (id, network_id, remote_id, first_seen_ms) VALUES (1, 1, 'jules', 0)")
    for n in (1, 2, 3):
        tx.db.execute(
            "INSERT INTO conversation (id, account_id, network_id, kind, state, shown_ms, last_ms, waits_ms,"
            " last_message_id) VALUES (?, 1, 1, 'comment', 'open', ?, ?, ?, ?)",
            (n, START, START, START, n),
        )
        tx.db.execute(
            "INSERT INTO message (id, account_id, conversation_id, person_id, direction, kind, audience, state,"
            " remote_id, text, received_ms, at_ms)"
            " VALUES (?, 1, ?, 1, 'in', 'comment', 'public', 'shown', ?, '', ?, ?)",
            (n, n, f"m{n}", START - 1000, START - 1000),
        )
        tx.db.execute("INSERT INTO participant (conversation_id, person_id) VALUES (?, 1)", (n,))


async def add(store: Store, *, conversation: int = 1, due_s: float = 10, by: int = LEA, **more: Any) -> int:
    given = {"account_id": 1, "verb": ActVerb.REPLY, **more}
    return await store.write(
        outbox.add,
        conversation,
        conversation,
        text="hello",
        audience=Audience.PUBLIC,
        by=by,
        seen_message_id=conversation,
        send_at_ms=START + int(due_s * 1000),
        **given,
    )


async def put(store: Store, act: int, state: ActState, **fields: Any) -> None:
    def job(tx: Tx) -> None:
        names = "".join(f", {name} = ?" for name in fields)
        tx.db.execute(f"UPDATE act SET state = ?{names} WHERE id = ?", (state.value, *fields.values(), act))

    await store.write(job)


async def row_of(store: Store, act: int) -> ActRow:
    row = await store.read(outbox.get, act)
    assert row is not None
    return row


async def state_of(store: Store, act: int) -> ActState:
    return (await row_of(store, act)).state


async def waits(store: Store, conversation: int = 1) -> bool:
    def job(db: sqlite3.Connection) -> bool:
        sql = "SELECT waits_ms FROM conversation WHERE id = ?"
        return db.execute(sql, (conversation,)).fetchone()[0] is not None

    return await store.read(job)


async def test_an_intent_is_a_held_act_with_a_key_of_its_own(store: Store) -> None:
    first, second = await add(store), await add(store, key="given")
    act, other = await row_of(store, first), await row_of(store, second)
    assert (act.state, act.by, act.account, act.send_at) == (ActState.HELD, "léa", "shop", from_ms(START + 10_000))
    assert len(act.key) == 32
    assert other.key == "given"
    assert await store.read(outbox.get, 99) is None


async def test_a_reply_counts_as_an_answer_while_it_is_live(store: Store) -> None:
    act = await add(store)
    assert not await waits(store)
    await store.write(outbox.cancel, act, LEA)
    assert await waits(store)


async def test_what_is_no_reply_answers_nobody(store: Store) -> None:
    await store.write(lambda tx: tx.db.execute("UPDATE conversation SET waits_ms = 5"))
    await add(store, verb=ActVerb.LIKE)
    assert await waits(store)


@pytest.mark.parametrize(("from_", "to"), itertools.product(ActState, ActState))
async def test_the_machine_has_these_arrows_and_no_others(store: Store, from_: ActState, to: ActState) -> None:
    design = {
        "held": "queued cancelled",
        "queued": "sending cancelled review",
        "sending": "sent queued failed uncertain",
        "uncertain": "sent queued review",
        "review": "queued cancelled",
        "failed": "queued cancelled",
        "sent": "",
        "cancelled": "",
    }
    act = await add(store)
    await put(store, act, from_)
    if to.value in design[from_.value].split():
        assert await store.write(outbox.move, act, from_, to)
        assert await state_of(store, act) is to
    else:
        with pytest.raises(ValueError, match="no way"):
            await store.write(outbox.move, act, from_, to)
        assert await state_of(store, act) is from_


async def test_of_two_who_move_an_act_one_wins(store: Store) -> None:
    act = await add(store)
    wins = await asyncio.gather(
        store.write(outbox.move, act, ActState.HELD, ActState.CANCELLED, by=LEA),
        store.write(outbox.move, act, ActState.HELD, ActState.QUEUED, epoch=0),
    )
    assert sorted(wins) == [False, True]


async def test_a_move_that_comes_too_late_changes_nothing(store: Store) -> None:
    act = await add(store)
    await store.write(outbox.move, act, ActState.HELD, ActState.QUEUED)
    assert not await store.write(outbox.move, act, ActState.HELD, ActState.CANCELLED, error="x")
    row = await row_of(store, act)
    assert (row.state, row.error) == (ActState.QUEUED, "")
    history = await store.read(lambda db: db.execute("SELECT state FROM act_history").fetchall())
    assert [each[0] for each in history] == ["held", "queued"]
    assert not await store.write(outbox.move, 99, ActState.HELD, ActState.QUEUED)


async def test_only_the_epoch_in_force_moves(store: Store) -> None:
    act = await add(store)
    old = await store.write(outbox.take_over)
    new = await store.write(outbox.take_over)
    assert new == old + 1 == await store.read(outbox.epoch)
    assert not await store.write(outbox.move, act, ActState.HELD, ActState.QUEUED, epoch=old)
    assert not await store.write(outbox.put_off, act, ActState.HELD, old, error="x")
    assert await store.write(outbox.move, act, ActState.HELD, ActState.QUEUED, epoch=new)


async def test_taking_over_makes_what_was_being_sent_uncertain(store: Store) -> None:
    acts = [await add(store, conversation=n) for n in (1, 2)]
    await put(store, acts[0], ActState.SENDING, first_tried_ms=START)
    epoch = await store.write(outbox.take_over)
    assert [await state_of(store, act) for act in acts] == [ActState.UNCERTAIN, ActState.HELD]
    assert await store.read(outbox.was_uncertain, acts[0])
    assert not await store.read(outbox.was_uncertain, acts[1])
    history = await store.read(
        lambda db: db.execute("SELECT epoch FROM act_history WHERE state = 'uncertain'").fetchall()
    )
    assert [each[0] for each in history] == [epoch]


@pytest.mark.parametrize(
    ("was", "becomes"), [("done", "open"), ("waiting", "open"), ("snoozed", "open"), ("spam", "spam")]
)
async def test_review_opens_the_conversation_again(store: Store, was: str, becomes: str) -> None:
    act = await add(store)
    await store.write(lambda tx: tx.db.execute("UPDATE conversation SET state = ? WHERE id = 1", (was,)))
    await store.write(outbox.move, act, ActState.HELD, ActState.QUEUED)
    await store.write(outbox.move, act, ActState.QUEUED, ActState.REVIEW, error="why")
    row = await store.read(lambda db: db.execute("SELECT state, waits_ms FROM conversation WHERE id = 1").fetchone())
    assert row["state"] == becomes
    assert (row["waits_ms"] is not None) == (becomes != "spam")
    entries = await store.read(journal.of_conversation, 1)
    noted = [(each.verb, each.act_id, each.before["state"], each.after["state"]) for each in entries]
    assert noted == ([] if becomes == "spam" else [("reopened", act, was, "open")])


async def test_what_a_person_lets_go_is_due_now_and_has_seen_everything(store: Store) -> None:
    act = await add(store)
    await put(store, act, ActState.REVIEW, not_before_ms=START + 99_000, error="why", retry_ms=5, absent_ms=5)
    await store.write(
        lambda tx: tx.db.execute(
            "INSERT INTO message (id, account_id, conversation_id, person_id, direction, kind, audience, state, text,"
            " received_ms, at_ms) VALUES (9, 1, 1, 1, 'in', 'comment', 'public', 'shown', '', 1, 1)"
        )
    )
    assert await store.write(outbox.approve, act, MARC)
    row = await row_of(store, act)
    assert (row.state, row.approved, row.seen_message_id, row.error) == (ActState.QUEUED, True, 9, "")
    assert (to_ms(row.send_at), row.not_before, row.absent_at, row.retry_at) == (START, None, None, None)
    assert not await store.write(outbox.approve, act, MARC)
    assert not await store.write(outbox.approve, 99, MARC)


@pytest.mark.parametrize("state", list(ActState))
async def test_what_has_not_left_can_be_cancelled(store: Store, state: ActState) -> None:
    act = await add(store)
    await put(store, act, state)
    can = state in (ActState.HELD, ActState.QUEUED, ActState.REVIEW, ActState.FAILED)
    assert await store.write(outbox.cancel, act, LEA) is can


async def test_what_is_due(store: Store) -> None:
    late = await add(store, conversation=2, due_s=5)
    soon = await add(store, conversation=1, due_s=10)
    other = await add(store, conversation=3, due_s=1, account_id=2)

    async def due(at_s: float, account: int | None = None) -> list[int]:
        return [act.id for act in await store.read(outbox.due, START + int(at_s * 1000), account)]

    assert await due(0) == []
    assert await due(7) == [other, late]
    assert await due(10) == [other, late, soon]
    assert await due(10, 1) == [late, soon]
    assert await store.read(outbox.next_due_ms) == START + 1000
    assert await store.read(outbox.next_due_ms, 1) == START + 5000

    await put(store, late, ActState.QUEUED, not_before_ms=START + 20_000)
    await put(store, soon, ActState.UNCERTAIN, retry_ms=START + 15_000)
    assert await due(10, 1) == []
    assert await due(20, 1) == [soon, late]
    await put(store, soon, ActState.SENDING)
    assert await due(20, 1) == [late]


async def test_a_follower_waits_for_its_forerunner(store: Store) -> None:
    first, second = await add(store, due_s=0), await add(store, due_s=0)
    for act in (first, second):
        await put(store, act, ActState.QUEUED)
    for state in (ActState.QUEUED, ActState.SENDING, ActState.UNCERTAIN):
        await put(store, first, state, retry_ms=START + 90_000)
        assert second not in [act.id for act in await store.read(outbox.due, START + 1000)]
    assert await store.read(outbox.next_due_ms) == START + 90_000
    for state in (ActState.SENT, ActState.REVIEW, ActState.FAILED, ActState.HELD):
        await put(store, first, state)
        assert second in [act.id for act in await store.read(outbox.due, START + 1000)]


async def test_a_stop_is_for_everybody_and_keeps_who_and_when(store: Store) -> None:
    await add(store, due_s=0)
    unclear = await add(store, conversation=2, due_s=0)
    await put(store, unclear, ActState.UNCERTAIN)
    assert await store.write(outbox.stop, "léa")
    assert not await store.write(outbox.stop, "marc")
    assert await store.read(outbox.stopped) == ("léa", START)
    assert [act.id for act in await store.read(outbox.due, START)] == [unclear]
    assert await store.write(outbox.go, "marc")
    assert not await store.write(outbox.go, "marc")
    assert await store.read(outbox.stopped) is None
    assert len(await store.read(outbox.due, START)) == 2


async def test_an_account_waits_as_told_or_by_our_back_off(store: Store) -> None:
    held, unclear = await add(store, due_s=0), await add(store, conversation=2, due_s=0)
    elsewhere = await add(store, conversation=3, account_id=2, due_s=0)
    await put(store, unclear, ActState.UNCERTAIN)
    epoch = await store.write(outbox.take_over)
    await store.write(outbox.hold_back, 1, epoch, told_ms=START + 60_000, resting_ms=START + 5_000)
    first, second, third = [await row_of(store, act) for act in (held, unclear, elsewhere)]
    assert (first.not_before, first.retry_at) == (from_ms(START + 60_000), from_ms(START + 5_000))
    assert (second.not_before, second.retry_at) == (None, from_ms(START + 60_000))
    assert (third.not_before, third.retry_at) == (None, None)


async def test_what_a_round_stays_for(store: Store) -> None:
    async def busy() -> list[int]:
        return await store.read(outbox.waited_for, START, 60_000)

    act = await add(store, due_s=60)
    assert await busy() == [1]
    await put(store, act, ActState.HELD, send_at_ms=START + 60_001)
    assert await busy() == []
    await put(store, act, ActState.SENDING)
    assert await busy() == [1]
    await put(store, act, ActState.UNCERTAIN, retry_ms=START + 90_000)
    assert await busy() == []
    follower = await add(store, due_s=0)
    await put(store, follower, ActState.QUEUED)
    assert await busy() == [], "it stands behind one that waits longer"
    other = await add(store, conversation=2, due_s=0)
    assert await busy() == [1]
    await store.write(outbox.stop, "léa")
    assert await busy() == []
    await store.write(outbox.go, "léa")
    await store.write(lambda tx: tx.db.execute("UPDATE account SET state = 'paused'"))
    assert await busy() == []
    assert other


async def test_lists_and_counts(store: Store) -> None:
    acts = [await add(store, by=by) for by in (LEA, MARC, LEA, MARC)]
    await put(store, acts[0], ActState.SENT)
    await put(store, acts[1], ActState.REVIEW)

    async def ids(*args: Any, **kwargs: Any) -> list[int]:
        return [act.id for act in await store.read(outbox.rows, *args, **kwargs)]

    assert await ids() == acts[1:]
    assert await ids(None, LEA) == [acts[2]]
    assert await ids((ActState.SENT, ActState.REVIEW), newest_first=True) == [acts[1], acts[0]]
    assert await ids(limit=1) == [acts[1]]
    assert [act.id for act in await store.read(outbox.of_conversation, 1)] == acts
    assert await store.read(outbox.counts) == {ActState.REVIEW: 1, ActState.HELD: 2}


async def test_what_happened_since_a_mark(store: Store) -> None:
    act, other = await add(store), await add(store, conversation=2)
    for each in (act, other):
        await put(store, each, ActState.SENDING)
    await store.write(outbox.move, act, ActState.SENDING, ActState.SENT)
    mark = await store.read(outbox.history_mark)
    assert await store.read(outbox.finished_since, ActState.SENT, mark) == 0
    await store.write(outbox.move, other, ActState.SENDING, ActState.SENT)
    assert await store.read(outbox.finished_since, ActState.SENT, mark) == 1


async def test_rounds_are_asked_for_and_finished(store: Store) -> None:
    assert await store.read(rounds.open_wish) is None
    first = await store.write(rounds.ask)
    assert await store.read(rounds.open_wish) == first
    second = await store.write(rounds.ask)
    await store.write(rounds.finish, first, {"accounts": 1})
    assert await store.read(rounds.result, first) == {"accounts": 1}
    assert await store.read(rounds.result, second) is None, "it was asked for after that round began"
    assert await store.read(rounds.open_wish) == second
    await store.write(rounds.finish, second, {"accounts": 2})
    assert await store.read(rounds.open_wish) is None
    assert await store.write(rounds.ask) == second + 1
