"""What goes wrong on the way to a practice server: planned, counted, and the same at every run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class When(StrEnum):
    """Where a request breaks."""

    BEFORE = "before"
    """The connection is refused: the server never hears of it."""
    DURING = "during"
    """The line breaks while the server works: the caller knows at once, the deed is done `seconds` later."""
    AFTER = "after"
    """The server does it all; nothing of its answer arrives."""
    CUT = "cut"
    """The server does it all; half of its answer arrives, then the line breaks."""
    DELAY = "delay"
    """The server does it all; its answer takes `seconds` longer."""
    STATUS = "status"
    """Something in front of the server answers `status`, `headers` and `body`; the server never hears of it."""
    GARBLE = "garble"
    """The server does it all; `body` arrives in place of its answer, with its status."""


@dataclass(frozen=True)
class Fault:
    """One fault, for requests whose method and path match (`*` and `?` as in file names)."""

    method: str
    path: str
    when: When
    seconds: float = 0.0
    status: int = 503
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def matches(self, method: str, path: str) -> bool:
        """True when the fault is meant for this request."""
        return fnmatchcase(method, self.method) and fnmatchcase(path, self.path)


@dataclass
class _Planned:
    fault: Fault
    times: int | None
    skip: int


class Faults:
    """A plan of faults: the first that matches and is not used up strikes."""

    def __init__(self) -> None:
        self._plan: list[_Planned] = []
        self.struck: list[tuple[Fault, str, str]] = []
        """What struck so far: the fault, and the method and path of the request."""

    def add(
        self,
        method: str,
        path: str,
        when: str,
        *,
        times: int | None = 1,
        skip: int = 0,
        seconds: float = 0.0,
        status: int = 503,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
    ) -> Fault:
        """Plan a fault for `times` requests (None: all), after letting `skip` matching ones pass."""
        fault = Fault(method, path, When(when), seconds, status, headers, body)
        self._plan.append(_Planned(fault, times, skip))
        return fault

    def remove(self, fault: Fault) -> None:
        """Take a fault out of the plan, used up or not."""
        self._plan = [planned for planned in self._plan if planned.fault is not fault]

    def clear(self) -> None:
        """Take all faults out of the plan."""
        self._plan.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, or None. Uses it up."""
        for planned in self._plan:
            if planned.times == 0 or not planned.fault.matches(method, path):
                continue
            if planned.skip > 0:
                planned.skip -= 1
                continue
            if planned.times is not None:
                planned.times -= 1
            self.struck.append((planned.fault, method, path))
            return planned.fault
        return None
