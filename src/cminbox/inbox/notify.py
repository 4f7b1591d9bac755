"""Who is told what, when: a pure decision, and the reading around it.

What happens in somebody's quiet hours is told when they are over: what of it still stands then, once, as one thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from cminbox.clock import to_ms
from cminbox.config.notify import Event, Wishes
from cminbox.i18n import _, ngettext
from cminbox.inbox.desk import Desk
from cminbox.store import deadlines, quiet, since
from cminbox.store import notices as store
from cminbox.store.notices import Happened, Marks

SOON_MS: Final = 3_600_000
"""An answer is late soon when it is due within so long: as the counters have it."""
TITLE_S: Final = 60.0
"""The title of a window changes so often at most."""


@dataclass(frozen=True)
class Notice:
    """What one colleague is told now: an event that happened `n` times, and where."""

    event: Event
    n: int
    conversations: tuple[int, ...] = ()
    accounts: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Digest:
    """What still stands of what happened in one colleague's quiet hours: at least one part, each event once."""

    parts: tuple[Notice, ...]

    @property
    def n(self) -> int:
        """How many things it is."""
        return sum(part.n for part in self.parts)


@dataclass(frozen=True)
class Title:
    """The title that a window shows, since when."""

    text: str
    at: datetime


def is_quiet(at: datetime, hours: tuple[time, time] | None, zone: tzinfo) -> bool:
    """Whether an instant lies in the quiet hours: by the clock on the wall there, from the first minute on, up to the
    last one. Equal times are a whole day.
    """
    if hours is None:
        return False
    begin, end = hours
    local = at.astimezone(zone).time()
    if begin < end:
        return begin <= local < end
    return local >= begin or local < end


def wanted(happened: Iterable[Happened], wishes: Wishes, colleague: int) -> list[Happened]:
    """What of this a colleague asked for and did not do."""
    return [
        each for each in happened if each.event in wishes.what and each.to in (None, colleague) and each.by != colleague
    ]


def after_quiet(
    standing: Iterable[Happened], happened: Iterable[Happened], wishes: Wishes, colleague: int
) -> tuple[Digest | Notice, ...]:
    """What a colleague is told at the first look after quiet hours: what still stands of them, then what is new.

    Nothing stands in both. Each event once, in the order of `Event`, with all that it happened to.
    """
    before = wanted(standing, wishes, colleague)
    old = {_thing(each) for each in before}
    fresh = [each for each in wanted(happened, wishes, colleague) if _thing(each) not in old]
    digest = (Digest(_notices(before)),) if before else ()
    return (*digest, *_notices(fresh))


def next_title(shown: Title | None, wanted: str, now: datetime) -> Title | None:
    """The title to write now; None where it stands already, or changed less than a minute ago."""
    if shown is not None and (shown.text == wanted or now - shown.at < timedelta(seconds=TITLE_S)):
        return None
    return Title(wanted, now)


def title_text(new: int, late: int) -> str:
    """The title of a window: what came in since the last key, and what is late."""
    told = [_("{n} new").format(n=new)] if new else []
    told += [ngettext("{n} late", "{n} late", late).format(n=late)] if late else []
    return f"cminbox {', '.join(told)}" if told else "cminbox"


def told(notice: Notice | Digest) -> str:
    """A notice in words, translated. The names in it are as they are: make them safe."""
    if isinstance(notice, Digest):
        return _("While it was quiet: {what}").format(what=_(", ").join(map(_inside, notice.parts)))
    n = notice.n
    match notice.event:
        case Event.LATE_SOON:
            text = ngettext("{n} answer is late soon", "{n} answers are late soon", n)
        case Event.LATE:
            text = ngettext("{n} answer is late", "{n} answers are late", n)
        case Event.ASSIGNED:
            text = ngettext("{n} conversation was given to me", "{n} conversations were given to me", n)
        case Event.NAMED:
            text = ngettext("{n} note names me", "{n} notes name me", n)
        case Event.SPIKE:
            names = ", ".join(filter(None, notice.brands))
            more = _("More than usual comes in")
            return _("{what}: {names}").format(what=more, names=names) if names else more
        case Event.ACCOUNT_PAUSED:
            return _("{account} paused").format(account=", ".join(notice.accounts))
        case Event.FAILED:
            text = ngettext("{n} reply or act failed", "{n} replies or acts failed", n)
        case Event.UNCERTAIN:
            text = ngettext(
                "{n} reply or act may or may not have gone", "{n} replies or acts may or may not have gone", n
            )
    return text.format(n=n)


def _inside(part: Notice) -> str:
    """A notice in words, in the middle of a line; what begins with a name stays as it is."""
    text = told(part)
    return text[:1].lower() + text[1:] if part.event is Event.SPIKE else text


class Listener:
    """What one open screen hears, from `begin` on. `here`: a key was pressed, so that what came in so far is seen."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._wishes = desk.settings.notify.of(desk.by)
        self._marks: Marks | None = None
        self._kept: list[Happened] = []
        self._here_ms = to_ms(desk.clock.now())

    async def begin(self) -> None:
        """What happened so far is no news."""
        self._marks = await self._desk.store.read(store.end, to_ms(self._desk.clock.now()))

    def here(self) -> None:
        """I am at the keys."""
        self._here_ms = to_ms(self._desk.clock.now())

    async def heard(self) -> tuple[Notice | Digest, ...]:
        """What I am told now; nothing before `begin`, nor in my quiet hours."""
        if self._marks is None:
            return ()
        desk = self._desk
        happened, self._marks = await look(desk, self._marks)
        if is_quiet(desk.clock.now(), self._wishes.quiet, desk.settings.zone):
            self._kept += wanted(happened, self._wishes, desk.by_id)
            return ()
        kept, self._kept = self._kept, []
        still = await standing(desk, kept, desk.by_id) if kept else ()
        return after_quiet(still, happened, self._wishes, desk.by_id)

    async def title(self) -> str:
        """What the window is called now."""
        now_ms = to_ms(self._desk.clock.now())
        late, _soon = await self._desk.store.read(deadlines.counts, now_ms, now_ms, None)
        new = await self._desk.store.read(since.arrived, self._here_ms + 1)
        return title_text(new.n, late)


async def look(desk: Desk, marks: Marks) -> tuple[list[Happened], Marks]:
    """What happened behind the marks, and the marks behind it."""
    return await desk.store.read(store.look, marks, to_ms(desk.clock.now()), SOON_MS)


async def standing(desk: Desk, kept: Iterable[Happened], colleague: int) -> list[Happened]:
    """What still stands of what a colleague was not told."""
    now_ms = to_ms(desk.clock.now())
    return await desk.store.read(quiet.standing, tuple(kept), colleague, now_ms, SOON_MS)


def _thing(each: Happened) -> tuple[object, ...]:
    return each.event, each.conversation, each.act, each.account, each.brand


def _notices(happened: Iterable[Happened]) -> tuple[Notice, ...]:
    by_event: dict[Event, list[Happened]] = {}
    for each in happened:
        by_event.setdefault(each.event, []).append(each)
    return tuple(_notice(event, by_event[event]) for event in Event if event in by_event)


def _notice(event: Event, happened: list[Happened]) -> Notice:
    return Notice(
        event,
        len(happened),
        tuple(dict.fromkeys(each.conversation for each in happened if each.conversation is not None)),
        tuple(dict.fromkeys(each.account for each in happened if each.account)),
        tuple(dict.fromkeys(each.brand for each in happened if event is Event.SPIKE)),
    )
