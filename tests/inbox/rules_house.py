"""An office with a rules file, and what tests of rules look at."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.inbox.office import Office

from cminbox.errors import StoreError
from cminbox.inbox import queue
from cminbox.inbox.desk import Desk
from cminbox.inbox.rules_runner import RuleRunner
from cminbox.model.rows import QueueRow
from cminbox.paths import Home
from cminbox.store.database import Store

THANKS = """
[[rule]]
name = "Only thanks"
on = true
when = "is:thanks replied:48h"
do = ["done"]
"""


@dataclass
class Ruled:
    """An office and its rules. `run` lets them catch up; `told` is what a person heard."""

    office: Office
    home: Home
    desk: Desk
    told: list[str] = field(default_factory=list)

    @classmethod
    async def of(cls, office: Office, rules: str) -> Ruled:
        home = Home.at(office.path / "home")
        home.make()
        found = cls(office, home, await office.desk())
        found.write(rules)
        found.runner = found.another()
        await found.runner.begin()
        return found

    runner: RuleRunner = field(init=False)

    def another(self) -> RuleRunner:
        """The rules of another process."""
        return RuleRunner(self.desk, self.home, self.told.append)

    def write(self, rules: str) -> None:
        self.home.rules_file.write_text(rules, encoding="utf-8")

    async def row(self, conversation: int) -> QueueRow:
        return (await queue.rows(self.desk, [conversation]))[0]

    async def runs(self) -> list[tuple[int, str]]:
        """(step, result) of every verb of a rule that is through, in the order of messages."""
        return await self.office.store.read(
            lambda db: [
                (row["step"], row["result"])
                for row in db.execute("SELECT step, result FROM rule_run ORDER BY message_id, rule_id, step")
            ]
        )


async def dies(office: Office, runner: RuleRunner, survives: int) -> None:
    """The rules catch up in a process whose store lives so many more transactions."""
    store, left = type(office.store), survives
    ingest = store.ingest

    async def dying(self: Store, *args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if self is office.store:
            left -= 1
            if left < 0:
                raise StoreError("gone")
        return await ingest(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patched, contextlib.suppress(StoreError):
        patched.setattr(store, "ingest", dying)
        await runner.catch_up()
