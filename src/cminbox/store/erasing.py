"""Erasing a person: every text about them goes, and the numbers stay.

Messages keep their row, their times and their place, so that history and counters are whole; what was written is gone,
from the rows and from the index. Keyed hashes (store.burying) see to it that the next reading brings nothing back.
Pages that are freed are overwritten; `Store.scour` gets rid of what older transactions left in the file.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cminbox.store import burying, clusters, messages, search
from cminbox.store.database import Tx
from cminbox.store.person_traces import Said, Traces


@contextmanager
def overwriting(tx: Tx) -> Iterator[None]:
    """What is deleted inside is overwritten with zeros."""
    (was,) = tx.db.execute("PRAGMA secure_delete").fetchone()
    tx.db.execute("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        tx.db.execute(f"PRAGMA secure_delete = {int(was)}")


def conversations(db: sqlite3.Connection, person_id: int, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
    """(when, conversation) of at most `limit` messages of somebody, oldest first, beyond such a place."""
    rows = db.execute(
        "SELECT at_ms, conversation_id FROM message INDEXED BY message_of_person WHERE person_id = ?"
        " AND (at_ms, conversation_id) > (?, ?) AND conversation_id IS NOT NULL"
        " ORDER BY at_ms, conversation_id LIMIT ?",
        (person_id, *after, limit),
    )
    return [(row["at_ms"], row["conversation_id"]) for row in rows]


def conversation(tx: Tx, said: Said, who: Traces, most: int) -> int:
    """Take out of a conversation what is about a person, of messages at most so many; returns how many are left.

    Acts that have not left must have been cancelled before.
    """
    for each in said.theirs[:most]:
        message(tx, each, who)
    ours = said.ours[: max(0, most - len(said.theirs))]
    for each in ours:
        _blank(tx, each)
    marks = ",".join("?" * len(said.acts))
    tx.db.execute(
        f"UPDATE act SET text = '', former_text = NULL, error = '' WHERE id IN ({marks})"
        " AND state IN ('sent', 'cancelled')",
        said.acts,
    )
    for audience, by in said.drafts:
        tx.db.execute(
            "DELETE FROM draft WHERE conversation_id = ? AND audience = ? AND by = ?", (said.conversation, audience, by)
        )
    tx.db.executemany("UPDATE dropped_draft SET text = '' WHERE id = ?", [(each,) for each in said.dropped])
    return max(0, len(said.theirs) - most) + len(said.ours) - len(ours)


def message(tx: Tx, message_id: int, who: Traces) -> None:
    """Take a message of theirs out: its text, its media, and every id that a network knows it by."""
    row = tx.db.execute("SELECT account_id, remote_id, global_id FROM message WHERE id = ?", (message_id,)).fetchone()
    copies = tx.db.execute(
        "SELECT account_id, remote_id, key FROM remote WHERE message_id = ?", (message_id,)
    ).fetchall()
    clusters.reword(tx, message_id)
    for copy in copies:
        _bury_copy(tx, copy["account_id"], copy["remote_id"])
        if who.mark_in(copy["key"]):
            tx.db.execute(
                "UPDATE remote SET key = ? WHERE account_id = ? AND key = ?",
                (burying.alias(tx, copy["key"]), copy["account_id"], copy["key"]),
            )
    if row["global_id"]:
        burying.bury(tx, burying.EVERY_ACCOUNT, burying.of_global(row["global_id"]))
    _blank(tx, message_id)
    alias = None if row["remote_id"] is None else burying.alias(tx, row["remote_id"])
    tx.db.execute(
        "UPDATE message SET remote_id = ?, global_id = NULL, url = NULL, extra = NULL, lang = NULL WHERE id = ?",
        (alias, message_id),
    )


def left(db: sqlite3.Connection, person_ids: Sequence[int], limit: int) -> list[tuple[int, int | None]]:
    """(message, its conversation) of theirs not erased yet: what stands in no conversation, and what came since."""
    found: list[tuple[int, int | None]] = []
    for each in person_ids:
        rows = db.execute(
            "SELECT id, conversation_id FROM message INDEXED BY message_of_person"
            " WHERE person_id = ? AND direction = 'in' AND erased_ms IS NULL LIMIT ?",
            (each, limit - len(found)),
        )
        found += [(row["id"], row["conversation_id"]) for row in rows]
    return found


def topic(tx: Tx, topic_id: int, who: Traces) -> None:
    """Take the texts of a topic away, from the index of every message under it too."""
    row = tx.db.execute("SELECT account_id, key FROM topic WHERE id = ?", (topic_id,)).fetchone()
    under = [each["id"] for each in tx.db.execute("SELECT id FROM message WHERE topic_id = ?", (topic_id,))]
    old = {each: messages.indexed(tx.db, each) for each in under}
    alias = burying.bury(tx, row["account_id"], burying.of_topic(row["key"]))
    tx.db.execute(
        "UPDATE topic SET title = '', text = '', url = NULL, media = NULL, key = ? WHERE id = ?",
        (alias if who.mark_in(row["key"]) else row["key"], topic_id),
    )
    tx.db.execute("DELETE FROM indexed_as WHERE scope = 'topic' AND scope_id = ?", (topic_id,))
    for each, texts in old.items():
        search.replace(tx, each, texts, messages.indexed(tx.db, each))


def aside(tx: Tx, aside_id: int) -> None:
    """Take the raw text of what was set aside away; that there was something stays."""
    row = tx.db.execute("SELECT account_id, feed, raw FROM set_aside WHERE id = ?", (aside_id,)).fetchone()
    burying.bury(tx, row["account_id"], burying.of_raw(row["feed"], row["raw"]))
    tx.db.execute("UPDATE set_aside SET raw = '', reason = '' WHERE id = ?", (aside_id,))


def early(tx: Tx, change_id: int) -> None:
    """Forget a change that waits for its message."""
    tx.db.execute("DELETE FROM early_change WHERE id = ?", (change_id,))


def selection_drafts(tx: Tx, who: Traces) -> None:
    """Forget answers to many that are being written and name them."""
    for row in tx.db.execute("SELECT by, text FROM selection_draft").fetchall():
        if who.name_in(row["text"]):
            tx.db.execute("DELETE FROM selection_draft WHERE by = ?", (row["by"],))


def person(tx: Tx, person_id: int) -> bool:
    """Take everything away that somebody is known by; only the number stays. Their messages must be erased before.

    False where they were erased already.
    """
    row = tx.db.execute("SELECT network_id, remote_id, erased_ms FROM person WHERE id = ?", (person_id,)).fetchone()
    if row["erased_ms"] is not None:
        return False
    alias = burying.bury(tx, burying.EVERY_ACCOUNT, burying.of_person(row["network_id"], row["remote_id"]))
    tx.db.execute("DELETE FROM indexed_as WHERE scope = 'person' AND scope_id = ?", (person_id,))
    tx.db.execute("DELETE FROM person_called WHERE person_id = ?", (person_id,))
    tx.db.execute("DELETE FROM person_note WHERE person_id = ?", (person_id,))
    (taken,) = tx.db.execute(
        "SELECT count(*) FROM person WHERE network_id = ? AND remote_id = ?", (row["network_id"], alias)
    ).fetchone()
    # Somebody who wrote again after being erased, and is erased again, was known by the same alias before.
    tx.db.execute(
        "UPDATE person SET remote_id = ?, handle = '', name = '', first_name = '', url = NULL, human_id = NULL,"
        " called_id = NULL, erased_ms = ? WHERE id = ?",
        (f"{alias}-{person_id}" if taken else alias, tx.now_ms, person_id),
    )
    return True


def compact(tx: Tx) -> bool:
    """Merge a part of the full-text index, so that words that nothing holds any more go; False when all is merged."""
    with overwriting(tx):
        before = tx.db.total_changes
        tx.db.execute("INSERT INTO fts (fts, rank) VALUES ('merge', 400)")
        return tx.db.total_changes - before >= 2


def begin_compacting(tx: Tx) -> None:
    """Have the whole full-text index merged by the calls of `compact` that follow."""
    with overwriting(tx):
        tx.db.execute("INSERT INTO fts (fts, rank) VALUES ('merge', -400)")


def open_still(db: sqlite3.Connection, ids: Sequence[int]) -> list[int]:
    """Which of these conversations are still to be worked on."""
    rows = db.execute(
        "SELECT c.id FROM json_each(?) j JOIN conversation c ON c.id = j.value"
        " WHERE c.state IN ('open', 'snoozed', 'waiting') ORDER BY c.id",
        (json.dumps(list(ids)),),
    )
    return [row["id"] for row in rows]


def _bury_copy(tx: Tx, account_id: int, remote_id: str) -> None:
    """An account's name for a message becomes its alias, also where replies name their parent."""
    alias = burying.bury(tx, account_id, remote_id)
    tx.db.execute(
        "UPDATE remote SET remote_id = ? WHERE account_id = ? AND remote_id = ?",
        (alias, account_id, remote_id),
    )
    tx.db.execute("UPDATE remote SET parent = ? WHERE +account_id = ? AND parent = ?", (alias, account_id, remote_id))
    tx.db.execute("DELETE FROM early_change WHERE account_id = ? AND remote_id = ?", (account_id, remote_id))


def _blank(tx: Tx, message_id: int) -> None:
    """Nothing of what a message said is left, in its row and in the index."""
    old = messages.indexed(tx.db, message_id)
    tx.db.execute("UPDATE message SET text = '', media = NULL, erased_ms = ? WHERE id = ?", (tx.now_ms, message_id))
    search.replace(tx, message_id, old, ("", "", ""))
