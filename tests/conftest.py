"""What every test gets: a home of its own, a clock that stands still, English, and no network but loopback."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from cminbox.clock import SimulatedClock
from cminbox.i18n import set_language
from cminbox.paths import Home

# No time limits: two slow cores are no bug. In CI the same examples each time: a red run can be run again.
settings.register_profile("here", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# Who is started in the background has Ctrl-C ignored, and would hand that on to every program that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_LOOPBACK = ("127.", "::1", "localhost")
_connect = socket.socket.connect


def _only_loopback(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(_LOOPBACK):
        raise AssertionError(f"a test tried to reach {address[0]}; tests talk to loopback only")
    _connect(self, address)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees the user's files, language, time zone or editor, nor leaves a language behind."""
    monkeypatch.setenv("CMINBOX_HOME", str(tmp_path / "cminbox-home"))
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "NO_COLOR", "COLORTERM", "VISUAL", "EDITOR", "UNICODE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr(socket.socket, "connect", _only_loopback)
    set_language("en")
    yield
    set_language("en")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in a folder of its own, its folders made."""
    home = Home.at(tmp_path / "cminbox-home")
    home.make()
    return home


@pytest.fixture
def clock() -> SimulatedClock:
    """A clock that stands at Monday 2 March 2026, 09:00 UTC, until it is moved."""
    return SimulatedClock()
