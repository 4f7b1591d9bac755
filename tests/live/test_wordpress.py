"""cminbox against a real WordPress: guests write, answers get lost on the way, and the plug is pulled in between."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from tests.live.conftest import WordPressBehind
from tests.live.killing import drain, kill_again_and_again, seed
from tests.live.program import Program
from tests.live.servers.door import Break, LosesAnswers, Passage, nothing
from tests.live.servers.house import MissingError
from tests.live.servers.wordpress import WordPress, open_wordpress

pytestmark = pytest.mark.live

GUESTS = ("Ana", "Bob", "Cleo")
BURSTS = (60, 25, 40)
REPLIES = 20
KILLS = 10
SETTLE_S = 90
"""How long a reply must be absent before it may go again."""


def is_send(method: str, path: str) -> bool:
    """Whether a request is a reply of ours."""
    return method == "POST" and path == "/wp-json/wp/v2/comments"


@dataclass
class Place:
    """The program on the site, and how many comments guests wrote so far."""

    program: Program
    server: WordPress
    written: list[str] = field(default_factory=list)
    rounds: list[dict[str, Any]] = field(default_factory=list)

    def burst(self, count: int) -> None:
        """Guests write at the same time, below two posts."""
        begin = len(self.written)
        texts = [f'It\'s "{number}" < 10_000 & true,\nsays a guest' for number in range(begin, begin + count)]
        posts = self.server.posts

        def write(item: tuple[int, str]) -> None:
            number, text = item
            self.server.visit(GUESTS[number % 3], text, posts[number % 2])

        with ThreadPoolExecutor(3) as three:
            list(three.map(write, enumerate(texts, begin)))
        self.written += texts

    def sync(self) -> dict[str, Any]:
        """One round of the program; its summary."""
        (summary,) = self.program.json("sync", "--once")
        self.rounds.append(summary)
        return summary

    def incoming(self) -> list[dict[str, Any]]:
        """What the program found of what guests wrote."""
        return self.program.sql("SELECT remote_id, text, state FROM v_messages WHERE direction = 'in'")

    def of(self, text: str) -> dict[str, Any]:
        """The comment with this text, as the site has it."""
        (found,) = (each for each in self.server.comments() if unescape(each["content"]["raw"]) == text)
        return found

    def conversation(self, text: str) -> int:
        """The conversation that begins with a text."""
        (row,) = (row for row in self.program.json("list", "view:any", "--limit", "1000") if row["text"] == text)
        return int(row["id"])

    def moderate(self, verb: str, text: str) -> str:
        """A verb of the program on a comment; the status that the site then has."""
        (said,) = self.program.json("do", verb, str(self.conversation(text)))
        assert said["error"] is None, said
        self.sync()
        return str(self.of(text)["status"])


@pytest.fixture(scope="module")
def place(wordpress: WordPressBehind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The account connected by the address of a post, and guests' comments read in bursts."""
    server = wordpress.server
    place = Place(Program(tmp_path_factory.mktemp("cminbox")), server)
    place.program.add("wordpress", f"{wordpress.door.url}/new-opening-hours/?x=1#comments", server.secret, "blog")
    for count in BURSTS:
        place.burst(count)
        place.sync()
    place.sync()
    yield place
    place.program.end()
    wordpress.door.open()


def test_comments_of_guests_are_each_there_once(place: Place) -> None:
    assert len(place.written) == sum(BURSTS)
    assert Counter(row["text"] for row in place.incoming()) == Counter(place.written)
    assert [summary["messages_in"] for summary in place.rounds] == [*BURSTS, 0]
    assert [summary["errors"] for summary in place.rounds] == [[]] * 4
    (row, *_rest) = place.program.json("list", "--limit", "1")
    assert row["topic"] in ("New opening hours", "A new shop")


def test_what_waits_for_approval_is_approved_and_what_was_done_at_the_site_is_seen(place: Place) -> None:
    site, post = place.server, place.server.posts[0]
    names = ("to approve", "to spam", "to trash", "to keep back", "approved there", "deleted there", "edited there")
    for name in names:
        site.visit("Dora", name, post)
        if name != "to keep back":
            site.api("POST", f"/comments/{place.of(name)['id']}", {"status": "hold"})
    place.sync()
    held = {row["text"] for row in place.program.json("list", "is:pending", "--limit", "100")}
    assert held == set(names) - {"to keep back"}
    assert place.moderate("approve", "to approve") == "approved"
    assert place.moderate("spam", "to spam") == "spam"
    assert place.moderate("delete", "to trash") == "trash"
    assert place.moderate("hide", "to keep back") == "hold"
    assert place.moderate("unhide", "to keep back") == "approved"
    site.api("POST", f"/comments/{place.of('approved there')['id']}", {"status": "approved"})
    site.api("DELETE", f"/comments/{place.of('deleted there')['id']}", force="true")
    site.api("POST", f"/comments/{place.of('edited there')['id']}", {"content": "edited here"})
    place.sync()
    states = {row["text"]: row["state"] for row in place.incoming()}
    assert {name: states[name] for name in ("to approve", "to spam", "to trash", "to keep back")} == {
        "to approve": "shown",
        "to spam": "hidden",
        "to trash": "removed",
        "to keep back": "shown",
    }
    assert (states["approved there"], states["deleted there"], states["edited here"]) == ("shown", "removed", "pending")
    assert {row["text"] for row in place.program.json("list", "is:pending")} == {"edited here"}


def test_the_spam_verb_and_its_undo_reach_the_site(place: Place) -> None:
    place.server.visit("Eve", "buy my pills", place.server.posts[0])
    place.sync()
    assert place.moderate("spam", "buy my pills") == "spam"
    place.program.run("undo")
    place.sync()
    assert place.of("buy my pills")["status"] == "approved"


def test_the_same_words_to_two_people_are_two_answers(place: Place) -> None:
    texts = place.written[:2]
    ids = {place.conversation(text): "Thanks!" for text in texts}
    place.program.reply_all(ids)
    place.sync()
    parents = {place.of(text)["id"] for text in texts}
    thanks = [each["parent"] for each in place.server.comments() if each["content"]["raw"] == "Thanks!"]
    assert sorted(thanks) == sorted(parents)


def test_twenty_replies_are_twenty_whatever_is_lost_and_whenever_the_plug_is_pulled(
    place: Place, wordpress: WordPressBehind
) -> None:
    program, door = place.program, wordpress.door
    used = seed()
    chooser = random.Random(used)
    texts = place.written[2 : 2 + REPLIES]
    replies = {place.conversation(text): f"answer & thanks <{text[6:9]}>" for text in texts}
    before = program.acts().get("sent", 0)
    program.reply_all(replies)
    door.rule = LosesAnswers(used, is_send)
    kill_again_and_again(program, door, is_send, times=KILLS, chooser=chooser, before_each=lambda: place.burst(2))
    door.rule = nothing
    drain(program, {"sent": before + REPLIES}, within_s=2 * SETTLE_S)
    print(f"answers lost: {door.count(_was_lost)}")
    sent = [each for each in place.server.comments(author=1) if each["content"]["raw"].startswith("answer")]
    assert Counter(unescape(each["content"]["raw"]) for each in sent) == Counter(replies.values())
    assert {each["parent"] for each in sent} == {place.of(text)["id"] for text in texts}
    ours = program.sql("SELECT text FROM v_messages WHERE direction = 'out' AND text LIKE 'answer%'")
    assert Counter(row["text"] for row in ours) == Counter(replies.values())
    found = Counter(row["text"] for row in place.incoming())
    assert all(found[text] == 1 for text in place.written)


def test_a_line_cut_after_the_request_went_out_leaves_one_reply(place: Place, wordpress: WordPressBehind) -> None:
    program, door = place.program, wordpress.door
    text = place.written[-1]
    program.reply_all({place.conversation(text): "said once"})
    lost = iter((Break.LOST_AFTER,))
    door.rule = lambda method, path: next(lost, Break.NOTHING) if is_send(method, path) else Break.NOTHING
    place.sync()
    door.rule = nothing
    drain(program, {"sent": program.acts().get("sent", 0) + program.acts().get("uncertain", 0)}, within_s=2 * SETTLE_S)
    (reply,) = (each for each in place.server.comments() if each["content"]["raw"] == "said once")
    assert reply["parent"] == place.of(text)["id"]


def test_a_site_with_plain_links_is_found_as_well(tmp_path: Path) -> None:
    try:
        server = open_wordpress(tmp_path, links="")
    except MissingError as missing:
        pytest.skip(f"no WordPress: {missing}")
    try:
        server.visit("Ana", "hello", server.posts[0])
        program = Program(tmp_path / "cminbox")
        program.add("wordpress", f"{server.url}/?p={server.posts[0]}", server.secret, "blog", "--open-since", "1d")
        program.run("sync", "--once")
        (row,) = program.json("list")
        assert (row["text"], row["topic"]) == ("hello", "New opening hours")
        program.reply_all({row["id"]: "hi"})
        program.run("sync", "--once")
        assert [each["content"]["raw"] for each in server.comments()] == ["hello", "hi"]
    finally:
        server.stop()


def _was_lost(passage: Passage) -> bool:
    return is_send(passage.method, passage.path) and passage.breaks is not Break.NOTHING
