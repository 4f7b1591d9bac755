from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.inbox.office import Office

from cminbox.errors import Refused, Unable, UsageError
from cminbox.inbox import drafts, replies, triage, undo
from cminbox.model.accounts import Counting
from cminbox.model.base import AccountState, ActState, ActVerb, Audience, ConversationState, Kind
from cminbox.model.content import Author
from cminbox.store import accounts, outbox


async def test_a_reply_is_held_and_the_conversation_is_done_in_one_step(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await replies.reply(desk, one, "On its way.")
    act = await office.store.read(outbox.get, outcome.act or 0)
    assert act is not None
    assert (act.state, act.verb, act.text, act.audience) == (
        ActState.HELD,
        ActVerb.REPLY,
        "On its way.",
        Audience.PUBLIC,
    )
    assert act.send_at - office.clock.now() == timedelta(seconds=10)
    now = await office.stands(one)
    assert (now.state, now.unread, now.waits_ms) == (ConversationState.DONE, 0, None)
    assert act.seen_message_id == now.last_in_message_id
    entry = (await office.journal(one))[-1]
    assert (entry.verb, entry.act_id, entry.batch) == ("reply", act.id, entry.id)


async def test_a_reply_is_no_wider_than_what_it_answers(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", audience=Audience.FOLLOWERS)
    outcome = await replies.reply(desk, one, "Yes.")
    act = await office.store.read(outbox.get, outcome.act or 0)
    assert act is not None
    assert act.audience is Audience.FOLLOWERS


async def test_an_answer_in_private_waits_for_them(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("dm-ana", kind=Kind.DM, audience=Audience.DIRECT)
    outcome = await replies.reply(desk, one, "Here you are.")
    assert outcome.changed[0].state is ConversationState.WAITING
    act = await office.store.read(outbox.get, outcome.act or 0)
    assert act is not None
    assert (act.verb, act.audience) == (ActVerb.REPLY, Audience.DIRECT)


async def test_a_private_reply_answers_the_public_message(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await replies.reply(desk, one, "Your order number, please?", private=True)
    act = await office.store.read(outbox.get, outcome.act or 0)
    assert act is not None
    assert (act.verb, act.audience) == (ActVerb.PRIVATE_REPLY, Audience.DIRECT)
    now = await office.stands(one)
    assert (now.state, now.waits_ms) == (ConversationState.DONE, None)


async def test_it_stays_open_while_somebody_else_in_it_waits(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", person="ana")
    await office.arrive("one", person="bob", text="me too")
    outcome = await replies.reply(desk, one, "Ana, here.")
    now = await office.stands(one)
    assert outcome.changed[0].state is ConversationState.OPEN
    assert now.waits_ms is not None
    await replies.reply(desk, one, "Bob, here.")
    assert (await office.stands(one)).state is ConversationState.DONE


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_nothing_is_not_sent(office: Office, text: str) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    with pytest.raises(UsageError, match="empty"):
        await replies.reply(desk, one, text)


async def test_the_length_is_counted_as_the_network_counts(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, max_length=30, max_length_private=10, counting=Counting.MASTODON)
    desk = await office.desk()
    one = await office.arrive("one")
    link = "https://example.org/" + "a" * 100
    assert (await replies.plan(desk, one, link)).length.used == 23
    with pytest.raises(UsageError, match="31 of 30"):
        await replies.reply(desk, one, "x" * 31)
    with pytest.raises(UsageError, match="11 of 10"):
        await replies.reply(desk, one, "x" * 11, private=True)
    assert await office.store.read(outbox.rows) == []
    await office.close()


async def test_the_mention_that_goes_before_counts(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, max_length=20, counting=Counting.MASTODON, mentions_first=True)
    desk = await office.desk()
    one = await office.arrive("one", author=Author(remote_id="ana", handle="@ana@example.org"))
    assert (await replies.plan(desk, one, "x" * 15)).length.used == 20
    assert (await replies.plan(desk, one, "Hi @Ana@example.org!")).length.used == 8
    with pytest.raises(UsageError, match="21 of 20"):
        await replies.reply(desk, one, "x" * 16)
    await office.close()


async def test_an_account_that_cannot_says_why(tmp_path: Path) -> None:
    office = await Office.open(
        tmp_path, frozenset({ActVerb.REPLY}), why_not={ActVerb.PRIVATE_REPLY: "the server has no messages."}
    )
    desk = await office.desk()
    one = await office.arrive("one")
    with pytest.raises(Unable, match="the server has no messages"):
        await replies.reply(desk, one, "psst", private=True)
    await office.close()


async def test_imported_messages_cannot_be_answered(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await office.store.write(accounts.set_state, office.account.id, AccountState.IMPORT)
    with pytest.raises(Unable, match="imported"):
        await replies.reply(desk, one, "hello")


async def test_a_paused_account_accepts_and_says_that_it_waits(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await office.store.write(accounts.set_state, office.account.id, AccountState.PAUSED, "the token expired")
    outcome = await replies.reply(desk, one, "hello")
    assert outcome.act is not None
    assert "the token expired" in outcome.notes[0]


async def test_a_closed_window_and_a_deleted_message_refuse(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, reply_window_s=3600)
    desk = await office.desk()
    one = await office.arrive("one")
    await office.clock.advance(3599)
    await replies.plan(desk, one, "just in time")
    await office.clock.advance(1)
    with pytest.raises(Refused, match="until"):
        await replies.reply(desk, one, "late")
    two = await office.arrive("two")
    await office.removed(f"m{next(office.numbers) - 1}")
    with pytest.raises(Refused):
        await replies.reply(desk, two, "too late", to_message=(await office.stands(two)).last_message_id)
    await office.close()


async def test_the_answer_goes_to_the_message_that_waits_or_the_one_named(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", person="ana")
    first = (await office.stands(one)).waits_message_id
    await office.arrive("one", person="bob", text="second")
    second = (await office.stands(one)).last_in_message_id
    assert (await replies.plan(desk, one, "hi")).message == first
    assert (await replies.plan(desk, one, "hi", to_message=second)).person == "@bob"
    two = await office.arrive("two")
    with pytest.raises(UsageError, match="no message"):
        await replies.plan(desk, two, "hi", to_message=first)


async def test_a_reply_uses_up_the_draft_that_it_sends_and_no_other(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await drafts.save(desk, one, "On its way.\n")
    await replies.reply(desk, one, "Something else.")
    assert await office.draft(one) == "On its way.\n"
    await replies.reply(desk, one, "On its way.")
    assert await office.draft(one) is None


async def test_the_writer_says_what_was_seen(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    seen = (await office.stands(one)).last_in_message_id
    await office.arrive("one", text="oh, and")
    outcome = await replies.reply(desk, one, "Sure.", seen=seen)
    act = await office.store.read(outbox.get, outcome.act or 0)
    assert act is not None
    assert act.seen_message_id == seen


async def test_many_at_once_are_one_step_with_the_long_hold(office: Office) -> None:
    desk = await office.desk()
    ids = [await office.arrive(f"c{n}", person=f"p{n}") for n in range(26)]
    outcome = await replies.reply(desk, [*ids, 999], "The trams run again.")
    assert len(outcome.changed) == 26
    assert [line.conversation for line in outcome.skipped] == [999]
    acts = await office.store.read(outbox.rows)
    assert {act.send_at - office.clock.now() for act in acts} == {timedelta(seconds=60)}
    batches = {entry.batch for each in ids for entry in await office.journal(each) if entry.verb == "reply"}
    assert len(batches) == 1


async def test_unknown_conversation(office: Office) -> None:
    desk = await office.desk()
    with pytest.raises(UsageError, match="no conversation 7"):
        await replies.reply(desk, 7, "hello")


async def test_cancelling_takes_back_this_one_whatever_came_after(office: Office) -> None:
    desk = await office.desk()
    one, two = await office.arrive("one"), await office.arrive("two", person="bob")
    outcome = await replies.reply(desk, one, "Oops.")
    await triage.done(desk, [two])
    await triage.star(desk, [one])
    cancelled = await undo.cancel(desk, outcome.act or 0)
    assert cancelled.changed[0].act_state is ActState.CANCELLED
    now = await office.stands(one)
    assert (now.state, now.star) == (ConversationState.OPEN, 1)
    assert now.waits_ms is not None
    assert await office.draft(one) == "Oops."
    assert (await office.stands(two)).state is ConversationState.DONE


async def test_cancelling_what_left_says_so(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await replies.reply(desk, one, "Gone.")
    await office.sent(outcome.act or 0, "r1")
    with pytest.raises(Refused, match="sent already"):
        await undo.cancel(desk, outcome.act or 0)
    with pytest.raises(Refused, match="no act"):
        await undo.cancel(desk, 999)


async def test_surrogates_in_a_reply_do_not_break_it(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", author=Author(remote_id="ana", handle="@ana"))
    outcome = await replies.reply(desk, one, "caf\ud800é")
    act = await office.store.read(outbox.get, outcome.act or 0)
    assert act is not None
    assert act.text == "caf�é"
