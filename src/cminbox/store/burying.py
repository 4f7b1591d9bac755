"""What is remembered of what was erased: keyed hashes, so that the next reading does not bring it back.

A tombstone belongs to an account, or to every account (0: global ids and people). Where something else must still point
to what is gone (a reply to its parent, a reaction to its author), it does by an alias made of the same hash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3

from cminbox.store.database import Tx

EVERY_ACCOUNT = 0
ALIAS = "erased:"
"""How the name begins of what was erased."""


def bury(tx: Tx, account_id: int, remote_id: str) -> str:
    """Remember that a message of an account was erased, and return its alias; the id itself is kept nowhere."""
    tx.db.execute("INSERT OR IGNORE INTO tombstone VALUES (?, ?)", (account_id, _hash(tx, remote_id)))
    return alias(tx, remote_id)


def is_buried(tx: Tx, account_id: int, remote_id: str) -> bool:
    """Whether this message was erased and must not come back."""
    row = tx.db.execute(
        "SELECT 1 FROM tombstone WHERE account_id = ? AND hash = ?", (account_id, _hash(tx, remote_id))
    ).fetchone()
    return row is not None


def has_buried(db: sqlite3.Connection, account_id: int) -> bool:
    """Whether anything that an account may tell of was ever erased (else nobody needs to ask `is_buried`)."""
    row = db.execute(
        "SELECT 1 FROM tombstone WHERE account_id IN (?, ?) LIMIT 1", (account_id, EVERY_ACCOUNT)
    ).fetchone()
    return row is not None


def alias(tx: Tx, name: str) -> str:
    """What stands in the place of an id that was erased: always the same, and it tells nothing."""
    return ALIAS + _hash(tx, name).hex()[:40]


def of_global(global_id: str) -> str:
    """How a global id is buried, for every account."""
    return f"global\0{global_id}"


def of_person(network_id: int, remote_id: str) -> str:
    """How a person of a network is buried, for every account."""
    return f"person\0{network_id}\0{remote_id}"


def of_topic(key: str) -> str:
    """How a topic is buried, beside the message of the same id that it may be."""
    return f"topic\0{key}"


def of_raw(feed: str, raw: str) -> str:
    """How an item that was set aside is buried."""
    return f"raw\0{feed}\0{raw}"


def _hash(tx: Tx, name: str) -> bytes:
    row = tx.db.execute("SELECT value FROM meta WHERE key = 'salt'").fetchone()
    if row is None:
        row = {"value": secrets.token_hex(32)}
        tx.db.execute("INSERT INTO meta VALUES ('salt', ?)", (row["value"],))
    return hmac.digest(bytes.fromhex(row["value"]), name.encode("utf-8", "surrogatepass"), hashlib.sha256)
