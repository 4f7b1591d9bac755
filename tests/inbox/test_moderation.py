"""What waits for approval, and spam that its site hears of: the queue, the verbs, their undo."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from tests.inbox.office import EVERYTHING, Office

from cminbox.inbox import filters, moderation, queue, remote, undo
from cminbox.model.base import SITE_VERBS, ActState, ActVerb, ConversationState, MessageState
from cminbox.model.changes import Removed
from cminbox.model.rows import ActRow
from cminbox.store import accounts, outbox


async def pending(office: Office, text: str = "is:pending") -> set[int]:
    desk = await office.desk()
    return {row.id for row in await queue.page(desk, await filters.understood(desk, text), limit=50)}


async def acts(office: Office) -> list[tuple[ActVerb, ActState]]:
    return [(act.verb, act.state) for act in await rows(office)]


async def rows(office: Office) -> list[ActRow]:
    def job(db: sqlite3.Connection) -> list[ActRow]:
        found = (outbox.get(db, row["id"]) for row in db.execute("SELECT id FROM act ORDER BY id").fetchall())
        return [act for act in found if act is not None]

    return await office.store.read(job)


async def test_what_waits_for_approval_is_a_view_and_waits_for_us(office: Office) -> None:
    held = await office.arrive("held", state=MessageState.PENDING)
    shown = await office.arrive("shown")
    assert await pending(office) == await pending(office, "est:à-valider") == {held}
    assert await pending(office, "is:unanswered is:pending") == {held}
    assert await pending(office, "-is:pending") == {shown}
    assert (await office.stands(held)).waits_ms is not None
    await office.tell(Removed(remote_id="m1", at=office.clock.now(), state=MessageState.SHOWN))
    assert await pending(office) == set()
    assert (await office.stands(held)).waits_ms is not None


async def test_a_reply_that_waits_for_approval_puts_its_conversation_there(office: Office) -> None:
    one = await office.arrive("one")
    await office.arrive("one", "bob", state=MessageState.PENDING)
    assert await pending(office) == {one}
    await office.tell(Removed(remote_id="m2", at=office.clock.now()))
    assert await pending(office) == set()


async def test_it_goes_on_waiting_for_us_when_others_join_in(office: Office) -> None:
    one = await office.arrive("one", state=MessageState.PENDING)
    await office.arrive("one", "bob")
    assert (await office.stands(one)).waits_message_id == 1


async def test_approving_is_about_the_message_that_waits_for_it(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await office.arrive("one", "bob", state=MessageState.PENDING)
    other = await office.arrive("other")
    outcome = await moderation.approve(desk, [one, other])
    assert [line.conversation for line in outcome.changed] == [one]
    assert [line.conversation for line in outcome.skipped] == [other]
    (act,) = await rows(office)
    assert (act.verb, act.message_id) == (ActVerb.UNHIDE, 2)
    await undo.undo(desk)
    assert await acts(office) == [(ActVerb.UNHIDE, ActState.CANCELLED)]


async def test_what_one_of_us_hid_does_not_wait_for_approval(office: Office) -> None:
    one = await office.arrive("one", state=MessageState.PENDING)
    await office.clock.advance(1)
    await office.tell(Removed(remote_id="m1", at=office.clock.now(), state=MessageState.HIDDEN))
    await office.clock.advance(1)
    await office.tell(Removed(remote_id="m1", at=office.clock.now(), state=MessageState.PENDING))
    assert await pending(office) == set()
    assert (await office.stands(one)).waits_ms is None


async def test_spam_is_said_at_the_site_too_and_undo_takes_back_both(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await moderation.spam(desk, [one])
    assert (await office.stands(one)).state is ConversationState.SPAM
    assert await acts(office) == [(ActVerb.SPAM, ActState.HELD)]
    assert outcome.changed[0].act is not None
    await undo.undo(desk)
    assert (await office.stands(one)).state is ConversationState.OPEN
    assert await acts(office) == [(ActVerb.SPAM, ActState.CANCELLED)]


async def test_undo_of_spam_that_was_sent_sends_the_opposite(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await moderation.spam(desk, [one])
    await office.sent(outcome.changed[0].act or 0, "")
    await undo.undo(desk)
    assert [verb for verb, _state in await acts(office)] == [ActVerb.SPAM, ActVerb.UNSPAM]
    assert (await office.stands(one)).state is ConversationState.OPEN


@pytest.mark.parametrize("left", [True, False])
async def test_taking_it_out_of_the_spam_tells_the_site(office: Office, left: bool) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await moderation.spam(desk, [one])
    if left:
        await office.sent(outcome.changed[0].act or 0, "")
    await moderation.reopen(desk, [one])
    assert (await office.stands(one)).state is ConversationState.OPEN
    last, state = (await acts(office))[-1]
    assert (last, state) == ((ActVerb.UNSPAM, ActState.HELD) if left else (ActVerb.SPAM, ActState.CANCELLED))


async def test_reopening_what_was_done_says_nothing_to_the_site(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", state=MessageState.SHOWN)
    await moderation.reopen(desk, [one])
    assert await acts(office) == []


async def test_spam_stays_here_where_the_network_has_none_or_the_account_says_so(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, EVERYTHING - SITE_VERBS)
    desk = await office.desk()
    one = await office.arrive("one")
    await moderation.spam(desk, [one])
    assert (await office.stands(one)).state is ConversationState.SPAM
    assert await acts(office) == []
    await office.close()


async def test_an_account_may_keep_spam_to_itself(office: Office) -> None:
    desk = await office.desk()
    await office.store.write(
        lambda tx: tx.db.execute(
            'UPDATE account SET settings = \'{"spam": "here"}\' WHERE id = ?', (office.account.id,)
        )
    )
    assert (await office.store.read(accounts.get, office.account.id)).settings == {"spam": "here"}
    await moderation.spam(desk, [await office.arrive("one")])
    assert await acts(office) == []


async def test_a_deletion_is_undone_where_there_is_a_trash(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", person="ana")
    profile = office.account.profile
    assert profile is not None
    abilities = profile.abilities.model_copy(update={"deletes_theirs": True})
    await office.store.write(
        accounts.set_profile, office.account.id, profile.model_copy(update={"abilities": abilities})
    )
    outcome = await remote.act(desk, ActVerb.DELETE, [one])
    await office.sent(outcome.changed[0].act or 0, "")
    await undo.undo(desk)
    assert [verb for verb, _state in await acts(office)] == [ActVerb.DELETE, ActVerb.RESTORE]
