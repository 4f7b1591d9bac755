"""What the connector asks and what the practice server answers is what Matrix's own contract says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from tests.networks.matrix_rig import URL, MatrixRig
from tests.networks.openapi import Contract, Exchange, Recorder
from tests.networks.rig import Reader, wrote

from cminbox.errors import Gone, NetworkError, Unknowable
from cminbox.model.base import ActVerb
from cminbox.networks.base import Connection
from cminbox.networks.matrix import Matrix
from cminbox.networks.matrix_reading import TIMELINE

CONTRACT = Contract("matrix")


@pytest.fixture
async def rig() -> AsyncIterator[MatrixRig]:
    rig = MatrixRig()
    yield rig
    await rig.close()


def opened(rig: MatrixRig, wire: Recorder, secret: str, **settings: str) -> Matrix:
    since = rig.clock.now().replace(year=2020)
    connection = Connection("matrix", URL, secret, since, rig.clock, settings, wire)
    network = Matrix(connection)
    rig.opened.append(network)
    return network


async def everything(rig: MatrixRig, wire: Recorder) -> None:
    """Every call that the connector makes, at least once."""
    first = opened(rig, wire, "password", user="brand")
    await first.whoami()
    reader = Reader(first)
    rig.write("ana", "one", private=True)
    root = rig.write("ana", "two")
    rig.server.say(rig.room, rig.people["bob"], "three", **{"m.relates_to": {"rel_type": "m.thread", "event_id": root}})
    rig.server.react(root, rig.people["bob"])
    await reader.read()
    rig.server.open_room(rig.people["bob"], public=False, direct=True, invite=(rig.us,))
    for number in range(TIMELINE + 5):
        rig.write("ana", str(number))
    rig.edit(root, "two, rather")
    rig.server.read(root, rig.us)
    told = wrote(await reader.read())
    network = opened(rig, wire, rig.server.log_in(rig.us, "OTHER"))
    ana = next(one for one in wrote(await Reader(network).read()) if one.remote_id == root)
    threaded = next(one for one in wrote(await Reader(network).read()) if "thread" in one.extra)
    await network.thread(rig.act(threaded, "").target)
    await network.perform(rig.act(threaded, "in the thread", key="9" * 32))
    powers = {"users": {rig.us: 50}, "users_default": 0}
    rig.server.put_state(rig.room, rig.people["ana"], "m.room.power_levels", "", powers)
    for number, verb in enumerate(ActVerb):
        about = told[0] if verb in (ActVerb.BLOCK, ActVerb.UNBLOCK) else ana
        act = rig.act(about, "words", verb=verb, key=f"k{number}")
        for deed in (network.find, network.perform, network.find):
            try:
                await deed(act)
            except (Unknowable, NetworkError):
                continue
    rig.remove(root)
    with pytest.raises(Gone):
        await network.thread(rig.act(ana, "").target)
    rig.revoke()
    with pytest.raises(NetworkError):
        await Reader(network).read()


async def test_every_request_and_answer_is_as_the_contract_says(rig: MatrixRig) -> None:
    wire = Recorder(rig.transport)
    await everything(rig, wire)
    assert [error for exchange in wire.exchanges for error in CONTRACT.check(exchange)] == []
    # All that the trimmed contract holds is used: it holds what the connector calls, no more.
    assert CONTRACT.operations(wire.exchanges) == CONTRACT.all_operations()


async def test_every_event_in_an_answer_is_whole(rig: MatrixRig) -> None:
    wire = Recorder(rig.transport)
    await everything(rig, wire)
    required = CONTRACT.document["components"]["schemas"]["client_event"]["allOf"][1]["required"]
    pages = [one.answer["chunk"] for one in wire.exchanges if one.status == 200 and one.path.endswith("/messages")]
    assert any(pages)
    assert all(key in event for page in pages for event in page for key in required)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"path": "/_matrix/client/v3/inbox"}, "no such operation"),
        ({"query": {"sinse": ["s1"]}}, "no query parameter"),
        ({"query": {"timeout": ["0"], "since": ["s1"], "set_presence": ["away"]}}, "set_presence"),
        ({"answer": {"rooms": {}}}, "next_batch"),
        ({"answer": {"next_batch": "s1", "account_data": {"events": [{"type": 7}]}}}, "type"),
        ({"status": 302}, "no such status"),
    ],
)
async def test_the_checker_sees_what_is_wrong(change: dict[str, Any], word: str) -> None:
    good = Exchange("GET", "/_matrix/client/v3/sync", {"timeout": ["0"]}, None, 200, {"next_batch": "s1"})
    assert CONTRACT.check(good) == []
    assert word in json.dumps(CONTRACT.check(replace(good, **change)))
