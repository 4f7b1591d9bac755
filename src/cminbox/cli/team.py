"""`team`: a house that several users of one machine share."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cminbox.cli.printing import emit, hint, say
from cminbox.cli.running import OK, leave
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.config import team as house
from cminbox.i18n import N_, _, ngettext
from cminbox.paths import Home
from cminbox.service import Service
from cminbox.text import safe


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=N_("Several colleagues on one machine."), rich_markup_mode=None, no_args_is_help=True)
    group.callback()(_team)
    group.command("init", help=N_("Share a folder with a group: everybody in it works in one inbox."))(init)
    app.add_typer(group, name="team")


def _team(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    ctx.obj = Terms.of(ctx, as_name, as_json)


def init(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help=N_("The folder; made where it is missing."))],
    group: Annotated[str, typer.Option("--group", metavar="G", help=N_("The group that shares it, by name."))],
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox team init`."""
    terms = Terms.of(ctx, as_name, as_json)

    def job() -> int:
        team = house.init(folder, group)
        asyncio.run(_make_database(team.home, terms.as_name))
        root = team.home.data.parent
        if terms.as_json:
            emit(
                {
                    "folder": str(root),
                    "group": team.group,
                    "opened": [str(path) for path in team.opened],
                    "barred_by": str(team.barred_by) if team.barred_by else None,
                }
            )
            return OK
        say(_("{folder} belongs to everybody in the group {group} now.").format(folder=root, group=safe(team.group)))
        n = len(team.opened)
        if n:
            told = ngettext(
                "{n} file that was private can be read and written by them; tokens cannot.",
                "{n} files that were private can be read and written by them; tokens cannot.",
                n,
            )
            say(told.format(n=n))
        say(_("Each colleague works there with: export CMINBOX_HOME={folder}").format(folder=root))
        say(_("Whoever connects the accounts runs `cminbox sync`: the tokens stay with that user."))
        if team.barred_by is not None:
            hint(
                _("The group cannot get there: {folder} keeps it out. Choose another place, or chmod o+x it.").format(
                    folder=team.barred_by
                )
            )
        own = Home.find()
        if own.database.exists() and own.database != team.home.database:
            hint(_("Your own inbox in {folder} stays as it is.").format(folder=own.data))
        return OK

    leave(job)


async def _make_database(home: Home, as_name: str | None) -> None:
    """Open the house once: the database is there, and sound, before anybody else comes."""
    async with await Service.open(home, by=as_name, sync=False):
        pass
