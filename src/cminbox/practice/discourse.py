"""A practice Discourse forum: an ASGI application that speaks its wire format, with true books behind it.

forum = DiscourseServer(clock)
brand = forum.add_user("brand", moderator=True)
key = forum.issue_key(brand)
forum.open_topic(forum.add_user("ana"), "Hello", "Is @brand here?")
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote

from cminbox.clock import Clock
from cminbox.practice.discourse_books import Books, User
from cminbox.practice.discourse_json import Json
from cminbox.practice.discourse_keys import NEW, KeyDesk
from cminbox.practice.discourse_request import Problem, Request, no_access
from cminbox.practice.discourse_routes import Reply, route
from cminbox.practice.transport import Message, Receive, Send

_MEMORY_S = 120
"""How long an answer to an administrator's key is remembered, and given again to the same request."""


@dataclass(frozen=True)
class Key:
    """A user API key: whose, what it may do, and for which program it was made."""

    user: User
    scopes: frozenset[str]
    client: str = ""

    def allows(self, method: str) -> bool:
        """`read` is every GET, `write` every request (UserApiKeyScope::SCOPES)."""
        return "write" in self.scopes or (method == "GET" and "read" in self.scopes)


class DiscourseServer(Books):
    """The forum. Its attributes may be changed at any time; they are what a scenario plays with."""

    def __init__(self, clock: Clock, *, domain: str = "forum.example") -> None:
        super().__init__(clock, domain)
        self.requests: list[tuple[str, str]] = []
        """Method and path of all that came in."""
        self.admin_key = "admin-key"
        self.desk = KeyDesk(self.issue_key)
        """Where programs ask for keys."""
        self._keys: dict[str, Key] = {}
        self._issued = 0
        self._memory: dict[str, tuple[datetime, Reply]] = {}

    def issue_key(self, user: User, scopes: frozenset[str] = frozenset({"read", "write"}), client: str = "") -> str:
        """A new user API key. One that the same program had for the same login ends."""
        self._issued += 1
        if client:
            self._keys = {name: had for name, had in self._keys.items() if (had.user, had.client) != (user, client)}
        key = f"{self._issued:064x}"
        self._keys[key] = Key(user, scopes, client)
        return key

    def revoke(self, key: str) -> None:
        """A key is worth nothing from now on."""
        del self._keys[key]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        body = (await receive())["body"]
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        self.requests.append((scope["method"], scope["path"]))
        query = parse_qs(scope["query_string"].decode("ascii", "replace"), keep_blank_values=True)
        if scope["path"] == NEW:
            status, more = self.desk.asked(scope["method"], query)
            await send({"type": "http.response.start", "status": status, "headers": more})
            await send({"type": "http.response.body", "body": b""})
            return
        try:
            user, by_admin_key = self._who(headers, scope["method"])
            asked = Request(scope["method"], scope["path"], query, _parse(body), user, by_admin_key)
            status, answer = self._answer(asked, body)
        except Problem as problem:
            status, answer = problem.status, problem.body
        kind = b"application/json; charset=utf-8" if answer is not None else b"text/plain"
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
        text = json.dumps(answer) if answer is not None else ""
        await send({"type": "http.response.body", "body": text.encode("utf-8", "replace")})

    def _answer(self, asked: Request, body: bytes) -> Reply:
        if not (asked.by_admin_key and (asked.method, asked.path) == ("POST", "/posts.json")):
            return route(self, asked)
        # The same request twice is one post (posts_controller.rb, `memoized_payload`).
        signature = f"{asked.user.id} {body.hex()}"
        now = self.clock.now()
        known = self._memory.get(signature)
        if known is None or (now - known[0]).total_seconds() >= _MEMORY_S:
            known = now, route(self, asked)
            self._memory[signature] = known
        return known[1]

    def _who(self, headers: Mapping[str, str], method: str) -> tuple[User, bool]:
        if "api-key" in headers:
            user = self.user(unquote(headers.get("api-username", "")))
            if headers["api-key"] != self.admin_key or user is None:
                raise no_access()
            return user, True
        key = self._keys.get(headers.get("user-api-key", ""))
        if key is None or not key.allows(method):
            raise no_access()
        return key.user, False


def _parse(body: bytes) -> Json:
    if not body:
        return {}
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        raise Problem(400, "The request is not understood.", "invalid_parameters") from None
    return parsed if isinstance(parsed, dict) else {}
