"""Who is replying to what: said while the composer is open, seen by colleagues, over when its process is.

Two colleagues at one reply are told of each other; one may take it over. Nothing is locked and nothing is lost: both
drafts stay, and what the other one sends afterwards waits in the outbox for a look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cminbox.clock import from_ms, to_ms
from cminbox.i18n import _
from cminbox.inbox.desk import Desk
from cminbox.store import conversations, presence, standing
from cminbox.store.database import Tx
from cminbox.store.presence import Place, PresenceRow

KEY_S = 60.0
"""A colleague's keys are written down at most this often."""


@dataclass(frozen=True)
class Beside:
    """How it stands around a reply that I write.

    `others` are the colleagues who are at work on it and from whom I did not take it over, `since` when the first of
    them began. `taken_by` took it over from me, `answered_by` wrote an answer since I began. `twice`: I am at work on
    it in another process too.
    """

    others: tuple[str, ...] = ()
    since: datetime | None = None
    taken_by: str = ""
    answered_by: str = ""
    twice: bool = False

    @property
    def undecided(self) -> bool:
        """True while two are at it and nobody took it over."""
        return bool(self.others) and not self.taken_by


class AtWork:
    """My replies in this process, as colleagues see them. Nothing is written before the first `begin`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._place = Place(desk.store.path)
        self._ids: tuple[int, ...] = ()
        self._begun: datetime | None = None
        self._written: datetime | None = None

    async def begin(self, ids: Sequence[int]) -> Beside:
        """I reply to these conversations from now on, and to no others. Raises StoreError without working locks."""
        place = self._place.hold()
        self._ids = tuple(ids)
        self._begun = self._written = self._desk.clock.now()
        await self._desk.store.ingest(_begin, self._ids, self._desk.by_id, place)
        return await self.beside()

    @property
    def begun(self) -> bool:
        """Whether I am at a reply."""
        return bool(self._ids)

    @property
    def lags(self) -> bool:
        """Whether a key now is worth writing down."""
        if self._written is None:
            return False
        return (self._desk.clock.now() - self._written).total_seconds() >= KEY_S

    async def key(self) -> None:
        """A key was pressed: written down once a minute at most, and where the mark had lapsed meanwhile."""
        if self.lags:
            self._written = self._desk.clock.now()
            await self._desk.store.ingest(presence.mark, self._ids, self._desk.by_id, self._place.name)

    async def end(self) -> None:
        """I am at no reply any more."""
        if self._ids:
            self._ids = ()
            self._written = None
            await self._desk.store.ingest(presence.leave, self._place.name)

    async def close(self) -> None:
        """The process is about to end."""
        await self.end()
        self._place.close()

    async def beside(self) -> Beside:
        """How it stands around what I write, now."""
        since_ms = to_ms(self._begun or self._desk.clock.now())
        return await self._desk.store.read(_beside, self._ids, self._desk.by_id, self._place.name, since_ms)

    async def take_over(self) -> Beside:
        """What I write is mine from now on: what the others at it send waits for a look. Both drafts stay."""
        await self._desk.store.write(presence.take_over, self._ids, self._desk.by_id)
        return await self.beside()


async def tidy(desk: Desk) -> bool:
    """Take away the marks of who pressed no key for `team.idle_s`, or whose process has ended; True where some went."""
    rows = await desk.store.read(presence.rows)
    if not rows:
        return False
    idle_ms = to_ms(desk.clock.now() - timedelta(seconds=desk.settings.team.idle_s))
    ended = presence.dead(desk.store.path, (row.place for row in rows))
    gone = [row for row in rows if row.at_ms < idle_ms or row.place in ended]
    if gone:
        await desk.store.ingest(presence.drop, gone)
    return bool(gone)


def note_act(tx: Tx, act_id: int, conversation_id: int, by: int, known: int | None) -> str:
    """Note on a new answer what its writer knew (the newest message when the writing began), and say what to mind.

    "" where nobody else is at it.
    """
    overtaken = presence.overtaken(tx.db, conversation_id, by)
    presence.note_on_act(tx, act_id, known, overtaken)
    others = [row for row in presence.rows(tx.db, (conversation_id,)) if row.colleague != by]
    if overtaken is not None:
        name = next((row.name for row in others if row.colleague == overtaken), "")
        told = _("{name} took this over: it waits for a look.")
        return told.format(name=name or _("A colleague"))
    name = next((row.name for row in others if not row.taken_by), "")
    return _("{name} is replying to this right now.").format(name=name) if name else ""


def _begin(tx: Tx, ids: Sequence[int], by: int, place: str) -> None:
    presence.leave(tx, place)
    presence.mark(tx, [conversations.resolve(tx.db, each) or each for each in ids], by, place)


def _beside(db: standing.Db, ids: Sequence[int], by: int, place: str, since_ms: int) -> Beside:
    rows = presence.rows(db, ids)
    mine = next((row for row in rows if row.colleague == by and row.place == place), None)
    me = mine.name if mine is not None else ""
    others = [row for row in rows if row.colleague != by and (not row.taken_by or row.taken_by != me)]
    return Beside(
        others=tuple(dict.fromkeys(row.name for row in others)),
        since=_first(others),
        taken_by=mine.taken_by if mine is not None else "",
        answered_by=presence.answering(db, ids[0], by, since_ms) if len(ids) == 1 else "",
        twice=any(row.colleague == by and row.place != place for row in rows),
    )


def _first(rows: Sequence[PresenceRow]) -> datetime | None:
    return from_ms(min(row.since_ms for row in rows)) if rows else None


__all__ = ["KEY_S", "AtWork", "Beside", "note_act", "tidy"]
