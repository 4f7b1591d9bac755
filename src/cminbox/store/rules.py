"""What rules did: their numbers, one row for each of their verbs that is through, and whose word a state is."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from cminbox.model.base import ConversationState
from cminbox.store import accounts
from cminbox.store.database import Tx
from cminbox.store.standing import Standing

ACTOR: Final = "[rules]"
"""The colleague that rules work as. No person can be called so (config.identity)."""

_PUT_AWAY = (ConversationState.DONE.value, ConversationState.SPAM.value)


def actor(db: sqlite3.Connection) -> int | None:
    """The number of the colleague that rules work as; None while no rule did anything yet."""
    row = db.execute("SELECT id FROM colleague WHERE name = ?", (ACTOR,)).fetchone()
    return int(row["id"]) if row else None


def ensure_actor(tx: Tx) -> int:
    """The same, entered on the first time."""
    return accounts.colleague_id(tx, ACTOR)


def whose_word(db: sqlite3.Connection, by: int, now: Standing, state: str) -> dict[str, Any]:
    """What a verb that gives a conversation `state` makes of the mark that a rule put it away, where that changes."""
    moved_to = str(state) if str(state) in _PUT_AWAY and by == actor(db) else None
    return {} if moved_to == now.moved_to else {"moved_to": moved_to}
