"""What the terminal sends, read so that nothing typed ahead is lost.

Textual takes Esc and the keys that follow it in the same packet for one unknown sequence and drops the Esc before
signs (`Esc : s e n d` loses it); and one byte that is not UTF-8 ends its reading for good. Here an Esc that begins no
sequence is handed on as the key it is, and odd bytes become U+FFFD.
"""

from __future__ import annotations

import codecs
import os
import re
import selectors

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
_MARKS = re.compile(f"({re.escape(_PASTE_BEGINS)}|{re.escape(_PASTE_ENDS)})")
_LONE_ESCAPE = re.compile("\x1b(?=[^\x1b\\[OPX\\]^_])")
_ESCAPE_KEY = "\x1b[27u"
_POLL_S = 0.1


class Splitter:
    """Tells the Esc key from the beginning of a sequence, outside pastes."""

    def __init__(self) -> None:
        self._pasting = False

    def __call__(self, text: str) -> str:
        """The text with every Esc that begins no sequence spelt as a key of its own."""
        out = []
        for part in _MARKS.split(text):
            if part == _PASTE_BEGINS:
                self._pasting = True
            elif part == _PASTE_ENDS:
                self._pasting = False
            elif not self._pasting:
                part = _LONE_ESCAPE.sub(_ESCAPE_KEY, part)  # noqa: PLW2901
            out.append(part)
        return "".join(out)


class Keyboard(LinuxDriver):
    """Textual's own driver with another way of reading."""

    def run_input_thread(self) -> None:
        """Read what is typed until the end, and hand on what it means."""
        parser = XTermParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
        split = Splitter()
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_POLL_S):
                    try:
                        data = os.read(self.fileno, 4096)
                    except OSError:
                        break
                    if not data:
                        break
                    for event in parser.feed(split(decode(data))):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        try:
            for _event in parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass
