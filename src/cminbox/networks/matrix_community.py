"""The rooms of an account taken together: its rights in each, its spaces, the rooms to join, how far it has read."""

from __future__ import annotations

import json
from collections.abc import Iterable

from pydantic import ValidationError

from cminbox.errors import Forbidden, Gone, Malformed, NetworkError, Rejected
from cminbox.networks.http_answer import decode_each
from cminbox.networks.http_url import segment
from cminbox.networks.matrix_rooms import Notes
from cminbox.networks.matrix_session import CLIENT, Session
from cminbox.networks.matrix_standing import STANDING, Standing, standing_of
from cminbox.networks.matrix_wire import EVENT, EVENTS, OBJECT, SYNCED, SYNCED_ROOM, Event

_NOTHING: dict[str, list[str]] = {"types": []}
_SURVEY = json.dumps(
    {
        "room": {
            "timeline": {"limit": 1, "types": []},
            "state": {"types": STANDING},
            "ephemeral": _NOTHING,
            "account_data": _NOTHING,
        },
        "presence": _NOTHING,
        "account_data": _NOTHING,
    }
)


class Community:
    """The rooms that one user is in. Surveyed once, then followed through `/sync`."""

    def __init__(self, session: Session, notes: Notes) -> None:
        self._session = session
        self._notes = notes
        self._rooms: dict[str, Standing] = {}
        self._surveyed = False
        self._tried: set[str] = set()
        self._read_ms: dict[str, int] = {}

    async def survey(self) -> None:
        """Ask once for what we may do in which room."""
        if self._surveyed:
            return
        answer = await self._session.request("GET", f"{CLIENT}/sync", params={"timeout": 0, "filter": _SURVEY})
        for room_id, raw in answer.decode(SYNCED).rooms.join.items():
            try:
                state = SYNCED_ROOM.validate_python(raw).state.events
            except ValidationError:
                continue
            self._rooms[room_id] = standing_of(decode_each(state, EVENT)[0])
        self._surveyed = True

    def follow(self, room_id: str, events: Iterable[Event]) -> None:
        """Take in what is new in a room that we are in."""
        standing = self._rooms.setdefault(room_id, Standing())
        for event in events:
            standing.apply(event)

    def left(self, room_id: str) -> None:
        """We are not in a room any more: it is not joined again by itself."""
        self._rooms.pop(room_id, None)
        self._tried.add(room_id)

    async def may(self, room_id: str, deed: str, other: str | None = None) -> bool:
        """Whether we may do something in a room; what we know of says no only after asking again."""
        me = await self._session.me()
        known = self._rooms.get(room_id)
        if known is not None and known.may(me, deed, other):
            return True
        try:
            state = await self._session.get(f"/rooms/{segment(room_id)}/state", EVENTS)
        except Malformed:
            # A room too large to be described: its server decides.
            return True
        self._rooms[room_id] = standing_of(decode_each(state, EVENT)[0])
        return self._rooms[room_id].may(me, deed, other)

    def redacts_somewhere(self) -> bool:
        """Whether there is a room where we may delete what others said; True before anybody looked."""
        me = self._session.user_id
        return not self._surveyed or any(standing.may(me, "redact") for standing in self._rooms.values())

    def space_of(self, room_id: str) -> str:
        """The name of a space that lists a room; empty where none does."""
        names = (one.name for one in self._rooms.values() if one.is_space and room_id in one.children)
        return min((name for name in names if name), default="")

    async def join_children(self) -> bool:
        """Join the rooms that our spaces list, as far as they let us in; True if one did. Each is tried once."""
        joined = False
        for space in [one for one in self._rooms.values() if one.is_space]:
            for room_id, via in space.children.items():
                if room_id in self._rooms or room_id in self._tried:
                    continue
                self._tried.add(room_id)
                try:
                    path = f"{CLIENT}/join/{segment(room_id)}"
                    answer = await self._session.request("POST", path, params={"via": via[0]}, json={})
                    answer.decode(OBJECT)
                    joined = True
                except (Forbidden, Gone, Rejected):
                    # Open to others only, or on a server that is gone.
                    continue
        return joined

    async def mark_read(self, room_id: str, event_id: str) -> None:
        """Show that we have read a room up to what we answered. The marker only goes forward, as far as we know."""
        markers = {"m.read": event_id}
        event = self._notes.get(room_id, event_id)
        if event is not None and event.origin_server_ts > self._read_ms.get(room_id, -1):
            self._read_ms[room_id] = event.origin_server_ts
            markers["m.fully_read"] = event_id
        try:
            await self._session.post(f"/rooms/{segment(room_id)}/read_markers", markers, OBJECT)
        except NetworkError:
            # The answer is sent; a marker less is nothing to tell anybody of.
            return
