"""Opening, reading and writing the database: the only place that knows threads, locks and pragmas."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from cminbox.clock import Clock, to_ms
from cminbox.errors import StoreError, StoreFull, StoreTooNew
from cminbox.i18n import _
from cminbox.insight.thanks import only_thanks
from cminbox.paths import open_file

P = ParamSpec("P")
T = TypeVar("T")

_BUSY_MS = 10_000
_FILE = re.compile(r"(\d{4})_\w+\.sql")


class Tx:
    """One write transaction, alive inside `Store.write` only.

    `db` is the connection, `now_ms` the instant of the transaction. Whoever is about to change a conversation calls
    `touch` first; at commit the counters follow from what the touched ones were and are.
    """

    def __init__(self, db: sqlite3.Connection, now_ms: int) -> None:
        self.db = db
        self.now_ms = now_ms
        self.before: dict[int, sqlite3.Row | None] = {}

    @contextlib.contextmanager
    def whole(self) -> Iterator[None]:
        """What is written inside is written whole: where it raises, all of it is taken back and the rest goes on."""
        self.db.execute("SAVEPOINT whole")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK TO whole")
            self.db.execute("RELEASE whole")
            raise
        self.db.execute("RELEASE whole")

    def touch(self, conversation_id: int) -> None:
        """Remember what a conversation is before it changes (once per transaction)."""
        if conversation_id not in self.before:
            self.before[conversation_id] = counted(self.db, conversation_id)


def counted(db: sqlite3.Connection, conversation_id: int) -> sqlite3.Row | None:
    """The fields of a conversation that the gauges count."""
    row: sqlite3.Row | None = db.execute(
        "SELECT state, unread, waits_ms IS NOT NULL AS unanswered, network_id, account_id, brand_id, assignee,"
        " topic_id, (SELECT group_concat(tag_id) FROM conversation_tag WHERE conversation_id = conversation.id) AS tags"
        " FROM conversation WHERE id = ?",
        (conversation_id,),
    ).fetchone()
    return row


class _Turns:
    """A lock that lets durable writers (verbs) pass waiting ingest."""

    def __init__(self) -> None:
        self._busy = False
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    async def take(self, rank: int) -> None:
        if not self._busy:
            self._busy = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give()
            raise

    def give(self) -> None:
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._busy = False


class Store:
    """The database of one data folder, opened by one process.

    `write` runs a function in one transaction on the writer's thread; `read` runs one on a reader's thread, on a
    consistent snapshot. Neither stops half-way: when the caller is cancelled, the transaction ends as it would have.
    """

    def __init__(self, path: Path, clock: Clock, writer: sqlite3.Connection) -> None:
        self.path = path
        self.clock = clock
        self._writer = writer
        self._write_thread = ThreadPoolExecutor(1, "store-writer")
        self._read_thread = ThreadPoolExecutor(1, "store-reader")
        self._reader = connect(path)
        self._reader.execute("PRAGMA query_only = ON")
        self._watcher = connect(path)
        self._watcher.execute("PRAGMA busy_timeout = 0")
        self._version = 0
        self._turns = _Turns()

    @classmethod
    async def open(cls, path: Path, clock: Clock) -> Store:
        """Open (and where needed make and migrate) the database at `path`.

        Raises StoreTooNew, StoreFull or StoreError with the cure.
        """
        loop = asyncio.get_running_loop()
        writer = await loop.run_in_executor(None, _open, path)
        return cls(path, clock, writer)

    async def close(self) -> None:
        """Finish what runs, then close. Safe to call twice."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._shut)

    def _shut(self) -> None:
        self._watcher.close()
        for thread, db in ((self._read_thread, self._reader), (self._write_thread, self._writer)):
            thread.shutdown(wait=True)
            db.close()

    async def read(self, fn: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(db, ...)` on a snapshot and return what it returns."""

        def job() -> T:
            self._reader.execute("BEGIN")
            try:
                return fn(self._reader, *args, **kwargs)
            finally:
                self._reader.rollback()

        return await self._run(self._read_thread, job)

    async def write(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(tx, ...)` in one durable transaction (verbs and acts: fsync before it returns)."""
        return await self._transact(True, fn, args, kwargs)

    async def ingest(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Like `write`, for what can be fetched again: without fsync, and after waiting verbs."""
        return await self._transact(False, fn, args, kwargs)

    async def data_version(self) -> int:
        """A number that changes when anybody, in any process, committed.

        Asked ten times a second: on a connection of its own and without a thread, which costs half. It never waits.
        """
        with contextlib.suppress(sqlite3.OperationalError):
            self._version = int(self._watcher.execute("PRAGMA data_version").fetchone()[0])
        return self._version

    async def checkpoint(self) -> None:
        """Move the write-ahead log into the database; for idle moments."""
        await self._run(self._write_thread, lambda: self._writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone())

    async def scour(self) -> bool:
        """Write the database anew, so that its file and its log hold nothing that was deleted or replaced.

        Takes as long as copying it, and as much room; verbs of other processes wait. False where somebody read so long
        that the log could not be emptied. Raises StoreFull, or StoreError where another process holds the database.
        """
        await self._turns.take(1)

        def job() -> bool:
            self._writer.execute("PRAGMA temp_store = FILE")  # it may be larger than memory
            try:
                self._writer.execute("VACUUM")
            finally:
                self._writer.execute("PRAGMA temp_store = MEMORY")
            return not self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

        future = asyncio.get_running_loop().run_in_executor(self._write_thread, _translated, job)
        future.add_done_callback(lambda _done: self._turns.give())
        return await asyncio.shield(future)

    async def _transact(self, durable: bool, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        await self._turns.take(0 if durable else 1)

        def job() -> T:
            db = self._writer
            db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            db.execute("BEGIN IMMEDIATE")
            try:
                tx = Tx(db, to_ms(self.clock.now()))
                result = fn(tx, *args, **kwargs)
                settle(tx)
                db.execute("COMMIT")
                return result
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

        future = asyncio.get_running_loop().run_in_executor(self._write_thread, _translated, job)
        future.add_done_callback(lambda _done: self._turns.give())
        return await asyncio.shield(future)

    async def _run(self, thread: ThreadPoolExecutor, job: Callable[[], T]) -> T:
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(thread, _translated, job))


def settle(tx: Tx) -> None:
    """Bring tags, gauges, clusters and deadlines in line with the conversations that the transaction touched."""
    from cminbox.store import clusters, counters, deadlines, tagging

    if tx.before:
        tagging.follow(tx, tx.before)
        stands = {one: (before, counted(tx.db, one)) for one, before in tx.before.items()}
        counters.follow(tx, stands.values())
        counters.turn(tx, stands)
        clusters.follow(tx, tx.before)
        deadlines.follow(tx, tx.before)


def connect(path: Path) -> sqlite3.Connection:
    """A connection with cminbox's pragmas; the caller begins and ends transactions."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 4000")
    db.execute("PRAGMA cache_size = -65536")
    db.execute("PRAGMA temp_store = MEMORY")
    db.create_function("only_thanks", 1, lambda text: only_thanks(text or ""), deterministic=True)
    return db


def migrations() -> list[tuple[int, str]]:
    """The numbered migrations of this version, in order: (number, SQL)."""
    folder = resources.files("cminbox.store") / "migrations"
    found = []
    for entry in folder.iterdir():
        if match := _FILE.fullmatch(entry.name):
            found.append((int(match[1]), entry.read_text(encoding="utf-8")))
    return sorted(found)


def migrate(db: sqlite3.Connection, path: Path) -> None:
    """Bring the schema up to date, each step in a transaction of its own. Several processes may try at once."""
    steps = migrations()
    newest = steps[-1][0]
    for number, sql in steps:
        db.execute("BEGIN IMMEDIATE")
        try:
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            if version > newest:
                raise StoreTooNew(
                    _(
                        "{path} was written by a newer version of cminbox (schema {found}, this one knows {known})."
                    ).format(path=path, found=version, known=newest),
                    _("Update cminbox, or use another folder with CMINBOX_HOME."),
                )
            if version < number:
                for statement in statements(sql):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


def statements(sql: str) -> list[str]:
    """The statements of a script, one by one (executescript would commit the transaction around it)."""
    found, pending = [], ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending)
            pending = ""
    return found


def _open(path: Path) -> sqlite3.Connection:
    def job() -> sqlite3.Connection:
        if not path.exists():
            with contextlib.suppress(OSError):  # SQLite says what is wrong with a folder
                os.close(open_file(path))  # with the mode of its folder, which the files beside it copy
        db = connect(path)
        try:
            migrate(db, path)
        except BaseException:
            db.close()
            raise
        return db

    try:
        return _translated(job)
    except StoreError as error:
        if str(path) in error.message:
            raise
        raise type(error)(f"{path}: {error.message}", error.cure) from error


def _translated(job: Callable[[], T]) -> T:
    """Run a job; sqlite3's errors come out as ours."""
    try:
        return job()
    except sqlite3.DatabaseError as error:
        text = str(error)
        if "disk is full" in text or "disk I/O" in text:
            raise StoreFull(
                _("The disk is full: {error}.").format(error=text),
                _("Make room, then go on; nothing that was confirmed is lost."),
            ) from error
        if "locked" in text or "busy" in text:
            raise StoreError(
                _("The database is busy: {error}.").format(error=text),
                _("Another program holds it; try again when that has ended."),
            ) from error
        if "not a database" in text or "malformed" in text:
            raise StoreError(
                _("This is not a sound cminbox database: {error}.").format(error=text),
                _("Move it away and let cminbox make a new one, or restore a copy."),
            ) from error
        if "unable to open" in text or "readonly" in text:
            raise StoreError(
                _("The database cannot be opened for writing: {error}.").format(error=text),
                _("Check the folder's owner and permissions, or set CMINBOX_HOME."),
            ) from error
        raise
