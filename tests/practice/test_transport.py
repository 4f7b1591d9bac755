"""The practice wire behaves as a real one: it streams, it times out, it breaks, and the server hears of it."""

import asyncio

import httpx
import pytest

from cminbox.clock import SimulatedClock
from cminbox.practice.faults import Faults
from cminbox.practice.transport import CallerGoneError, PracticeTransport


class Server:
    """A small application that notes what happened to it."""

    def __init__(self, clock):
        self.clock = clock
        self.deeds = []
        self.gone = asyncio.Event()
        self.go_on = asyncio.Event()
        self.sent = []

    async def __call__(self, scope, receive, send):
        message = await receive()
        path = scope["path"]
        self.deeds.append((scope["method"], path, message["body"]))
        if path == "/crash":
            raise ValueError("a fault of the practice server")
        if path == "/slow":
            await self.clock.sleep(100)
        if path == "/half":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"one", "more_body": True})
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        if path == "/stream":
            await self.stream(receive, send)
            return
        if path == "/flood":
            await self.flood(send)
            return
        await send({"type": "http.response.body", "body": b"done " + message["body"]})

    async def stream(self, receive, send):
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await self.go_on.wait()
        await send({"type": "http.response.body", "body": b"second", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"
        self.gone.set()
        with pytest.raises(CallerGoneError):
            await send({"type": "http.response.body", "body": b"third", "more_body": True})

    async def flood(self, send):
        for n in range(1000):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            self.sent.append(n)


@pytest.fixture
def clock():
    return SimulatedClock()


@pytest.fixture
def server(clock):
    return Server(clock)


@pytest.fixture
async def wire(server, clock):
    transport = PracticeTransport(server, clock)
    yield transport
    await transport.aclose()


@pytest.fixture
async def client(wire):
    async with httpx.AsyncClient(transport=wire, base_url="https://practice.example", timeout=30) as client:
        yield client


async def turns(n=60):
    for _ in range(n):
        await asyncio.sleep(0)


async def test_an_answer_comes_whole_with_its_request_s_body(client, server):
    answer = await client.post("/a%2Fb?c=d", content=b"hello")
    assert (answer.status_code, answer.text) == (200, "done hello")
    assert server.deeds == [("POST", "/a/b", b"hello")]


async def test_the_application_sees_the_request_as_it_was_sent():
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async with httpx.AsyncClient(transport=PracticeTransport(app, SimulatedClock())) as client:
        await client.get("https://practice.example:8443/room%2Fone?a=1&b=%20", headers={"X-Mark": "yes"})
    assert seen["raw_path"] == b"/room%2Fone"
    assert seen["query_string"] == b"a=1&b=%20"
    assert (b"x-mark", b"yes") in seen["headers"]
    assert seen["server"] == ("practice.example", 8443)


async def test_parts_arrive_while_the_application_still_runs(client, server):
    async with client.stream("GET", "/stream") as answer:
        parts = answer.aiter_raw()
        assert await anext(parts) == b"first"
        assert not server.go_on.is_set()
        server.go_on.set()
        assert await anext(parts) == b"second"
        assert not server.gone.is_set()


async def test_closing_the_stream_tells_the_application(client, server):
    server.go_on.set()
    async with client.stream("GET", "/stream") as answer:
        parts = answer.aiter_raw()
        await anext(parts)
        await anext(parts)
        await turns()
        assert not server.gone.is_set()
    await turns()
    assert server.gone.is_set()


async def test_a_caller_who_does_not_read_holds_the_server_back(client, server):
    async with client.stream("GET", "/flood") as answer:
        await turns()
        assert len(server.sent) <= 1
        await anext(answer.aiter_raw())
        await turns()
        assert len(server.sent) <= 2


async def test_a_slow_answer_times_out_on_the_practice_clock(client, server, clock):
    call = asyncio.ensure_future(client.get("/slow"))
    await turns()
    await clock.advance(29)
    await turns()
    assert not call.done()
    await clock.advance(1.5)
    with pytest.raises(httpx.ReadTimeout):
        await call
    assert len(server.deeds) == 1


async def test_an_answer_within_the_time_out_is_waited_for(client, clock):
    call = asyncio.ensure_future(client.get("/slow", timeout=200))
    await turns()
    await clock.advance(101)
    assert (await call).status_code == 200


async def test_no_time_out_means_waiting_for_ever(client, clock):
    call = asyncio.ensure_future(client.get("/slow", timeout=None))
    await turns()
    await clock.advance(99)
    await turns()
    assert not call.done()
    await clock.advance(2)
    assert (await call).status_code == 200


async def test_a_silent_stream_times_out_between_parts(client, server, clock):
    async with client.stream("GET", "/stream") as answer:
        parts = answer.aiter_raw()
        await anext(parts)
        call = asyncio.ensure_future(anext(parts))
        await turns()
        await clock.advance(31)
        with pytest.raises(httpx.ReadTimeout):
            await call


async def test_latency_counts_against_the_connection_time_out(server, clock):
    wire = PracticeTransport(server, clock, latency_s=40)
    async with httpx.AsyncClient(transport=wire, timeout=30) as client:
        call = asyncio.ensure_future(client.get("https://practice.example/"))
        await turns()
        await clock.advance(31)
        with pytest.raises(httpx.ConnectTimeout):
            await call
    assert server.deeds == []


async def test_a_cancelled_caller_is_gone_for_the_application(client, wire, clock):
    seen = asyncio.Event()

    async def app(scope, receive, send):
        await receive()
        assert (await receive())["type"] == "http.disconnect"
        seen.set()

    wire._app = app
    call = asyncio.ensure_future(client.get("/"))
    await turns()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await turns()
    assert seen.is_set()


async def test_a_crash_before_the_answer_is_a_500_and_is_kept(client, wire):
    assert (await client.get("/crash")).status_code == 500
    assert [str(crash) for crash in wire.crashes] == ["a fault of the practice server"]


async def test_an_answer_without_an_end_is_a_broken_one(client):
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/half")


class TestFaults:
    async def test_before_the_server_never_hears_of_it(self, client, wire, server):
        wire.faults.add("POST", "/*", "before")
        with pytest.raises(httpx.ConnectError):
            await client.post("/deed")
        assert server.deeds == []
        assert (await client.post("/deed")).status_code == 200

    async def test_during_the_deed_lands_later_than_the_error(self, client, wire, server, clock):
        wire.faults.add("POST", "/*", "during", seconds=20)
        with pytest.raises(httpx.ReadError):
            await client.post("/deed")
        assert server.deeds == []
        await clock.advance(20)
        await wire.settle()
        assert server.deeds == [("POST", "/deed", b"")]
        assert wire.crashes == []

    async def test_after_the_deed_is_done_and_nothing_arrives(self, client, wire, server):
        wire.faults.add("POST", "/*", "after")
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/deed")
        assert len(server.deeds) == 1

    async def test_cut_brings_half_of_the_answer(self, client, wire, server):
        wire.faults.add("POST", "/*", "cut")
        async with client.stream("POST", "/deed", content=b"12345") as answer:
            parts = answer.aiter_raw()
            assert await anext(parts) == b"done "
            with pytest.raises(httpx.RemoteProtocolError):
                await anext(parts)
        assert len(server.deeds) == 1

    async def test_delay_does_the_deed_and_times_out(self, client, wire, server, clock):
        wire.faults.add("POST", "/*", "delay", seconds=40)
        call = asyncio.ensure_future(client.post("/deed"))
        await turns()
        assert len(server.deeds) == 1
        await clock.advance(30)
        with pytest.raises(httpx.ReadTimeout):
            await call

    async def test_a_short_delay_only_delays(self, client, wire, clock):
        wire.faults.add("*", "/*", "delay", seconds=10)
        call = asyncio.ensure_future(client.get("/deed"))
        await turns()
        assert not call.done()
        await clock.advance(10)
        assert (await call).text == "done "

    async def test_status_answers_in_front_of_the_server(self, client, wire, server):
        wire.faults.add("GET", "/*", "status", status=429, headers=(("retry-after", "7"),), body=b"{}")
        answer = await client.get("/deed")
        assert (answer.status_code, answer.headers["retry-after"], answer.content) == (429, "7", b"{}")
        assert server.deeds == []

    async def test_garble_does_the_deed_and_answers_nonsense(self, client, wire, server):
        wire.faults.add("POST", "/*", "garble", body=b"<html>")
        answer = await client.post("/deed")
        assert (answer.status_code, answer.content) == (200, b"<html>")
        assert len(server.deeds) == 1

    def test_a_plan_counts_skips_and_matches(self):
        faults = Faults()
        first = faults.add("POST", "/api/*", "before", times=2, skip=1)
        other = faults.add("*", "/api/b", "after", times=None)
        assert faults.take("GET", "/api/a") is None
        assert faults.take("POST", "/api/a") is None
        assert [faults.take("POST", "/api/a") for _ in range(3)] == [first, first, None]
        assert [faults.take("POST", "/api/b") for _ in range(3)] == [other] * 3
        faults.remove(other)
        assert faults.take("POST", "/api/b") is None
        assert len(faults.struck) == 5
        faults.add("*", "*", "before")
        faults.clear()
        assert faults.take("GET", "/") is None


async def test_closing_the_wire_ends_what_still_runs(server, clock):
    wire = PracticeTransport(server, clock)
    client = httpx.AsyncClient(transport=wire)
    answer = await client.send(client.build_request("GET", "https://practice.example/stream"), stream=True)
    assert wire._running
    await wire.aclose()
    assert not wire._running
    await answer.aclose()
    await client.aclose()
