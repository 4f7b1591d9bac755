"""What happened since I was here last: one line for each thing that a colleague wants to know on coming back.

A line more is one `Source` more: what it is called in scripts, how it is read, how it is told and where it leads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cminbox.clock import from_ms, to_ms
from cminbox.i18n import ngettext
from cminbox.inbox.desk import Desk
from cminbox.inbox.notes import Mention
from cminbox.inbox.notes import mentions as mentions_of
from cminbox.model.base import ActState
from cminbox.store import since as store
from cminbox.store.since import Happened
from cminbox.store.standing import Db

Read = Callable[[Db, int, int], Happened]
"""(database, since when in ms, whose) -> what happened."""


@dataclass(frozen=True)
class Source:
    """Where a line comes from. `told` says it for a number; `action` shows more of it on the screen (config.actions).

    `bad`: something went wrong that wants a person.
    """

    key: str
    read: Read
    told: Callable[[int], str]
    action: str = ""
    bad: bool = False


@dataclass(frozen=True)
class Part:
    """One thing that happened `n` times, and the latest conversations that it happened to."""

    source: Source
    n: int
    conversations: tuple[int, ...] = ()

    @property
    def told(self) -> str:
        """It in words, translated."""
        return self.source.told(self.n)


@dataclass(frozen=True)
class Since:
    """What happened from `since` to `until`, without what did not. `notes` are those that name me, newest first."""

    since: datetime
    until: datetime
    parts: tuple[Part, ...] = ()
    notes: tuple[Mention, ...] = ()

    @property
    def quiet(self) -> bool:
        """True where nothing happened."""
        return not self.parts and not self.notes


def _acts(*states: ActState) -> Read:
    return lambda db, since_ms, _me: store.acts(db, since_ms, [state.value for state in states])


SOURCES: tuple[Source, ...] = (
    Source(
        "in",
        lambda db, since_ms, _me: store.arrived(db, since_ms),
        lambda n: ngettext("{n} message came in", "{n} messages came in", n).format(n=n),
        "go.inbox",
    ),
    Source(
        "answered",
        lambda db, since_ms, _me: store.answered(db, since_ms),
        lambda n: ngettext("{n} conversation was answered", "{n} conversations were answered", n).format(n=n),
        "go.sent",
    ),
    Source(
        "done",
        lambda db, since_ms, _me: store.done(db, since_ms),
        lambda n: ngettext("{n} conversation was made done", "{n} conversations were made done", n).format(n=n),
        "go.journal",
    ),
    Source(
        "failed",
        _acts(ActState.FAILED),
        lambda n: ngettext("{n} reply or act failed", "{n} replies or acts failed", n).format(n=n),
        "go.outbox",
        bad=True,
    ),
    Source(
        "uncertain",
        _acts(ActState.UNCERTAIN),
        lambda n: ngettext(
            "{n} reply or act may or may not have gone", "{n} replies or acts may or may not have gone", n
        ).format(n=n),
        "go.outbox",
        bad=True,
    ),
    Source(
        "review",
        _acts(ActState.REVIEW),
        lambda n: ngettext("{n} reply or act is to review", "{n} replies or acts are to review", n).format(n=n),
        "go.outbox",
        bad=True,
    ),
    Source(
        "spikes",
        lambda db, since_ms, _me: store.spikes(db, since_ms),
        lambda n: ngettext("{n} time more than usual came in", "{n} times more than usual came in", n).format(n=n),
        "go.spike",
        bad=True,
    ),
    Source(
        "assigned",
        store.assigned,
        lambda n: ngettext("{n} conversation was given to me", "{n} conversations were given to me", n).format(n=n),
        "go.mine",
    ),
)
"""Every line there can be, in its order."""


async def since(desk: Desk, instant: datetime | None = None) -> Since | None:
    """What happened since an instant (None: since my screen was last open); None where I never had one open."""
    at = instant or await last_seen(desk)
    if at is None:
        return None
    parts = await desk.store.read(_parts, to_ms(at) + 1, desk.by_id, SOURCES)  # what happened then was seen
    notes = await mentions_of(desk, since=at + timedelta(milliseconds=1))
    return Since(at, desk.clock.now(), tuple(parts), tuple(notes))


async def on_return(desk: Desk) -> Since | None:
    """What to show at the start: what happened since I left, where that is `team.away_s` ago and something did."""
    away_s = desk.settings.team.away_s
    at = await last_seen(desk) if away_s else None
    if at is None or desk.clock.now() - at < timedelta(seconds=away_s):
        return None
    found = await since(desk, at)
    return None if found is None or found.quiet else found


async def last_seen(desk: Desk) -> datetime | None:
    """When a screen of mine was last open; None: never."""
    ms = await desk.store.read(store.seen_ms, desk.by_id)
    return None if ms is None else from_ms(ms)


async def seen(desk: Desk) -> None:
    """My screen is open now: said now and then, and on leaving."""
    await desk.store.ingest(store.seen, desk.by_id)


def _parts(db: Db, since_ms: int, me: int, sources: Sequence[Source]) -> list[Part]:
    found = [(source, source.read(db, since_ms, me)) for source in sources]
    return [Part(source, happened.n, happened.conversations) for source, happened in found if happened.n]
