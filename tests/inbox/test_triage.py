from __future__ import annotations

import pytest
from tests.inbox.office import Office

from cminbox.errors import Refused
from cminbox.inbox import moderation, triage
from cminbox.model.base import ConversationState


async def test_done_says_that_no_answer_is_needed(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    assert (await office.stands(one)).waits_ms is not None
    outcome = await triage.done(desk, [one])
    now = await office.stands(one)
    assert now.state is ConversationState.DONE
    assert now.waits_ms is None
    assert [line.conversation for line in outcome.changed] == [one]
    assert outcome.changed[0].state is ConversationState.DONE


async def test_done_twice_is_once_and_no_second_step(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await triage.done(desk, [one])
    outcome = await triage.done(desk, [one])
    assert outcome.changed == ()
    assert [line.conversation for line in outcome.same] == [one]
    assert len([entry for entry in await office.journal(one) if entry.verb == "done"]) == 1


async def test_reopen_makes_it_wait_again_since_its_message(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    waited = (await office.stands(one)).waits_ms
    await triage.done(desk, [one])
    await moderation.reopen(desk, [one])
    now = await office.stands(one)
    assert (now.state, now.waits_ms) == (ConversationState.OPEN, waited)


async def test_a_new_message_opens_what_was_done(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await triage.done(desk, [one])
    await office.arrive("one", text="and now?")
    now = await office.stands(one)
    assert (now.state, now.unread) == (ConversationState.OPEN, 1)
    assert now.waits_ms is not None


async def test_spam_never_waits_and_does_not_open_again(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await moderation.spam(desk, [one])
    await office.arrive("one", text="buy!")
    now = await office.stands(one)
    assert (now.state, now.waits_ms) == (ConversationState.SPAM, None)


async def test_star_unread_assign_take_and_release(office: Office) -> None:
    desk = await office.desk()
    tom = await office.desk("tom")
    one = await office.arrive("one")
    await triage.star(desk, [one])
    await triage.read(desk, one)
    await triage.assign(desk, [one], "tom")
    now = await office.stands(one)
    assert (now.star, now.unread, now.assignee) == (1, 0, tom.by_id)
    await triage.star(desk, [one], mark=False)
    await triage.unread(desk, [one])
    await triage.release(desk, [one])
    now = await office.stands(one)
    assert (now.star, now.unread, now.assignee) == (0, 1, None)
    await triage.take(desk, [one])
    assert (await office.stands(one)).assignee == desk.by_id


async def test_assign_to_nobody_known_is_refused(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    with pytest.raises(Refused, match="Nobody called nobody"):
        await triage.assign(desk, [one], "nobody")


async def test_an_unknown_conversation_is_skipped_and_the_others_go_on(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await triage.done(desk, [999, one, one])
    assert [line.conversation for line in outcome.changed] == [one]
    assert [(line.conversation, bool(line.error)) for line in outcome.skipped] == [(999, True)]


async def test_done_skips_what_got_a_message_that_nobody_saw(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    seen = (await office.stands(one)).last_in_message_id
    assert seen is not None
    await office.arrive("one", text="wait, there is more")
    outcome = await triage.done(desk, [one], seen={one: seen})
    assert outcome.changed == ()
    assert outcome.skipped[0].error
    assert (await office.stands(one)).state is ConversationState.OPEN


async def test_a_bulk_verb_is_one_batch_and_the_journal_holds_fields_only(office: Office) -> None:
    desk = await office.desk()
    ids = [await office.arrive(f"c{n}", text="SECRET WORDS") for n in range(5)]
    await triage.done(desk, ids)
    entries = [entry for each in ids for entry in await office.journal(each) if entry.verb == "done"]
    assert len({entry.batch for entry in entries}) == 1
    assert {name for entry in entries for name in entry.after} <= {"state", "reviewed_message_id"}
    raw = await office.store.read(
        lambda db: [tuple(row) for row in db.execute("SELECT verb, before, after FROM journal")]
    )
    assert "SECRET" not in repr(raw)
    assert "ana" not in repr(raw)
    assert "léa" not in repr(raw)
