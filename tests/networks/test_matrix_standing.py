"""What power levels and spaces mean."""

from typing import Any

import pytest

from cminbox.networks.matrix_standing import Standing, standing_of
from cminbox.networks.matrix_wire import Event

ANA, BOB = "@ana:practice.example", "@bob:practice.example"


def state(kind: str, content: dict[str, Any], key: str | None = "", sender: str = ANA) -> Event:
    return Event(type=kind, event_id="$e", sender=sender, origin_server_ts=0, content=content, state_key=key)


def powers(**content: Any) -> Event:
    return state("m.room.power_levels", content)


def room(*events: Event, version: str = "11") -> Standing:
    return standing_of((state("m.room.create", {"room_version": version}), *events))


@pytest.mark.parametrize(
    ("content", "may"),
    [
        ({}, False),
        ({"users": {BOB: 50}}, True),
        ({"users": {BOB: 49}}, False),
        ({"users_default": 50}, True),
        ({"users": {BOB: 10}, "redact": 10}, True),
        ({"users": {BOB: "50"}}, True),
        ({"users": {BOB: True}}, False),
        ({"users": [BOB], "redact": None}, False),
    ],
)
def test_levels_decide_what_may_be_deleted(content: dict[str, Any], may: bool) -> None:
    assert room(powers(**content)).may(BOB, "redact") is may


def test_a_ban_needs_to_stand_above() -> None:
    standing = room(powers(users={BOB: 50, ANA: 50, "@c:x": 49}))
    assert not standing.may(BOB, "ban", ANA)
    assert standing.may(BOB, "ban", "@c:x")
    assert standing.may(BOB, "redact", ANA)


def test_who_made_a_room_stands_above_all_since_version_12() -> None:
    old, new = (room(powers(users={BOB: 100}), version=version) for version in ("11", "12"))
    assert not old.may(ANA, "redact")
    assert new.may(ANA, "ban", BOB)
    assert not new.may(BOB, "ban", ANA)


def test_a_room_without_levels_belongs_to_who_made_it() -> None:
    assert room().may(ANA, "redact")
    assert not room().may(BOB, "redact")


def test_a_space_lists_rooms_with_ways_to_them() -> None:
    child = "m.space.child"
    space = standing_of(
        (
            state("m.room.create", {"type": "m.space", "room_version": "11"}),
            state("m.room.name", {"name": "Club"}),
            state(child, {"via": ["a.example", 5]}, "!one:x"),
            state(child, {"via": []}, "!two:x"),
            state(child, {"via": "nonsense"}, "!three:x"),
        )
    )
    assert (space.is_space, space.name, space.children) == (True, "Club", {"!one:x": ("a.example",)})
    space.apply(state(child, {}, "!one:x"))
    assert space.children == {}
    assert not room().is_space
