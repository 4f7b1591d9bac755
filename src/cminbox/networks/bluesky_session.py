"""A session with a personal data server (PDS): finding it, logging in with an app password, one request at a time.

Facts: atproto.com/specs/xrpc (errors), docs.bsky.app (app passwords, service proxying, limits: 30 logins in 5 minutes).
"""

from __future__ import annotations

import asyncio
import base64
import json as jsonlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from cminbox.errors import (
    AuthExpired,
    CminboxError,
    Forbidden,
    Gone,
    Malformed,
    NetworkError,
    Rejected,
    Unreachable,
)
from cminbox.i18n import _
from cminbox.networks.base import Connection
from cminbox.networks.bluesky_wire import ANYTHING, DID, SESSION, WireSession
from cminbox.networks.http import Answer, Http, Params, read_json
from cminbox.networks.http_errors import words
from cminbox.networks.http_url import is_loopback, segment, server_url

T = TypeVar("T")

PUBLIC = "https://bsky.social"
"""The service that most accounts live on."""
DIRECTORY = "https://plc.directory"
"""Where the documents of did:plc identifiers are kept."""
CHAT = "did:web:api.bsky.chat"
"""The chat service of Bluesky."""

PRIVILEGED = frozenset({"com.atproto.access", "com.atproto.appPassPrivileged"})
"""Scopes of a session that reach private messages."""


class Stale(AuthExpired):
    """The access token ran out, which it does every two hours: to be renewed with the refresh token."""


class Trouble(Unreachable):
    """The server answered with an error of its own (5xx)."""


@dataclass(frozen=True)
class Tokens:
    """An open session: whose, where, and its tokens. `scope` is empty where the token does not say it."""

    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    scope: str = ""


class Session:
    """Requests as one account. Tokens live in memory only; the app password opens a new session when they end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()
        self._tokens: Tokens | None = None
        self._door: Http | None = None
        self._http: Http | None = None

    @property
    def host(self) -> str:
        """The host that answers us; empty before the first request."""
        return self._http.host if self._http else ""

    async def tokens(self) -> Tokens:
        """The session, opened where it is not yet."""
        async with self._lock:
            if self._tokens is None:
                await self._log_in()
            assert self._tokens is not None
            return self._tokens

    async def get(self, method: str, kind: TypeAdapter[T], params: Params, *, proxy: str | None = None) -> T:
        """The decoded answer of a query (`method` is its NSID). `proxy` names the service that the PDS asks for us."""
        return (await self._request("GET", method, params, None, proxy)).decode(kind)

    async def post(self, method: str, body: Mapping[str, Any], *, proxy: str | None = None) -> Answer:
        """The answer of a procedure."""
        return await self._request("POST", method, None, body, proxy)

    async def aclose(self) -> None:
        """Close the connections."""
        for http in (self._door, self._http):
            if http is not None:
                await http.aclose()

    async def _request(
        self, verb: str, method: str, params: Params | None, body: Mapping[str, Any] | None, proxy: str | None
    ) -> Answer:
        tokens = await self.tokens()
        try:
            return await self._send(tokens, verb, method, params, body, proxy)
        except Stale:
            # Refused before it was accepted: trying again is safe.
            pass
        tokens = await self._renewed(tokens)
        return await self._send(tokens, verb, method, params, body, proxy)

    async def _send(
        self,
        tokens: Tokens,
        verb: str,
        method: str,
        params: Params | None,
        body: Mapping[str, Any] | None,
        proxy: str | None,
    ) -> Answer:
        assert self._http is not None
        headers = {"authorization": f"Bearer {tokens.access}", **({"atproto-proxy": proxy} if proxy else {})}
        return await self._http.request(verb, f"/xrpc/{method}", params=params, json=body, headers=headers)

    async def _renewed(self, stale: Tokens) -> Tokens:
        async with self._lock:
            if self._tokens is stale:
                await self._refresh(stale)
            assert self._tokens is not None
            return self._tokens

    async def _refresh(self, stale: Tokens) -> None:
        assert self._door is not None
        headers = {"authorization": f"Bearer {stale.refresh}"}
        try:
            answer = await self._door.request("POST", "/xrpc/com.atproto.server.refreshSession", headers=headers)
            self._keep(answer.decode(SESSION))
        except (AuthExpired, Rejected, Forbidden):
            # Used up, revoked, or three months old: only the app password can open another.
            self._tokens = None
            await self._log_in()

    async def _log_in(self) -> None:
        handle, password = login_of(self._connection)
        if self._door is None:
            self._door = Http(self._connection, await self._discover(handle), {}, translate=translate)
        body = {"identifier": handle, "password": password}
        try:
            answer = await self._door.request("POST", "/xrpc/com.atproto.server.createSession", json=body)
        except Gone:
            raise Malformed(
                _("{host} does not speak the AT Protocol.").format(host=self._door.host),
                _("Give the address of the server that the account lives on, like https://bsky.social."),
            ) from None
        self._keep(answer.decode(SESSION))

    def _keep(self, session: WireSession) -> None:
        assert self._door is not None
        if session.active is False:
            raise AuthExpired(
                _("{host} has closed this account ({said}).").format(host=self._door.host, said=session.status or "?"),
                _("Ask who runs that server."),
            )
        if self._http is None:
            base = _home(session, self._door.base_url)
            self._http = Http(self._connection, base, {}, translate=translate)
        scope = _scope(session.access_jwt)
        self._tokens = Tokens(session.did, session.handle, session.access_jwt, session.refresh_jwt, scope)

    async def _discover(self, handle: str) -> str:
        """The server that an account lives on: the given address, else what the handle's DID document says."""
        if self._connection.url.strip():
            return server_url(self._connection.url)
        public = Http(self._connection, PUBLIC, {}, translate=translate)
        directory = Http(self._connection, DIRECTORY, {})
        try:
            did = handle
            if not handle.startswith("did:"):
                asked = await public.request(
                    "GET", "/xrpc/com.atproto.identity.resolveHandle", params={"handle": handle}
                )
                did = asked.decode(DID).did
            if not did.startswith("did:plc:"):
                return PUBLIC
            document = (await directory.request("GET", f"/{segment(did)}")).decode(ANYTHING)
        except (Gone, Rejected):
            raise AuthExpired(
                _("Nobody at Bluesky is called {handle}.").format(handle=handle),
                _("Give the full handle, like shop.bsky.social, and the app password."),
            ) from None
        finally:
            await public.aclose()
            await directory.aclose()
        return _server_in(document) or PUBLIC


def login_of(connection: Connection) -> tuple[str, str]:
    """Handle (or DID) and app password. Raises `AuthExpired` (nothing is sent) where one of them is not there."""
    secret = connection.secret.strip()
    handle = connection.settings.get("handle", "").strip()
    password = secret
    if not handle:
        # A DID has colons of its own; an app password has none.
        handle, _colon, password = secret.rpartition(":") if secret.startswith("did:") else secret.partition(":")
    handle = handle.strip().removeprefix("@")
    if not handle or not password.strip():
        raise AuthExpired(
            _("The secret of a Bluesky account is its handle, a colon and an app password."),
            _("Write it like shop.bsky.social:abcd-efgh-ijkl-mnop (Settings, Privacy and security, App passwords)."),
        )
    return handle, password.strip()


def translate(answer: Answer) -> NetworkError | None:
    """What the protocol's own error codes stand for: many come with status 400."""
    code, said = error_of(answer)
    if code in _STALE and answer.status in (400, 401) and not said.startswith("Bad token"):
        return Stale(_("{host} does not accept the token any more.").format(host=answer.host))
    if said.startswith("Bad token"):
        # An app password without the right to private messages is told so, in these words (packages/pds).
        return Forbidden(
            _("{host} does not allow this with this app password.").format(host=answer.host),
            "chat",
            _("Create an app password that allows access to direct messages."),
        )
    if code in _CLOSED:
        return AuthExpired(
            _("{host} has closed this account ({said}).").format(host=answer.host, said=said or code),
            _("Ask who runs that server."),
        )
    if code == "AuthFactorTokenRequired":
        return AuthExpired(
            _("{host} wants a code by mail for this password.").format(host=answer.host), _("Use an app password.")
        )
    if code in _LOGIN:
        return AuthExpired(
            _("{host} does not accept the handle and the app password.").format(host=answer.host),
            _("Renew the account with a new app password."),
        )
    if code in _GONE or said.startswith("Could not locate record"):
        return Gone(_("This is not there (any more)."))
    if answer.status >= 500:
        return Trouble(_("{host} has trouble (HTTP {status}).").format(host=answer.host, status=answer.status))
    if code and answer.status == 400:
        said = words(answer.body) if said == "" else said
        return Rejected(_("{host} refused (HTTP {status}).").format(host=answer.host, status=400) + f" ({said})", code)
    return None


def error_of(answer: Answer) -> tuple[str, str]:
    """Code and message of an error answer; empty where there are none."""
    try:
        data = read_json(answer.body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(data, dict):
        return "", ""
    code, said = data.get("error"), data.get("message")
    return (code if isinstance(code, str) else ""), (said[:300] if isinstance(said, str) else "")


_STALE: Container[str] = frozenset({"ExpiredToken", "InvalidToken"})
_LOGIN: Container[str] = frozenset({"AuthenticationRequired", "AuthMissing"})
_CLOSED: Container[str] = frozenset({"AccountTakedown", "AccountDeactivated", "AccountSuspended"})
_GONE: Container[str] = frozenset(
    {"NotFound", "RecordNotFound", "HandleNotFound", "InvalidConvo", "RecipientNotFound", "ReplyTargetNotFound"}
)


def _home(session: WireSession, given: str) -> str:
    """Where the account's own server is: what its document says, as far as that is as safe as the given address."""
    named = _server_in(session.did_doc)
    secure = urlsplit(given).scheme == "https" and named is not None and named.startswith("https://")
    return named if secure and named is not None and not is_loopback(urlsplit(named).hostname or "") else given


def _server_in(document: Mapping[str, Any] | None) -> str | None:
    services = document.get("service") if document else None
    for service in services if isinstance(services, Sequence) and not isinstance(services, str) else ():
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            try:
                return server_url(str(service.get("serviceEndpoint", "")))
            except CminboxError:
                return None
    return None


def _scope(token: str) -> str:
    """The scope that a token names, where it is a JWT; nothing is decided by it that the server would not check."""
    try:
        middle = token.split(".")[1]
        said = jsonlib.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        return ""
    scope = said.get("scope") if isinstance(said, dict) else None
    return scope if isinstance(scope, str) else ""
