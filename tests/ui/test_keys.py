"""What keys do, through the whole program but the terminal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cminbox.config.actions import ACTIONS
from cminbox.inbox import drafts, outbox, queue, triage
from cminbox.model.base import ActState, Audience, ConversationState
from cminbox.model.views import View
from cminbox.ui.router import Press


async def test_every_action_of_the_table_has_a_handler(sit) -> None:
    async with sit() as seat:
        missing = {action.id for action in ACTIONS} - set(seat.app.hands.handlers)
        extra = set(seat.app.hands.handlers) - {action.id for action in ACTIONS}
    assert not missing
    assert not extra


async def test_the_first_screen_shows_queue_numbers_position_and_keys(sit) -> None:
    async with sit() as seat:
        assert "43 open" in seat.lines[0]
        assert "43 unanswered" in seat.lines[0]
        assert seat.lines[1].startswith("▌")
        assert seat.lines[-2].endswith("1 / 43 ─")
        assert "r reply" in seat.last_line
        assert "1 in outbox" in seat.last_line


async def test_j_and_k_move_the_mark_only(sit) -> None:
    async with sit() as seat:
        before = [line[1:] for line in seat.queue]
        await seat.press("j", "j", "k", "j")
        assert [line[1:] for line in seat.queue] == before
        assert seat.queue[2].startswith("▌")
        assert "3 / 43" in seat.lines[-2]


async def test_the_list_goes_on_below_the_screen_and_back(sit) -> None:
    async with sit() as seat:
        await seat.press(*["j"] * 42)
        assert "43 / 43" in seat.lines[-2]
        await seat.press("j")
        assert "43 / 43" in seat.lines[-2]
        await seat.press("g", "g")
        assert "1 / 43" in seat.lines[-2]
        await seat.press("G")
        assert "43 / 43" in seat.lines[-2]


async def test_done_shows_the_next_one_at_once_and_undo_brings_it_back(sit) -> None:
    async with sit() as seat:
        first, second = seat.queue[0], seat.queue[1]
        await seat.press("e")
        assert seat.cursor_row[1:] == second[1:]
        assert "42 open" in seat.lines[0] or "/ 42" in seat.lines[-2]
        await seat.press("u")
        assert seat.cursor_row[2:] == first[2:]
        assert "1 undone" in seat.last_line


async def test_three_dones_typed_ahead_are_three_conversations(sit) -> None:
    async with sit() as seat:
        ids = [row.id for row in seat.app.hands.list.window.rows[:3]]
        await seat.press("e", "e", "e")
        rows = await queue.rows(seat.app.service.desk, ids)
        assert [row.state for row in rows] == [ConversationState.DONE] * 3


async def test_done_on_what_is_done_opens_it_again(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        await seat.press("e", "g", "e")
        assert "Done" in seat.lines[0]
        await seat.press("e")
        row = (await queue.rows(seat.app.service.desk, [one]))[0]
        assert row.state is ConversationState.OPEN


async def test_enter_opens_and_reads_and_q_goes_back(sit) -> None:
    async with sit() as seat:
        row = seat.app.hands.list.current
        assert row.unread
        await seat.press("enter")
        assert "edited" in seat.text
        assert "removed by its author" in seat.text
        assert "[image: un camion bleu devant un immeuble]" in seat.text.replace("\n", " ")
        assert not (await queue.rows(seat.app.service.desk, [row.id]))[0].unread
        await seat.press("q")
        assert "removed by its author" not in seat.text
        assert seat.app.is_running


async def test_while_reading_done_opens_the_next(sit) -> None:
    async with sit() as seat:
        await seat.press("enter", "e")
        assert "Toujours rien" in seat.text
        assert seat.app.hands.reading.opened == seat.app.hands.list.current.id


async def test_a_reply_is_held_and_says_when_it_leaves(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        await seat.press("r")
        assert "PUBLIC, as @velo on Mastodon, to @jules.martin" in seat.text
        await seat.write("Bonjour")
        assert "7 / 500" in seat.text
        await seat.press("ctrl+s")
        act = (await outbox.rows(seat.app.service.desk))[-1]
        assert (act.conversation_id, act.text, act.state) == (one, "Bonjour", ActState.HELD)
        assert "The reply leaves 09:37:05" in seat.last_line
        await seat.press("u")
        assert (await outbox.get(seat.app.service.desk, act.id)).state is ActState.CANCELLED
        draft = await drafts.load(seat.app.service.desk, one)
        assert draft is not None
        assert draft.text == "Bonjour"


async def test_a_private_reply_says_so_in_words(sit) -> None:
    async with sit() as seat:
        await seat.press("R")
        assert "PRIVATE to @jules.martin, as @velo on Mastodon" in seat.text


async def test_what_is_typed_ahead_lands_in_the_composer(sit) -> None:
    async with sit() as seat:
        await seat.write("rBonjour e j q")
        assert seat.app.hands.writing.letter.buffer.text == "Bonjour e j q"
        assert "43 open" in seat.lines[0]


async def test_escape_keeps_the_draft_and_the_next_reply_goes_on_with_it(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        await seat.write("rBonj")
        await seat.press("escape")
        assert "Kept as a draft" in seat.last_line
        assert (await drafts.load(seat.app.service.desk, one)).text == "Bonj"
        await seat.write("rour")
        assert seat.app.hands.writing.letter.buffer.text == "Bonjour"


async def test_a_draft_is_saved_a_moment_after_the_last_key(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        await seat.write("rBonj")
        assert await drafts.load(seat.app.service.desk, one) is None
        await seat.clock.advance(0.26)
        await seat.settle()
        assert (await drafts.load(seat.app.service.desk, one)).text == "Bonj"


async def test_leaving_the_program_keeps_the_draft(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        await seat.write("rBonj")
        await seat.app.hands.stop()
        assert (await drafts.load(seat.app.service.desk, one)).text == "Bonj"


async def test_undo_and_redo_of_typing(sit) -> None:
    async with sit() as seat:
        await seat.write("rab cd")
        await seat.press("ctrl+z")
        assert seat.app.hands.writing.letter.buffer.text == "ab "
        await seat.press("ctrl+y")
        assert seat.app.hands.writing.letter.buffer.text == "ab cd"


async def test_enter_in_the_composer_is_a_new_line(sit) -> None:
    async with sit() as seat:
        await seat.write("ra\nb")
        assert seat.app.hands.writing.letter.buffer.text == "a\nb"


async def test_private_details_in_public_are_asked_about_once(sit) -> None:
    async with sit() as seat:
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.write("rEcrivez à jules@example.org")
        await seat.press("ctrl+s")
        assert "Everybody will read this, and it holds an e-mail address." in seat.lines[-2]
        await seat.press("x", "escape")
        assert len(await outbox.rows(seat.app.service.desk)) == known
        await seat.press("ctrl+s", "y")
        assert len(await outbox.rows(seat.app.service.desk)) == known + 1


async def test_send_by_command_after_escape(sit) -> None:
    async with sit() as seat:
        await seat.write("rBonjour")
        await seat.press("escape")
        await seat.write(":send\n")
        assert (await outbox.rows(seat.app.service.desk))[-1].text == "Bonjour"


async def test_search_finds_while_typing_and_escape_ends_it(sit) -> None:
    async with sit() as seat:
        await seat.write("/student")
        assert all("student" in line for line in seat.queue)
        assert "search: student" in seat.lines[-2]
        await seat.press("enter")
        assert "search: student" in seat.lines[-2]
        await seat.press("escape")
        assert "1 / 43" in seat.lines[-2]


async def test_a_filter_narrows_the_view_and_a_wrong_one_says_what_there_is(sit) -> None:
    async with sit() as seat:
        await seat.write("Lnetwork:matrix\n")
        assert "1 / 1" in seat.lines[-2]
        assert seat.lines[0].startswith(" Inbox: Matrix")
        await seat.write("Lkind:nothing\n")
        assert "There is no kind called nothing." in seat.text


async def test_the_command_line_completes_and_runs(sit) -> None:
    async with sit() as seat:
        await seat.write(":go-d")
        assert "Go to what is dealt with" in seat.text
        await seat.press("tab", "enter")
        assert seat.app.hands.list.filter.view is View.DONE


async def test_a_command_that_is_none_says_so(sit) -> None:
    async with sit() as seat:
        await seat.write(":zzz\n")
        assert "There is no command zzz" in seat.last_line


async def test_a_sequence_waits_shows_where_it_goes_and_escape_leaves_it(sit) -> None:
    async with sit() as seat:
        await seat.press("g")
        await seat.wall.advance(0.31)
        await seat.settle()
        assert "outbox" in "\n".join(seat.lines[-4:-1])
        await seat.press("escape")
        assert seat.app.hands.typed == ()
        await seat.press("g", "o")
        assert "Outbox" in seat.text
        assert "Bonjour Ana, le colis part ce soir." in seat.text


async def test_a_paste_outside_an_input_does_nothing_and_says_so(sit) -> None:
    from textual import events

    async with sit() as seat:
        await seat.app.on_event(events.Paste("eeee"))
        await seat.settle()
        assert "Nothing takes a paste here" in seat.last_line
        assert seat.lines[-2].endswith("1 / 43 ─")


async def test_a_paste_into_the_composer_is_text(sit) -> None:
    from textual import events

    async with sit() as seat:
        await seat.press("r")
        await seat.app.on_event(events.Paste("a\x1b[31m\r\nb"))
        await seat.settle()
        assert seat.app.hands.writing.letter.buffer.text == "a[31m\nb"


async def test_escape_glued_to_a_key_is_two_keys(sit) -> None:
    """Terminals send Esc and a quick next key as one: Alt with that key."""
    async with sit() as seat:
        await seat.write("rBonjour")
        await seat.press("alt+j")
        assert seat.app.hands.writing.letter is None
        assert seat.app.hands.reading.opened is not None


async def test_ctrl_q_does_not_quit(sit) -> None:
    async with sit() as seat:
        await seat.press("ctrl+q")
        assert seat.app.is_running
        assert seat.app.return_value is None


async def test_star_and_unread_show_at_once(sit) -> None:
    async with sit() as seat:
        await seat.press("s")
        assert "★" in seat.cursor_row
        await seat.press("i")
        assert not seat.cursor_row[1:].startswith("•")


async def test_arrivals_are_announced_and_come_in_when_asked(sit) -> None:
    async with sit() as seat:
        await seat.press("j", "j")
        here = seat.lines[3]
        await say(seat, "neu", "Encore un message")
        await seat.notice_changes()
        assert seat.lines[3] == here
        assert "1 new" in seat.lines[-2]
        await seat.press("comma")
        assert "Encore un message" in seat.lines[1]
        assert "new" not in seat.lines[-2]


async def test_at_the_top_arrivals_come_in_and_the_mark_stays_with_its_row(sit) -> None:
    async with sit() as seat:
        here = seat.cursor_row[2:]
        await say(seat, "neu", "Encore un message")
        await seat.notice_changes()
        assert "Encore un message" in seat.lines[1]
        assert seat.cursor_row[2:] == here
        assert seat.lines[2].startswith("▌")


async def test_what_a_colleague_did_shows_where_it_stands(sit) -> None:
    from cminbox.inbox.desk import desk_open

    async with sit() as seat:
        marc = await desk_open(seat.app.service.store, seat.clock, seat.app.service.settings, "marc")
        await seat.press("j", "j")
        row = seat.app.hands.list.window.rows[1]
        await triage.done(marc, [row.id])
        await seat.notice_changes()
        assert "done" in seat.lines[2]
        assert "/ 42" in seat.lines[-2]


async def test_quitting_with_a_held_reply_asks(sit) -> None:
    async with sit() as seat:
        await seat.press("q")
        assert "1 reply or act has not left yet." in seat.lines[-2]
        await seat.press("escape")
        assert seat.app.is_running
        await seat.press("q", "d")
        assert (await outbox.rows(seat.app.service.desk, [ActState.HELD])) == []
        assert [d.text for d in await drafts.mine(seat.app.service.desk)] == ["Bonjour Ana, le colis part ce soir."]
        assert seat.app.return_value == 0


async def test_quitting_and_leaving_it_leaves_it(sit) -> None:
    async with sit() as seat:
        await seat.press("q", "l")
        assert len(await outbox.rows(seat.app.service.desk, [ActState.HELD])) == 1
        assert seat.app.return_value == 0


async def test_quitting_asks_nothing_where_nothing_is_to_leave(sit) -> None:
    async with sit() as seat:
        await seat.press("j", "u", "q")
        assert seat.app.return_value == 0


async def test_an_empty_inbox_says_how_to_begin(sit) -> None:
    async with sit(empty=True) as seat:
        assert "No account is connected yet." in seat.text
        assert "cminbox accounts add" in seat.text
        assert "cminbox demo" in seat.text
        await seat.write("jkerGggn")
        assert seat.app.is_running


async def test_the_theme_changes_while_it_runs_and_is_remembered(sit) -> None:
    async with sit() as seat:
        await seat.write(":theme light\n")
        assert seat.app.look.theme.name == "light"
        assert 'theme = "light"' in seat.app.service.home.settings_file.read_text(encoding="utf-8")


async def test_a_user_theme_that_is_wrong_says_which_key_and_the_default_is_used(sit, tmp_path) -> None:
    folder = tmp_path / "home" / "config" / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('title = "Mine"\n[styles]\nmark = "blau"\n', encoding="utf-8")
    async with sit(empty=True, settings='theme = "mine"\n') as seat:
        assert seat.app.look.theme.name == "dark"
        assert "mine.toml" in seat.text.replace("\n ", "")


async def test_the_outbox_can_take_back(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "o", "x")
        assert (await outbox.rows(seat.app.service.desk, [ActState.HELD])) == []
        assert "Taken back" in seat.last_line


async def test_a_draft_is_gone_on_with_from_the_list(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        await drafts.save(seat.app.service.desk, one, "Presque", audience=Audience.DIRECT)
        await seat.press("g", "d")
        assert "Presque" in seat.text
        await seat.press("enter")
        assert seat.app.hands.writing.letter.private
        assert seat.app.hands.writing.letter.buffer.text == "Presque"


async def test_stopping_all_sending_says_who_and_since_when(sit) -> None:
    async with sit() as seat:
        await seat.press("Z")
        await seat.notice_changes()
        await seat.press("j")
        assert "sending stopped by léa 09:36" in seat.last_line
        await seat.press("Z")
        await seat.notice_changes()
        assert "stopped" not in seat.last_line


async def test_help_shows_what_works_here_and_does_it(sit) -> None:
    async with sit((100, 60)) as seat:
        await seat.press("question_mark")
        assert "Reply to the message" in seat.text
        assert "Send, after the hold" in seat.text
        await seat.press("escape")
        assert "Reply to the message" not in seat.text


async def test_a_failing_verb_is_told_and_the_row_comes_back(sit, monkeypatch) -> None:
    from cminbox.errors import StoreFull

    async def fails(*_args: object, **_more: object) -> None:
        raise StoreFull("The disk is full.")

    async with sit() as seat:
        row = seat.cursor_row
        monkeypatch.setattr("cminbox.inbox.triage.done", fails)
        seat.app.hands.handlers["conversation.done"]()
        await seat.settle()
        assert "The disk is full." in seat.last_line
        assert seat.cursor_row == row


async def test_a_bug_is_shown_in_full_and_can_be_copied(sit, monkeypatch) -> None:
    async with sit() as seat:

        def bug() -> None:
            raise ZeroDivisionError("[/red] oops")

        monkeypatch.setitem(seat.app.hands.handlers, "conversation.star", bug)
        await seat.press("s")
        assert "[/red] oops" in seat.text
        await seat.press("y")
        assert "oops" in seat.app.clipboard


async def test_wide_screens_show_list_conversation_and_person_side_by_side(sit) -> None:
    async with sit((160, 48)) as seat:
        await seat.press("enter")
        assert "@jules.ma" in seat.lines[1][1:40]
        assert "@jules.martin" in seat.lines[1][60:90]
        assert "@jules.martin" in seat.lines[1][120:]


async def test_without_the_person_wide_screens_show_more_of_both(sit) -> None:
    async with sit((160, 48), settings="[screen]\nperson = false\n") as seat:
        await seat.press("enter")
        assert "@jules.martin" in seat.lines[1][1:40]
        assert "@jules.martin" in seat.lines[1][74:]


async def test_a_long_message_is_cut_with_the_key_that_shows_the_rest(sit) -> None:
    async with sit() as seat:
        await say(seat, "lang", "mot " * 260_000)
        await seat.notice_changes()
        await seat.press("g", "g", "enter", "G")
        assert "cut: 1\u202f040\u202f000 characters in all; Enter shows the rest" in seat.text
        await seat.press("enter", "G")
        assert "cut:" not in seat.text
        assert len(seat.app.inbox.widgets.reading.page.lines) > 10_000


async def test_what_arrives_late_between_is_announced_and_below_the_view_it_comes_in(sit) -> None:
    async with sit() as seat:
        await seat.press("j")
        shown = seat.lines[1:22]
        await say(seat, "spät", "Etwas spät", minutes_ago=2)
        await say(seat, "alt", "Ganz alt", minutes_ago=36.5)
        await seat.notice_changes()
        assert seat.lines[1:22] == shown
        assert "1 new" in seat.lines[-2]
        assert "/ 45" in seat.lines[-2]
        await seat.press("G")
        assert "Ganz alt" in seat.cursor_row
        await seat.press("comma")
        assert "Etwas spät" in seat.text


async def test_the_place_below_a_short_list_fills_by_itself(sit) -> None:
    async with sit((80, 60)) as seat:
        await seat.press("j")
        await say(seat, "alt", "Ganz alt", minutes_ago=36.5)
        await seat.notice_changes()
        assert "Ganz alt" in seat.text
        assert seat.lines[2].startswith("▌")


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (139, 24), (140, 24), (300, 80)])
async def test_any_size_of_terminal_works(sit, size) -> None:
    async with sit(size) as seat:
        await seat.press("enter", "r", "x", "escape", "q", "question_mark", "escape", "slash", "a", "escape")
        assert seat.app.is_running
        assert len(seat.lines) == size[1]


async def test_another_size_while_it_runs_keeps_the_cursor_in_view(sit) -> None:
    async with sit((80, 40)) as seat:
        await seat.press(*["j"] * 30)
        row = seat.cursor_row[1:20]
        await seat.pilot.resize_terminal(60, 12)
        await seat.settle()
        assert seat.cursor_row[1:20] == row
        await seat.pilot.resize_terminal(160, 48)
        await seat.settle()
        assert seat.cursor_row[1:20] == row


async def test_french_questions_take_french_keys(sit) -> None:
    async with sit(language="fr") as seat:
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.write("rmoi@example.org")
        await seat.press("ctrl+s")
        assert "Tout le monde" in seat.text or "e-mail" in seat.text
        await seat.press("o")
        assert len(await outbox.rows(seat.app.service.desk)) == known + 1


async def test_counters_grow_and_shrink_and_that_is_remembered(sit) -> None:
    async with sit() as seat:
        await seat.press("plus")
        assert "today" in seat.lines[1]
        await seat.press("minus", "minus")
        assert seat.lines[0].startswith("▌")
        assert "counters_size = 0" in seat.app.service.home.settings_file.read_text(encoding="utf-8")


async def test_the_language_changes_while_it_runs(sit) -> None:
    async with sit() as seat:
        await seat.write(":language fr\n")
        assert "ouvertes" in seat.lines[0]
        assert "répondre" in seat.last_line


async def test_the_topic_shows_all_that_was_said_under_it(sit) -> None:
    async with sit() as seat:
        await seat.press("P")
        assert "topic: Livraison" in seat.lines[-2]
        assert seat.lines[-2].endswith("/ 2 ─")


async def test_a_number_out_of_a_text_is_copied(sit) -> None:
    async with sit() as seat:
        await say(seat, "nummer", "Commande AB-12345, tel 06 12 34 56 78, https://example.org/x")
        await seat.notice_changes()
        await seat.press("g", "g", "Y")
        assert "https://example.org/x" in seat.text
        assert "AB-12345" in seat.text
        await seat.press("enter")
        assert seat.app.clipboard == "https://example.org/x"


async def test_a_question_of_blocking_is_answered_by_one_key_or_not_at_all(sit) -> None:
    async with sit() as seat:
        known = len(await outbox.rows(seat.app.service.desk))
        await seat.press("B", "enter")
        assert "Block @jules.martin?" in seat.text
        await seat.press("escape")
        assert len(await outbox.rows(seat.app.service.desk)) == known
        await seat.press("B", "enter", "y")
        assert len(await outbox.rows(seat.app.service.desk)) == known + 1


async def test_a_reply_says_which_message_its_writer_saw(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        await seat.write("rBonjour")
        newest = max(m.id for m in seat.app.inbox.widgets.reading.view.messages)
        await seat.press("ctrl+s")
        act = (await outbox.rows(seat.app.service.desk))[-1]
        assert (act.conversation_id, act.seen_message_id) == (one, newest)


async def test_a_store_that_fails_while_the_composer_opens_blocks_no_key(sit, monkeypatch) -> None:
    from cminbox.errors import StoreFull

    async def fails(*_args: object, **_more: object) -> None:
        raise StoreFull("The disk is full.")

    async with sit() as seat:
        monkeypatch.setattr("cminbox.inbox.drafts.load", fails)
        await seat.write("rBonjour")
        await seat.press("ctrl+s")
        assert "The disk is full." in seat.text
        monkeypatch.undo()
        assert seat.app.hands.writing.letter.buffer.text == "Bonjour"
        await seat.press("escape", "q", "j")
        assert "2 / 43" in seat.lines[-2]


async def test_a_burst_of_keys_over_many_pages_loses_none(sit, monkeypatch) -> None:
    monkeypatch.setattr("cminbox.ui.control.listing.PAGE", 5)
    async with sit() as seat:
        for _ in range(37):
            seat.app._feed(Press("j", "j"))
        await seat.settle()
        assert "38 / 43" in seat.lines[-2]
        for _ in range(30):
            seat.app._feed(Press("k", "k"))
        await seat.settle()
        assert "8 / 43" in seat.lines[-2]
        seat.app._feed(Press("pagedown"))
        seat.app._feed(Press("e", "e"))
        await seat.settle()
        assert "28 / 42" in seat.lines[-2]


async def say(seat, key: str, text: str, minutes_ago: float = 0) -> None:
    """Somebody writes while the screen is open, as the engine would take it in."""
    from tests.ui.house import House

    house = House(seat.app.service.home, seat.clock, seat.app.service.store)
    house._number = 9000 + len(key) * 10 + int(minutes_ago)
    from cminbox.store import accounts

    found = await house.store.read(accounts.by_name, "velo@social.example")
    house.accounts["velo@social.example"] = found
    await seat.clock.advance(1)
    await house.say(key, 3, text, at=seat.clock.now() - timedelta(minutes=minutes_ago))
