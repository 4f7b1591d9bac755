"""What a WordPress account is read from: the comments in the order of their ids, and the moderation queue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from cminbox.errors import Forbidden, Gone, Rejected
from cminbox.model.base import MessageState
from cminbox.model.changes import Batch, Change, Removed, SetAside
from cminbox.model.content import TopicInfo
from cminbox.networks.http import Answer, Params, decode_each, not_a_list
from cminbox.networks.wordpress_messages import Reader, state_of, topic_of, unread_topic, version_of
from cminbox.networks.wordpress_site import Site
from cminbox.networks.wordpress_walk import PAGE, Item, Mark, offset_of, step
from cminbox.networks.wordpress_wire import COMMENT, POST, WireComment

MOST_PENDING = 10
"""Pages of the moderation queue that are watched, the newest."""
DEEPEST = 12
"""How far answers to answers are followed; WordPress itself shows at most 10 levels."""

_CLOCK_CHANGE = timedelta(hours=2)
"""The site filters by its own local time, which a change of clocks moves."""


class Feeds:
    """Reads the comments of one site. `moderates` is what the login may: see all of them, not the approved alone."""

    def __init__(self, site: Site, reader: Reader, topics: dict[int, TopicInfo], *, moderates: bool) -> None:
        self._site = site
        self._reader = reader
        self._topics = topics
        self._moderates = moderates

    async def comments(self, cursor: Any) -> Batch:
        """One page of comments; edits, new states and deletions are noticed among the newest `WATCHED`."""
        mark = Mark.load(cursor)
        place: Params = {
            "after": (self._reader.since - _CLOCK_CHANGE).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "orderby": "id",
            "order": "asc",
            "per_page": PAGE,
            "offset": offset_of(mark),
        }
        answer = await self._list(place)
        items, length = _items(answer)
        taken = step(mark, items, length=length, total=_total(answer))
        told = [item.value for item in taken.fresh if item.value is not None]
        told = [comment for comment in told if comment.status != "trash" and self._is_new(comment)]
        await self.learn(told)
        changes: list[Change] = [self._reader.read(comment) for comment in told]
        renewed = [(before, item.value) for before, item in taken.changed if item.value is not None]
        await self.learn(comment for _before, comment in renewed)
        for before, comment in renewed:
            if self._is_new(comment):
                changes += self._reader.changed(before, comment)
        changes += [Removed(remote_id=str(number), at=None) for number in taken.missing]
        return Batch(
            feed="comments",
            changes=tuple(changes),
            cursor=taken.mark.dump(),
            more=taken.more,
            set_aside=tuple(item.bad for item in taken.fresh if item.bad is not None),
        )

    async def pending(self, cursor: Any) -> Batch:
        """The moderation queue: what came into it however old, and what became of what left it. Moderators see it."""
        if not self._moderates:
            return Batch(feed="pending")
        known = {int(number) for number in cursor["ids"]} if _is_pending_mark(cursor) else set[int]()
        now: dict[int, WireComment] = {}
        whole = False
        for page in range(MOST_PENDING):
            answer = await self._list(
                {"status": "hold", "orderby": "id", "order": "desc", "per_page": PAGE, "offset": page * PAGE}
            )
            items, length = _items(answer)
            now |= {item.id: item.value for item in items if item.value is not None}
            if length < PAGE:
                whole = True
                break
        lowest = 0 if whole else min(now, default=0)
        left = sorted(number for number in known - set(now) if number >= lowest)
        changes = await self._what_became_of(left)
        came = [comment for number, comment in sorted(now.items()) if number not in known]
        old = [comment for comment in came if comment.date_gmt < self._reader.since]
        await self.learn(old)
        # The other feed tells of the newer ones; that they wait is news for those that it told long ago.
        changes += [self._reader.read(comment, context=False) for comment in old]
        changes += [Removed(remote_id=str(each.id), at=None, state=MessageState.PENDING) for each in came]
        return Batch(feed="pending", changes=tuple(changes), cursor={"ids": sorted(now)})

    async def comment(self, number: str) -> WireComment:
        """One comment as it is now. `Gone` where it is no more."""
        answer = await self._site.request("GET", f"/comments/{number}", params=self._context())
        return answer.decode(COMMENT)

    async def around(self, comment: WireComment) -> tuple[list[WireComment], list[SetAside]]:
        """The whole conversation of a comment: from its top-level comment down, each level oldest first."""
        root, above = comment, [comment]
        while root.parent and len(above) < DEEPEST:
            try:
                root = await self.comment(str(root.parent))
            except Gone:
                break
            above.append(root)
        found = {root.id: root}
        aside: list[SetAside] = []
        level = [root.id]
        for _depth in range(DEEPEST):
            answer = await self._list({"parent": _numbers(level), "orderby": "id", "order": "asc", "per_page": PAGE})
            items, _length = _items(answer)
            aside += [item.bad for item in items if item.bad is not None]
            below = [item.value for item in items if item.value is not None and item.id not in found]
            if not below:
                break
            found |= {each.id: each for each in below}
            level = [each.id for each in below][-PAGE:]
        found |= {each.id: each for each in above}
        return sorted(found.values(), key=lambda each: each.id), aside

    async def children(self, number: int, since: datetime, me: int) -> list[WireComment]:
        """What `me` wrote below a comment since a time, oldest first."""
        # Only moderators may ask for an author's.
        author = str(me) if self._moderates else None
        answer = await self._list(
            {"parent": str(number), "author": author, "orderby": "id", "order": "desc", "per_page": PAGE}
        )
        items, _length = _items(answer)
        own = [item.value for item in items if item.value is not None]
        return sorted((each for each in own if each.author == me and each.date_gmt >= since), key=lambda each: each.id)

    async def learn(self, comments: Iterable[WireComment]) -> None:
        """Read the posts that comments stand under, as far as they are not known."""
        unknown = {comment.post: comment for comment in comments if comment.post and comment.post not in self._topics}
        by_route: dict[str, list[int]] = defaultdict(list)
        for number, comment in unknown.items():
            by_route[self._route_of_post(comment)].append(number)
        for route, numbers in by_route.items():
            for begin in range(0, len(numbers), PAGE):
                await self._read_posts(route, numbers[begin : begin + PAGE])
        for number, comment in unknown.items():
            self._topics.setdefault(number, unread_topic(number, comment.link))

    async def _read_posts(self, route: str, numbers: Sequence[int]) -> None:
        params: Params = {"include": _numbers(numbers), "per_page": PAGE, "_embed": "author,wp:featuredmedia"}
        try:
            answer = await self._site.request("GET", route, params=params)
        except (Forbidden, Gone, Rejected):
            return
        posts, _bad, _raw = answer.decode_list(POST)
        for post in posts:
            self._topics[post.id] = topic_of(post, self._site.name)

    def _route_of_post(self, comment: WireComment) -> str:
        """Pages and products have lists of their own; the comment's link to its post says which."""
        up = comment.links.get("up")
        href = up[0].get("href") if isinstance(up, list) and up and isinstance(up[0], dict) else None
        route = self._site.route(href) if isinstance(href, str) else None
        return route.rpartition("/")[0] if route is not None else "/posts"

    async def _what_became_of(self, numbers: Sequence[int]) -> list[Change]:
        changes: list[Change] = []
        for begin in range(0, len(numbers), PAGE):
            some = numbers[begin : begin + PAGE]
            answer = await self._list({"include": _numbers(some), "per_page": PAGE})
            items, _length = _items(answer)
            states = {item.id: state_of(item.value.status) for item in items if item.value is not None}
            changes += [
                Removed(remote_id=str(number), at=None, state=states.get(number, MessageState.REMOVED))
                for number in some
            ]
        return changes

    async def _list(self, params: Params) -> Answer:
        return await self._site.request("GET", "/comments", params={**self._context(every=True), **params})

    def _context(self, *, every: bool = False) -> Params:
        if not self._moderates:
            return {}
        # `any` is what it says; `all` means the approved and the held ones.
        return {"context": "edit", "status": "any"} if every else {"context": "edit"}

    def _is_new(self, comment: WireComment) -> bool:
        return comment.date_gmt >= self._reader.since


def _items(answer: Answer) -> tuple[tuple[Item[WireComment], ...], int]:
    """A page by id, and how many entries it had."""
    entries = answer.json()
    if not isinstance(entries, list):
        raise not_a_list(answer)
    items: dict[int, Item[WireComment]] = {}
    for raw in entries:
        good, bad = decode_each([raw], COMMENT)
        if good:
            items[good[0].id] = Item(good[0].id, version_of(good[0]), good[0])
        elif isinstance(raw, dict) and isinstance(raw.get("id"), int):
            items[raw["id"]] = Item(raw["id"], "?", None, bad[0])
    return tuple(sorted(items.values(), key=lambda item: item.id)), len(entries)


def _total(answer: Answer) -> int:
    said = answer.headers.get("x-wp-total", "")
    return int(said) if said.isdecimal() else 10**9


def _numbers(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _is_pending_mark(cursor: Any) -> bool:
    ids = cursor.get("ids") if isinstance(cursor, dict) else None
    return isinstance(ids, list) and all(isinstance(number, int) for number in ids)
