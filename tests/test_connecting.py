"""Logins in a browser and what is known of an account, from the service down to a practice server."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from cminbox.clock import SimulatedClock
from cminbox.errors import Refused, UsageError
from cminbox.inbox import overview
from cminbox.model.accounts import Account, Profile
from cminbox.model.base import ConversationState, Kind
from cminbox.model.content import Author
from cminbox.model.rows import QueueRow
from cminbox.paths import Home
from cminbox.practice.mastodon import MastodonServer
from cminbox.practice.transport import PracticeTransport
from cminbox.service import Service


class Place:
    """A house, and a server that it can connect to."""

    def __init__(self, service, clock):
        self.service, self.clock = service, clock
        self.server = MastodonServer(clock)
        self.person = self.server.add_person("boutique")
        self.wire = PracticeTransport(self.server, clock)


@pytest.fixture
async def place(tmp_path):
    clock = SimulatedClock()
    async with await Service.open(Home.at(tmp_path), by="léa", clock=clock) as service:
        found = Place(service, clock)
        service._transport_for = lambda _account: found.wire
        yield found
    await found.wire.aclose()
    assert found.wire.crashes == []


async def test_a_browser_is_waited_for_ten_minutes(place):
    async with await place.service.joining.sign_in("mastodon", "social.example", loopback=True) as login:
        waiting = asyncio.create_task(login.arrival())
        for _turn in range(20):
            await asyncio.sleep(0)
        for _turn in range(3):
            await place.clock.advance(190)
        assert not waiting.done()
        await place.clock.advance(200)
        with pytest.raises(Refused, match="No browser came back"):
            await waiting


async def test_networks_without_a_login_and_without_an_address_say_so(place):
    with pytest.raises(UsageError, match="no login in a browser"):
        await place.service.joining.sign_in("matrix", "https://m.example", loopback=False)
    hackernews = await place.service.joining.needs("hackernews")
    assert (hackernews.asks_url, hackernews.secret_help, hackernews.login) == (False, "", False)
    assert "search" in hackernews.settings
    mastodon = await place.service.joining.needs("mastodon")
    assert mastodon.asks_url
    assert mastodon.login
    assert "mastodon" in await place.service.joining.networks()


async def test_nothing_listens_after_a_login_that_could_not_begin(place, monkeypatch):
    from cminbox.networks.oauth_loopback import Loopback

    opened = []
    real = Loopback.open

    async def watched():
        opened.append(await real())
        return opened[-1]

    monkeypatch.setattr(Loopback, "open", watched)
    place.server.doorman.takes_lists = False
    place.wire.faults.add("POST", "/api/v1/apps", "status", status=503)
    with pytest.raises(Exception, match="trouble"):
        await place.service.joining.sign_in("mastodon", "social.example", loopback=True)
    assert opened[0]._server is None


async def test_another_process_can_tell_how_many_requests_are_left(place):
    token = place.server.issue_token(place.person)
    await place.service.add_account("mastodon", secret=token, url="social.example", name="shop")
    (line,) = await overview.all_accounts(place.service.desk)
    assert line.allowance is None
    await place.service.once()
    (line,) = await overview.all_accounts(place.service.desk)
    assert line.allowance is not None
    assert line.allowance.limit == 300
    assert line.allowance.remaining < 300
    assert line.allowance.reset > place.clock.now()


class TestTokenEnds:
    clock = SimulatedClock()

    def row(self, **more):
        now = self.clock.now()
        given = {"waits_since": now, "token_ends_at": now + timedelta(days=2), **more}
        return QueueRow(
            id=1,
            network="mastodon",
            account="shop",
            account_id=1,
            kind=Kind.COMMENT,
            state=ConversationState.OPEN,
            person="ana",
            text="?",
            at=now,
            **given,
        )

    def test_a_row_counts_down_to_what_runs_out_first(self):
        now = self.clock.now()
        hour = now + timedelta(hours=1)
        assert self.row().least_at(now) == now + timedelta(days=2)
        assert self.row(countdown_at=hour).least_at(now) == hour
        assert self.row(countdown_at=now + timedelta(days=3)).least_at(now) == now + timedelta(days=2)

    def test_a_token_that_lasts_longer_and_a_row_where_nobody_waits_count_nothing(self):
        now = self.clock.now()
        assert self.row(token_ends_at=now + timedelta(days=7)).least_at(now) is None
        assert self.row(waits_since=None).least_at(now) is None

    def test_an_account_says_it_from_seven_days_before(self):
        now = self.clock.now()

        def account(left):
            profile = Profile(author=Author(remote_id="us"), expires_at=None if left is None else now + left)
            return Account(id=1, name="shop", network="mastodon", profile=profile, connected_at=now, since=now)

        assert account(None).token_ends(now) is None
        assert account(timedelta(days=7)).token_ends(now) is None
        assert account(timedelta(days=6, hours=23)).token_ends(now) is not None
        assert account(timedelta(days=-1)).token_ends(now) is not None
