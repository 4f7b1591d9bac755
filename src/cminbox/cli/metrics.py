"""`sync --metrics`: what stands and what happened, for Prometheus, through its own client library.

Labels are brands, networks and accounts: names of ours, of which there are few. No person, text or conversation.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from cminbox.cli.printing import hint
from cminbox.errors import CminboxError, UsageError
from cminbox.i18n import _
from cminbox.inbox.metrics import PENDING, AccountNow, Look, Looker

if TYPE_CHECKING:
    from prometheus_client import Metric
    from prometheus_client.core import GaugeMetricFamily

    from cminbox.inbox.desk import Desk

LOOK_S = 10.0
"""A scrape that takes longer fails; the next one tries again."""
_OF_ACCOUNT = ("brand", "network", "account")
_GAUGES = {
    "open": ("cminbox_conversations_open", "Conversations in state open."),
    "unanswered": ("cminbox_conversations_unanswered", "Conversations in which somebody waits for an answer."),
    "late": ("cminbox_conversations_late", "Conversations past their time to answer by (counted up to 501)."),
    "due_soon": ("cminbox_conversations_due_soon", "Conversations due within the hour (counted up to 501)."),
    "paused": ("cminbox_account_paused", "1 while the account is paused."),
}
_COUNTERS = {
    "received": ("cminbox_messages_received", "Inbound messages addressed to us since this process started."),
    "replied": ("cminbox_replies", "Human replies of ours, wherever written, since this process started."),
    "sent": ("cminbox_acts_sent", "Acts that networks took since this process started."),
}


def endpoint(text: str) -> tuple[str, int]:
    """HOST:PORT as one types it; a port alone is one of this machine (127.0.0.1). [::1]:PORT for IPv6.

    Raises typer.BadParameter (wrong usage) for anything else.
    """
    host, colon, number = text.rpartition(":")
    if colon and not host:
        host = "127.0.0.1"
    if not number.isascii() or not number.isdigit() or not 0 < int(number) < 65536:
        raise typer.BadParameter(_("--metrics wants HOST:PORT, such as 127.0.0.1:9464."))
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(number)


def stays_here(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@asynccontextmanager
async def serving(desk: Desk, where: str) -> AsyncIterator[None]:
    """Answer Prometheus at HOST:PORT for as long as this lasts. Raises UsageError where nobody may listen there."""
    from prometheus_client import CollectorRegistry, start_http_server

    host, port = endpoint(where)
    looker = Looker(desk)
    await looker.begin()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(looker, asyncio.get_running_loop()))
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise UsageError(
            _("Nobody can listen at {where}: {error}.").format(where=where, error=error.strerror or error),
            _("Name another port for --metrics, or end what listens there."),
        ) from error
    if not stays_here(host):
        hint(_("Everybody who reaches {host} can read these metrics.").format(host=host))
    hint(_("Metrics: http://{where}/metrics").format(where=f"[{host}]:{port}" if ":" in host else f"{host}:{port}"))
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        await asyncio.to_thread(thread.join)


class _Collector:
    """Looks at the store each time it is scraped, from the server's thread, on the loop of the store."""

    def __init__(self, looker: Looker, loop: asyncio.AbstractEventLoop) -> None:
        self._looker = looker
        self._loop = loop

    def describe(self) -> list[Metric]:
        """Nothing is known before a look."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One look, as metrics."""
        future = asyncio.run_coroutine_threadsafe(self._looker.look(), self._loop)
        try:
            look = future.result(timeout=LOOK_S)
        except TimeoutError:
            future.cancel()
            raise
        except CminboxError as error:
            raise RuntimeError(error.message) from error
        yield from families(look)


def families(look: Look) -> Iterator[Metric]:
    """A look as metrics of Prometheus. Where nobody waits there is no time of waiting."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    accounts = look.now.accounts
    for field, (name, told) in _GAUGES.items():
        gauge = GaugeMetricFamily(name, told, labels=_OF_ACCOUNT)
        for each in accounts:
            gauge.add_metric(_labels(each), float(getattr(each, field)))
        yield gauge
    yield _waiting(look, GaugeMetricFamily("cminbox_oldest_waiting_seconds", _WAITING, labels=_OF_ACCOUNT))
    acts = GaugeMetricFamily("cminbox_acts", "Acts that have not ended, by state.", labels=(*_OF_ACCOUNT, "state"))
    for each in accounts:
        for state in PENDING:
            acts.add_metric((*_labels(each), state), each.acts[state])
    yield acts
    spike = GaugeMetricFamily("cminbox_spike_lasting", "1 while more comes in than usual.", labels=("brand",))
    for brand in sorted({each.brand for each in accounts}):
        spike.add_metric((brand,), float(brand in look.now.spiking))
    yield spike
    for what, (name, told) in _COUNTERS.items():
        counter = CounterMetricFamily(name, told, labels=_OF_ACCOUNT)
        for each in accounts:
            counter.add_metric(_labels(each), look.totals[what, each.name])
        yield counter


_WAITING = "How long the person who waits longest does."


def _waiting(look: Look, gauge: GaugeMetricFamily) -> GaugeMetricFamily:
    for each in look.now.accounts:
        if each.oldest_ms is not None:
            gauge.add_metric(_labels(each), max(0, look.now_ms - each.oldest_ms) / 1000)
    return gauge


def _labels(each: AccountNow) -> tuple[str, str, str]:
    return each.brand, each.network, each.name
