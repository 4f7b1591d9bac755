"""Tags: words that colleagues put on conversations, each with a colour."""

from __future__ import annotations

from cminbox.i18n import N_
from cminbox.model.base import Frozen

PALETTE: dict[str, str] = {
    "red": N_("red"),
    "orange": N_("orange"),
    "yellow": N_("yellow"),
    "green": N_("green"),
    "teal": N_("teal"),
    "blue": N_("blue"),
    "purple": N_("purple"),
    "pink": N_("pink"),
    "brown": N_("brown"),
    "grey": N_("grey"),
}
"""The colours that a tag can have; a theme says what they look like."""

LONGEST = 40
"""The most characters of a name."""


class TagRow(Frozen):
    """A tag. `open` and `unanswered` count the conversations that carry it."""

    id: int
    name: str
    colour: str
    open: int = 0
    unanswered: int = 0
