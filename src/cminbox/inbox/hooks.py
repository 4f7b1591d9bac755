"""Hooks: programs of the user's own that are told what happens, in order, from whichever process reads and sends.

Each hook follows its part of the store from where it was; its position moves when the program has ended. So an event is
told at least once: again where a process died while the program ran. A program that fails or takes too long is noted in
the hooks' log and passed over: nothing waits for it but the next event of the same hook.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cminbox.clock import Clock, from_ms, iso
from cminbox.i18n import _
from cminbox.inbox import shapes
from cminbox.inbox.desk import Desk
from cminbox.inbox.hooks_program import Ended, Program
from cminbox.inbox.rules_runner import LIVE
from cminbox.model.base import ActState
from cminbox.paths import Home
from cminbox.store import accounts, conversations, followers, journal, messages, outbox, queue, spikes, waves
from cminbox.store.followers import Arrived, Assigned, Began, Moved, Stream

CHUNK: Final = 100
BEHIND: Final = 1000
"""So many entries that no hook is about are read again by the next process, at most."""

Told = dict[str, Any]
Event = Arrived | Moved | Assigned | Began
Tell = Callable[[str], None]
"""Hears, in a sentence, what a person should know."""
RunProgram = Callable[[Program], Awaitable[Ended]]


class Hook(StrEnum):
    """What a program can be told of; the names in the settings."""

    MESSAGE = "on_message"
    SENT = "on_sent"
    FAILED = "on_failed"
    ASSIGNED = "on_assigned"
    ACCOUNT = "on_account"
    SPIKE = "on_spike"


@dataclass(frozen=True)
class _Source:
    """What a hook follows, which events of it are the hook's, and what the program is told (None: it is gone)."""

    stream: Stream
    next_events: Callable[[sqlite3.Connection, int, int], tuple[Sequence[Event], int]]
    told: Callable[[sqlite3.Connection, Any], Told | None]


class HookRunner:
    """The hooks of one process. `catch_up` tells what happened since; it may be called by several at once."""

    def __init__(self, desk: Desk, home: Home, wall: Clock, run: RunProgram, tell: Tell = lambda _text: None) -> None:
        self._desk = desk
        self._home = home
        self._wall = wall
        self._run = run
        self._tell = tell
        self._turns = {hook: asyncio.Lock() for hook in Hook}
        self._at_once = asyncio.Semaphore(desk.settings.hooks.at_once)
        self._reached: dict[Hook, int] = {}
        self._failing: set[Hook] = set()

    @property
    def wanted(self) -> dict[Hook, tuple[str, ...]]:
        """The hooks that have a program, with its arguments."""
        given = self._desk.settings.hooks
        return {hook: argv for hook in Hook if (argv := getattr(given, hook.value))}

    async def begin(self) -> None:
        """Follow what happens from now on, where that did not begin earlier. Who has no program follows nothing."""
        known = await self._desk.store.read(followers.names)
        for hook in Hook:
            if hook in self.wanted:
                await self._desk.store.ingest(followers.begin, _name(hook), _SOURCES[hook].stream)
            elif _name(hook) in known:
                await self._desk.store.ingest(followers.forget, _name(hook))

    async def catch_up(self) -> None:
        """Tell each hook what happened since the last time, in order. Raises StoreError."""
        await asyncio.gather(*(self._follow(hook) for hook in self.wanted))

    async def _follow(self, hook: Hook) -> None:
        async with self._turns[hook]:
            while await self._chunk(hook):
                pass

    async def _chunk(self, hook: Hook) -> bool:
        """Tell of the next events; False where there were none."""
        store, source, name = self._desk.store, _SOURCES[hook], _name(hook)
        kept = await store.read(followers.position, name)
        if kept is None:
            return False
        position = max(kept, self._reached.get(hook, 0))
        events, reached = await store.read(source.next_events, position, CHUNK)
        for event in events:
            told = await store.read(source.told, event)
            if told is not None:
                await self._program(hook, told)
                await store.ingest(followers.put, name, event.entry)
                kept = event.entry
        self._reached[hook] = reached
        if reached - kept > BEHIND:
            await store.ingest(followers.put, name, reached)
        return reached > position

    async def _program(self, hook: Hook, told: Told) -> None:
        settings = self._desk.settings.hooks
        whole = {"hook": hook.value, "at": iso(self._desk.clock.now()), **told}
        async with self._at_once:
            ended = await self._run(
                Program(hook.value, self.wanted[hook], whole, settings.timeout_s, self._home, self._wall)
            )
        if not ended.problem:
            self._failing.discard(hook)
        elif hook not in self._failing:
            self._failing.add(hook)
            self._tell(
                _("The hook {name} fails: {why} {log} has its words.").format(
                    name=hook.value, why=ended.problem, log=self._home.hooks_log
                )
            )


def _name(hook: Hook) -> str:
    return f"hook:{hook.value}"


def _messages(db: sqlite3.Connection, after: int, limit: int) -> tuple[Sequence[Event], int]:
    """The program hears of a message when the rules are through with it."""
    found, reached = followers.arrivals(db, after, limit)
    live = [each for each in found if not each.imported]
    ruled = followers.position(db, LIVE)
    if ruled is not None and live and live[-1].entry > ruled:
        live, reached = [each for each in live if each.entry <= ruled], max(after, ruled)
    return live, reached


def _acts_that(*states: ActState) -> Callable[[sqlite3.Connection, int, int], tuple[Sequence[Event], int]]:
    def events(db: sqlite3.Connection, after: int, limit: int) -> tuple[Sequence[Event], int]:
        found, reached = followers.acts(db, after, limit)
        return [each for each in found if each.state in states], reached

    return events


def _conversation(db: sqlite3.Connection, conversation_id: int | None) -> Told | None:
    place = conversations.resolve(db, conversation_id)
    row = queue.row(db, place) if place is not None else None
    return shapes.row(row) if row is not None else None


def _message(db: sqlite3.Connection, event: Arrived) -> Told | None:
    rows = messages.get_rows(db, [event.message_id], whole=True)
    conversation = _conversation(db, messages.conversation_of(db, event.message_id))
    if not rows or conversation is None:
        return None
    return {
        "at": iso(rows[0].received_at),
        "conversation": conversation,
        "message": shapes.message(rows[0]),
    }


def _act(db: sqlite3.Connection, event: Moved) -> Told | None:
    act = outbox.get(db, event.id)
    if act is None:
        return None
    return {
        "at": iso(from_ms(event.at_ms or 0)),
        "conversation": _conversation(db, act.conversation_id),
        "act": {**shapes.act(act), "state": event.state},
    }


def _assigned(db: sqlite3.Connection, event: Assigned) -> Told | None:
    conversation = _conversation(db, event.conversation_id)
    if conversation is None:
        return None
    names = journal.colleagues(db, [each for each in (event.by, event.assignee) if each is not None])
    return {
        "at": iso(from_ms(event.at_ms)),
        "conversation": conversation,
        "assignee": names.get(event.assignee or 0),
        "by": names.get(event.by or 0),
    }


def _account(db: sqlite3.Connection, event: Moved) -> Told | None:
    account = next((each for each in accounts.all_accounts(db) if each.id == event.id), None)
    if account is None:
        return None
    return {"account": {**shapes.account(account), "state": event.state}, "was": event.was}


def _spike(db: sqlite3.Connection, event: Began) -> Told | None:
    spike = spikes.of_entry(db, event.entry, event.at_ms)
    if spike is None:
        return None
    wave = waves.get(db, spike.cluster_id) if spike.cluster_id is not None else None
    return {
        "at": iso(from_ms(spike.began_ms)),
        "brand": spike.brand or None,
        "count": spike.count,
        "usual": spike.usual,
        "wave": None if wave is None else {"id": wave.id, "size": wave.size, "text": wave.text},
    }


_SOURCES = {
    Hook.MESSAGE: _Source(Stream.JOURNAL, _messages, _message),
    Hook.SENT: _Source(Stream.ACTS, _acts_that(ActState.SENT), _act),
    Hook.FAILED: _Source(Stream.ACTS, _acts_that(ActState.FAILED), _act),
    Hook.ASSIGNED: _Source(Stream.JOURNAL, followers.assignments, _assigned),
    Hook.ACCOUNT: _Source(Stream.ACCOUNTS, followers.accounts, _account),
    Hook.SPIKE: _Source(Stream.JOURNAL, followers.spikes, _spike),
}
