"""Events of rooms, understood: who is meant, which conversation, what it says."""

from __future__ import annotations

from typing import Any

import pytest

from cminbox.model.base import Audience, Direction, Kind
from cminbox.model.changes import Change, Edited, Reacted, Read, Removed, Wrote
from cminbox.networks.matrix_events import (
    UnreadableError,
    Us,
    author,
    in_order,
    is_like,
    mentions,
    read,
    strip_quote,
    translate,
    wanted,
)
from cminbox.networks.matrix_rooms import Room
from cminbox.networks.matrix_wire import Event

ROOM, US, ANA, BOB = "!r:x", "@brand:x", "@ana:x", "@bob:x"
WE = Us(US, "Brand Care")


class Seen:
    """What the connector remembers, without a server."""

    def __init__(self, *events: Event, part_of: tuple[str, ...] = ()) -> None:
        self._events = {event.event_id: event for event in events}
        self._part_of = part_of

    def get(self, room_id: str, event_id: str | None) -> Event | None:
        return self._events.get(event_id or "") if room_id == ROOM else None

    def took_part(self, root: str) -> bool:
        return root in self._part_of


def room(**fields: Any) -> Room:
    return Room(ROOM, US, **{"name": "Support", "join_rule": "public", "members": {ANA: "Ana", US: "Brand"}, **fields})


def event(body: object = "hello", sender: str = ANA, event_id: str = "$e", **fields: Any) -> Event:
    content = {"msgtype": "m.text", "body": body, **fields.pop("content", {})}
    fields = {"type": "m.room.message", "origin_server_ts": 1_700_000_000_000, **fields}
    return Event(event_id=event_id, sender=sender, content=content, **fields)


def reply(to: str, body: str = "and?", **fields: Any) -> Event:
    return event(body, content={"m.relates_to": {"m.in_reply_to": {"event_id": to}}}, **fields)


def in_thread(root: str, body: str = "in here", latest: str | None = None, **fields: Any) -> Event:
    relation: dict[str, Any] = {"rel_type": "m.thread", "event_id": root}
    if latest is not None:
        relation |= {"is_falling_back": True, "m.in_reply_to": {"event_id": latest}}
    return event(body, content={"m.relates_to": relation, **fields.pop("content", {})}, **fields)


def message(one: Event, *seen: Event, where: Room | None = None, us: Us = WE, part_of: tuple[str, ...] = ()) -> Wrote:
    change = translate(one, where or room(), us, Seen(*seen, part_of=part_of))
    assert isinstance(change, Wrote)
    return change


def naming(user: str) -> dict[str, Any]:
    return {"m.mentions": {"user_ids": [user]}}


class TestWhoIsMeant:
    def test_a_word_among_others_is_context(self) -> None:
        assert message(event("lovely weather")).addressed is False

    @pytest.mark.parametrize(
        "content",
        [
            naming(US),
            {"formatted_body": f'<a href="https://matrix.to/#/{US}">Brand</a> help'},
            {"formatted_body": '<a href="https://matrix.to/#/%40brand%3Ax">Brand</a> help'},
            {"body": f"hi {US}, help"},
            {"body": "brand care: help"},
        ],
    )
    def test_a_mention_in_any_form(self, content: dict[str, Any]) -> None:
        found = message(event(content=content))
        assert found.addressed
        assert found.kind is Kind.MENTION

    @pytest.mark.parametrize(
        "content",
        [
            naming(BOB),
            {"body": "rebrand careful"},
            {"body": "xBrand Care"},
            {"m.mentions": {"user_ids": "everybody"}},
            {"formatted_body": "https://matrix.to/#/@brandy:x"},
        ],
    )
    def test_nobody_of_ours(self, content: dict[str, Any]) -> None:
        assert not mentions(event(content=content), WE)

    def test_the_quoted_name_in_a_reply_is_no_mention(self) -> None:
        quote = reply("$bobs", f"> <{US}> we ship today\n\nthanks all")
        assert not message(quote, event(sender=BOB, event_id="$bobs")).addressed

    def test_an_answer_to_us(self) -> None:
        found = message(reply("$ours"), event(sender=US, event_id="$ours"))
        assert found.addressed
        assert found.kind is Kind.COMMENT

    def test_a_thread_that_we_began_or_wrote_in(self) -> None:
        assert message(in_thread("$root"), event(sender=US, event_id="$root")).addressed
        assert message(in_thread("$root"), event(sender=BOB, event_id="$root"), part_of=("$root",)).addressed
        assert not message(in_thread("$root"), event(sender=BOB, event_id="$root")).addressed

    def test_everything_where_the_settings_say_so(self) -> None:
        assert message(event(), us=Us(US, "Brand", all_rooms=True)).addressed

    def test_a_direct_chat(self) -> None:
        found = message(event(), where=room(direct_with=ANA))
        assert (found.addressed, found.kind, found.audience) == (True, Kind.DM, Audience.DIRECT)
        assert found.conversation == ROOM
        assert found.topic is None


class TestWhichConversation:
    def test_what_one_person_says_until_silence(self) -> None:
        found = message(event())
        assert found.conversation == f"{ROOM}|{ANA}"
        assert found.conversation_gap_s == 3600
        assert found.topic is not None
        assert (found.topic.key, found.topic.title) == (ROOM, "Support")

    def test_an_answer_to_our_answer_goes_on_there_whatever_the_silence(self) -> None:
        found = message(reply("$ours"), reply("$question", event_id="$ours", sender=US))
        assert (found.conversation, found.parent, found.conversation_gap_s) == (None, "$ours", None)

    def test_an_answer_to_our_announcement_begins_what_its_author_says(self) -> None:
        assert message(reply("$ours"), event(event_id="$ours", sender=US)).conversation == f"{ROOM}|{ANA}"

    def test_a_thread_below_a_question_to_us_is_that_questions(self) -> None:
        question = event(event_id="$root", sender=ANA, content=naming(US))
        found = message(in_thread("$root", latest="$before", sender=BOB), question)
        assert (found.conversation, found.parent) == (None, "$before")

    def test_any_other_thread_is_a_conversation_by_itself(self) -> None:
        for root in (event(event_id="$root", sender=BOB), event(event_id="$root", sender=US)):
            assert message(in_thread("$root", content=naming(US)), root).conversation == "$root"
        assert message(in_thread("$root", content=naming(US))).conversation == "$root"

    def test_our_own_answer_stands_with_what_it_answers(self) -> None:
        found = message(reply("$question", sender=US, unsigned={"transaction_id": "abc"}))
        assert (found.direction, found.conversation, found.parent) == (Direction.OUT, None, "$question")
        assert (found.act_key, found.author.is_us) == ("abc", True)

    def test_our_own_word_to_somebody_is_in_what_they_say(self) -> None:
        found = message(event(sender=US, content=naming(ANA)))
        assert (found.conversation, found.answers) == (f"{ROOM}|{ANA}", (ANA,))

    def test_our_own_answer_in_a_thread_answers_whom_it_names(self) -> None:
        found = message(in_thread("$root", latest="$bobs", sender=US, content=naming(ANA)))
        assert found.answers == (ANA,)

    def test_a_members_only_room_is_no_public_place(self) -> None:
        assert message(event(), where=room(join_rule="invite")).audience is Audience.FOLLOWERS


class TestWhatItSays:
    def test_the_quote_of_a_reply_is_taken_off(self) -> None:
        assert strip_quote("> <@ana:x> first\n> second\n\nmy answer\n> mine") == "my answer\n> mine"
        assert strip_quote("> * <@ana:x> waves\n\nhi") == "hi"
        assert strip_quote("> a line of my own\n\nhi") == "> a line of my own\n\nhi"

    def test_a_reply_is_its_own_words(self) -> None:
        assert message(reply("$first", "> <@bob:x> first\n\nmine")).text == "mine"

    def test_a_quote_without_a_reply_is_text(self) -> None:
        assert message(event("> <@ana:x> hi\n\nyes")).text == "> <@ana:x> hi\n\nyes"

    def test_an_encrypted_message_is_a_plain_notice(self) -> None:
        secret = event(type="m.room.encrypted", content={"ciphertext": "AwgA", "algorithm": "m.megolm.v1"})
        found = message(secret, where=room(direct_with=ANA))
        assert "encrypted" in found.text
        assert "AwgA" not in found.text

    def test_a_picture_with_and_without_a_caption(self) -> None:
        picture = {"msgtype": "m.image", "url": "mxc://x/1", "body": "cat.png", "info": {"duration": 1500}}
        plain = message(event(content=picture))
        assert (plain.text, plain.media[0].alt, plain.media[0].length_s) == ("", "cat.png", 1.5)
        told = message(event(content={**picture, "body": "my cat", "filename": "cat.png"}))
        assert (told.text, told.media[0].alt) == ("my cat", "cat.png")

    def test_a_notice_is_a_bots(self) -> None:
        assert message(event(content={"msgtype": "m.notice"})).author.is_bot

    def test_no_text_cannot_be_read(self) -> None:
        with pytest.raises(UnreadableError):
            translate(event(7), room(), WE, Seen())

    def test_other_events_and_empty_ones_are_nothing(self) -> None:
        gone = event(unsigned={"redacted_because": {}})
        for one in (gone, event(type="m.room.name", state_key=""), event(type="m.call.invite")):
            assert translate(one, room(), WE, Seen()) is None


class TestWhatChanges:
    def edit(self, sender: str = ANA) -> Event:
        new = {"m.new_content": {"msgtype": "m.text", "body": "better"}}
        relation = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$first"}}
        return event("* better", sender=sender, event_id="$edit", content={**new, **relation})

    def test_an_edit_by_the_author(self) -> None:
        change = translate(self.edit(), room(), WE, Seen(event(event_id="$first")))
        assert isinstance(change, Edited)
        assert (change.remote_id, change.text) == ("$first", "better")
        assert wanted(self.edit(), room()) == ("$first",)

    def test_an_edit_by_anybody_else_is_ignored(self) -> None:
        assert translate(self.edit(BOB), room(), WE, Seen(event(event_id="$first"))) is None
        assert translate(self.edit(), room(), WE, Seen()) is None

    @pytest.mark.parametrize("fields", [{"redacts": "$first"}, {"content": {"redacts": "$first"}}])
    def test_a_redaction_in_both_forms(self, fields: dict[str, Any]) -> None:
        change = translate(event(type="m.room.redaction", **fields), room(), WE, Seen())
        assert isinstance(change, Removed)
        assert change.remote_id == "$first"

    def test_a_like_and_its_redaction(self) -> None:
        relation = {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$first", "key": "👍🏽"}}
        like = event(type="m.reaction", event_id="$like", content=relation)
        change = translate(like, room(), WE, Seen())
        assert isinstance(change, Reacted)
        assert (change.remote_id, change.reaction, change.undone) == ("$first", "like", False)
        back = translate(event(type="m.room.redaction", redacts="$like"), room(), WE, Seen(like))
        assert isinstance(back, Reacted)
        assert (back.remote_id, back.author.remote_id, back.undone) == ("$first", ANA, True)

    def test_what_is_a_like(self) -> None:
        assert is_like("❤️")
        assert is_like("👍️")
        assert not is_like("👎")

    def test_our_receipts_only(self) -> None:
        content = {
            "$a": {"m.read": {US: {"ts": 1_700_000_000_000}, BOB: {"ts": 1}}},
            "$b": {"m.read": {BOB: {"ts": 1}}},
            "$c": {"m.read.private": {US: {"ts": 2, "thread_id": "main"}}},
            "$d": "nonsense",
        }
        assert [one.remote_id for one in read(content, WE)] == ["$a", "$c"]
        assert read("nonsense", WE) == []


def test_rooms_are_told_in_time_but_each_in_its_own_order() -> None:
    def at(remote_id: str, second: int) -> Change:
        return Read(remote_id=remote_id, at=message(event(origin_server_ts=1_000 * second)).at)

    first, second = [at("a1", 5), at("a2", 3), at("a3", 9)], [at("b1", 4), at("b2", 7)]
    assert [change.remote_id for change in in_order([first, second])] == ["b1", "a1", "a2", "b2", "a3"]


class TestRooms:
    def test_two_in_a_room_without_a_name_talk_privately(self) -> None:
        two = Room(ROOM, US, members={US: "", ANA: ""})
        assert two.is_direct
        two.members[BOB] = ""
        assert not two.is_direct

    def test_a_room_that_we_may_not_see_is_not_private(self) -> None:
        assert not Room(ROOM, US, closed=True).is_direct

    def test_an_invitation_as_a_direct_chat_stays_one(self) -> None:
        one = Room(ROOM, US, name="Ana and you")
        joined = {"membership": "join"}
        before = {"prev_content": {"membership": "invite", "is_direct": True}}
        one.apply(
            Event(
                type="m.room.member",
                event_id="$m",
                sender=US,
                state_key=US,
                origin_server_ts=1,
                content=joined,
                unsigned=before,
            )
        )
        assert one.is_direct

    def test_a_room_is_called_by_name_alias_or_members(self) -> None:
        assert Room(ROOM, US, name="Support", alias="#s:x").title == "Support"
        assert Room(ROOM, US, alias="#s:x").title == "#s:x"
        assert Room(ROOM, US, members={US: "Brand", ANA: "Ana", BOB: ""}).title == "@bob:x, Ana"


def test_people_are_called_as_people_call_them_and_told_apart_by_their_server() -> None:
    here = author("@ana:example.org", room(), Us("@brand:example.org", "Brand"))
    elsewhere = author("@ana:other.example:8448", room(), Us("@brand:example.org", "Brand"))
    assert (here.handle, elsewhere.handle) == ("ana", "ana:other.example:8448")
    assert (here.remote_id, elsewhere.remote_id) == ("@ana:example.org", "@ana:other.example:8448")
