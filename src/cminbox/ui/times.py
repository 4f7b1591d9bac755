"""Instants and spans as people read them, in their time zone and language."""

from __future__ import annotations

from datetime import datetime, tzinfo

from cminbox.i18n import N_, _, language

_MONTHS = tuple(
    N_(name) for name in ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
)
_DAYS = tuple(N_(name) for name in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
_LONG_MONTHS = tuple(
    N_(name)
    for name in (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )
)
WHEN = 6
"""Cells that `when` needs at most."""


def at_time(at: datetime, zone: tzinfo | None) -> str:
    """Hours and minutes: "14:02"."""
    return f"{at.astimezone(zone):%H:%M}"


def at_second(at: datetime, zone: tzinfo | None) -> str:
    """To the second: "14:02:31"."""
    return f"{at.astimezone(zone):%H:%M:%S}"


def when(at: datetime, now: datetime, zone: tzinfo | None) -> str:
    """When a row happened, in at most WHEN cells: the time today, the day this year, else the month and year."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if local.year != today.year and (today - local).days > 180:
        return f"{local:%Y}"
    if language() == "fr":
        return f"{local:%d/%m}"
    return f"{_(_MONTHS[local.month - 1])} {local.day}"


def day(at: datetime, zone: tzinfo | None) -> str:
    """A day in words: "Monday 2 March 2026"."""
    local = at.astimezone(zone)
    return _("{weekday} {day} {month} {year}").format(
        weekday=_(_DAYS[local.weekday()]),
        day=local.day,
        month=_(_LONG_MONTHS[local.month - 1]),
        year=local.year,
    )


def span(seconds: float | None) -> str:
    """How long, in at most five cells: "35s", "4m", "2h14", "3d"; a dash for no data."""
    if seconds is None:
        return "-"
    total = max(0, int(seconds))
    if total < 60:
        return _("{n}s").format(n=total)
    if total < 3600:
        return _("{n}m").format(n=total // 60)
    if total < 48 * 3600:
        return _("{hours}h{minutes:02d}").format(hours=total // 3600, minutes=total % 3600 // 60)
    return _("{n}d").format(n=total // 86400)
