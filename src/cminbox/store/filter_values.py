"""What there is to filter by: names for completion, and for finding out what was mistyped."""

from __future__ import annotations

import sqlite3

from cminbox.model.search_terms import Term, terms
from cminbox.model.views import Key
from cminbox.store import search
from cminbox.text import fold

LANGUAGES = ("fr", "en", "es", "de", "it", "pt", "nl", "ar", "ja", "zh")
"""Offered without looking: any other code can be typed."""

_NAMES = {
    Key.NETWORK: "SELECT DISTINCT n.name FROM account a JOIN network n ON n.id = a.network_id",
    Key.ACCOUNT: "SELECT name FROM account",
    Key.BRAND: "SELECT name FROM brand",
    Key.TAG: "SELECT name FROM tag WHERE NOT deleted",
    Key.ASSIGNEE: "SELECT name FROM colleague WHERE name NOT LIKE '[%'",
    Key.MENTIONED: "SELECT name FROM colleague WHERE name NOT LIKE '[%'",
    Key.CAMPAIGN: "SELECT DISTINCT campaign AS name FROM topic WHERE campaign IS NOT NULL",
}
_MESSAGES = 200


def names(db: sqlite3.Connection, key: Key) -> list[str]:
    """Every name that a key can take, in the order of the alphabet."""
    return sorted((str(row[0]) for row in db.execute(_NAMES[key])), key=fold)


def people(db: sqlite3.Connection, begun: str, limit: int) -> list[str]:
    """How people are called (handle, else name; raw) whose names hold words that begin so: who wrote last first."""
    asked = [Term(term.text, open_ended=True, of_author=True) for term in terms(begun)]
    if not asked:
        return []
    rows = db.execute(
        "SELECT DISTINCT coalesce(nullif(p.handle, ''), p.name) AS name FROM"
        f" (SELECT rowid FROM fts WHERE fts MATCH ? ORDER BY rowid DESC LIMIT {_MESSAGES}) f"
        f" CROSS JOIN message m ON m.id = (f.rowid & {search.ID_MASK}) JOIN person p ON p.id = m.person_id"
        " WHERE NOT p.is_us LIMIT ?",
        (search.expression(db, asked), limit),
    )
    return [str(row["name"]) for row in rows if row["name"]]


def topics(db: sqlite3.Connection, begun: str, limit: int) -> list[tuple[int, str]]:
    """(number, title, raw) of the topics with the most open conversations whose number or title goes with `begun`."""
    rows = db.execute(
        "SELECT t.id, coalesce(nullif(t.title, ''), substr(t.text, 1, 200)) AS title FROM gauge g"
        " JOIN topic t ON t.id = g.scope_id WHERE g.scope = 'topic' AND g.name = 'open' AND g.n > 0"
        f" ORDER BY g.n DESC LIMIT {_MESSAGES}"
    ).fetchall()
    wanted = fold(begun)
    found = [
        (row["id"], row["title"]) for row in rows if str(row["id"]).startswith(wanted) or wanted in fold(row["title"])
    ]
    return found[:limit]
