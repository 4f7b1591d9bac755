"""Waves on the screen: opened, thinned out, put away and answered as one."""

from __future__ import annotations

from tests.ui.test_answering import feed, stock

from cminbox.inbox import clusters, outbox, queue
from cminbox.model.base import ConversationState


async def test_c_shows_who_asks_the_same_and_enter_opens_one(sit) -> None:
    async with sit() as seat:
        assert "x7" in seat.queue[0]
        await seat.press("c")
        assert "Wave of 7: Bonjour, le lien de suivi ne marche pas" in seat.text
        assert seat.text.count("@jules.martin") == 7
        assert "t answer all" in seat.last_line
        await seat.press("j", "enter")
        assert seat.app.stage.area == "conversation"


async def test_who_is_alone_has_no_wave(sit) -> None:
    async with sit() as seat:
        await seat.press("j", "c")
        assert "Nobody else asks the same here." in seat.last_line
        assert seat.app.stage.area == "queue"


async def test_one_is_taken_out_by_a_key_and_put_back_by_undo(sit) -> None:
    async with sit() as seat:
        wave = seat.app.hands.list.current.cluster
        await seat.press("c", "d")
        assert "Wave of 6" in seat.text
        assert "Out of the wave" in seat.last_line
        await seat.press("u")
        assert len(await clusters.conversations(seat.app.service.desk, wave)) == 7


async def test_a_whole_wave_is_done_in_one_step(sit) -> None:
    async with sit() as seat:
        await seat.press("j", "j", "j", "j")
        ids = await clusters.conversations(seat.app.service.desk, seat.app.hands.list.current.cluster)
        await seat.press("E")
        rows = await queue.rows(seat.app.service.desk, ids)
        assert [row.state for row in rows] == [ConversationState.DONE] * 6
        assert "done: 6 conversations" in seat.last_line
        await seat.press("u")
        rows = await queue.rows(seat.app.service.desk, ids)
        assert [row.state for row in rows] == [ConversationState.OPEN] * 6


async def test_a_wave_is_answered_with_one_template_typed_ahead(sit) -> None:
    async with sit() as seat:
        await stock(seat)
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.press("j", "j", "j", "j")
        ids = await clusters.conversations(seat.app.service.desk, seat.app.hands.list.current.cluster)
        feed(seat, "ctlate\r")
        await seat.settle()
        assert "Answer 6 conversations (Mastodon 6)?" in seat.text
        assert len(await outbox.rows(seat.app.service.desk)) == known
        await seat.press("y")
        acts = (await outbox.rows(seat.app.service.desk))[known:]
        assert {act.conversation_id for act in acts} == set(ids)
        assert {act.text for act in acts} == {"Bonjour TGV fan, votre colis part ce soir."}
        await seat.press("u")
        assert len(await outbox.rows(seat.app.service.desk)) == known


async def test_who_of_a_wave_cannot_be_answered_is_said_before(sit) -> None:
    from tests.ui.test_keys import say

    async with sit() as seat:
        await stock(seat)
        await say(seat, "late", "Et mon autre colis ?")
        feed(seat, "ctlate\x13")
        await seat.settle()
        assert "1 cannot be: A new message came in" in " ".join(seat.text.split())
        await seat.press("escape")
        assert seat.app.stage.area == "queue"


async def test_the_waves_are_a_view(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "c")
        assert "Waves" in seat.lines[0]
        assert all(row.cluster_size > 1 for row in seat.app.hands.list.window.rows)
        assert seat.app.hands.list.window.rows


async def test_who_joins_an_answered_wave_has_that_answer_ready_and_it_is_not_sent(sit) -> None:
    from tests.ui.house import SAID
    from tests.ui.test_keys import say

    async with sit() as seat:
        await stock(seat)
        await seat.press("j", "j", "j", "j")
        feed(seat, "ctlate\x13")
        await seat.settle()
        known = len(await outbox.rows(seat.app.service.desk))
        await say(seat, "latecomer", SAID[3])
        await seat.notice_changes()
        await seat.press("g", "g", "g", "i")
        assert "= wave" in seat.queue[0]
        feed(seat, "r PS")
        await seat.settle()
        assert seat.app.hands.writing.letter.buffer.text == "Bonjour TGV fan, votre colis part ce soir. PS"
        assert len(await outbox.rows(seat.app.service.desk)) == known
