"""What a practice Mastodon server answers to which request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlencode

from cminbox.practice.mastodon_books import Person, Post, order
from cminbox.practice.mastodon_json import Json, Writer, instance, stamp
from cminbox.practice.mastodon_oauth import Barred

if TYPE_CHECKING:
    from cminbox.practice.mastodon import MastodonServer

T = TypeVar("T")

GROUPS_SINCE = 2
"""The API version of Mastodon 4.3, the first that groups notifications."""

Reply = tuple[Any, Mapping[str, str]]
"""A JSON value and more headers."""


class Problem(Exception):  # noqa: N818 - what Mastodon calls an error is an answer here
    """An answer that is an error."""

    def __init__(self, status: int, said: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(said)
        self.status = status
        self.body: Json = {"error": said}
        self.headers: Mapping[str, str] = headers or {}


@dataclass(frozen=True)
class Request:
    """One request, parsed."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Json
    person: Person | None
    scopes: frozenset[str]

    @property
    def me(self) -> Person:
        """Who asks; 401 for nobody."""
        if self.person is None:
            raise Problem(401, "The access token is invalid")
        return self.person

    def need(self, scope: str) -> None:
        """403 unless the token has this right."""
        if self.person is None:
            raise Problem(401, "The access token is invalid")
        if not {scope, scope.partition(":")[0]} & self.scopes:
            raise Problem(403, "This action is outside the authorized scopes")

    def one(self, name: str) -> str | None:
        """A query parameter."""
        values = self.query.get(name)
        return values[-1] if values else None


def route(server: MastodonServer, request: Request) -> Reply:
    """The answer to a request; raises `Problem`."""
    for method, pattern, scope, handler in _ROUTES:
        found = pattern.fullmatch(request.path)
        if found is not None and method == request.method:
            if scope:
                request.need(scope)
            return handler(server, request, *found.groups())
    raise Problem(404, "The page you are looking for isn't here.")


def _instance(server: MastodonServer, _request: Request) -> Reply:
    return instance(server.domain, server.version, server.max_characters, server.streaming, server.level), {}


def _credentials(server: MastodonServer, request: Request) -> Reply:
    return Writer(server, request.me).credentials(request.me), {}


def _app(server: MastodonServer, request: Request) -> Reply:
    if server.level is None:
        raise Problem(404, "Not Found")
    if request.person is None:
        raise Problem(401, "The access token is invalid")
    return {"id": "1", "name": "practice", "website": None, "scopes": sorted(request.scopes)}, {}


def _register(server: MastodonServer, request: Request) -> Reply:
    return _let_in(lambda: server.doorman.register(request.body)), {}


def _token(server: MastodonServer, request: Request) -> Reply:
    return _let_in(lambda: server.doorman.token(request.body)), {}


def _authorize(server: MastodonServer, request: Request) -> Reply:
    """What a browser gets in which `doorman.visitor` is logged in, and says yes; out of band it is shown the code."""
    visitor = server.doorman.visitor
    if visitor is None:
        raise Problem(401, "Nobody is logged in")
    query = urlencode({key: values[-1] for key, values in request.query.items()})
    ends = _let_in(lambda: server.doorman.visit(f"?{query}", visitor))
    if "://" in ends:
        raise Problem(302, "", {"location": ends})
    return ends, {}


def _let_in(job: Callable[[], T]) -> T:
    try:
        return job()
    except Barred as barred:
        problem = Problem(barred.status, "")
        problem.body = barred.body
        raise problem from None


def _notifications(server: MastodonServer, request: Request) -> Reply:
    me = request.me
    types = request.query.get("types[]")
    mine = [n for n in server.notices if n.to is me and (not types or n.kind in types)]
    page, links = _page(server, request, [(notice.id, notice) for notice in mine], 40)
    writer = Writer(server, me)
    if request.path.startswith("/api/v1/"):
        return [writer.notification(notice) for notice in page], links
    if server.level is None or server.level < GROUPS_SINCE:
        raise Problem(404, "The page you are looking for isn't here.")
    return writer.groups(page), links


def _tagged(server: MastodonServer, request: Request, tag: str) -> Reply:
    wanted = re.compile(rf"#{re.escape(unquote(tag))}\b", re.IGNORECASE)
    posts = [
        (post.id, post)
        for post in server.in_order()
        if post.exists and post.visibility == "public" and wanted.search(post.text)
    ]
    page, links = _page(server, request, posts, 20, most=40)
    writer = Writer(server, request.me)
    return [writer.status(post) for post in page], links


def _search(server: MastodonServer, request: Request) -> Reply:
    words = (request.one("q") or "").lower()
    found = [post for post in server.in_order() if post.exists and post.visibility == "public"]
    hits = [post for post in reversed(found) if words in post.text.lower()] if server.searches else []
    begin, limit = int(request.one("offset") or 0), min(int(request.one("limit") or 20), 40)
    writer = Writer(server, request.me)
    statuses = [writer.status(post) for post in hits[begin : begin + limit]]
    return {"accounts": [], "statuses": statuses, "hashtags": []}, {}


def _conversations(server: MastodonServer, request: Request) -> Reply:
    mine = [(talk.last.id, talk) for talk in server.talks if talk.owner is request.me and talk.last]
    page, links = _page(server, request, mine, 20, most=40)
    writer = Writer(server, request.me)
    return [writer.conversation(talk) for talk in page], links


def _account_statuses(server: MastodonServer, request: Request, account_id: str) -> Reply:
    person = _person(server, account_id)
    theirs = [post for post in server.statuses_by(person) if post.is_seen_by(request.person)]
    if request.one("exclude_replies") == "true":
        # What somebody adds to a post of their own is no reply.
        theirs = [post for post in theirs if post.parent is None or post.parent.author is person]
    posts = [(post.id, post) for post in theirs]
    page, links = _page(server, request, posts, 20, most=40)
    writer = Writer(server, request.me)
    return [writer.status(post) for post in page], links


def _status(server: MastodonServer, request: Request, status_id: str) -> Reply:
    return Writer(server, request.me).status(_post(server, request, status_id)), {}


def _context(server: MastodonServer, request: Request, status_id: str) -> Reply:
    post = _post(server, request, status_id)
    writer = Writer(server, request.me)
    above = [writer.status(p) for p in server.above(post) if p.is_seen_by(request.person)]
    below = [writer.status(p) for p in server.below(post) if p.is_seen_by(request.person)]
    return {"ancestors": above, "descendants": below}, {}


def _source(server: MastodonServer, request: Request, status_id: str) -> Reply:
    post = _own(server, request, status_id)
    return {"id": post.id, "text": post.text, "spoiler_text": post.spoiler}, {}


def _write(server: MastodonServer, request: Request) -> Reply:
    text = str(request.body.get("status") or "")
    spoiler = str(request.body.get("spoiler_text") or "")
    _check(server, text, spoiler)
    parent: Post | None = None
    parent_id = request.body.get("in_reply_to_id")
    if parent_id:
        parent = server.posts.get(str(parent_id))
        if parent is None or not parent.is_seen_by(request.person):
            raise Problem(404, "The post you are trying to reply to does not appear to exist.")
    visibility = str(request.body.get("visibility") or "public")
    if visibility not in ("public", "unlisted", "private", "direct"):
        raise Problem(422, "Validation failed: Visibility is not included in the list")
    post = server.post_once(
        request.me,
        request.headers.get("idempotency-key"),
        text,
        in_reply_to=parent,
        visibility=visibility,
        spoiler=spoiler,
        language=request.body.get("language"),
    )
    return Writer(server, request.me).status(post), {}


def _edit(server: MastodonServer, request: Request, status_id: str) -> Reply:
    post = _own(server, request, status_id)
    text, spoiler = str(request.body.get("status") or ""), str(request.body.get("spoiler_text") or "")
    _check(server, text, spoiler)
    kept = {str(each) for each in request.body.get("media_ids") or ()}
    media = tuple(each for n, each in enumerate(post.media, 1) if str(n) in kept)
    server.edit(post, text, spoiler=spoiler, media=media, language=request.body.get("language"))
    return Writer(server, request.me).status(post), {}


def _delete(server: MastodonServer, request: Request, status_id: str) -> Reply:
    post = _own(server, request, status_id)
    written = {**Writer(server, request.me).status(post), "text": post.text}
    server.delete(post)
    return written, {}


def _like(server: MastodonServer, request: Request, status_id: str, verb: str) -> Reply:
    post = _post(server, request, status_id)
    if verb == "favourite":
        post.likes.add(request.me.id)
    else:
        post.likes.discard(request.me.id)
    return Writer(server, request.me).status(post), {}


def _stand(server: MastodonServer, request: Request, account_id: str, verb: str) -> Reply:
    request.need("write:mutes" if verb.endswith("mute") else "write:blocks")
    person, me = _person(server, account_id), request.me
    those = me.muted if verb.endswith("mute") else me.blocked
    if verb.startswith("un"):
        those.discard(person.id)
    else:
        those.add(person.id)
    return _relation(me, person), {}


def _relationships(server: MastodonServer, request: Request) -> Reply:
    ids = request.query.get("id[]") or request.query.get("id") or []
    return [_relation(request.me, _person(server, each)) for each in ids], {}


def _lookup(server: MastodonServer, request: Request) -> Reply:
    person = server.person(request.one("acct") or "")
    if person is None:
        raise Problem(404, "Record not found")
    return Writer(server, request.me).account(person), {}


def _report(server: MastodonServer, request: Request) -> Reply:
    person = _person(server, str(request.body.get("account_id")))
    report: Json = {
        "id": server.serial(),
        "action_taken": False,
        "category": request.body.get("category", "other"),
        "comment": request.body.get("comment", ""),
        "created_at": stamp(server.clock.now()),
        "forwarded": False,
        "status_ids": [str(each) for each in request.body.get("status_ids") or ()],
        "target_account": Writer(server, request.me).account(person),
    }
    server.reports.append(report)
    return report, {}


def _page(
    server: MastodonServer, request: Request, entries: Sequence[tuple[str, T]], usual: int, *, most: int = 80
) -> tuple[list[T], Mapping[str, str]]:
    """A page as Mastodon cuts it, newest first, with its `Link` header."""
    limit = min(int(request.one("limit") or usual), most, server.page_limit)
    placed = sorted(((order(place), entry) for place, entry in entries), key=lambda pair: pair[0])
    max_id, min_id, since_id = (request.one(name) for name in ("max_id", "min_id", "since_id"))
    if max_id:
        placed = [pair for pair in placed if pair[0] < order(max_id)]
    if min_id or since_id:
        placed = [pair for pair in placed if pair[0] > order(min_id or since_id or "")]
    # min_id: the page just after it. Everything else: the newest page.
    page = (placed[:limit] if min_id else placed[-limit:])[::-1]
    links = []
    root = f"https://{server.domain}{request.path}"
    if len(page) == limit:
        links.append(f'<{root}?limit={limit}&max_id={page[-1][0][1]}>; rel="next"')
    if page:
        links.append(f'<{root}?limit={limit}&min_id={page[0][0][1]}>; rel="prev"')
    return [entry for _place, entry in page], {"link": ", ".join(links)} if links else {}


def _person(server: MastodonServer, account_id: str) -> Person:
    person = server.people.get(account_id)
    if person is None:
        raise Problem(404, "Record not found")
    return person


def _post(server: MastodonServer, request: Request, status_id: str) -> Post:
    post = server.posts.get(status_id)
    if post is None or not post.is_seen_by(request.person):
        raise Problem(404, "Record not found")
    return post


def _own(server: MastodonServer, request: Request, status_id: str) -> Post:
    post = _post(server, request, status_id)
    if post.author is not request.me:
        raise Problem(404, "Record not found")
    return post


def _check(server: MastodonServer, text: str, spoiler: str) -> None:
    if not text.strip():
        raise Problem(422, "Validation failed: Text can't be blank")
    shortened = re.sub(r"https?://\S+", "x" * 23, re.sub(r"(@\w+)@[\w.\-]+", r"\1", text))
    if len(shortened) + len(spoiler) > server.max_characters:
        raise Problem(422, f"Validation failed: Text character limit of {server.max_characters} exceeded")


def _relation(me: Person, other: Person) -> Json:
    flags = (
        "following",
        "followed_by",
        "blocked_by",
        "domain_blocking",
        "endorsed",
        "notifying",
        "requested",
        "requested_by",
    )
    return {
        **dict.fromkeys(flags, False),
        "id": other.id,
        "showing_reblogs": True,
        "note": "",
        "blocking": other.id in me.blocked,
        "muting": other.id in me.muted,
        "muting_notifications": other.id in me.muted,
    }


Handler = Callable[..., Reply]

_ROUTES: tuple[tuple[str, re.Pattern[str], str, Handler], ...] = tuple(
    (method, re.compile(pattern), scope, handler)
    for method, pattern, scope, handler in (
        ("GET", "/api/v[12]/instance", "", _instance),
        ("GET", "/api/v1/accounts/verify_credentials", "read:accounts", _credentials),
        ("GET", "/api/v1/apps/verify_credentials", "", _app),
        ("POST", "/api/v1/apps", "", _register),
        ("GET", "/oauth/authorize", "", _authorize),
        ("POST", "/oauth/token", "", _token),
        ("GET", "/api/v[12]/notifications", "read:notifications", _notifications),
        ("GET", "/api/v1/timelines/tag/([^/]+)", "read:statuses", _tagged),
        ("GET", "/api/v2/search", "read:search", _search),
        ("GET", "/api/v1/conversations", "read:statuses", _conversations),
        ("GET", "/api/v1/accounts/lookup", "read:accounts", _lookup),
        ("GET", "/api/v1/accounts/relationships", "read:follows", _relationships),
        ("GET", "/api/v1/accounts/([^/]+)/statuses", "read:statuses", _account_statuses),
        ("POST", "/api/v1/accounts/([^/]+)/(mute|unmute|block|unblock)", "", _stand),
        ("POST", "/api/v1/statuses", "write:statuses", _write),
        ("GET", "/api/v1/statuses/([^/]+)", "read:statuses", _status),
        ("PUT", "/api/v1/statuses/([^/]+)", "write:statuses", _edit),
        ("DELETE", "/api/v1/statuses/([^/]+)", "write:statuses", _delete),
        ("GET", "/api/v1/statuses/([^/]+)/context", "read:statuses", _context),
        ("GET", "/api/v1/statuses/([^/]+)/source", "read:statuses", _source),
        ("POST", "/api/v1/statuses/([^/]+)/(favourite|unfavourite)", "write:favourites", _like),
        ("POST", "/api/v1/reports", "write:reports", _report),
    )
)
