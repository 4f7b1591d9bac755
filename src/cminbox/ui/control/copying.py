"""Taking something along: links shown in full and copied, a number or an address out of a text."""

from __future__ import annotations

import re
from collections.abc import Callable

from cminbox.i18n import _
from cminbox.model.base import Direction
from cminbox.model.rows import ConversationView, MessageRow
from cminbox.text import cut, safe
from cminbox.ui.control.lists import Pick
from cminbox.ui.control.queue import QueueControl
from cminbox.ui.control.reading import ReadingControl
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import Content, Entry

_WEB = re.compile(r"https?://[^\s<>\"'’”)\]]+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"\+?\d(?:[\d \u00a0\u202f./-]*\d){3,}|\b[A-Z]{1,4}-?\d{4,}\b")


def pieces(message: MessageRow) -> list[tuple[str, str]]:
    """What may be worth copying from a message: (what it is, the text), most telling first, each once."""
    found: dict[str, str] = {}
    if message.url and message.url.startswith(("http://", "https://")):
        found[message.url] = _("its link")
    for pattern, what in ((_WEB, _("link")), (_MAIL, _("e-mail")), (_NUMBER, _("number"))):
        for match in pattern.finditer(message.text):
            found.setdefault(match[0].strip(), what)
    found.setdefault(message.text, _("all of it"))
    return [(what, text) for text, what in found.items()]


class CopyingControl:
    """Copies through the terminal (OSC 52); starts no browser and fetches nothing."""

    def __init__(self, stage: Stage, list_: QueueControl, reading: ReadingControl, sheets: SheetControl) -> None:
        self.stage = stage
        self.list = list_
        self.reading = reading
        self.sheets = sheets

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "message.copy_link": lambda: self._with_message(self._copy_link),
            "message.open_link": lambda: self._with_message(self._show_link),
            "message.copy_text": lambda: self._with_message(self._choose),
            "list.copy": self.copy_list,
            "topic.open": self.topic,
        }

    def copy_list(self) -> None:
        """All lines of the sheet that is open."""
        sheet = self.stage.widgets.sheet
        if sheet.content.name == "copy":
            self.sheets.choose()
            return
        if sheet.content.copied:
            self._copy(sheet.content.copied)
            return
        lines = ["".join(text for _role, text in entry.line).rstrip() for entry in sheet.content.entries]
        self._copy("\n".join(lines))

    def topic(self) -> None:
        """What was said under the same topic, all conversations in order of time."""

        async def job() -> None:
            view = await self._view()
            if view is None or view.topic is None:
                self.stage.tell(_("This conversation stands under no topic."))
                return
            if self.reading.opened is not None:
                self.reading.close()
            self.list.show_topic(view.topic)

        self.stage.jobs.aside(job())

    def _with_message(self, then: Callable[[MessageRow], None]) -> None:
        async def job() -> None:
            view = await self._view()
            inbound = [m for m in view.messages if m.direction is Direction.IN] if view else []
            if inbound:
                then(inbound[-1])
            else:
                self.stage.tell(_("There is no message here."))

        self.stage.jobs.aside(job())

    async def _view(self) -> ConversationView | None:
        row = self.list.current
        target = self.reading.opened if self.stage.focus == "conversation" else row.id if row else None
        return await self.reading.view(target) if target is not None else None

    def _link(self, message: MessageRow) -> str:
        web = message.url or ""
        if not web.startswith(("http://", "https://")):
            found = _WEB.search(message.text)
            web = found[0] if found else ""
        return web

    def _copy_link(self, message: MessageRow) -> None:
        link = self._link(message)
        if link:
            self._copy(link)
        else:
            self.stage.tell(_("This message has no link."))

    def _show_link(self, message: MessageRow) -> None:
        link = self._link(message)
        if not link:
            self.stage.tell(_("This message has no link."))
            return
        self._copy(link)
        shown = [Entry([("topic", f"  {safe(part)}")]) for part in _in_parts(link, self.stage.app.size.width - 4)]
        self.sheets.show(Content("link", _("Link, copied"), shown, _("Esc closes")))

    def _choose(self, message: MessageRow) -> None:
        entries = []
        room = max(10, self.stage.app.size.width - 16)
        for what, text in pieces(message):
            line: Line = [("dim", f" {what:<10} "), ("text", cut(safe(text), room))]
            entries.append(Entry(line, Pick(copy=text)))
        self.sheets.show(Content("copy", _("Copy what?"), entries, _("Enter copies")))

    def _copy(self, text: str) -> None:
        self.stage.app.copy_to_clipboard(text)
        self.stage.tell(_("Copied: {text}").format(text=cut(safe(text), 60)), "good")


def _in_parts(text: str, room: int) -> list[str]:
    return [text[start : start + room] for start in range(0, len(text), max(1, room))]
