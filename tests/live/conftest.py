"""The servers of the live tests, each behind a door that can break lines.

Every test file starts its own: what one file left on a server is never in the way of another, however the files are
shared out among workers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import pytest
from tests.live.servers.bluesky import BlueskyNetwork, open_bluesky
from tests.live.servers.door import Door
from tests.live.servers.house import MissingError
from tests.live.servers.mastodon_mock import MastodonMock, open_mastodon
from tests.live.servers.synapse import Synapse, open_synapse
from tests.live.servers.wordpress import WordPress, open_wordpress


class Server(Protocol):
    """What runs behind a door."""

    @property
    def url(self) -> str:
        """Where it listens."""
        ...

    def stop(self) -> None:
        """End it."""
        ...


S = TypeVar("S", bound=Server)


@dataclass
class Behind(Generic[S]):
    """A server behind its door: the program comes through the door, the people of the test do not."""

    door: Door
    server: S


SynapseBehind = Behind[Synapse]
MastodonBehind = Behind[MastodonMock]
WordPressBehind = Behind[WordPress]
BlueskyBehind = Behind[BlueskyNetwork]


def behind(title: str, start: Callable[[Door], S]) -> Iterator[Behind[S]]:
    """A server for as long as somebody needs it; skips with the line that installs it where that is not possible.

    `start` is given the door because some servers must know it as their own address, or their discovery would lead
    around it.
    """
    door = Door()
    try:
        server = start(door)
    except MissingError as missing:
        door.close()
        pytest.skip(f"no {title}: {missing}")
    door.leads_to(server.url)
    yield Behind(door, server)
    server.stop()
    door.close()


@pytest.fixture(scope="module")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPressBehind]:
    """A WordPress."""
    folder = tmp_path_factory.mktemp("wordpress")
    yield from behind("WordPress", lambda door: open_wordpress(folder, public_url=door.url))


@pytest.fixture(scope="module")
def bluesky() -> Iterator[BlueskyBehind]:
    """A Bluesky network, its PDS behind the door."""
    yield from behind("Bluesky", lambda _door: open_bluesky())


@pytest.fixture(scope="module")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseBehind]:
    """A Synapse."""
    folder = tmp_path_factory.mktemp("homeserver")
    yield from behind("Synapse", lambda door: open_synapse(folder, public_url=door.url))


@pytest.fixture(scope="module")
def mastodon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MastodonBehind]:
    """A Mastodon API."""
    folder = tmp_path_factory.mktemp("mastodon")
    yield from behind("Mastodon API", lambda _door: open_mastodon(folder))
