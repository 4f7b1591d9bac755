from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inbox.office import Office

from cminbox.config.settings import Settings, Team
from cminbox.errors import Refused
from cminbox.inbox import diary, notes, replies, since, triage, undo
from cminbox.inbox.diary import DiaryLine
from cminbox.inbox.since import SOURCES
from cminbox.model.base import ActState
from cminbox.store import since as store
from cminbox.store.database import Tx


async def told(office: Office, name: str = "léa") -> dict[str, tuple[int, tuple[int, ...]]]:
    found = await since.since(await office.desk(name))
    assert found is not None
    return {part.source.key: (part.n, part.conversations) for part in found.parts}


async def test_what_happened_while_i_was_away_is_told_by_what_it_was(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    old = await office.arrive("old")
    await triage.done(tom, [old])
    await office.clock.advance(60)
    await since.seen(lea)
    assert (await since.since(lea)).quiet  # type: ignore[union-attr]
    await office.clock.advance(3600)
    one, two = await office.arrive("one"), await office.arrive("two")
    await office.arrive("two", text="hello??")
    await triage.done(tom, [one])
    await triage.assign(tom, [two], "léa")
    await triage.assign(tom, [one], "léa")
    await triage.release(tom, [one])
    answered = await replies.reply(tom, two, "Yes.")
    await office.sent(answered.act or 0, "r1")
    third = await office.arrive("three")
    stuck = [await replies.reply(tom, third, text) for text in ("a", "b", "c")]
    for outcome, states in zip(
        stuck,
        (
            (ActState.QUEUED, ActState.REVIEW),
            (ActState.QUEUED, ActState.SENDING, ActState.FAILED),
            (ActState.QUEUED, ActState.SENDING, ActState.UNCERTAIN),
        ),
        strict=True,
    ):
        await office.move(outcome.act or 0, *states)
    await notes.note(tom, [two], "@léa your turn")
    found = await told(office)
    assert found == {
        "in": (4, (third, two, one)),
        "answered": (1, (two,)),
        "done": (1, (one,)),
        "failed": (1, (third,)),
        "uncertain": (1, (third,)),
        "review": (1, (third,)),
        "assigned": (1, (two,)),
    }
    assert list(found) == [source.key for source in SOURCES if source.key != "spikes"]
    whole = await since.since(lea)
    assert whole is not None
    assert [note.text for note in whole.notes] == ["@léa your turn"]
    assert [part.told for part in whole.parts][:2] == ["4 messages came in", "1 conversation was answered"]
    await undo.undo(tom)
    assert (await told(office)).keys() == found.keys()


async def test_it_is_shown_on_coming_back_only_where_something_did_and_i_was_away(office: Office) -> None:
    lea = await office.desk("léa")
    await office.arrive("one")
    assert await since.on_return(lea) is None, "never here before"
    await office.clock.advance(1)
    await since.seen(lea)
    await office.clock.advance(3600)
    assert await since.on_return(lea) is None, "nothing happened"
    await office.arrive("two")
    assert await since.on_return(lea) is not None
    assert await since.on_return(replace(lea, settings=Settings(team=Team(away_s=0)))) is None, "switched off"
    assert await since.on_return(replace(lea, settings=Settings(team=Team(away_s=7200)))) is None, "not away long"
    await since.seen(lea)
    assert await since.on_return(lea) is None
    found = await since.since(lea, office.clock.now() - timedelta(days=1))
    assert found is not None
    assert found.parts[0].n == 2


@given(times=st.lists(st.integers(0, 30), max_size=12), wanted=st.integers(0, 31))
def test_the_journal_is_found_from_an_instant_on(times: list[int], wanted: int) -> None:
    import sqlite3

    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    db.execute("CREATE TABLE journal (id INTEGER PRIMARY KEY, at_ms INTEGER)")
    for number, at_ms in enumerate(sorted(times)):
        db.execute("INSERT INTO journal VALUES (?, ?)", (3 * number + 2, at_ms))
    first = store.first_entry(db, wanted)
    after = [row["at_ms"] for row in db.execute("SELECT at_ms FROM journal WHERE id >= ? ORDER BY id", (first,))]
    db.close()
    assert after == [at for at in sorted(times) if at >= wanted]


async def test_the_journal_of_all_and_of_one(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    ids = [await office.arrive(f"c{n}", person=f"p{n}") for n in range(3)]
    await triage.done(lea, ids)
    await triage.star(tom, ids[:1])
    await undo.undo(lea)
    every = await diary.latest(lea)
    assert [line.verb for line in every] == ["undo"] * 3 + ["star"] + ["done"] * 3 + ["arrived"] * 3
    assert (every[3].by, every[3].person, every[3].conversation) == ("tom", "@p0", ids[0])
    assert [line.undone for line in every[4:7]] == [True] * 3
    assert [line.verb for line in await diary.latest(lea, by="tom")] == ["star"]
    assert {line.by for line in await diary.latest(lea, by="léa")} == {"léa"}
    assert await diary.latest(lea, 2, before=every[1].id) == every[2:4]
    folded = diary.in_steps(every)
    assert [(line.verb, line.n) for line in folded][:3] == [("undo", 3), ("star", 1), ("done", 3)]
    assert await diary.colleagues(lea) == ["léa", "tom"]
    with pytest.raises(Refused):
        await diary.latest(lea, by="nobody")


async def test_a_colleagues_journal_runs_on_an_index(office: Office) -> None:
    def explained(tx: Tx) -> list[str]:
        sql = "SELECT j.id FROM journal j WHERE j.by = 1 AND j.id < 9 ORDER BY j.id DESC LIMIT 3"
        return [row["detail"] for row in tx.db.execute(f"EXPLAIN QUERY PLAN {sql}")]

    (detail,) = await office.store.write(explained)
    assert "journal_of_colleague" in detail


def test_entries_that_do_not_follow_each_other_stay_apart() -> None:
    from cminbox.clock import SimulatedClock

    at = SimulatedClock().now()
    lines = [DiaryLine(n, at, "done", "léa", n, step=step) for n, step in enumerate((1, 1, None, None, 2, 1))]
    assert [line.n for line in diary.in_steps(lines)] == [2, 1, 1, 1, 1]
