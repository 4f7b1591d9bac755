"""`tags` and `topics`: the words that colleagues sort by, and what people talk under."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from cminbox.cli.lines import report
from cminbox.cli.printing import emit, hint, say, table
from cminbox.cli.running import OK, telling, with_service
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.i18n import N_, _
from cminbox.inbox import tags as inbox
from cminbox.inbox import topics as inbox_topics
from cminbox.inbox.outcome import Outcome
from cminbox.inbox.topics import TopicLine
from cminbox.model.rows import TopicRow
from cminbox.model.tags import PALETTE, TagRow
from cminbox.service import Service
from cminbox.text import safe

Tag = Annotated[str, typer.Argument(metavar="TAG", help=N_("The tag's name."))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=N_("List, rename, colour, merge and delete tags."), rich_markup_mode=None)
    group.callback(invoke_without_command=True)(_tags)
    group.command("list", help=N_("Every tag, with its open and unanswered conversations."))(list_)
    group.command("add", help=N_("Make a tag."))(add)
    group.command("rename", help=N_("Call a tag something else, everywhere."))(rename)
    group.command("colour", help=N_("Give a tag another colour."))(colour)
    group.command("merge", help=N_("Make one tag of two; undo takes it back."))(merge)
    group.command("delete", help=N_("Take a tag off everything; undo brings it back."))(delete)
    app.add_typer(group, name="tags")
    app.command("topics", help=N_("The topics with open conversations, and their campaigns."))(topics)
    app.command("campaign", help=N_("Let a topic belong to a campaign, or to none."))(campaign)


def _tags(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    ctx.obj = Terms.of(ctx, as_name, as_json)
    if ctx.invoked_subcommand is None:
        list_(ctx)


def list_(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox tags list`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        found = await inbox.all_tags(service.desk)
        if terms.as_json:
            for row in found:
                emit(_tag_json(row))
        elif found:
            table(
                ((row.name, _(PALETTE[row.colour]), str(row.open), str(row.unanswered)) for row in found),
                (_("tag"), _("colour"), _("open"), _("unanswered")),
            )
        else:
            hint(_("There are no tags yet: cminbox do tag CONVERSATION --value NAME"))
        return OK

    with_service(terms, work)


def add(
    ctx: typer.Context,
    tag: Tag,
    named: Annotated[str | None, typer.Option("--colour", help=N_("A colour: red, green, blue..."))] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox tags add`."""
    _one(ctx, as_name, as_json, lambda service: inbox.create(service.desk, tag, named))


def rename(
    ctx: typer.Context,
    tag: Tag,
    new: Annotated[str, typer.Argument(metavar="NEW", help=N_("The name it gets."))],
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox tags rename`."""
    _one(ctx, as_name, as_json, lambda service: inbox.rename(service.desk, tag, new))


def colour(
    ctx: typer.Context,
    tag: Tag,
    named: Annotated[str, typer.Argument(metavar="COLOUR", help=N_("A colour: red, green, blue..."))],
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox tags colour`."""
    _one(ctx, as_name, as_json, lambda service: inbox.recolour(service.desk, tag, named))


def merge(
    ctx: typer.Context,
    tag: Tag,
    into: Annotated[str, typer.Argument(metavar="INTO", help=N_("The tag that stays."))],
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox tags merge`."""
    _step(ctx, as_name, as_json, lambda service: inbox.merge(service.desk, tag, into))


def delete(ctx: typer.Context, tag: Tag, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox tags delete`."""
    _step(ctx, as_name, as_json, lambda service: inbox.delete(service.desk, tag))


def topics(
    ctx: typer.Context,
    named: Annotated[str | None, typer.Option("--campaign", help=N_("Only those of this campaign."))] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=N_("At most so many."))] = 100,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox topics`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        found = await inbox_topics.topics(service.desk, campaign=named, limit=limit)
        if terms.as_json:
            for line in found:
                emit(_topic_json(line))
        elif found:
            table(
                (
                    (
                        str(line.topic.id),
                        str(line.open),
                        str(line.unanswered),
                        line.network,
                        line.account,
                        line.topic.campaign or "",
                        line.topic.title or line.topic.text or "-",
                    )
                    for line in found
                ),
                ("id", _("open"), _("unanswered"), _("network"), _("account"), _("campaign"), _("topic")),
            )
        else:
            hint(_("Nothing here."))
        return OK

    with_service(terms, work)


def campaign(
    ctx: typer.Context,
    topic: Annotated[int, typer.Argument(metavar="TOPIC", help=N_("The topic's number (`cminbox topics`)."))],
    name: Annotated[str, typer.Argument(metavar="NAME", help=N_("The campaign; without it: none."))] = "",
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox campaign`."""

    def tell(_service: Service, found: TopicRow) -> None:
        belongs_to = safe(found.campaign) if found.campaign else _("no campaign")
        say(f"{found.id}  {belongs_to}  {safe(found.title or found.text)}")

    telling(
        Terms.of(ctx, as_name, as_json),
        lambda service: inbox_topics.set_campaign(service.desk, topic, name),
        lambda found: {"id": found.id, "campaign": found.campaign},
        tell,
    )


def _one(
    ctx: typer.Context, as_name: str | None, as_json: bool, change: Callable[[Service], Awaitable[TagRow]]
) -> None:
    """Change a tag itself and print it."""

    def tell(_service: Service, row: TagRow) -> None:
        say(f"{safe(row.name)}  {_(PALETTE[row.colour])}")

    telling(Terms.of(ctx, as_name, as_json), change, _tag_json, tell)


def _step(
    ctx: typer.Context, as_name: str | None, as_json: bool, change: Callable[[Service], Awaitable[Outcome]]
) -> None:
    """Change what carries a tag, and print each conversation."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        return report(service, await change(service), as_json=terms.as_json)

    with_service(terms, work)


def _tag_json(row: TagRow) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "colour": row.colour, "open": row.open, "unanswered": row.unanswered}


def _topic_json(line: TopicLine) -> dict[str, Any]:
    return {
        "id": line.topic.id,
        "network": line.network,
        "account": line.account,
        "title": line.topic.title,
        "text": line.topic.text,
        "campaign": line.topic.campaign,
        "open": line.open,
        "unanswered": line.unanswered,
        "conversations": line.conversations,
    }
