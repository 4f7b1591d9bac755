"""What listening feeds brought: who met a message, whom it is about, and how often each is spoken of."""

from __future__ import annotations

import sqlite3

from cminbox.model.numbers import Place
from cminbox.store import kpi
from cminbox.store.database import Tx

US = "us"
"""Of what is about us; competitors are `competitor:NAME`."""


def note(tx: Tx, message_id: int, account_id: int, about: str | None) -> None:
    """Remember that a listening feed of an account brought a message, and whom it is about; once, however often.

    None: it came in another way, and nothing is to be remembered.
    """
    if about is None:
        return
    tx.db.execute(
        "INSERT OR IGNORE INTO listened (message_id, account_id, about, at_ms)"
        " SELECT id, ?, ?, at_ms FROM message WHERE id = ?",
        (account_id, about, message_id),
    )


def voices(db: sqlite3.Connection, since_ms: int, until_ms: int, place: Place) -> dict[str, tuple[str, int]]:
    """What the share of voice is made of, who is spoken of most first: by whom messages are about, in small letters,
    how that is written and how many there are.
    """
    inner = kpi.statement("share_of_voice", place).partition("count(*)\n")[2]
    found = db.execute(
        f"SELECT about, min(named), count(*) {inner} GROUP BY about ORDER BY 3 DESC, 1",
        kpi.values(since_ms, until_ms, place),
    )
    return {row[0]: (row[1], row[2]) for row in found}


def behind(db: sqlite3.Connection, about: str, since_ms: int, until_ms: int, place: Place) -> tuple[int, ...]:
    """The conversations with a message about one of them, the newest first."""
    inner = kpi.statement("share_of_voice", place).partition("count(*)\n")[2]
    rows = db.execute(
        f"SELECT id FROM conversation WHERE id IN (SELECT id {inner} WHERE about = lower(:about))"
        " ORDER BY shown_ms DESC, id DESC",
        {**kpi.values(since_ms, until_ms, place), "about": about},
    )
    return tuple(row[0] for row in rows)
