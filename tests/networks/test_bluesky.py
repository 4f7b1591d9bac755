"""The Bluesky connector: what only Bluesky has, played on the practice server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cminbox.errors import (
    AuthExpired,
    Forbidden,
    Gone,
    Malformed,
    NetworkError,
    RateLimited,
    Rejected,
    Unknowable,
    Unreachable,
)
from cminbox.model.accounts import Counting
from cminbox.model.base import ActVerb, Audience, Direction, Kind, MessageState
from cminbox.model.changes import Feed, Removed
from cminbox.networks.base import Network
from cminbox.networks.bluesky_gate import MOST
from cminbox.practice.bluesky import FULL, PLAIN
from cminbox.practice.bluesky_books import BLOCK, GATE, LIKE, POST, Record, ref
from cminbox.practice.faults import When

from .bluesky_rig import BlueskyRig
from .rig import Reader, wrote
from .spec import Checked, needed

PICTURE = {"image": {"$type": "blob"}, "alt": "a blue door"}


@pytest.fixture
async def rig() -> AsyncIterator[BlueskyRig]:
    rig = BlueskyRig()
    yield rig
    await rig.close()


@pytest.fixture
def us(rig: BlueskyRig) -> Any:
    return rig.people["us"]


@pytest.fixture
def ana(rig: BlueskyRig) -> Any:
    return rig.people["ana"]


@pytest.fixture
def bob(rig: BlueskyRig) -> Any:
    return rig.people["bob"]


async def read(rig: BlueskyRig, **more: Any) -> tuple[Reader, dict[str, Any]]:
    reader = Reader(rig.open(**more))
    return reader, {message.remote_id: message for message in wrote(await reader.read())}


def records(rig: BlueskyRig, collection: str, owner: str = "us") -> list[Record]:
    return rig.server.all_of(collection, rig.people[owner])


class TestMessages:
    async def test_our_post_is_a_topic_and_comes_before_its_answers(self, rig, us, ana):
        images = {"$type": "app.bsky.embed.images", "images": [PICTURE]}
        post = rig.server.write(us, "Our shop opens", embed=images)
        await rig.clock.advance(60)
        answer = rig.server.write(ana, "where?", answers=post)
        _reader, told = await read(rig)
        assert list(told) == [post.uri, answer.uri]
        topic = told[post.uri]
        assert (topic.kind, topic.direction) == (Kind.POST, Direction.OUT)
        assert topic.topic.key == post.uri
        assert topic.topic.is_ours
        assert topic.topic.media[0].alt == "a blue door"
        assert topic.topic.media[0].url == f"https://cdn.practice.example/{post.rkey}/0"
        comment = told[answer.uri]
        assert comment.kind is Kind.COMMENT
        assert comment.parent == post.uri
        assert comment.conversation is None
        assert comment.audience is Audience.PUBLIC
        assert comment.extra == {"cid": answer.cid, "root": post.uri, "root_cid": post.cid}
        assert comment.url == f"https://bsky.app/profile/{ana.did}/post/{answer.rkey}"

    async def test_our_answers_are_no_topics_and_our_threads_are(self, rig, us, ana):
        first = rig.server.write(us, "part one")
        second = rig.server.write(us, "part two", answers=first)
        third = rig.server.write(us, "part three", answers=second)
        question = rig.server.write(ana, "hm?", answers=first)
        answer = rig.server.write(us, "so", answers=question)
        addition = rig.server.write(us, "and so", answers=answer)
        _reader, told = await read(rig)
        assert [told[one.uri].kind for one in (first, second, third)] == [Kind.POST] * 3
        assert [told[one.uri].kind for one in (answer, addition)] == [Kind.COMMENT] * 2
        assert told[addition.uri].topic is None

    async def test_an_answer_to_an_old_post_brings_all_that_stands_above_it(self, rig, us, ana, bob):
        post = rig.server.write(us, "Long ago")
        old = rig.server.write(bob, "an old comment", answers=post)
        older = rig.server.write(ana, "an old answer", answers=old)
        await rig.clock.advance(30 * 86400)
        new = rig.server.write(ana, "still there?", answers=older)
        _reader, told = await read(rig)
        assert list(told) == [post.uri, old.uri, older.uri, new.uri]
        assert told[post.uri].kind is Kind.POST
        assert [told[one.uri].addressed for one in (old, older, new)] == [False, False, True]

    async def test_what_stands_above_is_asked_for_once(self, rig, us, ana):
        post = rig.server.write(us, "Long ago")
        await rig.clock.advance(30 * 86400)
        reader = Reader(rig.open())
        for number in range(3):
            rig.server.write(ana, f"answer {number}", answers=post)
            await reader.read()
        asked = [path for _verb, path in rig.server.requests if path.endswith("getPosts")]
        assert len(asked) == 1

    async def test_a_quotation_of_our_post_stands_under_it(self, rig, us, ana):
        post = rig.server.write(us, "We are open")
        embed = {"$type": "app.bsky.embed.record", "record": ref(post)}
        quote = rig.server.write(ana, "they say so", embed=embed)
        _reader, told = await read(rig)
        assert told[quote.uri].topic.key == post.uri
        assert told[quote.uri].addressed
        assert told[quote.uri].media[0].alt == f"@{us.handle}: We are open"

    async def test_likes_and_followers_are_no_messages(self, rig, us, ana):
        post = rig.server.write(us, "We are open")
        value = {"$type": LIKE, "subject": ref(post), "createdAt": post.value["createdAt"]}
        rig.server.put(ana, LIKE, "3aaaaaaaaaaaa", value)
        _reader, told = await read(rig)
        assert list(told) == [post.uri]

    async def test_language_labels_and_the_time_of_the_service(self, rig, ana):
        labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "nudity"}]}
        post = rig.server.write(ana, "@brand regardez", langs=["fr", "en"], labels=labels)
        post.marked = ("graphic-media", "!hide")
        _reader, told = await read(rig)
        assert told[post.uri].lang == "fr"
        assert told[post.uri].text == "CW: nudity, graphic-media\n\n@brand regardez"

    @pytest.mark.parametrize("said", ["not a time", "9999-99-99T00:00:00Z", "0001-01-01T00:00:00+23:00"])
    async def test_a_time_that_is_none_stops_nothing(self, rig, ana, said):
        rig.forgive()
        post = rig.server.write(ana, "@brand hello")
        at = post.at
        post.value["createdAt"] = said
        rig.server.notices[-1].at = at
        type(post).at = property(lambda record: record.indexed_at)
        try:
            _reader, told = await read(rig)
        finally:
            type(post).at = AT
        assert told[post.uri].at <= post.indexed_at

    async def test_who_writes_is_known_by_did(self, rig, ana):
        post = rig.server.write(ana, "@brand hello")
        _reader, told = await read(rig)
        author = told[post.uri].author
        assert (author.remote_id, author.handle, author.name) == (ana.did, ana.handle, "Ana López")
        ana.handle = "handle.invalid"
        rig.server.write(ana, "@brand again")
        _reader, told = await read(rig)
        assert next(reversed(told.values())).author.handle == ""

    async def test_the_thread_tells_what_is_hidden(self, rig, us, ana):
        post = rig.server.write(us, "We are open")
        answer = rig.server.write(ana, "no", answers=post)
        reader, told = await read(rig)
        await reader.network.perform(rig.act(told[answer.uri], "", verb=ActVerb.HIDE))
        batch = await reader.network.thread(rig.act(told[answer.uri], "").target)
        hidden = [change for change in batch.changes if isinstance(change, Removed)]
        assert [(change.remote_id, change.state) for change in hidden] == [(answer.uri, MessageState.HIDDEN)]

    async def test_what_is_muted_is_not_gone(self, rig, ana, us):
        rig.server.write(ana, "@brand hello")
        reader, _told = await read(rig)
        rig.server.notices.clear()
        assert [change for change in await reader.read() if isinstance(change, Removed)] == []


AT = Record.at


class TestReading:
    async def test_page_marks_that_are_not_known_any_more(self, rig, ana):
        reader, _told = await read(rig)
        written = [rig.write("ana", str(number)) for number in range(2 * rig.page + 5)]
        await reader.step("notifications")
        rig.server.honours_marks = False
        batch = await reader.step("notifications")
        assert not batch.more
        rig.server.honours_marks = True
        told = wrote(await reader.read())
        assert [message.remote_id for message in told] == written

    async def test_what_shares_the_time_of_a_pages_end_is_not_skipped(self, rig, ana, bob):
        reader, _told = await read(rig)
        begin = rig.clock.now()
        written = []
        for number in range(3 * rig.page):
            at = begin + timedelta(milliseconds=10 + number // 3)
            written.append(rig.server.write((ana, bob)[number % 2], f"@brand {number}", at=at).uri)
        told = [change.remote_id for change in await reader.read() if change.type == "wrote"]
        assert sorted(told) == sorted(written)
        assert await reader.read() == []

    async def test_a_search_brings_what_nobody_told_us(self, rig, us, ana, bob):
        heard = rig.server.write(ana, "I like Lumen shoes")
        ours = rig.server.write(us, "Lumen is here")
        to_us = rig.server.write(bob, "@brand Lumen?")
        network = rig.open(search="lumen, shoes,,lumen", about="competitor:Lumen")
        names = [feed.name for feed in await network.feeds()]
        assert names == ["own", "notifications", "messages", "search:lumen", "search:shoes"]
        batch = await network.pull(Feed(name="search:lumen"), None)
        told = {change.remote_id: change for change in wrote(list(batch.changes))}
        assert {uri: message.addressed for uri, message in told.items()} == {
            heard.uri: False,
            ours.uri: True,
            to_us.uri: True,
        }
        assert told[heard.uri].kind is Kind.MENTION
        assert {uri: message.about for uri, message in told.items()} == {
            heard.uri: "competitor:Lumen",
            ours.uri: None,
            to_us.uri: None,
        }

    async def test_a_search_that_names_nobody_is_refused(self, rig):
        with pytest.raises(Rejected):
            await rig.open(search="lumen", about="somebody").whoami()

    async def test_a_feed_that_nobody_has(self, rig):
        with pytest.raises(Gone):
            await rig.open().pull(Feed(name="events"), None)


class TestSessions:
    async def test_an_access_token_that_ran_out_is_renewed_unseen(self, rig):
        reader, _told = await read(rig)
        written = rig.write("ana", "hello")
        await rig.clock.advance(3 * 3600)
        assert [message.remote_id for message in wrote(await reader.read())] == [written]
        paths = [path for _verb, path in rig.server.requests]
        assert paths.count("/xrpc/com.atproto.server.createSession") == 1
        assert paths.count("/xrpc/com.atproto.server.refreshSession") == 1
        assert rig.server.refused == {"ExpiredToken": 1}

    async def test_a_reply_on_a_token_that_ran_out_is_sent_once(self, rig):
        reader, _told = await read(rig)
        written = rig.write("ana", "hello")
        (message,) = wrote(await reader.read())
        await rig.clock.advance(3 * 3600)
        receipt = await reader.network.perform(rig.act(message, "answer"))
        assert [fact.remote_id for fact in rig.ours()] == [receipt.remote_id]
        assert message.remote_id == written

    async def test_when_the_refresh_token_ends_the_app_password_opens_another_session(self, rig):
        reader, _told = await read(rig)
        rig.server.end_access()
        rig.server.end_refresh()
        assert await reader.read() == []
        logins = [path for _verb, path in rig.server.requests if path.endswith("createSession")]
        assert len(logins) == 2

    async def test_many_requests_at_once_renew_once(self, rig):
        network = rig.open()
        await network.whoami()
        rig.server.end_access()
        reader = Reader(network)
        await asyncio.gather(*(reader.step(name) for name in ("own", "notifications", "messages")))
        renewals = [path for _verb, path in rig.server.requests if path.endswith("refreshSession")]
        assert len(renewals) == 1

    async def test_the_secret_may_leave_the_handle_to_the_settings(self, rig):
        profile = await rig.open(secret=rig.password, handle=f"@brand.{rig.domain}").whoami()
        assert profile.author.handle == f"brand.{rig.domain}"

    async def test_a_did_does_as_a_handle(self, rig, us):
        assert (await rig.open(secret=f"{us.did}:{rig.password}").whoami()).author.remote_id == us.did

    @pytest.mark.parametrize("secret", ["", "abcd-efgh-ijkl-mnop", "brand.bsky.example:", ":abcd"])
    async def test_half_a_secret_is_never_sent(self, rig, secret):
        with pytest.raises(AuthExpired) as caught:
            await rig.open(secret=secret).whoami()
        assert caught.value.cure
        assert rig.server.requests == []

    async def test_without_an_address_the_server_is_found_by_the_handle(self, rig, us):
        # The document is not in the lexicons.
        rig.wire._app = rig.server
        network = rig.open(url="")
        assert (await network.whoami()).server == rig.domain
        with pytest.raises(AuthExpired):
            await rig.open(url="", secret="nobody.example:abcd").whoami()

    async def test_a_document_leads_to_the_accounts_own_server_but_never_off_a_safe_line(self, rig):
        rig.server.home = "https://oyster.host.example"
        assert (await rig.open().whoami()).server == "oyster.host.example"
        for unsafe in ("http://plain.example", "https://127.0.0.1", "nonsense://x", ""):
            rig.server.home = unsafe
            assert (await rig.open().whoami()).server == rig.domain

    async def test_a_closed_account_says_so(self, rig):
        body = b'{"error":"AccountTakedown","message":"Account has been taken down"}'
        rig.faults.add("POST", "*createSession", When.STATUS, status=401, body=body)
        with pytest.raises(AuthExpired, match="taken down"):
            await rig.open().whoami()

    async def test_a_server_of_another_kind(self, rig):
        rig.faults.add("*", "*", When.STATUS, times=None, status=404, body=b"no")
        with pytest.raises(Malformed) as caught:
            await rig.open().whoami()
        assert caught.value.cure

    async def test_limits_are_obeyed_as_stated(self, rig):
        rig.server.limit = (6, 300.0)
        reader = Reader(rig.open())
        await reader.read()
        with pytest.raises(RateLimited) as caught:
            await reader.read()
        assert caught.value.until <= rig.clock.now() + timedelta(seconds=300)
        asked = len(rig.server.requests)
        with pytest.raises(RateLimited):
            await reader.read()
        assert len(rig.server.requests) == asked, "a spent budget sends nothing"
        await rig.clock.advance(301)
        await reader.read()


class TestAbilities:
    async def test_what_an_account_can_do(self, rig):
        abilities = (await rig.open().whoami()).abilities
        assert (abilities.max_length, abilities.max_length_private) == (300, 1000)
        assert abilities.counting is Counting.GRAPHEMES
        assert set(abilities.why_not) == {ActVerb.EDIT}
        assert not abilities.deletes_theirs

    async def test_a_plain_app_password_has_no_private_messages(self, rig):
        network = rig.open(scope=PLAIN)
        profile = await network.whoami()
        assert profile.scopes == {PLAIN}
        assert ActVerb.PRIVATE_REPLY in profile.abilities.why_not
        assert "messages" not in [feed.name for feed in await network.feeds()]
        with pytest.raises(Gone):
            await network.pull(Feed(name="messages"), None)

    async def test_the_accounts_own_password_reaches_them(self, rig):
        assert ActVerb.PRIVATE_REPLY in (await rig.open(scope=FULL).whoami()).abilities.can

    async def test_chat_can_be_off_or_elsewhere(self, rig):
        off = rig.open(chat="off")
        assert ActVerb.PRIVATE_REPLY in off.abilities.why_not
        assert "messages" not in [feed.name for feed in await off.feeds()]
        rig.server.chat_service = "did:web:chat.example#bsky_chat"
        rig.write("ana", "hello", private=True)
        _reader, told = await read(rig, chat="did:web:chat.example")
        assert len(told) == 1
        with pytest.raises(Gone):
            await Reader(rig.open()).read()

    async def test_a_right_that_is_refused_is_no_end_of_the_token(self, rig):
        network = rig.open()
        await network.whoami()
        body = b'{"error":"InvalidToken","message":"Bad token method \\"chat.bsky.convo.listConvos\\""}'
        rig.faults.add("GET", "*listConvos", When.STATUS, status=400, body=body)
        with pytest.raises(Forbidden):
            await Reader(network).read()


class TestReplies:
    async def test_an_answer_stands_under_its_root_with_facets_in_bytes(self, rig, us, ana):
        post = rig.server.write(us, "We are open")
        comment = rig.server.write(ana, "where?", answers=post)
        reader, told = await read(rig)
        text = "é @ana.bsky.example look: https://a.example/map #shop"
        receipt = await reader.network.perform(rig.act(told[comment.uri], text, lang="en"))
        record = rig.server.find(receipt.remote_id)
        assert record.value["reply"] == {"root": ref(post), "parent": ref(comment)}
        assert record.value["langs"] == ["en"]
        covered = [
            text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode()
            for one in record.value["facets"]
        ]
        assert covered == ["@ana.bsky.example", "https://a.example/map", "#shop"]
        assert record.value["facets"][0]["features"][0]["did"] == ana.did
        assert not any(path.endswith("resolveHandle") for _verb, path in rig.server.requests), "ana is known"
        assert receipt.url == f"https://bsky.app/profile/{us.did}/post/{record.rkey}"

    async def test_a_handle_that_nobody_has_stays_plain(self, rig, bob):
        reader, _told = await read(rig)
        (message,) = wrote([*(await self._hello(rig, reader))])
        receipt = await reader.network.perform(rig.act(message, "ask @bob.else.example or @nobody.example"))
        facets = rig.server.find(receipt.remote_id).value["facets"]
        assert [one["features"][0]["did"] for one in facets] == [bob.did]

    async def _hello(self, rig, reader):
        rig.write("ana", "hello")
        return await reader.read()

    async def test_the_record_key_is_made_from_the_act(self, rig):
        reader, _told = await read(rig)
        (message,) = wrote([*(await self._hello(rig, reader))])
        act = rig.act(message, "answer")
        receipt = await rig.open().perform(act)
        assert (await rig.open().find(act)).remote_id == receipt.remote_id
        # A second attempt is refused by the server, and found to be done.
        assert (await rig.open().perform(act)).remote_id == receipt.remote_id
        assert rig.server.refused["InternalServerError"] == 1
        assert len(rig.ours()) == 1

    async def test_a_key_that_another_record_has_is_not_taken_for_ours(self, rig):
        reader, _told = await read(rig)
        rig.write("ana", "one")
        rig.write("bob", "two")
        first, second = wrote(await reader.read())
        network = rig.open()
        await network.perform(rig.act(first, "answer"))
        for deed in (network.perform, network.find):
            with pytest.raises(Rejected):
                await deed(rig.act(second, "answer"))

    async def test_too_long_is_refused_by_the_server_in_its_words(self, rig):
        reader, _told = await read(rig)
        (message,) = wrote([*(await self._hello(rig, reader))])
        with pytest.raises(Rejected, match="graphemes") as caught:
            await reader.network.perform(rig.act(message, "👩‍👩‍👧" * 301))
        assert caught.value.sent is False
        # The checker saw it, too.
        assert "record.text" in rig.app.problems.pop()
        rig.app.problems.clear()
        await reader.network.perform(rig.act(message, "👩‍👩‍👧" * 150))
        assert len(rig.ours()) == 1

    async def test_what_was_imported_is_answered_by_its_address_alone(self, rig, us, ana):
        post = rig.server.write(us, "We are open")
        comment = rig.server.write(ana, "where?", answers=post)
        reader, told = await read(rig)
        bare = told[comment.uri].model_copy(update={"extra": {}})
        receipt = await reader.network.perform(rig.act(bare, "here"))
        assert rig.server.find(receipt.remote_id).value["reply"] == {"root": ref(post), "parent": ref(comment)}
        rig.server.delete(comment)
        with pytest.raises(Gone):
            await reader.network.perform(rig.act(bare, "here", key="f" * 32))

    async def test_an_audience_that_does_not_exist(self, rig):
        reader, _told = await read(rig)
        (message,) = wrote([*(await self._hello(rig, reader))])
        for audience in (Audience.UNLISTED, Audience.FOLLOWERS):
            with pytest.raises(Rejected):
                await reader.network.perform(rig.act(message, "answer", audience=audience))
        with pytest.raises(Rejected):
            await reader.network.perform(rig.act(message, " \n"))
        assert rig.ours() == []

    async def test_only_our_own_posts_are_deleted(self, rig):
        reader, _told = await read(rig)
        (message,) = wrote([*(await self._hello(rig, reader))])
        with pytest.raises(Rejected):
            await reader.network.perform(rig.act(message, "", verb=ActVerb.DELETE))


class TestPrivateMessages:
    async def test_a_private_answer_to_a_public_post_opens_the_conversation(self, rig):
        reader, _told = await read(rig)
        rig.write("ana", "my order?")
        (message,) = wrote(await reader.read())
        act = rig.act(message, "tell me more", verb=ActVerb.PRIVATE_REPLY, audience=Audience.DIRECT)
        assert await reader.network.find(act) is None
        receipt = await reader.network.perform(act)
        assert [(fact.text, fact.private) for fact in rig.ours()] == [("tell me more", True)]
        assert (await rig.open().find(act)).remote_id == receipt.remote_id
        (back,) = wrote(await reader.read())
        assert (back.remote_id, back.conversation) == (receipt.remote_id, receipt.conversation)
        rig.write("ana", "number 5", private=True)
        (answer,) = wrote(await reader.read())
        assert answer.conversation == receipt.conversation

    async def test_a_request_is_accepted_before_it_is_answered(self, rig):
        rig.write("ana", "hello", private=True)
        reader, told = await read(rig)
        (message,) = told.values()
        await reader.network.perform(rig.act(message, "hello ana"))
        await reader.network.perform(rig.act(message, "once more", key="b" * 32))
        accepted = [path for _verb, path in rig.server.requests if path.endswith("acceptConvo")]
        assert len(accepted) == 1

    async def test_who_takes_no_messages_is_told(self, rig, ana):
        rig.write("ana", "hello")
        reader, told = await read(rig)
        rig.server.closed_to_messages.add(ana.did)
        (message,) = told.values()
        with pytest.raises(Rejected, match="disabled") as caught:
            await reader.network.perform(rig.act(message, "psst", verb=ActVerb.PRIVATE_REPLY))
        assert caught.value.sent is False

    async def test_a_lost_private_answer_is_found_by_its_words_and_not_sent_twice(self, rig):
        rig.write("us", "same words", private=True)
        await rig.clock.advance(3600)
        rig.write("ana", "hello", private=True)
        reader, told = await read(rig)
        message = next(one for one in told.values() if one.direction is Direction.IN)
        act = rig.act(message, "same words")
        assert await reader.network.find(act) is None, "an hour ago is another message"
        rig.faults.add("POST", "*sendMessage", When.AFTER)
        with pytest.raises(Unreachable):
            await reader.network.perform(act)
        found = await rig.open().find(act)
        assert found.remote_id == rig.ours()[-1].remote_id

    async def test_what_another_act_of_this_process_wrote_is_not_it(self, rig):
        rig.write("ana", "hello", private=True)
        reader, told = await read(rig)
        (message,) = told.values()
        await reader.network.perform(rig.act(message, "same words", key="a" * 32))
        assert await reader.network.find(rig.act(message, "same words", key="b" * 32)) is None
        assert await reader.network.find(rig.act(message, "same words", key="a" * 32)) is not None

    async def test_many_messages_between_two_readings(self, rig):
        rig.write("ana", "first", private=True)
        reader, _told = await read(rig)
        written = [rig.write("ana", f"n{number}", private=True) for number in range(230)]
        written.append(rig.write("bob", "other", private=True))
        assert [message.remote_id for message in wrote(await reader.read())] == written
        asked = len(rig.server.requests)
        assert await reader.read() == []
        assert sum(path.endswith("getMessages") for _verb, path in rig.server.requests[asked:]) == 0

    async def test_what_we_deleted_elsewhere_is_gone(self, rig, us):
        remote_id = rig.write("ana", "hello", private=True)
        reader, told = await read(rig)
        (convo,) = rig.server.convos.values()
        convo.letters[-1].gone_for.add(us.did)
        removed = [change for change in await reader.read() if isinstance(change, Removed)]
        assert [change.remote_id for change in removed] == [remote_id]
        assert await reader.read() == []
        with pytest.raises(Gone):
            await reader.network.thread(rig.act(told[remote_id], "").target)

    async def test_a_private_message_cannot_be_taken_back_or_hidden(self, rig):
        rig.write("us", "oops", private=True)
        reader, told = await read(rig)
        (message,) = told.values()
        for verb in (ActVerb.DELETE, ActVerb.HIDE):
            with pytest.raises(Rejected):
                await reader.network.perform(rig.act(message, "", verb=verb))
        assert await reader.network.find(rig.act(message, "", verb=ActVerb.DELETE)) is None

    async def test_a_like_is_a_sign_on_the_message(self, rig, us):
        rig.write("ana", "thanks", private=True)
        reader, told = await read(rig)
        (message,) = told.values()
        (convo,) = rig.server.convos.values()
        for verb, signs in ((ActVerb.LIKE, ["❤️"]), (ActVerb.UNLIKE, [])):
            act = rig.act(message, "", verb=verb)
            assert await reader.network.find(act) is None
            await reader.network.perform(act)
            assert [sign for sign, _person in convo.letters[0].signs] == signs
            assert await reader.network.find(act) is not None

    async def test_a_message_that_nobody_understands_is_set_aside_once(self, rig):
        reader, _told = await read(rig)
        rig.forgive()
        rig.write("ana", "good", private=True)
        (convo,) = rig.server.convos.values()
        convo.letters[0].text = 5
        rig.write("ana", "better", private=True)
        assert [message.text for message in wrote(await reader.read())] == ["better"]
        await reader.read()
        assert len(reader.set_aside) == 1


class TestOtherActs:
    @pytest.fixture
    async def comment(self, rig, us, ana) -> Any:
        post = rig.server.write(us, "We are open")
        answer = rig.server.write(ana, "no", answers=post)
        reader, told = await read(rig)
        return reader.network, told[answer.uri]

    @pytest.mark.parametrize(
        ("do", "undo"),
        [
            (ActVerb.LIKE, ActVerb.UNLIKE),
            (ActVerb.HIDE, ActVerb.UNHIDE),
            (ActVerb.MUTE, ActVerb.UNMUTE),
            (ActVerb.BLOCK, ActVerb.UNBLOCK),
        ],
    )
    async def test_each_is_done_found_and_undone(self, rig, comment, do, undo):
        network, message = comment
        done, undone = rig.act(message, "", verb=do, key="a" * 32), rig.act(message, "", verb=undo, key="b" * 32)
        assert await network.find(done) is None
        for act, other in ((done, undone), (undone, done)):
            await network.perform(act)
            await network.perform(act)
            assert await network.find(act) is not None
            assert await network.find(other) is None

    async def test_the_records_are_where_they_belong(self, rig, us, ana, comment):
        network, message = comment
        for number, verb in enumerate((ActVerb.LIKE, ActVerb.HIDE, ActVerb.BLOCK, ActVerb.MUTE)):
            await network.perform(rig.act(message, "", verb=verb, key=f"{number}"))
        (like,), (gate,), (block,) = records(rig, LIKE), records(rig, GATE), records(rig, BLOCK)
        root = message.extra["root"]
        assert like.value["subject"]["uri"] == message.remote_id
        assert gate.rkey == root.rpartition("/")[2]
        assert gate.value["post"] == root
        assert gate.value["hiddenReplies"] == [message.remote_id]
        assert "allow" not in gate.value, "everybody may answer, as before"
        assert block.value["subject"] == ana.did
        assert us.muted == {ana.did}

    async def test_a_gate_keeps_what_else_is_in_it(self, rig, us, comment):
        network, message = comment
        root = message.extra["root"]
        rules = [{"$type": f"{GATE}#mentionRule"}]
        value = {
            "$type": GATE,
            "post": root,
            "createdAt": "2026-03-02T09:00:00.000Z",
            "allow": rules,
            "hiddenReplies": ["at://did:plc:x/app.bsky.feed.post/3aaaaaaaaaaaa"],
        }
        rig.server.put(us, GATE, root.rpartition("/")[2], value)
        await network.perform(rig.act(message, "", verb=ActVerb.HIDE))
        gate = next(reversed(records(rig, GATE)))
        assert gate.value["allow"] == rules
        assert len(gate.value["hiddenReplies"]) == 2
        await network.perform(rig.act(message, "", verb=ActVerb.UNHIDE))
        assert rig.server.find(gate.uri).value["hiddenReplies"] == value["hiddenReplies"]

    async def test_a_gate_that_somebody_changes_meanwhile_is_read_again(self, rig, us, ana, comment):
        network, message = comment
        await network.perform(rig.act(message, "", verb=ActVerb.HIDE))
        (gate,) = records(rig, GATE)
        other = rig.server.write(ana, "never", answers=rig.server.records[message.extra["root"]])
        (second,) = (m for m in wrote(await Reader(network).read()) if m.remote_id == other.uri)
        body = json.dumps({"error": "InvalidSwap", "message": "Record was at ..."}).encode()
        rig.faults.add("POST", "*putRecord", When.STATUS, status=400, body=body)
        await network.perform(rig.act(second, "", verb=ActVerb.HIDE))
        assert rig.server.find(gate.uri).value["hiddenReplies"] == [message.remote_id, other.uri]
        rig.faults.add("POST", "*putRecord", When.STATUS, status=400, body=body, times=None)
        with pytest.raises(Rejected):
            await network.perform(rig.act(second, "", verb=ActVerb.UNHIDE))

    async def test_a_full_gate_says_so(self, rig, us, comment):
        network, message = comment
        root = message.extra["root"]
        hidden = [f"at://did:plc:x/{POST}/3aaaaaaaaa{number:03}" for number in range(MOST)]
        value = {"$type": GATE, "post": root, "createdAt": "2026-03-02T09:00:00.000Z", "hiddenReplies": hidden}
        rig.server.put(us, GATE, root.rpartition("/")[2], value)
        with pytest.raises(Rejected, match="300"):
            await network.perform(rig.act(message, "", verb=ActVerb.HIDE))

    async def test_only_answers_below_our_posts_can_be_hidden(self, rig):
        rig.write("ana", "hello")
        reader, told = await read(rig)
        (message,) = told.values()
        with pytest.raises(Rejected, match="our own posts"):
            await reader.network.perform(rig.act(message, "", verb=ActVerb.HIDE))

    async def test_a_report_names_the_post_and_cannot_be_looked_up(self, rig, comment):
        network, message = comment
        act = rig.act(message, "", verb=ActVerb.REPORT, reason="spam")
        await network.perform(act)
        (report,) = rig.server.reports
        assert report["reasonType"].endswith("#reasonSpam")
        assert report["reason"] == "spam"
        assert report["subject"]["uri"] == message.remote_id
        with pytest.raises(Unknowable):
            await network.find(act)

    async def test_a_report_of_a_private_message_names_the_person(self, rig, ana):
        rig.write("ana", "insult", private=True)
        reader, told = await read(rig)
        (message,) = told.values()
        await reader.network.perform(rig.act(message, "rude", verb=ActVerb.REPORT))
        assert rig.server.reports[0]["subject"] == {"$type": "com.atproto.admin.defs#repoRef", "did": ana.did}

    async def test_nobody_cannot_be_muted(self, rig, comment):
        network, message = comment
        act = rig.act(message, "", verb=ActVerb.MUTE)
        nobody = act.model_copy(update={"target": act.target.model_copy(update={"author": None})})
        with pytest.raises(Rejected):
            await network.perform(nobody)


async def everything(rig: BlueskyRig) -> None:
    """Every call that the connector makes, at least once."""
    us, ana = rig.people["us"], rig.people["ana"]
    post = rig.server.write(us, "We are open")
    answer = rig.server.write(ana, "no", answers=post)
    letter = rig.write("ana", "hello", private=True)
    network: Network = rig.open(search="open")
    told = {message.remote_id: message for message in wrote(await Reader(network).read())}
    rig.server.end_access()
    for number, verb in enumerate(ActVerb):
        for place, one in enumerate((told[answer.uri], told[letter])):
            act = rig.act(one, "words for @nobody.example", verb=verb, key=f"{place}k{number}")
            for deed in (network.find, network.perform, network.find):
                try:
                    await deed(act)
                except NetworkError:
                    continue
    own = next(message for message in wrote(await Reader(network).read()) if message.kind is Kind.COMMENT)
    await network.thread(rig.act(own, "").target)
    await network.perform(rig.act(told[answer.uri], "psst", verb=ActVerb.PRIVATE_REPLY, key="p"))
    ours = [m for m in wrote(await Reader(network).read()) if m.direction is Direction.OUT and m.kind is Kind.COMMENT]
    await network.perform(rig.act(ours[0], "", verb=ActVerb.DELETE, key="d"))
    other = rig.server.write(ana, "never", answers=post)
    second = next(m for m in wrote(await Reader(network).read()) if m.remote_id == other.uri)
    await network.perform(rig.act(told[answer.uri], "", verb=ActVerb.HIDE, key="h1"))
    await network.perform(rig.act(second, "", verb=ActVerb.HIDE, key="h2"))


async def test_the_connector_uses_all_of_the_contract_that_is_kept_here(rig: BlueskyRig) -> None:
    spec = needed("bluesky")
    assert isinstance(rig.app, Checked)
    before = set(spec.checked)
    spec.checked.clear()
    await everything(rig)
    kept = {(method, path) for path, item in spec.document["paths"].items() for method in item}
    assert spec.checked == kept
    spec.checked.update(before)
    assert rig.app.problems == []


def test_the_checker_sees_what_is_wrong() -> None:
    spec = needed("bluesky")
    url = "https://practice.example/xrpc/app.bsky.notification.listNotifications"
    good = httpx.Request("GET", url, params={"limit": "3"})
    assert spec.check_request(good) == []
    assert spec.check_request(httpx.Request("GET", url, params={"limmit": "3"}))
    assert spec.check_request(httpx.Request("GET", url + "s"))
    assert spec.check_answer(good, 200, b'{"notifications":[]}') == []
    assert spec.check_answer(good, 200, b'{"notifications":[{"uri":"x"}]}')
    assert spec.check_answer(good, 400, b'{"error":"ExpiredToken","message":"no"}') == []
    assert spec.check_answer(good, 400, b'{"why":"no"}')
    record = {"$type": POST, "text": "é", "createdAt": "2026-03-02T09:00:00.000Z"}
    body = {"repo": "did:plc:abc", "collection": POST, "rkey": "3aaaaaaaaaaaa", "record": record}
    create = "https://practice.example/xrpc/com.atproto.repo.createRecord"

    def problems(**more: Any) -> list[str]:
        return spec.check_request(httpx.Request("POST", create, content=json.dumps({**body, **more})))

    assert problems() == []
    assert problems(rkey="my key")
    assert problems(rkey="shop")
    assert problems(repo="me")
    assert problems(record={**record, "text": "é" * 301})
    assert problems(record={**record, "createdAt": "yesterday"})
    assert problems(record={**record, "createdAt": "2026-02-31T09:00:00Z"})
    assert problems(record={**record, "langs": ["en", "fr", "de", "es"]})
    assert problems(record={**record, "reply": {"root": {"uri": "at://did:plc:abc"}}})
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": "ana"}
    facet = {"index": {"byteStart": 0, "byteEnd": 2}, "features": [feature]}
    assert problems(record={**record, "facets": [facet]})
