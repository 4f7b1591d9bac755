"""Approving on the screen: one key, for one comment or for all that is selected."""

from __future__ import annotations

from tests.ui.test_reasons import acts, allow

from cminbox.model.base import ActState, ActVerb


async def hold_back(seat) -> None:  # type: ignore[no-untyped-def]
    """Everything that people wrote waits for our approval."""

    def job(tx):  # type: ignore[no-untyped-def]
        tx.db.execute("UPDATE message SET state = 'pending' WHERE direction = 'in' AND conversation_id IS NOT NULL")
        tx.db.execute("UPDATE conversation SET pending = 1")

    await seat.app.service.store.write(job)


async def test_v_approves_and_u_takes_it_back(sit) -> None:
    async with sit() as seat:
        await allow(seat)
        await hold_back(seat)
        await seat.press("V")
        (act,) = await acts(seat, ActVerb.UNHIDE)
        assert act.state is ActState.HELD
        await seat.press("u")
        assert await acts(seat, ActVerb.UNHIDE) == []


async def test_what_nobody_keeps_back_says_so(sit) -> None:
    async with sit() as seat:
        await allow(seat)
        await seat.press("V")
        assert "Nothing here waits for" in seat.text
        assert await acts(seat, ActVerb.UNHIDE) == []


async def test_v_approves_all_that_is_selected(sit) -> None:
    async with sit() as seat:
        await allow(seat)
        await hold_back(seat)
        await seat.press("x", "x", "V")
        assert len(await acts(seat, ActVerb.UNHIDE)) == 2


async def test_what_waits_for_approval_is_a_view(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "h")
        assert seat.app.hands.list.window.rows == []
        await hold_back(seat)
        await seat.press("g", "i", "g", "h")
        assert len(seat.app.hands.list.window.rows) > 10
        await seat.press("g", "f")
        assert seat.app.hands.list.window.rows == []
