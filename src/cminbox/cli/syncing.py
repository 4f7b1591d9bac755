"""`sync`: read and send without a screen."""

from __future__ import annotations

import asyncio
import signal
from contextlib import nullcontext
from typing import Annotated

import typer

from cminbox.cli.metrics import endpoint, serving
from cminbox.cli.printing import emit, hint, say
from cminbox.cli.running import FAILED, OK, with_service
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.clock import iso
from cminbox.i18n import N_, _, ngettext
from cminbox.inbox import books
from cminbox.model.base import AccountState
from cminbox.service import ConnectionChanged, LeaseChanged, Noticed, Service
from cminbox.sync.summary import SyncSummary
from cminbox.text import safe


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sync", help=N_("Read and send without a screen."))(sync)


def sync(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help=N_("One round: read every feed, send what may go now."))] = False,
    metrics: Annotated[
        str | None,
        typer.Option(
            "--metrics", metavar="HOST:PORT", help=N_("Answer Prometheus there, 127.0.0.1:9464 say, while it runs.")
        ),
    ] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox sync`."""
    terms = Terms.of(ctx, as_name, as_json)
    if metrics is not None:
        if once:
            raise typer.BadParameter(_("--metrics is for a sync that goes on, not for --once."))
        endpoint(metrics)

    async def work(service: Service) -> int:
        if not [a for a in await books.accounts(service.desk) if a.state is not AccountState.IMPORT]:
            hint(_("No account is connected. Connect one with `cminbox accounts add NETWORK`, or try `cminbox demo`."))
        if once:
            return _summed_up(await service.once(), as_json=terms.as_json)
        async with nullcontext() if metrics is None else serving(service.desk, metrics):
            await _until_ended(service, as_json=terms.as_json)
        return OK

    with_service(terms, work, sync=True)


def _summed_up(found: SyncSummary, *, as_json: bool) -> int:
    if as_json:
        emit(found.as_json())
    else:
        say(
            ngettext("{n} account read", "{n} accounts read", found.accounts).format(n=found.accounts)
            + ", "
            + ngettext("{n} message in", "{n} messages in", found.messages_in).format(n=found.messages_in)
            + ", "
            + _("{n} sent").format(n=found.acts_sent)
        )
        for count, text in (
            (found.acts_failed, _("{n} failed: `cminbox outbox` says why")),
            (found.acts_review, _("{n} to review: `cminbox outbox approve`, or cancel")),
            (found.acts_uncertain, _("{n} not sure yet: looked after in the next rounds")),
            (found.acts_waiting, _("{n} wait in the outbox")),
        ):
            if count:
                say(text.format(n=count))
    for error in found.errors:
        hint(safe(error))
    return FAILED if found.errors else OK


async def _until_ended(service: Service, *, as_json: bool) -> None:
    """Read and send until SIGTERM, SIGHUP or Ctrl-C, saying how the connections stand."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ended.set)
    telling = asyncio.create_task(_tell(service, as_json=as_json))
    try:
        await service.start()
        if keeper := service.secrets.owner:
            hint(_("The tokens here belong to {name}: only that user reads and sends.").format(name=safe(keeper)))
        elif service.sender_runs() and not service.holds_lease:
            hint(_("Another process reads and sends; this one takes over when it ends."))
        await ended.wait()
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _tell(service: Service, *, as_json: bool) -> None:
    async for event in service.events():
        if isinstance(event, LeaseChanged):
            if as_json:
                emit({"event": "lease", "held": event.held})
            else:
                say(_("Reading and sending.") if event.held else _("Another process reads and sends now."))
        elif isinstance(event, ConnectionChanged):
            if as_json:
                emit(
                    {
                        "event": "connection",
                        "account": event.account,
                        "state": event.state,
                        "because": event.because or None,
                        "retry_at": iso(event.retry_at),
                    }
                )
            else:
                say(f"{safe(event.account)}: {safe(_connection(event))}")
        elif isinstance(event, Noticed):
            if as_json:
                emit({"event": "notice", "text": event.notice})
            else:
                hint(safe(event.notice))


def _connection(event: ConnectionChanged) -> str:
    if event.state == "ok":
        return _("connected")
    if event.state == "paused":
        return _("paused: {because}").format(because=event.because)
    return _("trying again: {because}").format(because=event.because)
