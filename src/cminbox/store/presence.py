"""Who is at work on a reply, in which process: marks in the database, and a locked file for each process that has some.

A mark is worth what its process is: the kernel frees the lock when the process ends, however that happens, and then
anybody may take the mark away. That needs no clock; the time of the last key is for a colleague who went for coffee.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import uuid
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cminbox.errors import StoreError
from cminbox.i18n import _
from cminbox.paths import make_folder, open_file
from cminbox.store.database import Tx

_FOLDER = "presence"


@dataclass(frozen=True)
class PresenceRow:
    """One colleague at one reply in one process. `taken_by` is the name of who took it over, or empty."""

    conversation: int
    colleague: int
    name: str
    place: str
    since_ms: int
    at_ms: int
    taken_by: str = ""


class Place:
    """This process, as other processes can tell that it lives: a file with a lock on it, `hold` to `close`."""

    def __init__(self, database: Path) -> None:
        self._folder = database.parent / _FOLDER
        self._file: int | None = None
        self.name = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"

    def hold(self) -> str:
        """Take the lock (once) and return the name of the place. Raises StoreError where there is none to be had."""
        path = self._folder / self.name
        while self._file is None:
            try:
                make_folder(self._folder)
                file = open_file(path)
                fcntl.flock(file, fcntl.LOCK_EX)  # waits for a moment where somebody looks whether it is held
            except OSError as error:
                raise StoreError(
                    _("The file {path} cannot be locked: {error}.").format(path=path, error=error.strerror),
                    _("Check the folder's owner and permissions, or set CMINBOX_HOME."),
                ) from error
            if os.fstat(file).st_nlink:
                self._file = file
            else:  # somebody tidied it away before it was locked
                os.close(file)
        return self.name

    def close(self) -> None:
        """Give the lock back; does nothing where it is not held."""
        if self._file is not None:
            with suppress(OSError):
                (self._folder / self.name).unlink()
            os.close(self._file)
            self._file = None


def dead(database: Path, places: Iterable[str]) -> set[str]:
    """The places whose process has ended; their files are tidied away."""
    folder = database.parent / _FOLDER
    return {place for place in set(places) if not _lives(folder / place)}


def mark(tx: Tx, ids: Sequence[int], colleague: int, place: str) -> None:
    """A colleague is at work on replies to these conversations."""
    tx.db.executemany(
        "INSERT INTO presence (conversation_id, colleague_id, place, since_ms, at_ms) VALUES (?1, ?2, ?3, ?4, ?4)"
        " ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms",
        [(each, colleague, place, tx.now_ms) for each in ids],
    )


def leave(tx: Tx, place: str) -> None:
    """Nobody in this process is at work on a reply any more."""
    tx.db.execute("DELETE FROM presence WHERE place = ?", (place,))


def rows(db: sqlite3.Connection, ids: Collection[int] | None = None) -> list[PresenceRow]:
    """Who is at work on these conversations (None: on any), who began first before the others."""
    found = db.execute(
        "SELECT p.*, c.name, t.name AS taken FROM presence p JOIN colleague c ON c.id = p.colleague_id"
        " LEFT JOIN colleague t ON t.id = p.taken_by ORDER BY p.since_ms, p.colleague_id"
    )
    return [
        PresenceRow(
            row["conversation_id"],
            row["colleague_id"],
            row["name"],
            row["place"],
            row["since_ms"],
            row["at_ms"],
            row["taken"] or "",
        )
        for row in found
        if ids is None or row["conversation_id"] in ids
    ]


def drop(tx: Tx, gone: Iterable[PresenceRow]) -> None:
    """Take marks away that stand as they were read: one that was renewed meanwhile stays."""
    tx.db.executemany(
        "DELETE FROM presence WHERE conversation_id = ? AND colleague_id = ? AND place = ? AND at_ms = ?",
        [(row.conversation, row.colleague, row.place, row.at_ms) for row in gone],
    )


def take_over(tx: Tx, ids: Iterable[int], by: int) -> None:
    """The replies to these conversations are this colleague's from now on, not those of who else is at work there."""
    for each in ids:
        tx.db.execute("UPDATE presence SET taken_by = nullif(?1, colleague_id) WHERE conversation_id = ?2", (by, each))


def overtaken(db: sqlite3.Connection, conversation_id: int, by: int) -> int | None:
    """The colleague who took over the reply that `by` is at work on; None: nobody did."""
    row = db.execute(
        "SELECT taken_by FROM presence WHERE conversation_id = ? AND colleague_id = ? AND taken_by IS NOT NULL",
        (conversation_id, by),
    ).fetchone()
    return int(row["taken_by"]) if row else None


def answering(db: sqlite3.Connection, conversation_id: int, by: int, since_ms: int) -> str:
    """The name of a colleague other than `by` who wrote an answer that stands since an instant; "" where nobody did."""
    row = db.execute(
        "SELECT c.name FROM act a JOIN colleague c ON c.id = a.by WHERE a.conversation_id = ? AND a.by != ?"
        " AND a.created_ms >= ? AND a.verb IN ('reply', 'private_reply') AND a.rule_id IS NULL"
        " AND a.state IN ('held', 'queued', 'sending', 'uncertain', 'sent') ORDER BY a.id DESC LIMIT 1",
        (conversation_id, by, since_ms),
    ).fetchone()
    return str(row["name"]) if row else ""


def note_on_act(tx: Tx, act_id: int, known_message_id: int | None, overtaken_by: int | None) -> None:
    """What was known to who wrote an act: the newest message when the writing began, and who had taken it over."""
    tx.db.execute(
        "UPDATE act SET context_message_id = coalesce(?, context_message_id), overtaken_by = ? WHERE id = ?",
        (known_message_id, overtaken_by, act_id),
    )


def _lives(path: Path) -> bool:
    """Whether a process holds the lock on a file. One that holds none is gone, and so is its file then."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:  # not to be told: better a mark too many
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(OSError):
            path.unlink()
    except OSError:
        return True
    finally:
        os.close(file)
    return False
