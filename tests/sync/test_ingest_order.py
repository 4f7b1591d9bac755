"""Whatever comes first: the same changes in any order, in any pieces, more than once, make the same conversations."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cminbox.model.base import Direction, Kind, MessageState
from cminbox.model.changes import Change, Edited, Removed, Wrote
from cminbox.model.content import TopicInfo
from cminbox.store import clocks

from .ledger import ANA, BEN, BOT, US, Ledger, after, pieces, refresh, wrote

IDS = [f"m{n}" for n in range(8)]
MINUTES = [-90, -60, 10, 10, 11, 20, 21, 40, 90]


@st.composite
def messages(draw: st.DrawFn, remote_id: str) -> list[Wrote]:
    """One message, and perhaps the same as a thread shows it: as context, without its topic."""
    author = draw(st.sampled_from([ANA, BEN, BOT, US]))
    key = draw(st.sampled_from([None, None, None, "dm", "run"]))
    kind = Kind.DM if key == "dm" else draw(st.sampled_from([Kind.COMMENT, Kind.COMMENT, Kind.MENTION, Kind.POST]))
    parent = draw(st.sampled_from([None, *IDS, "unknown"]))
    topic = draw(st.sampled_from([None, None, "m0", "place"]))
    facts: dict[str, Any] = {
        "kind": kind,
        "conversation": key,
        "conversation_gap_s": 600 if key == "run" else None,
        "parent": parent,
        "topic": TopicInfo(key=topic, title=f"title of {topic}") if topic else None,
        "addressed": draw(st.sampled_from([True, True, False])),
        "answers": draw(st.sampled_from([(), (), ("ana",)])) if author is US else (),
        "state": draw(st.sampled_from([MessageState.SHOWN, MessageState.SHOWN, MessageState.HIDDEN])),
    }
    minutes = draw(st.sampled_from(MINUTES))
    told = [wrote(remote_id, minutes, author, **facts)]
    if draw(st.booleans()):
        told.append(wrote(remote_id, minutes, author, **{**facts, "addressed": False, "topic": None}))
    return told


@st.composite
def tellings(draw: st.DrawFn) -> list[Change]:
    """A set of changes, each with its own place in time."""
    ids = draw(st.lists(st.sampled_from(IDS), unique=True, min_size=1))
    found: list[Change] = [each for remote_id in ids for each in draw(messages(remote_id))]
    for n, remote_id in enumerate(draw(st.lists(st.sampled_from(IDS), max_size=3))):
        found.append(Edited(remote_id=remote_id, at=after(100 + n % 2), text=f"edit {n} of {remote_id}"))
    for n, remote_id in enumerate(draw(st.lists(st.sampled_from(IDS), max_size=3))):
        state = draw(st.sampled_from([MessageState.REMOVED, MessageState.HIDDEN, MessageState.SHOWN]))
        found.append(Removed(remote_id=remote_id, at=after(100 + n % 2), state=state))
    return found


def taken(changes: Sequence[Change], cuts: Sequence[int]) -> Ledger:
    ledger = Ledger.open()
    for piece in pieces(changes, cuts):
        ledger.tell(*piece)
    return ledger


def same(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> None:
    for name, rows in one.items():
        assert set(rows) ^ set(other[name]) == set(), name
    assert one == other


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_order_and_pieces_make_no_difference(data: st.DataObject) -> None:
    changes = data.draw(tellings())
    straight = taken(changes, [])
    shuffled = taken(data.draw(st.permutations(changes)), data.draw(st.lists(st.integers(0, 30), max_size=6)))
    same(shuffled.picture(), straight.picture())


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_twice_is_once(data: st.DataObject) -> None:
    changes = data.draw(tellings())
    ledger = taken(changes, [3])
    before, journal = ledger.picture(), ledger.rows("SELECT * FROM journal")
    ledger.tell(*data.draw(st.permutations(changes)))
    same(ledger.picture(), before)
    assert ledger.rows("SELECT * FROM journal") == journal


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_a_recount_finds_nothing_new(data: st.DataObject) -> None:
    ledger = taken(data.draw(tellings()), data.draw(st.lists(st.integers(0, 30), max_size=6)))
    before = ledger.picture()
    for (conversation_id,) in ledger.rows("SELECT id FROM conversation"):
        ledger.write(refresh, conversation_id)
        ledger.write(clocks.recount, conversation_id)
    same(ledger.picture(), before)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_conversations_are_what_holds_together(data: st.DataObject) -> None:
    changes = data.draw(tellings())
    ledger = taken(changes, data.draw(st.lists(st.integers(0, 30), max_size=6)))
    told = [change for change in changes if isinstance(change, Wrote)]
    assert sorted(map(sorted, ledger.conversations())) == sorted(map(sorted, held_together(told)))


def held_together(told: Sequence[Wrote]) -> list[set[str]]:
    """The rules of `Wrote`, read anew and slowly: grow conversations until nothing joins any more."""
    facts = {each.remote_id: each for each in told}
    keys = {each.remote_id: each.conversation for each in told if each.conversation and not is_post(each)}
    home = {each.remote_id: each.remote_id for each in told if begins(each)}
    links: list[tuple[str, str, bool]] = [
        (each.remote_id, each.parent, True)
        for each in told
        if each.remote_id not in keys and each.parent in facts and has_parent(each)
    ]
    for key in set(keys.values()):
        run = sorted((facts[one].at, one) for one in keys if keys[one] == key)  # type: ignore[type-var]
        for (before, one), (later, other) in pairwise(run):
            if key != "run" or (later - before).total_seconds() <= 600:  # type: ignore[operator]
                links.append((one, other, False))
    changed = True
    while changed:
        changed = False
        for one, other, upwards in links:
            ends = {home.get(other)} if upwards else {home.get(one), home.get(other)}
            if ends == {None}:
                continue
            homes = {home.get(one), home.get(other)} - {None}
            if homes == {home.get(one)} == {home.get(other)}:
                continue
            least = min(each for each in homes if each is not None)
            home.update({each: least for each, place in home.items() if place in homes})
            home[one] = home[other] = least
            changed = True
    return [{each for each in home if home[each] == place} for place in set(home.values())]


def begins(each: Wrote) -> bool:
    return each.addressed if each.direction is Direction.IN else each.kind is Kind.DM


def is_post(each: Wrote) -> bool:
    return each.kind is Kind.POST and each.direction is Direction.OUT


def has_parent(each: Wrote) -> bool:
    is_topic = each.topic is not None and each.topic.key == each.parent
    return each.parent != each.remote_id and not is_topic and not is_post(each)


@st.composite
def seen_twice(draw: st.DrawFn) -> list[tuple[int, Wrote]]:
    """Messages as one or two accounts of ours see them, each with its own idea of where they stand."""
    found: list[tuple[int, Wrote]] = []
    for remote_id in draw(st.lists(st.sampled_from(IDS[:6]), unique=True, min_size=1)):
        author, minutes = draw(st.sampled_from([ANA, BEN, US])), draw(st.sampled_from(MINUTES))
        parent = draw(st.sampled_from([None, *IDS[:6]]))
        for account in draw(st.sampled_from([(0,), (1,), (0, 1)])):
            key = draw(st.sampled_from([None, None, f"key {account}"]))
            found.append(
                (
                    account,
                    wrote(
                        remote_id,
                        minutes,
                        author,
                        global_id=f"uri of {remote_id}",
                        conversation=key,
                        parent=draw(st.sampled_from([None, parent])),
                        addressed=draw(st.booleans()),
                    ),
                )
            )
    return found


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_which_account_sees_a_message_first_makes_no_difference(data: st.DataObject) -> None:
    told = data.draw(seen_twice())
    pictures = []
    for order in (told, data.draw(st.permutations(told))):
        ledger = Ledger.open()
        seeing = [ledger.account, ledger.connect("other")]
        for account, change in order:
            ledger.tell(change, account=seeing[account])
        picture = ledger.picture()
        pictures.append({name: picture[name] for name in ("conversations", "people", "responses")})
        assert ledger.row("SELECT count(*) FROM message") == (len({change.remote_id for _, change in told}),)
    same(*pictures)
