"""What hangs on a conversation and comes and goes by verbs, as fields for the journal: `tag:ID`, `note:ID`, `draft:ID`.

Each is 1 while it is there and 0 while it is not, so that undo treats it like a column of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from cminbox.store import conversations, drafts, notes, tagging
from cminbox.store.database import Tx
from cminbox.store.standing import Standing

TAG = "tag"
NOTE = "note"
DRAFT = "draft"


def field(kind: str, number: int) -> str:
    """The field of one tag, note or (numbered) draft."""
    return f"{kind}:{number}"


def value(db: sqlite3.Connection, now: Standing, name: str) -> Any:
    """A field of a conversation as the journal names it: a column, a tag, a note or a draft."""
    kind, colon, number = name.partition(":")
    if not colon:
        return getattr(now, name)
    if kind == TAG:
        return int(int(number) in tagging.of(db, now.id))
    if kind == DRAFT:
        return int(drafts.is_live(db, int(number)))
    return int(notes.is_in(db, int(number), now.id))


def change(tx: Tx, now_id: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Set fields of a conversation; returns what they were."""
    own = {name: each for name, each in fields.items() if ":" not in name}
    before = conversations.change(tx, now_id, **own) if own else {}
    for name, each in fields.items():
        kind, colon, number = name.partition(":")
        if not colon:
            continue
        if kind == TAG:
            moved = tagging.put(tx, now_id, int(number)) if each else tagging.take(tx, now_id, int(number))
        elif kind == DRAFT:
            turn = drafts.put_back if each else drafts.take_away
            moved = turn(tx, int(number), now_id)
        else:
            moved = notes.show(tx, int(number), now_id) if each else notes.hide(tx, int(number), now_id)
        before[name] = int(bool(each) is not moved)
    return before
