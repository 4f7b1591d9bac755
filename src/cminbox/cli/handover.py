"""`handover`: pass all my open conversations to a colleague, or release them."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox.cli.lines import report
from cminbox.cli.printing import hint
from cminbox.cli.running import with_service
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.i18n import N_
from cminbox.inbox import handover as inbox
from cminbox.service import Service
from cminbox.text import safe


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("handover", help=N_("Pass all my open conversations to a colleague, or release them; one step."))(
        handover
    )


def handover(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help=N_("The colleague; without it: nobody's."))] = "",
    note: Annotated[str, typer.Option("--note", help=N_("A note to write into each of them."))] = "",
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox handover`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        n = await inbox.count(service.desk)
        if n:
            hint(inbox.told(n, safe(name)))
        return report(service, await inbox.handover(service.desk, name, note), as_json=terms.as_json)

    with_service(terms, work)
