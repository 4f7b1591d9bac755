"""What the router hands keys to: the controllers put together, and who does which action."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cminbox.config.actions import ACTIONS, BY_ID, Action, by_command
from cminbox.config.macros import STEPS, Takes, parsed
from cminbox.i18n import _
from cminbox.inbox import saved_views
from cminbox.text import fold, pad, safe, width
from cminbox.ui import keynames
from cminbox.ui.control.accounts import AccountControl
from cminbox.ui.control.addressing import AddressingControl
from cminbox.ui.control.arriving import ArrivingControl
from cminbox.ui.control.brands import BrandControl
from cminbox.ui.control.bulk import BulkControl
from cminbox.ui.control.campaign import CampaignControl
from cminbox.ui.control.copying import CopyingControl
from cminbox.ui.control.crisis import CrisisControl
from cminbox.ui.control.dry_run import DryRunControl
from cminbox.ui.control.finding import FindingControl
from cminbox.ui.control.handover import HandoverControl
from cminbox.ui.control.house import HouseControl
from cminbox.ui.control.journal import JournalControl
from cminbox.ui.control.leaving import LeavingControl
from cminbox.ui.control.macros import MacroControl
from cminbox.ui.control.marking import MarkingControl
from cminbox.ui.control.moderation import ModerationControl
from cminbox.ui.control.moving import MovingControl
from cminbox.ui.control.notify import NotifyControl
from cminbox.ui.control.numbers import NumbersControl
from cminbox.ui.control.person import PersonControl
from cminbox.ui.control.person_verbs import PersonVerbs
from cminbox.ui.control.picking import PickingControl
from cminbox.ui.control.piping import PipingControl
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.control.reasons import ReasonControl
from cminbox.ui.control.revising import RevisingControl
from cminbox.ui.control.rules import RulesControl
from cminbox.ui.control.selecting import SelectingControl
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.control.shielding import ShieldControl
from cminbox.ui.control.since import SinceControl
from cminbox.ui.control.template_editor import TemplateEditor
from cminbox.ui.control.templates import TemplateControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.control.views import ViewControl
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
    "templates": ("list.open", "template.new", "template.edit", "template.remove", "template.find", "list.close"),
    "dry run": ("wave.send", "list.open", "list.close"),
    "wave": ("list.open", "wave.answer", "wave.drop", "conversation.wave_done", "list.close"),
    "journal": ("list.open", "journal.whose", "list.copy", "list.close"),
    "numbers": ("list.open", "numbers.period", "numbers.next", "numbers.previous", "list.copy", "list.close"),
    "accounts": ("list.open", "template.new", "account.renew", "list.copy", "list.close"),
    "rules": ("list.open", "rule.switch", "list.copy", "list.close"),
    "rule": ("list.open", "rule.switch", "list.copy", "list.close"),
    "person": (
        "person.open",
        "person.link",
        "person.note",
        "person.name",
        "journal.undo",
        "person.close",
        "app.help",
    ),
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
        self.reasons = ReasonControl(stage, self.triage, self.bulk)
        self.writing = WritingControl(stage, self.list, self.reading, self.bulk)
        self.finding = FindingControl(stage, self.list)
        self.sheets = SheetControl(stage, self.reading, self.writing)
        self.views = ViewControl(stage, self.list, self.reading, self.sheets)
        self.picking = PickingControl(stage)
        self.person = PersonControl(stage, self.triage, self.reading)
        self.dry_run = DryRunControl(stage, self.sheets)
        self.templates = TemplateControl(stage, self.triage, self.writing, self.bulk, self.picking, self.dry_run)
        self.revising = RevisingControl(stage, self.triage, self.writing, self.bulk)
        self.shielding = ShieldControl(stage, self.reading)
        self.piping = PipingControl(stage, self.triage, self.sheets, self.picking)
        self.macros = MacroControl(stage, self.triage, self.bulk, self.picking)
        self.marking = MarkingControl(stage, self.triage, self.writing, self.bulk, self.picking)
        self.brands = BrandControl(stage, self.views, self.picking)
        self.campaign = CampaignControl(stage, self.triage, self.reading, self.sheets, self.picking)
        self.waves = WaveControl(stage, self.triage, self.templates, self.bulk, self.sheets)
        self.crisis = CrisisControl(stage, self.waves)
        self.notify = NotifyControl(stage)
        self.numbers = NumbersControl(stage, self.views, self.sheets)
        self.journal = JournalControl(stage, self.sheets)
        self.rules = RulesControl(stage, self.sheets)
        self.since = SinceControl(stage, self.sheets)
        self.handover = HandoverControl(stage, self.bulk, self.picking)
        self.accounts = AccountControl(stage, self.sheets, self.picking)
        self.leaving = LeavingControl(stage)
        self.house = HouseControl(stage, ArrivingControl(self.list), self.reading, self.writing, self.sheets)
        self.handlers: dict[str, Callable[[], None]] = {}
        for control in (
            MovingControl(stage, self.list),
            CopyingControl(stage, self.list, self.reading, self.sheets),
            self.list,
            self.reading,
            self.triage,
            self.reasons,
            ModerationControl(self.triage, self.bulk),
            self.writing,
            self.finding,
            SelectingControl(stage, self.list, self.finding),
            self.picking,
            self.person,
            PersonVerbs(stage, self.person, self.picking),
            AddressingControl(stage, self.triage, self.writing, self.picking),
            self.templates,
            self.macros,
            self.piping,
            self.shielding,
            self.revising,
            self.marking,
            self.waves,
            self.crisis,
            self.dry_run,
            self.sheets,
            self.views,
            self.brands,
            self.campaign,
            self.numbers,
            self.journal,
            self.rules,
            self.since,
            self.handover,
            self.accounts,
            TemplateEditor(stage, self.sheets, self.picking),
            self.leaving,
            self.house,
        ):
            self.handlers |= control.handlers()

    async def prepare(self) -> None:
        """Read what the first frame shows, before there is a frame."""
        await self.since.prepare()
        await self.crisis.prepare()
        await self.notify.prepare()
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
        """A key for the question: what it answers is done; Esc answers nothing; any other key does what the question
        says, else it waits for one of its own.
        """
        question = self.stage.question
        if question is None:
            return
        then = question.answers.get(key, question.otherwise if key != "escape" else None)
        if then is not None or key == "escape":
            self.stage.question = None
            self.stage.app.notices.show_question()
            if then is not None:
                then()

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
        elif head == "handover" and rest:
            self.handover.ask(rest.strip())
        elif head == "numbers" and rest.strip():
            self.numbers.choose(rest.strip())
        elif head == "crisis" and rest:
            self.crisis.command(rest)
        elif head == "brand" and rest:
            self.brands.go(rest)
        elif head == "campaign" and rest:
            self.campaign.name(rest.strip())
        elif head == "macro" and rest:
            self.macros.named(rest)
        elif rest.strip() and STEPS.get(head, Takes.NOTHING).has_value:
            step = parsed(text)
            self.macros.run((step,), str(step))
        else:
            action = by_command(text)
            if action is not None:
                self.do(action.id)

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the active area with their short names, help last."""
        hints = [(self.keys_in_words(name), self.words_of(BY_ID[name])[0]) for name in FOOTER.get(self._place, ())]
        return [hint for hint in hints if hint[0]]

    def keys_in_words(self, action: str, most: int = 1) -> str:
        """The first keys of an action, as people read them."""
        router = getattr(self.stage.app, "router", None)
        if router is None:
            return ""
        return " ".join(keynames.sequence_name(keys) for keys in router.sequences(action)[:most])

    def words_of(self, action: Action) -> tuple[str, str]:
        """The name and the help of an action, in the language in force; safe to show."""
        name, help_ = saved_views.action_words(self.stage.desk.settings, action)
        return safe(name), safe(help_)

    @property
    def _place(self) -> str:
        area, sheet = self.stage.area, self.stage.widgets.sheet.content.name
        return sheet if area == "list" and sheet in FOOTER else area

    def which_lines(self, choices: Mapping[str, str], room: int) -> list[Line]:
        """Where a sequence can go, in columns."""
        names = {action.id: self.words_of(action)[0] for action in ACTIONS}
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
