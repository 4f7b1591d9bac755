"""Words for a time to come, in English and French, as an instant: "demain 9h", "in 2 hours", "lundi", "18:30".

What people type every day is brought into a form that dateparser reads without guessing; what could mean two things is
refused with the two. A day without a time of day is its morning, at nine.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.text import fold

MORNING = time(9)

_PARTS_OF_DAY = (
    (r"cet apres-midi|this afternoon", "today", "14:00"),
    (r"ce soir|tonight|this evening", "today", "19:00"),
    (r"ce midi", "today", "12:00"),
    (r"(?:le |in the |du )?(?<!apres-)(?:matin|morning)", "", "9:00"),
    (r"(?:l'|in the |de l')?(?:apres-midi|afternoon)", "", "14:00"),
    (r"(?:le |in the |du )?(?:soir|evening)", "", "19:00"),
    (r"(?:a |at )?(?:midi|noon)", "", "12:00"),
)
"""What is said of a day, the day that it means by itself, and the time of day that it means where none is said."""
_DAYS = (
    *("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
)
_ENGLISH_DAYS = {day: _DAYS[7 + number % 7] for number, day in enumerate(_DAYS)}
_DAY = re.compile(rf"\b(?:next |this |on |le |ce )?({'|'.join(_DAYS)})(?: prochain| prochaine)?\b")
_LENGTH = re.compile(
    r"\d+ ?h ?\d{2}|\d+ ?(?:m|mn|min|mins|minutes?|h|hours?|heures?|d|j|days?|jours?|w|sem|weeks?|semaines?)"
)
_RELATIVE = re.compile(rf"(?:in |dans |d'ici )(?:{_LENGTH.pattern})(?: (?:(?:et|and) )?(?:{_LENGTH.pattern}))?")
_ONE = re.compile(r"^((?:in|dans) |d'ici )(?:an?|une?) ")
_HOURS = re.compile(r"(\d{1,2}) ?h(?: ?\d{2})?")
_PIECE = re.compile(r"(\d+) ?([a-z]*)")
_HOUR = re.compile(r"\b(?:a |at )?(\d{1,2}) ?h(?: ?(\d{2}))?\b")
_UNITS = (
    (("", "m", "mn", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    (("h", "hour", "hours", "heure", "heures"), timedelta(hours=1)),
    (("d", "j", "day", "days", "jour", "jours"), timedelta(days=1)),
    (("w", "sem", "week", "weeks", "semaine", "semaines"), timedelta(weeks=1)),
)
_TIME = re.compile(r"\d{1,2}:\d{2}|\d ?[ap]m\b")
_TWO_WAYS = re.compile(r"(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})\b(?![/.:-]\d)")
_YEAR_LAST = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b")
_LONGEST = 60
_FURTHEST = timedelta(days=5 * 366)


def instant(words: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) that words mean at `now`, for somebody in `zone`.

    Raises UsageError, with the cure, for what means nothing, can mean two things, is past or very far away.
    """
    text = " ".join(fold(words).split())
    if not text or len(text) > _LONGEST:
        raise _nothing(words)
    text = _ONE.sub(r"\g<1>1 ", text)
    hours = _HOURS.fullmatch(text)
    if hours is not None and int(hours[1]) < 24:
        told = _("{words} can mean two things.").format(words=words)
        raise UsageError(told, _("Write in {length}, or {n}:00 for the time of day.").format(length=text, n=hours[1]))
    if _RELATIVE.fullmatch(text) or _LENGTH.fullmatch(text):
        found = now + _length(text, words)
    else:
        found = _of_the_calendar(text, words, now.astimezone(zone))
    if found <= now:
        raise UsageError(
            _("{words} is past.").format(words=words), _("Name a time to come: tomorrow 9:00, in 2 hours.")
        )
    if found - now > _FURTHEST:
        raise UsageError(_("{words} is too far away.").format(words=words), _("Name a time within five years."))
    return found.astimezone(UTC)


def _of_the_calendar(text: str, words: str, here: datetime) -> datetime:
    """A day, a time of day or both, as the clocks of `here` show it."""
    refuse_two_ways(text, words)
    text = _HOUR.sub(lambda match: f"{int(match[1])}:{match[2] or '00'}", text)
    timed = _TIME.search(text) is not None
    for part, day, hour in _PARTS_OF_DAY:
        text, found_n = re.subn(rf"(?<![\w-])(?:{part})(?![\w-])", f"{day} {'' if timed else hour}".strip(), text)
        timed = timed or found_n > 0
    text = _DAY.sub(lambda match: _ENGLISH_DAYS[match[1]], text)
    text = re.sub(r"\b(?:a|at) (?=\d)", "", text)
    if text.isdecimal() or re.search(r"\b(?:\d{3,}|2[4-9]|[3-9]\d):\d{2}", text):
        raise _nothing(words)
    import dateparser

    base = here.replace(tzinfo=None)
    found: datetime | None = dateparser.parse(
        text,
        languages=["en", "fr"],
        settings={"RELATIVE_BASE": base, "PREFER_DATES_FROM": "future", "RETURN_AS_TIMEZONE_AWARE": False},
    )
    if found is None:
        raise _nothing(words)
    if not timed:
        found = datetime.combine(found.date(), MORNING)
    return found.replace(tzinfo=here.tzinfo)


def refuse_two_ways(text: str, words: str) -> None:
    """Raise UsageError for words that mean one thing here and another there."""
    match = _YEAR_LAST.search(text) or _TWO_WAYS.search(text)
    if match is not None and int(match[1]) <= 12 and int(match[2]) <= 12 and match[1] != match[2]:
        told = _("{words} can mean two days.").format(words=words)
        raise UsageError(told, _("Write the month as a word, or the day as 2026-03-31."))


def _length(text: str, words: str) -> timedelta:
    total = timedelta()
    for number, unit in _PIECE.findall(text):
        each = next((length for names, length in _UNITS if unit in names), None)
        if each is None or len(number) > 5:
            raise _nothing(words)
        total += int(number) * each
    return total


def _nothing(words: str) -> UsageError:
    return UsageError(
        _("{words} is no time.").format(words=words or '""'),
        _("Write for example: in 2 hours, tomorrow 9:00, monday, 2026-03-31 14:00."),
    )
