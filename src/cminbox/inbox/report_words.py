"""What a report says in the language in force: dates, numbers and spans by Babel, labels by the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, format_skeleton, format_time
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from cminbox.i18n import N_, _, language
from cminbox.insight.definitions import BY_KEY, Unit
from cminbox.model.numbers import Measures, Place, Span
from cminbox.model.reasons import TITLES, Reason

DASH = "–"
_LOCALES = {"en": "en_GB", "fr": "fr"}
_DAY_S, _HOUR_S = 86_400, 3600
_DEEDS = {
    "hide": N_("Hidden"),
    "delete": N_("Deleted"),
    "block": N_("Blocked"),
    "report": N_("Reported to the network"),
}
TIMES_TITLES = {
    "first_response": N_("First response"),
    "message_response": N_("Response to a message"),
    "next_reply": N_("Next reply"),
    "first_resolution": N_("First resolution"),
    "full_resolution": N_("Full resolution"),
    "time_to_hide": N_("Time to hide"),
}
"""What the times of inbox.numbers.TIMES are called."""


def deed(verb: str) -> str:
    """What was done, by the verb of an act."""
    return _(_DEEDS[verb]) if verb in _DEEDS else verb


def reason(code: str) -> str:
    """Why, by the code of a reason; "" is none."""
    return _(TITLES[Reason(code)]) if code in set(Reason) else code or _("no reason given")


def us(place: Place) -> str:
    """What we are called beside competitors: by the brand of the report."""
    return place.brand or _("Us")


@dataclass(frozen=True)
class Speech:
    """How a locale writes things, in a time zone."""

    locale: Locale
    zone: ZoneInfo

    @classmethod
    def now(cls, zone: ZoneInfo) -> Speech:
        """That of the language in force."""
        return cls(Locale.parse(_LOCALES[language()]), zone)

    def count(self, value: float | None, digits: int = 0) -> str:
        """A number; a dash for no data."""
        if value is None:
            return DASH
        return str(format_decimal(round(value, digits), locale=self.locale))

    def share(self, value: float | None, digits: int = 0) -> str:
        """A share (0 to 1) as a percentage, with so many decimal places."""
        if value is None:
            return DASH
        if not digits:
            return str(format_percent(value, locale=self.locale))
        pattern = self.locale.percent_formats[None].pattern.replace("0", "0." + "0" * digits, 1)
        return str(format_percent(value, format=pattern, locale=self.locale))

    def took(self, seconds: float | None) -> str:
        """How long: "45 sec", "12 min", "2 hr 14 min", "3 days 4 hr"."""
        if seconds is None:
            return DASH
        total = int(seconds)
        if total < 60:
            return self._unit(total, "second")
        if total < _HOUR_S:
            return self._unit(total // 60, "minute")
        if total < 2 * _DAY_S:
            return self._pair(total // _HOUR_S, "hour", total % _HOUR_S // 60, "minute")
        return self._pair(total // _DAY_S, "day", total % _DAY_S // _HOUR_S, "hour")

    def value(self, key: str, value: float | None) -> str:
        """A number of insight.definitions as its unit wants it."""
        match BY_KEY[key].unit:
            case Unit.SECONDS:
                return self.took(value)
            case Unit.SHARE:
                return self.share(value, BY_KEY[key].digits)
            case Unit.RATE:
                return self.count(value, 1)
            case _:
                return self.count(value)

    def change(self, key: str, now: float | None, before: float | None) -> str:
        """How a number changed: points for a share, else as a share of what it was; a dash where that says nothing."""
        if now is None or before is None:
            return DASH
        if BY_KEY[key].unit is Unit.SHARE:
            digits = BY_KEY[key].digits
            points = round((now - before) * 100, digits)
            return _("{n} pts").format(n=self._signed(points, digits))
        return self.grown(now, before)

    def grown(self, now: float | None, before: float | None) -> str:
        """The change as a share of what it was."""
        if now is None or not before:
            return DASH
        share = round((now - before) / before, 2)
        sign = "+" if share > 0 else ""
        return f"{sign}{format_percent(share, locale=self.locale)}"

    def day(self, at: datetime | date) -> str:
        """A day, short: "2 Mar 2026"."""
        local = at.astimezone(self.zone) if isinstance(at, datetime) else at
        return str(format_date(local, "medium", locale=self.locale))

    def day_short(self, at: datetime) -> str:
        """A day without its year: "2 Mar"."""
        return str(format_skeleton("MMMd", at.astimezone(self.zone), tzinfo=self.zone, locale=self.locale))

    def hour(self, at: datetime) -> str:
        """An hour of a day: "14:00"."""
        return str(format_time(at.astimezone(self.zone), "HH:mm", tzinfo=self.zone, locale=self.locale))

    def moment(self, at: datetime) -> str:
        """A day and a time."""
        return str(format_datetime(at, "d MMM y, HH:mm", tzinfo=self.zone, locale=self.locale))

    def weekday(self, number: int) -> str:
        """The short name of a weekday, 0 for Monday."""
        return str(self.locale.days["format"]["abbreviated"][number])

    def period(self, span: Span) -> str:
        """From when to when: days where both ends are midnights, else days and times."""
        since, until = span.since.astimezone(self.zone), span.until.astimezone(self.zone)
        if since.hour or since.minute or until.hour or until.minute or since.date() == until.date():
            return f"{self.moment(since)} {DASH} {self.moment(until)}"
        last = until.date() - timedelta(days=1)
        if last <= since.date():
            return str(format_date(since.date(), "long", locale=self.locale))
        return str(format_interval(since.date(), last, "yMMMd", locale=self.locale))

    def bin(self, under_s: float | None, over_s: float) -> str:
        """A bin of the histogram: up to so long, or beyond."""
        if under_s is None:
            return _("over {time}").format(time=self._round(over_s))
        return _("up to {time}").format(time=self._round(under_s))

    def bin_short(self, under_s: float | None, over_s: float) -> str:
        """The same below a bar: "≤ 5 min", "> 24 hrs"."""
        return f"> {self._round(over_s)}" if under_s is None else f"≤ {self._round(under_s)}"

    def of_measures(self, key: str, measures: Measures | None) -> str:
        """One number of some measures; a dash where they do not have it."""
        return DASH if measures is None else self.value(key, measures.values.get(key))

    def _round(self, seconds: float) -> str:
        whole = int(seconds)
        for size, unit in ((_HOUR_S, "hour"), (60, "minute")):
            if whole % size == 0:
                return self._unit(whole // size, unit)
        return self._unit(whole, "second")

    def _signed(self, value: float, digits: int = 0) -> str:
        return f"{'+' if value > 0 else ''}{self.count(value, digits)}"

    def _pair(self, many: int, large: str, rest: int, small: str) -> str:
        first = self._unit(many, large)
        return f"{first} {self._unit(rest, small)}" if rest else first

    def _unit(self, n: int, unit: str) -> str:
        return str(format_unit(n, f"duration-{unit}", "short", locale=self.locale))
