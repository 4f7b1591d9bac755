"""One practice network as a scenario plays on it: what people do there, what breaks there, and what its books say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol
from zlib import crc32

from cminbox.practice.transport import PracticeTransport

FOLLOWERS = 1840
"""How many follow the brand where people can."""


@dataclass(frozen=True)
class Login:
    """How the brand's account of a practice network is connected."""

    name: str
    network: str
    url: str
    secret: str = field(repr=False)
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """An answer of ours as the network has it: to which message, and what it says there."""

    remote_id: str
    parent: str
    text: str


class Scene(Protocol):
    """What a scenario needs of a practice network. Ids are the network's own."""

    login: Login
    transport: PracticeTransport

    def our_post(self, text: str) -> str:
        """We publish something that people can comment on."""
        ...

    def comment(self, who: str, text: str, under: str) -> str:
        """Somebody comments under a post of ours."""
        ...

    def mention(self, who: str, text: str) -> str:
        """Somebody writes in public and names us."""
        ...

    def direct(self, who: str, text: str) -> str:
        """Somebody writes to us in private."""
        ...

    def edit(self, remote_id: str, text: str) -> None:
        """The author changes a message."""
        ...

    def delete(self, remote_id: str) -> None:
        """The author takes a message away."""
        ...

    def limit(self, seconds: float) -> None:
        """The network asks everybody to slow down for a while."""
        ...

    def expire(self) -> None:
        """Our token ends."""
        ...

    def renew(self) -> str:
        """A new token for us; returns it."""
        ...

    def lose_answer(self) -> None:
        """The next thing we send arrives, but the network's answer to us does not."""
        ...

    def written(self) -> tuple[str, ...]:
        """Ids of what stands there and was written to us by others."""
        ...

    def answers(self) -> tuple[Answer, ...]:
        """What stands there and was written by us to others."""
        ...


def likes(who: str) -> bool:
    """Whether this one, who comments on a post, likes it too: two in five do, always the same."""
    return crc32(who.encode()) % 5 < 2


def passes_on(who: str) -> bool:
    """Whether this one shows it to others besides: one in nine does."""
    return crc32(who.encode()) % 9 == 0


def display_name(who: str) -> str:
    """The name that somebody with this handle shows: `ana.lopez3` is Ana Lopez."""
    return " ".join(word.capitalize() for word in re.split(r"[^a-z]+", who) if word)
