"""Messages from elsewhere: one JSON object a line, read into the accounts that imports live in.

A line that cannot be read is reported with its file and number and skipped; the rest goes on. The same line twice is
one message, and the order of lines makes no difference: a reply may stand before what it replies to.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import zlib
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Protocol, cast

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.model.accounts import Account
from cminbox.model.base import Audience, Direction, Kind, TimePrecision
from cminbox.model.changes import Batch, Wrote
from cminbox.model.content import Author, TopicInfo
from cminbox.store import accounts
from cminbox.store.accounts import IMPORT_FEED
from cminbox.store.database import Store
from cminbox.text import label

STANDARD_INPUT: Final = "-"
_AT_ONCE: Final = 1000
_GZIP_MAGIC: Final = b"\x1f\x8b"
_NETWORK: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


class Counts(Protocol):
    """What is needed of what ingest says."""

    @property
    def new_messages(self) -> int:
        """Messages that were not there yet."""

    @property
    def known(self) -> int:
        """Messages that were."""


Feed = Callable[[Account, Batch], Awaitable[Counts]]
"""Takes a batch into the store (sync.ingest, wired by the caller)."""


@dataclass(frozen=True)
class Problem:
    """What could not be imported: the file, the line (0: the file itself) and the reason, translated."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True)
class Imported:
    """What came of an import. `read` lines are new, known or skipped; `problems` says why of those and of files."""

    files: int
    read: int
    new: int
    known: int
    problems: tuple[Problem, ...] = ()

    @property
    def skipped(self) -> int:
        """How many lines were skipped."""
        return sum(1 for problem in self.problems if problem.line)


class Line(BaseModel):
    """One line as the documentation describes it. What else it holds is kept beside the message."""

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True)

    id: str
    network: str
    kind: Kind
    author: str | None
    text: str
    account: str = ""
    created_at: str | None = None
    in_reply_to: str | None = None
    conversation: str | None = None
    topic: str | None = None
    lang: str | None = None
    url: str | None = None
    direction: Direction = Direction.IN

    @field_validator("id")
    @classmethod
    def _has_id(cls, value: str) -> str:
        if not value.strip():
            raise ValueError(_("it is empty"))
        return value

    @field_validator("network")
    @classmethod
    def _names_network(cls, value: str) -> str:
        value = value.strip().lower()
        if not _NETWORK.fullmatch(value):
            raise ValueError(_("not the name of a network"))
        return value

    @field_validator("created_at")
    @classmethod
    def _is_instant(cls, value: str | None) -> str | None:
        if value and value.strip():
            _moment(value)
        return value

    def wrote(self) -> Wrote:
        """The line as a change."""
        at, precision = _moment(self.created_at) if self.created_at and self.created_at.strip() else _NEVER
        place = self.conversation or self.topic
        author = self.author or ""
        return Wrote(
            remote_id=self.id,
            at=at,
            precision=precision,
            kind=self.kind,
            direction=self.direction,
            author=Author(remote_id="" if label(author) == "?" else author, name=author),
            text=self.text,
            audience=Audience.DIRECT if self.kind is Kind.DM else Audience.PUBLIC,
            conversation=self.conversation or None if self.kind is Kind.DM else None,
            topic=TopicInfo(key=place, title=self.topic or place) if place else None,
            parent=self.in_reply_to or None,
            lang=self.lang,
            url=self.url,
            extra={key: json.dumps(value) for key, value in (self.model_extra or {}).items()},
        )


_NEVER: Final = (None, TimePrecision.UNKNOWN)


@dataclass
class _Run:
    """An import under way."""

    store: Store
    feed: Feed
    files: int = 0
    read: int = 0
    new: int = 0
    known: int = 0
    problems: list[Problem] = field(default_factory=list)
    accounts: dict[tuple[str, str], Account] = field(default_factory=dict)

    async def file(self, name: str) -> None:
        """Take one file to its end, or to where it cannot be read any further."""
        self.files += 1
        waiting: list[tuple[int, Line]] = []
        with closing(self._lines(name)) as lines:
            for number, line in lines:
                waiting.append((number, line))
                if len(waiting) == _AT_ONCE:
                    await self._take(name, waiting)
                    waiting = []
        await self._take(name, waiting)

    def _lines(self, name: str) -> Generator[tuple[int, Line]]:
        number = 0
        try:
            for number, raw in enumerate(_open(name), 1):
                if not raw.strip():
                    continue
                self.read += 1
                try:
                    yield number, parse(raw)
                except ValueError as error:
                    self.problems.append(Problem(name, number, str(error)))
        except (OSError, EOFError, zlib.error) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self.problems.append(
                Problem(name, 0, _("It cannot be read after line {n}: {error}.").format(n=number, error=reason))
                if number
                else Problem(name, 0, _("It cannot be read: {error}.").format(error=reason))
            )

    async def _take(self, name: str, lines: Sequence[tuple[int, Line]]) -> None:
        by_account: dict[tuple[str, str], list[Line]] = {}
        for number, line in lines:
            key = (line.network, line.account.strip())
            try:
                await self._account(key)
            except UsageError as error:
                self.problems.append(Problem(name, number, str(error)))
            else:
                by_account.setdefault(key, []).append(line)
        for key, found in by_account.items():
            batch = Batch(feed=IMPORT_FEED, changes=tuple(line.wrote() for line in found))
            done = await self.feed(self.accounts[key], batch)
            self.new += done.new_messages
            self.known += done.known

    async def _account(self, key: tuple[str, str]) -> None:
        if key not in self.accounts:
            account_id = await self.store.write(accounts.ensure_import, *key)
            self.accounts[key] = await self.store.read(accounts.get, account_id)


async def import_files(store: Store, feed: Feed, names: Iterable[str]) -> Imported:
    """Import files (`.gz` is unpacked, `-` is the standard input), one after the other."""
    run = _Run(store, feed)
    for name in names:
        await run.file(name)
    return Imported(run.files, run.read, run.new, run.known, tuple(run.problems))


def parse(raw: bytes) -> Line:
    """One line. Raises ValueError with a sentence that says what is wrong with it."""
    try:
        value = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(_("It is not UTF-8.")) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(_("It is not JSON: {error}.").format(error=str(error).partition(":")[0])) from error
    if not isinstance(value, dict):
        raise ValueError(_("It is not a JSON object."))
    try:
        return Line.model_validate(value)
    except ValidationError as error:
        raise ValueError(_wrong(error)) from error


def _wrong(error: ValidationError) -> str:
    """What pydantic found, without the person's words."""
    parts = []
    for each in error.errors(include_url=False, include_input=False):
        key = ".".join(map(str, each["loc"]))
        if each["type"] == "missing":
            parts.append(_("{key} is missing").format(key=key))
        elif each["type"] == "enum":
            parts.append(_("{key} must be {expected}").format(key=key, expected=each["ctx"]["expected"]))
        else:
            parts.append(_("{key} is wrong ({why})").format(key=key, why=each["msg"].removeprefix("Value error, ")))
    return "; ".join(parts) + "."


def _moment(value: str) -> tuple[datetime, TimePrecision]:
    """An ISO 8601 instant: without zone it is taken as UTC, a bare date as 00:00 UTC of its day. Raises ValueError."""
    value = value.strip()
    try:
        day = date.fromisoformat(value)
    except ValueError:
        pass
    else:
        return datetime(day.year, day.month, day.day, tzinfo=UTC), TimePrecision.DAY
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(_("not an ISO 8601 time")) from error
    if at.tzinfo is None:
        return at.replace(tzinfo=UTC), TimePrecision.ASSUMED_UTC
    return at, TimePrecision.INSTANT


def _open(name: str) -> Iterator[bytes]:
    """The raw lines of a file."""
    if name == STANDARD_INPUT:
        yield from _unpacked(sys.stdin.buffer)
        return
    with Path(name).open("rb") as file:
        yield from _unpacked(file)


def _unpacked(file: Any) -> Iterable[bytes]:
    """The lines of a stream, unpacked where it begins like a gzip file whatever it is called."""
    packed = file.peek(2)[:2] == _GZIP_MAGIC
    return gzip.GzipFile(fileobj=file) if packed else cast("Iterable[bytes]", file)
