"""The contract of a network. A connector is one class that keeps these promises, and nothing else of it is used.

A third party ships one as a package with an entry point in the group `cminbox.networks` (name -> `NetworkType`).
Every method raises only `cminbox.errors.NetworkError` and its kinds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

import httpx

from cminbox.clock import Clock
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.acts import Act, Receipt
from cminbox.model.changes import Batch, Cursor, Feed
from cminbox.model.content import Target
from cminbox.model.figures import Figures
from cminbox.networks.http_budget import Budget, Meter
from cminbox.networks.login import Way


@dataclass(frozen=True)
class Connection:
    """What a connector needs to reach its network as one account.

    `secret` is a token or what `secret_help` of the connector asks for; it is never logged. `since` bounds the first
    reading. `transport` replaces the wire (practice, tests); None is the real one. `meter` keeps what the server says
    of its limits.
    """

    account: str
    url: str
    secret: str = field(repr=False)
    since: datetime
    clock: Clock
    settings: dict[str, str] = field(default_factory=dict)
    transport: httpx.AsyncBaseTransport | None = None
    meter: Meter = field(default_factory=Meter, repr=False, compare=False)


class Network(ABC):
    """One account on one network, opened. Calls may come at the same time; `perform` comes one at a time."""

    name: ClassVar[str]
    """The network's name in commands and in the database, lower case."""
    title: ClassVar[str]
    """The product's own spelling."""
    secret_help: ClassVar[str]
    """One line, marked with N_: which secret `accounts add` asks for and where to get it."""
    needs_secret: ClassVar[bool] = True
    """False where anybody may read: no secret is asked for, and `Connection.secret` is empty."""
    asks_url: ClassVar[bool] = True
    """False where there is one address only, the network's own: none is asked for."""
    login: ClassVar[Way | None] = None
    """How to log in with a browser; None where only `secret_help` says how to get a secret."""
    settings_help: ClassVar[dict[str, str]] = {}
    """The connector's own settings (`--set k=v`) and what each means (marked with N_)."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @abstractmethod
    async def whoami(self) -> Profile:
        """Who the secret belongs to, with scopes, expiry and abilities. The first call made; others may rely on it."""

    @property
    @abstractmethod
    def abilities(self) -> Abilities:
        """What this account can do, as known now (better after `whoami`)."""

    @property
    def budget(self) -> Budget | None:
        """The tightest budget of requests that the server told of, or None."""
        return self.connection.meter.tightest()

    @abstractmethod
    async def feeds(self) -> tuple[Feed, ...]:
        """The streams to read. Names are stable: cursors are kept under them."""

    @abstractmethod
    async def pull(self, feed: Feed, cursor: Cursor) -> Batch:
        """What came after `cursor` (None: since `connection.since`), oldest first. Never skips: a gap is filled."""

    async def listen(self) -> AsyncIterator[Batch]:
        """Batches as the network pushes them, until the connection ends. The default network pushes nothing."""
        return
        yield  # the empty generator

    @abstractmethod
    async def thread(self, target: Target) -> Batch:
        """What stands above and beside a message now, with itself. `Gone` where the message is no more."""

    @abstractmethod
    async def perform(self, act: Act) -> Receipt:
        """Do one act, once: hands `act.key` to the network's idempotency facility where it has one."""

    @abstractmethod
    async def find(self, act: Act) -> Receipt | None:
        """After an uncertain outcome: the receipt if the act happened, None if not, `Unknowable` if nobody can tell."""

    async def figures(self) -> Figures | None:
        """Followers, and what became of our posts of the last weeks. The default network tells nothing of it: None."""
        return None

    async def aclose(self) -> None:
        """Close what is open."""
        return
