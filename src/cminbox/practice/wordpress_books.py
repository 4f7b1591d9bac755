"""The books of a practice WordPress site: what really exists there, whoever thinks otherwise.

Comments that are deleted for good are kept apart. Time is the practice clock's, in whole seconds as WordPress has it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cminbox.clock import Clock

_ALLOWED = re.compile(r"</?(?:a|b|blockquote|cite|code|del|em|i|q|s|strike|strong)(?:\s[^<>]*)?>|<!--.*?-->", re.S)


@dataclass(eq=False)
class User:
    """A login of the site. `rights` are its capabilities."""

    id: int
    slug: str
    name: str
    email: str
    rights: frozenset[str]

    @property
    def moderates(self) -> bool:
        """True for who may see and change all comments."""
        return "moderate_comments" in self.rights


@dataclass(eq=False)
class Post:
    """A post or (`kind` "page") a page. `picture` is the alternative text of its featured image."""

    id: int
    title: str
    text: str
    author: User
    at: datetime
    kind: str = "post"
    picture: str = ""


@dataclass(eq=False)
class Comment:
    """One comment. `raw` is its content as stored, `agent` the user agent it came with, `before` its last good status.

    `nonsense` replaces parts of what the site would say.
    """

    id: int
    post: Post
    raw: str
    at: datetime
    status: str
    user: User | None = None
    name: str = ""
    email: str = ""
    parent: int = 0
    agent: str = ""
    before: str = "hold"
    by_api: bool = False
    nonsense: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What a reader sees."""
        return html.unescape(self.raw)


EDITOR = frozenset({"read", "edit_posts", "moderate_comments", "unfiltered_html"})
AUTHOR = frozenset({"read", "edit_posts"})


class Books:
    """Everything that exists at the site `domain`, in the folder `folder` ("" or "/blog")."""

    def __init__(self, clock: Clock, domain: str, folder: str) -> None:
        self.clock = clock
        self.domain = domain
        self.folder = folder
        self.users: dict[int, User] = {}
        self.posts: dict[int, Post] = {}
        self.comments: dict[int, Comment] = {}
        self.moderates_guests = False
        """Comments of guests wait for approval."""
        self._numbers = {"user": 0, "post": 0, "comment": 0}

    @property
    def root(self) -> str:
        """The address of the site."""
        return f"https://{self.domain}{self.folder}"

    def add_user(self, slug: str, name: str = "", *, rights: frozenset[str] = EDITOR) -> User:
        """A new login."""
        user = User(self._next("user"), slug, name or slug, f"{slug}@{self.domain}", rights)
        self.users[user.id] = user
        return user

    def publish(self, author: User, title: str, text: str = "", *, kind: str = "post", picture: str = "") -> Post:
        """A new post or page."""
        post = Post(self._next("post"), title, text, author, self.now(), kind, picture)
        self.posts[post.id] = post
        return post

    def visit(
        self, who: str, text: str, post: Post, *, parent: int = 0, status: str | None = None, at: datetime | None = None
    ) -> Comment:
        """A guest writes a comment with the form below a post."""
        usual = "hold" if self.moderates_guests else "approved"
        comment = self.write(
            post, html.escape(text, quote=False), parent=parent, status=status or usual, at=at, agent="Mozilla/5.0"
        )
        comment.name, comment.email = who, f"{who.lower()}@guests.example"
        return comment

    def write(
        self,
        post: Post,
        raw: str,
        *,
        user: User | None = None,
        parent: int = 0,
        status: str = "approved",
        at: datetime | None = None,
        agent: str = "",
        by_api: bool = False,
    ) -> Comment:
        """A comment, however it comes."""
        at = (at or self.clock.now()).replace(microsecond=0)
        comment = Comment(self._next("comment"), post, raw, at, status, user, parent=parent, agent=agent, by_api=by_api)
        comment.before = status if status in ("approved", "hold") else "hold"
        if user is not None:
            comment.name, comment.email = user.name, user.email
        self.comments[comment.id] = comment
        return comment

    def set_status(self, comment: Comment, status: str) -> bool:
        """Give a comment a status, or the one of before ("unspam", "untrash"). False where it has that already."""
        wanted = comment.before if status in ("unspam", "untrash") else _STATUSES.get(status, status)
        if wanted == comment.status:
            return False
        comment.status = wanted
        if wanted in ("approved", "hold"):
            comment.before = wanted
        return True

    def delete(self, comment: Comment) -> None:
        """A comment is gone for good."""
        del self.comments[comment.id]

    def twin(self, user: User, post: Post, parent: int, raw: str) -> Comment | None:
        """The comment that WordPress calls a duplicate of another, if there is one."""
        return next(
            (
                each
                for each in self.comments.values()
                if (each.post, each.parent, each.user, each.raw) == (post, parent, user, raw) and each.status != "trash"
            ),
            None,
        )

    def by(self, user: User) -> list[Comment]:
        """What a login wrote and nobody put into the trash, oldest first."""
        return [each for each in self.comments.values() if each.user is user and each.status != "trash"]

    def now(self) -> datetime:
        """The time in whole seconds."""
        return self.clock.now().replace(microsecond=0)

    def _next(self, kind: str) -> int:
        self._numbers[kind] += 1
        return self._numbers[kind]


_STATUSES = {"approve": "approved", "1": "approved", "0": "hold"}


def clean(raw: str, user: User) -> str:
    """What is stored of a content: all of it for who may write anything, else without foreign markup (KSES)."""
    if "unfiltered_html" in user.rights:
        return raw
    parts: list[str] = []
    end = 0
    for found in _ALLOWED.finditer(raw):
        parts += (_plain(raw[end : found.start()]), found.group(0))
        end = found.end()
    return "".join((*parts, _plain(raw[end:])))


def _plain(text: str) -> str:
    text = re.sub(r"<[^<>]*>", "", text)
    text = re.sub(r"&(?!(?:#\d+|#x[0-9a-f]+|[a-z]\w*);)", "&amp;", text, flags=re.I)
    return text.replace("<", "&lt;").replace(">", "&gt;")
