"""Reading an account: `/sync` for what is new, and the history that it leaves out.

The cursor holds the token of the last `/sync` and the stretches of history that are still to be read. A room whose news
do not fit into the answer gives nothing from it: the whole stretch since the last reading is walked back to its start,
page by page, then told from its oldest page on. So nothing is skipped, each room stays in order, and a kill in between
costs some pages at most.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cminbox.errors import Forbidden, Gone, Rejected
from cminbox.i18n import _
from cminbox.model.base import Frozen
from cminbox.model.changes import Batch, Change, Cursor, Removed, SetAside
from cminbox.networks.base import Connection
from cminbox.networks.http_answer import RAW_KEPT, decode_each
from cminbox.networks.http_url import segment
from cminbox.networks.matrix_community import Community
from cminbox.networks.matrix_events import INVITATION, in_order, invitation, read
from cminbox.networks.matrix_history import TYPES, History, Stretch, entered
from cminbox.networks.matrix_rooms import DIRECT, Room, Rooms
from cminbox.networks.matrix_session import CLIENT, Session
from cminbox.networks.matrix_telling import Telling
from cminbox.networks.matrix_wire import EVENT, INVITED_ROOM, MEMBER, OBJECT, SYNCED, SYNCED_ROOM, Synced, SyncedRoom

FEED = "events"
LONG_POLL_S = 30
TIMELINE = 50
"""Events of a room in one answer of `/sync`; where there are more, the room's history is read."""

_NOTHING: dict[str, Any] = {"types": []}
_FILTER = {
    "room": {
        "timeline": {"limit": TIMELINE, "types": TYPES},
        "state": {"types": TYPES, "lazy_load_members": True},
        "ephemeral": {"types": ["m.receipt"]},
        "account_data": _NOTHING,
    },
    "presence": _NOTHING,
    "account_data": {"types": [DIRECT]},
}
_POSITION = {"room": {"rooms": []}, "presence": _NOTHING, "account_data": _NOTHING}


class Mark(Frozen):
    """The cursor: how far `/sync` was read, what was left out on the way, and the rooms whose invitations were told."""

    since: str | None = None
    stretches: tuple[Stretch, ...] = ()
    invited: tuple[str, ...] = ()


_MARK = TypeAdapter(Mark)


@dataclass
class _Found:
    """What one answer of `/sync` brings together."""

    rooms: list[list[Change]] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    joined: bool = False
    invited: tuple[str, ...] = ()


class Reading:
    """The feed of one account."""

    def __init__(
        self, connection: Connection, session: Session, rooms: Rooms, telling: Telling, community: Community
    ) -> None:
        self._join = connection.settings.get("join", "direct")
        self._follows = connection.settings.get("spaces") == "follow"
        self._community = community
        self._session = session
        self._rooms = rooms
        self._telling = telling
        self._history = History(session, rooms, telling)
        self._latest: str | None = None

    async def pull(self, feed: str, cursor: Cursor) -> Batch:
        """What came after the cursor, oldest first in each room."""
        mark = _mark(cursor)
        if mark.stretches:
            return await self._go_on(feed, mark)
        await self._community.survey()
        try:
            synced = await self._sync(mark.since, 0)
        except Rejected:
            # A server set back to a backup does not know its own token any more: everything is read again.
            if mark.since is None:
                raise
            mark = Mark()
            synced = await self._sync(None, 0)
        found = await self._take(synced, mark.since, mark.invited)
        self._latest = synced.next_batch
        after = Mark(since=synced.next_batch, stretches=tuple(found.stretches), invited=found.invited)
        return Batch(
            feed=feed,
            changes=in_order(found.rooms),
            cursor=after.model_dump(mode="json"),
            more=bool(found.stretches) or found.joined,
            set_aside=tuple(found.aside),
        )

    async def listen(self) -> AsyncIterator[Batch]:
        """What comes from now on, by long polls. A room with more than fits into an answer is left to `pull`."""
        since = self._latest or (await self._sync(None, 0, _POSITION)).next_batch
        while True:
            synced = await self._sync(since, LONG_POLL_S)
            found = await self._take(synced, since)
            since = synced.next_batch
            changes = in_order(found.rooms)
            more = bool(found.stretches) or found.joined
            if changes or more:
                # What could not be read is set aside by the pull that follows, once.
                yield Batch(feed=FEED, changes=changes, more=more)

    async def _go_on(self, feed: str, mark: Mark) -> Batch:
        stretch, *others = mark.stretches
        await self._room(stretch.room)
        left, changes, aside = await self._history.go_on(stretch)
        stretches = (*([left] if left is not None else []), *others)
        after = Mark(since=mark.since, stretches=stretches, invited=mark.invited)
        # There is always more: at the end, what came meanwhile.
        cursor = after.model_dump(mode="json")
        return Batch(feed=feed, changes=tuple(changes), cursor=cursor, more=True, set_aside=tuple(aside))

    async def _sync(self, since: str | None, wait_s: int, kind: dict[str, Any] = _FILTER) -> Synced:
        asked = {"since": since, "timeout": wait_s * 1000, "filter": json.dumps(kind), "set_presence": "offline"}
        answer = await self._session.request("GET", f"{CLIENT}/sync", params=asked, timeout_s=30 + wait_s)
        return answer.decode(SYNCED)

    async def _take(self, synced: Synced, since: str | None, invited: tuple[str, ...] = ()) -> _Found:
        found = _Found(invited=invited)
        for content in _contents(synced.account_data.events, DIRECT):
            self._rooms.set_direct(content)
        for room_id in synced.rooms.leave:
            self._community.left(room_id)
        for room_id, raw in {**synced.rooms.leave, **synced.rooms.join}.items():
            if room_id in invited:
                # Accepted elsewhere, declined, or taken back.
                found.rooms.append([Removed(remote_id=f"{INVITATION}{room_id}", at=None)])
                found.invited = tuple(one for one in found.invited if one != room_id)
            try:
                news = SYNCED_ROOM.validate_python(raw)
            except ValidationError:
                reason = _("The news of a room cannot be read.")
                found.aside.append(SetAside(reason=reason, raw=json.dumps({room_id: raw})[:RAW_KEPT]))
                continue
            if room_id in synced.rooms.join:
                events = decode_each([*news.state.events, *news.timeline.events], EVENT)[0]
                self._community.follow(room_id, events)
            await self._take_room(room_id, news, synced.next_batch, since, found)
        for room_id, raw in synced.rooms.invite.items():
            await self._answer_invite(room_id, raw, found)
        if self._follows:
            found.joined = await self._community.join_children() or found.joined
        return found

    async def _take_room(self, room_id: str, news: SyncedRoom, latest: str, since: str | None, found: _Found) -> None:
        events, bad = decode_each(news.timeline.events, EVENT)
        state = decode_each(news.state.events, EVENT)[0]
        new_here = since is not None and entered(events, state, await self._session.me())
        if new_here:
            self._rooms.forget(room_id)
        self._rooms.follow(room_id, (*state, *events))
        # At the first reading, what is older than asked for may stay left out.
        old = since is None and bool(events) and events[0].origin_server_ts < self._telling.since_ms
        changes: list[Change] = []
        if news.timeline.limited and not old:
            if new_here:
                # From the invitation on, which may be older than the last reading.
                found.stretches.append(Stretch(room=room_id, entrance=True, following=latest))
            # Also for a room that is new here: we may have been in it before.
            found.stretches.append(Stretch(room=room_id, end=since, following=latest))
        else:
            first_ms = 0 if since is not None else self._telling.since_ms
            kept = [event for event in events if event.origin_server_ts >= first_ms]
            changes, aside = await self._telling.changes(await self._room(room_id), kept)
            found.aside += [*bad, *aside]
        for content in _contents(news.ephemeral.events, "m.receipt"):
            changes += read(content, await self._telling.us())
        found.rooms.append(changes)

    async def _room(self, room_id: str) -> Room:
        room = await self._rooms.get(room_id)
        room.space = self._community.space_of(room_id)
        return room

    async def _answer_invite(self, room_id: str, raw: Any, found: _Found) -> None:
        """Join a room that we are invited to, where the account's settings say so; show the invitation otherwise."""
        try:
            invited = INVITED_ROOM.validate_python(raw).invite_state.events
        except ValidationError:
            return
        me = await self._session.me()
        ours = [event for event in invited if _is_member(event, me)]
        direct = any(event["content"].get("is_direct") is True for event in ours)
        by = next((event.get("sender") for event in ours), None)
        if self._join == "none" or (self._join == "direct" and not direct):
            if isinstance(by, str):
                shown = _shown(room_id, me, invited)
                found.rooms.append([invitation(room_id, shown, by, await self._telling.us(), direct=direct)])
                found.invited = (*(one for one in found.invited if one != room_id), room_id)
            return
        try:
            await self._session.post(f"/join/{segment(room_id)}", {}, OBJECT)
            if direct and isinstance(by, str):
                await self._rooms.mark_direct(room_id, by)
        except (Forbidden, Gone, Rejected):
            # Taken back, or from a server that is gone: an invitation that nobody can follow.
            return
        self._rooms.forget(room_id)
        found.joined = True


def _mark(cursor: Cursor) -> Mark:
    if cursor is None:
        return Mark()
    try:
        return _MARK.validate_python(cursor)
    except ValidationError:
        # Not of this version's making: reading again from the start loses nothing, and what is known stays known.
        return Mark()


def _shown(room_id: str, me: str, invited: Iterable[Any]) -> Room:
    """What a room shows of itself to who is invited: state events without id and time."""
    room = Room(room_id, me)
    for raw in invited:
        if isinstance(raw, dict):
            good, _bad = decode_each([{**raw, "event_id": "$shown", "origin_server_ts": 0}], EVENT)
            for event in good:
                room.apply(event)
    return room


def _contents(events: Iterable[Any], kind: str) -> list[dict[str, Any]]:
    return [
        event["content"]
        for event in events
        if isinstance(event, dict) and event.get("type") == kind and isinstance(event.get("content"), dict)
    ]


def _is_member(event: Any, user: str) -> bool:
    return (
        isinstance(event, dict)
        and event.get("type") == MEMBER
        and event.get("state_key") == user
        and isinstance(event.get("content"), dict)
    )
