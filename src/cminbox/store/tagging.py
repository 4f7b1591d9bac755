"""Which conversations carry which tags, with the columns of the conversation that the indices of tags repeat."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from cminbox.store.database import Tx

_COPIED = "state, network_id, assignee, shown_ms, waits_ms"


def follow(tx: Tx, conversation_ids: Iterable[int]) -> None:
    """Repeat what conversations are now in the rows of their tags, at the end of a transaction that touched them."""
    if tx.db.execute("SELECT 1 FROM conversation_tag LIMIT 1").fetchone() is None:
        return
    tx.db.execute(
        f"UPDATE conversation_tag AS g SET ({_COPIED}) ="
        f" (SELECT {_COPIED} FROM conversation WHERE id = g.conversation_id)"
        " WHERE (g.conversation_id, g.tag_id) IN (SELECT h.conversation_id, h.tag_id FROM json_each(?) j"
        " JOIN conversation_tag h ON h.conversation_id = j.value JOIN conversation c ON c.id = j.value"
        " WHERE (h.state, h.network_id, h.assignee, h.shown_ms, h.waits_ms)"
        " IS NOT (c.state, c.network_id, c.assignee, c.shown_ms, c.waits_ms))",
        (json.dumps(list(conversation_ids)),),
    )


def put(tx: Tx, conversation_id: int, tag_id: int) -> bool:
    """Give a conversation a tag; False where it has it already."""
    tx.touch(conversation_id)
    new = tx.db.execute(
        f"INSERT OR IGNORE INTO conversation_tag (tag_id, conversation_id, {_COPIED})"
        f" SELECT ?, id, {_COPIED} FROM conversation WHERE id = ?",
        (tag_id, conversation_id),
    )
    if new.rowcount:
        tx.db.execute("UPDATE tag SET deleted = 0 WHERE id = ? AND deleted", (tag_id,))
    return new.rowcount > 0


def take(tx: Tx, conversation_id: int, tag_id: int) -> bool:
    """Take a tag off a conversation; False where it does not have it."""
    tx.touch(conversation_id)
    gone = tx.db.execute(
        "DELETE FROM conversation_tag WHERE conversation_id = ? AND tag_id = ?", (conversation_id, tag_id)
    )
    return gone.rowcount > 0


def join(tx: Tx, kept: int, gone: int) -> None:
    """Two conversations are one: it has the tags of both."""
    for tag_id in of(tx.db, gone):
        put(tx, kept, tag_id)
    tx.db.execute("DELETE FROM conversation_tag WHERE conversation_id = ?", (gone,))


def of(db: sqlite3.Connection, conversation_id: int) -> frozenset[int]:
    """The tags (ids) of a conversation."""
    rows = db.execute("SELECT tag_id FROM conversation_tag WHERE conversation_id = ?", (conversation_id,))
    return frozenset(row["tag_id"] for row in rows)


def tagged(db: sqlite3.Connection, tag_id: int) -> list[int]:
    """The conversations with a tag."""
    rows = db.execute("SELECT conversation_id FROM conversation_tag WHERE tag_id = ? ORDER BY 1", (tag_id,))
    return [row["conversation_id"] for row in rows]
