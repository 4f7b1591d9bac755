"""What a Mastodon server tells of our account: who follows it, and what became of the posts of the last weeks."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from cminbox.clock import Clock
from cminbox.model.figures import BACK, Figures, PostFigures, Told, together
from cminbox.networks.http import Http, Params, decode_each, not_a_list
from cminbox.networks.http_url import segment
from cminbox.networks.mastodon_messages import Reader
from cminbox.networks.mastodon_walk import PAGE
from cminbox.networks.mastodon_wire import Wire, WireStatus

PAGES = 5
"""Pages of posts that one look asks for at most, the newest first."""


class WireFollowed(Wire):
    """Our account, as far as its figures go."""

    followers_count: Told = None


class WireCounted(WireStatus):
    """A status with what became of it. Quotes are counted since Mastodon 4.5."""

    favourites_count: Told = None
    reblogs_count: Told = None
    replies_count: Told = None
    quotes_count: Told = None


FOLLOWED = TypeAdapter(WireFollowed)
COUNTED = TypeAdapter(WireCounted)


async def read_figures(http: Http, reader: Reader, clock: Clock) -> Figures:
    """Ask for our account and for its posts, a page at a time. A post that nobody understands is left out."""
    me = (await http.request("GET", "/api/v1/accounts/verify_credentials")).decode(FOLLOWED)
    path = f"/api/v1/accounts/{segment(reader.me_id)}/statuses"
    found: dict[str, PostFigures] = {}
    below: str | None = None
    for _page in range(PAGES):
        params: Params = {"limit": PAGE, "exclude_reblogs": "true", "exclude_replies": "true", "max_id": below}
        answer = await http.request("GET", path, params=params)
        entries: Any = answer.json()
        if not isinstance(entries, list):
            raise not_a_list(answer)
        statuses, _bad = decode_each(entries, COUNTED)
        young = [status for status in statuses if status.created_at > clock.now() - BACK]
        found |= {status.id: _post(status) for status in young if not status.reblog and reader.is_topic(status)}
        link = answer.link("next")
        # Some servers leave replies out after they have cut the page, which is shorter then.
        if not young or (link is None and len(entries) < PAGE):
            break
        below = (link or {}).get("max_id") or statuses[-1].id
    return Figures(at=clock.now(), followers=me.followers_count, posts=tuple(found.values()))


def _post(status: WireCounted) -> PostFigures:
    return PostFigures(
        key=status.id,
        written_at=status.created_at,
        likes=status.favourites_count,
        comments=status.replies_count,
        shares=together(status.reblogs_count, status.quotes_count),
    )
