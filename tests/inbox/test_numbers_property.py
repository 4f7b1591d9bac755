"""Every number of a period, recounted in plain Python from the journal and the messages it names, for random histories:
reopenings, bots, rules, undos, deletions, private answers, several people, half-hour zones and changes of the clock.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inbox.office import Office

from cminbox.clock import SimulatedClock, from_ms, to_ms
from cminbox.config.clocks import Hours
from cminbox.config.settings import Settings
from cminbox.errors import CminboxError
from cminbox.inbox import moderation, numbers, remote, replies, triage, undo
from cminbox.insight.hours import BusinessHours, hours_of
from cminbox.model.base import ActState, ActVerb
from cminbox.model.content import Author
from cminbox.model.numbers import Span
from cminbox.store.counters import QUARTER_MS

PEOPLE = ("ana", "bob", "cleo")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ("arrive", "bot", "late", "reply", "private", "done", "reopen", "spam", "undo", "remove", "hide", "rule")
        ),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(0, 5000),
    ),
    min_size=6,
    max_size=30,
)
ZONES = st.sampled_from(("UTC", "Europe/Paris", "Asia/Kolkata", "Australia/Lord_Howe"))


@dataclass
class History:
    """An office at work by random steps."""

    office: Office
    arrived: list[str]
    made: int = 0

    async def step(self, name: str, place: int, who: int, seconds: int) -> None:
        office, desk = self.office, await self.office.desk()
        await office.clock.advance(seconds)
        key = f"k{place}"
        if name in ("arrive", "bot", "late"):
            author = Author(remote_id=PEOPLE[who], handle=f"@{PEOPLE[who]}")
            if name == "bot":
                author = Author(remote_id="bot", handle="@bot", is_bot=True)
            more = {"at": office.clock.now() - timedelta(hours=2)} if name == "late" else {}
            await office.arrive(key, text=f"text {self.made}", author=author, **more)
            return
        ids = [row["id"] for row in await office.store.read(_conversations)]
        if not ids:
            return
        one = ids[place % len(ids)]
        try:
            await self._verb(desk, name, one)
        except CminboxError:
            return

    async def _verb(self, desk: Any, name: str, one: int) -> None:
        office = self.office
        self.made += 1
        if name in ("reply", "private"):
            verb = replies.reply
            outcome = await verb(desk, one, f"answer {self.made}", private=name == "private")
            act = outcome.changed[0].act if outcome.changed else None
            if act is not None:
                await office.clock.advance(15)
                await office.sent(act, f"ours{self.made}")
        elif name == "done":
            await triage.done(desk, [one])
        elif name == "rule":
            await triage.done(await office.desk("[rules]"), [one])
        elif name == "reopen":
            await moderation.reopen(desk, [one])
        elif name == "spam":
            await moderation.spam(desk, [one])
        elif name == "undo":
            await undo.undo(desk)
        elif name == "hide":
            outcome = await remote.act(desk, ActVerb.HIDE, [one])
            act = outcome.changed[0].act if outcome.changed else None
            if act is not None:
                await office.clock.advance(15)
                await office.move(act, ActState.QUEUED, ActState.SENDING, ActState.SENT)
        else:
            rows = await office.store.read(_inbound, one)
            if rows:
                await office.removed(rows[0]["remote_id"])


def _conversations(db: sqlite3.Connection) -> list[sqlite3.Row]:
    return db.execute("SELECT id FROM conversation ORDER BY id").fetchall()


def _inbound(db: sqlite3.Connection, one: int) -> list[sqlite3.Row]:
    return db.execute(
        "SELECT remote_id FROM message WHERE conversation_id = ? AND direction = 'in' ORDER BY id DESC", (one,)
    ).fetchall()


class Recount:
    """The numbers, from nothing but the journal, the messages and the acts, in plain Python."""

    def __init__(self, db: sqlite3.Connection, span: Span, hours: BusinessHours | None) -> None:
        self.since, self.until = to_ms(span.since), to_ms(span.until)
        self.hours = hours
        self.names = dict(db.execute("SELECT id, name FROM colleague").fetchall())
        people = {row["id"]: row for row in db.execute("SELECT id, is_bot FROM person")}
        self.messages = [dict(row) for row in db.execute("SELECT * FROM message ORDER BY at_ms, id")]
        self.acts = {row["id"]: dict(row) for row in db.execute("SELECT * FROM act")}
        self.state = {row["id"]: row["state"] for row in db.execute("SELECT id, state FROM conversation")}
        self.waits = {row["id"]: row["waits_ms"] for row in db.execute("SELECT id, waits_ms FROM conversation")}
        self.journal = [
            {**dict(row), "after": json.loads(row["after"] or "{}")}
            for row in db.execute("SELECT * FROM journal ORDER BY id")
        ]
        for each in self.messages:
            each["bot"] = bool(people[each["person_id"]]["is_bot"]) if each["person_id"] in people else False
        self.heard = [m for m in self.messages if m["direction"] == "in" and m["addressed"] and m["conversation_id"]]
        self.replies = sorted(
            (
                {**m, "of": self._of(m)}
                for m in self.messages
                if m["direction"] == "out" and m["audience"] != "note" and m["conversation_id"]
            ),
            key=lambda m: (m["at_ms"], m["remote_id"]),
        )

    def _of(self, message: dict[str, Any]) -> int:
        act = self.acts.get(message["act_id"])
        return int(act["conversation_id"]) if act else int(message["conversation_id"])

    def within(self, at_ms: int) -> bool:
        return self.since <= at_ms < self.until

    def by_person(self, entry: dict[str, Any]) -> bool:
        return entry["by"] is not None and self.names[entry["by"]] != "[rules]"

    def first_in(self, one: int) -> int | None:
        asked = [m["at_ms"] for m in self.heard if m["conversation_id"] == one and not m["bot"]]
        return min(asked, default=None)

    def first_reply(self, one: int) -> dict[str, Any] | None:
        begun = self.first_in(one)
        by_id = {m["id"]: m for m in self.messages}
        found = [
            r
            for r in self.replies
            if r["of"] == one
            and begun is not None
            and (r["at_ms"] >= begun or by_id.get(r["parent_id"], {}).get("direction") == "in")
        ]
        return found[0] if found else None

    def took(self, begin: int, end: int) -> float:
        if self.hours is None:
            return max(0, end - begin) / 1000
        return sum(1 for _minute in self._open_seconds(begin, end))

    def _open_seconds(self, begin: int, end: int) -> Iterable[int]:
        assert self.hours is not None
        zone = ZoneInfo(self.hours.zone)
        at = begin
        while at < end:
            local = from_ms(at).astimezone(zone)
            minutes = local.hour * 60 + local.minute
            if any(a <= minutes < b for a, b in self.hours.week[local.weekday()]):
                yield at
            at += 1000

    def closings(self) -> list[dict[str, Any]]:
        return [
            e
            for e in self.journal
            if self.by_person(e) and e["undone_by"] is None and e["after"].get("state") == "done"
        ]

    def counts(self) -> dict[str, float | None]:
        edge = QUARTER_MS
        low, high = self.since // edge * edge, -(-self.until // edge) * edge
        people = {m["person_id"] for m in self.heard if self.within(m["at_ms"]) and not m["bot"]}
        earlier = {
            m["person_id"] for m in self.messages if m["direction"] == "in" and m["at_ms"] < self.since and not m["bot"]
        }
        begun = [
            one
            for one in self.state
            if (first := self.first_in(one)) is not None and self.within(first) and self.state[one] != "spam"
        ]
        replied = [r for r in self.replies if self.within(r["at_ms"])]
        answered = [one for one in begun if self.first_reply(one)]
        needed = [one for one in begun if self.first_reply(one) or self.waits[one] is not None]
        closed = [e for e in self.closings() if self.within(e["at_ms"])]
        first_closing: dict[int, int] = {}
        for entry in closed:
            first_closing.setdefault(entry["conversation_id"], entry["id"])
        reopened = {
            one
            for one, entry in first_closing.items()
            if any(
                e["conversation_id"] == one
                and e["id"] > entry
                and e["undone_by"] is None
                and (e["verb"] == "reopened" or e["after"].get("state") == "open")
                for e in self.journal
            )
        }
        touched = {
            one: sum(r["of"] == one for r in self.replies) for one in first_closing if self.state.get(one) == "done"
        }
        touched = {one: n for one, n in touched.items() if n}
        done = [a for a in self.acts.values() if a["state"] == "sent" and self.within(a["finished_ms"] or -1)]
        return {
            "received": sum(low <= m["at_ms"] < high for m in self.heard),
            "people": len(people),
            "returning_people": share(len(people & earlier), len(people)),
            "conversations": len(begun),
            "answered": len({r["of"] for r in replied}),
            "replies": len(replied),
            "response_rate": share(len(answered), len(needed)),
            "response_rate_meta": share(len(answered), len(begun)),
            "reviewed": len({e["conversation_id"] for e in closed if "reviewed_message_id" in e["after"]}),
            "answered_privately": len({a["conversation_id"] for a in done if a["verb"] == "private_reply"}),
            "closed": len(first_closing),
            "reopen_rate": share(len(reopened), len(first_closing)),
            "one_touch_rate": share(sum(n == 1 for n in touched.values()), len(touched)),
            "moderated": sum(a["verb"] in ("hide", "delete", "block", "report") for a in done),
            "spam": len(
                {
                    e["conversation_id"]
                    for e in self.journal
                    if self.by_person(e)
                    and e["undone_by"] is None
                    and e["after"].get("state") == "spam"
                    and self.within(e["at_ms"])
                }
            ),
        }

    def times(self) -> dict[str, list[float]]:
        found: dict[str, list[float]] = defaultdict(list)
        by_id = {m["id"]: m for m in self.messages}
        direct: dict[int, int] = {}
        for r in self.replies:
            asked = by_id.get(r["parent_id"])
            if asked is not None and asked["direction"] == "in" and asked["addressed"]:
                direct.setdefault(asked["id"], r["at_ms"])
        for asked_id, at in direct.items():
            if self.within(at):
                found["message_response"].append(self.took(by_id[asked_id]["at_ms"], at))
        for one in self.state:
            first, reply = self.first_in(one), self.first_reply(one)
            if first is not None and reply is not None and self.within(reply["at_ms"]):
                found["first_response"].append(self.took(first, max(first, reply["at_ms"])))
            for r in (r for r in self.replies if r["of"] == one and self.within(r["at_ms"])):
                before = [e["at_ms"] for e in self.replies if e["of"] == one and e["at_ms"] < r["at_ms"]]
                asked = [
                    m["at_ms"]
                    for m in self.heard
                    if m["conversation_id"] == one
                    and not m["bot"]
                    and before
                    and max(before) < m["at_ms"] <= r["at_ms"]
                ]
                if asked:
                    found["next_reply"].append(self.took(min(asked), r["at_ms"]))
            closed = [e["at_ms"] for e in self.closings() if e["conversation_id"] == one]
            if first is None or not closed:
                continue
            if self.within(min(closed)):
                found["first_resolution"].append(self.took(first, min(closed)))
            if self.within(max(closed)) and self.state[one] == "done":
                found["full_resolution"].append(self.took(first, max(closed)))
        for act in self.acts.values():
            target = by_id.get(act["message_id"])
            hid = act["verb"] in ("hide", "delete") and act["state"] == "sent"
            if hid and self.within(act["finished_ms"] or -1) and target is not None and target["direction"] == "in":
                found["time_to_hide"].append(self.took(target["at_ms"], act["finished_ms"]))
        return found


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


async def compare(steps: list[tuple[str, int, int, int]], zone: str, cut: tuple[float, float], hours: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        office = await Office.open(Path(folder))
        # The night in which Paris and Lord Howe put their clocks forward or back is within reach.
        office.clock = office.store.clock = SimulatedClock(datetime(2026, 3, 28, 20, tzinfo=UTC))
        office.settings = Settings(timezone=zone, hours=Hours(week="mon-sun 8:00-19:30") if hours else None)
        try:
            begin = office.clock.now()
            history = History(office, [])
            for step in steps:
                await history.step(*step)
            length = office.clock.now() - begin + timedelta(seconds=1)
            low, high = sorted(cut)
            span = Span(begin + length * low, begin + length * high)
            desk = await office.desk()
            found = await numbers.measure(desk, span)
            told = await office.store.read(Recount, span, hours_of(office.settings, ""))
            for key, value in told.counts().items():
                assert found[key] == value, key
            for query, (median, p90, n) in numbers.TIMES.items():
                times = sorted(told.times()[query])
                assert found[n] == len(times), query
                assert found[median] == (statistics.median(times) if times else None), query
                assert (found[p90] is None) is (not times), query
            table = await numbers.heat(desk, span)
            inside = [m for m in told.heard if told.within(m["at_ms"])]
            assert sum(map(sum, table)) == len(inside)
            for day in range(7):
                for hour in range(24):
                    local = [from_ms(m["at_ms"]).astimezone(ZoneInfo(zone)) for m in inside]
                    assert table[day][hour] == sum((at.weekday(), at.hour) == (day, hour) for at in local)
        finally:
            await office.close()


@settings(max_examples=100)
@given(STEPS, ZONES, st.tuples(st.floats(0, 1), st.floats(0, 1)), st.booleans())
def test_every_number_is_what_a_recount_gives(
    steps: list[tuple[str, int, int, int]], zone: str, cut: tuple[float, float], hours: bool
) -> None:
    asyncio.run(compare(steps, zone, cut, hours))
