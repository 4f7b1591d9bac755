"""Pages of the queue, by key: a page costs the same at a thousand and at a million conversations."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cminbox.model.filter_words import Flag
from cminbox.model.rows import PageKey, QueueRow
from cminbox.model.search_terms import unwanted
from cminbox.model.views import Condition, Filter, Key, Order, Page, View
from cminbox.store import counters, queue_chosen, queue_rows, queue_walk, queue_waves, search
from cminbox.store.queue_conditions import facts
from cminbox.store.queue_plan import Plan, plan
from cminbox.store.queue_rows import Found

SCAN_ROWS = 5_000
"""How many conversations a page looks at, at most, where no index holds the whole filter."""
_FAR = 1 << 62
_END = PageKey(sort_ms=_FAR, id=_FAR)
"""Behind everything that comes in ascending order."""
_THEN = 1 << 49
"""Added to the place of what has no time to answer by, where what has one comes first."""
_BEHIND = 1 << 50
"""Added to the place of what nobody waits in, where what waits comes first."""


def page(
    db: sqlite3.Connection, wanted: Filter, limit: int, after: PageKey | None = None, before: PageKey | None = None
) -> Page:
    """At most `limit` rows following `after` (None: from the start), or those just before `before`.

    Both in the filter's order. Keys are `PageKey(sort_ms=row.sort_ms, id=row.id)` of a row that such a page gave; with
    both given `before` wins.
    """
    found = _find(db, wanted, limit, after, before).page(db, backwards=before is not None)
    return search.with_snippets(db, wanted, found) if wanted.search else found


def row(db: sqlite3.Connection, conversation_id: int) -> QueueRow | None:
    """One conversation, or None when there is none with that id (aliases are not followed)."""
    found = rows(db, [conversation_id])
    return found[0] if found else None


def rows(db: sqlite3.Connection, ids: Iterable[int]) -> list[QueueRow]:
    """The rows of these conversations in the order given, missing ones left out.

    Their `sort_ms` is the time of the shown message; whoever refreshes a row of a page keeps the place it had there.
    """
    return queue_rows.rows(db, ids)


def ids(db: sqlite3.Connection, wanted: Filter, limit: int, after: PageKey | None = None) -> Found:
    """At most `limit` conversations following `after`, as ids and places only: for what is done to all of them."""
    return _find(db, wanted, limit, after, None)


def count(db: sqlite3.Connection, wanted: Filter) -> tuple[int, bool]:
    """How many conversations a filter matches, and whether that is exact; if not, there are at least so many.

    Exact at no cost from the gauges where view and state are asked for, and beside them networks, accounts and brands,
    or one tag, colleague or topic; else exact up to `SCAN_ROWS` conversations looked at.
    """
    chosen = wanted.only
    if chosen is not None and wanted == Filter(view=View.ANY, only=chosen, order=wanted.order, number=wanted.number):
        return len(chosen), True
    walked = chosen is not None or wanted.seeks or wanted.person is not None or wanted.view is View.WAVES
    if walked or unwanted(wanted):
        found = _find(db, wanted, SCAN_ROWS, None, None)
        return len(found.places), found.reached is None and len(found.places) < SCAN_ROWS
    gauged = _gauges(db, wanted)
    if gauged is None:
        return _count_by_scan(db, plan(db, wanted))
    scopes, names = gauged
    return sum(counters.gauges(db, *scope)[name] for scope in scopes for name in names), True


def _gauges(db: sqlite3.Connection, wanted: Filter) -> tuple[list[tuple[str, int]], tuple[str, ...]] | None:
    """The scopes and names of the gauges that add up to a filter; None where none do."""
    found = facts(db, wanted)
    if found.impossible:
        return [], ()
    timed = wanted.since_ms is not None or wanted.before_ms is not None
    waits = found.waits
    if timed or found.parts or found.nobody or found.kinds is not None or found.flags or (waits and found.states):
        return None
    if found.mine is not None:
        return None
    if found.topics is not None:
        places, alone = [("topic", topic) for topic in found.topics], found.tag is None and found.assignee is None
    elif found.tag is not None:
        places, alone = [("tag", found.tag)], found.accounts is None and found.assignee is None
    elif found.assignee is not None:
        places, alone = [("assignee", found.assignee)], found.accounts is None
    else:
        places, alone = [("inbox", 0)], True
        if found.accounts is not None:
            places = [("account", one) for one in found.accounts]
    if not alone:
        return None
    if waits:
        return places, ("unanswered",)
    states = found.states or ("open", "snoozed", "waiting", "done", "spam")
    return places, tuple(str(state) for state in states)


def _count_by_scan(db: sqlite3.Connection, planned: Plan) -> tuple[int, bool]:
    if not planned.slices:
        return 0, True
    sql, values = planned.sql(None, descending=True)
    counted, hits = db.execute(
        f"SELECT count(*), ifnull(sum(hit), 0) FROM ({sql} LIMIT {SCAN_ROWS + 1})", values
    ).fetchone()
    return int(hits), counted <= SCAN_ROWS


def _find(db: sqlite3.Connection, wanted: Filter, limit: int, after: PageKey | None, before: PageKey | None) -> Found:
    if wanted.view is View.WAVES:
        if not wanted.seeks and wanted.person is None:
            return queue_waves.look(db, wanted, limit, after, before)
        return queue_waves.only_waves(db, _find(db, _opened(wanted), limit, after, before), limit)
    if wanted.seeks:
        return search.look(db, wanted, limit, after, before)
    keeps_out = search.keeps_out(db, wanted)
    if wanted.only is not None:
        return queue_chosen.look(db, wanted, limit, after, before, keeps_out)
    if wanted.person is not None:
        return queue_walk.of_person(db, wanted, limit, after, before, keeps_out)
    if wanted.by_time_left:
        return _by_time_left(db, wanted, limit, after, before)
    descending = (wanted.ordering is Order.NEWEST) == (before is None)
    return _scan(db, plan(db, wanted), limit, after if before is None else before, keeps_out, descending=descending)


def _opened(wanted: Filter) -> Filter:
    """The same with every wave's conversations by themselves."""
    return wanted.model_copy(update={"view": View.ALL})


def _by_time_left(
    db: sqlite3.Connection, wanted: Filter, limit: int, after: PageKey | None, before: PageKey | None
) -> Found:
    """Three lists, one behind the other: what is due, what waits without being due, then the rest by its place in time.

    What waits is all there is of a filter that asks for it.
    """
    states = wanted.states or (None,)
    alone = {"order": Order.OLDEST, "state": states[0]}
    waits = {**alone, "view": View.UNANSWERED}
    due, rest = Condition(key=Key.IS, values=(Flag.DUE,)), Condition(key=Key.IS, values=(Flag.ANSWERED,))
    undue = due.model_copy(update={"negated": True})
    parts = [
        (0, wanted.model_copy(update={**waits, "conditions": (*wanted.conditions, due)})),
        (_THEN, wanted.model_copy(update={**waits, "conditions": (*wanted.conditions, undue)})),
    ]
    if not wanted.waits:
        parts.append((_BEHIND, wanted.model_copy(update={**alone, "conditions": (*wanted.conditions, rest)})))
    key = before or after
    places: dict[int, int] = {}
    for added, part in parts if before is None else parts[::-1]:
        here = 0 if key is None else max(each for each in (0, _THEN, _BEHIND) if key.sort_ms >= each)
        inside = key is not None and here == added
        if key is not None and not inside and (here > added) is (before is None):
            continue  # this list was passed already
        own = PageKey(sort_ms=key.sort_ms - added, id=key.id) if key is not None and inside else None
        if before is None:
            found = _find(db, part, limit - len(places), own, None)
        else:
            found = _find(db, part, limit - len(places), None, own or _END)
        places |= {one: at + added for one, at in found.places.items()}
        if found.reached is not None:
            return Found(places, PageKey(sort_ms=found.reached.sort_ms + added, id=found.reached.id))
        if len(places) >= limit:
            break
    return Found(places)


def _scan(
    db: sqlite3.Connection,
    planned: Plan,
    limit: int,
    key: PageKey | None,
    keeps_out: queue_walk.KeepsOut | None,
    *,
    descending: bool,
) -> Found:
    if not planned.slices or limit < 1:
        return Found({})
    sql, values = planned.sql(key, descending=descending)
    places: dict[int, int] = {}
    reached = None
    read = 0
    cursor = db.execute(sql, values)
    for looked_at, (conversation_id, sort_ms, hit) in enumerate(cursor, 1):
        if hit and keeps_out is not None:
            more, out = keeps_out(conversation_id)
            read += more
            hit = not out  # noqa: PLW2901 - the unwanted words are the last of its conditions
        if hit:
            places[conversation_id] = sort_ms
        if len(places) == limit:
            break
        if looked_at >= SCAN_ROWS or read >= queue_walk.SCAN_MESSAGES:
            reached = PageKey(sort_ms=sort_ms, id=conversation_id)
            break
    cursor.close()
    return Found(places, reached)
