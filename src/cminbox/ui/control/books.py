"""What sheets show of what is kept beside the queue: templates, topics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cminbox.i18n import _, ngettext
from cminbox.inbox import template_keeping, topics
from cminbox.model.templates import Template
from cminbox.text import cut, fold, label, pad, safe, width, wrap
from cminbox.ui import words
from cminbox.ui.control.lists import Pick
from cminbox.ui.stage import Stage
from cminbox.ui.widgets.lines import Line
from cminbox.ui.widgets.sheet import LOOK_LINES, Content, Entry

Build = Callable[[], Awaitable[Content]]


def templates_sheet(stage: Stage) -> Build:
    """All templates by folder and name, with what each says first; Enter answers with it."""

    async def build() -> Content:
        rows = await template_keeping.rows(stage.desk)
        known = {row.id: row for row in rows}

        def look(pick: Pick) -> list[Line]:
            found = known.get(pick.template or 0)
            return body_lines(found, stage.app.size.width, LOOK_LINES) if found is not None else []

        name = min(max((width(safe(row.name)) for row in rows), default=0) + 2, max(24, stage.app.size.width - 44))
        brand = min(max((width(safe(row.brand)) + 2 for row in rows if row.brand), default=0), 14)
        entries: list[Entry] = []
        folder = None
        for row in sorted(rows, key=lambda each: (fold(each.folder), fold(each.name))):
            if row.folder != folder:
                folder = row.folder
                entries.append(Entry([("strong", f" {safe(folder)}" if folder else " " + _("Without a folder"))]))
            entries.append(Entry(_template_line(row, name, brand), Pick(template=row.id)))
        told = _("There is no template yet. {key} writes one.").format(key=stage.app.keys_in_words("template.new"))
        more = _("cminbox templates import --starters brings a set to begin with.")
        nothing = [Entry([("dim", f"  {each}")]) for each in (told, more)]
        hint = _("Enter answers with it") if entries else ""
        return Content("templates", _("Templates"), entries or nothing, hint, look)

    return build


def _template_line(row: Template, name: int, brand: int) -> Line:
    """A template: its name and brand in so many cells each, its shortcut, languages, and how often it was used."""
    texts = dict.fromkeys(each.language or "*" for each in row.variants)
    uses = ngettext("used {n} time", "used {n} times", row.uses).format(n=row.uses) if row.uses else ""
    return [
        ("text", f"  {pad(safe(row.name), name)} "),
        ("key", pad(safe(row.shortcut), 10) + " "),
        ("dim", pad(safe(row.brand), brand)),
        ("dim", pad(" ".join(texts), 7) + " "),
        ("dim", uses),
    ]


def body_lines(template: Template, room: int, most: int) -> list[Line]:
    """What a template says, as it is written: its texts with network and language, in at most `most` lines."""
    lines: list[Line] = [[("faint", "─" * room)]]
    for variant in template.variants:
        where = " ".join(part for part in (words.network_title(variant.network), variant.language) if part)
        body = safe(variant.body, newlines=True)
        parts = [part for each in body.split("\n") for part in wrap(each, room - 14) or [""]]
        for number, part in enumerate(parts):
            lines.append([("dim", pad(f"  {where}" if number == 0 else "", 12) + " "), ("text", part)])
    if len(lines) > most:
        lines = [*lines[: most - 1], [("dim", " " * 13 + "…")]]
    return lines


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
