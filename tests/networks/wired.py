"""A practice server behind a wire, its exchanges held against a contract, and the connectors opened on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeVar

from cminbox.clock import SimulatedClock
from cminbox.networks.base import Connection, Network
from cminbox.practice.faults import Faults
from cminbox.practice.transport import PracticeTransport

from .spec import Checked

N = TypeVar("N", bound=Network)


class Wired:
    """Its clock, the faults that strike on the wire, and what was opened on it (with `aclose`)."""

    excused: frozenset[str] = frozenset()
    """What of the contract the server does not keep."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.faults = Faults()
        self.opened: list[Any] = []

    def plug(self, app: Any, checks: Any = None) -> None:
        """Put a server, or what checks it, behind the wire; `checks` where that stands behind something else."""
        self.app = app
        self.checks = app if checks is None else checks
        self.wire = PracticeTransport(app, self.clock, faults=self.faults)

    def connect(
        self, kind: type[N], account: str, url: str, secret: str, since: timedelta, settings: dict[str, str]
    ) -> N:
        """A connector on it, which `close` closes."""
        network = kind(
            Connection(
                account=account,
                url=url,
                secret=secret,
                since=self.clock.now() - since,
                clock=self.clock,
                settings=settings,
                transport=self.wire,
            )
        )
        self.opened.append(network)
        return network

    def forgive(self) -> None:
        """From now on the server may say what the contract does not allow."""
        if isinstance(self.checks, Checked):
            self.checks.forgiving = True

    async def close(self) -> None:
        """Close what was opened; fails when the practice server crashed or an exchange was against the contract."""
        for each in self.opened:
            await each.aclose()
        await self.wire.aclose()
        assert self.wire.crashes == []
        if isinstance(self.checks, Checked):
            problems = [each for each in self.checks.problems if each not in self.excused]
            assert not problems, problems[:5]
