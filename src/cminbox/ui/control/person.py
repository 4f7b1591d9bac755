"""The person of the conversation at hand: a column beside it on a wide screen, a sheet over the panes elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from cminbox.i18n import _
from cminbox.inbox import people
from cminbox.model.people import HistoryRow, PersonCard
from cminbox.model.rows import PageKey
from cminbox.text import label
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.control.triage import TriageControl
from cminbox.ui.person_lines import Item, Paper, content, found_line, nobody
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import Content

AREA = "person"
AFTER_S = 0.15
"""The column follows the cursor once it rests so long: holding a key costs nothing."""
_PAGE = 30
_FOUND = 12


class PersonControl:
    """Keeps the panel in line with the conversation under the cursor, and does what its keys ask for."""

    def __init__(self, stage: Stage, triage: TriageControl, reading: ReadingControl, picking: PickingControl) -> None:
        self.stage = stage
        self.triage = triage
        self.reading = reading
        self.picking = picking
        self.column = stage.widgets.person
        self.wanted = stage.service.settings.screen.person
        self.card: PersonCard | None = None
        self._history: list[HistoryRow] = []
        self._after: PageKey | None = None
        self._about: int | None = None
        self._moved_at = -AFTER_S
        self._later: asyncio.Task[None] | None = None
        self._from = "queue"
        stage.noticed.append(self.changed)

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "person.panel": self.panel,
            "person.close": self.leave,
            "person.open": self.choose,
            "person.link": self.link,
            "person.unlink": self.unlink,
            "person.name": self.name,
            "person.note": self.note,
            "person.unnote": self.unnote,
        }

    @property
    def beside(self) -> bool:
        """Whether there is a column for the person."""
        return self.wanted and self._wide

    @property
    def _wide(self) -> bool:
        return self.stage.app.size.width >= self.stage.service.settings.screen.wide_from

    def lay_out(self) -> bool:
        """Whether there is a column for the person; where it went with the room for it, keys go back to the queue."""
        if self.stage.focus == AREA and not self.beside:
            self.stage.focus = "queue"
        return self.beside

    @property
    def _over(self) -> bool:
        return self.stage.sheet_area == AREA

    def panel(self) -> None:
        """Go to the person; where keys belong to it already, put it away."""
        if self._over:
            self.leave()
        elif not self._wide:
            self._open_over()
        elif self.stage.focus == AREA:
            self._show_column(wanted=False)
            self.leave()
        else:
            if not self.wanted:
                self._show_column(wanted=True)
            self.enter()

    def enter(self) -> None:
        """Keys belong to the column from now on."""
        self._from = self.stage.focus
        self.stage.focus = AREA
        self._paint_focus()

    def leave(self) -> None:
        """Keys belong to the pane again that they came from."""
        if self._over:
            self.stage.sheet_area = ""
            self.stage.layout()
        if self.stage.focus == AREA:
            self.stage.focus = "conversation" if self._from == "conversation" and self.reading.opened else "queue"
        self._paint_focus()

    def follow(self) -> None:
        """The cursor may be on another conversation: the column shows its person once the cursor rests."""
        active = self.stage.focus == AREA
        if self.column.active != active:
            self.column.active = active
            self.column.paint()
        if not self.beside or active or self._over:
            return
        about = self._target
        if about == self._about:
            return
        self._about = about
        clock = self.stage.desk.clock
        rested = clock.monotonic() - self._moved_at >= AFTER_S
        self._moved_at = clock.monotonic()
        if self._later is not None and not self._later.done():
            return
        if rested:
            self.stage.jobs.aside(self._load(about))
        else:
            self._later = self.stage.jobs.endless(self._load_later())

    def paint(self) -> None:
        """Lay out and draw again: other cells, another language, other facts."""
        if self._over:
            self.stage.widgets.sheet.open(self._content(self.stage.app.size.width), keep=True)
        elif self.beside:
            self.column.open(self._content(self.column.size.width), keep=True)

    async def changed(self) -> None:
        """The store changed: who is shown is read again."""
        if self.card is not None and (self.beside or self._over):
            await self._reload()

    def choose(self) -> None:
        """Open the conversation under the cursor, or older ones."""
        item = self._item
        if item is None:
            return
        if item.more:
            self.stage.jobs.aside(self._load_more())
        elif item.conversation is not None:
            self.leave()
            self.stage.focus = "conversation"
            self.reading.open(item.conversation)
            self._paint_focus()

    def link(self) -> None:
        """Choose another handle of the same human."""
        card = self._asked
        if card is None:
            return
        one = card.person.id
        known: list[people.Known] = []

        async def find(typed: str) -> Sequence[Choice]:
            if not known:
                known.append(await people.known(self.stage.desk))
            found = await people.find(self.stage.desk, typed, _FOUND, among=known[0])
            return [Choice(found_line(line), line.person.id) for line in found if line.person.id not in card.ids]

        async def take(other: int | None, _typed: str) -> None:
            if other is not None:
                await people.link(self.stage.desk, one, other)
                await self._done(_("Linked: the same human; {key} takes it back."))

        self.picking.open(Picker(_("Link"), find, take, hint=_("the same human as {name}").format(name=self._name)))

    def unlink(self) -> None:
        """The handle under the cursor is somebody else."""
        item = self._item
        if item is None or item.handle is None:
            self.stage.tell(_("Put the cursor on a linked handle first."))
            return
        other = item.handle
        self._do(lambda: people.unlink(self.stage.desk, other), _("Not linked any more; {key} takes it back."))

    def name(self) -> None:
        """Type what templates call them."""
        card = self._asked
        if card is None:
            return

        async def take(_item: object, typed: str) -> None:
            if typed.strip():
                said = "" if typed.strip() == "-" else typed
                await people.set_first_name(self.stage.desk, card.person.id, said)
                await self._done(_("The first name is set; {key} takes it back."))

        told = _("Templates use it for {name}; - for none.").format(name=self._name)
        self._ask(_("First name"), told, take, hint=card.first_name)

    def note(self) -> None:
        """Type something about them, for colleagues only."""
        card = self._asked
        if card is None:
            return

        async def take(_item: object, typed: str) -> None:
            if typed.strip():
                await people.note_person(self.stage.desk, card.person.id, typed)
                await self._done(_("Noted; {key} takes it back."))

        told = _("For colleagues only; no network ever sees it.")
        self._ask(_("Note"), told, take, hint=_("about {name}").format(name=self._name))

    def unnote(self) -> None:
        """Take the note under the cursor away."""
        item = self._item
        if item is None or item.note is None:
            self.stage.tell(_("Put the cursor on a note first."))
            return
        note = item.note.id
        self._do(lambda: people.remove_note(self.stage.desk, note), _("The note is away; {key} brings it back."))

    @property
    def _item(self) -> Item | None:
        widget = self.stage.widgets.sheet if self._over else self.column
        return widget.item if isinstance(widget.item, Item) and (self._over or self.beside) else None

    @property
    def _asked(self) -> PersonCard | None:
        """Who a verb is about; says so where nobody is shown."""
        if self.card is None or not (self._over or self.beside):
            key = self.stage.app.keys_in_words("person.panel")
            self.stage.tell(_("Nobody is shown; {key} shows the person.").format(key=key))
            return None
        return self.card

    @property
    def _name(self) -> str:
        return label(self.card.person.label) if self.card is not None else ""

    @property
    def _target(self) -> int | None:
        row = self.triage.target
        return self.reading.opened if self.stage.focus == "conversation" else row.id if row is not None else None

    def _content(self, width: int) -> Content:
        if self.card is None:
            return nobody()
        paper = Paper(width, self.stage.desk.clock.now(), self.stage.app.zone)
        return content(self.card, self._history, paper, more=self._after is not None)

    def _open_over(self) -> None:
        about = self._target
        if about is None:
            self.stage.tell(_("There is no conversation here."))
            return
        self._about = about
        self.stage.router.hold()

        async def job() -> None:
            try:
                await self._read(about)
                self.stage.sheet_area = AREA
                self.stage.layout()
                self.stage.widgets.sheet.open(self._content(self.stage.app.size.width))
                self.stage.paint_bars()
            finally:
                self.stage.router.release()

        self.stage.jobs.aside(job())

    def _show_column(self, *, wanted: bool) -> None:
        self.wanted = wanted
        self.stage.app.remember("screen.person", wanted)
        self._about = None
        self.stage.layout()
        self.stage.app.call_after_refresh(self.stage.app.hands.house.paint_all)
        self.follow()

    def _paint_focus(self) -> None:
        self.column.active = self.stage.focus == AREA
        self.column.paint()
        self.stage.paint_bars()

    async def _load_later(self) -> None:
        clock = self.stage.desk.clock
        while (rest := self._moved_at + AFTER_S - clock.monotonic()) > 0:
            await clock.sleep(rest)
        await self._load(self._about)

    async def _load(self, about: int | None) -> None:
        """Read who a conversation is about, and show them unless the cursor is elsewhere by now."""
        if await self._read(about) and self.beside:
            self.column.open(self._content(self.column.size.width))

    async def _read(self, about: int | None) -> bool:
        card = await people.card_of(self.stage.desk, about) if about is not None else None
        page = await people.history(self.stage.desk, card.ids, _PAGE) if card is not None else None
        if about != self._about:
            return False
        self.card = card
        self._history = list(page.rows) if page is not None else []
        self._after = page.after if page is not None else None
        return True

    async def _load_more(self) -> None:
        card, after = self.card, self._after
        if card is None or after is None:
            return
        page = await people.history(self.stage.desk, card.ids, _PAGE, after)
        if self.card is card and self._after == after:
            self._history += page.rows
            self._after = page.after
            self.paint()

    async def _reload(self) -> None:
        """The same person as they are now, with as much of the history as was shown."""
        card = self.card
        if card is None:
            return
        fresh = await people.card(self.stage.desk, card.person.id)
        page = await people.history(self.stage.desk, fresh.ids, max(_PAGE, len(self._history)))
        if self.card is card and (fresh, list(page.rows), page.after) != (card, self._history, self._after):
            self.card, self._history, self._after = fresh, list(page.rows), page.after
            self.paint()

    def _ask(self, word: str, told: str, take: Callable[[object, str], Awaitable[None]], *, hint: str) -> None:
        async def find(_typed: str) -> Sequence[Choice]:
            return []

        async def look(_item: object, _typed: str) -> list[Line]:
            return [[("bar", f" {told}")]]

        self.picking.open(Picker(word, find, take, look=look, hint=hint))

    def _do(self, verb: Callable[[], Awaitable[object]], told: str) -> None:
        async def job() -> None:
            await verb()
            await self._done(told)

        self.stage.jobs.then(job)

    async def _done(self, told: str) -> None:
        await self._reload()
        self.stage.tell(told.format(key=self.stage.app.keys_in_words("journal.undo")), "good")
