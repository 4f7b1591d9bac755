"""Waves: listed, opened, thinned out, put away and answered as one."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from tests.inbox.office import Office

from cminbox.clock import to_ms
from cminbox.errors import UsageError
from cminbox.inbox import bulk, clusters, planning, queue, replies, templates, triage, undo
from cminbox.inbox.planning import Wording
from cminbox.inbox.template_keeping import add
from cminbox.model.base import ActState, ConversationState, Kind
from cminbox.model.changes import Edited
from cminbox.model.rows import PageKey
from cminbox.model.templates import Variant, Written
from cminbox.model.views import Filter, Order, View
from cminbox.store import clusters as store
from cminbox.store import outbox

WAVE = "the code of the spring offer does not work at checkout"
OTHER = "when do you deliver to the islands again"
SINGLE = "my parcel came broken and wet this morning"


async def wave(office: Office, n: int, text: str = WAVE, start: int = 0) -> tuple[int, list[int]]:
    """A wave of n people: (its cluster, its conversations)."""
    ids = [await office.arrive(f"k{text.split()[1]}{start + i}", f"p{start + i}", text) for i in range(n)]
    row = (await queue.rows(await office.desk(), ids[:1]))[0]
    assert row.cluster is not None
    return row.cluster, ids


async def acts_of(office: Office, ids: list[int]) -> list[tuple[int, str, int | None]]:
    """(when held until, text, when its turn is) of the newest act of each conversation that is held."""
    found = []
    for one in ids:
        for act in await office.store.read(outbox.of_conversation, one):
            if act.state is ActState.HELD:
                found.append((to_ms(act.send_at), act.text, to_ms(act.not_before) if act.not_before else None))
    return found


async def test_a_row_shows_how_many_say_the_same(office: Office) -> None:
    cluster, ids = await wave(office, 3)
    alone = await office.arrive("9", "zoe", SINGLE)
    rows = await queue.rows(await office.desk(), [*ids, alone])
    assert [(row.cluster, row.cluster_size) for row in rows] == [(cluster, 3)] * 3 + [(None, 0)]


async def test_the_waves_are_listed_largest_first_and_opened(office: Office) -> None:
    lea = await office.desk()
    small, _ = await wave(office, 2, OTHER)
    large, ids = await wave(office, 4)
    await office.arrive("9", "zoe", SINGLE)
    assert [(each.id, each.size, each.text) for each in await clusters.clusters(lea)] == [
        (large, 4, WAVE),
        (small, 2, OTHER),
    ]
    assert [each.id for each in await clusters.clusters(lea, at_least=3)] == [large]
    assert await clusters.conversations(lea, large) == ids
    first = await clusters.members(lea, large, 3)
    assert [row.id for row in first] == ids[:3]
    rest = await clusters.members(lea, large, 3, PageKey(sort_ms=first[-1].sort_ms, id=first[-1].id))
    assert [row.id for row in rest] == ids[3:]


async def test_the_waves_view_has_one_row_for_each(office: Office) -> None:
    lea = await office.desk()
    _, one = await wave(office, 3)
    _, two = await wave(office, 2, OTHER)
    _, three = await wave(office, 2, "the tracking link opens an empty page")
    await office.arrive("9", "zoe", SINGLE)
    waves = Filter(view=View.WAVES)
    page = await queue.page(lea, waves, 2)
    assert [row.id for row in page] == [one[0], two[0]]
    assert [row.cluster_size for row in page] == [3, 2]
    key = PageKey(sort_ms=page[-1].sort_ms, id=page[-1].id)
    assert [row.id for row in await queue.page(lea, waves, 2, key)] == [three[0]]
    assert [row.id for row in await queue.page(lea, waves, 2, before=key)] == [one[0]]
    newest = waves.model_copy(update={"order": Order.NEWEST})
    assert [row.id for row in await queue.page(lea, newest, 9)] == [three[0], two[0], one[0]]
    assert await queue.count(lea, waves) == (3, True)
    assert await queue.page(lea, Filter(view=View.WAVES, kind=Kind.DM), 9) == []
    assert {row.id for row in await queue.page(lea, Filter(view=View.WAVES, search="spring"), 9)} == set(one)
    assert await queue.page(lea, Filter(view=View.WAVES, search="broken"), 9) == []


async def test_who_is_dropped_stays_out_until_undone_or_writing_again(office: Office) -> None:
    lea = await office.desk()
    cluster, ids = await wave(office, 3)
    outcome = await clusters.drop(lea, ids[:1])
    assert [line.conversation for line in outcome.changed] == ids[:1]
    assert await clusters.conversations(lea, cluster) == ids[1:]
    assert (await clusters.drop(lea, ids[:1])).changed == ()
    await undo.undo(lea)
    assert await clusters.conversations(lea, cluster) == ids
    await undo.redo(lea)
    assert await clusters.conversations(lea, cluster) == ids[1:]
    await replies.reply(lea, ids[0], "Which code is it?")
    await office.arrive("kcode0", "p0", WAVE)
    assert set(await clusters.conversations(lea, cluster)) == set(ids)
    assert await office.store.read(store.drift) == []


async def test_a_whole_wave_is_put_away_in_one_step(office: Office) -> None:
    lea = await office.desk()
    cluster, ids = await wave(office, 4)
    await office.arrive("kcode3", "p3", "and my name is wrong on the card as well")
    outcome = await clusters.done_all(lea, cluster)
    assert [line.conversation for line in outcome.changed] == ids[:3]
    assert [(line.conversation, line.error) for line in outcome.skipped] == [
        (ids[3], "A new message came in; look at it first.")
    ]
    assert len((await undo.undo(lea)).changed) == 3
    assert await clusters.conversations(lea, cluster) == ids
    with pytest.raises(UsageError, match="There is no wave 99"):
        await clusters.done_all(lea, 99)


async def test_answers_take_turns_and_leave_some_time_apart(office: Office) -> None:
    lea = await office.desk()
    cluster, ids = await wave(office, 4)
    now_ms = to_ms(office.clock.now())
    outcome = await clusters.answer_all(lea, cluster, Wording(texts=("We are on it.", "It will work in an hour.")))
    assert len(outcome.changed) == 4
    assert all(line.act_state is ActState.HELD for line in outcome.changed)
    acts = await acts_of(office, ids)
    assert [text for _, text, _ in acts] == ["We are on it.", "It will work in an hour."] * 2
    assert [held - now_ms for held, _, _ in acts] == [10_000] * 4
    assert [turn and turn - now_ms for _, _, turn in acts] == [None, 12_000, 14_000, 16_000]
    assert await clusters.clusters(lea) == []
    await undo.undo(lea)
    assert await clusters.conversations(lea, cluster) == ids
    assert await acts_of(office, ids) == []
    assert {(await office.stands(one)).state for one in ids} == {ConversationState.OPEN}
    await undo.redo(lea)
    assert [turn and turn - now_ms for _, _, turn in await acts_of(office, ids)] == [None, 12_000, 14_000, 16_000]


async def test_a_second_wave_waits_for_the_first(office: Office) -> None:
    lea = await office.desk()
    one, first = await wave(office, 3)
    two, second = await wave(office, 2, OTHER)
    await clusters.answer_all(lea, one, Wording(texts=("We are on it.",)))
    await clusters.answer_all(lea, two, Wording(texts=("On Monday.",)))
    last = (await acts_of(office, first))[-1][2]
    assert last is not None
    assert [turn and turn - last for _, _, turn in await acts_of(office, second)] == [2_000, 4_000]


async def test_private_answers_need_no_pace(office: Office) -> None:
    lea = await office.desk()
    cluster, ids = await wave(office, 3)
    await clusters.answer_all(lea, cluster, Wording(texts=("We are on it.",)), private=True)
    assert [turn for _, _, turn in await acts_of(office, ids)] == [None] * 3


async def test_above_25_the_hold_is_a_minute(office: Office) -> None:
    lea = await office.desk()
    cluster, ids = await wave(office, 26)
    now_ms = to_ms(office.clock.now())
    await clusters.answer_all(lea, cluster, Wording(texts=("We are on it.",)))
    assert {held - now_ms for held, _, _ in await acts_of(office, ids)} == {60_000}


async def test_a_networks_rule_against_equal_replies_is_kept_and_said(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, identical_most=2)
    try:
        lea = await office.desk()
        cluster, ids = await wave(office, 5)
        wording = Wording(texts=("We are on it.", "We  are on it.", "Soon."))
        planned = await clusters.plan_all(lea, cluster, wording)
        assert [one.conversation for one in planned] == ids
        why = "mastodon takes only 2 public answers of the same words at a time."
        assert [one.text or one.error for one in planned] == ["We are on it.", "We  are on it.", "Soon.", why, why]
        outcome = await clusters.answer_all(lea, cluster, wording)
        assert [(line.conversation, line.error) for line in outcome.skipped] == [(ids[3], why), (ids[4], why)]
        assert await clusters.conversations(lea, cluster) == ids[3:]
    finally:
        await office.close()


async def test_a_plan_says_each_text_and_writes_nothing(office: Office) -> None:
    lea = await office.desk()
    cluster, ids = await wave(office, 3)
    await office.arrive("kcode2", "p2", "and one thing more about my card")
    made = await add(
        lea,
        Written(
            name="code",
            variants=(
                Variant(body='Hello {{ person.handle }}, {{ ask("when") }}.'),
                Variant(body='Dear {{ person.handle }}: {{ ask("when") }}.'),
            ),
        ),
    )
    wording = Wording(template=made.id, answers={"when": "tomorrow"})
    planned = await clusters.plan_all(lea, cluster, wording)
    assert [(one.text, one.person, one.error) for one in planned] == [
        ("Hello @p0, tomorrow.", "@p0", ""),
        ("Dear @p1: tomorrow.", "@p1", ""),
        ("", "", "A new message came in; look at it first."),
    ]
    assert await acts_of(office, ids) == []
    outcome = await clusters.answer_all(lea, cluster, wording)
    assert [text for _, text, _ in await acts_of(office, ids)] == ["Hello @p0, tomorrow.", "Dear @p1: tomorrow."]
    assert [line.conversation for line in outcome.skipped] == ids[2:]


async def test_what_a_template_needs_stops_its_conversation_alone(office: Office) -> None:
    lea = await office.desk()
    cluster, _ = await wave(office, 2)
    made = await add(lea, Written(name="code", variants=(Variant(body='See you {{ ask("when") }}.'),)))
    outcome = await clusters.answer_all(lea, cluster, Wording(template=made.id))
    assert outcome.changed == ()
    assert len(outcome.skipped) == 2
    assert "when" in outcome.skipped[0].error
    with pytest.raises(UsageError, match="empty"):
        await clusters.answer_all(lea, cluster, Wording())


async def test_who_joins_late_has_the_answer_ready_until_it_is_undone(office: Office) -> None:
    lea = await office.desk()
    cluster, _ = await wave(office, 3)
    await clusters.answer_all(lea, cluster, Wording(texts=("We are on it.", "Soon.")))
    late = await office.arrive("late", "zoe", f"Hello, {WAVE}")
    row = (await queue.rows(lea, [late]))[0]
    assert (row.cluster, row.cluster_size, row.cluster_answered) == (cluster, 1, True)
    assert await acts_of(office, [late]) == [], "never by itself"
    assert await clusters.ready(lea, late) == clusters.Ready("Soon.", None), "the one used least"
    other = await office.arrive("other", "yan", SINGLE)
    assert await clusters.ready(lea, other) is None
    await undo.undo(lea)
    row = (await queue.rows(lea, [late]))[0]
    assert (row.cluster_size, row.cluster_answered) == (4, False)
    assert await clusters.ready(lea, late) is None


async def test_a_ready_template_is_filled_for_the_late_one(office: Office) -> None:
    lea = await office.desk()
    cluster, _ = await wave(office, 2)
    made = await add(lea, Written(name="code", variants=(Variant(body="Hello {{ person.handle }}!"),)))
    await clusters.answer_all(lea, cluster, Wording(template=made.id))
    late = await office.arrive("late", "zoe", WAVE)
    assert await clusters.ready(lea, late) == clusters.Ready("Hello @zoe!", made.id)
    assert (await templates.preview(lea, made.id, late)).text == "Hello @zoe!"


async def test_what_left_the_wave_between_look_and_write_is_skipped(office: Office) -> None:
    """The texts are made before the transaction: a colleague, an edit or a new message may come between."""
    lea, tom = await office.desk(), await office.desk("tom")
    cluster, ids = await wave(office, 3)
    found = await clusters._all_of(lea, cluster)
    texts = {one.conversation_id: planning.Said("We are on it.") for one in found}
    job = planning.job(lea, texts, Wording(), private=False, allow=clusters._allowed(cluster, found))
    await triage.done(tom, ids[:1])
    await office.tell(Edited(remote_id="m2", text=SINGLE, at=office.clock.now()))
    outcome = await bulk.run(lea, ids, partial(clusters._answer, job, cluster))
    assert [line.conversation for line in outcome.changed] == ids[2:]
    assert Counter(line.error for line in outcome.skipped) == {"It is not in this wave any more.": 2}
