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
    KINDS,
    NETWORKS,
    START_MS,
    add_conversation,
    add_message,
    change,
    insert,
    small_house,
)

from cminbox.clock import from_ms
from cminbox.model.rows import PageKey
from cminbox.model.views import Filter
from cminbox.store import queue, queue_walk, search
from cminbox.store.database import Store, Tx
from cminbox.store.queue_plan import plan

STATES = ("open", "snoozed", "waiting", "done", "spam")
FIELDS = st.fixed_dictionaries(
    {
        "shown_ms": st.integers(0, 5).map(lambda n: START_MS + n),
        "state": st.sampled_from(STATES),
        "kind": st.sampled_from(KINDS),
        "account_id": st.integers(1, 4),
        "waits_ms": st.none() | st.integers(0, 5),
        "topic_id": st.none() | st.integers(1, 2),
        "more": st.lists(st.tuples(st.integers(1, 3), st.integers(0, 5)), max_size=3),
    }
)
FILTERS = st.builds(
    Filter,
    view=st.sampled_from(["all", "unanswered", "waiting", "done", "any"]),
    network=st.none() | st.sampled_from([*NETWORKS, "nowhere"]),
    account=st.none() | st.sampled_from([name for name, *_ in ACCOUNTS]),
    kind=st.none() | st.sampled_from(KINDS),
    state=st.none() | st.sampled_from(STATES),
    brand=st.none() | st.sampled_from(BRANDS),
    topic=st.none() | st.integers(1, 2),
    person=st.none() | st.integers(1, 3),
    order=st.none() | st.sampled_from(["newest", "oldest", "least"]),
)


def _expected(db: sqlite3.Connection, wanted: Filter) -> list[int]:
    """The ids that a filter means, in its order, by reading everything."""
    found = []
    for row in db.execute("SELECT * FROM conversation"):
        name, network_id, brand_id = ACCOUNTS[row["account_id"] - 1]
        written = db.execute("SELECT person_id, at_ms FROM message WHERE conversation_id = ?", (row["id"],)).fetchall()
        last_ms = max((at_ms for person_id, at_ms in written if person_id == wanted.person), default=None)
        matches = (
            (wanted.states is None or row["state"] in wanted.states)
            and (not wanted.waits or row["waits_ms"] is not None)
            and wanted.network in (None, NETWORKS[network_id - 1])
            and wanted.account in (None, name)
            and wanted.kind in (None, row["kind"])
            and (wanted.brand is None or (brand_id is not None and wanted.brand == BRANDS[brand_id - 1]))
            and wanted.topic in (None, row["topic_id"])
            and (wanted.person is None or last_ms is not None)
        )
        if matches:
            sort_ms = row["waits_ms"] if wanted.waits else row["shown_ms"]
            if wanted.by_time_left:
                sort_ms = row["waits_ms"] if row["waits_ms"] is not None else row["shown_ms"] + (1 << 50)
            found.append((sort_ms if last_ms is None else last_ms, row["id"]))
    return [one for _, one in sorted(found, reverse=wanted.ordering == "newest")]


def _paged(db: sqlite3.Connection, wanted: Filter, size: int) -> list[int]:
    """The same by pages forwards; checks on the way that paging back finds the page before."""
    found: list[int] = []
    key = None
    last: list[int] = []
    while True:
        page = queue.page(db, wanted, size, key)
        assert not page.partial
        if not page:
            return found
        if last:
            first = PageKey(sort_ms=page[0].sort_ms, id=page[0].id)
            assert [row.id for row in queue.page(db, wanted, size, before=first)] == last
        last = [row.id for row in page]
        found += last
        key = PageKey(sort_ms=page[-1].sort_ms, id=page[-1].id)


@settings(max_examples=40, deadline=None)
@given(conversations=st.lists(FIELDS, max_size=14), filters=st.lists(FILTERS, min_size=5, max_size=12))
def test_pages_in_both_directions_are_the_filter_read_by_hand(conversations, filters):
    def fill(tx: Tx) -> None:
        for account_id in (1, 3):
            insert(tx, "topic", account_id=account_id, key="t")
        for given_fields in conversations:
            fields = dict(given_fields)
            more = fields.pop("more")
            if fields["topic_id"] is not None:
                fields["account_id"] = {1: 1, 2: 3}[fields["topic_id"]]
            one = add_conversation(tx, fields["shown_ms"], **fields)
            for person_id, after_ms in more:
                add_message(tx, one, START_MS + after_ms, person_id=person_id)

    def compare(db: sqlite3.Connection) -> None:
        for wanted, size in zip(filters, itertools.cycle((1, 2, 5)), strict=False):
            expected = _expected(db, wanted)
            assert _paged(db, wanted, size) == expected
            assert queue.count(db, wanted) == (len(expected), True)

    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with small_house(Path(folder)) as store:
                await store.write(fill)
                await store.read(compare)

    asyncio.run(play())


OFFERED = [
    Filter(view=view, network=network, account=account, kind=kind, state=state, brand=brand, topic=topic, order=order)
    for view in ("all", "unanswered", "any")
    for network in (None, "mastodon")
    for account in (None, "ana")
    for kind in (None, "dm")
    for state in (None, "done")
    for brand in (None, "Lumière")
    for topic in (None, 1)
    for order in ("newest", "oldest")
]


async def test_no_page_scans_or_sorts(tmp_path):
    def check(db: sqlite3.Connection) -> None:
        for wanted in OFFERED:
            for key in (None, PageKey(sort_ms=START_MS, id=1)):
                for descending in (True, False):
                    sql, values = plan(db, wanted).sql(key, descending=descending)
                    details = [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
                    assert not [d for d in details if "B-TREE" in d], (wanted, details)
                    whole = [d for d in details if d.startswith("SCAN conversation")]
                    assert not [d for d in whole if d != "SCAN conversation USING COVERING INDEX conversation_waits"]
                    if key is not None:
                        assert not whole
                        assert all("shown_ms" in d or "waits_ms" in d for d in details if "SEARCH" in d), details
                        assert any("_ms=? AND id" in d for d in details), details

    async with small_house(tmp_path) as store:
        await store.write(insert, "topic", account_id=1, key="t")
        await store.read(check)


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(person=1),
        Filter(person=1, view="unanswered", kind="dm", order="oldest"),
        Filter(search="colis retar"),
        Filter(search="colis", view="any", network="mastodon", person=1, order="oldest"),
    ],
    ids=range(5),
)
async def test_nothing_that_a_page_asks_of_the_database_reads_a_whole_table(tmp_path, wanted):
    def fill(tx: Tx) -> None:
        for i in range(5):
            one = add_conversation(tx, START_MS + i, "colis en retard", waits_ms=START_MS, kind="dm")
            search.index(tx, [(one, "colis en retard", "", "")])

    def asked(db: sqlite3.Connection) -> list[str]:
        statements: list[str] = []
        db.set_trace_callback(statements.append)
        first = queue.page(db, wanted, 2)
        key = PageKey(sort_ms=first[-1].sort_ms, id=first[-1].id)
        assert [len(queue.page(db, wanted, 2, key)), len(queue.page(db, wanted, 2, None, key))] == [2, 1]
        db.set_trace_callback(None)
        return [one for one in statements if "conversation" in one or "message" in one]

    def explained(db: sqlite3.Connection, sql: str) -> list[str]:
        return [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]

    async with small_house(tmp_path) as store:
        await store.write(fill)
        for sql in await store.read(asked):
            for detail in await store.read(explained, sql):
                assert not detail.startswith("SCAN") or "VIRTUAL TABLE" in detail, (sql, detail)
                assert "ORDER BY" not in detail or "replying" in sql or "draft" in sql, (sql, detail)


async def test_two_filters_that_meet_leave_nothing_to_check_row_by_row(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(insert, "topic", account_id=1, key="t")
        plans = [await store.read(plan, wanted) for wanted in OFFERED if not (wanted.waits and wanted.state)]
        assert len([one for one in plans if one.slices]) > 50
        assert not [one for one in plans if one.rest]


@pytest.mark.parametrize("apart_ms", [1, 0], ids=["apart", "all-at-once"])
async def test_a_page_reads_as_many_rows_from_few_as_from_many(tmp_path, apart_ms):
    """Counts the steps of SQLite's machine: no clock needed to see that a page does not grow."""

    def fill(tx: Tx, n: int) -> None:
        for i in range(n):
            at_ms = START_MS + i * apart_ms
            waits_ms = at_ms if i % 3 == 0 else None
            add_conversation(tx, at_ms, None, kind=KINDS[i % 4], account_id=1 + i % 3, waits_ms=waits_ms)

    def steps(db: sqlite3.Connection, wanted: Filter) -> int:
        sql, values = plan(db, wanted).sql(PageKey(sort_ms=START_MS + 250 * apart_ms, id=250), descending=True)
        seen = 0

        def step() -> int:
            nonlocal seen
            seen += 1
            return 0

        db.set_progress_handler(step, 1)
        cursor = db.execute(sql, values)
        cursor.fetchmany(20)
        cursor.close()
        db.set_progress_handler(None, 0)
        return seen

    filters = [one for one in OFFERED if not (one.topic or one.state)]
    async with small_house(tmp_path) as store:
        await store.write(fill, 300)
        few = [await store.read(steps, wanted) for wanted in filters]
        await store.write(fill, 3000)
        many = [await store.read(steps, wanted) for wanted in filters]
    assert all(b <= a * 1.2 for a, b in zip(few, many, strict=True))


async def test_a_filter_that_matches_next_to_nothing_stops_and_says_where(tmp_path, monkeypatch):
    monkeypatch.setattr(queue, "SCAN_ROWS", 10)

    def fill(tx: Tx) -> None:
        for i in range(35):
            add_conversation(tx, START_MS + i, waits_ms=START_MS + i, state="snoozed" if i in (0, 30) else "open")

    async with small_house(tmp_path) as store:
        await store.write(fill)
        wanted = Filter(view="unanswered", state="snoozed", order="newest")
        assert await store.read(queue.count, wanted) == (1, False)
        assert await _until_the_end(store, wanted) == ([31, 1], 4)


async def test_a_person_with_very_many_messages_is_read_within_a_budget(tmp_path, monkeypatch):
    monkeypatch.setattr(queue_walk, "SCAN_MESSAGES", 10)

    def fill(tx: Tx) -> None:
        for i in range(35):
            add_conversation(tx, START_MS + i, kind="dm" if i in (0, 30) else "comment")

    async with small_house(tmp_path) as store:
        await store.write(fill)
        wanted = Filter(person=1, kind="dm")
        assert await store.read(queue.count, wanted) == (1, False)
        assert await _until_the_end(store, wanted) == ([31, 1], 4)


async def _until_the_end(store: Store, wanted: Filter) -> tuple[list[int], int]:
    """What all pages find, going on from where a budget ended one; and how many pages there were."""
    found, key, looked = [], None, 0
    while True:
        page = await store.read(queue.page, wanted, 5, key)
        found += [row.id for row in page]
        looked += 1
        if not page.partial:
            return found, looked
        key = page.reached


async def _one_row(store: Store, conversation_id: int = 1):
    return await store.read(queue.row, conversation_id)


async def test_a_row_says_everything_about_its_conversation(tmp_path):
    def fill(tx: Tx) -> None:
        topic = insert(tx, "topic", account_id=1, key="t", title="", text="New train\nto Lyon")
        add_conversation(
            tx,
            START_MS + 7,
            "é" * 900,
            kind="mention",
            topic_id=topic,
            waits_ms=START_MS + 7,
            assignee=2,
            star=1,
            is_private=1,
        )

    async with small_house(tmp_path) as store:
        await store.write(fill)
        row = await _one_row(store)
        assert row.model_dump() == {
            "id": 1,
            "network": "mastodon",
            "account": "ana",
            "account_id": 1,
            "brand": "Lumière",
            "kind": "mention",
            "state": "open",
            "person": "person1",
            "text": "é" * 500,
            "at": from_ms(START_MS + 7),
            "precision": "instant",
            "waits_since": from_ms(START_MS + 7),
            "unread": True,
            "star": True,
            "is_private": True,
            "tags": (),
            "assignee": "marc",
            "replying": (),
            "drafted": (),
            "named": (),
            "cluster": None,
            "cluster_size": 0,
            "cluster_answered": False,
            "topic": "New train\nto Lyon",
            "noted": False,
            "countdown_at": None,
            "token_ends_at": None,
            "act": None,
            "act_send_at": None,
            "snippet": None,
            "sort_ms": START_MS + 7,
        }


async def test_a_row_of_a_bare_conversation(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(add_conversation, text=None, account_id=4, person_id=None)
        row = await _one_row(store)
        assert (row.brand, row.person, row.text, row.topic, row.assignee) == ("", "", "", "", None)
        assert await _one_row(store, 99) is None


async def test_a_nul_does_not_end_the_text_of_a_row(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(add_conversation, text="before\0after")
        assert (await _one_row(store)).text == "before\0after"


async def test_a_text_cut_within_a_letter_stays_a_text(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(add_conversation, text="x" + "😀" * 700)
        assert (await _one_row(store)).text == "x" + "😀" * 499


async def test_a_row_shows_the_newest_act_that_is_not_done_with(tmp_path):
    def acts(tx: Tx) -> None:
        add_conversation(tx)
        for i, state in enumerate(("failed", "held", "sent", "cancelled")):
            insert(
                tx,
                "act",
                key=f"k{i}",
                account_id=1,
                conversation_id=1,
                verb="reply",
                state=state,
                by=1,
                created_ms=START_MS,
                send_at_ms=START_MS + i,
            )

    async with small_house(tmp_path) as store:
        await store.write(acts)
        row = await _one_row(store)
        assert (row.act, row.act_send_at) == ("held", from_ms(START_MS + 1))


async def test_a_row_names_the_colleagues_who_have_a_reply_begun(tmp_path):
    def drafts(tx: Tx) -> None:
        add_conversation(tx)
        for by, audience, text, saved_ms in ((1, "public", "Bon", 5), (2, "note", "he", 9), (2, "public", "", 8)):
            insert(tx, "draft", conversation_id=1, audience=audience, by=by, text=text, saved_ms=saved_ms)

    async with small_house(tmp_path) as store:
        await store.write(drafts)
        row = await _one_row(store)
        assert (row.drafted, row.replying) == (("léa",), ())


async def test_rows_come_in_the_order_asked_for(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(lambda tx: [add_conversation(tx, START_MS + i) for i in range(3)])
        assert [row.id for row in await store.read(queue.rows, [3, 9, 1, 2])] == [3, 1, 2]


async def test_a_page_of_the_unanswered_is_placed_by_the_wait(tmp_path):
    def fill(tx: Tx) -> None:
        add_conversation(tx, START_MS + 9, waits_ms=START_MS + 1)
        add_conversation(tx, START_MS + 5, waits_ms=START_MS + 2)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        page = await store.read(queue.page, Filter(view="unanswered"), 5)
        assert [(row.id, row.sort_ms - START_MS) for row in page] == [(1, 1), (2, 2)]


async def test_the_kinds_under_a_topic(tmp_path):
    def fill(tx: Tx) -> None:
        topic_id = insert(tx, "topic", account_id=1, key="t")
        for i in range(8):
            waits_ms = START_MS if i > 3 else None
            add_conversation(tx, START_MS + i, topic_id=topic_id, kind=KINDS[i % 4], waits_ms=waits_ms)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        for wanted, expected in (
            (Filter(topic=1), [8, 7, 6, 5, 4, 3, 2, 1]),
            (Filter(topic=1, kind="dm", account="ana"), [7, 3]),
            (Filter(topic=1, kind="dm", view="unanswered"), [7]),
            (Filter(topic=1, account="bob"), []),
            (Filter(topic=9, account="ana"), []),
        ):
            assert [row.id for row in await store.read(queue.page, wanted, 9)] == expected


@pytest.mark.parametrize("wanted", [Filter(tag="sales"), Filter(network="nope"), Filter(account="a' OR 1=1 --")])
async def test_what_names_nothing_matches_nothing(tmp_path, wanted):
    async with small_house(tmp_path) as store:
        await store.write(add_conversation)
        page = await store.read(queue.page, wanted, 5)
        assert (list(page), page.partial) == ([], False)
        assert await store.read(queue.count, wanted) == (0, True)


async def test_very_many_accounts_of_one_brand_and_network_still_make_a_page(tmp_path):
    def fill(tx: Tx) -> None:
        for i in range(120):
            insert(
                tx,
                "account",
                name=f"extra{i}",
                network_id=1,
                brand_id=2,
                state="active",
                connected_ms=START_MS,
                since_ms=START_MS,
            )
        for i in range(6):
            add_conversation(tx, START_MS + i, account_id=1 + i % 3, waits_ms=START_MS if i < 3 else None)
        change(tx, 2, account_id=100)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        for view, expected in (("all", [5, 2]), ("any", [5, 2]), ("unanswered", [2])):
            for kind in (None, "comment"):
                wanted = Filter(view=view, network="mastodon", brand="Nord", kind=kind)
                assert [row.id for row in await store.read(queue.page, wanted, 9)] == expected


async def test_least_time_left_is_what_waits_and_behind_it_the_rest_by_pages_of_any_size(tmp_path):
    def fill(tx: Tx) -> None:
        for shown, waits in ((5, None), (3, 9), (1, None), (4, 7), (2, 7), (6, None)):
            add_conversation(tx, START_MS + shown, waits_ms=None if waits is None else START_MS + waits)
        add_conversation(tx, START_MS, state="done", waits_ms=START_MS)

    async with small_house(tmp_path) as store:
        await store.write(fill)
        for size in (1, 2, 3, 4, 10):
            assert await store.read(_paged, Filter(order="least"), size) == [4, 5, 2, 3, 1, 6]
        assert await store.read(_paged, Filter(view="done", order="least"), 2) == [7]
        last = await store.read(queue.page, Filter(order="least"), 2, before=PageKey(sort_ms=1 << 62, id=1 << 62))
        assert [row.id for row in last] == [1, 6]
