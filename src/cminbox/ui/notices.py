"""What is said in and above the last line: notices, questions, where a key sequence can go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cminbox.text import wrap
from cminbox.ui.bars import choice_lines, is_long
from cminbox.ui.widgets.lines import Line, Part

if TYPE_CHECKING:
    from cminbox.clock import Clock
    from cminbox.ui.stage import Stage

MOST_LINES = 6
"""Lines of a long notice at most."""
NOTICE_S = 6.0
"""How long a notice stays that no key took away, real seconds."""
WHICH_S = 0.3
"""How long after the first key of a sequence its continuations are shown, real seconds."""


class Notices:
    """Owns the strip above the last line, and the notice in it. `current` is (role, text) or None."""

    def __init__(self, stage: Stage, wall: Clock) -> None:
        self.stage = stage
        self.wall = wall
        self.current: Part | None = None
        self._turn = 0
        self._above = False

    def tell(self, text: str, role: str = "bar_value") -> None:
        """Say something in the last line, or above it where it is long.

        It goes with the next key that does something (errors stay their time), or after a while.
        """
        self._drop()
        self._turn += 1
        lines = wrap(text, self._room)
        if len(lines) > 1 and not self.stage.prompting:
            self._above = True
            self.strip([[(role, f" {part}")] for part in lines[:MOST_LINES]])
        self.current = (role, text if len(lines) == 1 else "")
        self.stage.paint_bars()
        self.stage.jobs.endless(self._expire(self._turn))

    def forget(self) -> None:
        """A key did something else now. Errors stay their time."""
        if self.current is not None and self.current[0] != "error":
            self._drop()
            self.stage.paint_bars()

    def show_question(self) -> None:
        """A question was asked, above the last line, or answered."""
        self._drop()
        question = self.stage.question
        lines: list[Line] = []
        if question is not None:
            lines = [[("warning", f" {part}")] for part in wrap(question.text, self._room)]
            if is_long(question.choices, self._room + 2):
                lines += choice_lines(question.choices[:-1], self._room + 2)
        self.strip(lines)
        self.stage.paint_bars()

    def strip(self, lines: list[Line]) -> None:
        """Show lines above the last one (none: nothing there)."""
        strip, screen = self.stage.widgets.strip, self.stage.app.inbox
        strip.styles.height = max(1, len(lines))
        screen.set_class(bool(lines), "strip")
        strip.show(lines)

    def which_key(self, still: Callable[[], bool], choices: Mapping[str, str]) -> None:
        """A sequence was begun: after a moment, if it is `still` so, show where it can go."""
        self.stage.jobs.endless(self._which_key(still, choices))

    @property
    def _room(self) -> int:
        return max(20, self.stage.app.size.width - 2)

    async def _which_key(self, still: Callable[[], bool], choices: Mapping[str, str]) -> None:
        await self.wall.sleep(WHICH_S)
        if still():
            self.strip(self.stage.app.hands.which_lines(choices, self.stage.app.size.width))

    async def _expire(self, turn: int) -> None:
        await self.wall.sleep(NOTICE_S)
        if turn == self._turn and self.current is not None:
            self._drop()
            self.stage.paint_bars()

    def _drop(self) -> None:
        self.current = None
        if self._above:
            self._above = False
            self.strip([])
