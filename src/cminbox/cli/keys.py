"""`keys`: what can be done, by which key, command and command line."""

from __future__ import annotations

import typer

from cminbox.cli.printing import emit, table
from cminbox.cli.running import OK, leave
from cminbox.cli.terms import AsJson, AsName, Terms
from cminbox.config import settings
from cminbox.config.actions import ACTIONS
from cminbox.config.keymap import resolve
from cminbox.i18n import N_
from cminbox.inbox.saved_views import action_words
from cminbox.paths import Home


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("keys", help=N_("The keys in force, with what each does."))(keys)


def keys(ctx: typer.Context, as_name: AsName = None, as_json: AsJson = False) -> None:
    """`cminbox keys`."""
    terms = Terms.of(ctx, as_name, as_json)
    leave(lambda: _print(as_json=terms.as_json))


def _print(*, as_json: bool) -> int:
    found = settings.load(Home.find())
    keymap = resolve(found)
    told = {action.id: action_words(found, action) for action in ACTIONS}
    if not as_json:
        table((", ".join(keymap[action.id]) or "-", action.id, told[action.id][1]) for action in ACTIONS)
        return OK
    for action in ACTIONS:
        emit(
            {
                "id": action.id,
                "keys": list(keymap[action.id]),
                "name": told[action.id][0],
                "help": told[action.id][1],
                "command": action.command,
                "areas": list(action.areas),
                "cli": f"cminbox {action.cli}" if action.cli else None,
                "undo": action.undo,
            }
        )
    return OK
