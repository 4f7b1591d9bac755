"""The one screen: counters, list, conversation, composer, keys; and how they share the cells there are."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen

from cminbox.ui.stage import Stage, Widgets
from cminbox.ui.widgets.composer import Composer, Prompt
from cminbox.ui.widgets.lines import Lines
from cminbox.ui.widgets.person import PersonColumn
from cminbox.ui.widgets.queue import Queue
from cminbox.ui.widgets.reading import Reading
from cminbox.ui.widgets.sheet import Sheet


class Bar(Lines):
    """A line on the raised ground of the bars."""

    fill = "bar"


class InboxScreen(Screen[None]):
    """Lays the widgets out: list above conversation, or beside it on a wide terminal, with the person as a third."""

    AUTO_FOCUS = None

    def __init__(self) -> None:
        super().__init__()
        self.stage: Stage
        self._composer_lines = 0
        self.widgets = Widgets(
            counters=Bar(id="counters"),
            queue=Queue(id="queue"),
            position=Lines(id="position"),
            reading=Reading(id="reading"),
            composer=Composer(id="composer"),
            person=PersonColumn(id="person"),
            sheet=Sheet(id="sheet"),
            strip=Bar(id="strip"),
            keys=Bar(id="keys"),
            prompt=Prompt(id="prompt"),
        )

    def compose(self) -> ComposeResult:
        """Every widget, from the start: what a key opens is there already."""
        w = self.widgets
        yield w.counters
        with Vertical(id="body"):
            with Vertical(id="list"):
                yield w.queue
                yield w.position
            with Vertical(id="pane"):
                yield w.reading
                yield w.composer
            yield w.person
        yield w.sheet
        yield w.keys
        yield w.prompt
        yield w.strip

    def on_mount(self) -> None:
        """The panes stand: give them their cells."""
        self.stage.layout()

    def on_resize(self) -> None:
        """Other cells: other panes."""
        self.stage.layout()
        self.call_after_refresh(self.stage.app.hands.house.paint_all)

    def share_cells(self, wide_from: int, opened: bool, counters: int, *, person: bool) -> None:
        """Show and size the panes for what is open now; `person`: with a column for the person, where it is wide."""
        stage = self.stage
        wide = self.size.width >= wide_from
        for name, wanted in (
            ("wide", wide),
            ("beside", wide and person),
            ("open", opened),
            ("sheet", bool(stage.sheet_area)),
            ("composing", stage.composing),
            ("prompting", stage.prompting),
        ):
            if self.has_class(name) != wanted:
                self.set_class(wanted, name)
        self.widgets.counters.display = counters > 0
        self.widgets.counters.styles.height = max(1, counters)
        rows = self.size.height - 1 - counters
        # Without room for both, the list keeps a third, and less while something is written.
        share = max(3, rows // (5 if stage.composing else 3)) + 1
        list_height = share if opened and not wide else None
        box = self.query_one("#list")
        if list_height is None:
            box.styles.height = "1fr"
        else:
            box.styles.height = list_height
        pane = rows if wide else rows - share
        wanted_lines = self.widgets.composer.lines_wanted(max(4, pane * 2 // 3))
        if stage.composing and self._composer_lines != wanted_lines:
            self._composer_lines = wanted_lines
            self.widgets.composer.styles.height = wanted_lines
