"""What networks told of followers and of our posts: snapshots, one a day at most, and what the numbers make of them.

No text, no handle, nobody else's id: posts are known by the key of their topic.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from cminbox.clock import to_ms
from cminbox.model.figures import Figures, PostFigures
from cminbox.model.numbers import Place
from cminbox.store.database import Tx
from cminbox.text import storable

DAY_MS: Final = 86_400_000
KINDS: Final = ("likes", "comments", "shares", "reach", "impressions")
"""What is counted of a post, as the columns are called."""


def last_read(db: sqlite3.Connection, account_id: int) -> int | None:
    """When an account was last asked for its figures (ms); None: never."""
    row = db.execute("SELECT at_ms FROM figures_read WHERE account_id = ?", (account_id,)).fetchone()
    return None if row is None else int(row["at_ms"])


def note_read(tx: Tx, account_id: int) -> None:
    """An account is being asked for its figures."""
    tx.db.execute(
        "INSERT INTO figures_read (account_id, at_ms) VALUES (?, ?)"
        " ON CONFLICT (account_id) DO UPDATE SET at_ms = excluded.at_ms",
        (account_id, tx.now_ms),
    )


def keep(tx: Tx, account_id: int, figures: Figures) -> None:
    """Keep what a network told. What it did not tell this time stays as it was; what did not change is not written."""
    at_ms = to_ms(figures.at)
    if figures.followers is not None and figures.followers != _followers(tx.db, account_id):
        tx.db.execute(
            "INSERT INTO follower_count (account_id, day, at_ms, followers) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (account_id, day) DO UPDATE SET at_ms = excluded.at_ms, followers = excluded.followers",
            (account_id, at_ms // DAY_MS, at_ms, figures.followers),
        )
    for post in figures.posts:
        _keep_post(tx, account_id, at_ms, post)


def _followers(db: sqlite3.Connection, account_id: int) -> int | None:
    row = db.execute(
        "SELECT followers FROM follower_count WHERE account_id = ? ORDER BY day DESC LIMIT 1", (account_id,)
    ).fetchone()
    return None if row is None else int(row["followers"])


def _keep_post(tx: Tx, account_id: int, at_ms: int, post: PostFigures) -> None:
    told = tuple(getattr(post, kind) for kind in KINDS)
    if all(each is None for each in told):
        return
    key = storable(post.key)
    tx.db.execute(
        "INSERT INTO counted_post (account_id, key, written_ms) VALUES (?, ?, ?)"
        " ON CONFLICT (account_id, key) DO UPDATE SET written_ms = excluded.written_ms"
        " WHERE written_ms <> excluded.written_ms",
        (account_id, key, to_ms(post.written_at)),
    )
    (post_id,) = tx.db.execute(
        "SELECT id FROM counted_post WHERE account_id = ? AND key = ?", (account_id, key)
    ).fetchone()
    row = tx.db.execute(
        f"SELECT {', '.join(KINDS)} FROM post_count WHERE post_id = ? ORDER BY day DESC LIMIT 1", (post_id,)
    ).fetchone()
    was = tuple(row) if row is not None else (None,) * len(KINDS)
    now = tuple(before if new is None else new for before, new in zip(was, told, strict=True))
    if now == was:
        return
    tx.db.execute(
        f"INSERT INTO post_count (post_id, day, at_ms, {', '.join(KINDS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (post_id, day) DO UPDATE SET at_ms = excluded.at_ms, "
        + ", ".join(f"{kind} = excluded.{kind}" for kind in KINDS),
        (post_id, at_ms // DAY_MS, at_ms, *now),
    )


_ENGAGED = "coalesce(n.likes, 0) + coalesce(n.comments, 0) + coalesce(n.shares, 0)"

# Our posts of a period with their newest figures. `{posts}` keeps to a place.
_POSTS = """counted_post p INDEXED BY counted_post_by_time
  JOIN account a ON a.id = p.account_id
  JOIN post_count n ON n.post_id = p.id AND n.day = (SELECT max(day) FROM post_count WHERE post_id = p.id)
  WHERE p.written_ms >= :since AND p.written_ms < :until
    AND coalesce(n.likes, n.comments, n.shares) IS NOT NULL{posts}"""

_FOLLOWERS = """(SELECT f.followers FROM follower_count f
    WHERE f.account_id = p.account_id AND f.at_ms < :until ORDER BY f.day DESC LIMIT 1)"""

_BY_FOLLOWERS: Final = f"""SELECT sum(engaged), sum(followers) FROM (
  SELECT sum({_ENGAGED}) AS engaged, {_FOLLOWERS} AS followers
  FROM {_POSTS}
  GROUP BY p.account_id) WHERE followers IS NOT NULL"""


def _by_posts(base: str) -> str:
    return f"""SELECT sum({_ENGAGED}), sum(n.{base})
  FROM {_POSTS}
    AND n.{base} IS NOT NULL"""


_BASES: Final = {
    "engagement_rate_followers": f"{_FOLLOWERS} IS NOT NULL",
    "engagement_rate_reach": "n.reach IS NOT NULL",
    "engagement_rate_impressions": "n.impressions IS NOT NULL",
}
RATES: Final = {
    "engagement_rate_followers": _BY_FOLLOWERS,
    "engagement_rate_reach": _by_posts("reach"),
    "engagement_rate_impressions": _by_posts("impressions"),
}
"""The engagement rates by key: SQL that gives one row with a part and the whole, as the shares of store.kpi do."""

_PLACES: Final = {
    "brand": "a.brand_id IN (SELECT id FROM brand WHERE name = :brand)",
    "account": "a.name = :account",
    "network": "a.network_id IN (SELECT id FROM network WHERE name = :network)",
    "campaign": "EXISTS (SELECT 1 FROM topic t"
    " WHERE t.account_id = p.account_id AND t.key = p.key AND t.campaign = :campaign)",
    # A post of ours has no tag, and whose it is no network tells.
    "tag": "FALSE",
    "colleague": "FALSE",
}


def kept_to(place: Place) -> str:
    """What keeps our posts to a place, to stand behind a condition; its names are those of `kpi.values`."""
    return "".join(f"\n    AND {condition}" for name, condition in _PLACES.items() if getattr(place, name) is not None)


def behind(key: str, place: Place) -> str:
    """The SQL of the conversations (`id`) under the posts that a rate counts, with the same named parameters."""
    posts = f"SELECT p.account_id, p.key\n  FROM {_POSTS}\n    AND {_BASES[key]}".replace("{posts}", kept_to(place))
    return f"""SELECT c.id FROM ({posts}) o
JOIN topic t ON t.account_id = o.account_id AND t.key = o.key
JOIN conversation c ON c.topic_id = t.id"""
