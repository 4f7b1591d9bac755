"""Full text: what is indexed of a message, and how what a person types becomes a query.

The rowid of the index carries time: `at_s * 2^30 + message id`, so that "newest first" is the index's own order and a
page costs the same however many messages match. The index keeps no texts; to take a message out of it, what was put
in must be given again.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

from cminbox.model.rows import PageKey
from cminbox.model.views import Filter, Order, Page
from cminbox.store.database import Tx
from cminbox.store.queue_plan import condition
from cminbox.store.queue_rows import Found
from cminbox.text import fold

Texts = tuple[str, str, str]
"""What is indexed of a message: its text, its author (handle and name), its topic (title and text)."""

_ID_BITS = 30
_ID_MASK = (1 << _ID_BITS) - 1
SCAN_MATCHES = 5_000
"""How many matching messages a page looks at, at most, where the filter leaves few of them."""

_LONGEST_QUERY = 400
_MOST_TERMS = 24
_TERM = re.compile(r'"([^"]*)("?)|([^\s"]+)')
_NOT_WORD = re.compile(r"[\W_]+")
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff])"
)


def index(tx: Tx, items: Iterable[tuple[int, str, str, str]]) -> None:
    """Make messages findable: (message id, text, author, topic) each, raw. The messages' rows must be there already.

    Give many at once: writing one by one is several times slower.
    """
    tx.db.executemany("INSERT INTO fts (rowid, body, who, subject) VALUES (?, ?, ?, ?)", _entries(tx.db, items))


def remove(tx: Tx, message_id: int, body: str, who: str, subject: str) -> None:
    """Make a message unfindable, before its text or time changes or its row goes.

    The three texts must be those that `index` got; others would leave the message findable.
    """
    tx.db.executemany(
        "INSERT INTO fts (fts, rowid, body, who, subject) VALUES ('delete', ?, ?, ?, ?)",
        _entries(tx.db, [(message_id, body, who, subject)]),
    )


def replace(tx: Tx, message_id: int, old: Texts, new: Texts) -> None:
    """Index other texts of a message; `old` must be what `index` got."""
    if old != new:
        remove(tx, message_id, *old)
        index(tx, [(message_id, *new)])


def expression(query: str) -> str | None:
    """The FTS5 expression of what a person typed; None when it holds nothing that could be found.

    Every word must occur, folded; "a phrase" in quotes occurs as it stands; the last word may go on (a prefix) from its
    second letter. Nothing in the query is ever read as an operator. What is beyond 400 characters or 24 terms is left.
    """
    terms: list[tuple[str, bool]] = []
    for phrase, closed, word in _TERM.findall(_encodable(query[:_LONGEST_QUERY])):
        if text := _words(word or phrase):
            terms.append((text, not closed))
    if not terms:
        return None
    terms = terms[:_MOST_TERMS]
    parts = [f'"{text}"' for text, _ in terms]
    text, may_go_on = terms[-1]
    if may_go_on and len(text.rsplit(" ", 1)[-1]) > 1:
        parts[-1] += "*"
    return " AND ".join(parts)


def find(
    db: sqlite3.Connection,
    query: str,
    wanted: Filter,
    limit: int,
    after: PageKey | None = None,
) -> Page:
    """At most `limit` conversations with a message that matches, each once, in the order of their newest such message.

    `wanted` narrows them further (its own `search` is not looked at); with `person`, that person wrote the message.
    Nothing in `query` raises.
    """
    return look(db, wanted.model_copy(update={"search": query}), limit, after, None).page(db)


def look(db: sqlite3.Connection, wanted: Filter, limit: int, after: PageKey | None, before: PageKey | None) -> Found:
    """The conversations of a filter with `search`, as ids and places only; `before` pages back."""
    match = expression(wanted.search or "")
    if match is None or limit < 1:
        return Found({})
    key = after if before is None else before
    descending = (wanted.ordering is Order.NEWEST) == (before is None)
    places: dict[int, int] = {}
    passed_over: set[int] = set()
    looks = 0
    cursor = _matches(db, match, wanted, key, descending=descending)
    try:
        for rowid, conversation_id, hit in cursor:
            looks += 1
            if hit and conversation_id not in places and conversation_id not in passed_over:
                if descending and key is None:
                    places[conversation_id] = rowid
                else:
                    probes, is_newest = _is_newest(db, match, conversation_id, rowid)
                    looks += probes
                    if is_newest:
                        places[conversation_id] = rowid
                    elif descending:
                        passed_over.add(conversation_id)
            if len(places) == limit:
                break
            if looks >= SCAN_MATCHES:
                return Found(places, partial=True, reached=PageKey(sort_ms=rowid, id=0))
    finally:
        cursor.close()
    return Found(places)


def _matches(
    db: sqlite3.Connection, match: str, wanted: Filter, key: PageKey | None, *, descending: bool
) -> sqlite3.Cursor:
    """(rowid, conversation, whether the filter holds) of every matching message beyond `key`, read one by one."""
    sql, values = condition(db, wanted)
    author = "" if wanted.person is None else " AND m.person_id = ?"
    beyond = "" if key is None else f" AND fts.rowid {'<' if descending else '>'} ?"
    return db.execute(
        "SELECT fts.rowid, m.conversation_id,"
        f" EXISTS (SELECT 1 FROM conversation WHERE id = m.conversation_id AND {sql}){author}"
        f" FROM fts CROSS JOIN message m ON m.id = (fts.rowid & {_ID_MASK})"
        f" WHERE fts MATCH ?{beyond} ORDER BY fts.rowid {'DESC' if descending else 'ASC'}",
        (
            *values,
            *(() if wanted.person is None else (wanted.person,)),
            match,
            *(() if key is None else (key.sort_ms,)),
        ),
    )


def _is_newest(db: sqlite3.Connection, match: str, conversation_id: int, rowid: int) -> tuple[int, bool]:
    """Whether no newer message of its conversation matches too, and how many were looked at to know."""
    newer = db.execute(
        "SELECT id, at_ms FROM message INDEXED BY message_in_conversation"
        " WHERE conversation_id = ? AND at_ms >= ? ORDER BY at_ms DESC, id DESC",
        (conversation_id, (rowid >> _ID_BITS) * 1000),
    )
    probes = 0
    for message_id, at_ms in newer:
        other = _rowid(message_id, at_ms)
        if other > rowid:
            probes += 1
            if db.execute("SELECT 1 FROM fts WHERE fts MATCH ? AND rowid = ?", (match, other)).fetchone():
                return probes, False
    return probes, True


def _entries(db: sqlite3.Connection, items: Iterable[tuple[int, str, str, str]]) -> list[tuple[int, str, str, str]]:
    """(rowid, folded texts) of messages, ordered by rowid: FTS5 flushes each time a rowid goes back."""
    found = []
    for message_id, *texts in items:
        (at_ms,) = db.execute("SELECT at_ms FROM message WHERE id = ?", (message_id,)).fetchone()
        body, who, subject = map(_words, texts)
        found.append((_rowid(message_id, at_ms), body, who, subject))
    return sorted(found)


def _rowid(message_id: int, at_ms: int) -> int:
    return max(at_ms, 0) // 1000 << _ID_BITS | message_id


def _words(text: str) -> str:
    """Only the folded letters and digits, runs of anything else made one space.

    Scripts that put no space between words are cut into single letters, so that any part of a sentence can be found.
    """
    return " ".join(_NOT_WORD.sub(" ", _UNSPACED.sub(r" \1 ", fold(text))).split())


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
