"""A door in front of a server: it forwards requests, and breaks what the test says. Plain HTTP/1.1 on loopback."""

from __future__ import annotations

import http.client
import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.live.servers.house import until


class Break(StrEnum):
    """What happens to one request."""

    NOTHING = "nothing"
    LOST_BEFORE = "lost before"
    """The line breaks; the server never hears of it."""
    LOST_AFTER = "lost after"
    """The server does it; nothing of its answer arrives."""
    LOST_HALFWAY = "lost halfway"
    """The server does it; half of its answer arrives."""


@dataclass(frozen=True)
class Passage:
    """One request at the door, and what happens to it."""

    method: str
    path: str
    breaks: Break


Rule = Callable[[str, str], Break]
"""What to do with a request, by method and path."""


def nothing(_method: str, _path: str) -> Break:
    """Let everything pass."""
    return Break.NOTHING


class Door:
    """Listens on a port of its own. `rule` decides per request; `strip` names headers that are taken off."""

    def __init__(self) -> None:
        self.rule: Rule = nothing
        self.strip: frozenset[str] = frozenset()
        self.target: tuple[str, int] = ("127.0.0.1", 0)
        self.on_arrival: Callable[[str, str], None] | None = None
        self.on_answer: Callable[[str, str], None] | None = None
        self._lock = threading.Lock()
        self._passages: list[Passage] = []
        door = self

        class Handler(_Handler):
            owner = door

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="door", daemon=True)
        self._thread.start()

    def leads_to(self, url: str) -> None:
        """Forward to this server."""
        host, _colon, port = url.removeprefix("http://").partition(":")
        self.target = (host, int(port))

    def open(self) -> None:
        """Let everything pass again, and forget what passed."""
        self.rule, self.strip, self.on_arrival, self.on_answer = nothing, frozenset(), None, None
        with self._lock:
            self._passages.clear()

    def count(self, fits: Callable[[Passage], bool]) -> int:
        """How many requests passed that fit."""
        with self._lock:
            return sum(1 for passage in self._passages if fits(passage))

    def wait_for(self, fits: Callable[[Passage], bool], *, more_than: int, within_s: float) -> None:
        """Return when more than so many fitting requests have come."""
        until("the request at the door", lambda: self.count(fits) > more_than, within_s=within_s, every_s=0.005)

    def passes(self, method: str, path: str) -> Break:
        """Decide about a request, and note it."""
        with self._lock:
            breaks = self.rule(method, path)
            self._passages.append(Passage(method, path, breaks))
        return breaks

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@dataclass
class LosesAnswers:
    """A rule that breaks about one in `one_in` of the requests that fit, by a seeded choice."""

    seed: int
    fits: Callable[[str, str], bool]
    one_in: int = 3
    chooser: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chooser = random.Random(self.seed)

    def __call__(self, method: str, path: str) -> Break:
        if not self.fits(method, path) or self.chooser.randrange(self.one_in):
            return Break.NOTHING
        return self.chooser.choice((Break.LOST_BEFORE, Break.LOST_AFTER, Break.LOST_AFTER, Break.LOST_HALFWAY))


_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"})


class _Handler(BaseHTTPRequestHandler):
    """One caller's connection."""

    owner: Door
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        # A caller that was killed leaves in the middle of a word.
        with suppress(ConnectionError, TimeoutError):
            super().handle()

    def do_any(self) -> None:
        """Forward one request."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        breaks = self.owner.passes(self.command, self.path)
        if self.owner.on_arrival is not None:
            self.owner.on_arrival(self.command, self.path)
        if breaks is Break.LOST_BEFORE:
            self._hang_up()
            return
        kept = {k: v for k, v in self.headers.items() if k.lower() not in (_HOP | self.owner.strip)}
        upstream = http.client.HTTPConnection(*self.owner.target, timeout=90)
        try:
            upstream.request(self.command, self.path, body or None, kept)
            answer = upstream.getresponse()
            if "event-stream" in answer.getheader("content-type", ""):
                self._stream(answer)
                return
            whole = answer.read()
            if self.owner.on_answer is not None:
                self.owner.on_answer(self.command, self.path)
            self._answer(answer, whole, breaks)
        except (http.client.HTTPException, OSError):
            self._hang_up()
        finally:
            upstream.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def _answer(self, answer: http.client.HTTPResponse, whole: bytes, breaks: Break) -> None:
        if breaks is Break.LOST_AFTER:
            self._hang_up()
            return
        self._head(answer)
        self.send_header("content-length", str(len(whole)))
        self.end_headers()
        if breaks is Break.LOST_HALFWAY:
            self.wfile.write(whole[: len(whole) // 2])
            self._hang_up()
            return
        self.wfile.write(whole)

    def _stream(self, answer: http.client.HTTPResponse) -> None:
        self._head(answer)
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        while chunk := answer.read1(65_536):
            self.wfile.write(chunk)
            self.wfile.flush()

    def _head(self, answer: http.client.HTTPResponse) -> None:
        self.send_response_only(answer.status, answer.reason)
        for key, value in answer.getheaders():
            if key.lower() not in _HOP:
                self.send_header(key, value)

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
