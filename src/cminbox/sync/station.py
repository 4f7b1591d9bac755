"""One account at work: its network opened, read, and lent to the sender, until a person or an error ends it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from cminbox.clock import Clock
from cminbox.errors import AuthExpired, CminboxError, Gone, NetworkError, StoreError
from cminbox.i18n import _
from cminbox.model.accounts import Account, Allowance
from cminbox.model.changes import Batch, Removed
from cminbox.model.content import Target
from cminbox.store import accounts
from cminbox.store.database import Store
from cminbox.sync import backoff
from cminbox.sync.connect import Connector
from cminbox.sync.events import ConnectionChanged, Event
from cminbox.sync.figures import FigureReader
from cminbox.sync.poller import Poller, Trouble
from cminbox.sync.sender import Sender
from cminbox.sync.taking import take_in
from cminbox.sync.waiting import first

if TYPE_CHECKING:
    from cminbox.networks.base import Network

log = logging.getLogger(__name__)

_STORE_RETRY_S: Final = 5.0
_TELL_S: Final = 60.0


@dataclass(frozen=True)
class Yard:
    """What all stations of one tenure share. `expired` hears of a token that is no longer good, and does not wait.

    `figures_s`: how often figures are read; 0 never.
    """

    store: Store
    clock: Clock
    connector: Connector
    sender: Sender
    post: Callable[[Event], None]
    expired: Callable[[Account, AuthExpired], None]
    chance: Callable[[], float]
    figures_s: float = 0.0


class Station:
    """One account. `run` until cancelled, then `close`; `round` asks for one whole reading."""

    def __init__(self, yard: Yard, account: Account, secret: str) -> None:
        self.account = account
        self.secret = secret
        self._yard = yard
        self._network: Network | None = None
        self._poller: Poller | None = None
        self._listener: asyncio.Task[None] | None = None
        self._figures: FigureReader | None = None
        self._counting: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._asked: list[asyncio.Future[list[str]]] = []
        self._failures = 0
        self._told_at: float | None = None
        self._over = False

    @property
    def messages_in(self) -> int:
        """How many new messages came in through this station."""
        return 0 if self._poller is None else self._poller.arrivals.messages

    def round(self) -> asyncio.Future[list[str]]:
        """Read every feed now; the future holds what went wrong, in sentences, once that is done."""
        future: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        if self._over:
            future.set_result([])
        else:
            self._asked.append(future)
            self._news.set()
        return future

    async def run(self) -> None:
        """Read, until cancelled or the token is no longer good."""
        try:
            while True:
                self._news.clear()
                asked, self._asked = self._asked, []
                try:
                    errors, wait_s = await self._turn(everything=bool(asked))
                except AuthExpired as error:
                    self._answer(asked, [str(error)])
                    self._yard.expired(self.account, error)
                    return
                except asyncio.CancelledError:
                    self._answer(asked, [])
                    raise
                except Exception as defect:
                    # The disk is full, or there is a defect: the other accounts go on, this one tries again.
                    log.exception("account %d stumbled", self.account.id)
                    errors, wait_s = [self._stumbled(defect)], _STORE_RETRY_S
                self._answer(asked, errors)
                await first(self._yard.clock, wait_s, self._news)
        finally:
            self._over = True
            self._answer(self._asked, [])

    async def close(self) -> None:
        """Stop sending and listening, and close the network; after `run` has ended."""
        beside = [task for task in (self._listener, self._counting) if task is not None]
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await self._yard.sender.detach(self.account.id)
        if self._network is not None:
            try:
                await self._network.aclose()
            except Exception:
                log.exception("account %d did not close well", self.account.id)

    async def counted(self) -> None:
        """Return when the figures that are due are read, or have taken long enough."""
        if self._figures is not None and self._counting is not None and not self._over:
            await self._figures.settled()

    async def refresh(self, target: Target) -> bool:
        """Read what stands around a message now; False where that is not to be had, or costs money."""
        network = self._network
        if network is None or network.abilities.thread_costs_money:
            return False
        try:
            batch = await network.thread(target)
        except Gone:
            gone = Removed(remote_id=target.remote_id, at=self._yard.clock.now())
            batch = Batch(feed="thread", changes=(gone,))
        except AuthExpired as error:
            self._yard.expired(self.account, error)
            return False
        except NetworkError as error:
            log.info("account %d: a thread cannot be read now: %s", self.account.id, type(error).__name__)
            return False
        await take_in(self._yard.store, self.account, batch)
        return True

    async def _turn(self, *, everything: bool) -> tuple[list[str], float]:
        """One turn: (what went wrong, seconds until the next)."""
        poller = self._poller
        if poller is None:
            try:
                poller = await self._open()
            except AuthExpired:
                raise
            except (NetworkError, StoreError) as error:
                self._failures += 1
                wait_s = backoff.delay_s(self._failures, self._yard.chance())
                self._post_retrying(str(error), wait_s)
                return [str(error)], wait_s
            except CminboxError as error:
                # No such network, or its package does not load: only a person can help.
                self._post("paused", str(error))
                return [str(error)], 3600.0
        report = await poller.turn(everything=everything)
        await self._note_allowance()
        if report is None:
            return [], poller.wait_s()
        if report.trouble is not None:
            self._trouble(report.trouble)
            return [*report.errors, str(report.trouble.error)], poller.wait_s()
        self._post("ok")
        if self._listener is None and poller.pushes:
            self._listener = asyncio.create_task(self._listen(poller), name=f"listen-{self.account.id}")
        if self._counting is None and self._figures is not None and self._figures.wanted:
            self._counting = asyncio.create_task(self._figures.run(), name=f"figures-{self.account.id}")
        return report.errors, poller.wait_s()

    async def _open(self) -> Poller:
        network = self._network
        if network is None:
            network = self._network = self._yard.connector.open(self.account, self.secret)
        profile = await network.whoami()
        if profile != self.account.profile:
            await self._yard.store.write(accounts.set_profile, self.account.id, profile)
            self.account = self.account.model_copy(update={"profile": profile})
        self._failures = 0
        self._poller = Poller(self._yard.store, self._yard.clock, self.account, network, self._yard.chance)
        self._figures = FigureReader(self._yard.store, self._yard.clock, self.account, network, self._yard.figures_s)
        self._yard.sender.attach(self.account, network)
        return self._poller

    async def _note_allowance(self) -> None:
        """Keep what the server says of its limits, now and then: another process may be asked for it."""
        budget = self._network.budget if self._network is not None else None
        if budget is None or (self._told_at is not None and self._yard.clock.monotonic() - self._told_at < _TELL_S):
            return
        self._told_at = self._yard.clock.monotonic()
        found = Allowance(remaining=budget.remaining, limit=budget.limit, reset=budget.reset, at=self._yard.clock.now())
        await self._yard.store.write(accounts.note_allowance, self.account.id, found)

    async def _listen(self, poller: Poller) -> None:
        try:
            await poller.listen(self._caught)
        except AuthExpired as error:
            self._yard.expired(self.account, error)

    def _caught(self) -> None:
        self.round()

    def _answer(self, asked: list[asyncio.Future[list[str]]], errors: list[str]) -> None:
        for future in asked:
            if not future.done():
                future.set_result([f"{self.account.name}: {error}" for error in errors])

    def _stumbled(self, defect: Exception) -> str:
        because = str(defect) if isinstance(defect, CminboxError) else _("something unexpected: see the log")
        self._post_retrying(because, _STORE_RETRY_S)
        return because

    def _trouble(self, trouble: Trouble) -> None:
        self._post_retrying(str(trouble.error), trouble.until_s - self._yard.clock.monotonic())

    def _post_retrying(self, because: str, wait_s: float) -> None:
        at = self._yard.clock.now() + timedelta(seconds=max(0.0, wait_s))
        self._yard.post(ConnectionChanged(self.account.id, self.account.name, "retrying", because, at))

    def _post(self, state: Literal["ok", "paused"], because: str = "") -> None:
        self._yard.post(ConnectionChanged(self.account.id, self.account.name, state, because))
