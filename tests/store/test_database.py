"""The database: whole transactions or none, whoever is cancelled; verbs before ingest; errors that say what to do."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cminbox.clock import SimulatedClock, to_ms
from cminbox.errors import StoreError, StoreFull, StoreTooNew
from cminbox.store.database import Store, Tx, _Turns, connect, migrate, migrations, statements


@pytest.fixture
async def store(tmp_path: Path, clock: SimulatedClock) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "a.db", clock)
    yield store
    await store.close()


def _put(tx: Tx, key: str, value: str = "") -> None:
    tx.db.execute("INSERT INTO meta VALUES (?, ?)", (key, value))


def _keys(db: sqlite3.Connection) -> set[str]:
    return {row[0] for row in db.execute("SELECT key FROM meta WHERE key LIKE 'test%'")}


async def test_what_fails_half_way_leaves_nothing(store: Store) -> None:
    def job(tx: Tx) -> None:
        _put(tx, "test1")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.write(job)
    await store.write(_put, "test2")
    assert await store.read(_keys) == {"test2"}


async def test_a_cancelled_caller_leaves_a_whole_transaction(store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def job(tx: Tx) -> None:
        _put(tx, "test1")
        begun.set()
        assert go_on.wait(10)
        _put(tx, "test2")

    task = asyncio.create_task(store.write(job))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await store.write(_put, "test3")
    assert await store.read(_keys) == {"test1", "test2", "test3"}


async def test_a_verb_passes_waiting_ingest(store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def first(tx: Tx) -> None:
        begun.set()
        assert go_on.wait(10)

    running = asyncio.create_task(store.ingest(first))
    await asyncio.to_thread(begun.wait, 10)
    waiting = [
        asyncio.create_task(store.ingest(lambda tx: order.append("ingest"))),
        asyncio.create_task(store.ingest(lambda tx: order.append("more ingest"))),
        asyncio.create_task(store.write(lambda tx: order.append("verb"))),
    ]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(running, *waiting)
    assert order == ["verb", "ingest", "more ingest"]


async def test_who_is_cancelled_while_waiting_lets_the_others_pass(store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def first(tx: Tx) -> None:
        begun.set()
        assert go_on.wait(10)

    running = asyncio.create_task(store.write(first))
    await asyncio.to_thread(begun.wait, 10)
    given_up = asyncio.create_task(store.write(_put, "test1"))
    other = asyncio.create_task(store.write(_put, "test2"))
    await asyncio.sleep(0)
    given_up.cancel()
    go_on.set()
    await asyncio.gather(running, given_up, other, return_exceptions=True)
    assert await store.read(_keys) == {"test2"}


async def test_verbs_reach_the_disk_and_ingest_may_be_fetched_again(store: Store) -> None:
    def level(tx: Tx) -> int:
        return int(tx.db.execute("PRAGMA synchronous").fetchone()[0])

    assert (await store.write(level), await store.ingest(level)) == (2, 1)


async def test_a_transaction_has_one_instant_of_the_clock(store: Store, clock: SimulatedClock) -> None:
    assert await store.write(lambda tx: tx.now_ms) == to_ms(clock.now())


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises((sqlite3.OperationalError, StoreError)):
        await store.read(lambda db: db.execute("DELETE FROM meta"))


async def test_another_process_s_commit_changes_the_version(store: Store) -> None:
    before = await store.data_version()
    assert await store.data_version() == before
    other = connect(store.path)
    other.execute("INSERT INTO meta VALUES ('test', '')")
    other.close()
    assert await store.data_version() != before


async def test_a_full_disk_is_said_and_nothing_of_the_transaction_stays(store: Store) -> None:
    def job(tx: Tx) -> None:
        _put(tx, "test1")
        for n in range(200):
            _put(tx, f"test-big-{n}", "x" * 10_000)

    def limit(tx: Tx) -> None:
        pages = int(tx.db.execute("PRAGMA page_count").fetchone()[0])
        tx.db.execute(f"PRAGMA max_page_count = {pages + 20}")

    await store.write(limit)
    with pytest.raises(StoreFull, match="disk is full") as caught:
        await store.write(job)
    assert "Make room" in caught.value.cure
    await store.write(_put, "test2")
    assert await store.read(_keys) == {"test2"}


async def test_a_newer_database_is_left_alone(tmp_path: Path, clock: SimulatedClock) -> None:
    path = tmp_path / "a.db"
    await (await Store.open(path, clock)).close()
    db = connect(path)
    db.execute("PRAGMA user_version = 9999")
    db.close()
    with pytest.raises(StoreTooNew, match="newer version") as caught:
        await Store.open(path, clock)
    assert str(path) in str(caught.value)


async def test_what_is_no_database_is_named_with_a_cure(tmp_path: Path, clock: SimulatedClock) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"this is not a database, by far, and long enough to be looked at" * 50)
    with pytest.raises(StoreError, match=r"a\.db") as caught:
        await Store.open(path, clock)
    assert caught.value.cure


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path, clock: SimulatedClock) -> None:
    with pytest.raises(StoreError, match="nowhere") as caught:
        await Store.open(tmp_path / "nowhere" / "a.db", clock)
    assert "CMINBOX_HOME" in caught.value.cure


async def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"

    def open_and_migrate() -> int:
        db = connect(path)
        try:
            migrate(db, path)
            return int(db.execute("PRAGMA user_version").fetchone()[0])
        finally:
            db.close()

    versions = await asyncio.gather(*(asyncio.to_thread(open_and_migrate) for _ in range(4)))
    assert set(versions) == {migrations()[-1][0]}


def test_a_migration_that_fails_leaves_the_version_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cminbox.store import database

    path = tmp_path / "a.db"
    good = migrations()
    broken = good[-1][0] + 1
    steps = [*good, (broken, "CREATE TABLE half (a);\nCREATE TABLE meta (a);\n")]
    monkeypatch.setattr(database, "migrations", lambda: steps)
    db = connect(path)
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, path)
    assert db.execute("PRAGMA user_version").fetchone()[0] == good[-1][0]
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone()[0] == 0
    db.close()


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [number for number, _sql in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_script_is_cut_into_its_statements() -> None:
    assert statements("CREATE TABLE a (b);\n-- a word; in a comment\nINSERT INTO a VALUES (';');\n") == [
        "CREATE TABLE a (b);\n",
        "-- a word; in a comment\nINSERT INTO a VALUES (';');\n",
    ]


async def test_a_turn_given_to_somebody_who_is_cancelled_is_passed_on() -> None:
    turns = _Turns()
    await turns.take(0)
    given_up = asyncio.create_task(turns.take(0))
    await asyncio.sleep(0)
    turns.give()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    other = asyncio.create_task(turns.take(0))
    await asyncio.sleep(0)
    assert other.done()
