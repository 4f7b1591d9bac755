"""What the counters bar costs beside a small and a large store: `python benchmarks/bar.py SMALL LARGE`.

Both are homes made by generate.py, of at least 3,000 conversations each: that many are the day that the bar tells of.
The whole bar is read for every kind of view, the two stores in turn. Prints microseconds (p50 of the runs, warm) and
the ratio of large to small; "budget" marks views that are counted under the scan budget in the large store. The last
line is the worst ratio of the views that gauges and indices hold, which are exact at any size.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import time
from pathlib import Path

from cminbox.model.views import Condition, Filter, Key, View
from cminbox.paths import Home
from cminbox.store.database import connect
from cminbox.store.numbers import of_view

RUNS = 40
TAG = "returns"
DAY_MS = 86_400_000
GAUGED = (
    ("inbox", Filter()),
    ("network", Filter(network="mastodon")),
    ("account", Filter(account="matrix-1")),
    ("brand", Filter(brand="Nord")),
    ("assignee", Filter(assignee="marc")),
    ("tag", Filter(tag=TAG)),
)
OTHER = (
    ("unassigned", Filter(assignee="none")),
    ("direct messages", Filter(kind="dm")),
    ("private and mine", Filter(conditions=(Condition(key=Key.IS, values=("mine:marc",)),))),
    ("tag of a colleague", Filter(tag=TAG, assignee="marc")),
    (
        "done of two networks",
        Filter(view=View.DONE, conditions=(Condition(key=Key.NETWORK, values=("matrix", "reddit")),)),
    ),
)


def bar(db: sqlite3.Connection, view: Filter, end_ms: int) -> frozenset[str]:
    """Read the whole bar once; which of its numbers a budget ended."""
    return of_view(db, end_ms, end_ms - DAY_MS, end_ms, view, mine="marc").at_least


def tag_some(db: sqlite3.Connection) -> None:
    """A tag on every fiftieth conversation, counted, in a transaction that is never committed."""
    db.execute("BEGIN")
    tag = db.execute("INSERT INTO tag (name, folded, colour) VALUES (?, ?, 'grey')", (TAG, TAG)).lastrowid
    db.execute(
        "INSERT INTO conversation_tag (conversation_id, tag_id, state, shown_ms, waits_ms, network_id, assignee)"
        " SELECT id, ?, state, shown_ms, waits_ms, network_id, assignee FROM conversation WHERE id % 50 = 0",
        (tag,),
    )
    for name, sql in (("state", "1"), ("'unanswered'", "waits_ms IS NOT NULL")):
        db.execute(
            f"INSERT INTO gauge (scope, scope_id, name, n) SELECT 'tag', ?, {name}, count(*) FROM conversation_tag"
            f" WHERE tag_id = ? AND {sql} GROUP BY {name}",
            (tag, tag),
        )


def main(small: Path, large: Path) -> None:
    stores = [connect(Home.at(folder).database) for folder in (small, large)]
    for db in stores:
        tag_some(db)
    ends = [int(db.execute("SELECT max(at_ms) FROM message").fetchone()[0]) for db in stores]
    sizes = [db.execute("SELECT max(id) FROM conversation").fetchone()[0] for db in stores]
    print(f"{'':28} {sizes[0]:>9} {sizes[1]:>9} {'ratio':>6}")
    worst = 0.0
    for name, view in (*GAUGED, *OTHER):
        times: list[list[float]] = [[], []]
        for _ in range(RUNS):
            for taken, db, end in zip(times, stores, ends, strict=True):
                began = time.perf_counter()
                bar(db, view, end)
                taken.append((time.perf_counter() - began) * 1e6)
        low, high = (statistics.median(taken) for taken in times)
        ended = bar(stores[1], view, ends[1])
        print(f"{name:28} {low:9.0f} {high:9.0f} {high / low:6.2f}{' budget' if ended else ''}")
        if (name, view) in GAUGED:
            worst = max(worst, high / low)
    print(f"worst ratio of what is exact at any size: {worst:.2f}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
