"""People: who wrote, and what they are called now."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cminbox.model.content import Author
from cminbox.model.rows import PersonRow
from cminbox.store import naming
from cminbox.store.database import Tx
from cminbox.text import storable

# What a colleague says goes before the network's word, and that before what is known of a linked handle.
_SELECT = (
    "SELECT p.id, n.name AS network, p.remote_id, p.handle, p.name, coalesce("
    "(SELECT k.first_name FROM person_called k WHERE k.id = p.called_id), nullif(p.first_name, ''),"
    " (SELECT coalesce(k.first_name, o.first_name) FROM person o LEFT JOIN person_called k ON k.id = o.called_id"
    "  WHERE o.human_id = p.human_id AND coalesce(k.first_name, o.first_name) <> ''"
    "  ORDER BY k.id IS NULL, k.id DESC, o.id LIMIT 1), '') AS first_name, p.url, p.is_bot, p.is_us"
    " FROM person p JOIN network n ON n.id = p.network_id"
)


def upsert(tx: Tx, network_id: int, author: Author) -> int:
    """Enter a person, or bring up to date what the network says of one, and return the id.

    What the author leaves empty stays as it was. Whether somebody is a bot is what was said last; who is one of us
    stays so.
    """
    remote_id, handle, name, first_name = map(
        storable, (author.remote_id, author.handle, author.name, author.first_name)
    )
    url = storable(author.url) if author.url else None
    row = tx.db.execute(
        "SELECT id, handle, name, first_name, url, is_bot, is_us FROM person WHERE network_id = ? AND remote_id = ?",
        (network_id, remote_id),
    ).fetchone()
    if row is None:
        row = tx.db.execute(
            "INSERT INTO person (network_id, remote_id, handle, name, first_name, url, is_bot, is_us, first_seen_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (network_id, remote_id, handle, name, first_name, url, author.is_bot, author.is_us, tx.now_ms),
        ).fetchone()
        return int(row["id"])
    was = tuple(row)[1:]
    now = (
        handle or row["handle"],
        name or row["name"],
        first_name or row["first_name"],
        url or row["url"],
        int(author.is_bot),
        int(author.is_us or row["is_us"]),
    )
    if now != was:
        if now[:2] != was[:2]:
            naming.renamed(tx, "person", row["id"], who(row["handle"], row["name"]))
        tx.db.execute(
            "UPDATE person SET handle = ?, name = ?, first_name = ?, url = ?, is_bot = ?, is_us = ? WHERE id = ?",
            (*now, row["id"]),
        )
    return int(row["id"])


def known(tx: Tx, network_id: int, remote_id: str) -> int:
    """The id of a person of whom only the remote id is known, entered on the first time."""
    remote_id = storable(remote_id)
    row = tx.db.execute(
        "SELECT id FROM person WHERE network_id = ? AND remote_id = ?", (network_id, remote_id)
    ).fetchone()
    if row is None:
        row = tx.db.execute(
            "INSERT INTO person (network_id, remote_id, first_seen_ms) VALUES (?, ?, ?) RETURNING id",
            (network_id, remote_id, tx.now_ms),
        ).fetchone()
    return int(row["id"])


def by_remote(db: sqlite3.Connection, network_id: int, remote_id: str) -> int | None:
    """The id of the person whom a network knows by a remote id, or None."""
    row = db.execute(
        "SELECT id FROM person WHERE network_id = ? AND remote_id = ?", (network_id, storable(remote_id))
    ).fetchone()
    return int(row["id"]) if row else None


def who(handle: str, name: str) -> str:
    """What the full-text index holds of a person."""
    return f"{handle} {name}".strip()


def get(db: sqlite3.Connection, person_id: int) -> PersonRow | None:
    """A person by id, or None."""
    row = db.execute(f"{_SELECT} WHERE p.id = ?", (person_id,)).fetchone()
    return _person(row) if row else None


def rows(db: sqlite3.Connection, ids: Iterable[int]) -> dict[int, PersonRow]:
    """People by id; who is not there is left out."""
    wanted = sorted(set(ids))
    marks = ",".join("?" * len(wanted))
    return {row["id"]: _person(row) for row in db.execute(f"{_SELECT} WHERE p.id IN ({marks})", wanted)}


def is_bot(db: sqlite3.Connection, network_id: int, remote_id: str) -> bool | None:
    """Whether somebody is known as automated; None for somebody new."""
    row = db.execute(
        "SELECT is_bot FROM person WHERE network_id = ? AND remote_id = ?", (network_id, remote_id)
    ).fetchone()
    return bool(row["is_bot"]) if row else None


def conversations_of(db: sqlite3.Connection, person_id: int) -> list[int]:
    """The conversations that somebody wrote in."""
    rows = db.execute(
        "SELECT DISTINCT conversation_id FROM message WHERE person_id = ? AND conversation_id IS NOT NULL", (person_id,)
    )
    return [row["conversation_id"] for row in rows]


def _person(row: sqlite3.Row) -> PersonRow:
    return PersonRow(
        id=row["id"],
        network=row["network"],
        remote_id=row["remote_id"],
        handle=row["handle"],
        name=row["name"],
        first_name=row["first_name"],
        url=row["url"],
        is_bot=bool(row["is_bot"]),
        is_us=bool(row["is_us"]),
    )
