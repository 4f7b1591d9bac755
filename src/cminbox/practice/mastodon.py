"""A practice Mastodon server: an ASGI application that speaks its wire format, with true books behind it.

    server = MastodonServer(clock)
    brand = server.add_person("brand")
    token = server.issue_token(brand)
    server.post(ana, "@brand hello")

Several people may have tokens. Tokens expire and are renewed, limits are counted on the practice clock, and the server
can be made to ignore idempotency keys, as some do. `GoToSocial` is such another server.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from cminbox.clock import Clock
from cminbox.practice.mastodon_books import Books, Notice, Person, Post
from cminbox.practice.mastodon_json import Json, Writer, stamp
from cminbox.practice.mastodon_oauth import Doorman
from cminbox.practice.mastodon_routes import Problem, Request, route
from cminbox.practice.transport import Message, Receive, Send

KEY_LASTS = timedelta(hours=1)
"""How long Mastodon remembers an idempotency key."""

HEARTBEAT_S = 15.0


@dataclass(eq=False)
class Token:
    """A token of a person; `expires_at` None: it does not expire."""

    person: Person
    scopes: frozenset[str]
    expires_at: datetime | None = None
    revoked: bool = False


class MastodonServer(Books):
    """The server. Its attributes may be changed at any time; they are what a scenario plays with."""

    def __init__(self, clock: Clock, *, domain: str = "social.example", seed: int = 0, ulids: bool = False) -> None:
        super().__init__(clock, domain, seed, ulids=ulids)
        self.version = "4.5.0"
        self.level: int | None = 7
        """Mastodon's API version; None for another server that speaks its API."""
        self.searches = True
        """Whether the server has an index of what is written."""
        self.max_characters = 500
        self.honours_keys = True
        self.has_streams = True
        self.streaming: str | None = f"wss://{domain}"
        self.page_limit = 80
        self.limits: dict[str, tuple[int, float]] = {"": (300, 300.0), "DELETE": (30, 1800.0)}
        """Requests allowed in a window of seconds, for deletions and for everything."""
        self.requests: list[tuple[str, str]] = []
        """Method and path of all that came in."""
        self.refused: dict[int, int] = defaultdict(int)
        """How often each error status was answered."""
        self.doorman = Doorman(clock, lambda person, scopes: self.issue_token(person, scopes=" ".join(sorted(scopes))))
        """Lets programs in, for people who say yes."""
        self._tokens: dict[str, Token] = {}
        self._token_serial = itertools.count(1)
        self._keys: dict[tuple[str, str], tuple[datetime, Post]] = {}
        self._windows: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._listeners: dict[str, set[asyncio.Queue[bytes | None]]] = defaultdict(set)

    def issue_token(self, person: Person, *, scopes: str = "read write", lasts_s: float | None = None) -> str:
        """A new token of a person, with the rights named, for a while or for ever."""
        token = f"practice-{person.acct}-{next(self._token_serial)}"
        expires = None if lasts_s is None else self.clock.now() + timedelta(seconds=lasts_s)
        self._tokens[token] = Token(person, frozenset(scopes.split()), expires)
        return token

    def revoke(self, token: str) -> None:
        """A token is worth nothing from now on; its streams end."""
        self._tokens[token].revoked = True
        self.end_streams(self._tokens[token].person)

    def post(
        self,
        author: Person,
        text: str,
        *,
        in_reply_to: Post | None = None,
        visibility: str = "public",
        at: datetime | None = None,
        **more: Any,
    ) -> Post:
        """`author` writes something, wherever; who listens hears of it."""
        before = len(self.notices)
        post = self.write(author, text, in_reply_to=in_reply_to, visibility=visibility, at=at, **more)
        for notice in self.notices[before:]:
            self._push(notice.to, "notification", Writer(self, notice.to).notification(notice))
        self._push(author, "update", Writer(self, author).status(post))
        return post

    def edit(self, post: Post, text: str, **more: Any) -> None:
        """Its author edits a post."""
        super().edit(post, text, **more)
        for person in (post.author, *post.mentions):
            self._push(person, "status.update", Writer(self, person).status(post))

    def delete(self, post: Post) -> None:
        """Its author deletes a post."""
        super().delete(post)
        for person in (post.author, *post.mentions):
            self._send(person, "delete", post.id)

    def spoil(self, person: Person) -> None:
        """A notification that nobody can understand comes in."""
        now = self.clock.now()
        number = self.serial()
        nonsense = {"id": self.serial(), "account": [], "content": "\u001b[31m"}
        raw = {"id": number, "type": "mention", "created_at": stamp(now), "status": nonsense}
        self.notices.append(Notice(number, "mention", person, person, now, raw=raw))

    def end_streams(self, person: Person | None = None) -> None:
        """Hang up on who listens (as `person`, or all)."""
        for owner, queues in self._listeners.items():
            if person is None or owner == person.id:
                for queue in queues:
                    queue.put_nowait(None)

    def push_raw(self, person: Person, raw: bytes) -> None:
        """Bytes go out on the streams of a person, whatever they are."""
        for queue in self._listeners[person.id]:
            queue.put_nowait(raw)

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return sum(map(len, self._listeners.values()))

    def post_once(self, author: Person, key: str | None, text: str, **more: Any) -> Post:
        """What the API does: the same key within the hour makes the same post."""
        known = self._keys.get((author.id, key)) if key else None
        if known is not None and self.honours_keys and self.clock.now() - known[0] < KEY_LASTS:
            return known[1]
        post = self.post(author, text, key=key, by_api=True, **more)
        if key:
            self._keys[author.id, key] = (self.clock.now(), post)
        return post

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        body = (await receive())["body"]
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        method, path = scope["method"], scope["path"]
        self.requests.append((method, path))
        limits: Mapping[str, str] = {}
        try:
            # Anybody may ask what the server is, with any token.
            token, person = ("", None) if path.endswith("/instance") else self._who(headers)
            if token:
                limits = self._count(token, method)
            query = parse_qs(scope["query_string"].decode("ascii", "replace"), keep_blank_values=True)
            request = Request(method, path, query, headers, _parse(body, headers), person, self._scopes(token))
            if path == "/api/v1/streaming/user" and self.has_streams:
                request.need("read:statuses")
                await self._stream(request.me, receive, send)
                return
            status, answer, more = 200, *route(self, request)
        except Problem as problem:
            status, answer, more = problem.status, problem.body, problem.headers
            self.refused[status] += 1
        await _answer(send, status, answer, {**limits, **more})

    def _who(self, headers: Mapping[str, str]) -> tuple[str, Person | None]:
        scheme, _space, token = headers.get("authorization", "").partition(" ")
        if not token or scheme.lower() != "bearer":
            return "", None
        known = self._tokens.get(token)
        if known is None:
            raise Problem(401, "The access token is invalid")
        if known.revoked:
            raise Problem(401, "The access token was revoked")
        if known.expires_at is not None and known.expires_at <= self.clock.now():
            raise Problem(401, "The access token expired")
        return token, known.person

    def _scopes(self, token: str) -> frozenset[str]:
        return self._tokens[token].scopes if token else frozenset()

    def _count(self, token: str, method: str) -> Mapping[str, str]:
        family = "DELETE" if method == "DELETE" else ""
        allowed, seconds = self.limits[family]
        now = self.clock.now()
        begun, used = self._windows.get((token, family), (now, 0))
        if now - begun >= timedelta(seconds=seconds):
            begun, used = now, 0
        used += 1
        self._windows[token, family] = (begun, used)
        headers = {
            "x-ratelimit-limit": str(allowed),
            "x-ratelimit-remaining": str(max(0, allowed - used)),
            "x-ratelimit-reset": (begun + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z"),
        }
        if used > allowed:
            raise Problem(429, "Too many requests", headers)
        return headers

    def _push(self, person: Person, event: str, payload: Mapping[str, Any]) -> None:
        self._send(person, event, json.dumps(payload))

    def _send(self, person: Person, event: str, data: str) -> None:
        self.push_raw(person, f"event: {event}\ndata: {data}\n\n".encode())

    async def _stream(self, person: Person, receive: Receive, send: Send) -> None:
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._listeners[person.id].add(queue)
        gone = asyncio.ensure_future(receive())
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b":)\n", "more_body": True})
            while not gone.done():
                beat = asyncio.ensure_future(self.clock.sleep(HEARTBEAT_S))
                event = asyncio.ensure_future(queue.get())
                await asyncio.wait((gone, beat, event), return_when=asyncio.FIRST_COMPLETED)
                beat.cancel()
                part = event.result() if event.done() else b":thump\n"
                event.cancel()
                if part is None:
                    await send({"type": "http.response.body", "body": b""})
                    return
                await send({"type": "http.response.body", "body": part, "more_body": True})
        finally:
            gone.cancel()
            self._listeners[person.id].discard(queue)


class GoToSocial(MastodonServer):
    """A server as GoToSocial is: ULIDs, no server-sent events, no idempotency keys, no groups, no index, no levels."""

    def __init__(self, clock: Clock, *, domain: str = "social.example", seed: int = 0) -> None:
        super().__init__(clock, domain=domain, seed=seed, ulids=True)
        self.version = "0.20.2+git-1a2b3c4"
        self.max_characters = 5000
        self.level = None
        self.searches = False
        self.honours_keys = False
        self.has_streams = False


def _parse(body: bytes, headers: Mapping[str, str]) -> Json:
    if not body:
        return {}
    if headers.get("content-type", "").startswith("application/json"):
        try:
            parsed = json.loads(body)
        except ValueError:
            raise Problem(400, "Error parsing the body") from None
        return parsed if isinstance(parsed, dict) else {}
    return {key: values[-1] for key, values in parse_qs(body.decode("utf-8", "replace")).items()}


async def _answer(send: Send, status: int, answer: object, headers: Mapping[str, str]) -> None:
    pairs = [(b"content-type", b"application/json; charset=utf-8")]
    pairs += [(key.encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})
