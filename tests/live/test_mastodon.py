"""cminbox against a real Mastodon API: answers lost on the way, keys ignored, and the plug pulled in between."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.live.conftest import MastodonBehind
from tests.live.killing import drain, kill_again_and_again, seed
from tests.live.program import Program
from tests.live.servers.door import Break, LosesAnswers, Passage, nothing
from tests.live.servers.mastodon_mock import Person

pytestmark = pytest.mark.live

BURSTS = (150, 60, 290)
REPLIES = 50
KILLS = 25
SETTLE_S = 90
"""How long a reply must be absent before it may go again."""


def is_send(method: str, path: str) -> bool:
    """Whether a request is a reply of ours."""
    return method == "POST" and path == "/api/v1/statuses"


@dataclass
class Place:
    """Us and three people, two posts of ours, and what was written to us, by status id."""

    program: Program
    us: Person
    people: list[Person]
    posts: list[str]
    said: dict[str, str] = field(default_factory=dict)
    rounds: list[dict[str, Any]] = field(default_factory=list)

    def burst(self, count: int) -> None:
        """Three people write at the same time: under our posts, beside them, and one of them in private."""
        begin = len(self.said)
        shares = [range(begin + who, begin + count, 3) for who in range(3)]
        with ThreadPoolExecutor(3) as three:
            for told in three.map(self._talk, self.people, shares):
                self.said |= told

    def _talk(self, person: Person, numbers: range) -> dict[str, str]:
        told: dict[str, str] = {}
        for turn, number in enumerate(numbers):
            text = f"@brand {person.name} says {number}"
            fields: dict[str, Any] = {"in_reply_to_id": self.posts[turn % 2]} if turn % 3 else {}
            if person is self.people[0] and turn % 5 == 4:
                fields = {"visibility": "direct"}
            told[person.post(text, **fields)["id"]] = text
        return told

    def found(self) -> Counter[tuple[str, str]]:
        """What the program found of what was written: status ids with texts."""
        rows = self.program.sql("SELECT remote_id, text FROM v_messages WHERE direction = 'in'")
        return Counter((row["remote_id"], row["text"]) for row in rows)

    def sync(self) -> dict[str, Any]:
        """One round of the program; its summary."""
        (summary,) = self.program.json("sync", "--once")
        self.rounds.append(summary)
        return summary


@pytest.fixture(scope="module")
def place(mastodon: MastodonBehind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The account connected, and 500 messages read in three bursts."""
    server = mastodon.server
    us = server.person("brand")
    posts = [us.post(text)["id"] for text in ("New opening hours", "A new shop")]
    program = Program(tmp_path_factory.mktemp("cminbox"))
    place = Place(program, us, [server.person(name) for name in ("ana", "bob", "cleo")], posts)
    program.add("mastodon", mastodon.door.url, us.token, "brand", "--open-since", "1d")
    program.run("sync", "--once")
    for count in BURSTS:
        place.burst(count)
        place.sync()
    place.sync()
    yield place
    program.end()
    mastodon.door.open()
    server.no_faults()


def test_five_hundred_messages_in_three_bursts_are_each_there_once(place: Place) -> None:
    assert len(place.said) == sum(BURSTS)
    assert place.found() == Counter(list(place.said.items()))
    assert [summary["messages_in"] for summary in place.rounds] == [*BURSTS, 0]
    assert [summary["errors"] for summary in place.rounds] == [[]] * 4


def test_fifty_replies_are_fifty_whatever_is_lost_and_whenever_the_plug_is_pulled(
    place: Place, mastodon: MastodonBehind
) -> None:
    """Answers are lost, the server has errors of its own, and it forgets every second key: then only `find` knows."""
    program, door, server = place.program, mastodon.door, mastodon.server
    used = seed()
    chooser = random.Random(used)
    rows = program.json("list", "--limit", "1000")
    rows.sort(key=lambda row: row["kind"] != "dm")
    replies = {row["id"]: f"answer to {row['id']}" for row in rows[:REPLIES]}
    assert len(replies) == REPLIES
    program.reply_all(replies)
    door.rule = LosesAnswers(used, is_send)
    keys = frozenset({"idempotency-key"})
    for strip, times in ((frozenset(), 6), (keys, 6), (frozenset(), 6), (keys, KILLS - 18)):
        door.strip = strip
        kill_again_and_again(program, door, is_send, times=times, chooser=chooser, before_each=lambda: place.burst(3))
    # Enough lost on the way. The server's own faults strike whoever posts: nobody but us does so now.
    door.rule = nothing
    server.fault("POST", "/api/v1/statuses", {"type": "status", "status": 503}, 2)
    server.fault("POST", "/api/v1/statuses", {"type": "malformed"}, 1)
    soon = {"Retry-After": "1", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}
    server.fault("POST", "/api/v1/statuses", {"type": "ratelimit", "headers": soon}, 1)
    drain(program, {"sent": REPLIES}, within_s=2 * SETTLE_S)
    print(f"answers lost: {door.count(_was_lost)}")
    assert door.count(_was_lost) > 0
    sent = Counter(_words(status["content"]) for status in place.us.statuses() if status["id"] not in place.posts)
    assert sent == Counter(replies.values())
    ours = program.sql("SELECT remote_id, text FROM v_messages WHERE direction = 'out' AND kind <> 'post'")
    assert Counter(_words(row["text"]) for row in ours) == Counter(replies.values())
    assert place.found() == Counter(list(place.said.items()))


def _was_lost(passage: Passage) -> bool:
    return is_send(passage.method, passage.path) and passage.breaks is not Break.NOTHING


def _words(text: str) -> str:
    """A reply's words without the mention and the markup around them."""
    return "answer to " + text.rpartition("answer to ")[2].partition("<")[0].strip()
