"""Reading: opening a conversation in the pane, scrolling it, going to the next one."""

from __future__ import annotations

from collections.abc import Callable

from cminbox.errors import UsageError
from cminbox.inbox import drafts, queue, triage
from cminbox.model.base import Direction
from cminbox.model.rows import ConversationView
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.stage import Stage


class ReadingControl:
    """Keeps the pane in line with the conversation that is open."""

    def __init__(self, stage: Stage, list_: QueueControl) -> None:
        self.stage = stage
        self.list = list_
        self.widget = stage.widgets.reading
        self.opened: int | None = None
        self.looking: int | None = None
        self._shown = queue.SHOWN_MESSAGES

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "conversation.close": self.close,
            "move.next_unanswered": lambda: self.walk(1),
            "move.previous_unanswered": lambda: self.walk(-1),
            "conversation.next": lambda: self.step(1),
            "conversation.previous": lambda: self.step(-1),
            "pane.next": self.other_pane,
        }

    @property
    def seen(self) -> dict[int, int]:
        """By conversation, the newest inbound message that is on the screen (for verbs that must not miss a newer)."""
        view = self.widget.view
        if view is None:
            return {}
        inbound = [message.id for message in view.messages if message.direction is Direction.IN]
        return {view.row.id: max(inbound)} if inbound else {}

    def open_current(self) -> None:
        """Open the conversation under the cursor and go to its pane."""
        row = self.list.current
        if row is not None:
            self.stage.focus = "conversation"
            self.open(row.id)

    def open(self, conversation_id: int) -> None:
        """Show a conversation; it is read from now on, and its network is asked what is new in it."""
        same = conversation_id == self.opened
        self.opened = conversation_id
        self.looking = self.looking if same else None
        self._shown = self._shown if same else queue.SHOWN_MESSAGES
        self.list.widget.opened = conversation_id
        if not same:
            self.widget.open(None)
        self.stage.layout()
        self.list.widget.paint()
        self.stage.jobs.aside(self._load(conversation_id, fresh=True))

    def look_on(self, conversation_id: int) -> None:
        """Show a conversation with what colleagues are writing in it, as they write."""
        self.stage.focus = "conversation"
        self.looking = conversation_id
        self.opened = conversation_id
        self.open(conversation_id)

    def close(self) -> None:
        """Back to the list."""
        self.stage.focus = "queue"
        self.opened = self.looking = None
        self.list.widget.opened = None
        self.widget.open(None)
        self.stage.layout()
        self.list.widget.paint()
        self.stage.paint_bars()

    def step(self, by: int) -> None:
        """The next or previous conversation of the list, opened where one is open."""
        self.list.move(by)
        row = self.list.current
        if row is not None and self.opened is not None:
            self.open(row.id)

    def walk(self, direction: int) -> None:
        """To the next (1) or previous (-1) hit of a search, in what is read, then in the next conversation; without a
        search to who waits for us.
        """
        if self.list.filter.search is None:
            self.list.next_unanswered(direction)
        elif self.stage.focus == "conversation" and self.opened is not None:
            if not self.widget.next_hit(direction):
                self.step(direction)
        else:
            self.list.move(direction)

    def follow(self) -> None:
        """The conversation that was open left the list: the one under the cursor is opened in its place."""
        row = self.list.current
        if row is None:
            self.close()
        else:
            self.open(row.id)

    def other_pane(self) -> None:
        """From the list to the conversation, from there to the person where they stand beside it, and back."""
        person = self.stage.app.hands.person
        if self.stage.focus == "person" or self.stage.sheet_area:
            person.leave()
            self.stage.focus = "queue"
        elif self.stage.focus == "conversation" and person.beside:
            person.enter()
        elif self.stage.focus == "conversation":
            self.stage.focus = "queue"
        elif self.opened is None:
            self.open_current()
            return
        else:
            self.stage.focus = "conversation"
        self.stage.paint_bars()

    def show_whole(self) -> None:
        """Show what was cut: the rest of long messages, and earlier ones, so many more each time."""
        wanted, view = self.widget.page.cut_ids, self.widget.view
        if wanted:
            self.stage.jobs.aside(self._whole(wanted))
        if view is not None and view.earlier:
            self._shown += queue.SHOWN_MESSAGES
            self.stage.jobs.aside(self._load(view.row.id, fresh=False))

    async def changed(self) -> None:
        """The store changed: what is open is read again."""
        if self.opened is not None:
            await self._load(self.opened, fresh=False)

    async def view(self, conversation_id: int) -> ConversationView | None:
        """A conversation as it is now: the one shown, or read from the store."""
        shown = self.widget.view
        if shown is not None and shown.row.id == conversation_id:
            return shown
        return await queue.view(self.stage.desk, conversation_id)

    async def _load(self, conversation_id: int, *, fresh: bool) -> None:
        try:
            view = await queue.view(self.stage.desk, conversation_id, limit=self._shown)
        except UsageError:
            view = None
        if view is not None and self.looking == conversation_id:
            written = await drafts.everybodys(self.stage.desk, conversation_id)
            shown_of = [each for each in written if each.by in view.row.replying and each.by != self.stage.desk.by]
            view = view.model_copy(update={"drafts": tuple(shown_of)})
        if self.opened != conversation_id:
            return
        if view is None:
            self.close()
            return
        shown = self.widget.view
        if shown != view:
            self.widget.open(view, same=shown is not None and shown.row.id == view.row.id)
            self.list.touch(view.row)
        for_me = self.stage.desk.by in view.row.named
        if (fresh and view.row.unread) or for_me:
            self.list.touch(view.row.model_copy(update={"unread": view.row.unread and not fresh, "named": ()}))
            self.stage.jobs.then(lambda: triage.read(self.stage.desk, conversation_id))
        if fresh:
            self.stage.paint_bars()
            await self.stage.service.refresh_thread(conversation_id)

    async def _whole(self, ids: tuple[int, ...]) -> None:
        for message_id in ids:
            self.widget.texts_whole[message_id] = await queue.whole_text(self.stage.desk, message_id)
        self.widget.whole |= frozenset(ids)
        self.widget.paint()
