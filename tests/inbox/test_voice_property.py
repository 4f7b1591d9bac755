"""The share of voice of random searches of several accounts, recounted from what was told to the store."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inbox.office import Office

from cminbox.clock import to_ms
from cminbox.inbox import numbers, queue
from cminbox.model.accounts import Account
from cminbox.model.base import Direction, Kind, TimePrecision
from cminbox.model.changes import Batch, Wrote
from cminbox.model.content import Author
from cminbox.model.numbers import EVERYWHERE, Place, Span
from cminbox.store import accounts
from cminbox.sync import ingest

LISTENERS = (
    ("ears", "alpha", "us"),
    ("rival", "alpha", "competitor:Acme"),
    ("theirs", "beta", "competitor:alpha"),
    ("again", "beta", "competitor:ACME"),
    ("tide", "alpha", "theme"),
    ("beta", "beta", "us"),
)
"""Accounts that listen: name, brand, whose name they watch. One brand's name is the other's competitor."""
PLACES = (
    EVERYWHERE,
    *(Place(brand=brand) for brand in ("alpha", "beta", "nobody")),
    *(Place(account=name) for name, _brand, _about in LISTENERS),
    Place(network="mastodon", brand="alpha"),
    Place(network="matrix"),
)
HOURS, NOW = 48, 90
"""Up to when messages are written, and beyond when they are told, in hours."""
AUTHORS = ("ana", "bob", "bot", "us")


@dataclass(frozen=True)
class Told:
    """A message as an account tells it: found by listening, as context, or because it is addressed to us."""

    listener: int
    message: int
    how: str


MESSAGES = st.lists(
    st.tuples(st.sampled_from(AUTHORS), st.integers(0, HOURS), st.sampled_from(("instant", "day", "unknown"))),
    min_size=1,
    max_size=8,
)
TOLD = st.lists(
    st.builds(
        Told,
        st.integers(0, len(LISTENERS) - 1),
        st.integers(0, 7),
        st.sampled_from(("found", "found", "found", "context", "addressed")),
    ),
    min_size=5,
    max_size=40,
)
Message = tuple[str, int, str]


async def house(folder: Path) -> tuple[Office, list[Account]]:
    office = await Office.open(folder)
    found = []
    for name, brand, about in LISTENERS:
        account_id = await office.store.write(
            accounts.add,
            name,
            "mastodon",
            "",
            brand,
            {"about": about},
            office.account.profile,
            to_ms(office.clock.now()),
        )
        found.append(await office.store.read(accounts.get, account_id))
    return office, found


def wrote(told: Told, message: Message, begin: datetime) -> Wrote:
    author, _hours, precision = message
    at = begin + timedelta(hours=hour_of(message))
    return Wrote(
        remote_id=f"status{told.message}",
        global_id=f"https://example.org/{told.message}",
        conversation="thread" if told.message % 2 else None,
        at=None if precision == "unknown" else at,
        precision=TimePrecision(precision),
        kind=Kind.COMMENT,
        direction=Direction.IN,
        author=Author(remote_id=author, handle=f"@{author}", is_bot=author == "bot", is_us=author == "us"),
        text=f"what {author} says, {told.message}",
        addressed=told.how == "addressed",
        about=LISTENERS[told.listener][2] if told.how == "found" else None,
    )


def hour_of(message: Message) -> int:
    """What is dated to the day only is dated to its beginning."""
    return message[1] // 24 * 24 if message[2] == "day" else message[1]


def recount(messages: list[Message], told: list[Told], place: Place, since: int, until: int) -> Counter[str]:
    """How many messages are about each: whatever the order in which they were told."""
    heard = set()
    for each in told:
        message = messages[each.message % len(messages)]
        author, hour, precision = message[0], hour_of(message), message[2]
        account, brand, about = LISTENERS[each.listener]
        here = place.brand in (None, brand) and place.account in (None, account) and place.network != "matrix"
        counted = author in ("ana", "bob") and precision != "unknown" and since <= hour < until
        if each.how == "found" and here and counted and about != "theme":
            heard.add((each.message % len(messages), about.lower()))
    return Counter(about for _message, about in heard)


def conversations(db: sqlite3.Connection) -> dict[str, int]:
    rows = db.execute("SELECT global_id, conversation_id FROM message WHERE conversation_id IS NOT NULL")
    return dict(rows.fetchall())


async def compare(messages: list[Message], told: list[Told], cut: tuple[int, int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        office, listeners = await house(Path(folder))
        try:
            begin = office.clock.now().replace(hour=0) + timedelta(days=1)
            await office.clock.advance(4 * 86_400)
            told = [Told(each.listener, each.message % len(messages), each.how) for each in told]
            for each in told:
                batch = Batch(feed="search", changes=(wrote(each, messages[each.message], begin),))
                await office.store.write(ingest.apply, listeners[each.listener], batch, move_cursor=False)
            desk = await office.desk()
            since, until = sorted(cut)
            span = Span(begin + timedelta(hours=since), begin + timedelta(hours=until))
            for place in PLACES:
                wanted = recount(messages, told, place, since, until)
                whole = sum(wanted.values())
                found = await numbers.measure(desk, span, place, ["share_of_voice"])
                assert found["share_of_voice"] == (wanted["us"] / whole if whole else None), place
                assert found.n["share_of_voice"] == whole
                voices = await numbers.voices(desk, span, place)
                assert {v.about.lower(): v.n for v in voices if v.n} == dict(wanted)
                assert [v.about for v in voices[:1]] == ["us"] * bool(whole)
                opened = await numbers.behind(desk, "share_of_voice", span, place)
                parts = [(await numbers.behind_voice(desk, v.about, span, place)).only or () for v in voices]
                assert {one for part in parts for one in part} == set(opened.only or ())
                rows, partial = await queue.listing(desk, opened)
                assert ({row.id for row in rows}, partial) == (set(opened.only or ()), False)
                if place == EVERYWHERE:
                    of = await office.store.read(conversations)
                    assert len(opened.only or ()) == len(
                        {of[f"https://example.org/{n}"] for n in heard(messages, told, since, until)}
                    )
        finally:
            await office.close()


def heard(messages: list[Message], told: list[Told], since: int, until: int) -> set[int]:
    """The messages that count."""
    return {each.message for each in told if recount(messages, [each], EVERYWHERE, since, until)}


@settings(max_examples=100)
@given(MESSAGES, TOLD, st.tuples(st.integers(0, HOURS), st.integers(0, NOW)))
def test_the_share_of_voice_is_what_was_told(messages: list[Message], told: list[Told], cut: tuple[int, int]) -> None:
    asyncio.run(compare(messages, told, cut))
