"""What every controller works with: the widgets, the service, the jobs, and how to tell and to ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cminbox.ui.bars import Status
from cminbox.ui.deeds import Deeds
from cminbox.ui.jobs import Jobs
from cminbox.ui.router import Router
from cminbox.ui.widgets.composer import Composer, Prompt
from cminbox.ui.widgets.lines import Line, Lines
from cminbox.ui.widgets.queue import Queue

if TYPE_CHECKING:
    from cminbox.inbox.desk import Desk
    from cminbox.service import Service
    from cminbox.ui.app import InboxApp
    from cminbox.ui.widgets.person import PersonColumn
    from cminbox.ui.widgets.reading import Reading
    from cminbox.ui.widgets.sheet import Sheet


@dataclass
class Question:
    """Something asked in the last line: what, the keys with their answers, and what each does. Esc answers nothing.

    `otherwise`: what any other key does; without it the question waits for one of its own.
    """

    text: str
    choices: Sequence[tuple[str, str]]
    answers: Mapping[str, Callable[[], None]]
    otherwise: Callable[[], None] | None = None


@dataclass
class Widgets:
    """The widgets of the inbox screen, by what they are for."""

    counters: Lines
    queue: Queue
    position: Lines
    reading: Reading
    composer: Composer
    person: PersonColumn
    sheet: Sheet
    strip: Lines
    keys: Lines
    prompt: Prompt


@dataclass
class Stage:
    """Shared by the controllers. `focus` is the pane that keys belong to when nothing is open above it.

    `shutdown` runs once the screen is gone, `noticed` whenever somebody, in whatever process, changed the store.
    """

    app: InboxApp
    widgets: Widgets
    service: Service
    jobs: Jobs
    focus: str = "queue"
    composing: bool = False
    prompting: bool = False
    picking: bool = False
    sheet_area: str = ""
    question: Question | None = None
    status: Status = field(default_factory=Status)
    deeds: Deeds = field(default_factory=Deeds)
    shutdown: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    noticed: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        """Where verbs are done."""
        return self.service.desk

    @property
    def router(self) -> Router:
        """Where keys come from."""
        return self.app.router

    @property
    def area(self) -> str:
        """What keys belong to now."""
        if self.question is not None:
            return "ask"
        if self.prompting:
            return "picker" if self.picking else "prompt"
        if self.composing:
            return "composer"
        return self.sheet_area or self.focus

    def hold_for(self, job: Callable[[], Awaitable[None]]) -> None:
        """Do a job after the verbs under way; keys wait until it is done, for they may be about what it brings."""
        self.router.hold()
        self.jobs.then(lambda: self._released(job))

    def hold_beside(self, job: Callable[[], Awaitable[None]]) -> None:
        """Do a job now, beside everything else; keys wait for it too."""
        self.router.hold()
        self.jobs.aside(self._released(job))

    async def _released(self, job: Callable[[], Awaitable[None]]) -> None:
        try:
            await job()
        finally:
            self.router.release()

    def tell(self, text: str, role: str = "bar_value") -> None:
        """Say something in the last line until the next key that does something, or a few seconds."""
        self.app.notices.tell(text, role)

    def ask(self, question: Question) -> None:
        """Ask in the last line; keys answer until it is answered."""
        self.question = question
        self.app.notices.show_question()

    def layout(self) -> None:
        """Panes were opened, closed or grew."""
        self.app.hands.house.lay_out()

    def paint_bars(self) -> None:
        """The counters, the position or the keys changed."""
        self.app.paint_bars()

    def strip(self, lines: list[Line]) -> None:
        """Show lines above the last one (none: show nothing there)."""
        self.app.notices.strip(lines)
