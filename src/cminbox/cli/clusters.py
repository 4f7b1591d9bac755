"""`clusters`: the waves, what many people say in almost the same words."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox.cli.printing import emit, hint, table
from cminbox.cli.running import OK, with_service
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.i18n import N_, _
from cminbox.inbox import clusters as inbox
from cminbox.service import Service

_SHOWN_IDS = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("clusters", help=N_("List the waves: open messages that say the same."))(clusters)


def clusters(
    ctx: typer.Context,
    at_least: Annotated[int, typer.Option("--at-least", min=2, help=N_("Only of so many and more."))] = 2,
    limit: Annotated[int, typer.Option("--limit", min=0, help=N_("At most so many; 0: all."))] = 0,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox clusters`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        await _list(service, at_least, limit, as_json=terms.as_json)
        return OK

    with_service(terms, work)


async def _list(service: Service, at_least: int, limit: int, *, as_json: bool) -> None:
    lines = []
    for wave in await inbox.clusters(service.desk, at_least=at_least, limit=limit):
        ids = await inbox.conversations(service.desk, wave.id)
        if as_json:
            emit(
                {
                    "id": wave.id,
                    "size": wave.size,
                    "text": wave.text,
                    "conversations": ids,
                    "brand": wave.brand,
                    "answered": wave.answered_batch is not None,
                }
            )
        else:
            more = [] if len(ids) <= _SHOWN_IDS else ["..."]
            lines.append((str(wave.id), f"x{wave.size}", " ".join([*map(str, ids[:_SHOWN_IDS]), *more]), wave.text))
    table(lines)
    if not as_json and not lines:
        hint(_("Nothing here."))
