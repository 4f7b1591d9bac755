"""By when an answer is due: kept with the wait, by targets, business hours and reply windows."""

from __future__ import annotations

from tests.inbox.office import Office

from cminbox.clock import to_ms
from cminbox.config.clocks import Hours, Target
from cminbox.config.settings import Settings
from cminbox.inbox import clocks, queue, replies, tags, triage, undo
from cminbox.inbox.filters import parse
from cminbox.model.rows import PageKey
from cminbox.model.views import Filter, Order, View
from cminbox.store import deadlines


async def due_s(office: Office, conversation_id: int) -> float | None:
    """Seconds from the message's time to the deadline."""
    row = await office.store.read(
        lambda db: db.execute("SELECT due_ms, waits_ms FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    )
    return None if row["due_ms"] is None else (row["due_ms"] - row["waits_ms"]) / 1000


async def with_targets(office: Office, *targets: Target, hours: Hours | None = None) -> None:
    office.settings = Settings(timezone="UTC", targets=targets, hours=hours)
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
