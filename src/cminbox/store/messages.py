"""Messages: writing them, and reading them for a pane, a connector or the index."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cminbox.clock import from_ms
from cminbox.model.base import Audience, Direction, Kind, MessageState, TimePrecision
from cminbox.model.changes import Wrote
from cminbox.model.content import Author, Media, Target
from cminbox.model.rows import MessageRow
from cminbox.store import naming, people, topics
from cminbox.store.database import Tx
from cminbox.text import storable

SHOWN_LENGTH = 20_000
"""How much of a text a row holds unless it is asked whole, in characters."""
_INDEXED_LENGTH = 50_000
_LONG_BYTES = 4 * SHOWN_LENGTH
_ABOVE_MOST = 20


@dataclass(frozen=True)
class Copy:
    """Where one account sees a message: its remote id there, what it stands below, or the key it stands under."""

    account_id: int
    remote_id: str
    parent: str | None = None
    key: str | None = None
    gap_s: int | None = None


@dataclass(frozen=True)
class NewMessage:
    """A message about to be written. `at_ms` is its place in time: the network's time, never later than now."""

    copy: Copy
    person_id: int
    topic_id: int | None
    parent_id: int | None
    direction: Direction
    kind: Kind
    audience: Audience
    state: MessageState
    addressed: bool
    is_history: bool
    global_id: str | None
    text: str
    media: tuple[Media, ...]
    lang: str | None
    url: str | None
    extra: Mapping[str, str]
    created_ms: int | None
    precision: TimePrecision
    at_ms: int
    answers: tuple[int, ...] = ()
    edited_ms: int | None = None
    state_ms: int | None = None


@dataclass(frozen=True)
class Claims:
    """What is known of a message, with where one account sees it.

    `is_bare`: some of what networks tell is missing. `topic_told`: its topic was told with it, not taken from its
    parent.
    """

    conversation_id: int | None
    person_id: int
    direction: Direction
    addressed: bool
    is_history: bool
    is_bare: bool
    act_id: int | None
    parent: str | None
    key: str | None
    topic_id: int | None
    topic_told: bool


def find_remote(db: sqlite3.Connection, account_id: int, remote_id: str) -> int | None:
    """The id of the message that an account knows under a remote id, or None."""
    row = db.execute(
        "SELECT message_id FROM remote WHERE account_id = ? AND remote_id = ?", (account_id, storable(remote_id))
    ).fetchone()
    return int(row["message_id"]) if row else None


def find_global(db: sqlite3.Connection, global_id: str) -> int | None:
    """The id of the message with a global id, whichever account saw it, or None."""
    row = db.execute("SELECT id FROM message WHERE global_id = ?", (global_id,)).fetchone()
    return int(row["id"]) if row else None


def insert(tx: Tx, new: NewMessage) -> int:
    """Write a message, in no conversation yet (`placing.place` finds that), and return its id."""
    row = tx.db.execute(
        "INSERT INTO message (account_id, topic_id, person_id, direction, kind, audience, state, addressed, is_history,"
        " remote_id, global_id, parent_id, answers, text, media, lang, url, extra, created_ms, precision, received_ms,"
        " at_ms, edited_ms, state_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            new.copy.account_id,
            new.topic_id,
            new.person_id,
            new.direction.value,
            new.kind.value,
            new.audience.value,
            new.state.value,
            new.addressed,
            new.is_history,
            new.copy.remote_id,
            new.global_id,
            new.parent_id,
            json.dumps(new.answers) if new.answers else None,
            new.text,
            topics.pack_media(new.media),
            new.lang,
            new.url,
            json.dumps(dict(new.extra)) if new.extra else None,
            new.created_ms,
            new.precision.value,
            tx.now_ms,
            new.at_ms,
            new.edited_ms,
            new.state_ms,
        ),
    ).fetchone()
    message_id = int(row["id"])
    add_copy(tx, message_id, new.copy, new.at_ms)
    return message_id


def add_copy(tx: Tx, message_id: int, copy: Copy, at_ms: int) -> None:
    """Remember under which remote id, and where, an account sees a message."""
    tx.db.execute(
        "INSERT INTO remote (account_id, remote_id, message_id, parent, key, gap_s, at_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (copy.account_id, copy.remote_id, message_id, copy.parent, copy.key, copy.gap_s, at_ms),
    )


def claims(db: sqlite3.Connection, message_id: int, account_id: int) -> Claims:
    """What is known of a message that an account has a copy of."""
    row = db.execute(
        "SELECT m.conversation_id, m.person_id, m.direction, m.addressed, m.is_history, m.act_id, m.global_id IS NULL"
        " OR m.url IS NULL OR m.extra IS NULL OR m.media IS NULL AS is_bare, r.parent, r.key, m.topic_id,"
        " t.id IS NOT NULL AND t.key IS NOT r.parent AS topic_told FROM message m"
        " JOIN remote r ON r.message_id = m.id AND r.account_id = ? LEFT JOIN topic t ON t.id = m.topic_id"
        " WHERE m.id = ?",
        (account_id, message_id),
    ).fetchone()
    return Claims(
        conversation_id=row["conversation_id"],
        person_id=row["person_id"],
        direction=Direction(row["direction"]),
        addressed=bool(row["addressed"]),
        is_history=bool(row["is_history"]),
        is_bare=bool(row["is_bare"]),
        act_id=row["act_id"],
        parent=row["parent"],
        key=row["key"],
        topic_id=row["topic_id"],
        topic_told=bool(row["topic_told"]),
    )


def complete(tx: Tx, message_id: int, told: Wrote, *, addressed: bool, live: bool) -> None:
    """Fill in what a message lacks from another telling of it; nothing that is known changes.

    `addressed`: it turned out to be for us, and is of the kind that was told then; `live`: it is no history.
    """
    tx.db.execute(
        "UPDATE message SET global_id = coalesce(global_id, ?), url = coalesce(url, ?), extra = coalesce(extra, ?),"
        " media = coalesce(media, ?), lang = coalesce(lang, ?), addressed = max(addressed, ?),"
        " kind = iif(?, ?, kind), is_history = iif(?, 0, is_history) WHERE id = ? AND erased_ms IS NULL",
        (
            told.global_id or None,
            told.url,
            json.dumps(told.extra) if told.extra else None,
            topics.pack_media(told.media),
            told.lang,
            addressed,
            addressed,
            told.kind.value,
            live,
            message_id,
        ),
    )


def amend_copy(tx: Tx, copy: Copy) -> bool:
    """Note a key or a parent that an account did not know of its copy before. False where nothing was missing."""
    changed = tx.db.execute(
        "UPDATE remote SET parent = coalesce(parent, ?1), key = coalesce(key, ?2), gap_s = iif(key IS NULL, ?3, gap_s)"
        " WHERE account_id = ?4 AND remote_id = ?5"
        " AND ((parent IS NULL AND ?1 IS NOT NULL) OR (key IS NULL AND ?2 IS NOT NULL))",
        (copy.parent, copy.key, copy.gap_s, copy.account_id, copy.remote_id),
    )
    return changed.rowcount > 0


def name_parent(tx: Tx, message_id: int, copy: Copy) -> None:
    """Tell a message that has no parent yet which one an account's copy of it stands below, where that is known."""
    tx.db.execute(
        "UPDATE message SET parent_id = (SELECT message_id FROM remote WHERE account_id = ? AND remote_id = ?)"
        " WHERE id = ? AND parent_id IS NULL",
        (copy.account_id, copy.parent, message_id),
    )


def conversation_of(db: sqlite3.Connection, message_id: int) -> int | None:
    """The conversation that a message is in, or None."""
    row = db.execute("SELECT conversation_id FROM message WHERE id = ?", (message_id,)).fetchone()
    return row["conversation_id"] if row else None


def indexed(db: sqlite3.Connection, message_id: int, *, is_new: bool = False) -> tuple[str, str, str]:
    """The texts under which a message stands in the full-text index: (text, author, topic), for `search`.

    `is_new`: it was just written, so that nothing can have been called otherwise. Nothing of an erased one is indexed.
    """
    row = db.execute(
        "SELECT m.text, m.erased_ms, m.person_id, m.topic_id, p.handle, p.name, t.title, t.text AS topic_text"
        " FROM message m LEFT JOIN person p ON p.id = m.person_id LEFT JOIN topic t ON t.id = m.topic_id"
        " WHERE m.id = ?",
        (message_id,),
    ).fetchone()
    if row["erased_ms"] is not None:
        return "", "", ""
    who = people.who(row["handle"] or "", row["name"] or "")
    subject = topics.subject(row["title"] or "", row["topic_text"] or "")
    if not is_new:
        who = naming.at(db, "person", row["person_id"], message_id, who)
        subject = naming.at(db, "topic", row["topic_id"], message_id, subject)
    return row["text"][:_INDEXED_LENGTH], who, subject


def whole_text(db: sqlite3.Connection, message_id: int) -> str:
    """The text of a message from end to end (empty: no such message)."""
    row = db.execute("SELECT text FROM message WHERE id = ?", (message_id,)).fetchone()
    return str(row["text"]) if row else ""


def target_of(db: sqlite3.Connection, message_id: int, account_id: int | None = None) -> Target:
    """A message as a connector needs it, seen from an account that knows it (None: the one that brought it)."""
    row = db.execute(
        "SELECT m.account_id, m.remote_id, m.global_id, m.audience, m.url, m.extra, m.conversation_id, m.person_id,"
        " t.key AS topic FROM message m LEFT JOIN topic t ON t.id = m.topic_id WHERE m.id = ?",
        (message_id,),
    ).fetchone()
    account_id = row["account_id"] if account_id is None else account_id
    copy = db.execute(
        "SELECT remote_id, key FROM remote WHERE message_id = ? AND account_id = ?", (message_id, account_id)
    ).fetchone()
    key = copy["key"] if copy else None
    if key is None and row["conversation_id"] is not None:
        beside = db.execute(
            "SELECT r.key FROM message m JOIN remote r ON r.message_id = m.id AND r.account_id = ?"
            " WHERE m.conversation_id = ? AND r.key IS NOT NULL ORDER BY m.at_ms DESC LIMIT 1",
            (account_id, row["conversation_id"]),
        ).fetchone()
        key = beside["key"] if beside else None
    person = people.get(db, row["person_id"] or 0)
    return Target(
        remote_id=copy["remote_id"] if copy else row["remote_id"] or "",
        global_id=row["global_id"],
        conversation=key,
        topic=row["topic"],
        author=Author(**person.model_dump(exclude={"id", "network"})) if person else None,
        audience=Audience(row["audience"]),
        url=row["url"],
        extra=json.loads(row["extra"]) if row["extra"] else {},
    )


def get_rows(db: sqlite3.Connection, ids: Iterable[int], *, whole: bool = False) -> list[MessageRow]:
    """Messages by id, in the order asked; those that are not there are left out."""
    wanted = list(dict.fromkeys(ids))
    marks = ",".join("?" * len(wanted))
    found = {row["id"]: row for row in db.execute(f"{_SELECT} WHERE m.id IN ({marks})", wanted)}
    return [_row(db, found[each], whole) for each in wanted if each in found]


def thread_rows(
    db: sqlite3.Connection, conversation_id: int, limit: int = 200, before_id: int | None = None
) -> tuple[tuple[MessageRow, ...], int]:
    """(messages of a conversation, oldest first; how many older ones there are).

    The newest `limit`, or those before the message `before_id`. Of one instant, parents stand before their replies.
    """
    row = db.execute("SELECT at_ms, id FROM message WHERE id = ?", (before_id,)).fetchone()
    place = (row["at_ms"], row["id"]) if row else (1 << 62, 1 << 62)
    rows = db.execute(
        f"{_SELECT} WHERE m.conversation_id = ? AND (m.at_ms, m.id) < (?, ?) ORDER BY m.at_ms DESC, m.id DESC LIMIT ?",
        (conversation_id, *place, limit),
    ).fetchall()
    earlier = 0
    if len(rows) == limit:
        (earlier,) = db.execute(
            "SELECT count(*) FROM message WHERE conversation_id = ? AND (at_ms, id) < (?, ?)",
            (conversation_id, rows[-1]["at_ms"], rows[-1]["id"]),
        ).fetchone()
    return tuple(_row(db, row, False) for row in _in_order(rows)), earlier


def above(db: sqlite3.Connection, conversation_id: int) -> tuple[MessageRow, ...]:
    """What a conversation stands below and does not hold itself, topmost first: context, and what it replies to."""
    row = db.execute(
        "SELECT p.id FROM message m JOIN message p ON p.id = m.parent_id WHERE m.conversation_id = ?1"
        " AND p.conversation_id IS NOT ?1 ORDER BY m.at_ms, m.id LIMIT 1",
        (conversation_id,),
    ).fetchone()
    found: list[sqlite3.Row] = []
    current: int | None = row["id"] if row else None
    while current is not None and len(found) < _ABOVE_MOST and current not in {each["id"] for each in found}:
        each: sqlite3.Row | None = db.execute(f"{_SELECT} WHERE m.id = ?", (current,)).fetchone()
        if each is None or each["conversation_id"] == conversation_id or _is_topic(each["kind"], each["direction"]):
            break
        found.append(each)
        current = each["parent_id"]
    return tuple(_row(db, each, False) for each in reversed(found))


def _is_topic(kind: str, direction: str) -> bool:
    """Our own posts are topics; the pane shows them as such."""
    return kind == Kind.POST and direction == Direction.OUT


_SELECT = f"""SELECT m.id, m.remote_id, a.name AS account, m.conversation_id, m.direction, m.kind, m.audience, m.state,
  m.addressed, p.handle, p.name, m.person_id, c.name AS by_name, m.media, m.parent_id, m.lang, m.url, m.created_ms,
  m.precision, m.received_ms, m.at_ms, m.erased_ms,
  CASE WHEN length(CAST(m.text AS BLOB)) <= {_LONG_BYTES} THEN m.text END AS text,
  (SELECT count(*) FROM reaction r WHERE r.message_id = m.id AND r.reaction = 'like') AS likes
  FROM message m JOIN account a ON a.id = m.account_id LEFT JOIN person p ON p.id = m.person_id
  LEFT JOIN colleague c ON c.id = m.by"""


def _in_order(rows: list[sqlite3.Row]) -> list[sqlite3.Row]:
    """Newest first becomes oldest first; within one instant a reply comes after what it replies to."""
    parents = {row["id"]: row["parent_id"] for row in rows}
    times = {row["id"]: row["at_ms"] for row in rows}

    def depth(message_id: int) -> int:
        n, current, seen = 0, message_id, {message_id}
        while True:
            parent = parents.get(current)
            if parent is None or times.get(parent) != times[current] or parent in seen:
                return n
            n, current = n + 1, parent
            seen.add(parent)

    return sorted(rows, key=lambda row: (row["at_ms"], depth(row["id"]), row["id"]))


def _row(db: sqlite3.Connection, row: sqlite3.Row, whole: bool) -> MessageRow:
    text = row["text"] if row["text"] is not None else whole_text(db, row["id"])
    return MessageRow(
        id=row["id"],
        remote_id=row["remote_id"],
        account=row["account"],
        conversation_id=row["conversation_id"],
        direction=Direction(row["direction"]),
        kind=Kind(row["kind"]),
        audience=Audience(row["audience"]),
        state=MessageState(row["state"]),
        addressed=bool(row["addressed"]),
        author=row["handle"] or row["name"] or "",
        author_id=row["person_id"],
        is_us=row["direction"] == Direction.OUT,
        by=row["by_name"],
        text=text if whole else text[:SHOWN_LENGTH],
        length=len(text),
        media=topics.unpack_media(row["media"]),
        parent_id=row["parent_id"],
        lang=row["lang"],
        url=row["url"],
        created_at=_instant(row["created_ms"]),
        precision=TimePrecision(row["precision"]),
        received_at=from_ms(row["received_ms"]),
        likes=row["likes"],
        erased=row["erased_ms"] is not None,
    )


def _instant(ms: int | None) -> Any:
    return None if ms is None else from_ms(ms)
