"""The counters bar and `cminbox kpi`: read from gauges, buckets and the index of our replies."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from cminbox.insight.definitions import response_rate
from cminbox.insight.percentiles import median_and_p90
from cminbox.model.rows import Numbers
from cminbox.store.counters import QUARTER_MS, gauges


def numbers(
    db: sqlite3.Connection,
    now_ms: int,
    since_ms: int,
    until_ms: int,
    brand: str | None = None,
    by: str | None = None,
) -> Numbers:
    """The numbers of now, and of the period from `since_ms` up to (not with) `until_ms`; insight.definitions says what
    each means.

    `brand` keeps to the accounts of one brand. `by` (a colleague's name) keeps `answered` and the first responses to
    that colleague's replies; the others stay the team's. The cost grows with what happened in the period only.
    """
    place = _Place.of(db, brand)
    answered = place.all(
        "SELECT conversation_id, first_took_ms FROM response INDEXED BY response_by_time"
        " WHERE replied_ms >= ? AND replied_ms < ? AND (? IS NULL OR by = (SELECT id FROM colleague WHERE name = ?))",
        (since_ms, until_ms, by, by),
    )
    took_s = [max(0, took_ms) / 1000 for _, took_ms in answered if took_ms is not None]
    median_s, p90_s = median_and_p90(took_s)
    oldest_ms = place.oldest_wait()
    now = place.gauges()
    acts = dict(
        place.all(
            "SELECT state = 'review', count(*) FROM act INDEXED BY act_due"
            " WHERE state IN ('held', 'queued', 'sending', 'uncertain', 'review')",
            (),
            "GROUP BY 1",
        )
    )
    return Numbers(
        open=now["open"],
        unanswered=now["unanswered"],
        oldest_waiting_s=None if oldest_ms is None else max(0, now_ms - oldest_ms) / 1000,
        received=place.received(since_ms, until_ms),
        answered=len({conversation_id for conversation_id, _ in answered}),
        response_rate=response_rate(*place.needed(since_ms, until_ms)),
        first_response_median_s=median_s,
        first_response_p90_s=p90_s,
        first_response_n=len(took_s),
        outbox=acts.get(0, 0),
        review=acts.get(1, 0),
    )


_NOBODY = -1


class _Place:
    """Everything, or the accounts of one brand."""

    def __init__(self, db: sqlite3.Connection, brand_id: int | None, accounts: Sequence[int] | None) -> None:
        self._db = db
        self._brand_id = brand_id
        self._accounts = accounts

    @classmethod
    def of(cls, db: sqlite3.Connection, brand: str | None) -> _Place:
        if brand is None:
            return cls(db, None, None)
        row = db.execute("SELECT id FROM brand WHERE name = ?", (brand,)).fetchone()
        brand_id = _NOBODY if row is None else int(row[0])
        rows = db.execute("SELECT id FROM account WHERE brand_id = ?", (brand_id,))
        return cls(db, brand_id, [row[0] for row in rows] or [_NOBODY])

    def all(self, sql: str, values: Sequence[object], end: str = "") -> list[tuple[int, int | None]]:
        """Pairs that a query (with a WHERE) gives for the accounts of this place."""
        if self._accounts is not None:
            sql += f" AND account_id IN ({', '.join('?' * len(self._accounts))})"
            values = [*values, *self._accounts]
        return [tuple(row) for row in self._db.execute(f"{sql} {end}", values)]

    def gauges(self) -> dict[str, int]:
        if self._brand_id is None:
            return gauges(self._db)
        return gauges(self._db, "brand", self._brand_id)

    def oldest_wait(self) -> int | None:
        """Since when the conversation that waits longest does."""
        if self._accounts is None:
            row = self._db.execute(
                "SELECT waits_ms FROM conversation INDEXED BY conversation_waits WHERE waits_ms IS NOT NULL"
                " ORDER BY waits_ms LIMIT 1"
            ).fetchone()
            return None if row is None else int(row[0])
        waits = [
            row[0]
            for account_id in self._accounts
            for row in self._db.execute(
                "SELECT waits_ms FROM conversation INDEXED BY conversation_waits_account"
                " WHERE account_id = ? AND waits_ms IS NOT NULL ORDER BY waits_ms LIMIT 1",
                (account_id,),
            )
        ]
        return min(waits, default=None)

    def received(self, since_ms: int, until_ms: int) -> int:
        """How many messages came in, in whole quarters of an hour; those of a day only at its beginning, UTC."""
        pairs = self.all(
            "SELECT 0, sum(n) FROM bucket WHERE quarter >= ? AND quarter < ? AND name IN ('received', 'received_day')",
            (since_ms // QUARTER_MS, -(-until_ms // QUARTER_MS)),
        )
        return pairs[0][1] or 0

    def needed(self, since_ms: int, until_ms: int) -> tuple[int, int]:
        """Of the conversations that began in the period: how many were answered, and how many of the others wait."""
        counted = dict(
            self.all(
                "SELECT first_response_ms IS NOT NULL, count(*) FROM conversation INDEXED BY conversation_begun"
                " WHERE first_in_ms >= ? AND first_in_ms < ? AND NOT is_history AND state <> 'spam'"
                " AND (first_response_ms IS NOT NULL OR waits_ms IS NOT NULL)",
                (since_ms, until_ms),
                "GROUP BY 1",
            )
        )
        return counted.get(1) or 0, counted.get(0) or 0
