from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from cminbox.config.secrets import Secrets
from cminbox.errors import SettingsError
from cminbox.paths import Home


class Memory:
    """A keyring of a dictionary, which may be locked."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.locked = False

    def _open(self) -> dict[str, str]:
        if self.locked:
            raise RuntimeError("locked")
        return self.kept

    def get_password(self, service: str, name: str) -> str | None:
        return self._open().get(name)

    def set_password(self, service: str, name: str, secret: str) -> None:
        self._open()[name] = secret

    def delete_password(self, service: str, name: str) -> None:
        del self._open()[name]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def test_a_secret_is_kept_replaced_and_forgotten(home: Home) -> None:
    secrets = Secrets(home)
    assert secrets.get("shop") is None
    secrets.remove("shop")
    secrets.put("shop", "one")
    secrets.put("club", "zwei ü\n")
    secrets.put("shop", "two")
    assert (Secrets(home).get("shop"), Secrets(home).get("club")) == ("two", "zwei ü\n")
    secrets.remove("shop")
    assert Secrets(home).get("shop") is None
    assert Secrets(home).get("club") == "zwei ü\n"


def test_the_file_is_for_this_user_alone_even_in_a_shared_home(home: Home) -> None:
    home.config.mkdir(parents=True)
    home.config.chmod(0o2770)
    home.secrets_file.write_text("{}")
    home.secrets_file.chmod(0o666)
    Secrets(home).put("shop", "one")
    assert stat.S_IMODE(home.secrets_file.stat().st_mode) == 0o600
    assert sorted(path.name for path in home.config.iterdir()) == ["secrets.json", "secrets.lock"]


def test_a_keyring_keeps_secrets_out_of_the_file(home: Home) -> None:
    ring = Memory()
    Secrets(home, ring).put("shop", "one")
    assert ring.kept == {"shop": "one"}
    assert not home.secrets_file.exists()
    assert Secrets(home, ring).get("shop") == "one"
    assert Secrets(home, ring).place == "keyring"


def test_a_keyring_that_does_not_open_is_replaced_by_the_file(home: Home) -> None:
    ring = Memory()
    ring.locked = True
    Secrets(home, ring).put("shop", "one")
    assert Secrets(home, ring).get("shop") == "one"
    ring.locked = False
    assert Secrets(home, ring).get("shop") == "one"
    Secrets(home, ring).put("shop", "two")
    assert Secrets(home).get("shop") is None, "the former one must not stay in the file"
    Secrets(home, ring).remove("shop")
    assert Secrets(home, ring).get("shop") is None


def test_a_chosen_home_never_looks_for_a_keyring(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    def opened() -> None:
        raise AssertionError("a keyring was looked for")

    monkeypatch.setattr(keyring, "get_keyring", opened)
    Secrets(home).put("shop", "one")
    assert Secrets(home).place == str(home.secrets_file)
    own = Home(home.config, home.data, home.logs, given=False)
    with pytest.raises(AssertionError):
        Secrets(own).get("shop")


def test_a_broken_file_is_named_and_nothing_of_it_is_shown(home: Home) -> None:
    Secrets(home).put("shop", "one")
    for broken in ('{"shop": "s3cret', '["s3cret"]', '{"shop": 3}'):
        home.secrets_file.write_text(broken)
        with pytest.raises(SettingsError) as caught:
            Secrets(home).get("shop")
        assert str(home.secrets_file) in str(caught.value)
        assert "s3cret" not in str(caught.value)
        assert caught.value.__suppress_context__


def test_two_processes_that_write_at_once_lose_nothing(home: Home) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: Secrets(home).put(f"account{n}", str(n)), range(40)))
    assert len(json.loads(home.secrets_file.read_text())) == 40
