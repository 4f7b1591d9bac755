"""What a page of the queue costs in a small and in a large store: `python benchmarks/queue_pages.py SMALL LARGE`.

Both are homes made by generate.py. Every filter that the queue offers is read in both directions, from the start and
from further in, the two stores in turn. Prints microseconds (p50 of the runs, warm), with the rows filled in as the
screen gets them, and the ratio of large to small. "bounded": a scan budget ended it in one of the stores; "fewer": the
small store had not a page of it. The last line is the worst ratio of all other pages; counts are exact up to a budget,
and so grow up to it.
"""

from __future__ import annotations

import itertools
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from cminbox.model.rows import PageKey
from cminbox.model.views import Filter
from cminbox.paths import Home
from cminbox.store import queue
from cminbox.store.database import connect
from cminbox.store.numbers import numbers

LIMIT = 20
RUNS = 15
NETWORK, ACCOUNT, BRAND = "mastodon", "matrix-1", "Nord"
DAY_MS = 86_400_000


def filters() -> list[tuple[str, Filter]]:
    """Every combination of what the screen offers, with a name to print."""
    offered: list[tuple[str, list[object]]] = [
        ("view", ["all", "unanswered", "waiting", "done", "any"]),
        ("network", [None, NETWORK]),
        ("account", [None, ACCOUNT]),
        ("brand", [None, BRAND]),
        ("kind", [None, "dm"]),
        ("topic", [None, 1]),
        ("order", ["newest", "oldest"]),
    ]
    found = []
    for values in itertools.product(*(values for _, values in offered)):
        chosen = dict(zip((name for name, _ in offered), values, strict=True))
        if chosen["account"] and (chosen["network"] or chosen["brand"]):
            continue
        found.append((_name(chosen), Filter(**chosen)))
    for more in ({"person": 1}, {"person": 7}, {"person": 1, "kind": "dm"}, {"state": "spam"}, {"state": "snoozed"}):
        found.append((_name(more), Filter(view="any", **more)))
    found.append(("unanswered state=snoozed", Filter(view="unanswered", state="snoozed")))
    found.append(("unanswered state=done (matches nothing)", Filter(view="unanswered", state="done")))
    searches = ("remboursement", "colis retard", "colis retar", "re", "com", "zzz", '"code promo"', "ana.2", "777")
    for text, view in itertools.product(searches, ("any", "all")):
        found.append((f"{view} search={text}", Filter(view=view, search=text)))
    found.append(("all network kind search=colis", Filter(search="colis", network=NETWORK, kind="dm")))
    found.append(("unanswered state=done search=colis", Filter(search="colis", view="unanswered", state="done")))
    return found


def _name(chosen: dict[str, object]) -> str:
    return " ".join(f"{k}={v}" if k not in ("view", "order") else f"{v}" for k, v in chosen.items() if v is not None)


Seen = tuple[int, bool]
"""How many rows came, and whether a scan budget ended it."""


def cases() -> list[tuple[str, Callable[[sqlite3.Connection], Seen]]]:
    """Everything that is timed: its name, and what to run."""
    found: list[tuple[str, Callable[[sqlite3.Connection], Seen]]] = []
    for name, wanted in filters():
        found.append((f"{name}: first", lambda db, w=wanted: _page(db, w)))
        found.append((f"{name}: after", lambda db, w=wanted: _page(db, w, after=_second_page(db, w))))
        found.append((f"{name}: before", lambda db, w=wanted: _page(db, w, before=_second_page(db, w))))
        found.append((f"{name}: count", lambda db, w=wanted: (0, not queue.count(db, w)[1])))
    for name, by in (("numbers today", None), ("numbers today of a brand", BRAND)):
        found.append((name, lambda db, by=by: _numbers(db, by)))
    return found


def _page(db: sqlite3.Connection, wanted: Filter, **key: PageKey | None) -> Seen:
    page = queue.page(db, wanted, LIMIT, **key)
    return len(page), page.partial


def _numbers(db: sqlite3.Connection, brand: str | None) -> Seen:
    numbers(db, _end(db), _end(db) - DAY_MS, _end(db) + 1, brand)
    return 1, False


_keys: dict[tuple[int, Filter], PageKey | None] = {}
_ends: dict[int, int] = {}


def _second_page(db: sqlite3.Connection, wanted: Filter) -> PageKey | None:
    """The key at the end of the first page (looked up once, not timed)."""
    found = (id(db), wanted)
    if found not in _keys:
        page = queue.page(db, wanted, LIMIT)
        _keys[found] = PageKey(sort_ms=page[-1].sort_ms, id=page[-1].id) if page else None
    return _keys[found]


def _end(db: sqlite3.Connection) -> int:
    if id(db) not in _ends:
        _ends[id(db)] = int(db.execute("SELECT max(at_ms) FROM message").fetchone()[0])
    return _ends[id(db)]


def main(small: Path, large: Path) -> None:
    stores = [connect(Home.at(folder).database) for folder in (small, large)]
    print(f"{'':64} {'small us':>9} {'large us':>9} {'ratio':>6}")
    worst = (0.0, "")
    for name, run in cases():
        (few, ended), (many, large_ended) = (run(db) for db in stores)
        times: list[list[float]] = [[], []]
        for _ in range(RUNS):
            for taken, db in zip(times, stores, strict=True):
                began = time.perf_counter()
                run(db)
                taken.append((time.perf_counter() - began) * 1e6)
        low, high = (statistics.median(taken) for taken in times)
        aside = " bounded" if ended or large_ended else " fewer" if few != many else ""
        print(f"{name:64} {low:9.0f} {high:9.0f} {high / low:6.2f}{aside}")
        if not aside and not name.endswith(": count"):
            worst = max(worst, (high / low, name))
    print(f"worst ratio of all other pages: {worst[0]:.2f} ({worst[1]})")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
