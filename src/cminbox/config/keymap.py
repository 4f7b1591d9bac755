"""From the one table, a preset and the user's own bindings to the keys in force, checked.

Textual ignores unknown ids and clashes alike; here both are errors that say what to change.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from cminbox.config.actions import ACTIONS, BY_ID, Action
from cminbox.errors import SettingsError
from cminbox.i18n import _

if TYPE_CHECKING:
    from cminbox.config.settings import Settings

Keymap = dict[str, tuple[str, ...]]
"""By action id, its keys or sequences ("j", "ctrl+d", "g i"); the first is the one that is shown."""

PRESETS: Mapping[str, Mapping[str, str]] = {
    "default": {},
    "mutt": {
        "conversation.done": "d, e",
        "conversation.unread": "N, i",
        "conversation.star": "F, s",
        "message.report": "g F",
        "move.next_unanswered": "tab, n",
        "move.previous_unanswered": "shift+tab",
        "pane.next": "ctrl+w",
        "move.top": "=, g g, home",
        "move.bottom": "*, G, end",
        "queue.refresh": "$, comma",
    },
    "gmail": {
        "conversation.open": "o, enter",
        "conversation.close": "u, q, escape",
        "conversation.unread": "U, i",
        "journal.undo": "z",
        "journal.redo": "ctrl+r",
        "message.delete": "#, D",
        "go.sent": "g t",
        "go.templates": "g T",
    },
    # The row of digits gives these without Shift.
    "azerty": {
        "view.1": "&, 1",
        "view.2": "é, 2",
        "view.3": "quotation_mark, 3",
        "view.4": "apostrophe, 4",
        "view.5": "left_parenthesis, 5",
        "view.6": "minus, 6",
        "view.7": "è, 7",
        "view.8": "underscore, 8",
        "view.9": "ç, 9",
        "counters.shrink": "=",
    },
}

_NAMED = frozenset(
    ("enter", "escape", "tab", "space", "backspace", "delete", "insert", "up", "down", "left", "right", "home", "end",
     "pageup", "pagedown", *(f"f{n}" for n in range(1, 13)))
)  # fmt: skip
_SIGNS = {"slash": "/", "backslash": "\\", "minus": "-", "plus": "+", "underscore": "_", "circumflex_accent": "^"}
# What terminals, SSH and multiplexers keep for themselves or cannot tell from another key (screen.md, Keys).
_EATEN = frozenset(("ctrl+a", "ctrl+b", "ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+q", "ctrl+enter", "shift+enter"))

Where = Callable[[str], str]


def resolve(settings: Settings, where: Where | None = None) -> Keymap:
    """The keys in force. `where(id)` says in errors where a binding stands (file and line).

    Raises SettingsError for an unknown id, a key that does not exist or does not arrive, and for two actions whose
    keys cannot be told apart where both work.
    """
    where = where or (lambda action: f"keys.bindings: {action}" if action else "keys.bindings")
    keymap = {action.id: action.keys for action in ACTIONS}
    for name, text in PRESETS[settings.keys.preset].items():
        keymap[name] = tuple(_sequences(text, BY_ID[name], where))
    for name, text in settings.keys.bindings.items():
        if name not in BY_ID:
            raise _unknown(name, where)
        keymap[name] = tuple(_sequences(text, BY_ID[name], where))
    own = settings.keys.bindings
    for one, other, key in clashes(keymap):
        first, second = (other, one) if other in own else (one, other)
        raise SettingsError(
            _("{where}: {key} means {other} too, and both work in the same place.").format(
                where=where(first), key=key, other=second
            ),
            _('Give one of them another key, or none: "{other}" = "".').format(other=second),
        )
    return keymap


def clashes(keymap: Keymap) -> Iterator[tuple[str, str, str]]:
    """Pairs of actions that work in the same place with the same key, or one that begins the other's sequence."""
    placed = [(action, key.split()) for action in ACTIONS for key in keymap[action.id]]
    for i, (one, keys) in enumerate(placed):
        for other, others in placed[i + 1 :]:
            shared = min(len(keys), len(others))
            if one is not other and keys[:shared] == others[:shared] and _meet(one, other):
                yield one.id, other.id, " ".join(keys)


def _meet(one: Action, other: Action) -> bool:
    """True where both actions work in some area. Global ones work everywhere but in a text."""
    if set(one.areas) & set(other.areas):
        return True
    pair = (set(one.areas), set(other.areas))
    return any("global" in these and those - {"composer", "picker"} for these, those in (pair, pair[::-1]))


def _sequences(text: str, action: Action, where: Where) -> Iterator[str]:
    """The keys that a binding names: parted by commas, sequences by spaces; nothing where it is empty."""
    for part in text.split(","):
        keys = [_key(name, action.id, where) for name in part.split()]
        writes = keys and (len(keys[0]) == 1 or keys[0] in ("space", "enter", "backspace"))
        if writes and {"composer", "picker"} & set(action.areas):
            raise SettingsError(
                _("{where}: {key} is needed for writing.").format(where=where(action.id), key=keys[0]),
                _("Use a key with Ctrl, or a function key."),
            )
        if keys:
            yield " ".join(keys)


def _key(name: str, action: str, where: Where) -> str:
    """The canonical name of a key. Raises SettingsError."""
    *modifiers, last = name.split("+") if len(name) > 1 and not name.endswith("+") else [name]
    base = last if last in _NAMED or len(last) == 1 else _sign(last)
    key = "+".join([*(modifier.lower() for modifier in modifiers), base or last])
    if key.lower() in _EATEN or any(modifier.lower() not in ("ctrl", "shift") for modifier in modifiers):
        raise SettingsError(
            _("{where}: {key} does not arrive everywhere.").format(where=where(action), key=name),
            _("Terminals, SSH and multiplexers keep it; choose another key."),
        )
    sound = bool(base) and (len(base) > 1 or base.isprintable()) and not base.isspace()
    if not sound or (modifiers == ["shift"] and len(base) == 1):
        raise SettingsError(
            _("{where}: there is no key {key}.").format(where=where(action), key=name),
            _("Keys are written as j, J, /, ctrl+d, enter, pagedown, f5; sequences as g i; more than one as e, x."),
        )
    return key


def _sign(name: str) -> str:
    """The character of a sign that is named: "comma" is "," and "question_mark" is "?"; "" where there is none."""
    if name in _SIGNS:
        return _SIGNS[name]
    try:
        return unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return ""


def _unknown(name: str, where: Where) -> SettingsError:
    near = get_close_matches(name, BY_ID, n=1, cutoff=0.5)
    told = _("{where}: there is no action {name}.").format(where=where(name), name=name)
    if near:
        told = f"{told} {_('Did you mean {near}?').format(near=near[0])}"
    return SettingsError(told, _("`cminbox keys` lists them all."))
