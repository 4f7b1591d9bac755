"""`sql`: questions to the database that cannot change it."""

from __future__ import annotations

import math
import sys
from typing import Annotated, Any

import typer

from cminbox.cli.printing import emit, say, table
from cminbox.cli.running import OK, leave, with_service
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.i18n import N_, _
from cminbox.paths import Home
from cminbox.service import Service
from cminbox.store.questions import Asker, views

_SHOWN = 10_000
_CELL = 40


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sql", help=N_("Ask the database in SQL, read-only."))(sql)


def sql(
    ctx: typer.Context,
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help=N_("One SELECT (- reads it; none: lists the views)."))
    ] = None,
    as_name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """`cminbox sql`."""
    terms = Terms.of(ctx, as_name, as_json)
    home = Home.find()
    if not home.database.exists():
        _make_database(terms)
    leave(lambda: _views(home, as_json=terms.as_json) if query is None else _ask(home, query, as_json=terms.as_json))


def _make_database(terms: Terms) -> None:
    async def nothing(_service: Service) -> int:
        return OK

    try:
        with_service(terms, nothing)
    except typer.Exit as done:
        if done.exit_code != OK:
            raise


def _views(home: Home, *, as_json: bool) -> int:
    for view in views(home.database):
        if as_json:
            emit({"view": view.name, "columns": list(view.columns)})
        else:
            say(f"{view.name}  ({', '.join(view.columns)})")
    return OK


def _ask(home: Home, query: str, *, as_json: bool) -> int:
    with Asker(home.database) as asker:
        question = asker.ask(sys.stdin.read() if query == "-" else query)
        if as_json:
            for row in question:
                emit(dict(zip(question.columns, map(_plain, row), strict=True)))
            return OK
        rows: list[list[str]] = []
        for row in question:
            if len(rows) == _SHOWN:
                say(_("Only the first {n} rows; --json prints them all.").format(n=_SHOWN))
                break
            rows.append([_cell(value) for value in row])
        table(rows, question.columns, caps=dict.fromkeys(range(len(question.columns)), _CELL))
    return OK


def _plain(value: Any) -> Any:
    """A value as JSON has it: bytes in hexadecimal, what is no number null."""
    if isinstance(value, bytes):
        return value.hex()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return value.hex() if isinstance(value, bytes) else str(value)
