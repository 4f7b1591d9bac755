"""Full text: what is indexed of a message, and how what a person types becomes a query.

The rowid of the index carries time: `at_s * 2^30 + message id`, so that "newest first" is the index's own order and a
page costs the same however many messages match. The index keeps no texts; to take a message out of it, what was put
in must be given again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence

from cminbox.model.rows import PageKey, QueueRow, Snippet
from cminbox.model.search_terms import Term, hits, sought, terms, unwanted
from cminbox.model.search_terms import words as _words
from cminbox.model.views import Filter, Order, Page
from cminbox.store import messages
from cminbox.store.database import Tx
from cminbox.store.queue_conditions import condition
from cminbox.store.queue_rows import Found
from cminbox.store.queue_walk import once_each

Texts = tuple[str, str, str]
"""What is indexed of a message: its text, its author (handle and name), its topic (title and text)."""

_ID_BITS = 30
ID_MASK = (1 << _ID_BITS) - 1
"""The bits of a rowid of the index that are the message's id."""
_EVER = -(1 << 62)
_PREFIX = 2
_MOST_WORDS = 48
_BEFORE = 60
_SNIPPET = 400


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


def expression(db: sqlite3.Connection, wanted: Sequence[Term]) -> str:
    """The FTS5 expression that finds the messages in which all terms occur."""
    return " AND ".join(
        f"{'{who} : ' if term.of_author else ''}{_one_of(db, term) if term.open_ended else _exactly(term)}"
        for term in wanted
    )


def _exactly(term: Term) -> str:
    return f'"{term.text}"'


def _one_of(db: sqlite3.Connection, term: Term) -> str:
    """An open-ended term, as the few words that begin so where they are few.

    FTS5 has an index of two letters; what begins with more it gathers from all its messages before it gives the first,
    while the messages of a word that it is told come one by one.
    """
    *before, start = term.text.split(" ")
    if len(start) <= _PREFIX:
        return f'"{term.text}"*'
    words: list[str] = []
    following = start
    while len(words) <= _MOST_WORDS:
        row = db.execute("SELECT term FROM fts_word WHERE term >= ? LIMIT 1", (following,)).fetchone()
        if row is None or not row[0].startswith(start):
            break
        words.append(row[0])
        following = row[0] + "\x01"
    if len(words) > _MOST_WORDS:
        return f'"{term.text}"*'
    phrases = [f'"{" ".join([*before, word])}"' for word in words or [start]]
    return f"({' OR '.join(phrases)})"


def look(db: sqlite3.Connection, wanted: Filter, limit: int, after: PageKey | None, before: PageKey | None) -> Found:
    """The conversations of a filter with `search`, as ids and places only; `before` pages back."""
    asked = sought(wanted)
    if not asked or limit < 1:
        return Found({})
    key = after if before is None else before
    descending = (wanted.ordering is Order.NEWEST) == (before is None)
    cursor = _matches(db, expression(db, asked), wanted, key, descending=descending)

    def is_newest(conversation_id: int, rowid: int) -> tuple[int, bool]:
        looks, newer = _newest(db, asked, wanted.person, conversation_id, above=rowid)
        return looks, newer is None

    try:
        newest = None if descending and key is None else is_newest
        return once_each(cursor, newest, limit, descending=descending, keeps_out=keeps_out(db, wanted))
    finally:
        cursor.close()


def with_snippets(db: sqlite3.Connection, wanted: Filter, page: Page) -> Page:
    """A page that `look` gave, each row with what was said around the words that were searched for.

    Made here from the text of each row's own message (its place in the list names it), for the rows of a page only.
    """
    asked = terms(wanted.search or "")
    if not asked:
        return page
    shown = [row.model_copy(update={"snippet": _snippet(db, row, asked)}) for row in page]
    return Page(shown, reached=page.reached)


def _snippet(db: sqlite3.Connection, row: QueueRow, asked: Sequence[Term]) -> Snippet:
    message_id = row.sort_ms & ID_MASK
    body, who, subject = messages.indexed(db, message_id)
    for text, source in ((body, "text"), (subject, "topic"), (who, "author")):
        if found := hits(text, asked):
            start = max(0, found[0][0] - _BEFORE)
            near = tuple((a - start, b - start) for a, b in found if b <= start + _SNIPPET)
            return Snippet(
                message=message_id, text=text[start : start + _SNIPPET], hits=near, source=source, cut=start > 0
            )
    return Snippet(message=message_id, text=body[:_SNIPPET])


def keeps_out(db: sqlite3.Connection, wanted: Filter) -> Callable[[int], tuple[int, bool]] | None:
    """What tells of a conversation (how many messages were looked at, whether an unwanted word is in it).

    None where a filter has no unwanted words. The texts are compared here, as in `_newest`.
    """
    kept_out = unwanted(wanted)
    if not kept_out:
        return None

    def look_into(conversation_id: int) -> tuple[int, bool]:
        looks = 0
        for (message_id,) in db.execute(
            "SELECT id FROM message INDEXED BY message_in_conversation WHERE conversation_id = ?", (conversation_id,)
        ):
            looks += 1
            texts = [_words(text) for text in messages.indexed(db, message_id)]
            if any(term.is_said(texts) for term in kept_out):
                return looks, True
        return looks, False

    return look_into


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
        f" FROM fts CROSS JOIN message m ON m.id = (fts.rowid & {ID_MASK})"
        f" WHERE fts MATCH ?{beyond} ORDER BY fts.rowid {'DESC' if descending else 'ASC'}",
        (
            *values,
            *(() if wanted.person is None else (wanted.person,)),
            match,
            *(() if key is None else (key.sort_ms,)),
        ),
    )


def _newest(
    db: sqlite3.Connection, asked: Sequence[Term], person: int | None, conversation_id: int, *, above: int
) -> tuple[int, int | None]:
    """The newest message of a conversation that matches and is newer than the rowid `above`: its rowid, or None.

    The texts are compared here: asking the index about one message costs as much as about all. Before it, how many
    messages were looked at.
    """
    looks = 0
    since_ms = (above >> _ID_BITS) * 1000
    for message_id, at_ms, person_id in db.execute(
        "SELECT id, at_ms, person_id FROM message INDEXED BY message_in_conversation"
        " WHERE conversation_id = ? AND at_ms >= ? ORDER BY at_ms DESC, id DESC",
        (conversation_id, since_ms if since_ms > 0 else _EVER),
    ):
        rowid = _rowid(message_id, at_ms)
        if rowid > above and person in (None, person_id):
            looks += 1
            texts = [_words(text) for text in messages.indexed(db, message_id)]
            if all(term.is_said(texts) for term in asked):
                return looks, rowid
    return looks, None


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
