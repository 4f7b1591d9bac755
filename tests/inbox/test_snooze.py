from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.inbox.office import Office

from cminbox.errors import UsageError
from cminbox.inbox import moments, queue, snooze, triage, undo
from cminbox.model.base import ConversationState
from cminbox.model.views import Filter, View
from cminbox.store import counters, snoozes
from cminbox.sync.waker import Waker

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
"""A Wednesday, three in the afternoon in Paris."""


@pytest.mark.parametrize(
    ("words", "local"),
    [
        ("demain 9h", "2026-03-05 09:00"),
        ("Demain à 9h30", "2026-03-05 09:30"),
        ("demain", "2026-03-05 09:00"),
        ("demain matin", "2026-03-05 09:00"),
        ("après-demain", "2026-03-06 09:00"),
        ("lundi", "2026-03-09 09:00"),
        ("lundi prochain 14h", "2026-03-09 14:00"),
        ("mercredi", "2026-03-11 09:00"),
        ("vendredi soir", "2026-03-06 19:00"),
        ("ce soir", "2026-03-04 19:00"),
        ("ce soir 20h", "2026-03-04 20:00"),
        ("midi", "2026-03-05 12:00"),
        ("dans 2 heures", "2026-03-04 17:00"),
        ("dans une heure", "2026-03-04 16:00"),
        ("dans 1h30", "2026-03-04 16:30"),
        ("3j", "2026-03-07 15:00"),
        ("le 12 avril", "2026-04-12 09:00"),
        ("31/03", "2026-03-31 09:00"),
        ("in 2 hours", "2026-03-04 17:00"),
        ("in 1 hour and 30 minutes", "2026-03-04 16:30"),
        ("in a week", "2026-03-11 15:00"),
        ("tomorrow 9am", "2026-03-05 09:00"),
        ("tomorrow morning", "2026-03-05 09:00"),
        ("next monday", "2026-03-09 09:00"),
        ("Wednesday 16:00", "2026-03-11 16:00"),
        ("tonight", "2026-03-04 19:00"),
        ("next week", "2026-03-11 09:00"),
        ("9:00", "2026-03-05 09:00"),
        ("18:30", "2026-03-04 18:30"),
        ("2026-03-31 14:00", "2026-03-31 14:00"),
        ("29 mars 2h30", "2026-03-29 03:30"),
    ],
)
def test_words_mean_an_instant(words: str, local: str) -> None:
    assert f"{moments.instant(words, NOW, PARIS).astimezone(PARIS):%Y-%m-%d %H:%M}" == local


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("9h", "can mean two things. Write in 9h, or 9:00"),
        ("05/06", "can mean two days"),
        ("5/6/2026", "can mean two days"),
        ("hier", "is past"),
        ("yesterday 10:00", "is past"),
        ("2020-01-01", "is past"),
        ("in 99999 weeks", "too far"),
        ("in 999999999 days", "is no time"),
        ("99:99", "is no time"),
        ("12", "is no time"),
        ("soon enough", "is no time"),
        ("", "is no time"),
        ("x" * 100, "is no time"),
    ],
)
def test_what_is_no_time_to_come_is_refused_with_the_cure(words: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        moments.instant(words, NOW, PARIS)
    assert raised.value.cure


async def test_a_snoozed_conversation_is_out_of_the_queue_until_its_time(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await snooze.snooze(desk, [one], "in 2 hours")
    assert outcome.changed[0].state is ConversationState.SNOOZED
    assert list(await queue.page(desk, Filter(), 5)) == []
    assert await queue.count(desk, Filter(view=View.UNANSWERED)) == (1, True)
    await office.clock.advance(2 * 3600 - 1)
    assert list(await queue.page(desk, Filter(), 5)) == []
    await office.clock.advance(1)
    assert await queue.count(desk, Filter()) == (1, True)
    assert [row.id for row in await queue.page(desk, Filter(), 5)] == [one]
    woke = [entry for entry in await office.journal(one) if entry.verb == "woke"]
    assert [(entry.by, entry.after["state"]) for entry in woke] == [(None, "open")]
    assert await office.store.read(counters.drift) == {}
    with pytest.raises(UsageError, match="past"):
        await snooze.snooze(desk, [one], office.clock.now())


async def test_a_new_message_wakes_it_sooner_and_time_does_not_wake_it_again(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await snooze.snooze(desk, [one], "in 2 hours")
    await office.arrive("one")
    assert (await office.stands(one)).state is ConversationState.OPEN
    await triage.done(desk, [one])
    await office.clock.advance(3 * 3600)
    assert list(await queue.page(desk, Filter(), 5)) == []
    assert "woke" not in [entry.verb for entry in await office.journal(one)]


async def test_unsnooze_takes_back_the_snoozed_alone(office: Office) -> None:
    desk = await office.desk()
    one, two = [await office.arrive(key) for key in ("one", "two")]
    await snooze.snooze(desk, [one], office.clock.now() + timedelta(hours=1))
    await triage.done(desk, [two])
    outcome = await snooze.unsnooze(desk, [one, two])
    assert [line.conversation for line in outcome.changed] == [one]
    assert (await office.stands(one)).snooze_until_ms is None
    await undo.undo(desk)
    assert (await office.stands(one)).state is ConversationState.SNOOZED


@pytest.mark.parametrize("done_first", [False, True])
async def test_undo_of_a_snooze_that_is_over(office: Office, done_first: bool) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    if done_first:
        await triage.done(desk, [one])
    await snooze.snooze(desk, [one], "in 2 hours")
    await office.clock.advance(3 * 3600)
    await queue.page(desk, Filter(), 5)
    assert (await office.stands(one)).state is ConversationState.OPEN
    await undo.undo(desk)
    expected = ConversationState.DONE if done_first else ConversationState.OPEN
    assert (await office.stands(one)).state is expected
    await undo.redo(desk)
    assert (await office.stands(one)).state is ConversationState.OPEN


async def test_of_two_processes_one_wakes_it(office: Office, tmp_path: Path) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await snooze.snooze(desk, [one], "in 1 minute")
    again = await Office.open_again(tmp_path, office)
    await office.clock.advance(60)
    woken = await asyncio.gather(office.store.write(snoozes.wake), again.store.write(snoozes.wake))
    assert sorted(woken) == [0, 1]
    await again.close()


async def test_the_waker_sleeps_until_the_next_one_is_due(office: Office) -> None:
    desk = await office.desk()
    one, two = [await office.arrive(key) for key in ("one", "two")]
    waker = Waker(office.store, office.clock)
    running = asyncio.create_task(waker.run())
    try:
        await snooze.snooze(desk, [one], "in 70 minutes")
        await snooze.snooze(desk, [two], "in 10 minutes")
        waker.look()
        await _until(office, lambda: office.clock.next_wake_s == 600)
        await office.clock.advance(599)
        assert await _open(office) == []
        await office.clock.advance(1)
        await _until(office, lambda: office.clock.next_wake_s == 3600)
        assert await _open(office) == [two]
        await office.clock.advance(3600)
        for _ in range(1000):
            if await _open(office) == [one, two]:
                return
            await office.store.ingest(lambda _tx: None)
        raise AssertionError("it never woke")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _until(office: Office, true: Callable[[], bool]) -> None:
    """Let the waker run until it sleeps as expected: what it reads and writes goes before each turn of ours."""
    for _ in range(1000):
        if true():
            return
        await _open(office)
        await office.store.ingest(lambda _tx: None)
    raise AssertionError("the waker does not sleep as expected")


async def _open(office: Office) -> list[int]:
    rows = await office.store.read(
        lambda db: db.execute("SELECT id FROM conversation WHERE state = 'open' ORDER BY id").fetchall()
    )
    return [row["id"] for row in rows]
