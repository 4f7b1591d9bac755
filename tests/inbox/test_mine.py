"""What is mine: assigned to me, or a note there waits for me."""

from __future__ import annotations

import pytest
from tests.inbox.office import Office

from cminbox.inbox import filters, notes, queue, triage, undo
from cminbox.model.rows import PageKey
from cminbox.store.queue_plan import plan


async def mine(office: Office, name: str = "tom", text: str = "is:mine") -> list[int]:
    desk = await office.desk(name)
    wanted = filters.parse(text)
    found = [row.id for row in await queue.page(desk, wanted, 50)]
    assert await queue.count(desk, wanted) == (len(found), True)
    paged: list[int] = []
    key = None
    while page := await queue.page(desk, wanted, 1, key):
        paged += [row.id for row in page]
        key = PageKey(sort_ms=page[-1].sort_ms, id=page[-1].id)
    assert paged == found
    return found


async def test_what_is_given_to_me_and_what_a_note_asks_me_is_mine_in_order_of_time(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    ids = [await office.arrive(f"c{n}") for n in range(5)]
    await triage.take(tom, [ids[1], ids[3]])
    await notes.note(lea, [ids[0], ids[3], ids[4]], "@tom what do you think?")
    assert await mine(office) == [ids[4], ids[3], ids[1], ids[0]]
    assert await mine(office, text="est:mienne") == [ids[4], ids[3], ids[1], ids[0]]
    assert await mine(office, text="is:mine order:oldest") == [ids[0], ids[1], ids[3], ids[4]]
    assert await mine(office, "léa") == []
    assert await mine(office, text="-is:mine") == [ids[2]]
    assert await mine(office, text="is:mine is:unanswered") == [ids[0], ids[1], ids[3], ids[4]]
    assert await mine(office, text="is:mine,star") == [ids[4], ids[3], ids[1], ids[0]]
    assert await mine(office, text="is:mine assignee:none") == [ids[4], ids[0]]
    await triage.done(tom, [ids[4]])
    assert await mine(office) == [ids[3], ids[1], ids[0]]


async def test_a_note_counts_until_i_open_it_or_answer_it_with_a_note(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    one, two = await office.arrive("one"), await office.arrive("two")
    await notes.note(lea, [one, two], "@tom look, please, @léa too")
    assert await mine(office, "léa") == []
    assert (await queue.rows(tom, [one]))[0].named == ("tom",)
    await triage.read(lea, one)
    assert await mine(office) == [two, one]
    await triage.read(tom, one)
    assert await mine(office) == [two]
    assert (await queue.rows(tom, [one]))[0].named == ()
    await notes.note(tom, [two], "Done that.")
    assert await mine(office) == []


async def test_a_note_taken_back_asks_nobody(office: Office) -> None:
    lea = await office.desk("léa")
    await office.desk("tom")
    one = await office.arrive("one")
    await notes.note(lea, [one], "@tom?")
    await undo.undo(lea)
    assert await mine(office) == []
    await undo.redo(lea)
    assert await mine(office) == [one]


@pytest.mark.parametrize("text", ["is:mine", "is:mine state:done"])
async def test_a_page_of_mine_runs_on_an_index(office: Office, text: str) -> None:
    tom = await office.desk("tom")
    await notes.note(await office.desk("léa"), [await office.arrive("one")], "@tom")
    planned = await office.store.read(plan, filters.resolved(tom, filters.parse(text)))
    assert planned.index == "conversation_by_assignee"
    assert planned.rest == ""
    assert len(planned.beside) == 1
