from __future__ import annotations

import socket
from pathlib import Path

import pytest

from cminbox.paths import Home


def test_a_test_has_a_home_of_its_own(tmp_path: Path, home: Home) -> None:
    assert Home.find() == home
    assert home.data.is_relative_to(tmp_path)


def test_a_test_reaches_loopback_only() -> None:
    with socket.socket() as wire, pytest.raises(AssertionError, match="loopback"):
        wire.connect(("192.0.2.1", 80))
    with socket.socket() as server, socket.socket() as wire:
        server.bind(("127.0.0.1", 0))
        server.listen()
        wire.connect(server.getsockname())
