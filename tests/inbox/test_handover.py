from __future__ import annotations

import pytest
from tests.inbox.office import Office

from cminbox.errors import Refused
from cminbox.inbox import handover, notes, queue, triage, undo
from cminbox.model.base import Audience


async def assignees(office: Office, ids: list[int]) -> list[str | None]:
    return [row.assignee for row in await queue.rows(await office.desk(), ids)]


async def test_all_that_is_open_and_mine_goes_with_one_note_as_one_step(office: Office) -> None:
    lea, tom = await office.desk("léa"), await office.desk("tom")
    ids = [await office.arrive(f"c{n}") for n in range(4)]
    await triage.take(lea, ids[:3])
    await triage.take(tom, ids[3:])
    await triage.done(lea, ids[2:3])
    assert await handover.count(lea) == 2
    outcome = await handover.handover(lea, "tom", " Off until Monday, @tom. ")
    assert len(outcome.changed) == 2
    assert await assignees(office, ids) == ["tom", "tom", "léa", "tom"]
    view = await queue.view(tom, ids[0])
    assert [m.text for m in view.messages if m.audience is Audience.NOTE] == ["Off until Monday, @tom."]
    assert len(await notes.mentions(tom)) == 2
    await undo.undo(lea)
    assert await assignees(office, ids) == ["léa", "léa", "léa", "tom"]
    assert await notes.mentions(tom) == []
    await undo.redo(lea)
    assert await assignees(office, ids) == ["tom", "tom", "léa", "tom"]


async def test_without_a_name_they_are_nobodys(office: Office) -> None:
    lea = await office.desk("léa")
    one = await office.arrive("one")
    await triage.take(lea, [one])
    await handover.handover(lea)
    assert await assignees(office, [one]) == [None]
    await undo.undo(lea)
    assert await assignees(office, [one]) == ["léa"]


async def test_nobody_nothing_and_myself_are_refused(office: Office) -> None:
    lea = await office.desk("léa")
    one = await office.arrive("one")
    with pytest.raises(Refused, match="No open conversation is yours"):
        await handover.handover(lea)
    await triage.take(lea, [one])
    with pytest.raises(Refused, match="Nobody called nobody"):
        await handover.handover(lea, "nobody")
    with pytest.raises(Refused, match="yours already"):
        await handover.handover(lea, "léa")
    assert await assignees(office, [one]) == ["léa"]


async def test_more_than_one_page_of_them_is_one_step_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "_STRIDE", 3)
    lea = await office.desk("léa")
    await office.desk("tom")
    ids = [await office.arrive(f"c{n}") for n in range(8)]
    await triage.take(lea, ids)
    assert len((await handover.handover(lea, "tom")).changed) == 8
    assert await assignees(office, ids) == ["tom"] * 8
    await undo.undo(lea)
    assert await assignees(office, ids) == ["léa"] * 8


def test_what_it_would_do_is_said_with_the_count() -> None:
    assert handover.told(1, "tom") == "1 open conversation of yours goes to tom."
    assert handover.told(12, "tom") == "12 open conversations of yours go to tom."
    assert handover.told(2) == "2 open conversations of yours are released."
