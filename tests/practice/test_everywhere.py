"""All practice networks at once, through the engine: what is said on each arrives, and is answered there once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from cminbox.cli.drill import Drill, Report
from cminbox.clock import SimulatedClock
from cminbox.inbox import comparing, queue
from cminbox.model.rows import QueueRow
from cminbox.model.views import Condition, Filter, Key
from cminbox.paths import Home
from cminbox.practice.everywhere import LENGTH_S, WRITABLE, everywhere
from cminbox.practice.networks import SCENES, SOURCES, open_stage
from cminbox.practice.script import Cue, Deed, Theme
from cminbox.practice.stage import Stage
from cminbox.service import Service

T = TypeVar("T")
_NO_ANSWER = (Theme.THANKS, Theme.TROLL, Theme.SPAM)
_LISTENING = (Condition(key=Key.IS, values=("listening",)),)


@dataclass
class Hour:
    """What came of it."""

    stage: Stage
    report: Report
    addressed: list[QueueRow]
    listened: list[QueueRow]
    unknown: dict[str, list[str]]
    """By network, what stands there and did not arrive."""


@pytest.fixture
async def hour(home: Home, clock: SimulatedClock) -> Hour:
    stage = open_stage(everywhere(), clock, "Lumen")
    async with await Service.open(
        home, by="léa", clock=clock, wall=clock, transport_for=lambda account: stage.parts[account.network].transport
    ) as service:
        for part in stage.parts.values():
            login = part.login
            await service.add_account(
                login.network, secret=login.secret, url=login.url, name=login.name, settings=login.settings
            )
        await service.start()
        report = await passes(service, clock, Drill(service, stage).run())
        addressed = await queue.page(service.desk, Filter(view="any"), 200)
        listened = await queue.page(service.desk, Filter(view="any", conditions=_LISTENING), 200)
        unknown = {
            network: await comparing.unknown(service.desk, part.login.name, part.written())
            for network, part in stage.parts.items()
        }
        await passes(service, clock, service.stop())
    return Hour(stage, report, list(addressed), list(listened), unknown)


async def passes(service: Service, clock: SimulatedClock, work: Coroutine[Any, Any, T]) -> T:
    """Let simulated time pass until something is done, no faster than the store reads and writes."""
    task = asyncio.create_task(work)
    while not task.done():
        await service.store.read(lambda _db: None)
        await service.store.ingest(lambda _tx: None)
        await clock.advance(0.5)
    return task.result()


def said(network: str) -> list[Cue]:
    return [cue for cue in everywhere().cues if cue.network == network and cue.who]


def test_each_network_gets_comments_and_letters_in_both_languages() -> None:
    assert everywhere() == everywhere()
    cues = everywhere().cues
    assert {cue.network for cue in cues} == {*SCENES, *SOURCES}
    assert set(WRITABLE) == set(SCENES)
    for network in WRITABLE:
        deeds = Counter(cue.deed for cue in said(network))
        assert min(deeds[deed] for deed in (Deed.COMMENT, Deed.MENTION, Deed.DIRECT)) >= 3
        assert {cue.lang for cue in said(network)} == {"fr", "en"}
    assert Counter(cue.network for cue in cues if cue.theme is Theme.REVIEW) == {"wordpress": 2, "discourse": 2}
    people = [cue.who for cue in cues if cue.who]
    assert len(people) == len(set(people))
    assert max(cue.at_s for cue in cues) < LENGTH_S


async def test_what_is_said_everywhere_arrives_and_is_answered_once(hour: Hour) -> None:
    assert hour.unknown == {network: [] for network in (*SCENES, *SOURCES)}
    assert (hour.report.duplicates, hour.report.lost, hour.report.uncertain) == (0, 0, 0)
    assert hour.report.answers_lost_on_the_way == len(WRITABLE)
    assert {row.network for row in hour.addressed} == set(SCENES)
    assert {row.network for row in hour.listened} == set(SOURCES)
    for network, scene in hour.stage.scenes.items():
        assert scene.transport.faults.struck, f"no receipt got lost on {network}"
        assert len(scene.written()) == len(said(network))
        answered = Counter(answer.parent for answer in scene.answers())
        assert set(answered.values()) == {1}
        assert len(answered) == sum(1 for cue in said(network) if cue.theme not in _NO_ANSWER)
    assert hour.report.replies_sent == sum(len(scene.answers()) for scene in hour.stage.scenes.values())
