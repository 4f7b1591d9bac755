"""Files that a person writes and that cminbox changes now and then: settings and rules, both TOML."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from cminbox.errors import SettingsError
from cminbox.i18n import _
from cminbox.paths import file_mode


def read(path: Path) -> str | None:
    """The text of a file; None where there is none. Raises SettingsError where it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(
            _("{path}, line {line}: this is not UTF-8.").format(path=path, line=line), _("Save the file as UTF-8.")
        ) from error
    except OSError as error:
        raise SettingsError(
            _("{path} cannot be read: {error}.").format(path=path, error=error.strerror),
            _("Check the file's owner and permissions."),
        ) from error


def parsed(source: str, path: Path) -> dict[str, Any]:
    """What a text says; `path` is named in errors. Raises SettingsError."""
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            _("{path} is not valid TOML: {error}.").format(path=path, error=error),
            _("Texts stand in double quotes; a # begins a comment."),
        ) from error


def write(path: Path, source: str) -> None:
    """Put a text in its place, whole or not at all. A file that is there keeps its mode. Raises OSError."""
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.write_text(source, encoding="utf-8")
    new.chmod(path.stat().st_mode & 0o777 if path.exists() else file_mode(path.parent))
    new.replace(path)
