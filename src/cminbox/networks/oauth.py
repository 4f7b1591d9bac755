"""Logging in with OAuth 2.0: an authorization code with PKCE, brought back by a browser or typed in by a person.

Addresses, challenges and the reading of what the browser brings are authlib's; the requests go over our own wire
(`networks.http`), with its limits, errors and practice transport. Codes and tokens are in no text and no log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2.rfc6749 import MismatchingStateException, MissingCodeException
from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response, prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cminbox.errors import Malformed, Refused
from cminbox.i18n import _
from cminbox.networks.http import Answer, Http
from cminbox.networks.http_errors import words
from cminbox.networks.login import Granted, other_login
from cminbox.networks.oauth_login import OUT_OF_BAND, Client, Login
from cminbox.text import safe

if TYPE_CHECKING:
    from cminbox.networks.base import Connection

_MOST = 2000
"""Characters of what a person types or a browser brings; codes are shorter by far."""


class WireToken(BaseModel):
    """The answer to a code (RFC 6749, 5.1)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    access_token: str = Field(min_length=1, repr=False)
    token_type: str = "Bearer"
    scope: str | None = None


TOKEN = TypeAdapter(WireToken)


class Grant:
    """One login under way at one server. `begin`, let the person allow it, `redeem` what came of it, `aclose`."""

    def __init__(self, connection: Connection, login: Login, redirect: str = OUT_OF_BAND) -> None:
        self._login = login
        self._redirect = redirect
        self._http = Http(connection, login.root(connection.url), {})
        self._state = generate_token(32)
        self._verifier = generate_token(64)
        self._client: Client | None = None

    @property
    def host(self) -> str:
        """Where the person logs in."""
        return self._http.host

    @property
    def state(self) -> str:
        """What the browser has to bring back, so that an answer to somebody else's question is not taken for ours."""
        return str(self._state)

    async def begin(self) -> str:
        """Make this program known at the server; returns the address at which the person allows it.

        Raises NetworkError.
        """
        scope = " ".join(self._login.scopes)
        self._client = await self._login.register(self._http, self._redirect, scope)
        return str(
            prepare_grant_uri(
                f"{self._http.base_url}{self._login.authorize}",
                self._client.id,
                "code",
                redirect_uri=self._redirect,
                scope=scope,
                state=self._state,
                code_challenge=create_s256_code_challenge(self._verifier),
                code_challenge_method="S256",
            )
        )

    def lacks(self, _typed: str, /) -> bool:
        """A code is one line."""
        return False

    async def redeem(self, brought: str) -> Granted:
        """The token for a code, or for the whole address at which the browser ended.

        Raises Refused where the person or the server said no, or the address belongs to another login; NetworkError.
        """
        client = self._client
        if client is None:
            raise Refused(_("The login was not begun."))
        form = {
            "grant_type": "authorization_code",
            "code": self._code(brought),
            "client_id": client.id,
            "client_secret": client.secret,
            "redirect_uri": self._redirect,
            "code_verifier": self._verifier,
        }
        refusals = (400, 401, 403, 422)
        body: dict[str, Any] = {"json": form} if self._login.as_json else {"data": form}
        answer = await self._http.request("POST", self._login.token, ok=(200, *refusals), **body)
        if answer.status in refusals:
            raise self._refused(words(answer.body))
        token = self._token(answer)
        given = frozenset((token.scope or "").replace(",", " ").split())
        return Granted(token.access_token, self._login.missing(given))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _token(self, answer: Answer) -> WireToken:
        # Not through Answer.decode: its error keeps the start of the body, and a token may be in there.
        try:
            token = TOKEN.validate_python(answer.json())
        except (ValidationError, Malformed):
            raise Malformed(_("{host} gave no token that can be used.").format(host=self.host)) from None
        if token.token_type.lower() != "bearer":
            raise Malformed(_("{host} gave no token that can be used.").format(host=self.host))
        return token

    def _code(self, brought: str) -> str:
        text = brought.strip()[:_MOST]
        if "://" not in text:
            if not text or any(char.isspace() or not char.isprintable() for char in text):
                raise Refused(_("That is no code."), _("Begin again, and copy the code as the server shows it."))
            return text
        query = parse_qs(urlsplit(text).query)
        if query.get("state", [""])[0] != self._state:
            raise other_login()
        if "error" in query:
            raise denied(self.host, query["error"][0], query.get("error_description", [""])[0])
        try:
            return str(parse_authorization_code_response(text, self._state)["code"])
        except MissingCodeException:
            raise Refused(_("That address holds no code."), _("Begin again.")) from None
        except MismatchingStateException:
            raise other_login() from None

    def _refused(self, said: str) -> Refused:
        told = f" ({safe(said)})" if said else ""
        return Refused(
            _("{host} did not take the code.").format(host=self.host) + told,
            _("A code works once, and for a few minutes: begin again."),
        )


def denied(host: str, error: str, said: str) -> Refused:
    """What an error in the browser's answer means."""
    if error == "access_denied":
        return Refused(_("{host} was told not to allow it; nothing is connected.").format(host=host))
    return Refused(
        _("{host} refused the login: {why}.").format(host=host, why=safe(said or error)[:300].rstrip(".")),
        _("Begin again."),
    )
