from __future__ import annotations

import pytest
from tests.inbox.office import Office

from cminbox.errors import UsageError
from cminbox.inbox import drafts, undo, verbs
from cminbox.model.base import Audience


async def test_a_draft_that_was_thrown_away_comes_back_and_goes_again(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await drafts.save(desk, one, "Bonjour")
    outcome = await drafts.discard(desk, [one])
    assert len(outcome.changed) == 1
    assert await drafts.load(desk, one) is None
    await undo.undo(desk)
    found = await drafts.load(desk, one)
    assert found is not None
    assert found.text == "Bonjour"
    await undo.redo(desk)
    assert await drafts.load(desk, one) is None


async def test_what_was_begun_meanwhile_stays_below_what_comes_back(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    await drafts.save(desk, one, "First")
    await drafts.discard(desk, [one], "public")
    await drafts.save(desk, one, "Second")
    await undo.undo(desk)
    found = await drafts.load(desk, one)
    assert found is not None
    assert found.text == "First\n\nSecond"


async def test_only_mine_and_only_those_that_were_named_go(office: Office) -> None:
    desk, toms = await office.desk(), await office.desk("tom")
    one = await office.arrive("one")
    await drafts.save(desk, one, "mine")
    await drafts.save(desk, one, "for colleagues", audience=Audience.NOTE)
    await drafts.save(toms, one, "tom's")
    await drafts.discard(desk, [one], "note")
    assert {(draft.by, draft.text) for draft in await drafts.listed(desk)} == {("léa", "mine"), ("tom", "tom's")}
    await drafts.discard(desk, [one])
    assert {draft.text for draft in await drafts.listed(desk)} == {"tom's"}
    with pytest.raises(UsageError, match="There is no draft called letter"):
        await drafts.discard(desk, [one], "letter")


async def test_without_a_draft_nothing_is_a_step(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await verbs.do(desk, "discard", [one])
    assert (outcome.changed, len(outcome.same)) == ((), 1)
