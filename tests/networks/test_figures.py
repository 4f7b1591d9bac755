"""What connectors tell of followers and of our posts, held against the books of the practice servers.

The rigs hold every request and answer against the networks' own contracts.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from cminbox.errors import AuthExpired, RateLimited
from cminbox.model.base import Kind
from cminbox.model.figures import MOST, Figures, PostFigures, counted, together
from cminbox.networks import bluesky_figures, discourse_figures, mastodon_figures
from cminbox.practice.bluesky_json import Writer
from cminbox.practice.faults import When
from cminbox.practice.transport import App, Message, PracticeTransport, Receive, Send

from .bluesky_rig import BlueskyRig
from .discourse_rig import DiscourseRig
from .mastodon_rig import GoToSocialRig, MastodonRig
from .rig import Reader, Rig, wrote

HOSTILE = (-1, "12", "many", None, 1.5, True, [], {}, MOST + 1, 10**30)


@pytest.fixture
async def mastodon() -> AsyncIterator[MastodonRig]:
    rig = MastodonRig()
    yield rig
    await rig.close()


@pytest.fixture
async def bluesky() -> AsyncIterator[BlueskyRig]:
    rig = BlueskyRig()
    yield rig
    await rig.close()


@pytest.fixture
async def forum() -> AsyncIterator[DiscourseRig]:
    rig = DiscourseRig()
    yield rig
    await rig.close()


def by_key(figures: Figures | None) -> dict[str, PostFigures]:
    assert figures is not None
    assert len({post.key for post in figures.posts}) == len(figures.posts)
    return {post.key: post for post in figures.posts}


class Bent:
    """A server whose JSON answers are changed on the way."""

    def __init__(self, app: App, bend: Callable[[Any], Any]) -> None:
        self._app = app
        self._bend = bend

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body = b""

        async def bent(message: Message) -> None:
            nonlocal body
            if message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body"):
                await send({"type": "http.response.body", "body": json.dumps(self._bend(json.loads(body))).encode()})

        await self._app(scope, receive, bent)


def deep(value: Any, change: dict[str, Any]) -> Any:
    """`value` with other figures wherever they stand."""
    if isinstance(value, list):
        return [deep(each, change) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: change[key] if key in change else deep(each, change) for key, each in value.items()}


async def bent(rig: Any, change: dict[str, Any]) -> Figures:
    """The figures of a server that tells other ones."""
    rig.wire = PracticeTransport(Bent(rig.server, lambda body: deep(body, change)), rig.clock)
    figures = await rig.open().figures()
    await rig.wire.aclose()
    assert figures is not None
    return figures


async def test_every_network_tells_figures_or_none(each: Rig) -> None:
    figures = await each.open().figures()
    assert figures is None or figures.at == each.clock.now()


async def test_figures_belong_to_topics_that_reading_brings(each: Rig) -> None:
    each.write("us", "hello everybody")
    network = each.open()
    read = wrote(await Reader(network).read())
    ours = {message.topic.key for message in read if message.kind is Kind.POST and message.topic is not None}
    figures = await network.figures()
    assert figures is None or ours <= set(by_key(figures))


class TestMastodon:
    async def test_followers_likes_answers_boosts_and_quotes(self, mastodon: MastodonRig) -> None:
        server, us, ana, bob = mastodon.server, *(mastodon.people[name] for name in ("us", "ana", "bob"))
        us.followers = 1204
        post = server.post(us, "We are open")
        await mastodon.clock.advance(60)
        plain = server.post(us, "And cheap")
        post.likes |= {ana.id, bob.id}
        post.boosts.add(ana.id)
        server.post(ana, "@brand nice", in_reply_to=post)
        server.post(bob, "@brand gone", in_reply_to=post)
        server.delete(post.answers[1])
        server.post(bob, "look", quote=post)
        figures = await mastodon.open().figures()
        assert figures is not None
        assert figures.followers == 1204
        assert figures.at == mastodon.clock.now()
        assert by_key(figures) == {
            post.id: PostFigures(key=post.id, written_at=post.at, likes=2, comments=1, shares=2),
            plain.id: PostFigures(key=plain.id, written_at=plain.at, likes=0, comments=0, shares=0),
        }

    async def test_only_what_people_comment_on_counts(self, mastodon: MastodonRig) -> None:
        server, us, ana = mastodon.server, mastodon.people["us"], mastodon.people["ana"]
        post = server.post(us, "one")
        more = server.post(us, "two", in_reply_to=post)
        server.post(us, "@ana thanks", in_reply_to=server.post(ana, "@brand nice", in_reply_to=post))
        server.post(us, "@ana in private", visibility="direct")
        assert set(by_key(await mastodon.open().figures())) == {post.id, more.id}

    async def test_it_looks_back_a_month_and_a_few_pages(self, mastodon: MastodonRig) -> None:
        server, us, now = mastodon.server, mastodon.people["us"], mastodon.clock.now()
        server.post(us, "long ago", at=now - mastodon_figures.BACK)
        late = server.post(us, "a month ago", at=now - mastodon_figures.BACK + timedelta(seconds=1))
        assert set(by_key(await mastodon.open().figures())) == {late.id}
        for number in range(250):
            server.post(us, f"n{number}", at=now - timedelta(days=2) + timedelta(seconds=number))
        server.requests.clear()
        found = by_key(await mastodon.open().figures())
        assert [server.posts[key].text for key in found] == [f"n{number}" for number in range(249, 49, -1)]
        asked = [path for _method, path in server.requests if path.endswith("/statuses")]
        assert len(asked) == mastodon_figures.PAGES

    @pytest.mark.parametrize("nonsense", HOSTILE)
    async def test_nonsense_is_not_told_and_harms_nothing(self, mastodon: MastodonRig, nonsense: Any) -> None:
        post = mastodon.server.post(mastodon.people["us"], "We are open")
        post.boosts.add("x")
        change = {"followers_count": nonsense, "favourites_count": nonsense, "quotes_count": nonsense}
        figures = await bent(mastodon, change)
        assert figures.followers is None
        assert by_key(figures)[post.id] == PostFigures(key=post.id, written_at=post.at, comments=0, shares=1)

    async def test_a_post_that_nobody_understands_is_left_out(self, mastodon: MastodonRig) -> None:
        post = mastodon.server.post(mastodon.people["us"], "We are open")
        mastodon.people["us"].followers = 3
        figures = await bent(mastodon, {"created_at": "when?"})
        assert (figures.followers, figures.posts) == (3, ())
        assert by_key(await bent(mastodon, {"favourites_count": 7}))[post.id].likes == 7

    async def test_messages_are_read_whatever_the_figures_are(self, mastodon: MastodonRig) -> None:
        mastodon.server.post(mastodon.people["ana"], "@brand hello")
        nonsense = {"followers_count": "many", "favourites_count": -1, "replies_count": [], "reblogs_count": 10**30}
        mastodon.wire = PracticeTransport(Bent(mastodon.server, lambda body: deep(body, nonsense)), mastodon.clock)
        assert [message.text for message in wrote(await Reader(mastodon.open()).read())] == ["@brand hello"]
        await mastodon.wire.aclose()

    async def test_another_server_that_speaks_its_api_tells_them_too(self) -> None:
        rig = GoToSocialRig()
        rig.people["us"].followers = 8
        post = rig.server.post(rig.people["us"], "We are open")
        figures = await rig.open().figures()
        assert figures is not None
        assert (figures.followers, set(by_key(figures))) == (8, {post.id})
        await rig.close()

    async def test_errors_are_those_of_the_contract(self, mastodon: MastodonRig) -> None:
        network = mastodon.open()
        await network.whoami()
        mastodon.faults.add("GET", "/api/v1/accounts/*/statuses", When.STATUS, status=429)
        with pytest.raises(RateLimited):
            await network.figures()
        mastodon.revoke()
        with pytest.raises(AuthExpired):
            await network.figures()


class TestBluesky:
    async def test_followers_likes_answers_reposts_and_quotes(self, bluesky: BlueskyRig) -> None:
        server, us, ana, bob = bluesky.server, *(bluesky.people[name] for name in ("us", "ana", "bob"))
        us.followers = 512
        post = server.write(us, "We are open")
        server.like(ana, post)
        server.delete(server.like(bob, post))
        server.repost(bob, post)
        answer = server.write(ana, "nice", answers=post)
        server.write(bob, "no", answers=answer)
        embed = {"$type": "app.bsky.embed.record", "record": {"uri": post.uri, "cid": post.cid}}
        server.write(ana, "look", embed=embed)
        figures = await bluesky.open().figures()
        assert figures is not None
        assert figures.followers == 512
        assert by_key(figures) == {
            post.uri: PostFigures(key=post.uri, written_at=post.at, likes=1, comments=1, shares=2)
        }

    async def test_only_what_people_comment_on_counts(self, bluesky: BlueskyRig) -> None:
        server, us, ana = bluesky.server, bluesky.people["us"], bluesky.people["ana"]
        post = server.write(us, "one")
        two = server.write(us, "two", answers=post)
        three = server.write(us, "three", answers=two)
        server.write(us, "thanks", answers=server.write(ana, "nice", answers=post))
        assert set(by_key(await bluesky.open().figures())) == {post.uri, two.uri, three.uri}

    async def test_it_looks_back_a_month_and_a_few_pages(self, bluesky: BlueskyRig) -> None:
        server, us, now = bluesky.server, bluesky.people["us"], bluesky.clock.now()
        server.write(us, "long ago", at=now - bluesky_figures.BACK)
        late = server.write(us, "a month ago", at=now - bluesky_figures.BACK + timedelta(seconds=1))
        assert set(by_key(await bluesky.open().figures())) == {late.uri}
        for number in range(230):
            server.write(us, f"n{number}", at=now - timedelta(days=2) + timedelta(seconds=number))
        found = by_key(await bluesky.open().figures())
        assert [server.records[key].value["text"] for key in found] == [f"n{number}" for number in range(229, 29, -1)]

    @pytest.mark.parametrize("nonsense", HOSTILE)
    async def test_nonsense_is_not_told_and_harms_nothing(self, bluesky: BlueskyRig, nonsense: Any) -> None:
        post = bluesky.server.write(bluesky.people["us"], "We are open")
        figures = await bent(bluesky, {"followersCount": nonsense, "likeCount": nonsense, "repostCount": nonsense})
        assert figures.followers is None
        assert by_key(figures)[post.uri] == PostFigures(key=post.uri, written_at=post.at, comments=0, shares=0)

    async def test_what_others_wrote_and_we_show_is_not_ours(self, bluesky: BlueskyRig) -> None:
        server, us, ana = bluesky.server, bluesky.people["us"], bluesky.people["ana"]
        post, theirs = server.write(us, "We are open"), server.write(ana, "Spring!")
        writer = Writer(server, us)
        reason = {"$type": "app.bsky.feed.defs#reasonRepost", "by": {}, "indexedAt": "2026-03-01T00:00:00.000Z"}
        feed = [{"post": writer.post(each), "reason": reason} for each in (post, theirs)]
        figures = await bent(bluesky, {"feed": [*feed, {"post": {"author": 1}}, 7, writer.feed_item(post)]})
        assert [each.key for each in figures.posts] == [post.uri]


class TestDiscourse:
    async def test_likes_answers_and_views_of_our_topics(self, forum: DiscourseRig) -> None:
        server, ana, bob = forum.server, forum.people["ana"], forum.people["bob"]
        first = server.open_topic(forum.us, "Opening hours", "We are open")
        answer = server.write(ana, first.topic, "nice")
        server.delete(server.write(bob, first.topic, "no"))
        server.like(ana, first)
        server.like(bob, first)
        server.like(bob, answer)
        first.topic.views = 40
        server.open_topic(ana, "Not ours", "hello")
        server.open_topic(forum.us, "In private", "psst", to=[ana])
        key = f"topic:{first.topic.id}"
        figures = await forum.open().figures()
        assert figures is not None
        assert figures.followers is None
        assert by_key(figures)[key] == PostFigures(
            key=key, written_at=first.topic.at, likes=3, comments=1, impressions=40
        )
        assert set(by_key(figures)) == {key, f"topic:{forum.topic.id}"}

    async def test_it_looks_back_a_month_and_a_few_pages(self, forum: DiscourseRig) -> None:
        now = forum.clock.now()
        forum.topic.at = now - discourse_figures.BACK
        for number in range(100):
            forum.server.open_topic(forum.us, f"Topic {number}", "hello")
        titles = {f"topic:{topic.id}": topic.title for topic in forum.server.topics.values()}
        found = by_key(await forum.open().figures())
        assert [titles[key] for key in found] == [f"Topic {number}" for number in range(99, 9, -1)]
        for topic in forum.server.topics.values():
            topic.at = now - discourse_figures.BACK
        assert by_key(await forum.open().figures()) == {}

    @pytest.mark.parametrize("nonsense", HOSTILE)
    async def test_nonsense_is_not_told_and_harms_nothing(self, forum: DiscourseRig, nonsense: Any) -> None:
        figures = await bent(forum, {"views": nonsense, "like_count": nonsense, "posts_count": nonsense})
        key = f"topic:{forum.topic.id}"
        assert by_key(figures)[key] == PostFigures(key=key, written_at=forum.topic.at)


def test_a_figure_is_a_whole_number_of_reason() -> None:
    assert [counted(each) for each in HOSTILE] == [None] * len(HOSTILE)
    assert [counted(each) for each in (0, 7, MOST)] == [0, 7, MOST]
    assert [together(None, None), together(1, None), together(2, 3), together(MOST, 1)] == [None, 1, 5, None]
