"""A forum connected with a key that it gives out itself, and renewed when that ended: from the service down."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from cminbox.clock import SimulatedClock
from cminbox.errors import UsageError
from cminbox.inbox import drafts, queue
from cminbox.model.base import AccountState
from cminbox.model.filter_text import parse
from cminbox.paths import Home
from cminbox.practice.discourse import DiscourseServer
from cminbox.practice.transport import PracticeTransport
from cminbox.service import Service
from cminbox.store import cursors


class Place:
    """A house, and a forum with our topic on it."""

    def __init__(self, service, clock, home):
        self.service, self.clock, self.home = service, clock, home
        self.server = DiscourseServer(clock)
        self.server.min_length = 1
        self.brand, self.ana = self.server.add_user("brand"), self.server.add_user("ana")
        self.topic = self.server.open_topic(self.brand, "Hello", "Ask us anything").topic
        self.wire = PracticeTransport(self.server, clock)

    async def key(self, *, user=None, here=False):
        async with await self.service.joining.sign_in("discourse", "forum.example", loopback=here) as login:
            text = self.server.desk.visit(login.address, user or self.brand)
            return (await login.finish(text)).token

    async def texts(self):
        rows = await queue.page(self.service.desk, parse("is:unanswered"), limit=50)
        return sorted(row.text for row in rows)

    async def feeds(self, account):
        store = self.service.store
        found = await store.read(cursors.rows, account.id)
        return {row.feed: (await store.read(cursors.get, account.id, row.feed), row.caught_up) for row in found}


@pytest.fixture
async def place(tmp_path):
    clock = SimulatedClock()
    home = Home.at(tmp_path)
    async with await Service.open(home, by="léa", clock=clock) as service:
        found = Place(service, clock, home)
        service._transport_for = lambda _account: found.wire
        yield found
    await found.wire.aclose()
    assert found.wire.crashes == []


async def test_a_key_that_ended_is_renewed_and_nothing_is_lost(place):
    service, server = place.service, place.server
    first = await place.key()
    account = await service.add_account("discourse", secret=first, url="forum.example", name="forum")
    server.write(place.ana, place.topic, "are you there?")
    await service.once()
    assert await place.texts() == ["are you there?"]
    (row,) = await queue.page(service.desk, parse("is:unanswered"), limit=50)
    await drafts.save(service.desk, row.id, "we are, and")
    before = await place.feeds(account)
    assert all(caught_up for _cursor, caught_up in before.values())

    server.revoke(first.partition(":")[2])
    await service.once()
    paused = await service.joining.account("forum")
    assert paused.state is AccountState.PAUSED
    assert "does not accept the key" in paused.paused_because
    assert await place.feeds(account) == before
    await place.clock.advance(timedelta(hours=3).total_seconds())
    server.write(place.ana, place.topic, "hello?")

    second = await place.key()
    renewed = await service.renew_account("forum", second)
    assert (renewed.id, renewed.state, renewed.since) == (account.id, AccountState.ACTIVE, account.since)
    assert service.secrets.get("forum") == second != first
    draft = await drafts.load(service.desk, row.id)
    assert draft is not None
    assert draft.text == "we are, and"
    await service.once()
    assert await place.texts() == ["are you there?", "hello?"]


async def test_somebody_else_s_key_does_not_renew_it(place):
    first = await place.key()
    await place.service.add_account("discourse", secret=first, url="forum.example", name="forum")
    with pytest.raises(UsageError, match="belongs to ana, not to forum"):
        await place.service.renew_account("forum", await place.key(user=place.ana))
    assert place.service.secrets.get("forum") == first


async def test_an_administrator_s_key_can_give_way_to_one_of_the_login_s_own(place):
    account = await place.service.add_account(
        "discourse", secret="admin-key", url="forum.example", name="forum", settings={"username": "brand"}
    )
    renewed = await place.service.renew_account("forum", await place.key())
    assert renewed.id == account.id
    place.server.admin_key = "another"
    assert (await place.service.check_account("forum")).state is AccountState.ACTIVE


async def test_a_browser_on_this_machine_brings_it(place):
    place.server.desk.redirects = ("http://127.0.0.1:*",)
    assert await place.key(here=True)


async def test_keys_are_in_no_log_and_no_answer_of_the_house(place, caplog):
    caplog.set_level(logging.DEBUG)
    secret = await place.key()
    account = await place.service.add_account("discourse", secret=secret, url="forum.example", name="forum")
    await place.service.once()
    key = secret.partition(":")[2]
    assert key not in caplog.text + repr(account)
    for each in place.home.database.parent.glob("**/*"):
        assert each == place.home.secrets_file or not each.is_file() or key.encode() not in each.read_bytes(), each


async def test_the_forum_s_own_way_is_offered_first(place):
    needs = await place.service.joining.needs("discourse")
    assert needs.login
    assert not needs.comes_back
    assert set(needs.rights) == {"read", "write"}
    assert (await place.service.joining.needs("mastodon")).comes_back
