"""Snapshots of figures: one a day at most, nothing lost by what is not told, and no more rows than changes."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cminbox.clock import to_ms
from cminbox.model.figures import MOST, Figures, PostFigures
from cminbox.model.numbers import EVERYWHERE, Place
from cminbox.store import figures, kpi
from cminbox.store.database import Store

from .small_house import small_house

DAY = datetime(2026, 3, 2, tzinfo=UTC)
ANA, BOB = 1, 2


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with small_house(tmp_path) as opened:
        yield opened


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def told(hours: float, followers: int | None = None, **posts: dict[str, int | None]) -> Figures:
    """Figures of an instant; posts by key, written at the beginning of the day."""
    of_posts = tuple(PostFigures(key=key, written_at=at(0), **each) for key, each in posts.items())
    return Figures(at=at(hours), followers=followers, posts=of_posts)


async def rows(store: Store, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await store.read(lambda db: db.execute(sql).fetchall())]


async def share(store: Store, key: str, since: float, until: float, place: Place = EVERYWHERE) -> tuple[Any, ...]:
    def job(db: sqlite3.Connection) -> tuple[Any, ...]:
        return kpi.rows(db, key, to_ms(at(since)), to_ms(at(until)), place)[0]

    return await store.read(job)


async def test_the_last_of_a_day_wins_and_days_stay(store: Store) -> None:
    for hours, followers in ((1, 10), (9, 12), (23, 11), (25, 14)):
        await store.ingest(figures.keep, ANA, told(hours, followers, p={"likes": followers}))
    kept = await rows(store, "SELECT day - 20514, at_ms, followers FROM follower_count ORDER BY day")
    assert kept == [(0, to_ms(at(23)), 11), (1, to_ms(at(25)), 14)]
    assert await rows(store, "SELECT day - 20514, likes FROM post_count ORDER BY day") == [(0, 11), (1, 14)]


async def test_what_does_not_change_is_not_written(store: Store) -> None:
    for day in range(40):
        likes = 3 if day < 20 else 4
        await store.ingest(figures.keep, ANA, told(24 * day, 10, p={"likes": likes, "shares": 0}))
    assert await rows(store, "SELECT count(*) FROM follower_count") == [(1,)]
    assert await rows(store, "SELECT count(*) FROM post_count") == [(2,)]


async def test_what_is_not_told_stays_as_it_was(store: Store) -> None:
    await store.ingest(figures.keep, ANA, told(1, 10, p={"likes": 3, "comments": 1}))
    await store.ingest(figures.keep, ANA, told(30, None, p={"likes": None, "comments": 2}))
    await store.ingest(figures.keep, ANA, told(60, None, p={}, q={}))
    assert await rows(store, "SELECT followers FROM follower_count") == [(10,)]
    latest = "SELECT likes, comments, shares FROM post_count ORDER BY day"
    assert await rows(store, latest) == [(3, 1, None), (3, 2, None)]
    assert await rows(store, "SELECT key FROM counted_post") == [("p",)]


async def test_accounts_have_their_own(store: Store) -> None:
    await store.ingest(figures.keep, ANA, told(1, 10, p={"likes": 3}))
    await store.ingest(figures.keep, BOB, told(1, 30, p={"likes": 5}))
    assert await share(store, "engagement_rate_followers", 0, 24) == (8, 40)
    assert await share(store, "engagement_rate_followers", 0, 24, Place(account="bob")) == (5, 30)


async def test_followers_are_those_before_the_end(store: Store) -> None:
    await store.ingest(figures.keep, ANA, told(30, 10, p={"likes": 3}))
    await store.ingest(figures.keep, ANA, told(50, 20, p={"likes": 4}))
    assert await share(store, "engagement_rate_followers", 0, 24) == (None, None), "not known yet"
    assert await share(store, "engagement_rate_followers", 0, 30) == (None, None)
    assert await share(store, "engagement_rate_followers", 0, 31) == (4, 10), "likes as told last"
    assert await share(store, "engagement_rate_followers", 0, 51) == (4, 20)
    assert await share(store, "engagement_rate_followers", 1, 51) == (None, None), "no post of the period"


async def test_an_account_without_followers_is_left_out(store: Store) -> None:
    await store.ingest(figures.keep, ANA, told(1, 10, p={"likes": 3}))
    await store.ingest(figures.keep, BOB, told(1, None, p={"likes": 500}))
    assert await share(store, "engagement_rate_followers", 0, 24) == (3, 10)


async def test_bases_that_are_not_told_are_not_divided_by(store: Store) -> None:
    posts = {"p": {"likes": 3, "reach": 100}, "q": {"likes": 50}, "r": {"reach": 10, "impressions": 70}}
    await store.ingest(figures.keep, ANA, told(1, None, **posts))
    assert await share(store, "engagement_rate_followers", 0, 24) == (None, None)
    assert await share(store, "engagement_rate_reach", 0, 24) == (3, 100), "r tells nothing that could be divided"
    assert await share(store, "engagement_rate_impressions", 0, 24) == (None, None)


async def test_huge_figures_add_up(store: Store) -> None:
    posts = {f"p{n}": {"likes": MOST, "shares": MOST, "comments": MOST, "reach": MOST} for n in range(200)}
    await store.ingest(figures.keep, ANA, told(1, MOST, **posts))
    assert await share(store, "engagement_rate_reach", 0, 24) == (600 * MOST, 200 * MOST)
    assert await share(store, "engagement_rate_followers", 0, 24) == (600 * MOST, MOST)


async def test_a_key_that_is_no_text_does_no_harm(store: Store) -> None:
    await store.ingest(figures.keep, ANA, told(1, 1, **{"\ud800": {"likes": 1}, "'; --": {"likes": 2}}))
    assert await rows(store, "SELECT key FROM counted_post ORDER BY id") == [("\ufffd",), ("'; --",)]


async def test_when_an_account_was_asked_last(store: Store) -> None:
    assert await store.read(figures.last_read, ANA) is None
    await store.ingest(figures.note_read, ANA)
    assert await store.read(figures.last_read, ANA) == to_ms(store.clock.now())
    assert await store.read(figures.last_read, BOB) is None


@pytest.mark.parametrize("key", sorted(figures.RATES))
async def test_the_posts_of_a_period_are_found_by_an_index(store: Store, key: str) -> None:
    def plan(db: sqlite3.Connection) -> str:
        sql = "EXPLAIN QUERY PLAN " + kpi.statement(key, EVERYWHERE)
        return "\n".join(str(row["detail"]) for row in db.execute(sql, kpi.values(0, 1, EVERYWHERE)))

    found = await store.read(plan)
    assert "counted_post_by_time (written_ms>? AND written_ms<?)" in found
    assert "SCAN n" not in found
    assert "SCAN f" not in found
