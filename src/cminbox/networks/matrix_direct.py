"""The direct chat with somebody: found, or opened once.

Opening a room has no transaction id at Matrix, so two notes make it safe: account data says for whom a room is being
opened, and the room itself says so in its creation event. After an answer that was lost, the room is looked for.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from cminbox.networks.http_answer import decode_each
from cminbox.networks.matrix_rooms import DIRECT, Rooms
from cminbox.networks.matrix_session import CLIENT, Session
from cminbox.networks.matrix_wire import CREATED, EVENT, JOINED, SYNCED, SYNCED_ROOM, Event

OPENING = "cminbox.opening"
"""Account data: the users for whom a room is being opened."""

MARK = "cminbox.direct"
"""In the creation event of a room that we opened: for whom."""

_CREATION = {
    "room": {
        "timeline": {"types": []},
        "state": {"types": ["m.room.create"]},
        "ephemeral": {"types": []},
        "account_data": {"types": []},
    },
    "presence": {"types": []},
    "account_data": {"types": []},
}


class Direct:
    """Direct chats of one account."""

    def __init__(self, session: Session, rooms: Rooms) -> None:
        self._session = session
        self._rooms = rooms

    async def find(self, user: str) -> str | None:
        """The room to write to somebody privately, or None. It has both of us in it, and is not encrypted."""
        marked = (await self._session.account_data(DIRECT)).get(user)
        joined = set((await self._session.get("/joined_rooms", JOINED)).joined_rooms)
        for room_id in marked if isinstance(marked, list) else ():
            if room_id in joined and await self._usable(room_id, user):
                return str(room_id)
        if user not in await self._session.account_data(OPENING):
            return None
        return await self._opened(user, joined)

    async def open(self, user: str) -> str:
        """The room to write to somebody privately, made where there is none."""
        room_id = await self.find(user)
        if room_id is None:
            await self._note(user, opening=True)
            body: dict[str, Any] = {
                "preset": "trusted_private_chat",
                "is_direct": True,
                "invite": [user],
                "creation_content": {MARK: user},
            }
            room_id = (await self._session.post("/createRoom", body, CREATED)).room_id
        if room_id not in await self._rooms.direct():
            await self._rooms.mark_direct(room_id, user)
        await self._note(user, opening=False)
        return room_id

    async def _usable(self, room_id: str, user: str) -> bool:
        room = await self._rooms.fresh(room_id)
        return not room.closed and not room.encrypted and user in room.members

    async def _opened(self, user: str, joined: set[str]) -> str | None:
        """The room that an earlier attempt made without our hearing of it."""
        asked: dict[str, str | int | None] = {"filter": json.dumps(_CREATION), "timeout": 0, "set_presence": "offline"}
        synced = (await self._session.request("GET", f"{CLIENT}/sync", params=asked)).decode(SYNCED)
        me = await self._session.me()
        for room_id, raw in synced.rooms.join.items():
            made = (event for event in _events(raw) if event.type == "m.room.create" and event.sender == me)
            if any(event.content.get(MARK) == user for event in made) and room_id in joined:
                return room_id
        return None

    async def _note(self, user: str, *, opening: bool) -> None:
        notes = await self._session.account_data(OPENING)
        if (user in notes) is opening:
            return
        await self._session.keep(
            OPENING, {**{k: v for k, v in notes.items() if k != user}, **({user: True} if opening else {})}
        )


def _events(raw: Any) -> list[Event]:
    try:
        room = SYNCED_ROOM.validate_python(raw)
    except ValidationError:
        return []
    return decode_each([*room.state.events, *room.timeline.events], EVENT)[0]
