"""What a colleague is told when away, how, and when not; and what a crisis brings to the top."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from cminbox.i18n import _
from cminbox.model.base import Frozen

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


class Event(StrEnum):
    """What one can be told of."""

    LATE_SOON = "late_soon"
    LATE = "late"
    ASSIGNED = "assigned"
    NAMED = "named"
    SPIKE = "spike"
    ACCOUNT_PAUSED = "account_paused"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class How(StrEnum):
    """How an open screen tells it: a bell, the window's title, or a notification of the terminal (OSC 9 or 777)."""

    BELL = "bell"
    TITLE = "title"
    OSC9 = "osc9"
    OSC777 = "osc777"


Quiet = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]


def hours_of(quiet: str) -> tuple[time, time] | None:
    """From when to when it is quiet: "22:00-7:00"; None for "". Raises ValueError for anything else."""
    if not quiet:
        return None
    found = _SPAN.fullmatch(quiet)
    if found is None:
        raise ValueError(_no_hours(quiet))
    first, first_minute, last, last_minute = map(int, found.groups())
    try:
        return time(first, first_minute), time(last, last_minute)
    except ValueError:
        raise ValueError(_no_hours(quiet)) from None


def _no_hours(text: str) -> str:
    return _("{text} says no hours; write them as 22:00-7:00.").format(text=repr(text))


class Wish(Frozen):
    """What is different for one colleague; what is not said is as for everybody."""

    what: tuple[Event, ...] | None = None
    how: tuple[How, ...] | None = None
    quiet: Quiet | None = None

    @field_validator("quiet")
    @classmethod
    def _hours(cls, text: str | None) -> str | None:
        hours_of(text or "")
        return text


@dataclass(frozen=True)
class Wishes:
    """What one colleague is told of, how, and in which hours not."""

    what: frozenset[Event]
    how: frozenset[How]
    quiet: tuple[time, time] | None


class Notify(Frozen):
    """What one is told of: `what` (late_soon, late, assigned, named, spike, account_paused, failed, uncertain), `how`
    (bell, title, osc9, osc777); in the `quiet` hours ("22:00-7:00") nothing, and after them once what still stands.
    `colleagues` have their own by name.
    """

    what: tuple[Event, ...] = tuple(each for each in Event if each is not Event.LATE_SOON)
    how: tuple[How, ...] = (How.BELL,)
    quiet: Quiet = ""
    colleagues: dict[str, Wish] = Field(default_factory=dict)

    @field_validator("quiet")
    @classmethod
    def _hours(cls, text: str) -> str:
        hours_of(text)
        return text

    def of(self, colleague: str) -> Wishes:
        """What a colleague asked for."""
        own = self.colleagues.get(colleague, Wish())
        return Wishes(
            frozenset(self.what if own.what is None else own.what),
            frozenset(self.how if own.how is None else own.how),
            hours_of(self.quiet if own.quiet is None else own.quiet),
        )


class CrisisMode(Frozen):
    """While a crisis lasts, the templates of `folder` stand on top of the picker."""

    folder: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = "holding"
