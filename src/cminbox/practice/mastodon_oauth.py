"""How people let a program in at a practice Mastodon server: applications, codes with PKCE, tokens, revocation.

What a person does in a browser is `Doorman.visit`: it opens an address as somebody and says yes or no.
"""

from __future__ import annotations

import itertools
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlencode, urlsplit

from cminbox.clock import Clock, to_ms
from cminbox.practice.mastodon_books import Person
from cminbox.practice.mastodon_json import Json

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
CODE_LASTS = timedelta(minutes=10)


class Barred(Exception):  # noqa: N818 - what OAuth calls an error is an answer here
    """An answer that is an error, with OAuth's own word for it."""

    def __init__(self, status: int, word: str, said: str) -> None:
        super().__init__(word)
        self.status = status
        self.body: Json = {"error": word, "error_description": said}


@dataclass(frozen=True)
class App:
    """A program that made itself known."""

    id: str
    name: str
    key: str
    secret: str
    redirects: tuple[str, ...]
    scopes: frozenset[str]


@dataclass(frozen=True)
class Code:
    """A person said yes."""

    app: App
    person: Person
    redirect: str
    scopes: frozenset[str]
    challenge: str
    until: datetime


Issue = Callable[[Person, frozenset[str]], str]


class Doorman:
    """The applications and codes of one server. `takes_lists`: as Mastodon from 4.3 on, several redirects may be
    named in a list; servers before it know one text. `gives`: rights given of those asked for (None: all).
    `visitor`: who is logged in where a browser asks over HTTP.
    """

    def __init__(self, clock: Clock, issue: Issue) -> None:
        self._clock = clock
        self._issue = issue
        self._serial = itertools.count(1)
        self._codes: dict[str, Code] = {}
        self.apps: dict[str, App] = {}
        self.takes_lists = True
        self.gives: frozenset[str] | None = None
        self.visitor: Person | None = None

    def register(self, body: Mapping[str, object]) -> Json:
        """POST /api/v1/apps."""
        named = body.get("redirect_uris")
        redirects = tuple(map(str, named)) if isinstance(named, list) and self.takes_lists else ()
        if isinstance(named, str):
            redirects = tuple(named.split())
        if not body.get("client_name") or not redirects:
            raise Barred(422, "Validation failed: Redirect URI must be an absolute URI.", "")
        number = next(self._serial)
        scopes = frozenset(str(body.get("scopes") or "read").split())
        app = App(str(number), str(body["client_name"]), f"app-{number}", f"secret-{number}", redirects, scopes)
        self.apps[app.key] = app
        return {
            "id": app.id,
            "name": app.name,
            "website": None,
            "scopes": sorted(scopes),
            "redirect_uri": "\n".join(redirects),
            "redirect_uris": list(redirects),
            "client_id": app.key,
            "client_secret": app.secret,
            "client_secret_expires_at": 0,
            "vapid_key": "practice",
        }

    def visit(self, address: str, person: Person, *, allow: bool = True) -> str:
        """Somebody opens the address of a login and decides; returns where the browser ends, or the code shown."""
        query = {key: values[-1] for key, values in parse_qs(urlsplit(address).query).items()}
        app = self.apps.get(query.get("client_id", ""))
        redirect, wanted = query.get("redirect_uri", ""), frozenset(query.get("scope", "read").split())
        if app is None or redirect not in app.redirects or query.get("response_type") != "code":
            raise Barred(400, "invalid_client", "Client authentication failed due to unknown client.")
        if not wanted <= app.scopes or query.get("code_challenge_method") != "S256":
            raise Barred(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")
        state = {"state": query["state"]} if "state" in query else {}
        if not allow:
            denied = {"error": "access_denied", "error_description": "The resource owner denied the request.", **state}
            return redirect if redirect == OUT_OF_BAND else f"{redirect}?{urlencode(denied)}"
        code = f"code-{next(self._serial)}"
        given = wanted if self.gives is None else wanted & self.gives
        until = self._clock.now() + CODE_LASTS
        self._codes[code] = Code(app, person, redirect, given, query.get("code_challenge", ""), until)
        return code if redirect == OUT_OF_BAND else f"{redirect}?{urlencode({'code': code, **state})}"

    def token(self, body: Mapping[str, object]) -> Json:
        """POST /oauth/token: a code for a token, once."""
        app = self.apps.get(str(body.get("client_id")))
        if app is None or app.secret != body.get("client_secret"):
            raise Barred(401, "invalid_client", "Client authentication failed due to unknown client.")
        code = self._codes.pop(str(body.get("code")), None)
        proof = sha256(str(body.get("code_verifier")).encode()).digest()
        if (
            body.get("grant_type") != "authorization_code"
            or code is None
            or code.app is not app
            or code.redirect != body.get("redirect_uri")
            or code.challenge != urlsafe_b64encode(proof).decode().rstrip("=")
            or code.until <= self._clock.now()
        ):
            raise Barred(400, "invalid_grant", "The provided authorization grant is invalid, expired, or revoked.")
        return {
            "access_token": self._issue(code.person, code.scopes),
            "token_type": "Bearer",
            "scope": " ".join(sorted(code.scopes)),
            "created_at": to_ms(self._clock.now()) // 1000,
        }
