"""Keys as people read them: "^S" for ctrl+s, "Esc", "gi" for a sequence."""

from __future__ import annotations

from collections.abc import Iterable

from cminbox.i18n import N_, _
from cminbox.ui.router import canonical

_NAMES = {
    "escape": N_("Esc"),
    "enter": N_("Enter"),
    "space": N_("Space"),
    "tab": N_("Tab"),
    "shift+tab": N_("Shift-Tab"),
    "backspace": N_("Backspace"),
    "delete": N_("Del"),
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "home": N_("Home"),
    "end": N_("End"),
    "pageup": N_("PgUp"),
    "pagedown": N_("PgDn"),
}


def key_name(key: str) -> str:
    """One key."""
    key = canonical(key)
    if key in _NAMES:
        return _(_NAMES[key])
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+').upper()}"
    return key


def sequence_name(sequence: str | Iterable[str]) -> str:
    """A key, or keys one after the other."""
    keys = sequence.split() if isinstance(sequence, str) else list(sequence)
    names = [key_name(key) for key in keys]
    return "".join(names) if all(len(name) <= 2 for name in names) else " ".join(names)
