"""The templates kept in order: found as one types, written and changed in one's editor, taken away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from cminbox.errors import UsageError
from cminbox.i18n import _
from cminbox.inbox import template_files, template_keeping
from cminbox.inbox.template_search import search
from cminbox.model.templates import Template, Written
from cminbox.text import cut, pad, safe
from cminbox.ui.control.books import body_lines
from cminbox.ui.control.lists import Pick
from cminbox.ui.control.picking import Choice, Picker, PickingControl
from cminbox.ui.control.sheets import SheetControl
from cminbox.ui.editor import in_editor
from cminbox.ui.stage import Question, Stage
from cminbox.ui.widgets.lines import Line

Again = Callable[[str], Awaitable[None]]
Keep = Callable[[Written], Awaitable[Template]]

_LIMIT = 30
_NEW = '''# {told}
[[template]]
name = ""
shortcut = ""
folder = "{folder}"

[[template.variants]]
language = ""
body = """
"""
'''


class TemplateEditor:
    """What can be done in the list of templates beside answering with one."""

    def __init__(self, stage: Stage, sheets: SheetControl, picking: PickingControl) -> None:
        self.stage = stage
        self.sheets = sheets
        self.picking = picking

    def handlers(self) -> dict[str, Callable[[], None]]:
        """The actions done here."""
        return {
            "template.new": self.new,
            "template.edit": self.edit,
            "template.remove": self.remove,
            "template.find": self.find,
        }

    def find(self) -> None:
        """Put the cursor on a template by a few letters of its name, its shortcut or its text."""
        if not self._is_here:
            return

        async def find(text: str) -> Sequence[Choice]:
            hits = await search(self.stage.desk, text, None, _LIMIT)
            return [Choice(self._line(hit.template.name, hit.template.folder), hit.template.id) for hit in hits]

        async def look(item: int | None, _text: str) -> list[Line]:
            if item is None:
                return [[("bar", " " + _("Nothing fits."))]]
            return body_lines(await template_keeping.get(self.stage.desk, item), self.stage.app.size.width, 6)

        async def take(item: int | None, _text: str) -> None:
            self._go_to(item)

        self.picking.open(Picker(_("Template: "), find, take, look, hint=_("Enter goes to it")))

    def new(self) -> None:
        """Write a new template in one's editor; in the accounts: connect another one."""
        if self.stage.sheet_area and self.sheets.widget.content.name == "accounts":
            self.stage.app.hands.do("account.add")
        elif self._is_here:
            self.stage.hold_for(self._new)

    def edit(self) -> None:
        """Change the template under the cursor in one's editor."""
        item = self._item
        if item is not None:
            self.stage.hold_for(lambda: self._edit(item, ""))

    def remove(self) -> None:
        """Take the template under the cursor away."""
        item = self._item
        if item is None:
            return

        async def job() -> None:
            found = await template_keeping.get(self.stage.desk, item)
            await template_keeping.remove(self.stage.desk, [item])
            await self.sheets.changed()
            key = self.stage.app.keys_in_words("journal.undo")
            told = _("{name} is removed; {key} brings it back.")
            self.stage.tell(told.format(name=safe(found.name), key=key), "good")

        self.stage.jobs.then(job)

    @property
    def _is_here(self) -> bool:
        return bool(self.stage.sheet_area) and self.sheets.widget.content.name == "templates"

    @property
    def _item(self) -> int | None:
        pick = self.sheets.widget.item
        return pick.template if self._is_here and isinstance(pick, Pick) else None

    def _line(self, name: str, folder: str) -> Line:
        room = self.stage.app.size.width // 2
        return [("bar_value", pad(safe(name), room) + " "), ("bar", cut(safe(folder), max(4, room - 4)))]

    async def _new(self, source: str = "") -> None:
        near = await self._at_cursor()
        told = _("A saved reply: a name, a folder, and what it says. Left as it is, none is made.")
        folder = "/".join(near.folder.replace('"', "").split("\\")) if near is not None else ""
        await self._write(
            source or _NEW.format(told=told, folder=folder),
            self._new,
            lambda written: template_keeping.add(self.stage.desk, written),
            fresh=bool(source),
        )

    async def _edit(self, item: int, source: str) -> None:
        now = await template_keeping.get(self.stage.desk, item)
        await self._write(
            source or template_files.written_down([now.written]),
            lambda text: self._edit(item, text),
            lambda written: template_keeping.edit(self.stage.desk, item, written),
            fresh=bool(source),
        )

    async def _write(self, source: str, again: Again, keep: Keep, *, fresh: bool) -> None:
        """Open the editor on a text and keep the template that it holds then; what is wrong may be mended in it.

        `fresh`: the text is not what is kept yet, so that it counts even as it is.
        """
        try:
            text = await self.stage.app.outside(lambda: in_editor(source, ".toml"))
            if text is None:
                self.stage.tell(_("The editor ended with an error; nothing was changed."), "error")
            elif text.strip() == source.strip() and not fresh:
                self.stage.tell(_("Nothing was changed."))
            else:
                await self._keep(text, again, keep)
        except OSError as error:
            self.stage.tell(_("The editor could not be started: {error}.").format(error=safe(str(error))), "error")

    async def _keep(self, text: str, again: Again, keep: Keep) -> None:
        def reopen() -> None:
            self.stage.hold_for(lambda: again(text))

        try:
            found = template_files.read(text, _("the text"))
            if len(found) != 1:
                raise UsageError(_("This holds more than one template; cminbox templates import takes many."))
            kept = await keep(found[0])
        except UsageError as error:
            asked = _("{error} Mend it?").format(error=safe(str(error)))
            self.stage.ask(Question(asked, [(_("y"), _("yes")), ("Esc", _("drop it"))], {_("y"): reopen}))
            return
        await self.sheets.changed()
        self._go_to(kept.id)
        key = self.stage.app.keys_in_words("journal.undo")
        self.stage.tell(_("{name} is kept; {key} takes it back.").format(name=safe(kept.name), key=key), "good")

    async def _at_cursor(self) -> Template | None:
        item = self._item
        return await template_keeping.get(self.stage.desk, item) if item is not None else None

    def _go_to(self, item: int | None) -> None:
        """Put the cursor of the list on a template."""
        entries = self.sheets.widget.content.entries
        found = (n for n, each in enumerate(entries) if isinstance(each.item, Pick) and each.item.template == item)
        at = next(found, None)
        if at is not None:
            self.sheets.widget.cursor = at
            self.sheets.widget.paint()
