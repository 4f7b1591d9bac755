"""`journal`: what was done, by whom."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox.cli.printing import emit, hint, table
from cminbox.cli.running import OK, with_service, zone_of
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.clock import iso
from cminbox.i18n import N_, _
from cminbox.inbox import diary
from cminbox.inbox.diary import DiaryLine
from cminbox.service import Service
from cminbox.text import label
from cminbox.ui.journal_words import journal_word


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("journal", help=N_("What was done to which conversation, newest first; texts are not in it."))(journal)


def journal(
    ctx: typer.Context,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help=N_("Only this colleague's (me: mine)."))] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help=N_("At most so many."))] = 100,
    before: Annotated[
        int | None, typer.Option("--before", metavar="ID", help=N_("Older than this entry, to go on from there."))
    ] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox journal`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        whose = service.desk.by if by == "me" else by
        found = await diary.latest(service.desk, limit, by=whose, before=before)
        if terms.as_json:
            for each in found:
                emit(_json(each))
        elif found:
            zone = zone_of(service)
            table(
                (
                    (
                        str(each.id),
                        f"{each.at.astimezone(zone):%Y-%m-%d %H:%M}",
                        each.by or _("network"),
                        journal_word(each.verb),
                        str(each.conversation or ""),
                        _about(each),
                    )
                    for each in found
                ),
                ("id", _("when"), _("who"), _("what"), _("conversation"), _("person")),
            )
        else:
            hint(_("Nothing happened yet."))
        return OK

    with_service(terms, work)


def _json(each: DiaryLine) -> dict[str, object]:
    return {
        "id": each.id,
        "at": iso(each.at),
        "by": each.by or None,
        "verb": each.verb,
        "conversation": each.conversation,
        "message": each.message,
        "act": each.act,
        "step": each.step,
        "undone": each.undone,
    }


def _about(each: DiaryLine) -> str:
    """Whose conversation it is, and whether it was taken back."""
    parts = [label(each.person) if each.conversation else "", _("taken back") if each.undone else ""]
    return "  ".join(part for part in parts if part)
