"""`person write`."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox.cli.lines import report
from cminbox.cli.replying import read_text, say_plan
from cminbox.cli.running import OK, beforehand, with_service
from cminbox.cli.terms import AsJson, AsName, Terms, TextFile
from cminbox.i18n import N_, _
from cminbox.inbox import addressing, people, replies
from cminbox.service import Service


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("write", help=N_("Write to somebody in private."))(write)


def write(
    ctx: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help=N_("A number, or network:handle."))],
    text: Annotated[str | None, typer.Option("--text", metavar="T", help=N_("What to write."))] = None,
    text_file: TextFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("Only say what would be sent."))] = False,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox person write`."""
    terms = Terms.of(ctx, as_name, as_json)
    what = beforehand(lambda: read_text(text, text_file))
    if what is None:
        raise typer.BadParameter(_("Give the message with --text or with --text-file."))

    async def work(service: Service) -> int:
        desk = service.desk
        conversation = await addressing.way_to(desk, await people.resolve(desk, person))
        if dry_run:
            plan = await replies.plan(desk, conversation, what, private=True)
            say_plan(service, plan, what, None, as_json=terms.as_json)
            return OK
        return report(service, await replies.reply(desk, conversation, what, private=True), as_json=terms.as_json)

    with_service(terms, work)
