"""`import`: messages from elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from cminbox.cli.printing import emit, hint, say
from cminbox.cli.running import FAILED, OK, complain, with_service
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.i18n import N_, _, ngettext
from cminbox.inbox import rules
from cminbox.inbox.imports import Counts, Problem, import_files
from cminbox.inbox.rules_runner import IMPORTS, RuleRunner
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
    with_rules: Annotated[bool, typer.Option("--rules", help=N_("Run the rules on what is new."))] = False,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox import`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        runner = await _rules(service) if with_rules else None

        async def feed(account: Account, batch: Batch) -> Counts:
            return await ingest(service.store, service.clock, account, batch)

        found = await import_files(service.store, feed, files)
        met = None if runner is None else await runner.catch_up(IMPORTS)
        if runner is not None:
            await runner.end(IMPORTS)
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
                | ({} if met is None else {"ruled": met})
            )
        else:
            say(
                _("{read} lines read: {new} new, {known} known, {skipped} skipped.").format(
                    read=found.read, new=found.new, known=found.known, skipped=found.skipped
                )
            )
            if met is not None:
                say(ngettext("{n} message met a rule.", "{n} messages met a rule.", met).format(n=met))
        unread = any(not problem.line for problem in found.problems)
        return FAILED if unread else OK

    with_service(terms, work)


async def _rules(service: Service) -> RuleRunner:
    """The rules, which follow what is imported from now on. Raises SettingsError where the file is wrong."""
    if not any(rule.on for rule in rules.load(service.desk, service.home)):
        hint(_("No rule is switched on: `cminbox rules list`."))
    runner = RuleRunner(service.desk, service.home, complain)
    await runner.begin(IMPORTS)
    return runner


def _where(problem: Problem) -> str:
    if not problem.line:
        return f"{problem.file}: {problem.reason}"
    return _("{file}, line {line}: {reason}").format(file=problem.file, line=problem.line, reason=problem.reason)
