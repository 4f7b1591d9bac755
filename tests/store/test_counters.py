from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_house import START_MS, add_conversation, change, small_house

from cminbox.insight.deltas import Gauge
from cminbox.store import counters
from cminbox.store.database import Tx

STATES = st.sampled_from(["open", "snoozed", "waiting", "done", "spam"])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "state": STATES,
        "unread": st.integers(0, 1),
        "waits_ms": st.none() | st.integers(0, 9),
        "assignee": st.none() | st.integers(1, 2),
        "account_id": st.integers(1, 4),
        "brand_id": st.none() | st.integers(1, 2),
        "network_id": st.integers(1, 3),
    },
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("new"), FIELDS),
        st.tuples(st.just("change"), FIELDS.filter(bool), st.integers(0, 30)),
        st.tuples(st.just("gone"), st.integers(0, 30)),
    ),
    max_size=6,
)


def _play(tx: Tx, steps: list[tuple]) -> None:
    for verb, *rest in steps:
        if verb == "new":
            add_conversation(tx, text=None, **rest[0])
            continue
        ids = [row[0] for row in tx.db.execute("SELECT id FROM conversation ORDER BY id")]
        if not ids:
            continue
        one = ids[rest[-1] % len(ids)]
        if verb == "change":
            change(tx, one, **rest[0])
        else:
            tx.touch(one)
            tx.db.execute("DELETE FROM conversation WHERE id = ?", (one,))


@settings(max_examples=40, deadline=None)
@given(transactions=st.lists(st.tuples(STEPS, st.booleans()), max_size=5))
def test_the_gauges_are_what_a_recount_finds_after_any_changes(transactions):
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with small_house(Path(folder)) as store:
                for steps, breaks in transactions:
                    try:
                        await store.write(_play_and_maybe_break, steps, breaks)
                    except ZeroDivisionError:
                        assert breaks
                assert await store.read(counters.drift) == {}
                everything = await store.read(counters.recount)
                assert await store.read(counters.gauges) == _of(everything, "inbox", 0)
                for scope, scope_id in (("network", 1), ("account", 2), ("brand", 1), ("assignee", 2)):
                    assert await store.read(counters.gauges, scope, scope_id) == _of(everything, scope, scope_id)

    asyncio.run(play())


def _play_and_maybe_break(tx: Tx, steps: list[tuple], breaks: bool) -> None:
    _play(tx, steps)
    if breaks:
        raise ZeroDivisionError


def _of(counted: dict[Gauge, int], scope: str, scope_id: int) -> dict[str, int]:
    names = ("open", "snoozed", "waiting", "done", "spam", "unanswered", "unread")
    return {name: counted.get(Gauge(scope, scope_id, name), 0) for name in names}


async def test_drift_names_a_gauge_that_somebody_changed_behind_our_back(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(add_conversation)
        await store.write(lambda tx: tx.db.execute("UPDATE conversation SET state = 'done'"))
        found = await store.read(counters.drift)
        assert found[Gauge("inbox", 0, "open")] == 1
        assert found[Gauge("inbox", 0, "done")] == -1


async def test_buckets_add_up_by_quarter_of_an_hour(tmp_path):
    def count(tx: Tx) -> None:
        counters.add(tx, 1, START_MS, "received")
        counters.add(tx, 1, START_MS + counters.QUARTER_MS - 1, "received", 2)
        counters.add(tx, 1, START_MS + counters.QUARTER_MS, "received")
        counters.add(tx, 2, START_MS, "received")

    async with small_house(tmp_path) as store:
        await store.write(count)
        rows = await store.read(
            lambda db: db.execute("SELECT account_id, quarter, n FROM bucket ORDER BY 1, 2").fetchall()
        )
        quarter = START_MS // counters.QUARTER_MS
        assert [tuple(row) for row in rows] == [(1, quarter, 3), (1, quarter + 1, 1), (2, quarter, 1)]


@pytest.mark.parametrize("hours", [0, 5.75, -3.5, 12.75])
def test_a_local_midnight_is_the_edge_of_a_bucket(hours):
    midnight_ms = START_MS - START_MS % 86_400_000 - int(hours * 3_600_000)
    assert midnight_ms % counters.QUARTER_MS == 0
