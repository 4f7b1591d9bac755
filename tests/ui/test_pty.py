"""The inbox on a real terminal: keys typed ahead in one write, bytes, suspension, hanging up."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tools.terminal import Terminal

from cminbox.clock import SimulatedClock
from cminbox.config.settings import Settings
from cminbox.inbox import template_keeping
from cminbox.inbox.desk import desk_open
from cminbox.model.templates import Variant, Written
from cminbox.paths import Home
from cminbox.store.database import Store, connect

Start = Callable[..., Terminal]
IN_PTY = Path(__file__).with_name("in_pty.py")
READY = "1 / 43"


@pytest.fixture
def start(tmp_path: Path, furnished: tuple[Path, float]) -> Iterator[Start]:
    """`start()` gives a terminal with the inbox coming up in it."""
    opened: list[Terminal] = []

    def begin(size: tuple[int, int] = (80, 24), *more: str, **env: str) -> Terminal:
        folder = tmp_path / "home"
        if not folder.exists():
            shutil.copytree(furnished[0], folder)
        Home.at(folder).make()
        argv = [sys.executable, "-m", "tests.ui.in_pty", str(folder), str(furnished[1]), *more]
        opened.append(Terminal(argv, size, TZ="UTC", **env))
        return opened[-1]

    yield begin
    for terminal in opened:
        terminal.close()


def rows(tmp_path: Path, sql: str) -> list[tuple[object, ...]]:
    """What the database says, from outside."""
    db = connect(Home.at(tmp_path / "home").database)
    try:
        return [tuple(row) for row in db.execute(sql)]
    finally:
        db.close()


def test_a_reply_typed_ahead_in_one_write_lands_in_the_composer(start: Start, tmp_path: Path) -> None:
    terminal = start().until(READY)
    terminal.type("rBonjour e j q Z")
    terminal.until("Bonjour e j q Z").until("PUBLIC, as @velo on Mastodon")
    assert rows(tmp_path, "SELECT count(*) FROM conversation WHERE state = 'done'") == [(0,)]
    assert rows(tmp_path, "SELECT count(*) FROM meta WHERE key = 'outbox_stop'") == [(0,)]


def test_keys_typed_before_the_first_frame_are_honoured(start: Start) -> None:
    terminal = start()
    terminal.until(lambda t: b"\x1b[?1049h" in t.raw)
    terminal.type("jjj")
    terminal.until("4 / 43")


def test_a_whole_answer_in_one_write(start: Start, tmp_path: Path) -> None:
    """Reply, send, the next one done, the one after that opened: every key finds what the one before opened."""
    terminal = start().until(READY)
    terminal.type("rBonjour\x13e\r")
    terminal.until("41 open")
    assert rows(tmp_path, "SELECT text FROM act ORDER BY id DESC LIMIT 1") == [("Bonjour",)]


@pytest.mark.parametrize(("keys", "wanted"), [("/student", "search: student"), ("\\network:matrix\r", "1 / 1")])
def test_prompts_take_what_is_typed_ahead(start: Start, keys: str, wanted: str) -> None:
    terminal = start().until(READY)
    terminal.type(keys)
    terminal.until(wanted)


def test_a_command_typed_ahead_after_escape(start: Start, tmp_path: Path) -> None:
    terminal = start().until(READY)
    terminal.type("rBonjour\x1b:send\r")
    terminal.until("The reply leaves")
    assert rows(tmp_path, "SELECT text FROM act ORDER BY id DESC LIMIT 1") == [("Bonjour",)]


def test_a_bracketed_paste_outside_an_input_fires_nothing(start: Start, tmp_path: Path) -> None:
    terminal = start().until(READY)
    terminal.type("\x1b[200~eeeZ\x1b[201~")
    terminal.until("Nothing takes a paste here")
    assert rows(tmp_path, "SELECT count(*) FROM conversation WHERE state = 'done'") == [(0,)]


def test_a_step_costs_a_few_bytes_and_idling_none(start: Start) -> None:
    terminal = start((120, 40)).until(READY)
    terminal.quiet()
    terminal.type("j")  # the first one also takes up the mark's colour
    terminal.quiet()
    costs = []
    for _ in range(5):
        terminal.type("j")
        costs.append(terminal.quiet())
    assert max(costs) <= 24
    assert terminal.quiet() == 0


def test_one_letter_of_a_reply_costs_few_bytes(start: Start) -> None:
    terminal = start().until(READY)
    terminal.type("rBonjour")
    terminal.until("7 / 500")
    terminal.quiet()
    terminal.type("x")
    assert terminal.quiet() <= 120


def test_the_screen_is_the_same_as_if_it_were_drawn_anew(start: Start) -> None:
    """Whatever was written in small steps, ^L (all of it again) changes nothing."""
    terminal = start((100, 30)).until(READY)
    terminal.type("jjj\rq/le\r\x1bjjGkkggesuuS")
    terminal.until("least time left")
    terminal.quiet()
    stepwise = [line for line in terminal.lines if line]
    terminal.type("\x0c")
    terminal.until(lambda t: t.raw.endswith(b"") and b"\x1b[2J" in t.raw[-20000:])
    terminal.quiet()
    assert [line for line in terminal.lines if line][:-1] == stepwise[:-1]


def test_ctrl_z_suspends_and_the_screen_comes_back(start: Start) -> None:
    terminal = start().until(READY)
    terminal.type("\x1a")
    terminal.until(lambda t: b"\x1b[?1049l" in t.raw)
    while os.waitpid(terminal.pid, os.WUNTRACED)[1] == 0:
        pass
    terminal.screen.reset()
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.until(READY)
    terminal.type("j")
    terminal.until("2 / 43")


def test_hanging_up_leaves_what_is_held_and_keeps_the_draft(start: Start, tmp_path: Path) -> None:
    terminal = start().until(READY)
    terminal.type("rPas fini")
    terminal.until("8 / 500")
    os.kill(terminal.pid, signal.SIGHUP)
    assert terminal.code() == 0
    assert rows(tmp_path, "SELECT text FROM draft") == [("Pas fini",)]
    assert rows(tmp_path, "SELECT count(*) FROM act WHERE state = 'held'") == [(1,)]


def test_quitting_gives_the_terminal_back(start: Start) -> None:
    terminal = start().until(READY)
    terminal.type("ql")
    assert terminal.code() == 0
    assert b"\x1b[?1049l" in terminal.raw
    assert b"\x1b[?25h" in terminal.raw


def test_the_editor_takes_the_terminal_and_gives_the_text(start: Start, tmp_path: Path) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nprintf " de loin" >> "$1"\n', encoding="utf-8")
    editor.chmod(0o700)
    terminal = start(EDITOR=str(editor)).until(READY)
    terminal.type("rBonjour")
    terminal.until("7 / 500")
    terminal.type("\x05")
    terminal.until("Bonjour de loin")
    terminal.type("!")
    terminal.until("Bonjour de loin!")


def test_another_process_changes_are_seen(start: Start, tmp_path: Path) -> None:
    terminal = start((80, 24), "real").until(READY)
    db = connect(Home.at(tmp_path / "home").database)
    db.execute("UPDATE conversation SET star = 1 WHERE shown_ms = (SELECT max(shown_ms) FROM conversation)")
    db.close()
    terminal.until("★")


@pytest.mark.parametrize("term", ["xterm", "screen", "tmux-256color", "vt220"])
def test_every_terminal_gets_a_screen(start: Start, term: str) -> None:
    terminal = start(TERM=term, COLORTERM="").until(READY)
    assert b"38;2;" not in terminal.raw
    assert "r reply" in terminal.lines[-1]


def test_bytes_that_are_no_utf8_do_not_end_the_reading(start: Start) -> None:
    terminal = start().until(READY)
    terminal.type(b"\xff\xfej")
    terminal.until("2 / 43")


def test_no_color_means_no_colour(start: Start) -> None:
    terminal = start(NO_COLOR="1").until(READY)
    terminal.quiet()
    colours = {cell.fg for row in terminal.screen.buffer.values() for cell in row.values()}
    assert colours == {"default"}
    assert any(cell.bold for cell in terminal.screen.buffer[1].values())


def test_a_template_typed_ahead_lands_in_the_picker_and_then_in_the_composer(
    start: Start, tmp_path: Path, furnished: tuple[Path, float]
) -> None:
    shutil.copytree(furnished[0], tmp_path / "home")
    asyncio.run(shelve(tmp_path / "home"))
    terminal = start().until(READY)
    terminal.type("tlate\r e j q Z")
    terminal.until("Le colis part ce soir. e j q Z").until("PUBLIC, as @velo on Mastodon")
    assert rows(tmp_path, "SELECT count(*) FROM conversation WHERE state = 'done'") == [(0,)]
    assert rows(tmp_path, "SELECT count(*) FROM meta WHERE key = 'outbox_stop'") == [(0,)]


async def shelve(folder: Path) -> None:
    """Put a template into a data folder."""
    clock = SimulatedClock()
    store = await Store.open(Home.at(folder).database, clock)
    desk = await desk_open(store, clock, Settings(timezone="UTC"), "léa")
    body = "Le colis part ce soir."
    await template_keeping.add(desk, Written(name="Retard", shortcut="late", variants=(Variant(body=body),)))
    await store.close()


@pytest.mark.parametrize(
    ("keys", "sql", "wanted"),
    [
        ("lejq\r", "SELECT name FROM tag", [("ejq",)]),
        ("bin 2 hours\r", "SELECT count(*) FROM conversation WHERE state = 'snoozed'", [(1,)]),
        ("pe j q Z\x13", "SELECT text FROM message WHERE audience = 'note'", [("e j q Z",)]),
    ],
)
def test_what_is_typed_ahead_at_a_picker_or_a_note_fires_nothing(
    start: Start, tmp_path: Path, keys: str, sql: str, wanted: list[tuple[object, ...]]
) -> None:
    terminal = start().until(READY)
    terminal.type(keys)
    terminal.until("1 conversation; u takes it back.")
    assert rows(tmp_path, sql) == wanted
    assert rows(tmp_path, "SELECT count(*) FROM conversation WHERE state = 'done'") == [(0,)]
    assert rows(tmp_path, "SELECT count(*) FROM act WHERE state != 'held'") == [(0,)]
