"""Macros: several verbs on each conversation as one step, all of them or none, taken back as one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.inbox.office import Office

from cminbox.config.macros import FINAL, SENDS, STEPS, Macro, MacroStep, Takes, parsed
from cminbox.config.settings import Settings
from cminbox.errors import UsageError
from cminbox.inbox import macros, outbox, queue, tags, template_keeping, undo, verbs
from cminbox.model.base import ActState, ActVerb, ConversationState
from cminbox.model.templates import Variant, Written

REFUND = Macro(key="r", name="Refund", do=("template refund", "tag refund", "star", "done"))


async def stock(office: Office, body: str = "Hello {{ person.handle }}, it is on its way.") -> None:
    await template_keeping.add(
        await office.desk(), Written(name="Refund", shortcut="refund", variants=(Variant(body=body),))
    )


async def row(office: Office, conversation: int):  # type: ignore[no-untyped-def]
    return (await queue.rows(await office.desk(), [conversation]))[0]


async def test_a_macro_does_all_its_steps_in_one_and_undo_takes_all_back(office: Office) -> None:
    await stock(office)
    desk = await office.desk()
    ids = [await office.arrive(f"c{n}", f"person{n}") for n in range(3)]
    before = [await row(office, each) for each in ids]
    outcome = await macros.run(desk, ids, REFUND.steps)
    assert [line.conversation for line in outcome.changed] == ids
    acts = await outbox.rows(desk)
    assert [act.text for act in acts] == [f"Hello @person{n}, it is on its way." for n in range(3)]
    for each in ids:
        now = await row(office, each)
        assert (now.tags, now.star, now.state) == (("refund",), True, ConversationState.DONE)
    entries = [entry for each in ids for entry in await office.journal(each) if entry.batch is not None]
    assert len({entry.batch for entry in entries}) == 1
    assert [entry.verb for entry in entries[:3]] == ["reply", "tag", "star"]
    await undo.undo(desk)
    undone = [await row(office, each) for each in ids]
    assert [
        now.model_copy(update={"drafted": then.drafted}) for now, then in zip(undone, before, strict=True)
    ] == before
    assert [now.drafted for now in undone] == [("léa",)] * 3  # what was not sent after all is a draft again
    assert await outbox.rows(desk) == []
    await undo.redo(desk)
    assert [(now.tags, now.star) for now in [await row(office, each) for each in ids]] == [(("refund",), True)] * 3
    assert len(await outbox.rows(desk)) == 3


async def test_a_part_that_cannot_be_leaves_the_conversation_as_it_was(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, frozenset({ActVerb.LIKE}))
    await stock(office)
    desk = await office.desk()
    one = await office.arrive("one")
    before = await row(office, one)
    steps = (parsed("tag seen"), *REFUND.steps)
    outcome = await macros.run(desk, [one], steps)
    assert outcome.changed == ()
    assert "cannot reply" in outcome.skipped[0].error
    assert outcome.batch == 0
    assert await row(office, one) == before
    assert [entry for entry in await office.journal(one) if entry.batch is not None] == []
    assert (await undo.undo(desk)).of != "tag"
    await office.close()


async def test_one_that_cannot_be_leaves_the_others_in_one_step(office: Office) -> None:
    desk = await office.desk()
    one, two = await office.arrive("one"), await office.arrive("two")
    outcome = await macros.run(desk, [one, 999, two], [parsed("tag a"), parsed("done")])
    assert [line.conversation for line in outcome.changed] == [one, two]
    assert [line.conversation for line in outcome.skipped] == [999]
    await undo.undo(desk)
    assert (await row(office, one)).tags == (await row(office, two)).tags == ()


async def test_a_rehearsal_says_what_would_be_and_keeps_nothing(office: Office) -> None:
    await stock(office)
    desk = await office.desk()
    one = await office.arrive("one")
    prepared = await macros.prepare(desk, [one, 999], REFUND.steps)
    told = await macros.rehearse(desk, prepared)
    assert [line.conversation for line in told.changed] == [one]
    assert [line.conversation for line in told.skipped] == [999]
    assert await outbox.rows(desk) == []
    assert await tags.all_tags(desk) == []
    assert (await row(office, one)).state is ConversationState.OPEN


async def test_a_template_that_cannot_be_filled_skips_its_person(office: Office) -> None:
    await stock(office, "Hello {{ person.first_name }}")
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await macros.run(desk, [one], REFUND.steps)
    assert "needs a value for person.first_name" in outcome.skipped[0].error
    assert (await row(office, one)).state is ConversationState.OPEN


async def test_what_templates_ask_is_known_and_answered(office: Office) -> None:
    await stock(office, 'Your order {{ ask("order number") }} left.')
    desk = await office.desk()
    one = await office.arrive("one")
    assert await macros.questions(desk, [one], REFUND.steps) == ("order number",)
    await macros.run(desk, [one], REFUND.steps, {"order number": "AB12"})
    assert [act.text for act in await outbox.rows(desk)] == ["Your order AB12 left."]


async def test_unknown_names_are_said_before_anything_is_done(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    for text in ("template nonsense", "untag nonsense", "assign nobody", "snooze zzz qqq"):
        with pytest.raises(UsageError):
            await macros.run(desk, [one], [parsed("star"), parsed(text)])
    assert not (await row(office, one)).star


async def test_every_step_there_is_can_be_done(office: Office) -> None:
    await stock(office)
    desk = await office.desk()
    await tags.create(desk, "old")
    values = {"template": "refund", "assign": "léa", "snooze": "in 2 hours", "untag": "old"}
    for verb, takes in STEPS.items():
        one = await office.arrive(verb)
        value = values.get(verb, "spam" if takes is Takes.REASON else "x") if takes is not Takes.NOTHING else ""
        outcome = await macros.run(desk, [one], [MacroStep(verb, value)])
        assert not outcome.skipped or verb == "delete", (verb, outcome.skipped)


def test_the_words_of_steps_are_those_of_do() -> None:
    for name in set(STEPS) - set(SENDS):
        verb = verbs.BY_NAME[name]
        assert bool(verb.needs_value) is (STEPS[name] is Takes.VALUE)
        assert verb.reasons is (STEPS[name] is Takes.REASON)
    assert set(SENDS) | set(FINAL) <= set(STEPS)


async def test_a_macro_is_run_by_key_or_name(office: Office) -> None:
    office.settings = Settings(macros=(REFUND,))
    await stock(office)
    desk = await office.desk()
    one, two = await office.arrive("one"), await office.arrive("two")
    assert (await verbs.do(desk, "macro", [one], verbs.Given("r"))).changed
    assert (await verbs.do(desk, "macro", [two], verbs.Given("refund"))).changed
    with pytest.raises(UsageError, match="no macro zzz"):
        await verbs.do(desk, "macro", [two], verbs.Given("zzz"))


async def test_more_than_25_answers_are_held_longer(office: Office) -> None:
    await stock(office)
    desk = await office.desk()
    ids = [await office.arrive(f"c{n}") for n in range(26)]
    prepared = await macros.prepare(desk, ids, REFUND.steps)
    assert (prepared.sends, prepared.final) == (26, False)
    await macros.run_prepared(desk, prepared)
    holds = {(act.send_at - act.created_at).total_seconds() for act in await outbox.rows(desk)}
    assert holds == {60.0}
    assert {act.state for act in await outbox.rows(desk)} == {ActState.HELD}


async def test_spam_in_a_macro_tells_the_site_as_the_verb_does(tmp_path: Path) -> None:
    office = await Office.open(tmp_path)
    desk = await office.desk()
    one = await office.arrive("one")
    await macros.run(desk, [one], [parsed("tag seen"), parsed("spam s")])
    assert [(act.verb, act.state) for act in await outbox.rows(desk)] == [(ActVerb.SPAM, ActState.HELD)]
    await macros.run(desk, [one], [parsed("reopen")])
    assert await outbox.rows(desk) == []
    await office.close()
