"""An office at work by steps: what happens in a house where people write and colleagues answer, also what is rare."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st
from tests.inbox.office import EVERYTHING, US, Office

from cminbox.clock import SimulatedClock, to_ms
from cminbox.config.clocks import Brand, Hours, NumbersOf, Target
from cminbox.config.settings import Settings
from cminbox.errors import CminboxError
from cminbox.inbox import clocks, moderation, remote, replies, snooze, tags, triage, undo
from cminbox.inbox.desk import Desk
from cminbox.model.accounts import Abilities, Account, Profile
from cminbox.model.base import ActState, ActVerb, Audience, Direction, Kind, TimePrecision
from cminbox.model.changes import Batch, Removed, Wrote
from cminbox.model.content import Author
from cminbox.store import accounts, automatic, outbox, rules, snoozes
from cminbox.store.database import Tx
from cminbox.sync import ingest

PEOPLE = tuple(Author(remote_id=name, handle=f"@{name}") for name in ("ana", "bob", "cleo"))
BOT = Author(remote_id="bot", handle="@bot", is_bot=True)
WINDOW_S = 5400
"""The reply window of nord's network."""

HEARD = ("arrive", "bot", "late", "aside", "day", "undated", "history", "twice")
OURS = ("elsewhere", "elsewhere_late", "early", "ours_day", "ours_undated", "ours_history", "note", "goes_on", "loose")
VERBS = (
    *("reply", "reply", "private", "held", "review", "done", "done", "omar_done", "reopen", "spam", "waiting"),
    *(
        "snooze",
        "wake",
        "undo",
        "undo",
        "redo",
        "omar_undo",
        "hide",
        "delete",
        "delete_ours",
        "refused",
        "rule",
        "rule_spam",
    ),
    *("rule_reply", "rule_private", "vip", "unvip", "colis", "take", "remove", "orphans", "parent", "omar_reply"),
)
ALL = (*HEARD, "arrive", "arrive", "arrive", *OURS, *VERBS)


class Step(NamedTuple):
    """What happens, in which conversation (keys 0 to 3; 3 is nord's), by whom, and how many seconds later."""

    name: str
    place: int = 0
    who: int = 0
    seconds: int = 60


STEPS = st.lists(
    st.builds(Step, st.sampled_from(ALL), st.integers(0, 3), st.integers(0, 2), st.integers(1, 5000)),
    min_size=6,
    max_size=40,
)


ZONES = ("UTC", "Europe/Paris", "Asia/Kolkata", "Australia/Lord_Howe")


def scripted(text: str) -> Sequence[Step]:
    """Steps by name: `name`, `name:place`, `name:place:who` or `name:place:who:seconds`, with blanks between."""
    words = (word.split(":") for word in text.split())
    return [Step(name, *map(int, rest)) for name, *rest in words]


def settings_of(zone: str, *, hours: bool) -> Settings:
    """Targets for all, for a brand and for a tag; business hours for all and others for nord, or none."""
    targets = (
        Target(answer_s=5400),
        Target(filter="tag:vip", answer_s=600),
        Target(filter="brand:nord", answer_s=1200),
    )
    nord = Brand(hours=Hours(week="mon-fri 9:00-12:00, 13:15-24:00; sat-sun 0:00-24:00"))
    return Settings(
        timezone=zone,
        hours=Hours(week="mon-sun 8:00-19:30") if hours else None,
        brands={"nord": nord} if hours else {},
        targets=targets,
        numbers=NumbersOf(everybody=True),
    )


@dataclass
class History:
    """Two accounts at work by steps. The night in which Paris and Lord Howe turn their clocks is within reach."""

    office: Office
    nord: Account
    made: int = 0
    parents: list[str] = field(default_factory=list)

    @classmethod
    async def open(cls, folder: Path, settings: Settings) -> History:
        office = await Office.open(folder, deletes_theirs=True)
        office.clock = office.store.clock = SimulatedClock(datetime(2026, 3, 28, 20, tzinfo=UTC))
        now_ms = to_ms(office.clock.now())
        profile = Profile(author=US, abilities=Abilities(can=EVERYTHING, reply_window_s=WINDOW_S))
        nord = await office.store.write(accounts.add, "room", "matrix", "https://m.org", "nord", {}, profile, now_ms)
        await office.store.write(_connected, now_ms - 86_400_000)
        office.account = await office.store.read(accounts.get, office.account.id)
        office.settings = settings
        await clocks.keep(await office.desk())
        return cls(office, await office.store.read(accounts.get, nord))

    async def step(self, step: Step) -> None:
        self.made += 1
        await self.office.clock.advance(step.seconds)
        with contextlib.suppress(CminboxError):
            if step.name in HEARD:
                await self._heard(step)
            elif step.name in OURS:
                await self._ours(step)
            elif step.name in ("orphans", "parent"):
                await self._joined(step)
            else:
                await self._done(step)

    async def _heard(self, step: Step) -> None:
        now, author = self.office.clock.now(), PEOPLE[step.who]
        more: dict[str, dict[str, Any]] = {
            "late": {"at": now - timedelta(hours=2)},
            "aside": {"addressed": False},
            "day": {"at": _day(now), "precision": TimePrecision.DAY},
            "undated": {"at": None},
            "history": {"at": now - timedelta(days=3)},
        }
        await self._tell(step.place, BOT if step.name == "bot" else author, **more.get(step.name, {}))
        if step.name == "twice":
            await self._tell(step.place, PEOPLE[step.who - 1])

    async def _ours(self, step: Step) -> None:
        """What our account wrote elsewhere, below the newest message of a conversation."""
        now, one = self.office.clock.now(), await self._conversation(step.place)
        newest = None if one is None else await self._newest(one, Direction.IN)
        if newest is None:
            return
        more: dict[str, dict[str, Any]] = {
            "elsewhere_late": {"at": now - timedelta(minutes=50)},
            "early": {"at": datetime.fromtimestamp(newest["at_ms"] / 1000 - 30, UTC)},
            "ours_day": {"at": _day(now), "precision": TimePrecision.DAY},
            "ours_undated": {"at": None},
            "ours_history": {"at": now - timedelta(days=3)},
            "note": {"audience": Audience.NOTE},
            "loose": {"parent": None, "conversation": f"k{step.place}"},
        }
        place = 3 if newest["account_id"] == self.nord.id else step.place % 3
        above = newest
        if step.name == "goes_on" and one is not None:  # below what we wrote ourselves
            above = await self._newest(one, Direction.OUT) or newest
        below = {"parent": above["remote_id"], "conversation": None}
        await self._tell(place, US, **{**below, **more.get(step.name, {})})

    async def _joined(self, step: Step) -> None:
        """Two conversations below a message that nobody knows yet, and then that message: they are one."""
        if step.name == "parent":
            if self.parents:
                await self._tell(0, PEOPLE[step.who], conversation=None, remote_id=self.parents.pop())
            return
        self.parents.append(f"above{self.made}")
        for who in (step.who, step.who - 1):
            await self._tell(0, PEOPLE[who], conversation=None, parent=self.parents[-1])

    async def _tell(self, place: int, author: Author, **more: Any) -> None:
        fields: dict[str, Any] = {
            "remote_id": f"m{self.made}{author.remote_id}",
            "at": self.office.clock.now(),
            "kind": Kind.COMMENT,
            "direction": Direction.OUT if author.is_us else Direction.IN,
            "author": author,
            "text": f"text {self.made}",
            "conversation": f"k{place}",
        }
        batch = Batch(feed="events", changes=(Wrote.model_validate({**fields, **more}),))
        account = self.nord if place == 3 else self.office.account
        await self.office.store.write(ingest.apply, account, batch, move_cursor=False)

    async def _done(self, step: Step) -> None:
        office, one = self.office, await self._conversation(step.place)
        name = next((who for who in ("omar", "rule") if step.name.startswith(who)), "léa")
        desk = await office.desk("[rules]" if name == "rule" else name)
        verb = step.name.removeprefix("omar_").removeprefix("rule_")
        if verb in ("undo", "redo"):
            await (undo.undo if verb == "undo" else undo.redo)(desk)
        elif verb == "wake":
            await office.clock.advance(3600)
            await office.store.write(snoozes.wake)
        elif one is not None:
            await self._verb(verb, desk, one)

    async def _verb(self, verb: str, desk: Desk, one: int) -> None:
        if verb in ("reply", "private", "held", "review"):
            outcome = await replies.reply(desk, one, f"answer {self.made}", private=verb == "private")
            if desk.by == rules.ACTOR:
                await self.office.store.write(_by_rule, outcome.changed[0].act)
            await self._leave(verb, outcome.changed[0].act)
        elif verb in ("hide", "delete", "delete_ours", "refused"):
            direction = Direction.OUT if verb == "delete_ours" else Direction.IN
            message = await self._newest(one, direction)
            if message is not None:
                act = ActVerb.HIDE if verb in ("hide", "refused") else ActVerb.DELETE
                outcome = await remote.act(desk, act, [one], message=message["id"])
                await self._leave(verb, outcome.changed[0].act if outcome.changed else None)
        elif verb == "remove":
            message = await self._newest(one, Direction.IN)
            if message is not None:
                account = await self.office.store.read(accounts.get, message["account_id"])
                gone = Removed(remote_id=message["remote_id"], at=self.office.clock.now())
                batch = Batch(feed="events", changes=(gone,))
                await self.office.store.write(ingest.apply, account, batch, move_cursor=False)
        elif verb == "snooze":
            await snooze.snooze(desk, [one], "in 1 hour")
        elif verb in ("vip", "unvip", "colis"):
            await (tags.untag if verb == "unvip" else tags.tag)(desk, [one], verb.removeprefix("un"))
        else:
            do = {
                "done": triage.done,
                "rule": triage.done,
                "waiting": triage.waiting,
                "take": triage.take,
                "reopen": moderation.reopen,
                "spam": moderation.spam,
            }[verb]
            await do(desk, [one])

    async def _leave(self, verb: str, act_id: int | None) -> None:
        """Let an act leave, but for what is held, or must be looked at."""
        office = self.office
        act = None if act_id is None else await office.store.read(outbox.get, act_id)
        if act is None or verb == "held":
            return
        await office.clock.advance(15)
        if verb == "review":
            await office.move(act.id, ActState.QUEUED, ActState.REVIEW)
        elif verb == "refused":
            await office.move(act.id, ActState.QUEUED, ActState.SENDING, ActState.FAILED)
        elif not act.verb.is_reply:
            await office.move(act.id, ActState.QUEUED, ActState.SENDING, ActState.SENT)
        else:
            ours = office.account
            office.account = await office.store.read(accounts.get, act.account_id)
            await office.sent(act.id, f"ours{self.made}")
            office.account = ours

    async def _conversation(self, place: int) -> int | None:
        ids = [row["id"] for row in await self.office.store.read(_rows, "SELECT id FROM conversation ORDER BY id")]
        return ids[place % len(ids)] if ids else None

    async def _newest(self, one: int, direction: Direction) -> sqlite3.Row | None:
        sql = "SELECT * FROM message WHERE conversation_id = ? AND direction = ? ORDER BY id DESC LIMIT 1"
        found = await self.office.store.read(_rows, sql, one, direction.value)
        return found[0] if found else None


def _rows(db: sqlite3.Connection, sql: str, *values: object) -> list[sqlite3.Row]:
    return db.execute(sql, values).fetchall()


def _connected(tx: Tx, now_ms: int) -> None:
    """Both accounts were connected then."""
    tx.db.execute("UPDATE account SET connected_ms = ?, since_ms = ?", (now_ms, now_ms))


def _by_rule(tx: Tx, act_id: int) -> None:
    """An act is that of a rule."""
    _actor, names = rules.enter(tx, ["auto"])
    automatic.wrote(tx, act_id, names["auto"])


def _day(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
