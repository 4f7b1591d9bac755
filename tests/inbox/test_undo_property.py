"""The property of undo (design: Undo): any verbs and as many undos, with arrivals between, leave the visible state as
if only the arrivals had happened."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.inbox.office import Office

from cminbox.errors import Refused
from cminbox.inbox import (
    clusters,
    drafts,
    moderation,
    notes,
    outbox,
    queue,
    remote,
    replies,
    snooze,
    tags,
    template_keeping,
    topics,
    triage,
    undo,
)
from cminbox.inbox.bulk import Course
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.planning import Wording
from cminbox.model.base import ActState, ActVerb
from cminbox.model.content import TopicInfo
from cminbox.model.templates import Variant, Written
from cminbox.store import outbox as outbox_store
from cminbox.store import tagging
from cminbox.store import tags as tag_store

KEYS = ("one", "two")
PEOPLE = ("ana", "bob")
COLLEAGUES = ("léa", "tom")
BULK_VERBS = ("done", "done", "waiting", "reopen", "spam", "star", "unstar", "unread", "read", "assign", "release")
MORE_VERBS = ("tag", "tag more", "untag", "merge tags", "note", "snooze", "snooze", "unsnooze", "drop")
HOUSE_VERBS = ("rename tag", "colour tag", "add tag", "add template", "edit template", "remove template", "campaign")
"""What changes nothing of a conversation."""
WAVE = "the code of the spring offer does not work at checkout"
TOPIC = TopicInfo(key="post", title="Spring")
UNSENT = (ActState.HELD, ActState.QUEUED, ActState.REVIEW, ActState.FAILED)


@dataclass(frozen=True)
class Arrival:
    """Somebody writes; `wave`: what others write too."""

    key: int
    person: str
    wave: bool = False


@dataclass(frozen=True)
class Typing:
    """A colleague writes a draft; no verb."""

    key: int
    by: str


@dataclass(frozen=True)
class Do:
    verb: str
    keys: tuple[int, ...]
    by: str


@dataclass(frozen=True)
class Pieces:
    """A verb on both conversations, each in a transaction of its own; between them somebody writes, or it is stopped.

    `back`: it is undone in pieces too. A new kind of verb on many (a macro, say) takes its place in `VERBS_IN_PIECES`.
    """

    verb: str
    by: str
    arrival: Arrival | None
    stops: bool
    back: bool


@dataclass(frozen=True)
class Wave:
    """The whole wave of a conversation is answered or put away, where there is one."""

    key: int
    by: str
    answers: bool


@dataclass(frozen=True)
class House:
    """A verb on templates, tags or topics."""

    verb: str
    by: str


@dataclass(frozen=True)
class Reply:
    """The draft that is there is sent (or, without one, a text of its own, which undo gives back as a draft)."""

    key: int
    by: str
    private: bool


@dataclass(frozen=True)
class Back:
    """Undo, or redo."""

    by: str
    again: bool


@dataclass(frozen=True)
class Stumble:
    """The sender stops at what is held in a conversation: it is to review, or failed."""

    key: int
    fails: bool


Event = Arrival | Typing | Do | Pieces | Wave | House | Reply | Back | Stumble
VERBS_IN_PIECES = ("done", "spam", "star", "tag", "assign", "snooze", "like", "reply")

arrivals = st.builds(Arrival, st.integers(0, 1), st.sampled_from(PEOPLE), st.booleans())
pieces = st.builds(
    Pieces,
    st.sampled_from(VERBS_IN_PIECES),
    st.sampled_from(COLLEAGUES),
    st.none() | arrivals,
    st.booleans(),
    st.booleans(),
)
waves = st.builds(Wave, st.integers(0, 1), st.sampled_from(COLLEAGUES), st.booleans())
houses = st.builds(House, st.sampled_from(HOUSE_VERBS), st.sampled_from(COLLEAGUES))
typing = st.builds(Typing, st.integers(0, 1), st.sampled_from(COLLEAGUES))
keys = st.lists(st.integers(0, 1), min_size=1, max_size=2, unique=True).map(tuple)
does = st.builds(
    Do,
    st.sampled_from((*BULK_VERBS, *MORE_VERBS, "like", "retry", "approve", "cancel")),
    keys,
    st.sampled_from(COLLEAGUES),
)
answers = st.builds(Reply, st.integers(0, 1), st.sampled_from(COLLEAGUES), st.booleans())
backs = st.builds(Back, st.sampled_from(COLLEAGUES), st.booleans())
stumbles = st.builds(Stumble, st.integers(0, 1), st.booleans())
events = st.lists(
    st.one_of(arrivals, typing, does, does, pieces, waves, houses, answers, backs, stumbles), min_size=4, max_size=14
)


class World:
    """An office that plays events, and remembers which conversation each key names."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.ids: dict[int, int] = {}

    async def begin(self) -> None:
        for number, key in enumerate(KEYS):
            self.ids[number] = await self.office.arrive(key, "ana", WAVE, topic=TOPIC, parent="post")
        for name in COLLEAGUES:
            await self.office.desk(name)
        for name in ("vip", "refund", "parcel"):
            await self.office.store.write(tag_store.ensure, name)

    async def play(self, event: Event, *, verbs: bool) -> None:
        """Let an event happen; without `verbs` only what is no verb does."""
        if isinstance(event, Arrival):
            await self._arrive(event)
        elif isinstance(event, Pieces) and not verbs:
            if event.arrival is not None:
                await self._arrive(event.arrival)
        elif isinstance(event, Typing):
            await drafts.save(await self.office.desk(event.by), self.ids[event.key], "a draft")
        elif verbs:
            with contextlib.suppress(Refused):
                await self._verb(event)

    async def _arrive(self, event: Arrival) -> None:
        await self.office.arrive(KEYS[event.key], event.person, WAVE if event.wave else "hello?")

    async def _pieces(self, event: Pieces) -> None:
        """Between the two transactions of the run somebody writes."""
        desk = await self.office.desk(event.by)
        arrival = event.arrival
        course = Course(most=1)

        async def rest() -> None:
            nonlocal arrival
            if arrival is not None:
                await self._arrive(arrival)
                arrival = None
            if event.stops:
                course.stop()

        course.rest = rest  # type: ignore[method-assign]
        watched, ids = replace(desk, course=course), list(self.ids.values())
        try:
            match event.verb:
                case "tag":
                    await tags.tag(watched, ids, "vip")
                case "assign":
                    await triage.assign(watched, ids, "tom")
                case "snooze":
                    await snooze.snooze(watched, ids, "in 3 minutes")
                case "like":
                    await remote.act(watched, ActVerb.LIKE, ids)
                case "reply":
                    await replies.reply(watched, ids, "my own words")
                case "spam" | "reopen":
                    await getattr(moderation, event.verb)(watched, ids)
                case _:
                    await getattr(triage, event.verb)(watched, ids)
            if event.back:
                course.stopped = False
                await undo.undo(watched)
        finally:
            if arrival is not None:
                await self._arrive(arrival)

    async def _house(self, event: House) -> None:
        desk = await self.office.desk(event.by)
        name = f"template of {event.by}"
        (line,) = await topics.topics(desk, campaign="Spring") or await topics.topics(desk) or [None]
        match event.verb:
            case "rename tag":
                known = {row.name for row in await tags.all_tags(desk)}
                old, new = ("parcel", "colis") if "parcel" in known else ("colis", "parcel")
                await tags.rename(desk, old, new)
            case "colour tag":
                named = next(row for row in await tags.all_tags(desk) if row.name in ("parcel", "colis"))
                await tags.recolour(desk, named.name, "red" if named.colour != "red" else "blue")
            case "add tag":
                await tags.create(desk, f"tag of {event.by}")
            case "campaign":
                if line is not None:
                    await topics.set_campaign(desk, line.topic.id, None if line.topic.campaign else "Spring")
            case _:
                mine = [row for row in await template_keeping.rows(desk) if row.name == name]
                said = Written(name=name, variants=(Variant(body=f"text {len(mine)} {await self._count()}"),))
                if event.verb == "add template" and not mine:
                    await template_keeping.add(desk, said)
                elif event.verb == "edit template" and mine:
                    await template_keeping.edit(desk, mine[0].id, said)
                elif event.verb == "remove template" and mine:
                    await template_keeping.remove(desk, [mine[0].id])

    async def _count(self) -> int:
        """A number that differs from one call to the next."""
        return next(self.office.numbers)

    async def _wave(self, event: Wave) -> None:
        desk = await self.office.desk(event.by)
        (row,) = await queue.rows(desk, [self.ids[event.key]])
        if row.cluster is None or row.cluster_size < 2:
            return
        if event.answers:
            await clusters.answer_all(desk, row.cluster, Wording(texts=("my own words", "other words")))
        else:
            await clusters.done_all(desk, row.cluster)

    async def _verb(self, event: Event) -> None:
        if isinstance(event, Back):
            desk = await self.office.desk(event.by)
            await (undo.redo(desk) if event.again else undo.undo(desk))
        elif isinstance(event, Reply):
            desk = await self.office.desk(event.by)
            kept = await drafts.load(desk, self.ids[event.key])
            text = kept.text if kept and not event.private else "my own words"
            await replies.reply(desk, self.ids[event.key], text, private=event.private)
        elif isinstance(event, Stumble):
            to = (ActState.SENDING, ActState.FAILED) if event.fails else (ActState.REVIEW,)
            for act_id in await self._acts([self.ids[event.key]], ActState.HELD):
                await self.office.move(act_id, ActState.QUEUED, *to)
        elif isinstance(event, Pieces):
            await self._pieces(event)
        elif isinstance(event, Wave):
            await self._wave(event)
        elif isinstance(event, House):
            await self._house(event)
        elif isinstance(event, Do):
            await self._do(event)

    async def _do(self, event: Do) -> Outcome:
        desk = await self.office.desk(event.by)
        ids = [self.ids[key] for key in event.keys]
        match event.verb:
            case "unstar":
                return await triage.star(desk, ids, mark=False)
            case "read":
                return await triage.unread(desk, ids, mark=False)
            case "assign":
                return await triage.assign(desk, ids, "tom")
            case "tag" | "untag":
                return await getattr(tags, event.verb)(desk, ids, "vip")
            case "tag more":
                return await tags.tag(desk, ids, "vip, refund")
            case "merge tags":
                for name in ("vip", "refund"):
                    await self.office.store.write(tag_store.ensure, name)
                return await tags.merge(desk, "vip", "refund")
            case "drop":
                return await clusters.drop(desk, ids)
            case "note":
                return await notes.note(desk, ids, "look at this")
            case "snooze":
                return await snooze.snooze(desk, ids, "in 3 minutes")
            case "unsnooze":
                return await snooze.unsnooze(desk, ids)
            case "like":
                return await remote.act(desk, ActVerb.LIKE, ids)
            case "retry":
                return await outbox.retry(desk, await self._acts(ids, ActState.FAILED))
            case "approve":
                return await outbox.approve(desk, await self._acts(ids, ActState.REVIEW))
            case "cancel":
                return await outbox.cancel(desk, (await self._acts(ids, *UNSENT))[:1])
            case "spam" | "reopen":
                return await getattr(moderation, event.verb)(desk, ids)
            case _:
                return await getattr(triage, event.verb)(desk, ids)

    async def _acts(self, ids: list[int], *states: ActState) -> list[int]:
        rows = await self.office.store.read(outbox_store.rows, states)
        return [row.id for row in rows if row.conversation_id in ids]

    async def undo_everything(self) -> None:
        """Everybody takes back whatever they did, the colleagues one after the other."""
        for name in COLLEAGUES:
            desk = await self.office.desk(name)
            while True:
                try:
                    await undo.undo(desk)
                except Refused:
                    break

    async def seen(self) -> list[tuple[object, ...]]:
        """What people see of every conversation, and of templates, tags and topics."""
        desk = await self.office.desk(COLLEAGUES[0])
        rows = await queue.rows(desk, list(self.ids.values()))
        found: list[tuple[object, ...]] = [
            *((row.name, row.variants) for row in await template_keeping.rows(desk)),
            *((row.name, row.colour) for row in await tags.all_tags(desk) if row.name not in ("vip", "refund")),
            *((line.topic.campaign,) for line in await topics.topics(desk)),
            *((row.cluster_size, row.cluster_answered) for row in rows),
        ]
        for conversation_id in self.ids.values():
            view = await queue.view(await self.office.desk(COLLEAGUES[0]), conversation_id)
            now = await self.office.stands(conversation_id)
            public = [await self.office.draft(conversation_id, name) for name in COLLEAGUES]
            acts = [
                act.state
                for act in await self.office.store.read(outbox_store.of_conversation, conversation_id)
                if act.state in UNSENT
            ]
            found.append(
                (
                    *(now.state, now.assignee, now.star, now.unread, now.snooze_until_ms, now.waits_ms),
                    *(now.waits_message_id, now.reviewed_message_id),
                    *("a draft" if text and "a draft" in text else None for text in public),
                    *acts,
                    *await self.office.store.read(tagging.of, conversation_id),
                    [message.text for message in view.messages],
                )
            )
        return found


async def _compare(played: list[Event], folder: Path) -> None:
    (folder / "with").mkdir()
    (folder / "without").mkdir()
    worlds = [World(await Office.open(folder / name)) for name in ("with", "without")]
    try:
        for world in worlds:
            await world.begin()
        for event in played:
            await worlds[0].play(event, verbs=True)
            await worlds[1].play(event, verbs=False)
        await worlds[0].undo_everything()
        assert await worlds[0].seen() == await worlds[1].seen()
    finally:
        for world in worlds:
            await world.office.close()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(events)
def test_verbs_and_as_many_undos_leave_only_the_arrivals(played: list[Event]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_compare(played, Path(folder)))


async def _gauges_follow(played: list[Event], folder: Path) -> None:
    world = World(await Office.open(folder))
    try:
        await world.begin()
        for event in played:
            await world.play(event, verbs=True)
        counted = await world.office.store.read(
            lambda db: {
                row["state"]: row["n"]
                for row in db.execute("SELECT state, count(*) AS n FROM conversation GROUP BY state")
            }
        )
        gauges = await world.office.store.read(
            lambda db: {
                row["name"]: row["n"]
                for row in db.execute("SELECT name, n FROM gauge WHERE scope = 'inbox' AND n != 0")
                if row["name"] not in ("unread", "unanswered")
            }
        )
        assert gauges == counted
    finally:
        await world.office.close()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events)
def test_the_gauges_follow_verbs_and_undos(played: list[Event]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_gauges_follow(played, Path(folder)))
