"""`report`: a period in one file, to send to those who are not here."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from cminbox.cli.moments import moment
from cminbox.cli.printing import emit, hint
from cminbox.cli.running import OK, with_service, zone_of
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.clock import iso
from cminbox.errors import StoreError, UsageError
from cminbox.i18n import LANGUAGES, N_, _
from cminbox.inbox import report as reports
from cminbox.inbox import report_span
from cminbox.inbox.report_files import Format, written
from cminbox.inbox.report_span import Last
from cminbox.model.numbers import Place, Span
from cminbox.service import Service
from cminbox.store import kpi
from cminbox.text import safe


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report", help=N_("A report of a period as one file: a page, Markdown, CSV or JSON."))(report)


def report(
    ctx: typer.Context,
    form: Annotated[Format, typer.Option("--format", help=N_("html (a page with charts), md, csv or json."))],
    out: Annotated[str, typer.Option("--out", metavar="FILE", help=N_("The file; - writes to standard output."))],
    brand: Annotated[str | None, typer.Option("--brand", help=N_("Only this brand."))] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", help=N_("Only topics of this campaign."))] = None,
    since: Annotated[str | None, typer.Option("--since", help=N_("From when: 7d, 2026-03-02."))] = None,
    until: Annotated[str | None, typer.Option("--until", help=N_("Up to when (else: now)."))] = None,
    last: Annotated[
        Last | None, typer.Option("--last", help=N_("The last whole day, week (as where nothing is said) or month."))
    ] = None,
    compare: Annotated[
        str | None, typer.Option("--compare", metavar="previous", help=N_("Beside the period before: previous."))
    ] = None,
    lang: Annotated[str | None, typer.Option("--lang", help=N_("The language of the report: en or fr."))] = None,
    comment: Annotated[str, typer.Option("--comment", help=N_("A comment of your own, at the top."))] = "",
    comment_file: Annotated[
        str | None,
        typer.Option("--comment-file", metavar="FILE", help=N_("The same from a file; - reads it from input.")),
    ] = None,
    names: Annotated[bool, typer.Option("--names", help=N_("Show who wrote what is quoted."))] = False,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox report`."""
    terms = Terms.of(ctx, as_name, as_json)
    if compare not in (None, "previous"):
        raise typer.BadParameter(_("--compare knows only previous: the period before."))
    if lang not in (None, *LANGUAGES):
        raise typer.BadParameter(_("--lang is one of: {names}.").format(names=", ".join(LANGUAGES)))
    if last is not None and (since is not None or until is not None):
        raise typer.BadParameter(_("Say --last, or --since and --until."))
    if until is not None and since is None:
        raise typer.BadParameter(_("Say with --since where it begins, too."))
    if comment and comment_file is not None:
        raise typer.BadParameter(_("Say --comment or --comment-file."))

    async def work(service: Service) -> int:
        place = await _place(service, brand, campaign)
        span, before = _spans(service, since, until, last)
        found = await reports.gather(
            service.desk,
            span,
            place,
            before=before if compare else None,
            names=names,
            comment=comment if comment_file is None else _read(comment_file),
        )
        _write(out, written(found, form, lang))
        if out != "-":
            if terms.as_json:
                emit({"file": out, "format": form.value, "since": iso(span.since), "until": iso(span.until)})
            else:
                hint(_("The report is in {file}.").format(file=safe(out)))
        return OK

    with_service(terms, work)


async def _place(service: Service, brand: str | None, campaign: str | None) -> Place:
    """Where a report is about; a name that does not exist is a mistake, not an empty report."""
    for by, name in (("brand", brand), ("campaign", campaign)):
        known = await service.store.read(kpi.names, by)
        if name is not None and name not in known:
            message = _("There is no brand {name}.") if by == "brand" else _("There is no campaign {name}.")
            cure = _("There are: {names}.").format(names=", ".join(known)) if known else ""
            raise UsageError(message.format(name=name), cure)
    return Place(brand=brand, campaign=campaign)


def _spans(service: Service, since: str | None, until: str | None, last: Last | None) -> tuple[Span, Span]:
    now, zone = service.clock.now(), zone_of(service)
    begin = moment(since, now, zone, "--since")
    if begin is None:
        piece = last or Last.WEEK
        span = report_span.last(piece, now, zone)
        return span, report_span.before(span, zone, piece)
    end = moment(until, now, zone, "--until") or now
    if end <= begin:
        raise typer.BadParameter(_("--until is before --since."))
    span = Span(begin, end)
    return span, report_span.before(span, zone)


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(_("The file {path} cannot be read: {error}.").format(path=name, error=error)) from error


def _write(name: str, text: str) -> None:
    """Write the whole file or none of it, over one that is there; for its owner alone until they pass it on."""
    if name == "-":
        sys.stdout.flush()
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(text)
        else:
            buffer.write(text.encode())
        return
    path = Path(name)
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        try:
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as stream:
                stream.write(text.encode())
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(
            _("The file {path} cannot be written: {error}.").format(path=name, error=error.strerror)
        ) from error
