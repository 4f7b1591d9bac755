"""A moderator clears a thousand open conversations from the keyboard; every key is counted, and the networks' own books
say what was answered to whom."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from textual.pilot import Pilot

from cminbox.clock import SimulatedClock
from cminbox.inbox import outbox, queue, template_keeping
from cminbox.model.accounts import Account
from cminbox.model.base import ActState
from cminbox.model.rows import QueueRow
from cminbox.model.templates import Variant, Written
from cminbox.model.views import Filter
from cminbox.paths import Home
from cminbox.practice.flood import SINGULAR, WAVES, flood
from cminbox.practice.mastodon_scene import MastodonScene
from cminbox.practice.matrix_scene import MatrixScene
from cminbox.practice.scene import Scene, display_name
from cminbox.practice.script import Cue, Theme
from cminbox.practice.stage import Stage
from cminbox.practice.transport import PracticeTransport
from cminbox.service import Service
from cminbox.store import journal
from cminbox.ui.app import InboxApp
from cminbox.ui.router import Press

_MOST_KEYS = 400
_NAMED = {" ": "space", "\r": "enter", "\x13": "ctrl+s", "\x1b": "escape"}
_UNDER_WAY = [ActState.HELD, ActState.QUEUED, ActState.SENDING, ActState.UNCERTAIN]


def shortcut(subject: str) -> str:
    """One letter for the singular questions, as a moderator would choose; three for the waves."""
    return "k" if subject == "stock" else subject[:1] if subject in SINGULAR else subject[:3]


@dataclass
class Session:
    """One sitting: the screen, the practice networks behind it, and the keys pressed so far."""

    app: InboxApp
    pilot: Pilot[int]
    clock: SimulatedClock
    stage: Stage
    cues: dict[str, Cue]
    keys: int = 0
    by_what: Counter[str] = field(default_factory=Counter)

    async def type(self, keys: str, what: str) -> None:
        """Keys in one write, as a terminal hands them over."""
        for char in keys:
            self.app._feed(Press(_NAMED.get(char, char), char if char.isprintable() else ""))
        self.keys += len(keys)
        self.by_what[what] += len(keys)
        await self.settle()

    async def settle(self) -> None:
        await self.pilot.pause()
        await self.app.stage.jobs.quiet()
        await self.pilot.pause()

    @property
    def row(self) -> QueueRow | None:
        return self.app.hands.list.current

    def cue(self, row: QueueRow) -> Cue:
        """What the person of a row was told to say."""
        return self.cues[row.person]

    async def until(self, done: Callable[[], Awaitable[bool]], *, at_most_s: int, step_s: int = 1) -> None:
        """Let simulated time pass, step by step, until something is so."""
        store = self.app.service.store
        for _ in range(at_most_s // step_s):
            for _turn in range(3):
                await store.read(lambda _db: None)
                await asyncio.sleep(0)
            if await done():
                return
            await self.clock.advance(step_s)
        raise AssertionError("it never came to that")


@asynccontextmanager
async def sitting(home: Home, clock: SimulatedClock) -> AsyncIterator[Session]:
    """A moderator in front of a thousand open conversations, with a template for each subject."""
    home.make()
    home.settings_file.write_text('language = "en"\ntimezone = "UTC"\n', encoding="utf-8")
    scenes: list[Scene] = [MastodonScene(clock, "Lumen"), MatrixScene(clock, "Lumen")]
    by_network = {scene.login.network: scene for scene in scenes}
    scenario = flood()
    stage = Stage(scenario, by_network, clock)

    def transport_for(account: Account) -> PracticeTransport:
        return by_network[account.network].transport

    async with await Service.open(home, by="léa", clock=clock, wall=clock, transport_for=transport_for) as service:
        for scene in scenes:
            login = scene.login
            await service.add_account(
                login.network,
                secret=login.secret,
                url=login.url,
                name=login.name,
                brand="Lumen",
                settings=login.settings,
            )
        for subject in (*WAVES, *SINGULAR):
            bodies = (
                f"Hello {{{{ person.name }}}}, about {subject}.",
                f"{{{{ person.name }}}}: {subject}, to be sure.",
            )
            variants = tuple(Variant(body=body) for body in (bodies if subject in WAVES else bodies[:1]))
            await template_keeping.add(
                service.desk, Written(name=subject, shortcut=shortcut(subject), variants=variants)
            )
        playing = asyncio.create_task(stage.play(_no_renewal))
        await asyncio.sleep(0)
        await clock.advance(scenario.length_s)
        await playing
        app = InboxApp(service, wall=clock)
        await service.start()
        cues = {name: cue for cue in scenario.cues for name in (cue.who, display_name(cue.who))}
        await app.hands.prepare()
        async with app.run_test(size=(120, 40)) as pilot:
            session = Session(app, pilot, clock, stage, cues)

            async def all_in() -> bool:
                return await queue.count(service.desk, Filter()) == (1000, True)

            await session.until(all_in, at_most_s=900)
            await session.settle()
            try:
                yield session
            finally:
                await app.hands.stop()


async def _no_renewal(_name: str, _secret: str) -> None:
    return None


async def work(session: Session) -> None:
    """Waves first, then spam and insults, then the questions one by one, then what is left: thanks."""
    await session.type("g i g c".replace(" ", ""), "going")
    for _ in range(40):
        row = session.row
        if row is None:
            break
        cue = session.cue(row)
        if cue.theme is Theme.WAVE:
            await session.type(f"ct{shortcut(cue.subject)}\x13y", "waves")
        else:
            await session.type("E", "insults")
    await session.type("gi/example\rX!s\x1b", "spam")
    for _ in range(300):
        row = session.row
        if row is None:
            break
        cue = session.cue(row)
        if cue.subject:
            await session.type(f"t{shortcut(cue.subject)}\x13", "questions")
        elif cue.theme is Theme.THANKS:
            await session.type("j", "looking")
        else:
            await session.type("!h", "insults")
    await session.type("ggXe", "thanks")


async def visible(session: Session) -> dict[int, Any]:
    """What a person sees of every conversation."""
    rows, _partial = await queue.listing(session.app.service.desk, Filter(view="any"))
    return {row.id: (row.state, row.tags, row.assignee, row.star, row.unanswered) for row in rows}


async def test_a_thousand_conversations_are_cleared_in_four_hundred_keys(
    home: Home, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    async with sitting(home, clock) as session:
        desk = session.app.service.desk
        before = await visible(session)
        assert len(before) == 1000
        await work(session)
        assert session.keys <= _MOST_KEYS, session.by_what
        assert await queue.count(desk, Filter()) == (0, True)
        steps = await steps_taken(session)

        async def all_sent() -> bool:
            return not await outbox.rows(desk, _UNDER_WAY)

        await session.until(all_sent, at_most_s=6 * 3600)
        assert len(await outbox.rows(desk, [ActState.SENT])) == 800
        assert sum((await outbox.counts(desk)).values()) == 0
        answered_exactly_once(session)

        for _ in range(steps):
            await session.type("u", "undo")
        # Mastodon lets nobody delete more than thirty posts in half an hour.
        await session.until(all_sent, at_most_s=24 * 3600, step_s=20)
        assert await visible(session) == before
        assert [answer for book in session.stage.books() for answer in book.answers] == []


async def steps_taken(session: Session) -> int:
    """How many steps the moderator's journal holds."""
    desk = session.app.service.desk
    entries = await desk.store.read(journal.latest, 10_000)
    return len({entry.batch for entry in entries if entry.by == desk.by_id and entry.batch is not None})


def answered_exactly_once(session: Session) -> None:
    """Every question has one answer at its network, about its subject, with the name of who asked."""
    asked = {session.stage.ids[cue.name]: cue for cue in session.stage.scenario.cues}
    answers = [answer for book in session.stage.books() for answer in book.answers]
    assert Counter(answer.parent for answer in answers) == {
        remote_id: 1 for remote_id, cue in asked.items() if cue.subject
    }
    wrong = [
        (answer.text, asked[answer.parent].who)
        for answer in answers
        if asked[answer.parent].subject not in answer.text
        or not any(name in answer.text for name in (asked[answer.parent].who, display_name(asked[answer.parent].who)))
    ]
    assert wrong == []
