"""The views that `cminbox sql` reads: what their columns mean, and a way to read them that can change nothing."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cminbox.errors import StoreError, UsageError
from cminbox.i18n import N_, _

VIEWS: dict[str, dict[str, str]] = {
    "v_conversations": {
        "id": N_("number of the conversation, as in the list"),
        "network": N_("name of the network"),
        "account": N_("name of our account"),
        "brand": N_("name of the brand"),
        "kind": N_("comment, mention, dm, review or post: of the shown message"),
        "state": N_("open, snoozed, waiting, done or spam"),
        "person": N_("who wrote the shown message: handle, else name"),
        "person_id": N_("that person in v_people"),
        "text": N_("text of the shown message: the one that waits, else the newest"),
        "at": N_("when it was written"),
        "unanswered": N_("1 while somebody waits for us"),
        "waits_since": N_("since when"),
        "unread": N_("1 until somebody opened it"),
        "star": N_("1 when starred"),
        "private": N_("1 when only those named can read it"),
        "assignee": N_("colleague who has it"),
        "topic": N_("title of what it stands under, else its text"),
        "topic_id": N_("number of the topic"),
        "first_in_at": N_("first inbound message"),
        "first_response_at": N_("our first human reply after it"),
        "first_response_s": N_("seconds between the two; empty for history"),
        "last_at": N_("newest message, ours or theirs"),
        "snoozed_until": N_("when it comes back"),
        "history": N_("1 when it began before the account was connected"),
        "linked_conversation": N_("the private side of a public conversation, and back"),
    },
    "v_messages": {
        "id": N_("number of the message"),
        "conversation": N_("its conversation; empty for what is only context"),
        "network": N_("name of the network"),
        "account": N_("name of our account"),
        "brand": N_("name of the brand"),
        "topic": N_("title of what it stands under, else its text"),
        "topic_id": N_("number of the topic"),
        "direction": N_("in or out"),
        "kind": N_("comment, mention, dm, review or post"),
        "audience": N_("public, unlisted, followers, direct or note"),
        "state": N_("shown, edited, hidden or removed"),
        "author": N_("who wrote it: handle, else name"),
        "person_id": N_("that person in v_people"),
        "by": N_("colleague who wrote it here"),
        "text": N_("its text, as written"),
        "lang": N_("language, as the network says"),
        "url": N_("where it stands"),
        "remote_id": N_("what the network calls it"),
        "parent": N_("the message that it answers"),
        "created_at": N_("when it was written, as the network says"),
        "precision": N_("how well that is known: instant, assumed_utc, day or unknown"),
        "received_at": N_("when it came to us"),
        "edited_at": N_("when it was last changed"),
        "addressed": N_("0 for context that is not addressed to us"),
        "history": N_("1 when written before the account was connected"),
    },
    "v_people": {
        "id": N_("number of the person"),
        "network": N_("name of the network"),
        "remote_id": N_("what the network calls them"),
        "handle": N_("their handle"),
        "name": N_("their display name"),
        "first_name": N_("their first name, where the network gives it"),
        "url": N_("their page"),
        "bot": N_("1 for what is automated"),
        "us": N_("1 for our own accounts"),
        "first_seen_at": N_("when we first saw them"),
        "messages": N_("how many messages they wrote"),
        "conversations": N_("in how many conversations"),
    },
    "v_acts": {
        "id": N_("number of the act"),
        "conversation": N_("its conversation"),
        "message": N_("the message that it is about"),
        "network": N_("name of the network"),
        "account": N_("name of our account"),
        "brand": N_("name of the brand"),
        "verb": N_("reply, private_reply, like, hide, delete..."),
        "state": N_("held, queued, sending, sent, uncertain, review, failed or cancelled"),
        "text": N_("what is sent"),
        "audience": N_("who can read it"),
        "reason": N_("why, where a reason was given"),
        "by": N_("colleague who asked for it"),
        "created_at": N_("when it was asked for"),
        "send_at": N_("the end of its hold"),
        "finished_at": N_("when it was through"),
        "attempts": N_("how often it was tried"),
        "error": N_("what went wrong last"),
        "remote_id": N_("what the network calls the result"),
    },
    "v_journal": {
        "id": N_("number of the entry"),
        "at": N_("when"),
        "verb": N_("what was done"),
        "conversation": N_("to which conversation"),
        "message": N_("to which message"),
        "act": N_("with which act"),
        "by": N_("colleague; empty for what the network did"),
        "batch": N_("first entry of the step that this one belongs to"),
        "undone": N_("1 when it was undone"),
    },
    "v_kpi_hourly": {
        "hour": N_("the hour's beginning, UTC"),
        "network": N_("name of the network"),
        "account": N_("name of our account"),
        "brand": N_("name of the brand"),
        "received": N_("inbound messages, by the time they were written"),
        "replied": N_("human replies"),
        "sent": N_("acts that were sent"),
        "first_response_n": N_("first responses, by the time of the reply"),
        "first_response_mean_s": N_("their mean, in seconds"),
    },
}
"""View -> column -> what it means (translate when shown). Instants are ISO 8601 in UTC, yes and no are 1 and 0."""

Row = tuple[Any, ...]

_FUNCTIONS = ("json_each", "json_tree")
_READABLE = {*VIEWS, *_FUNCTIONS}
_HARMLESS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)


def query(path: Path, sql: str) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Run one SELECT on the views of the database at `path`: the columns' names (unique) and the rows as they are read.

    Texts are raw, not safe to show. Closing the iterator, or reading it to its end, closes the database. Raises
    UsageError for what is no such query (also while the rows are read), StoreError where there is no database.
    """
    try:
        db = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        db.execute("PRAGMA query_only = ON")
        for function in _FUNCTIONS:  # made at first use, with rights that the query does not get
            db.execute(f"SELECT 1 FROM {function}('[]')").fetchall()
    except sqlite3.OperationalError as error:
        raise StoreError(
            _("{path} cannot be opened: {error}.").format(path=path, error=error),
            _("Open the inbox or import something first, or check CMINBOX_HOME."),
        ) from error
    db.set_authorizer(_only_views)
    try:
        cursor = db.execute(sql)
    except (sqlite3.Error, sqlite3.Warning, UnicodeEncodeError, ValueError) as error:
        db.close()
        raise _unusable(error) from error
    if cursor.description is None:
        db.close()
        raise _unusable(_("it gives no rows"))
    return _unique([column[0] for column in cursor.description]), _read(db, cursor)


def _read(db: sqlite3.Connection, cursor: sqlite3.Cursor) -> Iterator[Row]:
    try:
        yield from cursor
    except sqlite3.Error as error:
        raise _unusable(error) from error
    finally:
        db.close()


def _unusable(why: object) -> UsageError:
    return UsageError(
        _("This query cannot be run: {error}.").format(error=why),
        _("Write one SELECT on the views {views}.").format(views=", ".join(VIEWS)),
    )


def _unique(names: list[str]) -> tuple[str, ...]:
    """Names with `_2`, `_3`... where one came before."""
    found: list[str] = []
    for name in names:
        tries = itertools.chain([name], (f"{name}_{n}" for n in itertools.count(2)))
        found.append(next(one for one in tries if one not in found))
    return tuple(found)


def _only_views(action: int, one: str | None, column: str | None, _database: str | None, within: str | None) -> int:
    """SQLite's question whether a statement may do something: read the views (and what they read), nothing else.

    Of a table that a view joins and takes no column from, SQLite asks for the column "" and does not name the view.
    """
    reads = action == sqlite3.SQLITE_READ and (one in _READABLE or within in VIEWS or column == "")
    return sqlite3.SQLITE_OK if reads or action in _HARMLESS else sqlite3.SQLITE_DENY
