"""The person beside the conversation, or over it: who it is, handles, notes, history, and the keys that work there."""

from __future__ import annotations

import pytest
from tests import hostile
from tests.ui.test_answering import feed

from cminbox.inbox import erasing, people, queue, tags
from cminbox.model.base import ActVerb
from cminbox.ui.control.person import AFTER_S
from cminbox.ui.journal_words import journal_word

WIDE = (160, 48)


def column(seat) -> str:  # type: ignore[no-untyped-def]
    return "\n".join(line.rstrip() for line in seat.app.inbox.widgets.person.texts)


def sheet(seat) -> str:  # type: ignore[no-untyped-def]
    return "\n".join(line.rstrip() for line in seat.app.inbox.widgets.sheet.texts)


async def rest(seat) -> None:  # type: ignore[no-untyped-def]
    """The cursor rests for a moment."""
    await seat.clock.advance(AFTER_S)
    await seat.settle()


async def test_a_wide_screen_shows_three_columns_and_the_person_follows_the_cursor(sit) -> None:
    async with sit(WIDE) as seat:
        assert "@jules.martin" in column(seat)
        assert "Jules Martin · Mastodon" in column(seat)
        assert "Conversations" in column(seat)
        await seat.press("j")
        await rest(seat)
        row = seat.app.hands.list.current
        assert row is not None
        assert row.person in column(seat)
        await seat.press("enter")
        assert seat.app.stage.focus == "conversation"
        assert row.person in column(seat)
        assert any(row.person in line[1:60] and row.person in line[120:] for line in seat.lines) or (
            row.person in seat.text
        )


async def test_holding_a_key_reads_and_paints_nothing_until_the_cursor_rests(sit) -> None:
    async with sit(WIDE) as seat:
        await rest(seat)
        before = column(seat)
        reads = 0
        card_of = people.card_of

        async def counted(desk, conversation):  # type: ignore[no-untyped-def]
            nonlocal reads
            reads += 1
            return await card_of(desk, conversation)

        people.card_of = counted
        try:
            await seat.press("j")
            await rest(seat)
            at_first, reads = reads, 0
            for _key in range(9):
                await seat.press("j")
            assert at_first == 1
            assert reads <= 1
            shown = column(seat)
            await rest(seat)
        finally:
            people.card_of = card_of
        assert reads <= 2
        assert shown != before
        assert seat.app.hands.list.current.person in column(seat)


async def test_keys_typed_ahead_are_about_the_person_under_the_cursor(sit) -> None:
    async with sit(WIDE) as seat:
        desk = seat.app.service.desk
        second = seat.app.hands.list.window.rows[1]
        feed(seat, "jwpremembers everything\r")
        await seat.settle()
        assert [note.text for note in (await people.card_of(desk, second.id)).notes] == ["remembers everything"]
        assert second.person in column(seat)
        assert "remembers everything" in column(seat)


async def test_w_goes_to_the_column_again_hides_it_and_that_is_remembered(sit) -> None:
    async with sit(WIDE) as seat:
        assert "▌" not in column(seat)
        await seat.press("w")
        assert seat.app.stage.area == "person"
        assert "▌" in column(seat)
        assert "link" in seat.last_line
        await seat.press("q")
        assert (seat.app.stage.area, "▌" in column(seat)) == ("queue", False)
        await seat.press("w", "w")
        assert seat.app.stage.area == "queue"
        assert not seat.app.inbox.has_class("beside")
        assert "person = false" in seat.app.service.home.settings_file.read_text()
        await seat.press("w")
        assert seat.app.inbox.has_class("beside")
        assert seat.app.stage.area == "person"
        assert "@jules.martin" in column(seat)


async def test_tab_goes_through_the_three_columns(sit) -> None:
    async with sit(WIDE) as seat:
        areas = []
        for _key in range(4):
            await seat.press("tab")
            areas.append(seat.app.stage.area)
        assert areas == ["conversation", "person", "queue", "conversation"]


async def test_on_a_small_screen_w_opens_the_person_over_the_panes(sit) -> None:
    async with sit((80, 24)) as seat:
        assert not seat.app.inbox.has_class("beside")
        feed(seat, "w")
        await seat.settle()
        assert seat.app.stage.area == "person"
        assert "@jules.martin" in sheet(seat)
        assert seat.last_line.strip().startswith("Enter open")
        for key in ("w", "q", "escape"):
            await seat.press(key)
            assert seat.app.stage.area == "queue"
            await seat.press("w")
        await seat.press("tab")
        assert seat.app.stage.area == "queue"


@pytest.mark.parametrize("size", [(80, 24), WIDE], ids=["80x24", "160x48"])
async def test_a_handle_is_linked_by_a_part_of_its_name_unlinked_and_undone(sit, size) -> None:
    async with sit(size) as seat:
        desk = seat.app.service.desk
        jules = await people.resolve(desk, "mastodon:jules.martin")
        zoe = await people.resolve(desk, "matrix:zoe")
        feed(seat, "w+zoé")
        await seat.settle()
        await seat.press("down", "up")
        assert "@zoe" in seat.text
        others = [line for line in await people.find(desk, "zoé") if line.person.network == "matrix"]
        assert [line.person.id for line in others] == [zoe]
        choices = seat.app.hands.picking._seen.choices
        for _step in range([choice.item for choice in choices].index(zoe)):
            await seat.press("down")
        await seat.press("enter")
        assert set((await people.card(desk, jules)).ids) == {jules, zoe}
        assert "Also" in seat.text
        assert "mx @zoe" in seat.text
        assert "Linked" in seat.last_line
        await seat.press("g", "g", "-")
        assert (await people.card(desk, jules)).linked == ()
        await seat.press("u")
        await seat.notice_changes()
        assert "Also" in seat.text
        await seat.press("u")
        await seat.notice_changes()
        assert (await people.card(desk, jules)).linked == ()
        assert "Also" not in seat.text


async def test_who_is_linked_already_is_not_offered(sit) -> None:
    async with sit() as seat:
        feed(seat, "w+jules")
        await seat.settle()
        assert seat.app.hands.picking._seen.choices == []
        await seat.press("escape")
        assert seat.app.stage.area == "person"


@pytest.mark.parametrize("size", [(80, 24), WIDE], ids=["80x24", "160x48"])
async def test_a_first_name_is_typed_shown_and_undone(sit, size) -> None:
    async with sit(size) as seat:
        feed(seat, "wnJules\r")
        await seat.settle()
        assert "first name: Jules (given here)" in seat.text
        feed(seat, "n-\r")
        await seat.settle()
        assert "first name" not in column(seat) + sheet(seat)
        await seat.press("u")
        await seat.notice_changes()
        assert "first name: Jules (given here)" in seat.text
        feed(seat, "n\r")
        await seat.settle()
        assert "first name: Jules (given here)" in seat.text


@pytest.mark.parametrize("size", [(80, 24), WIDE], ids=["80x24", "160x48"])
async def test_a_note_is_written_taken_away_and_comes_back(sit, size) -> None:
    async with sit(size) as seat:
        feed(seat, "wplikes blue trucks\r")
        await seat.settle()
        assert "likes blue trucks" in seat.text
        assert "Noted" in seat.last_line
        await seat.press("g", "g", "d")
        assert "likes blue trucks" not in seat.text
        await seat.press("u")
        await seat.notice_changes()
        assert "likes blue trucks" in seat.text


async def test_enter_opens_a_conversation_of_the_history(sit) -> None:
    async with sit() as seat:
        desk = seat.app.service.desk
        jules = await people.resolve(desk, "mastodon:jules.martin")
        rows = (await people.history(desk, [jules], 50)).rows
        await seat.press("w", "G", "enter")
        assert seat.app.stage.area == "conversation"
        assert seat.app.hands.reading.opened == rows[-1].row.id
        await seat.press("w")
        assert seat.app.stage.area == "person"
        assert "@jules.martin" in sheet(seat)


async def test_a_long_history_comes_by_pages(sit, monkeypatch) -> None:
    monkeypatch.setattr("cminbox.ui.control.person_shown.PAGE", 2)
    async with sit() as seat:
        await seat.press("w", "G")
        assert "older ones" in sheet(seat)
        lines = len(seat.app.inbox.widgets.sheet.content.entries)
        await seat.press("enter")
        assert len(seat.app.inbox.widgets.sheet.content.entries) == lines + 2
        for _page in range(5):
            await seat.press("G", "enter")
        assert seat.app.stage.area == "conversation"


async def test_tags_and_answers_are_shown(sit) -> None:
    async with sit(WIDE) as seat:
        desk = seat.app.service.desk
        row = next(row for row in seat.app.hands.list.window.rows if row.person.startswith("@ana"))
        await tags.tag(desk, [row.id], "refund")
        await seat.notice_changes()
        while seat.app.hands.list.current.id != row.id:
            await seat.press("j")
        await rest(seat)
        await seat.notice_changes()
        assert "#refund 1" in column(seat)


async def test_no_key_of_the_panel_acts_at_a_network_and_no_network_key_works_there(sit) -> None:
    from cminbox.config.actions import ACTIONS

    capitals = {
        key for action in ACTIONS if action.id.split(".")[1] in {verb.value for verb in ActVerb} for key in action.keys
    }
    there = [action for action in ACTIONS if "person" in action.areas and action.id.startswith("person.")]
    own = {key for action in there for key in action.keys}
    assert not own & capitals
    async with sit(WIDE) as seat:
        await seat.press("w")
        states = [(row.id, row.state, row.star) for row in seat.app.hands.list.window.rows]
        for key in ("e", "s", "H", "D", "B", "F", "exclamation_mark", "f", "r", "R", "t", "x", "l", "a"):
            await seat.press(key)
            assert seat.app.stage.area == "person", key
            assert seat.app.stage.question is None
        fresh = await queue.rows(seat.app.service.desk, [each[0] for each in states])
        assert [(row.id, row.state, row.star) for row in fresh] == states


async def test_the_panel_speaks_french(sit) -> None:
    async with sit(WIDE, language="fr") as seat:
        assert "Conversations" in column(seat)
        assert "messages" in column(seat)
        assert "first seen" not in column(seat)


@pytest.mark.parametrize("size", [(80, 24), WIDE], ids=["80x24", "160x48"])
async def test_hostile_names_and_notes_break_no_line(sit, size) -> None:
    async with sit(size) as seat:
        desk = seat.app.service.desk
        conversation = seat.app.hands.list.current.id
        person = (await people.card_of(desk, conversation)).person.id
        await seat.press("w")
        for text in hostile.SAMPLES:

            def rename(tx, text=text):  # type: ignore[no-untyped-def]
                from cminbox.text import storable

                tx.db.execute(
                    "UPDATE person SET name = ?1, handle = ?1, first_name = ?1 WHERE id = ?2", (storable(text), person)
                )

            await seat.app.service.store.write(rename)
            if text.strip() and "\0" not in text:
                await people.note_person(desk, person, text[:4000])
            await seat.notice_changes()
            lines = seat.lines
            assert len(lines) == size[1]
            assert lines[0].startswith(" Inbox"), seat.text
            assert "help" in lines[-1], seat.text
            for forbidden in ("\x1b", "\x07", "\u202e", "\x9b", "\0"):
                assert forbidden not in seat.text


async def test_the_panel_stays_when_the_terminal_is_turned_small_and_wide(sit) -> None:
    async with sit(WIDE) as seat:
        await seat.press("w")
        await seat.pilot.resize_terminal(80, 24)
        await seat.settle()
        assert seat.app.stage.area == "queue"
        assert len(seat.lines) == 24
        await seat.pilot.resize_terminal(*WIDE)
        await seat.settle()
        assert "@jules.martin" in column(seat)


def test_the_journal_has_words_for_what_is_said_of_people() -> None:
    for verb in (people.LINK, people.UNLINK, people.NAME, people.NOTE, people.UNNOTE, erasing.ERASE):
        assert journal_word(verb) != verb
