"""Running the program as a person does: in this process, or as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from cminbox.cli import main
from cminbox.clock import SystemClock, to_ms
from cminbox.model.accounts import Abilities, Profile
from cminbox.model.base import ActVerb, Audience, Direction, Kind
from cminbox.model.changes import Batch, Wrote
from cminbox.model.content import Author
from cminbox.paths import Home
from cminbox.store import accounts
from cminbox.store.database import Store
from cminbox.sync import ingest

T = TypeVar("T")
US = Author(remote_id="us", handle="@brand", is_us=True)


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Every line of the output as the JSON object that it must be, in ASCII."""
        assert self.out.isascii()
        return [json.loads(line) for line in self.out.splitlines()]


class Program:
    """cminbox on a data folder of its own."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = Home.at(home)
        self._patch = monkeypatch

    def run(self, *args: str, stdin: str = "", env: dict[str, str] | None = None) -> Ended:
        """One command in this process."""
        out, err = io.StringIO(), io.StringIO()
        with self._patch.context() as patch:
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin.encode()))))
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main(list(args))
        return Ended(code, out.getvalue(), err.getvalue())

    def json(self, *args: str, **more: Any) -> list[dict[str, Any]]:
        """One command that must succeed, with `--json`."""
        ended = self.run(*args, "--json", **more)
        assert ended.code == 0, ended.err
        return ended.objects

    def process(self, *args: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """One command as a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "cminbox", *args],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "CMINBOX_HOME": str(self.home.data.parent)},
            **more,
        )

    def in_store(self, job: Callable[[Store], Any]) -> Any:
        """Do something with the store, opened for it."""

        async def inside() -> Any:
            self.home.make()
            store = await Store.open(self.home.database, SystemClock())
            try:
                return await job(store)
            finally:
                await store.close()

        return asyncio.run(inside())

    def connect(self, can: frozenset[ActVerb] = frozenset(ActVerb), **abilities: Any) -> None:
        """An account named "brand" that nobody reads."""

        async def job(store: Store) -> None:
            profile = Profile(author=US, abilities=Abilities(can=can, **abilities))
            now_ms = to_ms(store.clock.now())
            await store.write(accounts.add, "brand", "mastodon", "https://example.org", "Acme", {}, profile, now_ms)

        self.in_store(job)

    def arrive(self, key: str, text: str = "hello?", person: str = "ana", **more: Any) -> int:
        """Somebody writes; returns the conversation's id."""

        async def job(store: Store) -> int:
            account = await store.read(accounts.by_name, "brand")
            assert account is not None
            fields: dict[str, Any] = {
                "remote_id": f"{key}-{person}-{text[:20]!r}",
                "at": store.clock.now(),
                "kind": Kind.COMMENT,
                "direction": Direction.IN,
                "author": Author(remote_id=person, handle=f"@{person}"),
                "text": text,
                "audience": Audience.PUBLIC,
                "conversation": key,
                **more,
            }
            wrote = Wrote.model_validate(fields)
            done = await store.write(ingest.apply, account, Batch(feed="events", changes=(wrote,)), move_cursor=False)
            return done.changed_conversations[0]

        found = self.in_store(job)
        assert isinstance(found, int)
        return found
