"""One queue over four real servers at once: 400 messages, a moderator at the screen, each answer read back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import pytest
from tests.live.conftest import BlueskyBehind, MastodonBehind, SynapseBehind, WordPressBehind
from tests.live.program import Program

from cminbox.clock import SystemClock
from cminbox.inbox import outbox, queue, template_keeping
from cminbox.model.base import ActState, ConversationState
from cminbox.model.templates import Variant, Written
from cminbox.model.views import Filter
from cminbox.paths import Home
from cminbox.service import Service
from cminbox.ui.app import InboxApp
from cminbox.ui.router import Press

pytestmark = pytest.mark.live

EACH = 100
WITHIN_S = 1500.0
ASKED = (
    "The code of the spring sale is refused at checkout",
    "My lamp came without its cable, can you send one?",
    "Question number {n}: do you repair model {n}?",
)
SPAM = "Win phone {n} now at prize.example"
_NAMED = {" ": "space", "\r": "enter", "\x13": "ctrl+s", "\x1b": "escape"}
_UNDER_WAY = [ActState.HELD, ActState.QUEUED, ActState.SENDING, ActState.UNCERTAIN]


@dataclass
class Said:
    """What was written to us on one server: remote ids with texts; `spam` are those nobody should answer."""

    texts: dict[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> set[str]:
        return {one for one, text in self.texts.items() if "prize.example" not in text}


def text_of(number: int) -> str:
    """What is said: three questions, then spam, and again."""
    return SPAM.format(n=number) if number % 4 == 3 else ASKED[number % 4].format(n=number)


@dataclass
class Town:
    """The four servers, who we are on them, and what was said there."""

    mastodon: MastodonBehind
    synapse: SynapseBehind
    wordpress: WordPressBehind
    bluesky: BlueskyBehind
    rooms: list[str] = field(default_factory=list)
    said: dict[str, Said] = field(default_factory=dict)

    def connect(self, program: Program) -> None:
        """All four accounts, by the program's own command."""
        self.us_mastodon = self.mastodon.server.person("brand")
        self.us_matrix = self.synapse.server.person("lumen")
        self.us_bluesky = self.bluesky.server.person("lumen")
        program.add("mastodon", self.mastodon.door.url, self.us_mastodon.token, "m")
        program.add("matrix", self.synapse.door.url, self.us_matrix.token, "x")
        program.add("wordpress", self.wordpress.door.url, self.wordpress.server.secret, "w")
        secret = f"{self.us_bluesky.handle}:{self.us_bluesky.app_password()}"
        program.add("bluesky", self.bluesky.door.url, secret, "b", "--set", "chat=off")

    def talk(self) -> None:
        """A hundred messages on each, all four at the same time."""
        with ThreadPoolExecutor(4) as four:
            talks = [four.submit(each) for each in (self._mastodon, self._matrix, self._wordpress, self._bluesky)]
            for name, talk in zip(("mastodon", "matrix", "wordpress", "bluesky"), talks, strict=True):
                self.said[name] = Said(talk.result())

    def _mastodon(self) -> dict[str, str]:
        people = [self.mastodon.server.person(name) for name in ("ana", "bob", "cleo")]
        return {people[n % 3].post(f"@brand {text_of(n)}")["id"]: text_of(n) for n in range(EACH)}

    def _matrix(self) -> dict[str, str]:
        people = [self.synapse.server.person(f"guest{n}") for n in range(10)]
        told: dict[str, str] = {}
        for number in range(EACH // 10):
            room = people[0].open_room(name=f"Stall {number}", preset="public_chat")
            for person in (self.us_matrix, *people[1:]):
                person.join(room)
            self.rooms.append(room)
            for who, person in enumerate(people):
                text = text_of(number * 10 + who)
                told[person.say(room, text, **{"m.mentions": {"user_ids": [self.us_matrix.id]}})] = text
        return told

    def _wordpress(self) -> dict[str, str]:
        server = self.wordpress.server
        known = {each["id"] for each in server.comments()}
        for number in range(EACH):
            server.visit(f"Guest{number}", text_of(number), server.posts[number % 2])
        return {
            str(each["id"]): unescape(each["content"]["raw"]) for each in server.comments() if each["id"] not in known
        }

    def _bluesky(self) -> dict[str, str]:
        person = self.bluesky.server.person("marguerite")
        return {person.post(text_of(n), names=self.us_bluesky)["uri"]: text_of(n) for n in range(EACH)}

    def answers(self) -> dict[str, Counter[str]]:
        """By server: what our answers there stand below."""
        matrix = [
            event["content"].get("m.relates_to", {})
            for room in self.rooms
            for event in self.us_matrix.messages(room)
            if event["sender"] == self.us_matrix.id
        ]
        comments = self.wordpress.server.comments()
        return {
            "mastodon": Counter(
                each["in_reply_to_id"] for each in self.us_mastodon.statuses() if each["in_reply_to_id"]
            ),
            "matrix": Counter(
                relation.get("m.in_reply_to", {}).get("event_id") or relation.get("event_id") for relation in matrix
            ),
            "wordpress": Counter(
                str(each["parent"])
                for each in comments
                if each["parent"] and str(each["parent"]) in self.said["wordpress"].texts
            ),
            "bluesky": Counter(
                each["value"]["reply"]["parent"]["uri"]
                for each in self.us_bluesky.records()
                if "reply" in each["value"]
            ),
        }


async def until(service: Service, done: Callable[[], Awaitable[bool]]) -> None:
    """Look after every change, until something is so."""
    async with asyncio.timeout(WITHIN_S):
        if await done():
            return
        async for _event in service.events():
            if await done():
                return


async def test_four_hundred_messages_of_four_servers_are_triaged_and_answered_in_one_queue(
    mastodon: MastodonBehind,
    synapse: SynapseBehind,
    wordpress: WordPressBehind,
    bluesky: BlueskyBehind,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    town = Town(mastodon, synapse, wordpress, bluesky)
    program = Program(tmp_path / "home")
    town.connect(program)
    await asyncio.to_thread(town.talk)
    async with await Service.open(Home.at(program.home), by="léa", wall=SystemClock()) as service:
        desk = service.desk
        body = "Hello {{ person.name }}, thank you: we are on it."
        written = Written(name="On it", shortcut="onit", variants=(Variant(body=body),))
        await template_keeping.add(desk, written)
        app = InboxApp(service, wall=SystemClock())
        await app.hands.prepare()
        await service.start()
        async with app.run_test(size=(120, 40)) as pilot:

            async def press(keys: str) -> None:
                for char in keys:
                    app._feed(Press(_NAMED.get(char, char), char if char.isprintable() else ""))
                await pilot.pause()
                await app.stage.jobs.quiet()
                await pilot.pause()

            async def all_in() -> bool:
                return (await queue.count(desk, Filter()))[0] == 4 * EACH

            await until(service, all_in)
            await press("gi/prize.example\rX!s\x1b")
            spam = await queue.count(desk, Filter(view="any", state=ConversationState.SPAM))
            assert spam == (EACH, True)
            await press("giXl")
            await press("sale\r")
            await press("Xtonit\x13y")

            async def all_sent() -> bool:
                return not await outbox.rows(desk, _UNDER_WAY)

            await until(service, all_sent)
            open_now = await queue.count(desk, Filter())
        await app.hands.stop()
    assert open_now == (0, True)
    tagged = program.json("list", "tag:sale", "view:any")
    assert len(tagged) == 3 * EACH
    stands = town.answers()
    for name, said in town.said.items():
        assert stands[name] == Counter(said.asked), name
    (report,) = program.json("doctor")
    assert len(report["accounts"]) == len(town.said)
    for account in report["accounts"]:
        assert {"token", "scopes", "expires_at", "budget", "feeds", "set_aside"} <= set(account), account
        assert not account["set_aside"], account
