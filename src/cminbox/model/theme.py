"""What a colour theme says: a few named colours, and for every role on the screen how it is drawn.

A file `themes/NAME.toml`::

    title = "Dark"
    dark = true

    [colours]                 # name = "#rrggbb", one of the terminal's own 16, or "default"
    ground = "#14171c"
    accent = "#7fb4ca"

    [styles]                  # role = "[bold] [dim] [italic] [underline] [reverse] COLOUR [on COLOUR]"
    mark = "bold accent"

A role without a background stands on what is around it: the ground of `text`, or a bar. `found` (words that were
searched for) and `tag_red`, `tag_blue`... may be left out.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

from pydantic import Field, field_validator, model_validator

from cminbox.i18n import _
from cminbox.model.base import Frozen

ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse", "strike")
ANSI = tuple(
    bright + name
    for bright in ("", "bright_")
    for name in ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
)
ROLES: dict[str, str] = {
    "text": "what is read",
    "strong": "what counts most: who waits for us",
    "dim": "what is secondary: times, what is answered",
    "faint": "what only guides the eye: rules, leaders",
    "bar": "the counters and the keys line",
    "bar_value": "a number in a bar",
    "bar_alert": "a number in a bar that asks for attention",
    "mark": "the cursor's mark and the position",
    "network": "the network and kind of a row",
    "unread": "the dot of what nobody opened",
    "star": "a star",
    "us": "our own name, and what we wrote",
    "them": "an author's name in a conversation",
    "topic": "what people talk under",
    "note": "words of cminbox between messages: edited, removed, day",
    "act": "an act under way",
    "public": "the composer's word that everybody will read this",
    "private": "the composer's word that only one person will read this",
    "key": "a key",
    "good": "something went well",
    "warning": "something needs a look",
    "error": "something failed",
    "caret": "the cell under the text cursor",
    "hit": "the chosen line of a list",
}


FOUND = "found"
"""The role of words that were searched for. Never by colour alone."""
_TAGS = {
    "red": ("#ec7078", "#c1121f", "red"),
    "orange": ("#e59866", "#b24a00", "bright_red"),
    "yellow": ("#d8c06a", "#7a6200", "yellow"),
    "green": ("#98bb6c", "#1a7034", "green"),
    "teal": ("#6cbfae", "#00706b", "cyan"),
    "blue": ("#7fb4ca", "#0b5cad", "bright_blue"),
    "purple": ("#a292c8", "#6f42c1", "bright_magenta"),
    "pink": ("#d68fb0", "#b0246e", "magenta"),
    "brown": ("#c49a72", "#7a4b20", "bright_yellow"),
    "grey": ("#9aa1ad", "#626a73", "bright_black"),
}
"""By colour of a tag (model.tags.PALETTE): on dark ground, on light ground, among the terminal's own."""
_COLOURLESS = ("default", "black", "white", "bright_black", "bright_white")


def tag_role(colour: str) -> str:
    """The role of a tag of a colour; that of topics for a colour that there is not."""
    return f"tag_{colour}" if colour in _TAGS else "topic"


class Ink(Frozen):
    """How a role is drawn: colours as "#rrggbb", one of ANSI, or "default" (None: that of `text`)."""

    fg: str | None = None
    bg: str | None = None
    attributes: tuple[str, ...] = ()


OPTIONAL = (FOUND, *map(tag_role, _TAGS))
"""Roles that a theme need not have."""


class Theme(Frozen):
    """A colour theme. `styles` has an `Ink` for every role."""

    name: str = ""
    title: str
    dark: bool = True
    colours: dict[str, str] = Field(default_factory=dict)
    styles: dict[str, Ink]

    @property
    def is_ansi(self) -> bool:
        """True where the theme keeps to the terminal's own colours."""
        return not any(colour.startswith("#") for colour in self.colours.values())

    @model_validator(mode="after")
    def _with_what_may_be_left_out(self) -> Theme:
        """Words that were found and the colours of tags: a theme may say how they are drawn, and need not."""
        inks = {FOUND: Ink(attributes=("bold", "underline"))}
        plain = all(colour in _COLOURLESS for colour in self.colours.values())
        for colour, shades in _TAGS.items():
            shade = "default" if plain else shades[2] if self.is_ansi else shades[not self.dark]
            inks[tag_role(colour)] = Ink(fg=shade)
        self.styles.update({role: ink for role, ink in inks.items() if role not in self.styles})
        return self

    @field_validator("colours")
    @classmethod
    def _known_colours(cls, colours: dict[str, str]) -> dict[str, str]:
        for name, value in colours.items():
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", value) and value not in (*ANSI, "default"):
                raise ValueError(
                    _("colours.{name}: {value!r} is no colour (write '#rrggbb', 'default', or one of {names})").format(
                        name=name, value=value, names=", ".join(ANSI[:8])
                    )
                )
        return colours

    @model_validator(mode="before")
    @classmethod
    def _read_styles(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("styles"), dict):
            return data
        colours = data.get("colours") or {}
        styles = {role: _ink(role, given, colours) for role, given in data["styles"].items()}
        missing = [role for role in ROLES if role not in styles]
        if missing:
            raise ValueError(_("styles: missing {names}").format(names=", ".join(missing)))
        return {**data, "styles": styles}


def _ink(role: str, given: Any, colours: dict[str, str]) -> Ink:
    if role not in ROLES and role not in OPTIONAL:
        raise ValueError(
            _("styles.{role}: no such role{hint}").format(role=role, hint=_near(role, (*ROLES, *OPTIONAL)))
        )
    if not isinstance(given, str):
        raise ValueError(_("styles.{role}: write a text such as 'bold accent on ground'").format(role=role))
    attributes: list[str] = []
    inks: dict[str, str] = {}
    place = "fg"
    for word in given.split():
        if word in ATTRIBUTES:
            attributes.append(word)
        elif word == "on":
            place = "bg"
        elif word in colours and place not in inks:
            inks[place] = colours[word]
        else:
            raise ValueError(
                _("styles.{role}: unknown word {word!r}{hint}").format(
                    role=role, word=word, hint=_near(word, (*colours, *ATTRIBUTES))
                )
            )
    return Ink(fg=inks.get("fg"), bg=inks.get("bg"), attributes=tuple(attributes))


def _near(word: str, known: Any) -> str:
    close = get_close_matches(word, list(known), 1)
    return _(" (did you mean {name!r}?)").format(name=close[0]) if close else ""
