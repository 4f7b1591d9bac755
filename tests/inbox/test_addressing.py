"""Writing to somebody first: which conversation a private message goes to."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.inbox.office import EVERYTHING, Office

from cminbox.errors import Refused, Unable, UsageError
from cminbox.inbox import addressing, people, replies
from cminbox.model.base import ActVerb, Audience, Kind

DM = {"kind": Kind.DM, "audience": Audience.DIRECT}


async def _person(office: Office, name: str) -> int:
    return await people.resolve(await office.desk(), f"mastodon:@{name}")


async def test_it_goes_on_where_we_spoke_in_private_before_whatever_came_since(office: Office) -> None:
    desk = await office.desk()
    await office.arrive("post", "ana", "in public")
    private = await office.arrive("ana:us", "ana", "between us", **DM)
    await office.arrive("post2", "ana", "in public again")
    assert await addressing.way_to(desk, await _person(office, "ana")) == private


async def test_else_it_is_a_private_answer_to_what_they_said_last_and_not_to_who_spoke_after_them(
    office: Office,
) -> None:
    desk = await office.desk()
    first = await office.arrive("one", "ana")
    second = await office.arrive("two", "ana")
    ana = await _person(office, "ana")
    assert await addressing.way_to(desk, ana) == second
    await office.arrive("two", "bob", "me too")
    outcome = await replies.reply(desk, second, "thank you", seen=None)
    assert outcome.changed
    await office.arrive("two", "bob", "still me")
    assert await addressing.way_to(desk, ana) == first


async def test_linked_handles_are_ways_too(office: Office) -> None:
    desk = await office.desk()
    await office.arrive("one", "ana")
    private = await office.arrive("anna:us", "anna", "it is me", **DM)
    await people.link(desk, await _person(office, "ana"), await _person(office, "anna"))
    assert await addressing.way_to(desk, await _person(office, "ana")) == private


async def test_why_nobody_can_be_written_to_is_said(tmp_path: Path) -> None:
    why = {ActVerb.PRIVATE_REPLY: "the server has no messages."}
    office = await Office.open(tmp_path, EVERYTHING - {ActVerb.PRIVATE_REPLY}, why_not=why)
    try:
        await office.arrive("one", "ana")
        with pytest.raises(Unable, match="no messages"):
            await addressing.way_to(await office.desk(), await _person(office, "ana"))
        with pytest.raises(UsageError):
            await addressing.way_to(await office.desk(), 99)
        await office.removed("m1")
        with pytest.raises(Refused, match="no message left"):
            await addressing.way_to(await office.desk(), await _person(office, "ana"))
    finally:
        await office.close()
