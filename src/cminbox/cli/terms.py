"""What every command takes: `--as` and `--json`, before the command or after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from cminbox.i18n import N_

AsName = Annotated[
    str | None, typer.Option("--as", metavar="NAME", help=N_("Work as this colleague (else: the Unix user)."))
]
TemplateName = Annotated[
    str | None, typer.Option("--template", metavar="NAME", help=N_("Answer with a template (or its shortcut)."))
]
Asked = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="K=V", help=N_('What the template asks for, as "order number=5".')),
]
TextFile = Annotated[
    str | None, typer.Option("--text-file", metavar="F|-", help=N_("Read it from a file, or standard input."))
]
AsJson = Annotated[bool, typer.Option("--json", help=N_("Print JSON, one object a line."))]


@dataclass(frozen=True)
class Terms:
    """Who works, and how to print."""

    as_name: str | None = None
    as_json: bool = False

    @classmethod
    def of(cls, ctx: typer.Context, as_name: str | None, as_json: bool) -> Terms:
        """What was said after the command, else before it."""
        before = ctx.obj if isinstance(ctx.obj, Terms) else cls()
        return cls(as_name if as_name is not None else before.as_name, as_json or before.as_json)
