"""What a Bluesky account is read from in public: its own posts, who names, answers and quotes it, and searches."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import TypeAdapter

from cminbox.errors import Gone, Rejected
from cminbox.i18n import _
from cminbox.model.base import MessageState
from cminbox.model.changes import Batch, Change, Removed, SetAside
from cminbox.networks.bluesky_messages import Reader
from cminbox.networks.bluesky_session import Session
from cminbox.networks.bluesky_walk import PAGE, Item, Mark, Page, Step, place_of, step
from cminbox.networks.bluesky_wire import (
    FEED,
    FEED_ITEM,
    NOTIFICATION,
    NOTIFICATIONS,
    POST,
    POSTS,
    THREAD,
    Wire,
    WirePost,
    posts_of,
)
from cminbox.networks.http import Params, decode_each
from cminbox.networks.reading import Found

W = TypeVar("W", bound=Wire)

REASONS = ("mention", "reply", "quote")
"""Notifications that are messages; likes, reposts and follows are not."""
KNOWN_KEPT = 20_000
"""Addresses of posts that a connector remembers while it runs."""

_AT_ONCE = 25
"""Posts that one call gives."""
_LEVELS = 12
"""How far up a thread is followed for what was never read."""


@dataclass(frozen=True)
class Told:
    """A post, and the one that it answers where that came with it."""

    post: WirePost
    above: WirePost | None = None


_Fetch = Callable[[str | None], Awaitable[Page[Told]]]
_Tell = Callable[[Sequence[Told], Found], Awaitable[None]]


class Feeds:
    """Reads the lists of one account as `reader`."""

    def __init__(self, session: Session, reader: Reader) -> None:
        self._session = session
        self._reader = reader
        self._known: OrderedDict[str, None] = OrderedDict()

    async def own(self, cursor: Any) -> Batch:
        """What our account wrote: topics, and answers made elsewhere."""

        async def fetch(mark: str | None) -> Page[Told]:
            params: Params = {"actor": self._reader.me, "limit": PAGE, "filter": "posts_with_replies", "cursor": mark}
            page = await self._session.get("app.bsky.feed.getAuthorFeed", FEED, params)
            return _page(page.feed, _own, page.cursor)

        return await self._walk("own", cursor, fetch, self._tell)

    async def notifications(self, cursor: Any) -> Batch:
        """Who named, answered or quoted us, with the posts above that were never read. Deletions are noticed among the
        newest `PAGE`."""

        async def fetch(mark: str | None) -> Page[Told]:
            params: Params = {"limit": PAGE, "reasons": REASONS, "cursor": mark}
            page = await self._session.get("app.bsky.notification.listNotifications", NOTIFICATIONS, params)
            return _page(page.notifications, _notification, _with_ties(page.cursor))

        async def tell(told: Sequence[Told], found: Found) -> None:
            whole = await self._with_embeds([one.post for one in told])
            await self._above(whole, found)
            await self._tell([Told(post) for post in whole], found, addressed=True)

        return await self._walk("notifications", cursor, fetch, tell)

    async def search(self, name: str, words: str, about: str, cursor: Any) -> Batch:
        """Who wrote certain words, whoever they are talking to: only listened to, unless it concerns us."""
        since = place_of(self._reader.since)

        async def fetch(mark: str | None) -> Page[Told]:
            params: Params = {"q": words, "sort": "latest", "since": since, "limit": PAGE, "cursor": mark}
            page = await self._session.get("app.bsky.feed.searchPosts", POSTS, params)
            return _page(page.posts, _found_post, page.cursor)

        async def tell(told: Sequence[Told], found: Found) -> None:
            for one in told:
                apart = not self._reader.concerns_us(one.post)
                await self._tell([one], found, about=about if apart else None)

        return await self._walk(name, cursor, fetch, tell, follows=False)

    async def thread(self, uri: str) -> tuple[list[Change], list[SetAside]]:
        """What stands above and below a post, with it, oldest first. `Gone` where it is no more."""
        params: Params = {"uri": uri, "depth": 100, "parentHeight": 80}
        answer = await self._session.get("app.bsky.feed.getPostThread", THREAD, params)
        found = Found()
        told: dict[str, Told] = {}
        _unfold(answer.thread, told, found.set_aside)
        if uri not in told:
            raise Gone(_("This post is not there (any more), or its author has blocked us."))
        await self._tell(sorted(told.values(), key=lambda one: one.post.at), found)
        gate = answer.threadgate.record if answer.threadgate else None
        hidden = gate.get("hiddenReplies") if gate else None
        return [*found.changes, *_hidden(hidden, told)], found.set_aside

    async def posts(self, uris: Iterable[str]) -> list[WirePost]:
        """Those of the posts that exist and can be understood, in any order."""
        wanted = list(dict.fromkeys(uris))
        found: list[WirePost] = []
        for begin in range(0, len(wanted), _AT_ONCE):
            params: Params = {"uris": wanted[begin : begin + _AT_ONCE]}
            good, _bad = posts_of((await self._session.get("app.bsky.feed.getPosts", POSTS, params)).posts)
            found += good
        return found

    async def post(self, uri: str) -> WirePost:
        """One post. `Gone` where it is no more."""
        for post in await self.posts([uri]):
            if post.uri == uri:
                return post
        raise Gone(_("This post is not there (any more), or its author has blocked us."))

    async def _walk(self, feed: str, cursor: Any, fetch: _Fetch, tell: _Tell, *, follows: bool = True) -> Batch:
        mark = Mark.load(cursor)
        try:
            page = await fetch(mark.ask)
        except Rejected:
            if mark.ask is None:
                raise
            # Page marks are the service's own, and need not live long: the way is looked for again.
            return Batch(feed=feed, cursor=Mark(mark.place, mark.low, mark.seen).dump())
        taken: Step[Told] = step(mark, page, self._reader.since)
        found = Found(set_aside=[item.bad for item in taken.fresh if item.bad is not None])
        await tell([item.value for item in taken.fresh if item.value is not None], found)
        if follows and taken.missing:
            await self._gone(taken.missing, found)
        return found.batch(feed, taken.mark.dump(), more=taken.more)

    async def _tell(
        self, told: Sequence[Told], found: Found, *, addressed: bool | None = None, about: str | None = None
    ) -> None:
        for one in told:
            self._remember(one.post.uri)
            found.changes.append(self._reader.read(one.post, addressed=addressed, about=about, above=one.above))

    async def _with_embeds(self, posts: Sequence[WirePost]) -> list[WirePost]:
        """Notifications show pictures and quotations only as their author wrote them: the post itself shows more."""
        rich = await self.posts(post.uri for post in posts if post.record.embed is not None)
        shown = {post.uri: post.embed for post in rich}
        return [post.model_copy(update={"embed": shown.get(post.uri)}) for post in posts]

    async def _above(self, posts: Sequence[WirePost], found: Found) -> None:
        """Tell what stands above the posts and was not read: older than the first reading, or never addressed to us."""
        here = {post.uri for post in posts}
        above: list[WirePost] = []
        wanted = self._unread(posts, here)
        for _level in range(_LEVELS):
            if not wanted:
                break
            for uri in wanted:
                self._remember(uri)
            got = await self.posts(wanted)
            above += got
            wanted = self._unread(got, here)
        await self._tell([Told(post) for post in sorted(above, key=lambda post: post.at)], found)

    def _unread(self, posts: Iterable[WirePost], here: set[str]) -> list[str]:
        refs = [uri for post in posts if (reply := post.record.reply) for uri in (reply.root.uri, reply.parent.uri)]
        return [uri for uri in dict.fromkeys(refs) if uri not in here and uri not in self._known]

    async def _gone(self, uris: Sequence[str], found: Found) -> None:
        # Gone from a list may be muted: only the post itself says that it was deleted.
        posts = [uri for uri in uris if uri.startswith("at://")]
        there = {post.uri for post in await self.posts(posts)} if posts else set()
        found.changes += [Removed(remote_id=uri, at=None) for uri in posts if uri not in there]

    def _remember(self, uri: str) -> None:
        self._known[uri] = None
        self._known.move_to_end(uri)
        if len(self._known) > KNOWN_KEPT:
            self._known.popitem(last=False)


_Entry = tuple[str, str, Told | None, SetAside | None]
"""Key and place ("": not known), the post (None: nothing for us), why it could not be understood."""


def _own(raw: Any) -> _Entry:
    entry, bad = _decode(raw, FEED_ITEM)
    if entry is None:
        return "", "", None, bad
    post = entry.post
    if entry.reason is not None:
        # A repost stands where it was reposted, a pinned post anywhere: neither was written then.
        return f"{entry.reason.get('$type')} {post.uri}", _place(entry.reason.get("indexedAt")), None, None
    above = entry.reply.parent if entry.reply else None
    return post.uri, place_of(post.at), Told(post, _decode(above, POST)[0] if above else None), None


def _notification(raw: Any) -> _Entry:
    entry, bad = _decode(raw, NOTIFICATION)
    if entry is None:
        return "", "", None, bad
    place = place_of(entry.indexed_at)
    if entry.reason not in REASONS:
        return f"{entry.reason} {entry.uri}", place, None, None
    # Such a notification has the fields of a post.
    post, bad = _decode(raw, POST)
    return entry.uri, place, Told(post) if post else None, bad


def _found_post(raw: Any) -> _Entry:
    post, bad = _decode(raw, POST)
    return (post.uri, place_of(post.at), Told(post), None) if post else ("", "", None, bad)


def _page(entries: Sequence[Any], read: Callable[[Any], _Entry], older: str | None) -> Page[Told]:
    items: list[Item[Told]] = []
    place = next((found for raw in reversed(entries) if (found := read(raw)[1])), "")
    for raw in reversed(entries):
        key, at, told, bad = read(raw)
        # What nobody understands takes the place of its older neighbour.
        place = at or place
        key = key or "?" + sha256((bad.raw if bad else "").encode("utf-8", "replace")).hexdigest()[:16]
        items.append(Item(place, key, told, bad))
    items.sort(key=lambda item: item.place)
    return Page(tuple(items), older if entries else None)


def _with_ties(mark: str | None) -> str | None:
    """A page mark that skips nothing: notifications are paged by their time alone (seen in packages/bsky).

    The next page would begin below that time, without what shares it with the end of this page. A millisecond, the
    grain of those times, brings it back.
    """
    try:
        at = datetime.fromisoformat(mark) if mark else None
    except ValueError:
        return mark
    if at is None:
        return mark
    return (at + timedelta(milliseconds=1)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _decode(raw: Any, adapter: TypeAdapter[W]) -> tuple[W | None, SetAside | None]:
    good, bad = decode_each([raw], adapter)
    return (good[0] if good else None), (bad[0] if bad else None)


def _place(at: Any) -> str:
    try:
        return place_of(datetime.fromisoformat(at))
    except (TypeError, ValueError, OverflowError):
        return ""


def _unfold(thread: dict[str, Any], told: dict[str, Told], set_aside: list[SetAside]) -> None:
    """All posts of a nested thread. What cannot be seen (deleted, blocked) has no `post`."""
    waiting: list[tuple[Any, WirePost | None]] = [(thread, None)]
    while waiting:
        node, above = waiting.pop()
        if not isinstance(node, dict) or "post" not in node:
            continue
        post, bad = _decode(node["post"], POST)
        if post is None:
            set_aside += [bad] if bad else []
            continue
        parent = node.get("parent")
        higher = _decode(parent["post"], POST)[0] if isinstance(parent, dict) and "post" in parent else above
        told.setdefault(post.uri, Told(post, higher))
        waiting.append((parent, None))
        replies = node.get("replies")
        waiting += [(reply, post) for reply in replies] if isinstance(replies, list) else []


def _hidden(uris: Any, told: dict[str, Told]) -> list[Change]:
    hidden = [uri for uri in uris if isinstance(uri, str)] if isinstance(uris, list) else []
    return [Removed(remote_id=uri, at=None, state=MessageState.HIDDEN) for uri in hidden if uri in told]
