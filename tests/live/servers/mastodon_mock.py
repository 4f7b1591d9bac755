"""A Mastodon API of our own: the independent imitation `mastodon-mock`, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.live.servers.house import Running, free_port, installed, start

REQUIREMENT = "mastodon-mock==0.6.1"
PEOPLE = ("brand", "ana", "bob", "cleo")


@dataclass
class Person:
    """Somebody with a token."""

    name: str
    client: httpx.Client = field(repr=False)

    @property
    def token(self) -> str:
        """The token, as the server was told."""
        return f"{self.name}_token"

    def call(self, method: str, path: str, **more: Any) -> Any:
        """One call of the API; fails when it is refused."""
        answer = self.client.request(method, path, headers={"authorization": f"Bearer {self.token}"}, **more)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def post(self, text: str, **fields: Any) -> dict[str, Any]:
        """A new status."""
        status: dict[str, Any] = self.call("POST", "/api/v1/statuses", json={"status": text, **fields})
        return status

    def statuses(self) -> list[dict[str, Any]]:
        """Everything that this person posted, newest first, as the server has it now."""
        me = self.call("GET", "/api/v1/accounts/verify_credentials")["id"]
        found: list[dict[str, Any]] = []
        while True:
            older = {"max_id": found[-1]["id"]} if found else {}
            page = self.call("GET", f"/api/v1/accounts/{me}/statuses", params={"limit": 40, **older})
            if not page:
                return found
            found += page


@dataclass
class MastodonMock:
    """The server, and the people on it."""

    running: Running
    client: httpx.Client

    @property
    def url(self) -> str:
        """Its address."""
        return self.running.url

    def person(self, name: str) -> Person:
        """One of `PEOPLE`."""
        assert name in PEOPLE
        return Person(name, self.client)

    def fault(self, method: str, path: str, effect: dict[str, Any], times: int) -> None:
        """Let the next requests go wrong, as the server's own fault API does it."""
        body = {"match": {"path": path, "methods": [method]}, "effect": effect, "count": times}
        self._faults("POST", body)

    def no_faults(self) -> None:
        """Let nothing go wrong any more."""
        self._faults("DELETE", None)

    def _faults(self, method: str, body: dict[str, Any] | None) -> None:
        headers = {"authorization": f"Bearer {PEOPLE[0]}_token"}
        answer = self.client.request(method, "/api/v1/_mock/faults", json=body, headers=headers)
        assert answer.is_success, answer.text

    def stop(self) -> None:
        """End the server. It would wait for open streams, so it is killed."""
        self.client.close()
        self.running.stop(hard=True)


def open_mastodon(folder: Path) -> MastodonMock:
    """Install the server if it is missing, and start one in `folder`. Raises `MissingError`."""
    program = installed(REQUIREMENT, "mastodon_mock")
    seeds = (
        f'[[seed.accounts]]\nusername = "{p}"\ndisplay_name = "{p.title()}"\naccess_token = "{p}_token"\n'
        for p in PEOPLE
    )
    (folder / "mock.toml").write_text("".join(seeds))
    port = free_port()
    address = f"127.0.0.1:{port}"
    options = ["--config", "mock.toml", "--host", "127.0.0.1", "--port", str(port), "--domain", address]
    command = [str(program), "serve", *options, "--in-memory", "--log-level", "warning"]
    running = start(command, f"http://{address}", "/api/v2/instance", folder)
    return MastodonMock(running, httpx.Client(base_url=f"http://{address}", trust_env=False, timeout=60))
