"""What Bluesky tells of our account: who follows it, and what became of the posts of the last weeks."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from cminbox.clock import Clock
from cminbox.model.figures import BACK, Figures, PostFigures, Told, together
from cminbox.networks.bluesky_messages import Reader
from cminbox.networks.bluesky_session import Session
from cminbox.networks.bluesky_walk import PAGE
from cminbox.networks.bluesky_wire import FEED, POST, Wire, WireFeedItem, WirePost
from cminbox.networks.http import Params, decode_each

PAGES = 2
"""Pages of posts that one look asks for at most, the newest first."""


class WireFollowed(Wire):
    """Our account, as far as its figures go."""

    followers_count: Told = None


class WireCounted(WirePost):
    """A post with what became of it."""

    like_count: Told = None
    repost_count: Told = None
    quote_count: Told = None
    reply_count: Told = None


class WireCountedItem(WireFeedItem):
    """Such a post in a feed."""

    post: WireCounted


FOLLOWED = TypeAdapter(WireFollowed)
ITEM = TypeAdapter(WireCountedItem)


async def read_figures(session: Session, reader: Reader, clock: Clock) -> Figures:
    """Ask for our account and for its posts, a page at a time. A post that nobody understands is left out."""
    me = await session.get("app.bsky.actor.getProfile", FOLLOWED, {"actor": reader.me})
    found: dict[str, PostFigures] = {}
    mark: str | None = None
    for _page in range(PAGES):
        params: Params = {"actor": reader.me, "limit": PAGE, "filter": "posts_and_author_threads", "cursor": mark}
        page = await session.get("app.bsky.feed.getAuthorFeed", FEED, params)
        items, _bad = decode_each(page.feed, ITEM)
        young = [item for item in items if item.post.at > clock.now() - BACK]
        found |= {item.post.uri: _post(item.post) for item in young if _is_topic(reader, item)}
        mark = page.cursor
        if not young or mark is None:
            break
    return Figures(at=clock.now(), followers=me.followers_count, posts=tuple(found.values()))


def _is_topic(reader: Reader, item: WireCountedItem) -> bool:
    above: Any = item.reply.parent if item.reply else None
    known, _bad = decode_each([above] if above else [], POST)
    return reader.is_topic(item.post, known[0] if known else None)


def _post(post: WireCounted) -> PostFigures:
    return PostFigures(
        key=post.uri,
        written_at=post.at,
        likes=post.like_count,
        comments=post.reply_count,
        shares=together(post.repost_count, post.quote_count),
    )
