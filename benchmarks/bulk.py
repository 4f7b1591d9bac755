"""What a verb on very many costs, and costs others: `python benchmarks/bulk.py [N]` (31,000 unless given).

A home of 2 N conversations is made (benchmarks/generate.py). N of them are called spam, taken back and done again as
one step each: seconds, and milliseconds for 1,000. Meanwhile another process stars a conversation of its own every
50 ms: how long that verb takes, alone and beside each of the three, at the median, at 99 in 100, and at most.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cminbox.clock import SystemClock
from cminbox.config.settings import Settings
from cminbox.inbox import triage, undo
from cminbox.inbox.desk import Desk, desk_open
from cminbox.paths import Home
from cminbox.store.database import Store

APART_S = 0.05
ALONE_S = 3.0


async def beside(database: Path, first: int) -> None:
    """The other process: a line with the milliseconds of each of its verbs, until its input ends."""
    store = await Store.open(database, SystemClock())
    desk = await desk_open(store, store.clock, Settings(), "tom")
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    one = first
    while not ended.done():
        began = time.perf_counter()
        await triage.star(desk, [one])
        print(f"{(time.perf_counter() - began) * 1000:.2f}", flush=True)
        one += 1
        await asyncio.sleep(APART_S)
    await store.close()


class Other:
    """The other process, while something is measured."""

    def __init__(self, database: Path, first: int) -> None:
        self.child = subprocess.Popen(
            [sys.executable, __file__, "beside", str(database), str(first)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.child.stdout is not None
        self.child.stdout.readline()

    def end(self) -> str:
        """End it; its times in words."""
        out, _none = self.child.communicate()
        times = sorted(map(float, out.split()))
        if not times:
            return "no verb in that time"
        late = times[min(len(times) - 1, int(len(times) * 0.99))]
        return (
            f"{len(times)} verbs beside: median {times[len(times) // 2]:.1f} ms, p99 {late:.1f}, most {times[-1]:.1f}"
        )


def furnish(n: int, folder: Path) -> None:
    subprocess.run(
        [sys.executable, str(Path(__file__).with_name("generate.py")), str(2 * n), str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


async def main(n: int, folder: Path) -> None:
    database = Home.at(folder).database
    store = await Store.open(database, SystemClock())
    desk = await desk_open(store, store.clock, Settings(), "léa")
    ids = await store.read(
        lambda db: [row[0] for row in db.execute("SELECT id FROM conversation ORDER BY id LIMIT ?", (n,))]
    )
    other = Other(database, n + 1)
    await asyncio.sleep(ALONE_S)
    print(f"alone: {other.end()}")
    first = n + 1_000
    for name, verb in (("spam", _spam), ("undo", _undo), ("redo", _redo)):
        other = Other(database, first)
        first += 1_000
        began = time.perf_counter()
        told = await verb(desk, ids)
        took_s = time.perf_counter() - began
        print(f"{name}: {told} conversations in {took_s:.2f} s, {took_s / told * 1e6:.0f} ms for 1,000; {other.end()}")
    await store.close()


async def _spam(desk: Desk, ids: list[int]) -> int:
    return len((await triage.spam(desk, ids)).lines)


async def _undo(desk: Desk, _ids: list[int]) -> int:
    return len((await undo.undo(desk)).lines)


async def _redo(desk: Desk, _ids: list[int]) -> int:
    return len((await undo.redo(desk)).lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["beside"]:
        asyncio.run(beside(Path(sys.argv[2]), int(sys.argv[3])))
    else:
        with tempfile.TemporaryDirectory() as made:
            many = int(sys.argv[1]) if len(sys.argv) > 1 else 31_000
            furnish(many, Path(made))
            asyncio.run(main(many, Path(made)))
