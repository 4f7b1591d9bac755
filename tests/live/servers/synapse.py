"""A Synapse of our own: Matrix's reference home server, on SQLite, without limits."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from tests.live.servers.house import Running, free_port, installed, start

REQUIREMENT = "matrix-synapse==1.163.2"
SECRET = "registration-secret"
NAME = "live.test"


@dataclass
class Person:
    """Somebody with a session on the server."""

    id: str
    token: str
    client: httpx.Client = field(repr=False)
    sent: int = 0

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **params: Any) -> Any:
        """One call of the client-server API below /_matrix/client/v3; fails when it is refused."""
        headers = {"authorization": f"Bearer {self.token}"}
        url = f"/_matrix/client/v3{path}"
        answer = self.client.request(method, url, json=body, params=params or None, headers=headers)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def open_room(self, **body: Any) -> str:
        """A new room; its id."""
        return str(self.call("POST", "/createRoom", body)["room_id"])

    def join(self, room: str) -> None:
        """Come into a room."""
        self.call("POST", f"/join/{quote(room, safe='')}", {})

    def say(self, room: str, text: str, **content: Any) -> str:
        """Say something; the event id."""
        self.sent += 1
        path = f"/rooms/{quote(room, safe='')}/send/m.room.message/t{self.sent}"
        return str(self.call("PUT", path, {"msgtype": "m.text", "body": text, **content})["event_id"])

    def messages(self, room: str) -> list[dict[str, Any]]:
        """Every message event of a room, oldest first, as the server has it now."""
        found: list[dict[str, Any]] = []
        token: str | None = None
        while True:
            params = {"dir": "b", "limit": 100, **({"from": token} if token else {})}
            page = self.call("GET", f"/rooms/{quote(room, safe='')}/messages", **params)
            found += [event for event in page["chunk"] if event["type"] == "m.room.message"]
            token = page.get("end")
            if token is None or not page["chunk"]:
                return found[::-1]


@dataclass
class Synapse:
    """The server, and the people on it."""

    running: Running
    client: httpx.Client

    @property
    def url(self) -> str:
        """Its address."""
        return self.running.url

    def person(self, name: str, *, device: str = "") -> Person:
        """An account with a session on a fixed device."""
        url = "/_synapse/admin/v1/register"
        nonce = self.client.get(url).json()["nonce"]
        words = (nonce, name, f"pw-{name}", "notadmin")
        mac = hmac.new(SECRET.encode(), b"\0".join(word.encode() for word in words), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": f"pw-{name}", "admin": False, "mac": mac}
        made = self.client.post(url, json=body)
        assert made.status_code == 200 or made.json().get("errcode") == "M_USER_IN_USE", made.text
        return self.log_in(name, device or f"{name.upper()}DEVICE")

    def log_in(self, name: str, device: str) -> Person:
        """A new session of an account; the device's former sessions end."""
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": f"pw-{name}",
            "device_id": device,
        }
        answer = self.client.post("/_matrix/client/v3/login", json=body)
        assert answer.status_code == 200, answer.text
        return Person(answer.json()["user_id"], answer.json()["access_token"], self.client)

    def stop(self) -> None:
        """End the server."""
        self.client.close()
        self.running.stop()


def open_synapse(folder: Path, *, public_url: str | None = None) -> Synapse:
    """Install Synapse if it is missing, and start one in `folder`. Raises `MissingError`.

    `public_url` is the address that it names as its own.
    """
    python = installed(REQUIREMENT, "register_new_matrix_user").with_name("python")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    config = folder / "homeserver.yaml"
    config.write_text(json.dumps(_config(folder, port, public_url or url)))
    run = [str(python), "-m", "synapse.app.homeserver", "-c", str(config)]
    subprocess.run([*run, "--generate-keys"], cwd=folder, check=True, capture_output=True, timeout=120)
    running = start(run, url, "/health", folder)
    return Synapse(running, httpx.Client(base_url=url, trust_env=False, timeout=60))


def _config(folder: Path, port: int, public_url: str) -> dict[str, Any]:
    """The configuration; YAML reads JSON."""
    free = {"per_second": 10_000, "burst_count": 10_000}
    handler = {"class": "logging.FileHandler", "filename": str(folder / "synapse.log")}
    log = {"version": 1, "handlers": {"file": handler}, "root": {"level": "WARNING", "handlers": ["file"]}}
    (folder / "log.yaml").write_text(json.dumps(log))
    listener = {
        "port": port,
        "tls": False,
        "type": "http",
        "bind_addresses": ["127.0.0.1"],
        "resources": [{"names": ["client"], "compress": False}],
    }
    return {
        "server_name": NAME,
        "public_baseurl": f"{public_url}/",
        "pid_file": str(folder / "synapse.pid"),
        "listeners": [listener],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "log_config": str(folder / "log.yaml"),
        "macaroon_secret_key": "macaroon",
        "form_secret": "form",
        "registration_shared_secret": SECRET,
        "enable_registration": False,
        "report_stats": False,
        "suppress_key_server_warning": True,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "url_preview_enabled": False,
        "rc_message": free,
        "rc_registration": free,
        "rc_login": {"address": free, "account": free, "failed_attempts": free},
        "rc_joins": {"local": free, "remote": free},
        "rc_joins_per_room": free,
        "rc_invites": {"per_room": free, "per_user": free, "per_issuer": free},
        "rc_room_creation": free,
    }
