"""Themes: read from files, checked, and turned into what widgets draw with."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from rich.style import Style

import cminbox
from cminbox.errors import SettingsError
from cminbox.i18n import _
from cminbox.model.theme import ATTRIBUTES, Theme

DEFAULT = "dark"
FEW_COLOURS = "terminal"
"""The theme for terminals with 16 colours or fewer, where a chosen one needs more."""


NO_COLOURS = "mono"
"""The theme where NO_COLOR is set: what colours say elsewhere is said by weight, lines and reversed cells."""


class Look:
    """A theme ready to draw with: `look.style("dim", "bar")` is the rich Style of a dim text in a bar."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._styles: dict[tuple[str, str], Style] = {}

    @property
    def ground(self) -> str:
        """The background of everything, as a colour that Textual reads."""
        colour = self.theme.styles["text"].bg or "default"
        return colour if colour.startswith("#") else f"ansi_{colour}"

    def style(self, role: str, fill: str = "text") -> Style:
        """How `role` is drawn where the background is that of `fill`."""
        found = self._styles.get((role, fill))
        if found is None:
            ink, around, ground = (self.theme.styles[name] for name in (role, fill, "text"))
            attributes: dict[str, Any] = {name: True for name in ATTRIBUTES if name in ink.attributes}
            found = self._styles[role, fill] = Style(
                color=ink.fg or around.fg or ground.fg,
                bgcolor=ink.bg or around.bg or ground.bg,
                **attributes,
            )
        return found


def shipped_folder() -> Path:
    """Where the package's own themes lie: inside the wheel, or beside `src` in a checkout."""
    inside = Path(cminbox.__file__).parent / "themes"
    return inside if inside.is_dir() else Path(cminbox.__file__).parents[2] / "themes"


def names(own: Path | None = None) -> list[str]:
    """The names of all themes, the shipped ones first; `own` is the user's folder."""
    found = [path.stem for path in sorted(shipped_folder().glob("*.toml"))]
    if own is not None and own.is_dir():
        found += [path.stem for path in sorted(own.glob("*.toml")) if path.stem not in found]
    return found


def title_of(name: str) -> str:
    """What a theme is called, where its name is one of the shipped ones."""
    titles = {
        "dark": _("dark, calm"),
        "light": _("light, for bright rooms"),
        "contrast": _("high contrast"),
        "mono": _("monochrome"),
        "terminal": _("the terminal's own 16 colours"),
    }
    return titles.get(name, name)


def load(name: str, own: Path | None = None) -> Theme:
    """The theme `name`: the user's file where there is one, else the shipped one.

    Raises SettingsError naming the file and the key that is wrong, or the themes that exist.
    """
    for folder in (own, shipped_folder()):
        path = folder / f"{name}.toml" if folder is not None else None
        if path is not None and "/" not in name and path.is_file():
            return read(path)
    raise SettingsError(
        _("There is no theme {name!r}.").format(name=name),
        _("Themes: {names}.").format(names=", ".join(names(own))),
    )


def read(path: Path) -> Theme:
    """The theme of one file. Raises SettingsError naming file and key."""
    from pydantic import ValidationError

    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return Theme.model_validate({**data, "name": path.stem})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(_("{path}: cannot be read: {error}.").format(path=path, error=error)) from error
    except ValidationError as error:
        raise SettingsError(
            _("{path}: {problems}.").format(path=path, problems="; ".join(_problem(e) for e in error.errors())),
            _("The theme files that come with cminbox show how it is written."),
        ) from error


def _problem(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{key}: {message}" if key else message


def fitting(name: str, own: Path | None, few_colours: bool) -> tuple[Theme, str]:
    """The theme to draw with, and a notice where it is not the one asked for ("" where it is).

    A theme that is wrong or missing becomes the default; one of true colours becomes `terminal` on a terminal that
    has 16 or fewer, where rounding would spoil it; where NO_COLOR is set, any becomes `mono`.
    """
    notice = ""
    try:
        theme = load(name, own)
    except SettingsError as error:
        theme, notice = load(DEFAULT), str(error)
    if os.environ.get("NO_COLOR"):
        theme = load(NO_COLOURS)
    elif few_colours and not theme.is_ansi:
        theme = load(FEW_COLOURS)
    return theme, notice
