"""Who is told what, when: the decision, quiet hours over changes of the clock, and the hook that tells once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inbox.office import Office
from tests.inbox.test_spikes import several

from cminbox.clock import SimulatedClock, to_ms
from cminbox.config.clocks import Target
from cminbox.config.notify import Event, Notify, hours_of
from cminbox.config.settings import Hooks, Settings, parse
from cminbox.errors import SettingsError
from cminbox.inbox import clocks, notes, notify, replies, triage
from cminbox.inbox.hooks import HookRunner
from cminbox.inbox.hooks_program import Ended, Program
from cminbox.inbox.notify import (
    Digest,
    Listener,
    Notice,
    Title,
    after_quiet,
    is_quiet,
    next_title,
    title_text,
)
from cminbox.inbox.notify_hook import NotifyHook
from cminbox.inbox.spikes import SpikeWatch
from cminbox.model.base import ActState
from cminbox.paths import Home
from cminbox.store import notes as store_notes
from cminbox.store import outbox
from cminbox.store.database import Tx
from cminbox.store.notices import Happened

ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")
START = datetime(2026, 1, 1, tzinfo=UTC)
MINE, OTHER = 7, 8


@given(
    st.sampled_from(ZONES),
    st.integers(0, 366 * 24 * 60),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_quiet_hours_are_those_of_the_clock_on_the_wall(zone: str, minute: int, begin: time, end: time) -> None:
    at = START + timedelta(minutes=minute)
    local = at.astimezone(ZoneInfo(zone))
    wall = local.hour * 60 + local.minute
    first, last = begin.hour * 60 + begin.minute, end.hour * 60 + end.minute
    quiet = {(first + step) % 1440 for step in range((last - first) % 1440 or 1440)}
    assert is_quiet(at, (begin, end), ZoneInfo(zone)) is (wall in quiet)


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2026-03-29T00:59:00+00:00", True),  # 1:59 in Paris; a minute later it is 3:00
        ("2026-03-29T01:00:00+00:00", False),
        ("2026-10-25T00:30:00+00:00", True),  # 2:30, the first time
        ("2026-10-25T01:30:00+00:00", True),  # 2:30, the second time
        ("2026-10-25T02:00:00+00:00", False),  # 3:00
    ],
)
def test_quiet_until_three_when_the_clock_changes(at: str, quiet: bool) -> None:
    assert is_quiet(datetime.fromisoformat(at), (time(22), time(3)), ZoneInfo("Europe/Paris")) is quiet


@given(st.lists(st.builds(Happened, st.sampled_from(Event), st.sampled_from((None, MINE, OTHER)),
       st.sampled_from((None, MINE, OTHER)), st.one_of(st.none(), st.integers(1, 9)))),
       st.sets(st.sampled_from(Event)))  # fmt: skip
def test_one_is_told_what_one_asked_for_and_did_not_do(happened: list[Happened], what: set[Event]) -> None:
    wishes = Notify(what=tuple(what), quiet="22:00-7:00").of("léa")
    found = [each for each in after_quiet((), happened, wishes, MINE) if isinstance(each, Notice)]
    mine = [each for each in happened if each.event in what and each.to in (None, MINE) and each.by != MINE]
    assert {each.event: each.n for each in found} == {
        event: sum(each.event is event for each in mine) for event in {each.event for each in mine}
    }
    assert [each.event for each in found] == sorted((each.event for each in found), key=list(Event).index)
    assert all(notify.told(each) for each in found)


def test_each_colleague_has_their_own() -> None:
    given = Notify.model_validate(
        {
            "what": ["late"],
            "quiet": "22:00-7:00",
            "colleagues": {"omar": {"what": ["spike"], "quiet": "", "how": ["osc9"]}},
        }
    )
    assert (given.of("léa").what, given.of("léa").quiet) == ({Event.LATE}, (time(22), time(7)))
    assert (given.of("omar").what, given.of("omar").quiet, given.of("omar").how) == ({Event.SPIKE}, None, {"osc9"})


@pytest.mark.parametrize("text", ["22-7", "25:00-7:00", "nights", "22:00-7:60"])
def test_hours_that_are_none_are_said(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-7:00"):
        hours_of(text)


def test_a_title_changes_only_when_it_says_something_else_and_once_a_minute() -> None:
    first = next_title(None, title_text(12, 1), START)
    assert first == Title("cminbox 12 new, 1 late", START)
    assert next_title(first, first.text, START + timedelta(hours=1)) is None
    assert next_title(first, title_text(0, 0), START + timedelta(seconds=59)) is None
    assert next_title(first, title_text(0, 0), START + timedelta(seconds=60)) == Title(
        "cminbox", START + timedelta(seconds=60)
    )


class Told:
    """Stands for the program of the hook."""

    def __init__(self, office: Office, **settings: Any) -> None:
        self.office = office
        self.home = Home.at(office.path / "home")
        self.settings = Settings(hooks=Hooks(on_notify=("x",), on_spike=("y",)), **settings)
        self.heard: list[tuple[str, str, int]] = []
        self.whole: list[dict[str, Any]] = []

    async def hook(self) -> NotifyHook:
        desk = replace(await self.office.desk("[daemon]"), settings=self.settings)
        hook = NotifyHook(desk, self.home, SimulatedClock(), self.program, lambda _text: None)
        await hook.begin()
        return hook

    async def program(self, program: Program) -> Ended:
        self.whole.append(dict(program.told))
        if "event" in program.told:
            self.heard.append((program.told["colleague"], program.told["event"], program.told["n"]))
        return Ended()


async def test_the_hook_tells_each_colleague_once_whoever_holds_the_lease(office: Office) -> None:
    lea, omar = await office.desk(), await office.desk("omar")
    before = await office.arrive("before")
    await triage.assign(lea, [before], "omar")
    told = Told(office, notify=Notify(colleagues={"[daemon]": {"what": []}}))  # type: ignore[dict-item]
    hook = await told.hook()
    one = await office.arrive("one")
    await triage.assign(lea, [one], "omar")
    await triage.assign(omar, [before], "omar")
    await notes.note(omar, [one], "@léa regarde")
    await hook.catch_up()
    await hook.catch_up()
    await (await told.hook()).catch_up()
    assert told.heard == [("léa", "named", 1), ("omar", "assigned", 1)]
    assert told.whole[1]["conversations"] == [one]


async def test_a_spike_is_told_to_all_and_to_its_own_hook_once(office: Office) -> None:
    desk = await office.desk()
    told = Told(office, notify=Notify(what=(Event.SPIKE,)))
    hook = await told.hook()
    runner = HookRunner(replace(desk, settings=told.settings), told.home, SimulatedClock(), told.program)
    await runner.begin()
    await several(office, 30)
    await SpikeWatch(desk).look()
    for _ in range(2):
        await hook.catch_up()
        await runner.catch_up()
    assert sorted(told.heard) == [("[daemon]", "spike", 1), ("léa", "spike", 1)]
    (spike,) = [each for each in told.whole if each["hook"] == "on_spike"]
    assert (spike["count"], spike["wave"]["size"], spike["brand"]) == (30, 30, None)


async def test_a_failed_act_is_told_to_who_wrote_it(office: Office) -> None:
    desk = await office.desk()
    await office.desk("omar")
    told = Told(office, notify=Notify(what=(Event.FAILED,)))
    hook = await told.hook()
    act = (await replies.reply(desk, await office.arrive("one"), "Bonjour")).act or 0

    def fail(tx: Tx) -> None:
        outbox.move(tx, act, ActState.HELD, ActState.QUEUED)
        outbox.move(tx, act, ActState.QUEUED, ActState.SENDING)
        outbox.move(tx, act, ActState.SENDING, ActState.FAILED)

    await office.store.write(fail)
    await hook.catch_up()
    assert told.heard == [("léa", "failed", 1)]


async def test_after_quiet_hours_what_still_stands_is_told_once_as_one(office: Office) -> None:
    lea, omar = await office.desk(), await office.desk("omar")
    told = Told(office, notify=Notify(quiet="9:00-10:00"), timezone="UTC")
    hook = await told.hook()
    one, two, three = [await office.arrive(key) for key in ("one", "two", "three")]
    await triage.assign(lea, [one, two, three], "omar")
    await notes.note(lea, [one], "@omar regarde")
    await hook.catch_up()
    await triage.done(lea, [two])
    await hook.catch_up()
    assert told.heard == []
    await office.clock.advance(7200)
    hook = await told.hook()
    await hook.catch_up()
    assert told.heard == [("omar", "after_quiet", 3)]
    (whole,) = told.whole
    assert whole["conversations"] == [one, three]
    assert [(part["event"], part["n"]) for part in whole["parts"]] == [("assigned", 2), ("named", 1)]
    assert whole["text"] == "While it was quiet: 2 conversations were given to me, 1 note names me"
    await hook.catch_up()
    await (await told.hook()).catch_up()
    await triage.assign(lea, [await office.arrive("four")], "omar")
    await hook.catch_up()
    assert told.heard == [("omar", "after_quiet", 3), ("omar", "assigned", 1)]
    assert omar.by == "omar"


async def test_after_quiet_hours_in_which_nothing_is_left_nobody_is_told(office: Office) -> None:
    lea = await office.desk()
    await office.desk("omar")
    told = Told(office, notify=Notify(quiet="9:00-10:00"), timezone="UTC")
    hook = await told.hook()
    one = await office.arrive("one")
    await triage.assign(lea, [one], "omar")
    await hook.catch_up()
    await triage.assign(lea, [one], "léa")
    await office.clock.advance(7200)
    await hook.catch_up()
    await triage.assign(lea, [one], "omar")
    await hook.catch_up()
    assert told.heard == [("omar", "assigned", 1)]


async def test_my_screen_tells_once_what_still_stands_after_my_quiet_hours(office: Office) -> None:
    lea, omar = await office.desk(), await office.desk("omar")
    settings = Settings(notify=Notify(quiet="9:00-10:00"), timezone="UTC")
    listener = Listener(replace(omar, settings=settings))
    await listener.begin()
    one, two = await office.arrive("one"), await office.arrive("two")
    await triage.assign(lea, [one, two], "omar")
    assert await listener.heard() == ()
    await triage.done(omar, [two])
    assert await listener.heard() == ()
    await office.clock.advance(7200)
    three = await office.arrive("three")
    await triage.assign(lea, [three], "omar")
    assert await listener.heard() == (
        Digest((Notice(Event.ASSIGNED, 1, (one,)),)),
        Notice(Event.ASSIGNED, 1, (three,)),
    )
    assert await listener.heard() == ()


HAPPENED = st.builds(
    Happened,
    st.sampled_from(Event),
    st.sampled_from((None, MINE, OTHER)),
    st.sampled_from((None, MINE, OTHER)),
    st.integers(1, 5),
)


@given(st.lists(HAPPENED), st.lists(HAPPENED), st.sets(st.sampled_from(Event)))
def test_nothing_is_told_twice_after_quiet_hours(kept: list[Happened], new: list[Happened], what: set[Event]) -> None:
    wishes = Notify(what=tuple(what), quiet="22:00-7:00").of("léa")
    found = after_quiet(kept, new, wishes, MINE)
    digests = [each for each in found if isinstance(each, Digest)]
    fresh = [each for each in found if isinstance(each, Notice)]
    assert len(digests) <= 1
    assert found[: len(digests)] == tuple(digests)
    old = {(part.event, one) for each in digests for part in each.parts for one in part.conversations}
    late = {(each.event, one) for each in fresh for one in each.conversations}
    assert not old & late
    wanted = {(each.event, each.conversation) for each in notify.wanted([*kept, *new], wishes, MINE)}
    assert old | late == wanted
    assert all(notify.told(each) for each in found)


async def test_what_still_stands_is_asked_of_each_kind(office: Office) -> None:
    office.settings = Settings(targets=(Target(answer_s=7200),))
    office.desks.clear()
    desk = await office.desk()
    await clocks.keep(desk)
    late, soon, mine = [await office.arrive(key, key) for key in ("late", "soon", "mine")]
    await notes.note(await office.desk("omar"), [mine], "@léa regarde")
    failed = (await replies.reply(desk, await office.arrive("f"), "Bonjour")).act or 0
    await office.move(failed, ActState.QUEUED, ActState.SENDING, ActState.FAILED)
    unsure = (await replies.reply(desk, await office.arrive("u"), "Bonjour")).act or 0
    await office.move(unsure, ActState.QUEUED, ActState.SENDING, ActState.UNCERTAIN)
    await several(office, 30)
    await SpikeWatch(desk).look()
    await office.store.write(lambda tx: tx.db.execute("UPDATE account SET state = 'paused'"))
    kept = [
        Happened(Event.LATE, conversation=late),
        Happened(Event.LATE_SOON, conversation=soon),
        Happened(Event.NAMED, conversation=mine),
        Happened(Event.FAILED, conversation=mine, act=failed),
        Happened(Event.UNCERTAIN, conversation=mine, act=unsure),
        Happened(Event.SPIKE),
        Happened(Event.ACCOUNT_PAUSED, account="brand"),
    ]

    async def still() -> list[Event]:
        return [each.event for each in await notify.standing(desk, [*kept, *kept], desk.by_id)]

    asked_ms = (await office.stands(late)).waits_ms or 0
    await office.clock.advance((asked_ms + 7_230_000 - to_ms(office.clock.now())) / 1000)
    assert await still() == [each.event for each in kept]
    await triage.assign(desk, [late], "omar")
    await triage.done(desk, [soon])
    await office.store.write(store_notes.opened, mine, desk.by_id)
    await office.move(failed, ActState.CANCELLED)
    await office.move(unsure, ActState.SENT)
    await office.store.write(lambda tx: tx.db.execute("UPDATE spike SET ended_ms = 1"))
    await office.store.write(lambda tx: tx.db.execute("UPDATE account SET state = 'active'"))
    assert await still() == []


def test_the_settings_say_what_is_wrong_with_the_hours(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="22:00-7:00"):
        parse('[notify]\nquiet = "at night"\n', tmp_path / "settings.toml")
    found = parse('[notify.colleagues.omar]\nwhat = ["spike"]\nquiet = "1:00-2:00"\n', tmp_path / "settings.toml")
    assert found.notify.of("omar").quiet == (time(1), time(2))
