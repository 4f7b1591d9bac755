"""How many terminal cells a text takes, and cutting, filling and wrapping to a number of cells.

The counting is Textual's (rich.cells, Unicode 17), so that what we lay out is what it lays out: marks take no cell,
wide characters two, what follows a zero-width joiner none, and variation selector 16 widens a narrow emoji.
A test compares the two over every character. Here without importing rich, and with a shortcut for everyday text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Every character of these ranges takes one cell in Textual and in terminals, stands alone and is never dangerous.
PLAIN = (
    " -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u0384-\u038a\u038e-\u03a1\u03a3-\u0482"
    "\u2010-\u2027\u202f-\u205e\u20a0-\u20bf\u2400-\u2426\u2500-\u25fc\u2800-\u28ff\ufffd"
)
_is_plain = re.compile(f"[{PLAIN}]*").fullmatch

ZWJ = "\u200d"
VS16 = "\ufe0f"

# Characters that Unicode 18 added with a width of 0 or 2: wcwidth knows them, Textual does not yet (it counts 1).
# `safe` shows them as U+FFFD, which nobody disputes.
UNSETTLED = (
    (0x5C8, 0x5C9), (0xB53, 0xB54), (0x1ADE, 0x1ADF), (0x1AEC, 0x1AF0), (0x10ECB, 0x10ECF), (0x10EF0, 0x10EF9),
    (0x11DF0, 0x11DF0), (0x18CD6, 0x18CDA), (0x18D1F, 0x18D20), (0x18E00, 0x19191), (0x191A0, 0x191D2),
    (0x1B123, 0x1B128), (0x1B168, 0x1B168), (0x1D127, 0x1D128), (0x1D250, 0x1D252), (0x1D25B, 0x1D25C),
    (0x1D25F, 0x1D25F), (0x1D280, 0x1D281), (0x1F1AE, 0x1F1AE), (0x1F6D9, 0x1F6D9), (0x1F7DA, 0x1F7DA),
    (0x1FA8B, 0x1FA8D), (0x1FACC, 0x1FACC), (0x1FADD, 0x1FADD), (0x1FAEB, 0x1FAEB), (0x1FAF9, 0x1FAFA),
)  # fmt: skip

# Flags by themselves: the library counts all half flags before each one, in time of the square of a run of them.
GRAPHEME = r"(?:\p{Regional_Indicator}{2}[\p{Mn}\u200d]*|\X)"
# A grapheme wider than this is a pile made to break a layout (a hundred leading consonants, say): it may be split.
_WIDEST_GRAPHEME = 8
_BREAK_BEFORE_WIDE = re.compile(
    "[\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)
_SPACES = " \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u3000"
# A word with the punctuation that French sets after a space: "matin ?" is not torn apart.
_WORDS = re.compile(f"[{_SPACES}]+|[^{_SPACES}]+(?: [?!:;»%€]+(?=[{_SPACES}]|$))*")


class _Cells(dict[str, int]):
    """Cells of single characters, filled as they are met."""

    def __missing__(self, char: str) -> int:
        if "\U0001f1e6" <= char <= "\U0001f1ff":
            cells = 1  # half a flag
        elif "\U0001f3fb" <= char <= "\U0001f3ff":
            cells = 0  # a skin tone; `safe` leaves it on a hand only
        else:
            from wcwidth import wcwidth

            cells = max(0, wcwidth(char))
        self[char] = cells
        return cells


cell = _Cells()


class _Widens(dict[str, bool]):
    """Whether variation selector 16 turns a narrow character into a wide emoji."""

    def __missing__(self, char: str) -> bool:
        import regex

        # The keycap bases (digits, #, *) are Emoji too.
        self[char] = found = cell[char] == 1 and bool(regex.match(r"\p{Emoji}", char)) and not is_half_flag(char)
        return found


widens = _Widens()


def is_half_flag(char: str) -> bool:
    """True for a regional indicator: two of them make a flag."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def width(text: str) -> int:
    """The terminal cells that safe text takes in one line."""
    if text.isascii() or _is_plain(text):
        return len(text)
    if ZWJ not in text and VS16 not in text:
        return sum(map(cell.__getitem__, text))
    total, last, joined = 0, "", False
    for char in text:
        if joined:
            joined = False
        elif char == ZWJ:
            joined = True
        elif char == VS16:
            if last and widens[last]:
                total += 1
            last = ""
        elif cells := cell[char]:
            total += cells
            last = char
    return total


def units(text: str) -> Iterator[str]:
    """The pieces that a cut never splits: graphemes, and what a joiner binds."""
    import regex

    for match in regex.finditer(rf"{GRAPHEME}(?:(?<=\u200d)\X)*", text):
        piece = match[0]
        if len(piece) > 1 and width(piece) > _WIDEST_GRAPHEME:
            yield from _split(piece)
        else:
            yield piece


def _split(pile: str) -> Iterator[str]:
    """Characters with the marks upon them; what follows a joiner stays with it."""
    start = 0
    for i in range(1, len(pile)):
        if cell[pile[i]] and pile[i - 1] != ZWJ:
            yield pile[start:i]
            start = i
    yield pile[start:]


def cut(text: str, cells: int, ellipsis: str = "…") -> str:
    """`text` in at most `cells` cells, with `ellipsis` where something was left out. Never splits a grapheme.

    Reads no further than it needs. Where not even the ellipsis fits, the text is cut without one.
    """
    if cells <= 0:
        return ""
    if len(text) <= cells and (text.isascii() or _is_plain(text)):
        return text
    room = cells - width(ellipsis)
    if room < 0:
        ellipsis, room = "", cells
    if len(text) > cells and _is_plain(text, 0, cells + 1):
        return text[:room] + ellipsis
    used = end = kept = 0
    for unit in units(text):
        used += width(unit)
        if used > cells:
            return text[:kept] + ellipsis
        end += len(unit)
        if used <= room:
            kept = end
    return text


def pad(text: str, cells: int) -> str:
    """`text` cut, or filled with spaces, to exactly `cells` cells."""
    short = cut(text, cells)
    return short + " " * (max(0, cells) - width(short))


def wrap(text: str, cells: int) -> list[str]:
    """The lines of `text`, each at most `cells` cells (1 at least): broken at spaces, else between graphemes.

    A line of the text keeps its indent; an empty one stays an empty line. A wide character in a single cell is
    shown as "?".
    """
    cells = max(1, cells)
    return [line for paragraph in text.split("\n") for line in _wrap_line(paragraph, cells)]


def _wrap_line(text: str, cells: int) -> list[str]:
    if len(text) <= cells and width(text) <= cells:
        return [text]
    lines: list[str] = []
    line, used = "", 0
    for match in _WORDS.finditer(text):
        word = match[0]
        size = width(word)
        if used + size <= cells:
            line, used = line + word, used + size
            continue
        if word[0] in _SPACES:
            # Spaces at a break vanish, and an indent wider than the line; the next word begins the next line.
            lines += [line.rstrip(_SPACES)] if line else []
            line, used = "", 0
            continue
        fills = size > cells or _BREAK_BEFORE_WIDE.search(word)
        if not fills:
            lines.append(line.rstrip(_SPACES))
            line, used = word, size
            continue
        if used and size > cells and not _BREAK_BEFORE_WIDE.search(word):
            lines.append(line.rstrip(_SPACES))
            line, used = "", 0
        done, line, used = _fill(word, line, used, cells)
        lines += done
    lines.append(line.rstrip(_SPACES) if lines else line)
    return lines


def _fill(word: str, line: str, used: int, cells: int) -> tuple[list[str], str, int]:
    """Put a word that may be broken anywhere: the full lines, and the line begun with its width."""
    lines: list[str] = []
    if _is_plain(word):
        first = cells - used
        pieces = [line + word[:first], *(word[i : i + cells] for i in range(first, len(word), cells))]
        return [piece.rstrip(_SPACES) for piece in pieces[:-1]], pieces[-1], len(pieces[-1])
    parts = [line]
    for unit in units(word):
        for piece in [unit] if width(unit) <= cells else _split(unit):
            shown = piece if width(piece) <= cells else "?"
            size = width(shown)
            if used + size > cells:
                lines.append("".join(parts).rstrip(_SPACES))
                parts, used = [], 0
            parts.append(shown)
            used += size
    return lines, "".join(parts), used
