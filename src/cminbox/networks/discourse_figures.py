"""What a forum tells of the topics that we began in the last weeks. It tells of no followers.

Likes are those of all posts of a topic. Views are counted once for each visitor and day: how often it was seen.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, TypeAdapter

from cminbox.clock import Clock
from cminbox.model.figures import BACK, Figures, PostFigures, Told
from cminbox.networks.discourse_forum import Forum
from cminbox.networks.discourse_wire import Notes, Text, Time, Wire
from cminbox.networks.http import decode_each, not_a_list
from cminbox.networks.http_url import segment

PAGES = 3
"""Pages of topics (thirty each) that one look asks for at most, the newest first."""


class WireListed(Wire):
    """A topic in a list, with what became of it. `posts_count` holds the first post, too."""

    id: int
    created_at: Time
    archetype: Text = "regular"
    like_count: Told = None
    posts_count: Told = None
    views: Told = None


class WireTopics(Wire):
    """A page of topics."""

    topic_list: Notes = Field(default_factory=dict)


LISTED = TypeAdapter(WireListed)
TOPICS = TypeAdapter(WireTopics)


async def read_figures(forum: Forum, clock: Clock) -> Figures:
    """Ask for the topics that our login began, a page at a time. One that nobody understands is left out."""
    found: dict[str, PostFigures] = {}
    for number in range(PAGES):
        answer = await forum.request(
            "GET", f"/topics/created-by/{segment(forum.us)}.json", params={"order": "created", "page": number}
        )
        page: Any = answer.decode(TOPICS).topic_list
        entries = page.get("topics")
        if not isinstance(entries, list):
            raise not_a_list(answer)
        topics, _bad = decode_each(entries, LISTED)
        young = [topic for topic in topics if topic.created_at > clock.now() - BACK]
        found |= {f"topic:{topic.id}": _post(topic) for topic in young if topic.archetype == "regular"}
        if not young or not page.get("more_topics_url"):
            break
    return Figures(at=clock.now(), posts=tuple(found.values()))


def _post(topic: WireListed) -> PostFigures:
    return PostFigures(
        key=f"topic:{topic.id}",
        written_at=topic.created_at,
        likes=topic.like_count,
        comments=None if topic.posts_count is None else max(0, topic.posts_count - 1),
        impressions=topic.views,
    )
