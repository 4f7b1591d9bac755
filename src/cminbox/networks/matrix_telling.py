"""From the events of a room to changes, with what has to be asked for on the way."""

from __future__ import annotations

from collections.abc import Sequence

from cminbox.clock import to_ms
from cminbox.errors import Rejected
from cminbox.i18n import _
from cminbox.model.changes import Change, SetAside
from cminbox.networks.base import Connection
from cminbox.networks.http_answer import RAW_KEPT
from cminbox.networks.matrix_events import UnreadableError, Us, translate, wanted
from cminbox.networks.matrix_rooms import Notes, Room
from cminbox.networks.matrix_session import Session
from cminbox.networks.matrix_wire import Event


class Telling:
    """Understands events for one account. `since_ms` bounds the first reading."""

    def __init__(self, connection: Connection, session: Session, notes: Notes) -> None:
        self._connection = connection
        self._session = session
        self._notes = notes
        self._us: Us | None = None
        self.since_ms = to_ms(connection.since)

    async def us(self) -> Us:
        """Who we are, asked once. Raises `Rejected` for a setting of the account that means nothing."""
        if self._us is None:
            self._us = us_of(self._connection.settings, await self._session.me(), await self._session.display_name())
        return self._us

    async def changes(self, room: Room, events: Sequence[Event]) -> tuple[list[Change], list[SetAside]]:
        """What events of one room mean, in their order, and those that mean nothing that can be read."""
        us = await self.us()
        for event in events:
            self._notes.see(room.id, event)
        changes: list[Change] = []
        aside: list[SetAside] = []
        for event in events:
            for other in wanted(event, room):
                await self._notes.learn(room.id, other)
            try:
                change = translate(event, room, us, self._notes)
            except UnreadableError as error:
                aside.append(SetAside(reason=f"{event.type}: {error}", raw=event.model_dump_json()[:RAW_KEPT]))
                continue
            if change is not None:
                changes.append(change)
        return changes, aside


def us_of(settings: dict[str, str], user_id: str, name: str) -> Us:
    """Who we are, with the account's settings. Raises `Rejected` for one that means nothing."""
    for key, allowed in (
        ("rooms", ("mentions", "all")),
        ("join", ("direct", "all", "none")),
        ("spaces", ("stay", "follow")),
    ):
        value = settings.get(key, allowed[0])
        if value not in allowed:
            raise Rejected(
                _("The setting {key} of the account cannot be {value}.").format(key=key, value=value),
                key,
                _("It is one of: {values}.").format(values=", ".join(allowed)),
            )
    silence = settings.get("silence", "3600")
    if not (silence.isascii() and silence.isdigit()):
        raise Rejected(
            _("The setting {key} of the account cannot be {value}.").format(key="silence", value=silence),
            "silence",
            _("It is a number of seconds."),
        )
    return Us(user_id, name, all_rooms=settings.get("rooms") == "all", silence_s=int(silence))
