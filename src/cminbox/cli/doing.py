"""`do`, `undo` and `redo`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from cminbox.cli.asking import ASKS_ABOVE, agreed, by_network, progress, say_forecast
from cminbox.cli.lines import report
from cminbox.cli.running import FAILED, OK, with_service
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.errors import UsageError
from cminbox.i18n import N_, _
from cminbox.inbox import filters, forecast, matching, selection, verbs
from cminbox.inbox import undo as inbox_undo
from cminbox.inbox.forecast import Forecast
from cminbox.model.base import ActVerb
from cminbox.model.reasons import named
from cminbox.model.views import Filter
from cminbox.service import Service
from cminbox.ui import words


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("do", help=N_("Do a verb to conversations, as one step."), epilog=_verbs())(do)
    app.command("undo", help=N_("Take back my latest step."))(undo)
    app.command("redo", help=N_("Do again what undo took back."))(redo)


def do(
    ctx: typer.Context,
    verb: Annotated[str, typer.Argument(metavar="VERB", help=N_("What to do (below)."))],
    conversations: Annotated[
        list[int] | None, typer.Argument(metavar="CONVERSATION", help=N_("To which, by id."))
    ] = None,
    filter_: Annotated[
        str | None,
        typer.Option("--filter", metavar="F", help=N_('To all that a filter matches: "network:mastodon older:2h".')),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=N_("Only say to how many, and where it cannot be."))
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help=N_("Do not ask before much is done."))] = False,
    value: Annotated[str | None, typer.Option("--value", help=N_("What the verb needs beside (a name)."))] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help=N_("Why: hate, threat, personal, spam or off-topic."))
    ] = None,
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
    if (not conversations) == (filter_ is None):
        raise typer.BadParameter(_("Name conversations, or all that a filter matches with --filter."))

    async def work(service: Service) -> int:
        ids = list(conversations or [])
        if filter_ is not None:
            ids = await matching.all_ids(service.desk, await _understood(service, filter_))
        most = service.settings.sending.bulk_from if known.sends or verb == "macro" else ASKS_ABOVE
        if dry_run or len(ids) > most:
            found = await _forecast(service, known, ids)
            if dry_run:
                say_forecast(verb, found, as_json=terms.as_json)
                return OK
            if found.n > most and not yes and not agreed(_asked(verb, found), must=filter_ is not None):
                return FAILED
        with progress(service.desk, verb) as desk:
            outcome = await verbs.do(desk, verb, ids, verbs.Given(value, reason))
        return report(service, outcome, as_json=terms.as_json)

    with_service(terms, work)


def undo(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox undo`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        with progress(service.desk, "undo") as desk:
            outcome = await inbox_undo.undo(desk)
        return report(service, outcome, as_json=terms.as_json)

    with_service(terms, work)


def redo(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox redo`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        with progress(service.desk, "redo") as desk:
            outcome = await inbox_undo.redo(desk)
        return report(service, outcome, as_json=terms.as_json)

    with_service(terms, work)


async def _understood(service: Service, text: str) -> Filter:
    try:
        return filters.narrowed(await filters.understood(service.desk, text), {})
    except UsageError as error:
        raise typer.BadParameter(str(error)) from None


async def _forecast(service: Service, verb: verbs.Verb, ids: Sequence[int]) -> Forecast:
    """Where the verb works: what leaves for a network is looked at, the rest works wherever there is a conversation."""
    if verb.sends and verb.name in set(ActVerb):
        return await forecast.act(service.desk, ActVerb(verb.name), ids)
    able = Counter[str]()
    for share in await selection.shares(service.desk, ids):
        able[share.network] += share.n
    return Forecast(dict(able), {}, len(ids))


def _asked(verb: str, found: Forecast) -> str:
    return _("{verb}: {n} conversations ({networks})?").format(
        verb=verb, n=words.number(found.n), networks=by_network(found.able)
    )


def _verbs() -> str:
    return ", ".join(verbs.BY_NAME)
