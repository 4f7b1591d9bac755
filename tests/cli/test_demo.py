"""The demo without a screen: the summary, and that it counts at the networks."""

from __future__ import annotations

import json

import pytest

from cminbox.cli import demo as demo_command
from cminbox.cli.app import run
from cminbox.cli.demo import World
from cminbox.cli.drill import Drill, answer_to
from cminbox.errors import Refused
from cminbox.inbox import template_keeping
from cminbox.model.base import ConversationState, Kind
from cminbox.model.rows import QueueRow
from cminbox.practice.campaign import campaign
from cminbox.service import Service
from cminbox.sync.lease import Lease

_KEYS = {
    "networks",
    "messages_in",
    "conversations",
    "replies_sent",
    "replies_failed",
    "duplicates",
    "lost",
    "uncertain",
}


def test_the_summary_is_one_object_and_nothing_is_lost_or_doubled(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--headless", "--seconds", "8", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    report = json.loads(lines[0])
    assert report.keys() >= _KEYS
    assert (report["duplicates"], report["lost"], report["uncertain"]) == (0, 0, 0)
    assert report["messages_in"] >= 100
    assert report["replies_sent"] >= 10
    assert report["tokens_renewed"] == 1
    assert report["simulated_s"] >= 3600
    assert report["spikes"] == 1


def test_an_unknown_scenario_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--headless", "--scenario", "calm"]) == 1
    assert "campaign" in capsys.readouterr().err


async def test_what_the_networks_have_and_the_store_has_not_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(campaign(), 1.0)
    world.prepare()
    async with await Service.open(
        world.home, clock=world.clock, transport_for=world.transport_for, sync=False
    ) as service:
        await world.connect(service)
        await world.stage.rush(demo_command._no_renewal, world.clock.skip, 900.0)
        report = await Drill(service, world.stage)._report()
    written = sum(len(book.written) for book in world.stage.books())
    assert written > 0
    assert report.lost == written
    assert report.messages_in == 0


async def test_the_demo_brings_templates_to_answer_with() -> None:
    world = World(campaign(), 1.0)
    world.prepare()
    async with await Service.open(
        world.home, clock=world.clock, transport_for=world.transport_for, sync=False
    ) as service:
        await world.connect(service)
        assert await template_keeping.count(service.desk) > 10


def test_two_demos_do_not_share_a_folder() -> None:
    world = World(campaign(), 1.0)
    world.prepare()
    running = Lease(world.home.lease_file)
    assert running.try_take()
    try:
        with pytest.raises(Refused, match="running already"):
            World(campaign(), 1.0).prepare()
    finally:
        running.give()


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("le code PRINTEMPS20 ne marche pas", "Bonjour Ana, le code"),
        ("code PRINTEMPS20 does not work", "Hi Ana, the code"),
        ("When do I get my refund?", "Hi Ana, a refund"),
        ("My parcel was due on Monday", "Hi Ana, thanks for writing"),
    ],
)
def test_each_question_gets_its_answer(text: str, begins: str) -> None:
    answer = answer_to(_row(text))
    assert answer is not None
    assert answer.startswith(begins)


@pytest.mark.parametrize("text", ["Merci beaucoup !", "You are useless, useless", "Earn 500 a day from home!!!"])
def test_thanks_insults_and_spam_get_none(text: str) -> None:
    assert answer_to(_row(text)) is None


def _row(text: str) -> QueueRow:
    from cminbox.clock import SimulatedClock

    return QueueRow(
        id=1,
        network="mastodon",
        account="us",
        account_id=1,
        kind=Kind.COMMENT,
        state=ConversationState.OPEN,
        person="Ana",
        text=text,
        at=SimulatedClock().now(),
    )
