"""The commands put together, and one run of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

import typer

from cminbox.cli import (
    accounts,
    clusters,
    crisis,
    doctor,
    doing,
    handover,
    importing,
    journal,
    keys,
    kpi,
    outbox,
    person,
    queue,
    replying,
    report,
    rules,
    since,
    sql,
    syncing,
    tags,
    team,
    templates,
)
from cminbox.cli.language import choose_language, translate
from cminbox.cli.running import WRONG_USAGE, complain, leave
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.i18n import N_, _

_HELP = N_("One inbox for what people write to us on every network. Without a command: the inbox itself.")


def run(args: Sequence[str]) -> int:
    """Run one command line and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    choose_language()
    command = typer.main.get_command(build(args))
    translate(command)
    try:
        command(args=list(args), prog_name="cminbox")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def build(args: Sequence[str]) -> typer.Typer:
    """The application. What a command line does not need is not imported."""
    app = typer.Typer(
        name="cminbox",
        help=_HELP,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_root)
    for module in (
        accounts,
        syncing,
        queue,
        clusters,
        crisis,
        replying,
        doing,
        outbox,
        kpi,
        report,
        importing,
        doctor,
        keys,
        sql,
        rules,
        person,
        tags,
        handover,
        journal,
        since,
        team,
        templates,
    ):
        module.register(app)
    _register_demo(app, args)
    return app


def _register_demo(app: typer.Typer, args: Sequence[str]) -> None:
    """`demo` brings the practice networks with it: it is imported when it is asked for, or listed."""
    wanted = "demo" in args or "--help" in args or "-h" in args
    if wanted and find_spec("cminbox.cli.demo") is not None:
        from cminbox.cli.demo import demo

        app.command("demo", help=N_("Try it on practice networks; no account needed."))(demo)


def _root(
    ctx: typer.Context,
    as_name: AsName = None,
    as_json: AsJson = False,
    version: bool = typer.Option(False, "--version", help=N_("Print the version.")),
) -> None:
    ctx.obj = Terms(as_name, as_json)
    if version:
        from cminbox import __version__

        typer.echo(f"cminbox {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        leave(lambda: _screen(as_name))


def _screen(as_name: str | None) -> int:
    """The inbox itself. It needs a terminal at both ends."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        complain(
            _("The inbox needs a terminal."),
            _("In a script, use its commands: cminbox list, reply, do, sync ... (cminbox --help)."),
        )
        return WRONG_USAGE
    from cminbox.ui.app import run as run_screen

    return run_screen(as_name)
