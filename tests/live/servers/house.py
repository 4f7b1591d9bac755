"""What the servers' scripts share: installing, starting, waiting and ending."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

PORTS = range(20_000, 32_000)
"""Below what Linux gives to connections (32,768 and above; /proc/sys/net/ipv4/ip_local_port_range)."""
INSTALL_S = 600
READY_S = 90


class MissingError(Exception):
    """A server that is not there and cannot be installed; says what to install."""


def root() -> Path:
    """The folder of the servers."""
    named = os.environ.get("CMINBOX_SERVERS")
    return Path(named) if named else Path.home() / ".cache" / "cminbox-servers"


def installed(requirement: str, program: str) -> Path:
    """The path of `program` in a virtual environment that holds `requirement`, made when it is missing.

    Raises `MissingError` with the line that would install it.
    """
    name = requirement.partition("==")[0]
    folder = root() / f"venv-{name.removeprefix('matrix-')}"
    found = folder / "bin" / program
    marker = folder / f".holds-{requirement}"
    with alone(root() / ".lock"):
        if found.exists() and (marker.exists() or _holds(folder, requirement)):
            return found
        # Some systems' Python cannot put pip into a new environment; ours installs into it from outside.
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
        commands = ([sys.executable, "-m", "venv", "--without-pip", str(folder)], [*pip, "install", "-q", requirement])
        for command in commands:
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, timeout=INSTALL_S, env=_without_constraints(), check=False
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise MissingError(_how(folder, requirement, str(error))) from None
            if done.returncode != 0:
                raise MissingError(
                    _how(folder, requirement, done.stderr.strip().splitlines()[-1] if done.stderr else "")
                )
        marker.touch()
    return found


def free_port() -> int:
    """A loopback port that nobody listens on now.

    None of those that the system gives to connections that go out: one of them could take it before the server does.
    """
    for port in random.SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"no free port from {PORTS.start} to {PORTS.stop}")


def until(what: str, condition: Callable[[], bool], *, within_s: float, every_s: float = 0.05) -> None:
    """Return when the condition holds; fail with `what` when it does not within the time."""
    pause = threading.Event()
    end = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s:g} s: {what}")
        pause.wait(every_s)


@dataclass
class Running:
    """A server that runs. `log` is the file that it writes to."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self, *, hard: bool = False, also: Iterable[int] = ()) -> None:
        """End it by its pid; with `hard` at once (some servers wait for open streams). `also`: its workers' pids."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL if hard else signal.SIGTERM)
        for worker in also:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(
    command: list[str], url: str, ready: str, folder: Path, environment: Mapping[str, str] | None = None
) -> Running:
    """Start a server in a folder, with more in its environment, and wait until `ready` answers 200."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
    running = Running(url, process, log)
    try:
        with httpx.Client(trust_env=False, timeout=5) as client:
            until(f"{command[0]} ready at {url}", lambda: _answers(client, url + ready, running), within_s=READY_S)
    except AssertionError:
        running.stop(hard=True)
        raise AssertionError(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}") from None
    return running


def _answers(client: httpx.Client, url: str, running: Running) -> bool:
    if running.process.poll() is not None:
        raise AssertionError("it ended")
    try:
        return client.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def _holds(folder: Path, requirement: str) -> bool:
    name, _equal, version = requirement.partition("==")
    site = folder / "lib"
    return any(site.glob(f"python*/site-packages/{name.replace('-', '_')}-{version}.dist-info"))


def _without_constraints() -> dict[str, str]:
    """The environment, less cminbox's own exact versions: the servers have theirs."""
    return {key: value for key, value in os.environ.items() if key != "PIP_CONSTRAINT"}


def _how(folder: Path, requirement: str, why: str) -> str:
    return f"install it with: {sys.executable} -m venv {folder} && {folder}/bin/pip install {requirement}  ({why})"


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock of a file: one process installs at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
