"""Pulling the plug at random instants, and what must be true of the outbox afterwards."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from tests.live.program import Program
from tests.live.servers.door import Break, Door


class Instant(StrEnum):
    """When the process dies."""

    ANY = "any time after its start"
    ASKED = "when a reply is on its way to the server"
    DONE = "when the server did it, before its answer is there"
    SOON = "some milliseconds after a reply went out"


def seed() -> int:
    """The seed of this run: CMINBOX_SEED, else a new one; printed, so that a red run can be run again."""
    found = int(os.environ.get("CMINBOX_SEED") or random.SystemRandom().randrange(1_000_000))
    print(f"CMINBOX_SEED={found}")
    return found


def kill_again_and_again(
    program: Program,
    door: Door,
    is_send: Callable[[str, str], bool],
    *,
    times: int,
    chooser: random.Random,
    before_each: Callable[[], None],
) -> Counter[Instant]:
    """Start `cminbox sync` and kill it, `times` times. Returns at which instants it died."""
    died: Counter[Instant] = Counter()
    for _round in range(times):
        before_each()
        instant = chooser.choice(list(Instant))
        delay_s = chooser.uniform(0, 2.0 if instant is Instant.ANY else 0.08)
        process = program.start("sync")
        plug = _Plug(lambda process=process: program.kill(process), is_send, delay_s)
        door.on_arrival = {Instant.ASKED: plug.pull, Instant.SOON: plug.pull_soon}.get(instant)
        door.on_answer = plug.pull if instant is Instant.DONE else None
        # With nothing left to send it dies after its first seconds.
        plug.pulled.wait(delay_s if instant is Instant.ANY else 6.0)
        door.on_arrival = door.on_answer = None
        if plug.timer is not None:
            plug.timer.join()
        alive = program.kill(process)
        assert alive or plug.pulled.is_set(), f"it ended by itself:\n{program.log(process)}"
        died[instant] += 1
    print("died:", {str(instant): count for instant, count in died.items()})
    return died


class _Plug:
    """Kills once, at the first reply that the door sees."""

    def __init__(self, kill: Callable[[], object], is_send: Callable[[str, str], bool], delay_s: float) -> None:
        self._kill = kill
        self._is_send = is_send
        self._delay_s = delay_s
        self._lock = threading.Lock()
        self.pulled = threading.Event()
        self.timer: threading.Timer | None = None

    def pull(self, method: str, path: str) -> None:
        """Kill now; the door goes on afterwards."""
        with self._lock:
            if self._is_send(method, path) and not self.pulled.is_set():
                self._kill()
                self.pulled.set()

    def pull_soon(self, method: str, path: str) -> None:
        """Kill a little later, while the door goes on."""
        with self._lock:
            if self._is_send(method, path) and self.timer is None:
                self.timer = threading.Timer(self._delay_s, self._end)
                self.timer.start()

    def _end(self) -> None:
        self._kill()
        self.pulled.set()


@contextmanager
def late_answers(program: Program, door: Door, is_send: Callable[[str, str], bool]) -> Iterator[dict[int, str]]:
    """Three answers, by conversation, whose first sends lose the line: behind the deed, in the answer, before it.

    All three must have happened at the end.
    """
    rows = [row for row in program.json("list", "--limit", "1000") if row["unanswered"]]
    replies = {row["id"]: f"late answer to {row['id']}" for row in rows[:3]}
    breaks = iter((Break.LOST_AFTER, Break.LOST_HALFWAY, Break.LOST_BEFORE))
    door.rule = lambda method, path: next(breaks, Break.NOTHING) if is_send(method, path) else Break.NOTHING
    program.reply_all(replies)
    yield replies
    assert next(breaks, None) is None


def drain(program: Program, wanted: dict[str, int], *, within_s: float) -> None:
    """Let `cminbox sync` send what is left, until the outbox is as wanted; then one more round has nothing to do."""
    left = program.start("sync")
    try:
        program.wait_for_acts(wanted, by=left, within_s=within_s)
    except AssertionError:
        rows = program.sql("SELECT state, text, attempts, error FROM v_acts WHERE state <> 'sent'")
        raise AssertionError(f"the outbox is {program.acts()}, not {wanted}: {rows}\n{program.log(left)}") from None
    finally:
        program.kill(left)
    (summary,) = program.json("sync", "--once")
    assert (summary["acts_sent"], summary["acts_uncertain"], summary["errors"]) == (0, 0, [])
