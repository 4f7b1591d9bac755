"""What all lanes of one sender share: the store, the epoch of the lease, and one way to write."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Concatenate, Final, ParamSpec, TypeVar, Unpack

from cminbox.clock import Clock, to_ms
from cminbox.errors import AuthExpired, NetworkError
from cminbox.model.accounts import Account
from cminbox.model.base import ActState
from cminbox.model.rows import ActRow
from cminbox.store import outbox
from cminbox.store.database import Store, Tx
from cminbox.sync import backoff, outcome
from cminbox.sync.events import ActMoved, Event

P = ParamSpec("P")
T = TypeVar("T")

_FOR_EVER: Final = 1 << 62


class LeaseLostError(Exception):
    """Another process began a newer epoch: this one may move nothing any more."""


class Step:
    """One write transaction of the sender: moves acts, under the epoch of its lease only."""

    def __init__(self, tx: Tx, epoch: int) -> None:
        self.tx = tx
        self.moved: list[ActMoved] = []
        self._epoch = epoch

    @property
    def db(self) -> sqlite3.Connection:
        """The transaction's connection."""
        return self.tx.db

    def move(self, act: ActRow, to: ActState, **fields: Unpack[outbox.Fields]) -> bool:
        """Move an act on from the state in `act`; False where somebody was faster. Raises LeaseLostError."""
        if outbox.move(self.tx, act.id, act.state, to, epoch=self._epoch, **fields):
            self.moved.append(ActMoved(act.id, to))
            return True
        self.check()
        return False

    def put_off(self, act: ActRow, **fields: Unpack[outbox.Fields]) -> None:
        """Change what is known of an act that stays where it is. Raises LeaseLostError."""
        if not outbox.put_off(self.tx, act.id, act.state, self._epoch, **fields):
            self.check()

    def hold_back(self, account_id: int, told_ms: int, resting_ms: int) -> None:
        """Let every act of an account wait (see store.outbox.hold_back)."""
        outbox.hold_back(self.tx, account_id, self._epoch, told_ms=told_ms, resting_ms=resting_ms)

    def check(self) -> None:
        """Raise LeaseLostError where another process took over."""
        if outbox.epoch(self.tx.db) != self._epoch:
            raise LeaseLostError


@dataclass(frozen=True)
class Office:
    """What every lane of a sender shares.

    `expired` hears of a token that is no longer good; `progressed` of every step; `chance` gives a random number in
    [0, 1) for jitter. None of them waits. `under_way` holds the ids of the acts that this sender has on the wire: one
    that is *sending* and not among them was left by an attempt that ended without a word.
    """

    store: Store
    clock: Clock
    epoch: int
    stale_after_s: float
    post: Callable[[Event], None]
    expired: Callable[[Account, AuthExpired], None]
    progressed: Callable[[], None]
    chance: Callable[[], float]
    under_way: set[int] = field(default_factory=set)

    def now_ms(self) -> int:
        """The present instant."""
        return to_ms(self.clock.now())

    async def write(self, fn: Callable[Concatenate[Step, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(step, ...)` in one durable transaction, then tell which acts moved."""

        def job(tx: Tx) -> tuple[T, list[ActMoved]]:
            step = Step(tx, self.epoch)
            return fn(step, *args, **kwargs), step.moved

        result, moved = await self.store.write(job)
        for event in moved:
            self.post(event)
        return result


class Rest:
    """How long one account has to wait before anything more is asked of its network."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.told_ms = 0
        self.resting_ms = 0
        self._failures = 0

    @property
    def until_ms(self) -> int:
        """When the account may go on."""
        return max(self.told_ms, self.resting_ms)

    @property
    def for_ever(self) -> bool:
        """Whether only a person can end this."""
        return self.resting_ms >= _FOR_EVER

    def note(self, error: NetworkError | None) -> None:
        """Draw the consequence of an error: wait as long as told, or back off, or (a bad token) for good."""
        now = self._office.now_ms()
        told = outcome.told_to_wait_ms(error)
        if told is not None:
            self.told_ms = max(self.told_ms, told, now + 1)
        elif isinstance(error, AuthExpired):
            self.resting_ms = _FOR_EVER
        elif outcome.is_trouble(error):
            self.resting_ms = now + int(self.failed() * 1000)

    def failed(self) -> float:
        """Count a failure; returns the seconds to back off."""
        self._failures += 1
        return backoff.delay_s(self._failures, self._office.chance())

    def well(self) -> None:
        """The network answered as it should."""
        self._failures = 0
