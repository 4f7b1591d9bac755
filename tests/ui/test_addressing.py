"""`C`: choose somebody, and what is typed goes to them in private."""

from __future__ import annotations

from tests.ui.test_answering import feed

from cminbox.inbox import drafts, outbox
from cminbox.model.base import ActState, ActVerb, Audience


async def test_who_is_under_the_cursor_comes_first_and_what_was_typed_ahead_lands_in_the_message(sit) -> None:
    async with sit() as seat:
        row = seat.app.hands.list.current
        feed(seat, "C\rBonjour")
        await seat.settle()
        assert seat.app.stage.composing
        assert seat.app.hands.writing.letter.buffer.text == "Bonjour"
        assert f"PRIVATE to {row.person}" in seat.text
        feed(seat, "\x13")
        await seat.settle()
        held = await outbox.rows(seat.app.service.desk, [ActState.HELD])
        (act,) = [each for each in held if each.conversation_id == row.id]
        assert act.text == "Bonjour"
        assert act.verb is ActVerb.PRIVATE_REPLY


async def test_anybody_who_wrote_to_us_is_found_by_a_few_letters(sit) -> None:
    async with sit() as seat:
        rows = seat.app.hands.list.window.rows
        other = next(row for row in rows if row.network == rows[0].network and row.person != rows[0].person)
        await seat.press("C")
        await seat.write(other.person)
        await seat.press("enter")
        await seat.write("À vous")
        await seat.press("escape")
        kept = await drafts.load(seat.app.service.desk, other.id, audience=Audience.DIRECT)
        assert kept is not None
        assert kept.text == "À vous"


async def test_a_name_that_nobody_has_is_said_and_nothing_opens(sit) -> None:
    async with sit() as seat:
        await seat.press("C")
        await seat.write("zzqqxxyy")
        await seat.press("enter")
        assert "Nobody called zzqqxxyy has written to us." in seat.text
        assert not seat.app.stage.composing
