"""The way through lists that only lead back: nothing skipped, nothing told twice, whatever the service's page marks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cminbox.networks.bluesky_walk import KEPT, Item, Mark, Page, place_of, step

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
SINCE = BEGIN - timedelta(days=7)


@dataclass
class Service:
    """A list of entries, newest first; page marks are contents (as Bluesky's) or positions (as of its search)."""

    size: int = 10
    positions: bool = False
    entries: list[int] = field(default_factory=list)
    asked: int = 0

    def page(self, mark: str | None) -> Page[int]:
        self.asked += 1
        newest = sorted(self.entries, reverse=True)
        if self.positions:
            begin = int(mark or 0)
        else:
            begin = next((n for n, one in enumerate(newest) if one < int(mark)), len(newest)) if mark else 0
        shown = newest[begin : begin + self.size]
        older = None
        if begin + self.size < len(newest):
            older = str(begin + self.size if self.positions else shown[-1])
        items = tuple(Item(place_of(BEGIN + timedelta(seconds=one)), str(one), one) for one in reversed(shown))
        return Page(items, older)


@dataclass
class Walker:
    """Reads as the engine does: the mark goes through JSON after each page."""

    service: Service
    mark: Mark = field(default_factory=Mark)
    told: list[int] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def page(self) -> bool:
        taken = step(self.mark, self.service.page(self.mark.ask), SINCE)
        self.mark = Mark.load(json.loads(json.dumps(taken.mark.dump())))
        self.told += [item.value for item in taken.fresh if item.value is not None]
        self.missing += taken.missing
        return taken.more

    def read(self) -> None:
        for _turn in range(1000):
            if not self.page():
                return
        raise AssertionError("the reading has no end")


@given(st.lists(st.integers(0, 70), max_size=8), st.booleans(), st.integers(2, 25))
def test_every_entry_is_told_once_and_in_order(bursts: list[int], positions: bool, size: int) -> None:
    service = Service(size, positions)
    walker = Walker(service)
    for burst in bursts:
        service.entries += range(len(service.entries), len(service.entries) + burst)
        walker.read()
    assert walker.told == sorted(service.entries)
    assert walker.missing == []


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=25), st.booleans())
def test_what_comes_on_the_way_is_not_lost(turns: list[tuple[int, int]], positions: bool) -> None:
    service = Service(8, positions)
    walker = Walker(service)
    for arrivals, pages in turns:
        service.entries += range(len(service.entries), len(service.entries) + arrivals)
        for _page in range(pages):
            walker.page()
    walker.read()
    assert sorted(set(walker.told)) == service.entries
    assert len(walker.told) == len(set(walker.told))


def test_a_quiet_reading_costs_one_request() -> None:
    service = Service(10, entries=list(range(100)))
    walker = Walker(service)
    walker.read()
    before = service.asked
    walker.read()
    assert service.asked - before == 1


def test_what_appears_below_our_place_is_told() -> None:
    service = Service(10, entries=[10, 20, 30, 40])
    walker = Walker(service)
    walker.read()
    service.entries += [25, 50]
    walker.read()
    assert walker.told == [10, 20, 30, 40, 25, 50]


def test_what_is_missing_is_named_once() -> None:
    service = Service(10, entries=list(range(30)))
    walker = Walker(service)
    walker.read()
    service.entries.remove(27)
    service.entries.remove(3)
    walker.read()
    walker.read()
    assert walker.missing == ["27"]


def test_the_first_reading_ends_where_it_shall() -> None:
    week = int(timedelta(days=7).total_seconds())
    service = Service(5, entries=[-week - n for n in range(1, 40)] + [-week + n for n in range(12)])
    walker = Walker(service)
    walker.read()
    assert walker.told == [-week + n for n in range(12)]
    assert service.asked < 10


def test_a_mark_stays_small() -> None:
    service = Service(100, entries=list(range(5000)))
    walker = Walker(service)
    walker.read()
    assert len(walker.mark.seen) == KEPT
    assert walker.told == service.entries


def test_an_entry_that_is_gone_on_the_way_does_not_end_in_a_circle() -> None:
    service = Service(10, entries=list(range(40)))
    walker = Walker(service)
    for _page in range(3):
        walker.page()
    for one in (10, 20, 30):
        service.entries.remove(one)
    walker.read()
    assert set(service.entries) <= set(walker.told)
