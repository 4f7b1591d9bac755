"""What a monitoring system is told of the store: gauges of now by account, and what came and went since last time.

Nothing here grows with the store: gauges are kept, waits and deadlines come by index, and what happened since the last
look is read behind the last id seen.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field

from cminbox.store import counters, deadlines, spikes

PENDING = ("held", "queued", "sending", "uncertain", "review")
"""The states of acts that have not ended."""


@dataclass(frozen=True)
class Seen:
    """How far was read: the last message, and the last move of an act."""

    message: int = 0
    move: int = 0


@dataclass(frozen=True)
class AccountNow:
    """One account as it stands. `oldest_ms` None: nobody waits; `late` and `due_soon` at most deadlines.MOST."""

    name: str
    network: str
    brand: str
    paused: bool
    open: int
    unanswered: int
    oldest_ms: int | None
    late: int
    due_soon: int
    acts: dict[str, int]


@dataclass(frozen=True)
class Now:
    """All accounts, the brands with a spike that lasts, and what happened beyond `since`: n by (what, account)."""

    accounts: tuple[AccountNow, ...]
    spiking: frozenset[str]
    happened: Counter[tuple[str, str]] = field(default_factory=Counter)
    seen: Seen = Seen()


def seen(db: sqlite3.Connection) -> Seen:
    """Everything there is by now."""
    message = db.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0]
    move = db.execute("SELECT coalesce(max(id), 0) FROM act_history").fetchone()[0]
    return Seen(int(message), int(move))


def read(db: sqlite3.Connection, now_ms: int, soon_ms: int, since: Seen) -> Now:
    """Everything, as one look at the store."""
    acts: dict[int, Counter[str]] = {}
    for account_id, state, n in db.execute(
        "SELECT account_id, state, count(*) FROM act INDEXED BY act_due"
        " WHERE state IN ('held', 'queued', 'sending', 'uncertain', 'review') GROUP BY 1, 2"
    ):
        acts.setdefault(account_id, Counter())[state] = n
    rows = db.execute(
        "SELECT a.id, a.name, n.name AS network, coalesce(b.name, '') AS brand, a.state FROM account a"
        " JOIN network n ON n.id = a.network_id LEFT JOIN brand b ON b.id = a.brand_id ORDER BY a.id"
    ).fetchall()
    accounts = tuple(_account(db, row, acts.get(row["id"], Counter()), now_ms, soon_ms) for row in rows)
    upto = seen(db)
    names = {row["id"]: row["name"] for row in rows}
    spiking = frozenset(each.brand for each in spikes.lasting(db))
    return Now(accounts, spiking, _happened(db, since, upto, names), upto)


def _account(db: sqlite3.Connection, row: sqlite3.Row, acts: Counter[str], now_ms: int, soon_ms: int) -> AccountNow:
    gauges = counters.gauges(db, "account", row["id"])
    waits = db.execute(
        "SELECT waits_ms FROM conversation INDEXED BY conversation_waits_account"
        " WHERE account_id = ? AND waits_ms IS NOT NULL ORDER BY waits_ms LIMIT 1",
        (row["id"],),
    ).fetchone()
    late, soon = deadlines.counts(db, now_ms, soon_ms, (row["id"],))
    return AccountNow(
        name=row["name"],
        network=row["network"],
        brand=row["brand"],
        paused=row["state"] == "paused",
        open=gauges["open"],
        unanswered=gauges["unanswered"],
        oldest_ms=None if waits is None else int(waits[0]),
        late=late,
        due_soon=soon,
        acts={state: acts[state] for state in PENDING},
    )


_HAPPENED = {
    "received": "SELECT account_id, count(*) FROM message WHERE id > ? AND id <= ? AND direction = 'in' AND addressed"
    " AND NOT is_history GROUP BY 1",
    "replied": "SELECT account_id, count(*) FROM response WHERE message_id > ? AND message_id <= ? GROUP BY 1",
    "sent": "SELECT a.account_id, count(*) FROM act_history h JOIN act a ON a.id = h.act_id"
    " WHERE h.id > ? AND h.id <= ? AND h.state = 'sent' GROUP BY 1",
}


def _happened(db: sqlite3.Connection, since: Seen, upto: Seen, names: dict[int, str]) -> Counter[tuple[str, str]]:
    """What came in, was replied and was sent between two looks, by account."""
    found: Counter[tuple[str, str]] = Counter()
    messages, moves = (since.message, upto.message), (since.move, upto.move)
    ends = {"received": messages, "replied": messages, "sent": moves}
    for what, sql in _HAPPENED.items():
        for account_id, n in db.execute(sql, ends[what]):
            if account_id in names:
                found[what, names[account_id]] += n
    return found
