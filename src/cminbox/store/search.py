"""Full text: what is indexed of a message, and how what a person types becomes a query.

The rowid of the index carries time: `at_s * 2^30 + message id`, so that "newest first" is the index's own order and a
page costs the same however many messages match. The index keeps no texts; to take a message out of it, what was put
in must be given again.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cminbox.model.filter_words import person_number
from cminbox.model.rows import PageKey
from cminbox.model.views import Condition, Filter, Key, Order, Page
from cminbox.store import messages
from cminbox.store.database import Tx
from cminbox.store.queue_conditions import condition
from cminbox.store.queue_rows import Found
from cminbox.store.queue_walk import once_each
from cminbox.text import fold

Texts = tuple[str, str, str]
"""What is indexed of a message: its text, its author (handle and name), its topic (title and text)."""

_ID_BITS = 30
ID_MASK = (1 << _ID_BITS) - 1
"""The bits of a rowid of the index that are the message's id."""
_EVER = -(1 << 62)
_LONGEST_QUERY = 400
_MOST_TERMS = 24
_PREFIX = 2
_MOST_WORDS = 48
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


@dataclass(frozen=True)
class Term:
    """One word or phrase of a query, folded; `open_ended`: its last word may go on; `of_author`: it is of a name."""

    text: str
    open_ended: bool = False
    of_author: bool = False

    def is_in(self, words: str) -> bool:
        """Whether it occurs in folded words."""
        return f" {self.text}{'' if self.open_ended else ' '}" in f" {words} "

    def is_said(self, texts: Sequence[str]) -> bool:
        """Whether it occurs in the folded texts of a message: its own, its author's name, its topic."""
        return any(self.is_in(words) for words in (texts[1:2] if self.of_author else texts))


def terms(query: str) -> tuple[Term, ...]:
    """What a person typed: words that must all occur, "phrases" in quotes that occur as they stand.

    The last word may go on from its second letter. Nothing in the query is ever read as an operator. What cannot be
    found (signs, emoji) is left out, and what is beyond 400 characters or 24 terms.
    """
    found: list[tuple[str, bool]] = []
    for phrase, closed, word in _TERM.findall(query[:_LONGEST_QUERY]):
        if text := _words(word or phrase):
            found.append((text, not closed))
    found = found[:_MOST_TERMS]
    last = len(found) - 1
    return tuple(
        Term(text, i == last and may_go_on and len(text.rsplit(" ", 1)[-1]) > 1)
        for i, (text, may_go_on) in enumerate(found)
    )


def sought(wanted: Filter) -> tuple[Term, ...]:
    """What must occur in a message: the words of a filter, and the names of `person:`."""
    return terms(wanted.search or "") + _phrases(each for each in wanted.about(Key.PERSON) if not each.negated)


def unwanted(wanted: Filter) -> tuple[Term, ...]:
    """What must occur in no message of a conversation."""
    return _phrases(each for each in wanted.about(Key.TEXT, Key.PERSON) if each.negated)


def _phrases(conditions: Iterable[Condition]) -> tuple[Term, ...]:
    return tuple(
        Term(text, of_author=condition.key is Key.PERSON)
        for condition in conditions
        for value in condition.values
        if not (condition.key is Key.PERSON and person_number(value) is not None) and (text := _words(value))
    )


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


def keeps_out(db: sqlite3.Connection, wanted: Filter) -> Callable[[int], tuple[int, bool]] | None:
    """What tells of a conversation (how many messages were looked at, whether an unwanted word is in it).

    None where a filter has no unwanted words. The texts are compared here, as in `_newest`.
    """
    words = unwanted(wanted)
    if not words:
        return None

    def look_into(conversation_id: int) -> tuple[int, bool]:
        looks = 0
        for (message_id,) in db.execute(
            "SELECT id FROM message INDEXED BY message_in_conversation WHERE conversation_id = ?", (conversation_id,)
        ):
            looks += 1
            texts = [_words(text) for text in messages.indexed(db, message_id)]
            if any(term.is_said(texts) for term in words):
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


def place(db: sqlite3.Connection, wanted: Filter, conversation_id: int) -> int | None:
    """Where a conversation stands among those that `look` finds; None where none of its messages matches."""
    asked = sought(wanted)
    return _newest(db, asked, wanted.person, conversation_id, above=-1)[1] if asked else None


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


def _words(text: str) -> str:
    """Only the folded letters and digits, runs of anything else made one space.

    Scripts that put no space between words are cut into single letters, so that any part of a sentence can be found.
    """
    return " ".join(_NOT_WORD.sub(" ", _UNSPACED.sub(r" \1 ", fold(text))).split())
