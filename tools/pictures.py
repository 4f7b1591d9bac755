"""Take the pictures in docs/pictures from the running demo: `python tools/pictures.py [FOLDER]`.

Runs `cminbox demo` on a pty for every size and language, plays a few keys, and draws what a terminal would show.
Fonts: DejaVu Sans Mono (Debian's fonts-dejavu-core) and, for other scripts, Noto Sans CJK where it is installed.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.terminal import Terminal

SIZES = ((80, 24), (160, 48))
LANGUAGES = ("en", "fr")
ANSWERS = {
    "en": "Hello! The code works again, thanks for telling us.",
    "fr": "Bonjour ! Le code marche à nouveau, merci.",
}
GROUND, INK = "#14171c", "#c8ccd4"
POINTS = 18
ANSI16 = {
    "black": "#1c1c1c",
    "red": "#cc4444",
    "green": "#4e9a06",
    "brown": "#c4a000",
    "yellow": "#c4a000",
    "blue": "#3465a4",
    "magenta": "#75507b",
    "cyan": "#06989a",
    "white": "#d3d7cf",
    "brightblack": "#555753",
}
FONTS = Path("/usr/share/fonts/truetype/dejavu")
WIDE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
COMMAND = [sys.executable, "-c", "import sys; from cminbox.cli import main; sys.exit(main(['demo']))"]


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        for language in LANGUAGES:
            for name, image in pictures(size, language):
                path = folder / f"{name}-{size[0]}x{size[1]}-{language}.png"
                image.quantize(192, dither=Image.Dither.NONE).save(path, optimize=True)
                print(path)


def pictures(size: tuple[int, int], language: str) -> Iterator[tuple[str, Image.Image]]:
    """The scenes at one size in one language, each with its name."""
    with demo(size, language) as terminal:
        yield "list", drawn(terminal)
        terminal.type("jjj\r")
        settle(terminal)
        yield "inbox", drawn(terminal)
        terminal.type(f"r{ANSWERS[language]}")
        terminal.until(ANSWERS[language][-12:])
        settle(terminal)
        yield "reply", drawn(terminal)
        terminal.type("\x13")
        terminal.until(lambda t: " u " in t.lines[-1])
        settle(terminal)
        terminal.type("?")
        settle(terminal)
        yield "help", drawn(terminal)


@contextmanager
def demo(size: tuple[int, int], language: str) -> Iterator[Terminal]:
    """The demo, come up, with some of its hour played."""
    with tempfile.TemporaryDirectory() as home:
        locale = {"en": "en_GB.UTF-8", "fr": "fr_FR.UTF-8"}[language]
        terminal = Terminal(COMMAND, size, CMINBOX_HOME=home, LANG=locale, LC_ALL=locale, TZ="Europe/Paris")
        try:
            terminal.until(lambda t: re.search(r"\d+ / \d+ ─", t.text) is not None)
            terminal.watch(4.0)
            yield terminal
        finally:
            terminal.close()


def settle(terminal: Terminal) -> None:
    """Let what the keys began come to rest."""
    terminal.watch(0.7)


def drawn(terminal: Terminal) -> Image.Image:
    """The screen as a picture, cell by cell."""
    faces = {bold: _font(FONTS / f"DejaVuSansMono{'-Bold' if bold else ''}.ttf") for bold in (False, True)}
    wide = _font(WIDE) if WIDE.exists() else faces[False]
    w, h = round(faces[False].getlength("M")), POINTS + 5
    screen = terminal.screen
    image = Image.new("RGB", (w * screen.columns + 16, h * screen.lines + 16), GROUND)
    draw = ImageDraw.Draw(image)
    for y in range(screen.lines):
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            if cell.data:
                _cell(draw, cell, (8 + x * w, 8 + y * h), (w, h), faces[cell.bold], wide)
    return image


def _cell(draw: Any, cell: Any, at: tuple[int, int], size: tuple[int, int], face: Any, wide: Any) -> None:
    fore, back = _colour(cell.fg, INK), _colour(cell.bg, GROUND)
    if cell.reverse:
        fore, back = back, fore
    is_wide = ord(cell.data[0]) > 0x1100 and not "\u2000" <= cell.data[0] <= "\u2fff"
    draw.rectangle((*at, at[0] + size[0] * (2 if is_wide else 1) - 1, at[1] + size[1] - 1), fill=back)
    if cell.data == "▌":
        draw.rectangle((*at, at[0] + size[0] // 2, at[1] + size[1] - 1), fill=fore)
    elif cell.data.strip():
        draw.text((at[0], at[1] + 1), cell.data, fill=fore, font=wide if is_wide else face)
    if cell.underscore:
        draw.line((at[0], at[1] + size[1] - 2, at[0] + size[0], at[1] + size[1] - 2), fill=fore)


def _colour(value: str, default: str) -> str:
    if value in ANSI16:
        return ANSI16[value]
    return f"#{value}" if re.fullmatch("[0-9a-fA-F]{6}", value) else default


def _font(path: Path) -> Any:
    try:
        return ImageFont.truetype(str(path), POINTS)
    except OSError:
        return ImageFont.load_default(POINTS)


if __name__ == "__main__":
    os.environ.pop("NO_COLOR", None)
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1] / "docs" / "pictures")
