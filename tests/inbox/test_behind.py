"""A number opens into exactly the conversations that it counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.inbox.office import Office

from cminbox.errors import UsageError
from cminbox.inbox import moderation, numbers, queue, replies, tags, triage
from cminbox.model.numbers import EVERYWHERE, Place, Span
from cminbox.model.views import Filter, Order, View

COUNTS = ("conversations", "answered", "reviewed", "answered_privately", "closed", "spam")
TIMES = ("first_response_n", "first_resolution_n", "full_resolution_n")
NOW = ("open", "unanswered", "backlog", "late", "due_soon")


def today(office: Office) -> Span:
    now = office.clock.now()
    return Span(now.replace(hour=0, minute=0), now + timedelta(hours=1))


async def a_day(office: Office) -> None:
    """Answered, done, reopened, spam, tagged, snoozed, and some that wait."""
    lea, omar = await office.desk(), await office.desk("omar")
    ids = [await office.arrive(f"k{n}", ("ana", "bob", "zoe")[n % 3]) for n in range(12)]
    for n, one in enumerate(ids[:4]):
        act = (await replies.reply((lea, omar)[n % 2], one, "Bonjour")).changed[0].act
        assert act is not None
        await office.sent(act, f"ours{n}")
    await triage.done(omar, ids[3:7])
    await moderation.reopen(omar, [ids[5]])
    await moderation.spam(lea, [ids[7]])
    await tags.tag(lea, ids[6:10], "colis")
    await triage.waiting(lea, [ids[8]])
    await office.arrive("k0", "ana", "and now?")


@pytest.mark.parametrize("place", [EVERYWHERE, Place(tag="colis"), Place(colleague="léa"), Place(network="matrix")])
async def test_as_many_conversations_lie_behind_a_number_as_it_counts(office: Office, place: Place) -> None:
    await a_day(office)
    desk, span = await office.desk(), today(office)
    found = await numbers.measure(desk, span, place)
    bar = await queue.bar(desk, numbers.filter_of(place))
    for key in (*COUNTS, *TIMES, *NOW):
        wanted = await numbers.behind(desk, key, span, place)
        rows, partial = await queue.listing(desk, wanted)
        n = getattr(bar, key) if key in NOW else found[key]
        assert (len(rows), partial) == (n, False), key
        assert await queue.count(desk, wanted) == (n, True), key
    if place == EVERYWHERE:
        assert found["answered"] == 4
        assert found["closed"] == 7
        assert (bar.open, bar.unanswered) == (5, 5)


@pytest.mark.parametrize("key", numbers.PERIOD)
async def test_every_number_of_a_period_opens(office: Office, key: str) -> None:
    await a_day(office)
    desk, span = await office.desk(), today(office)
    found = await numbers.measure(desk, span, keys=[key])
    wanted = await numbers.behind(desk, key, span)
    assert wanted.only is not None
    assert len(wanted.only) == len(set(wanted.only))
    whole = found[key] if key == "returning_people" else found.n.get(key, found[key])
    assert bool(wanted.only) is bool(whole)
    if key in ("response_rate", "reopen_rate", "one_touch_rate"):
        assert len(wanted.only) == found.n[key]


async def test_numbers_of_now_open_too_and_unknown_ones_do_not(office: Office) -> None:
    await a_day(office)
    desk, span = await office.desk(), today(office)
    rows = await queue.page(desk, await numbers.behind(desk, "oldest_waiting_s", span), 50)
    waits = [row.waits_since for row in rows]
    assert waits == sorted(waits)
    assert (await numbers.behind(desk, "new_per_minute", span)).only
    assert len((await numbers.behind(desk, "outbox", span)).only or ()) == 1
    mine = await numbers.behind(desk, "answered_mine", span)
    assert len(mine.only or ()) == (await queue.bar(desk, Filter())).answered_mine == 2
    with pytest.raises(UsageError):
        await numbers.behind(desk, "nonsense", span)


async def test_chosen_conversations_are_paged_in_their_order_both_ways(office: Office) -> None:
    desk = await office.desk()
    ids = [await office.arrive(f"k{n}") for n in range(9)]
    chosen = (ids[3], ids[8], ids[0], ids[5], ids[1], ids[7])
    wanted = Filter(view=View.ANY, only=chosen, number="closed")
    for order, expected in ((None, chosen), (Order.OLDEST, chosen[::-1])):
        asked = wanted.model_copy(update={"order": order})
        rows, key = [], None
        while page := await queue.page(desk, asked, 2, key):
            rows += [row.id for row in page]
            key = queue_key(page[-1])
        assert tuple(rows) == expected
        last = await queue.page(desk, asked, 4, before=key)
        assert [row.id for row in last] == list(expected[1:5])
        end = -1 if order is None else 1 << 62
        bottom = await queue.page(desk, asked, 2, before=queue.PageKey(sort_ms=end, id=end))
        assert [row.id for row in bottom] == list(expected[-2:])
    assert await queue.count(desk, wanted) == (6, True)
    await triage.done(desk, [ids[8]])
    still = wanted.model_copy(update={"view": View.ALL})
    assert [row.id for row in await queue.page(desk, still, 9)] == [one for one in chosen if one != ids[8]]
    assert await queue.count(desk, still) == (5, True)
    searched = wanted.model_copy(update={"search": "hello"})
    assert {row.id for row in await queue.page(desk, searched, 9)} == set(chosen)


def queue_key(row):  # type: ignore[no-untyped-def]
    return queue.PageKey(sort_ms=row.sort_ms, id=row.id)
