"""Which language the command line speaks, for its help too."""

from __future__ import annotations

import tomllib
from typing import Any

from cminbox.i18n import LANGUAGES, _, set_language
from cminbox.paths import Home


def choose_language() -> None:
    """The language of the settings file, else of the environment. A broken file is the command's to complain about."""
    set_language(_wanted())


def _wanted() -> str | None:
    try:
        settings = tomllib.loads(Home.find().settings_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    language = settings.get("language")
    return language if language in LANGUAGES else None


def translate(command: Any) -> None:
    """Put the help of a command, of its options and of all below it into the language in force."""
    if getattr(command, "help", None):
        command.help = _(command.help)
    for parameter in getattr(command, "params", ()):
        if getattr(parameter, "help", None):
            parameter.help = _(parameter.help)
    for below in getattr(command, "commands", {}).values():
        translate(below)
