"""What acts say of a message: the latest of a kind about it, and what an edit of ours replaces."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cminbox.model.base import ActVerb
from cminbox.model.rows import ActRow
from cminbox.store import outbox
from cminbox.store.database import Tx


def keep_former(tx: Tx, act_id: int, text: str) -> None:
    """Keep the text that an edit of ours replaces, for its undo."""
    tx.db.execute("UPDATE act SET former_text = ? WHERE id = ?", (text, act_id))


def latest(
    db: sqlite3.Connection, conversation_id: int, message_id: int, verbs: Iterable[ActVerb], *, whoever: bool = False
) -> ActRow | None:
    """The newest act of these verbs about a message (`whoever`: about any message of its author) that counts.

    Of one conversation; failed and cancelled acts do not count. None where there is none.
    """
    wanted = [verb.value for verb in verbs]
    same = "t.person_id IS m.person_id" if whoever else "t.id = m.id"
    row = db.execute(
        "SELECT a.id FROM act a JOIN message t ON t.id = a.message_id JOIN message m ON m.id = ?"
        f" WHERE a.conversation_id = ? AND {same} AND a.verb IN ({','.join('?' * len(wanted))})"
        " AND a.state NOT IN ('failed', 'cancelled') ORDER BY a.id DESC LIMIT 1",
        (message_id, conversation_id, *wanted),
    ).fetchone()
    return outbox.get(db, row["id"]) if row else None
