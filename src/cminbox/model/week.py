"""A working week as people write it: `mon-fri 9:00-12:30, 14:00-18:00; sat 10:00-12:00`."""

from __future__ import annotations

import re
from itertools import pairwise

from cminbox.errors import UsageError
from cminbox.i18n import _

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MIN = 24 * 60
"""Minutes of a day."""

_DAYS = re.compile(r"([a-z]{3})(?:\s*-\s*([a-z]{3}))?\s+(.+)")
_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*-\s*(\d{1,2})(?::(\d{2}))?")

Minutes = tuple[int, int]
"""Minutes after midnight: from, up to."""
Week = tuple[tuple[Minutes, ...], ...]
"""The working spans of seven days, Monday first, in order and apart from each other."""


def week_of(text: str) -> Week:
    """Read a week. Raises UsageError, naming the part that is wrong."""
    days: list[list[Minutes]] = [[] for _day in DAYS]
    for part in filter(None, (piece.strip().lower() for piece in text.split(";"))):
        match = _DAYS.fullmatch(part)
        if match is None or match[1] not in DAYS or (match[2] or match[1]) not in DAYS:
            raise _wrong(part)
        first, last = DAYS.index(match[1]), DAYS.index(match[2] or match[1])
        spans = [_span(each.strip(), part) for each in match[3].split(",")]
        for number in range(first, last + 1 if last >= first else last + 8):
            days[number % 7] += spans
    week = tuple(tuple(sorted(spans)) for spans in days)
    if any(before[1] > after[0] for sorted_spans in week for before, after in pairwise(sorted_spans)):
        raise _wrong(text)
    return week


def _span(text: str, part: str) -> Minutes:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise _wrong(part)
    begin = int(match[1]) * 60 + int(match[2] or 0)
    end = int(match[3]) * 60 + int(match[4] or 0)
    if begin >= end or end > DAY_MIN or int(match[2] or 0) > 59 or int(match[4] or 0) > 59:
        raise _wrong(part)
    return begin, end


def _wrong(part: str) -> UsageError:
    return UsageError(
        _('"{part}" are no business hours.').format(part=part),
        _('Write them as in "mon-fri 9:00-12:30, 14:00-18:00; sat 10:00-12:00".'),
    )
