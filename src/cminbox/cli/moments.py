"""Instants as people type them: "7d", "36h", "2026-03-02", "2026-03-02T09:30", "today"."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo

import typer

from cminbox.i18n import _

_SPAN = re.compile(r"(\d{1,6})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str | None, now: datetime, zone: tzinfo, option: str) -> datetime | None:
    """The instant that a text means: so long ago, or a date or a time in the zone. None for no text.

    Raises typer.BadParameter (wrong usage) for anything else.
    """
    if text is None:
        return None
    wanted = text.strip().lower()
    if wanted == "today":
        return datetime.combine(now.astimezone(zone).date(), time(0), zone)
    if found := _SPAN.fullmatch(wanted):
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            _("{option} does not understand {text}: say 7d, 36h, 2026-03-02 or 2026-03-02T09:30.").format(
                option=option, text=repr(text)
            )
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=zone)
