"""A practice Bluesky: personal data server, app view and chat service as one ASGI application with true books.

    server = BlueskyServer(clock)
    brand = server.add_person("brand")
    password = server.issue_password(brand)
    server.write(ana, "@brand hello")

Access tokens last two hours and are renewed, app passwords may lack the right to private messages, limits are counted
on the practice clock.
"""

from __future__ import annotations

import base64
import itertools
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from cminbox.clock import Clock
from cminbox.practice.bluesky_books import Books, Json, Notice, Person, tid
from cminbox.practice.bluesky_routes import Problem, Request, route
from cminbox.practice.transport import Message, Receive, Send

ACCESS_LASTS = timedelta(minutes=120)
REFRESH_LASTS = timedelta(days=90)

FULL, PLAIN, PRIVILEGED = "com.atproto.access", "com.atproto.appPass", "com.atproto.appPassPrivileged"


@dataclass(eq=False)
class Password:
    """A password of a person; `scope` is what its sessions may do."""

    person: Person
    scope: str
    revoked: bool = False


@dataclass(eq=False)
class _Token:
    password: Password
    kind: str
    expires_at: datetime
    used: bool = field(default=False)


class BlueskyServer(Books):
    """The services. Its attributes may be changed at any time; they are what a scenario plays with."""

    def __init__(self, clock: Clock, *, domain: str = "bsky.example") -> None:
        super().__init__(clock, domain)
        self.longest = 300
        self.chat_service = "did:web:api.bsky.chat#bsky_chat"
        self.home = f"https://{domain}"
        self.honours_marks = True
        self.closed_to_messages: set[str] = set()
        self.limit: tuple[int, float] = (3000, 300.0)
        """Requests allowed in a window of seconds."""
        self.requests: list[tuple[str, str]] = []
        """Verb and path of all that came in."""
        self.refused: dict[str, int] = defaultdict(int)
        """How often each error was answered."""
        self._passwords: dict[tuple[str, str], Password] = {}
        self._tokens: dict[str, _Token] = {}
        self._serials = itertools.count(1)
        self._windows: dict[str, tuple[datetime, int]] = {}

    def issue_password(self, person: Person, *, scope: str = PRIVILEGED) -> str:
        """A new app password."""
        number = next(self._serials)
        secret = f"abcd-efgh-ijkl-{number:04d}"
        self._passwords[person.did, secret] = Password(person, scope)
        return secret

    def revoke(self, secret: str) -> None:
        """An app password is worth nothing from now on, nor are its sessions."""
        for (_did, known), password in self._passwords.items():
            if known == secret:
                password.revoked = True

    def end_access(self) -> None:
        """All access tokens run out now."""
        for token in self._tokens.values():
            if token.kind == "access":
                token.expires_at = self.clock.now()

    def end_refresh(self) -> None:
        """All refresh tokens are worth nothing now."""
        for token in self._tokens.values():
            token.used = token.used or token.kind == "refresh"

    def spoil(self, person: Person) -> None:
        """A notification that nobody can understand comes in."""
        author = next(other for other in self.people.values() if other is not person)
        post = self.write(author, f"@{person.handle} \u001b[31m")
        self.notices[-1] = Notice(person, "mention", post, post.at, raw={"record": {"text": ["\u001b[31m"]}})

    def next_key(self) -> str:
        """A record key of the server's own choosing."""
        return tid(next(self._serials), 0)

    def document(self, person: Person) -> Json:
        """A DID document."""
        service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": self.home}
        return {"id": person.did, "alsoKnownAs": [f"at://{person.handle}"], "service": [service]}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        body = (await receive())["body"]
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        verb, path = scope["method"], scope["path"]
        self.requests.append((verb, path))
        limits: Mapping[str, str] = {}
        status, answer = 200, None
        try:
            if path.startswith("/did:plc:"):
                answer = self._directory(path[1:])
            else:
                limits = self._count(headers.get("authorization", ""))
                answer = self._answer(verb, path, scope["query_string"], headers, body)
        except Problem as problem:
            status, answer = problem.status, problem.body
            limits = {**limits, **problem.headers}
            self.refused[problem.body["error"]] += 1
        await _respond(send, status, answer, limits)

    def _answer(self, verb: str, path: str, query: bytes, headers: Mapping[str, str], body: bytes) -> Json | None:
        method = path.removeprefix("/xrpc/")
        parsed = _parse(body)
        if (verb, method) == ("POST", "com.atproto.server.createSession"):
            return self._create_session(parsed)
        if (verb, method) == ("POST", "com.atproto.server.refreshSession"):
            token = self._token(headers, "refresh")
            token.used = True
            return self._open(token.password)
        public = method == "com.atproto.identity.resolveHandle" and "authorization" not in headers
        password = None if public else self._token(headers, "access").password
        asked = parse_qs(query.decode("ascii", "replace"), keep_blank_values=True)
        proxy = headers.get("atproto-proxy", "")
        person, scope = (password.person, password.scope) if password else (None, "")
        return route(self, Request(verb, method, asked, headers, parsed, person, scope, proxy))

    def _create_session(self, body: Json) -> Json:
        person = self.person(str(body.get("identifier", "")))
        password = self._passwords.get((person.did, str(body.get("password", "")))) if person else None
        if password is None or password.revoked:
            raise Problem(401, "AuthenticationRequired", "Invalid identifier or password")
        return self._open(password)

    def _open(self, password: Password) -> Json:
        access = self._issue(password, "access", ACCESS_LASTS)
        refresh = self._issue(password, "refresh", REFRESH_LASTS)
        person = password.person
        return {
            "accessJwt": access,
            "refreshJwt": refresh,
            "handle": person.handle,
            "did": person.did,
            "didDoc": self.document(person),
            "active": True,
        }

    def _issue(self, password: Password, kind: str, lasts: timedelta) -> str:
        expires = self.clock.now() + lasts
        scope = password.scope if kind == "access" else "com.atproto.refresh"
        payload = {
            "scope": scope,
            "sub": password.person.did,
            "exp": int(expires.timestamp()),
            "n": next(self._serials),
        }
        token = ".".join(_encoded(part) for part in ({"typ": "JWT", "alg": "none"}, payload, {}))
        self._tokens[token] = _Token(password, kind, expires)
        return token

    def _token(self, headers: Mapping[str, str], kind: str) -> _Token:
        scheme, _space, text = headers.get("authorization", "").partition(" ")
        if not text or scheme.lower() != "bearer":
            raise Problem(401, "AuthMissing", "Authentication Required")
        token = self._tokens.get(text)
        if token is None or token.kind != kind:
            raise Problem(400, "InvalidToken", "Token could not be verified")
        if token.used or token.password.revoked or token.expires_at <= self.clock.now():
            raise Problem(400, "ExpiredToken", "Token has expired")
        return token

    def _directory(self, did: str) -> Json:
        person = self.people.get(did)
        if person is None:
            raise Problem(404, "NotFound", f"DID not registered: {did}")
        return self.document(person)

    def _count(self, who: str) -> Mapping[str, str]:
        allowed, seconds = self.limit
        now = self.clock.now()
        begun, used = self._windows.get(who, (now, 0))
        if now - begun >= timedelta(seconds=seconds):
            begun, used = now, 0
        used += 1
        self._windows[who] = (begun, used)
        headers = {
            "ratelimit-limit": str(allowed),
            "ratelimit-remaining": str(max(0, allowed - used)),
            "ratelimit-reset": str(int((begun + timedelta(seconds=seconds)).timestamp())),
            "ratelimit-policy": f"{allowed};w={int(seconds)}",
        }
        if used > allowed:
            raise Problem(429, "RateLimitExceeded", "Rate Limit Exceeded", headers)
        return headers


def _encoded(part: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") or "e30"


def _parse(body: bytes) -> Json:
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        raise Problem(400, "InvalidRequest", "the body is not JSON") from None
    return parsed if isinstance(parsed, dict) else {}


async def _respond(send: Send, status: int, answer: object, headers: Mapping[str, str]) -> None:
    pairs = [(key.encode(), value.encode()) for key, value in headers.items()]
    if answer is not None:
        pairs.append((b"content-type", b"application/json; charset=utf-8"))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": b"" if answer is None else json.dumps(answer).encode()})
