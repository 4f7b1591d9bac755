"""Questions in SQL that cannot change anything (`cminbox sql`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cminbox.errors import UsageError
from cminbox.i18n import _

_STEPS = 100_000
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_FORBIDDEN_FUNCTIONS = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"})


@dataclass(frozen=True)
class View:
    """A documented view and its columns."""

    name: str
    columns: tuple[str, ...]


class Question:
    """An open question: the names of its columns, and its rows one after the other."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self.columns: tuple[str, ...] = tuple(column[0] for column in cursor.description or ())

    def __iter__(self) -> Iterator[Sequence[Any]]:
        try:
            for row in self._cursor:
                yield tuple(row)
        except sqlite3.Error as error:
            raise _wrong(error) from error


class Asker:
    """A connection that reads and nothing else. Use it in a `with` block."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        self._db.text_factory = lambda raw: raw.decode("utf-8", "replace")
        self._db.execute("PRAGMA query_only = ON")
        # Called now and then while a query runs, so that Ctrl-C ends it.
        self._db.set_progress_handler(lambda: 0, _STEPS)
        self._db.set_authorizer(_allowed)

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_error: object) -> None:
        self._db.close()

    def ask(self, sql: str) -> Question:
        """Ask one question. Raises UsageError for what is no single SELECT, or is not understood."""
        try:
            cursor = self._db.execute(sql)
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            raise _wrong(error) from error
        if cursor.description is None:
            raise UsageError(_("There is no question in that."), _("`cminbox sql` lists the views to ask about."))
        return Question(cursor)


def views(path: Path) -> list[View]:
    """The documented views with their columns."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name")]
        return [View(name, tuple(row[1] for row in db.execute(f"PRAGMA table_info({name})"))) for name in names]


def _allowed(action: int, _first: str | None, second: str | None, *_rest: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _wrong(error: Exception) -> BaseException:
    text = str(error)
    if "interrupted" in text:
        return KeyboardInterrupt()
    if "not authorized" in text or "readonly" in text or "prohibited" in text:
        return UsageError(_("This only reads: one SELECT at a time, on the views."), _("`cminbox sql` lists them."))
    return UsageError(_("The database does not understand that: {error}.").format(error=text))
