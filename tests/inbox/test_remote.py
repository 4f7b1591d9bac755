from __future__ import annotations

from pathlib import Path

import pytest
from tests.inbox.office import Office

from cminbox.errors import UsageError
from cminbox.inbox import outbox, remote, verbs
from cminbox.model.base import ActState, ActVerb, Audience
from cminbox.model.reasons import Reason


async def test_an_act_is_held_and_about_the_message_that_waits(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one", audience=Audience.UNLISTED)
    outcome = await remote.act(desk, ActVerb.REPORT, [one], reason=Reason.HATE)
    act = await outbox.get(desk, outcome.act or 0)
    assert (act.verb, act.state, act.reason, act.message_id) == (
        *(ActVerb.REPORT, ActState.HELD, "hate"),
        (await office.stands(one)).waits_message_id,
    )
    assert outcome.changed[0].act_state is ActState.HELD


async def test_what_the_account_cannot_do_is_skipped_with_the_reason(tmp_path: Path) -> None:
    office = await Office.open(tmp_path, frozenset({ActVerb.LIKE}), why_not={ActVerb.HIDE: "not here."})
    desk = await office.desk()
    one = await office.arrive("one")
    outcome = await remote.act(desk, ActVerb.HIDE, [one])
    assert outcome.changed == ()
    assert "not here." in outcome.skipped[0].error
    assert (await remote.act(desk, ActVerb.LIKE, [one])).act is not None
    await office.close()


async def test_other_peoples_messages_are_deleted_only_where_that_is_possible(tmp_path: Path) -> None:
    for number, theirs in enumerate((False, True)):
        (tmp_path / str(number)).mkdir()
        office = await Office.open(tmp_path / str(number), deletes_theirs=theirs)
        desk = await office.desk()
        one = await office.arrive("one")
        outcome = await remote.act(desk, ActVerb.DELETE, [one])
        assert bool(outcome.changed) is theirs
        await office.close()


async def test_a_bulk_of_likes_is_one_step(office: Office) -> None:
    desk = await office.desk()
    ids = [await office.arrive(f"c{n}") for n in range(3)]
    outcome = await remote.act(desk, ActVerb.LIKE, ids)
    assert len(outcome.changed) == 3
    batches = {entry.batch for each in ids for entry in await office.journal(each) if entry.verb == "like"}
    assert len(batches) == 1


async def test_verbs_by_name(office: Office) -> None:
    desk = await office.desk()
    one = await office.arrive("one")
    for name, verb in verbs.BY_NAME.items():
        if verb.alone:
            continue
        value = "in 2 hours" if name == "snooze" else "léa"
        given = verbs.Given(value=value if verb.needs_value else None)
        outcome = await verbs.do(desk, name, [one], given)
        assert not [line for line in outcome.skipped if verb.name not in ("delete", "approve")], name
    with pytest.raises(UsageError, match="no verb nonsense"):
        await verbs.do(desk, "nonsense", [one])
    with pytest.raises(UsageError, match="colleague"):
        await verbs.do(desk, "assign", [one])
    with pytest.raises(UsageError):
        await remote.act(desk, ActVerb.REPLY, [one])
