"""Making untrusted text safe to show, to store and to print as JSON.

Sources: Unicode 17 (general categories, default ignorable code points, emoji), UTS 51 (emoji sequences), UAX 9 (bidi
controls), ECMA-48 (C1 controls act like their ESC forms, even when UTF-8 carries them).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from enum import IntEnum

from cminbox.text.cells import PLAIN, UNSETTLED, VS16, ZWJ, cell, is_half_flag

_ZWNJ = "\u200c"
_REPLACED = "\ufffd"
_is_plain = re.compile(f"[{PLAIN}]*").fullmatch
_is_plain_lines = re.compile(f"[{PLAIN}\n]*").fullmatch
_NEWLINES = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")

# Marks upon one character: more than a language needs (Hebrew and Tibetan stack four) is a tower over other rows.
_MARKS = 4
# Joiners in one emoji: the longest of UTS 51 has three.
_JOINS = 4

# Format characters that are seen: Arabic, Syriac and Kaithi number signs.
_SEEN_FORMATS = frozenset(
    [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD],
)
# Seen by nobody, and not in the category of formats: grapheme joiner, Hangul fillers, Khmer and Mongolian oddities,
# variation selectors but the sixteenth, whose meaning depends on its neighbours.
_UNSEEN = frozenset(
    [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, 0xFFA0, *range(0xFE00, 0xFE0F)],
)
# Scripts whose spelling needs joiners: Arabic to Mandaic, the Indic ones, Tibetan, Burmese, Khmer, Mongolian...
_JOINING = (
    (0x600, 0x8FF), (0x900, 0xDFF), (0xF00, 0x109F), (0x1780, 0x18AF), (0x1A20, 0x1AAF), (0x1B00, 0x1BFF),
    (0xA800, 0xA82F), (0xA880, 0xA8FF), (0xA980, 0xA9FF), (0xAA60, 0xAA7F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC),
    (0x11000, 0x11FFF),
)  # fmt: skip


def _shown(code: int) -> int | str | None:
    """What stands for one code point: itself, a replacement, or None where nothing does."""
    if code < 0x20:
        return code if code == 0x0A else chr(0x2400 + code)
    if 0x7F <= code < 0xA0:
        return "\u2421" if code == 0x7F else f"\\x{code:02x}"
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return _REPLACED  # not characters at all
    if 0xE000 <= code <= 0xF8FF or code >= 0xF0000 or any(low <= code <= high for low, high in UNSETTLED):
        return _REPLACED  # nobody knows what it looks like, nor how wide
    if code in (0x200C, 0x200D, 0xFE0F):
        return code
    if code in _UNSEEN or 0xE0000 <= code <= 0xE0FFF:
        return None
    if unicodedata.category(chr(code)) == "Cf" and code not in _SEEN_FORMATS:
        return None  # bidi controls, zero-width spaces, soft hyphens, invisible operators...
    return code


class _Shown(dict[int, int | str | None]):
    """A table for str.translate, filled as code points are met."""

    def __missing__(self, code: int) -> int | str | None:
        self[code] = found = _shown(code)
        return found


_SHOWN = _Shown()


class _Kind(IntEnum):
    """What a character needs from its neighbours."""

    ALONE = 0
    LINE_END = 1
    MARK = 2
    TONE = 3
    HALF_FLAG = 4
    JOINER = 5
    PICTURE = 6
    LETTER = 7  # of a script that joins


class _Kinds(dict[str, _Kind]):
    """Kinds of characters, filled as they are met."""

    def __missing__(self, char: str) -> _Kind:
        self[char] = found = _kind(char)
        return found


def _kind(char: str) -> _Kind:
    if char == "\n":
        return _Kind.LINE_END
    if char in (ZWJ, _ZWNJ, VS16):
        return _Kind.JOINER
    if is_half_flag(char):
        return _Kind.HALF_FLAG
    if "\U0001f3fb" <= char <= "\U0001f3ff":
        return _Kind.TONE
    if not cell[char]:
        return _Kind.MARK
    if any(low <= ord(char) <= high for low, high in _JOINING):
        return _Kind.LETTER
    return _Kind.PICTURE if _has(r"\p{Extended_Pictographic}", char) else _Kind.ALONE


def _has(pattern: str, char: str) -> bool:
    import regex

    return regex.match(pattern, char) is not None


_KINDS = _Kinds()
_CALM = frozenset({_Kind.ALONE, _Kind.LINE_END, _Kind.PICTURE, _Kind.LETTER})


def safe(text: str, *, newlines: bool = False) -> str:
    r"""`text` as it may reach a terminal: one line, or with its line ends (as "\n") when `newlines`.

    Controls become pictures (␛) or `\x9b`; bidi controls, zero-width characters, tags and stray joiners vanish; what
    nobody can show becomes U+FFFD; marks are capped. Kept: every letter, NBSP and U+202F, flags, emoji with their
    joiners and tones, the joiners that scripts need. Idempotent, and the widths of safe texts add up. Markup of
    Textual or Markdown is not touched: who prints must not interpret it.
    """
    if (_is_plain_lines if newlines else _is_plain)(text):
        return text
    text = _NEWLINES.sub("\n", storable(text)).replace("\t", "    " if newlines else " ").translate(_SHOWN)
    if not _CALM.issuperset({_KINDS[char] for char in set(text)}):
        text = _Untangled().run(text)
    return text if newlines else re.sub("\n+", " ", text)


def label(text: str) -> str:
    """`text` safe in one line, stripped; "?" where nothing of it can be seen (an author without a name)."""
    return (
        safe(text).strip(
            " \u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u2800\u3000"
        )
        or "?"
    )


class _Untangled:
    """One pass over a text whose characters depend on their neighbours."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._base = ""  # what the next mark, tone or joiner belongs to
        self._base_kind = _Kind.LINE_END
        self._wide = False  # the base is, or has become, a wide picture
        self._marks = 0
        self._joins = 0
        self._flag = ""  # half a flag that waits for the other
        self._joiner = ""  # selector and joiner that wait for what follows

    def run(self, text: str) -> str:
        out = self._out
        for char in text:
            kind = _KINDS[char]
            if kind is _Kind.ALONE and not self._flag and not self._joiner:
                out.append(char)
                self._base, self._base_kind, self._marks = char, kind, 0
                continue
            if self._flag and kind is not _Kind.HALF_FLAG:
                self._lone_flag()
            if kind is _Kind.JOINER:
                self._joiner += char
            elif kind is _Kind.HALF_FLAG:
                self._half_flag(char)
            elif kind is _Kind.MARK:
                self._mark(char)
            elif kind is _Kind.TONE:
                self._tone(char)
            else:
                self._character(char, kind)
        if self._flag:
            self._lone_flag()
        return "".join(out)

    def _character(self, char: str, kind: _Kind) -> None:
        joined = self._joins_to(kind)
        if joined:
            self._out.append(joined)
            self._joins += 1
        else:
            self._joins = 0
        self._joiner = ""
        self._out.append(char)
        self._wide = kind is _Kind.PICTURE and (bool(joined) or cell[char] == 2)
        self._base, self._base_kind, self._marks = char, kind, 0

    def _joins_to(self, kind: _Kind) -> str:
        """The waiting joiner, where it binds the base to a character of `kind`; else nothing."""
        joiner, base = self._joiner, self._base_kind
        if not joiner or self._joins >= _JOINS:
            return ""
        if kind is base is _Kind.PICTURE and joiner.lstrip(VS16) == ZWJ and (self._wide or joiner[0] == VS16):
            narrow = joiner[0] == VS16 and cell[self._base] == 1
            return (VS16 if narrow else "") + ZWJ
        if kind is base is _Kind.LETTER and joiner in (ZWJ, _ZWNJ):
            return joiner
        return ""

    def _mark(self, char: str) -> None:
        joiner = self._joiner
        self._joiner = ""
        if self._base_kind is _Kind.LINE_END:
            # Without a base it would sit upon what the screen shows before it.
            self._out.append("\u25cc")
            self._base, self._base_kind, self._marks = "\u25cc", _Kind.ALONE, 0
        if self._marks < _MARKS:
            if joiner == _ZWNJ and self._base_kind is _Kind.LETTER:
                self._out.append(joiner)
            self._out.append(char)
        self._marks += 1

    def _tone(self, char: str) -> None:
        self._joiner = ""
        if self._base_kind is _Kind.PICTURE and _has(r"\p{Emoji_Modifier_Base}", self._base) and not self._marks:
            # Terminals do not agree how wide a narrow hand with a tone is: it goes without.
            if self._wide:
                self._out.append(char)
                self._marks = _MARKS
        else:
            self._out.append("\u25a0")
            self._base, self._base_kind, self._marks = "\u25a0", _Kind.ALONE, 0

    def _half_flag(self, char: str) -> None:
        self._joiner = ""
        if self._flag:
            self._out += (self._flag, char)
            self._flag = ""
            self._base, self._base_kind, self._marks = char, _Kind.ALONE, 0
        else:
            self._flag = char

    def _lone_flag(self) -> None:
        """Half a flag is one cell here and two there: it becomes its letter."""
        letter = chr(ord(self._flag) - 0x1F1E6 + ord("A"))
        self._out.append(letter)
        self._flag = ""
        self._base, self._base_kind, self._marks = letter, _Kind.ALONE, 0


def storable(text: str) -> str:
    """`text` as the database takes it: surrogate pairs joined, lone surrogates U+FFFD, all else as it is (NUL too)."""
    if not _SURROGATE.search(text):
        return text
    joined = _PAIR.sub(lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)
    return _SURROGATE.sub(_REPLACED, joined)


def ascii_json(obj: object) -> str:
    r"""`obj` as one line of JSON in ASCII, other characters as \u escapes. Lone surrogates become U+FFFD.

    What JSON does not know (instants, paths) is printed as text.
    """
    line = json.dumps(obj, default=str)
    return json.dumps(_clean(obj), default=str) if "\\ud" in line else line


def _clean(obj: object) -> object:
    if isinstance(obj, str):
        return storable(obj)
    if isinstance(obj, Mapping):
        return {_clean(key): _clean(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [_clean(value) for value in obj]
    return obj
