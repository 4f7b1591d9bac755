"""Every number, recounted in plain Python from the journal and the messages it names (recount), for histories at random
and for written ones: reopenings, bots, rules, undos, deletions, private answers, several people, colleagues and brands,
what comes late, half-hour zones and changes of the clock.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inbox.history import STEPS, WINDOW_S, ZONES, History, Step, scripted, settings_of
from tests.inbox.recount import PRECISE, House, Recount, Took

from cminbox.clock import from_ms, to_ms
from cminbox.inbox import numbers, queue
from cminbox.insight.definitions import BY_KEY
from cminbox.model.numbers import EVERYWHERE, Place, Span
from cminbox.model.rows import ViewNumbers
from cminbox.model.views import Filter
from cminbox.store import figures
from cminbox.store.counters import QUARTER_MS

ELSEWHERE = {"backlog_end", "share_of_voice", *figures.RATES}
"""Numbers with tests of their own: test_backlog_property, test_voice_property, and those of the figures of networks."""

PLACES = (
    EVERYWHERE,
    Place(brand="nord"),
    Place(account="brand"),
    Place(network="matrix"),
    Place(tag="vip"),
    Place(colleague="léa"),
    Place(colleague="omar"),
    Place(tag="vip", colleague="léa"),
)
VIEWS = (
    Filter(),
    Filter(brand="nord"),
    Filter(account="brand"),
    Filter(network="matrix"),
    Filter(tag="vip"),
    Filter(assignee="léa"),
    Filter(network="mastodon", tag="vip"),
)

HISTORIES = {
    "nothing": "",
    "questions, answers, more questions": """arrive:0 arrive:0:1:100 reply:0:0:300 arrive:0:0:50 arrive:0:1:40
        elsewhere:0:0:400 elsewhere:0:0:100 arrive:1 reply:1 arrive:2""",
    "bots": """bot:0 arrive:0:0:500 reply:0:0:100 bot:0:0:50 arrive:0:0:200 reply:0:0:100 bot:0 elsewhere:0:0:70
        bot:1 done:1 arrive:2:0:60 bot:2""",
    "history": """history:0 arrive:0 reply:0:0:500 history:0 elsewhere:0 history:1 done:1 history:2 elsewhere:2
        history:1:1:90 arrive:1:1:90 done:1 history:3 reopen:3 done:3:0:80
        ours_history:0 ours_history:3""",
    "known to the day, or not at all": """day:0 reply:0:0:300 arrive:1 ours_day:1:0:20000 arrive:1:1:50 elsewhere:1
        undated:2 reply:2:0:200 undated:3 day:2:1 ours_day:0 arrive:0 elsewhere:0 day:1 hide:1 arrive:2 undated:2 done:2
        arrive:0:0:20000 redo:0:0:2000 ours_day:0:0:60000 arrive:3 ours_day:3:0:86400 day:3:0:9 elsewhere:3""",
    "known to the day between answers": """arrive:0 elsewhere:0 day:0:0:20000 elsewhere:0:0:100 undated:0
        elsewhere:0 ours_undated:0 arrive:1 ours_undated:1:0:80 arrive:1 elsewhere:1""",
    "of the same instant": """arrive:0 elsewhere:0 arrive:0:1:50 elsewhere:0:0:0 arrive:0:2:0 elsewhere:0:0:70 goes_on:0
        arrive:1 goes_on:1 goes_on:1:0:80 arrive:2 loose:2:0:0 arrive:2:1:30 loose:2""",
    "not to us": "aside:0 arrive:0 aside:0:1 reply:0 aside:0:2:50 arrive:0:0:70 reply:0:0:20 aside:0:1 elsewhere:0",
    "rules": """arrive:0 rule:0 arrive:1 rule_spam:1 arrive:2 rule_reply:2 arrive:2 reply:2 arrive:0 reply:0
        rule_private:2 arrive:1:2 reply:1 rule:2 done:2 arrive:3 rule_hide:3""",
    "a rule puts away, a person comes back, a colleague ends it": "arrive:0 rule:0 arrive:0:0:500 done:0:0:300",
    "taken back": """arrive:0 done:0:0:200 undo arrive:1 spam:1 undo redo arrive:2 reply:2:0:100 undo arrive:2
        held:2 undo done:0 redo omar_done:1:0:90 omar_undo""",
    "back and forth": """arrive:0 done:0 reopen:0:0:4000 undo:0:0:4000 arrive:1 done:1 reopen:1 spam:1:0:50 undo:1:0:70
        undo:1:0:90 spam:0 undo:0:0:600 arrive:2 done:2 reopen:2 undo redo:0:0:900""",
    "opened again": """arrive:0 done:0 arrive:0:0:900 done:0:0:40 arrive:1 done:1 reopen:1 arrive:2 done:2 arrive:2
        arrive:3 snooze:3 wake done:3 snooze:3 wake""",
    "one touch or more": """arrive:0 reply:0 arrive:1 reply:1 arrive:1 reply:1 arrive:2 done:2 arrive:3 reply:3 arrive:3
        omar_reply:3:0:500 arrive:3 take:0 done:0""",
    "in private": "arrive:0 private:0 arrive:1 private:1:0:30 undo arrive:2 rule_private:2 arrive:0 private:0 arrive:0",
    "moderated": """arrive:0 hide:0:0:300 arrive:1 delete:1:0:50 arrive:2 reply:2 delete_ours:2 arrive:2 hide:2 undo
        refused:0 refused:1:0:40 day:0 hide:0
        rule_hide:1 omar_delete:2 arrive:3 spam:3 arrive:3 remove:0 hide:2:0:5000""",
    "clocks that differ": "arrive:0 early:0 arrive:1:0:60 early:1:0:10 arrive:1 elsewhere:1 late:0 elsewhere_late:0",
    "what comes late": """arrive:0 elsewhere:0:0:6000 late:0:1:500 arrive:1:0:6000 elsewhere:1:0:3100
        elsewhere_late:1:0:100 late:1:2:30 arrive:0:0:30 vip:0 elsewhere:0:0:100 unvip:0 late:0:2:50""",
    "several people": "twice:0 reply:0 arrive:0:2 reply:0:0:500 twice:1:1 omar_reply:1 remove:1 twice:2 private:2",
    "nord": """arrive:3 arrive:0 reply:0:0:1185 arrive:3:1 elsewhere:0:0:1200 arrive:3:2 elsewhere:0:0:1141 arrive:3:0
        arrive:3:1:1100""",
    "nord at night": "arrive:3:0:62000 arrive:3:1:600 arrive:3:0:300 bot:3:0:5000 elsewhere:0:0:300",
    "nord's window ends before its target": "arrive:3:0:62000 arrive:3:1:900 arrive:3:1:900 redo:0:0:2100",
    "in time, just in time, too late": """arrive:0 vip:0 elsewhere:0:0:540 arrive:1 vip:1 elsewhere:1:0:541 arrive:2
        elsewhere:2:0:5400 arrive:2:1:5 elsewhere:2:0:5401 unvip:0 arrive:0 elsewhere:0:0:900""",
    "a tag after the answer": """arrive:0 elsewhere:0:0:900 vip:0 arrive:1 vip:1 elsewhere:1:0:700 unvip:1
        arrive:1 vip:1 arrive:2 colis:2 arrive:0 colis:0 reply:0 reply:2""",
    "a tag after the answer, and then what comes late": "arrive:0:0:8000 elsewhere:0:0:100 vip:0 late:0:1:3000",
    "nord's window counts from the last message": "arrive:3:0:62000 arrive:3:0:900 redo:0:0:4600",
    "answered, then spam": "arrive:0 reply:0 spam:0 arrive:1",
    "just after midnight": "arrive:0 day:0:1:14640 undated:1 arrive:2",
    "due at this instant": "arrive:0 arrive:1:0:1 redo:0:0:5399",
    "due a millisecond ago": "arrive:0 redo:0:0:5401",
    "due in an hour": "arrive:0:0:60 arrive:1:0:1 redo:0:0:1799",
    "other states": """arrive:0 snooze:0 arrive:1 waiting:1 arrive:2 spam:2 arrive:2 arrive:3 take:3 vip:3
        held:0 review:1 take:1 vip:0 arrive:1 omar_reply:1""",
    "just a quarter of an hour": """arrive:0:0:900 arrive:1:0:900 arrive:2:0:899 arrive:0:0:1 reply:0:0:885
        arrive:0:0:15""",
    "two that are one": """orphans:0 done:0:0:40 done:1:0:50 reply:1:0:60 parent:0:2:100 done:0:0:70 orphans:0:1 reply:1
        spam:2 parent:0:2 reply:1""",
    "closed, then joined and opened": "orphans:0 done:1:0:50 arrive:1 done:0 parent:0:2:9 done:2:0:60",
    "said by two": """arrive:0 omar_reply:0 arrive:0 reply:0 arrive:1 omar_done:1 arrive:1 done:1:0:300 arrive:2 done:2
        arrive:2:1:400 omar_done:2 omar_private:2 arrive:3 omar_hide:3 omar_spam:3""",
    "notes": "arrive:0 note:0 arrive:0:1 reply:0 note:0 arrive:1 note:1",
    "who comes back": "arrive:0 arrive:1:1:5000 arrive:0:0:5000 bot:0:0:50 arrive:2:1 bot:1:0:5000 remove:0 arrive:1:2",
}
"""What happens seldom, or to the millisecond, as `history.scripted` reads it."""


async def play(
    steps: Sequence[Step], zone: str, cuts: Sequence[tuple[float, float]], *, hours: bool, edges: int
) -> None:
    """Let a history happen, and compare the numbers of some pieces of it (0 to 1: all of it) and of now.

    `edges`: so many periods begin and end with something that happened.
    """
    with tempfile.TemporaryDirectory() as folder:
        history = await History.open(Path(folder), settings_of(zone, hours=hours))
        office = history.office
        try:
            begin = office.clock.now() - timedelta(days=4)
            for step in steps:
                await history.step(step)
            end = office.clock.now() + timedelta(seconds=1)
            spans = [span_of(begin, end, *cut) for cut in cuts]
            house = await office.store.read(House, office.settings)
            for span in spans:
                for place in PLACES:
                    await same(history, house, span, place)
            for span in pieces_of(house, edges):
                await same(history, house, span, EVERYWHERE)
            await same_heat(history, house, spans[0])
            for view in VIEWS:
                same_bar(house, await queue.bar(await office.desk(), view), view, office.clock.now())
        finally:
            await office.close()


def pieces_of(house: House, most: int) -> Sequence[Span]:
    happened = {each["at_ms"] for each in (*house.messages, *house.journal)}
    at = sorted(happened | {act["finished_ms"] for act in house.acts if act["finished_ms"] is not None})
    chosen = at[:: -(-len(at) // most)] if at else []
    return [Span(from_ms(low), from_ms(high)) for low, high in pairwise(chosen)]


def span_of(begin: datetime, end: datetime, low: float, high: float) -> Span:
    low, high = sorted((low, high))
    return Span(begin + (end - begin) * low, begin + (end - begin) * high)


async def same(history: History, house: House, span: Span, place: Place) -> None:
    desk = await history.office.desk()
    found = await numbers.measure(desk, span, place)
    told = Recount(house, to_ms(span.since), to_ms(span.until), place)
    counts, times = told.counts(), told.times()
    named = {name for names in numbers.TIMES.values() for name in names}
    assert set(numbers.PERIOD) == {*counts, *named, *(ELSEWHERE & set(numbers.PERIOD))}
    for key, expected in counts.items():
        assert found[key] == expected.value, (key, place)
        assert found.n.get(key) == expected.n, (key, place)
        assert set((await numbers.behind(desk, key, span, place)).only or ()) == expected.ids, (key, place)
    for query, (median, p90, n) in numbers.TIMES.items():
        took = [each.seconds for each in times[query]]
        assert found[n] == found.n[median] == found.n[p90] == len(took), (query, place)
        assert (found[median], found[p90]) == pytest.approx(middle_and_tail(took)), (query, place)
        ids = {each.conversation for each in times[query]}
        assert set((await numbers.behind(desk, median, span, place)).only or ()) == ids, (query, place)
    if place == EVERYWHERE:
        await same_bins(history, span, times)


async def same_bins(history: History, span: Span, times: dict[str, list[Took]]) -> None:
    for query in ("first_response", "next_reply"):
        bins = await numbers.histogram(await history.office.desk(), span, EVERYWHERE, numbers.TIMES[query][0])
        below = 0.0
        for end, n in bins:
            top = float("inf") if end is None else end
            assert n == sum(below < max(each.seconds, 1e-9) <= top for each in times[query])
            below = top


def middle_and_tail(values: Sequence[float]) -> tuple[float | None, float | None]:
    if len(values) < 2:
        return (values[0], values[0]) if values else (None, None)
    return statistics.median(values), statistics.quantiles(values, n=10, method="inclusive")[-1]


async def same_heat(history: History, house: House, span: Span) -> None:
    table = await numbers.heat(await history.office.desk(), span)
    zone = ZoneInfo(history.office.settings.timezone)
    low, high = to_ms(span.since), to_ms(span.until)
    heard = [m["at_ms"] for m in house.heard if m["precision"] in PRECISE and low <= m["at_ms"] < high]
    local = [from_ms(at).astimezone(zone) for at in heard]
    assert sum(map(sum, table)) == len(local)
    for day, row in enumerate(table):
        assert row == tuple(sum((at.weekday(), at.hour) == (day, hour) for at in local) for hour in range(24))


def same_bar(house: House, bar: ViewNumbers, view: Filter, now: datetime) -> None:
    """The numbers of now beside a view."""
    now_ms = to_ms(now)
    zone = ZoneInfo(house.settings.timezone)
    midnight = to_ms(datetime.combine(now.astimezone(zone).date(), datetime.min.time(), zone))
    place = Place(brand=view.brand, account=view.account, network=view.network, tag=view.tag)
    told = Recount(house, midnight, now_ms, place)

    def here(one: int | None) -> bool:
        assignee = house.conversations[one]["assignee"] if one in house.conversations else None
        return told.here(one) and (view.assignee is None or house.names.get(assignee or 0) == view.assignee)

    def ids(rows: Sequence[dict[str, object]], key: str) -> list[int]:
        return [each[key] for each in rows if here(each[key])]  # type: ignore[arg-type, misc]

    rows = [row for one, row in house.conversations.items() if here(one)]
    waits = {row["id"]: min(house.waiting(row["id"]).values(), default=None) for row in rows}
    ends = [end for row in rows if (end := house.due_ms(row["id"], WINDOW_S)) is not None]
    begun = [one for one in told.begun() if here(one)]
    answered = [one for one in begun if house.first_reply(one)]
    ours = [r for r in told.ours() if here(r["of"])]
    promised = [(r["at_ms"], end) for r in ours if (end := house.promised(r)) is not None]
    took = [each.seconds for each in told.times()["first_response"] if here(each.conversation)]
    acts = [act["state"] for act in house.acts if here(act["conversation_id"])]
    last = Recount(house, now_ms - QUARTER_MS, now_ms, place).heard()
    expected = {
        "open": sum(row["state"] == "open" for row in rows),
        "unanswered": sum(each is not None for each in waits.values()),
        "backlog": sum(row["state"] in ("open", "snoozed", "waiting") for row in rows),
        "oldest_waiting_s": max(((now_ms - each) / 1000 for each in waits.values() if each is not None), default=None),
        "new_per_minute": len(ids([m for m in last if m["precision"] != "day"], "conversation_id")) / 15,
        "received": len(ids(told.heard(QUARTER_MS), "conversation_id")),
        "answered": len({r["of"] for r in ours}),
        "answered_mine": len({r["of"] for r in ours if r["by"] is not None and house.names[r["by"]] == "léa"}),
        "response_rate": (
            len(answered) / len(needed) if (needed := [one for one in begun if one in answered or waits[one]]) else None
        ),
        "targets_hit": sum(at <= end for at, end in promised) / len(promised) if promised else None,
        "late": sum(end < now_ms for end in ends),
        "due_soon": sum(now_ms <= end < now_ms + 3_600_000 for end in ends),
        "first_response_n": len(took),
        "outbox": sum(state in ("held", "queued", "sending", "uncertain") for state in acts),
        "review": acts.count("review"),
    }
    expected["first_response_median_s"], expected["first_response_p90_s"] = middle_and_tail(took)
    assert set(expected) == set(ViewNumbers.model_fields) - {"at_least"}
    assert set(BY_KEY) <= {*expected, *numbers.PERIOD}
    for key, value in expected.items():
        assert getattr(bar, key) == (value if value is None else pytest.approx(value)), (key, view)
    assert not bar.at_least


CUTS = ((0.0, 1.0),)


@pytest.mark.parametrize("zone", ["UTC", "Australia/Lord_Howe"])
@pytest.mark.parametrize("name", HISTORIES)
def test_the_numbers_of_what_happens_seldom(name: str, zone: str) -> None:
    asyncio.run(play(scripted(HISTORIES[name]), zone, CUTS, hours=zone != "UTC", edges=60))


@settings(max_examples=40)
@given(STEPS, st.sampled_from(ZONES), st.tuples(st.floats(0.9, 1), st.floats(0.9, 1)), st.booleans())
def test_every_number_is_what_a_recount_gives(
    steps: list[Step], zone: str, cut: tuple[float, float], hours: bool
) -> None:
    asyncio.run(play(steps, zone, (*CUTS, cut), hours=hours, edges=3))
