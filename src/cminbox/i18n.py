"""The two languages of cminbox, through gettext.

Every text that a person sees is written in English in the code and passed through `_` (or `ngettext` for plurals)
when it is shown, never at import time: the language may change while the program runs.
The catalogues live in `locale/LANGUAGE/LC_MESSAGES/cminbox.po`.
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path

LANGUAGES = ("en", "fr")
_FOLDER = Path(__file__).parent / "locale"
_current: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"
_CONTEXT = "\x04"
"""What gettext puts between a context and its text."""


def set_language(language: str | None = None) -> str:
    """Switch to `language` ("en" or "fr"; None: what LC_ALL, LC_MESSAGES or LANG say). Returns what is in force."""
    global _current, _language
    if language is None:
        named = next((v for k in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := os.environ.get(k))), "en")
        language = named[:2].lower()
    _language = language if language in LANGUAGES else "en"
    _current = gettext.translation("cminbox", _FOLDER, [_language], fallback=True)
    return _language


def language() -> str:
    """The language in force: "en" or "fr"."""
    return _language


def _(text: str) -> str:
    """`text` in the language in force; without its context, where it has one (`NC_`)."""
    return _current.gettext(text).rpartition(_CONTEXT)[2]


def ngettext(one: str, many: str, n: int) -> str:
    """The form of a text for `n` things, in the language in force."""
    return _current.ngettext(one, many, n)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a text for the catalogue without translating it yet (for tables; translate with `_` when shown)."""
    return text


def NC_(context: str, text: str) -> str:  # noqa: N802 - gettext's own name
    """The same for a text that means something else elsewhere, and is another word in French: "open" as a verb."""
    return f"{context}{_CONTEXT}{text}"
