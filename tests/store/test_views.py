from __future__ import annotations

import sqlite3

from small_house import START_MS, add_conversation, add_message, insert, small_house

from cminbox.store import counters
from cminbox.store.database import Store, Tx
from cminbox.store.questions import Asker
from cminbox.store.views import VIEWS

HOUR_MS = 3_600_000


def _fill(tx: Tx) -> None:
    topic = insert(tx, "topic", account_id=1, key="t", title="", text="New train")
    one = add_conversation(
        tx, START_MS + 999, "Où est mon \x1b[31mcolis ?", topic_id=topic, assignee=1, waits_ms=START_MS
    )
    add_message(tx, one, START_MS + 5000, "Bientôt", direction="out", by=2, topic_id=topic)
    insert(tx, "response", conversation_id=one, account_id=1, by=2, replied_ms=START_MS + 5000, first_took_ms=4001)
    insert(tx, "response", conversation_id=one, account_id=1, by=2, replied_ms=START_MS + 9000)
    insert(
        tx,
        "act",
        key="k",
        account_id=1,
        conversation_id=one,
        verb="reply",
        state="sent",
        by=2,
        created_ms=0,
        send_at_ms=0,
    )
    insert(tx, "journal", at_ms=START_MS, verb="done", conversation_id=one, by=1, undone_by=7)
    for i in range(5):
        counters.add(tx, 1, START_MS + i * counters.QUARTER_MS, "received")
    add_conversation(tx, text=None, account_id=4, person_id=None)


def _dicts(store: Store, sql: str) -> list[dict]:
    with Asker(store.path) as asker:
        question = asker.ask(sql)
        return [dict(zip(question.columns, row, strict=True)) for row in question]


async def test_every_column_is_documented_and_there(tmp_path):
    async with small_house(tmp_path) as store:

        def shapes(db: sqlite3.Connection) -> dict[str, list[str]]:
            names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]
            return {name: [row["name"] for row in db.execute(f"PRAGMA table_info({name})")] for name in names}

        assert await store.read(shapes) == {view: list(columns) for view, columns in VIEWS.items()}


async def test_conversations(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(_fill)
        first, bare = _dicts(store, "SELECT * FROM v_conversations ORDER BY id")
        assert first == first | {
            "id": 1,
            "network": "mastodon",
            "account": "ana",
            "brand": "Lumière",
            "person": "person1",
            "text": "Où est mon \x1b[31mcolis ?",
            "at": "2026-03-02T09:00:00.999Z",
            "unanswered": 1,
            "waits_since": "2026-03-02T09:00:00.000Z",
            "assignee": "léa",
            "topic": "New train",
            "first_response_s": 4.001,
            "snoozed_until": None,
        }
        assert (bare["id"], bare["brand"], bare["text"], bare["unanswered"]) == (2, None, None, 0)


async def test_messages_people_acts_and_journal(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(_fill)
        assert [
            (m["author"], m["by"], m["direction"]) for m in _dicts(store, "SELECT * FROM v_messages ORDER BY id")
        ] == [
            ("person1", None, "in"),
            (None, "marc", "out"),
        ]
        assert _dicts(store, "SELECT handle, messages, conversations FROM v_people WHERE id = 1") == [
            {"handle": "person1", "messages": 1, "conversations": 1}
        ]
        assert _dicts(store, "SELECT verb, state, by, account FROM v_acts") == [
            {"verb": "reply", "state": "sent", "by": "marc", "account": "ana"}
        ]
        assert _dicts(store, "SELECT verb, by, undone FROM v_journal") == [{"verb": "done", "by": "léa", "undone": 1}]


async def test_the_hours_add_up(tmp_path):
    async with small_house(tmp_path) as store:
        await store.write(_fill)
        hours = _dicts(
            store,
            "SELECT hour, account, received, replied, first_response_n AS n, first_response_mean_s AS mean"
            " FROM v_kpi_hourly",
        )
        assert hours == [
            {"hour": "2026-03-02T09:00:00.000Z", "account": "ana", "received": 4, "replied": 0, "n": 1, "mean": 4.001},
            {"hour": "2026-03-02T10:00:00.000Z", "account": "ana", "received": 1, "replied": 0, "n": 0, "mean": None},
        ]
