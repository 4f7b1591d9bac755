"""Themes: every shipped one is whole, a wrong one says which file and key, few colours get the terminal's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from cminbox.errors import SettingsError
from cminbox.model.theme import OPTIONAL, ROLES
from cminbox.ui import theme

SHIPPED = ("contrast", "dark", "light", "mono", "terminal")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_theme_draws_every_role(name: str) -> None:
    look = theme.Look(theme.load(name))
    assert set(look.theme.styles) == {*ROLES, *OPTIONAL}
    for role in ROLES:
        look.style(role)
        look.style(role, "bar")


def test_these_are_shipped() -> None:
    assert tuple(theme.names()) == SHIPPED


@pytest.mark.parametrize("name", ["mono", "terminal"])
def test_ansi_themes_keep_to_the_terminals_own_colours(name: str) -> None:
    assert theme.load(name).is_ansi
    assert theme.Look(theme.load(name)).ground == "ansi_default"


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("name", "least"), [("dark", 4.5), ("light", 4.5), ("contrast", 7.0)])
def test_what_is_read_stands_out_from_its_ground(name: str, least: float) -> None:
    """WCAG's contrast ratio, for every role that holds text."""
    styles = theme.load(name).styles
    ground = styles["text"].bg
    for role, ink in styles.items():
        if role == "faint":
            continue
        grounds = {ink.bg or ground, styles["bar"].bg} if ink.bg is None else {ink.bg}
        for each in grounds:
            a, b = sorted((luminance(ink.fg or styles["text"].fg), luminance(each)))
            assert (b + 0.05) / (a + 0.05) >= least, (role, ink.fg, each)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('mark = "bleu"', "styles.mark: unknown word 'bleu' (did you mean 'blue'?)"),
        ('marks = "blue"', "styles.marks: no such role (did you mean 'mark'?)"),
        ("mark = 3", "styles.mark: write a text"),
        ('[colours]\nblue = "azure"', "colours.blue: 'azure' is no colour"),
        ('mark = "blue', "cannot be read"),
        ("", "styles: missing strong"),
        ("[more]\nx = 1", "more"),
    ],
)
def test_a_wrong_theme_names_file_and_key(tmp_path: Path, change: str, told: str) -> None:
    path = tmp_path / "mine.toml"
    styles = "\n".join(f'{role} = "blue"' for role in ROLES if role not in ("mark", "strong") or "[" in change)
    colours = "" if change.startswith("[colours]") else '[colours]\nblue = "#0000ff"\n'
    if change.startswith("[colours]"):
        text = f'title = "Mine"\n{change}\n[styles]\n{styles}\n'
    elif change.startswith("[more]"):
        text = f'title = "Mine"\n{colours}[styles]\n{styles}\n{change}\n'
    else:
        text = f'title = "Mine"\n{colours}[styles]\n{styles}\n{change}\n'
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        theme.read(path)
    assert told in str(error.value)
    assert "mine.toml" in str(error.value)


def test_a_theme_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no theme 'drak'.*dark"):
        theme.load("drak", tmp_path)


def test_a_name_is_never_a_path(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "evil.toml").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="no theme"):
        theme.load("../evil", tmp_path / "themes")


def test_the_users_own_theme_wins(tmp_path: Path) -> None:
    own = (theme.shipped_folder() / "light.toml").read_text(encoding="utf-8").replace('"Light"', '"Mine"')
    (tmp_path / "dark.toml").write_text(own, encoding="utf-8")
    assert theme.load("dark", tmp_path).title == "Mine"
    assert theme.names(tmp_path) == list(SHIPPED)


def test_few_colours_get_the_terminals_own() -> None:
    assert theme.fitting("dark", None, True)[0].name == "terminal"
    assert theme.fitting("mono", None, True)[0].name == "mono"
    assert theme.fitting("dark", None, False)[0].name == "dark"


def test_without_colours_weight_and_lines_say_what_colours_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    chosen, notice = theme.fitting("light", None, few_colours=False)
    assert (chosen.name, notice) == ("mono", "")
    assert all(ink.fg in (None, "default") for ink in chosen.styles.values())


@pytest.mark.parametrize("name", theme.names())
def test_what_was_searched_for_is_never_told_by_colour_alone(name: str) -> None:
    assert "underline" in theme.load(name).styles["found"].attributes
