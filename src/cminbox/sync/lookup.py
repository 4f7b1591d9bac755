"""Finding out what became of an act whose outcome nobody knows."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from cminbox.clock import to_ms
from cminbox.errors import AuthExpired, NetworkError
from cminbox.model.accounts import Account
from cminbox.model.acts import Receipt
from cminbox.model.base import ActState
from cminbox.model.rows import ActRow
from cminbox.store import intents
from cminbox.sync import outcome, review
from cminbox.sync.attempt import Attempt
from cminbox.sync.office import Office, Rest, Step

if TYPE_CHECKING:
    from cminbox.networks.base import Network

log = logging.getLogger(__name__)


class Lookup:
    """How one account finds out. There is never a blind retry: `find` decides, twice where it sees nothing."""

    def __init__(self, office: Office, account: Account, network: Network, rest: Rest, attempt: Attempt) -> None:
        self._office = office
        self._account = account
        self._network = network
        self._rest = rest
        self._attempt = attempt

    async def find_out(self, act: ActRow) -> None:
        """Look once: sent, absent (a second time at least `settle_s` later: queued again), or to be looked at later."""
        intent = await self._office.store.read(intents.of, act)
        if intent is None:
            await self._office.write(Step.move, act, ActState.REVIEW, error=outcome.cannot_tell(None, late=True))
            return
        if act.remote_id is not None:
            # A feed brought it with our key on it: that is the receipt.
            await self._office.write(self._attempt.happened, act, intent, Receipt(remote_id=act.remote_id))
            return
        try:
            receipt = await self._network.find(intent.act)
        except NetworkError as error:
            await self._in_vain(act, error)
        except Exception as error:
            log.exception("account %d: the search for act %d failed", self._account.id, act.id)
            await self._in_vain(act, outcome.unexpected(error))
        else:
            self._rest.well()
            if receipt is None:
                await self._office.write(self._absent, act)
            else:
                await self._office.write(self._attempt.happened, act, intent, receipt)

    def _absent(self, step: Step, act: ActRow) -> None:
        settle_ms = self._network.abilities.settle_s * 1000
        since_ms = step.tx.now_ms if act.absent_at is None else to_ms(act.absent_at)
        if act.absent_at is not None and step.tx.now_ms >= since_ms + settle_ms:
            step.move(act, ActState.QUEUED)
        else:
            step.put_off(act, absent_ms=since_ms, retry_ms=since_ms + settle_ms)

    async def _in_vain(self, act: ActRow, error: NetworkError) -> None:
        self._rest.note(error)
        late = bool(review.too_late(act, self._office.now_ms(), self._office.stale_after_s))
        why = outcome.cannot_tell(error, late=late)
        if why:
            await self._office.write(Step.move, act, ActState.REVIEW, error=why)
        else:
            await self._office.write(Step.put_off, act, error=str(error))
        if isinstance(error, AuthExpired):
            self._office.expired(self._account, error)
