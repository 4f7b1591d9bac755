"""Rules that answer, from the rules file through the real sender to the practice networks, whose books are read."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cminbox.clock import SimulatedClock
from cminbox.inbox import crisis, outbox, queue, replies, template_keeping, template_text, tongues, triage
from cminbox.model.accounts import Account
from cminbox.model.base import ActState, ConversationState
from cminbox.model.rows import QueueRow
from cminbox.model.templates import Variant, Written
from cminbox.model.views import Filter, View
from cminbox.paths import Home
from cminbox.practice.mastodon_scene import MastodonScene
from cminbox.practice.matrix_scene import MatrixScene
from cminbox.practice.scene import Scene
from cminbox.practice.transport import PracticeTransport
from cminbox.service import Service
from cminbox.store import counters
from cminbox.store import rules as kept

RULES = """
[[rule]]
name = "closed"
on = true
when = "hello"
do = ["reply closed"]
"""
BODY = "Hello {{ person.name }}, we are back at 9."


@dataclass
class House:
    """A data folder, two practice networks, and the service that is open on it."""

    home: Home
    clock: SimulatedClock = field(default_factory=SimulatedClock)

    def __post_init__(self) -> None:
        self.mastodon, self.matrix = MastodonScene(self.clock, "Lumen"), MatrixScene(self.clock, "Lumen")
        self.scenes: dict[str, Scene] = {scene.login.network: scene for scene in (self.mastodon, self.matrix)}
        self.service: Service

    async def open(self, body: str = BODY) -> House:
        await asyncio.to_thread(_warm)
        self.home.make()
        self.home.settings_file.write_text('language = "en"\ntimezone = "UTC"\n', encoding="utf-8")
        self.home.rules_file.write_text(RULES, encoding="utf-8")
        await self.begin()
        for scene in self.scenes.values():
            login = scene.login
            await self.service.add_account(
                login.network,
                secret=login.secret,
                url=login.url,
                name=login.name,
                brand="Lumen",
                settings=login.settings,
            )
        variants = (Variant(language="en", body=body), Variant(language="fr", body="Bonjour {{ person.name }}, à 9 h."))
        await template_keeping.add(self.service.desk, Written(name="closed", variants=variants))
        await self.service.start()
        return self

    async def begin(self) -> None:
        """Another process takes the folder."""
        self.service = await Service.open(
            self.home, by="léa", clock=self.clock, wall=self.clock, transport_for=self._wire
        )

    async def end(self) -> None:
        stopping = asyncio.create_task(self.service.stop())
        for _turn in range(1000):
            if stopping.done():
                break
            await self.turn()
            await self.clock.advance(0.1)
        await stopping
        await self.service.close()

    def _wire(self, account: Account) -> PracticeTransport:
        return self.scenes[account.network].transport

    async def turn(self) -> None:
        for _turn in range(8):
            await self.service.store.read(lambda _db: None)
            await self.service.store.ingest(lambda _tx: None)

    async def until(self, done: Callable[[], Awaitable[bool]], at_most_s: int = 900) -> None:
        for _second in range(at_most_s):
            await self.turn()
            if await done():
                return
            await self.clock.advance(1)
        raise AssertionError("it never came to that")

    async def passes(self, seconds: int) -> None:
        for _second in range(seconds):
            await self.turn()
            await self.clock.advance(1)

    def said(self) -> list[str]:
        """What stands at the networks by us, to somebody."""
        return sorted(
            " ".join(word for word in answer.text.split() if not word.startswith("@"))
            for scene in self.scenes.values()
            for answer in scene.answers()
        )

    async def rows(self) -> list[QueueRow]:
        return await queue.page(self.service.desk, Filter(view=View.ANY), 50)

    async def acts(self) -> list[ActState]:
        return [act.state for act in await outbox.rows(self.service.desk, list(ActState))]

    async def sent(self, n: int = 1) -> bool:
        return Counter(await self.acts())[ActState.SENT] >= n

    async def written(self, n: int = 1) -> bool:
        return len(await self.acts()) >= n


def _warm() -> None:
    """Load what is loaded once and takes real time, for which no simulated clock waits."""
    template_text.asked("x")
    assert tongues.detected("Bonjour, je voudrais savoir où se trouve mon colis, merci beaucoup") == "fr"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    found = House(Home.at(tmp_path / "home"))
    await found.open()
    yield found
    await found.end()


async def test_two_networks_each_hear_once_and_everybody_still_waits(house: House) -> None:
    house.mastodon.direct("ana.lopez", "hello, are you there?")
    house.matrix.direct("ben.ito", "hello?")
    house.mastodon.mention("cleo.roy", "hello there")
    house.mastodon.mention("dan.wu", "Bonjour, hello, je voudrais savoir où se trouve mon colis, merci beaucoup")
    house.mastodon.mention("eve.may", "nothing that a rule wants")
    await house.until(lambda: house.sent(4))
    await house.passes(400)
    assert house.said() == [
        "Bonjour Dan Wu, à 9 h.",
        "Hello Ana Lopez, we are back at 9.",
        "Hello Ben Ito, we are back at 9.",
        "Hello Cleo Roy, we are back at 9.",
    ]
    acts = await outbox.rows(house.service.desk, list(ActState))
    assert {(act.by, act.state) for act in acts} == {(kept.ACTOR, ActState.SENT)}
    rows = await house.rows()
    assert {(row.state, row.unanswered) for row in rows} == {(ConversationState.OPEN, True)}
    assert len(rows) == 5
    store = house.service.store
    assert await store.read(lambda db: db.execute("SELECT count(*) FROM response").fetchone()[0]) == 0
    ours = "SELECT count(*), count(DISTINCT act_id) FROM message WHERE direction = 'out' AND kind != 'post'"
    assert tuple(await store.read(lambda db: db.execute(ours).fetchone())) == (4, 4)
    assert await store.read(counters.drift) == {}


async def test_an_answer_that_is_lost_on_the_way_back_stands_there_once(house: House) -> None:
    house.mastodon.direct("ana.lopez", "hello?")
    await house.until(house.written)
    house.mastodon.lose_answer()
    await house.until(house.sent)
    await house.passes(300)
    assert house.said() == ["Hello Ana Lopez, we are back at 9."]
    assert [row.unanswered for row in await house.rows()] == [True]


async def test_the_next_process_sends_what_the_last_one_wrote_and_writes_nothing_again(house: House) -> None:
    house.mastodon.direct("ana.lopez", "hello?")
    await house.until(house.written)
    await house.end()
    await house.begin()
    await house.service.store.write(lambda tx: tx.db.execute("UPDATE follower SET position = 0"))
    await house.service.start()
    await house.until(house.sent)
    await house.passes(300)
    assert house.said() == ["Hello Ana Lopez, we are back at 9."]
    assert await house.acts() == [ActState.SENT]


async def test_who_answers_the_machine_hears_nothing_more_of_it(house: House) -> None:
    house.matrix.direct("ben.ito", "hello?")
    await house.until(house.sent)
    house.matrix.direct("ben.ito", "hello again, my number is 12")

    async def looked_at() -> bool:
        found = await house.service.store.read(lambda db: db.execute("SELECT result FROM rule_run").fetchall())
        return [row[0] for row in found] == ["did", "quiet"]

    await house.until(looked_at)
    await house.passes(60)
    assert house.said() == ["Hello Ben Ito, we are back at 9."]
    assert [row.unanswered for row in await house.rows()] == [True]


@pytest.mark.parametrize("how", ["done", "reply"])
async def test_what_a_person_saw_to_within_the_hold_is_not_said(house: House, how: str) -> None:
    house.mastodon.direct("ana.lopez", "hello?")
    await house.until(house.written)
    (row,) = await house.rows()
    if how == "done":
        await triage.done(house.service.desk, [row.id])
    else:
        await replies.reply(house.service.desk, row.id, "It leaves tonight.")
        await house.until(house.sent)

    async def withdrawn() -> bool:
        return ActState.CANCELLED in await house.acts()

    await house.until(withdrawn)
    await house.passes(60)
    assert house.said() == (["It leaves tonight."] if how == "reply" else [])
    assert [row.state for row in await house.rows()] != [ConversationState.OPEN]


async def test_a_person_looks_where_something_else_came_in_meanwhile(house: House) -> None:
    house.matrix.direct("ben.ito", "hello?")
    await house.until(house.written)
    house.matrix.direct("ben.ito", "No, it is there, sorry!")

    async def looked_at() -> bool:
        return await house.acts() == [ActState.REVIEW]

    await house.until(looked_at)
    assert house.said() == []


async def test_what_a_person_cancels_does_not_go(house: House) -> None:
    house.mastodon.direct("ana.lopez", "hello?")
    await house.until(house.written)
    (act,) = await outbox.rows(house.service.desk)
    await outbox.cancel(house.service.desk, [act.id])
    await house.passes(120)
    assert house.said() == []
    assert [row.unanswered for row in await house.rows()] == [True]


async def test_a_crisis_stops_what_is_held_and_a_person_looks_at_it_after(house: House) -> None:
    house.mastodon.mention("ana.lopez", "hello?")
    house.mastodon.mention("cleo.roy", "hello?")
    await house.until(lambda: house.written(2))
    await crisis.begin(house.service.desk)
    house.mastodon.direct("ben.ito", "hello?")
    await house.passes(1200)
    assert (house.said(), await house.acts()) == ([], [ActState.HELD] * 2)
    await crisis.end(house.service.desk)

    async def looked_at() -> bool:
        return await house.acts() == [ActState.REVIEW] * 2

    await house.until(looked_at)
    assert house.said() == []


async def test_many_at_once_leave_apart_and_take_turns(house: House) -> None:
    template = await template_keeping.find(house.service.desk, "closed")
    bodies = tuple(Variant(body=body) for body in ("Back at 9, {{ person.name }}.", "{{ person.name }}: at nine."))
    await template_keeping.edit(house.service.desk, template.id, Written(name="closed", variants=bodies))
    for number in range(6):
        house.mastodon.mention(f"p{'abcdef'[number]}", "hello")
    await house.until(lambda: house.sent(6))
    assert sum(text.startswith("Back") for text in house.said()) == 3
    acts = await outbox.rows(house.service.desk, [ActState.SENT])
    due = sorted(act.not_before or act.send_at for act in acts)
    assert all((after - before).total_seconds() >= 2 for before, after in itertools.pairwise(due))


async def test_a_blank_goes_nowhere(tmp_path: Path) -> None:
    house = House(Home.at(tmp_path / "home"))
    await house.open('Your order {{ ask("number") }} is there.')
    house.mastodon.direct("ana.lopez", "hello?")

    async def refused() -> bool:
        found = await house.service.store.read(lambda db: db.execute("SELECT result FROM rule_run").fetchall())
        return [row[0] for row in found] == ["refused"]

    await house.until(refused)
    await house.passes(60)
    assert (house.said(), await house.acts()) == ([], [])
    assert [row.unanswered for row in await house.rows()] == [True]
    await house.end()
