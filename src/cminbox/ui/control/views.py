"""Which part of the queue is shown: the views on 1 to 9, and the places behind `g`."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.inbox import saved_views
from cminbox.model.base import ConversationState
from cminbox.model.views import Condition, Filter, Key, View
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.stage import Stage

_PLACES = {
    "go.inbox": Filter(),
    "go.waiting": Filter(view=View.WAITING),
    "go.done": Filter(view=View.DONE),
    "go.waves": Filter(view=View.WAVES),
    "go.mine": Filter(conditions=(Condition(key=Key.IS, values=("mine",)),)),
    "go.unassigned": Filter(assignee="none"),
    "go.snoozed": Filter(state=ConversationState.SNOOZED),
    "go.spam": Filter(state=ConversationState.SPAM),
    "go.pending": Filter(view=View.ANY, conditions=(Condition(key=Key.IS, values=("pending",)),)),
    "go.listening": Filter(conditions=(Condition(key=Key.IS, values=("listening",)),)),
}


class ViewControl:
    """Goes to a view or a place, whatever is open above the queue."""

    def __init__(self, stage: Stage, list_: QueueControl, reading: ReadingControl, sheets: SheetControl) -> None:
        self.stage = stage
        self.list = list_
        self.reading = reading
        self.sheets = sheets

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""

        def to(wanted: Filter) -> Callable[[], None]:
            return lambda: self.go(wanted)

        def view(key: int) -> Callable[[], None]:
            return lambda: self.view(key)

        return {name: to(wanted) for name, wanted in _PLACES.items()} | {f"view.{n}": view(n) for n in range(1, 10)}

    def view(self, key: int) -> None:
        """The view of a number."""
        found = next(each for each in saved_views.views(self.stage.desk.settings) if each.key == key)
        self.go(found.filter)

    def go(self, wanted: Filter) -> None:
        """To a part of the queue; that is where Esc comes back to from a search or a filter."""
        if self.stage.sheet_area:
            self.sheets.close()
        if self.reading.opened is not None:
            self.reading.close()
        self.stage.focus = "queue"
        self.list.home = wanted
        self.list.look(wanted)
