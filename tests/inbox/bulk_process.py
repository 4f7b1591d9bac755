"""A process that does a verb to very many conversations, to be killed in the middle: `python bulk_process.py DB VERB`.

It prints a line after each transaction, and goes on when it is sent one.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from cminbox.clock import SystemClock
from cminbox.config.settings import Settings
from cminbox.inbox import replies, triage, undo
from cminbox.inbox.bulk import Course
from cminbox.inbox.desk import desk_open
from cminbox.store.database import Store


def told(done: int, _total: int) -> None:
    print(done, flush=True)
    sys.stdin.readline()


async def main(path: Path, verb: str) -> None:
    store = await Store.open(path, SystemClock())
    desk = await desk_open(store, store.clock, Settings(), "léa")
    desk = replace(desk, course=Course(told, most=10))
    ids = await store.read(lambda db: [row[0] for row in db.execute("SELECT id FROM conversation ORDER BY id")])
    if verb == "undo":
        await undo.undo(desk)
    elif verb == "reply":
        await replies.reply(desk, ids, "On its way.")
    else:
        await triage.done(desk, ids)
    await store.close()
    print("end", flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
