"""Crisis mode: what rests while it lasts, what goes on, what is pinned and on top, and the report afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.inbox.office import Office
from tests.inbox.rules_house import Ruled
from tests.inbox.test_spikes import several

from cminbox.clock import to_ms
from cminbox.errors import Refused, UsageError
from cminbox.inbox import clusters, crisis, crisis_report, replies, since, snooze, template_keeping, templates
from cminbox.inbox.spikes import SpikeWatch
from cminbox.model.base import ActState, ConversationState
from cminbox.model.templates import Variant, Written
from cminbox.store import journal, outbox, snoozes, spacing
from cminbox.store.database import Tx

DONE = """
[[rule]]
name = "All of it"
on = true
when = "kind:comment"
do = ["done"]
"""


async def brand(office: Office, name: str) -> None:
    """Let the account belong to a brand."""

    def job(tx: Tx) -> None:
        tx.db.execute("INSERT INTO brand (name) VALUES (?)", (name,))
        tx.db.execute("UPDATE account SET brand_id = (SELECT id FROM brand WHERE name = ?)", (name,))

    await office.store.write(job)


async def test_it_begins_once_and_ends_and_every_process_knows(office: Office) -> None:
    desk, other = await office.desk(), await office.desk("omar")
    begun = await crisis.begin(desk)
    assert [(each.by, each.brand, each.until) for each in (await crisis.now(other)).crises] == [("léa", "", None)]
    with pytest.raises(Refused):
        await crisis.begin(other)
    await office.clock.advance(600)
    (ended,) = await crisis.end(other)
    assert ended.id == begun.id
    assert (await crisis.now(desk)).crises == ()
    with pytest.raises(Refused):
        await crisis.end(desk)
    last = await crisis.latest(desk)
    assert (last.ended_by, last.until) == ("omar", begun.since + timedelta(seconds=600))
    with pytest.raises(UsageError):
        await crisis.begin(desk, "nobody")
    verbs = [entry.verb for entry in await office.store.read(journal.latest, 5)]
    assert verbs == ["crisis_off", "crisis_on"]


async def test_rules_pass_over_what_comes_in_meanwhile(office: Office) -> None:
    ruled = await Ruled.of(office, DONE)
    await crisis.begin(ruled.desk)
    during = await office.arrive("during")
    await ruled.runner.catch_up()
    await crisis.end(ruled.desk)
    after = await office.arrive("after", "omar")
    await ruled.runner.catch_up()
    assert (await office.stands(during)).state is ConversationState.OPEN
    assert (await office.stands(after)).state is ConversationState.DONE


async def test_a_crisis_of_another_brand_changes_nothing(office: Office) -> None:
    await brand(office, "Lumen")
    await office.store.write(lambda tx: tx.db.execute("INSERT INTO brand (name) VALUES ('Aube')"))
    ruled = await Ruled.of(office, DONE)
    await crisis.begin(ruled.desk, "aube")
    one = await office.arrive("one")
    await ruled.runner.catch_up()
    assert (await office.stands(one)).state is ConversationState.DONE
    await crisis.begin(ruled.desk, "LUMEN")
    two = await office.arrive("two", "omar")
    await ruled.runner.catch_up()
    assert (await office.stands(two)).state is ConversationState.OPEN


async def test_snoozes_wake_when_it_is_over(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await snooze.snooze(desk, [one], office.clock.now() + timedelta(hours=1))
    await crisis.begin(desk)
    await office.clock.advance(7200)
    now_ms = to_ms(office.clock.now())
    assert not await office.store.read(snoozes.is_due, now_ms)
    assert await office.store.read(snoozes.next_ms) is None
    assert await office.store.write(snoozes.wake) == 0
    await crisis.end(desk)
    assert await office.store.write(snoozes.wake) == 1
    assert (await office.stands(one)).state is ConversationState.OPEN


async def test_answers_in_their_turn_rest_and_keep_their_distance_while_a_reply_goes(office: Office) -> None:
    desk = await office.desk()
    first, second, third = [await office.arrive(f"k{n}", f"p{n}") for n in range(3)]
    acts = []
    for number, each in enumerate((first, second)):
        act = (await replies.reply(desk, each, f"Réponse {number}")).act
        assert act is not None
        await office.store.write(spacing.put, act, to_ms(office.clock.now()) + 60_000 * (number + 1))
        acts.append(act)
    await crisis.begin(desk)
    alone = (await replies.reply(desk, third, "Bonjour")).act
    await office.clock.advance(1800)
    due = await office.store.read(outbox.due, to_ms(office.clock.now()))
    assert [act.id for act in due] == [alone]
    assert await office.store.read(outbox.waited_for, to_ms(office.clock.now()), 10_000_000) == [office.account.id]
    await office.store.write(lambda tx: outbox.cancel(tx, alone or 0, desk.by_id))
    assert await office.store.read(outbox.next_due_ms) is None
    assert await office.store.read(outbox.waited_for, to_ms(office.clock.now()), 10_000_000) == []
    await crisis.end(desk)
    turns = [act.not_before for act in await office.store.read(outbox.rows, (ActState.HELD,))]
    assert turns[1] - turns[0] == timedelta(seconds=60)  # type: ignore[operator]
    assert turns[0] is not None
    assert turns[0] >= office.clock.now()
    await office.clock.advance(120)
    assert [act.id for act in await office.store.read(outbox.due, to_ms(office.clock.now()))] == acts


async def test_what_a_person_approved_goes_in_a_crisis_too(office: Office) -> None:
    desk = await office.desk()
    act = (await replies.reply(desk, await office.arrive("one"), "Bonjour")).act or 0
    await office.store.write(spacing.put, act, to_ms(office.clock.now()) + 60_000)

    def review(tx: Tx) -> None:
        outbox.move(tx, act, ActState.HELD, ActState.QUEUED)
        outbox.move(tx, act, ActState.QUEUED, ActState.REVIEW)

    await office.store.write(review)
    await crisis.begin(desk)
    await office.store.write(outbox.approve, act, desk.by_id)
    assert [each.id for each in await office.store.read(outbox.due, to_ms(office.clock.now()))] == [act]


async def test_the_wave_of_the_spike_is_pinned_while_spike_or_crisis_last(office: Office) -> None:
    desk = await office.desk()
    await several(office, 30)
    (spike,) = await SpikeWatch(desk).look()
    assert await crisis.pinned(desk) == [spike.cluster_id]
    alert = await crisis.now(desk)
    assert [rush.wave.size for rush in alert.rushes if rush.wave is not None] == [30]
    await crisis.begin(desk)
    await office.clock.advance(3600)
    await SpikeWatch(desk).look()
    assert (await crisis.now(desk)).rushes == ()
    assert await crisis.pinned(desk) == [spike.cluster_id]
    await crisis.end(desk)
    assert await crisis.pinned(desk) == []


async def test_templates_that_hold_people_come_first(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    for name, folder in (("Aide", ""), ("Nous regardons", "Holding"), ("Zut", "")):
        written = Written(name=name, folder=folder, variants=(Variant(body=f"{name}."),))
        await template_keeping.add(desk, written)

    async def names(query: str = "", limit: int = 20) -> list[str]:
        return [hit.template.name for hit in await templates.search(desk, query, one, limit)]

    assert await names() == ["Aide", "Nous regardons", "Zut"]
    assert await names(limit=1) == ["Aide"]
    await crisis.begin(desk)
    assert await names() == ["Nous regardons", "Aide", "Zut"]
    assert await names(limit=1) == ["Nous regardons"]
    assert (await names("zut"))[0] == "Zut"


async def test_the_report_says_all_of_it_and_names_no_customer(office: Office) -> None:
    await brand(office, "Lumen|*x*")
    desk = await office.desk()
    omar = await office.desk("omar")
    await several(office, 30)
    (spike,) = await SpikeWatch(desk).look()
    await office.clock.advance(60)
    await crisis.begin(desk, "lumen|*x*")
    await office.clock.advance(60)
    assert spike.cluster_id is not None
    wording = clusters.Wording(texts=("Bonjour, le code est réparé.",))
    await clusters.answer_all(omar, spike.cluster_id, wording)
    await office.arrive("rude", "marieke.dupontel", "Voleurs, dit marieke.dupontel")
    await office.clock.advance(1800)
    await crisis.end(omar)
    told = await crisis_report.report(desk, await crisis.latest(desk), {"reply": "answered"})
    assert told.startswith("# Crisis\\: Lumen\\|\\*x\\*\n")
    assert "Begun 2026\\-03\\-02" in told
    assert "by omar\\. It lasted" in told
    assert "| omar | answered | 30 | 30 |" in told
    assert "| omar | crisis\\_off | 1 | \\- |" in told
    for title in ("The whole", "Arrivals", "Spikes", "Waves", "Moderated", "Timeline"):
        assert f"## {title}" in told
    assert "marieke" not in told
    assert "p1" not in told.split("## Waves")[0]


async def test_the_folder_is_that_of_the_settings(office: Office) -> None:
    settings = office.settings.model_copy(update={"crisis": office.settings.crisis.model_copy(update={"folder": "zz"})})
    desk = replace(await office.desk(), settings=settings)
    one = await office.arrive("one")
    for name, folder in (("Aide", ""), ("Zut", "ZZ")):
        await template_keeping.add(desk, Written(name=name, folder=folder, variants=(Variant(body=f"{name}."),)))
    await crisis.begin(desk)
    assert [hit.template.name for hit in await templates.search(desk, "", one)] == ["Zut", "Aide"]


async def test_a_spike_is_a_line_of_what_happened_while_i_was_away(office: Office) -> None:
    desk = await office.desk()
    begin = office.clock.now()
    await several(office, 30)
    await SpikeWatch(desk).look()
    found = await since.since(desk, begin - timedelta(seconds=1))
    assert found is not None
    assert [part.told for part in found.parts if part.source.key == "spikes"] == ["1 time more than usual came in"]
