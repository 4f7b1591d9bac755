"""A spike and a crisis on the screen: the line above the counters, who and since when, the pinned wave, the bell."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ui.test_pty import READY, Start, start  # noqa: F401 - a fixture

from cminbox.clock import SystemClock
from cminbox.config.notify import Event, How
from cminbox.inbox import crisis
from cminbox.inbox.crisis import Rush
from cminbox.inbox.desk import desk_open
from cminbox.inbox.notify import Digest, Notice
from cminbox.paths import Home
from cminbox.store import journal, spikes
from cminbox.store.database import Store, Tx
from cminbox.store.spikes import Spike
from cminbox.store.waves import WaveRow
from cminbox.ui.control.crisis import banner
from cminbox.ui.control.notify import signals
from cminbox.ui.widgets.lines import cells

WAVE = WaveRow(3, 31, "@velo Le code\nPRINTEMPS20 ne marche pas", 5, "Lumen", None, None, None)
SPIKE = Spike(1, 2, "Lumen\x1b[31m", 0, None, 1052, 4.2, 1052, 3)


def announce(tx: Tx) -> int:
    """A spike with the largest wave there is, as the watch writes it."""
    (wave,) = tx.db.execute("SELECT id FROM cluster ORDER BY size DESC LIMIT 1").fetchone()
    made = spikes.begin(tx, 0, 52, 4.0)
    tx.db.execute("UPDATE spike SET cluster_id = ?", (wave,))
    journal.write(tx, "spike", None, None)
    return made


@pytest.mark.parametrize("room", [40, 60, 80, 160])
def test_the_line_fits_and_nothing_remote_acts(room: int) -> None:
    line = banner(Rush(SPIKE, WAVE), "g v", room)
    text = "".join(part for _role, part in line)
    assert cells(line) == room or room < 60
    assert "\x1b" not in text
    assert "\n" not in text
    if room >= 60:
        assert "1,052 messages" in text
    if room >= 80:
        assert "(usual 4)" in text
        assert "g v" in text
    if room == 160:
        assert "x31 Le code PRINTEMPS20 ne marche pas" in text


async def test_a_spike_is_a_line_until_it_ends_and_a_key_shows_its_wave(sit) -> None:
    async with sit() as seat:
        first = seat.lines[0]
        made = await seat.app.service.store.write(announce)
        await seat.notice_changes()
        assert "! 52 messages in 15 minutes (usual 4)" in seat.lines[0]
        assert seat.lines[1] == first
        await seat.press("g", "v")
        assert "Wave of 7" in seat.text
        await seat.press("escape")
        await seat.app.service.store.write(spikes.end, made)
        await seat.notice_changes()
        assert seat.lines[0] == first
        await seat.press("g", "v")
        assert "No wave is pinned" in seat.text


async def test_a_crisis_is_asked_about_begun_told_and_ended(sit) -> None:
    async with sit((120, 30)) as seat:
        await seat.write(":crisis\n")
        assert "Begin a crisis for every brand?" in seat.text
        await seat.press("escape")
        assert (await crisis.now(seat.app.service.desk)).crises == ()
        await seat.write(":crisis on\n")
        await seat.press("y")
        (one,) = (await crisis.now(seat.app.service.desk)).crises
        assert one.by == seat.app.service.desk.by
        await seat.press("j")
        assert f"CRISIS since {one.since:%H:%M}, {one.by}" in seat.last_line
        await seat.write(":crisis\n")
        assert "End the crisis?" in seat.text
        await seat.press("y")
        assert (await crisis.now(seat.app.service.desk)).crises == ()
        await seat.press("j")
        assert "CRISIS" not in seat.last_line


async def test_a_crisis_that_a_colleague_began_is_shown_here(sit) -> None:
    async with sit((120, 30)) as seat:
        desk = await desk_open(seat.app.service.store, seat.clock, seat.app.service.settings, "omar")
        await crisis.begin(desk)
        await seat.notice_changes()
        assert "omar" in seat.last_line
        await seat.write(":crisis perhaps\n")
        assert ":crisis on or :crisis off" in seat.text


def test_what_is_written_to_the_terminal_is_what_was_asked_for() -> None:
    notices = (Notice(Event.LATE, 2), Notice(Event.SPIKE, 1, brands=("Lu\x1b\x07men",)))
    assert signals(notices, frozenset()) == []
    assert signals((), frozenset(How)) == []
    assert signals(notices, frozenset({How.BELL})) == ["\x07"]
    nine, spike = signals(notices, frozenset({How.OSC9}))
    assert nine == "\x1b]9;2 answers are late\x07"
    assert (spike.count("\x07"), spike.count("\x1b"), "men" in spike) == (1, 1, True)
    assert signals(notices[:1], frozenset({How.OSC777})) == ["\x1b]777;notify;cminbox;2 answers are late\x07"]
    (whole,) = signals((Digest(notices),), frozenset({How.OSC9}))
    assert whole == "\x1b]9;While it was quiet: 2 answers are late, more than usual comes in: Lu␛␇men\x07"


async def test_a_spike_rings_once_and_the_title_is_put_back(start: Start, tmp_path: Path) -> None:  # noqa: F811
    home = Home.at(tmp_path / "home")
    terminal = start((80, 24), "real").until(READY)
    assert b"\x1b]0;" not in terminal.raw
    terminal.type(":quit\rl")
    terminal.until(lambda each: each.ended)
    home.settings_file.write_text('timezone = "UTC"\n[notify]\nhow = ["bell", "title"]\n', encoding="utf-8")
    terminal = start((80, 24), "real").until(READY)
    terminal.quiet()
    before = len(terminal.raw)
    store = await Store.open(home.database, SystemClock())
    await store.write(announce)
    await store.close()
    terminal.until("52 messages in 15 minutes")
    terminal.quiet()
    told = terminal.raw[before:]
    assert told.count(b"\x1b[22;0t") == 1
    assert told.count(b"\x1b]0;cminbox") == 1
    assert told.count(b"\x07") == 2  # the bell, and the end of the title
    terminal.type(":quit\rl")
    terminal.until(lambda each: each.ended)
    assert terminal.raw.count(b"\x1b[23;0t") == 1
