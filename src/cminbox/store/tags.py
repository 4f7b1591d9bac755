"""The tags themselves: making, finding, renaming them. What carries them is in store.tagging."""

from __future__ import annotations

import sqlite3

from cminbox.model.tags import PALETTE, TagRow
from cminbox.store.database import Tx
from cminbox.text import fold, storable


def ensure(tx: Tx, name: str, colour: str | None = None) -> int:
    """The id of a tag, made where it is not there yet. Without a colour it gets the one that fewest tags have."""
    row = tx.db.execute("SELECT id, deleted FROM tag WHERE folded = ?", (fold(name),)).fetchone()
    if row is None:
        row = tx.db.execute(
            "INSERT INTO tag (name, folded, colour) VALUES (?, ?, ?) RETURNING id, deleted",
            (storable(name), fold(name), colour or _rarest(tx.db)),
        ).fetchone()
    elif row["deleted"]:
        tx.db.execute("UPDATE tag SET deleted = 0, name = ? WHERE id = ?", (storable(name), row["id"]))
    return int(row["id"])


def find(db: sqlite3.Connection, name: str) -> int | None:
    """The id of a tag that is offered, by its name in any case and accents; None where there is none."""
    row = db.execute("SELECT id FROM tag WHERE folded = ? AND NOT deleted", (fold(name),)).fetchone()
    return int(row["id"]) if row else None


def rows(db: sqlite3.Connection) -> list[TagRow]:
    """Every tag that is offered, in the order of the alphabet."""
    found = db.execute(
        "SELECT t.id, t.name, t.colour, o.n AS open, u.n AS unanswered FROM tag t"
        " LEFT JOIN gauge o ON o.scope = 'tag' AND o.scope_id = t.id AND o.name = 'open'"
        " LEFT JOIN gauge u ON u.scope = 'tag' AND u.scope_id = t.id AND u.name = 'unanswered'"
        " WHERE NOT t.deleted ORDER BY t.folded"
    )
    return [
        TagRow(
            id=row["id"],
            name=row["name"],
            colour=row["colour"],
            open=row["open"] or 0,
            unanswered=row["unanswered"] or 0,
        )
        for row in found
    ]


def rename(tx: Tx, tag_id: int, name: str) -> None:
    """Call a tag something else. A deleted one of that name gives way to it."""
    tx.db.execute(
        "UPDATE tag SET folded = folded || char(0) || id WHERE folded = ? AND deleted AND id <> ?", (fold(name), tag_id)
    )
    tx.db.execute("UPDATE tag SET name = ?, folded = ? WHERE id = ?", (storable(name), fold(name), tag_id))


def recolour(tx: Tx, tag_id: int, colour: str) -> None:
    """Give a tag another colour of the palette."""
    tx.db.execute("UPDATE tag SET colour = ? WHERE id = ?", (colour, tag_id))


def drop(tx: Tx, tag_id: int) -> None:
    """Offer a tag no more. Putting it on a conversation (undo does) brings it back."""
    tx.db.execute("UPDATE tag SET deleted = 1 WHERE id = ?", (tag_id,))


def offer(tx: Tx, tag_id: int) -> None:
    """Offer a tag (again)."""
    tx.db.execute("UPDATE tag SET deleted = 0 WHERE id = ?", (tag_id,))


def _rarest(db: sqlite3.Connection) -> str:
    used = dict(db.execute("SELECT colour, count(*) FROM tag WHERE NOT deleted GROUP BY colour").fetchall())
    return min(PALETTE, key=lambda colour: used.get(colour, 0))
