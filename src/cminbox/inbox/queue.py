"""The queue as it is read: pages, counts, one conversation opened, the numbers beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Any, TypeVar, TypeVarTuple
from zoneinfo import ZoneInfo

from cminbox.clock import to_ms
from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox import filters
from cminbox.inbox.desk import Desk
from cminbox.inbox.step import no_conversation
from cminbox.model.rows import ConversationView, Numbers, PageKey, QueueRow, ViewNumbers
from cminbox.model.views import Filter, Page
from cminbox.store import conversations, messages, outbox, queue, snoozes, standing, topics
from cminbox.store.numbers import numbers as numbers_of
from cminbox.store.numbers import of_view

T = TypeVar("T")
Given = TypeVarTuple("Given")

_STRIDE = 500
SHOWN_MESSAGES = 200
"""How many of the newest messages an opened conversation comes with."""


async def page(
    desk: Desk, wanted: Filter, limit: int, after: PageKey | None = None, before: PageKey | None = None
) -> Page:
    """At most `limit` rows of the queue behind `after` (None: from the top) or before `before`."""
    return await _awake(desk, queue.page, filters.resolved(desk, wanted), limit, after, before)


async def listing(
    desk: Desk, wanted: Filter, limit: int = 0, after_id: int | None = None
) -> tuple[list[QueueRow], bool]:
    """At most `limit` rows (0: all) behind the conversation `after_id`, and whether the search ended early.

    Raises UsageError where the filter does not (any more) hold the conversation to go on behind.
    """
    found: list[QueueRow] = []
    skipping = after_id is not None
    key: PageKey | None = None
    while True:
        rows_ = await page(desk, wanted, _STRIDE, key)
        for row in rows_:
            if not skipping:
                found.append(row)
            elif row.id == after_id:
                skipping = False
        if limit and len(found) >= limit:
            return found[:limit], False
        key = rows_.reached if rows_.partial else PageKey(sort_ms=rows_[-1].sort_ms, id=rows_[-1].id) if rows_ else None
        if key is None or (not rows_.partial and len(rows_) < _STRIDE):
            if skipping:
                raise UsageError(
                    _("Conversation {id} is not in this list.").format(id=after_id), _("Begin again without --after.")
                )
            return found, rows_.partial


async def count(desk: Desk, wanted: Filter) -> tuple[int, bool]:
    """How many conversations a filter matches, and whether that is exact (else: at least so many)."""
    return await _awake(desk, queue.count, filters.resolved(desk, wanted))


async def rows(desk: Desk, ids: Sequence[int]) -> list[QueueRow]:
    """Rows as they are now, for a list that is on the screen; an id that was joined to another gives that one."""
    return await desk.store.read(_rows, ids)


async def view(desk: Desk, conversation_id: int, *, limit: int = SHOWN_MESSAGES) -> ConversationView:
    """One conversation opened, with its newest `limit` messages. Raises UsageError where there is none.

    Opening marks nothing as read: `triage.read` does.
    """
    return await _awake(desk, _view, conversation_id, limit)


async def whole_text(desk: Desk, message_id: int) -> str:
    """The text of one message as it was stored, however long."""
    return await desk.store.read(messages.whole_text, message_id)


async def numbers(
    desk: Desk,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    brand: str | None = None,
    by: str | None = None,
) -> Numbers:
    """The counters: what stands open now, and what was received and answered in a time (None: today, so far)."""
    now = desk.clock.now()
    since_ms = to_ms(since or midnight(now, desk.settings.timezone))
    return await desk.store.read(
        numbers_of, to_ms(now), since_ms, to_ms(until or now), brand, by, mine=desk.by, settings=desk.settings
    )


async def bar(desk: Desk, view: Filter) -> ViewNumbers:
    """The counters beside a view: what stands there now, and what was done there today."""
    now = desk.clock.now()
    since_ms = to_ms(midnight(now, desk.settings.timezone))
    wanted = filters.resolved(desk, view)
    return await desk.store.read(
        of_view, to_ms(now), since_ms, to_ms(now), wanted, mine=desk.by, settings=desk.settings
    )


def midnight(now: datetime, timezone: str) -> datetime:
    """The instant at which the day of `now` began in a time zone (IANA name)."""
    zone = ZoneInfo(timezone)
    return datetime.combine(now.astimezone(zone).date(), time(0), zone)


async def _awake(desk: Desk, fn: Callable[[sqlite3.Connection, *Given], T], *args: *Given) -> T:
    """Read, after waking what should be awake by now: nothing sleeps longer because no process stood by."""
    due, found = await desk.store.read(_looked, to_ms(desk.clock.now()), fn, *args)
    if not due:
        return found
    while await desk.store.write(snoozes.wake):
        pass
    return await desk.store.read(fn, *args)


def _looked(db: sqlite3.Connection, now_ms: int, fn: Callable[..., T], *args: Any) -> tuple[bool, T]:
    return snoozes.is_due(db, now_ms), fn(db, *args)


def _rows(db: sqlite3.Connection, ids: Sequence[int]) -> list[QueueRow]:
    current = dict.fromkeys(found for each in ids if (found := conversations.resolve(db, each)) is not None)
    return queue.rows(db, list(current))


def _view(db: sqlite3.Connection, conversation_id: int, limit: int) -> ConversationView:
    now = standing.of(db, conversation_id)
    row = queue.row(db, now.id) if now else None
    if now is None or row is None:
        raise no_conversation(conversation_id)
    found, earlier_n = messages.thread_rows(db, now.id, limit)
    return ConversationView(
        row=row,
        topic=topics.get(db, now.topic_id),
        above=tuple(messages.above(db, now.id)),
        messages=tuple(found),
        earlier=earlier_n,
        acts=tuple(outbox.of_conversation(db, now.id)),
        linked=now.linked,
    )
