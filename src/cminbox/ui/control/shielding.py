"""The shield: listed words are masked in the queue and in the pane until Enter opens the conversation."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.config import shield as shield_words
from cminbox.i18n import _
from cminbox.text.shield import Shield
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.stage import Stage


class ShieldControl:
    """Switches masking on and off; uncovers the one conversation that Enter opened, as long as it is open."""

    def __init__(self, stage: Stage, reading: ReadingControl) -> None:
        self.stage = stage
        self.reading = reading
        settings = stage.service.settings
        self._shield = Shield(shield_words.words(settings, stage.service.home))
        self._set(on=settings.shield.on)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "conversation.open": self.open,
            "conversation.whole": self.whole,
            "app.shield": self.toggle,
        }

    def open(self) -> None:
        """Open the conversation under the cursor as it is."""
        self.reading.open_current()
        self._uncover()

    def whole(self) -> None:
        """Show the open conversation as it is, and what was cut of it."""
        self._uncover()
        self.reading.show_whole()

    def toggle(self) -> None:
        """Mask, or do not, and remember it."""
        if not self._shield:
            self.stage.tell(_("No words are listed: the settings say which, as [shield] words = [...]."), "warning")
            return
        on = self.stage.widgets.queue.mask is None
        self._set(on=on)
        self.stage.widgets.queue.forget_drawn()
        self.stage.widgets.reading.paint()
        self.stage.app.remember("shield.on", on)
        self.stage.tell(_("Listed words are masked.") if on else _("Nothing is masked."))

    def _set(self, *, on: bool) -> None:
        mask = self._shield if on and self._shield else None
        self.stage.widgets.queue.mask = self.stage.widgets.reading.mask = mask

    def _uncover(self) -> None:
        widget = self.stage.widgets.reading
        if widget.uncovered != self.reading.opened:
            widget.uncovered = self.reading.opened
            widget.paint()
