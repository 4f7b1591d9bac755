"""What a practice WordPress site answers to which request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cminbox.practice.wordpress_books import Comment, Post, User, clean
from cminbox.practice.wordpress_json import Json, Writer

if TYPE_CHECKING:
    from cminbox.practice.wordpress import WordPressServer

Reply = tuple[int, Any, Mapping[str, str]]
"""A status, a JSON value and more headers."""

LONGEST = 65_525
"""Bytes of a comment."""


class Problem(Exception):  # noqa: N818 - what WordPress calls an error is an answer here
    """An answer that is an error."""

    def __init__(self, status: int, code: str, said: str) -> None:
        super().__init__(said)
        self.status = status
        self.body: Json = {"code": code, "message": said, "data": {"status": status}}


@dataclass(frozen=True)
class Request:
    """One request below `/wp/v2`, parsed. `api` is the address of the interface."""

    method: str
    route: str
    query: Mapping[str, str]
    body: Json
    user: User | None
    agent: str
    api: str

    def __getitem__(self, name: str) -> str:
        return self.query.get(name, "")

    def number(self, name: str, usual: int, most: int = 10**9) -> int:
        """A parameter that is a number; 400 for any other."""
        given = self.query.get(name)
        if given is None:
            return usual
        if not given.isdecimal() or int(given) > most:
            raise Problem(400, "rest_invalid_param", f"Invalid parameter(s): {name}")
        return int(given)

    def need(self, right: str, code: str = "rest_forbidden") -> User:
        """Who asks; 401 for nobody, 403 without the right."""
        if self.user is None:
            raise Problem(401, code, "Sorry, you are not allowed to do that.")
        if right not in self.user.rights:
            raise Problem(403, code, "Sorry, you are not allowed to do that.")
        return self.user

    @property
    def edits(self) -> bool:
        """Whether the moderators' view is asked for; 401 or 403 where it may not be."""
        if self["context"] != "edit":
            return False
        self.need("moderate_comments", "rest_forbidden_context")
        return True


def route(server: WordPressServer, request: Request) -> Reply:
    """The answer to a request; raises `Problem`."""
    for methods, pattern, handler in _ROUTES:
        found = pattern.fullmatch(request.route)
        if found is not None and request.method in methods:
            return handler(server, request, *found.groups())
    raise Problem(404, "rest_no_route", "No route was found matching the URL and request method.")


def _me(server: WordPressServer, request: Request) -> Reply:
    if request.user is None:
        raise Problem(401, "rest_not_logged_in", "You are not currently logged in.")
    return 200, Writer(server, request.api, edit=request["context"] == "edit").user(request.user), {}


def _posts(server: WordPressServer, request: Request, kind: str) -> Reply:
    wanted = {int(number) for number in request["include"].split(",") if number.isdecimal()}
    posts = [
        post
        for post in server.posts.values()
        if post.kind == kind.removesuffix("s") and (not wanted or post.id in wanted)
    ]
    writer = Writer(server, request.api, edit=False)
    page, headers = _page(request, posts)
    return 200, [writer.post(post, embed="_embed" in request.query) for post in page], headers


def _comments(server: WordPressServer, request: Request) -> Reply:
    edits = request.edits
    if {"status", "author", "author_email", "type"} & set(request.query):
        request.need("moderate_comments", "rest_forbidden_param")
    found = [each for each in server.comments.values() if _fits(each, request)]
    keys: dict[str, Callable[[Comment], Any]] = {
        "id": lambda each: each.id,
        "date": lambda each: (each.at, each.id),
        "date_gmt": lambda each: (each.at, each.id),
    }
    key = keys.get(request["orderby"] or "date_gmt")
    if key is None or request["order"] not in ("", "asc", "desc"):
        raise Problem(400, "rest_invalid_param", "Invalid parameter(s): orderby")
    found.sort(key=key, reverse=request["order"] != "asc")
    page, headers = _page(request, found)
    writer = Writer(server, request.api, edit=edits)
    return 200, [writer.comment(each) for each in page], headers


def _fits(comment: Comment, request: Request) -> bool:
    status = request["status"] or "approve"
    named = {"approve": ("approved",), "all": ("approved", "hold"), "any": None}.get(status, (status,))
    if named is not None and comment.status not in named:
        return False
    tests = {"post": comment.post.id, "parent": comment.parent, "include": comment.id}
    tests["author"] = comment.user.id if comment.user else 0
    for name, value in tests.items():
        if request[name] and value not in {int(number) for number in request[name].split(",")}:
            return False
    after, before = _instant(request["after"]), _instant(request["before"])
    return (after is None or comment.at > after) and (before is None or comment.at < before)


def _comment(server: WordPressServer, request: Request, number: str) -> Reply:
    edits = request.edits
    comment = _find(server, number)
    if comment.status != "approved" and not (request.user and request.user.moderates):
        raise Problem(403, "rest_cannot_read", "Sorry, you are not allowed to read this comment.")
    return 200, Writer(server, request.api, edit=edits).comment(comment), {}


def _write(server: WordPressServer, request: Request) -> Reply:
    if request.user is None:
        raise Problem(401, "rest_comment_login_required", "Sorry, you must be logged in to comment.")
    user, body = request.user, request.body
    post = server.posts.get(_whole(body.get("post")))
    if post is None:
        raise Problem(403, "rest_comment_invalid_post_id", "Sorry, you are not allowed to create this comment.")
    raw = clean(_content(body), user)
    parent = _whole(body.get("parent"))
    if server.twin(user, post, parent, raw) is not None:
        raise Problem(409, "comment_duplicate", "Duplicate comment detected; it looks as though you&#8217;ve said it.")
    _flood(server, user)
    agent = str(body.get("author_user_agent") or request.agent) if server.keeps_agents else ""
    status = "approved" if user.moderates or not server.moderates_guests else "hold"
    comment = server.write(post, raw, user=user, parent=parent, status=status, agent=agent[:254], by_api=True)
    return 201, Writer(server, request.api, edit=user.moderates).comment(comment), {}


def _update(server: WordPressServer, request: Request, number: str) -> Reply:
    comment = _find(server, number)
    user = request.need("moderate_comments", "rest_cannot_edit")
    if set(request.body) == {"status"}:
        if not server.set_status(comment, str(request.body["status"])):
            raise Problem(500, "rest_comment_failed_edit", "Updating comment status failed.")
    elif "content" in request.body:
        comment.raw = clean(_content(request.body), user)
    return 200, Writer(server, request.api, edit=True).comment(comment), {}


def _delete(server: WordPressServer, request: Request, number: str) -> Reply:
    comment = _find(server, number)
    request.need("moderate_comments", "rest_cannot_delete")
    writer = Writer(server, request.api, edit=True)
    if request["force"] == "true":
        server.delete(comment)
        return 200, {"deleted": True, "previous": writer.comment(comment)}, {}
    if not server.has_trash:
        raise Problem(501, "rest_trash_not_supported", "The comment does not support trashing.")
    if comment.status == "trash":
        raise Problem(410, "rest_already_trashed", "The comment has already been trashed.")
    server.set_status(comment, "trash")
    return 200, writer.comment(comment), {}


def _find(server: WordPressServer, number: str) -> Comment:
    comment = server.comments.get(int(number))
    if comment is None:
        raise Problem(404, "rest_comment_invalid_id", "Invalid comment ID.")
    return comment


def _content(body: Json) -> str:
    given = body.get("content")
    raw = str(given.get("raw") or "") if isinstance(given, dict) else str(given or "")
    if not raw.strip():
        raise Problem(400, "rest_comment_content_invalid", "Invalid comment content.")
    if len(raw.encode("utf-8", "replace")) > LONGEST:
        raise Problem(400, "comment_content_column_length", "Your comment is too long.")
    return raw


def _flood(server: WordPressServer, user: User) -> None:
    latest = max((each.at for each in server.comments.values() if each.user is user), default=None)
    if latest is not None and not user.moderates and server.now() - latest < timedelta(seconds=15):
        raise Problem(400, "comment_flood", "You are posting comments too quickly. Slow down.")


def _page(request: Request, found: list[Any]) -> tuple[list[Any], Mapping[str, str]]:
    size = request.number("per_page", 10, 100)
    begin = request.number("offset", 0) if "offset" in request.query else (request.number("page", 1) - 1) * size
    pages = -(-len(found) // size)
    if begin >= len(found) and "page" in request.query and begin:
        raise Problem(400, "rest_comment_invalid_page", "The page number requested is larger than the number of pages.")
    return found[begin : begin + size], {"x-wp-total": str(len(found)), "x-wp-totalpages": str(pages)}


def _whole(value: Any) -> int:
    return int(value) if str(value or "").isdecimal() else 0


def _instant(given: str) -> datetime | None:
    if not given:
        return None
    try:
        instant = datetime.fromisoformat(given)
    except ValueError:
        raise Problem(400, "rest_invalid_param", "Invalid parameter(s): after") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


Handler = Callable[..., Reply]

_WRITES = ("POST", "PUT", "PATCH")
_ROUTES: tuple[tuple[tuple[str, ...], re.Pattern[str], Handler], ...] = (
    (("GET",), re.compile("/users/me"), _me),
    (("GET",), re.compile("/(posts|pages)"), _posts),
    (("GET",), re.compile("/comments"), _comments),
    (("POST",), re.compile("/comments"), _write),
    (("GET",), re.compile(r"/comments/(\d+)"), _comment),
    (_WRITES, re.compile(r"/comments/(\d+)"), _update),
    (("DELETE",), re.compile(r"/comments/(\d+)"), _delete),
)

__all__ = ["Post", "Problem", "Reply", "Request", "route"]
