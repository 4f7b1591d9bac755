"""Topics: what people talk under."""

from __future__ import annotations

import json
import sqlite3

from pydantic import TypeAdapter

from cminbox.clock import from_ms, to_ms
from cminbox.model.content import Media, TopicInfo
from cminbox.model.rows import TopicRow
from cminbox.store import naming, people
from cminbox.store.database import Tx
from cminbox.text import storable

_MEDIA = TypeAdapter(tuple[Media, ...])
_SUBJECT_LENGTH = 300


def upsert(tx: Tx, account_id: int, network_id: int, info: TopicInfo) -> int:
    """Enter a topic, or bring up to date what is known of it, and return the id. What `info` leaves empty stays."""
    key, title, text = map(storable, (info.key, info.title, info.text))
    url = storable(info.url) if info.url else None
    person_id = people.upsert(tx, network_id, info.author) if info.author else None
    media = pack_media(info.media)
    at_ms = to_ms(info.at) if info.at else None
    row = tx.db.execute(
        "SELECT id, person_id, title, text, url, media, at_ms, is_ours FROM topic WHERE account_id = ? AND key = ?",
        (account_id, key),
    ).fetchone()
    if row is None:
        row = tx.db.execute(
            "INSERT INTO topic (account_id, key, person_id, title, text, url, media, at_ms, is_ours)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (account_id, key, person_id, title, text, url, media, at_ms, info.is_ours),
        ).fetchone()
        return int(row["id"])
    was = tuple(row)[1:]
    now = (
        person_id or row["person_id"],
        title or row["title"],
        text or row["text"],
        url or row["url"],
        media or row["media"],
        row["at_ms"] if at_ms is None else at_ms,
        int(info.is_ours or row["is_ours"]),
    )
    if now != was:
        if now[1:3] != was[1:3]:
            naming.renamed(tx, "topic", row["id"], subject(row["title"], row["text"]))
        tx.db.execute(
            "UPDATE topic SET person_id = ?, title = ?, text = ?, url = ?, media = ?, at_ms = ?, is_ours = ?"
            " WHERE id = ?",
            (*now, row["id"]),
        )
    return int(row["id"])


def by_key(db: sqlite3.Connection, account_id: int, key: str) -> int | None:
    """The id of an account's topic, or None."""
    row = db.execute("SELECT id FROM topic WHERE account_id = ? AND key = ?", (account_id, key)).fetchone()
    return int(row["id"]) if row else None


def waiting_for(db: sqlite3.Connection, account_id: int, key: str) -> list[int]:
    """The messages that reply to what a topic's key names, and stand under no topic yet."""
    rows = db.execute(
        "SELECT m.id FROM remote r JOIN message m ON m.id = r.message_id"
        " WHERE +r.account_id = ? AND r.parent = ? AND m.topic_id IS NULL",
        (account_id, key),
    )
    return [row["id"] for row in rows]


def assign(tx: Tx, message_id: int, topic_id: int) -> None:
    """Put a message under a topic."""
    tx.db.execute("UPDATE message SET topic_id = ? WHERE id = ?", (topic_id, message_id))


def get(db: sqlite3.Connection, topic_id: int | None) -> TopicRow | None:
    """A topic by id, or None."""
    row = db.execute(
        "SELECT t.id, t.key, coalesce(nullif(p.handle, ''), p.name, '') AS author, t.title, t.text, t.url, t.media,"
        " t.at_ms, t.is_ours, t.campaign FROM topic t LEFT JOIN person p ON p.id = t.person_id WHERE t.id = ?",
        (topic_id,),
    ).fetchone()
    if row is None:
        return None
    return TopicRow(
        id=row["id"],
        key=row["key"],
        author=row["author"],
        title=row["title"],
        text=row["text"],
        url=row["url"],
        media=unpack_media(row["media"]),
        at=None if row["at_ms"] is None else from_ms(row["at_ms"]),
        is_ours=bool(row["is_ours"]),
        campaign=row["campaign"],
    )


def subject(title: str, text: str) -> str:
    """What the full-text index holds of a topic with each message under it."""
    return f"{title} {text}".strip()[:_SUBJECT_LENGTH]


def pack_media(media: tuple[Media, ...]) -> str | None:
    """Media as the database holds them; None where there are none."""
    return json.dumps([each.model_dump(exclude_none=True) for each in media]) if media else None


def unpack_media(packed: str | None) -> tuple[Media, ...]:
    """The opposite of `pack_media`."""
    return _MEDIA.validate_json(packed) if packed else ()
