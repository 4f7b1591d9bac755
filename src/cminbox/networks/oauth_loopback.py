"""The end of a login in a browser on this machine (RFC 8252, 7.3): one request is waited for, on 127.0.0.1 only.

A short address of ours sends the browser on to the server, so that nobody has to copy a long one.
"""

from __future__ import annotations

import asyncio
import contextlib
from hmac import compare_digest
from html import escape
from secrets import token_urlsafe
from typing import Self
from urllib.parse import parse_qs, urlsplit

from cminbox.i18n import _

HOST = "127.0.0.1"
_LONGEST = 8192
_READ_S = 10.0
_BROUGHT = frozenset({"code", "payload"})
"""What servers call it that they let us in: a code of OAuth, a payload of Discourse."""


class Loopback:
    """Waits for the browser. `redirect` is where it has to come back to, `short` where it may begin.

    What comes without our state is answered and forgotten: a page of somebody else's cannot end the waiting.
    """

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._path = f"/{token_urlsafe(6)}"
        self._away = ""
        self._state = ""
        self.redirect = ""
        self.brought = ""
        self.arrived = asyncio.Event()

    @classmethod
    async def open(cls) -> Self:
        """Listen on a free port. Raises OSError."""
        loopback = cls()
        loopback._server = await asyncio.start_server(loopback._serve, HOST, 0, limit=_LONGEST)
        port = loopback._server.sockets[0].getsockname()[1]
        loopback.redirect = f"http://{HOST}:{port}/"
        return loopback

    @property
    def short(self) -> str:
        """An address of ours that leads to the server's."""
        return self.redirect.rstrip("/") + self._path

    def expect(self, address: str, state: str) -> None:
        """Send browsers to `address`; the answer has to hold `state`."""
        self._away, self._state = address, state

    async def aclose(self) -> None:
        """Listen no more."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _READ_S)
            writer.write(self._answer(head))
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()
        if self.brought:
            self.arrived.set()

    def _answer(self, head: bytes) -> bytes:
        verb, _blank, rest = head.decode("latin-1").partition("\r\n")[0].partition(" ")
        target = urlsplit(rest.partition(" ")[0])
        if verb != "GET":
            return _page(405, _("Nothing is here."))
        if target.path == self._path and self._away:
            return _response("302 Found", f"location: {self._away}\r\n", b"")
        query = parse_qs(target.query)
        allowed = bool(_BROUGHT & query.keys())
        if target.path != "/" or not (allowed or "error" in query):
            return _page(404, _("Nothing is here."))
        if self.brought or not compare_digest(query.get("state", [""])[0].encode(), self._state.encode()):
            return _page(400, _("That answer belongs to another login."))
        self.brought = f"{self.redirect}?{target.query}"
        said = _("cminbox has what it needs.") if allowed else _("Nothing was allowed.")
        return _page(200, said + " " + _("This page can be closed; go back to the terminal."))


_REASONS = {200: "200 OK", 400: "400 Bad Request", 404: "404 Not Found", 405: "405 Method Not Allowed"}


def _page(status: int, said: str) -> bytes:
    body = f"<!doctype html><meta charset=utf-8><title>cminbox</title><p>{escape(said)}</p>".encode()
    return _response(_REASONS[status], "content-type: text/html; charset=utf-8\r\n", body)


def _response(status: str, headers: str, body: bytes) -> bytes:
    # No page keeps or passes on an address that holds a code.
    common = "cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n"
    return f"HTTP/1.1 {status}\r\n{headers}{common}content-length: {len(body)}\r\n\r\n".encode() + body
