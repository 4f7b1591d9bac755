"""By when an answer is due: kept with the wait, by targets, business hours and reply windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.inbox.office import EVERYTHING, US, Office

from cminbox.clock import SimulatedClock, to_ms
from cminbox.config.clocks import Brand, Hours, NumbersOf, Target
from cminbox.config.settings import Settings
from cminbox.inbox import clocks, queue, replies, snooze, tags, triage, undo
from cminbox.inbox.filters import parse
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.base import Audience, Direction, Kind
from cminbox.model.content import Author
from cminbox.model.rows import PageKey
from cminbox.model.views import Filter, Order, View
from cminbox.store import accounts, deadlines


async def due_s(office: Office, conversation_id: int) -> float | None:
    """Seconds from the message's time to the deadline."""
    row = await office.store.read(
        lambda db: db.execute("SELECT due_ms, waits_ms FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    )
    return None if row["due_ms"] is None else (row["due_ms"] - row["waits_ms"]) / 1000


async def with_targets(office: Office, *targets: Target, hours: Hours | None = None, **more: Any) -> None:
    office.settings = Settings(**{"timezone": "UTC", "targets": targets, "hours": hours, **more})
    office.desks.clear()
    await clocks.keep(await office.desk())


async def test_without_a_target_nothing_is_due(office: Office) -> None:
    assert await due_s(office, await office.arrive("a")) is None


async def test_the_shortest_target_that_holds_decides(office: Office) -> None:
    await with_targets(office, Target(answer_s=3600), Target(filter="tag:vip", answer_s=600))
    desk = await office.desk()
    one = await office.arrive("a")
    assert await due_s(office, one) == 3600
    await tags.tag(desk, [one], "vip")
    assert await due_s(office, one) == 600
    await undo.undo(desk)
    assert await due_s(office, one) == 3600


async def test_it_goes_with_the_wait_and_comes_back_with_it(office: Office) -> None:
    await with_targets(office, Target(answer_s=3600))
    desk = await office.desk()
    one = await office.arrive("a")
    await triage.done(desk, [one])
    assert await due_s(office, one) is None
    await undo.undo(desk)
    assert await due_s(office, one) == 3600


async def test_business_hours_make_it_later(office: Office) -> None:
    await with_targets(office, Target(answer_s=3600), hours=Hours(week="mon-fri 10:00-18:00"))
    one = await office.arrive("a")
    # Monday 09:01 UTC: the team begins 59 minutes later.
    assert await due_s(office, one) == 59 * 60 + 3600


async def test_a_reply_window_is_a_deadline_too(tmp_path) -> None:
    office = await Office.open(tmp_path, reply_window_s=86_400)
    try:
        assert await due_s(office, await office.arrive("a")) == 86_400
        await with_targets(office, Target(answer_s=3600))
        assert await due_s(office, await office.arrive("b")) == 3600
    finally:
        await office.close()


async def test_other_settings_change_what_is_there(office: Office) -> None:
    ids = [await office.arrive(f"k{number}") for number in range(7)]
    await with_targets(office, Target(answer_s=1800))
    assert [await due_s(office, one) for one in ids] == [1800] * 7
    await with_targets(office)
    assert [await due_s(office, one) for one in ids] == [None] * 7


async def test_late_and_soon_are_counted(office: Office) -> None:
    await with_targets(office, Target(answer_s=3600))
    await office.arrive("a")
    await office.clock.advance(3000)
    await office.arrive("b")
    await office.clock.advance(1000)
    now = to_ms(office.clock.now())
    assert await office.store.read(deadlines.counts, now, now + 3_600_000, None) == (1, 1)
    assert await office.store.read(deadlines.counts, now, now + 3_600_000, (office.account.id,)) == (1, 1)
    assert await office.store.read(deadlines.counts, now, now + 3_600_000, (99,)) == (0, 0)


async def test_a_reply_remembers_its_target(office: Office) -> None:
    await with_targets(office, Target(answer_s=600))
    desk = await office.desk()
    one = await office.arrive("a")
    asked = to_ms(office.clock.now())
    await office.clock.advance(700)
    act = (await replies.reply(desk, one, "Bonjour")).changed[0].act
    assert act is not None
    await office.sent(act, "ours")
    rows = await office.store.read(lambda db: db.execute("SELECT replied_ms > due_ms, due_ms FROM response").fetchall())
    assert [tuple(row) for row in rows] == [(1, asked + 600_000)]


async def test_least_time_left_comes_first_then_who_waits_then_the_rest(office: Office) -> None:
    desk = await office.desk()
    rest, late, waits, soon = [await office.arrive(key, key) for key in ("rest", "late", "waits", "soon")]
    await with_targets(office, Target(filter="tag:slow", answer_s=7200), Target(filter="tag:fast", answer_s=300))
    desk = await office.desk()
    await tags.tag(desk, [late], "slow")
    await tags.tag(desk, [soon], "fast")
    await triage.done(desk, [rest])
    least = Filter(view=View.ANY, order=Order.LEAST)
    assert [row.id for row in await queue.page(desk, least, 10)] == [soon, late, waits, rest]
    for limit in (1, 2, 3):
        rows = await queue.page(desk, least, limit)
        last = PageKey(sort_ms=rows[-1].sort_ms, id=rows[-1].id)
        more = await queue.page(desk, least, 10, after=last)
        assert [row.id for row in (*rows, *more)] == [soon, late, waits, rest]
        if more:
            first = PageKey(sort_ms=more[0].sort_ms, id=more[0].id)
            assert [row.id for row in await queue.page(desk, least, 10, before=first)] == [row.id for row in rows]
    waiting = least.model_copy(update={"view": View.UNANSWERED})
    assert [row.id for row in await queue.page(desk, waiting, 10)] == [soon, late, waits]
    await office.clock.advance(1000)
    is_late = parse("is:late order:least")
    assert [row.id for row in await queue.page(desk, is_late, 10)] == [soon]
    assert [row.id for row in await queue.page(desk, parse("est:retard"), 10)] == [soon]
    assert [row.id for row in await queue.page(desk, parse("-is:late is:due"), 10)] == [late]


async def another(office: Office, brand: str, **abilities: object) -> None:
    """From now on people write to another account, of a brand."""
    profile = Profile(author=US, abilities=Abilities.model_validate({"can": EVERYTHING, **abilities}))
    now_ms = to_ms(office.clock.now())
    made = await office.store.write(accounts.add, f"of {brand}", "matrix", "https://m.org", brand, {}, profile, now_ms)
    office.account = await office.store.read(accounts.get, made)


async def due_at(office: Office, conversation_id: int, zone: str) -> str | None:
    """When an answer is due, as a clock on the wall there shows it."""
    row = await office.store.read(
        lambda db: db.execute("SELECT due_ms FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    )
    if row["due_ms"] is None:
        return None
    return f"{datetime.fromtimestamp(row['due_ms'] / 1000, UTC).astimezone(ZoneInfo(zone)):%a %d %b %H:%M %z}"


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


async def test_a_tag_that_is_taken_off_takes_its_target_along(office: Office) -> None:
    await with_targets(office, Target(filter="tag:vip", answer_s=600))
    desk = await office.desk()
    one, other = await office.arrive("a"), await office.arrive("b")
    assert [await due_s(office, each) for each in (one, other)] == [None, None]
    await tags.tag(desk, [one], "vip")
    assert [await due_s(office, each) for each in (one, other)] == [600, None]
    await tags.untag(desk, [one], "vip")
    assert await due_s(office, one) is None


async def test_a_target_holds_whatever_the_state(office: Office) -> None:
    await with_targets(office, Target(filter="tag:vip", answer_s=600))
    desk = await office.desk()
    one = await office.arrive("a")
    await tags.tag(desk, [one], "vip")
    await snooze.snooze(desk, [one], "in 2 hours")
    assert await due_s(office, one) == 600


async def test_every_brand_keeps_its_own_hours_and_the_others_those_of_all(office: Office) -> None:
    nord = Brand(hours=Hours(week="mon-sun 12:00-13:00", timezone="Europe/Paris"))
    none_of_its_own = Brand()
    await with_targets(
        office,
        Target(answer_s=3600),
        hours=Hours(week="mon-fri 10:00-18:00"),
        brands={"nord": nord, "sud": none_of_its_own},
    )
    first = await office.arrive("a")
    await another(office, "nord")
    second = await office.arrive("b")
    await another(office, "sud")
    third = await office.arrive("c")
    # Monday 2 March 2026, 09:01 to 09:03 UTC.
    assert await due_at(office, first, "UTC") == "Mon 02 Mar 11:00 +0000"
    assert await due_at(office, second, "Europe/Paris") == "Mon 02 Mar 13:00 +0100"
    assert await due_at(office, third, "UTC") == "Mon 02 Mar 11:00 +0000"


async def test_a_target_may_be_that_of_a_brand_or_of_a_network(office: Office) -> None:
    await with_targets(
        office, Target(filter="brand:nord", answer_s=600), Target(filter="network:mastodon", answer_s=1200)
    )
    first = await office.arrive("a")
    await another(office, "nord")
    assert (await due_s(office, first), await due_s(office, await office.arrive("b"))) == (1200, 600)


@pytest.mark.parametrize(
    ("zone", "begins", "week", "expected"),
    [
        # The night of Sunday 29 March in Paris has no hour from two to three, that of 25 October has it twice.
        ("Europe/Paris", "2026-03-29T00:30", "sun 1:00-6:00", "Sun 29 Mar 05:00 +0200"),
        ("Europe/Paris", "2026-10-25T00:30", "sun 1:00-6:00", "Sun 25 Oct 03:00 +0100"),
        ("Europe/Paris", "2026-03-28T22:00", "", "Sun 29 Mar 02:00 +0100"),
        # Half an hour only, on Lord Howe; and zones that are half an hour off all year.
        ("Australia/Lord_Howe", "2026-04-05T00:30", "sun 1:00-6:00", "Sun 05 Apr 03:30 +1030"),
        ("Asia/Kolkata", "2026-03-02T17:00", "mon-fri 9:30-18:30", "Tue 03 Mar 11:00 +0530"),
        ("Asia/Kathmandu", "2026-03-03T09:00", "mon-fri 9:45-18:00", "Tue 03 Mar 12:45 +0545"),
        ("America/St_Johns", "2026-03-06T17:30", "mon-fri 9:00-18:00", "Mon 09 Mar 11:30 -0230"),
    ],
)
async def test_a_deadline_follows_the_clock_on_the_wall(
    tmp_path: Path, zone: str, begins: str, week: str, expected: str
) -> None:
    office = await Office.open(tmp_path)
    try:
        start = datetime.fromisoformat(begins).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        office.clock = office.store.clock = SimulatedClock(start - minutes(1))
        await with_targets(office, Target(answer_s=3 * 3600), hours=Hours(week=week) if week else None, timezone=zone)
        if not week:
            expected = "Sun 29 Mar 01:00 +0100"
        assert await due_at(office, await office.arrive("a"), zone) == expected
    finally:
        await office.close()


async def test_nobody_works_on_holidays_and_on_days_that_are_closed(tmp_path: Path) -> None:
    office = await Office.open(tmp_path)
    try:
        # Monday 13 July 2026, 17:30 in Paris; Tuesday is a public holiday, Wednesday one of our own.
        office.clock = office.store.clock = SimulatedClock(datetime(2026, 7, 13, 15, 29, tzinfo=UTC))
        week = "mon-fri 9:00-18:00"
        for hours, expected in (
            (Hours(week=week), "Tue 14 Jul 09:30 +0200"),
            (Hours(week=week, country="FR"), "Wed 15 Jul 09:30 +0200"),
            (Hours(week=week, country="FR", closed=(date(2026, 7, 15),)), "Thu 16 Jul 09:30 +0200"),
        ):
            await with_targets(office, Target(answer_s=3600), hours=hours, timezone="Europe/Paris")
            one = await office.arrive(f"a{expected}", at=datetime(2026, 7, 13, 15, 30, tzinfo=UTC))
            assert await due_at(office, one, "Europe/Paris") == expected
    finally:
        await office.close()


async def test_where_nobody_ever_works_nothing_is_due(office: Office) -> None:
    await with_targets(office, Target(answer_s=3600), hours=Hours(week=""))
    assert await due_s(office, await office.arrive("a")) is None


async def with_window(tmp_path: Path, window_s: int = 3600) -> Office:
    return await Office.open(tmp_path, reply_window_s=window_s)


async def test_the_window_ends_where_it_comes_before_the_target(tmp_path: Path) -> None:
    office = await with_window(tmp_path)
    try:
        await with_targets(office, Target(answer_s=7200))
        assert await due_s(office, await office.arrive("a")) == 3600
        await with_targets(office, Target(answer_s=1800))
        assert await due_s(office, await office.arrive("b")) == 1800
        await another(office, "nord")
        await with_targets(office)
        assert await due_s(office, await office.arrive("c")) is None
    finally:
        await office.close()


async def test_a_window_counts_from_the_last_message_of_who_waits(tmp_path: Path) -> None:
    office = await with_window(tmp_path)
    try:
        await office.clock.advance(1800)
        one = await office.arrive("a", "ana")
        assert await due_s(office, one) == 3600
        await office.arrive("a", "ana")
        assert await due_s(office, one) == 3660
        # What somebody else writes, or a bot, leaves her window where it is; his own ends later.
        await office.arrive("a", "bob")
        bot = Author(remote_id="bot", handle="@bot", is_bot=True)
        await office.arrive("a", author=bot)
        assert await due_s(office, one) == 3660
        # What she wrote before, and comes late, does so too.
        late = office.clock.now() - minutes(20)
        await office.arrive("a", "ana", at=late)
        assert await due_s(office, one) == 3660 + 17 * 60
        # What is out of sight does not count.
        hidden = await office.arrive("b", "cleo")
        await office.arrive("b", "cleo")
        await office.removed("m7")
        assert await due_s(office, hidden) == 3600
    finally:
        await office.close()


async def test_in_private_whoever_writes_keeps_the_window_open(tmp_path: Path) -> None:
    office = await with_window(tmp_path)
    try:
        private = {"kind": Kind.DM, "audience": Audience.DIRECT}
        one = await office.arrive("a", "ana", **private)
        await office.arrive("a", "bob", **private)
        assert await due_s(office, one) == 3660
        await office.clock.advance(600)
        note = {"direction": Direction.OUT, "author": US, "audience": Audience.NOTE}
        await office.arrive("a", **{**private, **note})
        assert await due_s(office, one) == 3660
    finally:
        await office.close()


async def test_who_was_answered_has_no_window_any_more(tmp_path: Path) -> None:
    office = await with_window(tmp_path)
    try:
        one = await office.arrive("a", "ana")
        await office.arrive("a", "bob")
        assert await due_s(office, one) == 3600
        desk = await office.desk()
        assert (await replies.reply(desk, one, "Bonjour")).changed
        assert await due_s(office, one) == 3600
        rows = await office.store.read(lambda db: db.execute("SELECT due_ms, waits_ms FROM conversation").fetchall())
        assert rows[0]["waits_ms"] == to_ms(office.clock.now())
    finally:
        await office.close()


async def test_conversations_of_several_brands_in_one_step_get_each_its_own(office: Office) -> None:
    await with_targets(
        office,
        Target(filter="tag:vip", answer_s=600),
        Target(filter="tag:vip brand:nord", answer_s=300),
        Target(filter="brand:nord", answer_s=900),
        brands={"nord": Brand(hours=Hours(week="mon-fri 10:00-18:00"))},
    )
    first, second = await office.arrive("a"), await office.arrive("b")
    await another(office, "nord")
    third, fourth = await office.arrive("c"), await office.arrive("d")
    desk = await office.desk()
    await triage.done(desk, [second])
    await tags.tag(desk, [first, second, third], "vip")
    assert [await due_s(office, each) for each in (first, second)] == [600, None]
    assert await due_at(office, third, "UTC") == "Mon 02 Mar 10:05 +0000"
    assert await due_at(office, fourth, "UTC") == "Mon 02 Mar 10:15 +0000"


async def stale(office: Office) -> int:
    """How many conversations have a deadline though nobody waits in them."""
    sql = "SELECT count(*) FROM conversation WHERE due_ms IS NOT NULL AND waits_ms IS NULL"
    return int(await office.store.read(lambda db: db.execute(sql).fetchone()[0]))


async def test_what_is_answered_while_settings_change_keeps_no_deadline(office: Office) -> None:
    await with_targets(office, Target(answer_s=3600))
    one, other = await office.arrive("a"), await office.arrive("b")
    await office.store.ingest(deadlines.know, Settings(timezone="UTC"))
    desk = await office.desk()
    await triage.done(desk, [one])
    assert (await due_s(office, other), await stale(office)) == (3600, 0)


async def test_deadlines_change_piece_by_piece_and_any_process_goes_on(office: Office) -> None:
    ids = [await office.arrive(f"k{number}") for number in range(5)]
    settings = Settings(timezone="UTC", targets=(Target(answer_s=1800),))
    assert not await office.store.read(deadlines.is_known, settings)
    await office.store.ingest(deadlines.know, settings)
    assert await office.store.read(deadlines.is_known, settings)
    seen = []
    for _piece in range(3):
        assert await office.store.read(deadlines.is_renewing)
        more = await office.store.ingest(deadlines.renew, 2)
        seen.append((more, [await due_s(office, one) for one in ids].count(1800)))
    assert seen == [(True, 2), (True, 4), (False, 5)]
    assert not await office.store.read(deadlines.is_renewing)
    assert not await office.store.ingest(deadlines.renew, 2)


async def test_so_many_pieces_are_done_before_a_screen_opens_and_the_rest_beside_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "CHUNK", 2)
    ids = [await office.arrive(f"k{number}") for number in range(5)]
    office.settings = Settings(timezone="UTC", targets=(Target(answer_s=1800),))
    office.desks.clear()
    desk = await office.desk()
    done = []
    for pieces in (1, 0, 1, None):
        await clocks.keep(desk, pieces)
        done.append([await due_s(office, one) for one in ids].count(1800))
    assert done == [2, 2, 4, 5]


async def test_the_same_settings_are_not_said_twice_nor_are_others_of_the_screen(office: Office) -> None:
    await with_targets(office, Target(answer_s=1800))
    since = await office.store.read(deadlines.known_ms)
    assert since == to_ms(office.clock.now())
    await office.clock.advance(60)
    await with_targets(office, Target(answer_s=1800), numbers=NumbersOf(everybody=True))
    assert await office.store.read(deadlines.known_ms) == since
    await with_targets(office, Target(answer_s=1800), timezone="Europe/Paris")
    assert await office.store.read(deadlines.known_ms) == since + 60_000


async def test_late_is_what_is_past_and_soon_what_comes_before_the_hour_is_over(office: Office) -> None:
    await with_targets(office, Target(answer_s=3600))
    one = await office.arrive("a")
    asked = to_ms(office.clock.now())
    due = asked + 3_600_000
    for now, soon, expected in (
        (due - 1, due, (0, 0)),
        (due - 1, due + 1, (0, 1)),
        (due, due + 1, (0, 1)),
        (due + 1, due + 2, (1, 0)),
    ):
        for accounts_ in (None, (office.account.id,)):
            assert await office.store.read(deadlines.counts, now, soon, accounts_) == expected, (now - due, accounts_)
    assert await due_s(office, one) == 3600


async def test_more_late_ones_than_one_looks_at_are_not_counted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "MOST", 3)
    await with_targets(office, Target(answer_s=60))
    for number in range(2):
        await office.arrive(f"a{number}")
    first = office.account.id
    await another(office, "nord")
    for number in range(2):
        await office.arrive(f"b{number}")
    now = to_ms(office.clock.now()) + 3_600_000
    for accounts_, expected in ((None, 3), ((first, office.account.id), 3), ((first,), 2), ((), 0)):
        assert (await office.store.read(deadlines.counts, now, now + 1, accounts_))[0] == expected


async def test_nothing_is_read_of_conversations_where_nothing_can_be_due(office: Office) -> None:
    """A house without targets and windows pays for them with a few look-ups, however much comes in."""
    told: list[str] = []
    await office.store.write(lambda tx: tx.db.set_trace_callback(told.append))
    await office.arrive("a")
    await office.store.write(lambda tx: tx.db.set_trace_callback(None))
    assert any("INSERT INTO message" in sql for sql in told)
    assert not [
        sql for sql in told if "UPDATE conversation SET due_ms" in sql or ("json_each" in sql and "due_ms" in sql)
    ]
    assert not [sql for sql in told if "FROM response r JOIN message o" in sql]
