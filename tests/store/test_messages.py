"""Reading messages for a pane and for a connector; accounts, people and topics beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cminbox.clock import SimulatedClock, to_ms
from cminbox.errors import UsageError
from cminbox.model.accounts import Account, Profile
from cminbox.model.base import AccountState, Direction, Kind
from cminbox.model.changes import Batch, Wrote
from cminbox.model.content import Author, TopicInfo
from cminbox.store import accounts, conversations, messages, people, topics
from cminbox.store.database import Store, Tx
from cminbox.sync.ingest import ingest

START = SimulatedClock().now()
US = Author(remote_id="us", handle="us", is_us=True)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "t.db", SimulatedClock())
    yield opened
    await opened.close()


async def connected(store: Store, name: str = "acme", **fields: Any) -> Account:
    given = {"network": "mastodon", "url": "https://example.social", "brand": "", "settings": {}, "profile": None}
    account_id = await store.write(accounts.add, name, **{**given, "since_ms": 0, **fields})
    return await store.read(accounts.get, account_id)


def wrote(remote_id: str, seconds: float = 0, **fields: Any) -> Wrote:
    given: dict[str, Any] = {
        "kind": Kind.COMMENT,
        "direction": Direction.IN,
        "author": Author(remote_id="ana", handle="ana", name="Ana", first_name="Ana"),
        "text": remote_id,
    }
    return Wrote(remote_id=remote_id, at=START + timedelta(seconds=seconds), **{**given, **fields})


async def tell(store: Store, account: Account, *changes: Wrote) -> None:
    await ingest(store, store.clock, account, Batch(feed="f", changes=changes))


async def test_a_thread_is_paged_from_its_newest_message(store: Store) -> None:
    account = await connected(store)
    await tell(store, account, *(wrote(f"m{n}", n - 100, conversation="k") for n in range(9)))
    newest, earlier = await store.read(messages.thread_rows, 1, 4)
    assert ([row.remote_id for row in newest], earlier) == (["m5", "m6", "m7", "m8"], 5)
    before, earlier = await store.read(messages.thread_rows, 1, 4, newest[0].id)
    assert ([row.remote_id for row in before], earlier) == (["m1", "m2", "m3", "m4"], 1)
    first, earlier = await store.read(messages.thread_rows, 1, 4, before[0].id)
    assert ([row.remote_id for row in first], earlier) == (["m0"], 0)


async def test_of_one_instant_a_reply_stands_below_what_it_replies_to(store: Store) -> None:
    account = await connected(store)
    await tell(
        store, account, wrote("c", parent="b"), wrote("b", parent="a"), wrote("a"), wrote("earlier", -1, parent="a")
    )
    rows, _earlier = await store.read(messages.thread_rows, 1)
    assert [row.remote_id for row in rows] == ["earlier", "a", "b", "c"]
    assert await store.read(lambda db: db.execute(_LAST).fetchone()[0]) == "c"


_LAST = "SELECT remote_id FROM message JOIN conversation c ON c.last_message_id = message.id"


async def test_a_target_carries_what_a_connector_needs(store: Store) -> None:
    account = await connected(store)
    topic = TopicInfo(key="t", title="Livraison")
    await tell(
        store,
        account,
        wrote("a", conversation="key", topic=topic, global_id="uri", url="https://example.social/a", extra={"k": "v"}),
        wrote("b", 1, parent="a"),
    )
    target = await store.read(messages.target_of, 1)
    assert target.author is not None
    assert (target.remote_id, target.global_id, target.conversation, target.topic) == ("a", "uri", "key", "t")
    assert (target.author.handle, target.author.first_name, target.extra, target.url) == (
        "ana",
        "Ana",
        {"k": "v"},
        "https://example.social/a",
    )
    assert (await store.read(messages.target_of, 2)).conversation == "key"


async def test_rows_come_in_the_order_asked(store: Store) -> None:
    account = await connected(store)
    await tell(store, account, wrote("a"), wrote("b"), wrote("c"))
    assert [row.remote_id for row in await store.read(messages.get_rows, [3, 99, 1, 3])] == ["c", "a"]
    assert await store.read(messages.whole_text, 99) == ""


async def test_accounts_are_found_by_name_and_number(store: Store) -> None:
    profile = Profile(author=US, server="example.social")
    account = await connected(store, brand="Nord", settings={"a": "b"}, profile=profile, open_since_ms=5)
    assert (account.network, account.brand, account.settings, account.profile) == (
        "mastodon",
        "Nord",
        {"a": "b"},
        profile,
    )
    assert (account.connected_at, account.open_since is not None) == (START, True)
    assert await store.read(accounts.by_name, "acme") == account
    assert await store.read(accounts.by_name, "other") is None
    assert await store.read(accounts.all_accounts) == [account]
    person = await store.read(people.get, 1)
    assert person is not None
    assert person.is_us
    with pytest.raises(UsageError, match="acme"):
        await connected(store)
    with pytest.raises(UsageError, match="99"):
        await store.read(accounts.get, 99)


async def test_an_account_rests_and_says_why(store: Store) -> None:
    account = await connected(store)
    await store.write(accounts.set_state, account.id, AccountState.PAUSED, "token")
    paused = await store.read(accounts.get, account.id)
    assert (paused.state, paused.paused_because) == (AccountState.PAUSED, "token")
    await store.write(accounts.set_profile, account.id, Profile(author=US))
    assert await store.read(accounts.ourselves, 1) == frozenset({"us"})


async def test_names_get_one_number_each(store: Store) -> None:
    first = await store.write(accounts.colleague_id, "léa")
    assert await store.write(accounts.colleague_id, "marc") != first
    assert await store.write(accounts.colleague_id, "léa") == first
    assert await store.write(accounts.network_id, "léa") == await store.write(accounts.brand_id, "léa") == 1


async def test_people_and_topics_keep_what_is_not_told_again(store: Store) -> None:
    account = await connected(store)

    def twice(tx: Tx) -> tuple[int, int]:
        full = TopicInfo(key="t", author=US, title="one", text="text", url="u", at=START, is_ours=True)
        first = topics.upsert(tx, account.id, 1, full)
        return first, topics.upsert(tx, account.id, 1, TopicInfo(key="t", title="two"))

    first, second = await store.write(twice)
    assert first == second
    topic = await store.read(topics.get, first)
    assert topic is not None
    assert (topic.title, topic.text, topic.author, topic.url, topic.at, topic.is_ours) == (
        *("two", "text", "us", "u", START),
        True,
    )
    assert await store.read(topics.get, None) is None
    assert await store.read(people.get, 99) is None
    assert set(await store.read(people.rows, [1, 99])) == {1}


async def test_change_gives_back_what_was_and_resolve_knows_nothing_of_strangers(store: Store) -> None:
    account = await connected(store)
    await tell(store, account, wrote("a"))
    assert await store.write(conversations.change, 1, state="done", star=1) == {"state": "open", "star": 0}
    assert await store.read(conversations.resolve, 99) is None
    assert to_ms(START) == (await store.read(lambda db: db.execute("SELECT shown_ms FROM conversation").fetchone()[0]))
