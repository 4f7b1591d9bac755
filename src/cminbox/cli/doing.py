"""`do`, `undo` and `redo`."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox.cli.lines import report
from cminbox.cli.running import with_service
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.errors import UsageError
from cminbox.i18n import N_, _
from cminbox.inbox import undo as inbox_undo
from cminbox.inbox import verbs
from cminbox.model.reasons import named
from cminbox.service import Service


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("do", help=N_("Do a verb to conversations, as one step."), epilog=_verbs())(do)
    app.command("undo", help=N_("Take back my latest step."))(undo)
    app.command("redo", help=N_("Do again what undo took back."))(redo)


def do(
    ctx: typer.Context,
    verb: Annotated[str, typer.Argument(metavar="VERB", help=N_("What to do (below)."))],
    conversations: Annotated[list[int], typer.Argument(metavar="CONVERSATION", help=N_("To which, by id."))],
    value: Annotated[str | None, typer.Option("--value", help=N_("What the verb needs beside (a name)."))] = None,
    reason: Annotated[str | None, typer.Option("--reason", help=N_("Why: hate, threat, personal, spam or off-topic."))] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox do`."""
    terms = Terms.of(ctx, as_name, as_json)
    known = verbs.BY_NAME.get(verb)
    if known is None:
        raise typer.BadParameter(
            _("There is no verb {name}. The verbs are: {names}.").format(name=verb, names=", ".join(verbs.BY_NAME))
        )
    if reason and not known.reasons:
        raise typer.BadParameter(_("{verb} takes no reason.").format(verb=verb))
    if reason:
        try:
            named(reason)
        except UsageError as error:
            raise typer.BadParameter(str(error)) from None
    if known.needs_value and not value:
        raise typer.BadParameter(_("{verb} needs --value: {what}.").format(verb=verb, what=_(known.needs_value)))

    async def work(service: Service) -> int:
        outcome = await verbs.do(service.desk, verb, conversations, verbs.Given(value, reason))
        return report(service, outcome, as_json=terms.as_json)

    with_service(terms, work)


def undo(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox undo`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        return report(service, await inbox_undo.undo(service.desk), as_json=terms.as_json)

    with_service(terms, work)


def redo(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox redo`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        return report(service, await inbox_undo.redo(service.desk), as_json=terms.as_json)

    with_service(terms, work)


def _verbs() -> str:
    return ", ".join(verbs.BY_NAME)
