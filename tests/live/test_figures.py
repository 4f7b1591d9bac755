"""Followers, likes and shares as real servers count them, and the rate that the program makes of them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.live.conftest import BlueskyBehind, MastodonBehind
from tests.live.program import Program
from tests.live.servers.bluesky import Person
from tests.live.servers.house import until

pytestmark = pytest.mark.live

INDEXED_S = 60
"""How long the application view may take until it knows what was done."""


def rates(program: Program) -> list[float | None]:
    """The engagement rates of the day: by followers, by reach, by impressions."""
    (told,) = program.json("kpi", "--since", "1d")
    return [told[f"engagement_rate_{base}"] for base in ("followers", "reach", "impressions")]


def test_mastodon_tells_likes_boosts_and_answers(mastodon: MastodonBehind, tmp_path: Path) -> None:
    us, ana, bob = (mastodon.server.person(name) for name in ("brand", "ana", "bob"))
    post = us.post("New opening hours")["id"]
    me = us.call("GET", "/api/v1/accounts/verify_credentials")["id"]
    for person in (ana, bob):
        person.call("POST", f"/api/v1/accounts/{me}/follow")
        person.call("POST", f"/api/v1/statuses/{post}/favourite")
    bob.call("POST", f"/api/v1/statuses/{post}/reblog")
    ana.post("@brand at last", in_reply_to_id=post)
    program = Program(tmp_path)
    program.add("mastodon", mastodon.door.url, us.token, "brand", "--open-since", "1d")
    program.run("sync", "--once")
    truth = us.call("GET", f"/api/v1/statuses/{post}")
    deeds = sum(truth[name] for name in ("favourites_count", "reblogs_count", "replies_count"))
    followers = us.call("GET", "/api/v1/accounts/verify_credentials")["followers_count"]
    assert deeds == 4
    assert followers == 2
    assert rates(program) == [deeds / followers, None, None]
    program.end()


def test_bluesky_tells_likes_reposts_and_answers(bluesky: BlueskyBehind, tmp_path: Path) -> None:
    us, ana, bob = (bluesky.server.person(name) for name in ("brand", "ana", "bob"))
    post = us.post("New opening hours")
    for person in (ana, bob):
        record(person, "app.bsky.graph.follow", us.did)
        record(person, "app.bsky.feed.like", {key: post[key] for key in ("uri", "cid")})
    record(bob, "app.bsky.feed.repost", {key: post[key] for key in ("uri", "cid")})
    ana.post("at last", answers=post)

    def deeds() -> int:
        found = us.call("GET", "app.bsky.feed.getPosts", params={"uris": [post["uri"]]})["posts"]
        return sum(seen[name] for seen in found for name in ("likeCount", "repostCount", "replyCount", "quoteCount"))

    def followers() -> int:
        return int(us.call("GET", "app.bsky.actor.getProfile", params={"actor": us.did}).get("followersCount", 0))

    def indexed() -> bool:
        # Who is not indexed yet is not found.
        with suppress(AssertionError):
            return (deeds(), followers()) == (4, 2)
        return False

    until("what was done is indexed", indexed, within_s=INDEXED_S, every_s=0.2)
    program = Program(tmp_path)
    secret = f"{us.handle}:{us.app_password()}"
    program.add("bluesky", bluesky.door.url, secret, "brand", "--open-since", "1d", "--set", "chat=off")
    program.run("sync", "--once")
    assert rates(program) == [2.0, None, None]
    program.end()


def record(person: Person, collection: str, subject: Any) -> None:
    """Somebody follows, likes or reposts."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    value = {"$type": collection, "subject": subject, "createdAt": now}
    body = {"repo": person.did, "collection": collection, "record": value}
    person.call("POST", "com.atproto.repo.createRecord", json=body)
