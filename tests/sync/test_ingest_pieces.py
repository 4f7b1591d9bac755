"""A batch goes in piece by piece; its cursor goes with the last one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cminbox.clock import SimulatedClock
from cminbox.model.accounts import Account
from cminbox.model.changes import Batch, SetAside
from cminbox.store import accounts, counters, cursors
from cminbox.store.database import Store, Tx
from cminbox.sync import ingest

from .ledger import CONNECTED, wrote


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "t.db", SimulatedClock(CONNECTED))
    yield opened
    await opened.close()


@pytest.fixture
async def account(store: Store) -> Account:
    account_id = await store.write(accounts.add, "acme", "mastodon", "", "", {}, None, 0)
    return await store.read(accounts.get, account_id)


def batch(n: int, **fields: object) -> Batch:
    changes = tuple(wrote(f"m{each}", each) for each in range(n))
    return Batch(feed="home", changes=changes, **fields)  # type: ignore[arg-type]


async def test_all_pieces_are_summed_up_and_the_cursor_is_the_batchs(store: Store, account: Account) -> None:
    done = await ingest.ingest(store, store.clock, account, batch(90, cursor={"max": "90"}, more=True))
    assert (done.new_messages, done.known, len(done.arrived_ids)) == (90, 0, 90)
    assert len(done.changed_conversations) == 90
    assert await store.read(cursors.get, account.id, "home") == {"max": "90"}
    assert await store.read(counters.drift) == {}
    (feed,) = await store.read(cursors.rows, account.id)
    assert (feed.feed, feed.caught_up, feed.error) == ("home", False, "")


async def test_a_crash_between_two_pieces_leaves_the_cursor_where_it_was(
    store: Store, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ingest.ingest(store, store.clock, account, batch(1, cursor="before"))
    taken = 0
    real = ingest.apply

    def crashing(tx: Tx, account: Account, piece: Batch, *, move_cursor: bool) -> ingest.Ingested:
        nonlocal taken
        done = real(tx, account, piece, move_cursor=move_cursor)
        taken += 1
        if taken == 3:
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(ingest, "apply", crashing)
    with pytest.raises(KeyboardInterrupt):
        await ingest.ingest(store, store.clock, account, batch(200, cursor="after"))
    monkeypatch.setattr(ingest, "apply", real)
    assert await store.read(cursors.get, account.id, "home") == "before"
    again = await ingest.ingest(store, store.clock, account, batch(200, cursor="after"))
    assert again.new_messages + again.known == 200
    assert again.known > 1
    assert await store.read(cursors.get, account.id, "home") == "after"


async def test_a_verb_passes_between_two_pieces(store: Store, account: Account) -> None:
    seen: list[int] = []

    def look(tx: Tx) -> None:
        seen.append(tx.db.execute("SELECT count(*) FROM message").fetchone()[0])

    reading = asyncio.create_task(ingest.ingest(store, store.clock, account, batch(400)))
    await asyncio.sleep(0)
    await store.write(look)
    await reading
    assert seen[0] < 400


async def test_what_is_pushed_moves_no_cursor_and_enters_no_feed(store: Store, account: Account) -> None:
    await ingest.ingest(store, store.clock, account, Batch(feed="push", changes=(wrote("a"),)))
    assert await store.read(cursors.rows, account.id) == []


async def test_an_error_of_a_feed_stays_until_it_was_read_again(store: Store, account: Account) -> None:
    await store.write(cursors.note_error, account.id, "home", "no connection")
    assert [feed.error for feed in await store.read(cursors.rows, account.id)] == ["no connection"]
    await ingest.ingest(store, store.clock, account, Batch(feed="home", cursor="c"))
    await store.write(cursors.note_error, account.id, "home", "no connection")
    assert await store.read(cursors.get, account.id, "home") == "c"
    await ingest.ingest(store, store.clock, account, Batch(feed="home"))
    (feed,) = await store.read(cursors.rows, account.id)
    assert (feed.error, feed.caught_up, feed.read_at) == ("", True, CONNECTED)


async def test_once_caught_up_a_feed_stays_so_and_tells_what_it_set_aside(store: Store, account: Account) -> None:
    await ingest.ingest(store, store.clock, account, Batch(feed="home", cursor=1))
    aside = (SetAside(reason="no date", raw="{}"),)
    await ingest.ingest(store, store.clock, account, Batch(feed="home", cursor=2, more=True, set_aside=aside))
    (feed,) = await store.read(cursors.rows, account.id)
    assert (feed.caught_up, feed.set_aside) == (True, 1)


@pytest.mark.parametrize(
    ("size", "took_s", "then"), [(25, 0.0, 50), (25, 0.005, 50), (25, 0.02, 12), (25, 10.0, 5), (150, 0.0, 200)]
)
def test_pieces_take_about_ten_milliseconds(size: int, took_s: float, then: int) -> None:
    assert ingest._next_size(size, took_s) == then
