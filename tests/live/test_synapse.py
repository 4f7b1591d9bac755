"""cminbox against a real Synapse: nothing is read or sent twice, and nothing lost, whenever the plug is pulled."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.live.conftest import SynapseBehind
from tests.live.killing import drain, kill_again_and_again, late_answers, seed
from tests.live.program import Program
from tests.live.servers.house import until
from tests.live.servers.synapse import Person

pytestmark = pytest.mark.live

BURSTS = (150, 60, 290)
REPLIES = 50
KILLS = 25


def is_send(method: str, path: str) -> bool:
    """Whether a request is a reply of ours."""
    return method == "PUT" and "/send/m.room.message/" in path


@dataclass
class Place:
    """Us and three people, two rooms and a direct chat, and what was said there, by event id."""

    program: Program
    us: Person
    people: list[Person]
    rooms: list[str]
    direct: str
    said: dict[str, str] = field(default_factory=dict)
    rounds: list[dict[str, Any]] = field(default_factory=list)

    def burst(self, count: int) -> None:
        """Three people talk at the same time; every third of a second word asks us, in a thread of its own."""
        begin = len(self.said)
        shares = [range(begin + who, begin + count, 3) for who in range(3)]
        with ThreadPoolExecutor(3) as three:
            for told in three.map(self._talk, self.people, shares):
                self.said |= told

    def _talk(self, person: Person, numbers: range) -> dict[str, str]:
        told: dict[str, str] = {}
        root = ""
        for turn, number in enumerate(numbers):
            text = f"{person.id} says {number}"
            room = self.rooms[turn // 6 % 2]
            root = "" if turn % 6 == 0 else root
            if person is self.people[0] and turn % 5 == 4:
                told[person.say(self.direct, text)] = text
            elif turn % 6 == 1:
                root = person.say(room, text)
                told[root] = text
            elif turn % 6 == 3 and root:
                relation = {"rel_type": "m.thread", "event_id": root}
                mention = {"user_ids": [self.us.id]}
                told[person.say(room, text, **{"m.relates_to": relation, "m.mentions": mention})] = text
            else:
                told[person.say(room, text)] = text
        return told

    def found(self) -> Counter[tuple[str, str]]:
        """What the program found of what was said: event ids with texts."""
        rows = self.program.sql("SELECT remote_id, text FROM v_messages WHERE direction = 'in'")
        return Counter((row["remote_id"], row["text"]) for row in rows)

    def sync(self) -> dict[str, Any]:
        """One round of the program; its summary."""
        (summary,) = self.program.json("sync", "--once")
        self.rounds.append(summary)
        return summary

    def replies(self) -> Counter[str]:
        """What the server has of us: text by text, in all rooms."""
        rooms = [*self.rooms, self.direct]
        events = [event for room in rooms for event in self.us.messages(room) if event["sender"] == self.us.id]
        return Counter(event["content"]["body"] for event in events)


@pytest.fixture(scope="module")
def place(synapse: SynapseBehind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The account connected, and 500 messages read in three bursts."""
    server = synapse.server
    us = server.person("brand")
    people = [server.person(name) for name in ("ana", "bob", "cleo")]
    rooms = [people[0].open_room(name=name, preset="public_chat") for name in ("Support", "Club")]
    for person in (us, *people[1:]):
        for room in rooms:
            person.join(room)
    direct = people[0].open_room(preset="trusted_private_chat", is_direct=True, invite=[us.id])
    program = Program(tmp_path_factory.mktemp("cminbox"))
    place = Place(program, us, people, rooms, direct)
    program.add("matrix", synapse.door.url, us.token, "brand", "--open-since", "1d")
    for count in BURSTS:
        place.burst(count)
        place.sync()
    place.sync()
    yield place
    program.end()
    synapse.door.open()


def test_five_hundred_messages_in_three_bursts_are_each_there_once(place: Place) -> None:
    assert len(place.said) == sum(BURSTS)
    assert place.found() == Counter(list(place.said.items()))
    assert [summary["messages_in"] for summary in place.rounds] == [*BURSTS, 0]
    assert [summary["errors"] for summary in place.rounds] == [[]] * 4


def test_a_direct_chat_is_one_row_and_each_thread_another(place: Place) -> None:
    rows = place.program.json("list", "--limit", "500")
    kinds = Counter(row["kind"] for row in rows)
    threads = [row for row in rows if row["kind"] == "mention"]
    assert kinds["dm"] == 1
    assert len(threads) >= REPLIES
    assert all(row["unanswered"] for row in rows)
    assert {row["topic"] for row in threads} == {"Support", "Club"}


def test_fifty_replies_and_twenty_five_kills_are_fifty_replies(place: Place, synapse: SynapseBehind) -> None:
    program, chooser = place.program, random.Random(seed())
    rows = program.json("list", "--limit", "500")
    chosen = [row["id"] for row in rows if row["kind"] == "dm"] + [
        row["id"] for row in rows if row["kind"] == "mention"
    ]
    replies = {conversation: f"answer to {conversation}" for conversation in chosen[:REPLIES]}
    assert len(replies) == REPLIES
    program.reply_all(replies)
    died = kill_again_and_again(
        program, synapse.door, is_send, times=KILLS, chooser=chooser, before_each=lambda: place.burst(3)
    )
    assert died.total() == KILLS
    drain(program, {"sent": REPLIES}, within_s=120)
    assert place.replies() == Counter(replies.values())
    ours = program.sql("SELECT remote_id, text FROM v_messages WHERE direction = 'out'")
    assert Counter(row["text"] for row in ours) == Counter(replies.values())
    place.sync()
    assert place.found() == Counter(list(place.said.items()))
    again = program.sql("SELECT remote_id, text FROM v_messages WHERE direction = 'out'")
    assert sorted(row["remote_id"] for row in again) == sorted(row["remote_id"] for row in ours)


def test_the_holder_is_killed_and_the_other_process_takes_over_and_sends_nothing_twice(
    place: Place, synapse: SynapseBehind
) -> None:
    program, door = place.program, synapse.door
    before = place.replies()
    rows = [row for row in program.json("list", "--limit", "500") if row["kind"] == "mention" and row["unanswered"]]
    place.burst(90)
    holder = program.start("sync", "--json")
    until("the first process reads and sends", lambda: '"held": true' in program.log(holder), within_s=30)
    other = program.start("sync", "--json")
    known = {row["id"] for row in rows}

    def fresh() -> list[int]:
        found = program.json("list", "--limit", "500")
        return [row["id"] for row in found if row["kind"] == "mention" and row["unanswered"] and row["id"] not in known]

    until("the holder reads what came", lambda: len(fresh()) >= 12, within_s=60, every_s=0.5)
    assert '"held": true' not in program.log(other)
    sends = 0

    def fifth(method: str, path: str) -> None:
        nonlocal sends
        if is_send(method, path):
            sends += 1
            if sends == 5:
                program.kill(holder)

    door.on_answer = fifth
    replies = {conversation: f"second answer to {conversation}" for conversation in fresh()[:12]}
    program.reply_all(replies)
    until("the other process takes over", lambda: '"held": true' in program.log(other), within_s=30)
    assert holder.poll() is not None
    program.wait_for_acts({"sent": sum(before.values()) + len(replies)}, by=other, within_s=60)
    program.kill(other)
    assert place.replies() == before + Counter(replies.values())


def test_the_line_is_cut_when_the_request_is_out_and_the_reply_is_there_once(
    place: Place, synapse: SynapseBehind
) -> None:
    program, door = place.program, synapse.door
    before = place.replies()
    with late_answers(program, door, is_send) as replies:
        drain(program, {"sent": before.total() + len(replies)}, within_s=120)
    assert place.replies() == before + Counter(replies.values())
