"""Reasons: a code in the journal and on the act, and what was removed stays ours to show."""

from __future__ import annotations

import pytest
from tests.inbox.office import Office

from cminbox.errors import UsageError
from cminbox.inbox import moderation, outbox, queue, remote, undo, verbs
from cminbox.model.base import ActState, ActVerb, MessageState
from cminbox.model.changes import Removed
from cminbox.model.reasons import Reason, named
from cminbox.store import standing


async def reasons(office: Office) -> list[tuple[str, str | None]]:
    """Verb and reason of the journal's entries that have a step, as `cminbox sql` shows them."""

    def job(db: standing.Db) -> list[tuple[str, str | None]]:
        rows = db.execute("SELECT verb, reason FROM v_journal WHERE batch IS NOT NULL ORDER BY id")
        return [(row["verb"], row["reason"]) for row in rows]

    return await office.store.read(job)


@pytest.mark.parametrize("verb", ["hide", "delete", "block", "report"])
async def test_a_reason_is_on_the_act_and_in_the_journal(tmp_path, verb: str) -> None:
    office = await Office.open(tmp_path, deletes_theirs=True)
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await verbs.do(desk, verb, [one], verbs.Given(reason="threat"))
    act = await outbox.get(desk, outcome.act or 0)
    assert act is not None
    assert act.reason == "threat"
    assert await reasons(office) == [(verb, "threat")]
    await office.close()


async def test_spam_keeps_its_reason_and_without_one_there_is_none(office: Office) -> None:
    desk = await office.desk()
    one, two = await office.arrive("one"), await office.arrive("two")
    await moderation.spam(desk, [one], reason=Reason.SPAM)
    await moderation.spam(desk, [two])
    assert await reasons(office) == [("spam", "spam"), ("spam", None)]


async def test_a_reason_is_carried_over_when_an_act_is_done_again(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await remote.act(desk, ActVerb.HIDE, [one], reason=Reason.HATE)
    await undo.undo(desk)
    again = await outbox.get(desk, (await undo.redo(desk)).act or 0)
    assert again is not None
    assert (again.state, again.reason) == (ActState.HELD, "hate")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hate", Reason.HATE),
        ("H", Reason.HATE),
        ("off_topic", Reason.OFF_TOPIC),
        ("off-topic", Reason.OFF_TOPIC),
        ("Off Topic", Reason.OFF_TOPIC),
        ("personal data", Reason.PERSONAL),
        ("s", Reason.SPAM),
    ],
)
def test_a_reason_is_named_by_its_code_its_key_or_its_name(typed: str, meant: Reason) -> None:
    assert named(typed) is meant


def test_every_reason_has_a_key_of_its_own() -> None:
    assert len({reason.key for reason in Reason}) == len(Reason)


async def test_free_text_is_no_reason_and_some_verbs_take_none(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    with pytest.raises(UsageError, match="no reason he was rude"):
        await verbs.do(desk, "hide", [one], verbs.Given(reason="he was rude"))
    with pytest.raises(UsageError, match="takes no reason"):
        await verbs.do(desk, "done", [one], verbs.Given(reason="spam"))
    assert await reasons(office) == []


async def test_what_is_hidden_or_deleted_keeps_its_text_here(tmp_path) -> None:
    office = await Office.open(tmp_path, deletes_theirs=True)
    desk = await office.desk()
    one = await office.arrive("one", text="you are all worthless", remote_id="bad")
    await remote.act(desk, ActVerb.HIDE, [one], reason=Reason.HATE)
    await office.tell(Removed(remote_id="bad", at=office.clock.now(), state=MessageState.HIDDEN))
    (message,) = (await queue.view(desk, one)).messages
    assert (message.state, message.text) == (MessageState.HIDDEN, "you are all worthless")
    await remote.act(desk, ActVerb.DELETE, [one], reason=Reason.HATE)
    await office.clock.advance(5)
    await office.tell(Removed(remote_id="bad", at=office.clock.now()))
    (message,) = (await queue.view(desk, one)).messages
    assert (message.state, message.text) == (MessageState.REMOVED, "you are all worthless")

    def removed(db: standing.Db) -> list[tuple[str, str]]:
        rows = db.execute(
            "SELECT m.text, x.reason FROM v_messages m JOIN v_acts x ON x.message = m.id"
            " WHERE m.state = 'removed' AND x.verb = 'delete'"
        )
        return [tuple(row) for row in rows]

    assert await office.store.read(removed) == [("you are all worthless", "hate")]
    await office.close()


async def test_what_holds_is_known_until_it_is_taken_back(office: Office) -> None:
    desk = await office.desk()
    one, two = await office.arrive("one", remote_id="r1"), await office.arrive("two")
    assert await remote.in_force(desk, ActVerb.HIDE, [one, two]) == {}
    act = (await remote.act(desk, ActVerb.HIDE, [one])).act
    found = await remote.in_force(desk, ActVerb.HIDE, [one, two])
    assert {each: row.id if row else None for each, row in found.items()} == {one: act}
    await remote.act(desk, ActVerb.UNHIDE, [one])
    assert await remote.in_force(desk, ActVerb.HIDE, [one]) == {}
    await undo.undo(desk)
    assert list(await remote.in_force(desk, ActVerb.HIDE, [one])) == [one]
    await undo.undo(desk)
    assert await remote.in_force(desk, ActVerb.HIDE, [one]) == {}


async def test_what_was_hidden_elsewhere_is_hidden(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", remote_id="r1")
    await office.tell(Removed(remote_id="r1", at=office.clock.now(), state=MessageState.HIDDEN))
    assert await remote.in_force(desk, ActVerb.HIDE, [one]) == {one: None}


async def test_a_block_holds_for_the_person_not_the_message(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", "ana")
    await remote.act(desk, ActVerb.BLOCK, [one])
    await office.arrive("one", "ana", "again")
    assert list(await remote.in_force(desk, ActVerb.BLOCK, [one])) == [one]
    await office.arrive("one", "bob", "me too")
    assert list(await remote.in_force(desk, ActVerb.BLOCK, [one])) == [one]
