"""What verbs change that belongs to no conversation, as fields for the journal: templates, tags, topics, people.

`template:ID` is the version in force (None: removed), `tag:ID:name`, `tag:ID:colour` and `topic:ID:campaign` number
labels (None: no campaign), `tag:ID:offered` is 1 or 0. `person:ID:human` is the number that linked handles share,
`person:ID:called` that of a first name (store.person_links), `person_note:ID` 1 while the note is shown. So undo treats
each like a column of a conversation.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from cminbox.store import person_links, person_notes, tags, templates, topic_list
from cminbox.store.database import Tx

TEMPLATE = "template"
TAG = "tag"
TOPIC = "topic"
PERSON = "person"
PERSON_NOTE = "person_note"
NAME = "name"
COLOUR = "colour"
OFFERED = "offered"
CAMPAIGN = "campaign"
HUMAN = "human"
CALLED = "called"

_TEXTS = {
    NAME: "SELECT name FROM tag WHERE id = ?",
    COLOUR: "SELECT colour FROM tag WHERE id = ?",
    CAMPAIGN: "SELECT campaign FROM topic WHERE id = ?",
}


def field(kind: str, number: int, what: str = "") -> str:
    """The field of one thing."""
    return f"{kind}:{number}:{what}" if what else f"{kind}:{number}"


def knows(name: str) -> bool:
    """Whether this is one of these fields."""
    return name.partition(":")[0] in (TEMPLATE, TAG, TOPIC, PERSON, PERSON_NOTE)


def parts(name: str) -> tuple[str, int, str]:
    """What a field is about: kind, number, which of its sides ("" for a template)."""
    kind, number, what = (*name.split(":"), "")[:3]
    return kind, int(number), what


def value(db: sqlite3.Connection, name: str) -> Any:
    """A field as it is now; None also for what is not there, and for a text that the journal never spoke of."""
    kind, number, what = parts(name)
    if kind == TEMPLATE:
        return templates.standing(db, number)[0]
    if kind == PERSON_NOTE:
        shown = person_notes.is_shown(db, number)
        return None if shown is None else int(shown)
    if kind == PERSON:
        return person_links.human(db, number) if what == HUMAN else person_links.called(db, number)
    if what == OFFERED:
        row = db.execute("SELECT NOT deleted FROM tag WHERE id = ?", (number,)).fetchone()
        return None if row is None else int(row[0])
    row = db.execute(f"SELECT id FROM label WHERE text = ({_TEXTS[what]})", (number,)).fetchone()
    return None if row is None else int(row[0])


def change(tx: Tx, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Set fields; returns what they were."""
    before: dict[str, Any] = {}
    for name, new in fields.items():
        before[name] = value(tx.db, name)
        kind, number, what = parts(name)
        if kind == TEMPLATE:
            templates.turn(tx, number, before[name], new)
        elif kind == PERSON_NOTE:
            person_notes.show(tx, number, shown=bool(new))
        elif kind == PERSON:
            turn = person_links.set_human if what == HUMAN else person_links.set_called
            turn(tx, number, new)
        elif what == OFFERED:
            tags.offer(tx, number) if new else tags.drop(tx, number)
        elif what == NAME:
            tags.rename(tx, number, text(tx.db, new) or "")
        elif what == COLOUR:
            tags.recolour(tx, number, text(tx.db, new) or "")
        else:
            topic_list.set_campaign(tx, number, text(tx.db, new))
    return before


def label(tx: Tx, said: str | None) -> int | None:
    """The number of a text of ours, made where it has none yet; None for none."""
    if said is None:
        return None
    row = tx.db.execute("SELECT id FROM label WHERE text = ?", (said,)).fetchone()
    if row is None:
        row = tx.db.execute("INSERT INTO label (text) VALUES (?) RETURNING id", (said,)).fetchone()
    return int(row[0])


def now(tx: Tx, name: str) -> Any:
    """A field as it is, its text numbered if it never was: for what is about to change."""
    _kind, number, what = parts(name)
    if what in _TEXTS:
        row = tx.db.execute(_TEXTS[what], (number,)).fetchone()
        return label(tx, row[0] if row else None)
    return value(tx.db, name)


def text(db: sqlite3.Connection, number: int | None) -> str | None:
    """The text of a label; None for none."""
    row = db.execute("SELECT text FROM label WHERE id = ?", (number,)).fetchone()
    return str(row[0]) if row else None
