"""The backlog of every instant that is past, against what was seen at that instant, for random histories.

In them: verbs and undos of two colleagues, rules, snoozes that end, arrivals that reopen, imports, and conversations
that turn out to be one.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inbox.office import US, Office

from cminbox.errors import CminboxError
from cminbox.inbox import moderation, numbers, replies, snooze, tags, triage, undo
from cminbox.insight.deltas import BACKLOG
from cminbox.model.base import Direction, Kind
from cminbox.model.changes import Batch, Wrote
from cminbox.model.content import Author
from cminbox.model.numbers import EVERYWHERE, Place, Span
from cminbox.store import snoozes
from cminbox.store.accounts import IMPORT_FEED
from cminbox.sync import ingest

PLACES = (
    EVERYWHERE,
    Place(tag="colis"),
    Place(account="brand"),
    Place(network="matrix"),
    Place(account="brand", tag="colis"),
)
VERBS = (
    *("arrive", "arrive", "history", "orphans", "parent", "import", "elsewhere", "reply", "done", "waiting", "snooze"),
    *("wake", "unsnooze", "spam", "reopen", "rule", "tag", "undo", "undo", "redo"),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 3), st.sampled_from(("léa", "omar")), st.integers(1, 4000)),
    min_size=5,
    max_size=30,
)


@dataclass
class Diary:
    """An office at work, and which conversations were in the backlog after each step."""

    office: Office
    seen: list[tuple[datetime, frozenset[int]]] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    made: int = 0

    async def step(self, verb: str, place: int, name: str, seconds: int) -> None:
        self.made += 1
        await self.office.clock.advance(seconds)
        with contextlib.suppress(CminboxError):
            await self._do(verb, place, name)
        after = self.office.clock.now() + timedelta(milliseconds=1)
        self.seen.append((after, await self.office.store.read(in_backlog)))

    async def _do(self, verb: str, place: int, name: str) -> None:
        office, at = self.office, self.office.clock.now()
        if verb == "arrive":
            await office.arrive(f"k{place}", f"p{self.made % 3}")
        elif verb == "history":
            await office.arrive(f"old{place}", at=at - timedelta(days=30))
        elif verb == "orphans":
            self.parents.append(f"late{self.made}")
            for _each in range(2):
                await office.arrive("", parent=self.parents[-1], conversation=None)
        elif verb == "parent":
            if self.parents:
                await office.tell(wrote(self.parents.pop(place % len(self.parents)), at))
        elif verb == "import":
            ours = self.made % 2 == 0
            message = wrote(f"imported{self.made}", at, key=f"i{place}", ours=ours)
            batch = Batch(feed=IMPORT_FEED, changes=(message,))
            await office.store.write(ingest.apply, office.account, batch, move_cursor=False)
        elif verb == "elsewhere":
            await office.tell(wrote(f"ours{self.made}", at, key=f"k{place}", ours=True))
        elif verb == "wake":
            await office.clock.advance(7200)
            await office.store.write(snoozes.wake)
        else:
            await self._verb(verb, place, name)

    async def _verb(self, verb: str, place: int, name: str) -> None:
        office = self.office
        desk = await office.desk("[rules]" if verb == "rule" else name)
        known = await office.store.read(conversations)
        if verb in ("undo", "redo"):
            await (undo.undo if verb == "undo" else undo.redo)(desk)
        elif known:
            # Now and then several at once.
            ids = known if place == 3 else [known[(place + self.made) % len(known)]]
            if verb == "reply":
                act = (await replies.reply(desk, ids[0], f"answer {self.made}")).changed[0].act
                if act is not None and self.made % 2:
                    await office.clock.advance(15)
                    await office.sent(act, f"sent{self.made}")
            elif verb == "snooze":
                await snooze.snooze(desk, ids, "in 2 hours")
            elif verb == "tag":
                await tags.tag(desk, ids, "colis")
            else:
                do = {
                    "done": triage.done,
                    "rule": triage.done,
                    "waiting": triage.waiting,
                    "unsnooze": snooze.unsnooze,
                    "spam": moderation.spam,
                    "reopen": moderation.reopen,
                }[verb]
                await do(desk, ids)


def wrote(remote_id: str, at: datetime, *, key: str | None = None, ours: bool = False) -> Wrote:
    return Wrote(
        remote_id=remote_id,
        at=at,
        kind=Kind.COMMENT,
        direction=Direction.OUT if ours else Direction.IN,
        author=US if ours else Author(remote_id="zoe", handle="@zoe"),
        text=f"{remote_id} says hello",
        conversation=key,
    )


def in_backlog(db: sqlite3.Connection) -> frozenset[int]:
    return frozenset(row["id"] for row in db.execute("SELECT id, state FROM conversation") if row["state"] in BACKLOG)


def conversations(db: sqlite3.Connection) -> list[int]:
    return [row["id"] for row in db.execute("SELECT id FROM conversation ORDER BY id")]


def joined(db: sqlite3.Connection) -> dict[int, int]:
    return dict(db.execute("SELECT id, conversation_id FROM conversation_alias").fetchall())


def inside(db: sqlite3.Connection) -> dict[Place, frozenset[int]]:
    """The conversations of each place as they are now."""
    everything = frozenset(conversations(db))
    tagged = frozenset(row[0] for row in db.execute("SELECT conversation_id FROM conversation_tag"))
    return dict(zip(PLACES, (everything, tagged, everything, frozenset[int](), tagged), strict=True))


async def compare(steps: list[tuple[str, int, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        office = await Office.open(Path(folder))
        try:
            diary = Diary(office)
            begin = office.clock.now()
            for step in steps:
                await diary.step(*step)
            desk = await office.desk()
            now_known_as = await office.store.read(joined)
            places = await office.store.read(inside)
            noted = [at for at, ids in diary.seen if ids]
            for at, ids in diary.seen:
                then = {now_known_as.get(one, one) for one in ids}
                for place, here in places.items():
                    span = Span(begin, at)
                    found = (await numbers.measure(desk, span, place, ["backlog_end"]))["backlog_end"]
                    if noted and at >= noted[0]:
                        assert found == len(then & here), (at, place)
                        wanted = await numbers.behind(desk, "backlog_end", span, place)
                        assert set(wanted.only or ()) == then & here, (at, place)
                    else:
                        assert found is None
            await drawn(office, begin, diary)
        finally:
            await office.close()


async def drawn(office: Office, begin: datetime, diary: Diary) -> None:
    """A curve says at the end of each piece what the number says there."""
    desk, last = await office.desk(), diary.seen[-1][0]
    step = (last - begin).total_seconds() / 7
    for place in PLACES:
        pieces = await numbers.series(desk, "backlog_end", Span(begin, last), place, step)
        for index, (at, value) in enumerate(pieces):
            until = pieces[index + 1][0] if index + 1 < len(pieces) else last
            single = await numbers.measure(desk, Span(at, until), place, ["backlog_end"])
            assert value == single["backlog_end"], (index, place)


@settings(max_examples=25)
@given(STEPS)
def test_the_backlog_of_any_instant_is_what_was_seen_then(steps: list[tuple[str, int, str, int]]) -> None:
    asyncio.run(compare(steps))
