"""A house that several Unix users share: folders 2770 and files 0660 of one group, tokens for their owner alone.

Modes are set explicitly: what a umask takes away nobody else could open.
"""

from __future__ import annotations

import grp
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.paths import Home

_FOLDER = 0o2770
_FILE = 0o660
_OWN = 0o600
_SECRETS = "secrets"  # how the names of the files begin that hold tokens, and their lock
_PARTS = ("config", "data", "logs")


@dataclass(frozen=True)
class Team:
    """What came of it: the home, its group, the private files that the group can read and write now, and the folder
    above that keeps the group out (None: it can get there).
    """

    home: Home
    group: str
    opened: tuple[Path, ...] = ()
    barred_by: Path | None = None


def init(folder: Path, group: str) -> Team:
    """Share a home under `folder` with a group (a name or a number). It is made where it is missing, else opened.

    Safe to call again. Raises UsageError for a group that is not there or not one's own, for a folder that is somebody
    else's or holds something else, and OSError.
    """
    gid, name = _group(group)
    root = folder.expanduser().absolute()
    _require_ours(root)
    home = Home.at(root)
    for each in (root, *home.folders):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = []
    for path in sorted(root.rglob("*")):
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            continue
        if path.is_file() and _open(path, gid):
            opened.append(path)
    for each in (root, *(path for path in root.rglob("*") if path.is_dir() and not path.is_symlink())):
        os.chown(each, -1, gid)
        each.chmod(_FOLDER)  # after the group: changing that takes the set-group-id bit away
    return Team(home, name, tuple(opened), _bar(root, gid))


def _group(group: str) -> tuple[int, str]:
    """The id and the name of a group that I am in. Raises UsageError."""
    try:
        found = grp.getgrgid(int(group)) if group.isdecimal() else grp.getgrnam(group)
        gid, name = found.gr_gid, found.gr_name
    except KeyError as error:
        if not group.isdecimal():
            raise UsageError(
                _("There is no group {name} on this machine.").format(name=group),
                _("An administrator makes one with: groupadd {name}").format(name=group),
            ) from error
        gid, name = int(group), group
    if os.geteuid() != 0 and gid not in (os.getegid(), *os.getgroups()):
        raise UsageError(
            _("You are not in the group {name}.").format(name=name),
            _("An administrator adds you with usermod -aG {name} YOU; then log in again.").format(name=name),
        )
    return gid, name


def _require_ours(root: Path) -> None:
    """Raise UsageError for a folder that must not be opened to a group."""
    if not root.exists():
        return
    if not root.is_dir():
        raise UsageError(_("{path} is no folder.").format(path=root))
    if os.geteuid() not in (0, root.stat().st_uid):
        raise UsageError(
            _("{path} belongs to another user.").format(path=root), _("Let them run it, or name another folder.")
        )
    others = sorted(each.name for each in root.iterdir() if each.name not in _PARTS)
    if others:
        raise UsageError(
            _("{path} holds other things than cminbox ({names}), which the group could read then.").format(
                path=root, names=", ".join(others[:3])
            ),
            _("Name a folder that is empty, or not there yet."),
        )


def _open(path: Path, gid: int) -> bool:
    """Give a file the mode that it has in a shared home; True where the group could not write it before."""
    if path.name.startswith(_SECRETS):
        path.chmod(_OWN)
        return False
    found = path.stat()
    was = stat.S_IMODE(found.st_mode)
    os.chown(path, -1, gid)
    path.chmod(_FILE)
    return was & _FILE != _FILE or found.st_gid != gid


def _bar(root: Path, gid: int) -> Path | None:
    """The folder above that the group cannot pass through."""
    for above in root.parents:
        found = above.stat()
        if not found.st_mode & stat.S_IXOTH and not (found.st_gid == gid and found.st_mode & stat.S_IXGRP):
            return above
    return None
