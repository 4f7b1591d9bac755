"""Who is working here."""

from __future__ import annotations

import os

from cminbox.errors import UsageError
from cminbox.i18n import _

_LONGEST = 64
_NOBODY = "["
"""So begin the names of what works by itself: rules."""


def colleague_name(as_name: str | None) -> str:
    """The colleague's name: `as_name` (`--as NAME`, on a shared login), else the name of the real Unix uid.

    Environment variables are not asked: anybody can set them. A uid without a name is "uid-1000". Raises UsageError
    for a name that is empty, too long or holds what nobody can see.
    """
    if as_name is None:
        return _of_uid(os.getuid())
    from cminbox.text import label

    name = as_name.strip()
    if not name or label(name) != name or len(name) > _LONGEST or name.startswith(_NOBODY):
        raise UsageError(
            _("This cannot be a colleague's name: {name}.").format(name=label(as_name[: _LONGEST + 1])),
            _("Give a short name, as others should see it."),
        )
    return name


def _of_uid(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid-{uid}"
