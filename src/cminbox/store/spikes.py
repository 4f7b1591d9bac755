"""Arrivals by brand as the watch of spikes reads them, and the spikes that were announced."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass

from cminbox.insight.spikes import most_alike
from cminbox.store.counters import QUARTER_MS
from cminbox.store.database import Tx
from cminbox.store.since import first_entry

WEEK = 7 * 24 * 4
"""Quarters of an hour in a week."""
_WEEKS = 8
_BEFORE = 12
"""Quarters before the window that stand in for other weeks while there are less than two."""
_COMPARED = 300
_LETTERS = 2_000


@dataclass(frozen=True)
class Arrivals:
    """What came in for a brand: `count` in the last quarter of an hour (estimated from two buckets), and `history`,
    what as long a window brought at other times, newest first. Without any, `alike` people said the same. The brand is
    0 for accounts of none.
    """

    brand_id: int
    count: int
    history: tuple[int, ...]
    alike: int | None = None


@dataclass(frozen=True)
class Spike:
    """An announced spike; `ended_ms` None while it lasts. `brand` is "" for accounts of none."""

    id: int
    brand_id: int
    brand: str
    began_ms: int
    ended_ms: int | None
    count: int
    usual: float
    peak: int
    cluster_id: int | None


def arrivals(db: sqlite3.Connection, now_ms: int) -> list[Arrivals]:
    """The arrivals of every brand with an account that reads. The cost does not depend on the size of the store.

    Imported messages are no arrivals. The window slides: of the bucket before the running one it takes as much as is
    still within a quarter of an hour. Of another week counts the busiest of the same quarter and the two beside it: who
    posts every Monday at nine does so a little earlier or later.
    """
    now = now_ms // QUARTER_MS
    elapsed = (now_ms % QUARTER_MS) / QUARTER_MS
    brands = [
        row[0]
        for row in db.execute("SELECT DISTINCT coalesce(brand_id, 0) FROM account WHERE state <> 'import' ORDER BY 1")
    ]
    weeks = [now - week * WEEK for week in range(1, _WEEKS + 1)]
    others = [week + beside for week in weeks for beside in (-1, 0, 1)]
    wanted = sorted({now, now - 1, *others, *range(now - 1 - _BEFORE, now - 1)})
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    for brand_id, quarter, n in db.execute(
        "SELECT coalesce(a.brand_id, 0), b.quarter, sum(b.n) FROM bucket b JOIN account a ON a.id = b.account_id"
        f" WHERE b.quarter IN ({', '.join('?' * len(wanted))}) AND b.name = 'received' AND a.state <> 'import'"
        " GROUP BY 1, 2",
        wanted,
    ):
        counts[brand_id][quarter] = n
    first = db.execute(
        "SELECT quarter FROM bucket WHERE name = 'received' AND account_id IN"
        " (SELECT id FROM account WHERE state <> 'import') ORDER BY quarter LIMIT 1"
    ).fetchone()
    begun = now if first is None else int(first[0])
    settled = now - begun >= 2 * WEEK

    def history(count: Counter[int]) -> tuple[int, ...]:
        if settled:
            return tuple(max(count[week + beside] for beside in (-1, 0, 1)) for week in weeks if week >= begun)
        # The first quarter of all was not whole: it says nothing of what is usual.
        return tuple(count[each] for each in range(now - 2, now - 2 - _BEFORE, -1) if each > begun)

    def look(brand_id: int) -> Arrivals:
        count = counts[brand_id]
        n, others = round(count[now] + (1 - elapsed) * count[now - 1]), history(count)
        return Arrivals(brand_id, n, others, None if others else most_alike(_said(db, brand_id, now_ms)))

    return [look(brand_id) for brand_id in brands]


def _said(db: sqlite3.Connection, brand_id: int, now_ms: int) -> list[tuple[int, str]]:
    """Who wrote what to a brand in the last quarter of an hour, the newest `_COMPARED` messages, the newest first."""
    found = db.execute(
        "SELECT m.person_id, substr(m.text, 1, ?4) FROM journal j JOIN message m ON m.id = j.message_id"
        " JOIN account a ON a.id = m.account_id WHERE j.id >= ?1 AND j.verb = 'arrived' AND j.after IS NULL"
        " AND m.direction = 'in' AND m.addressed AND NOT m.is_history AND m.at_ms > ?2"
        " AND coalesce(a.brand_id, 0) = ?3 ORDER BY j.id DESC LIMIT ?5",
        (first_entry(db, now_ms - QUARTER_MS), now_ms - QUARTER_MS, brand_id, _LETTERS, _COMPARED),
    )
    return [(row[0] or 0, row[1]) for row in found]


def latest(db: sqlite3.Connection, brand_id: int) -> Spike | None:
    """The last spike of a brand, whether it lasts or not."""
    row = db.execute(
        f"{_SELECT} WHERE s.brand_id = ? ORDER BY s.began_ms DESC, s.id DESC LIMIT 1", (brand_id,)
    ).fetchone()
    return _spike(row) if row else None


def lasting(db: sqlite3.Connection) -> list[Spike]:
    """The spikes that last, oldest first."""
    return [_spike(row) for row in db.execute(f"{_SELECT} WHERE s.ended_ms IS NULL ORDER BY s.began_ms, s.id")]


def between(db: sqlite3.Connection, since_ms: int, until_ms: int) -> list[Spike]:
    """The spikes that began in a period, oldest first."""
    return [
        _spike(row)
        for row in db.execute(
            f"{_SELECT} WHERE s.began_ms >= ? AND s.began_ms < ? ORDER BY s.began_ms, s.id", (since_ms, until_ms)
        )
    ]


def of_entry(db: sqlite3.Connection, entry: int, at_ms: int) -> Spike | None:
    """The spike that an entry of the journal announced: of those of that very instant the one of its rank."""
    (rank,) = db.execute(
        "SELECT count(*) FROM journal WHERE id < ?1 AND id > ?1 - 100 AND verb = 'spike' AND at_ms = ?2", (entry, at_ms)
    ).fetchone()
    row = db.execute(f"{_SELECT} WHERE s.began_ms = ? ORDER BY s.id LIMIT 1 OFFSET ?", (at_ms, rank)).fetchone()
    return _spike(row) if row else None


def begin(tx: Tx, brand_id: int, count: int, usual: float) -> int:
    """A spike is announced, with the wave that most of the new messages belong to; returns its id."""
    wave = tx.db.execute(
        "SELECT m.cluster_id FROM conversation c INDEXED BY conversation_waits"
        " JOIN cluster_member m ON m.conversation_id = c.id"
        " WHERE c.waits_ms >= ? AND coalesce(c.brand_id, 0) = ? GROUP BY 1 HAVING count(*) > 1"
        " ORDER BY count(*) DESC, 1 LIMIT 1",
        (tx.now_ms - QUARTER_MS, brand_id),
    ).fetchone()
    made = tx.db.execute(
        "INSERT INTO spike (brand_id, began_ms, count, usual, peak, cluster_id) VALUES (?, ?, ?, ?, ?, ?)",
        (brand_id, tx.now_ms, count, usual, count, wave[0] if wave else None),
    )
    return int(made.lastrowid or 0)


def follow(tx: Tx, spike_id: int, count: int) -> None:
    """Remember the most that came in while a spike lasts."""
    tx.db.execute("UPDATE spike SET peak = max(peak, ?) WHERE id = ?", (count, spike_id))


def end(tx: Tx, spike_id: int) -> None:
    """Arrivals are as usual again."""
    tx.db.execute("UPDATE spike SET ended_ms = ? WHERE id = ?", (tx.now_ms, spike_id))


_SELECT = (
    "SELECT s.id, s.brand_id, coalesce(b.name, '') AS brand, s.began_ms, s.ended_ms, s.count, s.usual, s.peak,"
    " s.cluster_id FROM spike s LEFT JOIN brand b ON b.id = s.brand_id"
)


def _spike(row: sqlite3.Row) -> Spike:
    return Spike(**{name: row[name] for name in row.keys()})  # noqa: SIM118 - a Row iterates over its values
