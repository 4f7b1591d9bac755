"""The context is read again before an answer leaves: what changed is for a person to look at."""

from __future__ import annotations

import pytest

from cminbox.errors import Forbidden, Gone, Rejected
from cminbox.model.base import ActState, ActVerb, Audience
from cminbox.model.changes import Batch
from cminbox.store import outbox
from cminbox.store.database import Tx
from cminbox.sync import ingest

from .rig import ANA, CAN, JULES, US, Fault, House


async def sent_or_not(house: House, act: int) -> tuple[ActState, str]:
    await house.work(await house.lane(), for_s=10)
    row = await house.act(act)
    return row.state, row.error


async def test_a_newer_message_of_the_same_person_that_only_the_network_knows(house: House) -> None:
    asked = await house.asked()
    act = await house.reply(asked)
    await house.clock.advance(1)
    house.server.write("Forget it, it came!", JULES, parent="m1")
    state, error = await sent_or_not(house, act)
    assert (state, error) == (ActState.REVIEW, "A newer message came in from the person being answered.")
    assert house.server.replies() == []
    now = await house.conversation(asked)
    assert now["state"] == "open"
    assert now["waits_ms"] is not None


async def test_a_newer_message_of_somebody_else_does_not_matter(house: House) -> None:
    act = await house.reply(await house.asked())
    await house.clock.advance(1)
    house.server.write("Mine neither.", ANA, parent="m1")
    assert await sent_or_not(house, act) == (ActState.SENT, "")


async def test_what_the_writer_had_seen_does_not_matter(house: House) -> None:
    asked = await house.asked()
    await house.clock.advance(1)
    await house.arrive(house.server.write("Hello?", JULES, parent="m1"))
    assert await sent_or_not(house, await house.reply(asked)) == (ActState.SENT, "")


async def test_an_older_message_that_comes_late_does_not_matter(house: House) -> None:
    """A gap is filled: what the person wrote before is no news."""
    asked = await house.asked()
    act = await house.reply(asked)
    early = house.server.change(house.server.post("m1")).model_copy(
        update={"remote_id": "m0", "text": "Hello", "parent": "m1", "at": house.clock.now().replace(year=2025)}
    )
    await house.store.ingest(ingest.apply, house.account, Batch(feed="all", changes=(early,)), move_cursor=False)
    assert await sent_or_not(house, act) == (ActState.SENT, "")


async def test_in_private_everybody_is_being_answered(house: House) -> None:
    asked = await house.arrive(house.server.write("Where is it?", JULES, room="r"))
    act = await house.reply(asked, audience=Audience.DIRECT)
    await house.clock.advance(1)
    house.server.write("It is here, thanks.", ANA, room="r")
    state, error = await sent_or_not(house, act)
    assert (state, error) == (ActState.REVIEW, "A newer message came in from the person being answered.")


async def test_the_parent_is_gone(house: House) -> None:
    asked = await house.asked()
    act = await house.reply(asked)
    house.server.post("m1").gone = True
    assert await sent_or_not(house, act) == (ActState.REVIEW, "The message being answered is gone.")
    rows = await house.store.read(lambda db: db.execute("SELECT state FROM message").fetchall())
    assert [row[0] for row in rows] == ["removed"]


async def test_the_window_is_closed(house: House) -> None:
    house.server.abilities = house.server.abilities.model_copy(update={"reply_window_s": 60})
    act = await house.reply(await house.asked(), hold_s=61)
    await house.work(await house.lane(), for_s=62)
    assert await house.state(act) is ActState.REVIEW
    assert "time to answer" in (await house.act(act)).error


async def test_the_window_counts_from_their_last_message(house: House) -> None:
    house.server.abilities = house.server.abilities.model_copy(update={"reply_window_s": 60})
    asked = await house.asked()
    await house.clock.advance(50)
    await house.arrive(house.server.write("Hello?", JULES, parent="m1"))
    act = await house.reply(asked, hold_s=20)
    await house.work(await house.lane(), for_s=20)
    assert await house.state(act) is ActState.SENT


@pytest.mark.parametrize(("text", "ends"), [("x" * 10, ActState.SENT), ("x" * 11, ActState.REVIEW)])
async def test_the_limit(house: House, text: str, ends: ActState) -> None:
    house.server.abilities = house.server.abilities.model_copy(update={"max_length": 10})
    assert (await sent_or_not(house, await house.reply(await house.asked(), text)))[0] is ends


async def test_the_limit_in_private_is_another(house: House) -> None:
    limits = {"max_length": 5, "max_length_private": 20}
    house.server.abilities = house.server.abilities.model_copy(update=limits)
    asked = await house.asked()
    act = await house.reply(asked, "x" * 20, verb=ActVerb.PRIVATE_REPLY, audience=Audience.DIRECT)
    assert (await sent_or_not(house, act))[0] is ActState.SENT


async def test_an_ability_that_is_gone_says_why(house: House) -> None:
    why = {ActVerb.REPLY: "Comments are closed."}
    changed = {"can": CAN - {ActVerb.REPLY}, "why_not": why}
    house.server.abilities = house.server.abilities.model_copy(update=changed)
    act = await house.reply(await house.asked())
    assert await sent_or_not(house, act) == (ActState.REVIEW, "Comments are closed.")


async def test_a_colleague_answered_meanwhile(house: House) -> None:
    asked = await house.asked()
    mine = await house.reply(asked, "Mine.", by="léa", hold_s=60)
    theirs = await house.reply(asked, "Theirs.", by="marc", hold_s=10)
    await house.work(await house.lane(), for_s=61)
    assert await house.state(theirs) is ActState.SENT
    assert (await house.act(mine)).error == "A colleague answered meanwhile."
    assert house.server.replies() == ["Theirs."]


async def test_my_own_second_message_follows_my_first(house: House) -> None:
    asked = await house.asked()
    await house.reply(asked, "One."), await house.reply(asked, "Two.")
    await house.work(await house.lane(), for_s=60)
    assert house.server.replies() == ["One.", "Two."]


async def test_a_colleagues_earlier_answer_was_seen(house: House) -> None:
    asked = await house.asked()
    await house.reply(asked, "Theirs.", by="marc")
    lane = await house.lane()
    await house.work(lane, for_s=10)
    await house.reply(asked, "And more.", by="léa")
    await house.work(lane, for_s=10)
    assert house.server.replies() == ["Theirs.", "And more."]


async def test_a_colleagues_answer_to_somebody_else_does_not_matter(house: House) -> None:
    asked = await house.asked()
    other = await house.arrive(house.server.write("Mine neither.", ANA, parent="m1"))
    mine = await house.reply(asked, "To Jules.", by="léa", hold_s=60)
    await house.reply(other, "To Ana.", by="marc", hold_s=10)
    await house.work(await house.lane(), for_s=61)
    assert await house.state(mine) is ActState.SENT


async def test_our_account_answered_from_elsewhere(house: House) -> None:
    act = await house.reply(await house.asked())
    await house.clock.advance(1)
    house.server.write("Answered from the phone.", US, parent="m1")
    state, error = await sent_or_not(house, act)
    assert (state, error) == (ActState.REVIEW, "The account answered meanwhile, from elsewhere.")
    assert house.server.replies() == ["Answered from the phone."]


async def test_what_a_person_approved_goes_but_not_past_what_came_after(house: House) -> None:
    asked = await house.asked()
    act = await house.reply(asked)
    await house.clock.advance(1)
    house.server.write("Answered from the phone.", US, parent="m1")
    house.server.write("Forget it!", JULES, parent="m1")
    lane = await house.lane()
    await house.work(lane, for_s=10)
    assert await house.state(act) is ActState.REVIEW

    await house.store.write(outbox.approve, act, house.colleagues["marc"])
    await house.clock.advance(1)
    house.server.write("Still there?", JULES, parent="m1")
    await house.work(lane, for_s=10)
    assert await house.state(act) is ActState.REVIEW, "the third message was not seen by who approved"

    await house.store.write(outbox.approve, act, house.colleagues["marc"])
    await house.work(lane, for_s=10)
    assert await house.state(act) is ActState.SENT


async def test_what_a_person_approved_is_not_asked_about_limits_again(house: House) -> None:
    house.server.abilities = house.server.abilities.model_copy(update={"max_length": 3})
    act = await house.reply(await house.asked())
    lane = await house.lane()
    await house.work(lane, for_s=10)
    assert await house.state(act) is ActState.REVIEW
    await house.store.write(outbox.approve, act, house.colleagues["marc"])
    await house.work(lane)
    assert await house.state(act) is ActState.SENT


@pytest.mark.parametrize("answer", [Forbidden("no right to read"), Rejected("no")], ids=["forbidden", "rejected"])
async def test_a_context_that_cannot_be_read_is_for_a_person(house: House, answer: Exception) -> None:
    act = await house.reply(await house.asked())
    house.server.fail("thread", Fault(before=answer), Fault(before=answer))
    lane = await house.lane()
    await house.work(lane, for_s=10)
    assert await house.state(act) is ActState.REVIEW
    assert str(answer) in (await house.act(act)).error
    await house.store.write(outbox.approve, act, house.colleagues["marc"])
    await house.work(lane)
    assert await house.state(act) is ActState.SENT


async def test_what_is_no_answer_does_not_read_the_context(house: House) -> None:
    asked = await house.asked()
    act = await house.reply(asked, "", verb=ActVerb.LIKE)
    house.server.fail("thread", Fault(before=Gone("gone")))
    await house.work(await house.lane(), for_s=10)
    assert await house.state(act) is ActState.SENT
    assert "thread" not in house.server.calls


async def test_a_message_that_the_store_lost(house: House) -> None:
    act = await house.reply(await house.asked())

    def forget(tx: Tx) -> None:
        tx.db.execute("UPDATE act SET message_id = NULL")

    await house.store.write(forget)
    assert await sent_or_not(house, act) == (ActState.REVIEW, "The message being answered is gone.")
