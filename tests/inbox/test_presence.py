"""Two colleagues at one reply: they see each other, one takes over, nothing is lost and nothing goes out twice."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from tests.inbox.office import Office

from cminbox.inbox import drafts, outbox, presence, queue, replies
from cminbox.inbox.presence import AtWork, Beside
from cminbox.model.base import ActState
from cminbox.store import outbox as outbox_store
from cminbox.store import presence as store
from cminbox.store.answering import facts
from cminbox.sync import review

HOLDER = """
import asyncio, sys
from pathlib import Path
from cminbox.clock import SystemClock
from cminbox.config.settings import Settings
from cminbox.inbox.desk import desk_open
from cminbox.inbox.presence import AtWork
from cminbox.store.database import Store

async def work():
    store = await Store.open(Path(sys.argv[1]), SystemClock())
    desk = await desk_open(store, store.clock, Settings(), "marc")
    await AtWork(desk).begin([int(sys.argv[2])])
    print("here", flush=True)
    await asyncio.Event().wait()

asyncio.run(work())
"""


async def replying(office: Office, conversation: int) -> tuple[str, ...]:
    return (await queue.rows(await office.desk(), [conversation]))[0].replying


async def objection(office: Office, act_id: int) -> str:
    """What the sender would say of an act as things stand."""
    act = await office.store.read(outbox_store.get, act_id)
    found = await office.store.read(facts, act)
    return review.objection(act, found, office.account.profile.abilities, 0)  # type: ignore[union-attr]


async def test_who_replies_is_seen_by_all_until_the_composer_closes(office: Office) -> None:
    lea, marc = AtWork(await office.desk("léa")), AtWork(await office.desk("marc"))
    one = await office.arrive("one")
    assert await lea.begin([one]) == Beside()
    assert await replying(office, one) == ("léa",)
    beside = await marc.begin([one])
    assert (beside.others, beside.since, beside.twice) == (("léa",), office.clock.now(), False)
    assert (await lea.beside()).others == ("marc",)
    assert await replying(office, one) == ("léa", "marc")
    await lea.end()
    assert await replying(office, one) == ("marc",)
    await marc.close()
    assert await replying(office, one) == ()
    await lea.close()


async def test_a_mark_lapses_after_ten_idle_minutes_and_a_key_brings_it_back(office: Office) -> None:
    desk = await office.desk("léa")
    lea = AtWork(desk)
    one = await office.arrive("one")
    await lea.begin([one])
    await office.clock.advance(590)
    assert not await presence.tidy(desk)
    assert lea.lags
    await lea.key()
    assert not lea.lags
    await office.clock.advance(590)
    assert not await presence.tidy(desk)
    await office.clock.advance(11)
    assert await presence.tidy(desk)
    assert await replying(office, one) == ()
    await lea.key()
    assert await replying(office, one) == ("léa",)
    await lea.close()


async def test_keys_are_written_down_once_a_minute_at_most(office: Office) -> None:
    lea = AtWork(await office.desk("léa"))
    await lea.begin([await office.arrive("one")])
    watcher = await Office.open_again(office.path, office)
    before = await watcher.store.data_version()
    for _ in range(59):
        await office.clock.advance(1)
        await lea.key()
    assert await watcher.store.data_version() == before
    await office.clock.advance(1)
    await lea.key()
    assert await watcher.store.data_version() != before
    await watcher.close()
    await lea.close()


async def test_a_mark_ends_with_its_process_even_when_that_is_killed(office: Office) -> None:
    desk = await office.desk("léa")
    one = await office.arrive("one")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDER, str(office.path / "cminbox.db"), str(one)), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"here\n"
        assert not await presence.tidy(desk)
        assert await replying(office, one) == ("marc",)
        process.kill()
        await process.wait()
        assert await presence.tidy(desk)
        assert await replying(office, one) == ()
        assert list((office.path / "presence").iterdir()) == []
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_same_person_twice_counts_as_herself_and_is_told(office: Office) -> None:
    desk = await office.desk("léa")
    here, there = AtWork(desk), AtWork(desk)
    one = await office.arrive("one")
    await here.begin([one])
    beside = await there.begin([one])
    assert (beside.others, beside.twice) == ((), True)
    assert await replying(office, one) == ("léa",)
    await here.close()
    assert (await there.beside()).twice is False
    assert await replying(office, one) == ("léa",)
    await there.close()


async def test_a_take_over_tells_the_other_and_both_drafts_stay(office: Office) -> None:
    lea_desk, marc_desk = await office.desk("léa"), await office.desk("marc")
    lea, marc = AtWork(lea_desk), AtWork(marc_desk)
    one = await office.arrive("one")
    await lea.begin([one])
    await drafts.save(lea_desk, one, "Bonjour de Léa")
    await marc.begin([one])
    await drafts.save(marc_desk, one, "Bonjour de Marc")
    assert (await marc.take_over()).others == ()
    told = await lea.beside()
    assert (told.taken_by, told.others) == ("marc", ("marc",))
    assert await office.draft(one, "léa") == "Bonjour de Léa"
    assert await office.draft(one, "marc") == "Bonjour de Marc"
    back = await lea.take_over()
    assert (back.taken_by, back.others) == ("", ())
    assert (await marc.beside()).taken_by == "léa"
    await lea.close()
    await marc.close()


async def test_what_the_overtaken_one_sends_stops_for_a_look_and_goes_once_approved(office: Office) -> None:
    lea_desk, marc_desk = await office.desk("léa"), await office.desk("marc")
    lea, marc = AtWork(lea_desk), AtWork(marc_desk)
    one = await office.arrive("one")
    await lea.begin([one])
    await marc.begin([one])
    await marc.take_over()
    mine = await replies.reply(marc_desk, one, "Marc's")
    hers = await replies.reply(lea_desk, one, "Léa's")
    assert mine.notes == ()
    assert "marc took this over: it waits for a look." in hers.notes[0]
    assert await objection(office, mine.act or 0) == ""
    assert await objection(office, hers.act or 0) == "marc had taken this over."
    await office.move(hers.act or 0, ActState.QUEUED, ActState.REVIEW)
    await outbox.approve(lea_desk, [hers.act or 0])
    assert await objection(office, hers.act or 0) == ""
    await lea.close()
    await marc.close()


async def test_an_answer_begun_before_a_colleague_sent_stops_for_a_look(office: Office) -> None:
    lea, marc = await office.desk("léa"), await office.desk("marc")
    at_work = AtWork(lea)
    one = await office.arrive("one")
    view = await queue.view(lea, one)
    known = max(message.id for message in view.messages)
    await at_work.begin([one])
    first = await replies.reply(marc, one, "From Marc.")
    assert (await at_work.beside()).answered_by == "marc"
    await office.sent(first.act or 0, "r1")
    late = await replies.reply(lea, one, "From Léa.", known=known)
    assert await objection(office, late.act or 0) == "A colleague answered meanwhile."
    fresh = await replies.reply(lea, one, "Having seen it.")
    assert await objection(office, fresh.act or 0) == ""
    await at_work.close()


async def test_an_answer_from_elsewhere_says_that_somebody_is_at_it(office: Office) -> None:
    lea = AtWork(await office.desk("léa"))
    one = await office.arrive("one")
    await lea.begin([one])
    outcome = await replies.reply(await office.desk("marc"), one, "Quick.")
    assert outcome.notes == ("léa is replying to this right now.",)
    await lea.close()


async def test_a_reply_to_many_is_seen_at_each(office: Office) -> None:
    lea = AtWork(await office.desk("léa"))
    ids = [await office.arrive(key) for key in ("one", "two")]
    await lea.begin(ids)
    assert [await replying(office, each) for each in ids] == [("léa",), ("léa",)]
    await lea.begin(ids[:1])
    assert [await replying(office, each) for each in ids] == [("léa",), ()]
    await lea.close()


@pytest.mark.parametrize("name", ["gone", "free"])
def test_a_place_without_a_lock_is_dead(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "presence"
    folder.mkdir()
    (folder / "free").touch()
    place = store.Place(tmp_path / "cminbox.db")
    held = place.hold()
    assert store.dead(tmp_path / "cminbox.db", [name, held]) == {name}
    assert not (folder / name).exists()
    place.close()
    assert store.dead(tmp_path / "cminbox.db", [held]) == {held}
