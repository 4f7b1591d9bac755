"""Where in the house something about a person stands: what an export shows, and what erasing takes away.

Beside the person's own messages that is what we said to them and among ourselves. In a conversation that nobody else
wrote in, all of it. In one with others: our answers to them, and what names them; notes and drafts also where the
conversation is shown with them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cminbox.text import fold

_SHORTEST_NAME = 2
_SHORTEST_MARK = 3


@dataclass(frozen=True)
class Traces:
    """Who somebody is: numbers, what they are called (folded), and the ids that networks know them by (folded)."""

    ids: tuple[int, ...]
    names: tuple[str, ...]
    marks: tuple[str, ...]

    def name_in(self, text: str | None) -> bool:
        """Whether a text calls them by a name."""
        return bool(text) and _holds(fold(text or ""), self.names)

    def mark_in(self, text: str | None) -> bool:
        """Whether a text (an id, a key, raw JSON) holds an id or a name of theirs."""
        if not text:
            return False
        return any(_holds(fold(each), (*self.marks, *self.names)) for each in (text, _unescaped(text)))


@dataclass(frozen=True)
class Said:
    """What of a conversation is about a person, by number; what was erased before is not in it.

    `theirs` and `ours` are messages (notes are ours), `acts` those with a text, `unsent` acts that have not left,
    `drafts` (audience, colleague), `dropped` drafts that were thrown away. `alone`: nobody else wrote in it.
    """

    conversation: int
    alone: bool
    theirs: tuple[int, ...]
    ours: tuple[int, ...]
    acts: tuple[int, ...]
    unsent: tuple[int, ...]
    leaving: tuple[int, ...]
    drafts: tuple[tuple[str, int], ...]
    dropped: tuple[int, ...]


def traces(db: sqlite3.Connection, ids: Iterable[int]) -> Traces:
    """What these people (the handles of one) are known by, today and before."""
    wanted = tuple(ids)
    packed = json.dumps(wanted)
    names: set[str] = set()
    marks: set[str] = set()
    for row in db.execute(
        "SELECT p.* FROM json_each(?) j JOIN person p ON p.id = j.value WHERE p.erased_ms IS NULL", (packed,)
    ):
        handle = row["handle"].removeprefix("@")
        names |= {handle, handle.partition("@")[0], row["name"], row["first_name"]}
        marks |= {row["remote_id"], row["handle"], handle, row["url"] or ""}
    for (given,) in db.execute(
        "SELECT k.first_name FROM json_each(?) j JOIN person_called k ON k.person_id = j.value", (packed,)
    ):
        names.add(given)
    for (former,) in db.execute(
        "SELECT i.text FROM json_each(?) j JOIN indexed_as i ON i.scope = 'person' AND i.scope_id = j.value", (packed,)
    ):
        handle, _blank, name = former.partition(" ")
        names |= {handle.removeprefix("@"), name}
    return Traces(wanted, _folded(names, _SHORTEST_NAME), _folded(marks, _SHORTEST_MARK))


def said(db: sqlite3.Connection, conversation_id: int, who: Traces) -> Said:
    """What of a conversation is about a person."""
    others = db.execute(
        "SELECT 1 FROM message WHERE conversation_id = ? AND direction = 'in' AND person_id IS NOT NULL"
        f" AND person_id NOT IN ({_marks(who.ids)}) LIMIT 1",
        (conversation_id, *who.ids),
    ).fetchone()
    row = db.execute("SELECT person_id FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    alone = others is None
    about_them = alone or (row is not None and row["person_id"] in who.ids)
    theirs, ours = _messages(db, conversation_id, who, alone=alone, about_them=about_them)
    acts, unsent, leaving = _acts(db, conversation_id, who, alone=alone)
    return Said(
        conversation=conversation_id,
        alone=alone,
        theirs=tuple(theirs),
        ours=tuple(ours),
        acts=tuple(acts),
        unsent=tuple(unsent),
        leaving=tuple(leaving),
        drafts=tuple(
            (row["audience"], row["by"])
            for row in db.execute("SELECT audience, by, text FROM draft WHERE conversation_id = ?", (conversation_id,))
            if about_them or who.name_in(row["text"])
        ),
        dropped=tuple(
            row["id"]
            for row in db.execute("SELECT id, text FROM dropped_draft WHERE conversation_id = ?", (conversation_id,))
            if about_them or who.name_in(row["text"])
        ),
    )


def leaving(db: sqlite3.Connection, ids: Sequence[int]) -> list[int]:
    """The acts about what a person wrote that are being sent at this moment, or may have been."""
    rows = db.execute(
        "SELECT a.id FROM act a INDEXED BY act_due JOIN message m ON m.id = a.message_id"
        " WHERE a.state IN ('held', 'queued', 'sending', 'uncertain', 'review') AND a.state IN ('sending', 'uncertain')"
        f" AND m.person_id IN ({_marks(ids)})",
        tuple(ids),
    )
    return [row["id"] for row in rows]


def topics(db: sqlite3.Connection, who: Traces) -> list[int]:
    """The topics that a person wrote, and those that name them and hold nobody else's messages."""
    found = {
        row["id"]
        for each in who.ids
        for row in db.execute("SELECT id FROM topic WHERE person_id = ? AND NOT is_ours", (each,))
    }
    for each in who.ids:
        for row in db.execute(
            "SELECT DISTINCT t.id, t.key, t.title, t.text, t.url FROM message m INDEXED BY message_of_person"
            " JOIN topic t ON t.id = m.topic_id WHERE m.person_id = ? AND NOT t.is_ours",
            (each,),
        ):
            told = f"{row['title']} {row['text']}"
            if row["id"] in found or not (
                who.name_in(told) or who.mark_in(told) or who.mark_in(row["key"]) or who.mark_in(row["url"])
            ):
                continue
            others = db.execute(
                "SELECT 1 FROM message WHERE topic_id = ? AND direction = 'in'"
                f" AND person_id NOT IN ({_marks(who.ids)}) LIMIT 1",
                (row["id"], *who.ids),
            ).fetchone()
            if others is None:
                found.add(row["id"])
    return sorted(found)


def set_aside(db: sqlite3.Connection, who: Traces) -> list[int]:
    """What could not be understood and speaks of them."""
    rows = db.execute("SELECT id, raw FROM set_aside WHERE raw <> ''")
    return [row["id"] for row in rows if who.mark_in(row["raw"])]


def early(db: sqlite3.Connection, who: Traces) -> list[int]:
    """Changes that wait for their message and speak of them."""
    return [row["id"] for row in db.execute("SELECT id, change FROM early_change") if who.mark_in(row["change"])]


def _messages(
    db: sqlite3.Connection, conversation_id: int, who: Traces, *, alone: bool, about_them: bool
) -> tuple[list[int], list[int]]:
    """(theirs, ours) of a conversation. A note that was taken out of it is known from the journal."""
    theirs: list[int] = []
    ours: list[int] = []
    for row in db.execute(
        "SELECT m.id, m.person_id, m.direction, m.audience, m.answers, m.text, p.person_id AS parent,"
        " t.person_id AS target FROM message m LEFT JOIN message p ON p.id = m.parent_id"
        " LEFT JOIN act a ON a.id = m.act_id LEFT JOIN message t ON t.id = a.message_id"
        " WHERE m.conversation_id = ? AND m.erased_ms IS NULL ORDER BY m.at_ms, m.id",
        (conversation_id,),
    ):
        if row["direction"] == "in":
            theirs += [row["id"]] if row["person_id"] in who.ids else []
            continue
        to_them = row["parent"] in who.ids or row["target"] in who.ids
        to_them = to_them or bool(set(who.ids) & set(json.loads(row["answers"] or "[]")))
        if alone or to_them or (about_them and row["audience"] == "note") or who.name_in(row["text"]):
            ours.append(row["id"])
    for row in db.execute(
        "SELECT DISTINCT m.id, m.text FROM journal j JOIN message m ON m.id = j.message_id"
        " WHERE j.conversation_id = ? AND m.audience = 'note' AND m.conversation_id IS NULL AND m.erased_ms IS NULL",
        (conversation_id,),
    ):
        if about_them or who.name_in(row["text"]):
            ours.append(row["id"])
    return theirs, ours


def _acts(
    db: sqlite3.Connection, conversation_id: int, who: Traces, *, alone: bool
) -> tuple[list[int], list[int], list[int]]:
    """(acts with a text about them, those of them or at them that have not left, those that leave right now).

    An answer to somebody else that is not sent yet keeps its text, whomever it names.
    """
    texts: list[int] = []
    unsent: list[int] = []
    under_way: list[int] = []
    for row in db.execute(
        "SELECT a.id, a.state, a.text, a.error, a.former_text, m.person_id FROM act a"
        " LEFT JOIN message m ON m.id = a.message_id WHERE a.conversation_id = ? ORDER BY a.id",
        (conversation_id,),
    ):
        to_them = alone or row["person_id"] in who.ids
        finished = row["state"] in ("sent", "cancelled")
        if to_them and row["state"] in ("sending", "uncertain"):
            under_way.append(row["id"])
        elif to_them and not finished:
            unsent.append(row["id"])
        told = (row["text"], row["error"], row["former_text"])
        if any(told) and (to_them or (finished and any(who.name_in(each) for each in told))):
            texts.append(row["id"])
    return texts, unsent, under_way


def _folded(names: Iterable[str], shortest: int) -> tuple[str, ...]:
    folded = {" ".join(fold(each).split()) for each in names}
    return tuple(sorted(each for each in folded if len(each) >= shortest))


def _holds(text: str, names: Sequence[str]) -> bool:
    """Whether one of these stands in a text, with no letter or digit right before or behind."""
    for name in names:
        at = text.find(name)
        while at >= 0:
            end = at + len(name)
            if not (text[max(0, at - 1) : at].isalnum() or text[end : end + 1].isalnum()):
                return True
            at = text.find(name, at + 1)
    return False


def _unescaped(raw: str) -> str:
    """Raw JSON with its letters as they are; the text itself where it is none."""
    if "\\u" not in raw:
        return ""
    try:
        return json.dumps(json.loads(raw), ensure_ascii=False)
    except ValueError:
        return ""


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
