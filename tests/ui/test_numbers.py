"""The numbers on the screen: the bar in its sizes, the sheet behind gk, and what opens from it."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from tests.ui.test_answering import feed
from textual._compositor import LayoutUpdate
from textual.geometry import Region, Size
from textual.strip import Segment, Strip

from cminbox.inbox import queue, triage
from cminbox.insight.definitions import BY_KEY
from cminbox.model.base import Direction, Kind
from cminbox.model.changes import Batch, Wrote
from cminbox.model.content import Author
from cminbox.model.rows import ViewNumbers
from cminbox.model.views import Filter, View
from cminbox.store import accounts
from cminbox.sync import ingest
from cminbox.text import width
from cminbox.ui import bars
from cminbox.ui.control.numbers import PAGES, changed, shown
from cminbox.ui.display import CellDisplay
from cminbox.ui.widgets import plots
from cminbox.ui.widgets.lines import cells

FULL = ViewNumbers(
    open=1280,
    unanswered=500,
    oldest_waiting_s=8040,
    new_per_minute=2.4,
    received=310,
    answered=57,
    answered_mine=12,
    response_rate=0.873,
    targets_hit=0.66,
    late=4,
    due_soon=2,
    first_response_median_s=240,
    first_response_p90_s=1140,
    first_response_n=63,
    outbox=3,
    at_least=frozenset({"unanswered"}),
)


def texts(numbers: ViewNumbers, size: int, room: int) -> list[list[str]]:
    lines = bars.counters("Inbox", numbers, room, size)
    assert all(cells(line) == room for line in lines)
    return [[text for _role, text in line] for line in lines]


def told(size: int, room: int) -> list[str]:
    return ["".join(line) for line in texts(FULL, size, room)]


@pytest.mark.parametrize("room", [20, 79, 80, 109, 110, 160, 220])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_bar_fits_in_every_size(size: int, room: int) -> None:
    assert len(told(size, room)) == size


def test_the_bar_says_the_most_urgent_first_and_more_of_it_with_more_lines() -> None:
    assert "1,280 open  500+ unanswered  oldest 2h14  4 late" in told(1, 80)[0]
    now, today = told(2, 80)
    assert "2 late soon" in now
    assert "57 answered today (12 by me)" in today
    now, today, well = told(3, 110)
    assert "2.4 new a minute   3 in outbox" in now
    assert "310 received" in today
    assert "median 4m, 9 in 10 within 19m (of 63)   87% got an answer   66% in time" in well


async def test_plus_and_minus_go_from_nothing_to_three_lines(sit) -> None:
    async with sit() as seat:
        await seat.press("plus", "plus", "plus")
        assert seat.app.inbox.widgets.counters.size.height == 3
        await seat.press("minus", "minus", "minus", "minus")
        assert not seat.app.inbox.widgets.counters.display


@pytest.mark.parametrize("room", [80, 160])
def test_a_number_that_changes_costs_the_cells_that_changed(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    app, written = CellDisplay(), list[str]()
    driver = Mock(is_headless=False, is_inline=False)
    driver.write = written.append
    monkeypatch.setattr(type(app), "is_headless", False)
    monkeypatch.setattr(type(app), "size", Size(room, 3))
    app._driver, app._running = driver, True
    for numbers in (FULL, FULL.model_copy(update={"open": 1281, "outbox": 4, "answered": 58})):
        strips = [[Strip([Segment(text) for text in line])] for line in texts(numbers, 3, room)]
        app._display(Mock(), LayoutUpdate(strips, Region(0, 0, room, 3)))
    assert len(written) == 2
    assert len(written[1]) < 40


async def test_gk_opens_the_numbers_and_enter_what_lies_behind_one(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "k")
        assert seat.lines[0].startswith(" Numbers: today") or " Numbers: today" in seat.text
        assert "Open" in seat.text
        open_n = (await queue.bar(seat.app.service.desk, Filter())).open
        await seat.press("enter")
        assert seat.app.hands.list.filter.view is View.ALL
        assert seat.app.hands.list.total == open_n
        feed(seat, "gk")
        await seat.settle()
        for _ in range(40):
            item = seat.app.inbox.widgets.sheet.item
            if item.number == "closed":
                break
            await seat.press("down")
        await seat.press("enter")
        assert seat.app.hands.list.filter.only is not None
        assert seat.app.hands.list.total == len(seat.app.hands.list.filter.only)
        assert seat.lines[0].startswith(" Closed")
        assert "/ " in seat.text
        await seat.press("escape")
        await seat.press("g", "i")
        assert seat.app.hands.list.filter == Filter()


async def test_the_arrivals_open_as_a_list_that_moves_and_sorts(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "k")
        while seat.app.inbox.widgets.sheet.item.number != "received":
            await seat.press("down")
        await seat.press("enter")
        total = seat.app.hands.list.total
        assert total > 40
        await seat.press("G")
        assert f"{total} / {total}" in seat.text
        await seat.press("g", "g", "j")
        assert f"2 / {total}" in seat.text
        await seat.press("e")
        assert seat.app.hands.list.total >= total - 1


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_every_page_fits(sit, language: str, size: tuple[int, int]) -> None:
    async with sit(size=size, language=language) as seat:
        await seat.press("g", "k")
        for number in range(len(PAGES)):
            assert f"{number + 1}/{len(PAGES)}" in seat.text
            for line in seat.app.inbox.widgets.sheet.content.entries:
                assert cells(line.line) <= size[0] - 1, line.line
            await seat.press("right")
        await seat.press("left")
        assert f"{len(PAGES)}/{len(PAGES)}" in seat.text


async def test_periods_by_key_and_in_words(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "k", "p")
        assert "Numbers: 7 days" in seat.text
        await seat.press("p")
        assert "Numbers: 30 days" in seat.text
        feed(seat, ":numbers 2026-02-01 .. 2026-02-08\r")
        await seat.settle()
        assert "Feb 1, 2026 – Feb 8, 2026" in seat.text
        await seat.press("p")
        assert "Numbers: today" in seat.text
        feed(seat, ":numbers someday\r")
        await seat.settle()
        assert "someday is no time." in seat.text
        await seat.press("escape", "p")
        assert "does nothing here" not in seat.text


async def test_the_figures_follow_what_happens_but_not_at_every_arrival(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "k")
        desk, sheet = seat.app.service.desk, seat.app.inbox.widgets.sheet
        before = sheet.texts[3]
        rows = await queue.page(desk, Filter(), 2)
        await triage.done(desk, [rows[0].id])
        await seat.notice_changes()
        assert sheet.texts[3] == before
        await seat.clock.advance(3)
        await triage.done(desk, [rows[1].id])
        await seat.notice_changes()
        assert int(sheet.texts[3].split()[-1]) == int(before.split()[-1]) - 2


async def test_the_keys_of_the_numbers_are_for_the_numbers(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "o", "p")
        assert "This key is for the numbers." in seat.text


async def test_a_network_of_a_breakdown_keeps_the_figures_to_it(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "k")
        while "by network" not in seat.text:
            await seat.press("right")
        await seat.press("down")
        assert seat.app.inbox.widgets.sheet.item.place == ("network", "mastodon")
        await seat.press("enter")
        assert seat.app.hands.numbers.place.network == "mastodon"
        await seat.press("enter")
        assert seat.app.hands.list.filter.network == "mastodon"


def test_a_change_says_whether_it_is_good() -> None:
    assert changed(BY_KEY["answered"], 12, 8) == ("+50%", "good")
    assert changed(BY_KEY["first_response_median_s"], 300, 200) == ("+50%", "warning")
    assert changed(BY_KEY["response_rate"], 0.5, 0.45) == ("+5 pt", "good")
    assert changed(BY_KEY["received"], 12, 0) == ("", "dim")
    assert changed(BY_KEY["received"], None, 3) == ("", "dim")
    assert shown(BY_KEY["response_rate"], None) == "-"


def test_sparklines_and_bars() -> None:
    assert plots.spark([0, 7, None, 3.5], 10) == "▁█ ▅"
    assert plots.spark([], 5) == ""
    assert plots.spark([1] * 50, 8) == "█" * 8
    assert plots.bar(1, 1000, 20) == "▏"
    assert plots.bar(0, 10, 20) == ""
    assert width(plots.bar(10, 10, 20)) == 20


@pytest.mark.parametrize("room", [60, 79, 159])
def test_charts_fit_their_room_and_say_it_without_colour(room: int) -> None:
    table = [[hour * day % 17 for hour in range(24)] for day in range(7)]
    lines = plots.heat(table, list("MTWTFSS"), room, str)
    assert len(lines) == 9
    assert {char for line in lines for _role, text in line for char in text} >= set("░▒▓█")
    lines += plots.histogram([("a", 3), ("bb", 0)], room, str)
    lines += plots.curve([0, 4, 2], ["x", "y", "z"], room, 8, lambda n: str(round(n)))
    lines += plots.curve([], [], room, 8, lambda n: str(round(n)))
    assert all(cells(line) <= room for line in lines)


async def heard(seat, about: str, n: int) -> None:
    """Messages that a search brings, one conversation each."""
    service = seat.app.service
    account = (await service.store.read(accounts.all_accounts))[0]
    now = service.clock.now()
    changes = tuple(
        Wrote(
            remote_id=f"{about} {each}",
            at=now,
            kind=Kind.POST,
            direction=Direction.IN,
            author=Author(remote_id="passer-by", handle="@passer-by"),
            text="heard somewhere",
            addressed=False,
            about=about,
        )
        for each in range(n)
    )
    await service.store.write(ingest.apply, account, Batch(feed="search:velo", changes=changes), move_cursor=False)


@pytest.mark.parametrize(
    ("language", "us", "share"), [("en", "us", "25%"), ("fr", "nous", "25\u00a0%")], ids=["en", "fr"]
)
async def test_who_is_spoken_of_opens(sit, language: str, us: str, share: str) -> None:
    async with sit(size=(80, 24), language=language) as seat:
        await heard(seat, "us", 1)
        await heard(seat, "competitor:Acme Cycles", 3)
        await seat.clock.advance(1)
        await seat.press("g", "k", "left")
        texts = seat.app.inbox.widgets.sheet.texts
        (ours,) = [each for each in texts if each.strip("▌ ").startswith(f"{us} ")]
        (theirs,) = [each for each in texts if "Acme Cycles" in each]
        assert [each for each in ours.split(" ") if each][-4:] == ["1", share, "0", "-"]
        assert [each for each in theirs.split(" ") if each][2:4] == ["3", share.replace("25", "75")]
        await seat.press("down")
        await seat.press("enter")
        assert seat.app.hands.list.total == 3
        assert sum("heard somewhere" in line for line in seat.queue) == 3
        await seat.press("g", "k")
        while seat.app.inbox.widgets.sheet.item.number != "share_of_voice":
            await seat.press("down")
        await seat.press("enter")
        assert seat.app.hands.list.total == 4


async def test_without_listening_there_is_nothing_to_share(sit) -> None:
    async with sit() as seat:
        await seat.press("g", "k", "left")
        assert "Listening found nothing about us or a competitor." in seat.text


async def test_the_backlog_is_drawn_and_opens(sit) -> None:
    async with sit(size=(160, 48)) as seat:
        await seat.press("g", "k")
        bar = await queue.bar(seat.app.service.desk, Filter())
        while seat.app.inbox.widgets.sheet.item.number != "backlog_end":
            await seat.press("down")
        (line,) = [each for each in seat.app.inbox.widgets.sheet.texts if "Backlog at the end" in each]
        assert line.split()[5] == str(bar.backlog)
        assert set(line) & set("▁▂▃▄▅▆▇█")
        await seat.press("enter")
        assert seat.app.hands.list.total == bar.backlog
