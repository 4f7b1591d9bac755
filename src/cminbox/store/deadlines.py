"""By when an answer is due: kept with each conversation in which somebody waits, in line with its wait and its tags.

The targets and business hours of the settings lie in `meta` too, so that every process that writes keeps the same
deadlines; they change there when somebody opens the store with other settings.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from cminbox.config.settings import Settings
from cminbox.insight.hours import due_ms, hours_of
from cminbox.model.accounts import Profile
from cminbox.model.filter_text import parse
from cminbox.model.views import Filter, View
from cminbox.store import rules
from cminbox.store.database import Tx

_KEY = "clocks"
_RENEWING = "clocks_renewed_to"
_PART = ("timezone", "hours", "targets", "brands")
MOST = 501
"""Late conversations are counted up to this many: more than one looks at."""


def as_text(settings: Settings) -> str:
    """What of the settings decides deadlines, as it lies in the store."""
    return json.dumps(settings.model_dump(mode="json", include=set(_PART)), sort_keys=True)


def is_known(db: sqlite3.Connection, settings: Settings) -> bool:
    """Whether the deadlines in the store are those of these settings."""
    return _text(db) == as_text(settings)


def is_renewing(db: sqlite3.Connection) -> bool:
    """Whether some deadlines are still those of settings before."""
    return db.execute("SELECT 1 FROM meta WHERE key = ?", (_RENEWING,)).fetchone() is not None


def know(tx: Tx, settings: Settings) -> None:
    """Keep deadlines by these settings from now on; `renew` brings those there are in line."""
    for key, value in ((_KEY, as_text(settings)), (_RENEWING, "0")):
        tx.db.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )


def renew(tx: Tx, limit: int) -> bool:
    """Find the deadlines of the next conversations in which somebody waits anew; False where that was the last of them.

    How far that came lies in the store: any process may go on.
    """
    row = tx.db.execute("SELECT value FROM meta WHERE key = ?", (_RENEWING,)).fetchone()
    if row is None:
        return False
    found = tx.db.execute(
        "SELECT id FROM conversation WHERE id > ? AND waits_ms IS NOT NULL ORDER BY id LIMIT ?",
        (int(row["value"]), limit),
    ).fetchall()
    follow(tx, (each["id"] for each in found))
    if len(found) < limit:
        tx.db.execute("DELETE FROM meta WHERE key = ?", (_RENEWING,))
        return False
    tx.db.execute("UPDATE meta SET value = ? WHERE key = ?", (str(found[-1]["id"]), _RENEWING))
    return True


def follow(tx: Tx, conversation_ids: Iterable[int]) -> None:
    """Bring the deadlines of conversations in line with their waits, at the end of a transaction that touched them."""
    settings = settings_of(tx.db)
    for one in conversation_ids:
        row = tx.db.execute(
            "SELECT c.id, c.waits_ms, c.due_ms, c.account_id, b.name AS brand, m.at_ms AS last_in_ms"
            " FROM conversation c LEFT JOIN brand b ON b.id = c.brand_id"
            " LEFT JOIN message m ON m.id = c.last_in_message_id WHERE c.id = ?",
            (one,),
        ).fetchone()
        if row is None or (row["waits_ms"] is None and row["due_ms"] is None):
            continue
        due = None if row["waits_ms"] is None else _due(tx.db, settings, row)
        if due != row["due_ms"]:
            tx.db.execute("UPDATE conversation SET due_ms = ? WHERE id = ?", (due, one))


def promised_ms(db: sqlite3.Connection, conversation_id: int, asked_ms: int) -> int | None:
    """By when the targets want an answer to what was asked at an instant; None where there is no target."""
    brand = db.execute(
        "SELECT b.name FROM conversation c LEFT JOIN brand b ON b.id = c.brand_id WHERE c.id = ?", (conversation_id,)
    ).fetchone()
    return None if brand is None else _promised(db, settings_of(db), conversation_id, brand["name"] or "", asked_ms)


def counts(db: sqlite3.Connection, now_ms: int, soon_ms: int, account_ids: tuple[int, ...] | None) -> tuple[int, int]:
    """How many conversations are late, and how many will be before `soon_ms` (each at most `MOST`)."""

    def count(since_ms: int, until_ms: int) -> int:
        if account_ids is None:
            sql = (
                "SELECT count(*) FROM (SELECT 1 FROM conversation INDEXED BY conversation_due"
                " WHERE due_ms >= ? AND due_ms < ? LIMIT ?)"
            )
            return int(db.execute(sql, (since_ms, until_ms, MOST)).fetchone()[0])
        sql = (
            "SELECT count(*) FROM (SELECT 1 FROM conversation INDEXED BY conversation_due_account"
            " WHERE account_id = ? AND due_ms >= ? AND due_ms < ? LIMIT ?)"
        )
        return min(
            MOST, sum(int(db.execute(sql, (each, since_ms, until_ms, MOST)).fetchone()[0]) for each in account_ids)
        )

    return count(0, now_ms), count(now_ms, soon_ms)


def settings_of(db: sqlite3.Connection) -> Settings:
    """The settings that deadlines in the store are kept by; defaults (no target) where nobody said any."""
    return _settings(_text(db))


def _text(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
    return "" if row is None else str(row["value"])


@lru_cache(maxsize=8)
def _settings(text: str) -> Settings:
    given: dict[str, Any] = json.loads(text) if text else {}
    return Settings.model_validate({**given, "timezone": given.get("timezone", "UTC")})


@lru_cache(maxsize=64)
def _filter(text: str) -> Filter:
    return parse(text).model_copy(update={"view": View.ANY})


def _due(db: sqlite3.Connection, settings: Settings, row: sqlite3.Row) -> int | None:
    """The least of targets and reply window."""
    found = [_promised(db, settings, row["id"], row["brand"] or "", row["waits_ms"])]
    window_s = _window_s(db, row["account_id"])
    if window_s is not None and row["last_in_ms"] is not None:
        found.append(row["last_in_ms"] + window_s * 1000)
    return min((each for each in found if each is not None), default=None)


def _promised(db: sqlite3.Connection, settings: Settings, one: int, brand: str, since_ms: int) -> int | None:
    hours = hours_of(settings, brand)
    found = [
        due_ms(hours, since_ms, target.answer_s)
        for target in settings.targets
        if not target.filter or rules.holds(db, _filter(target.filter), one)
    ]
    return min((each for each in found if each is not None), default=None)


def _window_s(db: sqlite3.Connection, account_id: int) -> int | None:
    row = db.execute("SELECT profile FROM account WHERE id = ?", (account_id,)).fetchone()
    return None if row is None or row["profile"] is None else _window_of(row["profile"])


@lru_cache(maxsize=64)
def _window_of(profile: str) -> int | None:
    return Profile.model_validate_json(profile).abilities.reply_window_s
