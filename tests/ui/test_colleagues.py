"""Several colleagues on the screen: at the same reply, notes for each other, handing over, coming back, the journal."""

from __future__ import annotations

import pytest
from tests.ui.test_answering import feed

from cminbox.inbox import drafts, notes, outbox, presence, queue, triage
from cminbox.inbox.desk import Desk, desk_open
from cminbox.inbox.presence import AtWork


async def colleague(seat, name: str = "marc") -> Desk:  # type: ignore[no-untyped-def]
    """Somebody else on the same data folder."""
    service = seat.app.service
    return await desk_open(service.store, service.clock, service.settings, name)


@pytest.fixture
async def away():  # type: ignore[no-untyped-def]
    """Closes what a test let colleagues begin."""
    begun: list[AtWork] = []

    async def begin(desk: Desk, conversation: int) -> AtWork:
        begun.append(AtWork(desk))
        await begun[-1].begin([conversation])
        return begun[-1]

    return begin


async def test_a_colleague_who_replies_is_seen_on_the_row_and_in_the_conversation(sit, away) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        marc = await away(await colleague(seat), one)
        await seat.notice_changes()
        assert seat.cursor_row.rstrip().endswith("MA…")
        await seat.press("enter")
        assert "marc is replying…" in seat.text
        await marc.close()
        await seat.notice_changes()
        assert "MA…" not in seat.text
        assert "marc is replying" not in seat.text


async def test_r_says_to_all_that_i_reply_and_leaving_ends_it(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        await seat.press("r")
        assert (await queue.rows(seat.app.service.desk, [one]))[0].replying == ("léa",)
        await seat.press("escape")
        assert (await queue.rows(seat.app.service.desk, [one]))[0].replying == ()
        await seat.press("p")
        assert (await queue.rows(seat.app.service.desk, [one]))[0].replying == ()
        await seat.press("escape", "R")
        assert (await queue.rows(seat.app.service.desk, [one]))[0].replying == ("léa",)
    assert not list((seat.app.service.store.path.parent / "presence").iterdir())


async def test_a_second_r_keeps_what_is_typed_ahead_and_asks(sit, away) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        marc = await away(await colleague(seat), one)
        feed(seat, "rBonjour")
        await seat.settle()
        assert seat.app.hands.writing.letter.buffer.text == "Bonjour"
        assert "marc is replying since" in seat.text
        assert "^O looks on, ^T takes over" in seat.text
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.press("ctrl+s")
        assert "marc is replying to this right now." in seat.text
        await seat.press("escape")
        assert len(await outbox.rows(seat.app.service.desk)) == known
        await seat.press("ctrl+t")
        assert "is replying since" not in seat.text
        assert (await marc.beside()).taken_by == "léa"
        await seat.press("ctrl+s")
        assert len(await outbox.rows(seat.app.service.desk)) == known + 1
        await marc.close()


async def test_looking_on_shows_her_draft_as_it_grows_and_keeps_mine(sit, away) -> None:
    async with sit() as seat:
        one, desk = seat.app.hands.list.current.id, await colleague(seat)
        marc = await away(desk, one)
        await drafts.save(desk, one, "Bonjour Jules")
        feed(seat, "rSalut")
        await seat.settle()
        await seat.press("ctrl+o")
        assert seat.app.stage.area == "conversation"
        assert "Bonjour Jules" in seat.text
        assert (await drafts.load(seat.app.service.desk, one)).text == "Salut"
        assert (await marc.beside()).others == ()
        await drafts.save(desk, one, "Bonjour Jules, voici le lien")
        await seat.notice_changes()
        assert "Bonjour Jules, voici le lien" in seat.text
        await seat.press("q", "enter")
        assert "marc is replying…" in seat.text
        assert "voici le lien" not in seat.text
        await marc.close()


async def test_who_is_taken_over_is_told_and_keeps_the_draft(sit, away) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        await seat.press("r")
        await seat.write("Bonjour")
        marc = await away(await colleague(seat), one)
        await marc.take_over()
        await seat.notice_changes()
        assert "marc took this reply over; your draft is kept." in seat.last_line
        assert "marc took this over: what you send waits for a look." in seat.text
        await seat.press("ctrl+s")
        assert "marc took this over: it waits for a look." in seat.text
        await marc.close()


async def test_what_came_while_it_was_written_was_not_known_to_who_sends(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        await seat.press("r")
        await seat.write("Bonjour")
        before = max(message.id for message in (await queue.view(seat.app.service.desk, one)).messages)
        await notes.note(await colleague(seat), [one], "Je m'en charge")
        await seat.notice_changes()
        assert "Je m'en charge" in seat.text
        await seat.press("ctrl+s")
        act = (await outbox.rows(seat.app.service.desk))[-1]

        def known(db) -> int:  # type: ignore[no-untyped-def]
            return int(db.execute("SELECT context_message_id FROM act WHERE id = ?", (act.id,)).fetchone()[0])

        assert await seat.app.service.store.read(known) == before


async def test_keys_that_are_for_two_say_so_where_there_is_one(sit) -> None:
    async with sit() as seat:
        await seat.press("r", "ctrl+t")
        assert "Nobody else is replying to this." in seat.last_line
        await seat.press("ctrl+o")
        assert seat.app.stage.area == "composer"


async def test_a_mark_of_mine_in_another_window_is_told(sit, away) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        other = await away(seat.app.service.desk, one)
        await seat.press("r")
        assert "You are replying to this in another window too." in seat.text
        await other.close()


async def test_what_lapsed_is_taken_away_while_the_screen_runs(sit, away) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        marc = await away(await colleague(seat), one)
        await seat.clock.advance(601)
        await seat.wall.advance(3)
        await seat.settle()
        assert (await queue.rows(seat.app.service.desk, [one]))[0].replying == ()
        await marc.close()
        assert not await presence.tidy(seat.app.service.desk)


async def test_a_note_that_names_me_is_told_and_stands_in_what_is_mine_until_i_open_it(sit) -> None:
    async with sit() as seat:
        marc = await colleague(seat)
        one = seat.app.hands.list.window.rows[3].id
        await notes.note(marc, [one], "@léa peux-tu voir ?")
        await seat.notice_changes()
        assert "marc, about" in seat.last_line
        assert "peux-tu voir" in seat.last_line
        await seat.press("j")
        await triage.star(marc, [one])
        await seat.notice_changes()
        assert "peux-tu voir" not in seat.last_line
        await seat.press("g", "m")
        assert [row.id for row in seat.app.hands.list.window.rows] == [one]
        assert " @" in seat.cursor_row
        await seat.press("enter")
        assert "peux-tu voir" in seat.text
        await seat.press("q", "g", "i", "g", "m")
        assert seat.app.hands.list.window.rows == []


async def test_all_that_is_mine_is_handed_over_with_a_note_and_undone(sit) -> None:
    async with sit() as seat:
        desk, marc = seat.app.service.desk, await colleague(seat)
        ids = [row.id for row in seat.app.hands.list.window.rows[:3]]
        await triage.take(desk, ids)
        feed(seat, ":handover marc\r")
        await seat.settle()
        assert "3 open conversations of yours go to marc." in seat.text
        feed(seat, "je pars\r")
        await seat.settle()
        assert {row.assignee for row in await queue.rows(desk, ids)} == {"marc"}
        assert "handover: 3 conversations; u takes it back." in seat.last_line
        assert len(await notes.mentions(marc)) == 0
        await seat.press("u")
        assert {row.assignee for row in await queue.rows(desk, ids)} == {"léa"}
        feed(seat, ":handover\r")
        await seat.settle()
        assert "3 open conversations of yours are released." in seat.text
        await seat.press("enter")
        assert {row.assignee for row in await queue.rows(desk, ids)} == {None}
        feed(seat, ":handover\r")
        await seat.settle()
        assert "No open conversation is yours." in seat.text
        await seat.press("escape")


async def test_coming_back_shows_what_happened_and_leads_there(sit) -> None:
    async with sit() as seat:
        feed(seat, ":since\r")
        await seat.settle()
        assert "You were not here before." in seat.text
    async with sit() as seat:
        assert seat.app.stage.area == "queue", "not away for long"
        marc, one = await colleague(seat), seat.app.hands.list.current.id
        await seat.clock.advance(4000)
        await triage.done(marc, [seat.app.hands.list.window.rows[5].id])
        await notes.note(marc, [one], "@léa regarde ça")
        feed(seat, ":since\r")
        await seat.settle()
        assert "1 conversation was made done" in seat.text
        assert "regarde ça" in seat.text
        assert "came in" not in seat.text
        await seat.press("j", "enter")
        assert seat.app.hands.reading.opened == one


async def test_the_start_shows_it_by_itself_after_a_while(sit, tmp_path) -> None:
    from cminbox.store import since as store

    async with sit() as seat:
        desk = seat.app.service.desk
        await triage.done(await colleague(seat), [seat.app.hands.list.current.id])

    def long_ago(tx) -> None:  # type: ignore[no-untyped-def]
        tx.db.execute("UPDATE colleague SET seen_ms = seen_ms - 7200000 WHERE id = ?", (desk.by_id,))

    from cminbox.clock import SimulatedClock
    from cminbox.store.database import Store

    opened = await Store.open(tmp_path / "home" / "data" / "cminbox.db", SimulatedClock())
    await opened.write(long_ago)
    assert await opened.read(store.seen_ms, desk.by_id)
    await opened.close()
    async with sit() as seat:
        assert seat.app.stage.area == "list"
        assert "conversation was made done" in seat.text
        assert "Since" in seat.text
        await seat.press("q")
        assert seat.app.stage.area == "queue"
        assert len(seat.lines[-2]) == 80, "the line below the list is as wide as the list"


async def test_the_journal_of_all_of_me_and_of_a_colleague(sit) -> None:
    async with sit() as seat:
        marc, one = await colleague(seat), seat.app.hands.list.current.id
        await triage.star(marc, [one])
        await seat.press("s", "s", "g", "l")
        assert "Journal" in seat.text
        assert "marc" in seat.text
        assert "arrived" in seat.text
        await seat.press("tab")
        assert "Journal of léa" in seat.text
        assert "arrived" not in seat.text
        await seat.press("tab")
        assert "Journal of marc" in seat.text
        assert "starred" in seat.text
        await seat.press("enter")
        assert seat.app.hands.reading.opened == one
        await seat.press("q", "g", "l", "tab", "tab", "tab")
        assert "arrived" in seat.text
        await seat.press("q", "g", "o", "tab")
        assert "This key is for the journal." in seat.last_line
