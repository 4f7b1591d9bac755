"""Listening: what RSS, Atom and the search of Hacker News share, and what each has to survive."""

import contextlib
import json
from datetime import timedelta

import pytest

from cminbox.errors import Forbidden, Gone, Malformed, NetworkError, RateLimited, Rejected, Unreachable
from cminbox.model.acts import Act
from cminbox.model.base import ActVerb, Direction, Kind
from cminbox.model.changes import Edited
from cminbox.model.content import Target
from cminbox.networks.feeds import LARGEST

from .feeds_rig import AtomRig, HackerNewsRig, RssRig
from .rig import Reader, wrote
from .test_contract import HOSTILE


@pytest.fixture(params=(RssRig, AtomRig, HackerNewsRig), ids=lambda rig: rig.__name__)
async def ears(request):
    rig = request.param()
    yield rig
    await rig.close()


@pytest.fixture(params=(RssRig, AtomRig), ids=lambda rig: rig.__name__)
async def feed(request):
    rig = request.param()
    yield rig
    await rig.close()


@pytest.fixture
async def search():
    rig = HackerNewsRig()
    yield rig
    await rig.close()


def act(rig, verb=ActVerb.REPLY):
    return Act(key="0" * 32, verb=verb, target=Target(remote_id="1"), text="x", created_at=rig.clock.now())


class TestAll:
    async def test_it_is_known_without_a_secret(self, ears):
        ears.write("hello")
        network = ears.open()
        assert not network.needs_secret
        profile = await network.whoami()
        assert profile.author.remote_id
        assert profile.author.handle
        assert profile.abilities.can == frozenset()

    async def test_what_is_written_is_heard_once_in_order_and_addressed_to_nobody(self, ears):
        ids = []
        for number in range(5):
            ids.append(ears.write(f"n{number}"))
            await ears.clock.advance(60)
        reader = Reader(ears.open())
        messages = wrote(await reader.read())
        assert [message.remote_id for message in messages] == ids
        for message in messages:
            assert (message.addressed, message.about, message.direction) == (False, "us", Direction.IN)
            assert message.topic.title in ("Lamps weekly", "What do you light with?")
        assert await reader.read() == []
        ids.append(ears.write("later"))
        assert [message.remote_id for message in wrote(await reader.read())] == ids[-1:]

    async def test_a_cursor_serves_another_process_and_tells_the_same_again(self, ears):
        ears.write("old")
        reader = Reader(ears.open())
        await reader.read()
        new = ears.write("new")
        for _time in range(2):
            other = Reader(ears.open(), cursors=json.loads(json.dumps(reader.cursors)))
            assert [message.remote_id for message in wrote(await other.read())] == [new]

    async def test_a_cursor_that_is_nonsense_begins_anew(self, ears):
        new = ears.write("hello")
        network = ears.open()
        for cursor in ({}, {"x": 1}, [1], {"seen": 5, "until": "x"}):
            reader = Reader(network, cursors={each.name: cursor for each in await network.feeds()})
            assert [message.remote_id for message in wrote(await reader.read())] == [new]

    async def test_the_first_reading_goes_back_as_far_as_it_is_told(self, ears):
        ears.write("too old")
        await ears.clock.advance(3 * 86400)
        new = ears.write("new")
        messages = wrote(await Reader(ears.open(since=timedelta(days=2))).read())
        assert [message.remote_id for message in messages] == [new]

    @pytest.mark.parametrize("about", ["us", "theme", "competitor:Acme"])
    async def test_it_says_whose_name_it_watches(self, ears, about):
        ears.write("hello")
        (message,) = wrote(await Reader(ears.open(about=about)).read())
        assert message.about == about

    @pytest.mark.parametrize("about", ["", "them", "competitor", "competitor:  "])
    async def test_a_name_of_nobody_is_refused(self, ears, about):
        with pytest.raises(Rejected) as caught:
            await ears.open(about=about).whoami()
        assert "about=competitor:NAME" in caught.value.cure

    async def test_nothing_can_be_done(self, ears):
        network = ears.open()
        for verb in ActVerb:
            with pytest.raises(Rejected) as caught:
                await network.perform(act(ears, verb))
            assert caught.value.sent is False
            assert await network.find(act(ears, verb)) is None
        assert (await network.thread(Target(remote_id="1"))).changes == ()
        assert ears.server.requests == []

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(403, Forbidden), (404, Gone), (429, RateLimited), (500, Unreachable), (503, Unreachable)],
    )
    async def test_a_refused_reading(self, ears, status, kind):
        network = ears.open()
        ears.faults.add(*ears.reads, "status", status=status, body=b"<html>oops</html>")
        with pytest.raises(kind):
            await Reader(network).read()

    @pytest.mark.parametrize("body", [b"", b"<html>", b"hello", b"[", b"5", b"null", b"[" * 5000, b"\xff", b"<rss"])
    async def test_an_answer_that_is_none(self, ears, body):
        new = ears.write("hello")
        reader = Reader(ears.open())
        ears.faults.add(*ears.reads, "garble", body=body)
        with contextlib.suppress(Malformed):
            await reader.read()
        assert new in {m.remote_id for b in reader.batches for m in wrote(list(b.changes))} | {
            m.remote_id for m in wrote(await reader.read())
        }, "the next reading goes on"

    async def test_nothing_but_our_errors_comes_out(self, ears):
        for when in ("before", "after", "cut", "status"):
            ears.faults.clear()
            ears.faults.add("*", "*", when, times=None, status=418, body=b"\x00")
            for call in (ears.open().whoami, Reader(ears.open()).read):
                with pytest.raises(NetworkError):
                    await call()

    # The parser takes C1 controls for the characters that Windows has there.
    @pytest.mark.parametrize("text", [text for text in HOSTILE if "\x85" not in text])
    async def test_texts_come_as_they_were_written(self, ears, text):
        ears.write(text)
        (message,) = wrote(await Reader(ears.open()).read())
        assert message.text.removeprefix("A lamp").removeprefix("lamp").split() == text.split()


class TestFeeds:
    async def test_what_did_not_change_is_not_sent_again(self, feed):
        feed.write("hello")
        reader = Reader(feed.open())
        await reader.read()
        answers = []
        whole = feed.wire.handle_async_request

        async def note(request):
            answer = await whole(request)
            answers.append((answer.status_code, "if-none-match" in request.headers))
            return answer

        feed.wire.handle_async_request = note
        assert await reader.read() == []
        assert answers == [(304, True)]
        feed.write("again")
        assert len(wrote(await reader.read())) == 1

    async def test_an_entry_is_a_post_under_its_feed(self, feed):
        article = feed.server.publish("New <lamps> & shades", "Bright\nand warm", author="Ana López")
        (message,) = wrote(await Reader(feed.open()).read())
        assert message.kind is Kind.POST
        assert message.text == "New <lamps> & shades\n\nBright and warm"
        assert (message.author.name, message.url, message.at) == ("Ana López", article.id, article.at)
        assert message.topic.key == "feed"
        assert message.conversation is None

    async def test_a_changed_entry_is_an_edit(self, feed):
        article = feed.server.publish("A lamp", "too brght")
        reader = Reader(feed.open())
        await reader.read()
        article.text = "too bright"
        (change,) = await reader.read()
        assert isinstance(change, Edited)
        assert change.text.endswith("too bright")
        assert await reader.read() == []

    async def test_what_drops_out_of_the_feed_is_no_news_when_it_comes_back(self, feed):
        feed.server.longest = 3
        for number in range(3):
            feed.write(f"n{number}")
        reader = Reader(feed.open())
        assert len(wrote(await reader.read())) == 3
        for number in range(3):
            feed.write(f"m{number}")
        assert len(wrote(await reader.read())) == 3
        feed.server.longest = 10
        assert await reader.read() == []

    async def test_it_follows_where_the_feed_moved(self, feed):
        feed.write("hello")
        feed.server.moved = {"/feed": "https://feeds.example/blog"}
        assert len(wrote(await Reader(feed.open()).read())) == 1
        feed.server.moved = {"/feed": "/feed"}
        with pytest.raises(Malformed):
            await Reader(feed.open()).read()

    @pytest.mark.parametrize("where", ["http://127.0.0.1:8080/x", "http://localhost/", "file:///etc/passwd", "//"])
    async def test_it_is_not_led_to_this_machine(self, feed, where):
        feed.server.moved = {"/feed": where}
        with pytest.raises((Rejected, Unreachable, Malformed)):
            await feed.open().whoami()
        assert {path for _method, path in feed.server.requests} <= {"/feed", "/"}

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
    async def test_entities_of_its_own_are_refused(self, feed, encoding):
        lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
        bomb = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "lol">{lol}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        feed.server.body = f"{bomb}<rss version='2.0'><channel><title>&l8;&f;</title></channel></rss>".encode(encoding)
        with pytest.raises(Malformed):
            await feed.open().whoami()

    async def test_a_huge_body_is_not_read_to_its_end(self, feed):
        feed.server.body = feed.server.document() + b" " * (LARGEST + 1)
        with pytest.raises(Malformed):
            await feed.open().whoami()

    async def test_entries_without_an_id_or_a_time(self, feed):
        items = "<item><title>one</title></item><item><title>two</title><pubDate>soon</pubDate></item><item/>"
        feed.server.body = f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()
        reader = Reader(feed.open())
        messages = wrote(await reader.read())
        assert [(message.text, message.at) for message in messages] == [("two", None), ("one", None)]
        assert len({message.remote_id for message in messages}) == 2
        assert await reader.read() == []

    async def test_addresses_are_forgiving(self, feed):
        feed.write("hello")
        for url in ("blog.example/feed", "feed://blog.example/feed", "feed:https://blog.example/feed#top"):
            assert (await feed.open(url=url).whoami()).author.name == "Lamps weekly"
        for url in ("ftp://x", "https://exa mple", "https://"):
            with pytest.raises(Unreachable) as caught:
                await feed.open(url=url).whoami()
            assert caught.value.cure


class TestSearch:
    async def test_more_than_a_search_gives_is_read_in_spans(self, search):
        search.server.most = 1000
        story = search.server.story("op", "lamps")
        written = [str(story.id)]
        for number in range(2500):
            written.append(str(search.server.comment("ana", f"lamp {number}", story).id))
            await search.clock.advance(1)
        reader = Reader(search.open())
        assert [message.remote_id for message in wrote(await reader.read())] == written
        assert await reader.read() == []

    async def test_what_is_indexed_late_is_found(self, search):
        search.write("one")
        await search.clock.advance(3600)
        reader = Reader(search.open())
        await reader.read()
        late = search.server.comment("bob", "a lamp", search.story, at=search.clock.now() - timedelta(minutes=50))
        assert [message.remote_id for message in wrote(await reader.read())] == [str(late.id)]

    async def test_stories_and_comments(self, search):
        story = search.server.story("op", "A lamp & a light", "made of <wood>")
        first = search.server.comment("ana", "nice lamp", story)
        second = search.server.comment("bob", "which lamp?", first)
        told, one, two = wrote(await Reader(search.open()).read())
        assert (told.kind, told.text) == (Kind.POST, "A lamp & a light\n\nmade of <wood>")
        assert (one.kind, one.topic.key, one.topic.title, one.parent) == (
            *(Kind.COMMENT, str(story.id), "A lamp & a light"),
            str(story.id),
        )
        assert (two.parent, two.url) == (str(first.id), f"https://news.ycombinator.com/item?id={second.id}")
        assert [m.remote_id for m in wrote(await Reader(search.open(kinds="story")).read())] == [str(story.id)]

    async def test_one_hit_that_nobody_understands_is_set_aside_once(self, search):
        search.write("one")
        search.server.hits[-1].raw = {"created_at_i": "soon"}
        search.forgive()
        good = search.write("two")
        reader = Reader(search.open())
        assert [message.remote_id for message in wrote(await reader.read())] == [good]
        await reader.read()
        assert len(reader.set_aside) == 1

    @pytest.mark.parametrize("settings", [{"search": "  "}, {"kinds": "poll"}, {"kinds": ""}])
    async def test_it_must_be_said_what_to_look_for(self, search, settings):
        with pytest.raises(Rejected):
            await search.open(**settings).whoami()
