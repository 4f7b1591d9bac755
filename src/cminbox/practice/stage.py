"""Plays a scenario on practice networks, on the practice clock, and counts what really happened at the networks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cminbox.clock import Clock
from cminbox.practice.scene import Answer, Scene
from cminbox.practice.script import Cue, Deed, Scenario
from cminbox.practice.sources import Source

Renew = Callable[[str, str], Awaitable[None]]
"""Gives the account of a name its new secret."""


@dataclass(frozen=True)
class Books:
    """What one practice network holds at the end: ids of what others wrote to us, and our answers."""

    login: str
    written: tuple[str, ...]
    answers: tuple[Answer, ...]

    @property
    def doubles(self) -> int:
        """How many answers stand there that say the same to the same message as another."""
        same = Counter((answer.parent, answer.text) for answer in self.answers)
        return sum(n - 1 for n in same.values())


class Stage:
    """One performance of a scenario. `scenes` and `sources` by network; `renew` is called when a token was renewed."""

    def __init__(
        self,
        scenario: Scenario,
        scenes: Mapping[str, Scene],
        clock: Clock,
        sources: Mapping[str, Source] = MappingProxyType({}),
    ) -> None:
        self.scenario = scenario
        self.scenes = scenes
        self.sources = sources
        self._clock = clock
        self._opened = clock.monotonic()
        self._left = list(scenario.cues)
        self.ids: dict[str, str] = {}
        """What each cue wrote, by its name: the network's id."""
        self.played: Counter[Deed] = Counter()

    @property
    def elapsed_s(self) -> float:
        """Simulated seconds since the start."""
        return self._clock.monotonic() - self._opened

    async def play(self, renew: Renew, *, until_s: float | None = None) -> None:
        """Play what is left, each cue at its time, until `until_s` (None: to the end of the scenario)."""
        end = self.scenario.length_s if until_s is None else until_s
        while self._left and self._left[0].at_s <= end:
            cue = self._left[0]
            await self._clock.sleep(cue.at_s - self.elapsed_s)
            self._left.pop(0)
            await self._play(cue, renew)
        await self._clock.sleep(end - self.elapsed_s)

    async def rush(self, renew: Renew, skip: Callable[[float], None], until_s: float) -> None:
        """Play what happens until `until_s` at once: `skip` moves the clock from cue to cue."""
        while self._left and self._left[0].at_s <= until_s:
            skip(self._left[0].at_s - self.elapsed_s)
            await self._play(self._left.pop(0), renew)
        skip(until_s - self.elapsed_s)

    @property
    def parts(self) -> Mapping[str, Scene | Source]:
        """Scenes and sources, by network."""
        return {**self.scenes, **self.sources}

    def books(self) -> tuple[Books, ...]:
        """What the networks hold now."""
        answered = tuple(Books(each.login.name, each.written(), each.answers()) for each in self.scenes.values())
        return (*answered, *(Books(each.login.name, each.written(), ()) for each in self.sources.values()))

    async def _play(self, cue: Cue, renew: Renew) -> None:
        self.played[cue.deed] += 1
        if cue.deed is Deed.ABOUT_US:
            self.ids[cue.name] = self.sources[cue.network].tell(cue.who, cue.text)
            return
        scene = self.scenes[cue.network]
        under = self.ids.get(cue.under, "")
        match cue.deed:
            case Deed.OUR_POST:
                self.ids[cue.name] = scene.our_post(cue.text)
            case Deed.COMMENT:
                self.ids[cue.name] = scene.comment(cue.who, cue.text, under)
            case Deed.MENTION:
                self.ids[cue.name] = scene.mention(cue.who, cue.text)
            case Deed.DIRECT:
                self.ids[cue.name] = scene.direct(cue.who, cue.text)
            case Deed.EDIT:
                scene.edit(under, cue.text)
            case Deed.DELETE:
                scene.delete(under)
            case Deed.RATE_LIMIT:
                scene.limit(cue.length_s)
            case Deed.TOKEN_EXPIRES:
                scene.expire()
            case Deed.TOKEN_RENEWED:
                await renew(scene.login.name, scene.renew())
            case Deed.ANSWER_LOST:
                scene.lose_answer()
