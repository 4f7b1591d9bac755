"""Importing messages from elsewhere."""

from __future__ import annotations

import gzip
import io
import json
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cminbox.clock import SimulatedClock
from cminbox.i18n import set_language
from cminbox.inbox.imports import Imported, import_files, parse
from cminbox.store import accounts, counters, messages, topics
from cminbox.store.database import Store
from cminbox.sync.ingest import ingest


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    set_language("en")
    opened = await Store.open(tmp_path / "t.db", SimulatedClock())
    yield opened
    await opened.close()


async def run(store: Store, *names: Path | str) -> Imported:
    return await import_files(
        store, lambda account, batch: ingest(store, store.clock, account, batch), [str(name) for name in names]
    )


def line(message_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": message_id, "network": "x", "kind": "comment", "author": "ana", "text": "hello", **fields}


def written(path: Path, *lines: dict[str, Any] | str | bytes) -> Path:
    raw = [
        each if isinstance(each, bytes) else (each if isinstance(each, str) else json.dumps(each)).encode()
        for each in lines
    ]
    data = b"\n".join(raw) + b"\n"
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


async def rows(store: Store, sql: str) -> list[tuple[Any, ...]]:
    return await store.read(lambda db: [tuple(row) for row in db.execute(sql)])


async def test_files_of_every_kind_are_read_and_twice_is_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = written(tmp_path / "a.jsonl", line("1"), "", line("2", network="YouTube "), "   ")
    packed = written(tmp_path / "b.jsonl.gz", line("3"), line("1"))

    def stdin() -> None:
        monkeypatch.setattr(
            sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(json.dumps(line("4")).encode())))
        )  # type: ignore[arg-type]

    stdin()
    done = await run(store, plain, packed, "-")
    assert (done.files, done.read, done.new, done.known, done.skipped) == (3, 5, 4, 1, 0)
    stdin()
    again = await run(store, packed, plain, "-")
    assert (again.read, again.new, again.known, again.skipped) == (5, 0, 5, 0)
    assert [account.name for account in await store.read(accounts.all_accounts)] == ["x:import", "youtube:import"]
    assert await store.read(counters.drift) == {}


async def test_a_bad_line_is_named_and_skipped_and_the_rest_goes_on(store: Store, tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.jsonl",
        "{not json",
        "[1, 2]",
        b'{"id": "\xff"}',
        line("1", text=None),
        {"id": "2", "network": "x", "kind": "comment", "author": "ana"},
        line(" "),
        line("3", kind="shout"),
        line("4", network="no such\x1b[31m"),
        line("5", created_at="yesterday"),
        line("6", direction="sideways"),
        "[" * 100_000,
        line("7"),
    )
    done = await run(store, path)
    assert (done.read, done.new, done.skipped) == (12, 1, 11)
    assert [(problem.file, problem.line) for problem in done.problems] == [(str(path), n) for n in range(1, 12)]
    reasons = [problem.reason for problem in done.problems]
    assert reasons[0].startswith("It is not JSON")
    assert reasons[1:3] == ["It is not a JSON object.", "It is not UTF-8."]
    assert reasons[4] == "text is missing."
    assert reasons[6].startswith("kind must be 'comment', 'mention'")
    assert "ISO 8601" in reasons[8]
    assert all("\x1b" not in reason for reason in reasons)


async def test_a_file_that_cannot_be_read_is_named_and_the_others_go_on(store: Store, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gz"
    good = gzip.compress("\n".join(json.dumps(line(str(n), text="x" * 50)) for n in range(2000)).encode())
    broken.write_bytes(good[: len(good) // 2])
    done = await run(store, tmp_path / "missing.jsonl", tmp_path, broken, written(tmp_path / "a.jsonl", line("last")))
    assert [(Path(problem.file).name, problem.line) for problem in done.problems] == [
        ("missing.jsonl", 0),
        (tmp_path.name, 0),
        ("broken.gz", 0),
    ]
    assert done.skipped == 0
    assert (done.files, done.new) == (4, done.read)
    assert done.new > 1


async def test_replies_build_conversations_whatever_the_order_of_lines(store: Store, tmp_path: Path) -> None:
    lines = [line("a"), line("b", in_reply_to="a", direction="out", author="us"), line("c", in_reply_to="b")]
    lines += [line("alone"), line("ours", direction="out"), line("lost", in_reply_to="nowhere")]
    for n, seed in enumerate((1, 2, 3)):
        order = [{**each, "account": f"shuffle {n}"} for each in random.Random(seed).sample(lines, len(lines))]
        await run(store, written(tmp_path / f"{n}.jsonl", *order))
    found = await rows(
        store,
        "SELECT a.name, group_concat(remote_id) FROM (SELECT * FROM message ORDER BY remote_id) m"
        " JOIN account a ON a.id = m.account_id WHERE conversation_id IS NOT NULL GROUP BY conversation_id",
    )
    assert sorted(found) == [(f"shuffle {n}", ids) for n in range(3) for ids in ("a,b,c", "alone", "lost")]


async def test_a_place_is_a_topic_and_no_conversation(store: Store, tmp_path: Path) -> None:
    reviews = [line(f"r{n}", kind="review", conversation=f"place-{n % 3}") for n in range(30)]
    comments = [line(f"c{n}", conversation="video", topic="Un film") for n in range(20)]
    private = [line(f"d{n}", kind="dm", conversation=f"dm-{n % 2}") for n in range(6)]
    await run(store, written(tmp_path / "a.jsonl", *reviews, *comments, *private))
    kinds = (
        "SELECT kind, count(*), count(DISTINCT topic_id), max(is_private) FROM conversation GROUP BY kind ORDER BY 1"
    )
    assert await rows(store, kinds) == [("comment", 20, 1, 0), ("dm", 2, 2, 1), ("review", 30, 3, 0)]
    (topic_id,) = (await rows(store, "SELECT id FROM topic WHERE key = 'video'"))[0]
    topic = await store.read(topics.get, topic_id)
    assert topic is not None
    assert topic.title == "Un film"


async def test_times_are_known_as_well_as_they_are_written(store: Store, tmp_path: Path) -> None:
    told = {
        "zone": "2015-02-24T11:15:00-08:00",
        "utc": "2015-02-24T11:15:00Z",
        "none": "2015-02-24T11:15:00",
        "day": "2015-02-24",
        "empty": "",
        "first": "0001-01-01",
        "last": "9999-12-31T23:59:59-12:00",
    }
    await run(store, written(tmp_path / "a.jsonl", *(line(key, created_at=at) for key, at in told.items()), line("no")))
    found = await rows(store, "SELECT remote_id, precision, created_ms / 3600000 % 24 FROM message")
    assert {key: (precision, hour) for key, precision, hour in found} == {
        "zone": ("instant", 19),
        "utc": ("instant", 11),
        "none": ("assumed_utc", 11),
        "day": ("day", 0),
        "empty": ("unknown", None),
        "first": ("unknown", None),
        "last": ("unknown", None),
        "no": ("unknown", None),
    }


async def test_odd_authors_texts_and_keys_are_kept(store: Store, tmp_path: Path) -> None:
    await run(
        store,
        written(
            tmp_path / "a.jsonl",
            '{"id": 7, "network": "x", "kind": "comment", "author": "\\u200b", "text": "", "labels": {"stars": 4}}',
            '{"id": "b", "network": "x", "kind": "comment", "author": null, "text": "\\ud800", "in_reply_to": "7"}',
            '{"id": "c", "network": "x", "kind": "comment", "author": "\\u200b", "text": "again"}',
        ),
    )
    first, second, third = await store.read(messages.get_rows, [1, 2, 3])
    assert (first.remote_id, first.text, second.text) == ("7", "", "\ufffd")
    assert len({first.author_id, second.author_id, third.author_id}) == 3
    assert (await store.read(messages.target_of, 1)).extra == {"labels": '{"stars": 4}'}


async def test_a_line_may_name_its_account_but_not_one_of_another_network(store: Store, tmp_path: Path) -> None:
    await store.write(accounts.add, "acme", "mastodon", "", "", {}, None, 0)
    done = await run(
        store, written(tmp_path / "a.jsonl", line("1", network="mastodon", account="acme"), line("2", account="acme"))
    )
    assert (done.new, done.skipped) == (1, 1)
    assert "acme" in done.problems[0].reason
    assert await rows(store, "SELECT count(*) FROM account") == [(1,)]


async def test_a_large_import_is_one_go(store: Store, tmp_path: Path) -> None:
    lines = [line(str(n), in_reply_to=str(n - 1) if n % 3 else None) for n in range(2500)]
    done = await run(store, written(tmp_path / "a.jsonl.gz", *lines[::-1]))
    assert (done.read, done.new) == (2500, 2500)
    assert await rows(store, "SELECT count(*) FROM conversation") == [(834,)]


def test_a_line_says_nothing_of_what_a_person_wrote_when_it_is_wrong() -> None:
    with pytest.raises(ValueError, match="kind must be") as error:
        parse(json.dumps(line("1", kind="secret words", text="secret words")).encode())
    assert "secret" not in str(error.value)
