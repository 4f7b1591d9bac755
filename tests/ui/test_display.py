"""The layer between Textual and the terminal: what it does not know goes Textual's own way."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from rich.color import ColorSystem
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.geometry import Region, Size
from textual.strip import Segment, Strip

from cminbox.ui.cells import Pen
from cminbox.ui.display import CellDisplay, pen_of


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> tuple[CellDisplay, list[str], list[object]]:
    """A display as if it ran on a terminal of 10x3: the app, what it writes, what it leaves to Textual."""
    app = CellDisplay()
    written: list[str] = []
    left: list[object] = []
    driver = Mock(is_headless=False, is_inline=False)
    driver.write = written.append
    monkeypatch.setattr(App, "_display", lambda self, screen, renderable: left.append(renderable))
    monkeypatch.setattr(type(app), "is_headless", False)
    monkeypatch.setattr(type(app), "size", Size(10, 3))
    app._driver = driver
    app._running = True
    return app, written, left


def whole(*lines: str) -> LayoutUpdate:
    return LayoutUpdate([[Strip([Segment(line.ljust(10))])] for line in lines], Region(0, 0, 10, 3))


def test_the_first_frame_is_whole_and_the_same_again_is_nothing(shown) -> None:
    app, written, left = shown
    app._display(Mock(), whole("one", "two", "three"))
    assert "one" in written[0]
    app._display(Mock(), whole("one", "two", "three"))
    assert len(written) == 1
    assert not left


def test_only_changed_cells_are_written(shown) -> None:
    app, written, _left = shown
    app._display(Mock(), whole("one", "two", "three"))
    app._display(Mock(), whole("one", "tWo", "three"))
    assert written[1] == "\x1b[2;2HW"


def test_a_partial_update_keeps_what_is_beside_it(shown) -> None:
    app, written, _left = shown
    app._display(Mock(), whole("one", "two", "three"))
    chops = [{0: None}, {0: Strip([Segment("twO       ")])}, {0: None}]
    app._display(Mock(), ChopsUpdate(chops, [(1, 0, 10)], [[10], [10], [10]]))
    assert written[1] == "\x1b[2;3HO"


def test_what_it_does_not_know_goes_textuals_way(shown) -> None:
    app, written, left = shown
    app._display(Mock(), "some renderable")
    assert left == ["some renderable"]
    broken = LayoutUpdate.__new__(LayoutUpdate)
    app._display(Mock(), broken)
    assert left == ["some renderable", broken]
    assert not written


def test_after_forgetting_all_is_written_again(shown) -> None:
    app, written, _left = shown
    app._display(Mock(), whole("one", "two", "three"))
    app.forget_terminal()
    app._display(Mock(), whole("one", "two", "three"))
    assert "\x1b[2J" in written[1]
    assert "three" in written[1]


def test_nothing_is_written_while_another_program_has_the_terminal(shown) -> None:
    app, written, left = shown
    app.away = True
    app._display(Mock(), whole("one", "two", "three"))
    assert not written
    assert not left


def test_of_two_hints_before_one_frame_none_is_taken(shown) -> None:
    app, written, _left = shown
    app._display(Mock(), whole("one", "two", "three"))
    app.hint_scroll(0, 2, 1)
    app._display(Mock(), whole("two", "three", "four"))
    assert "\x1b[M" in written[1]
    app.hint_scroll(0, 2, 1)
    app.hint_scroll(0, 2, 1)
    app._display(Mock(), whole("four", "five", "six"))
    assert "\x1b[M" not in written[2]


@pytest.mark.parametrize(
    ("style", "system", "pen"),
    [
        (None, ColorSystem.TRUECOLOR, Pen()),
        (Style(color="#010203", bold=True), ColorSystem.TRUECOLOR, Pen("38;2;1;2;3", "", "1")),
        (Style(color="red", bgcolor="default"), ColorSystem.TRUECOLOR, Pen("31", "", "")),
        (Style(color="bright_black", underline=True), ColorSystem.STANDARD, Pen("90", "", "4")),
    ],
)
def test_pens(style: Style | None, system: ColorSystem, pen: Pen) -> None:
    assert pen_of(style, system) == pen
