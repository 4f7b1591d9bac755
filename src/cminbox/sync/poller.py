"""Reading one account on its open network: its feeds in turn, and what it pushes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cminbox.clock import Clock, to_ms
from cminbox.errors import AuthExpired, Malformed, NetworkError, RateLimited, Unreachable
from cminbox.i18n import _
from cminbox.model.accounts import Account
from cminbox.model.changes import Feed
from cminbox.store import cursors
from cminbox.store.database import Store, Tx
from cminbox.sync import backoff, ingest, outcome
from cminbox.sync.taking import take_in

if TYPE_CHECKING:
    from cminbox.networks.base import Network

log = logging.getLogger(__name__)

_FAR_S: Final = 15 * 60.0
_STEADY_S: Final = 60.0


@dataclass
class _Turn:
    """When a feed is read next, and how often it failed since it was well."""

    feed: Feed
    next_s: float = 0.0
    failures: int = 0


@dataclass
class Arrivals:
    """What came in since the process began: the number of new messages, and when the last of them did (monotonic)."""

    messages: int = 0
    last_s: float | None = None


@dataclass
class Trouble:
    """What went wrong with an account as a whole in one turn: the error, and until when it rests (monotonic)."""

    error: NetworkError
    until_s: float


@dataclass
class Report:
    """What one turn came to: sentences about feeds that failed, and the trouble that ended it, if any."""

    errors: list[str] = field(default_factory=list)
    trouble: Trouble | None = None


class Poller:
    """Reads the feeds of one account when their time has come. It keeps no state that a restart would miss."""

    def __init__(
        self, store: Store, clock: Clock, account: Account, network: Network, chance: Callable[[], float]
    ) -> None:
        self._store = store
        self._clock = clock
        self._account = account
        self._network = network
        self._chance = chance
        self._turns: list[_Turn] | None = None
        self._failures = 0
        self._rest_s = 0.0
        self._told_s = 0.0
        self.arrivals = Arrivals()
        self.pushed = False

    async def turn(self, *, everything: bool) -> Report | None:
        """Read every feed that is due (or every one at all) until nothing more is there. Raises AuthExpired only.

        None while the account rests: our own back-off gives way to `everything`, what the network told does not.
        """
        report = Report()
        if self._clock.monotonic() < (self._told_s if everything else self._rest_s):
            return None
        try:
            for turn in await self._feeds():
                if everything or turn.next_s <= self._clock.monotonic():
                    await self._one(turn, report)
        except AuthExpired:
            raise
        except NetworkError as error:
            report.trouble = self._rest(error)
        else:
            self._failures = 0
        return report

    @property
    def pushes(self) -> bool:
        """Whether the connector knows push at all."""
        from cminbox.networks.base import Network

        return type(self._network).listen is not Network.listen

    def wait_s(self) -> float:
        """Seconds until the next feed is due."""
        now = self._clock.monotonic()
        due = min((turn.next_s for turn in self._turns or ()), default=now + _STEADY_S if self._turns == [] else now)
        return max(0.0, due - now, self._rest_s - now)

    async def listen(self, caught: Callable[[], None]) -> None:
        """Take what the network pushes until cancelled, coming back whenever the stream ends. Raises AuthExpired only.

        `caught` is called when a stream ended: what fell in between is read at once.
        """
        failures = 0
        while True:
            error: NetworkError | None = None
            began = self._clock.monotonic()
            try:
                async for batch in self._network.listen():
                    self._arrived(await take_in(self._store, self._account, batch))
                    self.pushed = True
            except AuthExpired:
                raise
            except NetworkError as broken:
                error = broken
            except Exception as defect:
                log.exception("account %d: the stream broke", self._account.id)
                error = outcome.unexpected(defect)
            steady = self._clock.monotonic() - began >= _STEADY_S
            failures = 1 if steady or self.pushed else failures + 1
            if self.pushed:
                self.pushed = False
                caught()
            await self._clock.sleep(self._again_s(error, failures))

    def _again_s(self, error: NetworkError | None, failures: int) -> float:
        if isinstance(error, RateLimited):
            return max(1.0, (to_ms(error.until) - to_ms(self._clock.now())) / 1000)
        if error is None or isinstance(error, Unreachable):
            return backoff.delay_s(failures, self._chance())
        # It says that there is no stream to be had: the poll is enough, ask again now and then.
        return backoff.delay_s(failures, self._chance(), base=_STEADY_S, cap=_FAR_S)

    async def _feeds(self) -> list[_Turn]:
        if self._turns is None:
            self._turns = [_Turn(feed) for feed in await self._network.feeds()]
        return self._turns

    async def _one(self, turn: _Turn, report: Report) -> None:
        """Read one feed. What concerns the whole account is raised, what concerns the feed alone is noted."""
        try:
            await self._drain(turn.feed)
        except (AuthExpired, RateLimited, Unreachable) as error:
            await self._note(turn.feed, error)
            raise
        except NetworkError as error:
            await self._put_aside(turn, error, report)
        except Exception as defect:
            # What a feed looks for stands behind a colon of its name: a text.
            feed = turn.feed.name.partition(":")[0]
            log.exception("account %d: feed %s cannot be read", self._account.id, feed)
            await self._put_aside(turn, outcome.unexpected(defect), report)
        else:
            turn.failures = 0
            age_s = None if self.arrivals.last_s is None else self._clock.monotonic() - self.arrivals.last_s
            turn.next_s = self._clock.monotonic() + backoff.poll_s(turn.feed, age_s, self.pushed)

    async def _drain(self, feed: Feed) -> None:
        while True:
            cursor = await self._store.read(cursors.get, self._account.id, feed.name)
            batch = await self._network.pull(feed, cursor)
            done = await ingest.ingest(self._store, self._clock, self._account, batch)
            self._arrived(done.new_messages)
            if not batch.more:
                return
            if batch.cursor is None or batch.cursor == cursor:
                raise Malformed(_("The feed says that there is more, and does not get on."))

    def _arrived(self, new: int) -> None:
        if new:
            self.arrivals.messages += new
            self.arrivals.last_s = self._clock.monotonic()

    async def _put_aside(self, turn: _Turn, error: NetworkError, report: Report) -> None:
        """This feed rests, with its cursor where it is; the others go on."""
        turn.failures += 1
        rest_s = backoff.delay_s(turn.failures, self._chance(), base=float(turn.feed.poll_s), cap=_FAR_S)
        turn.next_s = self._clock.monotonic() + rest_s
        report.errors.append(f"{turn.feed.title or turn.feed.name}: {error}")
        await self._note(turn.feed, error)

    async def _note(self, feed: Feed, error: NetworkError) -> None:
        def job(tx: Tx) -> None:
            cursors.note_error(tx, self._account.id, feed.name, str(error))

        await self._store.ingest(job)

    def _rest(self, error: NetworkError) -> Trouble:
        now = self._clock.monotonic()
        if isinstance(error, RateLimited):
            self._told_s = now + max(0.0, (to_ms(error.until) - to_ms(self._clock.now())) / 1000)
            self._rest_s = self._told_s
        else:
            self._failures += 1
            self._rest_s = now + backoff.delay_s(self._failures, self._chance())
        return Trouble(error, self._rest_s)
