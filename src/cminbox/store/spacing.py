"""Answers to many that leave one after the other, some time apart."""

from __future__ import annotations

import sqlite3

from cminbox.store.database import Tx


def last_ms(db: sqlite3.Connection, account_id: int) -> int | None:
    """When the last answer of an account that waits for its turn may leave; None: none does."""
    found = db.execute(
        "SELECT max(not_before_ms) FROM act INDEXED BY act_due"
        " WHERE state IN ('held', 'queued', 'sending', 'uncertain', 'review') AND state IN ('held', 'queued')"
        " AND account_id = ?",
        (account_id,),
    ).fetchone()[0]
    return None if found is None else int(found)


def put(tx: Tx, act_id: int, not_before_ms: int) -> None:
    """Let an act wait for its turn. It moves the due time, as a network's own wait does."""
    tx.db.execute("UPDATE act SET not_before_ms = ?, spaced = 1 WHERE id = ?", (not_before_ms, act_id))


def carry_over(tx: Tx, act_id: int, again: int) -> None:
    """Give an act that is written anew the same turn, behind its own hold."""
    tx.db.execute(
        "UPDATE act SET not_before_ms = act.send_at_ms + o.not_before_ms - o.send_at_ms, spaced = o.spaced FROM act o"
        " WHERE o.id = ? AND o.not_before_ms > o.send_at_ms AND act.id = ?",
        (act_id, again),
    )
