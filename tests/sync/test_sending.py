"""One act on its way: every state of the design, every answer a network can give."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from cminbox.clock import to_ms
from cminbox.errors import AuthExpired, Forbidden, Gone, Malformed, Rejected, Unknowable, Unreachable
from cminbox.model.base import ActState, ActVerb, Audience
from cminbox.store import intents, outbox
from cminbox.sync.events import ActMoved
from cminbox.sync.office import LeaseLostError

from .rig import ANA, Fault, House, add_account, away, limited


async def test_a_reply_waits_for_its_hold_and_is_sent_once(house: House) -> None:
    act = await house.reply(await house.asked(), hold_s=10)
    lane = await house.lane()

    await house.work(lane, for_s=9)
    assert await house.state(act) is ActState.HELD
    assert house.server.replies() == []

    await house.work(lane, for_s=2)
    assert await house.history(act) == ["held", "queued", "sending", "sent"]
    assert house.server.replies() == ["On its way."]
    assert [event.state for event in house.events if isinstance(event, ActMoved)] == ["queued", "sending", "sent"]


async def test_what_was_sent_is_a_message_here_by_the_colleague_who_wrote_it(house: House) -> None:
    asked = await house.asked()
    act = await house.reply(asked)
    await house.work(await house.lane(), for_s=10)

    sent = await house.act(act)
    assert sent.remote_id == "m2"
    sql = "SELECT m.id, m.by, m.act_id, m.conversation_id FROM message m WHERE direction = 'out'"
    rows = await house.store.read(lambda db: db.execute(sql).fetchall())
    conversation = (await house.conversation(asked))["id"]
    assert [tuple(row) for row in rows] == [(sent.result_message_id, house.colleagues["léa"], act, conversation)]


async def test_a_reply_that_the_feed_brought_first_stays_one_message(house: House) -> None:
    act = await house.reply(await house.asked())
    lane = await house.lane()
    house.server.gate = asyncio.Event()
    await house.clock.advance(10)
    assert await lane.step() == 0
    sending = asyncio.create_task(lane.step())
    await house.server.at_gate.wait()
    await house.arrive("m2")
    house.server.gate.set()
    await sending

    rows = await house.store.read(
        lambda db: db.execute("SELECT act_id FROM message WHERE direction = 'out'").fetchall()
    )
    assert [row[0] for row in rows] == [act]


async def test_sending_is_committed_before_the_network_is_asked(house: House) -> None:
    act = await house.reply(await house.asked())
    lane = await house.lane()
    seen: list[str] = []
    perform = lane._attempt._network.perform

    async def spy(what: object) -> object:
        seen.append((await house.act(act)).state)
        seen.append(str((await house.act(act)).attempts))
        return await perform(what)  # type: ignore[arg-type]

    lane._attempt._network.perform = spy  # type: ignore[method-assign, assignment]
    await house.work(lane, for_s=10)
    assert seen == ["sending", "1"]


async def test_undo_before_the_sender_wins_and_after_it_loses(house: House) -> None:
    asked = await house.asked()
    first, second = await house.reply(asked, "one"), await house.reply(asked, "two")
    lane = await house.lane()
    assert await house.store.write(outbox.cancel, first, house.colleagues["léa"])
    await house.work(lane, for_s=10)
    assert not await house.store.write(outbox.cancel, second, house.colleagues["léa"])
    assert house.server.replies() == ["two"]
    assert await house.history(first) == ["held", "cancelled"]


async def test_a_recall_between_the_context_and_the_send_wins(house: House) -> None:
    act = await house.reply(await house.asked())
    lane = await house.lane()
    await house.clock.advance(10)
    await lane.step()
    thread = lane._attempt._network.thread

    async def recall(target: object) -> object:
        batch = await thread(target)  # type: ignore[arg-type]
        assert await house.store.write(outbox.cancel, act, house.colleagues["léa"])
        return batch

    lane._attempt._network.thread = recall  # type: ignore[method-assign, assignment]
    await house.work(lane)
    assert house.server.replies() == []
    assert await house.state(act) is ActState.CANCELLED


async def test_too_fast_waits_as_long_as_said_and_other_accounts_go_on(house: House) -> None:
    other = await add_account(house.store, house.clock, "other")
    act = await house.reply(await house.asked())
    elsewhere_asked = await house.arrive(house.server.write("Hello?", ANA), account=other)
    elsewhere = await house.reply(elsewhere_asked, "Hello!", account=other)
    house.server.fail("perform", Fault(before=limited(house.clock, 1810)))
    lane = await house.lane()
    other_lane = house.lane_of(await house.store.read(outbox.epoch), other)
    await house.work(lane, for_s=10)
    await house.work(other_lane, for_s=0)

    assert await house.history(act) == ["held", "queued", "sending", "queued"]
    assert await house.state(elsewhere) is ActState.SENT
    house.server.calls.clear()
    await house.work(lane, for_s=1799)
    assert house.server.calls == []
    await house.work(lane, for_s=2)
    assert await house.state(act) is ActState.SENT, "the network's own wait is not lateness"


async def test_what_is_written_while_the_network_told_us_to_wait_is_not_late_either(house: House) -> None:
    house.server.fail("perform", Fault(before=limited(house.clock, 3600)))
    await house.reply(await house.asked("one"), hold_s=0)
    lane = await house.lane()
    await house.work(lane)
    later = await house.reply(await house.asked("two", ANA), hold_s=0)
    await house.work(lane, for_s=3601)
    assert await house.state(later) is ActState.SENT


async def test_a_bad_token_keeps_everything_and_tells(house: House) -> None:
    act = await house.reply(await house.asked())
    house.server.fail("perform", Fault(before=AuthExpired("expired")))
    lane = await house.lane()
    await house.work(lane, for_s=60)
    assert await house.state(act) is ActState.QUEUED
    assert [account.name for account in house.expired] == ["shop"]
    assert house.server.calls.count("perform") == 1


async def test_a_connection_that_never_opened_is_tried_again_with_back_off(house: House) -> None:
    act = await house.reply(await house.asked())
    house.server.fail("perform", *[Fault(before=away(sent=False))] * 3)
    lane = await house.lane()
    await house.work(lane, for_s=120)
    assert (await house.history(act))[1:] == [*(["queued", "sending"] * 4), "sent"]
    assert (await house.act(act)).attempts == 4
    assert house.server.replies() == ["On its way."]


@pytest.mark.parametrize(
    "answer",
    [Rejected("too long", "422"), Forbidden("no right"), Gone("no such thing")],
    ids=lambda e: type(e).__name__,
)
async def test_what_the_network_refuses_has_failed_and_opens_the_conversation(house: House, answer: Exception) -> None:
    asked = await house.asked()
    act = await house.reply(asked)
    await house.store.write(lambda tx: tx.db.execute("UPDATE conversation SET state = 'done'"))
    house.server.fail("perform", Fault(before=answer))
    await house.work(await house.lane(), for_s=10)
    failed = await house.act(act)
    assert failed.state is ActState.FAILED
    assert failed.error == str(answer)
    now = await house.conversation(asked)
    assert (now["state"], now["waits_message_id"]) == ("open", asked)


@pytest.mark.parametrize(
    "answer", [away(sent=True), Malformed("not JSON"), RuntimeError("a defect")], ids=["timeout", "malformed", "defect"]
)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_unclear_answer_is_looked_into_and_never_doubled(house: House, answer: Exception, when: str) -> None:
    act = await house.reply(await house.asked())
    house.server.fail("perform", Fault(before=answer) if when == "before" else Fault(after=answer))
    lane = await house.lane()
    await house.work(lane, for_s=200)
    assert house.server.replies() == ["On its way."]
    assert await house.state(act) is ActState.SENT
    assert "uncertain" in await house.history(act)


async def test_absent_once_is_not_absent(house: House) -> None:
    """The network took it, but shows it only later: the second look, a while after, finds it."""
    act = await house.reply(await house.asked())
    house.server.fail("perform", Fault(after=away(sent=True)))
    house.server.lag = 1
    lane = await house.lane()
    await house.work(lane, for_s=80)
    assert await house.state(act) is ActState.UNCERTAIN
    assert house.server.calls.count("find") == 1
    await house.work(lane, for_s=60)
    assert await house.state(act) is ActState.SENT
    assert house.server.calls.count("perform") == 1


async def test_absent_twice_is_sent_again_under_the_same_key(house: House) -> None:
    act = await house.reply(await house.asked())
    house.server.fail("perform", Fault(before=away(sent=True)))
    lane = await house.lane()
    await house.work(lane, for_s=80)
    assert await house.state(act) is ActState.UNCERTAIN
    await house.work(lane, for_s=60)
    assert await house.history(act) == ["held", "queued", "sending", "uncertain", "queued", "sending", "sent"]
    assert list(house.server.done) == [(await house.act(act)).key]


async def test_what_landed_after_two_looks_is_found_before_it_is_sent_again(house: House) -> None:
    act = await house.reply(await house.asked())
    house.server.fail("perform", Fault(after=away(sent=True)))
    house.server.lag = 2
    lane = await house.lane()
    await house.work(lane, for_s=300)
    assert await house.state(act) is ActState.SENT
    assert house.server.calls.count("perform") == 1
    assert house.server.replies() == ["On its way."]


async def test_a_second_try_that_is_refused_as_a_double_counts_as_the_first(house: House) -> None:
    """It came to light between our look and our second try, and the network refuses the double."""
    act = await house.reply(await house.asked())
    house.server.fail("perform", Fault(after=away(sent=True)), Fault(before=Rejected("duplicate", "409")))
    house.server.lag = 3
    lane = await house.lane()
    await house.work(lane, for_s=300)
    assert await house.state(act) is ActState.SENT
    assert house.server.replies() == ["On its way."]


async def test_what_nobody_can_tell_is_for_a_person_and_goes_as_approved(house: House) -> None:
    act = await house.reply(await house.asked())
    house.server.fail("perform", Fault(before=away(sent=True)))
    house.server.fail("find", *[Fault(before=Unknowable("no way to read back"))] * 2)
    lane = await house.lane()
    await house.work(lane, for_s=300)
    assert await house.state(act) is ActState.REVIEW
    assert "Nobody can tell" in (await house.act(act)).error
    assert await house.store.write(outbox.approve, act, house.colleagues["marc"])
    await house.work(lane, for_s=10)
    assert await house.state(act) is ActState.SENT


async def test_an_uncertain_act_waits_as_long_as_the_network_is_away(house: House) -> None:
    act = await house.reply(await house.asked())
    house.server.fail("perform", Fault(after=away(sent=True)))
    house.server.fail("find", *[Fault(before=away(sent=True))] * 20)
    lane = await house.lane()
    await house.work(lane, for_s=2 * 3600)
    assert await house.state(act) is ActState.SENT
    assert house.server.replies() == ["On its way."]


async def test_an_uncertain_act_that_did_not_happen_and_is_late_is_for_a_person(house: House) -> None:
    act = await house.reply(await house.asked())
    house.server.fail("perform", Fault(before=away(sent=True)))
    house.server.fail("find", *[Fault(before=away(sent=True))] * 20)
    lane = await house.lane()
    await house.work(lane, for_s=2 * 3600)
    assert await house.state(act) is ActState.REVIEW
    assert house.server.replies() == []


async def test_the_key_on_a_message_that_a_feed_brought_is_the_receipt(house: House) -> None:
    act = await house.reply(await house.asked())
    house.server.fail("perform", Fault(after=away(sent=True)))
    house.server.fail("find", *[Fault(before=away(sent=True))] * 99)
    lane = await house.lane()
    await house.work(lane, for_s=11)
    house.server.post("m2").echo = True
    await house.arrive("m2")
    await house.work(lane, for_s=60)
    assert await house.state(act) is ActState.SENT
    assert (await house.act(act)).remote_id == "m2"


async def test_the_key_that_comes_back_after_two_looks_in_vain_is_the_receipt_too(house: House) -> None:
    """Twice absent, queued again; then reading the context brings it, with our key on it."""
    act = await house.reply(await house.asked())
    house.server.fail("perform", Fault(after=away(sent=True)))
    house.server.lag = 100
    lane = await house.lane()
    await house.work(lane, for_s=90)
    assert await house.state(act) is ActState.UNCERTAIN
    house.server.post("m2").echo = True
    thread = lane._attempt._network.thread

    async def late(target: object) -> object:
        await house.arrive("m2")
        return await thread(target)  # type: ignore[arg-type]

    lane._attempt._network.thread = late  # type: ignore[method-assign, assignment]
    await house.work(lane, for_s=120)
    assert await house.state(act) is ActState.SENT
    assert house.server.calls.count("perform") == 1
    assert house.server.replies() == ["On its way."]


async def test_acts_of_one_conversation_keep_their_order(house: House) -> None:
    asked = await house.asked()
    first, second = await house.reply(asked, "one"), await house.reply(asked, "two")
    house.server.fail("perform", Fault(before=away(sent=True)))
    lane = await house.lane()
    await house.work(lane, for_s=60)
    assert (await house.state(first), await house.state(second)) == (ActState.UNCERTAIN, ActState.QUEUED)
    await house.work(lane, for_s=120)
    assert house.server.replies() == ["one", "two"]


async def test_an_uncertain_act_does_not_hold_up_other_conversations(house: House) -> None:
    first = await house.reply(await house.asked("one?"), "one")
    second = await house.reply(await house.asked("two?", ANA), "two")
    house.server.fail("perform", Fault(before=away(sent=True)))
    await house.work(await house.lane(), for_s=20)
    assert (await house.state(first), await house.state(second)) == (ActState.UNCERTAIN, ActState.SENT)


async def test_fifteen_minutes_late_is_for_a_person(house: House) -> None:
    asked = await house.asked()
    act = await house.reply(asked)
    await house.clock.advance(10 + 15 * 60 + 1)
    lane = await house.lane()
    await house.work(lane)
    assert await house.history(act) == ["held", "queued", "review"]
    assert house.server.calls == []
    assert (await house.conversation(asked))["waits_message_id"] == asked

    assert await house.store.write(outbox.approve, act, house.colleagues["marc"])
    await house.work(lane)
    assert await house.state(act) is ActState.SENT


async def test_our_own_back_off_is_lateness(house: House) -> None:
    act = await house.reply(await house.asked())
    house.server.fail("perform", *[Fault(before=away(sent=False))] * 50)
    await house.work(await house.lane(), for_s=3600)
    assert await house.state(act) is ActState.REVIEW


async def test_a_long_queue_is_spacing_and_not_lateness(house: House) -> None:
    acts = [await house.reply(await house.asked(f"{n}?"), f"{n}!", hold_s=0) for n in range(12)]
    lane = await house.lane()
    quick = lane._attempt._network.perform

    async def perform(what: object) -> object:
        house.clock._elapsed += 100
        return await quick(what)  # type: ignore[arg-type]

    lane._attempt._network.perform = perform  # type: ignore[method-assign, assignment]
    await house.work(lane)
    assert [await house.state(act) for act in acts] == [ActState.SENT] * 12


async def test_a_lid_closed_in_the_middle_makes_the_rest_late(house: House) -> None:
    first = await house.reply(await house.asked("one?"), "one", hold_s=0)
    second = await house.reply(await house.asked("two?", ANA), "two", hold_s=0)
    lane = await house.lane()
    awake = lane._attempt._network.perform

    async def perform(what: object) -> object:
        receipt = await awake(what)  # type: ignore[arg-type]
        house.clock._elapsed += 3600
        return receipt

    lane._attempt._network.perform = perform  # type: ignore[method-assign, assignment]
    await house.work(lane)
    assert (await house.state(first), await house.state(second)) == (ActState.SENT, ActState.REVIEW)


async def test_a_stopped_outbox_sends_nothing_but_finds_out(house: House) -> None:
    unclear = await house.reply(await house.asked("one?"), "one", hold_s=0)
    house.server.fail("perform", Fault(after=away(sent=True)))
    lane = await house.lane()
    await lane.step()
    await lane.step()
    assert await house.state(unclear) is ActState.UNCERTAIN
    waiting = await house.reply(await house.asked("two?", ANA), "two", hold_s=0)
    await house.store.write(outbox.stop, "léa")

    await house.work(lane, for_s=120)
    assert await house.state(unclear) is ActState.SENT
    assert await house.state(waiting) is ActState.HELD
    assert await house.store.read(outbox.stopped) == ("léa", to_ms(house.clock.now() - timedelta(seconds=120)))

    await house.store.write(outbox.go, "marc")
    await house.work(lane)
    assert await house.state(waiting) is ActState.SENT


async def test_a_stop_between_the_context_and_the_send_wins(house: House) -> None:
    act = await house.reply(await house.asked(), hold_s=0)
    lane = await house.lane()
    await lane.step()
    thread = lane._attempt._network.thread

    async def stop(target: object) -> object:
        await house.store.write(outbox.stop, "léa")
        return await thread(target)  # type: ignore[arg-type]

    lane._attempt._network.thread = stop  # type: ignore[method-assign, assignment]
    await house.work(lane)
    assert house.server.replies() == []
    assert await house.state(act) is ActState.QUEUED


async def test_a_private_reply_links_its_conversation_and_is_direct(house: House) -> None:
    asked = await house.asked()
    act = await house.reply(asked, "Your number, please?", verb=ActVerb.PRIVATE_REPLY, audience=Audience.DIRECT)
    await house.work(await house.lane(), for_s=10)
    assert house.server.post("m2").audience is Audience.DIRECT
    sql = "SELECT conversation_id FROM message WHERE act_id = ?"
    there = (await house.store.read(lambda db: db.execute(sql, (act,)).fetchone()))[0]
    public = await house.conversation(asked)
    assert public["id"] != there
    assert public["linked_conversation_id"] == there
    assert public["waits_ms"] is None


async def test_a_reply_is_never_wider_than_what_it_answers(house: House) -> None:
    remote_id = house.server.write("between us")
    house.server.post(remote_id).audience = Audience.FOLLOWERS
    await house.reply(await house.arrive(remote_id), audience=Audience.PUBLIC)
    await house.work(await house.lane(), for_s=10)
    assert house.server.post("m2").audience is Audience.FOLLOWERS


async def test_a_cancelled_sender_writes_down_what_it_began(house: House) -> None:
    act = await house.reply(await house.asked(), hold_s=0)
    lane = await house.lane()
    house.server.gate = asyncio.Event()
    task = asyncio.create_task(lane.run())
    await house.server.at_gate.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert await house.state(act) is ActState.SENDING
    house.server.gate.set()
    await lane.settled()
    assert await house.state(act) is ActState.SENT


async def test_a_stale_holder_moves_nothing(house: House) -> None:
    act = await house.reply(await house.asked(), hold_s=0)
    old = await house.lane()
    await old.step()
    new = await house.lane()
    with pytest.raises(LeaseLostError):
        await house.work(old)
    assert house.server.replies() == []
    await house.work(new)
    assert await house.state(act) is ActState.SENT


async def test_unreachable_thread_keeps_it_queued(house: House) -> None:
    act = await house.reply(await house.asked(), hold_s=0)
    house.server.fail("thread", Fault(before=Unreachable("away")))
    lane = await house.lane()
    await house.work(lane, for_s=0.5)
    assert await house.state(act) is ActState.QUEUED
    assert (await house.act(act)).error == "away"
    await house.work(lane, for_s=10)
    assert await house.state(act) is ActState.SENT


async def test_an_act_knows_what_the_other_acts_of_its_conversation_made(house: House) -> None:
    asked = await house.asked()
    first = await house.reply(asked, "Thanks!")
    second = await house.reply(asked, "Thanks!", hold_s=3600)
    await house.work(await house.lane(), for_s=10)
    made = (await house.act(first)).remote_id
    intent = await house.store.read(intents.of, await house.act(second))
    assert made is not None
    assert intent is not None
    assert intent.act.spoken_for == {made}
    own = await house.store.read(intents.of, await house.act(first))
    assert own is not None
    assert own.act.spoken_for == frozenset()
