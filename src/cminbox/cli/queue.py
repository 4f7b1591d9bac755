"""`list` and `show`: reading the queue."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cminbox.cli.printing import emit, hint, say, table
from cminbox.cli.running import OK, with_service, zone_of
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.errors import FilterError, UsageError
from cminbox.i18n import N_, _
from cminbox.inbox import filters, saved_views, shapes
from cminbox.inbox import queue as inbox
from cminbox.model.base import ConversationState, Kind
from cminbox.model.rows import ConversationView, MessageRow, QueueRow
from cminbox.model.views import Filter, View
from cminbox.service import Service
from cminbox.text import label, safe, wrap
from cminbox.ui import filter_told, times, words

DEFAULT_LIMIT = 100
_PERSON = 4
_PERSON_CELLS = 32
"""A name may be as long as its owner likes; a column may not."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    terms = {"ignore_unknown_options": True}
    app.command("list", help=N_("List conversations."), context_settings=terms)(list_)
    app.command("show", help=N_("Show one conversation, with its messages."))(show)


def list_(
    ctx: typer.Context,
    words_: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILTER", help=N_("Words to search for, and terms: network:N tag:T -is:answered older:2h ...")
        ),
    ] = None,
    view: Annotated[
        str | None,
        typer.Option("--view", metavar="V", help=N_("A view: its number or name, or a fixed one.")),
    ] = None,
    network: Annotated[str | None, typer.Option("--network", help=N_("Only this network."))] = None,
    account: Annotated[str | None, typer.Option("--account", help=N_("Only this account."))] = None,
    kind: Annotated[Kind | None, typer.Option("--kind", help=N_("Only this kind of message."))] = None,
    tag: Annotated[str | None, typer.Option("--tag", help=N_("Only with this tag."))] = None,
    state: Annotated[ConversationState | None, typer.Option("--state", help=N_("Only in this state."))] = None,
    brand: Annotated[str | None, typer.Option("--brand", help=N_("Only of this brand."))] = None,
    search: Annotated[str | None, typer.Option("--search", help=N_("Only with these words."))] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, help=N_("At most so many (100; with --json: all); 0: all."))
    ] = None,
    after: Annotated[int | None, typer.Option("--after", help=N_("Go on behind this conversation."))] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox list`."""
    terms = Terms.of(ctx, as_name, as_json)
    named: dict[str, Any] = {
        "network": network,
        "account": account,
        "kind": kind,
        "tag": tag,
        "state": state,
        "brand": brand,
        "search": search,
    }

    _no_options(words_ or [])

    async def work(service: Service) -> int:
        text = _with_view(service, view, " ".join(words_ or []))
        try:
            wanted = filters.narrowed(await filters.understood(service.desk, text), named)
        except FilterError as error:
            typed, carets, told = filter_told.pointed(text, error)
            hint(f"{typed}\n{carets}")
            raise typer.BadParameter(told) from None
        except UsageError as error:
            raise typer.BadParameter(str(error)) from None
        most = (0 if terms.as_json else DEFAULT_LIMIT) if limit is None else limit
        await _list(service, wanted, most, after, as_json=terms.as_json)
        return OK

    with_service(terms, work)


def show(
    ctx: typer.Context,
    conversation: Annotated[int, typer.Argument(metavar="CONVERSATION", help=N_("The conversation's id."))],
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox show`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        view = await inbox.view(service.desk, conversation)
        if terms.as_json:
            emit(shapes.view(view))
        else:
            _print_view(view, service)
        return OK

    with_service(terms, work)


async def _list(service: Service, wanted: Filter, limit: int, after: int | None, *, as_json: bool) -> None:
    rows, partial = await inbox.listing(service.desk, wanted, limit, after)
    if as_json:
        for row in rows:
            emit(shapes.row(row))
    else:
        now = service.clock.now()
        zone = zone_of(service)
        cells = (
            (
                str(row.id),
                times.when(row.at, now, zone),
                f"{words.network_code(row.network)} {words.KINDS[row.kind]}",
                _marks(row),
                label(row.person),
                _extras(row),
                (row.snippet.told if row.snippet else "") or row.text.strip() or "-",
            )
            for row in rows
        )
        table(cells, caps={_PERSON: _PERSON_CELLS})
        if not rows:
            hint(_("Nothing here."))
    if partial:
        hint(_("The search stopped early: there may be more. Narrow it down, or go on with --after."))
    elif limit and len(rows) == limit:
        hint(_("There may be more: --after {id}, or --limit 0 for all.").format(id=rows[-1].id))


def _with_view(service: Service, view: str | None, text: str) -> str:
    """A filter with a view before it: one of the fixed ones, or one on a number. Raises BadParameter."""
    if view is None:
        return text
    if view in tuple(View):
        return f"view:{view} {text}".strip()
    found = saved_views.named(service.settings, view)
    if found is not None:
        return f"{filters.written(found.filter)} {text}".strip()
    names = [*View, *(f"{each.key} ({safe(each.name)})" for each in saved_views.views(service.settings))]
    raise typer.BadParameter(
        _("There is no view {name}. There are: {names}.").format(name=safe(view), names=", ".join(names))
    )


def _marks(row: QueueRow) -> str:
    """Who waits, in which state, starred: in words and signs, not in colours."""
    marks = [_("waits") if row.unanswered else _(words.STATES[row.state])]
    if row.act is not None:
        marks.append(_(words.ACTS[row.act]))
    return f"{'*' if row.star else ' '}{' '.join(marks)}"


def _extras(row: QueueRow) -> str:
    """Tags, and whose it is."""
    tags = [f"#{tag.replace(' ', '_')}" for tag in row.tags]
    return " ".join([*tags, f"@{row.assignee}"] if row.assignee else tags)


def _no_options(words_: list[str]) -> None:
    """A term may begin with a minus, so options are told from words here: raise BadParameter for a mistyped one."""
    for word in words_:
        if word.startswith("--"):
            raise typer.BadParameter(_("There is no option {name}.").format(name=word.partition("=")[0]))


def _print_view(view: ConversationView, service: Service) -> None:
    row = view.row
    where = [words.network_title(row.network), row.account, _(words.KIND_WORDS[row.kind])]
    if row.brand:
        where.insert(0, row.brand)
    state = _("unanswered") if row.unanswered else _(words.STATES[row.state])
    say(f"{row.id}  {safe(', '.join(where))}  {state}")
    if view.topic is not None:
        about = safe(view.topic.title) or safe(view.topic.text)
        whose = label(view.topic.author) if view.topic.author else ""
        say("  ".join(part for part in (_("Topic:"), whose, about) if part))
    if view.earlier:
        say(_("({n} earlier messages)").format(n=view.earlier))
    for message in (*view.above, *view.messages):
        _print_message(message, service)
    for act in view.acts:
        if not act.state.is_live or act.remote_id is None:
            parts = [_("act {id}").format(id=act.id), _(words.VERBS[act.verb]), _(words.ACTS[act.state]), safe(act.by)]
            say("  ".join([*parts, safe(act.error)] if act.error else parts))


def _print_message(message: MessageRow, service: Service) -> None:
    zone = zone_of(service)
    at = message.created_at or message.received_at
    when = f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
    who = _("us ({by})").format(by=safe(message.by)) if message.by else label(message.author)
    if message.is_us and not message.by:
        who = _("us ({by})").format(by=label(message.author))
    state = words.MESSAGES.get(message.state)
    extra = [_(state)] if state else []
    if message.audience.is_private:
        extra.append(_("private"))
    say()
    say("  ".join([str(message.id), when, who, *extra]))
    body = safe(message.text, newlines=True)
    for part in body.split("\n"):
        for line in wrap(part, _WRAP) or [""]:
            say(f"    {line}".rstrip())
    for media in message.media:
        say(f"    {safe(words.media_words(media))}")
    if message.length > len(message.text):
        shown = _("(cut: {shown} of {length} characters; all of it: {command})")
        command = f'cminbox sql --json "SELECT text FROM v_messages WHERE id = {message.id}"'
        say("    " + shown.format(shown=len(message.text), length=message.length, command=command))


_WRAP = 96
