"""The one border to httpx: one client an account, errors translated, limits read and obeyed.

Nobody above catches `httpx.*`. A redirect is followed only within the same server (the token goes nowhere else), a body
is read up to a cap, and an answer that is not what the contract says becomes `Malformed` with the cure.
"""

from __future__ import annotations

import json as jsonlib
from collections.abc import AsyncGenerator, AsyncIterator, Container, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from cminbox.clock import Clock
from cminbox.errors import AuthExpired, Malformed, NetworkError, RateLimited, Rejected, Unreachable
from cminbox.i18n import _
from cminbox.networks.base import Connection
from cminbox.networks.http_answer import Answer, decode_each, not_a_list, read_json
from cminbox.networks.http_budget import Budget, read_budget, retry_after
from cminbox.networks.http_errors import from_status, from_transport
from cminbox.networks.http_url import is_loopback
from cminbox.networks.sse import Decoder, EventTooLongError, ServerEvent

Params = Mapping[str, str | int | Sequence[str] | None]

_REDIRECTS = (301, 302, 303, 307, 308)


__all__ = ["Answer", "Budget", "Http", "Params", "ServerEvent", "Translate", "decode_each", "not_a_list", "read_json"]


class Translate(Protocol):
    """A connector's own reading of an error answer; None leaves it to the common one."""

    def __call__(self, answer: Answer) -> NetworkError | None:
        """The error that an answer with an unexpected status stands for."""
        ...


class Http:
    """An account's way to its server. Any number of requests at the same time.

    `base_url` has no slash at its end; paths begin with one. `headers` go with every request (the token among them).
    """

    def __init__(
        self,
        connection: Connection,
        base_url: str,
        headers: Mapping[str, str],
        *,
        timeout_s: float = 30,
        max_body: int = 32 * 1024 * 1024,
        translate: Translate | None = None,
    ) -> None:
        self.base_url = base_url
        self.host = urlsplit(base_url).netloc
        self._clock: Clock = connection.clock
        self._transport = connection.transport
        self._meter = connection.meter
        self._headers = dict(headers)
        self._timeout_s = timeout_s
        self._max_body = max_body
        self._translate = translate
        self._client: httpx.AsyncClient | None = None
        self.budgets: dict[str, Budget] = {}
        self._not_before: dict[str, datetime] = {}

    @property
    def budget(self) -> Budget | None:
        """The tightest budget known, or None."""
        return min(self.budgets.values(), key=lambda b: b.remaining, default=None)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        ok: Container[int] = range(200, 300),
    ) -> Answer:
        """One request and its whole answer, with a status in `ok`; else the error of the tree that it stands for.

        `json` or `data` (a form) is the body. A value None in `params` is left out, a list is repeated. Raises
        `RateLimited` without sending when the budget of the method is known to be spent.
        """
        limit = timeout_s or self._timeout_s
        self._obey(method)
        url = f"{self.base_url}{path}"
        body, extra = _body(json, data)
        sent_headers = {**extra, **(headers or {})}
        for _hop in range(6):
            request = self._build(method, url, params, body, headers=sent_headers, timeout=httpx.Timeout(limit))
            async with self._send(request) as response:
                answer = Answer(
                    response.status_code, response.headers, await self._read(response, 4 * limit), self.host
                )
            self._note(method, answer)
            if answer.status in ok:
                return answer
            if answer.status not in _REDIRECTS:
                raise self._error(answer, path)
            url, params = self._redirected(method, request, answer), None
        raise Malformed(_("{host} sends us in circles.").format(host=self.host), _("Check the address of the account."))

    async def stream_sse(
        self,
        path: str,
        *,
        params: Params | None = None,
        base_url: str | None = None,
        silence_s: float = 90,
    ) -> AsyncGenerator[ServerEvent, None]:
        """Events as the server pushes them, until it ends the stream. Heartbeats are swallowed.

        `base_url` is the streaming server's own address where the network names one. A stream silent for `silence_s`
        is `Unreachable`; a server without one is what its status says (`Gone`, ...) or `Malformed`.
        """
        limits = httpx.Timeout(self._timeout_s, read=silence_s)
        url = f"{base_url or self.base_url}{path}"
        request = self._build("GET", url, params, None, headers={"accept": "text/event-stream"}, timeout=limits)
        async with self._send(request) as response:
            if response.status_code != 200:
                answer = Answer(
                    response.status_code, response.headers, await self._read(response, silence_s), self.host
                )
                raise self._error(answer, path)
            if "text/event-stream" not in response.headers.get("content-type", ""):
                raise Malformed(_("{host} does not stream events.").format(host=self.host))
            decoder = Decoder()
            try:
                async for chunk in response.aiter_bytes():
                    for event in decoder.feed(chunk):
                        yield event
            except EventTooLongError:
                raise Malformed(_("The stream of {host} has no end of line.").format(host=self.host)) from None

    async def aclose(self) -> None:
        """Close the connections. A later request opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _build(
        self,
        method: str,
        url: str,
        params: Params | None,
        body: bytes | None,
        *,
        headers: Mapping[str, str],
        timeout: httpx.Timeout,
    ) -> httpx.Request:
        pairs: list[tuple[str, str | int | float | bool | None]] = []
        for key, value in (params or {}).items():
            if isinstance(value, str | int):
                pairs.append((key, str(value)))
            elif value is not None:
                pairs.extend((key, one) for one in value)
        if any(not value.isascii() or not value.isprintable() for value in self._headers.values()):
            raise AuthExpired(
                _("The token of {host} holds characters that no token has.").format(host=self.host),
                _("Paste it again."),
            )
        try:
            client = self._open()
            return client.build_request(
                method, url, params=pairs or None, content=body, headers=dict(headers), timeout=timeout
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise from_transport(httpx.UnsupportedProtocol(str(error)), self.host) from None

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self._transport,
                headers={"user-agent": "cminbox", "accept": "application/json", **self._headers},
                follow_redirects=False,
                # A proxy from the environment is for the network outside, not for this machine's own servers.
                trust_env=not is_loopback(urlsplit(self.base_url).hostname or ""),
            )
        return self._client

    @asynccontextmanager
    async def _send(self, request: httpx.Request) -> AsyncIterator[httpx.Response]:
        response: httpx.Response | None = None
        try:
            response = await self._open().send(request, stream=True)
            yield response
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise from_transport(error, request.url.netloc.decode("ascii", "replace")) from None
        finally:
            if response is not None:
                await response.aclose()

    async def _read(self, response: httpx.Response, longest_s: float) -> bytes:
        end = self._clock.monotonic() + longest_s
        chunks, size = [], 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > self._max_body:
                raise Malformed(
                    _("The answer of {host} is larger than {size} MB.").format(
                        host=self.host, size=self._max_body // 1_000_000
                    )
                )
            if self._clock.monotonic() > end:
                raise Unreachable(_("{host} did not answer in time.").format(host=self.host))
            chunks.append(chunk)
        return b"".join(chunks)

    def _obey(self, method: str) -> None:
        # Per method: networks count writes and deletions apart, and a spent budget of one stops not the others.
        now = self._clock.now()
        until = self._not_before.get(method)
        budget = self.budgets.get(method)
        if budget is not None and budget.remaining == 0 and (until is None or budget.reset > until):
            until = budget.reset
        if until is not None and until > now:
            raise RateLimited(_("{host} asks to slow down.").format(host=self.host), until)

    def _note(self, method: str, answer: Answer) -> None:
        now = self._clock.now()
        budget = read_budget(answer.headers, now)
        if budget is not None:
            self.budgets[method] = budget
            self._meter.note(method, budget)
        if answer.status in (429, 503):
            wait = retry_after(answer.headers, now)
            if wait is not None:
                self._not_before[method] = wait

    def _error(self, answer: Answer, path: str) -> NetworkError:
        error = self._translate(answer) if self._translate is not None else None
        if error is None:
            now = self._clock.now()
            error = from_status(answer.status, answer.headers, answer.body, host=self.host, path=path, now=now)
            if answer.status == 429 and "retry-after" not in answer.headers:
                # The reset of the window is all that some servers say.
                budget = read_budget(answer.headers, now)
                if budget is not None and budget.remaining == 0 and isinstance(error, RateLimited):
                    error = RateLimited(error.message, budget.reset)
        return error

    def _redirected(self, method: str, request: httpx.Request, answer: Answer) -> str:
        location = answer.headers.get("location", "")
        try:
            there = request.url.join(location)
        except httpx.InvalidURL:
            there = httpx.URL("")
        here = request.url
        same = there.host == here.host and (
            (there.scheme, there.port) == (here.scheme, here.port) or (here.scheme, there.scheme) == ("http", "https")
        )
        if not same:
            raise Rejected(
                _("{host} sends us to {there}; the token is not sent there.").format(
                    host=self.host, there=there.host or location[:100]
                ),
                "redirect",
                _("If that is the right server, use its address for the account."),
            )
        if method not in ("GET", "HEAD") and answer.status not in (307, 308):
            raise Rejected(
                _("{host} sends us elsewhere instead of doing it.").format(host=self.host),
                "redirect",
                _("Check the address of the account."),
            )
        return str(there)


def _body(json: Any, data: Mapping[str, str] | None) -> tuple[bytes | None, dict[str, str]]:
    if json is not None:
        # Lone surrogates cannot be UTF-8; the escaped form would make the server refuse the whole request.
        text = jsonlib.dumps(json, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace"), {"content-type": "application/json"}
    if data is not None:
        form = str(httpx.QueryParams(dict(data))).encode("ascii")
        return form, {"content-type": "application/x-www-form-urlencoded"}
    return None, {}
