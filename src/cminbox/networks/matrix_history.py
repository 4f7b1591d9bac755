"""The history that `/sync` leaves out, by `/messages`: walked back to its start, then told from there on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from cminbox.errors import Forbidden, Gone, NetworkError, Rejected
from cminbox.i18n import _
from cminbox.model.base import Frozen
from cminbox.model.changes import Change, SetAside
from cminbox.networks.http_answer import RAW_KEPT, decode_each
from cminbox.networks.http_url import segment
from cminbox.networks.matrix_rooms import Rooms
from cminbox.networks.matrix_session import Session
from cminbox.networks.matrix_telling import Telling
from cminbox.networks.matrix_wire import EVENT, MEMBER, PAGE, Event

TYPES = (
    "m.room.message",
    "m.room.encrypted",
    "m.sticker",
    "m.reaction",
    "m.room.redaction",
    "m.room.create",
    "m.room.member",
    "m.room.name",
    "m.room.topic",
    "m.room.canonical_alias",
    "m.room.join_rules",
    "m.room.encryption",
    "m.room.power_levels",
    "m.space.child",
)
"""The events that are asked for."""

PAGE_SIZE = 100
PAGES_AT_ONCE = 5
"""Pages of history read in one pull, so that each batch is stored soon."""

_PAGE_FILTER = json.dumps({"types": TYPES})


class Stretch(Frozen):
    """History of a room still to be read, back to the token `end` (None: to the start of what is ours to read).

    `pages` are the tokens of the pages walked so far, the newest first; `following` the next one's, None at the end.
    With `entrance`, what was there before we were invited (or joined) is not ours to read.
    """

    room: str
    end: str | None = None
    entrance: bool = False
    pages: tuple[str, ...] = ()
    following: str | None = None


class History:
    """Reads stretches. Pages walked are kept until they are told; after a restart they are asked for again."""

    def __init__(self, session: Session, rooms: Rooms, telling: Telling) -> None:
        self._session = session
        self._rooms = rooms
        self._telling = telling
        self._pages: dict[tuple[str, str], tuple[list[Event], list[SetAside]]] = {}

    async def go_on(self, stretch: Stretch) -> tuple[Stretch | None, list[Change], list[SetAside]]:
        """Some pages further: what is left of the stretch, and what was told."""
        await self._telling.us()
        try:
            stretch = await self._back(stretch)
            if stretch.following is not None:
                return stretch, [], []
            told = stretch.pages[-PAGES_AT_ONCE:]
            changes, aside = await self._tell(stretch, told)
        except (Forbidden, Gone, Rejected) as error:
            # History that the server does not give: said so, and the other rooms go on.
            self._pages.clear()
            return None, [], [_lost(stretch, error)]
        rest = stretch.pages[: -len(told)] if told else ()
        return (stretch.model_copy(update={"pages": rest}) if rest else None), changes, aside

    async def _back(self, stretch: Stretch) -> Stretch:
        pages, token = list(stretch.pages), stretch.following
        for _page in range(PAGES_AT_ONCE):
            if token is None:
                break
            events, aside, before = await self._page(stretch, token)
            self._pages[(stretch.room, token)] = (events, aside)
            pages.append(token)
            # A server at the end of a room's history may name the same token again.
            ends = before in pages or await self._reaches_back(stretch, events)
            token = None if ends else before
        return stretch.model_copy(update={"pages": tuple(pages), "following": token})

    async def _reaches_back(self, stretch: Stretch, events: Sequence[Event]) -> bool:
        if stretch.end is not None or not events:
            return False
        if stretch.entrance and cut(events, await self._session.me()) < len(events):
            return True
        # All of them: a single wrong clock does not end the walk.
        return all(event.origin_server_ts < self._telling.since_ms for event in events)

    async def _tell(self, stretch: Stretch, tokens: Sequence[str]) -> tuple[list[Change], list[SetAside]]:
        room = await self._rooms.get(stretch.room)
        me = await self._session.me()
        since_ms = 0 if stretch.end is not None else self._telling.since_ms
        events: list[Event] = []
        aside: list[SetAside] = []
        for token in reversed(tokens):
            kept = self._pages.pop((stretch.room, token), None)
            page, bad = kept if kept is not None else (await self._page(stretch, token))[:2]
            if stretch.entrance:
                page = page[: cut(page, me)]
            events += [event for event in reversed(page) if event.origin_server_ts >= since_ms]
            aside += bad
        changes, unreadable = await self._telling.changes(room, events)
        return changes, [*aside, *unreadable]

    async def _page(self, stretch: Stretch, start: str) -> tuple[list[Event], list[SetAside], str | None]:
        """One page, newest first; what in it cannot be read; and the token of the page before it."""
        page = await self._session.get(
            f"/rooms/{segment(stretch.room)}/messages",
            PAGE,
            dir="b",
            **{"from": start, "to": stretch.end},
            limit=PAGE_SIZE,
            filter=_PAGE_FILTER,
        )
        events, aside = decode_each(page.chunk, EVENT)
        return events, aside, page.end


def enters(event: Event, me: str) -> bool:
    """Whether an event is our coming into the room (a changed display name is a member event too)."""
    if event.type != MEMBER or event.state_key != me or event.content.get("membership") != "join":
        return False
    return membership_before(event) != "join"


def entered(timeline: Iterable[Event], state: Iterable[Event], me: str) -> bool:
    """Whether we came into the room since the last `/sync`; only then does its state begin with the room's creation."""
    return any(enters(event, me) for event in timeline) or any(event.type == "m.room.create" for event in state)


def membership_before(event: Event) -> object:
    """What a member event's user was before it."""
    before = event.unsigned.get("prev_content")
    return before.get("membership") if isinstance(before, dict) else None


def cut(events: Sequence[Event], me: str) -> int:
    """How many of a page's events (newest first) came after we were let in: by an invitation, else by joining."""
    for index, event in enumerate(events):
        if event.type != MEMBER or event.state_key != me:
            continue
        invited = event.content.get("membership") == "invite"
        if invited or (enters(event, me) and membership_before(event) != "invite"):
            return index
    return len(events)


def _lost(stretch: Stretch, error: NetworkError) -> SetAside:
    return SetAside(
        reason=_("A part of the history of a room cannot be read: {why}").format(why=error.message),
        raw=stretch.model_dump_json()[:RAW_KEPT],
    )
