"""Lists over the panes: help, outbox, sent, drafts, accounts, journal; and long errors that can be copied."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from cminbox.i18n import _
from cminbox.inbox import drafts, outbox
from cminbox.model.base import ActState
from cminbox.model.rows import ActRow
from cminbox.text import cut, pad, safe
from cminbox.ui import theme
from cminbox.ui.control.books import templates_sheet, topics_sheet
from cminbox.ui.control.lists import Lists, Pick
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.control.writing import WritingControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.sheet import Content, Entry


class SheetControl:
    """Opens, refreshes and closes sheets."""

    def __init__(self, stage: Stage, reading: ReadingControl, writing: WritingControl) -> None:
        self.stage = stage
        self.reading = reading
        self.writing = writing
        self.widget = stage.widgets.sheet
        self.lists = Lists(stage)
        self._build: Callable[[], Awaitable[Content]] | None = None
        self._closing: Callable[[], None] | None = None

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "app.help": self.help,
            "app.theme": self.themes,
            "go.outbox": lambda: self.open(self.lists.outbox),
            "go.sent": lambda: self.open(self.lists.sent),
            "go.drafts": lambda: self.open(self.lists.drafts),
            "go.accounts": lambda: self.open(self.lists.accounts),
            "go.topics": lambda: self.open(topics_sheet(self.stage)),
            "go.templates": lambda: self.open(templates_sheet(self.stage)),
            "list.close": self.close,
            "list.open": self.choose,
            "outbox.retry": self.retry,
            "outbox.cancel": self.cancel,
        }

    def open(self, build: Callable[[], Awaitable[Content]]) -> None:
        """Show a list; keys wait until it is there."""
        self._build = build

        async def job() -> None:
            self.show(await build())

        self.stage.hold_beside(job)

    def help(self) -> None:
        """The keys that work where the person is, from the one table."""
        area = self.stage.sheet_area or self.stage.focus
        self._build = None
        self.show(self.lists.help(area))

    def themes(self) -> None:
        """The themes there are, to choose from."""
        entries = [
            Entry([("text", f" {pad(name, 14)}"), ("dim", theme.title_of(name))], Pick(command=f"theme {name}"))
            for name in self.stage.app.themes
        ]
        self.show(Content("themes", _("Themes"), entries, _("Enter takes it")))

    def error(self, title: str, text: str) -> None:
        """Something went wrong that is too long for a line; it can be copied."""
        lines = [Entry([("text", f"  {safe(part)}")]) for part in text.split("\n")]
        self._build = None
        self.show(Content("error", title, lines, _("y copies this, Esc closes")))

    def close(self) -> None:
        """Back to the panes."""
        self._build = None
        self._leave()
        self.stage.sheet_area = ""
        self.stage.layout()
        self.stage.paint_bars()
        self.stage.app.call_after_refresh(self.stage.paint_bars)  # what lay under the first sheet has its cells now

    def choose(self) -> None:
        """Open what the cursor is on."""
        pick: Pick | None = self.widget.item
        if pick is None:
            return
        if pick.copy:
            self.close()
            self.stage.app.copy_to_clipboard(pick.copy)
            self.stage.tell(_("Copied: {text}").format(text=cut(safe(pick.copy), 60)), "good")
        elif pick.command:
            self.close()
            self.stage.app.hands.command(pick.command)
        elif pick.topic is not None:
            self.close()
            self.stage.focus = "queue"
            self.reading.list.show_topic(pick.topic)
        elif pick.template is not None:
            self.close()
            self.stage.app.hands.templates.use(pick.template)
        elif pick.account:
            self.stage.app.hands.accounts.choose(pick.account)
        elif pick.rule:
            self.stage.app.hands.rules.show(pick.rule)
        elif pick.number:
            self.stage.app.hands.numbers.look_behind(pick.number, pick.voice)
        elif pick.place is not None:
            self.stage.app.hands.numbers.keep_to(*pick.place)
        elif pick.action:
            self.close()
            self.stage.app.hands.do(pick.action)
        elif pick.selected:
            self.close()
            self.reading.list.unselect()
            self.reading.list.selected.update(dict.fromkeys(pick.selected))
            self.reading.list.moved()
            self.writing.open(private=bool(pick.private))
        elif pick.conversation is not None:
            self.close()
            self.stage.focus = "conversation"
            if pick.private is None:
                self.reading.open(pick.conversation)
            else:
                self.writing.open(private=pick.private, conversation=pick.conversation, note=pick.note)

    def retry(self) -> None:
        """Send what failed once more, or what is to review as it is."""
        act = self._act
        if act is None:
            return

        async def job() -> None:
            verb = outbox.approve if act.state is ActState.REVIEW else outbox.retry
            outcome = await verb(self.stage.desk, [act.id])
            self._told([line.error for line in outcome.skipped], _("On its way again."))

        self.stage.jobs.then(job)

    def cancel(self) -> None:
        """Take an act back that has not left, its text is a draft again; in the drafts: throw that away."""
        act = self._act
        if act is None:
            self._discard()
            return

        async def job() -> None:
            outcome = await outbox.cancel(self.stage.desk, [act.id])
            self._told([line.error for line in outcome.skipped], _("Taken back; its text is a draft again."))

        self.stage.jobs.then(job)

    def _discard(self) -> None:
        pick = self.widget.item
        if not isinstance(pick, Pick) or not pick.draft or pick.conversation is None:
            return
        ids, audience = [pick.conversation], pick.draft

        async def job() -> None:
            await drafts.discard(self.stage.desk, ids, audience)
            await self.changed()
            key = self.stage.app.keys_in_words("journal.undo")
            self.stage.tell(_("The draft is thrown away; {key} brings it back.").format(key=key), "good")

        self.stage.jobs.then(job)

    def _leave(self) -> None:
        closing, self._closing = self._closing, None
        if closing is not None:
            closing()

    async def changed(self) -> None:
        """The store changed: what a list shows is read again."""
        build = self._build
        if build is not None and self.stage.sheet_area:
            content = await build()
            if self._build is build:
                self.widget.open(content, keep=True)

    def repaint(self) -> None:
        """Language or theme changed."""
        if self.stage.sheet_area and self.widget.content.name == "help":
            self.widget.open(self.lists.help(self.stage.focus), keep=True)

    @property
    def _act(self) -> ActRow | None:
        pick = self.widget.item
        return pick.act if isinstance(pick, Pick) else None

    def _told(self, errors: Iterable[str], done: str) -> None:
        problem = next((error for error in errors if error), "")
        self.stage.tell(safe(problem or done), "error" if problem else "good")

    def show(self, content: Content, *, closing: Callable[[], None] | None = None) -> None:
        """Open a sheet, where the cursor was if it is the one shown. `closing` is called once it is not any more."""
        same = content.name == self.widget.content.name and self.stage.sheet_area == "list"
        if not same:
            self._leave()
        self._closing = closing
        self.stage.sheet_area = "list"
        self.stage.layout()
        self.widget.open(content, keep=same)
        self.stage.paint_bars()
