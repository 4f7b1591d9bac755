"""Tokens: in the user's keyring where there is one, else in a file that only this user can read. Never logged.

Where CMINBOX_HOME (or a test) chose the folders the file is used always, so that a script never touches a keyring.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from cminbox.errors import SettingsError
from cminbox.i18n import _
from cminbox.paths import Home

_SERVICE = "cminbox"


class Ring(Protocol):
    """What is used of the keyring package (and replaced in tests)."""

    def get_password(self, service: str, name: str) -> str | None:
        """The secret of that name, or None."""
        ...

    def set_password(self, service: str, name: str, secret: str) -> None:
        """Keep a secret."""
        ...

    def delete_password(self, service: str, name: str) -> None:
        """Forget a secret."""
        ...


class Secrets:
    """The secrets of the accounts of one home, by account name.

    Found wherever they lie: a secret that went to the file while no keyring was there is still found when one is.
    A keyring raises what it likes (locked, no session bus, refused by its user): whatever it is, the file serves.
    """

    def __init__(self, home: Home, ring: Ring | None = None) -> None:
        self._file = home.secrets_file
        self._ring = ring
        self._look = ring is None and not home.given

    def get(self, name: str) -> str | None:
        """The secret of an account, or None. Raises SettingsError for a file that cannot be used."""
        ring = self._keyring()
        if ring is not None:
            with contextlib.suppress(Exception):
                if (found := ring.get_password(_SERVICE, name)) is not None:
                    return found
        return self._read().get(name)

    def put(self, name: str, secret: str) -> None:
        """Keep the secret of an account, in place of a former one. Raises SettingsError, OSError."""
        ring = self._keyring()
        if ring is not None:
            with contextlib.suppress(Exception):
                ring.set_password(_SERVICE, name, secret)
                self._forget(name)
                return
        with self._locked():
            self._write(self._read() | {name: secret})

    def remove(self, name: str) -> None:
        """Forget the secret of an account, wherever it lies; nothing happens where there is none."""
        ring = self._keyring()
        if ring is not None:
            with contextlib.suppress(Exception):
                ring.delete_password(_SERVICE, name)
        self._forget(name)

    @property
    def owner(self) -> str:
        """Whose the file of secrets is where it is not mine to read (a user's name); "" where it is, or none is there.

        In a shared home that user reads and sends for everybody.
        """
        try:
            uid = self._file.stat().st_uid
        except FileNotFoundError:
            return ""
        except OSError:
            uid = -1
        return "" if os.geteuid() in (0, uid) else _user(uid)

    def where(self, name: str) -> str:
        """Where the secret of an account lies, as `place` says it; "" where there is none."""
        ring = self._keyring()
        if ring is not None:
            with contextlib.suppress(Exception):
                if ring.get_password(_SERVICE, name) is not None:
                    return "keyring"
        return str(self._file) if name in self._read() else ""

    @property
    def place(self) -> str:
        """Where a new secret goes, for `cminbox doctor`: "keyring", or the file's path."""
        return "keyring" if self._keyring() is not None else str(self._file)

    def _keyring(self) -> Ring | None:
        """The keyring, where a backend that keeps things is there; looked for once."""
        if self._look:
            self._look = False
            import keyring
            from keyring.backends import fail, null

            backend = keyring.get_keyring()
            # The failing and the forgetting backend have no priority worth the name; chainers hold usable ones.
            if backend.priority >= 1 and not isinstance(backend, fail.Keyring | null.Keyring):
                self._ring = backend
        return self._ring

    def _forget(self, name: str) -> None:
        if not self._file.exists():
            return
        with self._locked():
            kept = self._read()
            if kept.pop(name, None) is not None:
                self._write(kept)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Two processes that write at once wait for each other."""
        self._require_mine()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _require_mine(self) -> None:
        """Raise SettingsError where the secrets are another user's."""
        if owner := self.owner:
            raise SettingsError(
                _("The tokens here belong to {name}, and nobody else can read them.").format(name=owner),
                _("Let {name} connect accounts and run `cminbox sync`; all else works without tokens.").format(
                    name=owner
                ),
            )

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except PermissionError:
            self._require_mine()
            found = None
        except (ValueError, OSError):
            found = None
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            # What the file holds, or what the parser says of it, could be a part of a token.
            raise SettingsError(
                _("{path} cannot be read as a file of secrets.").format(path=self._file),
                _("Check its owner and mode, or move it away and run `cminbox accounts renew NAME`."),
            ) from None
        return found

    def _write(self, secrets: dict[str, str]) -> None:
        new = self._file.with_name(f"{self._file.name}.{os.getpid()}.new")
        _write_private(new, json.dumps(secrets, indent=1))
        new.replace(self._file)


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return f"uid-{uid}"


def _write_private(path: Path, text: str) -> None:
    """A new file that nobody else could ever open, on the disk when this returns."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
