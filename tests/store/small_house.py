"""A store with a few accounts, and conversations made by plain SQL: for tests of what reads and counts them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cminbox.clock import SimulatedClock, to_ms
from cminbox.store.database import Store, Tx

NETWORKS = ("mastodon", "matrix", "wordpress")
BRANDS = ("Lumière", "Nord")
ACCOUNTS = (("ana", 1, 1), ("bob", 1, 2), ("room", 2, 1), ("blog", 3, None))
"""(name, network id, brand id); ids count from 1."""
COLLEAGUES = ("léa", "marc")
START_MS = to_ms(SimulatedClock().now())
KINDS = ("comment", "mention", "dm", "review")


@asynccontextmanager
async def small_house(folder: Path) -> AsyncIterator[Store]:
    """An open store at `folder`/t.db with networks, brands, accounts, colleagues and a person per network."""
    store = await Store.open(folder / "t.db", SimulatedClock())
    try:
        await store.write(_furnish)
        yield store
    finally:
        await store.close()


def _furnish(tx: Tx) -> None:
    for table, names in (("network", NETWORKS), ("brand", BRANDS), ("colleague", COLLEAGUES)):
        tx.db.executemany(f"INSERT INTO {table} (name) VALUES (?)", [(name,) for name in names])
    for name, network_id, brand_id in ACCOUNTS:
        tx.db.execute(
            "INSERT INTO account (name, network_id, brand_id, state, connected_ms, since_ms)"
            " VALUES (?, ?, ?, 'active', ?, ?)",
            (name, network_id, brand_id, START_MS, START_MS),
        )
    for network_id in range(1, len(NETWORKS) + 1):
        add_person(tx, network_id, handle=f"person{network_id}", name=f"Person {network_id}")


def insert(tx: Tx, table: str, **fields: Any) -> int:
    """One row of a table; its id."""
    names, marks = ", ".join(fields), ", ".join("?" * len(fields))
    return int(tx.db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(fields.values())).lastrowid or 0)


def add_person(tx: Tx, network_id: int, *, handle: str = "", name: str = "") -> int:
    """A person of a network."""
    remote_id = f"{network_id}/{handle or name}"
    return insert(
        tx, "person", network_id=network_id, remote_id=remote_id, handle=handle, name=name, first_seen_ms=START_MS
    )


def add_message(tx: Tx, conversation_id: int | None, at_ms: int, text: str = "hello", **more: Any) -> int:
    """A message of a conversation (account 1 unless said)."""
    fields: dict[str, Any] = {
        "account_id": 1,
        "conversation_id": conversation_id,
        "direction": "in",
        "kind": "comment",
        "audience": "public",
        "state": "shown",
        "text": text,
        "created_ms": at_ms,
        "received_ms": at_ms,
        "at_ms": at_ms,
    }
    return insert(tx, "message", **(fields | more))


def add_conversation(tx: Tx, at_ms: int = START_MS, text: str | None = "hello", **more: Any) -> int:
    """A conversation with one message (none where `text` is None), counted; network and brand are the account's."""
    account_id = int(more.get("account_id", 1))
    _, network_id, brand_id = ACCOUNTS[account_id - 1]
    conversation_id = int(tx.db.execute("SELECT ifnull(max(id), 0) + 1 FROM conversation").fetchone()[0])
    tx.touch(conversation_id)
    fields: dict[str, Any] = {
        "id": conversation_id,
        "account_id": account_id,
        "network_id": network_id,
        "brand_id": brand_id,
        "kind": "comment",
        "state": "open",
        "person_id": network_id,
        "shown_ms": at_ms,
        "last_ms": at_ms,
        "unread": 1,
    }
    insert(tx, "conversation", **(fields | more))
    if text is not None:
        person_id = more.get("person_id", network_id)
        kind = more.get("kind", "comment")
        message_id = add_message(
            tx, conversation_id, at_ms, text, account_id=account_id, person_id=person_id, kind=kind
        )
        tx.db.execute("UPDATE conversation SET shown_message_id = ? WHERE id = ?", (message_id, conversation_id))
    return conversation_id


def change(tx: Tx, conversation_id: int, **fields: Any) -> None:
    """Change columns of a conversation as every verb must: touched first."""
    tx.touch(conversation_id)
    sets = ", ".join(f"{name} = ?" for name in fields)
    tx.db.execute(f"UPDATE conversation SET {sets} WHERE id = ?", (*fields.values(), conversation_id))
