"""What we may do in the rooms that we are in, and which of them are spaces: rooms that list those of a community."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cminbox.networks.matrix_wire import Event

CREATE = "m.room.create"
POWERS = "m.room.power_levels"
CHILD = "m.space.child"
NAME = "m.room.name"
STANDING = (CREATE, POWERS, CHILD, NAME)
"""The state events that this is read from."""

_CREATORS_ABOVE_ALL = 12
"""The room version since which who made a room stands above every number, and is in no list."""
_HIGHEST = 1 << 53


@dataclass
class Standing:
    """One room that we are in. `levels` are the content of its power levels; None while it has none.

    `children` are the rooms that it lists as a space, each with servers to join it through.
    """

    levels: Mapping[str, Any] | None = None
    creators: frozenset[str] = frozenset()
    above_all: bool = False
    is_space: bool = False
    name: str = ""
    children: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def apply(self, event: Event) -> None:
        """Take in one state event; what is not usable changes nothing."""
        content = event.content
        if event.type == CHILD and event.state_key:
            via = _strings(content.get("via"))
            # Without servers to go through, the room was taken out of the space.
            self.children.pop(event.state_key, None)
            if via:
                self.children[event.state_key] = via
        elif event.state_key != "":
            return
        elif event.type == CREATE:
            self.is_space = content.get("type") == "m.space"
            self.creators = frozenset((event.sender, *_strings(content.get("additional_creators"))))
            version = content.get("room_version")
            self.above_all = isinstance(version, str) and version.isdigit() and int(version) >= _CREATORS_ABOVE_ALL
        elif event.type == POWERS:
            self.levels = content
        elif event.type == NAME:
            name = content.get("name")
            self.name = name if isinstance(name, str) else ""

    def level(self, user: str) -> int:
        """The power of a user (https://spec.matrix.org/v1.16/client-server-api/#mroompower_levels)."""
        if user in self.creators and (self.above_all or self.levels is None):
            return _HIGHEST
        levels = self.levels or {}
        users = levels.get("users")
        given = users.get(user) if isinstance(users, dict) else None
        return _number(given, _number(levels.get("users_default"), 0))

    def may(self, user: str, deed: str, other: str | None = None) -> bool:
        """Whether a user may "redact" what others said, or "ban" (above whom they must stand)."""
        enough = self.level(user) >= _number((self.levels or {}).get(deed), 50)
        return enough and (deed == "redact" or other is None or self.level(user) > self.level(other))


def standing_of(events: Iterable[Event]) -> Standing:
    """What the state events of a room make of it."""
    standing = Standing()
    for event in events:
        standing.apply(event)
    return standing


def _number(value: object, usual: int) -> int:
    # Old rooms hold their numbers as words.
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else usual


def _strings(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
