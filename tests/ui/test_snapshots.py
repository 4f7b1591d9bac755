"""Pictures of the screens, compared line by line and colour by colour with those kept beside this file.

After a change that is meant: look at the report that the failing test names, then `pytest tests/ui/test_snapshots.py
--snapshot-update`.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cminbox.clock import SimulatedClock
from cminbox.i18n import set_language
from cminbox.paths import Home
from cminbox.service import Service
from cminbox.ui.app import InboxApp

SIZES = [(80, 24), (120, 40)]
SCENES = {
    "queue": [],
    "conversation": ["enter"],
    "composer": ["r", *"Bonjour"],
    "search": ["slash", *"colis"],
    "help": ["question_mark"],
    "outbox": ["g", "o"],
    "accounts": ["g", "a"],
    "commands": ["colon", "v"],
}


class Pictured(InboxApp):
    """Closes its service in the event loop that the snapshot tool runs it in."""

    async def on_unmount(self) -> None:
        await self.hands.stop()
        await self.service.close()


@contextmanager
def inbox(folder: Path, elapsed: float, language: str) -> Iterator[InboxApp]:
    """The app, ready to be run by the snapshot tool in an event loop of its own."""
    home = Home.at(folder)
    home.make()
    home.settings_file.write_text(f'language = "{language}"\ntimezone = "UTC"\n', encoding="utf-8")
    clock = SimulatedClock()
    clock._elapsed = elapsed

    async def begin() -> InboxApp:
        service = await Service.open(home, by="léa", clock=clock, wall=SimulatedClock(), sync=False)
        set_language(language)
        app = Pictured(service, wall=SimulatedClock())
        await app.hands.prepare()
        return app

    yield asyncio.run(begin())
    set_language("en")


async def settled(pilot: Pilot[int]) -> None:
    app = pilot.app
    assert isinstance(app, InboxApp)
    await pilot.pause()
    await app.stage.jobs.quiet()
    await pilot.pause()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
@pytest.mark.parametrize("scene", SCENES)
def test_screens(snap_compare, furnished, tmp_path, monkeypatch, scene, size, language) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    folder = tmp_path / "home"
    shutil.copytree(furnished[0], folder)
    with inbox(folder, furnished[1], language) as app:

        async def play(pilot: Pilot[int]) -> None:
            await settled(pilot)
            await pilot.press(*SCENES[scene])
            await settled(pilot)

        assert snap_compare(app, terminal_size=size, run_before=play)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_empty_inbox(snap_compare, tmp_path, monkeypatch, language) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    with inbox(tmp_path / "home", 0.0, language) as app:
        assert snap_compare(app, terminal_size=(80, 24), run_before=settled)


@pytest.mark.parametrize("name", ["light", "contrast", "mono", "terminal"])
def test_themes(snap_compare, furnished, tmp_path, monkeypatch, name) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    folder = tmp_path / "home"
    shutil.copytree(furnished[0], folder)
    with inbox(folder, furnished[1], "en") as app:

        async def play(pilot: Pilot[int]) -> None:
            app.hands.house.set_theme(name, save=False)
            await pilot.press("r", *"Bonjour")
            await settled(pilot)

        assert snap_compare(app, terminal_size=(80, 24), run_before=play)
