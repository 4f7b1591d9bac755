"""Under which names messages stand in the full-text index.

The index keeps no texts: to take a message out, what was put in must be given again. A person or a topic may be called
something else since; the older name is kept here, with the newest message that it holds for.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

from cminbox.store.database import Tx

Scope = Literal["person", "topic"]


def renamed(tx: Tx, scope: Scope, scope_id: int, text: str) -> None:
    """Remember that every message so far is indexed under `text`; call before the new name is written."""
    tx.db.execute(
        "INSERT OR IGNORE INTO indexed_as SELECT ?, ?, coalesce(max(id), 0), ? FROM message", (scope, scope_id, text)
    )


def at(db: sqlite3.Connection, scope: Scope, scope_id: int | None, message_id: int, now: str) -> str:
    """The name that a message was indexed under: an older one where there is one that holds for it, else `now`."""
    row = db.execute(
        "SELECT text FROM indexed_as WHERE scope = ? AND scope_id = ? AND until_message_id >= ?"
        " ORDER BY until_message_id LIMIT 1",
        (scope, scope_id, message_id),
    ).fetchone()
    return str(row["text"]) if row else now
