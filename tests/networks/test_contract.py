"""What every connector promises (networks/base.py), held against every practice server.

A test here knows no network: it plays through `rig.Rig` and looks at changes, receipts, errors and the server's books.
"""

import asyncio
import json
from datetime import timedelta

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
from cminbox.model.accounts import Profile
from cminbox.model.base import SITE_VERBS, ActVerb, Audience, Direction, Kind, MessageState
from cminbox.model.changes import Edited, Removed

from .rig import Reader, Rig, wrote

HOSTILE = (
    "plain",
    "a & b < c > d \"e\" 'f' &amp; &lt;b&gt;",
    "[bold]x[/bold] [/foo] {0} %s $HOME `id`",
    "two\nlines",
    "nul-free \u202e rtl \u200d zwj \u2066 isolate",
    "emoji 👩‍👩‍👧‍👦 🇫🇷 e\u0301 œ",
    "العربية 日本語 ไทย हिन्दी",
    "\u2028separator\u2029 and \x85 next",
    "x" * 280,
    "'; DROP TABLE messages; --",
    "<script>alert(1)</script>",
    "http://example.com/?a=1&b=2 and https://example.com/a/long/path/that/goes/on/and/on/for/ever",
    "\U0010ffff\ue000 private",
)


async def read_all(each: Rig):
    reader = Reader(each.open())
    return reader, wrote(await reader.read())


async def the(each: Rig, remote_id: str):
    """A message as a fresh connector tells it, with that connector."""
    reader, found = await read_all(each)
    return reader.network, next(message for message in found if message.remote_id == remote_id)


def said(messages) -> list[str]:
    return [message.text.removeprefix("@brand ") for message in messages if message.direction is Direction.IN]


class TestWho:
    async def test_whoami_names_us(self, each):
        network = each.open()
        profile = await network.whoami()
        assert isinstance(profile, Profile)
        assert profile.author.is_us
        assert profile.author.remote_id
        assert profile.author.name == "The Brand" or profile.author.name
        assert profile.abilities == network.abilities

    async def test_abilities_are_values_and_say_why_not(self, each):
        network = each.open()
        before = network.abilities
        after = (await network.whoami()).abilities
        for abilities in (before, after):
            assert {ActVerb.REPLY, ActVerb.DELETE} <= abilities.can
            assert abilities.settle_s > 0
            assert not abilities.can & set(abilities.why_not)
            assert set(ActVerb) - SITE_VERBS <= abilities.can | set(abilities.why_not), "can, or says why not"

    async def test_feeds_keep_their_names(self, each):
        first = [feed.name for feed in await each.open().feeds()]
        assert first
        assert len(set(first)) == len(first)
        assert [feed.name for feed in await each.open().feeds()] == first

    async def test_nothing_is_sent_before_the_first_call(self, each):
        each.faults.add("*", "*", "before", times=None)
        network = each.open()
        assert network.abilities.can
        assert each.faults.struck == []
        await network.aclose()

    async def test_closing_twice_is_no_error(self, each):
        network = each.open()
        await network.whoami()
        await network.aclose()
        await network.aclose()

    async def test_the_secret_is_in_no_text(self, each):
        network = each.open(secret="very-s3cret-thing")
        assert "very-s3cret-thing" not in repr(network.connection)
        with pytest.raises(NetworkError) as caught:
            await network.whoami()
        assert "very-s3cret-thing" not in f"{caught.value} {caught.value!r} {vars(caught.value)}"


class TestReading:
    async def test_an_empty_account_is_read_to_its_end(self, each):
        reader, messages = await read_all(each)
        assert [m for m in messages if m.direction is Direction.IN] == []
        assert await reader.read() == []

    async def test_what_came_is_told_once_and_in_order(self, each):
        ids = []
        for number in range(5):
            ids.append(each.write("ana" if number % 2 else "bob", f"n{number}"))
            await each.clock.advance(60)
        reader, messages = await read_all(each)
        incoming = [m for m in messages if m.direction is Direction.IN]
        assert [m.remote_id for m in incoming] == ids
        assert said(incoming) == [f"n{number}" for number in range(5)]
        assert [m.at for m in incoming] == sorted(m.at for m in incoming)
        assert all(m.addressed for m in incoming)
        assert len({m.author.remote_id for m in incoming}) == 2
        assert await reader.read() == []

    async def test_only_what_is_new_comes_later(self, each):
        each.write("ana", "old")
        reader, _messages = await read_all(each)
        new = each.write("bob", "new")
        assert [m.remote_id for m in wrote(await reader.read())] == [new]
        assert await reader.read() == []

    async def test_a_cursor_serves_another_process(self, each):
        each.write("ana", "old")
        reader, _messages = await read_all(each)
        new = each.write("bob", "new")
        other = Reader(each.open(), cursors=json.loads(json.dumps(reader.cursors)))
        assert [m.remote_id for m in wrote(await other.read())] == [new]

    async def test_reading_again_from_a_cursor_tells_the_same(self, each):
        each.write("ana", "old")
        reader, _messages = await read_all(each)
        for number in range(3):
            each.write("ana", f"n{number}")
        kept = json.loads(json.dumps(reader.cursors))
        first = [m.remote_id for m in wrote(await reader.read())]
        again = Reader(each.open(), cursors=kept)
        assert [m.remote_id for m in wrote(await again.read())] == first
        assert len(first) == 3

    async def test_a_gap_is_filled_without_a_loss_or_a_double(self, each):
        each.write("ana", "before")
        reader, _messages = await read_all(each)
        written = []
        for number in range(3 * each.page + 5):
            written.append(each.write("ana" if number % 3 else "bob", f"n{number}"))
            await each.clock.advance(1)
        changes = await reader.read()
        told = [c.remote_id for c in changes if c.type == "wrote"]
        assert sorted(told) == sorted(written), "each exactly once"
        assert [m.remote_id for m in wrote(changes)] == written, "oldest first"
        assert await reader.read() == []

    async def test_what_comes_while_a_gap_is_filled_is_not_lost(self, each):
        each.write("ana", "before")
        reader, _messages = await read_all(each)
        written = [each.write("ana", f"n{number}") for number in range(2 * each.page + 3)]
        feeds = [feed.name for feed in await reader.network.feeds()]
        for turn in range(3):
            for feed in feeds:
                await reader.step(feed)
            written.append(each.write("bob", f"meanwhile {turn}"))
        await reader.read()
        told = wrote([change for batch in reader.batches for change in batch.changes])
        assert set(written) <= {m.remote_id for m in told}

    @pytest.mark.parametrize("stop", [1, 2, 3])
    async def test_an_interrupted_first_reading_goes_on(self, each, stop):
        written = []
        for number in range(3 * each.page + 1):
            written.append(each.write("ana", f"n{number}"))
            await each.clock.advance(1)
        reader = Reader(each.open())
        for feed in await reader.network.feeds():
            for _turn in range(stop):
                await reader.step(feed.name)
        other = Reader(each.open(), cursors=json.loads(json.dumps(reader.cursors)))
        await other.read()
        told = wrote([change for batch in (*reader.batches, *other.batches) for change in batch.changes])
        assert [m.remote_id for m in told] == written

    @pytest.mark.parametrize("more", [0, 1])
    async def test_a_reading_of_whole_pages_ends(self, each, more):
        written = [each.write("ana", f"n{number}") for number in range(each.page + more)]
        _reader, messages = await read_all(each)
        assert [m.remote_id for m in messages if m.direction is Direction.IN] == written

    async def test_the_first_reading_goes_back_as_far_as_it_is_told(self, each):
        each.write("ana", "too old")
        await each.clock.advance(3 * 86400)
        wanted = []
        for number in range(each.page + 5):
            wanted.append(each.write("bob", f"n{number}"))
            await each.clock.advance(60)
        reader = Reader(each.open(since=timedelta(days=2)))
        messages = [m for m in wrote(await reader.read()) if m.direction is Direction.IN and m.addressed]
        assert [m.remote_id for m in messages] == wanted

    async def test_a_failed_pull_loses_nothing(self, each):
        reader, _messages = await read_all(each)
        written = [each.write("ana", "one"), each.write("bob", "two", private=each.has_private)]
        for when in ("before", "after", "cut"):
            each.faults.add(*each.reads, when)
            with pytest.raises(Unreachable):
                await reader.read()
        await reader.read()
        told = wrote([change for batch in reader.batches for change in batch.changes])
        assert {m.remote_id for m in told} == set(written)

    async def test_a_cursor_that_is_nonsense_begins_anew(self, each):
        new = each.write("ana", "hello")
        network = each.open()
        for cursor in ({}, {"x": 1}):
            reader = Reader(network, cursors={feed.name: cursor for feed in await network.feeds()})
            assert new in {m.remote_id for m in wrote(await reader.read())}

    @pytest.mark.parametrize("text", HOSTILE)
    async def test_texts_come_as_they_were_written(self, each, text):
        each.write("ana", text)
        _reader, messages = await read_all(each)
        assert said(messages) == [text]


class TestKinds:
    async def test_direct_messages_are_private_and_together(self, each):
        if not each.has_private:
            return
        ids = [
            each.write("ana", "one", private=True),
            each.write("us", "two", private=True),
            each.write("ana", "three", private=True),
            each.write("bob", "other", private=True),
        ]
        _reader, messages = await read_all(each)
        mine = {m.remote_id: m for m in messages if m.remote_id in ids}
        assert set(mine) == set(ids)
        assert all(m.kind is Kind.DM and m.audience is Audience.DIRECT for m in mine.values())
        keys = [mine[i].conversation for i in ids]
        assert keys[0] is not None
        assert keys[0] == keys[1] == keys[2] != keys[3]
        assert mine[ids[1]].direction is Direction.OUT
        assert mine[ids[1]].author.is_us

    async def test_public_messages_are_not_private(self, each):
        each.write("ana", "hello")
        _reader, messages = await read_all(each)
        (message,) = (m for m in messages if m.direction is Direction.IN)
        assert message.kind is not Kind.DM
        assert message.audience is Audience.PUBLIC
        assert not message.author.is_us
        assert not message.author.is_bot

    async def test_our_own_messages_made_elsewhere_are_ours(self, each):
        question = each.write("ana", "question")
        await each.clock.advance(60)
        answer = each.write("us", "answer", reply_to=question)
        _reader, messages = await read_all(each)
        ours = next(m for m in messages if m.remote_id == answer)
        assert ours.direction is Direction.OUT
        assert ours.author.is_us
        assert ours.parent == question

    async def test_a_reply_names_its_parent(self, each):
        first = each.write("ana", "first")
        second = each.write("bob", "second", reply_to=first)
        _reader, messages = await read_all(each)
        assert next(m for m in messages if m.remote_id == second).parent == first


class TestChanges:
    async def test_an_edit_is_told(self, each):
        if not each.edits:
            return
        message = each.write("ana", "before")
        reader, _messages = await read_all(each)
        await each.clock.advance(60)
        each.edit(message, "after the edit")
        changes = await reader.read()
        edits = [c for c in changes if isinstance(c, Edited)]
        assert [(e.remote_id, e.text.removeprefix("@brand ")) for e in edits] == [(message, "after the edit")]
        assert await reader.read() == []

    async def test_a_deletion_is_told(self, each):
        message = each.write("ana", "oops")
        kept = each.write("ana", "kept")
        reader, _messages = await read_all(each)
        each.remove(message)
        removed = [c for c in await reader.read() if isinstance(c, Removed)]
        assert [(r.remote_id, r.state) for r in removed] == [(message, MessageState.REMOVED)]
        assert kept not in {r.remote_id for r in removed}
        assert [c for c in await reader.read() if isinstance(c, Removed)] == []

    async def test_a_thread_brings_the_message_and_what_answers_it(self, each):
        question = each.write("ana", "question")
        network, message = await the(each, question)
        await each.clock.advance(60)
        answer = each.write("us", "answered by a colleague elsewhere", reply_to=question)
        batch = await network.thread(each.act(message, "").target)
        assert {question, answer} <= {m.remote_id for m in wrote(list(batch.changes))}
        assert batch.cursor is None

    async def test_a_thread_of_what_is_gone_says_so(self, each):
        network, message = await the(each, each.write("ana", "oops"))
        each.remove(message.remote_id)
        with pytest.raises(Gone):
            await network.thread(each.act(message, "").target)

    async def test_what_nobody_understands_is_set_aside_and_the_rest_goes_on(self, each):
        before = each.write("ana", "before")
        each.spoil()
        after = each.write("bob", "after")
        reader, messages = await read_all(each)
        assert [m.remote_id for m in messages if m.direction is Direction.IN] == [before, after]
        assert len(reader.set_aside) == 1
        assert reader.set_aside[0].raw
        assert reader.set_aside[0].reason
        await reader.read()
        assert len(reader.set_aside) == 1, "told once"


class TestActing:
    async def test_a_reply_arrives_once_below_its_parent(self, each):
        network, message = await the(each, each.write("ana", "question"))
        receipt = await network.perform(each.act(message, "the answer"))
        (fact,) = each.ours()
        assert fact.remote_id == receipt.remote_id
        assert fact.parent == message.remote_id
        assert "the answer" in fact.text
        assert not fact.private

    async def test_our_reply_comes_back_as_the_same_message(self, each):
        reader, _messages = await read_all(each)
        question = each.write("ana", "question")
        message = next(m for m in wrote(await reader.read()) if m.remote_id == question)
        receipt = await reader.network.perform(each.act(message, "the answer"))
        again = [m for m in wrote(await reader.read()) if m.remote_id == receipt.remote_id]
        assert len(again) == 1
        assert again[0].direction is Direction.OUT
        assert "the answer" in again[0].text
        assert receipt.at in (None, again[0].at)

    async def test_a_private_answer_stays_private(self, each):
        if not each.has_private:
            return
        network, message = await the(each, each.write("ana", "secret question", private=True))
        await network.perform(each.act(message, "secret answer"))
        assert [fact.private for fact in each.ours()] == [True]

    async def test_an_answer_is_never_wider_than_its_parent(self, each):
        if not each.has_private:
            return
        network, message = await the(each, each.write("ana", "secret question", private=True))
        await network.perform(each.act(message, "answer", audience=Audience.PUBLIC))
        assert [fact.private for fact in each.ours()] == [True]

    @pytest.mark.parametrize("verb", [ActVerb.REPLY, ActVerb.PRIVATE_REPLY])
    async def test_a_note_never_leaves(self, each, verb):
        network, message = await the(each, each.write("ana", "question"))
        with pytest.raises(Rejected):
            await network.perform(each.act(message, "internal", verb=verb, audience=Audience.NOTE))
        assert each.ours() == []

    async def test_the_same_key_makes_one_reply(self, each):
        network, message = await the(each, each.write("ana", "question"))
        act = each.act(message, "the answer")
        first = await network.perform(act)
        second = await network.perform(act) if each.keeps_keys else await network.find(act)
        assert second is not None
        assert first.remote_id == second.remote_id
        assert len(each.ours()) == 1

    async def test_another_key_makes_another_reply(self, each):
        network, message = await the(each, each.write("ana", "question"))
        await network.perform(each.act(message, "the answer", key="a" * 32))
        if not each.takes_doubles:
            with pytest.raises(Rejected) as caught:
                await network.perform(each.act(message, "the answer", key="b" * 32))
            assert caught.value.cure
        await network.perform(each.act(message, "the answer" if each.takes_doubles else "again", key="b" * 32))
        assert len(each.ours()) == 2

    @pytest.mark.parametrize("text", HOSTILE)
    async def test_answers_arrive_as_they_were_written_and_are_found(self, each, text):
        network, message = await the(each, each.write("ana", "question"))
        act = each.act(message, text)
        receipt = await network.perform(act)
        assert each.ours()[0].text.removeprefix("@ana ") == text
        found = await network.find(act)
        assert found is not None
        assert found.remote_id == receipt.remote_id

    async def test_what_the_abilities_lack_is_refused_unsent(self, each):
        network, message = await the(each, each.write("ana", "question"))
        await network.whoami()
        for verb in set(ActVerb) - network.abilities.can:
            with pytest.raises((Rejected, Forbidden)) as caught:
                await network.perform(each.act(message, "x", verb=verb))
            assert caught.value.sent is False
        assert each.ours() == []

    async def test_a_reply_is_taken_back(self, each):
        network, message = await the(each, each.write("ana", "question"))
        await network.perform(each.act(message, "the answer"))
        reader = Reader(network)
        ours = next(m for m in wrote(await reader.read()) if m.direction is Direction.OUT)
        act = each.act(ours, "", verb=ActVerb.DELETE, key="d" * 32)
        assert await network.find(act) is None
        await network.perform(act)
        assert each.ours() == []
        assert await network.find(act) is not None

    async def test_a_reply_is_edited(self, each):
        network, message = await the(each, each.write("ana", "question"))
        await network.perform(each.act(message, "the answer"))
        if ActVerb.EDIT not in network.abilities.can:
            return
        ours = next(m for m in wrote(await Reader(network).read()) if m.direction is Direction.OUT)
        act = each.act(ours, ours.text.replace("the answer", "the better one"), verb=ActVerb.EDIT, key="e" * 32)
        assert await network.find(act) is None
        await network.perform(act)
        (fact,) = each.ours()
        assert (fact.remote_id, fact.parent) == (ours.remote_id, message.remote_id)
        assert fact.text == ours.text.replace("the answer", "the better one")
        assert await network.find(act) is not None
        again = act.model_copy(update={"key": "f" * 32, "text": ours.text})
        await network.perform(again)
        assert [fact.text for fact in each.ours()] == [ours.text]

    async def test_answering_what_is_gone_sends_nothing(self, each):
        network, message = await the(each, each.write("ana", "question"))
        each.remove(message.remote_id)
        try:
            await network.thread(each.act(message, "").target)
        except Gone:
            return
        pytest.fail("the thread does not say that the message is gone")


class TestUncertain:
    """An answer that was lost: `find` tells what happened, and nothing is there twice."""

    @pytest.mark.parametrize("when", ["after", "cut", "garble"])
    @pytest.mark.parametrize("keys", [True, False])
    async def test_done_and_unheard_is_found(self, each, when, keys):
        if not keys and not each.ignore_keys():
            return
        network, message = await the(each, each.write("ana", "question"))
        act = each.act(message, "the answer")
        each.faults.add(*each.sends, when, body=b"<html>")
        with pytest.raises((Unreachable, Malformed)) as caught:
            await network.perform(act)
        assert caught.value.sent is True
        (fact,) = each.ours()
        other = each.open()
        found = await other.find(act)
        assert found is not None
        assert found.remote_id == fact.remote_id

    async def test_a_time_out_is_uncertain(self, each):
        network, message = await the(each, each.write("ana", "question"))
        act = each.act(message, "the answer")
        each.faults.add(*each.sends, "delay", seconds=3600)
        call = asyncio.ensure_future(network.perform(act))
        for _turn in range(200):
            await asyncio.sleep(0)
        await each.clock.advance(120)
        with pytest.raises(Unreachable) as caught:
            await call
        assert caught.value.sent is True
        assert await network.find(act) is not None

    async def test_a_deed_that_lands_later_is_absent_first_and_found_then(self, each):
        network, message = await the(each, each.write("ana", "question"))
        act = each.act(message, "the answer")
        each.faults.add(*each.sends, "during", seconds=network.abilities.settle_s - 1)
        with pytest.raises(Unreachable) as caught:
            await network.perform(act)
        assert caught.value.sent is True
        assert await network.find(act) is None
        await each.clock.advance(network.abilities.settle_s)
        for _turn in range(200):
            await asyncio.sleep(0)
        assert await network.find(act) is not None
        assert len(each.ours()) == 1

    async def test_never_sent_is_absent_and_says_so(self, each):
        network, message = await the(each, each.write("ana", "question"))
        act = each.act(message, "the answer")
        each.faults.add(*each.sends, "before")
        with pytest.raises(Unreachable) as caught:
            await network.perform(act)
        assert caught.value.sent is False
        assert await network.find(act) is None
        assert each.ours() == []
        await network.perform(act)
        assert len(each.ours()) == 1

    async def test_the_same_words_to_somebody_else_are_not_it(self, each):
        first, second = each.write("ana", "question"), each.write("bob", "question")
        reader, messages = await read_all(each)
        by_id = {m.remote_id: m for m in messages}
        await reader.network.perform(each.act(by_id[first], "the answer", key="a" * 32))
        assert await reader.network.find(each.act(by_id[second], "the answer", key="b" * 32)) is None

    async def test_the_same_words_long_ago_are_not_it(self, each):
        network, message = await the(each, each.write("ana", "question"))
        await network.perform(each.act(message, "the answer", key="a" * 32))
        await each.clock.advance(7200)
        assert await each.open().find(each.act(message, "the answer", key="b" * 32)) is None

    async def test_what_another_act_made_is_not_it(self, each):
        network, message = await the(each, each.write("ana", "question"))
        first = await network.perform(each.act(message, "the answer", key="a" * 32))
        second = each.act(message, "the answer", key="b" * 32).model_copy(
            update={"spoken_for": frozenset({first.remote_id})}
        )
        assert await each.open().find(second) is None

    async def test_looking_needs_an_answer(self, each):
        network, message = await the(each, each.write("ana", "question"))
        each.faults.add("GET", "*", "before", times=None)
        with pytest.raises((Unreachable, Unknowable)):
            await network.find(each.act(message, "the answer"))


class TestErrors:
    async def test_a_wrong_secret(self, each):
        for secret in ("nonsense", ""):
            with pytest.raises(AuthExpired):
                await each.open(secret=secret).whoami()

    async def test_a_secret_that_ends(self, each):
        reader, _messages = await read_all(each)
        network, message = await the(each, each.write("ana", "question"))
        each.revoke()
        with pytest.raises(AuthExpired):
            await reader.read()
        with pytest.raises(AuthExpired):
            await network.perform(each.act(message, "the answer"))
        assert each.ours() == []

    @pytest.mark.parametrize(
        ("status", "kind", "sent"),
        [
            (403, Forbidden, False),
            (422, Rejected, False),
            (429, RateLimited, False),
            (500, Unreachable, True),
            (503, Unreachable, True),
        ],
    )
    async def test_a_refused_reply(self, each, status, kind, sent):
        network, message = await the(each, each.write("ana", "question"))
        each.faults.add(*each.sends, "status", status=status, body=b"{}", headers=(("retry-after", "30"),))
        with pytest.raises(kind) as caught:
            await network.perform(each.act(message, "the answer"))
        assert caught.value.sent is sent
        if isinstance(caught.value, RateLimited):
            assert caught.value.until == each.clock.now() + timedelta(seconds=30)
            with pytest.raises(RateLimited):
                await network.perform(each.act(message, "the answer"))
            assert len(each.faults.struck) == 1, "the wait is obeyed before sending"
            await each.clock.advance(31)
            await network.perform(each.act(message, "the answer"))

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(401, AuthExpired), (403, Forbidden), (429, RateLimited), (500, Unreachable), (502, Unreachable)],
    )
    async def test_a_refused_reading(self, each, status, kind):
        reader, _messages = await read_all(each)
        each.faults.add(*each.reads, "status", status=status, body=b"<html>oops</html>")
        with pytest.raises(kind):
            await reader.read()

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b"not json", b"[", b"5", b'"text"', b"null", b"[" * 5000, b"\xff"]
    )
    async def test_an_answer_that_is_none(self, each, body):
        reader, _messages = await read_all(each)
        each.faults.add(*each.reads, "garble", body=body)
        with pytest.raises(Malformed):
            await reader.read()
        assert isinstance(await reader.read(), list), "the next reading goes on"

    async def test_a_server_that_cannot_be_reached(self, each):
        each.faults.add("*", "*", "before", times=None)
        with pytest.raises(Unreachable) as caught:
            await each.open().whoami()
        assert caught.value.sent is False

    async def test_a_web_page_instead_of_the_network(self, each):
        each.faults.add("*", "*", "status", times=None, status=200, body=b"<!DOCTYPE html><html>hello")
        with pytest.raises(Malformed) as caught:
            await each.open().whoami()
        assert caught.value.cure

    async def test_an_address_that_is_none(self, each):
        for url in ("", "ftp://x", "http://example.com", "https://exa mple"):
            if url == "":
                continue
            with pytest.raises((Unreachable, Malformed)) as caught:
                await each.open(url=url).whoami()
            assert caught.value.cure

    async def test_nothing_but_our_errors_comes_out(self, each):
        network, message = await the(each, each.write("ana", "question"))
        for when in ("before", "after", "cut", "garble", "status"):
            each.faults.clear()
            each.faults.add("*", "*", when, times=None, status=418, body=b"\x00")
            act = each.act(message, "the answer")
            calls = {
                "whoami": each.open().whoami(),
                "pull": Reader(network).read(),
                "thread": network.thread(act.target),
                "perform": network.perform(act),
                "find": network.find(act),
            }
            outcomes = await asyncio.gather(*calls.values(), return_exceptions=True)
            for call, outcome in zip(calls, outcomes, strict=True):
                assert isinstance(outcome, NetworkError), f"{call} when {when}: {outcome!r}"
