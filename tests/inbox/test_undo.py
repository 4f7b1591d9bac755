from __future__ import annotations

from pathlib import Path

import pytest
from tests.inbox.office import Office

from cminbox.errors import Refused
from cminbox.inbox import drafts, moderation, outbox, remote, replies, triage, undo
from cminbox.inbox.outcome import summary
from cminbox.model.base import ActState, ActVerb, Audience, ConversationState
from cminbox.model.reasons import Reason
from cminbox.store import outbox as outbox_store

OPEN, DONE, SPAM = ConversationState.OPEN, ConversationState.DONE, ConversationState.SPAM


async def test_undo_gives_back_the_fields_of_the_latest_step_only(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    waited = (await office.stands(one)).waits_ms
    await triage.star(desk, [one])
    await triage.done(desk, [one])
    outcome = await undo.undo(desk)
    now = await office.stands(one)
    assert (now.state, now.star, now.waits_ms) == (OPEN, 1, waited)
    assert (outcome.of, len(outcome.changed)) == ("done", 1)
    await undo.undo(desk)
    assert (await office.stands(one)).star == 0
    with pytest.raises(Refused, match="nothing to undo"):
        await undo.undo(desk)


async def test_undo_never_takes_a_colleagues_step(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    one, two = await office.arrive("one"), await office.arrive("two")
    await triage.done(lea, [one])
    await triage.done(tom, [two])
    await undo.undo(lea)
    assert (await office.stands(one)).state is OPEN
    assert (await office.stands(two)).state is DONE
    with pytest.raises(Refused):
        await undo.undo(lea)


async def test_what_a_colleague_changed_since_stands_and_is_counted(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    ids = [await office.arrive(f"c{n}", person=f"p{n}") for n in range(5)]
    await triage.done(tom, ids)
    await moderation.spam(lea, ids[:2])
    outcome = await undo.undo(tom)
    assert [(await office.stands(each)).state for each in ids] == [SPAM, SPAM, OPEN, OPEN, OPEN]
    assert summary(outcome) == "3 undone, 2 changed by léa"
    await undo.undo(lea)
    assert [(await office.stands(each)).state for each in ids] == [OPEN] * 5


async def test_the_same_value_set_by_a_colleague_is_the_colleagues(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    one = await office.arrive("one")
    await triage.done(tom, [one])
    await moderation.reopen(lea, [one])
    await triage.done(lea, [one])
    outcome = await undo.undo(tom)
    assert (await office.stands(one)).state is DONE
    assert outcome.skipped[0].changed_by == "léa"


async def test_an_earlier_step_undone_first_is_out_of_the_later_ones_way(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    one = await office.arrive("one")
    await triage.waiting(lea, [one])
    await moderation.spam(tom, [one])
    await undo.undo(lea)
    assert (await office.stands(one)).state is SPAM
    await undo.undo(tom)
    assert (await office.stands(one)).state is OPEN
    await undo.redo(lea)
    assert (await office.stands(one)).state is ConversationState.WAITING
    await undo.redo(tom)
    assert (await office.stands(one)).state is SPAM
    await undo.undo(tom)
    assert (await office.stands(one)).state is ConversationState.WAITING


async def test_a_reopening_by_an_arrival_goes_with_the_verb_that_it_reopened(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    one = await office.arrive("one")
    await moderation.spam(lea, [one])
    await triage.done(tom, [one])
    await office.arrive("one", text="buy!")
    assert (await office.stands(one)).state is OPEN
    await undo.undo(tom)
    assert (await office.stands(one)).state is SPAM


async def test_other_fields_changed_since_do_not_stop_undo(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    one = await office.arrive("one")
    await triage.done(tom, [one])
    await triage.star(lea, [one])
    outcome = await undo.undo(tom)
    now = await office.stands(one)
    assert (now.state, now.star) == (OPEN, 1)
    assert summary(outcome) == "1 undone"


async def test_what_arrived_since_stays_open_and_both_wait(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    waited = (await office.stands(one)).waits_ms
    await triage.waiting(desk, [one])
    await triage.unread(desk, [one], mark=False)
    await office.arrive("one", text="still nothing?")
    await undo.undo(desk)
    assert (await office.stands(one)).unread == 1
    await undo.undo(desk)
    now = await office.stands(one)
    assert (now.state, now.unread, now.waits_ms) == (OPEN, 1, waited)


async def test_undoing_a_reopening_after_an_arrival_does_not_put_the_arrival_away(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await triage.done(desk, [one])
    await moderation.reopen(desk, [one])
    await office.arrive("one", text="new")
    await undo.undo(desk)
    assert (await office.stands(one)).state is OPEN


async def test_redo_does_it_again_and_can_be_undone_again(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await triage.star(desk, [one])
    await triage.done(desk, [one])
    await undo.undo(desk)
    await undo.undo(desk)
    assert (await undo.redo(desk)).of == "star"
    assert (await undo.redo(desk)).of == "done"
    now = await office.stands(one)
    assert (now.state, now.star, now.waits_ms) == (DONE, 1, None)
    with pytest.raises(Refused, match="nothing to redo"):
        await undo.redo(desk)
    await undo.undo(desk)
    assert (await office.stands(one)).state is OPEN


async def test_a_new_verb_ends_what_can_be_redone(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await triage.done(desk, [one])
    await undo.undo(desk)
    await triage.star(desk, [one])
    with pytest.raises(Refused):
        await undo.redo(desk)


async def test_redo_does_not_put_away_what_arrived_since(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await triage.done(desk, [one])
    await undo.undo(desk)
    await office.arrive("one", text="new")
    await undo.redo(desk)
    now = await office.stands(one)
    assert now.state is OPEN
    assert now.waits_message_id == now.last_in_message_id


async def test_undo_goes_on_in_another_process(office: Office, tmp_path: Path) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await replies.reply(desk, one, "Hello")
    await office.close()
    again = await Office.open_again(tmp_path, office)
    other = await again.desk()
    await undo.undo(other)
    assert (await again.stands(one)).state is OPEN
    assert await again.draft(one) == "Hello"
    await undo.redo(other)
    assert (await again.stands(one)).state is DONE
    await again.close()


async def test_undo_of_a_held_reply_recalls_it_and_gives_the_text_back(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    waited = (await office.stands(one)).waits_ms
    await drafts.save(desk, one, "On its way.")
    act = (await replies.reply(desk, one, "On its way.")).act
    outcome = await undo.undo(desk)
    now = await office.stands(one)
    assert (now.state, now.unread, now.waits_ms) == (OPEN, 1, waited)
    assert await office.act_state(act) is ActState.CANCELLED
    assert await office.draft(one) == "On its way."
    assert outcome.notes == ("The text is a draft again.",)


async def test_the_text_comes_back_above_what_was_begun_since(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await replies.reply(desk, one, "First.")
    await drafts.save(desk, one, "Second, begun.")
    await undo.undo(desk)
    assert await office.draft(one) == "First.\n\nSecond, begun."
    await undo.redo(desk)
    assert await office.draft(one) == "Second, begun."


async def test_redo_of_a_reply_is_a_new_act_with_a_hold_of_its_own(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    first = (await replies.reply(desk, one, "Hello")).act
    await undo.undo(desk)
    await office.clock.advance(3600)
    again = (await undo.redo(desk)).act
    assert again != first
    act = await outbox.get(desk, again or 0)
    assert (act.state, act.text) == (ActState.HELD, "Hello")
    assert act.send_at > office.clock.now()
    assert await office.draft(one) is None
    await undo.undo(desk)
    assert await office.act_state(again) is ActState.CANCELLED
    assert await office.draft(one) == "Hello"


@pytest.mark.parametrize("states", [(ActState.QUEUED, ActState.SENDING)])
async def test_what_is_being_sent_is_not_taken_back_and_stays_to_undo(
    office: Office, states: tuple[ActState, ...]
) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    act = (await replies.reply(desk, one, "Hello")).act or 0
    await office.move(act, *states)
    with pytest.raises(Refused, match="being sent"):
        await undo.undo(desk)
    assert (await office.stands(one)).state is DONE
    await office.move(act, ActState.UNCERTAIN, ActState.QUEUED)
    await undo.undo(desk)
    assert (await office.stands(one)).state is OPEN
    assert await office.act_state(act) is ActState.CANCELLED


async def test_undo_of_a_sent_reply_deletes_it_and_gives_the_text_back(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    act = (await replies.reply(desk, one, "Wrong number.")).act or 0
    await office.sent(act, "r1")
    outcome = await undo.undo(desk)
    counter = await outbox.get(desk, outcome.act or 0)
    assert counter.verb is ActVerb.DELETE
    assert counter.message_id == (await outbox.get(desk, act)).result_message_id
    assert await office.draft(one) == "Wrong number."
    assert (await office.stands(one)).state is OPEN
    await undo.redo(desk)
    assert await office.act_state(counter.id) is ActState.CANCELLED
    assert await office.draft(one) is None
    assert (await office.stands(one)).state is DONE


async def test_redo_after_the_deletion_went_through_sends_it_again(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    act = (await replies.reply(desk, one, "Wrong number.")).act or 0
    await office.sent(act, "r1")
    counter = (await undo.undo(desk)).act or 0
    await office.sent(counter, "gone")
    await office.removed("r1")
    assert (await office.stands(one)).waits_ms is not None
    again = (await undo.redo(desk)).act or 0
    assert again not in (act, counter)
    assert (await outbox.get(desk, again)).text == "Wrong number."
    await undo.undo(desk)
    assert await office.act_state(again) is ActState.CANCELLED


async def test_a_reply_that_nothing_takes_back_says_why_and_is_passed_over(tmp_path: Path) -> None:
    office = await Office.open(
        tmp_path, frozenset({ActVerb.REPLY}), why_not={ActVerb.DELETE: "the network keeps what was said."}
    )
    desk = await office.desk()
    one, two = await office.arrive("one"), await office.arrive("two", person="bob")
    await triage.star(desk, [two])
    act = (await replies.reply(desk, one, "Hello")).act or 0
    await office.sent(act, "r1")
    outcome = await undo.undo(desk)
    assert outcome.changed == ()
    assert "the network keeps what was said" in outcome.skipped[0].error
    assert (await office.stands(one)).state is DONE
    assert (await undo.undo(desk)).of == "star"
    await office.close()


async def test_likes_are_recalled_or_unliked(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    first = (await remote.act(desk, ActVerb.LIKE, [one])).act
    await undo.undo(desk)
    assert await office.act_state(first) is ActState.CANCELLED
    second = (await undo.redo(desk)).act or 0
    assert second != first
    await office.sent(second, "l1")
    counter = await outbox.get(desk, (await undo.undo(desk)).act or 0)
    assert counter.verb is ActVerb.UNLIKE
    assert (await office.stands(one)).state is OPEN


async def test_a_report_cannot_be_undone_once_it_went(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    act = (await remote.act(desk, ActVerb.REPORT, [one], reason=Reason.HATE)).act or 0
    await office.sent(act, "x")
    outcome = await undo.undo(desk)
    assert "Nothing takes this back" in outcome.skipped[0].error


async def test_undo_of_an_approval_stops_the_act_again(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    act = (await replies.reply(desk, one, "Hello")).act or 0
    await office.move(act, ActState.QUEUED, ActState.REVIEW)
    assert (await office.stands(one)).state is OPEN
    await outbox.approve(desk, [act])
    assert await office.act_state(act) is ActState.QUEUED
    assert (await office.stands(one)).state is DONE
    await undo.undo(desk)
    stopped = await outbox.get(desk, act)
    assert (stopped.state, stopped.approved) == (ActState.REVIEW, False)
    assert (await office.stands(one)).state is OPEN
    await undo.undo(desk)
    assert await office.act_state(act) is ActState.CANCELLED
    assert await office.draft(one) == "Hello"


async def test_a_reply_that_came_to_review_is_undone_to_what_was_before_it(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await triage.waiting(desk, [one])
    act = (await replies.reply(desk, one, "Hello")).act or 0
    await office.move(act, ActState.QUEUED, ActState.REVIEW)
    await undo.undo(desk)
    assert (await office.stands(one)).state is ConversationState.WAITING


async def test_cancel_gives_a_colleagues_text_back_to_the_colleague(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    one = await office.arrive("one")
    act = (await replies.reply(lea, one, "Hello")).act or 0
    outcome = await outbox.cancel(tom, [act, 999])
    assert [line.act for line in outcome.changed] == [act]
    assert [line.act for line in outcome.skipped] == [999]
    assert await office.draft(one, "léa") == "Hello"
    assert await office.draft(one, "tom") is None
    assert (await office.stands(one)).state is OPEN
    with pytest.raises(Refused):
        await undo.undo(lea)
    await undo.redo(tom)
    assert (await office.stands(one)).state is DONE
    again = (await office.store.read(outbox_store.rows))[-1]
    assert (again.by, again.text) == ("léa", "Hello")


async def test_private_texts_come_back_as_private_drafts(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await replies.reply(desk, one, "between us", private=True)
    await undo.undo(desk)
    assert await office.draft(one, audience=Audience.DIRECT) == "between us"
    assert await office.draft(one) is None


async def test_undo_follows_a_conversation_that_was_joined_to_another(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", conversation=None, remote_id="top")
    two = await office.arrive("two", person="bob", conversation=None, remote_id="below", parent="middle")
    await triage.star(desk, [two])
    await office.arrive("two", person="cai", conversation=None, remote_id="middle", parent="top")
    assert (await office.stands(two)).id == one
    await undo.undo(desk)
    assert (await office.stands(one)).star == 0


async def test_opening_is_no_step(office: Office) -> None:
    desk = await office.desk()
    one, two = await office.arrive("one"), await office.arrive("two")
    await triage.done(desk, [one])
    await triage.read(desk, two)
    await undo.undo(desk)
    assert (await office.stands(one)).state is OPEN
    assert (await office.stands(two)).unread == 0


async def test_stopping_all_sending_is_no_step_and_names_who(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    assert await outbox.stop(lea)
    assert not await outbox.stop(tom)
    stopped = await outbox.stopped(tom)
    assert stopped is not None
    assert stopped[0] == "léa"
    assert await outbox.go(tom)
    assert await outbox.stopped(lea) is None
    with pytest.raises(Refused):
        await undo.undo(lea)
