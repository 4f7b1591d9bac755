"""The practice home server over HTTP: the client-server API of Matrix as an ASGI application."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from cminbox.clock import to_ms
from cminbox.practice.matrix import MatrixServer
from cminbox.practice.matrix_books import MatrixEvent, MatrixRefusalError, MatrixRoom, refuse
from cminbox.practice.matrix_sync import sync, wire
from cminbox.practice.transport import Message, Receive, Send

Answer = dict[str, Any]


@dataclass
class Call:
    """One request, decoded: who asks, for what."""

    server: MatrixServer
    path: str
    query: dict[str, str]
    body: dict[str, Any]
    user: str = ""
    device: str = ""
    token: str = ""
    receive: Receive | None = None
    parts: dict[str, str] = field(default_factory=dict)

    def room(self) -> MatrixRoom:
        """The room of the path, which the caller is in."""
        room = self.server.rooms.get(self.parts["room"])
        if room is None or room.membership(self.user) != "join":
            raise refuse(403, "M_FORBIDDEN", f"User {self.user} not in room {self.parts['room']}")
        return room

    def event(self) -> MatrixEvent:
        """The event of the path."""
        event = self.server.events.get(self.parts["event"])
        if event is None or event.room != self.room().id:
            raise refuse(404, "M_NOT_FOUND", "Event not found.")
        return event

    def wire(self, event: MatrixEvent) -> Answer:
        """An event as the caller gets it."""
        return wire(event, self.server, self.user, self.device)


def app(server: MatrixServer) -> Callable[[Message, Receive, Send], Awaitable[None]]:
    """The ASGI application of a server."""

    async def run(scope: Message, receive: Receive, send: Send) -> None:
        raw = b""
        while True:
            part = await receive()
            raw += part.get("body", b"")
            if not part.get("more_body"):
                break
        try:
            status, answer = 200, await _answer(server, scope, raw, receive)
        except MatrixRefusalError as refusal:
            status, answer = refusal.status, {"errcode": refusal.code, "error": str(refusal)}
            if refusal.code == "M_UNKNOWN_TOKEN":
                answer["soft_logout"] = False
        headers = [(b"content-type", b"application/json")]
        if status == 429:
            left_ms = max(0, server.limited_until_ms - to_ms(server.clock.now()))
            answer["retry_after_ms"] = left_ms
            headers.append((b"retry-after", str(-(-left_ms // 1000)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    return run


async def _answer(server: MatrixServer, scope: Message, raw: bytes, receive: Receive) -> Answer:
    path = scope["raw_path"].decode()
    for method, pattern, handle, is_open in _ROUTES:
        found = pattern.fullmatch(path)
        if found is None or method != scope["method"]:
            continue
        query = {key: values[-1] for key, values in parse_qs(scope["query_string"].decode()).items()}
        call = Call(server, path, query, _body(raw), receive=receive)
        call.parts = {key: unquote(value) for key, value in found.groupdict().items()}
        if not is_open:
            _who(call, scope)
        return await handle(call)
    raise refuse(404, "M_UNRECOGNIZED", "Unrecognized request")


def _who(call: Call, scope: Message) -> None:
    header = dict(scope["headers"]).get(b"authorization", b"").decode()
    call.token = header.removeprefix("Bearer ")
    if not call.token:
        raise refuse(401, "M_MISSING_TOKEN", "Missing access token")
    for user in call.server.users.values():
        if call.token in user.tokens:
            call.user, call.device = user.id, user.tokens[call.token]
            return
    raise refuse(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.")


def _body(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        raise refuse(400, "M_NOT_JSON", "Content not JSON.") from None
    if not isinstance(body, dict):
        raise refuse(400, "M_BAD_JSON", "Content must be a JSON object.")
    return body


async def _versions(_call: Call) -> Answer:
    return {"versions": ["v1.11", "v1.16"]}


async def _login(call: Call) -> Answer:
    named = str(call.body.get("identifier", {}).get("user", ""))
    user_id = named if named.startswith("@") else f"@{named}:{call.server.name}"
    user = call.server.users.get(user_id)
    if user is None or user.password != call.body.get("password"):
        raise refuse(403, "M_FORBIDDEN", "Invalid username or password")
    device = str(call.body.get("device_id") or "NEWDEVICE")
    token = call.server.log_in(user_id, device)
    return {"user_id": user_id, "access_token": token, "device_id": device}


async def _whoami(call: Call) -> Answer:
    return {"user_id": call.user, "device_id": call.device}


async def _profile(call: Call) -> Answer:
    user = call.server.users.get(call.parts["user"])
    if user is None:
        raise refuse(404, "M_NOT_FOUND", "Profile was not found")
    return {"displayname": user.name}


async def _sync(call: Call) -> Answer:
    wait_s = int(call.query.get("timeout", "0")) / 1000
    answer, news = sync(call.server, call.user, call.device, call.query)
    if news or wait_s <= 0 or "since" not in call.query or call.receive is None:
        return answer
    gone = asyncio.ensure_future(_gone(call.receive))
    ends = asyncio.ensure_future(call.server.clock.sleep(wait_s))
    waiting: set[asyncio.Future[None]] = {gone, ends}
    try:
        while not news and not gone.done() and not ends.done():
            change = asyncio.ensure_future(call.server.news())
            waiting.add(change)
            await asyncio.wait((gone, ends, change), return_when=asyncio.FIRST_COMPLETED)
            if call.token not in call.server.users[call.user].tokens:
                raise refuse(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.")
            answer, news = sync(call.server, call.user, call.device, call.query)
    finally:
        for future in waiting:
            future.cancel()
    return answer


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _messages(call: Call) -> Answer:
    room = call.room()
    backwards = call.query.get("dir") == "b"
    start = _token(call.query.get("from"), call.server.pos if backwards else 0)
    end = _token(call.query.get("to"), 0 if backwards else call.server.pos)
    low, high = (end, start) if backwards else (start, end)
    asked = json.loads(call.query.get("filter", "{}"))
    fitting = [
        event
        for event in room.events
        if low < event.pos <= high
        and event.type in asked.get("types", (event.type,))
        and event.sender in asked.get("senders", (event.sender,))
    ]
    if backwards:
        fitting.reverse()
    page = fitting[: max(1, int(call.query.get("limit", "10")))]
    answer = {"start": f"s{start}", "chunk": [call.wire(event) for event in page], "state": []}
    if len(page) < len(fitting):
        answer["end"] = f"s{page[-1].pos - 1 if backwards else page[-1].pos}"
    return answer


def _token(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not re.fullmatch(r"s\d+", text):
        raise refuse(400, "M_INVALID_PARAM", "Invalid token")
    return int(text[1:])


async def _event(call: Call) -> Answer:
    return call.wire(call.event())


async def _context(call: Call) -> Answer:
    event, room = call.event(), call.room()
    half = int(call.query.get("limit", "10")) // 2
    asked = json.loads(call.query.get("filter", "{}"))
    near = [e for e in room.events if e.type in asked.get("types", (e.type,))]
    before = [e for e in near if e.pos < event.pos][-half or len(near) :]
    after = [e for e in near if e.pos > event.pos][:half]
    return {
        "start": f"s{before[0].pos - 1 if before else event.pos - 1}",
        "end": f"s{after[-1].pos if after else event.pos}",
        "event": call.wire(event),
        "events_before": [call.wire(e) for e in reversed(before)],
        "events_after": [call.wire(e) for e in after],
        "state": [],
    }


async def _relations(call: Call) -> Answer:
    event = call.event()
    related = (e for e in reversed(call.room().events) if e.related(call.parts["rel"]) == event.id)
    return {"chunk": [call.wire(e) for e in related if call.parts.get("type") in (None, e.type)]}


async def _state(call: Call) -> Any:
    return [call.wire(event) for event in call.room().state.values()]


async def _members(call: Call) -> Answer:
    wanted = call.query.get("membership")
    members = [e for (kind, _key), e in call.room().state.items() if kind == "m.room.member"]
    return {"chunk": [call.wire(e) for e in members if wanted in (None, e.content.get("membership"))]}


async def _joined_rooms(call: Call) -> Answer:
    return {"joined_rooms": [r.id for r in call.server.rooms.values() if r.membership(call.user) == "join"]}


async def _send(call: Call) -> Answer:
    room = call.room()
    if to_ms(call.server.clock.now()) < call.server.limited_until_ms:
        raise refuse(429, "M_LIMIT_EXCEEDED", "Too Many Requests")
    done = call.server.once(call.user, call.device, call.path)
    if done is not None:
        return {"event_id": done}
    if len(json.dumps(call.body, ensure_ascii=False).encode()) > 65_000:
        raise refuse(413, "M_TOO_LARGE", "event too large")
    if call.parts["type"] == "m.reaction":
        _no_second_like(call, room)
    sent_as = (call.device, call.parts["txn"])
    event = call.server.send(room.id, call.user, call.parts["type"], call.body, sent_as=sent_as)
    call.server.remember(call.user, call.device, call.path, event.id)
    return {"event_id": event.id}


def _no_second_like(call: Call, room: MatrixRoom) -> None:
    for event in room.events:
        same = event.type == "m.reaction" and event.sender == call.user and event.content == call.body
        if same and event.redaction is None:
            raise refuse(400, "M_DUPLICATE_ANNOTATION", "Can't send same reaction twice")


async def _redact(call: Call) -> Answer:
    done = call.server.once(call.user, call.device, call.path)
    if done is not None:
        return {"event_id": done}
    event = call.event()
    if event.sender != call.user and call.server.power(event.room, call.user) < call.server.needed(
        event.room, "redact"
    ):
        raise refuse(403, "M_FORBIDDEN", "You don't have permission to redact events")
    made = call.server.redact(event.id, call.user, reason=str(call.body.get("reason", "")))
    call.server.remember(call.user, call.device, call.path, made)
    return {"event_id": made}


async def _join(call: Call) -> Answer:
    room = call.server.rooms.get(call.parts["room"])
    if room is None:
        raise refuse(404, "M_NOT_FOUND", "No known servers")
    rules = room.state["m.room.join_rules", ""].content
    if rules.get("join_rule") != "public" and room.membership(call.user) not in ("invite", "join"):
        raise refuse(403, "M_FORBIDDEN", "You are not invited to this room.")
    if room.membership(call.user) != "join":
        call.server.join(room.id, call.user)
    return {"room_id": room.id}


async def _create(call: Call) -> Answer:
    room_id = call.server.open_room(
        call.user,
        name=str(call.body.get("name", "")),
        public=call.body.get("preset") == "public_chat",
        direct=call.body.get("is_direct") is True,
        invite=call.body.get("invite", ()),
        creation=call.body.get("creation_content"),
    )
    return {"room_id": room_id}


async def _receipt(call: Call) -> Answer:
    call.server.read(call.event().id, call.user)
    return {}


async def _read_markers(call: Call) -> Answer:
    room = call.room()
    for kind in ("m.fully_read", "m.read", "m.read.private"):
        event = call.server.events.get(str(call.body[kind])) if kind in call.body else None
        if kind in call.body and (event is None or event.room != room.id):
            raise refuse(400, "M_INVALID_PARAM", "Event does not belong to the room")
        if event is not None and kind == "m.fully_read":
            room.fully_read[call.user] = event.id
        elif event is not None:
            call.server.read(event.id, call.user)
    return {}


async def _report(call: Call) -> Answer:
    call.event()
    return {}


async def _ban(call: Call) -> Answer:
    room, user = call.room(), str(call.body.get("user_id"))
    lifting = call.parts["verb"] == "unban"
    if call.server.power(room.id, call.user) < call.server.needed(room.id, "ban") or (
        lifting and room.membership(user) != "ban"
    ):
        raise refuse(403, "M_FORBIDDEN", "You don't have permission to do that")
    call.server.leave(room.id, user, by=call.user, ban=not lifting)
    return {}


async def _get_data(call: Call) -> Answer:
    kept = call.server.users[call.user].data.get(call.parts["type"])
    if kept is None:
        raise refuse(404, "M_NOT_FOUND", "Account data not found")
    return kept[1]


async def _put_data(call: Call) -> Answer:
    call.server.keep(call.user, call.parts["type"], call.body)
    return {}


_CLIENT = "/_matrix/client/v3"
_ROOM = _CLIENT + "/rooms/(?P<room>[^/]+)"
_RELATIONS = "/_matrix/client/v1/rooms/(?P<room>[^/]+)/relations/(?P<event>[^/]+)/(?P<rel>[^/]+)"
_DATA = _CLIENT + "/user/(?P<user>[^/]+)/account_data/(?P<type>[^/]+)"
_ROUTES = [
    (method, re.compile(pattern), handle, is_open)
    for method, pattern, handle, is_open in (
        ("GET", "/_matrix/client/versions", _versions, True),
        ("POST", _CLIENT + "/login", _login, True),
        ("GET", _CLIENT + "/account/whoami", _whoami, False),
        ("GET", _CLIENT + "/profile/(?P<user>[^/]+)", _profile, False),
        ("GET", _CLIENT + "/sync", _sync, False),
        ("GET", _CLIENT + "/joined_rooms", _joined_rooms, False),
        ("POST", _CLIENT + "/join/(?P<room>[^/]+)", _join, False),
        ("POST", _CLIENT + "/createRoom", _create, False),
        ("GET", _ROOM + "/messages", _messages, False),
        ("GET", _ROOM + "/event/(?P<event>[^/]+)", _event, False),
        ("GET", _ROOM + "/context/(?P<event>[^/]+)", _context, False),
        ("GET", _ROOM + "/state", _state, False),
        ("GET", _ROOM + "/members", _members, False),
        ("PUT", _ROOM + "/send/(?P<type>[^/]+)/(?P<txn>[^/]+)", _send, False),
        ("PUT", _ROOM + "/redact/(?P<event>[^/]+)/(?P<txn>[^/]+)", _redact, False),
        ("POST", _ROOM + "/receipt/m\\.read/(?P<event>[^/]+)", _receipt, False),
        ("POST", _ROOM + "/read_markers", _read_markers, False),
        ("POST", _ROOM + "/report/(?P<event>[^/]+)", _report, False),
        ("POST", _ROOM + "/(?P<verb>ban|unban)", _ban, False),
        ("GET", _RELATIONS, _relations, False),
        ("GET", _RELATIONS + "/(?P<type>[^/]+)", _relations, False),
        ("GET", _DATA, _get_data, False),
        ("PUT", _DATA, _put_data, False),
    )
]
