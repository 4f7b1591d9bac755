"""A practice WordPress site: an ASGI application that speaks its wire format, with true books behind it.

    site = WordPressServer(clock)
    brand = site.add_user("brand")
    secret = site.issue_password(brand)
    site.visit("Ana", "Hello", site.publish(brand, "News"))

Its pages announce the interface as real ones do; that, the kind of its links and the folder it lives in can be changed.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from cminbox.clock import Clock
from cminbox.practice.transport import Message, Receive, Send
from cminbox.practice.wordpress_books import Books, User
from cminbox.practice.wordpress_json import Json, Writer
from cminbox.practice.wordpress_routes import Problem, Request, route


class WordPressServer(Books):
    """The site. Its attributes may be changed at any time; they are what a scenario plays with."""

    def __init__(self, clock: Clock, *, domain: str = "blog.example", folder: str = "") -> None:
        super().__init__(clock, domain, folder)
        self.keeps_agents = True
        """Privacy plugins throw away the user agent that a comment came with."""
        self.has_trash = True
        self.plain_links = False
        self.announces = True
        self.passes_logins = True
        """Some web servers keep the Authorization header from WordPress."""
        self.requests: list[tuple[str, str]] = []
        """Method and path of all that came in."""
        self._passwords: dict[str, User] = {}
        self._issued = 0

    def issue_password(self, user: User) -> str:
        """A new application password; returned as the secret of an account, with the login's name."""
        self._issued += 1
        password = f"pass word {self._issued:04d}"
        self._passwords[_squeezed(f"{user.slug}:{password}")] = user
        return f"{user.slug}:{password}"

    def revoke(self, secret: str) -> None:
        """A password is worth nothing from now on."""
        del self._passwords[_squeezed(secret)]

    @property
    def api(self) -> str:
        """The address of the interface."""
        return f"{self.root}/index.php?rest_route=" if self.plain_links else f"{self.root}/wp-json"

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        body = (await receive())["body"]
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        method, path = scope["method"], scope["path"]
        query = dict(parse_qsl(scope["query_string"].decode("ascii", "replace"), keep_blank_values=True))
        self.requests.append((method, path))
        below = self._route(path, query)
        if below is None:
            await self._web_page(path, send)
            return
        try:
            if below in ("", "/"):
                status, answer, more = 200, Writer(self, self.api, edit=False).index(), dict[str, str]()
            else:
                user = self._who(headers)
                asked = Request(
                    method,
                    below.removeprefix("/wp/v2"),
                    query,
                    _parse(body),
                    user,
                    headers.get("user-agent", ""),
                    self.api,
                )
                status, answer, more = route(self, asked)  # type: ignore[assignment]
        except Problem as problem:
            status, answer, more = problem.status, problem.body, {}
        await _send(send, status, "application/json; charset=UTF-8", json.dumps(answer), more)

    def _route(self, path: str, query: Mapping[str, str]) -> str | None:
        """What of the interface is meant; None for a page of the site."""
        if not path.startswith(self.folder):
            return None
        inside = path.removeprefix(self.folder)
        if "rest_route" in query and inside in ("/", "/index.php"):
            return query["rest_route"]
        if inside.startswith("/wp-json") and not self.plain_links:
            return inside.removeprefix("/wp-json").rstrip("/")
        return None

    async def _web_page(self, path: str, send: Send) -> None:
        here = path.startswith(self.folder)
        more = {"link": f'<{self.api}/>; rel="https://api.w.org/"'} if here and self.announces else {}
        await _send(
            send, 200 if here else 404, "text/html; charset=UTF-8", "<!DOCTYPE html><html>Practice</html>", more
        )

    def _who(self, headers: Mapping[str, str]) -> User | None:
        scheme, _space, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or not self.passes_logins:
            return None
        pair = base64.b64decode(given).decode("utf-8", "replace")
        user = self._passwords.get(_squeezed(pair))
        if user is None:
            known = any(pair.partition(":")[0] == each.slug for each in self.users.values())
            code = "incorrect_password" if known else "invalid_username"
            raise Problem(401, code, html.escape("The provided password is an invalid application password."))
        return user


def _squeezed(secret: str) -> str:
    """A login with its password, whose spaces do not count."""
    name, _colon, password = secret.partition(":")
    return f"{name}:{re.sub(r'[^a-z0-9]', '', password.lower())}"


def _parse(body: bytes) -> Json:
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        raise Problem(400, "rest_invalid_json", "Invalid JSON body passed.") from None
    return parsed if isinstance(parsed, dict) else {}


async def _send(send: Send, status: int, kind: str, body: str, headers: Mapping[str, str]) -> None:
    pairs = [(b"content-type", kind.encode())]
    pairs += [(key.encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body.encode("utf-8", "replace")})
