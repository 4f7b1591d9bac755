"""What the contract suite needs of a practice network, so that one suite runs over all of them.

A rig owns a practice server with our account "us" and the people "ana" and "bob", and opens connectors on it.
Everything it plays happens at the server at `clock.now()`. A network joins the suite by a subclass and one line in
`conftest.RIGS`.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cminbox.model.acts import Act
from cminbox.model.base import ActVerb, Audience
from cminbox.model.changes import Batch, Change, SetAside, Wrote
from cminbox.model.content import Target
from cminbox.networks.base import Network

from .wired import Wired


@dataclass(frozen=True)
class Fact:
    """One message that really exists at the server: its books, not ours. `parent` is a remote id."""

    remote_id: str
    author: str
    text: str
    parent: str | None = None
    private: bool = False


class Rig(Wired, ABC):
    """One practice server, one account of ours on it."""

    sends: tuple[str, str]
    """Method and path pattern of the request that makes a reply (for faults)."""
    reads: tuple[str, str]
    """Method and path pattern of a request that every reading makes (for faults)."""
    page: int
    """More messages than this between two readings are a gap that needs paging back."""
    edits = True
    """Whether people can edit what they wrote; the suite goes without where they cannot."""
    has_private = True
    """Whether there are private messages."""
    keeps_keys = True
    """Whether the server itself makes a second attempt with the same key harmless; else only looking first does."""
    takes_doubles = True
    """Whether the same words below the same message may stand twice."""

    @abstractmethod
    def open(
        self, *, since: timedelta = timedelta(days=7), secret: str | None = None, url: str | None = None
    ) -> Network:
        """A connector for our account, reading back `since` from now; another secret or address where asked."""

    @abstractmethod
    def write(self, who: str, text: str, *, reply_to: str | None = None, private: bool = False) -> str:
        """`who` ("ana", "bob", "us") writes something that concerns us: a public mention or room message, or a direct
        message between `who` and us (from "us": to ana). `reply_to` is a remote id. Returns the remote id.
        """

    @abstractmethod
    def edit(self, remote_id: str, text: str) -> None:
        """Its author changes a message."""

    @abstractmethod
    def remove(self, remote_id: str) -> None:
        """Its author deletes a message."""

    @abstractmethod
    def facts(self) -> list[Fact]:
        """Every message that exists at the server now, oldest first."""

    @abstractmethod
    def spoil(self) -> None:
        """Put an item that nobody can understand among what the next reading brings."""

    @abstractmethod
    def revoke(self) -> None:
        """Make our token invalid."""

    @abstractmethod
    def ignore_keys(self) -> bool:
        """Let the server ignore idempotency keys; False where such servers do not exist (the suite goes without)."""

    def ours(self) -> list[Fact]:
        """What we wrote, as the server knows it."""
        return [fact for fact in self.facts() if fact.author == "us"]

    def act(self, to: Wrote, text: str, *, verb: ActVerb = ActVerb.REPLY, key: str = "0" * 32, **more: Any) -> Act:
        """An act about a message as the engine would make it: a reply as wide as its parent."""
        target = Target(
            remote_id=to.remote_id,
            global_id=to.global_id,
            conversation=to.conversation,
            topic=to.topic.key if to.topic else None,
            author=to.author,
            audience=to.audience,
            url=to.url,
            extra=to.extra,
        )
        fields: dict[str, Any] = {
            "key": key,
            "verb": verb,
            "target": target,
            "text": text,
            "audience": to.audience,
            "people": (to.author,),
            "created_at": self.clock.now(),
            "first_tried_at": self.clock.now(),
        }
        return Act(**{**fields, **more})


@dataclass
class Reader:
    """Reads as the engine does: every feed in turn, each cursor through JSON, as if from the database."""

    network: Network
    cursors: dict[str, Any] = field(default_factory=dict)
    set_aside: list[SetAside] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)

    async def read(self, *, most: int = 200) -> list[Change]:
        """What is new on all feeds, in the order read. Fails when a feed has no end."""
        changes: list[Change] = []
        for feed in await self.network.feeds():
            for _turn in range(most):
                batch = await self.step(feed.name)
                changes.extend(batch.changes)
                if not batch.more:
                    break
            else:
                raise AssertionError(f"the feed {feed.name} says `more` for ever")
        return changes

    async def step(self, name: str) -> Batch:
        """One pull of one feed."""
        feed = next(feed for feed in await self.network.feeds() if feed.name == name)
        batch = await self.network.pull(feed, self.cursors.get(name))
        assert batch.feed == name
        if batch.cursor is not None:
            self.cursors[name] = json.loads(json.dumps(batch.cursor))
        self.set_aside.extend(batch.set_aside)
        self.batches.append(batch)
        return batch


def wrote(changes: list[Change]) -> list[Wrote]:
    """The messages among the changes, each once (the first telling of it), in order."""
    seen: dict[str, Wrote] = {}
    for change in changes:
        if isinstance(change, Wrote):
            seen.setdefault(change.remote_id, change)
    return list(seen.values())


def at_of(changes: list[Change]) -> list[datetime]:
    """The times of the changes that have one."""
    return [change.at for change in changes if change.at is not None]


__all__ = ["Audience", "Fact", "Reader", "Rig", "at_of", "wrote"]
