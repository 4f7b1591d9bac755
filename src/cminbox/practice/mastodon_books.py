"""The books of a practice Mastodon server: what really exists there, whoever thinks otherwise.

People and posts are kept for ever, deleted ones too. Time is the practice clock's; ids are made from it and a seed, so
that the same play gives the same ids: Mastodon's numbers, or the ULIDs of others.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cminbox.clock import Clock, to_ms

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MENTION = re.compile(r"(?<![\w/@])@(\w[\w.\-]*\w|\w)(?:@([\w.\-]*\w))?")


@dataclass(frozen=True)
class Filter:
    """What a person does not want to see: posts with `word`. `action` is "warn", "blur" or "hide"."""

    id: str
    title: str
    word: str
    action: str = "warn"
    context: tuple[str, ...] = ("home", "notifications", "thread")


@dataclass(eq=False)
class Person:
    """Somebody. `acct` is `name` for an account of this server, `name@host` for one elsewhere."""

    id: str
    acct: str
    display_name: str
    bot: bool
    since: datetime
    posts: int = 0
    followers: int = 0
    muted: set[str] = field(default_factory=set)
    filters: list[Filter] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)


@dataclass(eq=False)
class Post:
    """One status. `key` is the idempotency key that made it, `by_api` tells it from what was played."""

    id: str
    author: Person
    text: str
    visibility: str
    at: datetime
    parent: Post | None = None
    mentions: tuple[Person, ...] = ()
    spoiler: str = ""
    language: str | None = None
    media: tuple[Mapping[str, Any], ...] = ()
    poll: tuple[str, ...] = ()
    votes: Mapping[int, int] = field(default_factory=dict)
    poll_ends_at: datetime | None = None
    quote: Post | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    likes: set[str] = field(default_factory=set)
    boosts: set[str] = field(default_factory=set)
    key: str | None = None
    by_api: bool = False
    answers: list[Post] = field(default_factory=list)
    quotes: list[Post] = field(default_factory=list)

    @property
    def exists(self) -> bool:
        """True until it is deleted."""
        return self.deleted_at is None

    @property
    def root(self) -> Post:
        """The first post of its thread."""
        post = self
        while post.parent is not None:
            post = post.parent
        return post

    def is_seen_by(self, person: Person | None) -> bool:
        """True when `person` may read it."""
        if not self.exists:
            return False
        return self.visibility in ("public", "unlisted") or person is self.author or person in self.mentions


@dataclass(eq=False)
class Notice:
    """One notification. `raw` replaces what the server would say (for nonsense)."""

    id: str
    kind: str
    to: Person
    by: Person
    at: datetime
    post: Post | None = None
    raw: Mapping[str, Any] | None = None
    emptied: bool = False


@dataclass(eq=False)
class Talk:
    """One person's view of a thread of direct messages with the same people."""

    id: str
    owner: Person
    people: frozenset[str]
    root: Post
    posts: list[Post] = field(default_factory=list)

    @property
    def last(self) -> Post | None:
        """Its newest post that exists."""
        return next((post for post in reversed(self.posts) if post.exists), None)


class Books:
    """Everything that exists at the server `domain`."""

    def __init__(self, clock: Clock, domain: str, seed: int, *, ulids: bool = False) -> None:
        self.clock = clock
        self._ulids = ulids
        self.domain = domain
        self._random = random.Random(seed)
        self._last_low: dict[int, int] = defaultdict(int)
        self._serial = 0
        self.people: dict[str, Person] = {}
        self.posts: dict[str, Post] = {}
        self.notices: list[Notice] = []
        self.talks: list[Talk] = []
        self.reports: list[Mapping[str, Any]] = []
        self.keeps_notices = False
        """Some servers keep a notification whose post is gone, and empty it."""

    def add_person(self, acct: str, display_name: str = "", *, bot: bool = False) -> Person:
        """A new account, here (`name`) or elsewhere (`name@host`)."""
        person = Person(self.serial(), acct, display_name or acct, bot, self.clock.now())
        self.people[person.id] = person
        return person

    def person(self, acct: str) -> Person | None:
        """Who is called so; `name@` this server's domain counts as `name`."""
        wanted = acct.removeprefix("@").lower().removesuffix(f"@{self.domain}")
        return next((person for person in self.people.values() if person.acct.lower() == wanted), None)

    def write(
        self,
        author: Person,
        text: str,
        *,
        in_reply_to: Post | None = None,
        visibility: str = "public",
        at: datetime | None = None,
        **more: Any,
    ) -> Post:
        """A new post of `author`, with the notices and conversations that follow from it."""
        at = at or self.clock.now()
        mentions = self._mentioned(text)
        post = Post(self._snowflake(at), author, text, visibility, at, in_reply_to, mentions, **more)
        self.posts[post.id] = post
        author.posts += 1
        if in_reply_to is not None:
            in_reply_to.answers.append(post)
        for person in mentions:
            if person is not author and author.id not in person.muted | person.blocked:
                self.notices.append(Notice(self.serial(), "mention", person, author, at, post))
        quoted = post.quote
        if quoted is not None:
            quoted.quotes.append(post)
        if quoted is not None and quoted.author is not author:
            self.notices.append(Notice(self.serial(), "quote", quoted.author, author, at, post))
        if visibility == "direct":
            self._talk(post)
        return post

    def notify(self, to: Person, kind: str, by: Person, post: Post | None = None) -> Notice:
        """Something that is no post happens to somebody: "favourite", "follow_request", ..."""
        notice = Notice(self.serial(), kind, to, by, self.clock.now(), post)
        self.notices.append(notice)
        return notice

    def edit(self, post: Post, text: str, **more: Any) -> None:
        """A post has another text from now on."""
        post.text = text
        post.edited_at = self.clock.now()
        post.mentions = tuple(dict.fromkeys((*post.mentions, *self._mentioned(text))))
        for name, value in more.items():
            setattr(post, name, value)

    def delete(self, post: Post) -> None:
        """A post is gone; what tells of it too."""
        post.deleted_at = self.clock.now()
        post.author.posts -= 1
        for notice in self.notices:
            if notice.post is post:
                notice.post = None
                notice.emptied = True
        if not self.keeps_notices:
            self.notices = [notice for notice in self.notices if not notice.emptied]

    def statuses_by(self, person: Person) -> list[Post]:
        """What exists of a person's posts, oldest first: the truth that receipts are checked against."""
        return [post for post in self.in_order() if post.author is person and post.exists]

    def doubles_of(self, person: Person) -> list[list[Post]]:
        """Groups of equal posts of a person below the same parent: what was sent more than once."""
        groups: dict[tuple[str | None, str, str], list[Post]] = defaultdict(list)
        for post in self.statuses_by(person):
            groups[post.parent.id if post.parent else None, post.visibility, post.text].append(post)
        return [group for group in groups.values() if len(group) > 1]

    def in_order(self) -> list[Post]:
        """Every post there ever was, oldest first."""
        return sorted(self.posts.values(), key=lambda post: order(post.id))

    def above(self, post: Post) -> list[Post]:
        """The line of parents that exist, root first. A deleted one cuts the line, as its children lose it."""
        line: list[Post] = []
        parent = post.parent
        while parent is not None and parent.exists:
            line.append(parent)
            parent = parent.parent
        return line[::-1]

    def below(self, post: Post) -> list[Post]:
        """What answers a post, and what answers that, oldest first."""
        found: list[Post] = []
        waiting = [post]
        while waiting:
            answers = [answer for answer in waiting.pop().answers if answer.exists]
            found += answers
            waiting += answers
        return sorted(found, key=lambda each: order(each.id))

    def serial(self) -> str:
        """The next number of the server's own counter (accounts, notifications, conversations)."""
        self._serial += 1
        if self._ulids:
            return _ulid(to_ms(self.clock.now()), self._serial)
        return str(self._serial)

    def _mentioned(self, text: str) -> tuple[Person, ...]:
        found = (self.person(f"{name}@{host}" if host else name) for name, host in _MENTION.findall(text))
        return tuple(dict.fromkeys(person for person in found if person is not None))

    def _talk(self, post: Post) -> None:
        people = frozenset((post.author.id, *(person.id for person in post.mentions)))
        for owner_id in sorted(people):
            owner = self.people[owner_id]
            talk = next(
                (t for t in self.talks if t.owner is owner and t.root is post.root and t.people == people), None
            )
            if talk is None:
                talk = Talk(self.serial(), owner, people, post.root)
                self.talks.append(talk)
            talk.posts.append(post)

    def _snowflake(self, at: datetime) -> str:
        ms = to_ms(at)
        low = self._last_low[ms] + self._random.randint(1, 8)
        self._last_low[ms] = low
        return _ulid(ms, low) if self._ulids else str((ms << 16) + low)


def order(identifier: str) -> tuple[int, str]:
    """Ids of one server in the order of their making."""
    return (len(identifier), identifier)


def _ulid(ms: int, low: int) -> str:
    """An id as GoToSocial makes them: 48 bits of time and 80 others, in Crockford's base 32."""
    value = (ms << 80) + low
    return "".join(_CROCKFORD[value >> 5 * digit & 31] for digit in reversed(range(26)))
