"""Posts become messages: who, below what, with which words, in which state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cminbox.model.base import Audience, Direction, Kind, MessageState
from cminbox.model.changes import Change, Edited, Removed, Wrote
from cminbox.model.content import Author
from cminbox.networks.discourse_forum import Forum
from cminbox.networks.discourse_text import media, words
from cminbox.networks.discourse_wire import WireMe, WirePost


def state_of(post: WirePost) -> MessageState:
    """Our word for the state of a post. What its author took back stays a day, with other words: it is gone for us."""
    if post.deleted_at is not None or post.user_deleted:
        return MessageState.REMOVED
    return MessageState.HIDDEN if post.hidden else MessageState.SHOWN


def version_of(post: WirePost) -> str:
    """What changes when a post does: its state, and its text (edits of the first minutes leave its `version`)."""
    text = post.cooked if post.raw is None else post.raw
    return f"{state_of(post).value} {sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"


@dataclass(frozen=True)
class Reader:
    """Reads the posts of a forum as the login `me` sees them; `team` are the user names that are us.

    What is older than `since` is context.
    """

    forum: Forum
    me: WireMe
    team: frozenset[str]
    since: datetime

    def us(self) -> Author:
        """Our login."""
        return self.person(self.me.id, self.me.username, self.me.name)

    def is_us(self, username: str) -> bool:
        """True for our login and for those named as the team."""
        return username.casefold() in self.team

    def person(self, number: int, username: str, name: str) -> Author:
        """Somebody of the forum."""
        return Author(
            remote_id=f"user:{number}@{self.forum.host}" if number else f"name:{username.casefold()}@{self.forum.host}",
            handle=username,
            name=name or username,
            url=f"{self.forum.url}/u/{username}" if username else None,
            is_us=self.is_us(username),
            # The forum itself, and its greeter.
            is_bot=number < 0,
        )

    async def read(self, post: WirePost, *, kind: Kind = Kind.COMMENT, context: bool = False) -> Wrote:
        """A post as a message; `context` where nobody asked us anything with it.

        In a private message everybody's posts are one conversation; in public, a post and the answers below it.
        """
        topic, private, first = await self.forum.topic(post.topic_id)
        ours = self.is_us(post.username)
        parent = await self._parent(post, first, topic_is_ours=topic.is_ours)
        return Wrote(
            remote_id=str(post.id),
            at=post.created_at,
            kind=Kind.DM if private else Kind.POST if ours and post.post_number == 1 else kind,
            direction=Direction.OUT if ours else Direction.IN,
            author=self.person(post.user_id, post.username, post.name),
            text=words(post),
            audience=Audience.DIRECT if private else Audience.PUBLIC,
            state=state_of(post),
            conversation=f"pm:{post.topic_id}" if private else None,
            addressed=not context
            and state_of(post) is not MessageState.REMOVED
            and (ours or post.created_at >= self.since),
            topic=topic,
            parent=None if parent is None else str(parent),
            global_id=f"{self.forum.host}#post-{post.id}",
            media=media(post),
            url=f"{topic.url}/{post.post_number}",
            extra={"topic": str(post.topic_id), "number": str(post.post_number), "user": str(post.user_id)},
        )

    def changed(self, before: str, post: WirePost) -> list[Change]:
        """What is new in a post that was known in the version `before`."""
        was, _space, text = before.partition(" ")
        now, _space, new_text = version_of(post).partition(" ")
        changes: list[Change] = []
        if was != now:
            changes.append(Removed(remote_id=str(post.id), at=None, state=state_of(post)))
        if text != new_text and state_of(post) is not MessageState.REMOVED:
            changes.append(Edited(remote_id=str(post.id), at=None, text=words(post), media=media(post)))
        return changes

    async def _parent(self, post: WirePost, first: int, *, topic_is_ours: bool) -> int | None:
        number = post.reply_to_post_number
        if number is None or number == post.post_number:
            return None
        if number == 1:
            # Our own first post is what people talk under, not what they answer.
            return None if topic_is_ours else first or None
        return await self.forum.id_of(post.topic_id, number)
