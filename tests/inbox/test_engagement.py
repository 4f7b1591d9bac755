"""The engagement rates, recounted in plain Python from what networks told, and the conversations behind them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inbox.office import US, Office
from tests.store.small_house import ACCOUNTS, BRANDS, NETWORKS, START_MS, add_conversation, insert, small_house

from cminbox.cli import kpi as command
from cminbox.config.settings import Settings
from cminbox.inbox import erasing, numbers, people
from cminbox.inbox.desk import desk_open
from cminbox.inbox.report_words import Speech
from cminbox.insight.definitions import BY_KEY, Unit
from cminbox.model.base import Direction, Kind
from cminbox.model.changes import Wrote
from cminbox.model.content import Author, TopicInfo
from cminbox.model.figures import Figures, PostFigures
from cminbox.model.numbers import EVERYWHERE, Place, Span
from cminbox.store import figures
from cminbox.store.database import Store, Tx
from cminbox.ui.control import numbers as screen

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 6
RATES = ("engagement_rate_followers", "engagement_rate_reach", "engagement_rate_impressions")
COUNT = st.one_of(st.none(), st.integers(0, 50), st.sampled_from((None, 10**12)))
POSTS = ("p0", "p1", "p2", "p3")
CAMPAIGN = {"p0": "spring", "p1": "spring", "p2": None}
"""The campaigns of the topics; of p3 there is no topic."""


@dataclass(frozen=True)
class Told:
    """What one account told at one time."""

    account: int
    at: datetime
    followers: int | None
    posts: tuple[tuple[str, tuple[int | None, ...]], ...]


TOLD = st.lists(
    st.builds(
        Told,
        account=st.integers(1, len(ACCOUNTS)),
        at=st.integers(0, DAYS * 1440).map(lambda minutes: FIRST + timedelta(minutes=minutes)),
        followers=COUNT,
        posts=st.lists(st.tuples(st.sampled_from(POSTS), st.tuples(*[COUNT] * 5)), max_size=4, unique_by=lambda p: p[0])
        .map(tuple),
    ),
    min_size=2,
    max_size=16,
).map(lambda told: sorted(told, key=lambda each: each.at))  # fmt: skip

WRITTEN = st.fixed_dictionaries({key: st.integers(0, DAYS * 1440 - 1) for key in POSTS})
PLACES = st.sampled_from(
    (
        EVERYWHERE,
        Place(brand="Lumière"),
        Place(account="bob"),
        Place(network="mastodon"),
        Place(campaign="spring"),
        Place(brand="Nord", network="mastodon"),
        Place(tag="vip"),
        Place(colleague="léa"),
    )
)


def written_at(minutes: int) -> datetime:
    return FIRST + timedelta(minutes=minutes)


async def keep(store: Store, told: Iterable[Told], written: dict[str, int]) -> None:
    """The store as a life of reading figures leaves it, with topics under half of the posts."""

    def topics(tx: Tx) -> None:
        for account in range(1, len(ACCOUNTS) + 1):
            for key, campaign in CAMPAIGN.items():
                insert(tx, "topic", account_id=account, key=key, is_ours=1, campaign=campaign)

    await store.write(topics)
    for each in told:
        posts = tuple(
            PostFigures(key=key, written_at=written_at(written[key]), **dict(zip(figures.KINDS, counts, strict=True)))
            for key, counts in each.posts
        )
        await store.ingest(figures.keep, each.account, Figures(at=each.at, followers=each.followers, posts=posts))


def recount(told: Iterable[Told], written: dict[str, int], span: Span, place: Place) -> dict[str, float | None]:
    """The rates of a period of whole days, in plain Python."""
    followers: dict[int, int] = {}
    counts: dict[tuple[int, str], dict[str, int]] = {}
    for each in told:
        if each.followers is not None and each.at < span.until:
            followers[each.account] = each.followers
        for key, numbers_ in each.posts:
            known = counts.setdefault((each.account, key), {})
            known |= {kind: n for kind, n in zip(figures.KINDS, numbers_, strict=True) if n is not None}
    engaged: dict[int, int] = {}
    by_base = {"reach": [0, 0], "impressions": [0, 0]}
    for (account, key), known in counts.items():
        deeds = [known[kind] for kind in ("likes", "comments", "shares") if kind in known]
        if not deeds or not is_in(account, key, place) or not span.since <= written_at(written[key]) < span.until:
            continue
        engaged[account] = engaged.get(account, 0) + sum(deeds)
        for base, sums in by_base.items():
            if base in known:
                sums[0] += sum(deeds)
                sums[1] += known[base]
    known_ones = [account for account in engaged if account in followers]
    parts = {base: tuple(sums) for base, sums in by_base.items()}
    parts["followers"] = (sum(engaged[a] for a in known_ones), sum(followers[a] for a in known_ones))
    return {f"engagement_rate_{base}": part / whole if whole else None for base, (part, whole) in parts.items()}


def is_in(account: int, key: str, place: Place) -> bool:
    name, network, brand = ACCOUNTS[account - 1]
    return (
        place.tag is None
        and place.colleague is None
        and place.account in (None, name)
        and place.network in (None, NETWORKS[network - 1])
        and (place.brand is None or (brand is not None and BRANDS[brand - 1] == place.brand))
        and (place.campaign is None or CAMPAIGN.get(key) == place.campaign)
    )


@settings(max_examples=100, deadline=None)
@given(told=TOLD, written=WRITTEN, first=st.integers(0, DAYS), length=st.integers(1, DAYS), place=PLACES)
def test_the_rates_are_those_of_a_recount(
    told: list[Told], written: dict[str, int], first: int, length: int, place: Place
) -> None:
    span = Span(FIRST + timedelta(days=first), FIRST + timedelta(days=first + length))

    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with small_house(Path(folder)) as store:
                await keep(store, told, written)
                everybody = Settings.model_validate({"timezone": "UTC", "numbers": {"everybody": True}})
                desk = await desk_open(store, store.clock, everybody, "léa")
                found = await numbers.measure(desk, span, place, RATES)
                assert dict(found.values) == pytest.approx(recount(told, written, span, place))

    asyncio.run(run())


def test_the_base_is_in_every_name() -> None:
    rates = [each for each in BY_KEY.values() if "ngagement" in each.name or "ngagement" in each.key]
    assert {each.key for each in rates} == set(RATES) <= set(numbers.PERIOD)
    for each in rates:
        base = each.key.rpartition("_")[2]
        assert each.name.endswith(f"by {base}")
        assert each.unit is Unit.SHARE
        assert "divided by" in each.formula
        assert numbers.explain(each.key).sql.startswith("SELECT sum(")


def test_a_small_rate_is_no_zero() -> None:
    followers, answered = "engagement_rate_followers", "response_rate"
    speech = Speech(Locale.parse("fr"), ZoneInfo("UTC"))
    assert [command.shown(followers, 0.00873), command.shown(answered, 0.87)] == ["0.87%", "87%"]
    assert [screen.shown(BY_KEY[key], 0.00873) for key in (followers, answered)] == ["0.87%", "1%"]
    assert screen.changed(BY_KEY[followers], 0.0091, 0.0087) == ("+0.04 pt", "good")
    assert screen.changed(BY_KEY[answered], 0.5, 0.8) == ("-30 pt", "warning")
    assert [speech.value(key, 0.0091) for key in (followers, answered)] == ["0,91\u00a0%", "1\u00a0%"]
    assert speech.change(followers, 0.0091, 0.0087).startswith("+0,04")
    assert command.shown(followers, None) == screen.shown(BY_KEY[followers], None) == "-"


async def test_without_figures_there_is_a_dash(tmp_path: Path) -> None:
    office = await Office.open(tmp_path)
    now = office.clock.now()
    found = await numbers.measure(await office.desk(), Span(now - timedelta(days=7), now))
    assert [found[key] for key in RATES] == [None, None, None]
    await office.close()


async def test_the_conversations_behind_a_rate_are_those_under_its_posts(tmp_path: Path) -> None:
    async with small_house(tmp_path) as store:

        def fill(tx: Tx) -> dict[str, int]:
            made = {}
            for account in (1, 2):
                for key in ("old", "new", "quiet", "elsewhere"):
                    topic = insert(tx, "topic", account_id=account, key=key, is_ours=1, campaign=f"c{account}")
                    made[f"{key}{account}"] = add_conversation(tx, START_MS, account_id=account, topic_id=topic)
            add_conversation(tx, START_MS)
            return made

        made = await store.write(fill)
        now = store.clock.now()
        for account, followers in ((1, 10), (2, None)):
            posts = tuple(
                PostFigures(key=key, written_at=now - timedelta(days=days), likes=likes, reach=reach)
                for key, days, likes, reach in (("old", 9, 1, 5), ("new", 2, 1, 5), ("quiet", 2, None, 5))
            )
            told = Figures(at=now - timedelta(minutes=1), followers=followers, posts=posts)
            await store.ingest(figures.keep, account, told)
        desk = await desk_open(store, store.clock, Settings(), "léa")
        week = Span(now - timedelta(days=7), now)

        async def behind(key: str, place: Place = EVERYWHERE) -> set[int]:
            return set((await numbers.behind(desk, key, week, place)).only or ())

        assert await behind("engagement_rate_followers") == {made["new1"]}, "account 2 tells no followers"
        assert await behind("engagement_rate_reach") == {made["new1"], made["new2"]}
        assert await behind("engagement_rate_reach", Place(campaign="c2")) == {made["new2"]}
        assert await behind("engagement_rate_reach", Place(tag="vip")) == set()
        assert await behind("engagement_rate_impressions") == set()


async def test_erasing_somebody_leaves_the_figures(tmp_path: Path) -> None:
    office = await Office.open(tmp_path)
    desk = await office.desk()
    ana = Author(remote_id="ana", handle="@ana", name="Ana")
    now = office.clock.now()
    topic = TopicInfo(key="t1", author=US, text="We are open", at=now, is_ours=True)
    await office.tell(
        Wrote(
            remote_id="t1", at=now, kind=Kind.POST, direction=Direction.OUT, author=US, text="We are open", topic=topic
        )
    )
    await office.arrive("c", author=ana, text="nice", topic=topic)
    post = PostFigures(key="t1", written_at=now, likes=3, comments=1)
    told = Figures(at=office.clock.now(), followers=40, posts=(post,))
    await office.store.ingest(figures.keep, office.account.id, told)
    await office.clock.advance(60)
    span = Span(now - timedelta(days=1), office.clock.now())
    assert (await numbers.measure(desk, span))["engagement_rate_followers"] == 0.1
    await erasing.erase(desk, await people.resolve(desk, "mastodon:@ana"))
    assert (await numbers.measure(desk, span))["engagement_rate_followers"] == 0.1
    assert (await numbers.behind(desk, "engagement_rate_followers", span)).only
    await office.close()
