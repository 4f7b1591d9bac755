"""What sheets show of what colleagues keep: templates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cminbox.i18n import _
from cminbox.inbox import template_keeping
from cminbox.text import cut, fold, pad, safe
from cminbox.ui.control.lists import Pick
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.sheet import Content, Entry

Build = Callable[[], Awaitable[Content]]


def templates_sheet(stage: Stage) -> Build:
    """All templates by folder and name, with what each says first; Enter answers with it."""

    async def build() -> Content:
        rows = await template_keeping.rows(stage.desk)
        room = stage.app.size.width
        entries: list[Entry] = []
        folder = None
        for row in sorted(rows, key=lambda each: (fold(each.folder), fold(each.name))):
            if row.folder != folder:
                folder = row.folder
                entries.append(Entry([("strong", f" {safe(folder)}" if folder else " " + _("Without a folder"))]))
            name = max(18, room // 4)
            entries.append(
                Entry(
                    [
                        ("text", f"  {pad(safe(row.name), name)} "),
                        ("key", pad(safe(row.shortcut), 10) + " "),
                        ("dim", f"{row.uses:>5} "),
                        ("dim", cut(safe(row.variants[0].body), max(4, room - name - 24))),
                    ],
                    Pick(template=row.id),
                )
            )
        nothing = [Entry([("dim", "  " + _("There is no template. cminbox templates add makes one."))])]
        return Content("templates", _("Templates"), entries or nothing, _("Enter answers with it") if entries else "")

    return build
