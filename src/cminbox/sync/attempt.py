"""Sending one act: read the context again, commit, perform, write down what came of it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cminbox.clock import to_ms
from cminbox.errors import AuthExpired, Gone, NetworkError, StoreError
from cminbox.model.accounts import Account
from cminbox.model.acts import Act, Receipt
from cminbox.model.base import ActState
from cminbox.model.changes import Batch, Removed
from cminbox.model.rows import ActRow
from cminbox.store import accounts, answering, automatic, crisis, intents, outbox
from cminbox.store.intents import Intent
from cminbox.sync import deeds, ingest, outcome, review
from cminbox.sync.office import LeaseLostError, Office, Rest, Step
from cminbox.sync.outcome import Verdict
from cminbox.sync.taking import take_in

if TYPE_CHECKING:
    from cminbox.networks.base import Network

log = logging.getLogger(__name__)

_STORE_RETRY_S: Final = 1.0


class Attempt:
    """How one account sends. Nothing leaves that is not committed as *sending*; what left is always written down."""

    def __init__(self, office: Office, account: Account, network: Network, rest: Rest) -> None:
        self._office = office
        self._account = account
        self._network = network
        self._rest = rest
        self._under_way: set[asyncio.Task[None]] = set()

    async def settled(self) -> None:
        """Return when nothing is on its way to the network any more."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def send(self, act: ActRow) -> None:
        """Try to send a queued act. A send that began goes on to its end even when the caller is cancelled."""
        intent = await self._office.store.read(intents.of, act)
        if intent is None:
            await self._office.write(Step.move, act, ActState.REVIEW, error=review.gone())
            return
        try:
            if act.verb.is_reply:
                await self._read_context(intent.act, approved=act.approved)
            found = await self._find(intent.act, approved=act.approved) if intent.was_uncertain else None
        except NetworkError as error:
            await self._cannot_begin(act, error)
            return
        except Exception as error:
            log.exception("account %d: the context of act %d could not be read", self._account.id, act.id)
            await self._cannot_begin(act, outcome.unexpected(error))
            return
        if found is not None:
            await self._office.write(self._found_after_all, act, intent, found)
            return
        task = asyncio.create_task(self._begin_and_perform(act, intent))
        self._under_way.add(task)
        task.add_done_callback(self._done)
        await asyncio.shield(task)

    def happened(self, step: Step, act: ActRow, intent: Intent, receipt: Receipt) -> None:
        """The act is done: its state and what it changes here, in one transaction."""
        if not step.move(act, ActState.SENT, remote_id=receipt.remote_id) or act.result_message_id is not None:
            return
        account = accounts.get(step.db, self._account.id)
        batch = deeds.batch(intent.act, receipt, account.profile, intent.kind, self._office.clock.now())
        if batch.changes:
            ingest.apply(step.tx, account, batch, move_cursor=False)

    async def _read_context(self, act: Act, *, approved: bool) -> None:
        try:
            batch = await self._network.thread(act.target)
        except Gone:
            gone = Removed(remote_id=act.target.remote_id, at=self._office.clock.now())
            batch = Batch(feed=deeds.FEED, changes=(gone,))
        except NetworkError as error:
            if approved and outcome.cannot_read(error):
                return
            raise
        await take_in(self._office.store, self._account, batch)

    async def _find(self, act: Act, *, approved: bool) -> Receipt | None:
        """Before a second try: is it there after all? What nobody can tell, a person has decided by approving it."""
        try:
            return await self._network.find(act)
        except NetworkError as error:
            if approved and outcome.cannot_read(error):
                return None
            raise

    async def _cannot_begin(self, act: ActRow, error: NetworkError) -> None:
        """What stands there now cannot be read: nothing left, and nothing will before it can be."""
        self._rest.note(error)
        why = outcome.cannot_read(error)
        if why:
            await self._office.write(Step.move, act, ActState.REVIEW, error=why)
        else:
            await self._office.write(Step.put_off, act, error=str(error))
        self._tell(error)

    def _begin(self, step: Step, act: ActRow, intent: Intent) -> Intent | None:
        """The last look and the commitment, in one transaction: what is not *sending* after it has not left."""
        current = outbox.get(step.db, act.id)
        rests = outbox.stopped(step.db) or crisis.is_act_resting(step.db, act.id)
        if current is None or current.state is not ActState.QUEUED or rests:
            step.check()
            return None
        if current.remote_id is not None:
            # A feed brought it with our key on it, after all.
            self._found_after_all(step, current, intent, Receipt(remote_id=current.remote_id))
            return None
        if automatic.is_needless(step.db, act.id):
            # Nobody has to decide anything: a person of ours saw to it.
            step.move(current, ActState.CANCELLED)
            return None
        facts = answering.facts(step.db, current) if current.verb.is_reply else None
        why = review.objection(current, facts, self._network.abilities, step.tx.now_ms)
        if why:
            step.move(current, ActState.REVIEW, error=why)
            return None
        first_ms = step.tx.now_ms if current.first_tried_at is None else to_ms(current.first_tried_at)
        step.move(current, ActState.SENDING, first_tried_ms=first_ms, attempts=current.attempts + 1)
        return replace(intent, act=review.no_wider(intent.act, facts))

    async def _begin_and_perform(self, act: ActRow, intent: Intent) -> None:
        self._office.under_way.add(act.id)
        try:
            outgoing = await self._office.write(self._begin, act, intent)
            if outgoing is not None:
                await self._perform(act, outgoing)
        finally:
            self._office.under_way.discard(act.id)

    async def _perform(self, act: ActRow, intent: Intent) -> None:
        error: NetworkError | None = None
        try:
            verdict = Verdict(ActState.SENT, receipt=await self._network.perform(intent.act))
            self._rest.well()
        except NetworkError as answer:
            error, verdict = answer, outcome.of_sending(answer)
        except Exception as defect:
            log.exception("account %d: act %d broke off in the middle", self._account.id, act.id)
            error = outcome.unexpected(defect)
            verdict = outcome.of_sending(error)
        if verdict.state is ActState.FAILED and intent.was_uncertain:
            verdict = await self._refused_again(intent.act, verdict)
        self._rest.note(error)
        await self._record(act, intent, verdict)
        self._tell(error)

    async def _refused_again(self, act: Act, verdict: Verdict) -> Verdict:
        """A second try was refused: perhaps because the first one landed after all."""
        try:
            receipt = await self._network.find(act)
        except Exception:
            log.exception("account %d: nobody knows why a second try was refused", self._account.id)
            return Verdict(ActState.UNCERTAIN, verdict.error)
        return verdict if receipt is None else Verdict(ActState.SENT, receipt=receipt)

    async def _record(self, act: ActRow, intent: Intent, verdict: Verdict) -> None:
        """Write down what the network answered, however long the store takes to accept it."""
        whole = True
        while True:
            try:
                await self._office.write(self._write_down, act, intent, verdict, whole=whole)
                return
            except LeaseLostError:
                raise
            except StoreError:
                log.exception("the outcome of act %d cannot be written yet", act.id)
                await self._office.clock.sleep(_STORE_RETRY_S)
            except Exception:
                if not whole:
                    raise
                # That it was sent matters more than how it looks here; the feed will bring the message.
                log.exception("the outcome of act %d cannot be written whole", act.id)
                whole = False

    def _write_down(self, step: Step, act: ActRow, intent: Intent, verdict: Verdict, *, whole: bool) -> None:
        sending = act.model_copy(update={"state": ActState.SENDING})
        if verdict.receipt is not None and whole:
            self.happened(step, sending, intent, verdict.receipt)
        elif verdict.receipt is not None:
            step.move(sending, ActState.SENT, remote_id=verdict.receipt.remote_id)
        else:
            step.move(sending, verdict.state, error=verdict.error)

    def _found_after_all(self, step: Step, act: ActRow, intent: Intent, receipt: Receipt) -> None:
        if step.move(act, ActState.SENDING):
            self.happened(step, act.model_copy(update={"state": ActState.SENDING}), intent, receipt)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (defect := task.exception()) is not None:
            log.error("account %d: a send ended badly", self._account.id, exc_info=defect)

    def _tell(self, error: NetworkError | None) -> None:
        if isinstance(error, AuthExpired):
            self._office.expired(self._account, error)
