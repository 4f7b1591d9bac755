"""The filter prompt, searching as one types, and the views on the digits."""

from __future__ import annotations

import pytest
from tests.ui.house import House
from tests.ui.test_answering import feed

from cminbox.inbox import overview, queue, tags
from cminbox.model.base import ConversationState
from cminbox.model.views import Filter, View


def strip(seat) -> list[str]:  # type: ignore[no-untyped-def]
    return seat.app.inbox.widgets.strip.texts


async def test_a_filter_is_completed_as_one_types_and_applied(sit) -> None:
    async with sit() as seat:
        feed(seat, "\\net")
        await seat.settle()
        assert "network:" in strip(seat)[0]
        await seat.press("tab")
        assert seat.app.inbox.widgets.prompt.buffer.text == "network:"
        assert [line.split()[0] for line in strip(seat)] == ["mastodon", "matrix"]
        await seat.press("down", "down")
        assert strip(seat)[1].startswith("▌matrix")
        await seat.press("enter")
        assert seat.app.inbox.widgets.prompt.buffer.text == "network:matrix "
        await seat.press("enter")
        assert seat.app.hands.list.filter == Filter(network="matrix")
        assert seat.lines[0].startswith(" Inbox: Matrix")
        assert [row.network for row in seat.app.hands.list.window.rows] == ["matrix"]
        await seat.press("escape")
        assert seat.app.hands.list.filter == Filter()


async def test_the_right_arrow_takes_a_candidate_at_the_end_and_moves_within(sit) -> None:
    async with sit() as seat:
        feed(seat, "\\kind:rev")
        await seat.settle()
        await seat.press("left", "right")
        assert seat.app.inbox.widgets.prompt.buffer.text == "kind:rev"
        await seat.press("right")
        assert seat.app.inbox.widgets.prompt.buffer.text == "kind:review "


async def test_a_mistake_is_pointed_at_and_can_be_mended(sit) -> None:
    async with sit() as seat:
        feed(seat, "Lkind:dm network:mastodn\r")
        await seat.settle()
        typed, carets, told = strip(seat)
        assert typed == " kind:dm network:mastodn"
        assert carets == " " + " " * 16 + "^" * 7
        assert "There is no network called mastodn. Did you mean mastodon?" in told
        assert seat.app.stage.area == "prompt"
        await seat.press("backspace")
        feed(seat, "on\r")
        await seat.settle()
        assert seat.app.stage.area == "queue"
        assert seat.lines[0].startswith(" Inbox: Mastodon, direct message")


async def test_up_recalls_former_filters_and_down_comes_back(sit) -> None:
    async with sit() as seat:
        feed(seat, "\\kind:dm\r")
        await seat.settle()
        feed(seat, "\\is:star\r")
        await seat.settle()
        feed(seat, "\\is:un")
        await seat.press("up")
        assert seat.app.inbox.widgets.prompt.buffer.text == "is:star"
        await seat.press("up")
        assert seat.app.inbox.widgets.prompt.buffer.text == "kind:dm"
        await seat.press("up", "down", "down")
        assert seat.app.inbox.widgets.prompt.buffer.text == "is:un"
        await seat.press("up", "enter")
        assert seat.lines[0].startswith(" Inbox: starred")


async def test_keys_after_a_filter_are_about_what_it_shows(sit) -> None:
    async with sit() as seat:
        feed(seat, "\\kind:dm\re")
        await seat.settle()
        (row,) = await queue.page(seat.app.service.desk, Filter(view=View.ANY, kind="dm"), 100)
        assert row.state is ConversationState.DONE


async def test_the_filter_is_said_in_french_in_the_title(sit) -> None:
    async with sit(language="fr", size=(120, 40)) as seat:
        feed(seat, "\\réseau:mastodon -est:lue type:avis\r")
        await seat.settle()
        assert "Colonne 22" in "".join(strip(seat))
        await seat.press("escape")
        feed(seat, "\\réseau:mastodon genre:avis older:2h\r")
        await seat.settle()
        assert "Mastodon, avis, " in seat.lines[0]


async def test_searching_shows_what_was_said_with_the_words_marked(sit) -> None:
    async with sit() as seat:
        feed(seat, "/suivi")
        await seat.settle()
        first = seat.queue[0]
        assert "suivi" in first
        line = seat.app.inbox.widgets.queue._shown[0][1]
        assert ("found", "suivi") in line
        rows = seat.app.hands.list.window.rows
        assert rows
        assert all("suivi" in row.snippet.text for row in rows)
        feed(seat, "\x1b")
        await seat.settle()
        assert seat.app.hands.list.filter == Filter()
        assert seat.app.hands.list.window.rows[0].snippet is None


async def test_while_one_search_runs_only_the_last_of_the_others_is_done(sit) -> None:
    async with sit() as seat:
        asked = []
        load = seat.app.hands.list.load_search

        async def counted(turn: int) -> None:
            asked.append(seat.app.hands.list.filter.search)
            await load(turn)

        seat.app.hands.list.load_search = counted
        feed(seat, "/remboursé")
        await seat.settle()
        assert len(asked) < 5
        assert asked[-1] == "remboursé"


async def test_n_walks_hits_in_the_conversation_and_on_to_the_next(sit) -> None:
    async with sit() as seat:
        feed(seat, "/suivi\r")
        await seat.settle()
        await seat.press("enter")
        reading = seat.app.inbox.widgets.reading
        assert any(("found", "suivi") in line for line in reading.page.lines)
        first = seat.app.hands.reading.opened
        await seat.press("n")
        second = seat.app.hands.reading.opened
        assert second not in (None, first)
        await seat.press("N")
        assert seat.app.hands.reading.opened == first


async def test_a_hit_far_above_is_scrolled_to_and_n_goes_on_below(sit) -> None:
    async with sit() as seat:
        house = House(seat.app.service.home, seat.clock, seat.app.service.store)
        house.accounts = {
            each.account.name: each.account for each in await overview.all_accounts(seat.app.service.desk)
        }
        parent = None
        for number in range(60):
            await seat.clock.advance(1)
            text = "encore le zibeline" if number in (5, 30) else f"rien {number}"
            parent = await house.say("long", 2, text, remote_id=f"z{number}", **({"parent": parent} if parent else {}))
            parent = f"z{number}"
        feed(seat, "/zibeline\r")
        await seat.settle()
        await seat.press("enter")
        reading = seat.app.inbox.widgets.reading
        assert "zibeline" in seat.text.split("rien 29")[1]
        await seat.press("N")
        assert "rien 4" in seat.text
        assert reading.top < 10
        await seat.press("n")
        assert "rien 29" in seat.text


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("1", "Least time left"),
        ("2", "Mine"),
        ("3", "Unassigned"),
        ("4", "Private"),
        ("5", "Waves"),
        ("6", "Waiting"),
        ("7", "Late"),
        ("8", "Moved by rules"),
        ("9", "Spam"),
    ],
)
async def test_each_digit_shows_its_view(sit, key: str, title: str) -> None:
    async with sit() as seat:
        await seat.press(key)
        assert seat.lines[0].startswith(f" {title}")


async def test_least_time_left_is_who_waits_longest(sit) -> None:
    async with sit() as seat:
        await seat.press("1")
        rows = seat.app.hands.list.window.rows
        assert [row.waits_since for row in rows] == sorted(row.waits_since for row in rows)
        assert len(rows) == 43


async def test_late_shows_what_waits_too_long(sit) -> None:
    async with sit(settings="[[targets]]\nanswer_s = 1200\n") as seat:
        await seat.press("7")
        late = seat.app.hands.list.window.rows
        now = seat.clock.now()
        assert late
        assert all((now - row.waits_since).total_seconds() > 1200 for row in late)
        assert len(late) < 43


async def test_ones_own_view_takes_its_key_and_its_name_everywhere(sit) -> None:
    own = '[[views]]\nname = "Remboursements"\nfilter = "tag:refund"\nkey = 4\n'
    async with sit(settings=own, size=(80, 60)) as seat:
        await tags.tag(seat.app.service.desk, [seat.app.hands.list.current.id], ["refund"])
        await seat.press("4")
        assert seat.lines[0].startswith(" Remboursements")
        assert len(seat.app.hands.list.window.rows) == 1
        await seat.press("question_mark")
        entries = seat.app.inbox.widgets.sheet.content.entries
        assert any("View 4: Remboursements" in "".join(text for _role, text in entry.line) for entry in entries)


async def test_sorting_turns_through_three_orders(sit) -> None:
    async with sit() as seat:
        await seat.press("S")
        assert "Least time left first" in seat.last_line
        assert seat.app.hands.list.window.rows[0].unanswered
        await seat.press("G")
        assert "43 / 43" in seat.lines[-2]
        await seat.press("S")
        assert "Oldest first" in seat.last_line
        await seat.press("S")
        assert "Newest first" in seat.last_line
        await seat.press("G")
        assert "43 / 43" in seat.lines[-2]


async def test_escape_goes_back_to_the_view_that_was_gone_to(sit) -> None:
    async with sit() as seat:
        await seat.press("4")
        feed(seat, "/zoé\r")
        await seat.settle()
        await seat.press("escape")
        assert seat.lines[0].startswith(" Private")
