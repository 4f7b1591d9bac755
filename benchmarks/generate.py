"""Make a home with N conversations: `python benchmarks/generate.py N FOLDER`, then `CMINBOX_HOME=FOLDER cminbox`.

The same N always gives the same store. A day brings 3,000 conversations whatever N is, so a larger store is one that
ran longer. One in eight is open. There are twelve accounts on five networks for four brands, a topic under which one
conversation in twenty stands, and a person who wrote one in a hundred. The accounts are in state "import": nothing is
read or sent.
"""

from __future__ import annotations

import itertools
import random
import re
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cminbox.clock import to_ms
from cminbox.paths import Home
from cminbox.store import counters, people, search
from cminbox.store.database import Tx, connect, migrate

END_MS = to_ms(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
APART_MS = 86_400_000 // 3000
NETWORKS = ("mastodon", "matrix", "wordpress", "bluesky", "reddit")
BRANDS = ("Lumière", "Nord", "Atelier Sept", "Velo+")
COLLEAGUES = ("léa", "marc", "sofia", "tom")
ACCOUNTS = tuple((f"{NETWORKS[i % 5]}-{i}", i % 5 + 1, i % 4 + 1) for i in range(12))
KINDS, KIND_WEIGHTS = ("comment", "mention", "dm", "review"), (60, 15, 15, 10)
STATES, STATE_WEIGHTS = ("done", "open", "waiting", "snoozed", "spam"), (795, 125, 40, 20, 20)
NAMES = ("ana", "jules", "mira", "tom", "léa", "hugo", "inès", "noah", "zoé", "omar", "eva", "paul", "nina", "aya")
_TALK = """bonjour commande colis livraison retard train remboursement toujours reçu merci depuis lundi pas de nouvelles
le la suivi marche lien site compte bloqué code promo where is my order still waiting refund please thanks great service
never again étudiant tarif carte abonnement annulé horaires demain magasin taille couleur échange bonne journée"""
WORDS = tuple(re.findall(r"\w+", _TALK))
REPLIES = (
    "Bonjour, nous regardons cela tout de suite.",
    "Merci ! Le colis part ce soir.",
    "Fixed, sorry for the wait.",
)
BATCH = 5_000


def main(n: int, folder: Path) -> None:
    began = time.perf_counter()
    home = Home.at(folder)
    home.make()
    db = connect(home.database)
    migrate(db, home.database)
    if db.execute("SELECT count(*) FROM account").fetchone()[0]:
        sys.exit(f"{home.database} has accounts already: choose an empty folder.")
    db.execute("PRAGMA synchronous = OFF")
    db.execute("BEGIN IMMEDIATE")
    fill(Tx(db, END_MS), n)
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    size = home.database.stat().st_size / 1e6
    print(f"{n} conversations, {size:.0f} MB, {time.perf_counter() - began:.0f} s: CMINBOX_HOME={folder}")


def fill(tx: Tx, n: int) -> None:
    """N conversations with what belongs to them; indices are made at the end, which is faster and gives the same."""
    rng = random.Random(20260302)
    _surroundings(tx, n)
    made = tx.db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for name, _ in made:
        tx.db.execute(f"DROP INDEX {name}")
    buckets: Counter[tuple[int, int, str]] = Counter()
    conversations = _conversations(n, rng)
    while batch := list(itertools.islice(conversations, BATCH)):
        _insert(tx.db, "conversation", [one for one, _ in batch])
        messages = [message for _, written in batch for message in written]
        _insert(tx.db, "message", messages)
        _insert(tx.db, "response", [response for one, written in batch for response in _responses(one, written)])
        _insert(tx.db, "journal", [entry for one, written in batch for entry in _journal(one, written)])
        _insert(tx.db, "participant", [_participant(one) for one, _ in batch])
        _insert(tx.db, "remote", [_remote(message) for message in messages])
        search.index(tx, [_texts(message) for message in messages])
        for message in messages:
            name = "received" if message["direction"] == "in" else "replied"
            buckets[message["account_id"], message["at_ms"] // counters.QUARTER_MS, name] += 1
    tx.db.executemany(
        "INSERT INTO bucket (account_id, quarter, name, n) VALUES (?, ?, ?, ?)", [(*k, v) for k, v in buckets.items()]
    )
    for _, sql in made:
        tx.db.execute(sql)
    tx.db.executemany(
        "INSERT INTO gauge (scope, scope_id, name, n) VALUES (?, ?, ?, ?)",
        [(*gauge, count) for gauge, count in counters.recount(tx.db).items()],
    )
    tx.db.execute("INSERT INTO fts (fts) VALUES ('optimize')")


def topics_of(n: int) -> int:
    return max(2, n // 200)


def people_of(n: int) -> int:
    return max(3, n // 3)


def _surroundings(tx: Tx, n: int) -> None:
    for table, names in (("network", NETWORKS), ("brand", BRANDS), ("colleague", COLLEAGUES)):
        tx.db.executemany(f"INSERT INTO {table} (name) VALUES (?)", [(name,) for name in names])
    for name, network_id, brand_id in ACCOUNTS:
        tx.db.execute(
            "INSERT INTO account (name, network_id, brand_id, url, state, connected_ms, since_ms)"
            " VALUES (?, ?, ?, 'https://example.org', 'import', 0, 0)",
            (name, network_id, brand_id),
        )
    persons = (
        {
            "id": i,
            "network_id": i % 5 + 1,
            "remote_id": f"p{i}",
            "handle": _names(i)[0],
            "name": _names(i)[1],
            "first_seen_ms": END_MS,
        }
        for i in range(1, people_of(n) + 1)
    )
    _insert(tx.db, "person", persons)
    topics = (
        {
            "id": i,
            "account_id": i % len(ACCOUNTS) + 1,
            "key": f"t{i}",
            "title": _title(i),
            "is_ours": 1,
            "at_ms": END_MS,
        }
        for i in range(1, topics_of(n) + 1)
    )
    _insert(tx.db, "topic", topics)


def _conversations(n: int, rng: random.Random) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Conversations, the oldest first, each with its messages."""
    message_id = 0
    for i in range(1, n + 1):
        at_ms = END_MS - (n - i) * APART_MS - rng.randrange(APART_MS)
        kind = rng.choices(KINDS, KIND_WEIGHTS)[0]
        state = rng.choices(STATES, STATE_WEIGHTS)[0]
        topic_id = None if kind == "dm" else 1 if rng.random() < 0.06 else rng.randrange(2, topics_of(n) + 1)
        account_id = i % len(ACCOUNTS) + 1 if topic_id is None else topic_id % len(ACCOUNTS) + 1
        _, network_id, brand_id = ACCOUNTS[account_id - 1]
        waits = state in ("open", "snoozed") and rng.random() < 0.85
        answered = state in ("done", "waiting") and rng.random() < 0.8
        person_id = 1 if rng.random() < 0.01 else rng.randrange(2, people_of(n) + 1)
        common = {"account_id": account_id, "topic_id": topic_id, "kind": kind}
        written = [
            {
                **common,
                "conversation_id": i,
                "person_id": person_id,
                "direction": "in",
                "audience": "direct" if kind == "dm" else "public",
                "state": "shown",
                "text": f"{' '.join(rng.choices(WORDS, k=rng.randrange(4, 22)))} {i}",
                "at_ms": at_ms + 60_000 * k,
                "by": None,
            }
            for k in range(2 if rng.random() < 0.15 else 1)
        ]
        replied_ms = written[-1]["at_ms"] + int(rng.expovariate(1 / 600_000))
        if answered:
            answer = {"direction": "out", "person_id": None, "text": rng.choice(REPLIES), "at_ms": replied_ms}
            written.append({**written[0], **answer, "by": rng.randrange(1, len(COLLEAGUES) + 1)})
        for message in written:
            message_id += 1
            message |= {"id": message_id, "remote_id": f"r{message_id}", "created_ms": message["at_ms"]}
            message["received_ms"] = message["at_ms"] + 2_000
        shown = written[0] if waits else written[-1]
        inbound = [message for message in written if message["direction"] == "in"]
        yield (
            {
                **common,
                "id": i,
                "network_id": network_id,
                "brand_id": brand_id,
                "state": state,
                "assignee": rng.randrange(1, len(COLLEAGUES) + 1) if rng.random() < 0.2 else None,
                "star": int(rng.random() < 0.01),
                "unread": int(state == "open" and rng.random() < 0.7),
                "is_private": int(kind == "dm"),
                "person_id": person_id,
                "shown_message_id": shown["id"],
                "shown_ms": shown["at_ms"],
                "waits_ms": at_ms if waits else None,
                "waits_message_id": written[0]["id"] if waits else None,
                "first_in_ms": at_ms,
                "first_response_ms": replied_ms if answered else None,
                "last_ms": written[-1]["at_ms"],
                "last_message_id": written[-1]["id"],
                "last_in_message_id": inbound[-1]["id"],
                "reviewed_message_id": 0 if waits else inbound[-1]["id"],
                "snooze_until_ms": END_MS + 3_600_000 if state == "snoozed" else None,
            },
            written,
        )


def _responses(one: dict[str, Any], written: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "message_id": message["id"],
            "conversation_id": one["id"],
            "account_id": one["account_id"],
            "by": message["by"],
            "replied_ms": message["at_ms"],
            "first_took_ms": message["at_ms"] - one["first_in_ms"],
        }
        for message in written
        if message["direction"] == "out"
    ]


def _journal(one: dict[str, Any], written: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"at_ms": message["received_ms"], "verb": "arrived", "conversation_id": one["id"], "message_id": message["id"]}
        for message in written
        if message["direction"] == "in"
    ]


def _participant(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "conversation_id": one["id"],
        "person_id": one["person_id"],
        "answered_ms": one["first_response_ms"],
        "waits_ms": one["waits_ms"],
        "waits_message_id": one["waits_message_id"],
    }


def _remote(message: dict[str, Any]) -> dict[str, Any]:
    return {"account_id": message["account_id"], "remote_id": message["remote_id"], "message_id": message["id"]}


def _texts(message: dict[str, Any]) -> tuple[int, str, str, str]:
    """What the store itself would index of a message."""
    person_id, topic_id = message["person_id"], message["topic_id"]
    who = people.who("", "") if person_id is None else people.who(*_names(person_id))
    return message["id"], message["text"], who, "" if topic_id is None else _title(topic_id)


def _names(person_id: int) -> tuple[str, str]:
    """Handle and name of a person."""
    name = NAMES[person_id % len(NAMES)]
    return f"{name}.{person_id}", f"{name.title()} {person_id}"


def _title(topic_id: int) -> str:
    return f"{WORDS[topic_id % len(WORDS)]} {WORDS[topic_id // 7 % len(WORDS)]} {topic_id}"


def _insert(db: sqlite3.Connection, table: str, rows: Any) -> None:
    rows = iter(rows)
    if (first := next(rows, None)) is None:
        return
    names = list(first)
    db.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
        ([row[name] for name in names] for row in itertools.chain([first], rows)),
    )


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    main(int(sys.argv[1]), Path(sys.argv[2]))
