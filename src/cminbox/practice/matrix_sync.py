"""What `/sync` of the practice home server answers, and how its events look on the wire."""

from __future__ import annotations

import json
import re
from typing import Any

from cminbox.clock import to_ms
from cminbox.practice.matrix import MatrixServer
from cminbox.practice.matrix_books import MatrixEvent, MatrixRoom, refuse

_SHOWN = (("m.room.create", ""), ("m.room.name", ""), ("m.room.join_rules", ""))
"""What a room shows of itself to who is invited, beside who invited them."""


def sync(server: MatrixServer, user: str, device: str, query: dict[str, str]) -> tuple[dict[str, Any], bool]:
    """The answer for a user since a token, and whether there is anything in it."""
    text = query.get("since")
    if text is not None and not re.fullmatch(r"s\d+", text):
        raise refuse(400, "M_INVALID_PARAM", "Invalid since token")
    since = int(text[1:]) if text is not None else None
    asked = json.loads(query.get("filter", "{}"))
    join: dict[str, Any] = {}
    invite: dict[str, Any] = {}
    leave: dict[str, Any] = {}
    only = asked.get("room", {}).get("rooms")
    for room in server.rooms.values():
        member = room.state.get(("m.room.member", user))
        if member is None or (only is not None and room.id not in only):
            continue
        match room.membership(user):
            case "join":
                news = _room(server, room, user, device, since, asked.get("room", {}))
                if since is None or any(news[part]["events"] for part in ("timeline", "state", "ephemeral")):
                    join[room.id] = news
            case "invite" if since is None or member.pos > since:
                keys = (*_SHOWN, ("m.room.member", member.sender))
                shown = [room.state[key] for key in keys if key in room.state and room.state[key] is not member]
                invite[room.id] = {"invite_state": {"events": [_stripped(event) for event in (*shown, member)]}}
            case "leave" | "ban" if since is not None and member.pos > since:
                leave[room.id] = _room(server, room, user, device, since, asked.get("room", {}), until=member.pos)
            case _:
                pass
    kinds = asked.get("account_data", {}).get("types")
    data = [
        {"type": kind, "content": content}
        for kind, (pos, content) in server.users[user].data.items()
        if pos > (since or 0) and (kinds is None or kind in kinds)
    ]
    answer = {
        "next_batch": f"s{server.pos}",
        "rooms": {"join": join, "invite": invite, "leave": leave},
        "account_data": {"events": data},
    }
    return answer, bool(join or invite or leave or data)


def _room(
    server: MatrixServer,
    room: MatrixRoom,
    user: str,
    device: str,
    since: int | None,
    asked: dict[str, Any],
    until: int | None = None,
) -> dict[str, Any]:
    member = room.state["m.room.member", user]
    entered = since is not None and member.pos > since and (member.before or {}).get("membership") != "join"
    whole = since is None or (entered and until is None)
    low = 0 if whole else since or 0
    high = server.pos if until is None else until
    limits = asked.get("timeline", {})
    types = limits.get("types")
    events = [e for e in room.events if low < e.pos <= high and (types is None or e.type in types)]
    shown = events[-int(limits.get("limit", 10)) :]
    first = shown[0].pos if shown else high + 1
    wanted = asked.get("state", {}).get("types")
    state = [
        e
        for e in room.state.values()
        if low < e.pos <= high and (e.pos < first or e not in shown) and (wanted is None or e.type in wanted)
    ]
    receipts = [
        {"type": "m.receipt", "content": {event_id: {"m.read": {reader: {"ts": ms}}}}}
        for pos, reader, event_id, ms in room.receipts
        if (since or 0) < pos <= high
    ]
    return {
        "timeline": {
            "events": [_bare(wire(e, server, user, device)) for e in shown],
            "limited": len(shown) < len(events) or (entered and until is None),
            "prev_batch": f"s{first - 1}",
        },
        "state": {"events": [_bare(wire(e, server, user, device)) for e in state]},
        "ephemeral": {"events": receipts},
        "account_data": {"events": []},
    }


def wire(event: MatrixEvent, server: MatrixServer, user: str, device: str) -> dict[str, Any]:
    """An event as a user's device gets it."""
    unsigned: dict[str, Any] = {"age": max(0, to_ms(server.clock.now()) - event.at_ms)}
    if event.before is not None:
        unsigned["prev_content"] = event.before
    if event.redaction is not None:
        unsigned["redacted_because"] = wire(event.redaction, server, user, device)
    if event.sender == user and event.sent_as is not None and event.sent_as[0] == device:
        unsigned["transaction_id"] = event.sent_as[1]
    replies = [reply for reply in server.threads.get(event.id, ()) if reply.redaction is None]
    if replies:
        unsigned["m.relations"] = {
            "m.thread": {
                "count": len(replies),
                "current_user_participated": any(e.sender == user for e in replies),
                "latest_event": wire(replies[-1], server, user, device),
            }
        }
    found: dict[str, Any] = {
        "type": event.type,
        "event_id": event.id,
        "room_id": event.room,
        "sender": event.sender,
        "origin_server_ts": event.at_ms,
        "content": event.content,
        "unsigned": unsigned,
    }
    if event.state_key is not None:
        found["state_key"] = event.state_key
    if event.redacts is not None:
        found["redacts"] = event.redacts
    return found


def _bare(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "room_id"}


def _stripped(event: MatrixEvent) -> dict[str, Any]:
    return {"type": event.type, "state_key": event.state_key, "sender": event.sender, "content": event.content}
