"""Tags, colleagues, snoozing and notes on the screen, and the views of them."""

from __future__ import annotations

from tests.ui.test_answering import feed

from cminbox.inbox import drafts, outbox, queue, tags, topics, triage
from cminbox.model.base import Audience, ConversationState
from cminbox.store import accounts


async def now(seat, conversation: int):  # type: ignore[no-untyped-def]
    return (await queue.rows(seat.app.service.desk, [conversation]))[0]


async def test_a_tag_is_made_by_typing_it_put_on_and_taken_off_and_undone(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        feed(seat, "lrefund")
        await seat.settle()
        assert "new tag" in seat.text
        await seat.press("enter")
        assert (await now(seat, one)).tags == ("refund",)
        assert "refund" in seat.cursor_row
        await seat.press("u")
        assert (await now(seat, one)).tags == ()
        feed(seat, "lref\r")
        await seat.settle()
        assert (await now(seat, one)).tags == ("refund",)
        feed(seat, "lref\r")
        await seat.settle()
        assert (await now(seat, one)).tags == ()


async def test_a_tag_goes_on_the_whole_selection_and_the_cursor_stays(sit) -> None:
    async with sit() as seat:
        feed(seat, "xxlbulk\r")
        await seat.settle()
        ids = list(seat.app.hands.list.selected)
        assert [row.tags for row in await queue.rows(seat.app.service.desk, ids)] == [("bulk",)] * 2
        assert "tag bulk: 2 conversations; u takes it back." in seat.last_line
        assert seat.cursor_row == seat.queue[2]


async def test_a_word_that_only_resembles_a_tag_is_a_new_tag(sit) -> None:
    async with sit() as seat:
        await tags.create(seat.app.service.desk, "refunds")
        one = seat.app.hands.list.current.id
        feed(seat, "lrefind\r")
        await seat.settle()
        assert (await now(seat, one)).tags == ("refind",)


async def test_a_colleague_is_chosen_and_what_is_mine_or_nobodys_is_shown(sit) -> None:
    async with sit() as seat:
        one, two = (row.id for row in seat.app.hands.list.window.rows[:2])
        await seat.app.service.store.write(accounts.colleague_id, "omar")
        await triage.assign(seat.app.service.desk, [two], "omar")
        feed(seat, "aoma\r")
        await seat.settle()
        assert (await now(seat, one)).assignee == "omar"
        assert "OM" in seat.queue[0]
        await seat.press("u", "A", "g", "m")
        assert "Mine" in seat.lines[0]
        assert [row.id for row in seat.app.hands.list.window.rows] == [one]
        await seat.press("g", "u")
        assert "Unassigned" in seat.lines[0]
        assert not {one, two} & {row.id for row in seat.app.hands.list.window.rows}
        assert seat.app.hands.list.total == 41


async def test_snoozing_by_words_shows_the_instant_before(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        feed(seat, "btomorrow 10:30")
        await seat.settle()
        assert "It comes back" in seat.text
        assert "10:30, or when they write" in seat.text
        await seat.press("enter")
        assert (await now(seat, one)).state is ConversationState.SNOOZED
        assert "snooze until" in seat.last_line
        await seat.press("g", "z")
        assert "Snoozed" in seat.lines[0]
        assert [row.id for row in seat.app.hands.list.window.rows] == [one]
        await seat.press("u")
        assert (await now(seat, one)).state is ConversationState.OPEN


async def test_words_that_are_no_time_say_so_and_change_nothing(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        feed(seat, "bzzz qqq\r")
        await seat.settle()
        assert (await now(seat, one)).state is ConversationState.OPEN
        assert seat.app.stage.area == "queue"


async def test_b_and_enter_wait_for_them(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        feed(seat, "b\r")
        await seat.settle()
        assert (await now(seat, one)).state is ConversationState.WAITING


async def test_every_time_that_is_offered_is_one_in_both_languages(sit) -> None:
    from cminbox.i18n import _, set_language
    from cminbox.inbox import snooze
    from cminbox.ui.control.marking import WHENS

    async with sit() as seat:
        for language in ("en", "fr"):
            set_language(language)
            assert all(snooze.until(seat.app.service.desk, _(words)) for words in WHENS)


async def test_a_note_is_kept_among_colleagues_and_nothing_is_sent(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        known = len(await outbox.rows(seat.app.service.desk))
        feed(seat, "pVoir avec @omar e j")
        await seat.settle()
        assert "NOTE" in seat.text
        assert "for colleagues" in seat.text
        await seat.press("ctrl+s")
        assert len(await outbox.rows(seat.app.service.desk)) == known
        view = await queue.view(seat.app.service.desk, one)
        assert [(m.text, m.audience) for m in view.messages if m.audience is Audience.NOTE] == [
            ("Voir avec @omar e j", Audience.NOTE)
        ]
        assert "Voir avec @omar" in seat.text
        assert view.row.unanswered
        await seat.press("u")
        view = await queue.view(seat.app.service.desk, one)
        assert not [m for m in view.messages if m.audience is Audience.NOTE]


async def test_a_note_that_was_left_is_a_draft_of_a_note(sit) -> None:
    async with sit() as seat:
        one = seat.app.hands.list.current.id
        feed(seat, "pVoir\x1b")
        await seat.settle()
        draft = await drafts.load(seat.app.service.desk, one, audience=Audience.NOTE)
        assert draft is not None
        assert draft.text == "Voir"
        await seat.press("r")
        assert seat.app.hands.writing.letter.buffer.text == ""
        await seat.press("escape", "g", "d", "enter")
        assert seat.app.hands.writing.letter.note
        assert seat.app.hands.writing.letter.buffer.text == "Voir"


async def test_the_topics_lead_to_what_was_said_under_them(sit) -> None:
    async with sit() as seat:
        known = await topics.topics(seat.app.service.desk)
        await seat.press("g", "p")
        assert "Livraison : ce qui change" in seat.text
        assert f"{known[0].open} " in seat.text
        await seat.press("enter")
        assert "topic: Livraison" in seat.text
