"""The counters bar and `cminbox kpi`: read from gauges, buckets and the indices of what happened in the period."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cminbox.config.settings import Settings
from cminbox.insight.definitions import response_rate
from cminbox.insight.deltas import BACKLOG
from cminbox.insight.hours import hours_of, worked_s
from cminbox.insight.percentiles import median_and_p90
from cminbox.model.filter_words import Flag
from cminbox.model.rows import Numbers, ViewNumbers
from cminbox.model.views import Condition, Filter, Key, Order, View
from cminbox.store import deadlines, queue
from cminbox.store.counters import QUARTER_MS
from cminbox.store.queue_conditions import Facts, Rest, Value, condition, facts, marks

SOON_MS = 3_600_000
"""What is due within this time will be late soon."""
MOST = deadlines.MOST - 1
"""What is counted under a budget is counted no further than this."""
_NONE = -1
"""The id of no account."""
_ABOUT = (Key.NETWORK, Key.ACCOUNT, Key.BRAND, Key.KIND, Key.TAG, Key.ASSIGNEE, Key.MENTIONED, Key.TOPIC, Key.CAMPAIGN)
_KINDS_OF = (*_ABOUT, Key.ABOUT, Key.LANG)
_FLAGS = frozenset({Flag.MINE, Flag.PRIVATE, Flag.PUBLIC, Flag.ASSIGNED, Flag.LISTENING})


def numbers(
    db: sqlite3.Connection,
    now_ms: int,
    since_ms: int,
    until_ms: int,
    brand: str | None = None,
    by: str | None = None,
    *,
    mine: str = "",
    settings: Settings | None = None,
) -> Numbers:
    """The numbers of now, and of the period from `since_ms` up to (not with) `until_ms`; insight.definitions says what
    each means.

    `brand` keeps to the accounts of one brand. `by` (a colleague's name) keeps `answered`, the first responses and the
    targets to that colleague's replies; the others stay the team's. `mine` is whose replies `answered_mine` counts.
    First responses take calendar time without `settings`, which may give a brand business hours. The cost grows with
    what happened in the period only.
    """
    found = of_view(db, now_ms, since_ms, until_ms, Filter(brand=brand), by, mine=mine, settings=settings)
    return Numbers.model_validate(found.model_dump(exclude={"at_least"}))


def of_view(
    db: sqlite3.Connection,
    now_ms: int,
    since_ms: int,
    until_ms: int,
    view: Filter,
    by: str | None = None,
    *,
    mine: str = "",
    settings: Settings | None = None,
) -> ViewNumbers:
    """The same for what a view is about (`place_of`): all, networks, accounts, brands, a colleague or a tag at the same
    cost whatever the size; anything else is counted under a budget, and `at_least` says which numbers it ended.
    """
    place = _Place.of(db, place_of(view))
    at_least: set[str] = set()
    counted: dict[str, int] = {}
    for name, wanted in standing(place.filter, now_ms).items():
        counted[name], exact = place.count(name, wanted, now_ms)
        if not exact:
            at_least.add(name)
    answered = place.responses(since_ms, until_ms, by)
    took_s = [each.took_s for each in _timed(db, answered, settings)]
    median_s, p90_s = median_and_p90(took_s)
    promised = [each.replied_ms <= each.due_ms for each in answered if each.due_ms is not None]
    whose = db.execute("SELECT id FROM colleague WHERE name = ?", (mine,)).fetchone()
    oldest_ms = place.oldest_wait()
    acts = place.acts()
    return ViewNumbers(
        **counted,
        oldest_waiting_s=None if oldest_ms is None else max(0, now_ms - oldest_ms) / 1000,
        new_per_minute=place.heard(now_ms - QUARTER_MS, now_ms) * 60_000 / QUARTER_MS,
        received=place.received(since_ms, until_ms),
        answered=len({each.conversation_id for each in answered}),
        answered_mine=0 if whose is None else len({each.conversation_id for each in answered if each.by == whose[0]}),
        response_rate=response_rate(*place.needed(since_ms, until_ms)),
        targets_hit=sum(promised) / len(promised) if promised else None,
        first_response_median_s=median_s,
        first_response_p90_s=p90_s,
        first_response_n=len(took_s),
        outbox=acts.get(0, 0),
        review=acts.get(1, 0),
        at_least=frozenset(at_least),
    )


def place_of(view: Filter) -> Filter:
    """What a view is about, without the states, times, words and people that narrow it down: whose numbers the bar
    shows.
    """
    kept = tuple(
        each
        for each in view.conditions
        if each.key in _KINDS_OF
        or (each.key is Key.IS and all(value.partition(":")[0] in _FLAGS for value in each.values))
    )
    about = {key.value: getattr(view, key.value) for key in (*_ABOUT[:6], Key.TOPIC)}
    return Filter.model_validate({"view": View.ANY, "conditions": kept, **about})


def standing(place: Filter, now_ms: int) -> dict[str, Filter]:
    """The conversations behind each number of now that counts conversations, by key."""

    def about(*conditions: Condition, **more: object) -> Filter:
        return place.model_copy(update={"conditions": (*place.conditions, *conditions), **more})

    due = Condition(key=Key.IS, values=(Flag.DUE.value,))
    return {
        "open": about(view=View.ALL),
        "unanswered": about(view=View.UNANSWERED),
        "backlog": about(Condition(key=Key.STATE, values=BACKLOG)),
        "late": about(due, before_ms=now_ms, order=Order.OLDEST),
        "due_soon": about(due, since_ms=now_ms, before_ms=now_ms + SOON_MS, order=Order.OLDEST),
    }


@dataclass(frozen=True)
class _Response:
    """A reply of ours. `began_ms`: when what it answered first was written; None where it is no first response."""

    conversation_id: int
    by: int | None
    replied_ms: int
    began_ms: int | None
    due_ms: int | None
    account_id: int
    took_s: float = 0.0


def _timed(db: sqlite3.Connection, found: Iterable[_Response], settings: Settings | None) -> list[_Response]:
    """The first responses with how long they took."""
    brands = dict(db.execute("SELECT a.id, b.name FROM account a LEFT JOIN brand b ON b.id = a.brand_id").fetchall())
    hours = {} if settings is None else {each: hours_of(settings, brand or "") for each, brand in brands.items()}
    out = []
    for each in found:
        if each.began_ms is None:
            continue
        working = hours.get(each.account_id)
        took = (each.replied_ms - each.began_ms) / 1000
        if working is not None:
            took = worked_s(working, each.began_ms, each.replied_ms)
        out.append(_Response(*_fields(each), took_s=max(0.0, took)))
    return out


def _fields(each: _Response) -> tuple[int, int | None, int, int | None, int | None, int]:
    return each.conversation_id, each.by, each.replied_ms, each.began_ms, each.due_ms, each.account_id


class _Place:
    """Everything, some accounts, or the conversations of which more holds (`rest`)."""

    def __init__(self, db: sqlite3.Connection, wanted: Filter, found: Facts, rest: Rest | None) -> None:
        self._db = db
        self.filter = wanted
        self._accounts = (_NONE,) if found.impossible else found.accounts if rest is None else None
        self._rest = rest

    @classmethod
    def of(cls, db: sqlite3.Connection, wanted: Filter) -> _Place:
        found = facts(db, wanted)
        more = (found.topics, found.kinds, found.tag, found.assignee, found.mine)
        plain = all(each is None for each in more) and not (found.nobody or found.flags or found.waits)
        by_account = found.impossible or (plain and not _parts(found))
        return cls(db, wanted, found, None if by_account else condition(db, wanted))

    def count(self, name: str, wanted: Filter, now_ms: int) -> tuple[int, bool]:
        """How many conversations there are, and whether that is all of them."""
        if name in ("late", "due_soon") and self._rest is None:
            late, soon = deadlines.counts(self._db, now_ms, now_ms + SOON_MS, self._accounts)
            n = late if name == "late" else soon
            return min(n, MOST), n <= MOST
        n, exact = queue.count(self._db, wanted)
        return (n, True) if exact else (min(n, MOST), False)

    def _kept(self, conversation: str, account: str) -> tuple[str, tuple[Value, ...]]:
        """What keeps to this place, of rows with a conversation in one column and an account in another."""
        if self._rest is not None:
            sql, values = self._rest
            return f" AND EXISTS (SELECT 1 FROM conversation WHERE id = {conversation} AND ({sql}))", values
        if self._accounts is None:
            return "", ()
        return f" AND {account} IN ({marks(self._accounts)})", self._accounts

    def responses(self, since_ms: int, until_ms: int, by: str | None) -> list[_Response]:
        kept, values = self._kept("r.conversation_id", "r.account_id")
        found = self._db.execute(
            "SELECT r.conversation_id, r.by, r.replied_ms, r.replied_ms - r.first_took_ms, r.due_ms, r.account_id"
            " FROM response r INDEXED BY response_by_time WHERE r.replied_ms >= ? AND r.replied_ms < ?"
            f" AND (? IS NULL OR r.by = (SELECT id FROM colleague WHERE name = ?)){kept}",
            (since_ms, until_ms, by, by, *values),
        )
        return [_Response(*row) for row in found]

    def acts(self) -> dict[int, int]:
        """How many acts are on their way (0), and how many wait for a person (1)."""
        kept, values = self._kept("a.conversation_id", "a.account_id")
        found = self._db.execute(
            "SELECT a.state = 'review', count(*) FROM act a INDEXED BY act_due"
            f" WHERE a.state IN ('held', 'queued', 'sending', 'uncertain', 'review'){kept} GROUP BY 1",
            values,
        )
        return dict(found.fetchall())

    def oldest_wait(self) -> int | None:
        """Since when the conversation that waits longest does."""
        oldest = self.filter.model_copy(update={"view": View.UNANSWERED, "order": Order.OLDEST})
        found = queue.ids(self._db, oldest, 1)
        return next(iter(found.places.values()), None)

    def heard(self, since_ms: int, until_ms: int) -> int:
        """How many messages to us were written in a time."""
        kept, values = self._kept("m.conversation_id", "m.account_id")
        row = self._db.execute(
            "SELECT count(*) FROM message m INDEXED BY message_heard WHERE m.direction = 'in' AND m.addressed"
            f" AND m.precision NOT IN ('day', 'unknown') AND m.at_ms >= ? AND m.at_ms < ?{kept}",
            (since_ms, until_ms, *values),
        ).fetchone()
        return int(row[0])

    def received(self, since_ms: int, until_ms: int) -> int:
        """How many messages came in, in whole quarters of an hour; those of a day only at its beginning, UTC."""
        quarters = (since_ms // QUARTER_MS, -(-until_ms // QUARTER_MS))
        if self._rest is not None:
            kept, values = self._kept("m.conversation_id", "m.account_id")
            sql = (
                "SELECT count(*) FROM message m INDEXED BY message_heard WHERE m.direction = 'in' AND m.addressed"
                f" AND m.precision <> 'unknown' AND m.at_ms >= ? AND m.at_ms < ?{kept}"
            )
            begin, end = (each * QUARTER_MS for each in quarters)
            return int(self._db.execute(sql, (begin, end, *values)).fetchone()[0])
        kept, values = self._kept("", "account_id")
        row = self._db.execute(
            "SELECT sum(n) FROM bucket WHERE quarter >= ? AND quarter < ?"
            f" AND name IN ('received', 'received_day'){kept}",
            (*quarters, *values),
        ).fetchone()
        return int(row[0] or 0)

    def needed(self, since_ms: int, until_ms: int) -> tuple[int, int]:
        """Of the conversations that began in the period: how many were answered, and how many of the others wait."""
        kept, values = self._kept("c.id", "c.account_id")
        counted = dict(
            self._db.execute(
                "SELECT c.first_response_ms IS NOT NULL, count(*) FROM conversation c INDEXED BY conversation_begun"
                " WHERE c.first_in_ms >= ? AND c.first_in_ms < ? AND NOT c.is_history AND c.state <> 'spam'"
                f" AND (c.first_response_ms IS NOT NULL OR c.waits_ms IS NOT NULL){kept} GROUP BY 1",
                (since_ms, until_ms, *values),
            ).fetchall()
        )
        return counted.get(1) or 0, counted.get(0) or 0


def _parts(found: Facts) -> Sequence[Rest]:
    """What else is asked of a conversation; that it is addressed to us goes without saying here."""
    return [part for part in found.parts if part != ("about IS NULL", ())]
