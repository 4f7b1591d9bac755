"""The Mastodon connector: what only Mastodon has, played on the practice server."""

import asyncio
from datetime import timedelta

import pytest

from cminbox.errors import AuthExpired, Forbidden, Gone, Malformed, RateLimited, Rejected, Unknowable, Unreachable
from cminbox.model.accounts import Counting
from cminbox.model.base import ActVerb, Audience, Direction, Kind, MessageState
from cminbox.model.changes import Edited, Feed, Removed, Wrote
from cminbox.model.content import Author
from cminbox.networks.mastodon import Mastodon
from cminbox.practice.mastodon_books import Filter

from .mastodon_rig import GoToSocialRig, MastodonRig
from .rig import Reader, wrote
from .spec import Checked, needed

MENTIONS, DIRECT, OWN = Feed(name="mentions"), Feed(name="direct"), Feed(name="own")


@pytest.fixture
async def rig():
    rig = MastodonRig()
    yield rig
    await rig.close()


@pytest.fixture
def us(rig):
    return rig.people["us"]


@pytest.fixture
def ana(rig):
    return rig.people["ana"]


@pytest.fixture
def bob(rig):
    return rig.people["bob"]


async def read(rig, **more):
    reader = Reader(rig.open(**more))
    return reader, {message.remote_id: message for message in wrote(await reader.read())}


async def turns(n=200):
    for _ in range(n):
        await asyncio.sleep(0)


class TestMessages:
    async def test_our_post_is_a_topic_and_comes_before_its_answers(self, rig, us, ana):
        post = rig.server.post(us, "Our shop opens", media=({"type": "image", "description": "a blue door"},))
        await rig.clock.advance(60)
        answer = rig.server.post(ana, "@brand where?", in_reply_to=post)
        _reader, told = await read(rig)
        assert list(told) == [post.id, answer.id]
        topic = told[post.id]
        assert (topic.kind, topic.direction) == (Kind.POST, Direction.OUT)
        assert topic.topic.key == post.id
        assert topic.topic.is_ours
        assert topic.topic.media[0].alt == "a blue door"
        assert told[answer.id].kind is Kind.COMMENT
        assert told[answer.id].parent == post.id
        assert told[answer.id].topic is None

    async def test_our_answers_are_no_topics_and_our_threads_are(self, rig, us, ana):
        question = rig.server.post(ana, "@brand hm?")
        answer = rig.server.post(us, "@ana so", in_reply_to=question)
        first = rig.server.post(us, "part one")
        second = rig.server.post(us, "part two", in_reply_to=first)
        _reader, told = await read(rig)
        assert told[answer.id].kind is not Kind.POST
        assert told[answer.id].topic is None
        assert [told[post.id].kind for post in (first, second)] == [Kind.POST, Kind.POST]

    async def test_an_answer_to_an_old_post_brings_the_post(self, rig, us, ana, bob):
        old = rig.server.post(us, "Long ago")
        await rig.clock.advance(30 * 86400)
        answers = [rig.server.post(who, "@brand still?", in_reply_to=old) for who in (ana, bob, ana)]
        _reader, told = await read(rig)
        assert told[old.id].kind is Kind.POST
        assert next(iter(told)) == old.id
        assert [told[a.id].parent for a in answers] == [old.id] * 3
        assert [path for _m, path in rig.server.requests if path.endswith("/context")] == [
            f"/api/v1/statuses/{answers[0].id}/context"
        ], "asked once for all"

    async def test_what_stands_above_from_before_we_read_is_context(self, rig, us, ana):
        question = rig.server.post(ana, "@brand long ago?")
        answer = rig.server.post(us, "@ana yes", in_reply_to=question)
        await rig.clock.advance(30 * 86400)
        again = rig.server.post(ana, "@brand and now?", in_reply_to=answer)
        _reader, told = await read(rig)
        assert told[question.id].addressed is False
        assert told[again.id].addressed is True

    async def test_people_have_one_name_whatever_the_server_calls_them(self, rig, ana, bob):
        rig.server.post(ana, "@brand hi")
        rig.server.post(bob, "@brand hi")
        _reader, told = await read(rig)
        assert [m.author.remote_id for m in told.values()] == ["ana@social.example", "bob@else.example"]
        assert [m.author.handle for m in told.values()] == ["ana", "bob@else.example"]

    async def test_bots_are_marked(self, rig):
        bot = rig.server.add_person("robot", bot=True)
        rig.server.post(bot, "@brand beep")
        _reader, told = await read(rig)
        assert [m.author.is_bot for m in told.values()] == [True]

    async def test_warnings_polls_and_media_are_shown(self, rig, ana):
        media = (
            {"type": "image", "description": "a cat"},
            {"type": "video", "duration": 32.5},
            {"type": "gifv"},
            {"type": "unknown"},
            {"type": "audio"},
        )
        post = rig.server.post(ana, "@brand look", spoiler="spiders", poll=("yes", "no"), media=media, language="fr")
        _reader, told = await read(rig)
        message = told[post.id]
        assert message.text == "CW: spiders\n\n@brand look"
        assert [(m.type, m.alt, m.length_s) for m in message.media] == [
            ("image", "a cat", None),
            ("video", None, 32.5),
            ("video", None, None),
            ("file", None, None),
            ("audio", None, None),
            ("poll", "yes (0) / no (0)", None),
        ]
        assert message.lang == "fr"

    async def test_audiences(self, rig, ana):
        posts = [
            rig.server.post(ana, "@brand x", visibility=visibility)
            for visibility in ("public", "unlisted", "private", "direct", "local")
        ]
        if isinstance(rig.app, Checked):
            rig.app.forgiving = True
        _reader, told = await read(rig)
        assert [told[post.id].audience for post in posts if post.id in told] == [
            Audience.PUBLIC,
            Audience.UNLISTED,
            Audience.FOLLOWERS,
            Audience.DIRECT,
            Audience.FOLLOWERS,
        ]

    async def test_a_quote_of_our_post_reaches_us_under_it(self, rig, us, ana):
        post = rig.server.post(us, "Our shop opens")
        quote = rig.server.post(ana, "look at this", quote=post)
        if isinstance(rig.app, Checked):
            # Both forms of a quote fit each other in the document, which wants exactly one.
            rig.app.forgiving = True
        _reader, told = await read(rig)
        assert told[quote.id].addressed
        assert told[quote.id].topic.key == post.id

    async def test_quotes_are_not_asked_of_servers_that_know_none(self, rig, ana):
        rig.faults.add("GET", "/api/v2/instance", "status", status=404, body=b"{}")
        rig.server.post(ana, "@brand hi")
        _reader, told = await read(rig)
        assert len(told) == 1

    async def test_other_people_s_talk_is_not_ours(self, rig, ana, bob):
        rig.server.post(ana, "@bob@else.example hi")
        rig.server.post(bob, "hello world")
        _reader, told = await read(rig)
        assert told == {}

    async def test_boosts_are_no_posts_of_ours(self, rig, us):
        network = rig.open()
        assert "reblog" not in str(await network.pull(OWN, None))

    async def test_a_poll_shows_its_votes_and_when_it_ends(self, rig, ana):
        ends = rig.clock.now() + timedelta(hours=1)
        post = rig.server.post(ana, "@brand which?", poll=("red", "blue"), votes={1: 3}, poll_ends_at=ends)
        _reader, told = await read(rig)
        assert told[post.id].media[-1].alt == "red (0) / blue (3)"
        assert told[post.id].extra["poll_ends"] == ends.isoformat()

    async def test_a_warning_is_noted_beside_the_words(self, rig, ana):
        post = rig.server.post(ana, "@brand look", spoiler="spiders")
        _reader, told = await read(rig)
        assert told[post.id].extra["warning"] == "spiders"

    async def test_what_a_filter_hides_waits_for_nobody_and_what_it_warns_of_is_marked(self, rig, us, ana):
        us.filters += [
            Filter("1", "Spam", "buy", "hide"),
            Filter("2", "Rude words", "darn", "warn"),
            Filter("3", "At home", "cat", "hide", ("home",)),
        ]
        hidden, warned, elsewhere = (rig.server.post(ana, f"@brand {word}") for word in ("buy now", "darn", "cat"))
        private = rig.server.post(ana, "@brand buy it", visibility="direct")
        _reader, told = await read(rig)
        assert {key: message.addressed for key, message in told.items()} == {
            hidden.id: False,
            warned.id: True,
            elsewhere.id: True,
            private.id: False,
        }
        assert told[warned.id].extra["filtered"] == "Rude words"
        assert told[elsewhere.id].extra["filtered"] == "At home"

    @pytest.mark.parametrize("make", [MastodonRig, GoToSocialRig])
    async def test_what_is_no_message_stays_out_of_the_way(self, make):
        rig = make()
        us, ana = rig.people["us"], rig.people["ana"]
        post = rig.server.post(us, "hello")
        for kind in ("follow_request", "follow", "favourite", "reblog", "poll"):
            rig.server.notify(us, kind, ana, post if kind in ("favourite", "reblog", "poll") else None)
        named = rig.server.post(ana, "@brand hi")
        reader, told = await read(rig)
        assert set(told) == {post.id, named.id}
        assert reader.set_aside == []
        await rig.close()


class TestListening:
    async def test_hashtags_and_searches_are_feeds_of_their_own(self, rig):
        network = rig.open(search="lumen, shoes,,lumen", tags="#Lumen, shoes,lumen, #")
        names = [feed.name for feed in await network.feeds()]
        assert names == [
            "own", "mentions", "direct", "search:lumen", "search:shoes", "tag:Lumen", "tag:shoes", "tag:lumen",
        ]  # fmt: skip

    @pytest.mark.parametrize("feed", ["search:lumen", "tag:lumen"])
    async def test_it_brings_what_nobody_told_us_and_leaves_what_the_other_feeds_bring(self, rig, us, ana, bob, feed):
        heard = rig.server.post(ana, "I like #lumen")
        rig.server.post(us, "#lumen is here")
        rig.server.post(bob, "@brand #lumen?")
        rig.server.post(ana, "something else")
        reader = Reader(rig.open(search="lumen", tags="lumen", about="competitor:Lumen"))
        told = wrote(list((await reader.step(feed)).changes))
        assert [(m.remote_id, m.addressed, m.about) for m in told] == [(heard.id, False, "competitor:Lumen")]
        later = rig.server.post(bob, "#lumen again")
        assert [c.remote_id for c in (await reader.step(feed)).changes] == [later.id]
        assert (await reader.step(feed)).changes == ()

    @pytest.mark.parametrize("feed", ["search:lumen", "tag:lumen"])
    async def test_many_are_given_once_and_in_order(self, rig, ana, feed):
        reader = Reader(rig.open(search="lumen", tags="lumen"))
        told = []
        posts = []
        for count in (95, 3, 70):
            posts += [rig.server.post(ana, f"#lumen {n}") for n in range(count)]
            for _turn in range(10):
                batch = await reader.step(feed)
                told += [c.remote_id for c in batch.changes]
                if not batch.more:
                    break
        assert told == [post.id for post in posts]
        assert {m.about for b in reader.batches for m in wrote(list(b.changes))} == {"us"}

    async def test_what_the_index_learns_late_is_found(self, rig, ana):
        late = rig.server.post(ana, "quiet")
        rig.server.post(ana, "#lumen one")
        reader = Reader(rig.open(search="lumen"))
        await reader.step("search:lumen")
        late.text = "lumen, too"
        assert [c.remote_id for c in (await reader.step("search:lumen")).changes] == [late.id]

    async def test_a_search_reads_back_as_far_as_asked(self, rig, ana):
        rig.server.post(ana, "#lumen long ago")
        await rig.clock.advance(8 * 86400)
        new = rig.server.post(ana, "#lumen now")
        reader = Reader(rig.open(search="lumen", tags="lumen"))
        for feed in ("search:lumen", "tag:lumen"):
            assert [c.remote_id for c in (await reader.step(feed)).changes] == [new.id]

    async def test_a_cursor_of_another_make_begins_anew(self, rig, ana):
        post = rig.server.post(ana, "#lumen")
        network = rig.open(search="lumen")
        for cursor in ({"seen": 5}, [1], "x"):
            batch = await network.pull(Feed(name="search:lumen"), cursor)
            assert [c.remote_id for c in batch.changes] == [post.id]

    async def test_a_name_that_is_nobody_s_is_refused(self, rig):
        with pytest.raises(Rejected):
            await rig.open(about="somebody").whoami()


class TestGoToSocial:
    @pytest.fixture
    async def rig(self):
        rig = GoToSocialRig()
        yield rig
        await rig.close()

    async def test_it_is_read_one_by_one_and_by_polls(self, rig, us, ana):
        posts = [rig.server.post(ana, f"@brand {n}") for n in range(90)]
        private = rig.server.post(ana, "@brand psst", visibility="direct")
        reader, told = await read(rig)
        assert {*(post.id for post in posts), private.id} <= set(told)
        assert len(posts[0].id) == 26
        assert not [path for _method, path in rig.server.requests if path.startswith("/api/v2/n")]
        assert [batch async for batch in reader.network.listen()] == []

    async def test_an_edit_is_noticed_by_polling(self, rig, ana):
        post = rig.server.post(ana, "@brand hi")
        reader, _told = await read(rig)
        await rig.clock.advance(5)
        rig.server.edit(post, "@brand ho")
        assert [c.text for c in await reader.read() if isinstance(c, Edited)] == ["@brand ho"]

    async def test_an_answer_whose_receipt_was_lost_is_there_once(self, rig, us, ana):
        rig.server.post(ana, "@brand hi")
        reader, told = await read(rig)
        (message,) = told.values()
        act = rig.act(message, "hello")
        rig.faults.add("POST", "/api/v1/statuses", "after")
        with pytest.raises(Unreachable):
            await reader.network.perform(act)
        assert await reader.network.find(act) is not None
        assert len(rig.server.statuses_by(us)) == 1

    async def test_its_limits_are_known_before_they_are_hit(self, rig):
        rig.server.limits[""] = (6, 300.0)
        network = rig.open()
        await network.whoami()
        for _turn in range(4):
            await network.pull(OWN, None)
        with pytest.raises(RateLimited) as caught:
            await network.pull(OWN, None)
        assert caught.value.until == rig.clock.now() + timedelta(seconds=300)
        assert 429 not in rig.server.refused

    async def test_it_says_what_it_is_and_takes_longer_texts(self, rig):
        profile = await rig.open().whoami()
        assert profile.server == "social.example 0.20.2+git-1a2b3c4"
        assert profile.abilities.max_length == 5000


class TestDirect:
    async def test_several_messages_between_polls_are_all_found(self, rig, us, ana):
        first = rig.server.post(ana, "@brand one", visibility="direct")
        network = rig.open()
        before = await network.pull(DIRECT, None)
        second = rig.server.post(us, "@ana two", visibility="direct", in_reply_to=first)
        third = rig.server.post(ana, "@brand three", visibility="direct", in_reply_to=second)
        branch = rig.server.post(ana, "@brand four", visibility="direct", in_reply_to=first)
        other = rig.server.post(ana, "@brand a new thread", visibility="direct")
        batch = await network.pull(DIRECT, before.cursor)
        told = [c.remote_id for c in batch.changes if isinstance(c, Wrote)]
        assert sorted(told) == sorted([second.id, third.id, branch.id, other.id])
        assert len({c.conversation for c in batch.changes}) == 1, "one conversation an account and set of people"
        again = await network.pull(DIRECT, batch.cursor)
        assert again.changes == ()

    async def test_the_people_make_the_conversation(self, rig, us, ana, bob):
        pair = rig.server.post(ana, "@brand hi", visibility="direct")
        three = rig.server.post(ana, "@brand @bob@else.example hi", visibility="direct")
        same = rig.server.post(bob, "@ana @brand hi", visibility="direct")
        ours = rig.server.post(us, "@bob@else.example @ana hello", visibility="direct")
        _reader, told = await read(rig)
        assert told[pair.id].conversation == "dm:ana@social.example"
        keys = {told[post.id].conversation for post in (three, same, ours)}
        assert keys == {"dm:ana@social.example,bob@else.example"}

    async def test_more_conversations_than_a_page(self, rig):
        people = [rig.server.add_person(f"p{n}") for n in range(95)]
        posts = [rig.server.post(person, "@brand hi", visibility="direct") for person in people]
        network = rig.open()
        reader = Reader(network)
        told = []
        for _turn in range(20):
            batch = await reader.step("direct")
            told += [c.remote_id for c in batch.changes]
            if not batch.more:
                break
        assert told == [post.id for post in posts]

    async def test_a_server_without_the_list_has_an_empty_feed(self, rig):
        rig.faults.add("GET", "/api/v1/conversations", "status", status=404, body=b"{}")
        batch = await rig.open().pull(DIRECT, None)
        assert (batch.changes, batch.cursor, batch.more) == ((), None, False)

    async def test_the_newest_message_deleted_is_told(self, rig, us, ana):
        first = rig.server.post(us, "@ana one", visibility="direct")
        second = rig.server.post(us, "@ana two", visibility="direct", in_reply_to=first)
        network = rig.open()
        before = await network.pull(DIRECT, None)
        rig.server.delete(second)
        batch = await network.pull(DIRECT, before.cursor)
        assert [(type(c), c.remote_id) for c in batch.changes] == [(Removed, second.id)]


class TestChanges:
    async def test_a_dismissed_notification_is_no_deletion(self, rig, ana):
        post = rig.server.post(ana, "@brand hi")
        reader, _told = await read(rig)
        rig.server.notices.clear()
        assert [c for c in await reader.read() if isinstance(c, Removed)] == []
        assert post.exists

    async def test_an_emptied_notification_is_a_deletion(self, rig, ana):
        rig.server.keeps_notices = True
        post = rig.server.post(ana, "@brand hi")
        reader, _told = await read(rig)
        rig.server.delete(post)
        assert [c.remote_id for c in await reader.read() if isinstance(c, Removed)] == [post.id]
        assert await reader.read() == []

    async def test_an_edit_brings_text_and_media(self, rig, ana):
        post = rig.server.post(ana, "@brand hi")
        reader, _told = await read(rig)
        await rig.clock.advance(5)
        rig.server.edit(post, "@brand ho", media=({"description": "new"},))
        (edit,) = [c for c in await reader.read() if isinstance(c, Edited)]
        assert (edit.text, edit.media[0].alt, edit.at) == ("@brand ho", "new", rig.clock.now())

    async def test_an_edited_message_first_seen_is_marked(self, rig, ana):
        post = rig.server.post(ana, "@brand hi")
        rig.server.edit(post, "@brand ho")
        _reader, told = await read(rig)
        assert told[post.id].state is MessageState.EDITED

    async def test_the_thread_shows_edits_and_both_sides(self, rig, us, ana, bob):
        root = rig.server.post(us, "post")
        question = rig.server.post(ana, "@brand hm?", in_reply_to=root)
        answer = rig.server.post(us, "@ana so", in_reply_to=question)
        aside = rig.server.post(bob, "me too", in_reply_to=question)
        reader, told = await read(rig)
        await rig.clock.advance(5)
        rig.server.edit(question, "@brand hm, rather?")
        batch = await reader.network.thread(rig.act(told[question.id], "").target)
        messages = {m.remote_id: m for m in wrote(list(batch.changes))}
        assert list(messages) == [root.id, question.id, answer.id, aside.id]
        assert messages[aside.id].addressed is False
        assert [e.text for e in batch.changes if isinstance(e, Edited)] == ["@brand hm, rather?"]


class TestPush:
    async def listen(self, rig):
        network = rig.open()
        batches = []

        async def run():
            async for batch in network.listen():
                batches.append(batch)

        task = asyncio.ensure_future(run())
        await turns()
        return network, batches, task

    async def test_what_happens_is_pushed(self, rig, us, ana, bob):
        known = rig.server.post(ana, "@brand before")
        network, batches, task = await self.listen(rig)
        await Reader(network).read()
        mention = rig.server.post(ana, "@brand hi")
        dm = rig.server.post(bob, "@brand psst", visibility="direct")
        own = rig.server.post(us, "elsewhere")
        rig.server.edit(mention, "@brand hi!")
        rig.server.delete(known)
        rig.server.post(bob, "nothing to do with us")
        await turns()
        changes = [change for batch in batches for change in batch.changes]
        told = [(type(c).__name__, c.remote_id) for c in changes]
        assert ("Wrote", mention.id) in told
        assert ("Wrote", dm.id) in told
        assert ("Wrote", own.id) in told
        assert ("Edited", mention.id) in told
        assert ("Removed", known.id) in told
        assert all(batch.cursor is None and not batch.more for batch in batches)
        feeds = {feed.name for feed in await network.feeds()}
        assert {batch.feed for batch in batches} <= feeds
        task.cancel()

    async def test_deletions_of_other_people_s_posts_are_not_ours(self, rig, us):
        _network, batches, task = await self.listen(rig)
        rig.server.push_raw(us, b"event: delete\ndata: 4711\n\n")
        await turns()
        assert batches == []
        task.cancel()

    async def test_nonsense_is_set_aside_and_the_stream_goes_on(self, rig, us, ana):
        _network, batches, task = await self.listen(rig)
        for data in (b"{", b"[1]", b'{"id": 5}', b"null"):
            rig.server.push_raw(us, b"event: notification\ndata: " + data + b"\n\n")
        rig.server.push_raw(us, b":thump\n\nevent: filters_changed\n\nevent: future\ndata: {}\n\n")
        post = rig.server.post(ana, "@brand hi")
        await turns()
        assert sum(len(batch.set_aside) for batch in batches) == 4
        assert [c.remote_id for batch in batches for c in batch.changes] == [post.id]
        task.cancel()

    async def test_heartbeats_keep_a_calm_stream_open(self, rig, ana):
        _network, batches, task = await self.listen(rig)
        for _beat in range(20):
            await rig.clock.advance(15)
            await turns(40)
        assert not task.done()
        rig.server.post(ana, "@brand hi")
        await turns()
        assert len(batches) == 1
        task.cancel()

    async def test_the_end_of_the_stream_is_the_end(self, rig):
        _network, _batches, task = await self.listen(rig)
        assert rig.server.listeners == 1
        rig.server.end_streams()
        await turns()
        assert task.done()
        assert task.exception() is None
        assert rig.server.listeners == 0

    async def test_who_stops_listening_hangs_up(self, rig):
        _network, _batches, task = await self.listen(rig)
        task.cancel()
        await turns()
        assert rig.server.listeners == 0

    async def test_a_broken_line_is_an_error(self, rig):
        network, _batches, task = await self.listen(rig)
        task.cancel()
        rig.faults.add("GET", "/api/v1/streaming/*", "before")
        with pytest.raises(Unreachable):
            async for _batch in network.listen():
                pass

    async def test_a_server_without_streams_just_does_not_push(self, rig):
        rig.server.has_streams = False
        _network, batches, task = await self.listen(rig)
        assert task.done()
        assert task.exception() is None
        assert batches == []

    @pytest.mark.parametrize(
        ("named", "called"),
        [
            (None, "https://social.example"),
            ("wss://push.example/x", "https://push.example"),
            ("ws://push.example", "https://social.example"),
            ("ws://127.0.0.1:4000", "http://127.0.0.1:4000"),
            ("nonsense", "https://social.example"),
            ("wss://[", "https://social.example"),
        ],
    )
    async def test_the_token_goes_only_where_it_is_safe(self, rig, named, called):
        rig.server.streaming = named
        network = rig.open()
        await network.whoami()
        assert network._opened.server.streaming == called


class TestAnswering:
    async def reply(self, rig, text, to="ana", visibility="public", **more):
        post = rig.server.post(rig.people[to], "@brand hm?", visibility=visibility)
        reader, told = await read(rig)
        receipt = await reader.network.perform(rig.act(told[post.id], text, **more))
        return receipt, rig.server.posts[receipt.remote_id]

    @pytest.mark.parametrize(
        ("to", "text", "sent"),
        [
            ("ana", "hello", "@ana hello"),
            ("ana", "hello @ana", "hello @ana"),
            ("ana", "@ANA hello", "@ANA hello"),
            ("ana", "@ana@social.example hello", "@ana@social.example hello"),
            ("ana", "@anabel hello", "@ana @anabel hello"),
            ("bob", "hello", "@bob@else.example hello"),
            ("bob", "@bob@else.example hello", "@bob@else.example hello"),
            ("bob", "@bob hello", "@bob@else.example @bob hello"),
        ],
    )
    async def test_the_person_is_mentioned_once(self, rig, to, text, sent):
        _receipt, post = await self.reply(rig, text, to)
        assert post.text == sent

    async def test_every_person_is_mentioned_and_never_ourselves(self, rig):
        people = (
            Author(remote_id="ana@social.example"),
            Author(remote_id="brand@social.example", is_us=True),
            Author(remote_id="bob@else.example"),
        )
        _receipt, post = await self.reply(rig, "hello", people=people)
        assert post.text == "@ana @bob@else.example hello"

    @pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
    async def test_an_answer_is_as_wide_as_its_parent(self, rig, visibility):
        _receipt, post = await self.reply(rig, "hello", visibility=visibility)
        assert post.visibility == visibility
        assert post.key == "0" * 32

    async def test_a_private_answer_to_a_public_message(self, rig):
        receipt, post = await self.reply(rig, "in private", verb=ActVerb.PRIVATE_REPLY)
        assert post.visibility == "direct"
        assert receipt.conversation == "dm:ana@social.example"

    async def test_the_language_goes_along(self, rig):
        _receipt, post = await self.reply(rig, "bonjour", lang="fr")
        assert post.language == "fr"

    async def test_too_long_is_refused_in_the_server_s_words(self, rig):
        with pytest.raises(Rejected, match="500") as caught:
            await self.reply(rig, "x" * 501)
        assert caught.value.sent is False

    @pytest.mark.parametrize("text", ["", "  \n"])
    async def test_nothing_is_not_sent(self, rig, us, text):
        with pytest.raises(Rejected):
            await self.reply(rig, text)
        assert rig.server.statuses_by(us) == []

    async def test_two_equal_answers_are_told_apart(self, rig, ana):
        post = rig.server.post(ana, "@brand hm?")
        reader, told = await read(rig)
        network = reader.network
        first = await network.perform(rig.act(told[post.id], "thanks", key="a" * 32))
        assert await network.find(rig.act(told[post.id], "thanks", key="b" * 32)) is None
        found = await network.find(rig.act(told[post.id], "thanks", key="a" * 32))
        assert found.remote_id == first.remote_id

    async def test_found_although_the_question_was_deleted_meanwhile(self, rig, ana):
        post = rig.server.post(ana, "@brand hm?")
        reader, told = await read(rig)
        act = rig.act(told[post.id], "so")
        receipt = await reader.network.perform(act)
        rig.server.delete(post)
        found = await rig.open().find(act)
        assert found.remote_id == receipt.remote_id

    async def test_found_among_many_later_ones(self, rig, us, ana):
        post = rig.server.post(ana, "@brand hm?")
        reader, told = await read(rig)
        act = rig.act(told[post.id], "so")
        receipt = await reader.network.perform(act)
        rig.server.delete(post)
        for number in range(90):
            rig.server.post(us, f"later {number}")
        assert (await rig.open().find(act)).remote_id == receipt.remote_id

    async def test_another_person_s_equal_words_are_not_ours(self, rig, ana, bob):
        post = rig.server.post(ana, "@brand hm?")
        rig.server.post(bob, "@ana so", in_reply_to=post)
        reader, told = await read(rig)
        assert await reader.network.find(rig.act(told[post.id], "so")) is None

    async def test_words_that_the_server_cut_or_joined_are_found(self, rig):
        text = "see https://shop.example/a/very/long/path/that/is/cut?x=1&y=2\n\n  and\n\nthis "
        post = rig.server.post(rig.people["bob"], "@brand hm?")
        reader, told = await read(rig)
        act = rig.act(told[post.id], text)
        receipt = await reader.network.perform(act)
        assert (await rig.open().find(act)).remote_id == receipt.remote_id


class TestOtherActs:
    async def told(self, rig, who="ana"):
        post = rig.server.post(rig.people[who], "@brand hm?")
        reader, told = await read(rig)
        return reader.network, told[post.id], post

    async def test_like_and_back(self, rig, us):
        network, message, post = await self.told(rig)
        like, unlike = (rig.act(message, "", verb=verb) for verb in (ActVerb.LIKE, ActVerb.UNLIKE))
        assert await network.find(like) is None
        await network.perform(like)
        assert post.likes == {us.id}
        assert await network.find(like) is not None
        assert await network.find(unlike) is None
        await network.perform(unlike)
        assert post.likes == set()

    @pytest.mark.parametrize("verb", ["mute", "block"])
    async def test_mute_and_block_and_back(self, rig, us, ana, verb):
        network, message, _post = await self.told(rig)
        do, undo = (rig.act(message, "", verb=ActVerb(v)) for v in (verb, f"un{verb}"))
        assert await network.find(do) is None
        await network.perform(do)
        assert (us.muted | us.blocked) == {ana.id}
        assert await network.find(do) is not None
        await network.perform(undo)
        assert (us.muted | us.blocked) == set()

    async def test_a_person_known_by_name_alone_is_looked_up(self, rig, us, bob):
        network, message, _post = await self.told(rig, "bob")
        act = rig.act(message, "", verb=ActVerb.MUTE)
        await network.perform(act.model_copy(update={"target": act.target.model_copy(update={"extra": {}})}))
        assert us.muted == {bob.id}

    async def test_a_report_is_made_and_cannot_be_looked_up(self, rig):
        network, message, post = await self.told(rig)
        act = rig.act(message, "advertising", verb=ActVerb.REPORT, reason="spam")
        await network.perform(act)
        (report,) = rig.server.reports
        assert (report["category"], report["comment"], report["status_ids"]) == ("spam", "advertising", [post.id])
        with pytest.raises(Unknowable):
            await network.find(act)

    async def test_an_edit_keeps_what_is_not_text(self, rig, us, ana):
        question = rig.server.post(ana, "@brand hm?")
        media = ({"description": "kept"},)
        rig.server.post(us, "@ana so", in_reply_to=question, media=media, spoiler="news", language="fr")
        reader, told = await read(rig)
        ours = next(m for m in told.values() if m.direction is Direction.OUT)
        people = (Author(remote_id="ana@social.example"),)
        act = rig.act(ours, "so, rather", verb=ActVerb.EDIT, people=people)
        assert await reader.network.find(act) is None
        await reader.network.perform(act)
        post = rig.server.posts[ours.remote_id]
        assert (post.text, post.spoiler, post.language) == ("@ana so, rather", "news", "fr")
        assert [m["description"] for m in post.media] == ["kept"]
        assert await reader.network.find(act) is not None

    async def test_a_poll_is_not_edited_away(self, rig, us):
        rig.server.post(us, "what?", poll=("a", "b"))
        reader, told = await read(rig)
        (ours,) = told.values()
        with pytest.raises(Rejected):
            await reader.network.perform(rig.act(ours, "which?", verb=ActVerb.EDIT))

    async def test_other_people_s_messages_are_not_ours_to_change(self, rig):
        network, message, post = await self.told(rig)
        with pytest.raises(Rejected):
            await network.perform(rig.act(message, "x", verb=ActVerb.EDIT))
        with pytest.raises(Gone):
            await network.perform(rig.act(message, "", verb=ActVerb.DELETE))
        assert post.exists

    async def test_deleting_twice_is_done_once(self, rig, us):
        post = rig.server.post(us, "oops")
        reader, told = await read(rig)
        act = rig.act(told[post.id], "", verb=ActVerb.DELETE)
        await reader.network.perform(act)
        await reader.network.perform(act)
        assert not post.exists

    async def test_hide_does_not_exist_and_says_what_does(self, rig):
        network, message, _post = await self.told(rig)
        assert "mute" in network.abilities.why_not[ActVerb.HIDE]
        with pytest.raises(Rejected):
            await network.perform(rig.act(message, "", verb=ActVerb.HIDE))


class TestServers:
    async def test_the_server_s_own_length_counts(self, rig):
        rig.server.max_characters = 5000
        profile = await rig.open().whoami()
        assert profile.abilities.max_length == 5000
        assert profile.abilities.counting is Counting.MASTODON
        assert profile.server == "social.example 4.5.0"
        assert profile.author.remote_id == "brand@social.example"

    @pytest.mark.parametrize(
        ("scopes", "lost"),
        [
            ("read write", set()),
            ("read write:statuses", {ActVerb.LIKE, ActVerb.MUTE, ActVerb.BLOCK, ActVerb.REPORT}),
            ("read", {ActVerb.REPLY, ActVerb.PRIVATE_REPLY, ActVerb.DELETE, ActVerb.EDIT, ActVerb.LIKE}),
            ("read follow write:statuses", {ActVerb.LIKE, ActVerb.REPORT}),
        ],
    )
    async def test_a_token_with_fewer_rights_can_less_and_says_why(self, rig, us, scopes, lost):
        network = rig.open(secret=rig.server.issue_token(us, scopes=scopes))
        profile = await network.whoami()
        assert profile.scopes == frozenset(scopes.split())
        assert lost <= set(ActVerb) - profile.abilities.can
        assert all("write:" in profile.abilities.why_not[verb] for verb in lost)

    @pytest.mark.parametrize("status", [401, 403, 404, 422])
    async def test_a_server_that_does_not_tell_the_rights(self, rig, status):
        rig.faults.add("GET", "/api/v1/apps/verify_credentials", "status", status=status, body=b"{}")
        profile = await rig.open().whoami()
        assert profile.scopes == frozenset()
        assert ActVerb.REPLY in profile.abilities.can

    async def test_reading_without_the_right_names_it(self, rig, us):
        network = rig.open(secret=rig.server.issue_token(us, scopes="read:accounts"))
        with pytest.raises(Forbidden):
            await network.pull(MENTIONS, None)

    @pytest.mark.parametrize("typed", ["social.example", "https://social.example/@brand/", "@brand@social.example"])
    async def test_any_way_to_write_the_address(self, rig, typed):
        assert (await rig.open(url=typed).whoami()).author.handle == "brand"

    async def test_a_matrix_server_is_recognised(self, rig):
        rig.faults.add("GET", "/_matrix/client/versions", "status", status=200, body=b'{"versions": ["v1.11"]}')
        rig.faults.add("GET", "/api/*", "status", times=None, status=404, body=b"{}")
        with pytest.raises(Malformed, match="Matrix") as caught:
            await rig.open().whoami()
        assert "accounts add matrix" in caught.value.cure

    @pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>", b'{"version": 5, "domain": []}'])
    async def test_another_kind_of_server_is_refused(self, rig, body):
        rig.faults.add("GET", "/*", "status", times=None, status=200, body=body)
        with pytest.raises(Malformed) as caught:
            await rig.open().whoami()
        assert caught.value.cure

    async def test_an_older_server_answers_the_older_call(self, rig):
        old = b'{"uri": "Old.Example", "version": "3.5.0", "max_toot_chars": 1000, "urls": {"streaming_api": "wss://s.org"}}'
        rig.faults.add("GET", "/api/v2/instance", "status", status=404, body=b"{}")
        rig.faults.add("GET", "/api/v1/instance", "status", status=200, body=old)
        network = rig.open()
        profile = await network.whoami()
        assert profile.author.remote_id == "brand@old.example"
        assert profile.abilities.max_length == 1000
        assert network._opened.server.streaming == "https://s.org"

    async def test_a_token_expires_and_a_new_one_goes_on(self, rig, us, ana):
        short = rig.server.issue_token(us, lasts_s=600)
        reader = Reader(rig.open(secret=short))
        await reader.read()
        await rig.clock.advance(601)
        written = rig.server.post(ana, "@brand hi")
        with pytest.raises(AuthExpired, match="expired"):
            await reader.read()
        renewed = Reader(rig.open(secret=rig.server.issue_token(us)), cursors=reader.cursors)
        assert [m.remote_id for m in wrote(await renewed.read())] == [written.id]

    async def test_the_limit_is_known_before_it_is_hit(self, rig):
        rig.server.limits[""] = (7, 300.0)
        network = rig.open()
        await network.whoami()
        for _turn in range(5):
            await network.pull(OWN, None)
        with pytest.raises(RateLimited) as caught:
            await network.pull(OWN, None)
        assert caught.value.until == rig.clock.now() + timedelta(seconds=300)
        assert rig.server.refused == {}
        await rig.clock.advance(300)
        await network.pull(OWN, None)

    async def test_calls_may_come_before_whoami(self, rig, ana):
        post = rig.server.post(ana, "@brand hi")
        batches = await asyncio.gather(*(network.pull(MENTIONS, None) for network in [rig.open()] * 3))
        assert [[c.remote_id for c in batch.changes] for batch in batches] == [[post.id]] * 3
        assert rig.server.requests.count(("GET", "/api/v2/instance")) == 1

    async def test_an_unknown_feed_is_an_error(self, rig):
        with pytest.raises(Gone):
            await rig.open().pull(Feed(name="nonsense"), None)

    def test_the_secret_is_explained(self):
        assert "token" in Mastodon.secret_help


async def test_every_operation_was_held_against_the_document(rig, us, ana):
    """The rig checks every exchange; this plays each one, so that none is left out."""
    spec = needed("mastodon")
    spec.checked.clear()
    question = rig.server.post(ana, "@brand hm?", spoiler="x", poll=("a",), media=({"description": "y"},))
    rig.server.edit(question, "@brand hm!")
    rig.server.post(ana, "@brand psst", visibility="direct")
    mine = rig.server.post(us, "mine")
    rig.server.post(ana, "@brand hm", in_reply_to=mine)
    reader, told = await read(rig, search="hm", tags="hm")
    network, message = reader.network, told[question.id]
    await network.thread(rig.act(message, "").target)
    for number, verb in enumerate(sorted(network.abilities.can, key=lambda verb: (verb is ActVerb.DELETE, verb))):
        about = told[mine.id] if verb in (ActVerb.EDIT, ActVerb.DELETE) else message
        act = rig.act(about, f"text {number}", verb=verb, key=f"{number:032}", reason="spam", lang="en")
        await network.perform(act)
        if verb is not ActVerb.REPORT:
            await network.find(act)
    bare = rig.act(message, "", verb=ActVerb.MUTE)
    await network.perform(bare.model_copy(update={"target": bare.target.model_copy(update={"extra": {}})}))
    with pytest.raises(Rejected):
        await network.perform(rig.act(message, "x" * 501, key="f" * 32))
    with pytest.raises(AuthExpired):
        await rig.open(secret="wrong").whoami()
    stream = network.listen()
    waiting = asyncio.ensure_future(anext(stream))
    await turns()
    rig.server.post(rig.people["bob"], "@brand pushed")
    await waiting
    await stream.aclose()
    called = {(method.lower(), spec.path_of(path)) for method, path in rig.server.requests}
    assert {pair for pair in called if pair[1]} == spec.checked
    assert len(spec.checked) == 22
