"""What clustering costs and finds: `python benchmarks/clusters.py [SMALL [LARGE]]` (10,000 and 100,000 unless given).

The texts are made here: seven in ten belong to waves (their number grows with the messages) and are one sentence in
other spellings: greetings, small words, slips of the pen, capitals; one in ten of a wave is a trap, the same but for a
number, a refusal or a question. The rest is like nothing else. They go through the store, 200 in a transaction, as
ingest does.

Against all pairs, at SMALL: every two texts are compared (rapidfuzz's cdist on one core, then the decision of
insight.clusters on what is alike enough). Recall: how many of the pairs that say the same are in one cluster.
Precision: how many of the pairs in one cluster say the same when compared with each other; "far": how many are not
even within the declared tolerance. Growth: the exponent of time from SMALL to LARGE. Needs numpy, for cdist alone.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from cminbox.insight.clusters import ALIKE, FARTHEST, form, likeness
from cminbox.store import clusters
from cminbox.store.database import Tx, connect, migrate

PIECE = 200
BLOCK = 1_000
NOW_MS = 1_772_000_000_000
GREETINGS = ("", "", "", "Hello, ", "Hi! ", "Bonjour, ", "Hey, ", "Bonjour ")
ENDS = ("", "", ".", "!", "!!!", " please", " svp", " merci d'avance", " :(", " lol", " really", " 😢")
SMALL_WORDS = ("really", "just", "still", "so", "very", "also")


def vocabulary(draw: random.Random) -> list[str]:
    """Words that no language has, of common syllables."""
    syllables = [a + b for a in "bcdfglmnprstv" for b in ("a", "e", "i", "o", "u", "an", "er", "in", "ou")]
    return sorted({"".join(draw.choices(syllables, k=draw.choice((2, 2, 3, 3, 4)))) for _ in range(6_000)})


def texts(n: int, seed: int = 7) -> list[str]:
    """N messages in the order of arrival."""
    draw = random.Random(seed)
    words = vocabulary(draw)
    weights = [1 / (rank + 20) for rank in range(len(words))]
    draw.shuffle(words)

    def sentence(least: int, most: int) -> list[str]:
        return draw.choices(words, weights, k=draw.randint(least, most))

    waves = [sentence(5, 18) for _ in range(max(6, n // 150))]
    popular = [1 / (rank + 1) for rank in range(len(waves))]
    found = []
    for _ in range(n):
        if draw.random() < 0.7:
            found.append(spelt(draw.choices(waves, popular)[0], draw))
        else:
            found.append(" ".join(sentence(3, 25)))
    return found


def spelt(wave: list[str], draw: random.Random) -> str:
    """A sentence as one more person writes it; one in ten says something else in almost the same words."""
    words = list(wave)
    end = draw.choice(ENDS)
    if draw.random() < 0.1:
        trap = draw.choice(("number", "refusal", "question"))
        if trap == "number":
            words.insert(draw.randrange(len(words)), str(draw.randint(1, 9)))
        elif trap == "refusal":
            words.insert(draw.randrange(len(words)), draw.choice(("not", "pas", "never")))
        else:
            end = " ?"
    if draw.random() < 0.3:
        words.insert(draw.randrange(len(words)), draw.choice(SMALL_WORDS))
    if draw.random() < 0.35:
        at = draw.randrange(len(words))
        word = words[at]
        if len(word) > 4:
            cut = draw.randrange(1, len(word) - 1)
            words[at] = word[:cut] + draw.choice(("", word[cut] * 2, "e")) + word[cut + 1 :]
    text = " ".join(words)
    text = draw.choice((str, str, str.capitalize, str.upper))(text)
    return draw.choice(GREETINGS) + text + end


def through_store(said: list[str], folder: Path) -> tuple[float, dict[int, int]]:
    """Seconds of this process for clustering them in a store on disk, and the cluster of each that is in one."""
    db = connect(folder / f"{len(said)}.db")
    migrate(db, folder)
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("BEGIN")
    db.execute("INSERT INTO network VALUES (1, 'practice')")
    db.execute(
        "INSERT INTO account (id, name, network_id, state, connected_ms, since_ms) VALUES (1, 'one', 1, 'import', 0, 0)"
    )
    db.executemany(
        "INSERT INTO message (id, account_id, conversation_id, direction, kind, audience, state, text, received_ms,"
        " at_ms) VALUES (?1, 1, ?1, 'in', 'comment', 'public', 'shown', ?2, ?1, ?1)",
        enumerate(said, 1),
    )
    db.executemany(
        "INSERT INTO conversation (id, account_id, network_id, kind, state, shown_ms, last_ms, waits_ms,"
        " waits_message_id) VALUES (?1, 1, 1, 'comment', 'open', ?1, ?1, ?1, ?1)",
        [(number,) for number in range(1, len(said) + 1)],
    )
    db.execute("COMMIT")
    form.cache_clear()
    began = time.process_time()
    for start in range(1, len(said) + 1, PIECE):
        db.execute("BEGIN IMMEDIATE")
        clusters.follow(Tx(db, NOW_MS), range(start, min(start + PIECE, len(said) + 1)))
        db.execute("COMMIT")
    took_s = time.process_time() - began
    found = {row[0] - 1: row[1] for row in db.execute("SELECT conversation_id, cluster_id FROM cluster_member")}
    db.close()
    return took_s, found


def all_pairs(said: list[str]) -> tuple[float, set[tuple[int, int]]]:
    """Seconds for comparing every two, and the pairs that say the same."""
    form.cache_clear()
    began = time.process_time()
    numbered = [(number, one) for number, text in enumerate(said) if (one := form(text)) is not None]
    cores = [one.core for _, one in numbered]
    found = set()
    for start in range(0, len(cores), BLOCK):
        alike = process.cdist(
            cores[start : start + BLOCK], cores, scorer=fuzz.ratio, score_cutoff=ALIKE, dtype=np.uint8, workers=1
        )
        for row, column in zip(*map(np.ndarray.tolist, np.nonzero(alike)), strict=True):
            (one, left), (other, right) = numbered[start + row], numbered[column]
            if one < other and likeness(left, right):
                found.add((one, other))
    return time.process_time() - began, found


def together(clustered: dict[int, int]) -> set[tuple[int, int]]:
    """The pairs that are in one cluster."""
    members = defaultdict(list)
    for number, cluster_id in clustered.items():
        members[cluster_id].append(number)
    return {pair for those in members.values() for pair in combinations(sorted(those), 2)}


def far(said: list[str], pairs: set[tuple[int, int]]) -> int:
    """How many of these pairs are farther apart than two members of a cluster may be."""
    forms = {number: form(said[number]) for pair in pairs for number in pair}
    return sum(
        fuzz.ratio(left.core, right.core) < FARTHEST
        for one, other in pairs
        if (left := forms[one]) is not None and (right := forms[other]) is not None
    )


def main(small: int, large: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        said = texts(small)
        through_store(said[:1000], Path(folder))
        ours_s, clustered = through_store(said, Path(folder))
        naive_s, same = all_pairs(said)
        beside = together(clustered)
        both = len(beside & same)
        print(f"{small} messages: {ours_s:.2f} s, all pairs {naive_s:.2f} s, ratio {naive_s / ours_s:.1f}")
        print(
            f"pairs that say the same {len(same)}, in one cluster {len(beside)}, both {both}:"
            f" recall {both / len(same):.4f}, precision {both / len(beside):.4f}"
        )
        print(f"pairs in one cluster beyond the tolerance: {far(said, beside - same)}")
        many_s, clustered = through_store(texts(large), Path(folder))
        exponent = math.log(many_s / ours_s) / math.log(large / small)
        sizes = Counter(clustered.values())
        print(
            f"{large} messages: {many_s:.2f} s ({large / many_s:.0f} a second), growth exponent {exponent:.2f},"
            f" {sum(size > 1 for size in sizes.values())} clusters of two and more, the largest {max(sizes.values())}"
        )


if __name__ == "__main__":
    sizes_ = [int(each) for each in sys.argv[1:]] or [10_000, 100_000]
    main(sizes_[0], sizes_[1] if len(sizes_) > 1 else 10 * sizes_[0])
