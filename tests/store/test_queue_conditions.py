from __future__ import annotations

import asyncio
import itertools
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_house import (
    ACCOUNTS,
    BRANDS,
    COLLEAGUES,
    KINDS,
    NETWORKS,
    START_MS,
    add_conversation,
    change,
    insert,
    small_house,
)

from cminbox.model.base import ConversationState
from cminbox.model.filter_words import Flag
from cminbox.model.rows import PageKey
from cminbox.model.views import Condition, Filter, Key
from cminbox.store import counters, queue, queue_walk, search, tagging
from cminbox.store.database import Store, Tx
from cminbox.store.queue_plan import plan

STATES = tuple(ConversationState)
TAGS = ("refund", "vip", "spam")
LANGS = ("fr", "en-GB", None)
WORDS = ("late", "parcel", "merci")
CAMPAIGNS = (None, "Spring", "Été")

FIELDS = st.fixed_dictionaries(
    {
        "shown_ms": st.integers(0, 5).map(lambda n: START_MS + n),
        "state": st.sampled_from([state.value for state in STATES]),
        "kind": st.sampled_from(KINDS),
        "account_id": st.integers(1, 4),
        "waits": st.booleans(),
        "topic_id": st.none() | st.integers(1, 3),
        "assignee": st.none() | st.integers(1, 2),
        "star": st.integers(0, 1),
        "unread": st.integers(0, 1),
        "is_private": st.integers(0, 1),
        "moved_to": st.none() | st.sampled_from(["done", "spam"]),
        "tags": st.sets(st.integers(1, 3)),
        "lang": st.sampled_from(LANGS),
        "words": st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join),
    }
)


def _of(key: Key, *values: str) -> st.SearchStrategy[Condition]:
    some = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)
    return st.builds(Condition, key=st.just(key), values=some, negated=st.booleans())


CONDITIONS = st.one_of(
    _of(Key.NETWORK, *NETWORKS, "nowhere"),
    _of(Key.ACCOUNT, *(name for name, *_ in ACCOUNTS)),
    _of(Key.BRAND, *BRANDS, "LUMIERE"),
    _of(Key.KIND, *KINDS),
    _of(Key.STATE, *STATES),
    _of(Key.TAG, *TAGS, "nothing"),
    _of(Key.ASSIGNEE, *COLLEAGUES, "none"),
    _of(Key.IS, *Flag, *STATES),
    _of(Key.LANG, "fr", "en"),
    _of(Key.CAMPAIGN, "spring", "ETE", "none such"),
    st.builds(
        Condition, key=st.just(Key.TEXT), values=st.sampled_from(WORDS).map(lambda w: (w,)), negated=st.just(True)
    ),
    st.builds(Condition, key=st.just(Key.PERSON), values=st.just(("person1",)), negated=st.just(True)),
    st.builds(Condition, key=st.just(Key.PERSON), values=st.just(("#1",)), negated=st.just(True)),
)
FILTERS = st.builds(
    Filter,
    view=st.sampled_from(["all", "unanswered", "any"]),
    network=st.none() | st.sampled_from(NETWORKS),
    tag=st.none() | st.sampled_from([*TAGS, "VIP"]),
    topic=st.none() | st.integers(1, 3),
    assignee=st.none() | st.sampled_from([*COLLEAGUES, "none", "nobody here"]),
    since_ms=st.none() | st.integers(START_MS, START_MS + 4),
    before_ms=st.none() | st.integers(START_MS, START_MS + 6),
    order=st.none() | st.sampled_from(["newest", "oldest"]),
    conditions=st.lists(CONDITIONS, max_size=3).map(tuple),
)


def _holds(row: dict, condition: Condition) -> bool:
    name, network_id, brand_id = ACCOUNTS[row["account_id"] - 1]
    values = condition.values
    match condition.key:
        case Key.NETWORK:
            found = NETWORKS[network_id - 1] in values
        case Key.ACCOUNT:
            found = name in values
        case Key.BRAND:
            brand = BRANDS[brand_id - 1] if brand_id else None
            found = brand in values or (brand == "Lumière" and "LUMIERE" in values)
        case Key.KIND:
            found = row["kind"] in values
        case Key.STATE:
            found = row["state"] in values
        case Key.TAG:
            found = any(TAGS[one - 1] in values for one in row["tags"])
        case Key.ASSIGNEE:
            found = (COLLEAGUES[row["assignee"] - 1] if row["assignee"] else "none") in values
        case Key.LANG:
            found = (row["lang"] or "")[:2] in values
        case Key.CAMPAIGN:
            campaign = {None: None, "Spring": "spring", "Été": "ETE"}[CAMPAIGNS[(row["topic_id"] or 1) - 1]]
            found = campaign in values
        case Key.TEXT:
            found = values[0] in row["words"].split()
        case Key.PERSON:
            found = network_id == 1
        case _:
            flags = {
                *(["unanswered"] if row["waits"] else ["answered"]),
                *(["unread"] if row["unread"] else []),
                *(["star"] if row["star"] else []),
                "private" if row["is_private"] else "public",
                *(["assigned"] if row["assignee"] else []),
                *(["moved"] if row["moved_to"] == row["state"] else []),
                *(["thanks"] if "merci" in row["words"] and set(row["words"].split()) == {"merci"} else []),
                row["state"],
            }
            found = bool(flags.intersection(values))
    return found is not condition.negated


def _expected(rows: list[dict], wanted: Filter) -> list[int]:
    found = []
    for one, row in enumerate(rows, 1):
        _name, network_id, _brand = ACCOUNTS[row["account_id"] - 1]
        matches = (
            (wanted.states is None or row["state"] in wanted.states)
            and (not wanted.waits or row["waits"])
            and wanted.network in (None, NETWORKS[network_id - 1])
            and (wanted.tag is None or TAGS.index(wanted.tag.lower()) + 1 in row["tags"])
            and wanted.topic in (None, row["topic_id"])
            and wanted.assignee in (None, COLLEAGUES[row["assignee"] - 1] if row["assignee"] else "none")
            and (wanted.since_ms is None or row["shown_ms"] >= wanted.since_ms)
            and (wanted.before_ms is None or row["shown_ms"] < wanted.before_ms)
            and all(_holds(row, condition) for condition in wanted.conditions)
        )
        if matches:
            found.append((row["shown_ms"], one))
    return [one for _, one in sorted(found, reverse=wanted.ordering == "newest")]


def _fill(tx: Tx, rows: list[dict]) -> None:
    for number, tag in enumerate(TAGS):
        insert(tx, "tag", name=tag, folded=tag, colour=f"{number}")
    for account_id, campaign in zip((1, 3, 2), CAMPAIGNS, strict=True):
        insert(tx, "topic", account_id=account_id, key="t", campaign=campaign)
    for row in rows:
        fields = {k: v for k, v in row.items() if k not in ("tags", "lang", "words", "waits")}
        fields["waits_ms"] = row["shown_ms"] if row["waits"] else None
        one = add_conversation(tx, row["shown_ms"], row["words"], **fields)
        message = tx.db.execute("SELECT max(id) FROM message").fetchone()[0]
        tx.db.execute("UPDATE message SET lang = ? WHERE id = ?", (row["lang"], message))
        who = f"person{ACCOUNTS[row['account_id'] - 1][1]}"
        search.index(tx, [(message, row["words"], who, "")])
        for tag in row["tags"]:
            assert tagging.put(tx, one, tag)


def _paged(db: sqlite3.Connection, wanted: Filter, size: int) -> list[int]:
    found: list[int] = []
    key = None
    while True:
        page = queue.page(db, wanted, size, key)
        assert not page.partial
        if not page:
            return found
        found += [row.id for row in page]
        key = PageKey(sort_ms=page[-1].sort_ms, id=page[-1].id)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(FIELDS, max_size=12), filters=st.lists(FILTERS, min_size=8, max_size=16))
def test_pages_and_counts_are_the_conditions_read_by_hand(rows, filters):
    for row in rows:
        if row["topic_id"] is not None:
            row["account_id"] = {1: 1, 2: 3, 3: 2}[row["topic_id"]]

    def compare(db: sqlite3.Connection) -> None:
        for wanted, size in zip(filters, itertools.cycle((1, 2, 5)), strict=False):
            expected = _expected(rows, wanted)
            assert _paged(db, wanted, size) == expected
            assert queue.count(db, wanted) == (len(expected), True)
            assert list(queue.ids(db, wanted, 100).places) == expected

    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with small_house(Path(folder)) as store:
                await store.write(_fill, rows)
                await store.read(compare)
                assert await store.read(counters.drift) == {}

    asyncio.run(play())


ON_AN_INDEX = [
    Filter(tag="refund"),
    Filter(tag="refund", network="mastodon"),
    Filter(tag="refund", assignee="léa"),
    Filter(tag="refund", view="unanswered"),
    Filter(assignee="léa"),
    Filter(assignee="none"),
    Filter(view="any", conditions=(Condition(key=Key.IS, values=("private",)),)),
    Filter(view="any", conditions=(Condition(key=Key.IS, values=("star",)),)),
    Filter(view="any", conditions=(Condition(key=Key.IS, values=("moved",)),)),
    Filter(conditions=(Condition(key=Key.NETWORK, values=("mastodon", "matrix")),)),
    Filter(conditions=(Condition(key=Key.NETWORK, values=("mastodon",), negated=True),)),
    Filter(view="any", conditions=(Condition(key=Key.STATE, values=("spam",), negated=True),)),
    Filter(conditions=(Condition(key=Key.KIND, values=("dm", "review")),)),
    Filter(conditions=(Condition(key=Key.CAMPAIGN, values=("spring",)),)),
    Filter(since_ms=START_MS, before_ms=START_MS + 5),
]


@pytest.mark.parametrize("wanted", ON_AN_INDEX, ids=range(len(ON_AN_INDEX)))
async def test_a_condition_with_an_index_leaves_nothing_to_check_and_sorts_nothing(tmp_path, wanted):
    def check(db: sqlite3.Connection) -> None:
        planned = plan(db, wanted)
        assert planned.slices
        assert planned.rest == ""
        for key in (None, PageKey(sort_ms=START_MS, id=1)):
            for descending in (True, False):
                sql, values = planned.sql(key, descending=descending)
                details = [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
                assert not [d for d in details if "B-TREE" in d], details
                assert key is None or not [d for d in details if d.startswith("SCAN conv")], details

    async with small_house(tmp_path) as store:
        await store.write(_fill, [])
        await store.read(check)


async def test_unwanted_words_are_looked_for_within_a_budget(tmp_path, monkeypatch):
    monkeypatch.setattr(queue_walk, "SCAN_MESSAGES", 10)
    rows = [
        {**dict.fromkeys(("star", "unread", "is_private"), 0), "shown_ms": START_MS + i, "state": "open", "kind": "dm"}
        | {"account_id": 1, "waits": False, "topic_id": None, "assignee": None, "tags": (), "lang": None}
        | {"words": "merci" if i in (0, 24) else "late parcel"}
        for i in range(25)
    ]
    wanted = Filter(conditions=(Condition(key=Key.TEXT, values=("late parcel",), negated=True),))
    async with small_house(tmp_path) as store:
        await store.write(_fill, rows)
        first = await store.read(queue.page, wanted, 5)
        assert ([row.id for row in first], first.partial) == ([25], True)
        assert await store.read(queue.count, wanted) == (1, False)
        rest: list[int] = []
        page = first
        while page.partial:
            page = await store.read(queue.page, wanted, 5, page.reached)
            rest += [row.id for row in page]
        assert rest == [1]


async def test_the_tags_of_a_conversation_follow_whatever_it_becomes(tmp_path):
    def columns(db: sqlite3.Connection) -> list[tuple]:
        return [tuple(row) for row in db.execute("SELECT * FROM conversation_tag ORDER BY 1, 2")]

    async with small_house(tmp_path) as store:
        await store.write(lambda tx: insert(tx, "tag", name="vip", folded="vip", colour="red"))
        await store.write(add_conversation)
        await store.write(tagging.put, 1, 1)
        assert await store.read(columns) == [(1, 1, "open", 1, None, START_MS, None)]
        await store.write(change, 1, state="done", assignee=2, shown_ms=START_MS + 9, waits_ms=START_MS + 9)
        assert await store.read(columns) == [(1, 1, "done", 1, 2, START_MS + 9, START_MS + 9)]
        assert (await _gauge(store))["done"] == 1
        assert not await store.write(tagging.put, 1, 1)
        assert await store.write(tagging.take, 1, 1)
        assert not await store.write(tagging.take, 1, 1)
        assert set((await _gauge(store)).values()) == {0}


async def _gauge(store: Store) -> dict[str, int]:
    return await store.read(counters.gauges, "tag", 1)
