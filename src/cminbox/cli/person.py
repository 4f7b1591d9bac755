"""`person`: who is who, what is known of somebody, and what is told to them or erased."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Annotated

import typer

from cminbox.cli import person_writing
from cminbox.cli.person_lines import (
    card_json,
    erased_json,
    history_json,
    line_json,
    print_card,
    print_erased,
    print_history,
)
from cminbox.cli.printing import emit, hint, room, say, table
from cminbox.cli.running import FAILED, OK, WRONG_USAGE, beforehand, complain, telling, with_service, zone_of
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.errors import StoreError
from cminbox.i18n import N_, _, ngettext
from cminbox.inbox import erasing, people
from cminbox.inbox.erasing import Plan
from cminbox.model.people import PersonCard
from cminbox.paths import Home
from cminbox.service import Service
from cminbox.text import ascii_json, label, safe, wrap
from cminbox.ui import times

Person = Annotated[str, typer.Argument(metavar="PERSON", help=N_("A number, or network:handle."))]
Linked = Annotated[bool, typer.Option("--linked", help=N_("And all handles linked to it."))]
_NAME_CELLS = 32


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=N_("People: find, link, name, export and erase them."), rich_markup_mode=None)
    group.callback()(_person)
    group.command("list", help=N_("People, those met last first; or found by a part of their name."))(list_)
    group.command("show", help=N_("What is known of somebody, and what was said."))(show)
    group.command("link", help=N_("Two handles are one human; undo takes it back."))(link)
    group.command("unlink", help=N_("This handle is somebody else; undo takes it back."))(unlink)
    group.command("name", help=N_("The first name that templates use; undo takes it back."))(name)
    group.command("note", help=N_("Write something down about somebody, for colleagues only."))(note)
    group.command("unnote", help=N_("Take a note of mine about somebody away; undo brings it back."))(unnote)
    person_writing.register(group)
    group.command("export", help=N_("All that is held about somebody, as JSON, one object a line."))(export)
    group.command("erase", help=N_("Erase somebody for good: every text about them. Nothing takes it back."))(erase)
    app.add_typer(group, name="person")


def _person(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    ctx.obj = Terms.of(ctx, as_name, as_json)


def list_(
    ctx: typer.Context,
    search: Annotated[str, typer.Option("--search", help=N_("A part of a handle or a name."))] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help=N_("At most so many."))] = 50,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox person list`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        found = await people.find(service.desk, search, limit)
        if terms.as_json:
            for line in found:
                emit(line_json(line))
        elif found:
            now, zone = service.clock.now(), zone_of(service)
            table(
                (
                    (
                        str(line.person.id),
                        line.person.network,
                        label(line.person.handle) if line.person.handle else "",
                        times.when(line.first_seen_at, now, zone),
                        ngettext("{n} handle", "{n} handles", line.handles).format(n=line.handles)
                        if line.handles > 1
                        else "",
                        line.person.name,
                    )
                    for line in found
                ),
                ("id", _("network"), _("handle"), _("first seen"), _("linked"), _("name")),
                caps={2: _NAME_CELLS},
            )
        else:
            hint(_("Nobody is called so.") if search else _("Nobody wrote yet."))
        return OK

    with_service(terms, work)


def show(
    ctx: typer.Context,
    person: Person,
    limit: Annotated[int, typer.Option("--limit", min=0, help=N_("At most so many conversations."))] = 20,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox person show`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        card = await people.card(service.desk, await people.resolve(service.desk, person))
        rows = (await people.history(service.desk, card.ids, limit)).rows if limit else ()
        if terms.as_json:
            emit(card_json(card) | {"history": [history_json(row) for row in rows]})
        else:
            print_card(service, card)
            print_history(service, rows)
        return OK

    with_service(terms, work)


def link(
    ctx: typer.Context,
    person: Person,
    other: Annotated[str, typer.Argument(metavar="OTHER", help=N_("The other handle."))],
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox person link`."""

    async def change(service: Service) -> PersonCard:
        desk = service.desk
        return await people.link(desk, await people.resolve(desk, person), await people.resolve(desk, other))

    _change(ctx, as_name, as_json, change)


def unlink(ctx: typer.Context, person: Person, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox person unlink`."""

    async def change(service: Service) -> PersonCard:
        return await people.unlink(service.desk, await people.resolve(service.desk, person))

    _change(ctx, as_name, as_json, change)


def name(
    ctx: typer.Context,
    person: Person,
    first: Annotated[str, typer.Argument(metavar="FIRST", help=N_('The first name; "": none.'))],
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox person name`."""

    async def change(service: Service) -> PersonCard:
        return await people.set_first_name(service.desk, await people.resolve(service.desk, person), first)

    _change(ctx, as_name, as_json, change)


def note(
    ctx: typer.Context,
    person: Person,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=N_("What to write down."))],
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox person note`."""

    async def change(service: Service) -> PersonCard:
        return await people.note_person(service.desk, await people.resolve(service.desk, person), text)

    _change(ctx, as_name, as_json, change)


def unnote(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NOTE", help=N_("The note's number (`cminbox person show`)."))],
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox person unnote`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        await people.remove_note(service.desk, number)
        if terms.as_json:
            emit({"note": number, "removed": True})
        else:
            say(_("The note is away; `cminbox undo` brings it back."))
        return OK

    with_service(terms, work)


def export(
    ctx: typer.Context,
    person: Person,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help=N_("Into this file, for you alone."))
    ] = None,
    linked: Linked = False,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox person export`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        found = await people.resolve(service.desk, person)
        n = 0
        with ExitStack() as stack:
            stream: IO[str] = stack.enter_context(_private(out)) if out is not None else sys.stdout
            async for thing in erasing.export(service.desk, found, linked=linked):
                stream.write(ascii_json(thing) + "\n")
                n += 1
        if out is not None:
            hint(ngettext("{n} object in {file}.", "{n} objects in {file}.", n).format(n=n, file=safe(str(out))))
        _others_hint(
            await erasing.plan(service.desk, found, linked=linked), _("They are not in it; --linked takes them.")
        )
        return OK

    with_service(terms, work)


def erase(
    ctx: typer.Context,
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help=N_("Do it without asking."))] = False,
    linked: Linked = False,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox person erase`."""
    terms = Terms.of(ctx, as_name, as_json)
    if not yes and not sys.stdin.isatty():
        complain(_("Erasing cannot be taken back: say --yes where nobody can be asked."))
        raise typer.Exit(WRONG_USAGE)
    if not yes and not beforehand(lambda: _agreed(terms, person, linked=linked)):
        say(_("Nothing was erased."))
        raise typer.Exit(FAILED)

    async def work(service: Service) -> int:
        done = await erasing.erase(service.desk, await people.resolve(service.desk, person), linked=linked)
        if terms.as_json:
            emit(erased_json(done))
        else:
            print_erased(done)
        for each in done.notes:
            complain(each)
        return OK if done.scoured else FAILED

    with_service(terms, work)


def _agreed(terms: Terms, person: str, *, linked: bool) -> bool:
    """Say what would go, and ask."""

    async def look() -> Plan:
        async with await Service.open(Home.find(), by=terms.as_name, sync=False) as service:
            return await erasing.plan(service.desk, await people.resolve(service.desk, person), linked=linked)

    what = asyncio.run(look())
    for each, called in zip(what.people, what.names, strict=True):
        say(f"{each}  {label(called)}")
    say(
        _("{messages} of theirs in {conversations}").format(
            messages=ngettext("{n} message", "{n} messages", what.messages).format(n=what.messages),
            conversations=ngettext("{n} conversation", "{n} conversations", what.conversations).format(
                n=what.conversations
            ),
        )
    )
    for told in (
        _("Their texts go, our answers to them, notes and drafts about them. Numbers stay. Nothing takes it back."),
        _("The database is written anew, which takes a while where it is large; colleagues' verbs wait meanwhile."),
    ):
        for line in wrap(told, room() or 100):
            say(line)
    _others_hint(what, _("They stay; --linked takes them too."))
    answer = input(_("Erase for good? Type {yes}: ").format(yes=_("yes")))
    return answer.strip().casefold() in ("yes", _("yes").casefold())


def _others_hint(what: Plan, told: str) -> None:
    if what.other_handles:
        numbers = ", ".join(map(str, what.other_handles))
        hint(_("Linked handles: {ids}.").format(ids=numbers) + " " + told)


def _change(
    ctx: typer.Context, as_name: str | None, as_json: bool, change: Callable[[Service], Awaitable[PersonCard]]
) -> None:
    """Change what is said of somebody, and print what is known then."""
    telling(Terms.of(ctx, as_name, as_json), change, card_json, print_card)


def _private(path: Path) -> IO[str]:
    """A new file that nobody else can read. Raises StoreError where it cannot be made, or is there already."""
    try:
        return os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w", encoding="ascii"
        )
    except OSError as error:
        raise StoreError(
            _("The file {path} cannot be written: {error}.").format(path=path, error=error.strerror),
            _("Name a file that is not there yet."),
        ) from error
