"""Rules that answer: what goes, to whom not, how often, and that nobody is answered by it."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import pytest
from tests.inbox.office import EVERYTHING, Office
from tests.inbox.rules_house import Ruled, dies

from cminbox.clock import to_ms
from cminbox.config.clocks import Hours
from cminbox.config.settings import Me, Settings
from cminbox.inbox import (
    crisis,
    diary,
    drafts,
    outbox,
    queue,
    replies,
    rules,
    rules_reply,
    template_keeping,
    triage,
    undo,
)
from cminbox.inbox.numbers import measure
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.base import ActState, ActVerb, Audience, ConversationState, Direction, Kind
from cminbox.model.changes import Batch, Wrote
from cminbox.model.content import Author
from cminbox.model.numbers import Span
from cminbox.model.templates import Variant, Written
from cminbox.store import accounts, counters
from cminbox.store import rules as kept
from cminbox.sync import ingest
from cminbox.sync.ingest import IMPORT_FEED

ANSWER = """
[[rule]]
name = "closed"
on = true
when = "{when}"
do = [{do}]
{more}
"""


def rule(do: str = '"reply closed"', more: str = "", when: str = "hello", name: str = "closed") -> str:
    return ANSWER.format(do=do, more=more, when=when).replace('name = "closed"', f'name = "{name}"')


async def template(office: Office, *bodies: str, name: str = "We are closed", shortcut: str = "closed") -> None:
    variants = tuple(Variant(body=body) for body in bodies or ("Hello {{ person.handle }}, we are back at 9.",))
    desk = await office.desk()
    await template_keeping.add(desk, Written(name=name, shortcut=shortcut, variants=variants))


async def ruled(office: Office, source: str | None = None, *bodies: str) -> Ruled:
    await template(office, *bodies)
    return await Ruled.of(office, source or rule())


async def acts(of: Ruled) -> list[tuple[str, ActState]]:
    return [(act.text, act.state) for act in await outbox.rows(of.desk, list(ActState))]


async def results(of: Ruled) -> list[str]:
    return [result for _step, result in await of.runs()]


async def test_the_reply_is_an_act_of_the_rules_and_answers_nobody(office: Office) -> None:
    of = await ruled(office)
    one = await office.arrive("one")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    assert (act.verb, act.state, act.by) == (ActVerb.REPLY, ActState.HELD, kept.ACTOR)
    assert act.text == "Hello @ana, we are back at 9."
    assert act.send_at - act.created_at == timedelta(seconds=10)
    row = await of.row(one)
    assert (row.state, row.unanswered, row.unread) == (ConversationState.OPEN, True, True)
    waits = (await office.stands(one)).waits_ms
    await office.sent(act.id, "r1")
    row = await of.row(one)
    assert (row.state, row.unanswered) == (ConversationState.OPEN, True)
    assert (await office.stands(one)).waits_ms == waits
    now = office.clock.now()
    found = await measure(of.desk, Span(now - timedelta(days=1), now + timedelta(hours=1)))
    assert (found["answered"], found["replies"], found["first_response_median_s"]) == (0, 0, None)
    assert found["response_rate"] == 0
    assert await office.store.read(lambda db: db.execute("SELECT count(*) FROM response").fetchone()[0]) == 0
    assert (
        await office.store.read(lambda db: db.execute("SELECT sum(n) FROM bucket WHERE name='replied'").fetchone()[0])
        is None
    )
    assert await office.store.read(counters.drift) == {}
    lines = await diary.latest(of.desk)
    assert [(line.by, line.verb) for line in lines if line.act == act.id] == [("[closed]", "reply")]


async def test_a_person_answers_after_the_rule_and_that_is_the_answer(office: Office) -> None:
    of = await ruled(office)
    one = await office.arrive("one")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    await office.sent(act.id, "r1")
    asked_ms = (await office.stands(one)).waits_ms
    await office.clock.advance(600)
    mine = await replies.reply(of.desk, one, "It leaves tonight.")
    assert mine.act is not None
    await office.sent(mine.act, "r2")
    assert (await of.row(one)).state is ConversationState.DONE
    first = await office.store.read(
        lambda db: db.execute("SELECT message_id, replied_ms, first_took_ms FROM response").fetchall()
    )
    assert len(first) == 1
    assert first[0]["first_took_ms"] == first[0]["replied_ms"] - (asked_ms or 0)
    assert first[0]["first_took_ms"] >= 600_000


async def test_another_account_that_saw_it_first_counts_nothing_in_the_end(office: Office) -> None:
    """The copy comes before the receipt: for a moment it looks like an answer from elsewhere."""
    of = await ruled(office)
    other_id = await office.store.write(
        accounts.add, "second", "mastodon", "https://example.org", "", {},
        Profile(author=Author(remote_id="us2", handle="@second", is_us=True), abilities=Abilities(can=EVERYTHING)),
        to_ms(office.clock.now()),
    )  # fmt: skip
    other = await office.store.read(accounts.get, other_id)
    one = await office.arrive("one", global_id="g:one")
    await office.store.write(
        ingest.apply,
        other,
        Batch(feed="events", changes=(await _copy(office, "theirs", "g:one", Direction.IN),)),
        move_cursor=False,
    )
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    await office.move(act.id, ActState.QUEUED, ActState.SENDING)
    copy = await _copy(office, "ours-there", "g:reply", Direction.OUT, parent="theirs")
    await office.store.write(ingest.apply, other, Batch(feed="events", changes=(copy,)), move_cursor=False)
    assert not (await of.row(one)).unanswered
    await office.move(act.id, ActState.SENT)
    await office.tell(
        copy.model_copy(update={"remote_id": "r1", "parent": "m1", "act_key": act.key, "conversation": None})
    )
    row = await of.row(one)
    assert (row.unanswered, row.state) == (True, ConversationState.OPEN)

    def counted(db):  # type: ignore[no-untyped-def]
        sql = "SELECT (SELECT count(*) FROM response), (SELECT sum(n) FROM bucket WHERE name = 'replied')"
        return tuple(db.execute(sql).fetchone())

    assert await office.store.read(counted) == (0, 0)
    ours = "SELECT count(*) FROM message WHERE direction = 'out'"
    assert await office.store.read(lambda db: db.execute(ours).fetchone()[0]) == 1
    assert await office.store.read(counters.drift) == {}


async def _copy(office: Office, remote_id: str, global_id: str, direction: Direction, **more: object) -> Wrote:
    us = Author(remote_id="us", handle="@brand", is_us=True)
    who = us if direction is Direction.OUT else Author(remote_id="ana", handle="@ana")
    return Wrote.model_validate(
        {
            "remote_id": remote_id, "global_id": global_id, "at": office.clock.now(), "kind": Kind.COMMENT,
            "direction": direction, "author": who, "text": "x", "audience": Audience.PUBLIC, **more,
        }
    )  # fmt: skip


async def test_its_receipt_and_its_pull_are_one_message_whichever_comes_first(office: Office) -> None:
    of = await ruled(office)
    one = await office.arrive("one")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    await office.move(act.id, ActState.QUEUED, ActState.SENDING)
    came = await _copy(office, "r1", "g:r", Direction.OUT, parent="m1")
    await office.tell(came)
    assert not (await of.row(one)).unanswered
    await office.move(act.id, ActState.SENT)
    await office.tell(came.model_copy(update={"act_key": act.key}))
    await office.tell(came)
    assert (await of.row(one)).unanswered
    assert await office.store.read(lambda db: db.execute("SELECT count(*) FROM response").fetchone()[0]) == 0


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('Hello, your order {{ ask("order number") }} is there.', "order number"),
        ("Hello {{ person.first_name }}.", "person.first_name"),
        ("Hello. {{ me.signature }}", "me.signature"),
    ],
)
async def test_what_is_not_filled_does_not_go_and_is_reported(office: Office, body: str, why: str) -> None:
    office.settings = Settings(me=Me(name="Léa", signature="LM"))
    of = await ruled(office, None, body)
    one = await office.arrive("one")
    await office.arrive("two")
    await of.runner.catch_up()
    assert await acts(of) == []
    assert await results(of) == ["refused"] * 2
    assert len(of.told) == 1
    assert why in of.told[0]
    entries = [entry for entry in await office.journal(one) if entry.verb == kept.NO_REPLY]
    assert [(entry.before, entry.after) for entry in entries] == [({}, {})]
    assert [line.by for line in await diary.latest(of.desk) if line.verb == "no_reply"] == ["[closed]"] * 2
    (tried, *_more) = (await rules.rehearse(of.desk, rules.load(of.desk, of.home))).met
    assert why in tried.answers[0].refused
    assert (tried.answers[0].text, tried.answers[0].quiet) == ("", False)
    assert any(why in trouble for trouble in await rules_reply.troubles(of.desk, tried.rule)) is (
        why != "person.first_name"
    )


async def test_a_template_that_is_not_there_is_reported(office: Office) -> None:
    of = await Ruled.of(office, rule('"reply nothing", "tag x"'))
    one = await office.arrive("one")
    await of.runner.catch_up()
    assert (await of.row(one)).tags == ("x",)
    assert await results(of) == ["refused", "did"]
    (given,) = rules.load(of.desk, of.home)
    assert await rules_reply.troubles(of.desk, given) == ["There is no template nothing."]


async def test_a_second_run_and_two_processes_write_one(office: Office) -> None:
    of = await ruled(office)
    for key, person in (("one", "ana"), ("two", "ben"), ("three", "cleo")):
        await office.arrive(key, person)
    await asyncio.gather(of.runner.catch_up(), of.another().catch_up())
    await office.store.write(lambda tx: tx.db.execute("UPDATE follower SET position = 0"))
    await of.another().catch_up()
    assert len(await acts(of)) == 3
    of.write(rule(more="words = []\n"))
    await office.store.write(lambda tx: tx.db.execute("UPDATE follower SET position = 0"))
    await of.another().catch_up()
    assert len(await acts(of)) == 3


@pytest.mark.parametrize("survives", range(8))
async def test_a_process_that_dies_anywhere_answers_once(office: Office, survives: int) -> None:
    of = await ruled(office, rule('"reply closed", "note once", "private_reply closed"'))
    ids = [await office.arrive(key, person) for key, person in (("one", "ana"), ("two", "ben"))]
    await dies(office, of.runner, survives)
    await of.another().catch_up()
    found = await outbox.rows(of.desk)
    assert sorted((act.conversation_id, act.verb) for act in found) == sorted(
        (one, verb) for one in ids for verb in (ActVerb.REPLY, ActVerb.PRIVATE_REPLY)
    )
    assert await results(of) == ["did"] * 6


async def test_bots_and_who_answers_the_machine_get_nothing(office: Office) -> None:
    bot = Author(remote_id="robot", handle="@robot", is_bot=True)
    of = await ruled(office, rule() + rule('"reply other"', when="hours", name="other"))
    await template(office, "other", name="other", shortcut="")
    await office.arrive("one", author=bot)
    await of.runner.catch_up()
    assert await results(of) == ["quiet"]
    await office.arrive("two", text="hello")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    await office.sent(act.id, "r2")
    await office.arrive("two", text="hello, your hours?", parent="r2")
    await of.runner.catch_up()
    assert await results(of) == ["quiet", "did", "quiet", "quiet"]
    await office.clock.advance(86_400)
    await office.arrive("two", text="and the hours?")
    await of.runner.catch_up()
    assert (await results(of))[-1] == "did"
    assert of.told == []


async def test_who_joins_below_an_automatic_reply_gets_none(office: Office) -> None:
    of = await ruled(office, rule() + rule('"reply other"', when="hours", name="other"))
    await template(office, "other", name="other", shortcut="")
    await office.arrive("one")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    await office.sent(act.id, "r1")
    await office.arrive("one", "ben", text="and the hours?", parent="r1")
    await of.runner.catch_up()
    assert await results(of) == ["did", "quiet"]
    await office.arrive("one", "cleo", text="and the hours?", parent="m1")
    await of.runner.catch_up()
    assert await results(of) == ["did", "quiet", "did"]


async def test_what_came_before_the_rules_did_was_not_seen_by_them(office: Office) -> None:
    of = await ruled(office)
    one = await office.arrive("one", text="hello?")
    await office.arrive("one", text="No, here it is!")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    newest = (await office.stands(one)).last_message_id
    assert act.seen_message_id == act.message_id
    assert act.message_id != newest


async def test_it_speaks_once_in_its_pause_in_each_conversation(office: Office) -> None:
    of = await ruled(office, rule(more='pause = "3h"'))
    one = await office.arrive("one")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    await office.sent(act.id, "r1")
    mine = await replies.reply(of.desk, one, "Soon.")
    await office.sent(mine.act or 0, "r2")
    await office.clock.advance(2 * 3600)
    await office.arrive("one")
    await of.runner.catch_up()
    assert await results(of) == ["did", "quiet"]
    await office.clock.advance(3600)
    await office.arrive("one")
    await of.runner.catch_up()
    assert await results(of) == ["did", "quiet", "did"]


async def test_what_a_person_took_back_is_not_written_again(office: Office) -> None:
    of = await ruled(office)
    one = await office.arrive("one")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    await triage.star(of.desk, [one])
    await undo.undo(of.desk)
    assert await office.act_state(act.id) is ActState.HELD
    await outbox.cancel(of.desk, [act.id])
    assert await office.act_state(act.id) is ActState.CANCELLED
    assert await drafts.everybodys(of.desk, one) == []
    await office.arrive("one")
    await of.runner.catch_up()
    assert await results(of) == ["did", "quiet"]


async def test_several_messages_of_one_person_get_one_answer_to_the_last(office: Office) -> None:
    of = await ruled(office)
    for text in ("hello", "hello?", "hello, my order"):
        await office.arrive("one", text=text, kind=Kind.DM, audience=Audience.DIRECT)
        await of.runner.catch_up()
    states = [(act.state, act.message_id) for act in await outbox.rows(of.desk, list(ActState))]
    assert [state for state, _message in states] == [ActState.CANCELLED, ActState.CANCELLED, ActState.HELD]
    newest = (await office.stands(await office.conversation_of("m3"))).last_message_id
    assert states[-1][1] == newest


async def test_two_rules_do_not_answer_the_same_message(office: Office) -> None:
    of = await ruled(office, rule() + rule('"reply closed"', name="again") + rule('"tag x"', name="tag"))
    one = await office.arrive("one")
    await of.runner.catch_up()
    assert await results(of) == ["did", "quiet", "did"]
    assert (await of.row(one)).tags == ("x",)


async def test_a_person_gets_a_few_a_day_wherever_they_write(office: Office) -> None:
    of = await ruled(office)
    for number in range(5):
        await office.arrive(f"c{number}")
    await of.runner.catch_up()
    assert await results(of) == ["did"] * 3 + ["quiet"] * 2


async def test_nothing_goes_in_a_crisis_nor_after_a_person_saw_to_it(office: Office) -> None:
    of = await ruled(office)
    done = await office.arrive("one")
    await triage.done(of.desk, [done])
    answered = await office.arrive("two", "ben")
    await replies.reply(of.desk, answered, "It is there.")
    await of.runner.catch_up()
    assert await results(of) == ["quiet"] * 2
    await office.arrive("three", "cleo")
    await office.clock.advance(2 * 86_400)
    await of.runner.catch_up()
    assert await results(of) == ["quiet"] * 3
    await crisis.begin(of.desk)
    await office.arrive("four", "dan")
    await of.runner.catch_up()
    assert await results(of) == ["quiet"] * 3


async def test_imports_and_history_get_no_answer(office: Office) -> None:
    of = await ruled(office, rule('"reply closed", "tag x"'))
    await office.arrive("old", "ben", at=office.account.connected_at - timedelta(days=1))
    await of.runner.catch_up()
    assert await results(of) == []
    await of.runner.begin("rules:import")
    wrote = await _copy(office, "imp", "g:imp", Direction.IN, text="hello", addressed=True)
    await office.store.write(ingest.apply, office.account, Batch(feed=IMPORT_FEED, changes=(wrote,)), move_cursor=False)
    await of.runner.catch_up("rules:import")
    assert await results(of) == ["refused", "did"]
    assert await acts(of) == []
    assert "What an import brought gets no automatic reply." in of.told[0]


async def test_variants_are_those_of_language_and_network_and_take_turns_apart(office: Office) -> None:
    desk = await office.desk()
    variants = (
        Variant(language="en", body="Back at 9."),
        Variant(language="en", body="We are back at nine."),
        Variant(language="fr", body="De retour à 9 h."),
        Variant(language="fr", network="matrix", body="Ailleurs."),
    )
    await template_keeping.add(desk, Written(name="closed", variants=variants))
    of = await Ruled.of(office, rule(when="-is:thanks"))
    for number, lang in enumerate(("en", "en", "en", "fr")):
        await office.arrive(f"c{number}", f"p{number}", lang=lang)
    await of.runner.catch_up()
    found = await outbox.rows(of.desk)
    assert [act.text for act in found] == ["Back at 9.", "We are back at nine.", "Back at 9.", "De retour à 9 h."]
    due = [act.not_before or act.send_at for act in found]
    assert [(after - before).total_seconds() for before, after in itertools.pairwise(due)] == [2.0] * 3


async def test_a_network_that_takes_few_of_the_same_gets_few(tmp_path) -> None:  # type: ignore[no-untyped-def]
    office = await Office.open(tmp_path, identical_most=2)
    of = await ruled(office, None, "Back at 9.")
    for number in range(3):
        await office.arrive(f"c{number}", f"p{number}")
    await of.runner.catch_up()
    assert await results(of) == ["did", "did", "refused"]
    await office.close()


async def test_in_private_where_that_is_said_and_can_be(office: Office) -> None:
    of = await ruled(office, rule('"private_reply closed"'))
    await office.arrive("one")
    await office.arrive("two", "ben", kind=Kind.DM, audience=Audience.DIRECT)
    await of.runner.catch_up()
    assert [(act.verb, act.audience) for act in await outbox.rows(of.desk)] == [
        (ActVerb.PRIVATE_REPLY, Audience.DIRECT),
        (ActVerb.REPLY, Audience.DIRECT),
    ]


async def test_what_was_said_in_private_answers_the_public_message_neither(office: Office) -> None:
    of = await ruled(office, rule('"private_reply closed"'))
    one = await office.arrive("one")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    await office.move(act.id, ActState.QUEUED, ActState.SENDING, ActState.SENT)
    ours = await _copy(
        office, "r1", "g:r", Direction.OUT, kind=Kind.DM, audience=Audience.DIRECT, conversation="dm", act_key=act.key
    )
    await office.tell(ours)
    row = await of.row(one)
    assert (row.unanswered, row.state) == (True, ConversationState.OPEN)
    now = office.clock.now()
    found = await measure(of.desk, Span(now - timedelta(days=1), now + timedelta(hours=1)))
    assert (found["answered_privately"], found["answered"]) == (0, 0)
    private = await office.arrive("dm", text="hello, and where?", kind=Kind.DM, audience=Audience.DIRECT)
    await of.runner.catch_up()
    assert private != one
    assert await results(of) == ["did", "quiet"]


async def test_what_a_person_took_back_and_wants_again_is_the_rules_again(office: Office) -> None:
    of = await ruled(office)
    one = await office.arrive("one")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    await outbox.cancel(of.desk, [act.id])
    await undo.redo(of.desk)
    (again,) = await outbox.rows(of.desk)
    assert (again.by, again.text, again.state) == (kept.ACTOR, act.text, ActState.HELD)
    rule_ids = "SELECT count(DISTINCT rule_id), count(rule_id) FROM act"
    assert tuple(await office.store.read(lambda db: db.execute(rule_ids).fetchone())) == (1, 2)
    assert (await of.row(one)).unanswered


async def test_a_person_who_approves_it_makes_it_no_answer_either(office: Office) -> None:
    of = await ruled(office)
    one = await office.arrive("one")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    await office.move(act.id, ActState.QUEUED, ActState.REVIEW)
    await outbox.approve(of.desk, [act.id])
    row = await of.row(one)
    assert (row.state, row.unanswered) == (ConversationState.OPEN, True)


async def test_what_an_account_cannot_is_reported(tmp_path) -> None:  # type: ignore[no-untyped-def]
    office = await Office.open(tmp_path, frozenset({ActVerb.REPLY}), max_length=10)
    of = await ruled(office, rule('"private_reply closed", "reply closed"'))
    await office.arrive("one")
    await of.runner.catch_up()
    assert await results(of) == ["refused", "refused"]
    (tried,) = (await rules.rehearse(of.desk, rules.load(of.desk, of.home))).met
    assert ["cannot" in tried.answers[0].refused, "too long" in tried.answers[1].refused] == [True, True]
    await office.close()


async def test_hours_are_those_of_the_brand(office: Office) -> None:
    office.settings = Settings(timezone="Europe/Paris", hours=Hours(week="mon-fri 9:00-18:00"))
    of = await ruled(office, rule(more='hours = "closed"') + rule('"tag open"', 'hours = "open"', name="open"))
    monday = office.clock.now()
    await office.clock.advance((7 - monday.weekday()) % 7 * 86_400 + 10 * 3600 - monday.hour * 3600)
    one = await office.arrive("one")
    await office.clock.advance(10 * 3600)
    two = await office.arrive("two", "ben")
    await of.runner.catch_up()
    found = await outbox.rows(of.desk)
    assert [act.conversation_id for act in found] == [two]
    assert [(await of.row(each)).tags for each in (one, two)] == [("open",), ()]
    three = await office.arrive("three", "cleo")
    await office.clock.advance(13 * 3600)
    await of.runner.catch_up()
    assert (await results(of))[-1] == "quiet"
    assert three not in [act.conversation_id for act in await outbox.rows(of.desk)]


async def test_where_nobody_set_hours_it_is_never_closed(office: Office) -> None:
    of = await ruled(office, rule(more='hours = "closed"') + rule('"tag open"', 'hours = "open"', name="open"))
    one = await office.arrive("one")
    await of.runner.catch_up()
    assert await acts(of) == []
    assert (await of.row(one)).tags == ("open",)


async def test_a_rehearsal_shows_what_would_have_gone_and_changes_nothing(office: Office) -> None:
    of = await ruled(office, None, "Hi {{ person.handle }}.", "Hello {{ person.handle }}.")
    await office.arrive("one")
    await office.arrive("one")
    await office.arrive("two", "ben")
    await office.arrive("three", author=Author(remote_id="robot", handle="@robot", is_bot=True))
    mark = await office.store.read(lambda db: db.execute("SELECT max(id) FROM journal").fetchone()[0])
    found = (await rules.rehearse(of.desk, rules.load(of.desk, of.home))).met
    assert all(each.answers[0].quiet is bool(each.answers[0].refused) for each in found)
    told = [(each.person, each.answers[0].text, bool(each.answers[0].refused)) for each in reversed(found)]
    assert told == [
        ("@ana", "Hi @ana.", False),
        ("@ana", "", True),
        ("@ben", "Hello @ben.", False),
        ("@robot", "", True),
    ]
    assert await acts(of) == []
    assert mark == await office.store.read(lambda db: db.execute("SELECT max(id) FROM journal").fetchone()[0])


async def test_a_rule_reply_is_no_colleagues_answer_to_a_person_who_writes(office: Office) -> None:
    """What somebody writes meanwhile is not stopped by the machine's reply, nor does the composer warn of it."""
    from cminbox.inbox.presence import AtWork
    from cminbox.store import answering
    from cminbox.store import outbox as acts_of

    of = await ruled(office)
    one = await office.arrive("one")
    at_work = AtWork(of.desk)
    await at_work.begin([one])
    mine = await replies.reply(of.desk, one, "Mine.")
    await outbox.cancel(of.desk, [mine.act or 0])
    await of.runner.catch_up()
    assert (await at_work.beside()).answered_by == ""
    await at_work.close()
    (auto,) = await outbox.rows(of.desk)
    again = await replies.reply(of.desk, one, "Mine again.")
    await office.sent(auto.id, "r1")

    def facts(db):  # type: ignore[no-untyped-def]
        act = acts_of.get(db, again.act or 0)
        assert act is not None
        return answering.facts(db, act)

    found = await office.store.read(facts)
    assert found is not None
    assert found.answered == ""


async def test_to_review_and_failed_do_not_move_the_conversation(office: Office) -> None:
    of = await ruled(office, rule('"reply closed", "done"'))
    one = await office.arrive("one")
    await of.runner.catch_up()
    (act,) = await outbox.rows(of.desk)
    assert (await of.row(one)).state is ConversationState.DONE
    await office.move(act.id, ActState.QUEUED, ActState.REVIEW)
    assert (await of.row(one)).state is ConversationState.DONE
    view = await queue.view(of.desk, one)
    assert [each.state for each in view.acts] == [ActState.REVIEW]
