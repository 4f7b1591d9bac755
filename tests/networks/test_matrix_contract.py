"""Every call of the connector, held against Matrix's own contract (as all traffic of the practice server is)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.networks.matrix_rig import MatrixRig
from tests.networks.rig import Reader, wrote
from tests.networks.spec import Checked, needed

from cminbox.errors import Gone, NetworkError
from cminbox.model.base import ActVerb
from cminbox.networks.matrix_reading import TIMELINE


@pytest.fixture
async def rig() -> AsyncIterator[MatrixRig]:
    rig = MatrixRig()
    yield rig
    await rig.close()


async def everything(rig: MatrixRig) -> None:
    """Every call that the connector makes, at least once."""
    first = rig.open(secret="password", user="brand")
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
    network = rig.open()
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
            except NetworkError:
                continue
    rig.remove(root)
    with pytest.raises(Gone):
        await network.thread(rig.act(ana, "").target)
    rig.revoke()
    with pytest.raises(NetworkError):
        await Reader(network).read()


async def test_the_connector_uses_all_of_the_contract_that_is_kept_here(rig: MatrixRig) -> None:
    spec = needed("matrix")
    assert isinstance(rig.app, Checked)
    before = set(spec.checked)
    spec.checked.clear()
    await everything(rig)
    kept = {(method, path) for path, item in spec.document["paths"].items() for method in item if method in METHODS}
    assert spec.checked | {("get", "/_matrix/client/versions")} == kept
    spec.checked.update(before)
    # The fixture's end looks at what was wrong: nothing.
    assert rig.app.problems == []


METHODS = frozenset({"get", "put", "post", "delete"})
SYNC = "https://practice.example/_matrix/client/v3/sync"


def test_the_checker_sees_what_is_wrong() -> None:
    spec = needed("matrix")
    good = httpx.Request("GET", SYNC, params={"timeout": "0"})
    assert spec.check_request(good) == []
    assert spec.check_answer(good, 200, b'{"next_batch":"s1"}') == []
    assert spec.check_request(httpx.Request("GET", SYNC, params={"sinse": "s1"}))
    assert spec.check_request(httpx.Request("GET", SYNC.replace("sync", "inbox")))
    assert spec.check_answer(good, 200, b'{"rooms":{}}')
    bad_event = {"next_batch": "s1", "account_data": {"events": [{"type": 7, "content": {}}]}}
    assert spec.check_answer(good, 200, json.dumps(bad_event).encode())
    assert spec.check_answer(good, 302, b"{}")
    assert spec.check_answer(good, 401, b'{"errcode":"M_UNKNOWN_TOKEN"}') == []
    assert spec.check_answer(good, 401, b'{"why":"no"}')
