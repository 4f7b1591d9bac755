"""Asking a forum for a user API key: the person allows it on the forum's page, the key comes encrypted for us alone.

Facts from Discourse's source (user_api_keys_controller.rb, user_api_key_scope.rb, device_auth/crypto.rb, of 2016 to
2026): who is not logged in is sent to the login page when the question is in order, and shown an error else; the answer
is JSON (`key`, `nonce`, `push`, `api`), encrypted with RSA, in Base64 with line breaks; forums that do not know
`padding` encrypt by PKCS #1 v1.5 whatever is asked for. The specification: https://meta.discourse.org/t/48536.
"""

from __future__ import annotations

import asyncio
import re
from base64 import b64decode
from collections.abc import Sequence
from hmac import compare_digest
from secrets import token_hex, token_urlsafe
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cminbox.errors import Gone, Malformed, Refused
from cminbox.i18n import _
from cminbox.networks.discourse_login import SCOPES
from cminbox.networks.http import Http
from cminbox.networks.http_url import server_url
from cminbox.networks.login import Granted, other_login
from cminbox.networks.oauth_login import OUT_OF_BAND

if TYPE_CHECKING:
    from cminbox.networks.base import Connection

NEW = "/user-api-key/new"
NAME = "cminbox"
BITS = 2048
_BYTES = BITS // 8
_LEAST = -(-_BYTES * 4 // 3)
"""Characters of the forum's text, without its line breaks and what fills up its end."""
_MOST = 10_000
"""Characters of what a person pastes or a browser brings."""
_TO_THE_LOGIN = (301, 302, 303, 307, 308)
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_KEY = re.compile(r"[!-~]{8,500}")


class WireKey(BaseModel):
    """What is in the forum's text. `api` is the version of all this; `push` needs an address to push to."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str = Field(repr=False)
    nonce: str


KEY = TypeAdapter(WireKey)


class KeyGrant:
    """See `login.Grant`. The key pair is made for this one login, and is nowhere but in memory."""

    def __init__(self, connection: Connection, redirect: str = OUT_OF_BAND) -> None:
        self._http = Http(connection, server_url(connection.url), {})
        self._state = token_urlsafe(24)
        self._nonce = token_hex(16)
        # A forum keeps one key for each client and login: with a name of its own ours ends no key of another machine.
        self._client = f"{NAME}-{token_hex(8)}"
        self._redirect = "" if redirect == OUT_OF_BAND else f"{redirect}?{urlencode({'state': self._state})}"
        self._asked: tuple[str, ...] = ()
        self._private: rsa.RSAPrivateKey | None = None

    @property
    def host(self) -> str:
        """See `login.Grant`."""
        return self._http.host

    @property
    def state(self) -> str:
        """See `login.Grant`."""
        return self._state

    async def begin(self) -> str:
        """See `login.Grant`. A forum that lets programs read only is asked for that."""
        await self._is_a_forum()
        private = await asyncio.to_thread(rsa.generate_private_key, public_exponent=65537, key_size=BITS)
        self._private = private
        pem = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        for scopes in (tuple(SCOPES), ("read",)):
            query = self._query(pem.decode(), scopes, self._redirect)
            if await self._offers(query):
                self._asked = scopes
                return f"{self._http.base_url}{NEW}?{urlencode(query)}"
            if self._redirect and await self._offers(self._query(pem.decode(), scopes, "")):
                raise Refused(
                    _("{host} does not send a browser back to this machine.").format(host=self.host),
                    _(
                        "Log in with a code instead; or an administrator adds http://127.0.0.1:* to the forum's "
                        "setting 'allowed user api auth redirects'."
                    ),
                )
        raise Refused(
            _("{host} gives programs no keys of this kind.").format(host=self.host),
            _(
                "Ask its administrators about the settings 'allow user api keys' and 'allow user api key scopes' (read "
                "and write), or for an API key."
            ),
        )

    def lacks(self, typed: str) -> bool:
        """See `login.Grant`."""
        text = _bare(typed)
        return 0 < len(text) < _LEAST and _NO_BASE64.search(text) is None

    async def redeem(self, brought: str) -> Granted:
        """See `login.Grant`. The secret is `CLIENT:KEY`."""
        private = self._private
        if private is None:
            raise Refused(_("The login was not begun."))
        found = self._read(private, self._sealed(brought.strip()[:_MOST]))
        if not compare_digest(found.nonce.encode("utf-8", "replace"), self._nonce.encode()):
            raise other_login()
        if _KEY.fullmatch(found.key) is None:
            raise self._no_key()
        return Granted(f"{self._client}:{found.key}", tuple(scope for scope in SCOPES if scope not in self._asked))

    async def aclose(self) -> None:
        """See `login.Grant`."""
        await self._http.aclose()

    async def _is_a_forum(self) -> None:
        try:
            answer = await self._http.request("HEAD", NEW)
        except Gone:
            pass
        else:
            if "auth-api-version" in answer.headers:
                return
        raise Malformed(
            _("At {host} is no forum that gives out keys.").format(host=self.host),
            _("Check the address of the account."),
        )

    async def _offers(self, query: dict[str, str]) -> bool:
        """Whether the forum would give somebody a key on this question."""
        answer = await self._http.request(
            "GET", NEW, params=query, headers={"accept": "text/html"}, ok=(*_TO_THE_LOGIN, 200, 403)
        )
        return answer.status in _TO_THE_LOGIN

    def _query(self, pem: str, scopes: Sequence[str], redirect: str) -> dict[str, str]:
        query = {
            "application_name": NAME,
            "client_id": self._client,
            "scopes": ",".join(scopes),
            "nonce": self._nonce,
            "padding": "oaep",
            "public_key": pem,
        }
        return query | ({"auth_redirect": redirect} if redirect else {})

    def _sealed(self, brought: str) -> bytes:
        """The encrypted answer, of the text that the forum showed or of the address at which the browser ended."""
        text = brought
        if "://" in brought:
            try:
                query = parse_qs(urlsplit(brought).query)
            except ValueError:
                query = {}
            if query.get("state", [""])[0] != self._state:
                raise other_login()
            text = query.get("payload", [""])[0]
        text = _bare(text)
        if text and len(text) < _LEAST and _NO_BASE64.search(text) is None:
            raise Refused(
                _("The text is not whole: {n} of its {total} characters came.").format(n=len(text), total=_LEAST),
                _("Begin again, and copy all of it."),
            )
        if len(text) != _LEAST or _NO_BASE64.search(text) is not None:
            raise Refused(
                _("That is not the text that {host} shows.").format(host=self.host),
                _("Begin again, and copy the text of the forum's page, nothing else."),
            )
        return b64decode(text + "=" * (-_LEAST % 4))

    def _read(self, private: rsa.RSAPrivateKey, sealed: bytes) -> WireKey:
        # OAEP first: what it takes was made so. PKCS #1 v1.5 makes something of everything (OpenSSL from 3.2 on).
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        ways: tuple[padding.AsymmetricPadding, ...] = (oaep, padding.PKCS1v15())
        for way in ways:
            try:
                plain = private.decrypt(sealed, way)
            except ValueError:
                continue
            try:
                return KEY.validate_json(plain)
            except ValidationError:
                if way is oaep:
                    raise self._no_key() from None
        raise Refused(
            _("That text was made for another login."), _("Begin again, and paste the text of the newest page.")
        )

    def _no_key(self) -> Malformed:
        return Malformed(_("{host} gave no key that can be used.").format(host=self.host))


def _bare(text: str) -> str:
    """Without line breaks and blanks, and without the signs at the end that are easily missed in copying."""
    return "".join(text.split()).rstrip("=")
