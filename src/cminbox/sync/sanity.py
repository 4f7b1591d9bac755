"""What a network says, brought into bounds: texts that the store takes, times that can be. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic_core import PydanticSerializationError

from cminbox.clock import to_ms
from cminbox.model.base import Frozen, TimePrecision
from cminbox.text import storable

_FIRST_MS: Final = 631_152_000_000
"""1990: nothing on a network is older; what says so has a broken clock, or none."""
_AHEAD_MS: Final = 24 * 3600 * 1000
"""How far a network's clock may be ahead of ours: an unmarked local time is up to 14 hours off."""

C = TypeVar("C", bound=Frozen)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a message was written: as the network says (None: it does not, or nonsense), and its place in time here.

    `at_ms` is never later than the time it came: nothing is read before it was written.
    """

    created_ms: int | None
    at_ms: int
    precision: TimePrecision


def moment(at: datetime | None, precision: TimePrecision, now_ms: int) -> Moment:
    """The instant of a message. One that cannot be (before 1990, or more than a day ahead) counts as unknown."""
    created_ms = None if at is None else to_ms(at)
    if created_ms is None or not _FIRST_MS <= created_ms <= now_ms + _AHEAD_MS:
        return Moment(None, now_ms, TimePrecision.UNKNOWN)
    return Moment(created_ms, min(created_ms, now_ms), precision)


def clean(change: C) -> C:
    """The change without lone surrogates, which neither SQLite nor JSON takes. Most are returned as they are."""
    try:
        change.model_dump_json()
    except PydanticSerializationError:
        return type(change).model_validate(_clean(change.model_dump()))
    return change


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {_clean(key): _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_clean(each) for each in value)
    return value
