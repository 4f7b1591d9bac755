"""The installed program as a person or a script runs it: a subprocess, a home of its own, standard output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.live.servers.house import until

PROGRAM = Path(sys.executable).with_name("cminbox")

SETTINGS = """\
language = "en"
timezone = "UTC"

[sending]
hold_s = 0
bulk_hold_s = 0
"""


@dataclass
class Program:
    """cminbox on one data folder. `running` are the daemons that were started and not ended yet."""

    home: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.home / "config").mkdir(parents=True, exist_ok=True)
        (self.home / "config" / "settings.toml").write_text(SETTINGS)

    def run(self, *words: str, given: str = "", within_s: float = 120, ok: tuple[int, ...] = (0,)) -> str:
        """One command to its end; its standard output. Fails on any other exit code."""
        done = subprocess.run(
            [str(PROGRAM), *words],
            input=given,
            capture_output=True,
            text=True,
            timeout=within_s,
            env=self._environment(),
            check=False,
        )
        assert done.returncode in ok, f"cminbox {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *words: str, **more: Any) -> list[dict[str, Any]]:
        """One command with --json: the objects that it prints."""
        return [json.loads(line) for line in self.run(*words, "--json", **more).splitlines()]

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Rows of a documented view."""
        return self.json("sql", query)

    def add(self, network: str, url: str, token: str, name: str, *more: str) -> None:
        """Connect an account; the token goes through standard input."""
        self.run("accounts", "add", network, "--url", url, "--name", name, "--token-file", "-", *more, given=token)

    def reply_all(self, replies: dict[int, str]) -> None:
        """One reply command per conversation, two at a time."""

        def reply(item: tuple[int, str]) -> dict[str, Any]:
            (said,) = self.json("reply", str(item[0]), "--text", item[1])
            return said

        with ThreadPoolExecutor(2) as two:
            answers = list(two.map(reply, replies.items()))
        assert all(answer["error"] is None for answer in answers), [a for a in answers if a["error"]]

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A command that stays (`sync`), or whose end is not waited for."""
        log = (self.home / f"run{len(self.running)}.log").open("wb")
        process = subprocess.Popen(
            [str(PROGRAM), *words],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=self._environment(),
        )
        log.close()
        self.running.append(process)
        return process

    def log(self, process: subprocess.Popen[bytes]) -> str:
        """What a started command said so far."""
        return (self.home / f"run{self.running.index(process)}.log").read_text(errors="replace")

    def kill(self, process: subprocess.Popen[bytes]) -> bool:
        """Pull the plug; False where it had ended by itself."""
        alive = process.poll() is None
        if alive:
            process.send_signal(signal.SIGKILL)
        process.wait(30)
        return alive

    def end(self) -> None:
        """Kill what still runs, by its pid."""
        for process in self.running:
            self.kill(process)

    def acts(self) -> dict[str, int]:
        """How many acts stand in which state."""
        rows = self.sql("SELECT state, count(*) AS n FROM v_acts GROUP BY state")
        return {row["state"]: row["n"] for row in rows}

    def wait_for_acts(self, wanted: dict[str, int], *, by: subprocess.Popen[bytes], within_s: float) -> None:
        """Return when the outbox is as wanted, by the work of a process that must not end."""

        def done() -> bool:
            assert by.poll() is None, f"it ended by itself:\n{self.log(by)}"
            return self.acts() == wanted

        until(f"the outbox at {wanted}", done, within_s=within_s, every_s=0.25)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "CMINBOX_HOME": str(self.home), "LANG": "C.UTF-8", "NO_COLOR": "1"}
