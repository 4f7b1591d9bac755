"""Every key goes through here, one at a time and at once: what a key opens gets the keys that follow it.

No widget has the focus and no message travels between a key and what it does. A `host` says which area is active and
does what is asked; while it is held (a page is being fetched that the next key depends on) keys wait, in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from textual.keys import key_to_character

from cminbox.config.actions import Action

_SIGNS = {"slash": "/", "backslash": "\\", "at": "@", "minus": "-", "plus": "+", "underscore": "_"}
"""Names that Textual gives to signs and does not take back."""
TEXT_AREAS = ("composer", "prompt", "picker")
"""Where letters are text."""


class Host(Protocol):
    """Who does what the keys ask for."""

    @property
    def area(self) -> str:
        """The area that keys belong to now."""
        ...

    def do(self, action: str) -> None:
        """Do an action of the table."""
        ...

    def write(self, key: str, text: str) -> None:
        """A key for the text being written: printable `text`, or an editing key."""
        ...

    def paste(self, text: str) -> bool:
        """Text from outside; False where nothing takes it."""
        ...

    def answer(self, key: str) -> None:
        """A key for the question being asked."""
        ...

    def pending(self, keys: tuple[str, ...], choices: Mapping[str, str]) -> None:
        """A sequence has begun (or ended, with no keys): `choices` are the next keys and the ids they lead to."""
        ...

    def unknown(self, keys: tuple[str, ...]) -> None:
        """A sequence that means nothing was typed."""
        ...


@dataclass(frozen=True)
class Press:
    """A key as typed: its canonical name and, where it is printable, the text it stands for. Or a paste."""

    key: str
    text: str = ""
    pasted: bool = False


def canonical(key: str) -> str:
    """One name for a key: printable ones by their character ("/" for "slash"), others as Textual names them."""
    if key in ("space", " "):
        return "space"
    if key == "ctrl+j":  # Enter, where it was typed before the terminal was ours
        return "enter"
    if len(key) == 1:
        return key
    if key in _SIGNS:
        return _SIGNS[key]
    if "+" in key:
        head, _plus, last = key.rpartition("+")
        return f"{head}+{canonical(last)}" if last and head not in ("shift",) else key
    try:
        char = key_to_character(key)
    except ValueError:
        char = None
    return char if char and len(char) == 1 and char.isprintable() and char != " " else key


def presses(key: str, character: str | None) -> list[Press]:
    """What a Textual key event stands for. An Esc that came glued to a key as Alt is two keys again."""
    if key.startswith("alt+") and key.count("+") == 1:
        rest = key.removeprefix("alt+")
        name = canonical(rest)
        text = name if len(name) == 1 else " " if name == "space" else ""
        return [Press("escape"), Press(name, text)]
    if character and len(character) >= 1 and character.isprintable():
        name = "space" if character == " " else character if len(character) == 1 else key
        return [Press(name, character)]
    return [Press(canonical(key))]


class Router:
    """Turns key presses into actions. `keys` gives each action id its sequences, resolved for the user."""

    def __init__(self, host: Host, actions: Sequence[Action], keys: Mapping[str, Sequence[str]]) -> None:
        self._host = host
        self._actions = actions
        self._maps: dict[str, dict[tuple[str, ...], str]] = {}
        self._keys = {
            name: tuple(tuple(canonical(key) for key in given.split()) for given in sequences)
            for name, sequences in keys.items()
        }
        self._typed: tuple[str, ...] = ()
        self._waiting: deque[Press] = deque()
        self._held = 0
        self._busy = False
        self.interrupt: Callable[[], None] | None = None
        """What Esc does while keys wait for something long: it alone does not wait then."""

    def feed(self, press: Press) -> None:
        """A key was pressed."""
        if press.key == "escape" and self._held and self.interrupt is not None:
            self.interrupt()
            return
        self._waiting.append(press)
        self._run()

    def hold(self) -> None:
        """Keys wait until as many `release` followed."""
        self._held += 1

    def release(self) -> None:
        """What the keys waited for is there."""
        self._held = max(0, self._held - 1)
        self._run()

    def sequences(self, action: str) -> tuple[tuple[str, ...], ...]:
        """The key sequences of an action."""
        return self._keys.get(action, ())

    def map_of(self, area: str) -> dict[tuple[str, ...], str]:
        """All sequences of an area and the ids they lead to; what belongs to the area wins over what is global."""
        if area not in self._maps:
            found: dict[tuple[str, ...], str] = {}
            for wanted in (area, "global"):
                if wanted == "global" and area in TEXT_AREAS:
                    continue
                for action in self._actions:
                    if wanted in action.areas:
                        for sequence in self.sequences(action.id):
                            found.setdefault(sequence, action.id)
            self._maps[area] = found
        return self._maps[area]

    def _run(self) -> None:
        if self._busy:
            return
        self._busy = True
        try:
            while self._waiting and not self._held:
                self._press(self._waiting.popleft())
        finally:
            self._busy = False

    def _press(self, press: Press) -> None:
        area = self._host.area
        if press.pasted:
            self._forget()
            self._host.paste(press.text)
            return
        if area == "ask":
            self._host.answer(press.key)
            return
        if self._typed and press.key == "escape":
            self._forget()
            return
        known = self.map_of(area)
        typed = (*self._typed, press.key)
        if typed in known:
            self._forget()
            self._host.do(known[typed])
            return
        begun = {sequence[len(typed)]: action for sequence, action in known.items() if sequence[: len(typed)] == typed}
        if begun:
            self._typed = typed
            self._host.pending(typed, begun)
            return
        self._forget()
        if area in TEXT_AREAS:
            self._host.write(press.key, press.text)
        else:
            self._host.unknown(typed)

    def _forget(self) -> None:
        if self._typed:
            self._typed = ()
            self._host.pending((), {})
