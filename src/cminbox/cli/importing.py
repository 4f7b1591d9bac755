"""`import`: messages from elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox.cli.printing import emit, say
from cminbox.cli.running import FAILED, OK, complain, with_service
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.i18n import N_, _, ngettext
from cminbox.inbox.imports import Counts, Problem, import_files
from cminbox.model.accounts import Account
from cminbox.model.changes import Batch
from cminbox.service import Service
from cminbox.sync.ingest import ingest

_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import", help=N_("Take in messages from elsewhere."))(import_)


def import_(
    ctx: typer.Context,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help=N_("Files of one JSON object a line, also .gz; - for standard input.")),
    ],
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox import`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        async def feed(account: Account, batch: Batch) -> Counts:
            return await ingest(service.store, service.clock, account, batch)

        found = await import_files(service.store, feed, files)
        for problem in found.problems[:_SHOWN]:
            complain(_where(problem))
        more = len(found.problems) - _SHOWN
        if more > 0:
            complain(
                ngettext("... and {n} more line like these", "... and {n} more lines like these", more).format(n=more)
            )
        if terms.as_json:
            emit(
                {
                    "files": found.files,
                    "read": found.read,
                    "new": found.new,
                    "known": found.known,
                    "skipped": found.skipped,
                    "errors": [_where(problem) for problem in found.problems],
                }
            )
        else:
            say(
                _("{read} lines read: {new} new, {known} known, {skipped} skipped.").format(
                    read=found.read, new=found.new, known=found.known, skipped=found.skipped
                )
            )
        unread = any(not problem.line for problem in found.problems)
        return FAILED if unread else OK

    with_service(terms, work)


def _where(problem: Problem) -> str:
    if not problem.line:
        return f"{problem.file}: {problem.reason}"
    return _("{file}, line {line}: {reason}").format(file=problem.file, line=problem.line, reason=problem.reason)
