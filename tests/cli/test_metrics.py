"""`sync --metrics`: scraped on loopback and read by the client library's own parser."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import httpx
import pytest
import typer
from prometheus_client.parser import text_string_to_metric_families
from tests.cli.program import Program
from tests.inbox.office import Office

from cminbox.cli.metrics import endpoint, serving, stays_here
from cminbox.errors import UsageError
from cminbox.inbox import replies
from cminbox.model.base import AccountState
from cminbox.store import accounts, metrics, spikes

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
LARGE = ("message", "conversation", "c", "response", "h", "act", "act_history", "bucket")
ACCOUNT = (("account", "brand"), ("brand", ""), ("network", "mastodon"))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def scrape(port: int) -> Samples:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics", timeout=30)
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_what_stands_and_what_happens_is_told(tmp_path: Path) -> None:
    office = await Office.open(tmp_path)
    desk = await office.desk()
    await office.arrive("before")
    port = free_port()
    async with serving(desk, f"127.0.0.1:{port}"):
        first = await scrape(port)
        assert first["cminbox_conversations_open", ACCOUNT] == 1
        assert first["cminbox_conversations_unanswered", ACCOUNT] == 1
        assert first["cminbox_messages_received_total", ACCOUNT] == 0
        assert first["cminbox_spike_lasting", (("brand", ""),)] == 0
        asked = await office.arrive("a", "bob")
        await office.clock.advance(30)
        answer = await replies.reply(desk, asked, "Bonjour")
        await office.store.write(spikes.begin, 0, 40, 2.0)
        second = await scrape(port)
        assert second["cminbox_messages_received_total", ACCOUNT] == 1
        assert second["cminbox_acts", (*ACCOUNT, ("state", "held"))] == 1
        assert second["cminbox_oldest_waiting_seconds", ACCOUNT] == 90
        assert second["cminbox_spike_lasting", (("brand", ""),)] == 1
        act = answer.changed[0].act
        assert act is not None
        await office.sent(act, "r1")
        await office.store.write(accounts.set_state, office.account.id, AccountState.PAUSED, "token")
        third = await scrape(port)
        assert third["cminbox_acts_sent_total", ACCOUNT] == 1
        assert third["cminbox_replies_total", ACCOUNT] == 1
        assert third["cminbox_acts", (*ACCOUNT, ("state", "held"))] == 0
        assert third["cminbox_account_paused", ACCOUNT] == 1
        assert third["cminbox_messages_received_total", ACCOUNT] == 1
    with pytest.raises(httpx.ConnectError):
        await scrape(port)
    await office.close()


async def test_nobody_waits_is_no_sample_and_no_person_is_a_label(tmp_path: Path) -> None:
    office = await Office.open(tmp_path)
    port = free_port()
    async with serving(await office.desk(), str(port)):
        found = await scrape(port)
        await office.arrive("a", "somebody")
        later = await scrape(port)
    assert not [name for name, _labels in found if name == "cminbox_oldest_waiting_seconds"]
    assert {label for _name, labels in later for label, _value in labels} == {"account", "brand", "network", "state"}
    assert "somebody" not in str(later)
    await office.close()


async def test_several_scrapes_at_once_count_each_arrival_once(tmp_path: Path) -> None:
    office = await Office.open(tmp_path)
    port = free_port()
    async with serving(await office.desk(), f":{port}"):
        for number in range(5):
            await office.arrive(f"k{number}")
        found = await asyncio.gather(*(scrape(port) for _ in range(4)))
        assert {each["cminbox_messages_received_total", ACCOUNT] for each in found} == {5}
    await office.close()


async def test_what_is_read_does_not_grow_with_the_store(tmp_path: Path) -> None:
    """Whatever a look reads, it finds by an index: no table with messages or conversations is gone through."""
    office = await Office.open(tmp_path)
    plans: list[str] = []

    def explained(db: metrics.sqlite3.Connection) -> None:
        statements: list[str] = []
        db.set_trace_callback(statements.append)
        metrics.read(db, 1, 2, metrics.Seen())
        db.set_trace_callback(None)
        for statement in statements:
            if statement.startswith("SELECT"):
                plans.extend(str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {statement}"))

    await office.store.read(explained)
    large = ("message", "conversation", "c", "response", "h", "act", "act_history")
    assert plans
    assert not [
        plan for plan in plans if plan.startswith("SCAN") and plan.split()[1] in large and "act_due" not in plan
    ]
    await office.close()


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    office = await Office.open(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match=f"127.0.0.1:{taken.getsockname()[1]}"):
            async with serving(await office.desk(), f"127.0.0.1:{taken.getsockname()[1]}"):
                pass
    await office.close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("9464", ("127.0.0.1", 9464)),
        (":9464", ("127.0.0.1", 9464)),
        ("[::1]:9464", ("::1", 9464)),
        ("0.0.0.0:1", ("0.0.0.0", 1)),
    ],
)
def test_where_it_listens(text: str, found: tuple[str, int]) -> None:
    assert endpoint(text) == found


@pytest.mark.parametrize("text", ["", "x", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1", "a:²"])
def test_where_nobody_can_listen(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        endpoint(text)


def test_who_reaches_it() -> None:
    assert [stays_here(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "192.0.2.1", "example.org")] == [
        *(True, True, True, False, False, False)
    ]


def test_only_a_sync_that_goes_on_has_metrics(program: Program) -> None:
    assert program.run("sync", "--once", "--metrics", "127.0.0.1:9464").code == 2
    assert program.run("sync", "--metrics", "nowhere").code == 2
