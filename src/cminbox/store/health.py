"""Whether the database is sound, and how large it is."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Health:
    """What a look at the database found. `problems` are SQLite's own words; empty: it is sound. Sizes in bytes."""

    path: Path
    schema: int
    size: int
    wal_size: int
    conversations: int
    messages: int
    aside: int
    problems: tuple[str, ...] = ()


def check(db: sqlite3.Connection, path: Path, thorough: bool = True) -> Health:
    """Look at the database; `thorough` also compares every index with its table, which reads all of it."""
    pragma = "integrity_check" if thorough else "quick_check"
    found = [str(row[0]) for row in db.execute(f"PRAGMA {pragma}(20)")]
    return Health(
        path=path,
        schema=_number(db, "PRAGMA user_version"),
        size=path.stat().st_size,
        wal_size=_size(path.with_name(path.name + "-wal")),
        conversations=_number(db, "SELECT count(*) FROM conversation"),
        messages=_number(db, "SELECT count(*) FROM message"),
        aside=_number(db, "SELECT count(*) FROM set_aside"),
        problems=tuple(each for each in found if each != "ok"),
    )


def _number(db: sqlite3.Connection, sql: str) -> int:
    return int(db.execute(sql).fetchone()[0])


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def holdings(db: sqlite3.Connection) -> tuple[int, int]:
    """How many conversations there are, and how many inbound messages. Reads the whole table."""
    inbound = _number(db, "SELECT count(*) FROM message WHERE direction = 'in'")
    return _number(db, "SELECT count(*) FROM conversation"), inbound
