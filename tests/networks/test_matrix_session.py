"""Finding a home server and logging in: what a person typed, what the server is, what it says of the token."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from tests.networks.matrix_rig import DEVICE, MatrixRig
from tests.networks.rig import Reader, wrote

from cminbox.clock import SimulatedClock
from cminbox.errors import AuthExpired, Malformed, RateLimited, Rejected, Unreachable
from cminbox.networks.base import Connection
from cminbox.networks.http_answer import Answer
from cminbox.networks.matrix_session import Session, translate

WELL_KNOWN = "/.well-known/matrix/client"


@pytest.fixture
async def rig() -> AsyncIterator[MatrixRig]:
    rig = MatrixRig()
    yield rig
    await rig.close()


def said(status: int, code: str) -> Answer:
    return Answer(status, {}, json.dumps({"errcode": code, "error": "why"}).encode(), "practice.example")


class TestFinding:
    async def test_the_server_that_the_site_names_is_used(self, rig: MatrixRig) -> None:
        body = json.dumps({"m.homeserver": {"base_url": "https://matrix.practice.example/"}}).encode()
        rig.faults.add("GET", WELL_KNOWN, "status", status=200, body=body)
        assert (await rig.open(url="practice.example").whoami()).server == "https://matrix.practice.example"

    @pytest.mark.parametrize(
        "body",
        [
            b"<html>",
            b"[]",
            b'{"m.homeserver":7}',
            b'{"m.homeserver":{"base_url":"http://practice.example"}}',
            b'{"m.homeserver":{"base_url":"ftp://x"}}',
        ],
    )
    async def test_a_site_that_names_nothing_usable_is_the_server_itself(self, rig: MatrixRig, body: bytes) -> None:
        rig.faults.add("GET", WELL_KNOWN, "status", status=200, body=body)
        assert (await rig.open().whoami()).server == "https://practice.example"

    async def test_a_server_in_trouble_at_its_well_known_place_is_tried_itself(self, rig: MatrixRig) -> None:
        rig.faults.add("GET", WELL_KNOWN, "status", status=502)
        assert (await rig.open().whoami()).server == "https://practice.example"

    @pytest.mark.parametrize("body", [b"<html>welcome</html>", b'{"version":"4.2"}', b"[]"])
    async def test_what_is_no_matrix_server_is_said_to_be_none(self, rig: MatrixRig, body: bytes) -> None:
        rig.faults.add("GET", "/_matrix/client/versions", "status", status=200, body=body)
        with pytest.raises(Malformed, match="not a Matrix server") as caught:
            await rig.open().whoami()
        assert "home server" in caught.value.cure

    async def test_a_server_that_cannot_be_reached(self, rig: MatrixRig) -> None:
        rig.faults.add("GET", "*", "before", times=None)
        with pytest.raises(Unreachable) as caught:
            await rig.open().whoami()
        assert not caught.value.sent

    async def test_no_address_is_said_before_anything_is_sent(self, rig: MatrixRig) -> None:
        with pytest.raises(Unreachable):
            await rig.open(url="").whoami()

    async def test_the_users_own_server_is_the_address_when_none_is_given(self, rig: MatrixRig) -> None:
        network = rig.open(url="", secret="password", user="@brand:practice.example")
        assert (await network.whoami()).server == "https://practice.example"


class TestWithAPassword:
    async def test_every_start_is_the_same_device_so_that_transactions_hold(self, rig: MatrixRig) -> None:
        rig.write("ana", "help")
        first = rig.open(secret="password", user="brand")
        (question,) = wrote(await Reader(first).read())
        sent = await first.perform(rig.act(question, "once"))
        again = await rig.open(secret="password", user="brand").perform(rig.act(question, "once"))
        assert sent == again
        assert len(rig.ours()) == 1
        assert len(rig.server.users[rig.us].tokens) == 2  # the rig's own device, and one of ours

    async def test_accounts_have_devices_of_their_own(self) -> None:
        clock = SimulatedClock()
        names = [("a", "brand"), ("b", "brand"), ("a", "other")]
        now = clock.now()
        sessions = [Session(Connection(account, "", "", now, clock, {"user": user})) for account, user in names]
        devices = {session.device_id for session in sessions}
        assert len(devices) == 3

    async def test_a_token_that_ended_is_replaced_once(self, rig: MatrixRig) -> None:
        network = rig.open(secret="password", user="brand")
        await network.whoami()
        rig.server.log_out(rig.us)
        rig.write("ana", "still there?")
        assert [one.text for one in wrote(await Reader(network).read())] == ["still there?"]
        rig.server.log_out(rig.us)
        rig.server.users[rig.us].password = "changed"
        with pytest.raises(AuthExpired, match="password"):
            await Reader(network).read()

    async def test_a_wrong_password_is_said(self, rig: MatrixRig) -> None:
        with pytest.raises(AuthExpired, match="password") as caught:
            await rig.open(secret="wrong", user="brand").whoami()
        assert "wrong" not in str(caught.value)


class TestErrors:
    async def test_a_token_of_the_past(self, rig: MatrixRig) -> None:
        network = rig.open()
        await network.whoami()
        rig.revoke()
        with pytest.raises(AuthExpired):
            await Reader(network).read()

    @pytest.mark.parametrize("code", ["M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_LOCKED"])
    def test_whatever_the_status_these_codes_need_a_new_token(self, code: str) -> None:
        assert isinstance(translate(said(403, code)), AuthExpired)

    def test_an_unknown_request_is_not_a_missing_thing(self) -> None:
        assert isinstance(translate(said(404, "M_UNRECOGNIZED")), Rejected)

    @pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'{"errcode":7}'])
    def test_other_answers_are_left_to_the_common_reading(self, body: bytes) -> None:
        assert translate(Answer(403, {}, body, "x")) is None

    async def test_an_old_servers_wait_in_the_body_is_obeyed(self, rig: MatrixRig) -> None:
        network = rig.open()
        await network.whoami()
        body = b'{"errcode":"M_LIMIT_EXCEEDED","error":"slow","retry_after_ms":4000}'
        rig.faults.add("GET", "/_matrix/client/v3/sync", "status", status=429, body=body)
        with pytest.raises(RateLimited) as caught:
            await Reader(network).read()
        assert (caught.value.until - rig.clock.now()).total_seconds() == 4

    async def test_the_token_goes_in_the_header_only(self, rig: MatrixRig) -> None:
        assert DEVICE in rig.server.users[rig.us].tokens.values()
        rig.faults.add("GET", "*", "delay", times=None, seconds=0)
        await rig.open().whoami()
        assert all(rig.token not in path for _fault, _method, path in rig.faults.struck)
