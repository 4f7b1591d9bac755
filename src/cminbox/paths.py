"""Where cminbox keeps its files, and with which modes.

`CMINBOX_HOME` puts configuration, data and logs under one folder; without it they go to the platform's own places.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

_ALONE = 0o700
_SHARED = 0o2770
_ALONE_FILE = 0o600
_SHARED_FILE = 0o660
_LOG = 1_000_000
"""Bytes; a log that grew larger begins anew."""


@dataclass(frozen=True)
class Home:
    """The folders of one cminbox. `given` says that CMINBOX_HOME (or a caller) chose them."""

    config: Path
    data: Path
    logs: Path
    given: bool = True

    @classmethod
    def find(cls) -> Home:
        """The home that CMINBOX_HOME names, else the platform's own folders of this user."""
        if named := os.environ.get("CMINBOX_HOME"):
            return cls.at(Path(named).expanduser())
        import platformdirs

        own = platformdirs.PlatformDirs("cminbox", appauthor=False)
        return cls(own.user_config_path, own.user_data_path, own.user_log_path, given=False)

    @classmethod
    def at(cls, folder: Path) -> Home:
        """The home whose files all lie under `folder`."""
        folder = folder.absolute()
        return cls(folder / "config", folder / "data", folder / "logs")

    @property
    def settings_file(self) -> Path:
        """What the user sets (config/settings.py)."""
        return self.config / "settings.toml"

    @property
    def rules_file(self) -> Path:
        """What happens by itself to what comes in (config/rules.py)."""
        return self.config / "rules.toml"

    @property
    def hooks_log(self) -> Path:
        """What the programs of hooks said (inbox/hooks.py)."""
        return self.logs / "hooks.log"

    @property
    def themes(self) -> Path:
        """The user's own colour themes, *.toml."""
        return self.config / "themes"

    @property
    def secrets_file(self) -> Path:
        """Tokens where there is no keyring; always 0600, also in a shared home."""
        return self.config / "secrets.json"

    @property
    def database(self) -> Path:
        """The one database (store/database.py)."""
        return self.data / "cminbox.db"

    @property
    def lease_file(self) -> Path:
        """Whoever holds the lock on it reads and sends (sync/lease.py)."""
        return self.data / "lease"

    @property
    def log_file(self) -> Path:
        """What went wrong, without texts, names or tokens."""
        return self.logs / "cminbox.log"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder of the home."""
        return (self.config, self.themes, self.data, self.logs)

    def make(self) -> None:
        """Make the folders that are missing, for this user alone; inside a shared home (2770) they are shared.

        Folders that are there keep their modes. Raises OSError.
        """
        for folder in self.folders:
            make_folder(folder)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, private or (below a shared one) shared. Raises OSError."""
    if folder.is_dir():
        return
    parent = folder.parent
    if not parent.is_dir():
        make_folder(parent)
    try:
        folder.mkdir()
    except FileExistsError:  # another process was faster, and sets the mode
        return
    # mkdir's mode passes through the umask, and a set-group-id folder must be asked for explicitly.
    folder.chmod(_SHARED if is_shared(parent) else _ALONE)


def is_shared(folder: Path) -> bool:
    """True for a folder that a group shares: writable by the group, which new files inherit."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    return mode & _SHARED == _SHARED


def file_mode(folder: Path) -> int:
    """The mode of a new file in a folder: for the user alone, or for the group that shares it."""
    return _SHARED_FILE if is_shared(folder) else _ALONE_FILE


def open_file(path: Path, more: int = 0) -> int:
    """Open a file (made where it is missing) for reading and writing; a new one gets the mode that its folder asks for.

    `more` are further flags of `os.open`. Returns the descriptor. Raises OSError.
    """
    flags = os.O_RDWR | os.O_CLOEXEC | more
    try:
        file = os.open(path, flags | os.O_CREAT | os.O_EXCL, _ALONE_FILE)
    except FileExistsError:
        return os.open(path, flags)
    os.fchmod(file, file_mode(path.parent))  # the mode of open passes through the umask
    return file


def append(path: Path, text: str) -> None:
    """Write at the end of a log, in one piece. One that grew large begins anew, and the one before is kept beside it.

    Raises OSError.
    """
    if path.exists() and path.stat().st_size > _LOG:
        path.replace(path.with_suffix(f"{path.suffix}.1"))
    file = open_file(path, os.O_APPEND)
    try:
        os.write(file, text.encode("utf-8", "replace"))
    finally:
        os.close(file)
