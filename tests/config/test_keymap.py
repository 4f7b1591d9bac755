from __future__ import annotations

from pathlib import Path

import pytest

from cminbox.config.actions import ACTIONS
from cminbox.config.keymap import _EATEN, PRESETS, clashes, resolve
from cminbox.config.settings import Settings, parse
from cminbox.errors import SettingsError

FILE = Path("settings.toml")
ALTGR = set("~#{[|`\\^@]}")


def settings(preset: str = "default", **bindings: str) -> Settings:
    given = {name.replace("__", "."): keys for name, keys in bindings.items()}
    return Settings.model_validate({"keys": {"preset": preset, "bindings": given}})


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_free_of_clashes_and_of_keys_that_do_not_arrive(preset: str) -> None:
    keymap = resolve(settings(preset))
    assert set(keymap) == {action.id for action in ACTIONS}
    assert list(clashes(keymap)) == []
    for sequences in keymap.values():
        assert not {key for sequence in sequences for key in sequence.split()} & _EATEN
        assert not any("alt+" in sequence for sequence in sequences)


@pytest.mark.parametrize("preset", PRESETS)
def test_beside_each_key_that_needs_altgr_there_is_a_plain_one(preset: str) -> None:
    for action, sequences in resolve(settings(preset)).items():
        assert not sequences or any(not set(sequence) & ALTGR for sequence in sequences), action


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "default"])
def test_a_preset_changes_what_it_says(preset: str) -> None:
    changed = {name for name, keys in resolve(settings(preset)).items() if keys != resolve(settings())[name]}
    assert changed == set(PRESETS[preset])


def test_a_binding_replaces_the_keys_of_an_action() -> None:
    keymap = resolve(settings(conversation__done="ctrl+k, g y, f5"))
    assert keymap["conversation.done"] == ("ctrl+k", "g y", "f5")
    assert keymap["conversation.reply"] == ("r",)


def test_signs_may_be_named_and_an_action_may_lose_its_keys() -> None:
    keymap = resolve(
        settings(queue__search="question_mark", app__help="slash, f1", template__find="f2", person__block="")
    )
    assert keymap["queue.search"] == ("?",)
    assert keymap["app.help"] == ("/", "f1")
    assert keymap["person.block"] == ()


@pytest.mark.parametrize(
    ("bindings", "parts"),
    [
        ({"conversation.dne": "e"}, ["no action conversation.dne", "Did you mean conversation.done?"]),
        ({"conversation.done": "r"}, ["conversation.done", "r means conversation.reply too"]),
        ({"conversation.done": "g"}, ["g means", "too"]),
        ({"conversation.done": "g i x"}, ["means go.inbox too"]),
        ({"conversation.done": "?"}, ["means app.help too"]),
        ({"conversation.done": "ctrl+b"}, ["ctrl+b does not arrive"]),
        ({"conversation.done": "alt+x"}, ["alt+x does not arrive"]),
        ({"conversation.done": "entr"}, ["there is no key entr"]),
        ({"conversation.done": "shift+x"}, ["there is no key shift+x"]),
        ({"composer.send": "s"}, ["s is needed for writing"]),
        ({"composer.send": "enter"}, ["enter is needed for writing"]),
    ],
)
def test_a_mistake_says_what_to_change(bindings: dict[str, str], parts: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        resolve(Settings.model_validate({"keys": {"bindings": bindings}}))
    for part in parts:
        assert part in caught.value.message
    assert caught.value.cure


def test_the_same_key_may_mean_two_things_in_two_places() -> None:
    keymap = resolve(settings(composer__send="ctrl+d"))
    assert keymap["composer.send"] == keymap["move.half_down"] == ("ctrl+d",)


def test_a_mistake_in_a_file_is_named_with_its_line() -> None:
    with pytest.raises(SettingsError, match=r"settings\.toml, line 3"):
        parse('[keys.bindings]\n# mine\n"conversation.dne" = "e"\n', FILE)
    with pytest.raises(SettingsError, match=r"settings\.toml, line 2"):
        parse('[keys.bindings]\nconversation.star = "r"\n', FILE)
    assert parse("[keys]\npreset = 'azerty'", FILE).keys.preset == "azerty"
