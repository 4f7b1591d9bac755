"""Reading a home server: gaps, first readings, invitations, restarts at any page, and what is pushed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.networks.matrix_rig import MatrixRig
from tests.networks.rig import Reader, wrote

from cminbox.errors import Malformed, Rejected, Unreachable
from cminbox.model.base import ActVerb, Kind
from cminbox.model.changes import Batch, Edited, Reacted, Read, Removed
from cminbox.networks.base import Network
from cminbox.networks.matrix_history import PAGE_SIZE, PAGES_AT_ONCE
from cminbox.networks.matrix_reading import TIMELINE

FORBIDDEN = b'{"errcode":"M_FORBIDDEN","error":"not for you"}'


@pytest.fixture
async def rig() -> AsyncIterator[MatrixRig]:
    rig = MatrixRig()
    yield rig
    await rig.close()


async def say(rig: MatrixRig, count: int, *, who: str = "ana", first: int = 0) -> list[str]:
    texts = [f"{who} {number}" for number in range(first, first + count)]
    for text in texts:
        rig.write(who, text)
        await rig.clock.advance(1)
    return texts


async def test_a_gap_of_many_pages_is_told_whole_and_in_order_across_restarts(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    await reader.read()
    texts = await say(rig, PAGE_SIZE * PAGES_AT_ONCE * 2 + 30)
    told: list[Any] = []
    for _turn in range(100):
        # A new process for every page: only the cursor is left of the one before.
        reader.network = rig.open()
        batch = await reader.step("events")
        told += batch.changes
        if not batch.more:
            break
    assert [one.text for one in told] == texts


async def test_a_gap_of_many_pages_is_read_once_by_a_process_that_lives_on(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    await reader.read()
    texts = await say(rig, PAGE_SIZE * PAGES_AT_ONCE + 30)
    asked_before = len(rig.faults.struck)
    rig.faults.add("GET", "/_matrix/client/v3/rooms/*/messages", "delay", times=None, seconds=0)
    assert [one.text for one in wrote(await reader.read())] == texts
    # One request per page: those walked back over are not asked for again when they are told.
    assert len(rig.faults.struck) - asked_before == PAGES_AT_ONCE + 1


async def test_what_comes_while_a_gap_is_filled_is_told_after_it(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    await reader.read()
    texts = await say(rig, TIMELINE + 10)
    first = await reader.step("events")
    assert (first.changes, first.more) == ((), True)
    texts += await say(rig, 3, who="bob")
    assert [one.text for one in wrote(await reader.read())] == texts


async def test_a_gap_in_one_room_holds_no_other_room_back(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    rig.direct_room("bob")
    await reader.read()
    await say(rig, TIMELINE + 10)
    rig.write("bob", "only me here", private=True)
    first = await reader.step("events")
    assert [one.text for one in wrote(list(first.changes))] == ["only me here"]


async def test_a_broken_line_while_a_gap_is_filled_loses_nothing(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    await reader.read()
    texts = await say(rig, PAGE_SIZE * 3)
    await reader.step("events")
    rig.faults.add("GET", "/_matrix/client/v3/rooms/*/messages", "cut", skip=1)
    with pytest.raises(Unreachable):
        await reader.step("events")
    rig.faults.add("GET", "/_matrix/client/v3/rooms/*/messages", "garble", body=b"<html>back soon</html>")
    with pytest.raises(Malformed):
        await reader.step("events")
    assert [one.text for one in wrote(await reader.read())] == texts


async def test_history_that_the_server_keeps_to_itself_is_set_aside_and_the_rest_goes_on(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    await reader.read()
    await say(rig, TIMELINE + 10)
    rig.faults.add(
        "GET", "/_matrix/client/v3/rooms/*/messages", "status", status=403, body=b'{"errcode":"M_FORBIDDEN"}'
    )
    assert wrote(await reader.read()) == []
    assert len(reader.set_aside) == 1
    assert rig.room in reader.set_aside[0].raw
    rig.write("ana", "still here")
    assert [one.text for one in wrote(await reader.read())] == ["still here"]


async def test_the_first_reading_goes_back_as_far_as_asked_room_by_room(rig: MatrixRig) -> None:
    await say(rig, TIMELINE + 5)
    rig.write("bob", "long ago", private=True)
    await rig.clock.advance(timedelta(days=3).total_seconds())
    texts = await say(rig, PAGE_SIZE + 20, first=1000)
    rig.write("bob", "just now", private=True)
    reader = Reader(rig.open(since=timedelta(days=1)))
    told = [one.text for one in wrote(await reader.read())]
    assert [text for text in told if text.startswith("ana")] == texts
    assert [text for text in told if not text.startswith("ana")] == ["just now"]


async def test_a_single_wrong_clock_does_not_end_the_first_reading(rig: MatrixRig) -> None:
    texts = await say(rig, PAGE_SIZE * 2)
    rig.server.messages()[-3].at_ms = 0
    reader = Reader(rig.open())
    assert [one.text for one in wrote(await reader.read())] == [*texts[:-3], *texts[-2:]]


async def test_a_server_set_back_is_read_again_from_the_start(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    texts = await say(rig, TIMELINE + 10)
    await reader.read()
    rig.faults.add("GET", "/_matrix/client/v3/sync", "status", status=400, body=b'{"errcode":"M_INVALID_PARAM"}')
    rig.write("ana", "after")
    assert [one.text for one in wrote(await reader.read())] == [*texts, "after"]


async def test_a_new_display_name_of_ours_is_no_new_beginning(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    await say(rig, 5)
    await reader.read()
    rig.server.join(rig.room, rig.us)
    texts = await say(rig, TIMELINE + 10, first=100)
    rig.faults.add("GET", "/_matrix/client/v3/rooms/*/messages", "delay", times=None, seconds=0)
    assert [one.text for one in wrote(await reader.read())] == texts
    assert len(rig.faults.struck) == 1


@pytest.mark.parametrize("cursor", [{"since": 7}, "s12", {"page": 3}, []])
async def test_a_cursor_of_another_making_starts_again(rig: MatrixRig, cursor: Any) -> None:
    reader = Reader(rig.open(), cursors={"events": cursor})
    rig.write("ana", "hello")
    assert [one.text for one in wrote(await reader.read())] == ["hello"]


class TestInvitations:
    async def test_a_direct_chat_is_joined_and_read_from_the_invitation_on(self, rig: MatrixRig) -> None:
        reader = Reader(rig.open())
        await reader.read()
        room = rig.server.open_room(rig.people["ana"], public=False, direct=True, invite=(rig.us,))
        texts = [f"word {n}" for n in range(TIMELINE + 5)]
        for text in texts:
            rig.server.say(room, rig.people["ana"], text)
        told = wrote(await reader.read())
        assert [one.text for one in told] == texts
        assert {(one.kind, one.conversation) for one in told} == {(Kind.DM, room)}
        assert rig.server.users[rig.us].data["m.direct"][1] == {rig.people["ana"]: [room]}

    @pytest.mark.parametrize(("join", "is_in"), [("direct", False), ("none", False), ("all", True)])
    async def test_a_room_is_joined_where_the_settings_say_so(self, rig: MatrixRig, join: str, is_in: bool) -> None:
        reader = Reader(rig.open(join=join))
        await reader.read()
        room = rig.server.open_room(rig.people["ana"], name="Club", public=False, invite=(rig.us,))
        rig.server.say(room, rig.people["ana"], "Brand Care, welcome")
        told = wrote(await reader.read())
        assert (rig.server.rooms[room].membership(rig.us) == "join") is is_in
        shown = "[An invitation to the room Club. Accept it in a Matrix client.]"
        assert [one.text for one in told] == (["Brand Care, welcome"] if is_in else [shown])

    async def test_an_invitation_that_is_not_accepted_is_shown_until_somebody_does(self, rig: MatrixRig) -> None:
        reader = Reader(rig.open())
        await reader.read()
        room = rig.server.open_room(rig.people["ana"], name="Club", public=False, invite=(rig.us,))
        (shown,) = wrote(await reader.read())
        assert (shown.kind, shown.addressed, shown.author.name) == (Kind.MENTION, True, "Ana")
        assert (shown.remote_id, shown.extra) == (f"invitation:{room}", {"room": room})
        assert await reader.read() == []
        rig.server.join(room, rig.us)
        gone = [c for c in await Reader(rig.open(), cursors=reader.cursors).read() if isinstance(c, Removed)]
        assert [c.remote_id for c in gone] == [shown.remote_id]

    async def test_an_invitation_taken_back_is_gone(self, rig: MatrixRig) -> None:
        reader = Reader(rig.open(join="none"))
        await reader.read()
        room = rig.server.open_room(rig.people["ana"], public=False, direct=True, invite=(rig.us,))
        (shown,) = wrote(await reader.read())
        assert (shown.kind, shown.conversation) == (Kind.DM, room)
        assert "direct chat" in shown.text
        rig.server.leave(room, rig.us, by=rig.people["ana"])
        assert [c.remote_id for c in await reader.read() if isinstance(c, Removed)] == [shown.remote_id]
        assert await reader.read() == []

    async def test_an_invitation_can_be_muted_and_not_answered(self, rig: MatrixRig) -> None:
        network = rig.open()
        reader = Reader(network)
        await reader.read()
        rig.server.open_room(rig.people["ana"], name="Club", public=False, invite=(rig.us,))
        (shown,) = wrote(await reader.read())
        answer = rig.act(shown, "hello")
        with pytest.raises(Rejected) as caught:
            await network.perform(answer)
        assert "join=all" in caught.value.cure
        assert await network.find(answer) is None
        await network.perform(rig.act(shown, "", verb=ActVerb.MUTE))

    async def test_an_invitation_taken_back_stops_nothing(self, rig: MatrixRig) -> None:
        reader = Reader(rig.open())
        await reader.read()
        rig.server.open_room(rig.people["ana"], public=False, direct=True, invite=(rig.us,))
        rig.write("ana", "elsewhere")
        rig.faults.add("POST", "/_matrix/client/v3/join/*", "status", status=403, body=FORBIDDEN)
        assert [one.text for one in wrote(await reader.read())] == ["elsewhere"]

    async def test_a_public_room_is_not_read_back_to_before_our_time(self, rig: MatrixRig) -> None:
        reader = Reader(rig.open(rooms="all"))
        room = rig.server.open_room(rig.people["ana"], name="Old")
        rig.server.say(room, rig.people["ana"], "long before us")
        await reader.read()
        texts = [f"word {n}" for n in range(TIMELINE + 5)]
        rig.server.join(room, rig.us)
        for text in texts:
            rig.server.say(room, rig.people["ana"], text)
        assert [one.text for one in wrote(await reader.read())] == texts

    async def test_a_room_that_we_come_back_to_loses_nothing_from_before_we_left(self, rig: MatrixRig) -> None:
        reader = Reader(rig.open())
        await reader.read()
        texts = await say(rig, 5)
        rig.server.leave(rig.room, rig.us)
        rig.server.join(rig.room, rig.us)
        texts += await say(rig, TIMELINE + 5, first=10)
        assert sorted(one.text for one in wrote(await reader.read())) == sorted(texts)

    async def test_what_was_said_before_we_were_put_out_is_read(self, rig: MatrixRig) -> None:
        reader = Reader(rig.open())
        await reader.read()
        rig.write("ana", "last words")
        rig.server.leave(rig.room, rig.us, by=rig.people["ana"])
        assert [one.text for one in wrote(await reader.read())] == ["last words"]


async def test_edits_removals_likes_and_receipts_arrive(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    first, second = rig.write("ana", "frist"), rig.write("ana", "nonsense")
    await reader.read()
    rig.edit(first, "first")
    rig.remove(second)
    liked = rig.server.react(first, rig.people["bob"])
    rig.server.read(first, rig.us)
    rig.server.redact(liked, rig.people["bob"])
    changes = await reader.read()
    kinds = [type(change) for change in changes]
    assert kinds.count(Edited) == kinds.count(Removed) == kinds.count(Read) == 1
    # The like is gone before it was read; its redaction may name what is not a message, which harms nothing.
    assert not any(isinstance(change, Reacted) and not change.undone for change in changes)


async def test_a_like_taken_back_later_is_known_as_one(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    first = rig.write("ana", "hello")
    liked = rig.server.react(first, rig.people["bob"])
    await reader.read()
    rig.server.redact(liked, rig.people["bob"])
    changes = await reader.read()
    assert [(one.remote_id, one.undone) for one in changes if isinstance(one, Reacted)] == [(first, True)]


async def test_a_reply_is_understood_though_what_it_answers_was_read_by_another_process(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    question = rig.write("ana", "where is it?")
    ours = rig.write("us", "on its way", reply_to=question)
    await reader.read()
    relation = {"m.in_reply_to": {"event_id": ours}}
    rig.server.say(rig.room, rig.people["ana"], "since when?", **{"m.relates_to": relation})
    reader.network = rig.open()
    (told,) = wrote(await reader.read())
    assert (told.addressed, told.conversation, told.parent) == (True, None, ours)


async def test_a_room_too_large_to_be_described_is_read_all_the_same(rig: MatrixRig) -> None:
    rig.faults.add("GET", "/_matrix/client/v3/rooms/*/state", "garble", body=b"[" + b" " * 33_000_000)
    rig.write("ana", "one of many")
    (told,) = wrote(await Reader(rig.open()).read())
    assert (told.text, told.kind) == ("one of many", Kind.MENTION)


async def test_a_room_in_bad_shape_is_set_aside_and_the_others_are_read(rig: MatrixRig) -> None:
    reader = Reader(rig.open())
    await reader.read()
    bad: dict[str, Any] = {"next_batch": f"s{rig.server.pos}", "rooms": {"join": {"!bad:x": {"timeline": 7}}}}
    rig.faults.add("GET", "/_matrix/client/v3/sync", "garble", body=json.dumps(bad).encode())
    rig.write("ana", "not in this answer")
    await reader.step("events")
    assert "!bad:x" in reader.set_aside[0].raw


@pytest.mark.parametrize(("key", "value"), [("rooms", "some"), ("join", "yes"), ("silence", "an hour")])
async def test_a_setting_that_means_nothing_is_said_with_what_it_may_be(rig: MatrixRig, key: str, value: str) -> None:
    with pytest.raises(Rejected, match=key) as caught:
        await rig.open(**{key: value}).whoami()
    assert caught.value.cure


class TestSpaces:
    async def club(self, rig: MatrixRig) -> tuple[str, str]:
        """A space that we are in, with a room that we are not in."""
        room = rig.server.open_room(rig.people["ana"], name="Tips")
        space = rig.server.open_space(rig.people["ana"], "Lamp Club", (rig.room, room), members=(rig.us,))
        return space, room

    async def test_a_room_of_a_space_is_called_by_both(self, rig: MatrixRig) -> None:
        await self.club(rig)
        rig.write("ana", "hello")
        (told,) = wrote(await Reader(rig.open()).read())
        assert told.topic is not None
        assert told.topic.title == "Lamp Club / Support"

    async def test_so_it_is_by_a_process_that_begins_later(self, rig: MatrixRig) -> None:
        await self.club(rig)
        reader = Reader(rig.open())
        await reader.read()
        for number in range(TIMELINE + 5):
            rig.write("ana", str(number))
        told = wrote(await Reader(rig.open(), cursors=reader.cursors).read())
        assert {one.topic.title for one in told if one.topic} == {"Lamp Club / Support"}

    @pytest.mark.parametrize(("spaces", "is_in"), [("stay", False), ("follow", True)])
    async def test_the_rooms_of_a_space_are_joined_where_the_settings_say_so(
        self, rig: MatrixRig, spaces: str, is_in: bool
    ) -> None:
        _space, room = await self.club(rig)
        reader = Reader(rig.open(spaces=spaces))
        await reader.read()
        assert (rig.server.rooms[room].membership(rig.us) == "join") is is_in
        rig.server.say(room, rig.people["ana"], "Brand Care, a tip?")
        assert [one.text for one in wrote(await reader.read())] == (["Brand Care, a tip?"] if is_in else [])

    async def test_a_room_that_is_listed_later_is_joined_then_and_one_taken_out_is_not(self, rig: MatrixRig) -> None:
        space, _room = await self.club(rig)
        reader = Reader(rig.open(spaces="follow"))
        await reader.read()
        new, out = (rig.server.open_room(rig.people["ana"], name=name) for name in ("New", "Out"))
        rig.server.list_room(space, rig.people["ana"], new)
        rig.server.list_room(space, rig.people["ana"], out)
        rig.server.list_room(space, rig.people["ana"], out, listed=False)
        await reader.read()
        assert [rig.server.rooms[room].membership(rig.us) for room in (new, out)] == ["join", "leave"]

    async def test_a_closed_room_is_tried_once_and_one_that_we_left_is_left(self, rig: MatrixRig) -> None:
        closed = rig.server.open_room(rig.people["ana"], name="Board", public=False)
        left = rig.server.open_room(rig.people["ana"], name="Noise", members=(rig.us,))
        rig.server.open_space(rig.people["ana"], "Club", (closed, left), members=(rig.us,))
        reader = Reader(rig.open(spaces="follow"))
        await reader.read()
        rig.server.leave(left, rig.us)
        rig.write("ana", "hello")
        await reader.read()
        assert [rig.server.rooms[room].membership(rig.us) for room in (closed, left)] == ["leave", "leave"]


class TestListening:
    async def until(self, rig: MatrixRig, network: Network, deed: Any) -> Batch:
        """The first batch that is pushed after the deed."""
        pushed = network.listen()
        waiting = asyncio.ensure_future(anext(pushed))
        try:
            for _turn in range(300):
                await asyncio.sleep(0)
            assert not waiting.done()
            deed()
            for _turn in range(300):
                await asyncio.sleep(0)
            return waiting.result()
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await pushed.aclose()

    async def test_a_message_is_there_at_once_and_moves_no_cursor(self, rig: MatrixRig) -> None:
        network = rig.open()
        await Reader(network).read()
        batch = await self.until(rig, network, lambda: rig.write("ana", "now"))
        assert [one.text for one in wrote(list(batch.changes))] == ["now"]
        assert batch.cursor is None

    async def test_without_a_reading_before_it_listens_from_now_on(self, rig: MatrixRig) -> None:
        rig.write("ana", "before")
        batch = await self.until(rig, rig.open(), lambda: rig.write("ana", "now"))
        assert [one.text for one in wrote(list(batch.changes))] == ["now"]

    async def test_more_than_fits_is_left_to_the_reading(self, rig: MatrixRig) -> None:
        network = rig.open()
        await Reader(network).read()

        def flood() -> None:
            for number in range(TIMELINE + 5):
                rig.write("ana", str(number))

        batch = await self.until(rig, network, flood)
        assert (batch.changes, batch.more) == ((), True)

    async def test_a_quiet_half_minute_is_no_end(self, rig: MatrixRig) -> None:
        network = rig.open()
        await Reader(network).read()
        pushed = network.listen()
        waiting = asyncio.ensure_future(anext(pushed))
        for _turn in range(10):
            await rig.clock.advance(10)
            for _inner in range(100):
                await asyncio.sleep(0)
        assert not waiting.done()
        rig.write("ana", "at last")
        for _turn in range(300):
            await asyncio.sleep(0)
        assert [one.text for one in wrote(list(waiting.result().changes))] == ["at last"]
        await pushed.aclose()
