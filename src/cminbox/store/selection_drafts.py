"""Answers to a selection while they are written: one public and one private text for each colleague."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cminbox.clock import from_ms
from cminbox.store.database import Tx
from cminbox.text import storable


@dataclass(frozen=True)
class SelectionDraft:
    """A text (raw) that nobody sent yet, and the conversations it was begun for."""

    text: str
    private: bool
    conversations: tuple[int, ...]
    saved_at: datetime


def save(tx: Tx, by: int, text: str, conversations: Sequence[int], *, private: bool) -> None:
    """Keep a text (an empty one: drop the draft)."""
    if not text.strip():
        drop(tx, by, private=private)
        return
    tx.db.execute(
        "INSERT OR REPLACE INTO selection_draft (by, private, text, conversations, saved_ms) VALUES (?, ?, ?, ?, ?)",
        (by, private, storable(text), json.dumps(list(conversations)), tx.now_ms),
    )


def drop(tx: Tx, by: int, *, private: bool) -> bool:
    """Forget a draft. False where there was none."""
    return tx.db.execute("DELETE FROM selection_draft WHERE by = ? AND private = ?", (by, private)).rowcount > 0


def of_colleague(db: sqlite3.Connection, by: int) -> list[SelectionDraft]:
    """A colleague's drafts to selections, the public one first."""
    rows = db.execute(
        "SELECT text, private, conversations, saved_ms FROM selection_draft WHERE by = ? ORDER BY private", (by,)
    )
    return [
        SelectionDraft(
            row["text"], bool(row["private"]), tuple(json.loads(row["conversations"])), from_ms(row["saved_ms"])
        )
        for row in rows
    ]
