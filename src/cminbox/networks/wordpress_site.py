"""Where the interface of a WordPress site is, how it is asked, and what its errors mean.

Any address of a site will do. A site names its interface in a `Link` header (rel `https://api.w.org/`); where a cache
or a proxy takes that away, the places where it usually is are tried.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cminbox.errors import AuthExpired, Forbidden, Gone, Malformed, NetworkError, RateLimited, Rejected
from cminbox.i18n import _
from cminbox.networks.base import Connection
from cminbox.networks.http import Answer, Http, Params, read_json
from cminbox.networks.http_url import server_url
from cminbox.networks.wordpress_wire import INDEX, WireIndex

RELATION = "https://api.w.org/"
NEEDED = "wp/v2"
"""The namespace of the core's own resources."""

UNCHANGED = "rest_comment_failed_edit"
"""What WordPress answers (with a 500) where a status is what it was."""

_TOO_FAST_S = 15
"""What WordPress waits between two comments of somebody who is no moderator."""

_PARTS_OF_A_SITE = re.compile(
    r"/(?:wp-json|wp-admin|wp-login\.php|wp-comments-post\.php|xmlrpc\.php|index\.php)(?:/.*)?$"
)


class Site:
    """A site whose interface was found at the path `root`; with `plain` links the route stands in the query."""

    def __init__(self, http: Http, root: str, *, plain: bool, index: WireIndex) -> None:
        self._http = http
        self.root = root
        self.plain = plain
        self.index = index

    @property
    def host(self) -> str:
        """The server's name, with its port where it has one."""
        return self._http.host

    @property
    def name(self) -> str:
        """What tells this site from all others: its host, and its folder where several share one."""
        folder = self.root.removesuffix("/wp-json").removesuffix("/index.php").strip("/")
        return f"{self.host}/{folder}".rstrip("/").lower()

    async def request(
        self,
        method: str,
        route: str,
        *,
        params: Params | None = None,
        json: Any = None,
        ok: Container[int] = range(200, 300),
    ) -> Answer:
        """One request below `/wp/v2`; raises as `Http.request`."""
        if self.plain:
            place: Params = {"rest_route": f"/{NEEDED}{route}", **(params or {})}
            return await self._http.request(method, self.root, params=place, json=json, ok=ok)
        return await self._http.request(method, f"{self.root}/{NEEDED}{route}", params=params, json=json, ok=ok)

    def route(self, address: str) -> str | None:
        """The route below `/wp/v2` that an address of this site's interface names; None for any other."""
        try:
            parts = urlsplit(address)
            named = parse_qs(parts.query).get("rest_route", [parts.path])[0]
        except ValueError:
            return None
        _root, found, route = named.rpartition(f"/{NEEDED}/")
        return f"/{route}" if found and re.fullmatch(r"[\w\-/]+", route) else None


async def discover(connection: Connection, http: Http) -> Site:
    """Find the interface of the site that an address belongs to. `http` goes to its server, with the password.

    The pages of the site are read without the password. Raises `Malformed` with the cure where there is no WordPress.
    """
    typed = server_url(connection.url, keep_path=True)
    path = _PARTS_OF_A_SITE.sub("", urlsplit(typed).path).rstrip("/")
    stranger = Http(connection, http.base_url, {"accept": "text/html, application/json"})
    try:
        found = await _named(stranger, path)
        problem: NetworkError | None = None
        for root, plain in ([found] if found else []) + list(_usual(path)):
            try:
                return Site(http, root, plain=plain, index=await _index(stranger, root, plain=plain))
            except (Gone, Malformed, Forbidden, Rejected, AuthExpired) as error:
                problem = problem or error
        if isinstance(problem, Forbidden | AuthExpired) or (isinstance(problem, Rejected) and problem.cure):
            raise problem
        raise Malformed(
            _("{host} is no WordPress site, or its REST interface is switched off.").format(host=http.host),
            _("Give the address of the site, like https://blog.example; ask who runs it about the REST API."),
            raw=problem.raw if isinstance(problem, Malformed) else str(problem),
        )
    finally:
        await stranger.aclose()


async def _named(http: Http, path: str) -> tuple[str, bool] | None:
    """Where the site says that its interface is, as (path, plain links). The host stays the typed one."""
    try:
        answer = await http.request("GET", f"{path}/", ok=(*range(200, 300), 404))
    except (Gone, Forbidden, AuthExpired, Malformed):
        return None
    except Rejected as refused:
        if refused.cure:
            raise
        return None
    links = re.findall(r"<([^>]*)>([^<]*)", answer.headers.get("link", ""))
    named = [address for address, rest in links if RELATION in rest]
    for tag in re.findall(r"<link\b[^>]{0,500}>", answer.text[:200_000]):
        if RELATION in tag and (href := re.search(r"""href=["']([^"']+)""", tag)):
            named.append(unescape(href.group(1)))
    for address in named:
        try:
            parts = urlsplit(address)
        except ValueError:
            continue
        if "rest_route" in parse_qs(parts.query, keep_blank_values=True):
            return parts.path or "/", True
        return parts.path.rstrip("/"), False
    return None


def _usual(path: str) -> Iterator[tuple[str, bool]]:
    """Where the interface is when nobody says so: below the address, or below a folder above it."""
    folders = path.split("/")
    for end in range(len(folders), max(0, len(folders) - 4), -1):
        folder = "/".join(folders[:end])
        yield f"{folder}/wp-json", False
        yield f"{folder}/", True


async def _index(http: Http, root: str, *, plain: bool) -> WireIndex:
    if plain:
        answer = await http.request("GET", root, params={"rest_route": "/"})
    else:
        answer = await http.request("GET", f"{root}/")
    index = answer.decode(INDEX)
    if NEEDED not in index.namespaces:
        raise Malformed(_("{host} has no interface for comments.").format(host=http.host))
    return index


def translate(connection: Connection, answer: Answer) -> NetworkError | None:
    """What WordPress means by an error: it names each by a code. None: as any other server."""
    code, said = _code(answer)
    if not code:
        return None
    if code == "comment_flood":
        until = connection.clock.now() + timedelta(seconds=_TOO_FAST_S)
        return RateLimited(_("{host} asks to slow down.").format(host=answer.host), until)
    if answer.status == 401 and code in ("rest_not_logged_in", "rest_forbidden_context", "rest_forbidden_param"):
        return AuthExpired(
            _("{host} does not see the application password.").format(host=answer.host),
            _("Its web server must hand the Authorization header to WordPress; application passwords need https."),
        )
    if code == "comment_duplicate":
        return Rejected(
            _("{host} has this very comment from us already, below the same one.").format(host=answer.host),
            code,
            _("Change a word."),
        )
    if answer.status in (400, 409, 422) or code == UNCHANGED:
        return Rejected(_("{host} refused: {why}").format(host=answer.host, why=said or code), code)
    return None


def _code(answer: Answer) -> tuple[str, str]:
    try:
        body = read_json(answer.body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(body, dict) or not isinstance(body.get("code"), str):
        return "", ""
    message = body.get("message")
    said = re.sub(r"<[^>]*>", "", unescape(message)) if isinstance(message, str) else ""
    return body["code"], " ".join(said.split())[:300]
