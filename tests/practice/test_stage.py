"""The stage plays a scenario in its order and time, and its books count what stands at the networks."""

from __future__ import annotations

import asyncio

from cminbox.clock import SimulatedClock
from cminbox.practice.campaign import LENGTH_S, campaign
from cminbox.practice.mastodon_scene import MastodonScene
from cminbox.practice.matrix_scene import MatrixScene
from cminbox.practice.scene import Answer, Scene
from cminbox.practice.script import Deed, Theme
from cminbox.practice.stage import Books, Stage


async def _nothing(name: str, secret: str) -> None:
    return None


def _stage(clock: SimulatedClock) -> Stage:
    scenes: list[Scene] = [MastodonScene(clock, "Lumen"), MatrixScene(clock, "Lumen")]
    return Stage(campaign(), {scene.login.network: scene for scene in scenes}, clock)


def test_the_campaign_is_the_same_for_the_same_seed() -> None:
    assert campaign(3) == campaign(3)
    assert campaign(3) != campaign(4)


def test_the_campaign_has_all_that_a_lively_hour_has() -> None:
    cues = campaign().cues
    deeds = {cue.deed for cue in cues}
    assert deeds == set(Deed) - {Deed.ABOUT_US}
    assert {cue.theme for cue in cues} >= set(Theme) - {Theme.SINGULAR, Theme.REVIEW}
    assert sum(1 for cue in cues if cue.theme is Theme.WAVE) == 70
    assert [cue.at_s for cue in cues] == sorted(cue.at_s for cue in cues)
    assert cues[-1].at_s < LENGTH_S


def test_who_moves_to_private_is_the_same_person() -> None:
    by_name = {cue.name: cue for cue in campaign().cues}
    public, private = by_name["jules"], by_name["jules2"]
    assert (public.who, public.deed, private.deed) == (private.who, Deed.COMMENT, Deed.DIRECT)
    assert public.at_s < private.at_s


async def test_what_is_played_stands_in_the_books() -> None:
    clock = SimulatedClock()
    stage = _stage(clock)
    renewed = []

    async def renew(name: str, secret: str) -> None:
        renewed.append((name, secret))

    playing = asyncio.create_task(stage.play(renew))
    await asyncio.sleep(0)
    for _second in range(int(LENGTH_S) + 1):
        await clock.advance(1)
    await playing
    books = {book.login: book for book in stage.books()}
    written = sum(len(book.written) for book in books.values())
    said = sum(1 for cue in campaign().cues if cue.theme is not None)
    assert written == said - stage.played[Deed.DELETE]
    assert sum(stage.played.values()) == len(campaign().cues)
    assert [name for name, _secret in renewed] == ["lumen@social.practice.example"]


async def test_a_rush_skips_to_its_end_and_the_play_goes_on_from_there() -> None:
    clock = SimulatedClock()
    stage = _stage(clock)
    moved: list[float] = []

    def skip(seconds: float) -> None:
        moved.append(seconds)
        clock._elapsed += max(0.0, seconds)

    await stage.rush(_nothing, skip, 900.0)
    assert stage.elapsed_s == 900.0
    before = sum(stage.played.values())
    assert before == sum(1 for cue in campaign().cues if cue.at_s <= 900.0)


def test_the_same_answer_to_the_same_message_is_a_double() -> None:
    answers = (Answer("1", "a", "x"), Answer("2", "a", "x"), Answer("3", "b", "x"), Answer("4", "a", "y"))
    assert Books("me", (), answers).doubles == 1
