"""The practice Bluesky: what its books say, what its wire says, and the stage on it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from cminbox.clock import SimulatedClock
from cminbox.practice.bluesky import FULL, PLAIN, BlueskyServer
from cminbox.practice.bluesky_books import BLOCK, LIKE, POST, cid_of, ref, stamp
from cminbox.practice.bluesky_scene import BlueskyScene
from cminbox.practice.scene import Answer
from cminbox.practice.script import Cue, Deed, Scenario
from cminbox.practice.stage import Stage
from cminbox.practice.transport import PracticeTransport


class Client:
    """Somebody's plain client."""

    def __init__(self, server: BlueskyServer, wire: PracticeTransport) -> None:
        self._http = httpx.AsyncClient(transport=wire, base_url=f"https://{server.domain}")
        self.token = ""

    async def call(self, verb: str, method: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return await self._http.request(verb, f"/xrpc/{method}", headers={**headers, **more.pop("headers", {})}, **more)

    async def log_in(self, name: str, password: str) -> dict[str, Any]:
        body = {"identifier": name, "password": password}
        answer = await self.call("POST", "com.atproto.server.createSession", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        self.token = found["accessJwt"]
        return found

    async def create(self, did: str, record: dict[str, Any], **more: Any) -> httpx.Response:
        body = {"repo": did, "collection": record["$type"], "record": record, **more}
        return await self.call("POST", "com.atproto.repo.createRecord", json=body)


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def server(clock: SimulatedClock) -> BlueskyServer:
    return BlueskyServer(clock)


@pytest.fixture
async def us(server: BlueskyServer, clock: SimulatedClock) -> Client:
    client = Client(server, PracticeTransport(server, clock))
    brand = server.add_person("brand")
    await client.log_in(brand.handle, server.issue_password(brand, scope=FULL))
    return client


def post(text: str, clock: SimulatedClock) -> dict[str, Any]:
    return {"$type": POST, "text": text, "createdAt": stamp(clock.now())}


class TestBooks:
    def test_the_same_play_gives_the_same_ids(self) -> None:
        def play() -> list[str]:
            server = BlueskyServer(SimulatedClock())
            ana = server.add_person("ana")
            return [server.write(ana, text).uri for text in ("one", "two")]

        assert play() == play()
        assert len(set(play())) == 2

    def test_who_hears_of_a_post(self, server: BlueskyServer) -> None:
        brand, ana, bob = (server.add_person(name) for name in ("brand", "ana", "bob"))
        root = server.write(brand, "open")
        answer = server.write(ana, "where?", answers=root)
        server.write(bob, "there", answers=answer)
        server.write(bob, "@brand hello @ana")
        server.write(ana, "see", embed={"$type": "app.bsky.embed.record", "record": ref(root)})
        server.write(brand, "@brand to myself")
        server.put(bob, LIKE, "3aaaaaaaaaaaa", {"subject": ref(root), "createdAt": stamp(server.clock.now())})
        heard = [(n.to.handle.partition(".")[0], n.reason) for n in server.notices]
        assert heard == [
            ("brand", "reply"),
            ("brand", "reply"),
            ("ana", "reply"),
            ("brand", "mention"),
            ("ana", "mention"),
            ("brand", "quote"),
            ("brand", "like"),
        ]

    def test_facets_count_bytes(self, server: BlueskyServer) -> None:
        brand = server.add_person("brand")
        (facet,) = server.write(brand, "é @brand!").value["facets"]
        assert facet["index"] == {"byteStart": 3, "byteEnd": 9}

    def test_what_is_deleted_is_told_no_more(self, server: BlueskyServer) -> None:
        brand, ana = server.add_person("brand"), server.add_person("ana")
        record = server.write(ana, "@brand hello")
        assert server.all_of(POST, ana) == [record]
        server.delete(record)
        assert server.all_of(POST, ana) == []
        assert [n for n in server.notices if n.to is brand] == []

    def test_nothing_is_indexed_at_the_same_instant(self, server: BlueskyServer) -> None:
        ana = server.add_person("ana")
        times = [server.write(ana, str(number)).indexed_at for number in range(50)]
        assert len(set(times)) == 50


class TestWire:
    async def test_a_key_is_taken_once(self, server: BlueskyServer, us: Client, clock: SimulatedClock) -> None:
        did = next(iter(server.people))
        first = await us.create(did, post("one", clock), rkey="3aaaaaaaaaaaa")
        again = await us.create(did, post("two", clock), rkey="3aaaaaaaaaaaa")
        assert (first.status_code, again.status_code) == (200, 500)
        params = {"repo": did, "collection": POST, "rkey": "3aaaaaaaaaaaa"}
        found = await us.call("GET", "com.atproto.repo.getRecord", params=params)
        assert found.json()["value"]["text"] == "one"

    async def test_a_put_holds_to_the_version_it_names(self, server: BlueskyServer, us: Client) -> None:
        did = next(iter(server.people))
        record = {"$type": BLOCK, "subject": did, "createdAt": "2026-03-02T09:00:00.000Z"}
        body = {"repo": did, "collection": BLOCK, "rkey": "3aaaaaaaaaaaa", "record": record, "swapRecord": None}
        assert (await us.call("POST", "com.atproto.repo.putRecord", json=body)).status_code == 200
        second = await us.call("POST", "com.atproto.repo.putRecord", json=body)
        assert second.json()["error"] == "InvalidSwap"
        body["swapRecord"] = cid_of(record)
        assert (await us.call("POST", "com.atproto.repo.putRecord", json=body)).status_code == 200

    async def test_nobody_writes_elsewhere(self, server: BlueskyServer, us: Client, clock: SimulatedClock) -> None:
        ana = server.add_person("ana")
        assert (await us.create(ana.did, post("not mine", clock))).status_code == 401

    @pytest.mark.parametrize(("sign", "times", "status"), [("x", 300, 200), ("x", 301, 400), ("👨‍👩‍👧‍👦", 150, 400)])
    async def test_lengths_are_graphemes_and_bytes(
        self, server: BlueskyServer, us: Client, clock: SimulatedClock, sign: str, times: int, status: int
    ) -> None:
        assert (await us.create(next(iter(server.people)), post(sign * times, clock))).status_code == status

    async def test_tokens_run_out_with_status_400_and_are_renewed_once(
        self, server: BlueskyServer, us: Client, clock: SimulatedClock
    ) -> None:
        brand = next(iter(server.people.values()))
        opened = await us.log_in(brand.handle, server.issue_password(brand))
        await clock.advance(7201)
        answer = await us.call("GET", "com.atproto.server.getSession")
        assert (answer.status_code, answer.json()["error"]) == (400, "ExpiredToken")
        us.token = opened["refreshJwt"]
        renewed = await us.call("POST", "com.atproto.server.refreshSession")
        assert renewed.status_code == 200
        assert (await us.call("POST", "com.atproto.server.refreshSession")).json()["error"] == "ExpiredToken"
        us.token = renewed.json()["accessJwt"]
        assert (await us.call("GET", "com.atproto.server.getSession")).json()["did"] == brand.did

    async def test_who_may_do_what(self, server: BlueskyServer, us: Client) -> None:
        brand = next(iter(server.people.values()))
        assert (await us.call("GET", "app.bsky.nothing.here")).status_code == 404
        chat = {"atproto-proxy": server.chat_service}
        assert (await us.call("GET", "chat.bsky.convo.listConvos")).status_code == 404
        assert (await us.call("GET", "chat.bsky.convo.listConvos", headers=chat)).json() == {"convos": []}
        await us.log_in(brand.handle, server.issue_password(brand, scope=PLAIN))
        refused = await us.call("GET", "chat.bsky.convo.listConvos", headers=chat)
        assert refused.json()["message"].startswith("Bad token method")
        us.token = "nonsense"
        assert (await us.call("GET", "com.atproto.server.getSession")).json()["error"] == "InvalidToken"
        us.token = ""
        assert (await us.call("GET", "com.atproto.server.getSession")).status_code == 401

    async def test_limits_are_counted_and_said(self, server: BlueskyServer, us: Client, clock: SimulatedClock) -> None:
        server.limit = (2, 60.0)
        left = [(await us.call("GET", "com.atproto.server.getSession")) for _ in range(3)]
        assert [answer.status_code for answer in left] == [200, 200, 429]
        assert [answer.headers["ratelimit-remaining"] for answer in left] == ["1", "0", "0"]
        assert int(left[-1].headers["ratelimit-reset"]) == int(clock.now().timestamp()) + 60
        await clock.advance(61)
        assert (await us.call("GET", "com.atproto.server.getSession")).status_code == 200

    async def test_pages_lead_back(self, server: BlueskyServer, us: Client) -> None:
        ana = server.add_person("ana")
        written = [server.write(ana, f"@brand {number}").uri for number in range(7)]
        found, params = [], {"limit": "3"}
        while True:
            page = (await us.call("GET", "app.bsky.notification.listNotifications", params=params)).json()
            found += [one["uri"] for one in page["notifications"]]
            if "cursor" not in page:
                break
            params["cursor"] = page["cursor"]
        assert found == written[::-1]


async def test_the_stage_plays_on_it() -> None:
    clock = SimulatedClock()
    scene = BlueskyScene(clock, "Lumen")
    cues = (
        Cue(1, "bluesky", Deed.OUR_POST, "post", text="We are open"),
        Cue(2, "bluesky", Deed.COMMENT, "where", who="ana", text="where?", under="post"),
        Cue(3, "bluesky", Deed.MENTION, "hello", who="bob", text="hello"),
        Cue(4, "bluesky", Deed.DIRECT, "secret", who="ana", text="my order"),
        Cue(5, "bluesky", Deed.EDIT, who="ana", text="where exactly?", under="where"),
        Cue(6, "bluesky", Deed.DELETE, under="hello"),
        Cue(7, "bluesky", Deed.RATE_LIMIT, length_s=30),
        Cue(8, "bluesky", Deed.ANSWER_LOST),
        Cue(9, "bluesky", Deed.TOKEN_EXPIRES),
        Cue(10, "bluesky", Deed.TOKEN_RENEWED),
        Cue(11, "bluesky", Deed.DELETE, under="where"),
    )
    stage = Stage(Scenario("small", 12, cues), {"bluesky": scene}, clock)
    renewed: list[str] = []

    async def renew(name: str, secret: str) -> None:
        renewed.append(secret)

    playing = asyncio.create_task(stage.play(renew))
    for _second in range(13):
        await asyncio.sleep(0)
        await clock.advance(1)
    await playing
    (books,) = stage.books()
    assert len(books.written) == 1, "the private message is all that stands"
    assert renewed[0].startswith("lumen.bsky.practice.example:")
    assert renewed[0] != scene.login.secret
    assert books.answers == ()
    assert books.doubles == 0


async def test_the_books_of_the_scene_know_our_answers() -> None:
    clock = SimulatedClock()
    scene = BlueskyScene(clock, "Lumen")
    server = scene.transport._app
    assert isinstance(server, BlueskyServer)
    us = server.person("lumen")
    assert us is not None
    comment = scene.comment("ana", "where?", scene.our_post("We are open"))
    convo, _slash, _id = scene.direct("ana", "my order").partition("/")
    answer = server.write(us, "here", answers=server.records[comment])
    letter = server.send(us, server.convos[convo], "which?")
    assert scene.answers() == (
        Answer(answer.uri, comment, "here"),
        Answer(f"{convo}/{letter.id}", convo, "which?"),
    )
    assert len(scene.written()) == 2
