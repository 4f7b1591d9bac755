"""The periods that reports are about: the last whole week, month or day, and what each is compared with."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cminbox.model.numbers import Span


class Last(StrEnum):
    """A whole calendar piece of time; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def last(piece: Last, now: datetime, zone: ZoneInfo) -> Span:
    """The last whole day, week or month of a time zone before `now`."""
    today = now.astimezone(zone).date()
    match piece:
        case Last.DAY:
            until = today
        case Last.WEEK:
            until = today - timedelta(days=today.weekday())
        case Last.MONTH:
            until = today.replace(day=1)
    return Span(_midnight(_back(piece, until), zone), _midnight(until, zone))


def before(span: Span, zone: ZoneInfo, piece: Last | None = None) -> Span:
    """What a period is compared with: the whole day, week or month before it, else the equally long time before.

    A period from midnight to midnight goes back by whole days, which a change of the clocks makes longer or shorter.
    """
    since, until = span.since.astimezone(zone), span.until.astimezone(zone)
    if piece is not None:
        return Span(_midnight(_back(piece, since.date()), zone), span.since)
    if since.time() == until.time() == time(0):
        return Span(_midnight(since.date() - (until.date() - since.date()), zone), span.since)
    return span.before


def _back(piece: Last, day: date) -> date:
    match piece:
        case Last.DAY:
            return day - timedelta(days=1)
        case Last.WEEK:
            return day - timedelta(days=7)
        case Last.MONTH:
            return (day - timedelta(days=1)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)
