"""The numbers of a period on a store at work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.inbox.office import Office

from cminbox.config.clocks import Brand, Hours, NumbersOf
from cminbox.config.settings import Settings
from cminbox.errors import Refused, UsageError
from cminbox.inbox import numbers, replies, triage
from cminbox.insight.definitions import BY_KEY
from cminbox.model.numbers import EVERYWHERE, Place, Span
from cminbox.store.kpi import QUERIES


def today(office: Office) -> Span:
    now = office.clock.now()
    return Span(now.replace(hour=0, minute=0), now + timedelta(hours=1))


async def test_no_data_is_none_and_never_zero(office: Office) -> None:
    found = await numbers.measure(await office.desk(), today(office))
    assert found["received"] == 0
    for key in ("response_rate", "first_response_median_s", "next_reply_p90_s", "reopen_rate", "returning_people"):
        assert found[key] is None
    assert found["first_response_n"] == 0


async def test_what_happened_is_counted_where_it_happened(office: Office) -> None:
    desk = await office.desk()
    first = await office.arrive("a", "ana")
    await office.arrive("b", "bob")
    third = await office.arrive("c", "ana")
    await replies.reply(desk, first, "Bonjour")
    await triage.done(desk, [third])
    found = await numbers.measure(desk, today(office))
    assert (found["received"], found["people"], found["conversations"]) == (3, 2, 3)
    assert (found["closed"], found["reviewed"]) == (2, 1)
    assert found.n["returning_people"] == 2
    nowhere = await numbers.measure(desk, today(office), Place(network="matrix"))
    assert (nowhere["received"], nowhere["closed"]) == (0, 0)


async def test_a_verb_that_was_undone_counts_nowhere(office: Office) -> None:
    from cminbox.inbox import undo

    desk = await office.desk()
    one = await office.arrive("a")
    await triage.done(desk, [one])
    await undo.undo(desk)
    found = await numbers.measure(desk, today(office))
    assert (found["closed"], found["reviewed"]) == (0, 0)


async def test_one_sees_one_s_own_numbers_unless_settings_say_so(office: Office) -> None:
    lea, omar = await office.desk(), await office.desk("omar")
    for key, desk in (("a", lea), ("b", lea), ("c", omar)):
        await triage.done(desk, [await office.arrive(key)])
    mine = await numbers.measure(lea, today(office), Place(colleague="léa"))
    assert mine["closed"] == 2
    with pytest.raises(Refused):
        await numbers.measure(lea, today(office), Place(colleague="omar"))
    only = await numbers.breakdown(lea, "colleague", today(office), EVERYWHERE, ["closed"])
    assert [name for name, _found in only] == ["léa"]
    office.settings = Settings(numbers=NumbersOf(everybody=True))
    office.desks.clear()
    all_of_them = await numbers.breakdown(await office.desk(), "colleague", today(office), EVERYWHERE, ["closed"])
    assert {name: found["closed"] for name, found in all_of_them} == {"léa": 2, "omar": 1}


async def test_business_hours_of_the_brand_count_working_time(office: Office) -> None:
    # Monday 09:00 UTC on the clock; the team starts at ten.
    office.settings = Settings(timezone="UTC", hours=Hours(week="mon-fri 10:00-18:00"))
    desk = await office.desk()
    asked = await office.arrive("a")
    await office.clock.advance(3600)
    act = (await replies.reply(desk, asked, "Bonjour")).changed[0].act
    assert act is not None
    await office.sent(act, "ours")
    found = await numbers.measure(desk, today(office))
    assert found["first_response_median_s"] == 60
    office.settings = Settings(brands={"": Brand()})
    office.desks.clear()
    found = await numbers.measure(await office.desk(), today(office))
    assert found["first_response_median_s"] == 3600


async def test_heat_and_histogram_and_series_hold_the_same_as_the_numbers(office: Office) -> None:
    office.settings = Settings(timezone="Asia/Kolkata")
    desk = await office.desk()
    for number in range(5):
        await office.arrive(f"k{number}")
    table = await numbers.heat(desk, today(office))
    assert (sum(map(sum, table)), table[0][14]) == (5, 5)
    pieces = await numbers.series(desk, "received", today(office), EVERYWHERE, 900)
    assert sum(value or 0 for _at, value in pieces) == 5
    assert sum(n for _end, n in await numbers.histogram(desk, today(office))) == 0


def test_every_number_of_a_period_has_a_query_and_a_definition() -> None:
    named = {name for names in numbers.TIMES.values() for name in names}
    assert {*numbers.PERIOD} == named | {key for key in QUERIES if key not in numbers.TIMES}
    assert set(numbers.PERIOD) <= set(BY_KEY)
    assert numbers.explain("reviewed").sql.startswith("SELECT")
    with pytest.raises(UsageError, match="nonsense"):
        numbers.explain("nonsense")
