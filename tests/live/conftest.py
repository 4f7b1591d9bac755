"""The servers of the live tests, each started once a session, each behind a door that can break lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.live.servers.bluesky import BlueskyNetwork, open_bluesky
from tests.live.servers.door import Door
from tests.live.servers.house import MissingError
from tests.live.servers.mastodon_mock import MastodonMock, open_mastodon
from tests.live.servers.synapse import Synapse, open_synapse
from tests.live.servers.wordpress import WordPress, open_wordpress


@dataclass
class Behind:
    """A server behind its door: the program comes through the door, the people of the test do not."""

    door: Door


@dataclass
class SynapseBehind(Behind):
    """Synapse behind a door."""

    server: Synapse


@dataclass
class MastodonBehind(Behind):
    """The Mastodon API behind a door."""

    server: MastodonMock


@dataclass
class WordPressBehind(Behind):
    """WordPress behind a door."""

    server: WordPress


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPressBehind]:
    """A WordPress; skips with the line that installs it where that is not possible."""
    door = Door()
    try:
        server = open_wordpress(tmp_path_factory.mktemp("wordpress"), public_url=door.url)
    except MissingError as missing:
        door.close()
        pytest.skip(f"no WordPress: {missing}")
    door.leads_to(server.url)
    yield WordPressBehind(door, server)
    server.stop()
    door.close()


@dataclass
class BlueskyBehind(Behind):
    """A Bluesky network, its PDS behind a door."""

    server: BlueskyNetwork


@pytest.fixture(scope="session")
def bluesky() -> Iterator[BlueskyBehind]:
    """A Bluesky network; skips with the line that installs it where that is not possible."""
    door = Door()
    try:
        server = open_bluesky()
    except MissingError as missing:
        door.close()
        pytest.skip(f"no Bluesky: {missing}")
    door.leads_to(server.url)
    yield BlueskyBehind(door, server)
    server.stop()
    door.close()


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynapseBehind]:
    """A Synapse; skips with the line that installs it where that is not possible."""
    door = Door()
    try:
        # The door is the address that the server itself knows, or its discovery would lead around it.
        server = open_synapse(tmp_path_factory.mktemp("homeserver"), public_url=door.url)
    except MissingError as missing:
        door.close()
        pytest.skip(f"no Synapse: {missing}")
    door.leads_to(server.url)
    yield SynapseBehind(door, server)
    server.stop()
    door.close()


@pytest.fixture(scope="session")
def mastodon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MastodonBehind]:
    """A Mastodon API; skips with the line that installs it where that is not possible."""
    door = Door()
    try:
        server = open_mastodon(tmp_path_factory.mktemp("mastodon"))
    except MissingError as missing:
        door.close()
        pytest.skip(f"no Mastodon API: {missing}")
    door.leads_to(server.url)
    yield MastodonBehind(door, server)
    server.stop()
    door.close()
