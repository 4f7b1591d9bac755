"""Templates: their wordings as versions that stay, how often each was used, and finding them by name.

A template says what its current version says; a removed one has none. Adding, editing, removing and taking any of
these back is to `turn` a template from one version to another.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from cminbox.clock import from_ms
from cminbox.model.templates import Template, Variant, Written
from cminbox.store import accounts, conversations
from cminbox.store.database import Tx
from cminbox.text import fold, storable


@dataclass(frozen=True, slots=True)
class Shelved:
    """A template without its texts: what a list or a picker goes through. `key` is the folded name."""

    id: int
    name: str
    shortcut: str
    brand: str
    folder: str
    key: str
    shortcut_key: str
    uses: int
    last_used_ms: int | None


def get(db: sqlite3.Connection, template_id: int) -> Template | None:
    """One template, or None where there is none (any more)."""
    row = db.execute(f"{_SELECT} WHERE t.id = ? AND t.version_id IS NOT NULL", (template_id,)).fetchone()
    return _template(row) if row else None


def rows(db: sqlite3.Connection, brand: str | None = None) -> list[Template]:
    """All templates with their texts, by folder and name; of one `brand` ("": those for every brand)."""
    found = db.execute(
        f"{_SELECT} WHERE t.version_id IS NOT NULL AND (?1 IS NULL OR coalesce(b.name, '') = ?1)"
        " ORDER BY v.folder, v.name_key, t.id",
        (brand,),
    )
    return [_template(row) for row in found]


def shelf(db: sqlite3.Connection) -> list[Shelved]:
    """All templates without their texts, the most used first, then by name."""
    found = db.execute(
        "SELECT t.id, v.name, v.shortcut, coalesce(b.name, ''), v.folder, v.name_key, v.shortcut_key, t.uses,"
        f" t.last_used_ms {_FROM} WHERE t.version_id IS NOT NULL ORDER BY t.uses DESC, v.name_key, t.id"
    )
    return [Shelved(*row) for row in found]


def saying(db: sqlite3.Connection, words: str) -> set[int]:
    """The ids of the templates whose texts or folder hold these words (folded alike)."""
    found = db.execute(
        f"SELECT t.id {_FROM} WHERE t.version_id IS NOT NULL AND instr(v.content_key, ?) > 0", (fold(words),)
    )
    return {int(row[0]) for row in found}


def named(db: sqlite3.Connection, name: str) -> list[int]:
    """The ids of the templates of this name, else of this shortcut, in every brand; those for all brands last."""
    key = fold(name.strip())
    for column in ("name_key", "shortcut_key"):
        found = db.execute(
            f"SELECT t.id {_FROM} WHERE t.version_id IS NOT NULL AND v.{column} = ? ORDER BY v.brand_id IS NULL, t.id",
            (key,),
        ).fetchall()
        if found and key:
            return [int(row[0]) for row in found]
    return []


def of_brand(db: sqlite3.Connection, brand: str, name: str) -> Template | None:
    """The template of a brand ("": of none) by its name; None where there is none."""
    row = db.execute(
        f"{_SELECT} WHERE t.version_id IS NOT NULL AND v.name_key = ? AND coalesce(b.name, '') = ?",
        (fold(name), brand),
    ).fetchone()
    return _template(row) if row else None


def brand_of(db: sqlite3.Connection, conversation_id: int) -> str:
    """The brand of a conversation, also of one that was joined to another; empty: none."""
    row = db.execute(
        "SELECT b.name FROM conversation c JOIN brand b ON b.id = c.brand_id WHERE c.id = ?",
        (conversations.resolve(db, conversation_id),),
    ).fetchone()
    return str(row[0]) if row else ""


def count(db: sqlite3.Connection) -> int:
    """How many templates there are."""
    return int(db.execute("SELECT count(*) FROM template WHERE version_id IS NOT NULL").fetchone()[0])


def mark(db: sqlite3.Connection) -> int:
    """A number that goes up when any template, or its uses, changed."""
    return int(db.execute("SELECT mark FROM template_mark").fetchone()[0])


def taken(db: sqlite3.Connection, written: Written, but: int | None = None) -> Template | None:
    """Another template (not `but`) of the same brand that has this name or shortcut already; None: free."""
    keys = (fold(written.name), fold(written.shortcut))
    row = db.execute(
        f"{_SELECT} WHERE t.version_id IS NOT NULL AND t.id IS NOT ? AND coalesce(b.name, '') = ?"
        " AND t.id IN (SELECT template_id FROM template_version WHERE name_key = ?"
        " UNION SELECT template_id FROM template_version WHERE shortcut_key != '' AND shortcut_key = ?)"
        " AND (v.name_key = ? OR (v.shortcut_key != '' AND v.shortcut_key = ?)) LIMIT 1",
        (but, written.brand, *keys, *keys),
    ).fetchone()
    return _template(row) if row else None


def new(tx: Tx) -> int:
    """The id of a template that says nothing yet."""
    return int(tx.db.execute("INSERT INTO template (version_id) VALUES (NULL)").lastrowid or 0)


def write(tx: Tx, template_id: int, written: Written, by: int) -> int:
    """Keep a wording of a template; returns the version's id. It is in force once the template is turned to it."""
    contents = " ".join((written.folder, *(variant.body for variant in written.variants)))
    row = tx.db.execute(
        "INSERT INTO template_version (template_id, brand_id, folder, name, shortcut, name_key, shortcut_key,"
        " content_key, variants, by, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            template_id,
            accounts.brand_id(tx, written.brand) if written.brand else None,
            storable(written.folder),
            storable(written.name),
            storable(written.shortcut),
            fold(storable(written.name)),
            fold(storable(written.shortcut)),
            fold(storable(contents)),
            storable(json.dumps([variant.model_dump() for variant in written.variants], ensure_ascii=False)),
            by,
            tx.now_ms,
        ),
    )
    return int(row.lastrowid or 0)


def turn(tx: Tx, template_id: int, from_: int | None, to: int | None) -> bool:
    """Turn a template from one version to another (None: not there). False where it is not at `from_` (any more)."""
    done = tx.db.execute(
        "UPDATE template SET version_id = ? WHERE id = ? AND version_id IS ?", (to, template_id, from_)
    ).rowcount
    _moved(tx)
    return done == 1


def version(db: sqlite3.Connection, version_id: int) -> Template | None:
    """A template as a version of it said, in force or not."""
    row = db.execute(f"{_SELECT_VERSION} WHERE v.id = ?", (version_id,)).fetchone()
    return _template(row) if row else None


def standing(db: sqlite3.Connection, template_id: int) -> tuple[int | None, str]:
    """(the version in force or None, the colleague who wrote the latest version)."""
    row = db.execute(
        "SELECT t.version_id, c.name FROM template t JOIN template_version v ON v.template_id = t.id"
        " JOIN colleague c ON c.id = v.by WHERE t.id = ? ORDER BY v.id DESC LIMIT 1",
        (template_id,),
    ).fetchone()
    return (row[0], str(row[1])) if row else (None, "")


def used(tx: Tx, act_id: int, template_id: int) -> None:
    """An act was written with a template; it counts once it is sent."""
    tx.db.execute(
        "INSERT OR REPLACE INTO template_use (act_id, template_id, version_id)"
        " SELECT ?, id, version_id FROM template WHERE id = ? AND version_id IS NOT NULL",
        (act_id, template_id),
    )


def carry_over(tx: Tx, old_act: int, new_act: int) -> None:
    """An act was written anew (redo): it comes from the same template."""
    tx.db.execute(
        "INSERT OR REPLACE INTO template_use (act_id, template_id, version_id)"
        " SELECT ?, template_id, version_id FROM template_use WHERE act_id = ?",
        (new_act, old_act),
    )


def count_use(tx: Tx, act_id: int) -> None:
    """The act was sent: its template, if it has one, was used once more. Counted once, however often it is said."""
    _recount(
        tx,
        "UPDATE template_use SET counted_ms = ? WHERE act_id = ? AND counted_ms IS NULL RETURNING template_id",
        (tx.now_ms, act_id),
        1,
    )


def uncount_use(tx: Tx, act_id: int) -> None:
    """What was sent is taken back at its network: it does not count any more."""
    _recount(
        tx,
        "UPDATE template_use SET counted_ms = NULL WHERE act_id = ? AND counted_ms IS NOT NULL RETURNING template_id",
        (act_id,),
        -1,
    )


def _recount(tx: Tx, sql: str, given: tuple[int, ...], step: int) -> None:
    row = tx.db.execute(sql, given).fetchone()
    if row is None:
        return
    tx.db.execute(
        "UPDATE template SET uses = uses + ?1, last_used_ms ="
        " (SELECT max(counted_ms) FROM template_use WHERE template_id = ?2 AND counted_ms IS NOT NULL) WHERE id = ?2",
        (step, row[0]),
    )
    _moved(tx)


def _moved(tx: Tx) -> None:
    tx.db.execute("UPDATE template_mark SET mark = mark + 1")


_FROM = "FROM template t JOIN template_version v ON v.id = t.version_id LEFT JOIN brand b ON b.id = v.brand_id"
_COLUMNS = "t.id, v.id AS version, v.name, v.shortcut, b.name AS brand, v.folder, v.variants, t.uses, t.last_used_ms"
_SELECT = f"SELECT {_COLUMNS} {_FROM}"
_SELECT_VERSION = (
    f"SELECT {_COLUMNS} FROM template t JOIN template_version v ON v.template_id = t.id"
    " LEFT JOIN brand b ON b.id = v.brand_id"
)


def _template(row: sqlite3.Row) -> Template:
    return Template(
        id=row["id"],
        version=row["version"],
        name=row["name"],
        shortcut=row["shortcut"],
        brand=row["brand"] or "",
        folder=row["folder"],
        variants=tuple(Variant.model_validate(each) for each in json.loads(row["variants"])),
        uses=row["uses"],
        last_used_at=None if row["last_used_ms"] is None else from_ms(row["last_used_ms"]),
    )
