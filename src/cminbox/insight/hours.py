"""Business hours: how much working time lies between two instants, and when so much of it has passed. Pure.

Days are those of the team's own time zone: a working day in which the clock is put forward is an hour shorter, as it is
for who works in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cminbox.config.clocks import Hours
from cminbox.config.settings import Settings
from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.model.week import DAY_MIN, Minutes, Week, week_of

_FARTHEST_DAYS = 3660
"""No deadline is looked for farther ahead than ten years: a calendar may have no working time at all."""


@dataclass(frozen=True)
class BusinessHours:
    """When a team works. `zone` is an IANA name; `country` (ISO 3166, "" for none) and `region` say which public
    holidays are free (the `holidays` package knows them); `closed` are further free days.
    """

    zone: str
    week: Week
    country: str = ""
    region: str = ""
    closed: frozenset[date] = frozenset()

    def spans(self, day: date) -> tuple[Minutes, ...]:
        """The working spans of one day."""
        spans = self.week[day.weekday()]
        if not spans or day in self.closed or (self.country and is_holiday(day, self.country, self.region)):
            return ()
        return spans


def hours_of(settings: Settings, brand: str) -> BusinessHours | None:
    """The business hours that hold for a brand ("" for none): its own, else those of all; None where there are none."""
    own = settings.brands.get(brand)
    hours = own.hours if own is not None and own.hours is not None else settings.hours
    return None if hours is None else _business(hours, hours.timezone or settings.timezone)


@lru_cache(maxsize=64)
def _business(hours: Hours, zone: str) -> BusinessHours:
    return BusinessHours(zone, week_of(hours.week), hours.country, hours.region, frozenset(hours.closed))


def is_open(hours: BusinessHours | None, at_ms: int) -> bool:
    """Whether an instant lies in business hours; always where there are none."""
    return hours is None or worked_s(hours, at_ms, at_ms + 1) > 0


def worked_s(hours: BusinessHours, since_ms: int, until_ms: int) -> float:
    """Seconds of working time from one instant up to another (0 where the second is not later)."""
    if until_ms <= since_ms:
        return 0.0
    total = 0
    last = _day_of(hours, until_ms)
    for begin_ms, end_ms, day in _spans_from(hours, since_ms):
        if day > last:
            break
        total += max(0, min(end_ms, until_ms) - max(begin_ms, since_ms))
    return total / 1000


def due_ms(hours: BusinessHours | None, since_ms: int, target_s: float) -> int | None:
    """The instant at which `target_s` seconds of working time (calendar time where there are no hours) have passed.

    None where the calendar has not so much working time in the next ten years.
    """
    left_ms = round(target_s * 1000)
    if hours is None:
        return since_ms + left_ms
    farthest = _day_of(hours, since_ms) + timedelta(days=_FARTHEST_DAYS)
    for opens_ms, end_ms, day in _spans_from(hours, since_ms):
        if day > farthest:
            break
        begin_ms = max(opens_ms, since_ms)
        if end_ms - begin_ms >= left_ms > 0 or (left_ms == 0 and end_ms > begin_ms):
            return begin_ms + left_ms
        left_ms -= max(0, end_ms - begin_ms)
    return None


def is_holiday(day: date, country: str, region: str) -> bool:
    """Whether a day is a public holiday. Raises UsageError for a country or region that the calendar does not know."""
    return day in _calendar(country, region, day.year)


@lru_cache(maxsize=64)
def _calendar(country: str, region: str, year: int) -> frozenset[date]:
    import holidays

    try:
        return frozenset(holidays.country_holidays(country.upper(), subdiv=region or None, years=year))
    except NotImplementedError as error:
        raise UsageError(
            _("No public holidays are known for {country} {region}.").format(country=country, region=region).strip(),
            _('Name the country by its two letters ("FR"), the region as that country\'s own codes do.'),
        ) from error


def _spans_from(hours: BusinessHours, since_ms: int) -> Iterator[tuple[int, int, date]]:
    """Working spans as instants, from the day of `since_ms` on, day by day for ever (days without work give none)."""
    zone = ZoneInfo(hours.zone)
    day = _day_of(hours, since_ms) - timedelta(days=1)
    if not any(hours.week):
        return
    for number in range(_FARTHEST_DAYS + 2):
        each = day + timedelta(days=number)
        for begin, end in hours.spans(each):
            yield _instant_ms(each, begin, zone), _instant_ms(each, end, zone), each


def _instant_ms(day: date, minutes: int, zone: ZoneInfo) -> int:
    if minutes == DAY_MIN:
        day, minutes = day + timedelta(days=1), 0
    local = datetime.combine(day, time(minutes // 60, minutes % 60), zone)
    return int(local.astimezone(UTC).timestamp() * 1000)


def _day_of(hours: BusinessHours, at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(hours.zone)).date()
