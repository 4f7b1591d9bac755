"""Selecting conversations, and verbs on all of them as one step."""

from __future__ import annotations

from cminbox.inbox import outbox, queue
from cminbox.model.base import ActVerb, ConversationState
from cminbox.model.views import Filter, View
from cminbox.ui.widgets.queue import CURSOR, CURSOR_SELECTED, SELECTED


def chosen(seat) -> list[int]:
    return list(seat.app.hands.list.selected)


async def states(seat, ids: list[int]) -> list[ConversationState]:
    return [row.state for row in await queue.rows(seat.app.service.desk, ids)]


async def test_x_marks_a_row_in_the_gutter_and_goes_on(sit) -> None:
    async with sit() as seat:
        await seat.press("x", "x", "j", "k")
        assert [line[0] for line in seat.queue[:3]] == [SELECTED, SELECTED, CURSOR]
        assert "2 selected" in seat.text
        await seat.press("k", "x")
        assert len(chosen(seat)) == 1
        assert seat.queue[1][0] == " "


async def test_done_on_a_selection_is_one_step_and_one_undo(sit) -> None:
    async with sit() as seat:
        ids = [row.id for row in seat.app.hands.list.window.rows[:3]]
        fourth = seat.queue[3]
        await seat.press("x", "x", "x", "e")
        assert await states(seat, ids) == [ConversationState.DONE] * 3
        assert seat.cursor_row[1:] == fourth[1:]
        assert chosen(seat) == []
        assert "done: 3 conversations; u takes it back." in seat.last_line
        await seat.press("u")
        assert await states(seat, ids) == [ConversationState.OPEN] * 3
        assert "3 undone" in seat.last_line


async def test_a_range_is_what_stands_between_whichever_way(sit) -> None:
    async with sit() as seat:
        ids = [row.id for row in seat.app.hands.list.window.rows]
        await seat.press("j", "j", "j", "v", "k", "k")
        assert [line[0] for line in seat.queue[:5]] == [" ", CURSOR_SELECTED, SELECTED, SELECTED, " "]
        assert chosen(seat) == []
        await seat.press("v")
        assert chosen(seat) == ids[1:4]
        assert "2 / 43" in seat.text


async def test_a_range_may_begin_on_a_page_that_was_let_go(sit, monkeypatch) -> None:
    monkeypatch.setattr("cminbox.ui.control.listing.PAGE", 10)
    monkeypatch.setattr("cminbox.ui.control.selecting.PAGE", 10)
    monkeypatch.setattr("cminbox.ui.window.KEPT", 12)
    monkeypatch.setattr("cminbox.ui.window.PAGE", 12)
    async with sit((80, 8)) as seat:
        ids = [row.id for row in await queue.page(seat.app.service.desk, Filter(), 100)]
        await seat.press("j", "v", *["j"] * 38)
        assert seat.app.hands.list.window.index_of(ids[1]) is None
        await seat.press("v")
        assert chosen(seat) == ids[1:40]


async def test_all_that_the_filter_matches_is_more_than_what_is_in_memory(sit, monkeypatch) -> None:
    monkeypatch.setattr("cminbox.ui.control.listing.PAGE", 10)
    async with sit() as seat:
        await seat.press("j", "X")
        assert "43 conversations are selected." in seat.last_line
        assert [line[0] for line in seat.queue[:3]] == [SELECTED, CURSOR_SELECTED, SELECTED]
        await seat.press("escape")
        assert chosen(seat) == []
        await seat.write("\\network:matrix\n")
        await seat.press("X")
        assert len(chosen(seat)) == 1


async def test_very_many_are_selected_after_a_question_only(sit, monkeypatch) -> None:
    monkeypatch.setattr("cminbox.ui.control.selecting.ASKS_ABOVE", 40)
    async with sit() as seat:
        await seat.press("X")
        assert "Select all 43 conversations?" in seat.text
        await seat.press("escape")
        assert chosen(seat) == []
        await seat.press("X", "y")
        assert len(chosen(seat)) == 43


async def test_a_verb_typed_ahead_after_x_and_capital_x_acts_on_all(sit) -> None:
    from cminbox.ui.router import Press

    async with sit() as seat:
        for key in "Xs":
            seat.app._feed(Press(key, key))
        await seat.settle()
        rows = await queue.page(seat.app.service.desk, Filter(), 100)
        assert all(row.star for row in rows)
        assert len(chosen(seat)) == 43
        await seat.press("s")
        assert not any(row.star for row in await queue.page(seat.app.service.desk, Filter(), 100))


async def test_another_view_forgets_the_selection_and_the_other_order_does_not(sit) -> None:
    async with sit() as seat:
        await seat.press("x", "x", "S")
        assert len(chosen(seat)) == 2
        await seat.press("2")
        assert chosen(seat) == []


async def test_take_and_unread_act_on_the_selection(sit) -> None:
    async with sit() as seat:
        await seat.press("x", "x", "A")
        ids = chosen(seat)
        assert [row.assignee for row in await queue.rows(seat.app.service.desk, ids)] == ["léa"] * 2
        await seat.press("A", "i")
        rows = await queue.rows(seat.app.service.desk, ids)
        assert [(row.assignee, row.unread) for row in rows] == [(None, False)] * 2


async def test_a_final_verb_on_a_selection_asks_with_count_and_networks(sit) -> None:
    async with sit() as seat:
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.press("x", "x", "x", "B", "enter")
        assert "block: 3 messages (Mastodon 2, Matrix 1)?" in seat.text
        await seat.press("escape")
        assert len(await outbox.rows(seat.app.service.desk)) == known
        await seat.press("B", "enter", "y")
        assert len(await outbox.rows(seat.app.service.desk)) == known + 3


async def test_what_will_not_work_for_some_is_said_beforehand(sit) -> None:
    from tests.ui.house import US

    from cminbox.model.accounts import Abilities, Profile
    from cminbox.store import accounts

    async with sit() as seat:
        store = seat.app.service.store
        matrix = await store.read(accounts.by_name, "velo-matrix")
        profile = Profile(author=US, abilities=Abilities(can=frozenset({ActVerb.REPLY})))
        await store.write(accounts.set_profile, matrix.id, profile)
        await seat.press("x", "x", "x", "f")
        assert "like: 2 messages (Mastodon 2)?" in seat.text
        assert "1 cannot be: velo-matrix (matrix) cannot like." in " ".join(seat.text.split())


async def test_an_answer_to_the_selection_goes_to_each(sit) -> None:
    async with sit() as seat:
        await seat.write("\\network:mastodon\n")
        await seat.press("x", "x", "j", "x")
        ids = chosen(seat)
        await seat.write("rMerci")
        assert "PUBLIC, to 3 conversations (Mastodon 3)" in seat.text
        await seat.press("ctrl+s")
        acts = (await outbox.rows(seat.app.service.desk))[-3:]
        assert {act.conversation_id for act in acts} == set(ids)
        assert {act.text for act in acts} == {"Merci"}
        await seat.press("u")
        assert "3 undone" in seat.last_line


async def test_an_answer_to_more_than_25_asks_with_count_and_networks(sit) -> None:
    async with sit() as seat:
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.write("\\network:mastodon\n")
        await seat.press("X")
        await seat.write("rMerci")
        await seat.press("ctrl+s")
        assert "This answer goes to 42 conversations (Mastodon 42)." in seat.text
        assert len(await outbox.rows(seat.app.service.desk)) == known
        await seat.press("escape", "escape")
        await seat.press("r")
        assert seat.app.hands.writing.letter.buffer.text == "Merci"
        await seat.press("ctrl+s", "y")
        assert len(await outbox.rows(seat.app.service.desk)) == known + 42


async def test_no_answer_goes_to_two_brands(sit) -> None:
    async with sit() as seat:
        await seat.app.service.store.write(_brand, "velo-matrix", "Autre")
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.press("x", "x", "x")
        await seat.write("rMerci")
        assert "more than one brand" in seat.text
        await seat.press("ctrl+s")
        assert len(await outbox.rows(seat.app.service.desk)) == known


async def test_private_and_public_ones_are_answered_apart(sit) -> None:
    async with sit() as seat:
        await seat.press("x", "x", "x")
        await seat.write("rMerci")
        assert "answer them apart" in seat.text


async def test_what_waits_only_leaves_the_view_of_what_waits(sit) -> None:
    async with sit() as seat:
        seat.app.hands.list.look(Filter(view=View.UNANSWERED))
        await seat.settle()
        await seat.press("x", "x", "e")
        assert "/ 41" in seat.text
        rows = await queue.page(seat.app.service.desk, Filter(view=View.UNANSWERED), 100)
        assert len(rows) == 41


def _brand(tx, name: str, brand: str) -> None:  # type: ignore[no-untyped-def]
    from cminbox.store import accounts

    tx.db.execute(
        "UPDATE conversation SET brand_id = ? WHERE account_id = (SELECT id FROM account WHERE name = ?)",
        (accounts.brand_id(tx, brand), name),
    )
