"""`since`: what happened while I was away."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox.cli.moments import moment
from cminbox.cli.printing import emit, hint, say, table
from cminbox.cli.running import OK, with_service, zone_of
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.clock import iso
from cminbox.i18n import N_, _
from cminbox.inbox import since as inbox
from cminbox.inbox.since import SOURCES, Since
from cminbox.service import Service
from cminbox.text import label


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("since", help=N_("What happened since my screen was last open, or another time."))(since)


def since(
    ctx: typer.Context,
    instant: Annotated[
        str | None, typer.Option("--since", help=N_("From when (else: my screen was open): 7d, 36h, 2026-03-02."))
    ] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox since`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        begin = moment(instant, service.clock.now(), zone_of(service), "--since")
        found = await inbox.since(service.desk, begin)
        if found is None:
            hint(_("No screen of yours was open here before; --since says from when."))
        elif terms.as_json:
            emit(_json(found))
        else:
            _print(found, service)
        return OK

    with_service(terms, work)


def _json(found: Since) -> dict[str, object]:
    """One object: every line by its key (0 where nothing happened), and the notes that name me."""
    happened = {part.source.key: part for part in found.parts}
    return {
        "since": iso(found.since),
        "until": iso(found.until),
        **{source.key: happened[source.key].n if source.key in happened else 0 for source in SOURCES},
        "conversations": {key: list(part.conversations) for key, part in happened.items()},
        "notes": [
            {"conversation": each.conversation, "by": each.by, "text": each.text, "at": iso(each.at)}
            for each in found.notes
        ],
    }


def _print(found: Since, service: Service) -> None:
    zone = zone_of(service)
    say(_("Since {time}:").format(time=f"{found.since.astimezone(zone):%Y-%m-%d %H:%M}"))
    for part in found.parts:
        say(f"  {part.told}")
    if found.quiet:
        say("  " + _("Nothing happened."))
    table(
        (
            f"  {each.at.astimezone(zone):%m-%d %H:%M}",
            str(each.conversation),
            each.by,
            label(each.person),
            each.text,
        )
        for each in found.notes
    )
