"""What a key costs in the template picker, beside scoring every name: `python benchmarks/templates.py [N]`.

N generated names (5,000 without it). Questions are typed letter by letter; each time the ten nearest are asked for, by
the picker and by a full scan of the same scorer (rapidfuzz's WRatio, in one call and one name at a time), in turn.
Prints milliseconds of computing a key (median, 95th percentile, worst), the share of a frame of 60 a second, and the
ratios; and fails where any answer differs. The last line is the whole search as the screen asks for it, store and texts
included, in milliseconds of waiting.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rapidfuzz import fuzz, process

from cminbox.clock import SystemClock
from cminbox.config.settings import Settings
from cminbox.inbox import template_keeping
from cminbox.inbox.desk import desk_open
from cminbox.inbox.template_search import nearest, search
from cminbox.model.templates import Variant, Written
from cminbox.store.database import Store
from cminbox.text import fold

FRAME_MS = 1000 / 60
LIMIT = 10
ROUNDS = 3
WORDS = [
    *("refund", "order", "late", "parcel", "thanks", "opening", "hours", "stock", "crisis", "holding", "private"),
    *("remboursement", "commande", "retard", "colis", "merci", "horaires", "facture", "livraison", "données", "promo"),
    *("password", "account", "login", "invoice", "warranty", "return", "exchange", "size", "colour", "shop", "event"),
]
TYPED = ("remboursement colis", "refund order", "refnd ordr", "horaires", "stock 4711", "zzz", "données privées", "o")

Found = list[tuple[int, float]]


def names(many: int) -> list[str]:
    """Names as people give them, folded."""
    chance = random.Random(3)
    return [fold(f"{' '.join(chance.choices(WORDS, k=chance.randint(2, 5)))} {number}") for number in range(many)]


def in_one_call(keys: list[str], words: str) -> Found:
    """Every name scored by rapidfuzz in one call."""
    found = process.extract(words, keys, scorer=fuzz.WRatio, processor=None, limit=LIMIT)
    return [(at, score) for _key, score, at in found]


def one_by_one(keys: list[str], words: str) -> Found:
    """Every name scored by itself."""
    scored = [(at, fuzz.WRatio(words, key)) for at, key in enumerate(keys)]
    return sorted(scored, key=lambda each: (-each[1], each[0]))[:LIMIT]


async def whole_search(many: int) -> list[float]:
    """How long a key waits for the screen's search, in a store of as many templates."""
    taken = []
    with tempfile.TemporaryDirectory() as folder:
        clock = SystemClock()
        store = await Store.open(Path(folder) / "cminbox.db", clock)
        desk = await desk_open(store, clock, Settings(), "bench")
        text = Variant(body='Hello {{ person.first_name or "there" }}, we are looking into it. ' * 5)
        await template_keeping.bring_in(desk, [Written(name=name, variants=(text,)) for name in names(many)])
        await search(desk, "")
        for whole in TYPED:
            for end in range(1, len(whole) + 1):
                began = time.perf_counter()
                await search(desk, whole[:end])
                taken.append((time.perf_counter() - began) * 1000)
        await store.close()
    return taken


def main(many: int) -> int:
    keys = names(many)
    ways: dict[str, Callable[[str], Found]] = {
        "picker": lambda words: nearest(keys, words, LIMIT),
        "full scan, one call": lambda words: in_one_call(keys, words),
        "full scan, one by one": lambda words: one_by_one(keys, words),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    differ = 0
    for whole in TYPED:
        for end in range(1, len(whole) + 1):
            words = fold(whole[:end]).strip()
            for _ in range(ROUNDS):
                answers = []
                for name, way in ways.items():
                    began = time.thread_time()
                    answers.append(way(words))
                    times[name].append((time.thread_time() - began) * 1000)
                differ += any(answer != answers[0] for answer in answers)
    print(f"{many} templates, {len(times['picker'])} keys, the {LIMIT} nearest")
    for name, taken in times.items():
        p95 = statistics.quantiles(taken, n=20)[-1]
        median, worst = statistics.median(taken), max(taken)
        share = f"{p95 / FRAME_MS:.0%} and {worst / FRAME_MS:.0%} of a frame"
        print(f"{name:22} ms: median {median:6.2f}  p95 {p95:6.2f}  worst {worst:6.2f}  ({share})")
    for name in list(ways)[1:]:
        print(f"{name} / picker: {statistics.fmean(times[name]) / statistics.fmean(times['picker']):.1f}")
    print(f"answers that differ: {differ}")
    taken = asyncio.run(whole_search(many))
    p95 = statistics.quantiles(taken, n=20)[-1]
    print(f"the whole search       ms: median {statistics.median(taken):6.2f}  p95 {p95:6.2f}  worst {max(taken):6.2f}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000))
