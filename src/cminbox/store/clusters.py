"""Which open conversations say the same: kept in line in the transaction that changes them.

A conversation is in a cluster by the message that waits in it, and only while it is open. One whose message is like no
other is a cluster of one. Empty clusters are remembered for a while, so that what comes back (an undo, a reopening, one
more of an old wave) finds the one it was in.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from cminbox.insight.clusters import Form, Marks, best, core_key, form, keys, marks, resemble
from cminbox.model.base import ConversationState
from cminbox.store.database import Tx

_DAY_MS = 86_400_000
KEPT_ALONE_MS = _DAY_MS
"""How long an empty cluster is remembered that never held two."""
KEPT_WAVE_MS = 30 * _DAY_MS
"""The same for one that did, or was answered."""

_MOST_UNDER_A_KEY = 50
_READ_BYTES = 16_000


class _Wait(NamedTuple):
    """A conversation about to enter a cluster, by the message that waits in it."""

    conversation_id: int
    message_id: int
    waits_ms: int
    brand: int
    form: Form


class _Known:
    """Clusters that share a key with somebody who enters: who stands under a key, and what their first messages say.

    That is read late: most that share a key are ruled out by their sketch.
    """

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.under: defaultdict[int, set[int]] = defaultdict(set)
        self.sketches: dict[int, bytes | None] = {}
        self._firsts: dict[int, int] = {}
        self._forms: dict[int, Form | None] = {}

    def read(self, wanted: Iterable[int]) -> None:
        """Read what stands under keys. Keys of clusters that nothing can join any more are dropped."""
        dead = []
        for key, cluster_id, message_id, sketch in self.tx.db.execute(_UNDER, (json.dumps(list(wanted)),)):
            if message_id is None:
                dead.append((key, cluster_id))
            else:
                self.under[key].add(cluster_id)
                self._firsts[cluster_id] = message_id
                self.sketches[cluster_id] = sketch
        self.tx.db.executemany("DELETE FROM cluster_key WHERE key = ? AND cluster_id = ?", dead)

    def begin(self, cluster_id: int, said: Form, found_by: Marks) -> None:
        """A cluster begins now."""
        self._forms[cluster_id] = said
        self.sketches[cluster_id] = found_by.sketch

    def beside(self, found_by: Marks) -> list[tuple[int, Form]]:
        """The clusters that may say the same, with what their first messages say."""
        likely = self._likely(found_by)
        self._read_forms(likely)
        return [(one, said) for one in likely if (said := self._forms[one]) is not None]

    def expect(self, marked: Iterable[Marks]) -> None:
        """Read at once what `beside` will most likely be asked for."""
        self._read_forms({one for found_by in marked if found_by.bands for one in self._likely(found_by)})

    def _likely(self, found_by: Marks) -> list[int]:
        found = {each for key in (found_by.core, *found_by.bands) for each in self.under[key]}
        return [one for one in found if resemble(found_by.sketch, self.sketches[one])]

    def _read_forms(self, wanted: Iterable[int]) -> None:
        clusters = [one for one in wanted if one not in self._forms]
        if not clusters:
            return
        texts = _texts(self.tx.db, [self._firsts[one] for one in clusters])
        for one in clusters:
            text = texts.get(self._firsts[one])
            self._forms[one] = None if text is None else form(text)


def follow(tx: Tx, conversation_ids: Iterable[int]) -> None:
    """Bring the clusters in line with conversations that changed, or are gone."""
    gone: list[tuple[int, int]] = []
    come: list[sqlite3.Row] = []
    for row in tx.db.execute(_STANDING, (json.dumps(list(conversation_ids)),)):
        if row["waits"] == row["member"]:
            continue
        if row["cluster_id"] is not None:
            gone.append((row["id"], row["cluster_id"]))
        if row["waits"] is not None:
            come.append(row)
    deltas = _leave(tx, gone)
    if come:
        _forget(tx, len(come))
        for cluster_id, n in _enter(tx, _waits(tx.db, come)).items():
            deltas[cluster_id] += n
    _restate(tx, deltas)


def reword(tx: Tx, message_id: int) -> None:
    """A message is about to say something else, or nothing: call this before its text changes.

    Its conversation leaves its cluster and joins the fitting one at the end of the transaction. A cluster that was
    compared by it goes on with another of its messages.
    """
    row = tx.db.execute(
        f"SELECT substr(CAST(m.text AS BLOB), 1, {_READ_BYTES}) AS text, coalesce(c.brand_id, 0) AS brand,"
        " k.conversation_id, k.cluster_id FROM message m LEFT JOIN conversation c ON c.id = m.conversation_id"
        " LEFT JOIN cluster_member k ON k.conversation_id = c.id AND k.message_id = m.id WHERE m.id = ?",
        (message_id,),
    ).fetchone()
    if row is None:
        return
    if row["conversation_id"] is not None:
        tx.touch(row["conversation_id"])
        _restate(tx, _leave(tx, [(row["conversation_id"], row["cluster_id"])]))
    said = form(_text(row["text"]))
    if said is not None:
        tx.db.execute(
            "UPDATE cluster SET sketch = NULL, message_id = (SELECT k.message_id FROM cluster_member k"
            " WHERE k.cluster_id = cluster.id ORDER BY k.waits_ms, k.conversation_id LIMIT 1)"
            " WHERE message_id = ?1 AND id IN (SELECT cluster_id FROM cluster_key WHERE key = ?2)",
            (message_id, keys(said, row["brand"])[0]),
        )


def answered(tx: Tx, cluster_id: int, batch: int, by: int, template: int | None) -> None:
    """Remember that a step of the journal answered a cluster as one: what joins later has that answer ready."""
    tx.db.execute(
        "UPDATE cluster SET answered_batch = ?, answered_by = ?, answered_with = ? WHERE id = ?",
        (batch, by, template, cluster_id),
    )


def drift(db: sqlite3.Connection) -> list[str]:
    """Where the clusters differ from what a recount from the conversations gives; empty when all is well.

    Reads everything (`cminbox doctor` and the tests).
    """
    found = [
        f"cluster {row['id']}: size {row['size']}, members {row['n']}"
        for row in db.execute(
            "SELECT c.id, c.size, c.was_shared, c.first_id, c.keep_until_ms, count(k.conversation_id) AS n,"
            " (SELECT f.conversation_id FROM cluster_member f WHERE f.cluster_id = c.id"
            "  ORDER BY f.waits_ms, f.conversation_id LIMIT 1) AS first"
            " FROM cluster c LEFT JOIN cluster_member k ON k.cluster_id = c.id GROUP BY c.id"
            " HAVING c.size != n OR (n >= 2 AND NOT c.was_shared) OR (n = 0) != (c.keep_until_ms IS NOT NULL)"
            " OR (n > 0 AND c.first_id IS NOT first)"
        )
    ]
    ids = [
        row["id"] for row in db.execute("SELECT id FROM conversation UNION SELECT conversation_id FROM cluster_member")
    ]
    for row in db.execute(_STANDING, (json.dumps(ids),)).fetchall():
        if row["waits"] != row["member"] and (row["member"] is not None or _waits(db, [row])):
            found.append(f"conversation {row['id']}: waits with {row['waits']}, is in by {row['member']}")
    return found


_STANDING = f"""
SELECT j.value AS id, k.cluster_id, k.message_id AS member, c.waits_ms, coalesce(c.brand_id, 0) AS brand,
  iif(c.state = '{ConversationState.OPEN.value}' AND c.waits_message_id > c.apart_message_id, c.waits_message_id, NULL)
  AS waits
FROM json_each(?) j LEFT JOIN conversation c ON c.id = j.value
LEFT JOIN cluster_member k ON k.conversation_id = j.value
"""


def _waits(db: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> list[_Wait]:
    """Who of these can be in a cluster, with what their waiting messages say."""
    rows = list(rows)
    texts = _texts(db, [row["waits"] for row in rows])
    return [
        _Wait(row["id"], row["waits"], row["waits_ms"], row["brand"], said)
        for row in rows
        if (said := form(texts[row["waits"]])) is not None
    ]


def _texts(db: sqlite3.Connection, ids: list[int]) -> dict[int, str]:
    """The beginnings of messages."""
    found = db.execute(
        f"SELECT m.id, substr(CAST(m.text AS BLOB), 1, {_READ_BYTES}) AS text FROM json_each(?) j"
        " JOIN message m ON m.id = j.value",
        (json.dumps(ids),),
    )
    return {row["id"]: _text(row["text"]) for row in found}


def _text(start: bytes | None) -> str:
    return (start or b"").decode("utf-8", "ignore")


def _enter(tx: Tx, waits: list[_Wait]) -> Counter[int]:
    """Let conversations join; returns how many each cluster that was there before gained.

    Those whose very core was seen before go where that went; only the others are compared.
    """
    known = _Known(tx)
    found_by = [Marks(core_key(one.form, one.brand)) for one in waits]
    known.read({each.core for each in found_by})
    for number, one in enumerate(waits):
        if found_by[number].core not in known.under:
            found_by[number] = marks(one.form, one.brand, found_by[number].core)
    known.read({key for each in found_by for key in each.bands})
    known.expect(found_by)
    (newest,) = tx.db.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'cluster'").fetchone()
    begun: dict[int, list[_Wait]] = {}
    marked: dict[int, Marks] = {}
    gained: Counter[int] = Counter()
    members: list[tuple[int, int, int, int]] = []
    new_keys: set[tuple[int, int]] = set()
    for one, by in zip(waits, found_by, strict=True):
        same = known.under.get(by.core)
        cluster_id = min(same) if same else best(one.form, known.beside(by))
        if cluster_id is None:
            newest += 1
            cluster_id = newest
            known.begin(cluster_id, one.form, by)
            begun[cluster_id], marked[cluster_id] = [one], by
        elif cluster_id in begun:
            begun[cluster_id].append(one)
        else:
            gained[cluster_id] += 1
        members.append((one.conversation_id, cluster_id, one.message_id, one.waits_ms))
        for key in () if same else (by.core, *by.bands):
            under = known.under[key]
            if cluster_id not in under and len(under) < _MOST_UNDER_A_KEY:
                under.add(cluster_id)
                new_keys.add((key, cluster_id))
    tx.db.executemany(
        "INSERT INTO cluster_member (conversation_id, cluster_id, message_id, waits_ms) VALUES (?, ?, ?, ?)", members
    )
    tx.db.executemany(
        "INSERT INTO cluster (id, message_id, size, was_shared, first_ms, first_id, sketch)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(*_beginning(each, those), marked[each].sketch) for each, those in begun.items()],
    )
    tx.db.executemany("INSERT INTO cluster_key (key, cluster_id) VALUES (?, ?)", sorted(new_keys))
    return gained


def _beginning(cluster_id: int, members: list[_Wait]) -> tuple[int, int, int, bool, int, int]:
    first = min((one.waits_ms, one.conversation_id) for one in members)
    return (cluster_id, members[0].message_id, len(members), len(members) > 1, *first)


_UNDER = """
SELECT k.key, k.cluster_id, c.message_id, c.sketch
FROM json_each(?) j CROSS JOIN cluster_key k ON k.key = j.value LEFT JOIN cluster c ON c.id = k.cluster_id
"""


def _leave(tx: Tx, members: list[tuple[int, int]]) -> Counter[int]:
    """Take conversations out of their clusters; returns how many (below zero) each loses."""
    tx.db.executemany("DELETE FROM cluster_member WHERE conversation_id = ?", [(one,) for one, _ in members])
    lost: Counter[int] = Counter()
    lost.subtract(cluster_id for _, cluster_id in members)
    return lost


def _restate(tx: Tx, deltas: Counter[int]) -> None:
    """Bring size, first conversation and remembrance of clusters in line with their members."""
    tx.db.executemany(
        "UPDATE cluster SET size = size + ?1, was_shared = max(was_shared, size + ?1 >= 2),"
        " (first_ms, first_id) = (SELECT k.waits_ms, k.conversation_id FROM cluster_member k"
        "  WHERE k.cluster_id = ?2 ORDER BY k.waits_ms, k.conversation_id LIMIT 1),"
        " keep_until_ms = iif(size + ?1 > 0, NULL,"
        "  ?3 + iif(was_shared OR answered_batch IS NOT NULL, ?4, ?5)) WHERE id = ?2",
        [(n, cluster_id, tx.now_ms, KEPT_WAVE_MS, KEPT_ALONE_MS) for cluster_id, n in deltas.items()],
    )


def _forget(tx: Tx, most: int) -> None:
    """Forget clusters that are empty for long enough, `most` at a time: as many as come in go out."""
    ended = tx.db.execute(
        f"SELECT c.id, substr(CAST(m.text AS BLOB), 1, {_READ_BYTES}) AS text, coalesce(v.brand_id, 0) AS brand"
        " FROM cluster c INDEXED BY cluster_ending LEFT JOIN message m ON m.id = c.message_id"
        " LEFT JOIN conversation v ON v.id = m.conversation_id"
        " WHERE c.keep_until_ms < ? ORDER BY c.keep_until_ms LIMIT ?",
        (tx.now_ms, most),
    ).fetchall()
    under = []
    for row in ended:
        said = form(_text(row["text"])) if row["text"] is not None else None
        under += [(key, row["id"]) for key in keys(said, row["brand"])] if said else []
    tx.db.executemany("DELETE FROM cluster WHERE id = ?", [(row["id"],) for row in ended])
    tx.db.executemany("DELETE FROM cluster_key WHERE key = ? AND cluster_id = ?", under)
