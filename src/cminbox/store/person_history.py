"""What a person and we said to each other: conversations by pages, counts, tags, our last answers.

A page is read from the index of a person's messages, newest first, so that it costs the same at a thousand and at a
million conversations. Linked handles are merged, one walk each. Counts look at the newest so many only.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cminbox.clock import from_ms
from cminbox.model.people import Answer, HistoryPage, HistoryRow, TagCount
from cminbox.model.rows import PageKey
from cminbox.store import queue_rows

COUNTED_CONVERSATIONS = 1_000
"""How many of the newest conversations of a person are counted."""
_COUNTED_MESSAGES = 10_000
_SCAN = 2_500
_LANGUAGES = 20
_SHOWN_TEXT = 500
_ANSWERED = 50

_Step = tuple[int, int, int, int]
"""(when, conversation, message, person)"""


@dataclass(frozen=True)
class Counts:
    """How much a person wrote and we answered, and their conversations by state; `exact` where all was looked at."""

    received: int
    answered: int
    conversations: dict[str, int]
    exact: bool


def page(db: sqlite3.Connection, person_ids: Sequence[int], limit: int, after: PageKey | None = None) -> HistoryPage:
    """At most `limit` conversations that these people wrote in, by the time of their newest message in each."""
    met: dict[int, _Step] = {}
    passed: set[int] = set()
    reached: PageKey | None = None
    for looks, step in enumerate(_walk(db, person_ids, after), 1):
        conversation = step[1]
        if conversation not in met and conversation not in passed:
            if after is not None and _was_before(db, person_ids, conversation, after):
                passed.add(conversation)
            else:
                met[conversation] = step
        if len(met) == limit or looks >= _SCAN:
            reached = PageKey(sort_ms=step[0], id=conversation)
            break
    return HistoryPage(rows=tuple(_rows(db, list(met.values()))), after=reached)


def conversations(db: sqlite3.Connection, person_ids: Sequence[int], limit: int) -> tuple[list[int], bool]:
    """The newest `limit` conversations that these people wrote in, and whether those are all of them."""
    met: dict[int, None] = {}
    for looks, step in enumerate(_walk(db, person_ids, None), 1):
        if len(met) == limit and step[1] not in met:
            return list(met), False
        met[step[1]] = None
        if looks >= _COUNTED_MESSAGES:
            return list(met), False
    return list(met), True


def counts(db: sqlite3.Connection, person_ids: Sequence[int]) -> Counts:
    """What the panel counts, for the handles of one human."""
    received = 0
    for person_id in person_ids:
        (n,) = db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM message INDEXED BY message_of_person WHERE person_id = ? LIMIT ?)",
            (person_id, _COUNTED_MESSAGES),
        ).fetchone()
        received += n
    ids, exact = conversations(db, person_ids, COUNTED_CONVERSATIONS)
    packed = json.dumps(ids)
    states = {
        row["state"]: row["n"]
        for row in db.execute(
            "SELECT c.state, count(*) AS n FROM json_each(?) j JOIN conversation c ON c.id = j.value GROUP BY 1",
            (packed,),
        )
    }
    (answered,) = db.execute(
        "SELECT count(*) FROM json_each(?) j CROSS JOIN response r INDEXED BY response_of_conversation"
        " ON r.conversation_id = j.value",
        (packed,),
    ).fetchone()
    return Counts(received, answered, states, exact and received < _COUNTED_MESSAGES)


def tags(db: sqlite3.Connection, person_ids: Sequence[int]) -> list[TagCount]:
    """The tags of these people's (newest) conversations, the most frequent first."""
    ids, _exact = conversations(db, person_ids, COUNTED_CONVERSATIONS)
    rows = db.execute(
        "SELECT t.name, t.colour, count(*) AS n FROM json_each(?) j CROSS JOIN conversation_tag g"
        " ON g.conversation_id = j.value JOIN tag t ON t.id = g.tag_id GROUP BY t.id ORDER BY n DESC, t.folded",
        (json.dumps(ids),),
    )
    return [TagCount(name=row["name"], colour=row["colour"], n=row["n"]) for row in rows]


def answers(db: sqlite3.Connection, person_ids: Sequence[int], limit: int) -> list[Answer]:
    """Our newest messages in these people's newest conversations, newest first; no notes."""
    ids, _exact = conversations(db, person_ids, _ANSWERED)
    rows = db.execute(
        "SELECT m.conversation_id, m.at_ms, substr(CAST(m.text AS BLOB), 1, 2000) AS text, w.name AS by_name"
        " FROM json_each(?) j CROSS JOIN message m INDEXED BY message_in_conversation ON m.conversation_id = j.value"
        " LEFT JOIN colleague w ON w.id = m.by WHERE m.direction = 'out' AND m.audience <> 'note'"
        " AND m.kind <> 'post' AND m.state <> 'removed' AND m.erased_ms IS NULL"
        " ORDER BY m.at_ms DESC, m.id DESC LIMIT ?",
        (json.dumps(ids), limit),
    )
    return [
        Answer(
            conversation=row["conversation_id"],
            by=row["by_name"] or "",
            text=_start(row["text"]),
            at=from_ms(row["at_ms"]),
        )
        for row in rows
    ]


def language(db: sqlite3.Connection, person_ids: Sequence[int]) -> str:
    """The language that the network named most often of late ("" where it names none)."""
    found: dict[str, int] = {}
    for person_id in person_ids:
        for row in db.execute(
            "SELECT lang FROM message INDEXED BY message_of_person WHERE person_id = ? ORDER BY at_ms DESC LIMIT ?",
            (person_id, _LANGUAGES),
        ):
            if row["lang"]:
                found[row["lang"]] = found.get(row["lang"], 0) + 1
    return max(found, key=lambda each: (found[each], each), default="")


def seen_ms(db: sqlite3.Connection, person_ids: Sequence[int]) -> tuple[int, int | None]:
    """(when these people were first seen: by us, or by what they wrote before; when they last wrote, None: never)."""
    firsts: list[int] = []
    lasts: list[int] = []
    for person_id in person_ids:
        row = db.execute(
            "SELECT p.first_seen_ms AS entered, (SELECT min(at_ms) FROM message WHERE person_id = p.id) AS first,"
            " (SELECT max(at_ms) FROM message WHERE person_id = p.id) AS last FROM person p WHERE p.id = ?",
            (person_id,),
        ).fetchone()
        firsts += [each for each in (row["entered"], row["first"]) if each is not None]
        lasts += [] if row["last"] is None else [row["last"]]
    return min(firsts), max(lasts, default=None)


def shown_person(db: sqlite3.Connection, conversation_id: int) -> int | None:
    """The person that a conversation is about: who waits, else who wrote last to us; None where only we did."""
    row = db.execute(
        "SELECT c.person_id, p.is_us, m.person_id AS inbound FROM conversation c"
        " LEFT JOIN person p ON p.id = c.person_id LEFT JOIN message m ON m.id = c.last_in_message_id WHERE c.id = ?",
        (conversation_id,),
    ).fetchone()
    if row is None:
        return None
    found: int | None = row["inbound"] if row["person_id"] is None or row["is_us"] else row["person_id"]
    return found


def _walk(db: sqlite3.Connection, person_ids: Sequence[int], after: PageKey | None) -> Iterator[_Step]:
    """The messages of these people in conversations, newest first, beyond a key."""
    return heapq.merge(*(_of_one(db, each, after) for each in person_ids), reverse=True)


def _of_one(db: sqlite3.Connection, person_id: int, after: PageKey | None) -> Iterator[_Step]:
    beyond = "" if after is None else " AND (at_ms, conversation_id) < (?, ?)"
    rows = db.execute(
        "SELECT at_ms, conversation_id, id, person_id FROM message INDEXED BY message_of_person"
        f" WHERE person_id = ?{beyond} AND conversation_id IS NOT NULL ORDER BY at_ms DESC, conversation_id DESC",
        (person_id, *((after.sort_ms, after.id) if after else ())),
    )
    for row in rows:
        yield row["at_ms"], row["conversation_id"], row["id"], row["person_id"]


def _was_before(db: sqlite3.Connection, person_ids: Sequence[int], conversation_id: int, key: PageKey) -> bool:
    """Whether a conversation stood on an earlier page: a message of theirs in it is not beyond the key."""
    row = db.execute(
        f"SELECT 1 FROM message INDEXED BY message_in_conversation WHERE conversation_id = ? AND at_ms >= ?"
        f" AND person_id IN ({','.join('?' * len(person_ids))}) LIMIT 1",
        (conversation_id, key.sort_ms + (conversation_id < key.id), *person_ids),
    ).fetchone()
    return row is not None


def _rows(db: sqlite3.Connection, steps: list[_Step]) -> list[HistoryRow]:
    queue = {row.id: row for row in queue_rows.rows(db, [step[1] for step in steps])}
    found = []
    for at_ms, conversation, message, person in steps:
        (text,) = db.execute(
            "SELECT substr(CAST(text AS BLOB), 1, 2000) FROM message WHERE id = ?", (message,)
        ).fetchone()
        if conversation in queue:
            key = PageKey(sort_ms=at_ms, id=conversation)
            found.append(
                HistoryRow(row=queue[conversation], person=person, text=_start(text), at=from_ms(at_ms), key=key)
            )
    return found


def _start(text: bytes | None) -> str:
    return (text or b"").decode("utf-8", "ignore")[:_SHOWN_TEXT]
