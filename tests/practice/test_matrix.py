"""The practice home server keeps true books, and answers as a real one does where it matters."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from cminbox.clock import SimulatedClock
from cminbox.practice.matrix import MatrixServer
from cminbox.practice.matrix_app import app
from cminbox.practice.transport import PracticeTransport

API = "https://practice.example/_matrix/client/v3"


class Caller:
    """A bare client of one user's device."""

    def __init__(self, server: MatrixServer, transport: PracticeTransport, user: str, device: str) -> None:
        headers = {"authorization": f"Bearer {server.log_in(user, device)}"}
        self.client = httpx.AsyncClient(transport=transport, headers=headers, base_url=API)

    async def ask(self, method: str, path: str, *, status: int = 200, **more: Any) -> Any:
        answer = await self.client.request(method, f"{API}{path}", **more)
        assert answer.status_code == status, answer.text
        return answer.json()


class Place:
    """A room with Ana and us in it."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.server = MatrixServer(self.clock)
        self.transport = PracticeTransport(app(self.server), self.clock)
        self.ana, self.us = self.server.person("ana", "Ana"), self.server.person("us")
        self.room = self.server.open_room(self.ana, name="Support", members=(self.us,))
        self.caller = Caller(self.server, self.transport, self.us, "PHONE")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    place = Place()
    yield place
    await place.caller.client.aclose()
    await place.transport.aclose()
    assert place.transport.crashes == []


def limit(count: int) -> str:
    return json.dumps({"room": {"timeline": {"limit": count, "types": ["m.room.message"]}}})


async def test_what_does_not_fit_is_left_out_and_can_be_paged_to(place: Place) -> None:
    since = (await place.caller.ask("GET", "/sync"))["next_batch"]
    for number in range(10):
        place.server.say(place.room, place.ana, str(number))
    answer = await place.caller.ask("GET", "/sync", params={"since": since, "filter": limit(3)})
    timeline = answer["rooms"]["join"][place.room]["timeline"]
    assert timeline["limited"]
    assert [event["content"]["body"] for event in timeline["events"]] == ["7", "8", "9"]
    asked = {"dir": "b", "from": timeline["prev_batch"], "to": since, "limit": 100}
    page = await place.caller.ask("GET", f"/rooms/{place.room}/messages", params=asked)
    assert [event["content"]["body"] for event in page["chunk"]] == [str(number) for number in range(6, -1, -1)]
    assert "end" not in page


async def test_pages_forward_and_backward_hold_the_same(place: Place) -> None:
    for number in range(7):
        place.server.say(place.room, place.ana, str(number))
    told: dict[str, list[str]] = {}
    for direction in ("f", "b"):
        told[direction], token = [], None
        while True:
            asked = {"dir": direction, "limit": 2, "filter": '{"types":["m.room.message"]}', "from": token}
            asked = {key: value for key, value in asked.items() if value is not None}
            page = await place.caller.ask("GET", f"/rooms/{place.room}/messages", params=asked)
            told[direction] += [event["content"]["body"] for event in page["chunk"]]
            token = page.get("end")
            if token is None:
                break
    assert told["f"] == told["b"][::-1] == [str(number) for number in range(7)]


async def test_a_transaction_holds_for_its_device_only(place: Place) -> None:
    path = f"/rooms/{place.room}/send/m.room.message/t1"
    body = {"msgtype": "m.text", "body": "once"}
    first = await place.caller.ask("PUT", path, json=body)
    assert await place.caller.ask("PUT", path, json={**body, "body": "other"}) == first
    laptop = Caller(place.server, place.transport, place.us, "LAPTOP")
    assert await laptop.ask("PUT", path, json=body) != first
    seen = [
        (await caller.ask("GET", f"/rooms/{place.room}/event/{first['event_id']}"))["unsigned"].get("transaction_id")
        for caller in (place.caller, laptop)
    ]
    assert seen == ["t1", None]
    await laptop.client.aclose()


async def test_what_is_taken_away_is_empty_for_everybody(place: Place) -> None:
    said = place.server.say(place.room, place.ana, "oops")
    place.server.redact(said, place.ana)
    event = await place.caller.ask("GET", f"/rooms/{place.room}/event/{said}")
    assert event["content"] == {}
    assert event["unsigned"]["redacted_because"]["sender"] == place.ana
    assert place.server.messages() == []


async def test_an_edit_changes_the_text_and_makes_no_message(place: Place) -> None:
    said = place.server.say(place.room, place.ana, "helo")
    place.server.edit(said, "hello")
    (message,) = place.server.messages(place.room)
    assert place.server.text(message) == "hello"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/rooms/!elsewhere:x/messages?dir=b", 403, "M_FORBIDDEN"),
        ("GET", "/nothing", 404, "M_UNRECOGNIZED"),
        ("GET", "/sync?since=yesterday", 400, "M_INVALID_PARAM"),
        ("POST", "/join/!elsewhere:x", 404, "M_NOT_FOUND"),
        ("GET", "/profile/@nobody:x", 404, "M_NOT_FOUND"),
    ],
)
async def test_refusals_have_their_code(place: Place, method: str, path: str, status: int, code: str) -> None:
    assert (await place.caller.ask(method, path, status=status))["errcode"] == code


async def test_a_limit_is_told_in_header_and_body(place: Place) -> None:
    place.server.limit_rate(2.5)
    path = f"{API}/rooms/{place.room}/send/m.room.message/t1"
    answer = await place.caller.client.put(path, json={"body": "x"})
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["retry_after_ms"]) == (429, "3", 2500)
    await place.clock.advance(3)
    assert (await place.caller.client.put(path, json={"body": "x"})).status_code == 200


async def test_logging_in_again_ends_the_devices_former_token(place: Place) -> None:
    place.server.log_in(place.us, "PHONE")
    assert (await place.caller.ask("GET", "/account/whoami", status=401))["errcode"] == "M_UNKNOWN_TOKEN"


async def test_a_long_poll_ends_with_its_time_or_with_news(place: Place) -> None:
    since = (await place.caller.ask("GET", "/sync"))["next_batch"]
    empty = await place.caller.ask("GET", "/sync", params={"since": since, "timeout": "0"})
    assert empty["rooms"]["join"] == {}
    place.server.say(place.room, place.ana, "news")
    answer = await place.caller.ask("GET", "/sync", params={"since": since, "timeout": "30000"})
    assert place.room in answer["rooms"]["join"]


async def test_read_markers_stay_in_their_room(place: Place) -> None:
    said = place.server.say(place.room, place.ana, "hello")
    path = f"/rooms/{place.room}/read_markers"
    caller = Caller(place.server, place.transport, place.us, "ONE")
    await caller.ask("POST", path, json={"m.fully_read": said, "m.read": said})
    assert place.server.rooms[place.room].fully_read == {place.us: said}
    assert [receipt[1:3] for receipt in place.server.rooms[place.room].receipts] == [(place.us, said)]
    other = place.server.open_room(place.us, name="Other")
    elsewhere = place.server.say(other, place.us, "hi")
    refused = await caller.ask("POST", path, status=400, json={"m.fully_read": elsewhere})
    assert refused["errcode"] == "M_INVALID_PARAM"
    assert place.server.rooms[place.room].fully_read == {place.us: said}
    await caller.client.aclose()


async def test_a_room_asks_for_the_power_that_it_names(place: Place) -> None:
    said = place.server.say(place.room, place.ana, "hello")
    powers = {"users": {place.us: 50}, "users_default": 0, "redact": 60}
    place.server.put_state(place.room, place.ana, "m.room.power_levels", "", powers)
    caller = Caller(place.server, place.transport, place.us, "ONE")
    await caller.ask("PUT", f"/rooms/{place.room}/redact/{said}/t1", status=403, json={})
    place.server.put_state(place.room, place.ana, "m.room.power_levels", "", {**powers, "redact": 50})
    await caller.ask("PUT", f"/rooms/{place.room}/redact/{said}/t2", json={})
    assert place.server.events[said].redaction is not None
    await caller.client.aclose()


async def test_who_is_invited_sees_what_the_room_shows_of_itself(place: Place) -> None:
    room = place.server.open_room(place.ana, name="Club", public=False, invite=(place.us,))
    caller = Caller(place.server, place.transport, place.us, "ONE")
    synced = await caller.ask("GET", "/sync")
    events = synced["rooms"]["invite"][room]["invite_state"]["events"]
    assert {event["type"] for event in events} == {"m.room.create", "m.room.name", "m.room.join_rules", "m.room.member"}
    assert {e["content"].get("membership") for e in events if e["type"] == "m.room.member"} == {"join", "invite"}
    await caller.client.aclose()
