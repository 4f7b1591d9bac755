"""The demo without a screen: a colleague made of a few rules works the queue, and the networks' books are compared.

What is counted as double or lost comes from what stands at the practice networks, not from what our store believes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from cminbox.errors import CminboxError
from cminbox.inbox import comparing, outbox, queue, replies, spikes, triage, undo
from cminbox.inbox.desk import Desk
from cminbox.model.base import ActState
from cminbox.model.rows import QueueRow
from cminbox.model.views import Filter
from cminbox.practice.script import Deed
from cminbox.practice.stage import Books, Stage
from cminbox.service import Service
from cminbox.text import fold

_LOOK_EVERY_S: Final = 20.0
_AT_ONCE: Final = 25
_DRAIN_S: Final = 1800.0
_UNDER_WAY: Final = (ActState.HELD, ActState.QUEUED, ActState.SENDING, ActState.UNCERTAIN)

_NO_ANSWER: Final = ("voleurs", "thieves", "bidon", "fake offers", "nuls", "useless", "500", "gratuit", "free phone")
_THANKS: Final = ("merci", "thank")
_FRENCH: Final = (
    "bonjour",
    "vous",
    "commande",
    "colis",
    "marche",
    "livraison",
    "salut",
    "est-",
    " la ",
    " le ",
    "refuse",
)
_ANSWERS: Final[tuple[tuple[tuple[str, ...], str, str], ...]] = (
    (
        ("printemps20",),
        "Bonjour {name}, le code est réparé : vous pouvez réessayer dès maintenant. Désolés pour l'attente !",
        "Hi {name}, the code is mended: please try again now. Sorry for the wait!",
    ),
    (
        ("rembours", "refund", "renvoye"),
        "Bonjour {name}, un remboursement arrive sous cinq jours ouvrés. Donnez-nous des nouvelles en message privé.",
        "Hi {name}, a refund takes up to five working days. Write to us in private if it is late.",
    ),
    (
        ("ouvert", "fermez", "open", "close"),
        "Bonjour {name}, la boutique est ouverte du lundi au samedi, de 10 h à 19 h.",
        "Hi {name}, the shop is open Monday to Saturday, from 10 to 7.",
    ),
)
_ELSE: Final = (
    "Bonjour {name}, merci pour votre message : nous regardons cela tout de suite et revenons vers vous.",
    "Hi {name}, thanks for writing: we are looking into it and will come back to you.",
)


@dataclass(frozen=True)
class Report:
    """What the drill brought. `lost` counts what one side has and the other does not; `review` waits for a person."""

    scenario: str
    networks: list[str]
    simulated_s: float
    messages_in: int
    conversations: int
    replies_sent: int
    replies_failed: int
    duplicates: int
    lost: int
    uncertain: int
    review: int
    reviewed_without_reply: int
    recalled: int
    edited: int
    deleted: int
    rate_limits: int
    tokens_renewed: int
    answers_lost_on_the_way: int
    spikes: int

    def as_json(self) -> dict[str, Any]:
        """The object for `--json`."""
        return asdict(self)


class Drill:
    """One run: the scenario plays on `stage` while the rules of this module work the queue of `service`."""

    def __init__(self, service: Service, stage: Stage) -> None:
        self._service = service
        self._desk: Desk = service.desk
        self._stage = stage
        self._closed = 0
        self._recalled = 0

    async def run(self) -> Report:
        """Play the whole scenario, work until nothing is left to do, and compare the books."""
        playing = asyncio.create_task(self._stage.play(self._renew))
        while not playing.done():
            await self._work()
            await self._service.clock.sleep(_LOOK_EVERY_S)
        await playing
        end = self._service.clock.monotonic() + _DRAIN_S
        while self._service.clock.monotonic() < end and not await self._settled():
            await self._work()
            await self._service.clock.sleep(_LOOK_EVERY_S)
        return await self._report()

    async def _renew(self, name: str, secret: str) -> None:
        await self._service.renew_account(name, secret)

    async def _work(self) -> None:
        page = await queue.page(self._desk, Filter(view="unanswered"), _AT_ONCE)
        for row in page:
            try:
                await self._answer(row)
            except CminboxError:
                await triage.done(self._desk, [row.id])
        for act in await outbox.rows(self._desk, [ActState.REVIEW, ActState.FAILED]):
            await outbox.cancel(self._desk, [act.id])

    async def _answer(self, row: QueueRow) -> None:
        text = answer_to(row)
        if text is None:
            await triage.done(self._desk, [row.id])
            self._closed += 1
            return
        await replies.reply(self._desk, row.id, text)
        if self._recalled == 0:
            await undo.undo(self._desk)
            self._recalled += 1
            await undo.redo(self._desk)

    async def _settled(self) -> bool:
        if await outbox.rows(self._desk, [*_UNDER_WAY, ActState.REVIEW, ActState.FAILED]):
            return False
        unanswered, _exact = await queue.count(self._desk, Filter(view="unanswered"))
        return unanswered == 0 and not await self._missing(self._stage.books())

    async def _missing(self, books: Sequence[Books]) -> int:
        """How many messages the networks hold that our store does not: written to us, or answered by us."""
        missing = 0
        for book in books:
            ids = [*book.written, *(answer.remote_id for answer in book.answers)]
            missing += len(await comparing.unknown(self._desk, book.login, ids))
        return missing

    async def _report(self) -> Report:
        books = self._stage.books()
        standing = {(book.login, answer.remote_id) for book in books for answer in book.answers}
        sent = [act for act in await outbox.rows(self._desk, [ActState.SENT]) if act.verb.is_reply]
        vanished = sum(1 for act in sent if (act.account, act.remote_id) not in standing)
        counts = await outbox.counts(self._desk)
        counted = await comparing.holdings(self._desk)
        played = self._stage.played
        return Report(
            scenario=self._stage.scenario.name,
            networks=sorted(self._stage.parts),
            simulated_s=round(self._stage.elapsed_s, 1),
            messages_in=counted.messages_in,
            conversations=counted.conversations,
            replies_sent=len(standing),
            replies_failed=counts.get(ActState.FAILED, 0),
            duplicates=sum(book.doubles for book in books),
            lost=vanished + await self._missing(books),
            uncertain=counts.get(ActState.UNCERTAIN, 0),
            review=counts.get(ActState.REVIEW, 0),
            reviewed_without_reply=self._closed,
            recalled=self._recalled,
            edited=played[Deed.EDIT],
            deleted=played[Deed.DELETE],
            rate_limits=played[Deed.RATE_LIMIT],
            tokens_renewed=played[Deed.TOKEN_RENEWED],
            answers_lost_on_the_way=played[Deed.ANSWER_LOST],
            spikes=await spikes.announced(self._desk),
        )


def answer_to(row: QueueRow) -> str | None:
    """What the drill's rules answer to a row; None where a person would only mark it done (thanks, insults, spam)."""
    asked = fold(row.text)
    if any(word in asked for word in _NO_ANSWER) or any(word in asked for word in _THANKS):
        return None
    lang = 1 if any(word in asked for word in _FRENCH) else 2
    for answer in _ANSWERS:
        if any(word in asked for word in answer[0]):
            return str(answer[lang]).format(name=row.person)
    return _ELSE[lang - 1].format(name=row.person)
