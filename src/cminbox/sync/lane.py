"""One account's acts, one after the other, in the order in which they are due."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from cminbox.errors import StoreError
from cminbox.model.accounts import Account
from cminbox.model.base import ActState
from cminbox.model.rows import ActRow
from cminbox.store import outbox
from cminbox.sync import outcome, review
from cminbox.sync.attempt import Attempt
from cminbox.sync.lookup import Lookup
from cminbox.sync.office import LeaseLostError, Office, Rest, Step
from cminbox.sync.waiting import first

if TYPE_CHECKING:
    from cminbox.networks.base import Network

log = logging.getLogger(__name__)

_INTERRUPTED_S: Final = 120.0


class Lane:
    """The acts of one account on its open network. `run` until cancelled, then wait for `settled`."""

    def __init__(self, office: Office, account: Account, network: Network) -> None:
        self.account = account
        self._office = office
        self._rest = Rest(office)
        self._attempt = Attempt(office, account, network, self._rest)
        self._lookup = Lookup(office, account, network, self._rest, self._attempt)
        self._news = asyncio.Event()
        self._busy_since_ms: int | None = None

    def wake(self) -> None:
        """Something may have become due."""
        self._news.set()

    async def settled(self) -> None:
        """Return when nothing is on its way to the network any more."""
        await self._attempt.settled()

    async def run(self) -> None:
        """Work until cancelled. Raises LeaseLostError when another process took over."""
        while True:
            self._news.clear()
            try:
                wait_s = await self.step()
            except LeaseLostError:
                raise
            except Exception:
                # The store is full, or there is a defect: the acts stay as they are, the other accounts go on.
                log.exception("the outbox of account %d stumbled", self.account.id)
                wait_s = self._rest.failed()
            self._office.progressed()
            if wait_s != 0:
                await first(self._office.clock, wait_s, self._news)

    async def step(self) -> float | None:
        """Do one thing that is due. Returns 0 where there was one, else the seconds until there is (None: nothing)."""
        now = self._office.now_ms()
        if self._rest.for_ever:
            return None
        if now < self._rest.until_ms:
            self._busy_since_ms = None
            if await self._office.store.read(outbox.due, now, self.account.id):
                await self._office.write(Step.hold_back, self.account.id, self._rest.told_ms, self._rest.resting_ms)
            return (self._rest.until_ms - now) / 1000
        await self._look_for_left()
        acts = await self._office.store.read(outbox.due, now, self.account.id)
        if acts:
            await self._do(acts, now)
            return 0
        self._busy_since_ms = None
        due = await self._office.store.read(outbox.next_due_ms, self.account.id)
        return None if due is None else max(0.001, (due - now) / 1000)

    async def _look_for_left(self) -> None:
        """An act that is *sending* while nobody sends it is uncertain: `find` decides, as after a crash."""
        for act in await self._office.store.read(outbox.rows, (ActState.SENDING,)):
            if act.account_id == self.account.id and act.id not in self._office.under_way:
                log.error("act %d was left in the middle of its sending", act.id)
                await self._office.write(Step.move, act, ActState.UNCERTAIN)

    async def _do(self, acts: list[ActRow], now: int) -> None:
        if self._busy_since_ms is None:
            self._busy_since_ms = now
        try:
            await self._treat(acts, self._busy_since_ms)
        except (LeaseLostError, StoreError):
            raise
        except Exception as defect:
            # Whatever is wrong with this one act, the others of the account go on.
            log.exception("act %d cannot be treated", acts[0].id)
            why, again = str(outcome.unexpected(defect)), now + int(self._rest.failed() * 1000)
            await self._office.write(Step.put_off, acts[0], error=why, retry_ms=again)
        if self._office.now_ms() - now > _INTERRUPTED_S * 1000:
            # The machine slept in between: what comes next is late.
            self._busy_since_ms = None

    async def _treat(self, acts: list[ActRow], busy_since_ms: int) -> None:
        act = acts[0]
        if act.state is ActState.HELD:
            await self._office.write(_release, acts)
        elif act.state is ActState.UNCERTAIN:
            await self._lookup.find_out(act)
        elif late := review.too_late(act, busy_since_ms, self._office.stale_after_s):
            # To wait for those before it in one run of work is the spacing of a bulk answer, not lateness.
            await self._office.write(Step.move, act, ActState.REVIEW, error=late)
        else:
            await self._attempt.send(act)


def _release(step: Step, acts: list[ActRow]) -> None:
    for act in acts:
        if act.state is ActState.HELD:
            step.move(act, ActState.QUEUED)
