"""`outbox`: what is on its way, and what a person has to decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cminbox.cli.printing import emit, hint, say, table
from cminbox.cli.running import FAILED, OK, complain, with_service, zone_of
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.i18n import N_, _
from cminbox.inbox import outbox as inbox
from cminbox.inbox.outcome import Outcome
from cminbox.model.base import ActState
from cminbox.model.rows import ActRow
from cminbox.service import Service
from cminbox.text import safe
from cminbox.ui import times, words

Acts = Annotated[list[int], typer.Argument(metavar="ACT", help=N_("The acts, by id."))]
MaybeActs = Annotated[
    list[int] | None, typer.Argument(metavar="ACT", help=N_("The acts, by id (none: all that failed)."))
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=N_("What is on its way to the networks."), rich_markup_mode=None)
    group.callback(invoke_without_command=True)(_root)
    group.command("list", help=N_("List what is not done with."))(list_)
    group.command("retry", help=N_("Send failed acts again."))(retry)
    group.command("approve", help=N_("Send acts that are to review, as they are."))(approve)
    group.command("cancel", help=N_("Take acts back that have not left; texts become drafts."))(cancel)
    group.command("stop", help=N_("Stop all sending, for everybody."))(stop)
    group.command("go", help=N_("Let sending go on."))(go)
    app.add_typer(group, name="outbox")


def _root(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    ctx.obj = Terms.of(ctx, as_name, as_json)
    if ctx.invoked_subcommand is None:
        _run_list(ctx.obj, None)


def list_(
    ctx: typer.Context,
    state: Annotated[list[ActState] | None, typer.Option("--state", help=N_("Only in this state."))] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox outbox list`."""
    _run_list(Terms.of(ctx, as_name, as_json), state)


def retry(ctx: typer.Context, acts: MaybeActs = None, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox outbox retry`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        ids = list(acts or []) or [row.id for row in await inbox.rows(service.desk, (ActState.FAILED,))]
        return await _report(service, await inbox.retry(service.desk, ids), as_json=terms.as_json)

    with_service(terms, work)


def approve(ctx: typer.Context, acts: Acts, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox outbox approve`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        return await _report(service, await inbox.approve(service.desk, acts), as_json=terms.as_json)

    with_service(terms, work)


def cancel(ctx: typer.Context, acts: Acts, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox outbox cancel`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        return await _report(service, await inbox.cancel(service.desk, acts), as_json=terms.as_json)

    with_service(terms, work)


def stop(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox outbox stop`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        await inbox.stop(service.desk)
        await _say_stopped(service, as_json=terms.as_json)
        return OK

    with_service(terms, work)


def go(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox outbox go`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        await inbox.go(service.desk)
        await _say_stopped(service, as_json=terms.as_json)
        return OK

    with_service(terms, work)


def _run_list(terms: Terms, states: Sequence[ActState] | None) -> None:
    async def work(service: Service) -> int:
        rows = await inbox.rows(service.desk, states or None)
        if terms.as_json:
            for row in rows:
                emit(act_json(row))
            return OK
        if await inbox.stopped(service.desk) is not None:
            await _say_stopped(service, as_json=False)
        now, zone = service.clock.now(), zone_of(service)
        table(
            (
                str(row.id),
                str(row.conversation_id or "-"),
                _(words.VERBS[row.verb]),
                _(words.ACTS[row.state]),
                row.by,
                times.when(row.send_at, now, zone),
                row.error or row.text or "-",
            )
            for row in rows
        )
        if not rows:
            hint(_("The outbox is empty."))
        return OK

    with_service(terms, work)


async def _report(service: Service, outcome: Outcome, *, as_json: bool) -> int:
    for line in outcome.lines:
        row = await inbox.get(service.desk, line.act) if line.act and (line.conversation or not line.error) else None
        if as_json:
            emit(_changed_json(row, line.act, line.error))
        elif row is not None and not line.error:
            say(f"{row.id}  {_(words.VERBS[row.verb])}  {_(words.ACTS[row.state])}")
        if line.error:
            complain(_("act {id}: {error}").format(id=line.act, error=line.error))
    for note in outcome.notes:
        hint(safe(note))
    return FAILED if outcome.skipped else OK


async def _say_stopped(service: Service, *, as_json: bool) -> None:
    found = await inbox.stopped(service.desk)
    if as_json:
        emit({"stopped": found is not None, "by": found[0] if found else None})
    elif found is None:
        say(_("Sending goes on."))
    else:
        at = times.when(found[1], service.clock.now(), zone_of(service))
        say(_("All sending is stopped by {name} since {time}.").format(name=safe(found[0]), time=at))


def act_json(row: ActRow) -> dict[str, Any]:
    """An act as scripts get it."""
    return {
        "act": row.id,
        "conversation": row.conversation_id,
        "verb": row.verb.value,
        "state": row.state.value,
        "by": row.by,
        "attempts": row.attempts,
        "error": row.error or None,
        "remote_id": row.remote_id,
        "text": row.text,
    }


def _changed_json(row: ActRow | None, act_id: int | None, error: str) -> dict[str, Any]:
    if row is None:
        nothing = dict.fromkeys(("conversation", "verb", "state", "by", "attempts", "remote_id"))
        return {"act": act_id, **nothing, "error": error}
    return {**act_json(row), "error": error or row.error or None}
