"""The Matrix connector by itself on a real Synapse: spaces, invitations, rights and read markers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from tests.live.conftest import SynapseBehind
from tests.live.servers.synapse import Person
from tests.networks.rig import Reader, wrote

from cminbox.clock import SystemClock
from cminbox.errors import Forbidden, Rejected
from cminbox.model.acts import Act
from cminbox.model.base import ActVerb
from cminbox.model.changes import Removed, Wrote
from cminbox.model.content import Target
from cminbox.networks.base import Connection
from cminbox.networks.matrix import Matrix

pytestmark = pytest.mark.live

CLOCK = SystemClock()


@dataclass
class Seat:
    """Us, Ana, and a connector of ours that follows spaces."""

    us: Person
    ana: Person
    network: Matrix
    reader: Reader
    acts: int = 0

    def act(self, to: Wrote, verb: ActVerb, text: str = "") -> Act:
        """An act about a message."""
        self.acts += 1
        target = Target(remote_id=to.remote_id, author=to.author, audience=to.audience, extra=to.extra)
        return Act(key=f"act{self.acts}", verb=verb, target=target, text=text, created_at=CLOCK.now())


@pytest.fixture
async def seat(synapse: SynapseBehind) -> AsyncIterator[Seat]:
    us, ana = synapse.server.person("shop"), synapse.server.person("anabel")
    network = Matrix(
        Connection(
            account="shop",
            url=synapse.door.url,
            secret=us.token,
            since=CLOCK.now() - timedelta(days=1),
            clock=CLOCK,
            settings={"spaces": "follow", "rooms": "all"},
        )
    )
    yield Seat(us, ana, network, Reader(network))
    await network.aclose()


async def test_a_space_is_followed_and_what_is_answered_is_read(seat: Seat) -> None:
    us, ana = seat.us, seat.ana
    room = ana.open_room(name="Tips", preset="public_chat")
    space = ana.open_room(name="Lamp Club", preset="public_chat", creation_content={"type": "m.space"})
    via = room.partition(":")[2] or "localhost"
    ana.call("PUT", f"/rooms/{space}/state/m.space.child/{room}", {"via": [via]})
    us.join(space)
    await seat.reader.read()
    assert room in us.call("GET", "/joined_rooms")["joined_rooms"]
    ana.say(room, "which lamp?")
    (told,) = (one for one in wrote(await seat.reader.read()) if one.text == "which lamp?")
    assert told.topic is not None
    assert told.topic.title == "Lamp Club / Tips"

    await seat.network.perform(seat.act(told, ActVerb.REPLY, "the green one"))
    marker: Any = us.call("GET", f"/user/{us.id}/rooms/{room}/account_data/m.fully_read")
    assert marker == {"event_id": told.remote_id}

    assert not (await seat.network.whoami()).abilities.deletes_theirs
    with pytest.raises(Forbidden):
        await seat.network.perform(seat.act(told, ActVerb.DELETE))
    levels = ana.call("GET", f"/rooms/{room}/state/m.room.power_levels")
    ana.call("PUT", f"/rooms/{room}/state/m.room.power_levels", {**levels, "users": {**levels["users"], us.id: 50}})
    delete = seat.act(told, ActVerb.DELETE)
    await seat.network.perform(delete)
    assert await seat.network.find(delete) is not None


async def test_an_invitation_is_shown_until_it_is_taken_back(seat: Seat) -> None:
    await seat.reader.read()
    room = seat.ana.open_room(name="Board", preset="private_chat", invite=[seat.us.id])
    (told,) = (one for one in wrote(await seat.reader.read()) if one.remote_id == f"invitation:{room}")
    assert "Board" in told.text
    with pytest.raises(Rejected):
        await seat.network.perform(seat.act(told, ActVerb.REPLY, "hello"))
    seat.ana.call("POST", f"/rooms/{room}/kick", {"user_id": seat.us.id})
    gone = [one.remote_id for one in await seat.reader.read() if isinstance(one, Removed)]
    assert gone == [told.remote_id]
