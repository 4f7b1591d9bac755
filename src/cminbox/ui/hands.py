"""What the router hands keys to: the controllers put together, and who does which action."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cminbox.config.actions import ACTIONS, BY_ID, by_command
from cminbox.i18n import _
from cminbox.model.base import ConversationState
from cminbox.model.views import Filter, View
from cminbox.text import fold, pad, width
from cminbox.ui import keynames
from cminbox.ui.control.arriving import ArrivingControl
from cminbox.ui.control.bulk import BulkControl
from cminbox.ui.control.copying import CopyingControl
from cminbox.ui.control.finding import FindingControl
from cminbox.ui.control.house import HouseControl
from cminbox.ui.control.leaving import LeavingControl
from cminbox.ui.control.marking import MarkingControl
from cminbox.ui.control.moving import MovingControl
from cminbox.ui.control.picking import PickingControl
from cminbox.ui.control.queue import VIEWS, QueueControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.control.selecting import SelectingControl
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.control.templates import TemplateControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.control.waves import WaveControl
from cminbox.ui.control.writing import WritingControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line

FOOTER = {
    "queue": (
        "conversation.open",
        "conversation.reply",
        "conversation.done",
        "journal.undo",
        "move.next_unanswered",
        "queue.search",
        "conversation.star",
        "app.command",
        "app.help",
    ),
    "conversation": (
        "conversation.reply",
        "conversation.reply_private",
        "conversation.done",
        "conversation.next",
        "journal.undo",
        "conversation.close",
        "message.like",
        "app.help",
    ),
    "list": ("list.open", "list.copy", "list.close"),
    "outbox": ("list.open", "outbox.retry", "outbox.cancel", "list.copy", "list.close"),
    "wave": ("list.open", "wave.answer", "wave.drop", "conversation.wave_done", "list.close"),
    "composer": ("composer.send", "composer.leave", "composer.undo", "composer.editor"),
}
"""Which actions of the table the last line names, by area, the most wanted first; the last one always stands."""


class Hands:
    """The host of the router. Every action of the table has one handler here; a test says so."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.actions = ACTIONS
        self.typed: tuple[str, ...] = ()
        self.list = QueueControl(stage)
        self.reading = ReadingControl(stage, self.list)
        self.bulk = BulkControl(stage, self.list, self.reading)
        self.triage = TriageControl(stage, self.list, self.reading, self.bulk)
        self.writing = WritingControl(stage, self.list, self.reading, self.bulk)
        self.finding = FindingControl(stage, self.list)
        self.sheets = SheetControl(stage, self.reading, self.writing)
        self.picking = PickingControl(stage)
        self.templates = TemplateControl(stage, self.triage, self.writing, self.bulk, self.picking)
        self.marking = MarkingControl(stage, self.triage, self.writing, self.bulk, self.picking)
        self.waves = WaveControl(stage, self.triage, self.templates, self.bulk, self.sheets)
        self.leaving = LeavingControl(stage)
        self.house = HouseControl(stage, ArrivingControl(self.list), self.reading, self.writing, self.sheets)
        self.handlers: dict[str, Callable[[], None]] = {}
        for control in (
            MovingControl(stage, self.list),
            CopyingControl(stage, self.list, self.reading, self.sheets),
            self.list,
            self.reading,
            self.triage,
            self.writing,
            self.finding,
            SelectingControl(stage, self.list, self.finding),
            self.picking,
            self.templates,
            self.marking,
            self.waves,
            self.sheets,
            self.leaving,
            self.house,
        ):
            self.handlers |= control.handlers()
        self.handlers |= self._views()

    async def prepare(self) -> None:
        """Read what the first frame shows, before there is a frame."""
        await self.house.read_status()
        await self.list.start()

    async def stop(self) -> None:
        """The screen is gone: keep what was being written, let verbs under way end."""
        for job in self.stage.shutdown:
            await job()
        await self.stage.jobs.stop()

    @property
    def area(self) -> str:
        """The area that keys belong to now."""
        return self.stage.area

    def do(self, action: str) -> None:
        """Do an action of the table."""
        self.stage.app.notices.forget()
        handler = self.handlers.get(action)
        if handler is not None:
            handler()

    def write(self, key: str, text: str) -> None:
        """A key for the text being written."""
        if self.stage.picking:
            self.picking.write(key, text)
        elif self.stage.prompting:
            self.finding.write(key, text)
        else:
            self.writing.write(key, text)

    def paste(self, text: str) -> bool:
        """Text from outside, where something takes it."""
        if self.stage.question is None and self.stage.picking:
            self.picking.paste(text)
        elif self.stage.question is None and self.stage.prompting:
            self.finding.paste(text)
        elif self.stage.question is None and self.stage.composing:
            self.writing.paste(text)
        else:
            key = self.keys_in_words("conversation.reply")
            self.stage.tell(_("Nothing takes a paste here; {key} begins a reply.").format(key=key), "warning")
            return False
        return True

    def answer(self, key: str) -> None:
        """A key for the question: what it answers is done; Esc answers nothing; any other key waits for one of them."""
        question = self.stage.question
        if question is None:
            return
        if key in question.answers or key == "escape":
            self.stage.question = None
            self.stage.app.notices.show_question()
            if key in question.answers:
                question.answers[key]()

    def pending(self, keys: tuple[str, ...], choices: Mapping[str, str]) -> None:
        """A sequence was begun or has ended."""
        self.typed = keys
        if keys:
            self.stage.app.notices.which_key(lambda: self.typed == keys, choices)
        elif self.stage.app.inbox.has_class("strip"):
            self.stage.strip([])

    def unknown(self, keys: tuple[str, ...]) -> None:
        """Keys that mean nothing here."""
        if keys != ("escape",):
            self.stage.tell(
                _("{keys} does nothing here; {help} shows what does.").format(
                    keys=keynames.sequence_name(keys), help=self.keys_in_words("app.help")
                )
            )

    def command(self, text: str) -> None:
        """Run a command line: an action by its command, or one of those that take a word."""
        head, _blank, rest = text.partition(" ")
        if head == "theme" and rest:
            self.house.set_theme(rest.strip())
        elif head == "language" and rest:
            self.house.set_language(rest.strip())
        else:
            action = by_command(text)
            if action is not None:
                self.do(action.id)

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the active area with their short names, help last."""
        hints = [(self.keys_in_words(name), _(BY_ID[name].name)) for name in FOOTER.get(self._place, ())]
        return [hint for hint in hints if hint[0]]

    def keys_in_words(self, action: str, most: int = 1) -> str:
        """The first keys of an action, as people read them."""
        router = getattr(self.stage.app, "router", None)
        if router is None:
            return ""
        return " ".join(keynames.sequence_name(keys) for keys in router.sequences(action)[:most])

    @property
    def _place(self) -> str:
        area, sheet = self.stage.area, self.stage.widgets.sheet.content.name
        return sheet if area == "list" and sheet in FOOTER else area

    def which_lines(self, choices: Mapping[str, str], room: int) -> list[Line]:
        """Where a sequence can go, in columns."""
        names = {action.id: _(action.name) for action in ACTIONS}
        items = sorted(choices.items(), key=lambda item: fold(item[0]))
        widest = max(width(names[action]) for _key, action in items) + 6
        columns = max(1, room // widest)
        lines: list[Line] = []
        for start in range(0, len(items), columns):
            line: Line = []
            for key, action in items[start : start + columns]:
                line += [("key", f" {pad(keynames.key_name(key), 3)}"), ("bar", pad(names[action], widest - 4))]
            lines.append(line)
        return lines

    def _views(self) -> dict[str, Callable[[], None]]:
        def show(view: View) -> Callable[[], None]:
            return lambda: self.list.set_view(view)

        views = {f"view.{view.value}": show(view) for view in VIEWS}
        return views | {
            "go.inbox": lambda: self._go(Filter()),
            "go.waiting": show(View.WAITING),
            "go.waves": lambda: self._go(Filter(view=View.WAVES)),
            "go.mine": lambda: self._go(Filter(assignee="me")),
            "go.unassigned": lambda: self._go(Filter(assignee="none")),
            "go.snoozed": lambda: self._go(Filter(view=View.ANY, state=ConversationState.SNOOZED)),
        }

    def _go(self, wanted: Filter) -> None:
        """To a part of the queue, whatever is open above it."""
        self.sheets.close()
        if self.reading.opened is not None:
            self.reading.close()
        self.stage.focus = "queue"
        self.list.look(wanted)
