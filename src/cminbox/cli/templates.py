"""`templates`: the saved replies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cminbox.cli.printing import emit, hint, say, table
from cminbox.cli.replying import read_text
from cminbox.cli.running import OK, beforehand, with_service
from cminbox.cli.terms import AsJson, AsName, Terms, TextFile
from cminbox.clock import iso
from cminbox.errors import UsageError
from cminbox.i18n import N_, _, language, ngettext
from cminbox.model.templates import Template, Variant, Written
from cminbox.service import Service
from cminbox.text import safe

Which = Annotated[str, typer.Argument(metavar="TEMPLATE", help=N_("Its name, shortcut or number."))]
Brand = Annotated[str | None, typer.Option("--brand", help=N_("Of this brand (empty: of none)."))]
Shortcut = Annotated[str | None, typer.Option("--shortcut", help=N_("One short word to call it by."))]
Folder = Annotated[str | None, typer.Option("--folder", help=N_("Where to keep it, as shop/refunds."))]
Text = Annotated[str | None, typer.Option("--text", metavar="T", help=N_("What it says."))]
Network = Annotated[str, typer.Option("--network", metavar="N", help=N_("The text for this network alone."))]
Language = Annotated[str, typer.Option("--lang", metavar="L", help=N_("The language of the text (en, fr, ...)."))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=N_("Saved replies, with variables."), rich_markup_mode=None)
    group.callback(invoke_without_command=True)(_root)
    group.command("list", help=N_("List the templates."))(list_)
    group.command("add", help=N_("Keep a new template."))(add)
    group.command("edit", help=N_("Change a template: what is not given stays."))(edit)
    group.command("remove", help=N_("Remove templates; undo brings them back."))(remove)
    group.command("import", help=N_("Bring in templates from files; what has the same name is replaced."))(import_)
    group.command("export", help=N_("Write templates to a file that can be read, edited and imported."))(export)
    app.add_typer(group, name="templates")


def _root(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    ctx.obj = Terms.of(ctx, as_name, as_json)
    if ctx.invoked_subcommand is None:
        _run_list(ctx.obj, None)


def list_(ctx: typer.Context, brand: Brand = None, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox templates list`."""
    _run_list(Terms.of(ctx, as_name, as_json), brand)


def _run_list(terms: Terms, brand: str | None) -> None:
    async def work(service: Service) -> int:
        from cminbox.inbox import template_files, template_keeping

        found = await template_keeping.rows(service.desk, brand)
        if terms.as_json:
            for each in found:
                emit(_json(each))
        else:
            table((_row(each) for each in found), heads=_heads() if found else ())
        if not found and not await template_keeping.count(service.desk):
            n = len(template_files.starters(language()))
            hint(
                _("There is no template yet. `cminbox templates import --starters` brings {n} to begin with.").format(
                    n=n
                )
            )
        return OK

    with_service(terms, work)


def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help=N_("What to call it."))],
    text: Text = None,
    text_file: TextFile = None,
    shortcut: Shortcut = None,
    brand: Brand = None,
    folder: Folder = None,
    network: Network = "",
    lang: Language = "",
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox templates add`."""
    terms = Terms.of(ctx, as_name, as_json)
    body = beforehand(lambda: read_text(text, text_file))
    if body is None:
        raise typer.BadParameter(_("Give what it says with --text, or with --text-file."))
    written = Written(
        name=name,
        shortcut=shortcut or "",
        brand=brand or "",
        folder=folder or "",
        variants=(Variant(network=network, language=lang, body=body),),
    )

    async def work(service: Service) -> int:
        from cminbox.inbox import template_keeping

        _tell(await template_keeping.add(service.desk, written), terms)
        return OK

    with_service(terms, work)


def edit(
    ctx: typer.Context,
    template: Which,
    name: Annotated[str | None, typer.Option("--name", help=N_("Call it so from now on."))] = None,
    text: Text = None,
    text_file: TextFile = None,
    shortcut: Shortcut = None,
    brand: Brand = None,
    folder: Folder = None,
    network: Network = "",
    lang: Language = "",
    drop: Annotated[bool, typer.Option("--drop-text", help=N_("Take away the text of --network and --lang."))] = False,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox templates edit`."""
    terms = Terms.of(ctx, as_name, as_json)
    body = beforehand(lambda: read_text(text, text_file))
    given = {"name": name, "shortcut": shortcut, "brand": brand, "folder": folder}
    fields = {key: value for key, value in given.items() if value is not None}
    if not fields and body is None and not drop:
        raise typer.BadParameter(_("Say what to change: --text, --name, --shortcut, --brand, --folder or --drop-text."))
    if drop and body is not None:
        raise typer.BadParameter(_("Give a text or take one away, not both."))

    async def work(service: Service) -> int:
        from cminbox.inbox import template_keeping

        found = await template_keeping.find(service.desk, template)
        written = found.written.model_copy(update=fields)
        if body is not None or drop:
            new = None if body is None else Variant(network=network, language=lang, body=body)
            written = written.model_copy(update={"variants": _variants(found, network, lang, new)})
        _tell(await template_keeping.edit(service.desk, found.id, written), terms)
        return OK

    with_service(terms, work)


def remove(
    ctx: typer.Context,
    templates: Annotated[list[str], typer.Argument(metavar="TEMPLATE", help=N_("By name, shortcut or number."))],
    brand: Brand = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox templates remove`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        from cminbox.inbox import template_keeping

        ids = [(await template_keeping.find(service.desk, each, brand=brand)).id for each in templates]
        n = await template_keeping.remove(service.desk, ids)
        if terms.as_json:
            emit({"removed": n})
        else:
            say(
                ngettext(
                    "{n} template removed; `cminbox undo` brings it back.",
                    "{n} templates removed; `cminbox undo` brings them back.",
                    n,
                ).format(n=n)
            )
        return OK

    with_service(terms, work)


def import_(
    ctx: typer.Context,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE", help=N_("TOML files; - is standard input."))
    ] = None,
    starters: Annotated[bool, typer.Option("--starters", help=N_("Bring in the set that comes with cminbox."))] = False,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox templates import`."""
    terms = Terms.of(ctx, as_name, as_json)
    if not files and not starters:
        raise typer.BadParameter(_("Name a file, or take --starters."))
    sources = beforehand(lambda: [(each, read_text(None, each) or "") for each in files or []])

    async def work(service: Service) -> int:
        from cminbox.inbox import template_files, template_keeping

        many = template_files.starters(language()) if starters else []
        for file, source in sources:
            many += template_files.read(source, file)
        done = await template_keeping.bring_in(service.desk, many)
        if terms.as_json:
            emit({"read": len(many), "new": done.added, "changed": done.edited, "same": done.same})
        else:
            say(
                _("{new} new, {changed} changed, {same} as they were").format(
                    new=done.added, changed=done.edited, same=done.same
                )
            )
        return OK

    with_service(terms, work)


def export(
    ctx: typer.Context,
    out: Annotated[str, typer.Option("--out", metavar="FILE", help=N_("Write it here (else: standard output)."))] = "-",
    brand: Brand = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox templates export`."""
    terms = Terms.of(ctx, as_name, as_json)

    async def work(service: Service) -> int:
        from cminbox.inbox import template_files, template_keeping

        found = await template_keeping.rows(service.desk, brand)
        source = template_files.written_down(each.written for each in found)
        if out == "-":
            say(source.removesuffix("\n"))
            return OK
        _write(out, source)
        if terms.as_json:
            emit({"file": out, "templates": len(found)})
        else:
            n = len(found)
            say(ngettext("{n} template in {file}", "{n} templates in {file}", n).format(n=n, file=safe(out)))
        return OK

    with_service(terms, work)


def _write(file: str, source: str) -> None:
    try:
        Path(file).write_bytes(source.encode())
    except OSError as error:
        raise UsageError(_("{file} cannot be written: {why}.").format(file=file, why=error.strerror)) from error


def _variants(found: Template, network: str, lang: str, new: Variant | None) -> tuple[Variant, ...]:
    """The texts of a template with one in the place of those of the same network and language, or without them."""

    def same(variant: Variant) -> bool:
        return (variant.network, variant.language) == (network.lower(), lang.lower())

    rest = [variant for variant in found.variants if not same(variant)]
    if new is not None:
        return (*rest, new)
    if len(rest) == len(found.variants):
        raise UsageError(_("The template has no text of that network and language."))
    if not rest:
        raise UsageError(_("This is its only text: remove the template instead."))
    return tuple(rest)


def _tell(template: Template, terms: Terms) -> None:
    if terms.as_json:
        emit(_json(template))
    else:
        table([_row(template)])


def _heads() -> tuple[str, ...]:
    return (_("number"), _("folder"), _("template"), _("shortcut"), _("brand"), _("texts"), _("used"))


def _row(template: Template) -> tuple[str, ...]:
    texts = dict.fromkeys("/".join(filter(None, (each.network, each.language))) or "*" for each in template.variants)
    return (
        str(template.id),
        template.folder,
        template.name,
        template.shortcut,
        template.brand,
        " ".join(texts),
        str(template.uses),
    )


def _json(template: Template) -> dict[str, Any]:
    return {
        "id": template.id,
        "name": template.name,
        "shortcut": template.shortcut,
        "brand": template.brand,
        "folder": template.folder,
        "variants": [each.model_dump() for each in template.variants],
        "uses": template.uses,
        "last_used_at": iso(template.last_used_at),
    }
