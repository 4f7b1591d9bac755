"""The inbox on a furnished data folder, without a terminal: keys in, lines out."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.ui.house import furnish
from textual.pilot import Pilot

from cminbox.clock import SimulatedClock
from cminbox.i18n import set_language
from cminbox.paths import Home
from cminbox.service import Service
from cminbox.ui.app import InboxApp


@dataclass
class Seat:
    """Somebody in front of the screen. `press` types keys; `lines` are what stands there."""

    app: InboxApp
    pilot: Pilot[int]
    clock: SimulatedClock
    wall: SimulatedClock

    async def press(self, *keys: str) -> None:
        """Press keys, by Textual's names, and wait until all is done that they began."""
        await self.pilot.press(*keys)
        await self.settle()

    async def write(self, text: str) -> None:
        """Type a text, without waiting between letters."""
        names = {" ": "space", "\n": "enter", "/": "slash", ":": "colon", "@": "at", ".": "full_stop", "-": "minus"}
        await self.press(*(names.get(char, char) for char in text))

    async def settle(self) -> None:
        await self.pilot.pause()
        await self.app.stage.jobs.quiet()
        await self.pilot.pause()

    async def notice_changes(self) -> None:
        """Let the service look whether anybody committed, as it does every tenth of a second."""
        await self.wall.advance(0.11)
        for _ in range(50):
            await asyncio.sleep(0)
        await self.settle()

    @property
    def lines(self) -> list[str]:
        """The whole screen, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def last_line(self) -> str:
        return self.lines[-1]

    @property
    def queue(self) -> list[str]:
        return [line.rstrip() for line in self.app.inbox.widgets.queue.texts]

    @property
    def cursor_row(self) -> str:
        return next(line for line in self.queue if line.startswith("▌"))


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A furnished data folder to copy from, and how far its clock is."""
    folder = tmp_path_factory.mktemp("house")
    clock = SimulatedClock()
    set_language("en")
    asyncio.run(furnish(Home.at(folder), clock))
    return folder, clock.monotonic()


@pytest.fixture
def sit(tmp_path: Path, furnished: tuple[Path, float], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """`async with sit(size=(80, 24)) as seat`: the inbox as it opens in the morning. `empty`: with no account."""

    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")

    @asynccontextmanager
    async def begin(
        size: tuple[int, int] = (80, 24), *, language: str = "en", empty: bool = False, settings: str = ""
    ) -> AsyncIterator[Seat]:
        folder = tmp_path / "home"
        if not folder.exists() and not empty:
            shutil.copytree(furnished[0], folder)
        home = Home.at(folder)
        home.make()
        home.settings_file.write_text(f'language = "{language}"\ntimezone = "UTC"\n{settings}', encoding="utf-8")
        clock, wall = SimulatedClock(), SimulatedClock()
        await clock.advance(furnished[1])
        async with await Service.open(home, by="léa", clock=clock, wall=wall, sync=False) as service:
            set_language(language)
            app = InboxApp(service, wall=wall)
            await app.hands.prepare()
            async with app.run_test(size=size) as pilot:
                seat = Seat(app, pilot, clock, wall)
                await seat.settle()
                yield seat
            await app.hands.stop()

    yield begin
    set_language("en")
