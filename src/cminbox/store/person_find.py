"""Finding people: by handle, by what is known of those met last, one page after the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from cminbox.clock import from_ms
from cminbox.model.people import PersonLine
from cminbox.store import people

KNOWN = 20_000
"""How many of the people met last a fuzzy search goes through; those before are found by the start of their handle."""


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody to be found: the number and what they are called (raw)."""

    id: int
    handle: str
    name: str


def met_last(db: sqlite3.Connection, limit: int = KNOWN) -> list[Named]:
    """Those who were met last, the latest first; none of us, nobody erased."""
    rows = db.execute(
        "SELECT id, handle, name FROM person WHERE NOT is_us AND erased_ms IS NULL ORDER BY id DESC LIMIT ?", (limit,)
    )
    return [Named(*row) for row in rows]


def begin_with(db: sqlite3.Connection, typed: str, limit: int) -> list[Named]:
    """Those whose handle begins with what was typed, in any case of ASCII letters, on any network."""
    found: dict[int, Named] = {}
    start = typed.lstrip("@")
    if not start:
        return []
    networks = [row["id"] for row in db.execute("SELECT id FROM network ORDER BY id")]
    for each in (start, f"@{start}"):
        for network_id in networks:
            rows = db.execute(
                "SELECT id, handle, name FROM person INDEXED BY person_by_handle WHERE network_id = ?1"
                " AND handle >= ?2 COLLATE NOCASE AND handle < ?3 COLLATE NOCASE"
                " AND NOT is_us AND erased_ms IS NULL LIMIT ?4",
                (network_id, each, each + "\U0010ffff", limit),
            )
            found |= {row["id"]: Named(*row) for row in rows}
    return list(found.values())[:limit]


def by_handle(db: sqlite3.Connection, network: str, handle: str) -> list[int]:
    """Those of a network with a handle (with or without its @, in any case of ASCII letters), else a remote id."""
    bare = handle.removeprefix("@")
    rows = db.execute(
        "SELECT p.id FROM network n JOIN person p INDEXED BY person_by_handle ON p.network_id = n.id"
        " WHERE n.name = ?1 AND p.handle COLLATE NOCASE IN (?2, ?3) ORDER BY p.id",
        (network, bare, f"@{bare}"),
    ).fetchall()
    if not rows:
        rows = db.execute(
            "SELECT p.id FROM network n JOIN person p ON p.network_id = n.id WHERE n.name = ? AND p.remote_id = ?",
            (network, handle),
        ).fetchall()
    return [row["id"] for row in rows]


def lines(db: sqlite3.Connection, ids: Sequence[int]) -> list[PersonLine]:
    """People as lines of a list, in the order asked; who is not there is left out."""
    who = people.rows(db, ids)
    found = []
    for person_id in ids:
        row = db.execute(
            "SELECT first_seen_ms, erased_ms IS NOT NULL AS erased, (SELECT count(*) FROM person o"
            " WHERE o.human_id = p.human_id) AS handles FROM person p WHERE p.id = ?",
            (person_id,),
        ).fetchone()
        if row is not None:
            found.append(
                PersonLine(
                    person=who[person_id],
                    handles=max(1, row["handles"]),
                    first_seen_at=from_ms(row["first_seen_ms"]),
                    erased=bool(row["erased"]),
                )
            )
    return found
