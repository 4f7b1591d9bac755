"""Logging in with OAuth, against the practice Mastodon server and a browser on the loopback."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from cminbox.errors import Malformed, Refused
from cminbox.networks.base import Connection
from cminbox.networks.mastodon_login import LOGIN, SCOPES
from cminbox.networks.oauth import Grant
from cminbox.networks.oauth_login import OUT_OF_BAND
from cminbox.networks.oauth_loopback import Loopback
from cminbox.practice.faults import When
from cminbox.practice.mastodon import MastodonServer

from .spec import Checked, checked
from .wired import Wired

HERE = "http://127.0.0.1:4321/"


class Place(Wired):
    """A server, somebody on it, and logins there."""

    def __init__(self):
        super().__init__()
        self.server = MastodonServer(self.clock)
        self.brand = self.server.add_person("brand")
        self.plug(checked(self.server, "mastodon"))

    def grant(self, redirect=OUT_OF_BAND):
        connection = Connection("brand", "social.example/@brand", "", self.clock.now(), self.clock, transport=self.wire)
        self.opened.append(Grant(connection, LOGIN, redirect))
        return self.opened[-1]


@pytest.fixture
async def place():
    found = Place()
    yield found
    await found.close()


async def test_a_code_that_is_typed_in_becomes_a_token(place):
    grant = place.grant()
    address = await grant.begin()
    code = place.server.doorman.visit(address, place.brand)
    granted = await grant.redeem(f"  {code}\n")
    assert place.server._tokens[granted.token].person is place.brand
    assert granted.missing == ()
    assert granted.token not in repr(granted)


async def test_the_address_asks_for_what_is_needed_and_no_more_with_a_challenge(place):
    address = await place.grant(HERE).begin()
    query = parse_qs(urlsplit(address).query)
    assert address.startswith("https://social.example/oauth/authorize?")
    assert query["scope"] == [" ".join(SCOPES)]
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [HERE]
    assert len(query["state"][0]) >= 32


async def test_what_the_browser_brings_is_taken_with_our_state_only(place):
    grant, other = place.grant(HERE), place.grant(HERE)
    address, theirs = await grant.begin(), await other.begin()
    brought = place.server.doorman.visit(theirs, place.brand)
    with pytest.raises(Refused, match="another login"):
        await grant.redeem(brought)
    with pytest.raises(Refused, match="another login"):
        await grant.redeem(brought.partition("&state=")[0])
    assert (await grant.redeem(place.server.doorman.visit(address, place.brand))).token


async def test_a_code_of_another_login_is_worth_nothing(place):
    grant, other = place.grant(), place.grant()
    await grant.begin()
    code = place.server.doorman.visit(await other.begin(), place.brand)
    with pytest.raises(Refused, match="did not take the code"):
        await grant.redeem(code)


async def test_no_is_said_in_words(place):
    grant = place.grant(HERE)
    with pytest.raises(Refused, match="told not to allow it"):
        await grant.redeem(place.server.doorman.visit(await grant.begin(), place.brand, allow=False))


async def test_a_code_works_once_and_for_a_while(place):
    grant = place.grant()
    code = place.server.doorman.visit(await grant.begin(), place.brand)
    await place.clock.advance(timedelta(minutes=11).total_seconds())
    with pytest.raises(Refused, match="did not take the code") as late:
        await grant.redeem(code)
    assert "begin again" in late.value.cure
    assert code not in str(late.value)


@pytest.mark.parametrize("typed", ["", "   ", "two words", "http://127.0.0.1:4321/?hello=1"])
async def test_nonsense_is_no_code(place, typed):
    grant = place.grant()
    await grant.begin()
    with pytest.raises(Refused):
        await grant.redeem(typed)


async def test_rights_that_were_not_given_are_named(place):
    grant = place.grant()
    place.server.doorman.gives = frozenset(SCOPES) - {"write:blocks", "read:follows"}
    granted = await grant.redeem(place.server.doorman.visit(await grant.begin(), place.brand))
    assert set(granted.missing) == {"write:blocks", "read:follows"}


def test_a_wide_right_holds_the_narrow_ones():
    assert LOGIN.missing(frozenset({"read", "write"})) == ()
    assert set(LOGIN.missing(frozenset({"read"}))) == {name for name in SCOPES if name.startswith("write")}


async def test_an_older_server_takes_one_redirect_as_text(place):
    place.server.doorman.takes_lists = False
    place.forgive()
    grant = place.grant()
    assert (await grant.redeem(place.server.doorman.visit(await grant.begin(), place.brand))).token
    if isinstance(place.app, Checked):
        place.app.problems.clear()  # the contract knows newer servers only


async def test_an_answer_without_a_token_keeps_nothing_of_it(place):
    grant = place.grant()
    code = place.server.doorman.visit(await grant.begin(), place.brand)
    body = b'{"access_token": ["s3cret"], "token_type": "Bearer"}'
    place.faults.add("POST", "/oauth/token", When.GARBLE, body=body)
    with pytest.raises(Malformed) as wrong:
        await grant.redeem(code)
    assert "s3cret" not in str(wrong.value) + wrong.value.raw


class TestLoopback:
    async def test_waits_for_our_state_then_thanks(self):
        loopback = await Loopback.open()
        try:
            loopback.expect("https://social.example/oauth/authorize?x=1", "ours")
            head, _body = await get(loopback.short)
            assert "302" in head
            assert "location: https://social.example/oauth/authorize?x=1" in head
            for wrong in ("favicon.ico", "?code=evil&state=theirs", "?code=evil", ""):
                head, _body = await get(loopback.redirect + wrong)
                assert not head.startswith("HTTP/1.1 200")
            assert not loopback.arrived.is_set()
            head, body = await get(f"{loopback.redirect}?code=abc&state=ours")
            assert head.startswith("HTTP/1.1 200")
            assert "no-store" in head
            assert "abc" not in body
            await loopback.arrived.wait()
            assert loopback.brought == f"{loopback.redirect}?code=abc&state=ours"
        finally:
            await loopback.aclose()

    async def test_listens_on_this_machine_only_and_no_longer_than_it_must(self):
        loopback = await Loopback.open()
        assert urlsplit(loopback.redirect).hostname == "127.0.0.1"
        await loopback.aclose()
        with pytest.raises(ConnectionError):
            await get(loopback.redirect)

    async def test_one_that_says_nothing_does_not_stop_the_others(self):
        loopback = await Loopback.open()
        try:
            loopback.expect("https://social.example/", "ours")
            port = urlsplit(loopback.redirect).port
            _reader, silent = await asyncio.open_connection("127.0.0.1", port)
            _reader, noise = await asyncio.open_connection("127.0.0.1", port)
            noise.write(b"\x00" * 20_000)
            head, _body = await get(f"{loopback.redirect}?error=access_denied&state=ours")
            assert head.startswith("HTTP/1.1 200")
            await loopback.arrived.wait()
            for writer in (silent, noise):
                writer.close()
                await writer.wait_closed()
        finally:
            await loopback.aclose()


async def get(url):
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    query = f"?{parts.query}" if parts.query else ""
    writer.write(f"GET {parts.path}{query} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    await writer.drain()
    head, _blank, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head, body
