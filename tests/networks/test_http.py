"""The border to httpx: every way a server can answer or fail becomes one error of our tree."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import BaseModel, TypeAdapter

from cminbox.clock import SimulatedClock
from cminbox.errors import AuthExpired, Forbidden, Gone, Malformed, RateLimited, Rejected, Unreachable
from cminbox.networks.base import Connection
from cminbox.networks.http import Http, decode_each
from cminbox.practice.transport import PracticeTransport

TOKEN = "s3cret-t0ken"
URL = "https://practice.example"


class Thing(BaseModel):
    id: str
    n: int = 0


class Server:
    """Answers what it is told to, in turn (the last for ever), and keeps the requests."""

    def __init__(self):
        self.answers = []
        self.requests = []

    def say(self, status=200, body=b"{}", **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append((status, {k.replace("_", "-"): v for k, v in headers.items()}, content))

    async def __call__(self, scope, receive, send):
        body = (await receive())["body"]
        query = scope["query_string"].decode()
        self.requests.append((scope["method"], scope["path"], query, dict(scope["headers"]), body))
        status, headers, content = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        pairs = [(k.encode(), v.encode()) for k, v in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": content})


@pytest.fixture
def clock():
    return SimulatedClock()


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def wire(server, clock):
    return PracticeTransport(server, clock)


def connect(clock, wire, url=URL, token=TOKEN, **more):
    connection = Connection(
        account="brand", url=url, secret=token, since=clock.now() - timedelta(days=7), clock=clock, transport=wire
    )
    return Http(connection, url, {"authorization": f"Bearer {token}"}, **more)


@pytest.fixture
async def http(clock, wire):
    http = connect(clock, wire)
    yield http
    await http.aclose()


async def failure(http, method="GET", path="/x", **more):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - every test looks at the type
        await http.request(method, path, **more)
    assert TOKEN not in str(caught.value)
    assert TOKEN not in repr(caught.value)
    return caught.value


class TestRequests:
    async def test_what_is_asked_arrives(self, http, server):
        server.say(body={"id": "1", "n": 5})
        answer = await http.request(
            "POST", "/api", params={"a": ["1", "2"], "b": None, "c": 3}, json={"t": "é"}, headers={"x-key": "k"}
        )
        assert answer.decode(TypeAdapter(Thing)) == Thing(id="1", n=5)
        method, path, query, headers, body = server.requests[0]
        assert (method, path, query) == ("POST", "/api", "a=1&a=2&c=3")
        assert json.loads(body) == {"t": "é"}
        assert headers[b"authorization"] == b"Bearer " + TOKEN.encode()
        assert headers[b"x-key"] == b"k"
        assert headers[b"content-type"] == b"application/json"

    async def test_a_form_arrives(self, http, server):
        server.say()
        await http.request("POST", "/token", data={"grant": "a b&c"})
        assert server.requests[0][4] == b"grant=a+b%26c"
        assert server.requests[0][3][b"content-type"] == b"application/x-www-form-urlencoded"

    async def test_a_lone_surrogate_does_not_stop_a_request(self, http, server):
        server.say()
        await http.request("POST", "/api", json={"t": "a\ud800b"})
        assert json.loads(server.requests[0][4]) == {"t": "a?b"}

    async def test_one_client_an_account_and_a_new_one_after_closing(self, http, server):
        server.say()
        await http.request("GET", "/a")
        client = http._client
        await http.request("GET", "/a")
        assert http._client is client
        await http.aclose()
        await http.request("GET", "/a")
        assert http._client is not client

    async def test_a_token_with_strange_characters_is_never_sent(self, clock, wire, server):
        server.say()
        for token in ("tok\nen", "töken", "tok\x00en"):
            http = connect(clock, wire, token=token)
            with pytest.raises(AuthExpired, match="Paste"):
                await http.request("GET", "/a")
            await http.aclose()
        assert server.requests == []


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "kind", "sent"),
        [
            (400, Rejected, False),
            (401, AuthExpired, False),
            (403, Forbidden, False),
            (404, Gone, False),
            (408, Unreachable, True),
            (409, Rejected, False),
            (410, Gone, False),
            (413, Rejected, False),
            (422, Rejected, False),
            (429, RateLimited, False),
            (500, Unreachable, True),
            (502, Unreachable, True),
            (503, Unreachable, True),
            (504, Unreachable, True),
            (304, Rejected, False),
        ],
    )
    async def test_each_status_is_one_kind(self, http, server, status, kind, sent):
        server.say(status, {"error": "Nope"})
        error = await failure(http)
        assert type(error) is kind
        assert error.sent is sent

    async def test_the_network_s_own_word_is_kept(self, http, server):
        server.say(422, {"error": "Validation failed: Text too long"})
        error = await failure(http)
        assert error.reason == "Validation failed: Text too long"

    @pytest.mark.parametrize("body", [b"", b"oops", b"[1]", b'{"error": 5}', b"{" * 5000, b"\xff\xfe"])
    async def test_an_error_without_words_is_still_one(self, http, server, body):
        server.say(422, body)
        assert (await failure(http)).reason == ""

    @pytest.mark.parametrize(
        ("headers", "body", "scope"),
        [
            ({"www_authenticate": 'Bearer error="insufficient_scope", scope="write:statuses"'}, {}, "write:statuses"),
            ({}, {"error": "This action is outside the authorized scopes"}, ""),
            ({}, {"error": "missing scope: read:lists"}, "read:lists"),
        ],
    )
    async def test_the_missing_right_is_named(self, http, server, headers, body, scope):
        server.say(403, body, **headers)
        assert (await failure(http)).scope == scope

    async def test_a_connector_s_own_reading_comes_first(self, clock, wire, server):
        http = connect(clock, wire, translate=lambda a: AuthExpired("gone", "log in") if a.status == 400 else None)
        server.say(400)
        assert type(await failure(http)) is AuthExpired
        server.answers.clear()
        server.say(404)
        assert type(await failure(http)) is Gone
        await http.aclose()

    async def test_a_status_that_is_expected_is_an_answer(self, http, server):
        server.say(404, {"id": "none"})
        assert (await http.request("GET", "/x", ok=(200, 404))).status == 404


class TestConnections:
    @pytest.mark.parametrize(
        ("raised", "sent"),
        [
            (httpx.ConnectError("x"), False),
            (httpx.ConnectTimeout("x"), False),
            (httpx.PoolTimeout("x"), False),
            (httpx.ReadTimeout("x"), True),
            (httpx.WriteTimeout("x"), True),
            (httpx.ReadError("x"), True),
            (httpx.WriteError("x"), True),
            (httpx.RemoteProtocolError("x"), True),
            (httpx.DecodingError("x"), True),
        ],
    )
    async def test_sent_is_false_only_where_nothing_can_have_left(self, clock, raised, sent):
        class Broken(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request):
                raise raised

        http = connect(clock, Broken())
        error = await failure(http, "POST")
        assert type(error) is Unreachable
        assert error.sent is sent
        await http.aclose()

    async def test_an_answer_cut_in_the_middle_may_have_been_done(self, http, wire, server):
        server.say(body={"id": "1"})
        wire.faults.add("*", "*", "cut")
        error = await failure(http, "POST")
        assert (type(error), error.sent) == (Unreachable, True)

    async def test_the_time_out_is_ours(self, clock, http, wire, server):
        server.say()
        wire.faults.add("*", "*", "delay", seconds=31)
        call = asyncio.ensure_future(failure(http))
        for _ in range(60):
            await asyncio.sleep(0)
        await clock.advance(30)
        assert type(await call) is Unreachable

    async def test_an_endless_answer_is_cut(self, clock, wire, server):
        http = connect(clock, wire, max_body=1000)
        server.say(body=b"x" * 1001)
        assert type(await failure(http)) is Malformed
        server.answers.clear()
        server.say(body=b"[" + b" " * 998 + b"]")
        assert (await http.request("GET", "/x")).json() == []
        await http.aclose()

    async def test_an_answer_that_drips_is_given_up(self, clock):
        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200})
            while True:
                await send({"type": "http.response.body", "body": b" ", "more_body": True})
                await clock.sleep(20)

        wire = PracticeTransport(app, clock)
        http = connect(clock, wire)
        call = asyncio.ensure_future(failure(http))
        for _ in range(10):
            for _turn in range(60):
                await asyncio.sleep(0)
            await clock.advance(20)
        assert call.done()
        assert type(await call) is Unreachable
        await http.aclose()
        await wire.aclose()


class TestRedirects:
    async def test_the_token_never_leaves_for_another_host(self, http, server):
        server.say(302, location="https://evil.example/api")
        error = await failure(http)
        assert type(error) is Rejected
        assert "evil.example" in str(error)
        assert len(server.requests) == 1

    @pytest.mark.parametrize("there", ["http://practice.example/x", "https://practice.example:444/x", "//[", ""])
    async def test_nor_for_another_port_or_a_plain_line(self, http, server, there):
        server.say(302, location=there)
        error = await failure(http)
        assert type(error) in (Rejected, Malformed)

    async def test_within_the_server_it_is_followed(self, http, server):
        server.say(301, location="/new?page=2")
        server.say(200, {"id": "1"})
        await http.request("GET", "/old", params={"a": "1"})
        assert [(r[1], r[2]) for r in server.requests] == [("/old", "a=1"), ("/new", "page=2")]

    async def test_a_deed_is_not_turned_into_a_reading(self, http, server):
        server.say(302, location="/new")
        assert type(await failure(http, "POST")) is Rejected
        server.answers.clear()
        server.say(308, location="/new")
        server.say(200)
        await http.request("POST", "/old", json={"a": 1})
        assert [(r[0], r[1], r[4]) for r in server.requests[1:]] == [
            ("POST", "/old", b'{"a":1}'),
            ("POST", "/new", b'{"a":1}'),
        ]

    async def test_circles_end(self, http, server):
        server.say(302, location="/x")
        assert type(await failure(http)) is Malformed
        assert len(server.requests) == 6


class TestLimits:
    @pytest.mark.parametrize(
        ("value", "wait_s"),
        [
            ("120", 120),
            ("Mon, 02 Mar 2026 09:02:00 GMT", 120),
            ("0", 0),
            ("1e400", 60),
            ("99999999999999999999", 60),
            ("9999999", 86400),
            ("Fri, 02 Mar 2096 09:02:00 GMT", 86400),
            ("nonsense", 60),
            ("-5", 0),
        ],
    )
    async def test_retry_after_in_both_forms(self, http, server, clock, value, wait_s):
        server.say(429, retry_after=value)
        error = await failure(http)
        assert error.until == clock.now() + timedelta(seconds=wait_s)

    @pytest.mark.parametrize(
        "reset", ["2026-03-02T09:05:00.000Z", "1772442300", "1772442300000", "300", "Mon, 02 Mar 2026 09:05:00 GMT"]
    )
    async def test_the_reset_of_the_window_in_every_form(self, http, server, clock, reset):
        server.say(200, x_ratelimit_limit="300", x_ratelimit_remaining="0", x_ratelimit_reset=reset)
        await http.request("GET", "/x")
        assert http.budget.limit == 300
        assert http.budget.reset == clock.now() + timedelta(seconds=300)

    async def test_a_wrong_clock_is_corrected_by_the_server_s_date(self, http, server, clock):
        server.say(
            429,
            date="Mon, 02 Mar 2026 11:00:00 GMT",
            x_ratelimit_remaining="0",
            x_ratelimit_reset="2026-03-02T11:02:00Z",
        )
        assert (await failure(http)).until == clock.now() + timedelta(seconds=120)

    async def test_a_spent_budget_is_obeyed_before_sending(self, http, server, clock):
        server.say(200, ratelimit_limit="5", ratelimit_remaining="0", ratelimit_reset="50")
        await http.request("POST", "/x")
        error = await failure(http, "POST")
        assert (type(error), error.sent) == (RateLimited, False)
        assert error.until == clock.now() + timedelta(seconds=50)
        assert len(server.requests) == 1
        await clock.advance(50)
        await http.request("POST", "/x")
        assert len(server.requests) == 2

    async def test_spent_deletions_do_not_stop_reading(self, http, server):
        server.say(200, x_ratelimit_remaining="0", x_ratelimit_reset="1800")
        await http.request("DELETE", "/x")
        await http.request("GET", "/x")
        assert type(await failure(http, "DELETE")) is RateLimited

    async def test_retry_after_is_obeyed_before_sending(self, http, server, clock):
        server.say(503, retry_after="40")
        assert type(await failure(http)) is Unreachable
        assert type(await failure(http)) is RateLimited
        assert len(server.requests) == 1
        await clock.advance(41)
        assert type(await failure(http)) is Unreachable

    async def test_a_wait_said_only_in_the_body(self, http, server, clock):
        server.say(429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2000})
        assert (await failure(http)).until == clock.now() + timedelta(seconds=2)

    @pytest.mark.parametrize(("remaining", "reset"), [("x", "5"), ("5", "x"), ("nan", "5"), ("", "")])
    async def test_nonsense_is_no_budget(self, http, server, remaining, reset):
        server.say(200, x_ratelimit_remaining=remaining, x_ratelimit_reset=reset)
        await http.request("GET", "/x")
        assert http.budget is None


class TestAnswers:
    async def test_a_web_page_is_told_apart(self, http, server):
        server.say(200, b"<!DOCTYPE html><html>hello", content_type="text/html")
        answer = await http.request("GET", "/x")
        with pytest.raises(Malformed, match="web page") as caught:
            answer.decode(TypeAdapter(Thing))
        assert caught.value.cure
        assert caught.value.raw.startswith("<!DOCTYPE")

    @pytest.mark.parametrize("body", [b"", b"{", b"not json", b"[" * 100_000, b"\xff"])
    async def test_what_is_not_json_is_malformed(self, http, server, body):
        server.say(200, body)
        answer = await http.request("GET", "/x")
        with pytest.raises(Malformed):
            answer.decode(TypeAdapter(Thing))
        with pytest.raises(Malformed):
            answer.decode_list(TypeAdapter(Thing))

    async def test_the_wrong_shape_names_the_place_and_not_the_words(self, http, server):
        server.say(200, {"id": "1", "n": "a person's words"})
        answer = await http.request("GET", "/x")
        with pytest.raises(Malformed, match="n: ") as caught:
            answer.decode(TypeAdapter(Thing))
        assert "person" not in str(caught.value)
        with pytest.raises(Malformed, match="list"):
            answer.decode_list(TypeAdapter(Thing))

    async def test_unknown_fields_are_ignored(self, http, server):
        server.say(200, {"id": "1", "brand_new": {"a": 1}})
        assert (await http.request("GET", "/x")).decode(TypeAdapter(Thing)) == Thing(id="1")

    async def test_lone_surrogates_become_the_replacement_character(self, http, server):
        server.say(200, rb'{"id": "a\ud800b \ud83d\ude00 \\ud800"}')
        assert (await http.request("GET", "/x")).decode(TypeAdapter(Thing)).id == "a�b 😀 \\ud800"

    def test_a_bad_item_is_set_aside_with_its_raw_text(self):
        good, bad = decode_each([{"id": "1"}, {"id": ["é"]}, 5, {"id": "2"}], TypeAdapter(Thing))
        assert [thing.id for thing in good] == ["1", "2"]
        assert [item.raw for item in bad] == ['{"id": ["\\u00e9"]}', "5"]
        assert bad[0].reason.startswith("id: ")

    async def test_the_link_header_gives_the_query_of_the_next_page(self, http, server):
        link = '<https://inner.example/a?max_id=5&limit=2>; rel="next", <https://inner.example/a?min_id=9>; rel=prev'
        server.say(200, link=link)
        answer = await http.request("GET", "/x")
        assert answer.link("next") == {"max_id": "5", "limit": "2"}
        assert answer.link("prev") == {"min_id": "9"}
        assert answer.link("last") is None


class TestStreams:
    @staticmethod
    def app(chunks, content_type=b"text/event-stream", status=200):
        async def app(scope, receive, send):
            start = {"type": "http.response.start", "status": status, "headers": [(b"content-type", content_type)]}
            await send(start)
            for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body"})

        return app

    async def read(self, app, clock, **more):
        http = connect(clock, PracticeTransport(app, clock))
        try:
            return [(e.event, e.data) async for e in http.stream_sse("/stream", **more)]
        finally:
            await http.aclose()

    async def test_events_heartbeats_and_comments(self, clock):
        chunks = [b":thump\n", b"event: update\nda", b'ta: {"a":1}\n', b"\n:)\n\n", b"data: x\r\ndata: y\r", b"\n\r\n"]
        assert await self.read(self.app(chunks), clock) == [("update", '{"a":1}'), ("message", "x\ny")]

    async def test_a_line_end_in_two_parts_is_one(self, clock):
        chunks = [b"data: x\r", b"\ndata: y\r", b"\n", b"\r", b"\n"]
        assert await self.read(self.app(chunks), clock) == [("message", "x\ny")]

    async def test_line_separators_inside_a_message_do_not_split_it(self, clock):
        data = "data: a\u2028b\x85c\x0bd\n\n".encode()
        # One byte at a time: characters and line ends are cut anywhere.
        chunks = [data[i : i + 1] for i in range(len(data))]
        assert await self.read(self.app(chunks), clock) == [("message", "a\u2028b\x85c\x0bd")]

    async def test_an_unfinished_event_is_no_event(self, clock):
        assert await self.read(self.app([b"data: x\n"]), clock) == []

    async def test_a_line_without_end_is_given_up(self, clock):
        with pytest.raises(Malformed):
            await self.read(self.app([b"data: " + b"x" * 1_000_000] * 5), clock)
        with pytest.raises(Malformed):
            await self.read(self.app([b"data: " + b"x" * 1_000_000 + b"\n"] * 5), clock)

    async def test_a_server_without_streams(self, clock):
        with pytest.raises(Gone):
            await self.read(self.app([], status=404), clock)
        with pytest.raises(Malformed):
            await self.read(self.app([], b"text/html"), clock)

    async def test_a_silent_stream_is_given_up(self, clock):
        async def app(scope, receive, send):
            headers = [(b"content-type", b"text/event-stream")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"data: x\n\n", "more_body": True})
            await receive()
            await receive()

        reading = asyncio.ensure_future(self.read(app, clock, silence_s=90))
        for _ in range(80):
            await asyncio.sleep(0)
        await clock.advance(89)
        assert not reading.done()
        await clock.advance(2)
        with pytest.raises(Unreachable):
            await reading


def test_instants_are_aware():
    assert SimulatedClock().now().tzinfo is UTC
    assert datetime(2026, 3, 2, 9, 5, tzinfo=UTC).timestamp() == 1772442300
