from __future__ import annotations

import pytest
from tests.inbox.office import Office

from cminbox.errors import Refused, UsageError
from cminbox.inbox import queue, tags, topics, triage, undo
from cminbox.model.content import TopicInfo
from cminbox.model.tags import PALETTE, TagRow
from cminbox.model.views import Filter, View
from cminbox.store import counters, journal


async def _tags(office: Office, conversation_id: int) -> tuple[str, ...]:
    (row,) = await queue.rows(await office.desk(), [conversation_id])
    return row.tags


async def test_tags_are_put_on_many_as_one_step(office: Office) -> None:
    desk = await office.desk()
    ids = [await office.arrive(key) for key in ("one", "two")]
    await tags.tag(desk, ids[:1], "VIP")
    outcome = await tags.tag(desk, ids, "vip, Refund ,refund")
    assert [line.conversation for line in outcome.changed] == ids
    assert [await _tags(office, each) for each in ids] == [("Refund", "VIP")] * 2
    await undo.undo(desk)
    assert [await _tags(office, each) for each in ids] == [("VIP",), ()]
    await undo.redo(desk)
    assert [await _tags(office, each) for each in ids] == [("Refund", "VIP")] * 2
    outcome = await tags.untag(desk, ids, "refund")
    assert (len(outcome.changed), len(outcome.same)) == (2, 0)
    assert await _tags(office, ids[0]) == ("VIP",)
    assert (await tags.untag(desk, ids, "refund")).changed == ()


async def test_undo_leaves_what_a_colleague_did_to_another_tag(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    one = await office.arrive("one")
    await tags.tag(lea, [one], "vip")
    await tags.tag(tom, [one], "refund")
    await undo.undo(lea)
    assert await _tags(office, one) == ("refund",)
    await tags.tag(lea, [one], "late")
    await tags.untag(tom, [one], "late")
    outcome = await undo.undo(lea)
    assert [line.changed_by for line in outcome.skipped] == ["tom"]
    assert await _tags(office, one) == ("refund",)


async def test_a_filter_by_tag_pages_and_counts(office: Office) -> None:
    desk = await office.desk()
    ids = [await office.arrive(f"c{n}") for n in range(4)]
    await tags.tag(desk, ids[:3], "vip")
    await triage.done(desk, ids[:1])
    assert [row.id for row in await queue.page(desk, Filter(tag="VIP"), 9)] == ids[2:0:-1]
    assert await queue.count(desk, Filter(tag="vip", view=View.ANY)) == (3, True)
    (row,) = await tags.all_tags(desk)
    assert (row.name, row.open, row.unanswered) == ("vip", 2, 2)
    assert await office.store.read(counters.drift) == {}


def test_a_tag_is_found_by_a_part_of_it_or_nearly() -> None:
    rows = [TagRow(id=n, name=name, colour="red", open=n) for n, name in enumerate(("Refund", "Vip", "fund raising"))]
    assert [row.name for row in tags.best(rows, "ref")] == ["Refund"]
    assert [row.name for row in tags.best(rows, "fund")] == ["fund raising", "Refund"]
    assert tags.best(rows, "rfeund")[0].name == "Refund"
    assert [row.name for row in tags.best(rows, "")] == ["fund raising", "Vip", "Refund"]
    assert tags.best(rows, "zzz") == []


async def test_colours_take_turns(office: Office) -> None:
    desk = await office.desk()
    made = [await tags.create(desk, f"t{n}") for n in range(len(PALETTE) + 1)]
    assert [row.colour for row in made] == [*PALETTE, "red"]
    assert (await tags.recolour(desk, "T3", "Grey")).colour == "grey"
    with pytest.raises(UsageError, match="no colour mauve"):
        await tags.recolour(desk, "t3", "mauve")


async def test_renaming_keeps_what_carries_it(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await tags.tag(desk, [one], "old")
    await tags.create(desk, "other")
    with pytest.raises(Refused, match="a tag Other already"):
        await tags.rename(desk, "old", "Other")
    await tags.delete(desk, "other")
    assert (await tags.rename(desk, "OLD", "Other")).name == "Other"
    assert await _tags(office, one) == ("Other",)
    assert (await tags.rename(desk, "other", "other")).name == "other"
    with pytest.raises(UsageError, match="Did you mean other"):
        await tags.rename(desk, "othr", "x")


async def test_merging_and_deleting_are_taken_back_whole(office: Office) -> None:
    desk = await office.desk()
    ids = [await office.arrive(key) for key in ("one", "two", "three")]
    await tags.tag(desk, ids[:2], "refnd")
    await tags.tag(desk, ids[1:], "refund")
    await tags.merge(desk, "refnd", "refund")
    assert [await _tags(office, each) for each in ids] == [("refund",)] * 3
    assert [row.name for row in await tags.all_tags(desk)] == ["refund"]
    await undo.undo(desk)
    assert [await _tags(office, each) for each in ids] == [("refnd",), ("refnd", "refund"), ("refund",)]
    assert [row.name for row in await tags.all_tags(desk)] == ["refnd", "refund"]
    await tags.delete(desk, "refund")
    assert [await _tags(office, each) for each in ids] == [("refnd",), ("refnd",), ()]
    await undo.undo(desk)
    assert [await _tags(office, each) for each in ids] == [("refnd",), ("refnd", "refund"), ("refund",)]
    assert await office.store.read(counters.drift) == {}
    with pytest.raises(UsageError):
        await tags.merge(desk, "refund", "REFUND")


@pytest.mark.parametrize("name", ["", " , ", "x" * 41, 'a"b'])
async def test_what_is_no_name_of_a_tag(office: Office, name: str) -> None:
    one = await office.arrive("one")
    with pytest.raises(UsageError):
        await tags.tag(await office.desk(), [one], name)


async def test_a_new_tag_that_resembles_another_says_so(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    assert (await tags.tag(desk, [one], "refund")).notes == ("refund is a new tag.",)
    assert "There was refund already" in (await tags.tag(desk, [one], "refunds")).notes[0]
    assert (await tags.tag(desk, [one], "refund")).notes == ()


async def test_joined_conversations_have_the_tags_of_both(office: Office) -> None:
    desk = await office.desk()
    below = await office.arrive("x", remote_id="child", conversation=None, parent="mother")
    await tags.tag(desk, [below], "vip")
    above = await office.arrive("y", remote_id="mother", conversation=None)
    assert above == below
    other = await office.arrive("z", remote_id="c2", conversation=None, parent="late")
    third = await office.arrive("z", remote_id="c3", conversation=None, parent="late2")
    await tags.tag(desk, [other], "refund")
    await tags.tag(desk, [third], "vip")
    await office.arrive("z", remote_id="late2", conversation=None, parent="late")
    await office.arrive("z", remote_id="late", conversation=None)
    assert await _tags(office, third) == ("refund", "vip")
    assert await office.store.read(counters.drift) == {}


async def test_changes_of_a_tag_itself_are_undone_and_redone(office: Office) -> None:
    lea = await office.desk()

    async def seen() -> list[tuple[str, str]]:
        return [(row.name, row.colour) for row in await tags.all_tags(lea)]

    await tags.create(lea, "parcel", "red")
    await tags.rename(lea, "parcel", "colis")
    await tags.recolour(lea, "colis", "blue")
    await tags.delete(lea, "colis")
    stood = [[], [("colis", "blue")], [("colis", "red")], [("parcel", "red")], []]
    assert await seen() == stood[0]
    for then in stood[1:]:
        await undo.undo(lea)
        assert await seen() == then
    for then in stood[-2::-1]:
        await undo.redo(lea)
        assert await seen() == then


async def test_a_colleagues_later_change_of_a_tag_stands(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    await tags.create(tom, "parcel")
    await tags.rename(lea, "parcel", "colis")
    await tags.rename(tom, "colis", "shipping")
    outcome = await undo.undo(lea)
    assert (outcome.changed, outcome.skipped[0].changed_by) == ((), "tom")
    assert [row.name for row in await tags.all_tags(lea)] == ["shipping"]
    await undo.undo(tom)
    assert [row.name for row in await tags.all_tags(lea)] == ["parcel"], "as if neither had renamed it"


async def test_a_name_that_is_taken_meanwhile_is_not_given_twice(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    await tags.create(lea, "parcel")
    await tags.rename(lea, "parcel", "colis")
    await tags.create(tom, "parcel")
    outcome = await undo.undo(lea)
    assert "already" in outcome.skipped[0].error
    assert sorted(row.name for row in await tags.all_tags(lea)) == ["colis", "parcel"]


async def test_the_journal_holds_no_name_of_a_tag(office: Office) -> None:
    lea = await office.desk()
    await tags.create(lea, "secret")
    await tags.rename(lea, "secret", "hidden")
    for entry in await office.store.read(journal.latest, 2):
        assert all(isinstance(value, int) for value in (*entry.before.values(), *entry.after.values()))


async def test_the_campaign_of_a_topic_is_undone(office: Office) -> None:
    lea = await office.desk()
    await office.arrive("one", topic=TopicInfo(key="post", title="Spring"), parent="post")
    (line,) = await topics.topics(lea)
    await topics.set_campaign(lea, line.topic.id, "Spring sale")
    await topics.set_campaign(lea, line.topic.id, None)
    stood = ["Spring sale", None]
    for then in stood:
        await undo.undo(lea)
        assert (await topics.topics(lea))[0].topic.campaign == then
    await undo.redo(lea)
    assert (await topics.topics(lea))[0].topic.campaign == "Spring sale"
