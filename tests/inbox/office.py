"""A store with an account, colleagues and people who write: what the tests of the inbox work on."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cminbox.clock import SimulatedClock, to_ms
from cminbox.config.settings import Settings
from cminbox.inbox.desk import Desk, desk_open
from cminbox.model.accounts import Abilities, Account, Profile
from cminbox.model.base import ActState, ActVerb, Audience, Direction, Kind
from cminbox.model.changes import Batch, Change, Removed, Wrote
from cminbox.model.content import Author
from cminbox.store import accounts, drafts, journal, outbox, standing
from cminbox.store.database import Store, Tx
from cminbox.store.standing import Standing
from cminbox.sync import ingest

EVERYTHING = frozenset(ActVerb)
US = Author(remote_id="us", handle="@brand", is_us=True)


@dataclass
class Office:
    """One data folder at work. `arrive` lets somebody write; `desk` seats a colleague."""

    path: Path
    clock: SimulatedClock
    store: Store
    account: Account
    settings: Settings = field(default_factory=Settings)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    desks: dict[str, Desk] = field(default_factory=dict)

    @classmethod
    async def open(cls, folder: Path, can: frozenset[ActVerb] = EVERYTHING, **abilities: object) -> Office:
        clock = SimulatedClock()
        store = await Store.open(folder / "cminbox.db", clock)
        profile = Profile(author=US, abilities=Abilities.model_validate({"can": can, **abilities}))
        account_id = await store.write(
            accounts.add, "brand", "mastodon", "https://example.org", "", {}, profile, to_ms(clock.now())
        )
        account = await store.read(accounts.get, account_id)
        return cls(folder, clock, store, account)

    @classmethod
    async def open_again(cls, folder: Path, before: Office) -> Office:
        """Another process on the same folder."""
        store = await Store.open(folder / "cminbox.db", before.clock)
        return cls(folder, before.clock, store, before.account)

    async def close(self) -> None:
        await self.store.close()

    async def desk(self, name: str = "léa") -> Desk:
        if name not in self.desks:
            self.desks[name] = await desk_open(self.store, self.clock, self.settings, name)
        return self.desks[name]

    async def tell(self, *changes: Change) -> None:
        await self.store.write(ingest.apply, self.account, Batch(feed="events", changes=changes), move_cursor=False)

    async def arrive(self, key: str, person: str = "ana", text: str = "hello?", **more: object) -> int:
        """Somebody writes in the conversation that `key` names; returns its id."""
        await self.clock.advance(60)
        remote_id = f"m{next(self.numbers)}"
        fields: dict[str, object] = {
            "remote_id": remote_id,
            "at": self.clock.now(),
            "kind": Kind.COMMENT,
            "direction": Direction.IN,
            "author": Author(remote_id=person, handle=f"@{person}"),
            "text": text,
            "audience": Audience.PUBLIC,
            "conversation": key,
        }
        wrote = Wrote.model_validate({**fields, **more})
        await self.tell(wrote)
        return await self.conversation_of(wrote.remote_id)

    async def conversation_of(self, remote_id: str) -> int:
        def job(db: standing.Db) -> int:
            row = db.execute("SELECT conversation_id FROM message WHERE remote_id = ?", (remote_id,)).fetchone()
            return int(row[0])

        return await self.store.read(job)

    async def stands(self, conversation_id: int) -> Standing:
        found = await self.store.read(standing.of, conversation_id)
        assert found is not None
        return found

    async def act_state(self, act_id: int | None) -> ActState:
        assert act_id is not None
        act = await self.store.read(outbox.get, act_id)
        assert act is not None
        return act.state

    async def draft(self, conversation_id: int, name: str = "léa", audience: Audience = Audience.PUBLIC) -> str | None:
        desk = await self.desk(name)
        found = await self.store.read(drafts.load, conversation_id, audience, desk.by_id)
        return found.text if found else None

    async def sent(self, act_id: int, remote_id: str) -> None:
        """What the sender does when the network took a reply, and the network tells of it."""

        def move(tx: Tx) -> None:
            outbox.move(tx, act_id, ActState.HELD, ActState.QUEUED)
            outbox.move(tx, act_id, ActState.QUEUED, ActState.SENDING)
            outbox.move(tx, act_id, ActState.SENDING, ActState.SENT, remote_id=remote_id)

        await self.store.write(move)
        act = await self.store.read(outbox.get, act_id)
        assert act is not None
        if act.verb.is_reply:
            target = await self.store.read(standing.message, act.message_id)
            assert target is not None
            await self.tell(
                Wrote(
                    remote_id=remote_id,
                    at=self.clock.now() + timedelta(seconds=1),
                    kind=Kind.COMMENT,
                    direction=Direction.OUT,
                    author=US,
                    text=act.text,
                    parent=target.remote_id,
                    act_key=act.key,
                )
            )

    async def move(self, act_id: int, *states: ActState) -> None:
        """Let the sender move an act through states."""

        def job(tx: Tx) -> None:
            act = outbox.get(tx.db, act_id)
            assert act is not None
            now = act.state
            for state in states:
                assert outbox.move(tx, act_id, now, state)
                now = state

        await self.store.write(job)

    async def removed(self, remote_id: str) -> None:
        await self.tell(Removed(remote_id=remote_id, at=self.clock.now()))

    async def journal(self, conversation_id: int) -> list[journal.Entry]:
        return await self.store.read(journal.of_conversation, conversation_id)
