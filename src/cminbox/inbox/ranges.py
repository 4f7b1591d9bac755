"""Words for a time that is past, in English and French, as a span of whole days: "7d", "la semaine dernière",
"2026-03-01 .. 2026-03-08", "du 1 mars au 8 mars".

Days begin and end at midnight of a time zone; a span that holds today ends now.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox.moments import refuse_two_ways
from cminbox.model.numbers import Span
from cminbox.text import fold

_LAST = re.compile(r"(?:last |les )?(\d{1,3}) ?(d|j|days?|jours?|derniers jours|w|sem|weeks?|semaines?)")
_BETWEEN = re.compile(r"\s*\.\.\s*|\s+(?:to|until|au|a|-|–)\s+")
_FROM = re.compile(r"^(?:from|between|du|de|le) ")
_DAY_S = 86_400


def last_days(n: int, now: datetime, zone: ZoneInfo) -> Span:
    """The last `n` calendar days, today among them, up to now."""
    return _days(now.astimezone(zone).date() - timedelta(days=n - 1), now.astimezone(zone).date(), now, zone)


def span(words: str, now: datetime, zone: ZoneInfo) -> Span:
    """The span that words mean at `now`. Raises UsageError, with the cure, for what means nothing or is to come."""
    text = " ".join(fold(words).split())
    today = now.astimezone(zone).date()
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    named = {
        ("today", "aujourd'hui"): (today, today),
        ("yesterday", "hier"): (today - timedelta(days=1), today - timedelta(days=1)),
        ("week", "this week", "semaine", "cette semaine"): (monday, today),
        ("last week", "semaine derniere", "la semaine derniere"): (
            monday - timedelta(days=7),
            monday - timedelta(days=1),
        ),
        ("month", "this month", "mois", "ce mois"): (first, today),
        ("last month", "mois dernier", "le mois dernier"): (
            (first - timedelta(days=1)).replace(day=1),
            first - timedelta(days=1),
        ),
    }
    for names, (begin, end) in named.items():
        if text in names:
            return _days(begin, end, now, zone)
    if found := _LAST.fullmatch(text):
        n = int(found[1]) * (7 if found[2][0] in "ws" else 1)
        if not n:
            raise _nothing(words)
        return last_days(n, now, zone)
    sides = _BETWEEN.split(_FROM.sub("", text))
    if not text or len(sides) > 2:
        raise _nothing(words)
    days = [_day(side, words, now.astimezone(zone)) for side in sides]
    if days[-1] < days[0]:
        raise UsageError(_("{words} ends before it begins.").format(words=words))
    if days[0] > today:
        raise UsageError(_("{words} is to come.").format(words=words), _("Numbers are about what was."))
    return _days(days[0], min(days[-1], today), now, zone)


def before(given: Span, zone: ZoneInfo) -> Span:
    """The span that one is compared with: the same clock times, as many whole days earlier as it is long."""
    days = timedelta(days=max(1, math.ceil(given.seconds / _DAY_S - 1 / 24)))
    since, until = ((each.astimezone(zone) - days).astimezone(UTC) for each in (given.since, given.until))
    return Span(since, until)


def _days(begin: date, end: date, now: datetime, zone: ZoneInfo) -> Span:
    """From the midnight at which a day begins up to the one at which another ends, but not beyond now."""
    since = datetime.combine(begin, time(0), zone).astimezone(UTC)
    until = datetime.combine(end + timedelta(days=1), time(0), zone).astimezone(UTC)
    return Span(since, min(until, now.astimezone(UTC)))


def _day(text: str, words: str, here: datetime) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse_two_ways(text, words)
    import dateparser

    settings = {"RELATIVE_BASE": here.replace(tzinfo=None), "PREFER_DATES_FROM": "past"}
    found: datetime | None = None
    if text and not text.isdecimal():
        found = dateparser.parse(text, languages=["en", "fr"], settings=settings)
    if found is None:
        raise _nothing(words)
    return found.date()


def _nothing(words: str) -> UsageError:
    return UsageError(
        _("{words} is no time.").format(words=words or '""'),
        _("Write for example: 7d, last week, 2026-03-01 .. 2026-03-08."),
    )
