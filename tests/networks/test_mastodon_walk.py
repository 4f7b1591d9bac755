"""Walking a list in pages: whatever comes, goes or is late, each entry is given out once."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cminbox.networks.mastodon_walk import Ask, Item, Mark, Page, ask, order, step

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_AGO = START - timedelta(days=7)


@dataclass
class Server:
    """A list of numbered entries, cut into pages as Mastodon does. `versions` counts the edits of each."""

    limit: int = 4
    versions: dict[int, int] = field(default_factory=dict)
    times: dict[int, datetime] = field(default_factory=dict)
    asked: list[Ask] = field(default_factory=list)
    links: bool = True

    def add(self, number, at=None):
        self.versions[number] = 0
        self.times[number] = at or START + timedelta(seconds=number)

    def page(self, question):
        self.asked.append(question)
        numbers = sorted(self.versions)
        if question.max_id:
            numbers = [n for n in numbers if n < int(question.max_id)]
        if question.min_id:
            numbers = [n for n in numbers if n > int(question.min_id)][: self.limit]
        cut = numbers[-self.limit :]
        items = tuple(Item(str(n), str(n), f"{n} {self.versions[n]}", self.times[n], n) for n in cut)
        more = len(cut) == self.limit if self.links else len(numbers) > len(cut)
        return Page(items, items[0].place if items and more else None)


@dataclass
class Walker:
    """Reads a server to its end, each mark through JSON."""

    server: Server
    since: datetime = LONG_AGO
    mark: Mark | None = None
    fresh: list[int] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def covers(self, number):
        """The promise of the walk: what appears here is found, whatever comes before the next reading."""
        if self.mark.walk or ask(self.mark).max_id:
            return False
        known = [int(key) for key in self.mark.seen]
        above = sum(other > number for other in known)
        return above < self.server.limit // 2 and above < len(known)

    def one(self):
        taken = step(self.mark, self.server.page(ask(self.mark)), self.since)
        self.mark = Mark.load(json.loads(json.dumps(taken.mark.dump())))
        assert self.mark == taken.mark
        self.fresh += [item.value for item in taken.fresh]
        self.changed += [item.mark for item in taken.changed]
        self.missing += taken.missing
        return taken.more

    def read(self):
        for _turn in range(200):
            if not self.one():
                return
        raise AssertionError("the walk has no end")


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 9, 17])
def test_a_first_reading_gives_everything_in_order(count, links):
    server = Server(links=links)
    for number in range(1, count + 1):
        server.add(number)
    walker = Walker(server)
    walker.read()
    assert walker.fresh == list(range(1, count + 1))
    walker.read()
    assert len(walker.fresh) == count
    assert walker.missing == []


def test_a_calm_reading_costs_one_request():
    server = Server()
    for number in range(1, 30):
        server.add(number)
    walker = Walker(server)
    walker.read()
    server.asked.clear()
    walker.read()
    server.add(30)
    walker.read()
    assert server.asked == [Ask(), Ask()]
    assert walker.fresh[-1] == 30


def test_a_first_reading_stops_where_it_is_told():
    server = Server()
    for number in range(1, 30):
        server.add(number, at=START + timedelta(days=number))
    walker = Walker(server, since=START + timedelta(days=20))
    walker.read()
    assert walker.fresh == list(range(20, 30))
    assert len(server.asked) < 9


def test_a_first_reading_begins_nowhere_and_goes_on_when_something_comes():
    server = Server()
    walker = Walker(server)
    walker.read()
    for number in range(1, 11):
        server.add(number)
    walker.read()
    assert walker.fresh == list(range(1, 11))


def test_what_comes_while_the_first_reading_pages_back_is_not_lost():
    server = Server()
    for number in range(1, 9):
        server.add(number)
    walker = Walker(server)
    number = 9
    while walker.one():
        server.add(number)
        number += 1
        if number > 40:
            break
    walker.read()
    assert walker.fresh == list(range(1, number))


def test_the_oldest_entries_may_vanish_while_paging_back():
    server = Server()
    for number in range(1, 9):
        server.add(number)
    walker = Walker(server)
    walker.one()
    walker.one()
    for number in (1, 2, 3, 4, 5):
        del server.versions[number]
    walker.read()
    assert walker.fresh == [6, 7, 8]


def test_an_entry_that_appears_below_our_place_is_found():
    server = Server()
    for number in (10, 20, 30, 50):
        server.add(number)
    walker = Walker(server)
    walker.read()
    server.add(40)
    walker.read()
    assert walker.fresh == [10, 20, 30, 50, 40]
    walker.read()
    assert walker.fresh == [10, 20, 30, 50, 40]


@pytest.mark.parametrize("links", [True, False])
def test_an_entry_below_our_place_is_found_under_a_wave_of_newer_ones(links):
    server = Server(limit=40, links=links)
    for number in range(100, 3000, 100):
        server.add(number)
    walker = Walker(server)
    walker.read()
    # Nineteen known ones stand above it: as many as a busy server writes at the same time.
    server.add(1050)
    for number in range(3000, 20000, 100):
        server.add(number)
    walker.read()
    assert 1050 in walker.fresh
    assert sorted(walker.fresh) == sorted(server.versions)


def test_edits_and_deletions_at_the_newest_end_are_seen_once():
    server = Server()
    for number in range(1, 10):
        server.add(number)
    walker = Walker(server)
    walker.read()
    server.versions[8] = 1
    del server.versions[9]
    walker.read()
    assert walker.changed == ["8 1"]
    assert walker.missing == ["9 0"]
    walker.read()
    assert len(walker.changed) == len(walker.missing) == 1


def test_entries_pushed_off_the_newest_page_are_not_missing():
    server = Server()
    for number in range(1, 5):
        server.add(number)
    walker = Walker(server)
    walker.read()
    for number in range(5, 8):
        server.add(number)
    walker.read()
    assert walker.missing == []


def test_a_server_that_ignores_the_place_does_not_hold_us_for_ever():
    page = Page(tuple(Item(str(n), str(n), str(n), START, n) for n in range(5, 9)), "5")
    mark = None
    for _turn in range(5):
        taken = step(mark, page, LONG_AGO)
        mark = taken.mark
        if not taken.more:
            break
    else:
        pytest.fail("it goes round and round")


def test_ids_of_both_families_are_in_order():
    assert order("9") < order("10") < order("116158758912000007")
    assert order("01HZZZZZZZZZZZZZZZZZZZZZZZ") < order("01J00000000000000000000000")


def test_a_cursor_of_another_make_begins_anew():
    for cursor in (None, 5, "x", [], {"place": ["x"]}, {"seen": 5}):
        assert Mark.load(cursor) is None
    assert Mark.load({}) == Mark()


def test_the_mark_stays_small():
    server = Server(limit=40)
    walker = Walker(server)
    for number in range(1, 1000):
        server.add(number)
    walker.read()
    for number in range(1000, 1100):
        server.add(number)
        walker.read()
    assert walker.fresh == list(range(1, 1100))
    assert len(walker.mark.seen) <= 80


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 9)),
        st.tuples(st.just("late"), st.integers(1, 3)),
        st.tuples(st.just("edit"), st.integers(0, 3)),
        st.tuples(st.just("delete"), st.integers(0, 12)),
        st.tuples(st.just("step"), st.integers(1, 4)),
        st.tuples(st.just("read"), st.just(0)),
    ),
    max_size=30,
)


LATE_TWICE = [("add", 1), ("add", 1), ("step", 1), ("late", 1), ("read", 0), ("late", 2), ("add", 2)]
"""The second late one stands below as many known entries as a reading looks at again: more than the walk promises."""


@settings(max_examples=200, deadline=None)
@example(LATE_TWICE, 4, False)
@example(LATE_TWICE, 6, False)
@given(ACTIONS, st.integers(4, 7), st.booleans())
def test_each_entry_that_stays_is_given_once_in_any_play(actions, limit, links):
    server = Server(limit=limit, links=links)
    walker = Walker(server)
    top = 0
    ever_deleted = set()
    ever = set()
    for what, n in actions:
        known = sorted(server.versions)
        if what == "add":
            for _each in range(n):
                top += 10
                server.add(top)
                ever.add(top)
        elif what == "late" and walker.mark is not None and top - n not in ever:
            if walker.covers(top - n):
                server.add(top - n)
                ever.add(top - n)
        elif what == "edit" and n < len(known):
            server.versions[known[-1 - n]] += 1
        elif what == "delete" and n < len(known):
            ever_deleted.add(known[n])
            del server.versions[known[n]], server.times[known[n]]
        elif what == "step":
            for _each in range(n):
                walker.one()
        elif what == "read":
            walker.read()
    walker.read()
    assert len(walker.fresh) == len(set(walker.fresh)), "never twice"
    lost = set(server.versions) - set(walker.fresh)
    assert not lost, f"never lost: {lost}"
    assert set(walker.fresh) <= set(server.versions) | ever_deleted
