"""How a process that does not read asks the one that does for a round: two numbers in `meta`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from cminbox.store.database import Tx

_WANTED = "round_wanted"
_DONE = "round_done"


def ask(tx: Tx) -> int:
    """Ask for a round that begins after now. Returns its number, for `done`."""
    number = max(wanted(tx.db), _done(tx.db)[0]) + 1
    _put(tx, _WANTED, str(number))
    return number


def wanted(db: sqlite3.Connection) -> int:
    """The number of the newest round that anybody asked for (0: none ever)."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_WANTED,)).fetchone()
    return 0 if row is None else int(row[0])


def open_wish(db: sqlite3.Connection) -> int | None:
    """The number of the round that somebody still waits for, or None."""
    number = wanted(db)
    return number if number > _done(db)[0] else None


def finish(tx: Tx, number: int, summary: Mapping[str, Any]) -> None:
    """Say that a round which began after wish `number` was made is over, and what came of it (JSON-able)."""
    if number > _done(tx.db)[0]:
        _put(tx, _DONE, json.dumps({"number": number, "summary": dict(summary)}))


def result(db: sqlite3.Connection, number: int) -> dict[str, Any] | None:
    """What came of the first finished round that answers wish `number`, or None while there is none."""
    done, summary = _done(db)
    return summary if done >= number else None


def _done(db: sqlite3.Connection) -> tuple[int, dict[str, Any]]:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_DONE,)).fetchone()
    if row is None:
        return 0, {}
    value = json.loads(row[0])
    return int(value["number"]), value["summary"]


def _put(tx: Tx, key: str, value: str) -> None:
    tx.db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))
