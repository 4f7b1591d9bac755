"""A session with a Matrix server: finding it, logging in, one request at a time."""

from __future__ import annotations

import asyncio
import hashlib
import json as jsonlib
from collections.abc import Container, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from cminbox.errors import AuthExpired, Forbidden, Gone, Malformed, NetworkError, Rejected, Unreachable
from cminbox.i18n import _
from cminbox.networks.base import Connection
from cminbox.networks.http import Http
from cminbox.networks.http_answer import Answer
from cminbox.networks.http_errors import words
from cminbox.networks.http_url import segment, server_url
from cminbox.networks.matrix_wire import LOGGED_IN, NAMED, VERSIONS, WHOAMI

T = TypeVar("T")
CLIENT = "/_matrix/client/v3"


class Session:
    """Requests as one user on one device.

    The transaction ids that make sending safe hold per device, so the device must not change: a token belongs to one,
    and with a password (setting `user`) every login names the same device id, derived from account and user.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._user = connection.settings.get("user", "").strip()
        self._opened: Http | None = None
        self._opening = asyncio.Lock()
        self.user_id = ""
        self.server = ""

    @property
    def device_id(self) -> str:
        """The device of a login with a password: the same at every start."""
        seed = f"{self._connection.account}\n{self._user}"
        return "CMINBOX" + hashlib.sha256(seed.encode()).hexdigest()[:12].upper()

    async def get(self, path: str, kind: TypeAdapter[T], **params: str | int | None) -> T:
        """The decoded answer of a GET below the client API."""
        return (await self.request("GET", CLIENT + path, params=params)).decode(kind)

    async def put(self, path: str, body: Mapping[str, Any], kind: TypeAdapter[T]) -> T:
        """The decoded answer of a PUT below the client API."""
        return (await self.request("PUT", CLIENT + path, json=body)).decode(kind)

    async def post(self, path: str, body: Mapping[str, Any], kind: TypeAdapter[T]) -> T:
        """The decoded answer of a POST below the client API."""
        return (await self.request("POST", CLIENT + path, json=body)).decode(kind)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | None] | None = None,
        json: Mapping[str, Any] | None = None,
        timeout_s: float | None = None,
    ) -> Answer:
        """One request with our token. With a password, a token that ran out is replaced once."""
        http = await self._open()
        try:
            return await http.request(method, path, params=params, json=json, timeout_s=timeout_s)
        except AuthExpired:
            # Refused before it was accepted, so trying again is safe; without a password nothing can be done.
            if not self._user:
                raise
        await self._forget(http)
        http = await self._open()
        return await http.request(method, path, params=params, json=json, timeout_s=timeout_s)

    async def account_data(self, kind: str) -> dict[str, Any]:
        """What our account keeps under a type; empty where it keeps nothing."""
        try:
            return await self.get(f"/user/{segment(await self.me())}/account_data/{kind}", TypeAdapter(dict[str, Any]))
        except Gone:
            return {}

    async def keep(self, kind: str, content: Mapping[str, Any]) -> None:
        """Keep something under a type of our account's data."""
        path = f"{CLIENT}/user/{segment(await self.me())}/account_data/{kind}"
        await self.request("PUT", path, json=content)

    async def me(self) -> str:
        """Our user id."""
        if not self.user_id:
            self.user_id = (await self.get("/account/whoami", WHOAMI)).user_id
        return self.user_id

    async def display_name(self) -> str:
        """Our display name; empty where none is set."""
        try:
            return (await self.get(f"/profile/{segment(await self.me())}", NAMED)).displayname or ""
        except (Gone, Forbidden):
            return ""

    async def aclose(self) -> None:
        """Close the connections."""
        if self._opened is not None:
            await self._opened.aclose()

    async def _open(self) -> Http:
        async with self._opening:
            if self._opened is None:
                base = await self._discover()
                self.server = base
                token = await self._log_in(base) if self._user else self._connection.secret.strip()
                self._opened = Http(self._connection, base, {"authorization": f"Bearer {token}"}, translate=translate)
            return self._opened

    async def _forget(self, http: Http) -> None:
        async with self._opening:
            if self._opened is http:
                self._opened = None
                await http.aclose()

    async def _discover(self) -> str:
        """The server's base URL: the one that `.well-known` at the given address names, else that address."""
        typed = self._connection.url.strip() or self._user.partition(":")[2]
        if typed.startswith("@"):
            typed = typed.partition(":")[2]
        given = server_url(typed)
        base = given
        asked = Http(self._connection, given, {})
        try:
            answer = await asked.request("GET", "/.well-known/matrix/client", ok=_ANY)
            base = _named(answer, given) or given
        except (Malformed, Rejected):
            # A site that has other things under that name: the address itself may still be a server.
            pass
        finally:
            await asked.aclose()
        await self._prove(base)
        return base

    async def _prove(self, base: str) -> None:
        asked = Http(self._connection, base, {}, translate=translate)
        try:
            (await asked.request("GET", "/_matrix/client/versions")).decode(VERSIONS)
        except (Gone, Rejected, Forbidden, Malformed, AuthExpired) as error:
            raw = error.raw if isinstance(error, Malformed) else ""
            raise Malformed(
                _("{host} is not a Matrix server.").format(host=asked.host),
                _("Give the address of the home server, such as https://matrix.example.org."),
                raw=raw,
            ) from None
        finally:
            await asked.aclose()

    async def _log_in(self, base: str) -> str:
        asked = Http(self._connection, base, {}, translate=translate)
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self._user},
            "password": self._connection.secret.strip(),
            "device_id": self.device_id,
            "initial_device_display_name": "cminbox",
        }
        try:
            answer = (await asked.request("POST", f"{CLIENT}/login", json=body)).decode(LOGGED_IN)
        except Forbidden:
            raise AuthExpired(
                _("{host} does not accept the name and password.").format(host=asked.host),
                _("Renew the account with the right password."),
            ) from None
        finally:
            await asked.aclose()
        self.user_id = answer.user_id
        return answer.access_token


def translate(answer: Answer) -> NetworkError | None:
    """What Matrix's own error codes stand for, where the status does not say it."""
    code = error_code(answer)
    said = words(answer.body) or code
    if code in ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"):
        return AuthExpired(
            _("{host} does not accept the token any more.").format(host=answer.host),
            _("Renew the account with a new token."),
        )
    if code in ("M_USER_DEACTIVATED", "M_USER_LOCKED"):
        return AuthExpired(
            _("{host} has closed this account ({said}).").format(host=answer.host, said=said),
            _("Ask who runs that server."),
        )
    if code == "M_UNRECOGNIZED":
        return Rejected(_("{host} does not know this request.").format(host=answer.host), code)
    return None


def error_code(answer: Answer) -> str:
    """The `errcode` of an error answer; empty where there is none."""
    try:
        data = jsonlib.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    code = data.get("errcode") if isinstance(data, dict) else None
    return code if isinstance(code, str) else ""


class _Any(Container[int]):
    def __contains__(self, status: object) -> bool:
        return isinstance(status, int) and not 300 <= status < 400


_ANY = _Any()


def _named(answer: Answer, given: str) -> str | None:
    if answer.status != 200:
        return None
    server = answer.json()
    for key in ("m.homeserver", "base_url"):
        server = server.get(key) if isinstance(server, dict) else None
    if not isinstance(server, str):
        return None
    try:
        base = server_url(server, keep_path=True)
    except Unreachable:
        return None
    # A secure address does not hand over to an open one.
    return base if urlsplit(base).scheme == "https" or urlsplit(given).scheme == "http" else None
