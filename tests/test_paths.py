from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cminbox.paths import Home, is_shared


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_one_folder_holds_everything_when_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMINBOX_HOME", str(tmp_path / "here"))
    home = Home.find()
    assert home.given
    for path in (home.settings_file, home.themes, home.secrets_file, home.database, home.lease_file, home.log_file):
        assert path.is_relative_to(tmp_path / "here")


def test_without_it_the_platform_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CMINBOX_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    home = Home.find()
    assert not home.given
    assert home.data.name == "cminbox"
    assert not home.data.exists(), "finding must not make"


def test_folders_are_for_this_user_alone_whatever_the_umask(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "new" / "home")
    home.make()
    for folder in (home.config, home.themes, home.data, home.logs, tmp_path / "new"):
        assert mode(folder) == 0o700


def test_what_is_there_keeps_its_mode(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.data.mkdir(mode=0o755)
    home.data.chmod(0o755)
    home.make()
    home.make()
    assert mode(home.data) == 0o755


def test_folders_in_a_shared_home_are_shared(tmp_path: Path) -> None:
    team = tmp_path / "team"
    team.mkdir()
    team.chmod(0o2770)
    home = Home.at(team)
    home.make()
    assert is_shared(home.data)
    assert not is_shared(tmp_path)


def test_a_relative_folder_does_not_move_with_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    home = Home.at(Path("here"))
    assert home.database == tmp_path / "here" / "data" / "cminbox.db"
