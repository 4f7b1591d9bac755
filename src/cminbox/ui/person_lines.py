"""A person as lines: who it is, what is known, notes, our last answers, and their conversations. No widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cminbox.i18n import _
from cminbox.model.people import HistoryRow, PersonCard, PersonLine, PersonNote
from cminbox.model.rows import PersonRow
from cminbox.text import cut, label, safe, wrap
from cminbox.ui import times, words
from cminbox.ui.person_words import counted, stand
from cminbox.ui.widgets.lines import Line, cells
from cminbox.ui.widgets.sheet import Content, Entry

NAME = "person"
"""The name of the content, which the keys below it go by."""
_NOTE_LINES = 3


@dataclass(frozen=True)
class Item:
    """What a line of the panel is about: a conversation to open, a linked handle, a note, or more of the history."""

    conversation: int | None = None
    handle: int | None = None
    note: PersonNote | None = None
    more: bool = False


@dataclass(frozen=True)
class Paper:
    """What the lines are laid out on: the cells there are, the time and its zone."""

    room: int
    now: datetime
    zone: tzinfo | None


def content(card: PersonCard, history: Sequence[HistoryRow], paper: Paper, *, more: bool, hint: str = "") -> Content:
    """The whole panel. `more`: the history goes on behind what is given."""
    room = max(12, paper.room - 2)
    entries = [*_known(card, paper, room), *_linked(card, room), *_notes(card, paper, room)]
    entries += [*_answers(card, paper, room), *_history(history, paper, room, more=more)]
    title = label(card.person.label)
    return Content(NAME, cut(title, max(4, room - len(hint) - 2)), entries, hint)


def nobody(hint: str = "") -> Content:
    """The panel where there is nobody to tell of."""
    return Content(NAME, _("Person"), [Entry([("dim", "  " + _("Nobody here but us."))])], hint)


def _known(card: PersonCard, paper: Paper, room: int) -> list[Entry]:
    """Name, network, first name, language, when, how much, tags."""
    if card.erased:
        return [Entry([("warning", "  " + cut(_("This person was erased."), room))])]
    lines: list[Line] = []
    who = [safe(card.person.name), words.network_title(card.person.network), _("bot") if card.person.is_bot else ""]
    lines.append([("text", cut(" · ".join(part for part in who if part), room))])
    if card.first_name:
        given = _(" (given here)") if card.first_name_given else ""
        lines.append([("dim", cut(_("first name: {name}").format(name=safe(card.first_name)) + given, room))])
    if card.language:
        lines.append([("dim", cut(_("language: {name}").format(name=safe(card.language)), room))])
    first = times.when(card.first_seen_at, paper.now, paper.zone)
    last = times.when(card.last_seen_at, paper.now, paper.zone) if card.last_seen_at else "-"
    told = [_("first seen {first}, last {last}").format(first=first, last=last), counted(card), stand(card)]
    lines += [[("dim", part)] for each in told if each for part in wrap(each, room)]
    if card.tags:
        tags = "  ".join(f"#{safe(tag.name)} {tag.n}" for tag in card.tags)
        lines += [[("topic", part)] for part in wrap(tags, room)[:2]]
    return [Entry([("text", " "), *line]) for line in lines]


def _linked(card: PersonCard, room: int) -> list[Entry]:
    return [] if not card.linked else [*_head(_("Also")), *(_handle(each, room) for each in card.linked)]


def _handle(row: PersonRow, room: int) -> Entry:
    name = f"  {safe(row.name)}" if row.name and row.name != row.handle else ""
    line: Line = [
        ("network", f" {words.network_code(row.network)} "),
        ("them", cut(label(row.label), max(4, room - 4))),
        ("dim", name),
    ]
    return Entry(_fitted(line, room), Item(handle=row.id))


def _notes(card: PersonCard, paper: Paper, room: int) -> list[Entry]:
    found: list[Entry] = []
    for each in card.notes:
        when = times.when(each.at, paper.now, paper.zone)
        head = f"{words.initials(safe(each.by))} {when}  "
        told = wrap(head + safe(each.text), room - 1)
        if len(told) > _NOTE_LINES:
            told = [*told[: _NOTE_LINES - 1], cut(" ".join(told[_NOTE_LINES - 1 :]), room - 1)]
        found.append(Entry([("note", " " + told[0])], Item(note=each)))
        found += [Entry([("note", "   " + cut(part, room - 3))]) for part in told[1:]]
    return [*_head(_("Notes")), *found] if found else []


def _answers(card: PersonCard, paper: Paper, room: int) -> list[Entry]:
    found = [
        Entry(
            _fitted(
                [
                    ("dim", f" {times.when(each.at, paper.now, paper.zone)} "),
                    ("us", f"{words.initials(safe(each.by)) if each.by else _('us')} "),
                    ("text", safe(each.text)),
                ],
                room,
            ),
            Item(conversation=each.conversation),
        )
        for each in card.answers
    ]
    return [*_head(_("Our last answers")), *found] if found else []


def _history(history: Sequence[HistoryRow], paper: Paper, room: int, *, more: bool) -> list[Entry]:
    found = [Entry(_said(each, paper, room), Item(conversation=each.row.id)) for each in history]
    if more:
        found.append(Entry([("act", " " + cut(_("older ones"), room))], Item(more=True)))
    return [*_head(_("Conversations")), *found] if found else []


def _said(each: HistoryRow, paper: Paper, room: int) -> Line:
    row = each.row
    waits = row.unanswered
    line: Line = [
        ("dim", f" {times.when(each.at, paper.now, paper.zone):>{times.WHEN}} "),
        ("network", f"{words.network_code(row.network)} {words.KINDS[row.kind]} "),
        ("strong" if waits else "dim", f"{_('waits') if waits else _(words.STATES[row.state])} "),
        ("text", safe(each.text)),
    ]
    return _fitted(line, room)


def _head(title: str) -> list[Entry]:
    return [Entry([]), Entry([("strong", f" {title}")])]


def _fitted(line: Line, room: int) -> Line:
    """The line, with its last part cut to what is left of the room."""
    *before, (role, text) = line
    used = cells(before)
    return [*before, (role, cut(text, max(1, room - used)))]


def found_line(line: PersonLine) -> Line:
    """Somebody to choose: number, network, handle, name, and that they have other handles."""
    name = f"  {safe(line.person.name)}" if line.person.name and line.person.name != line.person.handle else ""
    others = f"  +{line.handles - 1}" if line.handles > 1 else ""
    return [
        ("network", f" {words.network_code(line.person.network)} "),
        ("bar_value", label(line.person.label)),
        ("bar", f"{name}{others}"),
    ]
