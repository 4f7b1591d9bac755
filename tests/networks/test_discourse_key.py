"""Being given a user API key by a practice forum: its page, its text, and what comes instead."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from cminbox.errors import Malformed, NetworkError, RateLimited, Refused, Rejected, Unreachable
from cminbox.networks.base import Connection
from cminbox.networks.discourse import Discourse
from cminbox.networks.discourse_key import BITS
from cminbox.networks.discourse_login import LOGIN, headers
from cminbox.networks.oauth_login import OUT_OF_BAND
from cminbox.practice.discourse import DiscourseServer
from cminbox.practice.discourse_keys import NEW, NotGivenError, sealed

from .discourse_rig import document
from .spec import checked
from .wired import Wired

HERE = "http://127.0.0.1:4321/"


class Place(Wired):
    """A forum, somebody on it, and logins there."""

    def __init__(self):
        super().__init__()
        self.server = DiscourseServer(self.clock)
        self.desk = self.server.desk
        self.brand = self.server.add_user("brand")
        self.plug(checked(self.server, "discourse", document))

    def connection(self, secret="", **settings):
        url = "forum.example/latest"
        return Connection("forum", url, secret, self.clock.now(), self.clock, settings, transport=self.wire)

    def grant(self, redirect=OUT_OF_BAND):
        self.opened.append(LOGIN.grant(self.connection(), redirect))
        return self.opened[-1]

    def network(self, secret, **settings):
        self.opened.append(Discourse(self.connection(secret, **settings)))
        return self.opened[-1]


@pytest.fixture
async def place():
    found = Place()
    yield found
    await found.close()


def said(address):
    return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}


def made(address, *, oaep=False, **changed):
    """A text as the forum would show it, with something changed in what it says."""
    asked = said(address)
    payload = {"key": "0123456789abcdef" * 2, "nonce": asked["nonce"], "push": False, "api": 4} | changed
    payload = {key: value for key, value in payload.items() if value is not None}
    return sealed(asked["public_key"], payload, oaep=oaep)


@pytest.mark.parametrize("knows_padding", [True, False])
async def test_the_text_that_the_forum_shows_becomes_a_key(place, knows_padding):
    place.desk.knows_padding = knows_padding
    grant = place.grant()
    text = place.desk.visit(await grant.begin(), place.brand)
    assert "\n" in text, "it comes in lines"
    granted = await grant.redeem(text)
    assert granted.missing == ()
    profile = await place.network(granted.token).whoami()
    assert profile.author.handle == "brand"
    assert {"read", "write"} <= profile.scopes


async def test_the_address_asks_for_what_is_needed_and_no_more(place):
    address = await place.grant().begin()
    asked = said(address)
    assert address.startswith(f"https://forum.example{NEW}?")
    assert (asked["application_name"], asked["scopes"], asked["padding"]) == ("cminbox", "read,write", "oaep")
    assert asked["public_key"].startswith("-----BEGIN PUBLIC KEY-----")
    assert "PRIVATE" not in address
    assert "auth_redirect" not in asked
    assert len(address) < 1200, "it has to be copied out of a terminal"
    assert len(asked["nonce"]) >= 32
    other = said(await place.grant().begin())
    assert not {asked[name] for name in ("nonce", "client_id", "public_key")} & set(other.values())


async def test_nothing_of_a_login_shows_its_secrets(place):
    grant = place.grant()
    granted = await grant.redeem(place.desk.visit(await grant.begin(), place.brand))
    key = granted.token.partition(":")[2]
    assert key
    assert key not in repr(granted) + repr(grant) + repr(place.connection(granted.token))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: f"\r\n  {text.replace(chr(10), chr(13) + chr(10))}\n\n",
        lambda text: text.replace("\n", " "),
        lambda text: "\u00a0".join(text.split()),
        lambda text: "".join(text.split()),
        lambda text: "".join(text.split()).rstrip("="),
        lambda text: "\n".join("".join(text.split())),
    ],
)
async def test_a_paste_may_have_any_blanks_and_line_breaks(place, spoil):
    grant = place.grant()
    text = spoil(place.desk.visit(await grant.begin(), place.brand))
    assert (await grant.redeem(text)).token


async def test_a_browser_that_may_come_back_brings_it(place):
    place.desk.redirects = ("discourse://auth_redirect", "http://127.0.0.1:*")
    grant = place.grant(HERE)
    brought = place.desk.visit(await grant.begin(), place.brand)
    assert brought.startswith(f"{HERE}?state={grant.state}&payload=")
    assert not grant.lacks(brought)
    assert (await grant.redeem(brought)).token


async def test_what_a_browser_brings_for_another_login_is_not_taken(place):
    place.desk.redirects = ("*",)
    grant, other = place.grant(HERE), place.grant(HERE)
    address, theirs = await grant.begin(), await other.begin()
    brought = place.desk.visit(theirs, place.brand)
    for wrong in (brought, brought.replace(other.state, grant.state), "http://[::1", f"{HERE}?payload=x"):
        with pytest.raises(Refused, match="another login"):
            await grant.redeem(wrong)
    with pytest.raises(Refused, match="not the text"):
        await grant.redeem(f"{HERE}?state={grant.state}")
    assert (await grant.redeem(place.desk.visit(address, place.brand))).token


@pytest.mark.parametrize("knows_padding", [True, False])
async def test_the_text_of_another_login_is_worth_nothing(place, knows_padding):
    place.desk.knows_padding = knows_padding
    grant, other = place.grant(), place.grant()
    await grant.begin()
    text = place.desk.visit(await other.begin(), place.brand)
    with pytest.raises(Refused, match="another login") as wrong:
        await grant.redeem(text)
    assert "newest page" in wrong.value.cure


@pytest.mark.parametrize("oaep", [True, False])
async def test_a_key_for_another_question_is_not_taken(place, oaep):
    grant = place.grant()
    address = await grant.begin()
    for nonce in ("", "0" * 32, "é" * 16, said(address)["nonce"].upper() + "0"):
        with pytest.raises(Refused, match="another login"):
            await grant.redeem(made(address, oaep=oaep, nonce=nonce))
    assert (await grant.redeem(made(address, oaep=oaep))).token


@pytest.mark.parametrize("length", [1, 59, 60, 341])
async def test_a_text_that_is_not_whole_says_so(place, length):
    grant = place.grant()
    text = "".join(place.desk.visit(await grant.begin(), place.brand).split())[:length]
    assert grant.lacks(text)
    with pytest.raises(Refused, match=f"{length} of its 342 characters") as wrong:
        await grant.redeem(text)
    assert "copy all of it" in wrong.value.cure
    assert text not in str(wrong.value) or length == 1


def test_lines_are_read_until_the_text_is_whole():
    grant = Place().grant()
    assert not grant.lacks("")
    assert not grant.lacks("   ")
    assert grant.lacks("QUJD" * 15)
    assert not grant.lacks("QUJD" * 86)
    assert not grant.lacks("no text of a forum!")
    assert not grant.lacks("http://127.0.0.1:4321/?payload=QUJD")


@pytest.mark.parametrize(
    "typed", ["", "  ", "two words!", "http://", "x" * 20_000, "QUJD" * 90, "a" * 344, "-----BEGIN PUBLIC KEY-----"]
)
async def test_nonsense_is_no_text_of_the_forum(place, typed):
    grant = place.grant()
    await grant.begin()
    with pytest.raises(Refused):
        await grant.redeem(typed)


async def test_a_login_that_was_not_begun_gives_nothing(place):
    with pytest.raises(Refused, match="not begun"):
        await place.grant().redeem("x")


@pytest.mark.parametrize("oaep", [True, False])
@pytest.mark.parametrize(
    "changed",
    [
        {"key": None},
        {"key": 7},
        {"key": ["s3cret00"]},
        {"key": ""},
        {"key": "s3cret00\r\nadmin: 1"},
        {"key": "s3cret\u00e9\u00e9\u00e9"},
        {"key": "short"},
        {"nonce": None},
        {"nonce": {}},
    ],
)
async def test_a_key_that_cannot_be_one_is_refused_and_nothing_of_it_kept(place, changed, oaep):
    grant = place.grant()
    text = made(await grant.begin(), oaep=oaep, **changed)
    with pytest.raises((Malformed, Refused)) as wrong:
        await grant.redeem(text)
    assert "s3cret" not in str(wrong.value) + getattr(wrong.value, "raw", "") + str(wrong.value.__cause__)


@pytest.mark.parametrize("oaep", [True, False])
@pytest.mark.parametrize("plain", [b"", b"[]", b"null", b"\xff" * 20, b"[" * 200, b'{"key":"s3cret00"'])
async def test_what_is_no_answer_inside_is_refused(place, plain, oaep):
    grant = place.grant()
    text = sealed(said(await grant.begin())["public_key"], plain, oaep=oaep)
    with pytest.raises((Malformed, Refused)):
        await grant.redeem(text)


def test_the_longest_answer_fits_the_key():
    payload = {"key": "f" * 64, "nonce": "f" * 32, "push": False, "api": 4, "expires_at": "2026-11-22T01:33:57Z"}
    assert len(json.dumps(payload)) <= BITS // 8 - 42


class TestRefusals:
    async def test_a_forum_that_lets_programs_only_read_gives_that(self, place):
        place.desk.scopes = frozenset({"read", "notifications"})
        grant = place.grant()
        address = await grant.begin()
        assert said(address)["scopes"] == "read"
        granted = await grant.redeem(place.desk.visit(address, place.brand))
        assert granted.missing == ("write",)
        assert (await place.network(granted.token).whoami()).abilities.can == frozenset()

    async def test_a_forum_that_gives_no_keys_says_whom_to_ask(self, place):
        place.desk.scopes = frozenset()
        with pytest.raises(Refused, match="gives programs no keys") as refused:
            await place.grant(HERE).begin()
        assert "allow user api key scopes" in refused.value.cure

    @pytest.mark.parametrize("scopes", [{"read", "write"}, {"read"}])
    async def test_a_forum_that_sends_no_browser_back_names_the_other_way(self, place, scopes):
        place.desk.scopes = frozenset(scopes)
        with pytest.raises(Refused, match="does not send a browser back") as refused:
            await place.grant(HERE).begin()
        assert "with a code" in refused.value.cure
        assert "allowed user api auth redirects" in refused.value.cure

    async def test_an_older_forum_looks_at_the_redirect_at_its_page_only(self, place):
        place.desk.looks_first = False
        grant = place.grant(HERE)
        address = await grant.begin()
        with pytest.raises(NotGivenError):
            place.desk.visit(address, place.brand)

    async def test_who_may_have_no_key_is_told_on_the_page(self, place):
        place.desk.given = lambda user: user.staff
        address = await place.grant().begin()
        with pytest.raises(NotGivenError, match="no_trust_level"):
            place.desk.visit(address, place.brand)
        assert "administrators" in LOGIN.hint

    @pytest.mark.parametrize("status", [200, 404])
    async def test_what_is_no_forum_says_so(self, place, status):
        place.faults.add("HEAD", NEW, "status", status=status)
        with pytest.raises(Malformed, match="no forum") as wrong:
            await place.grant().begin()
        assert "address" in wrong.value.cure

    @pytest.mark.parametrize(
        ("status", "kind"), [(400, Rejected), (403, Refused), (429, RateLimited), (500, Unreachable)]
    )
    async def test_errors_of_the_page_are_errors(self, place, status, kind):
        place.faults.add("GET", NEW, "status", status=status, times=None)
        with pytest.raises(kind):
            await place.grant().begin()

    async def test_nothing_is_asked_of_another_host(self, place):
        place.faults.add("HEAD", NEW, "status", status=301, headers=(("location", f"https://evil.example{NEW}"),))
        with pytest.raises(Rejected, match="evil"):
            await place.grant().begin()
        assert place.server.requests == []

    async def test_nobody_who_cannot_be_reached_is_asked(self, place):
        place.faults.add("HEAD", NEW, "cut")
        with pytest.raises(NetworkError):
            await place.grant().begin()


class TestSecrets:
    def test_a_key_that_was_given_goes_with_the_name_it_was_given_to(self):
        assert headers("cminbox-1:abc", "", "") == {"user-api-key": "abc", "user-api-client-id": "cminbox-1"}
        # A renewed account may have belonged to an administrator's key before.
        assert "api-username" not in headers("cminbox-1:abc", "lumen", "other")

    def test_a_key_that_was_pasted_goes_as_before(self):
        assert headers("abc", "", "") == {"user-api-key": "abc"}
        assert headers("abc", "", "mine") == {"user-api-key": "abc", "user-api-client-id": "mine"}
        assert headers("abc", "lumen", "mine") == {"api-key": "abc", "api-username": "lumen"}

    async def test_a_new_login_does_not_end_the_key_of_another_machine(self, place):
        keys = []
        for _machine in range(2):
            grant = place.grant()
            keys.append((await grant.redeem(place.desk.visit(await grant.begin(), place.brand))).token)
        for key in keys:
            assert (await place.network(key).whoami()).author.handle == "brand"

    async def test_the_text_survives_an_address(self, place):
        grant = place.grant()
        text = made(await grant.begin())
        assert (await grant.redeem(f"{HERE}?state={grant.state}&payload={quote(text, safe='')}")).token
