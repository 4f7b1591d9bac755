"""cminbox against a real Bluesky network: answers lost on the way, and the plug pulled in between."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.live.conftest import BlueskyBehind
from tests.live.killing import drain, kill_again_and_again, late_answers, seed
from tests.live.program import Program
from tests.live.servers.bluesky import Person
from tests.live.servers.door import Break, LosesAnswers, Passage, nothing
from tests.live.servers.house import until

pytestmark = pytest.mark.live

BURSTS = (150, 60, 290)
REPLIES = 50
KILLS = 25
SETTLE_S = 90
"""How long a reply must be absent before it may go again."""
INDEXED_S = 60
"""How long the application view may take until it knows what was written."""


def is_send(method: str, path: str) -> bool:
    """Whether a request is a reply of ours."""
    return method == "POST" and path == "/xrpc/com.atproto.repo.createRecord"


@dataclass
class Place:
    """Us and three people, two posts of ours, and what was written to us, by address."""

    program: Program
    us: Person
    people: list[Person]
    posts: list[dict[str, Any]]
    said: dict[str, str] = field(default_factory=dict)
    rounds: list[dict[str, Any]] = field(default_factory=list)

    def burst(self, count: int) -> None:
        """Three people write at the same time: under our posts, beside them with our name, and under each other."""
        begin = len(self.said)
        shares = [range(begin + who, begin + count, 3) for who in range(3)]
        with ThreadPoolExecutor(3) as three:
            for told in three.map(self._talk, self.people, shares):
                self.said |= told
        until("the burst is indexed", lambda: self._notified() >= len(self.said), within_s=INDEXED_S, every_s=0.2)

    def _talk(self, person: Person, numbers: range) -> dict[str, str]:
        told: dict[str, str] = {}
        last: dict[str, Any] | None = None
        for turn, number in enumerate(numbers):
            text = f"{person.handle} says {number}"
            if turn % 3 == 0:
                made = person.post(text, names=self.us)
            elif turn % 6 == 5 and last is not None:
                made = person.post(text, answers=last)
            else:
                made = last = person.post(text, answers=self.posts[turn % 2])
            told[made["uri"]] = made["text"]
        return told

    def _notified(self) -> int:
        """How many of what was written the application view tells us."""
        found: set[str] = set()
        before = datetime.now(UTC) + timedelta(days=1)
        while True:
            # The service pages by time alone: a millisecond more brings what shares the time of the page's end.
            cursor = before.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            params = {"limit": 100, "cursor": cursor}
            page = self.us.call("GET", "app.bsky.notification.listNotifications", params=params)["notifications"]
            if {one["uri"] for one in page} <= found:
                return len(found & set(self.said))
            found |= {one["uri"] for one in page}
            before = datetime.fromisoformat(page[-1]["indexedAt"]) + timedelta(milliseconds=1)

    def found(self) -> Counter[tuple[str, str]]:
        """What the program found of what was written: addresses with texts."""
        rows = self.program.sql("SELECT remote_id, text FROM v_messages WHERE direction = 'in'")
        return Counter((row["remote_id"], row["text"]) for row in rows)

    def sync(self) -> dict[str, Any]:
        """One round of the program; its summary."""
        (summary,) = self.program.json("sync", "--once")
        self.rounds.append(summary)
        return summary

    def answers(self) -> Counter[str]:
        """The texts of our answers, as the PDS has them."""
        return Counter(one["value"]["text"] for one in self.us.records() if "reply" in one["value"])


@pytest.fixture(scope="module")
def place(bluesky: BlueskyBehind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The account connected with an app password, and 500 messages read in three bursts."""
    server = bluesky.server
    us = server.person("brand")
    people = [server.person(name) for name in ("ana", "bob", "cleo")]
    posts = [us.post(text) for text in ("New opening hours", "A new shop")]
    program = Program(tmp_path_factory.mktemp("cminbox"))
    place = Place(program, us, people, posts)
    # There is no chat service in this network.
    secret = f"{us.handle}:{us.app_password()}"
    program.add("bluesky", bluesky.door.url, secret, "brand", "--open-since", "1d", "--set", "chat=off")
    program.run("sync", "--once")
    for count in BURSTS:
        place.burst(count)
        place.sync()
    place.sync()
    yield place
    program.end()
    bluesky.door.open()


def test_five_hundred_messages_in_three_bursts_are_each_there_once(place: Place) -> None:
    assert len(place.said) == sum(BURSTS)
    assert place.found() == Counter(list(place.said.items()))
    assert [summary["messages_in"] for summary in place.rounds] == [*BURSTS, 0]
    assert [summary["errors"] for summary in place.rounds] == [[]] * 4


def test_what_is_under_our_posts_is_a_comment_with_its_topic(place: Place) -> None:
    rows = place.program.json("list", "--limit", "1000")
    assert {row["kind"] for row in rows} == {"comment", "mention"}
    topics = {row["topic"] for row in rows if row["kind"] == "comment"}
    assert topics == {"New opening hours", "A new shop"}
    assert all(row["unanswered"] for row in rows)


def test_fifty_replies_are_fifty_whatever_is_lost_and_whenever_the_plug_is_pulled(
    place: Place, bluesky: BlueskyBehind
) -> None:
    """Answers are lost on the way back: only the record under its key tells sent from not sent."""
    program, door = place.program, bluesky.door
    used = seed()
    rows = program.json("list", "--limit", "1000")
    replies = {row["id"]: f"answer to {row['id']}" for row in rows[:REPLIES]}
    assert len(replies) == REPLIES
    program.reply_all(replies)
    door.rule = LosesAnswers(used, is_send)
    kill_again_and_again(
        program, door, is_send, times=KILLS, chooser=random.Random(used), before_each=lambda: place.burst(3)
    )
    door.rule = nothing
    drain(program, {"sent": REPLIES}, within_s=2 * SETTLE_S)
    print(f"answers lost: {door.count(_was_lost)}")
    assert door.count(_was_lost) > 0
    assert place.answers() == Counter(replies.values())
    place.sync()
    ours = program.sql("SELECT remote_id, text FROM v_messages WHERE direction = 'out' AND kind <> 'post'")
    assert Counter(row["text"] for row in ours) == Counter(replies.values())
    assert place.found() == Counter(list(place.said.items()))


def test_the_line_is_cut_when_the_request_is_out_and_the_reply_is_there_once(
    place: Place, bluesky: BlueskyBehind
) -> None:
    program, door = place.program, bluesky.door
    before = place.answers()
    with late_answers(program, door, is_send) as replies:
        sender = program.start("sync")
        program.wait_for_acts({"sent": before.total() + len(replies)}, by=sender, within_s=2 * SETTLE_S)
        program.kill(sender)
    assert place.answers() == before + Counter(replies.values())


def test_what_is_hidden_and_liked_stands_in_our_repository(place: Place) -> None:
    program, us = place.program, place.us
    comment = next(row for row in program.json("list", "--limit", "1000") if row["kind"] == "comment")
    program.run("do", "hide", str(comment["id"]))
    program.run("do", "like", str(comment["id"]))
    sender = program.start("sync")
    until("both are done", lambda: len(us.records("app.bsky.feed.like")) == 1, within_s=60, every_s=0.5)
    until("both are done", lambda: len(us.records("app.bsky.feed.threadgate")) == 1, within_s=60, every_s=0.5)
    program.kill(sender)
    (gate,) = us.records("app.bsky.feed.threadgate")
    (like,) = us.records("app.bsky.feed.like")
    assert gate["value"]["hiddenReplies"] == [like["value"]["subject"]["uri"]]


def _was_lost(passage: Passage) -> bool:
    return is_send(passage.method, passage.path) and passage.breaks is not Break.NOTHING
