"""What was done on this screen by keys, as steps that can be done again: for repeating, and for recording macros."""

from __future__ import annotations

from dataclasses import dataclass

from cminbox.config.macros import MacroStep

Steps = tuple[MacroStep, ...]


@dataclass
class Deeds:
    """`last` is the latest verb (a macro: all its steps); `recording` what was done since a recording began, or None.

    Kept in memory only: a step may hold a text.
    """

    last: Steps = ()
    recording: list[MacroStep] | None = None

    def note(self, *steps: MacroStep) -> None:
        """This was done now (nothing: what cannot be done again)."""
        self.last = steps or self.last
        if self.recording is not None:
            self.recording += steps
