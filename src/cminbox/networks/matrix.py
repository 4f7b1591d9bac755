"""Matrix: rooms and direct chats of one user on a home server (client-server API, as of its version 1.16)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import ClassVar

from cminbox.errors import Gone
from cminbox.i18n import N_, _
from cminbox.model.accounts import Abilities, Counting, Profile
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActVerb
from cminbox.model.changes import Batch, Cursor, Feed
from cminbox.model.content import Author, Target
from cminbox.networks.base import Connection, Network
from cminbox.networks.http_answer import decode_each
from cminbox.networks.http_url import segment
from cminbox.networks.matrix_acts import Acts
from cminbox.networks.matrix_community import Community
from cminbox.networks.matrix_events import in_order
from cminbox.networks.matrix_history import TYPES
from cminbox.networks.matrix_reading import FEED, Reading
from cminbox.networks.matrix_rooms import Notes, Rooms
from cminbox.networks.matrix_session import Session
from cminbox.networks.matrix_telling import Telling
from cminbox.networks.matrix_wire import AROUND, EVENT, PAGE, Event

MAX_BYTES = 60_000
"""An event may have 65,536 bytes with everything around the text."""

SETTLE_S = 10
"""The transaction id makes a second attempt safe by itself; this only spares the server one."""

_CAN = frozenset(
    {
        ActVerb.REPLY,
        ActVerb.PRIVATE_REPLY,
        ActVerb.EDIT,
        ActVerb.DELETE,
        ActVerb.LIKE,
        ActVerb.UNLIKE,
        ActVerb.MUTE,
        ActVerb.UNMUTE,
        ActVerb.BLOCK,
        ActVerb.UNBLOCK,
        ActVerb.REPORT,
    }
)


class Matrix(Network):
    """One user on a home server."""

    name: ClassVar[str] = "matrix"
    title: ClassVar[str] = "Matrix"
    secret_help: ClassVar[str] = N_("an access token (or, with --set user=NAME, that user's password)")
    settings_help: ClassVar[dict[str, str]] = {
        "user": N_("log in as this user, with the password as the secret"),
        "join": N_("which invitations to accept: direct (direct chats only), all, none"),
        "rooms": N_("which messages of a room are for us: mentions (and answers to us), all"),
        "spaces": N_("the rooms that our spaces list: follow (join those that are open), stay (only where we are)"),
        "silence": N_("seconds without a word after which what one person says in a room is a new conversation"),
    }

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._session = Session(connection)
        self._rooms = Rooms(self._session)
        self._notes = Notes(self._session)
        self._telling = Telling(connection, self._session, self._notes)
        self._community = Community(self._session, self._notes)
        self._reading = Reading(connection, self._session, self._rooms, self._telling, self._community)
        self._acts = Acts(self._session, self._rooms, self._community)

    async def whoami(self) -> Profile:
        """The user of the token, by name."""
        us = await self._telling.us()
        await self._community.survey()
        author = Author(
            remote_id=us.user_id,
            handle=us.user_id,
            name=us.name,
            url=f"https://matrix.to/#/{segment(us.user_id)}",
            is_us=True,
        )
        return Profile(author=author, server=self._session.server, abilities=self.abilities)

    @property
    def abilities(self) -> Abilities:
        """What Matrix can do. Rights differ from room to room: each deed looks at those of its own first."""
        hide = _("Matrix cannot hide a message. Deleting it takes it away for everybody.")
        return Abilities(
            can=_CAN,
            max_length=MAX_BYTES,
            counting=Counting.BYTES,
            deletes_theirs=self._community.redacts_somewhere(),
            settle_s=SETTLE_S,
            why_not={ActVerb.HIDE: hide, ActVerb.UNHIDE: hide},
        )

    async def feeds(self) -> tuple[Feed, ...]:
        """One stream carries all rooms."""
        return (Feed(name=FEED, title=_("rooms and direct chats"), poll_s=30),)

    async def pull(self, feed: Feed, cursor: Cursor) -> Batch:
        """What is new in all rooms."""
        return await self._reading.pull(feed.name, cursor)

    async def listen(self) -> AsyncIterator[Batch]:
        """What comes, as it comes, by long polls."""
        async for batch in self._reading.listen():
            yield batch

    async def thread(self, target: Target) -> Batch:
        """The message, what stands around it, its thread, and the newest from its author and from us."""
        room_id = target.extra.get("room") or target.topic or (target.conversation or "").partition("|")[0]
        place = f"/rooms/{segment(room_id)}"
        kind = json.dumps({"types": TYPES})
        around = await self._session.get(f"{place}/context/{segment(target.remote_id)}", AROUND, limit=20, filter=kind)
        if around.event.redacted:
            raise Gone(_("This message was deleted."))
        raw = [*around.events_before, *around.events_after]
        room = await self._rooms.get(room_id)
        newest: dict[str, tuple[str, ...]] = {"types": TYPES}
        if not room.is_direct:
            newest["senders"] = (around.event.sender, await self._session.me())
        page = await self._session.get(f"{place}/messages", PAGE, dir="b", limit=30, filter=json.dumps(newest))
        raw += page.chunk
        root = around.event.related("m.thread")
        if root is not None:
            await self._notes.learn(room_id, root)
            path = f"/_matrix/client/v1/rooms/{segment(room_id)}/relations/{segment(root)}/m.thread"
            raw += (await self._session.request("GET", path, params={"limit": 50})).decode(PAGE).chunk
        events = {event.event_id: event for event in decode_each(raw, EVENT)[0] if self._recent(event)}
        above = self._notes.get(room_id, root)
        events |= {event.event_id: event for event in (above, around.event) if event is not None}
        in_time = sorted(events.values(), key=lambda event: event.origin_server_ts)
        changes, aside = await self._telling.changes(room, in_time)
        return Batch(feed=FEED, changes=in_order([changes]), set_aside=tuple(aside))

    async def perform(self, act: Act) -> Receipt:
        """Do one act, with its key as transaction id."""
        return await self._acts.perform(act)

    async def find(self, act: Act) -> Receipt | None:
        """Whether an act was done, from the room itself."""
        return await self._acts.find(act)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.aclose()

    def _recent(self, event: Event) -> bool:
        return event.origin_server_ts >= self._telling.since_ms
