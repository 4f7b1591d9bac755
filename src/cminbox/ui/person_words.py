"""A person in words, for the screen and the command line alike."""

from __future__ import annotations

from cminbox.i18n import _, ngettext
from cminbox.model.people import PersonCard
from cminbox.ui import words


def counted(card: PersonCard) -> str:
    """How much was said, in words: "12 messages, 5 answers"; a plus where not all was counted."""
    more = "" if card.exact else "+"
    said = ngettext("{n} message", "{n} messages", card.received).format(n=f"{card.received}{more}")
    answered = ngettext("{n} answer", "{n} answers", card.answered).format(n=f"{card.answered}{more}")
    return _("{one}, {other}").format(one=said, other=answered)


def stand(card: PersonCard) -> str:
    """How their conversations stand, in words: "open 1, done 4"."""
    found = [
        _("{state} {n}").format(state=_(words.STATES[state]), n=n)
        for state in words.STATES
        if (n := card.conversations.get(state.value))
    ]
    return _(", ").join(found)
