"""Acts at a home server: once, whatever breaks, and found again afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.networks.matrix_rig import MatrixRig
from tests.networks.rig import Reader, wrote

from cminbox.errors import Forbidden, Gone, NetworkError, RateLimited, Rejected, Unknowable, Unreachable
from cminbox.model.acts import Act
from cminbox.model.base import ActVerb, Audience
from cminbox.model.changes import Edited, Wrote
from cminbox.model.content import Target


@pytest.fixture
async def rig() -> AsyncIterator[MatrixRig]:
    rig = MatrixRig()
    yield rig
    await rig.close()


async def told(rig: MatrixRig, who: str = "ana", text: str = "help", *, private: bool = False) -> Wrote:
    """A message as the connector tells it."""
    remote_id = rig.write(who, text, private=private)
    return next(one for one in wrote(await Reader(rig.open()).read()) if one.remote_id == remote_id)


async def test_a_reply_says_what_it_answers_and_whom_it_means(rig: MatrixRig) -> None:
    question = await told(rig)
    receipt = await rig.open().perform(rig.act(question, "on it"))
    assert receipt.remote_id is not None
    assert receipt.global_id == receipt.remote_id
    content = rig.server.events[receipt.remote_id].content
    assert content["body"] == "on it"
    assert content["m.relates_to"] == {"m.in_reply_to": {"event_id": question.remote_id}}
    assert content["m.mentions"] == {"user_ids": [rig.people["ana"]]}


async def test_a_reply_to_a_message_of_a_thread_stays_in_it(rig: MatrixRig) -> None:
    root = rig.write("ana", "question")
    relation = {"rel_type": "m.thread", "event_id": root}
    rig.server.say(rig.room, rig.people["ana"], "more of it", **{"m.relates_to": relation})
    inner = wrote(await Reader(rig.open()).read())[-1]
    receipt = await rig.open().perform(rig.act(inner, "answer"))
    sent = rig.server.events[receipt.remote_id or ""].content["m.relates_to"]
    assert (sent["rel_type"], sent["event_id"], sent["is_falling_back"]) == ("m.thread", root, False)
    assert sent["m.in_reply_to"] == {"event_id": inner.remote_id}


async def test_the_same_act_twice_is_one_message(rig: MatrixRig) -> None:
    act = rig.act(await told(rig), "once")
    network = rig.open()
    assert await network.perform(act) == await network.perform(act)
    assert [fact.text for fact in rig.ours()] == ["once"]


@pytest.mark.parametrize("where", ["after", "cut"])
async def test_a_reply_whose_answer_was_lost_is_found(rig: MatrixRig, where: str) -> None:
    act = rig.act(await told(rig), "once")
    rig.faults.add(*rig.sends, where)
    with pytest.raises(Unreachable) as caught:
        await rig.open().perform(act)
    assert caught.value.sent
    found = await rig.open().find(act)
    assert found is not None
    assert found.remote_id == rig.ours()[0].remote_id


async def test_an_act_that_never_arrived_is_not_found(rig: MatrixRig) -> None:
    question = await told(rig)
    await rig.open().perform(rig.act(question, "once", key="1" * 32))
    assert await rig.open().find(rig.act(question, "once", key="2" * 32)) is None


async def test_another_device_finds_it_by_its_words(rig: MatrixRig) -> None:
    act = rig.act(await told(rig), " once ")
    await rig.open().perform(act)
    rig.token = rig.server.log_in(rig.us, "ANOTHER")
    found = await rig.open().find(act)
    assert found is not None
    assert found.remote_id == rig.ours()[0].remote_id
    assert await rig.open().find(act.model_copy(update={"text": "other words"})) is None


async def test_the_same_words_sent_by_another_act_are_not_taken_for_this_one(rig: MatrixRig) -> None:
    question = await told(rig)
    first = await rig.open().perform(rig.act(question, "thanks", key="1" * 32))
    rig.token = rig.server.log_in(rig.us, "ANOTHER")
    second = rig.act(question, "thanks", key="2" * 32)
    assert await rig.open().find(second.model_copy(update={"spoken_for": frozenset({first.remote_id})})) is None
    assert await rig.open().find(second) is not None


async def test_it_is_found_behind_many_others(rig: MatrixRig) -> None:
    question = await told(rig)
    act = rig.act(question, "the one", key="a" * 32)
    await rig.open().perform(act)
    for number in range(130):
        await rig.clock.advance(1)
        rig.write("us", f"other {number}")
    found = await rig.open().find(act)
    assert found is not None
    assert found.remote_id == rig.ours()[0].remote_id


async def test_a_limit_says_when_to_come_back_and_nothing_was_sent(rig: MatrixRig) -> None:
    act = rig.act(await told(rig), "later")
    rig.server.limit_rate(30)
    network = rig.open()
    with pytest.raises(RateLimited) as caught:
        await network.perform(act)
    assert (caught.value.until - rig.clock.now()).total_seconds() == 30
    await rig.clock.advance(31)
    await network.perform(act)
    assert len(rig.ours()) == 1


async def test_an_encrypted_room_gets_no_plain_text(rig: MatrixRig) -> None:
    question = await told(rig)
    rig.server.put_state(rig.room, rig.people["ana"], "m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"})
    with pytest.raises(Rejected, match="encrypt") as caught:
        await rig.open().perform(rig.act(question, "secret"))
    assert not caught.value.sent
    assert rig.ours() == []


async def test_a_text_that_is_too_long_is_refused(rig: MatrixRig) -> None:
    with pytest.raises(Rejected):
        await rig.open().perform(rig.act(await told(rig), "x" * 66_000))


async def test_a_message_whose_room_is_not_known_cannot_be_answered(rig: MatrixRig) -> None:
    target = Target(remote_id="$import1", audience=Audience.PUBLIC)
    now = rig.clock.now()
    with pytest.raises(Rejected, match="room"):
        await rig.open().perform(Act(key="0" * 32, verb=ActVerb.REPLY, target=target, text="x", created_at=now))


class TestReadMarkers:
    async def test_what_we_answer_is_read(self, rig: MatrixRig) -> None:
        first, second = await told(rig, text="one"), await told(rig, text="two")
        network = rig.open()
        await Reader(network).read()
        await network.perform(rig.act(second, "yes", key="1" * 32))
        assert rig.server.rooms[rig.room].fully_read == {rig.us: second.remote_id}
        await network.perform(rig.act(first, "no", key="2" * 32))
        assert rig.server.rooms[rig.room].fully_read == {rig.us: second.remote_id}, "never back"
        receipts = [event for _pos, who, event, _ms in rig.server.rooms[rig.room].receipts if who == rig.us]
        assert receipts == [second.remote_id, first.remote_id]

    async def test_a_private_answer_marks_it_too(self, rig: MatrixRig) -> None:
        message = await told(rig, text="psst", private=True)
        network = rig.open()
        await Reader(network).read()
        await network.perform(rig.act(message, "yes", verb=ActVerb.PRIVATE_REPLY))
        assert rig.server.rooms[rig.direct["ana"]].fully_read == {rig.us: message.remote_id}

    @pytest.mark.parametrize("where", ["before", "after", "status"])
    async def test_a_marker_that_fails_is_no_failed_answer(self, rig: MatrixRig, where: str) -> None:
        question = await told(rig)
        more = {"status": 500} if where == "status" else {}
        rig.faults.add("POST", "/_matrix/client/v3/rooms/*/read_markers", where, times=None, **more)
        assert (await rig.open().perform(rig.act(question, "yes"))).remote_id
        assert len(rig.ours()) == 1


class TestPrivately:
    async def test_the_first_private_reply_opens_a_chat_and_the_next_uses_it(self, rig: MatrixRig) -> None:
        question = await told(rig)
        network = rig.open()
        first = await network.perform(rig.act(question, "your number?", verb=ActVerb.PRIVATE_REPLY, key="1" * 32))
        second = await network.perform(rig.act(question, "please", verb=ActVerb.PRIVATE_REPLY, key="2" * 32))
        assert first.conversation == second.conversation
        room = rig.server.rooms[first.conversation or ""]
        assert room.membership(rig.people["ana"]) == "invite"
        assert rig.server.users[rig.us].data["m.direct"][1] == {rig.people["ana"]: [room.id]}
        assert [e.content["body"] for e in rig.server.messages(room.id)] == ["your number?", "please"]

    async def test_a_chat_that_exists_is_used(self, rig: MatrixRig) -> None:
        private = await told(rig, private=True)
        rig.server.keep(rig.us, "m.direct", {rig.people["ana"]: ["!gone:x", private.conversation]})
        receipt = await rig.open().perform(rig.act(await told(rig), "here", verb=ActVerb.PRIVATE_REPLY))
        assert receipt.conversation == private.conversation

    async def test_answering_privately_where_it_is_private_stays_there(self, rig: MatrixRig) -> None:
        private = await told(rig, private=True)
        act = rig.act(private, "here", verb=ActVerb.PRIVATE_REPLY)
        assert (await rig.open().perform(act)).conversation == private.conversation
        found = await rig.open().find(act)
        assert found is not None
        assert found.conversation == private.conversation

    async def test_a_chat_that_ana_left_or_that_is_encrypted_is_not_used(self, rig: MatrixRig) -> None:
        left, sealed = (
            rig.server.open_room(rig.us, public=False, members=(rig.people["ana"],), direct=True) for _n in range(2)
        )
        rig.server.leave(left, rig.people["ana"])
        rig.server.put_state(sealed, rig.us, "m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"})
        rig.server.keep(rig.us, "m.direct", {rig.people["ana"]: [left, sealed]})
        receipt = await rig.open().perform(rig.act(await told(rig), "here", verb=ActVerb.PRIVATE_REPLY))
        assert receipt.conversation not in (left, sealed)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/_matrix/client/v3/createRoom"),
            ("PUT", "/_matrix/client/v3/user/*/account_data/*"),
            ("PUT", "/_matrix/client/v3/rooms/*/send/*"),
        ],
    )
    @pytest.mark.parametrize("skip", [0, 1, 2])
    async def test_whatever_answer_is_lost_there_is_one_chat_and_one_message(
        self, rig: MatrixRig, method: str, path: str, skip: int
    ) -> None:
        act = rig.act(await told(rig), "once", verb=ActVerb.PRIVATE_REPLY)
        rig.faults.add(method, path, "after", skip=skip)
        rooms_before = set(rig.server.rooms)
        for _attempt in range(3):
            network = rig.open()
            try:
                if await network.find(act) is None:
                    await network.perform(act)
            except NetworkError:
                continue
        assert len(set(rig.server.rooms) - rooms_before) == 1
        assert [fact.text for fact in rig.ours()] == ["once"]
        assert rig.server.users[rig.us].data["cminbox.opening"][1] == {}

    async def test_before_the_chat_is_there_nothing_is_found(self, rig: MatrixRig) -> None:
        assert await rig.open().find(rig.act(await told(rig), "x", verb=ActVerb.PRIVATE_REPLY)) is None


class TestOtherVerbs:
    async def both(self, rig: MatrixRig, act: Act) -> None:
        """Not found, done, found; done again is done once."""
        network = rig.open()
        assert await network.find(act) is None
        await network.perform(act)
        assert await network.find(act) is not None
        await network.perform(act)

    async def test_like_and_unlike(self, rig: MatrixRig) -> None:
        question = await told(rig)
        await self.both(rig, rig.act(question, "", verb=ActVerb.LIKE, key="1" * 32))
        likes = [e for e in rig.server.events.values() if e.type == "m.reaction"]
        assert [like.content["m.relates_to"]["key"] for like in likes] == ["👍️"]
        again = await rig.open().perform(rig.act(question, "", verb=ActVerb.LIKE, key="2" * 32))
        assert again.remote_id == likes[0].id
        await self.both(rig, rig.act(question, "", verb=ActVerb.UNLIKE, key="3" * 32))
        assert likes[0].redaction is not None

    async def test_deleting_what_we_said(self, rig: MatrixRig) -> None:
        receipt = await rig.open().perform(rig.act(await told(rig), "oops", key="1" * 32))
        target = Target(remote_id=receipt.remote_id or "", extra={"room": rig.room})
        act = Act(key="2" * 32, verb=ActVerb.DELETE, target=target, created_at=rig.clock.now())
        await self.both(rig, act)
        assert rig.ours() == []

    async def test_deleting_what_others_said_needs_the_right(self, rig: MatrixRig) -> None:
        question = await told(rig)
        network = rig.open()
        await network.whoami()
        assert not network.abilities.deletes_theirs
        rig.faults.add("PUT", "/_matrix/client/v3/rooms/*/redact/*", "status", status=500)
        with pytest.raises(Forbidden) as caught:
            await network.perform(rig.act(question, "", verb=ActVerb.DELETE))
        assert "moderator" in caught.value.cure
        assert rig.faults.take("PUT", f"/_matrix/client/v3/rooms/{rig.room}/redact/x/y"), "refused before it is sent"
        powers = {"users": {rig.us: 50}, "users_default": 0}
        rig.server.put_state(rig.room, rig.people["ana"], "m.room.power_levels", "", powers)
        assert (await rig.open().whoami()).abilities.deletes_theirs
        await self.both(rig, rig.act(question, "", verb=ActVerb.DELETE, key="1" * 32, reason="insult"))
        assert rig.server.events[question.remote_id].redaction is not None

    async def test_a_right_given_meanwhile_counts_at_once(self, rig: MatrixRig) -> None:
        question = await told(rig)
        network = rig.open()
        await network.whoami()
        powers = {"users": {rig.us: 60}, "users_default": 0, "redact": 60}
        rig.server.put_state(rig.room, rig.people["ana"], "m.room.power_levels", "", powers)
        await network.perform(rig.act(question, "", verb=ActVerb.DELETE))
        assert rig.server.events[question.remote_id].redaction is not None

    async def test_nobody_is_put_out_who_stands_above_us(self, rig: MatrixRig) -> None:
        question = await told(rig)
        powers = {"users": {rig.us: 50, rig.people["ana"]: 50}, "users_default": 0}
        rig.server.put_state(rig.room, rig.people["ana"], "m.room.power_levels", "", powers)
        with pytest.raises(Forbidden):
            await rig.open().perform(rig.act(question, "", verb=ActVerb.BLOCK))
        assert rig.server.rooms[rig.room].membership(rig.people["ana"]) == "join"

    async def test_editing_what_we_said(self, rig: MatrixRig) -> None:
        receipt = await rig.open().perform(rig.act(await told(rig), "on it's way", key="1" * 32))
        target = Target(remote_id=receipt.remote_id or "", extra={"room": rig.room})
        act = Act(key="2" * 32, verb=ActVerb.EDIT, target=target, text="on its way", created_at=rig.clock.now())
        reader = Reader(rig.open())
        await reader.read()
        await self.both(rig, act)
        assert [fact.text for fact in rig.ours()] == ["on its way"]
        assert [c.text for c in await reader.read() if isinstance(c, Edited)] == ["on its way"]

    async def test_mute_and_unmute_keep_those_muted_elsewhere(self, rig: MatrixRig) -> None:
        rig.server.keep(rig.us, "m.ignored_user_list", {"ignored_users": {"@troll:x": {}}})
        question = await told(rig)
        await self.both(rig, rig.act(question, "", verb=ActVerb.MUTE))
        users: Any = rig.server.users[rig.us].data["m.ignored_user_list"][1]
        assert set(users["ignored_users"]) == {"@troll:x", rig.people["ana"]}
        await self.both(rig, rig.act(question, "", verb=ActVerb.UNMUTE))
        users = rig.server.users[rig.us].data["m.ignored_user_list"][1]
        assert set(users["ignored_users"]) == {"@troll:x"}

    async def test_block_and_unblock_in_the_room(self, rig: MatrixRig) -> None:
        question = await told(rig, "bob")
        with pytest.raises(Forbidden):
            await rig.open().perform(rig.act(question, "", verb=ActVerb.BLOCK))
        powers = {"users": {rig.us: 50}, "users_default": 0}
        rig.server.put_state(rig.room, rig.people["ana"], "m.room.power_levels", "", powers)
        await self.both(rig, rig.act(question, "", verb=ActVerb.BLOCK))
        assert rig.server.rooms[rig.room].membership(rig.people["bob"]) == "ban"
        await self.both(rig, rig.act(question, "", verb=ActVerb.UNBLOCK))

    async def test_a_report_cannot_be_read_back(self, rig: MatrixRig) -> None:
        act = rig.act(await told(rig), "", verb=ActVerb.REPORT, reason="spam")
        await rig.open().perform(act)
        with pytest.raises(Unknowable):
            await rig.open().find(act)

    async def test_hiding_does_not_exist_and_says_so(self, rig: MatrixRig) -> None:
        network = rig.open()
        assert ActVerb.HIDE not in network.abilities.can
        assert network.abilities.why_not[ActVerb.HIDE]
        with pytest.raises(Rejected):
            await network.perform(rig.act(await told(rig), "", verb=ActVerb.HIDE))


class TestThread:
    async def test_it_shows_what_came_after_from_the_same_person_and_from_us(self, rig: MatrixRig) -> None:
        question = await told(rig)
        for number in range(60):
            await rig.clock.advance(1)
            rig.write("bob", f"noise {number}")
        later, ours = rig.write("ana", "never mind"), rig.write("us", "done", reply_to=question.remote_id)
        batch = await rig.open().thread(rig.act(question, "").target)
        ids = {one.remote_id for one in wrote(list(batch.changes))}
        assert {question.remote_id, later, ours} <= ids
        assert batch.cursor is None

    async def test_a_deleted_message_is_gone(self, rig: MatrixRig) -> None:
        question = await told(rig)
        rig.remove(question.remote_id)
        with pytest.raises(Gone):
            await rig.open().thread(rig.act(question, "").target)
        target = rig.act(question, "").target.model_copy(update={"remote_id": "$nothing"})
        with pytest.raises(Gone):
            await rig.open().thread(target)

    async def test_a_thread_comes_with_its_root(self, rig: MatrixRig) -> None:
        root = rig.write("ana", "question")
        for number in range(40):
            await rig.clock.advance(1)
            rig.write("bob", f"noise {number}")
        relation = {"rel_type": "m.thread", "event_id": root}
        said = rig.server.say(rig.room, rig.people["bob"], "me too", **{"m.relates_to": relation})
        inner = next(one for one in wrote(await Reader(rig.open()).read()) if one.remote_id == said)
        ids = [one.remote_id for one in wrote(list((await rig.open().thread(rig.act(inner, "").target)).changes))]
        assert ids[0] == root
        assert said in ids

    async def test_what_is_older_than_we_read_back_stays_out(self, rig: MatrixRig) -> None:
        old = rig.write("bob", "old")
        await rig.clock.advance(10 * 86_400)
        question = await told(rig)
        ids = [one.remote_id for one in wrote(list((await rig.open().thread(rig.act(question, "").target)).changes))]
        assert old not in ids
