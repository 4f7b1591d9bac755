"""Walking messages to find conversations, each once, at the place of its newest message that counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

from cminbox.model.rows import PageKey
from cminbox.model.views import Filter, Order
from cminbox.store.queue_conditions import condition
from cminbox.store.queue_rows import Found

SCAN_MESSAGES = 2_500
"""How many messages a page looks at, at most, where the filter leaves few of them."""

IsNewest = Callable[[int, int], tuple[int, bool]]
"""(conversation, place) -> how many messages were looked at, and whether none that counts is newer than that place."""


KeepsOut = Callable[[int], tuple[int, bool]]
"""conversation -> how many messages were looked at, and whether it is left out for what is said in it."""


def once_each(
    found: Iterable[tuple[int, int, bool]],
    is_newest: IsNewest | None,
    limit: int,
    *,
    descending: bool,
    keeps_out: KeepsOut | None = None,
) -> Found:
    """The first `limit` conversations of messages (place, conversation, whether the filter holds) in order of place.

    A conversation stands where its newest message stands. Without `is_newest` the walk begins at the newest of all and
    the first message that is met is the newest. What `keeps_out` says is left out.
    """
    places: dict[int, int] = {}
    passed_over: set[int] = set()
    looks = 0
    for place, conversation_id, holds in found:
        looks += 1
        if holds and conversation_id not in places and conversation_id not in passed_over:
            more, newest = (0, True) if is_newest is None else is_newest(conversation_id, place)
            looks += more
            if newest and keeps_out is not None:
                more, out = keeps_out(conversation_id)
                looks += more
                if out:
                    passed_over.add(conversation_id)
                    newest = False
            if newest:
                places[conversation_id] = place
            elif descending:
                passed_over.add(conversation_id)
        if len(places) == limit:
            break
        if looks >= SCAN_MESSAGES:
            return Found(places, reached=PageKey(sort_ms=place, id=conversation_id or 0))
    return Found(places)


def of_person(
    db: sqlite3.Connection,
    wanted: Filter,
    limit: int,
    after: PageKey | None,
    before: PageKey | None,
    keeps_out: KeepsOut | None = None,
) -> Found:
    """The conversations of a filter with `person`, by the time of that person's newest message in each."""
    if limit < 1:
        return Found({})
    key = after if before is None else before
    descending = (wanted.ordering is Order.NEWEST) == (before is None)
    person = wanted.person
    cursor = _messages_of(db, wanted, key, descending=descending)

    def is_newest(conversation_id: int, at_ms: int) -> tuple[int, bool]:
        newer = db.execute(
            "SELECT 1 FROM message INDEXED BY message_in_conversation"
            " WHERE conversation_id = ? AND at_ms > ? AND person_id = ? LIMIT 1",
            (conversation_id, at_ms, person),
        ).fetchone()
        return 1, newer is None

    try:
        newest = None if descending and key is None else is_newest
        return once_each(cursor, newest, limit, descending=descending, keeps_out=keeps_out)
    finally:
        cursor.close()


def _messages_of(db: sqlite3.Connection, wanted: Filter, key: PageKey | None, *, descending: bool) -> sqlite3.Cursor:
    sql, values = condition(db, wanted)
    compare, direction = ("<", "DESC") if descending else (">", "ASC")
    arm = (
        "SELECT at_ms AS k, conversation_id AS c,"
        f" EXISTS (SELECT 1 FROM conversation WHERE id = m.conversation_id AND {sql})"
        " FROM message m INDEXED BY message_of_person WHERE person_id = ?"
    )
    given = (*values, wanted.person)
    if key is None:
        return db.execute(f"{arm} ORDER BY k {direction}, c {direction}", given)
    return db.execute(
        f"{arm} AND at_ms = ? AND conversation_id {compare} ? UNION ALL {arm} AND at_ms {compare} ?"
        f" ORDER BY k {direction}, c {direction}",
        (*given, key.sort_ms, key.id, *given, key.sort_ms),
    )
