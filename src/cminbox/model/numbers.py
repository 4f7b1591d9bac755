"""What is asked of the numbers of a period, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Span:
    """From an instant up to (not with) another, both aware and in UTC."""

    since: datetime
    until: datetime

    @property
    def before(self) -> Span:
        """The span just before, equally long."""
        return Span(self.since - (self.until - self.since), self.since)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.until - self.since).total_seconds()


@dataclass(frozen=True)
class Place:
    """What the numbers are kept to, by name; None keeps to nothing. Several hold together.

    `colleague` keeps what people of ours did to that colleague; what came in stays the team's.
    """

    brand: str | None = None
    campaign: str | None = None
    account: str | None = None
    network: str | None = None
    tag: str | None = None
    colleague: str | None = None


EVERYWHERE = Place()


@dataclass(frozen=True)
class Measures:
    """Numbers of a period by key (insight.definitions); None where there is no data, which is shown as a dash.

    `n` says of how many values a time or a share is made.
    """

    values: Mapping[str, float | None]
    n: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, key: str) -> float | None:
        return self.values[key]
