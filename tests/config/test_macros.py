from __future__ import annotations

from pathlib import Path

import pytest

from cminbox.config import settings
from cminbox.config.macros import Macro, MacroStep, find, parsed
from cminbox.errors import SettingsError, UsageError
from cminbox.paths import Home

GOOD = '[[macros]]\nkey = "r"\nname = "Refund"\ndo = ["template refund", "tag refund", "done"]\n'
PATH = Path("settings.toml")


def test_a_macro_is_read_with_its_steps() -> None:
    (macro,) = settings.parse(GOOD, PATH).macros
    assert macro.steps == (MacroStep("template", "refund"), MacroStep("tag", "refund"), MacroStep("done"))


def test_a_reason_is_written_in_any_of_its_forms_and_kept_as_its_code() -> None:
    assert parsed("hide off topic") == MacroStep("hide", "off-topic")
    assert parsed("spam") == MacroStep("spam")
    assert str(parsed("hide h")) == "hide hate"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (GOOD.replace('"done"', '"don"'), 4, "Did you mean done?"),
        (GOOD.replace('"tag refund"', '"tag"'), 4, "tag needs a value"),
        (GOOD.replace('"done"', '"done now"'), 4, "done takes nothing"),
        (GOOD.replace('"done"', '"hide rude"'), 4, "no reason rude"),
        (GOOD.replace('key = "r"', 'key = "m"'), 2, "records one"),
        (GOOD + GOOD.replace("Refund", "Other"), 6, "the same key r"),
        (GOOD + GOOD.replace('"r"', '"q"'), 7, "two macros of the name Refund"),
        (GOOD.replace('key = "r"', 'key = "rr"'), 2, "macros.0.key"),
        (GOOD.replace('["template refund", "tag refund", "done"]', "[]"), 4, "macros.0.do"),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, line: int, said: str) -> None:
    with pytest.raises(SettingsError) as told:
        settings.parse(text, PATH)
    assert f"settings.toml, line {line}" in str(told.value)
    assert said in str(told.value)


def test_a_macro_is_found_by_its_key_and_then_by_its_name() -> None:
    one, two = Macro(key="a", name="b", do=("done",)), Macro(key="b", name="Réponse", do=("done",))
    assert find([one, two], "b") is two
    assert find([one, two], "reponse") is two
    with pytest.raises(UsageError, match="no macro x"):
        find([one, two], "x")


def test_a_recorded_macro_is_kept_and_all_else_stays(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.make()
    home.settings_file.write_text('# mine\ntheme = "dark"  # calm', encoding="utf-8")
    macro = Macro(key="w", name='Say "hi"', do=("reply Bonjour\nà vous", "done"))
    kept = settings.keep_macro(home, macro)
    assert kept.macros == (macro,)
    text = home.settings_file.read_text(encoding="utf-8")
    assert text.startswith('# mine\ntheme = "dark"  # calm\n\n[[macros]]\n')
    assert settings.load(home).macros == (macro,)
    with pytest.raises(SettingsError, match="the same key w"):
        settings.keep_macro(home, macro.model_copy(update={"name": "Other"}))
    assert home.settings_file.read_text(encoding="utf-8") == text
