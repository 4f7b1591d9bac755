"""What sheets show of what is kept beside the queue: templates, topics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cminbox.i18n import _, ngettext
from cminbox.inbox import template_keeping, topics
from cminbox.text import cut, fold, label, pad, safe
from cminbox.ui import words
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


def topics_sheet(stage: Stage) -> Build:
    """The topics with open conversations, those where most wait first; Enter shows what was said under one."""

    async def build() -> Content:
        room = stage.app.size.width
        entries: list[Entry] = []
        for each in await topics.topics(stage.desk):
            topic = each.topic
            campaign = f"#{safe(topic.campaign)} " if topic.campaign else ""
            told = safe(topic.title or topic.text) or label(topic.author)
            opened = ngettext("{n} open", "{n} open", each.open).format(n=each.open)
            waits = ngettext("{n} unanswered", "{n} unanswered", each.unanswered).format(n=each.unanswered)
            entries.append(
                Entry(
                    [
                        ("network", f" {words.network_code(each.network)} "),
                        ("strong", pad(opened, 12) + " "),
                        ("strong" if each.unanswered else "dim", pad(waits, 16) + " "),
                        ("topic", campaign),
                        ("text", cut(told, max(4, room - 36 - len(campaign)))),
                    ],
                    Pick(topic=topic),
                )
            )
        nothing = [Entry([("dim", "  " + _("No topic has an open conversation."))])]
        hint = _("open, unanswered; Enter shows them") if entries else ""
        return Content("topics", _("Topics"), entries or nothing, hint)

    return build
