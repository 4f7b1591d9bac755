"""The settings of time: business hours, targets, and what is a brand's own."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, field_validator, model_validator

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.model.base import Frozen
from cminbox.model.week import week_of

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class Hours(Frozen):
    """Business hours: times of answers count working time only. `week` as in "mon-fri 9:00-12:30, 14:00-18:00; sat
    10:00-12:00", in `timezone` (without it the settings' own); public holidays of `country` ("FR") and `region` are
    free, and the days of `closed`.
    """

    week: str
    timezone: str | None = None
    country: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, max_length=2)] = ""
    region: Name = ""
    closed: tuple[date, ...] = ()

    @field_validator("week")
    @classmethod
    def _readable(cls, text: str) -> str:
        try:
            week_of(text)
        except UsageError as error:
            raise ValueError(str(error)) from None
        return text

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str | None) -> str | None:
        try:
            return name if name is None else ZoneInfo(name).key
        except (KeyError, ValueError, OSError):
            raise ValueError("timezone") from None

    @model_validator(mode="after")
    def _known_country(self) -> Hours:
        if self.country:
            from holidays import country_holidays

            try:
                country_holidays(self.country, subdiv=self.region or None)
            except NotImplementedError:
                place = f"{self.country} {self.region}".strip()
                raise ValueError(_("No public holidays are known for {place}.").format(place=place)) from None
        return self


class Target(Frozen):
    """A time to answer by: who waits in a conversation that `filter` matches, or that the filter of a `view` of one's
    own matches (without either: in any), is answered within `answer_s` seconds, of working time where there are
    business hours. Of several targets the shortest holds.
    """

    name: Name = ""
    view: Name = ""
    filter: Name = ""
    answer_s: Annotated[int, Field(strict=True, ge=60, le=90 * 86_400)]


class Brand(Frozen):
    """What is a brand's own."""

    hours: Hours | None = None


class NumbersOf(Frozen):
    """The numbers: `everybody` lets each see the numbers of every colleague, not their own only."""

    everybody: Annotated[bool, Field(strict=True)] = False
