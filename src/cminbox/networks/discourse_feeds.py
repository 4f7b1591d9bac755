"""What a Discourse account is read from: notifications, posts, private messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cminbox.errors import Forbidden, Gone
from cminbox.model.base import Kind, MessageState
from cminbox.model.changes import Batch, Change, Removed, SetAside
from cminbox.networks.discourse_forum import Forum, entries_of
from cminbox.networks.discourse_messages import Reader, version_of
from cminbox.networks.discourse_walk import Mark, step
from cminbox.networks.discourse_wire import NOTIFICATION, WireNotification, WirePost
from cminbox.networks.http import decode_each
from cminbox.networks.reading import Kept

MENTIONED, REPLIED, QUOTED, POSTED, GROUP_MENTIONED = 1, 2, 3, 9, 15
_ASKS_US = {
    MENTIONED: Kind.MENTION,
    REPLIED: Kind.COMMENT,
    QUOTED: Kind.MENTION,
    POSTED: Kind.COMMENT,
    GROUP_MENTIONED: Kind.MENTION,
}
"""Kinds of notification (Notification.types) that somebody may wait for us with; private messages have their feed."""

_COLLAPSED = (REPLIED, POSTED)
"""Of these Discourse keeps one for a topic, which names the first post that we did not read: more may follow it."""

_LIMIT = 60
"""Notifications asked for at once: the most that Discourse gives."""
_OVERLAP = 10
"""How many of a page the next one brings again: some may be taken away meanwhile."""
_AT_ONCE = 20
_WATCHED = 100
_SEEN = 300
_REACHED = 200


Place = tuple[int, int, int, int]
"""Topic, post (0: only its number is known), its number in the topic, kind of notification."""


@dataclass(frozen=True)
class Heard(Kept):
    """How far the notifications were read.

    All up to the id `low` are known, and those in `seen`. `queue`: [topic, post or 0, number, type] still to be
    fetched, oldest first. `told`: post as text -> [topic, version], looked at again in turn (`turn`).
    `reached`: topic as text -> the post up to which it was gone through.
    """

    low: int = 0
    seen: tuple[int, ...] = ()
    queue: tuple[Place, ...] = ()
    told: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    turn: int = 0
    reached: Mapping[str, int] = field(default_factory=dict)

    def knows(self, number: int) -> bool:
        """True for a notification that was read."""
        return number <= self.low or number in self.seen


class Feeds:
    """Reads one forum. `wanted` says which posts of others are told though they name nobody of us."""

    def __init__(self, forum: Forum, reader: Reader, wanted: Callable[[WirePost], bool]) -> None:
        self._forum = forum
        self._reader = reader
        self._wanted = wanted

    async def notifications(self, cursor: Any) -> Batch:
        """What is addressed to us in public, some posts at a time; one topic of those told lately again."""
        heard = Heard.load(cursor)
        aside: list[SetAside] = []
        changes: list[Change] = []
        if not heard.queue:
            heard = await self._listed(heard, aside)
            heard = await self._looked_again(heard, changes)
        heard = await self._fetched(heard, changes, aside)
        return Batch(
            feed="notifications",
            changes=tuple(changes),
            cursor=heard.dump(),
            more=bool(heard.queue),
            set_aside=tuple(aside),
        )

    async def posts(self, cursor: Any) -> Batch:
        """Our own public posts, wherever we wrote them, and those of others in the places that are named."""
        return await self._walked("posts", "/posts.json", "latest_posts", cursor, self._is_told)

    async def messages(self, cursor: Any) -> Batch:
        """Everything in the private messages that we take part in."""
        return await self._walked("messages", "/private-posts.json", "private_posts", cursor, lambda _post: True)

    def _is_told(self, post: WirePost) -> bool:
        return self._reader.is_us(post.username) or self._wanted(post)

    async def _walked(self, feed: str, path: str, name: str, cursor: Any, told: Callable[[WirePost], bool]) -> Batch:
        mark = Mark.load(cursor)
        answer = await self._forum.request("GET", path, params={"before": mark.before})
        good, bad, ids = self._forum.listed(answer, name)
        since = self._reader.since
        taken = step(mark, ids, old_enough=any(post.created_at < since for post in good))
        if taken.above is None:
            return Batch(feed=feed, cursor=taken.mark.dump(), more=True)
        above = taken.above
        good = sorted((post for post in good if told(post) and post.post_type == 1), key=lambda post: post.id)
        changes: list[Change] = [
            await self._reader.read(post) for post in good if post.id > above and post.created_at >= since
        ]
        after = taken.mark
        if taken.newest:
            changes += self._renewed(mark, good, min(ids, default=0))
        now = {str(post.id): version_of(post) for post in good if post.created_at >= since}
        return Batch(
            feed=feed,
            changes=tuple(changes),
            cursor=replace(after, seen=now if taken.newest else mark.seen).dump(),
            more=taken.more,
            set_aside=tuple(
                one for number, who, one in bad if number > above and (feed == "messages" or self._reader.is_us(who))
            ),
        )

    def _renewed(self, mark: Mark, posts: list[WirePost], lowest: int) -> list[Change]:
        standing = {str(post.id): post for post in posts}
        changes: list[Change] = []
        for number, before in mark.seen.items():
            post = standing.get(number)
            if post is not None:
                changes += self._reader.changed(before, post)
            elif int(number) >= lowest and not before.startswith(MessageState.REMOVED.value):
                changes.append(Removed(remote_id=number, at=None))
        return changes

    async def _listed(self, heard: Heard, aside: list[SetAside]) -> Heard:
        """The notifications that are new, as a queue."""
        fresh: dict[int, WireNotification | None] = {}
        offset = 0
        while True:
            params = {"limit": _LIMIT, "offset": offset} if offset else {"limit": _LIMIT}
            answer = await self._forum.request("GET", "/notifications.json", params=params)
            entries = entries_of(answer, "notifications")
            before = len(fresh)
            page = [self._understood(raw, heard, fresh, aside) for raw in entries]
            total = answer.json().get("total_rows_notifications")
            last = entries[-1].get("id") if entries and isinstance(entries[-1], dict) else None
            reached = isinstance(last, int) and heard.knows(last)
            old = heard.low == 0 and any(one is not None and one.created_at < self._reader.since for one in page)
            # What we may not see any more is counted and left out: a page may be empty with others after it.
            ended = offset + _LIMIT >= total if isinstance(total, int) else len(entries) < _LIMIT
            offset += _LIMIT - _OVERLAP
            if reached or old or ended or (entries and len(fresh) == before):
                break
        new = [one for _number, one in sorted(fresh.items()) if one is not None]
        queue = tuple(_place(one) for one in new if self._asks(one))
        seen = sorted({*heard.seen, *fresh})
        low = max(heard.low, seen[-_SEEN - 1]) if len(seen) > _SEEN else heard.low
        return replace(heard, low=low, seen=tuple(seen[-_SEEN:]), queue=queue)

    def _understood(
        self, raw: Any, heard: Heard, fresh: dict[int, WireNotification | None], aside: list[SetAside]
    ) -> WireNotification | None:
        good, bad = decode_each([raw], NOTIFICATION)
        number = raw.get("id") if isinstance(raw, dict) else None
        if isinstance(number, int) and not heard.knows(number) and number not in fresh:
            aside += bad
            fresh[number] = good[0] if good else None
        return good[0] if good else None

    def _asks(self, one: WireNotification) -> bool:
        return (
            one.notification_type in _ASKS_US
            and one.topic_id is not None
            and one.post_number is not None
            and one.created_at >= self._reader.since
        )

    async def _fetched(self, heard: Heard, changes: list[Change], aside: list[SetAside]) -> Heard:
        """Tell the posts at the head of the queue."""
        told, reached, rest = dict(heard.told), dict(heard.reached), list(heard.queue)
        fetched = 0
        for _turn in range(min(_AT_ONCE, len(rest))):
            place = rest[0]
            try:
                ids, follows = await self._meant(place, reached)
                ids = [number for number in ids if str(number) not in told]
                posts, bad = await self._forum.posts(place[0], ids) if ids else ([], [])
            except (Gone, Forbidden):
                # It went, or we were shut out, before we came.
                posts, bad, follows = [], [], None
            aside += bad
            for post in sorted(posts, key=lambda each: each.id):
                if post.post_type == 1 and await self._is_for_us(post, place):
                    told[str(post.id)] = (post.topic_id, version_of(post))
                    changes.append(await self._reader.read(post, kind=_ASKS_US.get(place[3], Kind.COMMENT)))
            rest = ([] if follows is None else [follows]) + rest[1:]
            fetched += 1 + len(posts)
            if fetched >= _AT_ONCE:
                break
        kept = dict(list(told.items())[-_WATCHED:])
        return replace(heard, queue=tuple(rest), told=kept, reached=dict(list(reached.items())[-_REACHED:]))

    async def _meant(self, place: Place, reached: dict[str, int]) -> tuple[list[int], Place | None]:
        """The posts that a notification is about, and where to go on where they are many. Notes what was `reached`."""
        topic, post, number, kind = place
        if (await self._forum.topic(topic))[1]:
            # Private messages have their own feed.
            return [], None
        first = post or await self._forum.id_of(topic, number) or 0
        if kind not in _COLLAPSED:
            return ([first] if first else []), None
        stream = await self._forum.numbers(topic, number)
        ids = sorted(each for each in stream if each >= first and each > reached.get(str(topic), 0))
        some = ids[:_AT_ONCE]
        if some:
            reached.pop(str(topic), None)
            reached[str(topic)] = some[-1]
        return some, ((topic, ids[_AT_ONCE], number, kind) if len(ids) > _AT_ONCE else None)

    async def _is_for_us(self, post: WirePost, place: Place) -> bool:
        """Whether a post asks us something: all that a notification names, and all in topics of ours."""
        if self._reader.is_us(post.username) or post.created_at < self._reader.since:
            return False
        if place[3] not in _COLLAPSED or (await self._forum.topic(post.topic_id))[0].is_ours:
            return True
        answered = post.reply_to_user.get("username")
        named = re.search(rf"@{re.escape(self._forum.us)}(?![\w-])", post.raw or post.cooked, re.IGNORECASE)
        return (isinstance(answered, str) and self._reader.is_us(answered)) or named is not None

    async def _looked_again(self, heard: Heard, changes: list[Change]) -> Heard:
        """One topic of the posts that were told, the next one at the next reading: edits and deletions."""
        topics = list(dict.fromkeys(topic for topic, _version in heard.told.values()))
        if not topics:
            return heard
        topic = topics[heard.turn % len(topics)]
        ids = [int(number) for number, (where, _version) in heard.told.items() if where == topic]
        try:
            posts, _bad = await self._forum.posts(topic, ids)
            missing = set(map(str, ids)) - {str(post.id) for post in posts}
        except Gone:
            posts, missing = [], {str(number) for number in ids}
        except Forbidden:
            return replace(heard, turn=heard.turn + 1)
        told = dict(heard.told)
        for post in posts:
            changes += self._reader.changed(told[str(post.id)][1], post)
            told[str(post.id)] = (topic, version_of(post))
        for number in sorted(missing, key=int):
            changes.append(Removed(remote_id=number, at=None))
            del told[number]
        gone = MessageState.REMOVED.value
        told = {number: place for number, place in told.items() if not place[1].startswith(gone)}
        return replace(heard, told=told, turn=heard.turn + 1)


def _place(one: WireNotification) -> Place:
    original = one.data.get("original_post_id")
    post = int(original) if isinstance(original, int | str) and str(original).isdecimal() else 0
    return (one.topic_id or 0, post, one.post_number or 0, one.notification_type)
