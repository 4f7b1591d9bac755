"""Why a moderator acts against a message: a code, the same for every network and in every language."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from cminbox.errors import UsageError
from cminbox.i18n import N_, _
from cminbox.text import fold


class Reason(StrEnum):
    """The reasons there are. The value is what the journal keeps and what networks are told."""

    HATE = "hate"
    THREAT = "threat"
    PERSONAL = "personal"
    SPAM = "spam"
    OFF_TOPIC = "off-topic"

    @property
    def words(self) -> str:
        """What people call it (translate when shown)."""
        return TITLES[self]

    @property
    def key(self) -> str:
        """The one key that says it on the screen."""
        return self.value[0]


TITLES: Mapping[Reason, str] = {
    Reason.HATE: N_("hate"),
    Reason.THREAT: N_("threat"),
    Reason.PERSONAL: N_("personal data"),
    Reason.SPAM: N_("spam"),
    Reason.OFF_TOPIC: N_("off topic"),
}


def named(text: str) -> Reason:
    """The reason that a word stands for: its code, its key, or its name in the language in force.

    Raises UsageError for any other word: a reason is never free text.
    """
    wanted = _plain(text)
    for reason in Reason:
        if wanted in (_plain(reason.value), reason.key, _plain(reason.words), _plain(_(reason.words))):
            return reason
    raise UsageError(
        _("There is no reason {name}.").format(name=text),
        _("The reasons are: {names}.").format(names=", ".join(Reason)),
    )


def in_words(code: str | None) -> str:
    """A reason as kept, in the language in force; empty for none, and a word from elsewhere as it is."""
    known = {reason.value: reason for reason in Reason}.get(code or "")
    return _(known.words) if known is not None else code or ""


def _plain(text: str) -> str:
    return fold(text).replace("_", " ").replace("-", " ").strip()
