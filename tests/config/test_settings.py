from __future__ import annotations

import stat
import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cminbox.config.settings import Settings, change, load, local_timezone, parse
from cminbox.config.toml_text import line_of, with_value
from cminbox.errors import SettingsError
from cminbox.paths import Home

FILE = Path("settings.toml")


def complaint(source: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(source, FILE)
    return caught.value.message


def write(home: Home, text: str) -> None:
    home.make()
    home.settings_file.write_text(text, encoding="utf-8")


def test_without_a_file_all_is_as_it_comes(tmp_path: Path) -> None:
    settings = load(Home.at(tmp_path))
    assert settings == Settings()
    assert (settings.sending.hold_s, settings.sending.bulk_hold_s, settings.sending.bulk_from) == (10, 60, 25)
    assert (settings.after_reply.public, settings.after_reply.private) == ("done", "waiting")
    assert settings.theme == "dark"
    assert not home_made(tmp_path)


def home_made(folder: Path) -> bool:
    return any(folder.iterdir())


def test_a_file_says_what_differs(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    write(home, '\ufefflanguage = "fr"\ntimezone = "Europe/Paris"\n[sending]\nhold_s = 5\n')
    settings = load(home)
    assert settings.language == "fr"
    assert settings.zone == ZoneInfo("Europe/Paris")
    assert settings.sending.hold_s == 5
    assert settings.sending.bulk_hold_s == 60


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        ("\n\nthem = 'x'", ["settings.toml, line 3", "there is no setting them", "Did you mean theme?"]),
        ("[sending]\n# note\nhold = 3", ["line 3", "sending.hold", "Did you mean hold_s?"]),
        ("hold_s = 3", ["line 1", "no setting hold_s", "Did you mean sending.hold_s?"]),
        ("[sendin]\nhold_s = 3", ["line 1", "sendin", "Did you mean sending?"]),
        ("[sending]\nhold_s = 'ten'", ["line 2", "sending.hold_s", "not a whole number"]),
        ("[sending]\nhold_s = true", ["line 2", "not a whole number"]),
        ("[sending]\nhold_s = -1", ["line 2", "too small; the least is 0"]),
        ("sending.hold_s = 9999999", ["line 1", "too large; the most is 604800"]),
        ('language = "frr"', ["line 1", "'frr' is not one of 'en' or 'fr'", "Did you mean fr?"]),
        ('timezone = "Europe/Pari"', ["line 1", "not a time zone", "Did you mean Europe/Paris?"]),
        ('timezone = "../etc/passwd"', ["line 1", "not a time zone"]),
        ("theme = 3", ["line 1", "not a text in quotes"]),
        ("sending = 3", ["line 1", "this is a table"]),
        ('[after_reply]\npublic = "gone"', ["line 2", "after_reply.public", "is not one of"]),
        ('[keys]\npreset = "emacs"', ["line 2", "keys.preset"]),
        ('[hooks]\non_mesage = ["x"]', ["line 2", "hooks.on_mesage", "Did you mean on_message?"]),
        ('[hooks]\non_sent = "notify-send hello"', ["line 2", "hooks.on_sent", "this is a list"]),
        ("[hooks]\ntimeout_s = 0", ["line 2", "hooks.timeout_s", "too small"]),
        ("[keys.bindings]\nconversation.done = 3", ["line 2", "keys.bindings", "conversation.done"]),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(source: str, parts: list[str]) -> None:
    said = complaint(source)
    for part in parts:
        assert part in said


def test_every_mistake_is_named_at_once() -> None:
    said = complaint('them = "x"\n[sending]\nhold_s = "x"\n').splitlines()
    assert len(said) == 2


def test_a_file_that_is_not_toml_says_where() -> None:
    assert "line 2" in complaint("theme = 'x'\ntheme == 3")


def test_a_file_that_is_not_utf8_says_where(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.make()
    home.settings_file.write_bytes(b"# one\ntheme = 'caf\xe9'\n")
    with pytest.raises(SettingsError, match="line 2"):
        load(home)


def test_bindings_may_be_written_with_or_without_quotes() -> None:
    assert parse('[keys.bindings]\n"conversation.done" = "e"\n', FILE) == parse(
        '[keys.bindings]\nconversation.done = "e"\n', FILE
    )


def test_one_value_changes_and_the_rest_stays(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    before = '# mine\ntheme = "dark"   # at night\n\n[sending]\nhold_s = 3\n'
    write(home, before)
    home.settings_file.chmod(0o640)
    assert change(home, "theme", "light").theme == "light"
    assert home.settings_file.read_text() == before.replace('"dark"', '"light"')
    assert stat.S_IMODE(home.settings_file.stat().st_mode) == 0o640
    assert change(home, "screen.counters_size", 2).screen.counters_size == 2
    assert change(home, "sending.bulk_from", 7).sending.bulk_from == 7
    assert load(home).sending.hold_s == 3
    assert [path.name for path in home.config.iterdir() if path.name.endswith(".new")] == []


def test_a_first_change_makes_the_file(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    change(home, "theme", "light")
    assert load(home).theme == "light"
    assert stat.S_IMODE(home.settings_file.stat().st_mode) == 0o600


def test_a_wrong_change_leaves_the_file_alone(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    write(home, 'theme = "dark"\nscreen = { counters_size = 1 }\n')
    before = home.settings_file.read_text()
    for key, value in (("language", "de"), ("nothing", 1), ("screen.counters_size", 2)):
        with pytest.raises(SettingsError):
            change(home, key, value)
    assert home.settings_file.read_text() == before


SOURCES = (
    "",
    "# only a comment",
    'theme = "a" # c\r\n[screen]\r\ncounters_size = 1\r\n',
    "[screen]\n[keys]\npreset='mutt'",
    "theme='x'\n\n\n[sending]",
)


@given(st.sampled_from(SOURCES), st.sampled_from(["theme", "screen.counters_size", "me.name"]), st.text())
def test_any_value_can_be_written_into_any_file(source: str, key: str, value: str) -> None:
    value = "".join(char for char in value if not 0xD800 <= ord(char) <= 0xDFFF)
    expected = tomllib.loads(source)
    table = expected
    *outer, name = key.split(".")
    for part in outer:
        table = table.setdefault(part, {})
    table[name] = value
    assert tomllib.loads(with_value(source, key, value)) == expected


def test_lines_are_found_in_tables_and_dotted_keys() -> None:
    source = 'a = 1\n[b]\nc.d = 2\n["e.f"]\n"g h" = 3\n'
    assert line_of(source, ("a",)) == 1
    assert line_of(source, ("b", "c", "d")) == 3
    assert line_of(source, ("e.f", "g h")) is None or line_of(source, ("e.f", "g h")) == 5
    assert line_of(source, ("b", "x")) == 2
    assert line_of(source, ("z",)) is None


def test_the_machine_s_zone_is_one_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ZoneInfo(local_timezone())
    monkeypatch.setenv("TZ", ":America/Bogota")
    assert local_timezone() == "America/Bogota"
    monkeypatch.setenv("TZ", "not/a zone")
    assert ZoneInfo(local_timezone())


VIEW = '[[views]]\nname = "Réclamations"\nfilter = "tag:refund kind:dm"\n'


def test_a_target_takes_the_filter_of_the_view_that_it_names() -> None:
    settings = parse(VIEW + '[[targets]]\nview = "reclamations"\nanswer_s = 600\n', FILE)
    assert [target.filter for target in settings.targets] == ["tag:refund kind:dm"]


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ('view = "Refunds"', r"settings.toml, line 5.*there is no view Refunds"),
        ('view = "Réclamations"\nfilter = "tag:vip"', r"settings.toml, line 5.*a view or a filter, not both"),
        ('filter = "colour:red"', r"settings.toml, line 5"),
    ],
)
def test_a_target_of_no_view_or_no_filter_is_an_error_with_its_place(target: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        parse(f"{VIEW}[[targets]]\n{target}\nanswer_s = 600\n", FILE)
