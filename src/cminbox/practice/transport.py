"""The wire between real connectors and practice servers: httpx over ASGI, on the practice clock.

httpx's own ASGI transport waits for the whole answer and knows no time-outs. This one streams, honours connect and
read time-outs on the clock given, tells the application when the caller has gone (`http.disconnect`), and breaks where
a plan of faults says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, TypeVar

import httpx

from cminbox.clock import Clock
from cminbox.practice.faults import Fault, Faults, When

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

T = TypeVar("T")

_TURNS = 20
"""Turns of the event loop that an answer still has when a time-out strikes. On a fast practice clock a busy machine
makes simulated seconds pass in which nobody ran; only a server that waits is late."""


class CallerGoneError(OSError):
    """What an application gets when it sends to a caller who has gone (as ASGI servers raise it)."""


class PracticeTransport(httpx.AsyncBaseTransport):
    """One practice server's address. `latency_s` is what every request takes before the application hears of it."""

    def __init__(self, app: App, clock: Clock, *, faults: Faults | None = None, latency_s: float = 0.0) -> None:
        self._app = app
        self._clock = clock
        self.faults = faults if faults is not None else Faults()
        self._latency_s = latency_s
        self._running: set[asyncio.Task[None]] = set()
        self.crashes: list[BaseException] = []
        """What the application raised: a practice server has no errors of its own."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as a server over a line would, or break as the plan says."""
        fault = self.faults.take(request.method, request.url.path)
        limits = request.extensions.get("timeout", {})
        if fault is not None and fault.when is When.BEFORE:
            raise httpx.ConnectError("connection refused", request=request)
        body = await request.aread()
        if self._latency_s:
            await self._within(limits.get("connect"), self._clock.sleep(self._latency_s), httpx.ConnectTimeout, request)
        if fault is not None and fault.when is When.STATUS:
            return httpx.Response(fault.status, headers=fault.headers, content=fault.body, request=request)
        exchange = _Exchange(self._app, _scope(request), body)
        if fault is not None and fault.when is When.DURING:
            exchange.caller_gone()
            self._keep(self._late(exchange, fault.seconds))
            # Its waiting begins before the caller can move the clock.
            await asyncio.sleep(0)
            raise httpx.ReadError("connection reset", request=request)
        task = self._keep(exchange.run())
        try:
            return await self._answer(request, exchange, task, fault, limits.get("read"))
        except BaseException:
            exchange.caller_gone()
            raise

    async def aclose(self) -> None:
        """Hang up on everybody: applications that still run are ended."""
        tasks = tuple(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def settle(self) -> None:
        """Return when no application runs any more (streams must have been closed)."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _answer(
        self,
        request: httpx.Request,
        exchange: _Exchange,
        task: asyncio.Task[None],
        fault: Fault | None,
        read_s: float | None,
    ) -> httpx.Response:
        if fault is not None and fault.when in (When.AFTER, When.CUT, When.GARBLE):
            # The whole deed first: a stream is let go, as it has no end.
            exchange.keep_all()
            await self._within(read_s, asyncio.wait((task,)), httpx.ReadTimeout, request)
        if fault is not None and fault.when is When.AFTER:
            raise httpx.RemoteProtocolError("server disconnected without sending a response", request=request)
        if fault is not None and fault.when is When.DELAY:
            exchange.keep_all()
            await self._within(read_s, self._clock.sleep(fault.seconds), httpx.ReadTimeout, request)
        start = await self._within(read_s, exchange.next(), httpx.ReadTimeout, request)
        if start is None:
            # The application ended (or crashed) without a word.
            return httpx.Response(500, text="the practice server crashed", request=request)

        async def chunks() -> AsyncIterator[bytes]:
            while (part := await self._within(read_s, exchange.next(), httpx.ReadTimeout, request)) is not None:
                yield part["body"]
                if not part["more"]:
                    return
            raise httpx.RemoteProtocolError("incomplete body", request=request)

        status, headers = start["status"], start["headers"]
        stream = _Stream(chunks(), exchange)
        if fault is not None and fault.when is When.GARBLE:
            kept = [(k, v) for k, v in headers if k.lower() != b"content-length"]
            return httpx.Response(status, headers=kept, content=fault.body, request=request)
        if fault is not None and fault.when is When.CUT:
            stream = _Stream(_half(chunks(), request), exchange)
        return httpx.Response(status, headers=headers, stream=stream, extensions={"http_version": b"HTTP/1.1"})

    async def _late(self, exchange: _Exchange, seconds: float) -> None:
        await self._clock.sleep(seconds)
        await exchange.run()

    def _keep(self, running: Awaitable[None]) -> asyncio.Task[None]:
        async def noted() -> None:
            try:
                await running
            except Exception as error:
                self.crashes.append(error)

        task = asyncio.create_task(noted())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _within(
        self, seconds: float | None, what: Awaitable[T], late: type[httpx.TimeoutException], request: httpx.Request
    ) -> T:
        """The result of `what`, or `late` when the practice clock gets there first."""
        waiting = asyncio.ensure_future(what)
        timer: asyncio.Future[None] | None = None
        try:
            for _turn in range(_TURNS):
                if waiting.done():
                    return waiting.result()
                await asyncio.sleep(0)
            if seconds is None:
                return await waiting
            timer = asyncio.ensure_future(self._clock.sleep(seconds))
            await asyncio.wait((waiting, timer), return_when=asyncio.FIRST_COMPLETED)
            for _turn in range(_TURNS):
                if waiting.done():
                    return waiting.result()
                await asyncio.sleep(0)
            raise late("timed out on the practice clock", request=request)
        finally:
            for future in (waiting, timer):
                if future is not None and not future.done():
                    future.cancel()


class _Exchange:
    """One request and its answer, between the application's side and the caller's."""

    def __init__(self, app: App, scope: Message, body: bytes) -> None:
        self._app = app
        self._scope = scope
        self._body: bytes | None = body
        self._answers: asyncio.Queue[Message | None] = asyncio.Queue()
        self._room = asyncio.Event()
        self._room.set()
        self._gone = asyncio.Event()
        self._all = False
        self._ended = False

    async def run(self) -> None:
        """Run the application to its end."""
        try:
            await self._app(self._scope, self._receive, self._send)
        except CallerGoneError:
            pass
        finally:
            self._answers.put_nowait(None)

    def caller_gone(self) -> None:
        """Tell the application that nobody listens any more."""
        self._gone.set()
        self._room.set()

    def keep_all(self) -> None:
        """Let the application run ahead of the caller, who reads later."""
        self._all = True
        self._room.set()

    async def next(self) -> Message | None:
        """The next part of the answer; None at the application's end."""
        if self._ended:
            return None
        if self._answers.empty():
            self._room.set()
        part = await self._answers.get()
        self._ended = part is None
        return part

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        # A caller who reads slowly holds a server back: parts leave one by one.
        await self._room.wait()
        if self._gone.is_set():
            raise CallerGoneError("the caller has gone")
        if message["type"] == "http.response.start":
            part: Message = {"status": message["status"], "headers": list(message.get("headers", ()))}
        else:
            part = {"body": message.get("body", b""), "more": message.get("more_body", False)}
        self._answers.put_nowait(part)
        if not self._all:
            self._room.clear()


class _Stream(httpx.AsyncByteStream):
    """The body of an answer; closing it tells the application that the caller has gone."""

    def __init__(self, chunks: AsyncIterator[bytes], exchange: _Exchange) -> None:
        self._chunks = chunks
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk

    async def aclose(self) -> None:
        self._exchange.caller_gone()
        # The application hears of it before its caller goes on.
        await asyncio.sleep(0)


async def _half(chunks: AsyncIterator[bytes], request: httpx.Request) -> AsyncIterator[bytes]:
    whole = b"".join([chunk async for chunk in chunks])
    if half := whole[: len(whole) // 2]:
        yield half
    raise httpx.RemoteProtocolError("peer closed connection without sending complete message body", request=request)


def _scope(request: httpx.Request) -> Message:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.split(b"?", 1)[0],
        "query_string": url.query,
        "root_path": "",
        "headers": [(key.lower(), value) for key, value in request.headers.raw],
        "client": ("127.0.0.1", 50000),
        "server": (url.host, url.port or (443 if url.scheme == "https" else 80)),
    }
