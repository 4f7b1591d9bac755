"""The books of a practice forum: what really exists there, whoever thinks otherwise.

Posts that are deleted stay with their time of deletion. Numbers of posts are the forum's, not the topic's.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cminbox.clock import Clock

MENTIONED, REPLIED, QUOTED, LIKED, PRIVATE, POSTED = 1, 2, 3, 5, 6, 9
"""Kinds of notification."""

LIKE = 2
"""What a like is called among the things that one can do to a post."""


@dataclass(eq=False)
class User:
    """A login of the forum."""

    id: int
    username: str
    name: str
    admin: bool = False
    moderator: bool = False
    silenced: bool = False
    watched: bool = False
    """A moderator must let through what they write."""
    muted: set[int] = field(default_factory=set)

    @property
    def staff(self) -> bool:
        """True for administrators and moderators."""
        return self.admin or self.moderator


@dataclass(eq=False)
class Topic:
    """A topic. `allowed` are those of a private message; None where it is public."""

    id: int
    title: str
    at: datetime
    category: int | None = 4
    allowed: list[User] | None = None
    external_id: str = ""
    numbers: int = 0
    views: int = 0

    def seen_by(self, user: User) -> bool:
        """True for who may read it."""
        return self.allowed is None or user in self.allowed


@dataclass(eq=False)
class Post:
    """A post. `reply_to` is the number, in its topic, of what it answers. `nonsense` replaces parts of what is said."""

    id: int
    topic: Topic
    number: int
    user: User
    raw: str
    at: datetime
    reply_to: int | None = None
    version: int = 1
    hidden: bool = False
    user_deleted: bool = False
    deleted_at: datetime | None = None
    acts: dict[int, set[int]] = field(default_factory=dict)
    nonsense: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stands(self) -> bool:
        """True where nobody deleted it."""
        return self.deleted_at is None and not self.user_deleted


@dataclass(eq=False)
class Notice:
    """One notification."""

    id: int
    user: User
    kind: int
    post: Post
    at: datetime


@dataclass(eq=False)
class Waiting:
    """An entry of the review queue; `status` 0 while it waits. `post` where one exists already (it was flagged)."""

    id: int
    user: User
    raw: str
    at: datetime
    topic: Topic | None = None
    title: str = ""
    post: Post | None = None
    status: int = 0
    version: int = 0


class Books:
    """Everything that exists at the forum `domain`."""

    def __init__(self, clock: Clock, domain: str) -> None:
        self.clock = clock
        self.domain = domain
        self.users: dict[int, User] = {}
        self.topics: dict[int, Topic] = {}
        self.posts: dict[int, Post] = {}
        self.notices: dict[int, Notice] = {}
        self.queue: dict[int, Waiting] = {}
        self.min_length = 20
        self.max_length = 32_000
        self.similar_for = timedelta(minutes=5)
        """How long the same words of somebody who is no moderator are refused."""
        self._numbers: dict[str, int] = {}

    @property
    def root(self) -> str:
        """The address of the forum."""
        return f"https://{self.domain}"

    def add_user(self, username: str, name: str = "", *, admin: bool = False, moderator: bool = False) -> User:
        """A new login."""
        user = User(self._next("user"), username, name or username.capitalize(), admin, moderator)
        self.users[user.id] = user
        return user

    def user(self, username: str) -> User | None:
        """The login of a name."""
        return next((each for each in self.users.values() if each.username.lower() == username.lower()), None)

    def open_topic(
        self,
        user: User,
        title: str,
        raw: str,
        *,
        category: int = 4,
        to: list[User] | None = None,
        external_id: str = "",
    ) -> Post:
        """A new topic, or a private message to some people; its first post."""
        topic = Topic(self._next("topic"), title, self.clock.now(), category, external_id=external_id)
        if to is not None:
            topic.category, topic.allowed = None, [user, *to]
        self.topics[topic.id] = topic
        return self.write(user, topic, raw)

    def write(self, user: User, topic: Topic, raw: str, *, reply_to: int | None = None) -> Post:
        """A post; those that it names, answers or reaches in private are told."""
        topic.numbers += 1
        post = Post(self._next("post"), topic, topic.numbers, user, raw.rstrip(), self.clock.now(), reply_to)
        self.posts[post.id] = post
        told = {user.id}
        if topic.allowed is not None:
            for each in topic.allowed:
                self._tell(each, PRIVATE, post, told)
            return post
        above = self.numbered(topic, reply_to) if reply_to else None
        owner = self.numbered(topic, 1)
        named = [each for each in self.users.values() if re.search(rf"@{re.escape(each.username)}\b", raw, re.I)]
        quoted = [each for each in self.users.values() if f'[quote="{each.username},' in raw]
        for kind, people in (
            (MENTIONED, named),
            (REPLIED, [above.user] if above else []),
            (QUOTED, quoted),
            (POSTED, [owner.user] if owner else []),
        ):
            for each in people:
                self._tell(each, kind, post, told)
        return post

    def like(self, user: User, post: Post) -> None:
        """Somebody likes a post."""
        post.acts.setdefault(LIKE, set()).add(user.id)

    def numbered(self, topic: Topic, number: int) -> Post | None:
        """The post of a number in a topic."""
        return next((each for each in self.posts.values() if each.topic is topic and each.number == number), None)

    def of(self, topic: Topic) -> list[Post]:
        """The posts of a topic, in order."""
        return [each for each in self.posts.values() if each.topic is topic]

    def wait(self, user: User, raw: str, topic: Topic | None = None, *, title: str = "") -> Waiting:
        """A post of somebody has to be approved first."""
        entry = Waiting(self._next("review"), user, raw, self.clock.now(), topic, title)
        self.queue[entry.id] = entry
        return entry

    def flag(self, post: Post) -> Waiting:
        """Somebody reported a post."""
        entry = self.wait(post.user, post.raw, post.topic)
        entry.post = post
        return entry

    def decide(self, entry: Waiting, *, approve: bool) -> None:
        """A moderator decides."""
        entry.version += 1
        if entry.post is not None:
            entry.status = 2 if approve else 1
            if not approve:
                self.delete(entry.post)
            return
        entry.status = 1 if approve else 2
        if approve and entry.topic is not None:
            self.write(entry.user, entry.topic, entry.raw)
        elif approve:
            self.open_topic(entry.user, entry.title, entry.raw)

    def edit(self, post: Post, raw: str) -> None:
        """A post has other words."""
        post.raw = raw.rstrip()
        post.version += 1

    def delete(self, post: Post) -> None:
        """A post is deleted; so are its notifications."""
        post.deleted_at = self.clock.now()
        self.notices = {number: each for number, each in self.notices.items() if each.post is not post}

    def twin(self, user: User, raw: str) -> Post | None:
        """What somebody wrote lately in the same words."""
        since = self.clock.now() - self.similar_for
        return next(
            (e for e in self.posts.values() if e.user is user and e.raw == raw.rstrip() and e.at > since and e.stands),
            None,
        )

    def _tell(self, user: User, kind: int, post: Post, told: set[int]) -> None:
        if user.id not in told:
            told.add(user.id)
            if kind in (REPLIED, POSTED):
                # One for a topic, about the first post that was not read (PostAlerter, COLLAPSED_NOTIFICATION_TYPES).
                same = [
                    each
                    for each in self.notices.values()
                    if each.user is user and each.kind in (REPLIED, POSTED) and each.post.topic is post.topic
                ]
                for each in same:
                    del self.notices[each.id]
                post = min([post, *(each.post for each in same)], key=lambda each: each.number)
            notice = Notice(self._next("notice"), user, kind, post, self.clock.now())
            self.notices[notice.id] = notice

    def _next(self, kind: str) -> int:
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]


def cooked(raw: str) -> str:
    """A little of what Discourse makes of Markdown: paragraphs, line ends, quotations, pictures, mentions."""
    text = html.escape(raw, quote=False)
    text = re.sub(r"!\[([^\]|]*)(?:\|[^\]]*)?\]\(([^)]*)\)", r'<img src="\2" alt="\1">', text)
    text = re.sub(r"@(\w+)", r'<a class="mention" href="/u/\1">@\1</a>', text)
    quote = r'\[quote="(\w+),[^\]]*\]\n?([\s\S]*?)\n?\[/quote\]'
    text = re.sub(
        quote, r'<aside class="quote"><div class="title">\1:</div><blockquote><p>\2</p></blockquote></aside>', text
    )
    return "".join(f"<p>{part}</p>" for part in text.replace("\n\n", "\0").replace("\n", "<br>\n").split("\0"))
