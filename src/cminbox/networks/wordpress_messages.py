"""Comments become messages: who, below what, with which words, in which state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from pydantic import TypeAdapter

from cminbox.model.base import Direction, Kind, MessageState
from cminbox.model.changes import Change, Edited, Removed, Wrote
from cminbox.model.content import Author, Media, TopicInfo
from cminbox.networks.http import decode_each
from cminbox.networks.wordpress_wire import MEDIA, USER, Wire, WireComment, WirePost, WireUser, WireWords
from cminbox.text import html_to_text

W = TypeVar("W", bound=Wire)

_MEDIA = {"image": "image", "video": "video", "audio": "audio"}
_STATES = {
    "approved": MessageState.SHOWN,
    "approve": MessageState.SHOWN,
    "hold": MessageState.PENDING,
    "spam": MessageState.HIDDEN,
    "trash": MessageState.REMOVED,
}
OUT_OF_THE_WAY = ("spam", "trash")
"""What the site has put away: no conversation for us until somebody takes it out again."""


def state_of(status: str) -> MessageState:
    """Our word for the status of a comment. What plugins add, and comments of posts in the trash, nobody sees."""
    return _STATES.get(status, MessageState.HIDDEN)


def words(given: WireWords) -> str:
    """The plain text: what was typed, where we may see that (the site's own makes quotes and smileys of it)."""
    if given.raw is None:
        return html_to_text(given.rendered)
    lines = given.raw.replace("\r\n", "\n").replace("\r", "\n")
    # A line end is one in the browser too, and WordPress keeps several.
    return html_to_text(lines.replace("\n", "<br>")) if re.search("[<&]", lines) else lines.strip("\n\t ")


def version_of(comment: WireComment) -> str:
    """What changes when a comment does: its status, and its text."""
    text = comment.content.rendered if comment.content.raw is None else comment.content.raw
    return f"{comment.status} {sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"


@dataclass(frozen=True)
class Reader:
    """Reads comments of the site `site` as its login `me` does; `team` are the numbers of all logins that are us.

    What is older than `since` is context. `topics` are the posts that were read so far, by number.
    """

    site: str
    me: WireUser
    team: frozenset[int]
    since: datetime
    topics: Mapping[int, TopicInfo]

    def us(self) -> Author:
        """Our login."""
        handle = f"{self.me.slug}@{self.site}" if self.me.slug else ""
        return Author(remote_id=self._login(self.me.id), handle=handle, name=self.me.name, url=self.me.link, is_us=True)

    def author(self, comment: WireComment) -> Author:
        """Who wrote a comment. A guest is known by e-mail address where we see it (kept as a hash), else by name."""
        name = comment.author_name.strip()
        url = comment.author_url or None
        if comment.author:
            ours = comment.author in self.team
            return Author(remote_id=self._login(comment.author), name=name, url=url, is_us=ours)
        mail = comment.author_email.strip().lower()
        if mail:
            known = f"guest:{sha256(mail.encode('utf-8', 'replace')).hexdigest()[:32]}"
        elif name:
            known = f"name:{name.casefold()}@{self.site}"
        else:
            known = f"comment:{comment.id}@{self.site}"
        return Author(remote_id=known, name=name, url=url)

    def read(self, comment: WireComment, *, context: bool = False) -> Wrote:
        """A comment as a message; `context` where nobody asked us anything with it."""
        ours = comment.author in self.team
        put_away = comment.status in OUT_OF_THE_WAY
        return Wrote(
            remote_id=str(comment.id),
            at=comment.date_gmt,
            kind=Kind.COMMENT,
            direction=Direction.OUT if ours else Direction.IN,
            author=self.author(comment),
            text=words(comment.content),
            state=state_of(comment.status),
            addressed=not context and not put_away and (ours or comment.date_gmt >= self.since),
            topic=self.topics.get(comment.post),
            parent=str(comment.parent) if comment.parent else None,
            global_id=f"{self.site}#comment-{comment.id}",
            url=comment.link,
            extra={"post": str(comment.post)},
        )

    def changed(self, before: str, comment: WireComment) -> list[Change]:
        """What is new in a comment that was known in the version `before`."""
        was, _space, text = before.partition(" ")
        now, _space, new_text = version_of(comment).partition(" ")
        remote_id = str(comment.id)
        changes: list[Change] = []
        if was in OUT_OF_THE_WAY and now not in OUT_OF_THE_WAY:
            changes.append(self.read(comment))
        if was != now:
            changes.append(Removed(remote_id=remote_id, at=None, state=state_of(now)))
        if text != new_text:
            changes.append(Edited(remote_id=remote_id, at=None, text=words(comment.content)))
        return changes

    def _login(self, number: int) -> str:
        return f"user:{number}@{self.site}"


def topic_of(post: WirePost, site: str) -> TopicInfo:
    """A post as what people talk under."""
    authors = _embedded(post, "author", USER)
    author = None
    if authors:
        author = Author(remote_id=f"user:{authors[0].id}@{site}", name=authors[0].name, url=authors[0].link, is_us=True)
    return TopicInfo(
        key=f"post:{post.id}",
        author=author,
        title=html_to_text(post.title.rendered),
        text=html_to_text(post.excerpt.rendered),
        url=post.link,
        media=tuple(
            Media(type=_MEDIA.get(file.media_type, "file"), url=file.source_url, alt=file.alt_text or None)
            for file in _embedded(post, "wp:featuredmedia", MEDIA)
        ),
        at=post.date_gmt,
        is_ours=True,
    )


def unread_topic(number: int, link: str | None) -> TopicInfo:
    """A post that we may not read: known by its address alone."""
    return TopicInfo(key=f"post:{number}", url=(link or "").partition("#")[0] or None, is_ours=True)


def _embedded(post: WirePost, relation: str, adapter: TypeAdapter[W]) -> list[W]:
    """What came with a post; where we may not see it, an error stands in its place."""
    given = post.embedded.get(relation)
    return decode_each(given, adapter)[0] if isinstance(given, list) else []
