"""Connectors are found by name, ours and those of other packages, and loaded only when needed."""

import subprocess
import sys
from datetime import timedelta
from importlib.metadata import EntryPoint

import pytest

from cminbox.clock import SimulatedClock
from cminbox.errors import UsageError
from cminbox.networks import registry
from cminbox.networks.base import Connection, Network

OURS = tuple(registry._OURS)


def connection():
    clock = SimulatedClock()
    return Connection(
        account="brand", url="https://social.example", secret="x", since=clock.now() - timedelta(days=7), clock=clock
    )


def test_ours_are_known():
    assert registry.names()[:2] == ("mastodon", "matrix")


def test_a_network_is_opened_by_name():
    network = registry.open_network("mastodon", connection())
    assert isinstance(network, Network)
    assert network.name == "mastodon"


def test_an_unknown_name_is_refused_and_the_known_ones_named():
    with pytest.raises(UsageError, match="mastodon"):
        registry.open_network("myspace", connection())


def plug(monkeypatch, *points):
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == registry.GROUP else ())


def test_another_package_s_network_is_found(monkeypatch):
    plug(monkeypatch, EntryPoint("elsewhere", "cminbox.networks.mastodon:Mastodon", registry.GROUP))
    assert registry.names() == (*OURS, "elsewhere")
    assert registry.open_network("elsewhere", connection()).name == "mastodon"


@pytest.mark.parametrize("where", ["no.such.module:X", "cminbox.networks.mastodon:NoSuch", "cminbox.clock:SystemClock"])
def test_a_broken_package_is_named_and_breaks_nothing_else(monkeypatch, where):
    plug(monkeypatch, EntryPoint("elsewhere", where, registry.GROUP))
    with pytest.raises(UsageError, match="elsewhere"):
        registry.open_network("elsewhere", connection())
    assert registry.open_network("mastodon", connection())


def test_another_package_cannot_take_our_name(monkeypatch):
    plug(monkeypatch, EntryPoint("mastodon", "no.such.module:X", registry.GROUP))
    assert registry.names() == OURS
    assert registry.open_network("mastodon", connection())


def test_nothing_is_imported_before_it_is_needed():
    code = (
        "import sys; from cminbox.networks import registry; registry.names();"
        "print([m for m in sys.modules if m.startswith(('cminbox.networks.ma', 'cminbox.practice'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
