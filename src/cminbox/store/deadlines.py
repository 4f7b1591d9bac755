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
from cminbox.store.database import Tx
from cminbox.store.queue_conditions import condition

_KEY = "clocks"
_SINCE = "clocks_since_ms"
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
    for key, value in ((_KEY, as_text(settings)), (_SINCE, str(tx.now_ms)), (_RENEWING, "0")):
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
    settings, windows = settings_of(tx.db), _windows(tx.db)
    if not settings.targets and not windows and not _any(tx.db):
        return
    rows = tx.db.execute(
        "SELECT c.id, c.waits_ms, c.due_ms, c.account_id, b.name AS brand FROM conversation c"
        " LEFT JOIN brand b ON b.id = c.brand_id WHERE c.id IN (SELECT value FROM json_each(?))"
        " AND (c.waits_ms IS NOT NULL OR c.due_ms IS NOT NULL)",
        (json.dumps(list(conversation_ids)),),
    ).fetchall()
    waiting = {row["id"]: row["account_id"] for row in rows if row["waits_ms"] is not None}
    targets = _targets(tx.db, settings, waiting)
    last = _last_in(tx.db, [one for one, account_id in waiting.items() if account_id in windows])
    changed = []
    for row in rows:
        found = []
        if row["id"] in targets:
            found.append(due_ms(hours_of(settings, row["brand"] or ""), row["waits_ms"], targets[row["id"]]))
        if row["id"] in last:
            found.append(last[row["id"]] + windows[row["account_id"]] * 1000)
        due = min((each for each in found if each is not None), default=None)
        if due != row["due_ms"]:
            changed.append((due, row["id"]))
    tx.db.executemany("UPDATE conversation SET due_ms = ? WHERE id = ?", changed)


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


def known_ms(db: sqlite3.Connection) -> int:
    """Since when the settings are those that deadlines are kept by."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_SINCE,)).fetchone()
    return 0 if row is None else int(row["value"])


def _text(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
    return "" if row is None else str(row["value"])


@lru_cache(maxsize=8)
def _settings(text: str) -> Settings:
    given: dict[str, Any] = json.loads(text) if text else {}
    return Settings.model_validate({**given, "timezone": given.get("timezone", "UTC")})


@lru_cache(maxsize=64)
def filter_of(text: str) -> Filter:
    """The filter of a target, whatever the state of the conversation."""
    return parse(text).model_copy(update={"view": View.ANY})


def brand_of(db: sqlite3.Connection, conversation_id: int) -> str:
    """The brand of a conversation, "" for none."""
    row = db.execute(
        "SELECT b.name FROM conversation c JOIN brand b ON b.id = c.brand_id WHERE c.id = ?", (conversation_id,)
    ).fetchone()
    return "" if row is None else str(row["name"])


def _any(db: sqlite3.Connection) -> bool:
    """Whether any conversation has a deadline: of settings, or of an account, that have changed since."""
    found = db.execute("SELECT 1 FROM conversation INDEXED BY conversation_due WHERE due_ms IS NOT NULL LIMIT 1")
    return found.fetchone() is not None


def _targets(db: sqlite3.Connection, settings: Settings, ids: Iterable[int]) -> dict[int, int]:
    """The shortest target (seconds) of each conversation that has one."""
    found: dict[int, int] = {}
    listed = list(ids)
    for target in settings.targets if listed else ():
        held = listed
        if target.filter:
            sql, values = condition(db, filter_of(target.filter))
            ids_sql = "SELECT id FROM conversation WHERE id IN (SELECT value FROM json_each(?))"
            held = [row["id"] for row in db.execute(f"{ids_sql} AND ({sql})", (json.dumps(listed), *values))]
        for one in held:
            found[one] = min(target.answer_s, found.get(one, target.answer_s))
    return found


def _last_in(db: sqlite3.Connection, ids: list[int]) -> dict[int, int]:
    """When who waits in a conversation wrote last: their reply window counts from it.

    Of several who wait in public, the one whose window ends first; in private everybody is answered at once.
    """
    if not ids:
        return {}
    found = db.execute(
        "SELECT w.conversation_id, min((SELECT m.at_ms FROM message m INDEXED BY message_in_conversation"
        " WHERE m.conversation_id = c.id AND m.direction = 'in' AND m.state IN ('shown', 'edited', 'pending')"
        " AND (m.person_id = w.person_id OR c.is_private) ORDER BY m.at_ms DESC LIMIT 1))"
        " FROM participant w JOIN conversation c ON c.id = w.conversation_id"
        " WHERE w.conversation_id IN (SELECT value FROM json_each(?)) AND w.waits_ms IS NOT NULL GROUP BY 1",
        (json.dumps(ids),),
    )
    return {row[0]: row[1] for row in found if row[1] is not None}


def _windows(db: sqlite3.Connection) -> dict[int, int]:
    """The reply windows (seconds) of the accounts that have one."""
    found = db.execute("SELECT id, profile FROM account WHERE profile IS NOT NULL").fetchall()
    windows = ((row["id"], _window_of(row["profile"])) for row in found)
    return {account_id: window_s for account_id, window_s in windows if window_s is not None}


@lru_cache(maxsize=256)
def _window_of(profile: str) -> int | None:
    return Profile.model_validate_json(profile).abilities.reply_window_s
